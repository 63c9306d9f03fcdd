//! The kernel: claims, rules, axioms and the checker of certificates. It imports nothing else of the crate.
//!
//! * [`interval`], [`special`]: outward-rounded arithmetic and special functions at 128 bits;
//! * [`expression`], [`claim`]: the small language in which a theorem's constants and statement are written;
//! * [`theory`]: the named axioms and the statement of every theorem, read from a text such as `theorems/theory.txt`;
//! * [`support`]: exact enumeration over a finite support;
//! * [`proof`]: the rules, which alone can make a [`proof::Proved`] claim;
//! * [`refusal`]: why something is refused, by the name of the check;
//! * [`document`], [`checker`]: the certificate file and its independent check, which fails closed.
//!
//! # What is trusted
//! This module, and every axiom of the theory text: each cites the place in docs/theory.md where it is proved on paper. Axioms
//! that cite the paper itself have unpublished constants and must be permitted by name. The outcomes of the trials are
//! taken as recorded (axiom `trials-as-recorded`) unless they are replayed.

pub mod checker;
pub mod claim;
pub mod document;
pub mod expression;
pub mod interval;
pub mod proof;
pub mod refusal;
pub mod special;
pub mod support;
pub mod theory;

/// The axiom that the recorded trial outcomes are those of the recorded seeds; replaying the trials removes it.
pub const TRIALS_AS_RECORDED: &str = "trials-as-recorded";
