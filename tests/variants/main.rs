//! The variants' product: over all combinations of a theorem's axes, each is refused by name or is listed, and what is listed is
//! what an honest run reaches: an instance of exactly this variant, whose derivation comes to its root or awaits only the trials'
//! counts, and, where its trials can be run, a certificate that the checker accepts.
//!
//! Derivations are all made; of the trials those that cover every value of every axis of a theorem, the others by
//! `cargo test --test variants -- --ignored`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod beyond_kernel;
mod frozen_layer;
mod gaussians;
mod honest;
mod laws;
mod linear_data;
mod lottery_ticket;
mod main_theorem;
mod multi_index;
mod parity;
mod product;
mod uniform_parity;
