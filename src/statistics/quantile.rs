//! Confidence intervals for a quantile, whatever the law: by order statistics.

use crate::certificate::budget::Budget;
use crate::certificate::interval::Interval;
use crate::certificate::special;

/// Ranks (from 1) of the two order statistics that enclose a quantile; 0 and `count` + 1 stand for the ends of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// The quantile is at least the order statistic of this rank.
    pub low: u64,
    /// The quantile is at most the order statistic of this rank.
    pub high: u64,
}

impl Ranks {
    /// Ranks for the `level`-quantile x = inf {z: Pr[X ≤ z] ≥ level} of `count` independent samples.
    ///
    /// # Guarantee
    /// X₍low₎ ≤ x ≤ X₍high₎ with probability at least 1 − `error`: X₍low₎ > x needs fewer than `low` samples ≤ x, each of them
    /// ≤ x with probability at least `level`; X₍high₎ < x needs `high` samples < x, each with probability below `level`. Both
    /// binomial tails are enclosed and at most `error`/2. Nothing is assumed of the law, which may have atoms.
    #[must_use]
    pub fn of(count: u64, level: f64, error: f64) -> Self {
        let (Ok(p), Ok(half)) = (Interval::from_f64(level), Interval::from_f64(error / 2.0)) else {
            return Self { low: 0, high: count + 1 };
        };
        let tail = |q: &Interval, most: u64| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let tail = special::binomial_cdf(most, count, q, &Budget::new(special::TAIL_WORK));
            tail.is_ok_and(|tail| tail.certainly_le(&half))
        };
        // Pr[Bin(count, level) ≤ rank − 1] grows with the rank.
        let low = largest(count, |rank| tail(&p, rank - 1));
        // Pr[Bin(count, level) ≥ count + 1 − skipped] = Pr[Bin(count, 1 − level) ≤ skipped − 1].
        let beyond = Interval::from_integer(1).sub(&p);
        let skipped = largest(count, |skipped| tail(&beyond, skipped - 1));
        Self { low, high: count + 1 - skipped }
    }

    /// Least number of samples at which both ends are order statistics.
    #[must_use]
    pub fn least_count(level: f64, error: f64) -> u64 {
        let both = |count| {
            let ranks = Self::of(count, level, error);
            ranks.low > 0 && ranks.high <= count
        };
        let mut count = 1;
        while count < MAX_COUNT && !both(count) {
            count *= 2;
        }
        let mut low = count / 2;
        while count - low > 1 {
            let middle = low + (count - low) / 2;
            if both(middle) { count = middle } else { low = middle }
        }
        count
    }
}

/// Levels so near 0 or 1 that more samples would be needed are given this many.
const MAX_COUNT: u64 = 1 << 40;

/// The largest rank in 1..=`count` that satisfies a predicate which holds up to some rank; 0 if none does.
fn largest(count: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}
