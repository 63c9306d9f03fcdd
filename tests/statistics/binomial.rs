//! Clopper and Pearson's bounds: never under their level, and not far over it. Enumerated: no false alarms.

use crate::{ROUNDING, binomial_weights};
use provably::statistics::{clopper_pearson_lower, clopper_pearson_upper, rate_at_most};
use rayon::prelude::*;
use std::sync::LazyLock;

const CASES: [(u64, f64); 5] = [(1, 0.05), (5, 0.1), (20, 0.01), (20, 1e-6), (80, 0.05)];

/// All bounds of one number of trials, by count.
struct Bounds {
    n: u64,
    error: f64,
    upper: Vec<f64>,
    lower: Vec<f64>,
}

/// They are computed once: each takes some twenty certified tails.
static BOUNDS: LazyLock<Vec<Bounds>> = LazyLock::new(|| {
    let all = |(n, error): (u64, f64)| {
        let upper = (0..=n).into_par_iter().map(|k| clopper_pearson_upper(k, n, error)).collect();
        let lower = (0..=n).into_par_iter().map(|k| clopper_pearson_lower(k, n, error)).collect();
        Bounds { n, error, upper, lower }
    };
    CASES.map(all).into()
});

/// Pr[Bin(n, p) ≤ k] in f64.
fn cdf(k: u64, n: u64, p: f64) -> f64 {
    binomial_weights(n, p).iter().take(k as usize + 1).sum()
}

/// A bound that misses the rate more often than its level at some rate: a tail too light, or an off-by-one in k.
#[test]
fn the_rate_is_missed_no_more_often_than_the_level() {
    for Bounds { n, error, upper, lower } in &*BOUNDS {
        let (n, error) = (*n, *error);
        assert!(upper.is_sorted() && lower.is_sorted(), "bounds rise with the count");
        // Just beyond each bound is where it is missed most; a grid for the rest.
        let edges = upper.iter().map(|u| u * (1.0 + 1e-9)).chain(lower.iter().map(|l| l * (1.0 - 1e-9)));
        let grid = (1..100).map(|i| f64::from(i) / 100.0);
        let (mut over, mut under) = (0.0_f64, 0.0_f64);
        for p in edges.chain(grid).filter(|p| *p > 0.0 && *p < 1.0) {
            let weights = binomial_weights(n, p);
            let missed = |bad: &dyn Fn(usize) -> bool| -> f64 {
                weights.iter().enumerate().filter(|(k, _)| bad(*k)).map(|(_, w)| w).sum()
            };
            over = over.max(missed(&|k| upper[k] < p));
            under = under.max(missed(&|k| lower[k] > p));
        }
        for (side, missed) in [("upper", over), ("lower", under)] {
            assert!(missed <= error * (1.0 + ROUNDING), "{side} {n} {error}: missed with probability {missed}");
            // At the bound for no event, (1 − p)ⁿ, the 10⁻⁴ that bisection gives away cost n p/(1 − p) times as much, below 1%.
            assert!(missed >= error * 0.99, "{side} {n} {error}: missed only with {missed}");
        }
    }
}

/// A bound that is safe because it is far away: each must lie within 2·10⁻⁴ of the rate at which the tail is the level.
#[test]
fn bounds_are_tight() {
    for Bounds { n, error, upper, lower } in &*BOUNDS {
        let (n, error) = (*n, *error);
        for k in 0..=n {
            let (upper, lower) = (upper[k as usize], lower[k as usize]);
            if k < n {
                assert!(cdf(k, n, upper) <= error * (1.0 + ROUNDING), "{k} {n}");
                assert!(cdf(k, n, upper * (1.0 - 2e-4)) > error * (1.0 - ROUNDING), "{k} {n}: {upper} is loose");
            }
            if k > 0 {
                // Pr[Bin(n, p) ≥ k] = Pr[Bin(n, 1 − p) ≤ n − k], from the weights at p.
                let above = |p: f64| -> f64 { binomial_weights(n, p).iter().skip(k as usize).sum() };
                assert!(above(lower) <= error * (1.0 + ROUNDING), "{k} {n}");
                assert!(above(lower * (1.0 + 2e-4)) > error * (1.0 - ROUNDING), "{k} {n}: {lower} is loose");
            }
        }
        assert_eq!((upper[n as usize], lower[0]), (1.0, 0.0));
        // k = 0 and k = n in closed form: (1 − p)ⁿ = error.
        let closed = 1.0 - error.powf(1.0 / n as f64);
        assert!((upper[0] / closed - 1.0).abs() <= 2e-4, "{n}");
        assert!((lower[n as usize] / (1.0 - closed) - 1.0).abs() <= 2e-4, "{n}");
    }
}

