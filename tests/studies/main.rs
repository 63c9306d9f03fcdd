//! The studies: searches and needs against trials whose law is known, laws with wrong exponents, baselines with changed digits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]
#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]

mod baselines;
mod bisection;
mod laws;
mod needs;
