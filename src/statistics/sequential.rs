//! Bounds that hold at every sample size at once, so that a run may stop whenever its verdict is decided.
//!
//! The bounds on a rate are the kernel's own ([`RateSequence`]); here they meet the f64 of the trials.

use crate::certificate::interval::Interval;
use crate::certificate::special::{self, BILLION, RateSequence};

/// A time-uniform confidence sequence for a rate, after `events` in `trials`, at error rate `error` on each side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Trials in which the event occurred.
    pub events: u64,
    /// All trials.
    pub trials: u64,
    /// Error rate of each side.
    pub error: f64,
}

impl Rate {
    fn sequence(self, b: u64) -> Option<RateSequence> {
        let error = Interval::from_f64(self.error).ok()?;
        RateSequence::new(self.events, self.trials, b, &error).ok()
    }

    /// Upper bound by the mixture that is sharpest around `threshold`: the least multiple of 10⁻⁹ excluded, or 1.
    ///
    /// # Guarantee
    /// With probability at least 1 − `error` it is at least the rate after every number of trials at once.
    #[must_use]
    pub fn upper(self, threshold: f64) -> f64 {
        let part = self.sequence(mixture(threshold)).and_then(|s| s.upper().ok());
        part.map_or(1.0, |part| part as f64 / BILLION as f64)
    }

    /// Lower bound by the uniform mixture: the largest multiple of 10⁻⁹ excluded, or 0.
    ///
    /// # Guarantee
    /// With probability at least 1 − `error` it is at most the rate after every number of trials at once.
    #[must_use]
    pub fn lower(self) -> f64 {
        let part = self.sequence(1).and_then(|s| s.lower().ok());
        part.map_or(0.0, |part| part as f64 / BILLION as f64)
    }

    /// Whether [`Rate::upper`] at this threshold, plus `more`, is at most the threshold; one evaluation instead of thirty.
    #[must_use]
    pub fn at_most(self, threshold: f64, more: f64) -> bool {
        let part = ((threshold - more) * BILLION as f64).floor();
        let observed = self.events as f64 / self.trials.max(1) as f64;
        part / BILLION as f64 > observed && self.sequence(mixture(threshold)).is_some_and(|s| excludes(&s, part as u64))
    }

    /// Whether [`Rate::lower`] exceeds the share.
    #[must_use]
    pub fn exceeds(self, share: f64) -> bool {
        let part = (share * BILLION as f64).floor() + 1.0;
        let observed = self.events as f64 / self.trials.max(1) as f64;
        part / (BILLION as f64) < observed && self.sequence(1).is_some_and(|s| excludes(&s, part as u64))
    }
}

fn excludes(sequence: &RateSequence, part: u64) -> bool {
    sequence.excludes(&special::ratio(part, BILLION)).unwrap_or(false)
}

fn mixture(threshold: f64) -> u64 {
    Interval::from_f64(threshold).map_or(1, |t| special::mixture(&t))
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
