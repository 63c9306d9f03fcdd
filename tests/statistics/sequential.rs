//! Confidence sequences at random stopping times. The probability of ever crossing, up to a horizon, is computed by dynamic
//! programming over all paths: no false alarms.

use provably::certificate::interval::Interval;
use provably::certificate::special::{RateSequence, mixture};
use provably::statistics::streams::{Purpose, stream};
use provably::statistics::{ExceedanceTest, Rate};
use rand::RngExt;

/// For n = 1, 2, …, the counts below (or above) which `excluded` holds, found by walking along the boundary: the count that
/// is just excluded moves by at most one a trial. `None` where no count is excluded.
fn boundary(horizon: u64, above: bool, excluded: impl Fn(u64, u64) -> bool) -> Vec<Option<u64>> {
    // Counts of what is rare at the boundary: events for an upper bound, non-events for a lower one.
    let holds = |rare: u64, n: u64| rare <= n && excluded(if above { n - rare } else { rare }, n);
    let (mut edges, mut edge) = (Vec::new(), None::<u64>);
    for n in 1..=horizon {
        while holds(edge.map_or(0, |e| e + 1), n) {
            edge = Some(edge.map_or(0, |e| e + 1));
        }
        edges.push(edge.map(|e| if above { n - e } else { e }));
    }
    edges
}

/// Probability that a rate of `p` ever crosses.
fn crossing(edges: &[Option<u64>], above: bool, p: f64) -> f64 {
    let (mut alive, mut crossed) = (vec![1.0], 0.0);
    for edge in edges {
        let mut next = vec![0.0; alive.len() + 1];
        for (k, weight) in alive.iter().enumerate() {
            next[k] += weight * (1.0 - p);
            next[k + 1] += weight * p;
        }
        if let Some(edge) = edge {
            for (k, weight) in next.iter_mut().enumerate() {
                if if above { k as u64 >= *edge } else { k as u64 <= *edge } {
                    crossed += *weight;
                    *weight = 0.0;
                }
            }
        }
        alive = next;
    }
    crossed
}

/// `at_most` held at some time though the rate is the threshold: more often than the level, or hardly ever; and for a
/// smaller rate not soon enough.
#[test]
fn upper_bounds_hold_at_every_time() {
    for (threshold, error, horizon) in [(0.1, 0.05, 1000), (0.3, 0.01, 500)] {
        let at_most = |events, trials| Rate { events, trials, error }.at_most(threshold, 0.0);
        let edges = boundary(horizon, false, at_most);
        let ever = crossing(&edges, false, threshold);
        assert!(ever <= error, "{threshold}: {ever}");
        // Ville's inequality loses what lies beyond the horizon, the mass of the mixture above the rate, and the overshoot.
        assert!(ever >= 0.2 * error, "{threshold}: {ever} is far below {error}");
        for (rate, power) in [(1.2, 0.0), (0.5, 0.99), (0.25, 0.9999)] {
            let found = crossing(&edges, false, rate * threshold);
            // A rate further off is excluded less often than the threshold itself.
            assert!(found >= power && (rate < 1.0 || found < ever), "{threshold} {rate}: {found}");
        }
    }
}

/// `exceeds` held at some time though the rate is the share: as above, from below.
#[test]
fn lower_bounds_hold_at_every_time() {
    for (share, error, horizon) in [(0.1, 0.05, 1000), (0.3, 0.01, 500)] {
        let exceeds = |events, trials| Rate { events, trials, error }.exceeds(share);
        let edges = boundary(horizon, true, exceeds);
        let ever = crossing(&edges, true, share);
        assert!(ever <= error, "{share}: {ever}");
        assert!(ever >= 0.2 * error, "{share}: {ever} is far below {error}");
        for (rate, power) in [(0.8, 0.0), (1.5, 0.9), (2.0, 0.999)] {
            let found = crossing(&edges, true, rate * share);
            assert!(found >= power && (rate > 1.0 || found < ever), "{share} {rate}: {found}");
        }
    }
}

