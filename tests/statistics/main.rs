//! Coverage of every statistical helper, in both directions.
//!
//! Coverage is computed, not simulated, wherever the law is discrete: by enumeration of the binomial, and by dynamic
//! programming over all paths of a random walk up to a horizon. Such a test cannot fail by chance; the budget of false
//! alarms stands beside each of the others. Whole suite: at most 10⁻⁸ under fresh seeds, and the seeds are fixed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]
#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]

mod binomial;
mod exponent;
mod mean;
mod quantile;
mod sequential;
mod streams;

/// Pr[Bin(n, p) = k] for every k, by lgamma; relative error below 10⁻¹⁰ for n ≤ 10⁴.
fn binomial_weights(n: u64, p: f64) -> Vec<f64> {
    let log_factorial = |k: u64| libm::lgamma(k as f64 + 1.0);
    let part = |count: u64, log: f64| if count == 0 { 0.0 } else { count as f64 * log };
    let weight = |k: u64| {
        let choose = log_factorial(n) - log_factorial(k) - log_factorial(n - k);
        libm::exp(choose + part(k, libm::log(p)) + part(n - k, libm::log1p(-p)))
    };
    (0..=n).map(weight).collect()
}

/// Relative error of the sums of such weights.
const ROUNDING: f64 = 1e-9;
