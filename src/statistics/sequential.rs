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

/// A sequential test of "the mean is at most `bound`" on independent samples that are not negative, by the wealth of a gambler
/// who bets that it is more.
///
/// With the stake λ the wealth is ∏(1 + λ(X/bound − 1)): its factors are not negative, since X ≥ 0 and λ < 1, and of
/// expectation at most 1 where E X ≤ bound. No upper limit of X is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceedanceTest {
    bound: f64,
    /// Stakes, each with the logarithm of its wealth.
    wealth: Vec<(f64, f64)>,
}

/// The largest stake: bets on samples that are nearly always far beyond the bound.
const LARGEST_STAKE: f64 = 0.9;
/// Each stake is this many times the next. The best one against a rate p > bound of zeros and ones is (p − bound)/(1 − bound);
/// near the bound the growth at λ is 2λλ* − λ² in units of λ*², and the better of two neighbours has ¾ of the best.
const STAKE_RATIO: f64 = 3.0;
/// Stakes at most: enough for bounds from 10⁻⁶ on.
const MOST_STAKES: usize = 14;
/// What the logarithm of the wealth must exceed its limit by: a bound on the rounding of its sum of up to 10⁸ terms, each added
/// to at most 10³.
const LOG_ROUNDING: f64 = 1e-5;

impl ExceedanceTest {
    /// No samples yet; `bound` > 0.
    #[must_use]
    pub fn new(bound: f64) -> Self {
        let mut wealth = vec![(LARGEST_STAKE, 0.0)];
        // The smallest is for a mean that exceeds the bound by a third.
        while wealth.len() < MOST_STAKES && wealth.last().is_some_and(|(stake, _)| *stake > bound / STAKE_RATIO) {
            wealth.push((wealth[wealth.len() - 1].0 / STAKE_RATIO, 0.0));
        }
        Self { bound, wealth }
    }

    /// Takes a sample; what is not a positive number counts as 0, which speaks for the bound.
    pub fn push(&mut self, sample: f64) {
        let excess = if sample > 0.0 && sample.is_finite() { sample / self.bound } else { 0.0 } - 1.0;
        self.wealth.iter_mut().for_each(|(stake, log)| *log += libm::log1p(*stake * excess));
    }

    /// Whether the mean is certainly above the bound.
    ///
    /// # Guarantee
    /// Where the mean is at most the bound, true after any number of samples at all with probability at most `error`: the
    /// average wealth over the stakes, which are fixed beforehand, is a non-negative supermartingale from 1 (Ville).
    #[must_use]
    pub fn rejects(&self, error: f64) -> bool {
        let most = self.wealth.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.wealth.iter().map(|(_, log)| libm::exp(log - most)).sum();
        most + libm::log(sum / self.wealth.len() as f64) >= LOG_ROUNDING - libm::log(error)
    }
}
