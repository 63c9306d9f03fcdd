//! `provably` makes theorems about gradient feature learning executable.
//!
//! A theorem module checks the hypotheses on a concrete instance, computes width, steps, samples and error with every
//! constant in sight, certifies what arithmetic can certify, trains the network at the theorem's own parameters and returns a
//! verdict with a stated error rate. Training runs corroborate or refute; they never prove.
//!
//! ```
//! use provably::check::{CheckOptions, check};
//! use provably::prelude::*;
//!
//! let theorem = provably::theorems::find("linear-data").ok_or("it is one of them")?;
//! let instance = theorem.instantiate(&Request::default(), Level::Explicit)?;
//! println!("{}", instance.statement);
//! let report = check(instance, &CheckOptions::default(), &AtomicBool::new(false))?;
//! assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Another crate brings theorems of its own ([`registry::Registry::extending`]), laws of its own ([`levels::on_law`]), and has them
//! tested ([`mod@claims`]).
//!
//! ```text
//! certificate   the trusted kernel: terms, claims, rules, axioms, intervals, checker
//!  ↑ wellformed      that no variant of a theory text is incomplete, idle or misspelt
//!  ↑ statistics      confidence bounds and sequences, error budgets, random streams
//!  ↑ distributions   data distributions: samples, supports, moments, closed-form gradients
//!  ↑ features        which neurons hit a target, and the comparator built from them
//!  ↑ network         two-layer networks, symmetric initialisation, Algorithm 1
//!  ↑ experiment      trials, events, obligations, verdicts
//!  ↑ parameters      what a theorem can be asked for, and what is asked of it
//!  ↑ derivation      from a theory text to a derivation: choices, axioms, sizes searched for, cost
//!  ↑ registry        what a theorem is, the list of them, and what of a request is refused
//!  ↑ levels          the framework of Theorem 3.12 that `main` and its special cases share
//!  ↑ check           verdicts, certificates, replay
//!  ↑ studies         what is really needed against the bounds, exponents, drift of predictions
//!  ↑ report          JSON and text
//!  ↑ claims          claims as tests of a crate
//!  ↑ cli             the program, over a registry
//!  ↑ theorems        one module a theorem, and the table of them: nothing above knows one
//! ```
//!
//! Imports go up this list only; `tests/layering` enforces it. The theory is in [`docs::theory`].

pub mod certificate;
pub mod check;
pub mod claims;
pub mod cli;
pub mod decimal;
pub mod derivation;
pub mod distributions;
pub mod error;
pub mod experiment;
pub mod features;
pub mod levels;
pub mod network;
pub mod parameters;
pub mod registry;
pub mod report;
pub mod statistics;
pub mod studies;
pub mod tolerance;
pub mod wellformed;

#[path = "../theorems/mod.rs"]
pub mod theorems;

pub use {nalgebra, rand};

/// What a theorem is written with.
pub mod prelude {
    pub use crate::decimal::{near, plain, rounded_down, rounded_up};
    pub use crate::derivation::{Derivation, DerivationError, Size, statement};
    pub use crate::distributions::{Distribution, DistributionError, Moments, Support};
    pub use crate::error::ParameterError;
    pub use crate::experiment::{
        EventRecord, Experiment, Fixed, ObligationRecord, Quantity, StopReason, TrialError, TrialOutcome, Verdict,
    };
    pub use crate::levels::on_law::{Law, OnLaw, OwnLaw};
    pub use crate::parameters::range::Range;
    pub use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use};
    pub use crate::parameters::{Asked, Key, Level, Options, Parameter, Preset, Request};
    pub use crate::registry::{Instance, InstanceError, Listed, Registry, Theorem};
    pub use crate::statistics::streams::{Purpose, Stream, stream};
    pub use nalgebra::{DMatrix, DVector};
    pub use std::sync::Arc;
    pub use std::sync::atomic::AtomicBool;
}

/// The documents the code refers to.
pub mod docs {
    /// The definitions, theorems and proofs the harness checks.
    // [P] and [E] mark statements there; they are no links.
    #[allow(rustdoc::broken_intra_doc_links)]
    #[doc = include_str!("../docs/theory.md")]
    pub mod theory {}
}
