//! Studies of the theorems: how far each bound is from what is needed, how both scale, and whether a prediction has changed
//! (docs/theory.md §6).

mod arrays;
pub mod baseline;
pub mod bisection;
mod figure;
pub mod need;
pub mod predictions;
pub mod ranges;
pub mod scaling;
pub mod tightness;
pub mod trace;

pub use arrays::Unwritable;
pub use baseline::{Baseline, Drift};
pub use need::{Need, Study};
pub use predictions::{Predictions, predictions};
pub use scaling::{ScalingRow, Variation, scaling};
pub use tightness::{Row, Tightness, tightness};
