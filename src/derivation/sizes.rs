//! Searches for the least width, steps and spread that the kernel will accept.

use super::{Derivation, DerivationError, rounded};
use crate::certificate::budget::Budget;
use crate::certificate::expression::Meaning;
use crate::certificate::interval::Interval;
use crate::certificate::refusal::Checked;
use crate::certificate::special;

/// Widths beyond this are not searched for; they are called too large to run long before.
const LIMIT: u64 = 1 << 62;
/// Steps beyond this could not be run.
const MAX_STEPS: f64 = 1e12;
/// Whole numbers up to here are exact f64, and can be chosen.
const MAX_CHOSEN: f64 = 9e15;
/// Beyond this nK₀ a binomial tail takes seconds to enclose.
const MAX_MISTAKES: f64 = 1e9;
/// Up to this nK₀ tails are short enough to search for the least T.
const MAX_MISTAKES_SUMMED: f64 = 1e6;

/// Pr[Bin(n, p) ≤ k], where that is to be had in a few seconds.
fn binomial_tail(k: i64, n: u64, p: &Interval) -> Checked<Interval> {
    special::binomial_cdf(k, n, p, &Budget::new(special::TAIL_WORK))
}

/// Least whole number in [1, 2⁶²] that satisfies a monotone predicate.
fn least(mut holds: impl FnMut(u64) -> bool) -> Option<u64> {
    let mut high = 1_u64;
    while !holds(high) {
        if high >= LIMIT {
            return None;
        }
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// Shares of δ at the explicit level: hits, initial weights (twice half of it), training.
pub const HITS_PART: f64 = 0.2;
/// See [`HITS_PART`].
pub const INITIAL_PART: f64 = 0.1;
/// See [`HITS_PART`].
pub const TRAINING_PART: f64 = 0.7;

/// A share of δ or ε as the largest decimal of twelve digits that is no more.
#[must_use]
pub fn share(whole: f64, part: f64) -> f64 {
    rounded(whole * part, 12, false)
}

/// Least m with Pr[Bin(m, q) < κ] ≤ δ_H.
///
/// # Errors
/// When q is so small that no width within reach will do.
pub fn least_count(derivation: &Derivation, kappa: u64) -> Result<u64, DerivationError> {
    least_count_of(derivation, kappa, 1)
}

/// Least m with `targets`·Pr[Bin(m, q) < κ] ≤ δ_H.
///
/// # Errors
/// When q is so small that no width within reach will do.
pub fn least_count_of(derivation: &Derivation, kappa: u64, targets: u64) -> Result<u64, DerivationError> {
    let (q, share) = (symbol(derivation, "q"), symbol(derivation, "delta_H"));
    let (k, targets) = (i64::try_from(kappa).unwrap_or(i64::MAX) - 1, Interval::from_integer(targets));
    let fits = |m: u64| binomial_tail(k, m, &q).is_ok_and(|tail| targets.mul(&tail).certainly_le(&share));
    let why = format!("a pair hits with probability {:.3e}", q.midpoint_f64());
    least(fits).ok_or(DerivationError::Unreachable { what: "width m", why })
}

/// Least T with Pr[Bin(nT, ε) ≤ nK₀] ≤ δ_Z (Theorem C1).
///
/// # Errors
/// When no number of steps within reach will do.
///
/// # Precision
/// Beyond nK₀ = 10⁶ Chernoff's bound is taken instead of the least T; it is above it by a few parts in a thousand at most.
pub fn least_steps(derivation: &Derivation) -> Result<u64, DerivationError> {
    let (n, epsilon, share) = (symbol(derivation, "n"), symbol(derivation, "epsilon"), symbol(derivation, "delta_Z"));
    let mistakes = n.mul(&symbol(derivation, "K_0"));
    let (mean, n) = (mistakes.upper_f64(), n.midpoint_f64());
    let unreachable = || DerivationError::Unreachable { what: "number of steps T", why: format!("K_0 n = {mean:.3e}") };
    let rate = epsilon.midpoint_f64();
    if !(mean < MAX_MISTAKES && mean / rate < MAX_STEPS) {
        return Err(unreachable());
    }
    let k = mean.floor() as i64;
    let fits = |steps: u64| {
        let trials = steps.saturating_mul(n as u64);
        // Below the mean the tail is near 1: no need to sum it.
        trials as f64 * rate > mean && binomial_tail(k, trials, &epsilon).is_ok_and(|tail| tail.certainly_le(&share))
    };
    // Chernoff's bound is above the least T; where a tail has many terms it is taken as it is.
    let enough = chernoff_steps(mean, n, rate, share.midpoint_f64());
    if mean > MAX_MISTAKES_SUMMED && fits(enough) { Ok(enough) } else { least(fits).ok_or_else(unreachable) }
}

/// How the tail of the number of mistakes is bounded in Theorem C4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The binomial tail itself: sharp, and slow to enclose where there are many mistakes.
    Counted,
    /// Chernoff's bound on it.
    Bounded,
}

impl Tail {
    /// The sharper of the two that can be enclosed in time.
    #[must_use]
    pub fn of(mistakes: f64) -> Self {
        if mistakes <= MAX_MISTAKES_SUMMED { Self::Counted } else { Self::Bounded }
    }
    /// As it stands in the theorem's variant.
    #[must_use]
    pub fn tag(self) -> &'static str {
        if self == Self::Counted { "counted" } else { "bounded" }
    }
    /// The axiom.
    #[must_use]
    pub fn axiom(self) -> &'static str {
        if self == Self::Counted { "mistakes-counted" } else { "mistakes-bounded" }
    }
}

