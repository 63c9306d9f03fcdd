//! Clopper and Pearson's bounds on a rate, by bisection on certified binomial tails.

use crate::certificate::budget::Budget;
use crate::certificate::interval::Interval;
use crate::certificate::special;

/// Bisection ends at this relative width; what is left of it is given away on the safe side.
const RELATIVE_WIDTH: f64 = 1e-4;
/// Bisections of the bracket at most; a lower bound this many halvings below the rate is as good as 0.
const MAX_BISECTIONS: usize = 200;

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
    outward(events, trials, 1.0, |p| rate_at_most(events, trials, p, error))
}

/// Whether [`clopper_pearson_upper`], with nothing given away, is at most `bound`: one tail instead of a bisection.
#[must_use]
pub fn rate_at_most(events: u64, trials: u64, bound: f64, error: f64) -> bool {
    Interval::from_f64(bound).is_ok_and(|p| tail_at_most(events, trials, &p, error))
}

/// Lower confidence bound: at most the rate with probability at least 1 − `error`.
///
/// # Guarantee
/// As [`clopper_pearson_upper`], with events and non-events exchanged: every p below it has Pr[Bin(n, p) ≥ k] < `error`.
#[must_use]
pub fn clopper_pearson_lower(events: u64, trials: u64, error: f64) -> f64 {
    if events == 0 || events > trials || !(error > 0.0 && error < 1.0) {
        return 0.0;
    }
    let one = Interval::from_integer(1);
    outward(events, trials, 0.0, |p| {
        Interval::from_f64(p).is_ok_and(|p| tail_at_most(trials - events, trials, &one.sub(&p), error))
    })
}

/// Whether Pr[Bin(n, p) ≤ k] is certainly at most `level`; it falls with p, so every larger p passes too.
fn tail_at_most(events: u64, trials: u64, p: &Interval, level: f64) -> bool {
    let Ok(k) = i64::try_from(events) else { return false };
    let tail = special::binomial_cdf(k, trials, p, &Budget::new(special::TAIL_WORK));
    let level = Interval::from_f64(level);
    matches!((tail, level), (Ok(tail), Ok(level)) if tail.certainly_le(&level))
}

/// The excluded rate nearest to the observed one on the side of `end`, up to [`RELATIVE_WIDTH`]; `end` if none is.
fn outward(events: u64, trials: u64, end: f64, excluded: impl Fn(f64) -> bool) -> f64 {
    let (mut inside, mut outside) = (events as f64 / trials as f64, end);
    // The bound lies within a few deviations of the rate: doubling steps from there find a bracket cheaply.
    let mut step = ((events as f64).sqrt() + 1.0) / trials as f64;
    while step < (end - inside).abs() {
        let next = if end > inside { inside + step } else { inside - step };
        if excluded(next) {
            outside = next;
            break;
        }
        inside = next;
        step *= 2.0;
    }
    for _ in 0..MAX_BISECTIONS {
        if (outside - inside).abs() <= RELATIVE_WIDTH * outside.max(inside) {
            break;
        }
        let middle = f64::midpoint(inside, outside);
        if excluded(middle) { outside = middle } else { inside = middle }
    }
    outside
}
