//! The kernel: claims, rules, axioms and the checker of certificates. It imports nothing else of the crate.
//!
//! * [`decimal`], [`interval`], [`special`]: numbers as text; outward-rounded arithmetic and special functions at 128 bits;
//! * [`expression`], [`claim`]: the language of constants and statements;
//! * [`theory`], [`text`]: quantities, events, axioms and theorems, read from a text;
//! * [`support`], [`proof`]: enumeration of a finite support; the rules, which alone can make a [`proof::Proved`] claim;
//! * [`document`], [`checker`], [`refusal`], [`budget`]: the certificate file, its independent check, the names of what it refuses,
//!   and how much work it may be.
//!
//! # What is trusted
//! This module, and every axiom of the theory text: each cites the place in docs/theory.md where it is proved on paper. Axioms
//! that cite the paper itself must be permitted by name. Outcomes of trials are taken as recorded unless they are replayed.

// Whatever profile a dependent crate builds this with: nothing here wraps, truncates or panics.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

pub mod budget;
pub mod checker;
pub mod claim;
pub mod decimal;
pub mod document;
pub mod expression;
pub mod interval;
pub mod proof;
pub mod refusal;
pub mod special;
pub mod support;
pub mod text;
pub mod theory;

/// The axiom that the recorded trial outcomes are those of the recorded seeds; replaying the trials removes it.
pub const TRIALS_AS_RECORDED: &str = "trials-as-recorded";
/// The axiom that numbers the harness measured before the trials are what a certificate records; a replay measures them again.
pub const EVIDENCE_AS_RECORDED: &str = "evidence-as-recorded";
