//! Bounds that hold at every sample size at once, so that a run may stop whenever its verdict is decided.

use crate::certificate::interval::Interval;
use crate::certificate::special;

/// The Beta(1, b) mixture martingale of a rate. Under the true rate it ever exceeds 1/error with probability at most error
/// (Ville), so the rates at which it does not are a confidence sequence. The bounds are the kernel's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// b; the mixture's mean is 1/(1 + b).
    pub b: u64,
}

impl Mixture {
    /// The mixture that decides soonest whether a small rate lies below `threshold`.
    #[must_use]
    pub fn for_threshold(threshold: f64) -> Self {
        Self { b: Interval::from_f64(threshold).map_or(1, |t| special::mixture(&t)) }
    }

    /// Time-uniform upper bound on the rate: the least multiple of 10⁻⁹ above the observed rate that is excluded, or 1.
    ///
    /// # Guarantee
    /// With probability at least 1 − `error` it is at least the rate after every number of trials at once.
    #[must_use]
    pub fn upper(self, events: u64, trials: u64, error: f64) -> f64 {
        let part = Interval::from_f64(error).and_then(|e| special::rate_upper(events, trials, self.b, &e));
        part.map_or(1.0, |part| part as f64 / special::BILLION as f64)
    }
}

/// Time-uniform lower bound on a rate by the uniform mixture: the largest multiple of 10⁻⁹ below the observed rate that is
/// excluded, or 0.
///
/// # Guarantee
/// With probability at least 1 − `error` it is at most the rate after every number of trials at once.
#[must_use]
pub fn rate_lower(events: u64, trials: u64, error: f64) -> f64 {
    let part = Interval::from_f64(error).and_then(|e| special::rate_lower(events, trials, &e));
    part.map_or(0.0, |part| part as f64 / special::BILLION as f64)
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