/// The sum of the comparator's losses may take this part of training's share of δ.
const LOSS_PART: f64 = 0.1;
/// Range of the surplus.
const SURPLUSES: (f64, f64) = (1e-3, 1e3);

/// The least surplus at which the sum of losses, over the steps there must be at the least, exceeds its mean's bound with
/// probability at most its part of δ_Z (Theorem C4).
#[must_use]
pub fn least_surplus(derivation: &Derivation) -> f64 {
    let number = |name| derivation.number(name);
    let losses = Losses {
        first: number("K_0"),
        rate: number("epsilon") - number("outside"),
        omega: number("omega"),
        range: 1.0 + number("drift_share") + (number("alpha_l1") * number("alpha_inf")).sqrt() * number("H_1"),
    };
    rounded(losses.surplus(number("n"), number("M"), number("delta_Z")), 3, true)
}

/// What the number of steps of Theorem C4 is made of where the comparator has a loss.
pub(crate) struct Losses {
    /// K₀.
    pub(crate) first: f64,
    /// ε − outside.
    pub(crate) rate: f64,
    /// ω.
    pub(crate) omega: f64,
    /// R.
    pub(crate) range: f64,
}

impl Losses {
    /// K₀/(ε − outside − taken) at a surplus; negative or infinite where nothing is left.
    fn steps(&self, factor: f64, surplus: f64) -> f64 {
        self.first / (self.rate - 2.0 * factor / (factor - 1.0) * (1.0 + surplus) * self.omega)
    }

    /// The least surplus u at which the sum of losses exceeds (1 + u) times its mean with probability at most its part of δ_Z.
    fn surplus(&self, n: f64, factor: f64, delta_z: f64) -> f64 {
        let log = -(LOSS_PART * delta_z * (1.0 - 1e-6)).ln();
        let enough = |u: f64| {
            let steps = self.steps(factor, u);
            steps < 0.0 || n * steps * self.omega / self.range * ((1.0 + u) * u.ln_1p() - u) >= log
        };
        let (mut low, mut high) = SURPLUSES;
        for _ in 0..60 {
            let middle = (low * high).sqrt();
            if enough(middle) { high = middle } else { low = middle }
        }
        high
    }

    /// About T; infinite where the losses take all of ε.
    pub(crate) fn least_steps(&self, n: f64, factor: f64, delta_z: f64) -> f64 {
        let steps = self.steps(factor, self.surplus(n, factor, delta_z));
        if steps > 0.0 { steps } else { f64::INFINITY }
    }
}

