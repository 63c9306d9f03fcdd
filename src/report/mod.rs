//! Verdicts, bounds and certificates as JSON and text. Nothing is computed here that is not computed below.

pub mod check;
pub mod json;
pub mod text;
pub mod trace;

pub use check::{CheckOptions, CheckReport, check, replay, store, worse};
