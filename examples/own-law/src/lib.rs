//! A law that `provably` does not know, under its Theorem 3.12: told nothing but the distribution, it finds features and
//! comparator. The law's moments are proved in README.md, and stand in theory.txt.

pub mod noisy_xor;

use provably::prelude::*;

/// The theorems of `provably`, and that on this law.
pub static REGISTRY: Registry =
    Registry::extending(&provably::theorems::REGISTRY, include_str!("../theory.txt"), &[&OnLaw(noisy_xor::Xor)]);
