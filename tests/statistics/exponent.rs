//! Exponents: of noisy values with the stated coverage, in both directions; of exact values by their trend.

use proptest::prelude::*;
use provably::statistics::exponent::{LEAST_SPAN, Point, fitted, limiting, two_sided};
use provably::statistics::streams::{Purpose, stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal};

const CONFIDENCE: f64 = 0.9;
const RUNS: u32 = 20_000;

/// Six noisy values of 3 x^{−1.5}, of different accuracy; noise in units of the standard error that is stated.
fn noisy(run: u64, noise: f64) -> Vec<Point> {
    let mut rng = stream(7, run, Purpose::Probe);
    let one = |i: u32| {
        let (at, error) = (2f64.powi(i as i32), 0.02 * f64::from(i + 1));
        let normal: f64 = StandardNormal.sample(&mut rng);
        Point { at, value: 3.0 * at.powf(-1.5) * (noise * error * normal).exp(), error }
    };
    (0..6).map(one).collect()
}

fn misses(noise: f64) -> f64 {
    let missed = |run: u32| {
        let e = fitted(&noisy(u64::from(run), noise), CONFIDENCE).unwrap();
        !(e.low <= -1.5 && -1.5 <= e.high)
    };
    (0..RUNS).filter(|run| missed(*run)).count() as f64 / f64::from(RUNS)
}

/// How often the interval misses in theory: slope and residuals of a normal fit are independent, the residuals are noise²·χ²₄,
/// and the width is that of z standard errors, stretched by Birge's ratio where that exceeds 1. By quadrature.
fn expected(noise: f64) -> f64 {
    let (z, normal, chi) = (two_sided(CONFIDENCE), Normal::standard(), ChiSquared::new(4.0).unwrap());
    let step = 1e-3;
    let at = |i: u32| (f64::from(i) + 0.5) * step;
    (0..60_000)
        .map(|i| {
            let birge = (noise * noise * at(i) / 4.0).max(1.0);
            step * chi.pdf(at(i)) * 2.0 * normal.cdf(-z * birge.sqrt() / noise)
        })
        .sum()
}

/// Neither too narrow nor too wide: the share of misses is what the theory of the fit says, within five standard deviations
/// (false alarm below 10⁻⁶, and the seeds are fixed). With the stated noise that is below the level, as is promised.
#[test]
fn a_fitted_exponent_is_covered_as_stated() {
    for noise in [0.5, 1.0, 3.0] {
        let (seen, theory) = (misses(noise), expected(noise));
        let tolerance = 5.0 * (theory * (1.0 - theory) / f64::from(RUNS)).sqrt();
        assert!((seen - theory).abs() <= tolerance, "noise {noise}: {seen} missed, {theory} expected");
        assert!(noise > 1.0 || theory <= 1.0 - CONFIDENCE, "noise {noise}: {theory}");
    }
    // Not so wide as to say nothing either.
    assert!(expected(1.0) >= (1.0 - CONFIDENCE) / 3.0);
}

/// Standard errors stated three times too small would miss more than half of the time; Birge's ratio takes most of it back.
#[test]
fn understated_errors_are_stretched() {
    let naive = 2.0 * Normal::standard().cdf(-two_sided(CONFIDENCE) / 3.0);
    assert!(naive > 0.5 && misses(3.0) < 0.2, "{naive} {}", misses(3.0));
}

#[test]
fn two_sided_is_the_normal_quantile() {
    for confidence in [0.5, 0.9, 0.95, 0.99, 0.999_999] {
        let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
        assert!((two_sided(confidence) - z).abs() < 1e-9 * z.max(1.0), "{confidence}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let point = |at, value, error| Point { at, value, error };
    let good = [point(1.0, 1.0, 0.1), point(2.0, 2.0, 0.1), point(4.0, 4.0, 0.1)];
    assert!(fitted(&good, 0.9).is_some() && fitted(&good[..2], 0.9).is_none());
    for bad in [point(4.0, 4.0, 0.0), point(4.0, -1.0, 0.1), point(0.0, 1.0, 0.1), point(4.0, f64::NAN, 0.1)] {
        assert!(fitted(&[good[0], good[1], bad], 0.9).is_none(), "{bad:?}");
    }
    assert!(fitted(&[good[0]; 4], 0.9).is_none(), "one argument has no slope");
    assert!(limiting(&[good[0], good[1], good[2]]).is_none(), "three exact values have no trend");
    let close: Vec<Point> = (0..6).map(|i| point(1.0 + 0.1 * f64::from(i), 1.0, 0.0)).collect();
    assert!(limiting(&close).is_none(), "halves that span less than {LEAST_SPAN}");
}

/// A x^e (1 + c x^{−p}) on four to nine values in either direction.
fn values(exponent: f64, correction: f64, power: f64, ratio: f64, count: u32) -> Vec<Point> {
    let at = |i: u32| 4.0 * ratio.powi(i as i32);
    let value = |x: f64| 7.0 * x.powf(exponent) * (1.0 + correction * x.powf(-power));
    (0..count).map(|i| Point { at: at(i), value: value(at(i)), error: 1e-15 }).collect()
}

proptest! {
    /// The promise: a next term of power at least 1/2 does not take the exponent out of the interval. The local exponent of
    /// 1 + c x^{−p} is −cp x^{−p}/(1 + c x^{−p}): for small c the promise's own form.
    #[test]
    fn the_trend_encloses_the_limit(
        exponent in -3.0..3.0_f64, correction in -0.3..0.3_f64, power in 0.5..3.0_f64, count in 4_u32..10,
    ) {
        let e = limiting(&values(exponent, correction, power, 2.5, count)).unwrap();
        prop_assert!(e.low <= exponent && exponent <= e.high, "{exponent}: {e:?}");
    }

    /// And an exact power has next to no interval, so that any other exponent is outside.
    #[test]
    fn an_exact_power_is_found_exactly(exponent in -3.0..3.0_f64, planted in 0.01..1.0_f64, seed in 0_u64..1000) {
        let e = limiting(&values(exponent, 0.0, 1.0, 2.5, 6)).unwrap();
        prop_assert!((e.estimate - exponent).abs() < 1e-8 && e.high - e.low < 1e-7, "{e:?}");
        let sign = if stream(seed, 0, Purpose::Probe).random::<bool>() { 1.0 } else { -1.0 };
        let other = exponent + sign * planted;
        prop_assert!(other < e.low || e.high < other);
    }
}

/// A law whose next term falls too slowly is outside of the promise: the interval is wide, it does not lie about its accuracy.
#[test]
fn a_slow_correction_is_not_taken_for_certainty() {
    let e = limiting(&values(-1.0, 5.0, 0.2, 2.5, 8)).unwrap();
    assert!(e.high - e.low > 0.01, "{e:?}");
}