/// Small rates in many trials: the lower bound was 1 − 1 = 0 there, because the bisection ended at 10⁻⁴ of the complement.
#[test]
fn small_rates_have_lower_bounds_of_their_size() {
    for (events, trials) in [(1_u64, 1_000_000_u64), (100, 1_000_000), (30, 1_000_000_000), (5, 40_000)] {
        let (lower, upper) = (clopper_pearson_lower(events, trials, 0.01), clopper_pearson_upper(events, trials, 0.01));
        // Poisson: Pr[N ≥ k] at the mean n·lower is the level, up to the binomial's relative difference k²/n.
        let poisson = |mean: f64, counts: std::ops::Range<u64>| -> f64 {
            counts.map(|j| libm::exp(j as f64 * libm::log(mean) - mean - libm::lgamma(j as f64 + 1.0))).sum()
        };
        let (n, k) = (trials as f64, events as f64);
        let difference = 0.01 + (2.0 * k * k + 50.0) / n;
        let above = 1.0 - poisson(lower * n, 0..events);
        let below = poisson(upper * n, 0..events + 1);
        assert!((above / 0.01 - 1.0).abs() <= difference, "{events} in {trials}: {lower}, {above}");
        assert!((below / 0.01 - 1.0).abs() <= difference, "{events} in {trials}: {upper}, {below}");
    }
}

/// The one-tail test and the bisection decide differently.
#[test]
fn rate_at_most_agrees_with_the_bound() {
    for (n, error) in CASES {
        for k in [0, 1, n / 3, n - 1, n].into_iter().filter(|k| *k <= n) {
            let upper = clopper_pearson_upper(k, n, error);
            if k < n {
                assert!(rate_at_most(k, n, upper, error) && rate_at_most(k, n, 1.0, error));
                assert!(!rate_at_most(k, n, upper * (1.0 - 2e-4), error), "{k} {n}");
            } else {
                assert!(!rate_at_most(k, n, 1.0, error) && !rate_at_most(k, n, 0.999_999, error));
            }
        }
    }
}

/// Counts and levels that are none: an answer must stay on the safe side.
#[test]
fn nonsense_gives_the_trivial_bound() {
    for error in [0.0, 1.0, -0.1, 2.0, f64::NAN] {
        assert_eq!((clopper_pearson_upper(3, 10, error), clopper_pearson_lower(3, 10, error)), (1.0, 0.0), "{error}");
    }
    for (events, trials) in [(0, 0), (11, 10), (u64::MAX, 10), (u64::MAX, u64::MAX)] {
        assert_eq!(clopper_pearson_upper(events, trials, 0.05), 1.0, "{events} {trials}");
    }
    assert_eq!((clopper_pearson_lower(11, 10, 0.05), clopper_pearson_lower(0, 0, 0.05)), (0.0, 0.0));
    // Counts beyond 63 bits were cut to 2⁶³ − 1, whose tail is lighter.
    assert!(!rate_at_most(u64::MAX - 1, u64::MAX, 0.6, 0.05) && !rate_at_most(1 << 63, u64::MAX, 0.500_000_001, 0.05));
    for bound in [f64::NAN, f64::INFINITY, -0.5, 1.5] {
        assert!(!rate_at_most(0, 1000, bound, 0.05), "{bound}");
    }
    assert!(!rate_at_most(0, 1000, 0.5, f64::NAN));
}
