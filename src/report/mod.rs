//! Verdicts, bounds and certificates as JSON and text. Nothing is computed here that is not computed below.

pub mod axioms;
pub mod check;
mod figure;
pub mod json;
pub mod ordinary;
pub mod records;
pub mod regress;
pub mod scaling;
pub mod text;
pub mod tightness;
pub mod trace;

pub use check::{CheckOptions, CheckReport, check, replay, worse};
pub use ordinary::Ordinary;
pub use records::{journal, store};
