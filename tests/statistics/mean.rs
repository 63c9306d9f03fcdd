//! The empirical Bernstein bound and the wager's: coverage by enumeration and by simulation, and their widths.

use crate::{ROUNDING, binomial_weights};
use provably::statistics::streams::{Purpose, stream};
use provably::statistics::{EmpiricalBernstein, Wager};
use rand::RngExt;

fn bound(range: f64, samples: impl IntoIterator<Item = f64>) -> EmpiricalBernstein {
    let mut bound = EmpiricalBernstein::new(range);
    samples.into_iter().for_each(|x| bound.push(x));
    bound
}

/// k ones among n, times `range`.
fn coins(k: u64, n: u64, range: f64) -> EmpiricalBernstein {
    bound(range, (0..n).map(|i| if i < k { range } else { 0.0 }))
}

/// A bound below the mean too often, for coins of every bias, or twice as wide as it need be: enumerated, so no false alarms.
#[test]
fn coins_are_covered() {
    for (n, error) in [(2, 0.1), (10, 0.2), (60, 0.1), (2000, 0.05)] {
        let upper: Vec<f64> = (0..=n).map(|k| coins(k, n, 3.0).upper(error) / 3.0).collect();
        let halved: Vec<f64> = upper.iter().enumerate().map(|(k, u)| f64::midpoint(*u, k as f64 / n as f64)).collect();
        let mut most = [0.0_f64; 2];
        for p in (1..200).map(|i| f64::from(i) / 200.0) {
            let weights = binomial_weights(n, p);
            for (bounds, most) in [&upper, &halved].into_iter().zip(&mut most) {
                let missed: f64 = weights.iter().zip(bounds).filter(|(_, u)| **u < p).map(|(w, _)| w).sum();
                *most = most.max(missed);
            }
        }
        assert!(most[0] <= error * (1.0 + ROUNDING), "{n}: {}", most[0]);
        // ½ sqrt(2 ln(2/δ)) deviations are 1.36, beyond which lie 9%; the term in 1/n has to be small for that to show.
        assert!(n < 2000 || most[1] > error, "{n}: half the width would do, {}", most[1]);
    }
}

/// A continuous law with a heavy tail: X = U⁸, mean 1/9.
///
/// False alarms: the misses are a binomial of at most this rate; by Hoeffding they exceed `limit` with probability 10⁻⁹.
#[test]
fn a_skewed_law_is_covered() {
    let (runs, n, error) = (4000_u64, 100, 0.1);
    let limit = runs as f64 * error + (runs as f64 * 1e9_f64.ln() / 2.0).sqrt();
    let mut missed = 0;
    let mut widths = 0.0;
    for run in 0..runs {
        let mut rng = stream(17, run, Purpose::Probe);
        let found = bound(1.0, (0..n).map(|_| rng.random::<f64>().powi(8)));
        missed += u64::from(found.upper(error) < 1.0 / 9.0);
        widths += found.upper(error) - found.mean();
    }
    assert!(missed as f64 <= limit, "{missed} misses in {runs}");
    // Var X = 1/17 − 1/81 = 0.0465 and E sqrt(V) ≤ sqrt(Var X): the mean width is at most the formula's at the variance.
    let log = (2.0_f64 / error).ln();
    let formula = (2.0 * (1.0 / 17.0 - 1.0 / 81.0) * log / n as f64).sqrt() + 7.0 * log / (3.0 * (n as f64 - 1.0));
    let mean = widths / runs as f64;
    // Widths lie between 7 log/(3(n−1)) and 0.6: Hoeffding at 10⁻⁹ again.
    assert!(
        mean <= formula + 0.6 * (1e9_f64.ln() / (2.0 * runs as f64)).sqrt() && mean >= 0.7 * formula,
        "{mean} {formula}"
    );
}

/// A factor lost in the formula: mean + sqrt(2V ln(2/δ)/n) + 7R ln(2/δ)/(3(n−1)), V with n − 1.
#[test]
fn the_formula() {
    for (k, n, range) in [(50_u64, 100_u64, 1.0), (1, 2, 4.0), (0, 30, 2.0), (7, 1000, 0.5)] {
        for error in [0.1, 1e-3, 1e-12] {
            let (count, rate) = (n as f64, k as f64 / n as f64);
            let variance = range * range * rate * (1.0 - rate) * count / (count - 1.0);
            let log = (2.0_f64 / error).ln();
            let expected =
                rate * range + (2.0 * variance * log / count).sqrt() + 7.0 * range * log / (3.0 * (count - 1.0));
            let found = coins(k, n, range);
            assert!((found.mean() - rate * range).abs() <= 1e-12);
            assert!((found.upper(error) - expected).abs() <= 1e-12 * expected, "{k} {n} {error}");
        }
    }
    // Many samples: the width is the normal one up to the quadratic term, 1.02 times at most here.
    let many = coins(50_000, 100_000, 1.0);
    let normal = (2.0 * 0.25 * 20.0_f64.ln() / 1e5).sqrt();
    let width = many.upper(0.1) - 0.5;
    assert!(width >= normal && width <= 1.03 * normal, "{width} {normal}");
}