/// A mixture made for one threshold that is no martingale at another rate.
#[test]
fn mixtures_hold_at_every_rate() {
    let error = Interval::from_f64(0.05).unwrap();
    for (threshold, rate) in [(0.1, 0.03), (0.1, 0.4), (0.02, 0.5)] {
        let b = mixture(&Interval::from_f64(threshold).unwrap());
        let p = Interval::from_f64(rate).unwrap();
        let excluded = |k: u64, n: u64| RateSequence::new(k, n, b, &error).unwrap().excludes(&p).unwrap();
        let below = boundary(300, false, |k, n| (k as f64) < rate * n as f64 && excluded(k, n));
        let above = boundary(300, true, |k, n| (k as f64) > rate * n as f64 && excluded(k, n));
        let ever = crossing(&below, false, rate) + crossing(&above, true, rate);
        assert!((0.005..=0.05).contains(&ever), "{threshold} {rate}: {ever}");
    }
}

/// A bound that does not shrink, or that lies on the wrong side of what was seen.
#[test]
fn bounds_shrink() {
    let mut widths = Vec::new();
    for trials in [10_u64, 100, 1_000, 10_000, 100_000] {
        let rate = Rate { events: trials / 10, trials, error: 0.005 };
        let (lower, upper) = (rate.lower(), rate.upper(0.1));
        assert!(lower < 0.1 && 0.1 < upper, "{trials}: {lower} {upper}");
        widths.push(upper - lower);
    }
    for pair in widths.windows(2) {
        assert!(pair[1] < 0.55 * pair[0], "{widths:?}");
    }
    // At 10⁵ trials a normal interval of both sides at 0.005 is 2·2.576·sqrt(0.09/10⁵) = 0.0049 wide; all times cost double.
    assert!(widths[4] < 2.0 * 0.0049 && widths[4] > 0.0049, "{widths:?}");
}

/// The quick tests and the bounds decide differently.
#[test]
fn quick_tests_agree_with_the_bounds() {
    let mut decided = [0; 4];
    for (events, trials) in
        [(0, 40), (0, 100), (3, 80), (3, 90), (12, 300), (12, 220), (20, 100), (25, 100), (100, 100), (0, 0)]
    {
        for (threshold, more) in [(0.1, 0.0), (0.1, 0.001), (0.05, 0.0005), (0.29, 0.0)] {
            let rate = Rate { events, trials, error: 0.005 };
            let at_most = rate.at_most(threshold, more);
            // One billionth: where threshold − more falls between two of them.
            assert!(!at_most || rate.upper(threshold) + more <= threshold + 1e-15, "{rate:?} {threshold}");
            assert!(at_most || rate.upper(threshold) + more > threshold - 1e-9, "{rate:?} {threshold}");
            let exceeds = rate.exceeds(threshold);
            assert_eq!(exceeds, rate.lower() > threshold, "{rate:?} {threshold}");
            decided[usize::from(at_most)] += 1;
            decided[2 + usize::from(exceeds)] += 1;
        }
    }
    assert!(decided.iter().all(|d| *d >= 3), "{decided:?} does not test both answers");
}

/// Nothing seen, or counts and levels that are none: the trivial bound, and no decision.
#[test]
fn nonsense_decides_nothing() {
    for (events, trials, error) in
        [(0, 0, 0.01), (3, 2, 0.01), (1, 10, 0.0), (1, 10, -1.0), (1, 10, f64::NAN), (1, u64::MAX, 0.01)]
    {
        let rate = Rate { events, trials, error };
        assert_eq!((rate.upper(0.1), rate.lower()), (1.0, 0.0), "{rate:?}");
        assert!(!rate.at_most(0.1, 0.0) && !rate.exceeds(0.1), "{rate:?}");
    }
    let rate = Rate { events: 0, trials: 1000, error: 0.01 };
    for threshold in [f64::NAN, f64::INFINITY, -0.1, 0.0] {
        assert!(!rate.at_most(threshold, 0.0) && !rate.exceeds(threshold.abs()), "{threshold}");
    }
    assert!(!rate.at_most(0.1, 0.2) && !rate.at_most(0.1, f64::NAN));
}

