//! Clopper and Pearson's bounds on a rate, by bisection on certified binomial tails.

use crate::certificate::interval::Interval;
use crate::certificate::special;

/// Bisection ends at this relative width; what is left of it is given away on the safe side.
const RELATIVE_WIDTH: f64 = 1e-4;

/// Upper confidence bound on a rate after `events` in `trials` independent trials.
///
/// # Guarantee
/// At least the rate with probability at least 1 − `error` (Clopper and Pearson 1934): every p above it has
/// Pr[Bin(n, p) ≤ k] < `error`, decided on enclosures rounded against the bound. 1 where no smaller number will do.
#[must_use]
pub fn clopper_pearson_upper(events: u64, trials: u64, error: f64) -> f64 {
    if events >= trials || !(error > 0.0 && error < 1.0) {
        return 1.0;
    }
    let excluded = |p: f64| rate_at_most(events, trials, p, error);
    let (mut low, mut high) = (events as f64 / trials as f64, 1.0);
    // The bound lies within a few deviations of the rate: doubling steps from there find a bracket cheaply.
    let mut step = ((low * trials as f64).sqrt() + 1.0) / trials as f64;
    while low + step < 1.0 {
        if excluded(low + step) {
            high = low + step;
            break;
        }
        low += step;
        step *= 2.0;
    }
    while high - low > RELATIVE_WIDTH * high {
        let middle = f64::midpoint(low, high);
        if excluded(middle) { high = middle } else { low = middle }
    }
    high
}

/// Whether [`clopper_pearson_upper`], with nothing given away, is at most `bound`: one tail instead of a bisection.
#[must_use]
pub fn rate_at_most(events: u64, trials: u64, bound: f64, error: f64) -> bool {
    let Ok(k) = i64::try_from(events) else { return false };
    // The tail decreases in p, so whatever p has a tail of at most `error` is an upper bound.
    let tail = Interval::from_f64(bound).and_then(|p| special::binomial_cdf(k, trials, &p));
    matches!((tail, Interval::from_f64(error)), (Ok(tail), Ok(level)) if tail.certainly_le(&level))
}

/// Lower confidence bound: at most the rate with probability at least 1 − `error`.
///
/// # Guarantee
/// As [`clopper_pearson_upper`], with events and non-events exchanged.
#[must_use]
pub fn clopper_pearson_lower(events: u64, trials: u64, error: f64) -> f64 {
    if events > trials {
        return 0.0;
    }
    // 1 − x rounds to nearest; one unit further down keeps it below.
    (1.0 - clopper_pearson_upper(trials - events, trials, error)).next_down().max(0.0)
}
