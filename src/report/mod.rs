//! Verdicts, bounds and certificates as JSON and text. Nothing is computed here that is not computed below.

pub mod axioms;
pub mod json;
pub mod ordinary;
pub mod regress;
pub mod scaling;
pub mod text;
pub mod tightness;
mod verification;