/// A bound from too few samples, and a variance that depends on an offset or on the order of the samples.
#[test]
fn few_samples_and_offsets() {
    assert_eq!(EmpiricalBernstein::new(5.0).upper(0.1), 5.0);
    assert_eq!(bound(5.0, [1.0]).upper(0.1), 5.0);
    let samples: Vec<f64> = (0..1000).map(|i| f64::from(i % 7)).collect();
    let plain = bound(1e9, samples.iter().copied());
    let moved = bound(1e9, samples.iter().rev().map(|x| x + 1e8));
    let spread = |b: &EmpiricalBernstein| b.upper(0.1) - b.mean() - 7.0 * 1e9 * 20.0_f64.ln() / (3.0 * 999.0);
    // A sum of squares of numbers near 10⁸ would keep no digit of a variance of 4.
    assert!((moved.mean() - plain.mean() - 1e8).abs() < 1e-5);
    assert!((spread(&moved) - spread(&plain)).abs() < 1e-5, "{} {}", spread(&moved), spread(&plain));
}

fn wager(range: f64, samples: impl IntoIterator<Item = f64>) -> Wager {
    let mut wager = Wager::new(range);
    samples.into_iter().for_each(|x| wager.push(x));
    wager
}

/// A wager's bound below the mean too often, for coins of every bias, or with half its width: enumerated.
#[test]
fn wagers_cover_coins() {
    for (n, error) in [(2_u64, 0.1), (10, 0.2), (60, 0.1), (2000, 0.05)] {
        let rate = |k: u64| k as f64 / n as f64;
        let of = |k: u64| wager(3.0, (0..n).map(|i| if i < k { 3.0 } else { 0.0 })).upper(error) / 3.0;
        let upper: Vec<f64> = (0..=n).map(of).collect();
        let halved: Vec<f64> = (0..=n).zip(&upper).map(|(k, u)| f64::midpoint(*u, rate(k))).collect();
        let mut most = [0.0_f64; 2];
        for p in (1..200).map(|i| f64::from(i) / 200.0) {
            let weights = binomial_weights(n, p);
            for (bounds, most) in [&upper, &halved].into_iter().zip(&mut most) {
                let missed: f64 = weights.iter().zip(bounds).filter(|(_, u)| **u < p).map(|(w, _)| w).sum();
                *most = most.max(missed);
            }
        }
        assert!(most[0] <= error * (1.0 + ROUNDING), "{n}: {}", most[0]);
        // ln 3 for the choice among three stakes is more than half of what few samples with a large error rate need.
        assert!(n < 60 || most[1] > error, "{n}: half the width would do, {}", most[1]);
    }
}

/// Where nothing was seen no bound can be below (1 − p)ⁿ = error; the wager's is larger by its stake and by ln 3. At most the
/// range, never below the mean, and larger for larger samples and smaller errors.
#[test]
fn wagers_at_their_ends() {
    for n in [1_u64, 30, 10_000] {
        for error in [0.3_f64, 1e-4, 1e-12] {
            let least = -(error.ln() / n as f64).exp_m1();
            let found = wager(2.0, (0..n).map(|_| 0.0)).upper(error) / 2.0;
            let most = ((3.0_f64.ln() - error.ln()) / n as f64).exp_m1() / 0.95 * (1.0 + 1e-3);
            assert!(found >= least && found <= most.min(1.0 + 1e-12), "{n} {error}: {least} {found} {most}");
            assert!((wager(2.0, (0..n).map(|_| 2.0)).upper(error) - 2.0).abs() <= 1e-12);
            let bounds: Vec<f64> =
                (0..=20).map(|i| wager(1.0, (0..n).map(|_| f64::from(i) / 20.0)).upper(error)).collect();
            assert!(bounds.windows(2).all(|w| w[0] <= w[1]) && bounds.iter().all(|b| *b <= 1.0 + 1e-12));
            assert!(bounds.iter().enumerate().all(|(i, b)| *b >= i as f64 / 20.0));
        }
    }
    // What is beyond the range, or no number, counts as the range.
    assert!(wager(1.0, [7.0, f64::NAN, f64::INFINITY]).upper(0.1) >= 1.0);
}

/// Variables in [0, 1] that are no coins: X = U⁸, mean 1/9; false alarms as above.
#[test]
fn wagers_cover_a_skewed_law() {
    let (runs, n, error) = (4000_u64, 100, 0.1);
    let limit = runs as f64 * error + (runs as f64 * 1e9_f64.ln() / 2.0).sqrt();
    let mut missed = 0;
    for run in 0..runs {
        let mut rng = stream(18, run, Purpose::Probe);
        missed += u64::from(wager(1.0, (0..n).map(|_| rng.random::<f64>().powi(8))).upper(error) < 1.0 / 9.0);
    }
    assert!(missed as f64 <= limit, "{missed} misses in {runs}");
}

/// Rare losses that are small beside their range, as a comparator's are: 1% of the samples are uniform on [0, 1], the range is
/// 10. The empirical Bernstein bound and any that knows only the sample's mean are at least twice as far from it.
#[test]
fn wagers_profit_from_a_small_variance() {
    let (n, error, range) = (100_000, 1e-3_f64, 10.0);
    let mut rng = stream(19, 0, Purpose::Probe);
    let samples: Vec<f64> =
        (0..n).map(|_| if rng.random::<f64>() < 0.01 { rng.random::<f64>() } else { 0.0 }).collect();
    let mean = samples.iter().sum::<f64>() / f64::from(n);
    let found = wager(range, samples.iter().copied()).upper(error) - mean;
    let variance = bound(range, samples.iter().copied()).upper(error) - mean;
    // Hoeffding's: n KL(mean ‖ p) ≤ ln(1/error), at least sqrt(2 mean range ln(1/error)/n).
    let hoeffding = (2.0 * mean * range * (1.0 / error).ln() / f64::from(n)).sqrt();
    assert!(found > 0.0 && 2.0 * found < variance && 2.0 * found < hoeffding, "{found} {variance} {hoeffding}");
}
