//! Bounds that hold at every sample size at once, so that a run may stop whenever its verdict is decided.

use crate::certificate::interval::Interval;
use crate::certificate::special;

/// Confidence bounds are given to this many parts.
const PARTS: u64 = 1_000_000;
/// The mixture of an upper bound has its mean at this part of the threshold: rates well below it are what is hoped for.
const MEAN_OF_THRESHOLD: f64 = 0.5;

/// The Beta(1, b) mixture martingale of a rate. Under the true rate it ever exceeds 1/error with probability at most error
/// (Ville), so the rates at which it does not are a confidence sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// b; the mixture's mean is 1/(1 + b).
    pub b: u64,
}

impl Mixture {
    /// The mixture that decides soonest whether a small rate lies below `threshold`.
    #[must_use]
    pub fn for_threshold(threshold: f64) -> Self {
        let b = (1.0 / (MEAN_OF_THRESHOLD * threshold) - 1.0).ceil();
        Self { b: b.clamp(1.0, 1e12) as u64 }
    }

    /// The uniform mixture.
    #[must_use]
    pub fn uniform() -> Self {
        Self { b: 1 }
    }

    fn excludes(self, events: u64, trials: u64, part: u64, error: f64) -> bool {
        let rate = special::ratio(i64::try_from(part).unwrap_or(i64::MAX), PARTS);
        let threshold =
            Interval::from_f64(error).and_then(|e| Interval::from_integer(1).div(&e)).and_then(|inverse| inverse.ln());
        let martingale = special::ln_mixture_martingale(events, trials, 1, self.b, &rate);
        matches!((threshold, martingale), (Ok(threshold), Ok(martingale)) if threshold.certainly_le(&martingale))
    }

    /// Time-uniform upper bound on the rate: the least multiple of 10⁻⁶ above the observed rate that is excluded, or 1.
    ///
    /// # Guarantee
    /// With probability at least 1 − `error` it is at least the rate after every number of trials at once.
    #[must_use]
    pub fn upper(self, events: u64, trials: u64, error: f64) -> f64 {
        if trials == 0 || events >= trials {
            return 1.0;
        }
        // Above the observed rate the martingale increases with the rate.
        let observed = u128::from(events) * u128::from(PARTS) / u128::from(trials);
        let (mut low, mut high) = (u64::try_from(observed).unwrap_or(PARTS), PARTS);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.excludes(events, trials, middle, error) { high = middle } else { low = middle }
        }
        high as f64 / PARTS as f64
    }

    /// Time-uniform lower bound on the rate: the largest multiple of 10⁻⁶ below the observed rate that is excluded, or 0.
    ///
    /// # Guarantee
    /// With probability at least 1 − `error` it is at most the rate after every number of trials at once.
    #[must_use]
    pub fn lower(self, events: u64, trials: u64, error: f64) -> f64 {
        if events == 0 || events > trials {
            return 0.0;
        }
        let observed = (u128::from(events) * u128::from(PARTS)).div_ceil(u128::from(trials));
        let (mut low, mut high) = (0, u64::try_from(observed).unwrap_or(PARTS));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.excludes(events, trials, middle, error) { low = middle } else { high = middle }
        }
        low as f64 / PARTS as f64
    }
}

/// A bound of six places as text, and the number it stands for.
#[must_use]
pub fn six_places_up(bound: f64) -> (String, f64) {
    let parts = (bound * PARTS as f64).round().clamp(0.0, PARTS as f64) as u64;
    let text = format!("{}.{:06}", parts / PARTS, parts % PARTS);
    let text = text.trim_end_matches('0').trim_end_matches('.').to_string();
    (text, parts as f64 / PARTS as f64)
}

/// Robbins' normal mixture: a supermartingale whose increments have variance proxies (sub-Gaussian) that add up to
/// `variance` exceeds this bound at some time with probability at most `error`. `scale` is the variance at which it is
/// tightest, and must be fixed before the run.
///
/// # Guarantee
/// exp(λS − λ²V/2) is a supermartingale for every λ ≥ 0; its mixture over a half-normal λ of variance 1/ρ is at least
/// sqrt(ρ/(V + ρ)) exp(S²/2(V + ρ)) where S ≥ 0, and exceeds 1/`error` with probability at most `error` (Robbins 1970, Ville).
/// The bound is the S at which that happens: sqrt((V + ρ) ln((V + ρ)/(ρ error²))).
#[must_use]
pub fn normal_mixture_bound(variance: f64, scale: f64, error: f64) -> f64 {
    let total = variance + scale;
    (total * (total / (scale * error * error)).ln()).sqrt()
}
