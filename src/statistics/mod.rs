//! Confidence bounds at fixed and at random sample sizes, and the random streams (docs/theory.md §6).
//!
//! Binomial bounds invert tails that the kernel encloses, so that they err on the safe side only; means are bounded by Maurer
//! and Pontil's empirical Bernstein bound, or by a wager where they are small beside the range.

pub mod binomial;
pub mod exponent;
pub mod mean;
pub mod quantile;
pub mod sequential;
pub mod streams;

pub use binomial::{clopper_pearson_lower, clopper_pearson_upper, rate_at_most};
pub use exponent::{Exponent, Point};
pub use mean::{EmpiricalBernstein, Wager};
pub use quantile::Ranks;
pub use sequential::{ExceedanceTest, Rate};