/// `rejects` held after some number of samples though the mean is the bound: more often than the level, or hardly ever; and for a
/// larger rate not soon enough. The wealth on zeros and ones depends on their counts alone.
#[test]
fn exceedance_holds_at_every_time() {
    for (bound, error, horizon, factor) in [(0.1, 0.05, 1500_u64, 1.8), (0.02, 0.01, 1500, 3.0), (0.4, 0.001, 800, 1.8)]
    {
        let rejects = |events: u64, samples: u64| {
            let mut test = ExceedanceTest::new(bound);
            (0..samples).for_each(|i| test.push(f64::from(u8::from(i < events))));
            test.rejects(error)
        };
        let edges = boundary(horizon, true, rejects);
        let ever = crossing(&edges, true, bound);
        assert!(ever <= error, "{bound}: {ever}");
        // Ville's inequality loses the overshoot, what lies beyond the horizon, and that one stake must do it alone.
        assert!(ever >= 0.1 * error, "{bound}: {ever} is far below {error}");
        assert!(crossing(&edges, true, 0.8 * bound) < ever);
        // ln(stakes/error) over ¾ KL(factor·bound ‖ bound) is 320 samples at most.
        assert!(crossing(&edges, true, factor * bound) > 0.999, "{bound}");
        // Where every sample is one the largest stake decides: ln(stakes/error) / ln(1 + 0.9(1/bound − 1)) samples.
        let stakes = (0.9 / bound * 3.0).ln() / 3.0_f64.ln() + 2.0;
        let few = ((stakes / error).ln() / (1.0 + 0.9 * (1.0 / bound - 1.0)).ln()).ceil() as u64 + 1;
        assert!(rejects(few, few) && !rejects(1, few), "{bound}: {few}");
    }
}

/// Losses that are not bounded: X is exponential, and its mean the bound or half as much again.
///
/// False alarms: at the bound the rejections are a binomial of at most the level; by Hoeffding they exceed `limit` with probability
/// 10⁻⁹.
#[test]
fn exceedance_of_losses() {
    let (runs, samples, error, bound) = (2000_u64, 1500, 0.1, 0.3);
    let limit = runs as f64 * error + (runs as f64 * 1e9_f64.ln() / 2.0).sqrt();
    let rejected = |factor: f64, seed: u64| {
        let runs = (0..runs).filter(|&run| {
            let mut rng = stream(seed, run, Purpose::Probe);
            let mut test = ExceedanceTest::new(bound);
            (0..samples).any(|_| {
                test.push(-(1.0 - rng.random::<f64>()).ln() * bound * factor);
                test.rejects(error)
            })
        });
        runs.count() as f64
    };
    let at_the_bound = rejected(1.0, 23);
    assert!(at_the_bound <= limit && at_the_bound > 0.0, "{at_the_bound} of {runs}");
    let beyond = rejected(1.5, 24);
    assert!(beyond > 0.99 * runs as f64, "{beyond} of {runs}");
}

/// What is no number speaks for the bound, and so does what is negative; errors that are none reject nothing.
#[test]
fn exceedance_of_nonsense() {
    for sample in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (mut test, mut zeros) = (ExceedanceTest::new(0.1), ExceedanceTest::new(0.1));
        (0..1000).for_each(|_| {
            test.push(sample);
            zeros.push(0.0);
        });
        assert_eq!(test, zeros);
        assert!(!test.rejects(0.5), "{sample}");
    }
    let mut test = ExceedanceTest::new(0.1);
    (0..1000).for_each(|_| test.push(1.0));
    assert!(test.rejects(1e-300) && !test.rejects(0.0) && !test.rejects(f64::NAN) && !test.rejects(-1.0));
}
