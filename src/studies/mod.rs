//! Studies of the theorems: how far each bound is from what is needed, how both scale, and whether a prediction has changed
//! (docs/theory.md §6).

pub mod bisection;
pub mod need;
pub mod tightness;

pub use need::{Need, Study};
pub use tightness::{Row, Tightness, tightness};