/// A T with Pr[Bin(nT, ε − outside) ≤ n(K₀ + taken·T)] + nT·outside + δ_L ≤ δ_Z (Theorem C4), near the least one.
///
/// # Errors
/// When no number of steps within reach will do, for example where the comparator's loss takes all of ε.
pub fn least_mistakes_steps(derivation: &Derivation, tail: Tail) -> Result<u64, DerivationError> {
    let number = |name| derivation.number(name);
    // In the margin case nothing is lost, and no share is kept back for the sum of losses.
    let kept = if number("taken") > 0.0 { LOSS_PART } else { 0.0 };
    let (n, rate, first) = (number("n"), number("epsilon") - number("outside"), number("n") * number("K_0"));
    let (share, outside, taken) = (number("delta_Z") * (1.0 - kept), number("outside"), number("taken"));
    let why = format!("K_0 n = {first:.3e}, the comparator's loss takes {taken:.3e} of epsilon = {rate:.3e}");
    let unreachable = || DerivationError::Unreachable { what: "number of steps T", why: why.clone() };
    if !(taken < rate && first < MAX_CHOSEN && share > 0.0) {
        return Err(unreachable());
    }
    let probability = |steps: f64| {
        // A little more than the mistakes there can be, so that rounding cannot make the kernel refuse.
        let (trials, mistakes) = (n * steps, (first + taken * n * steps) * (1.0 + 1e-12));
        let seen = mistakes / trials;
        if seen >= rate {
            return 1.0;
        }
        let chernoff = -trials * (seen * (seen / rate).ln() + (1.0 - seen) * ((1.0 - seen) / (1.0 - rate)).ln());
        // Where Chernoff's bound is far above the share there is no need to sum.
        if tail == Tail::Bounded || chernoff > (100.0 * share).ln() {
            return chernoff.exp() + trials * outside;
        }
        let p = Interval::from_f64(rate).and_then(|p| binomial_tail(mistakes as i64, trials as u64, &p));
        p.map_or(1.0, |p| p.upper_f64()) + trials * outside
    };
    let fits = |steps: u64| (steps as f64) < MAX_CHOSEN && probability(steps as f64) <= share * (1.0 - 1e-9);
    least(|steps| steps as f64 >= MAX_CHOSEN || fits(steps)).filter(|&steps| fits(steps)).ok_or_else(unreachable)
}

/// T with exp(−nT·KL(K₀/T ‖ ε)) ≤ δ_Z, to a part in 10⁹.
fn chernoff_steps(mistakes: f64, n: f64, rate: f64, share: f64) -> u64 {
    let divergence = |trials: f64| {
        let seen = mistakes / trials;
        trials * (seen * (seen / rate).ln() + (1.0 - seen) * ((1.0 - seen) / (1.0 - rate)).ln())
    };
    let (mut low, mut high) = (mistakes / rate, 2.0 * mistakes / rate);
    while divergence(high) < -share.ln() {
        high *= 2.0;
    }
    while high - low > high * 1e-9 {
        let middle = f64::midpoint(low, high);
        if divergence(middle) < -share.ln() { low = middle } else { high = middle }
    }
    (high * (1.0 + 1e-9) / n).ceil() as u64
}

/// S_g ≥ m with exp(−(m/2)(S_g/m − 1 − ln(S_g/m))) ≤ δ_g, to six digits.
#[must_use]
pub fn spread_of_squares(m: f64, share: f64) -> f64 {
    let tail = |z: f64| m / 2.0 * (z - 1.0 - z.ln());
    let (mut low, mut high) = (1.0, 2.0);
    while tail(high) < -share.ln() {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if tail(middle) < -share.ln() { low = middle } else { high = middle }
    }
    rounded(high * m * (1.0 + 1e-9), 6, true)
}

fn symbol(derivation: &Derivation, name: &str) -> Interval {
    derivation.kernel().symbol(name).unwrap_or_else(|| Interval::from_integer(0))
}
