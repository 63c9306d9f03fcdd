//! The framework of Theorem 3.12, which `main` and every special case share: features, f*, hits, and the three levels
//! (docs/theory.md §§1–4).
//!
//! A case is a theorem on one distribution before a level is chosen. `main` finds its features and f*; a special case knows
//! them, and may have sharper hits of its own.

pub(crate) mod case;
pub(crate) mod data;
pub(crate) mod explicit;
pub(crate) mod features;
pub(crate) mod forms;
pub(crate) mod found;
pub(crate) mod gaussians;
pub(crate) mod hits;
pub(crate) mod linear;
pub mod on_law;
pub(crate) mod paper;
pub(crate) mod params;
pub(crate) mod pilot;
pub(crate) mod posterior;
pub(crate) mod rows;
pub(crate) mod shares;
pub(crate) mod special;
pub(crate) mod target;
pub(crate) mod training;

pub(crate) use case::{Case, Leveled, NONLINEAR, halfspaces_in_words};
pub(crate) use data::Data;
pub(crate) use features::FeatureSet;
pub(crate) use params::Params;
pub(crate) use target::Target;
