//! Order statistics around a quantile: never under their level, and not far over it. Enumerated: no false alarms.

use crate::{ROUNDING, binomial_weights};
use provably::statistics::Ranks;

const CASES: [(u64, f64, f64); 8] = [
    (1, 0.5, 0.1),
    (20, 0.5, 0.05),
    (60, 0.9, 0.01),
    (92, 0.9, 0.01),
    (93, 0.9, 0.01),
    (200, 0.1, 0.001),
    (500, 0.99, 0.05),
    (1000, 0.75, 1e-6),
];

/// Pr[Bin(n, p) < rank].
fn below(n: u64, p: f64, rank: u64) -> f64 {
    binomial_weights(n, p).iter().take(rank as usize).sum()
}

/// X₍low₎ is above the quantile when fewer than `low` samples are at most it, X₍high₎ below it when `high` samples are: exact for
/// every continuous law.
#[test]
fn the_quantile_is_missed_no_more_often_than_the_level() {
    for (n, level, error) in CASES {
        let Ranks { low, high } = Ranks::of(n, level, error);
        let (above, under) = (below(n, level, low), 1.0 - below(n, level, high));
        assert!(above <= error / 2.0 + ROUNDING, "{n} {level}: {above} above");
        assert!(high > n || under <= error / 2.0 + ROUNDING, "{n} {level}: {under} below");
    }
}

/// One rank closer would be missed too often on either side.
#[test]
fn the_interval_is_no_wider_than_it_must_be() {
    for (n, level, error) in CASES {
        let Ranks { low, high } = Ranks::of(n, level, error);
        assert!(below(n, level, low + 1) > error / 2.0 - ROUNDING, "{n} {level}: low could be {}", low + 1);
        assert!(1.0 - below(n, level, high - 1) > error / 2.0 - ROUNDING, "{n} {level}: high could be {}", high - 1);
    }
}

/// With atoms the quantile inf{z: Pr[X ≤ z] ≥ level} is missed less often still: enumerated for two and three values.
#[test]
fn atoms_do_not_break_it() {
    for (n, level, error) in CASES.into_iter().filter(|c| c.0 <= 100) {
        let Ranks { low, high } = Ranks::of(n, level, error);
        for first in [0.05, 0.3, level - 1e-3, level, level + 1e-3, 0.97] {
            // Values 0 < 1, Pr[X = 0] = first.
            let quantile = if first >= level { 0 } else { 1 };
            let weights = binomial_weights(n, first);
            let missed: f64 = weights
                .iter()
                .enumerate()
                .filter(|(zeros, _)| {
                    let order = |rank: u64| i32::from(rank > *zeros as u64);
                    (low > 0 && order(low) > quantile) || (high <= n && order(high) < quantile)
                })
                .map(|(_, w)| w)
                .sum();
            assert!(missed <= error + ROUNDING, "{n} {level}, Pr[X = 0] = {first}: missed with {missed}");
        }
    }
}

#[test]
fn the_least_count_is_the_least() {
    for (_, level, error) in CASES {
        let whole = |n| {
            let Ranks { low, high } = Ranks::of(n, level, error);
            low > 0 && high <= n
        };
        let least = Ranks::least_count(level, error);
        assert!(whole(least), "{level} {error}: {least} samples have no interval");
        assert!(least == 1 || !whole(least - 1), "{level} {error}: {} samples would do", least - 1);
    }
}
