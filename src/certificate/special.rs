//! Enclosures of the normal distribution, of binomial tails and of the test martingale for a rate.

use super::budget::Budget;
use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use dashu_int::IBig;
use dashu_ratio::RBig;
use std::sync::OnceLock;

/// A binomial tail is summed until its remainder is below 2⁻¹⁴⁰ of the sum.
const REMAINDER_BITS: usize = 140;
/// Terms below the range of intervals have no enclosure to compare with: a remainder below 2 to this is enough.
const NEGLIGIBLE: i64 = -16_000;
/// The remainder is looked at after every so many terms.
const LOOK: u64 = 16;
/// Work of one term of a binomial tail; about 14√(np) of them matter.
const TERM_WORK: u64 = 14;
/// Work that reaches n ≈ 10¹⁰ in one binomial tail.
pub const TAIL_WORK: u64 = 25_000_000;
/// Work of a rate's bounds: thirty bisections of two logarithms each.
pub const RATE_WORK: u64 = 60_000;
/// Why a binomial tail is refused.
const OUT_OF_RANGE: &str = "argument of binomial_cdf out of range";
/// Below this |z| the Taylor series of Φ is used; beyond, the continued fraction of Mills' ratio.
const SERIES_LIMIT: i64 = 6;
/// Terms of that series: 6²ᵏ⁺¹/(2k+1)!! < 2⁻¹⁴⁰ at k = 128.
const SERIES_TERMS: usize = 128;
/// Convergents of Mills' continued fraction: two neighbours at this depth enclose it, and differ by 2⁻¹⁴³ of it at |z| = 6, by less
/// beyond.
const CONVERGENTS: i64 = 96;
/// n! is multiplied out up to here; beyond, the remainder of Stirling's series is below 2⁻¹²⁴, less than ln n! is rounded by.
const MAX_FACTORIAL: u64 = 256;
/// B₂, B₄, …, B₁₄ and, for the remainder, B₁₆.
const BERNOULLI: [(i64, i64); 8] = [(1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510)];

pub(super) fn int(value: impl Into<IBig>) -> Interval {
    Interval::from_integer(value)
}

/// π by Machin's formula 16 atan(1/5) − 4 atan(1/239), each an alternating series of rationals; the remainder is below the
/// first term left out.
fn pi() -> Checked<Interval> {
    static PI: OnceLock<Checked<Interval>> = OnceLock::new();
    let arctangent = |inverse: i64| {
        let (square, mut power) = (int(inverse).mul(&int(inverse)), int(1).div(&int(inverse))?);
        let mut sum = int(0);
        for (k, odd) in (1..140_i64).step_by(2).enumerate() {
            let term = power.div(&int(odd))?;
            sum = if k % 2 == 0 { sum.add(&term) } else { sum.sub(&term) };
            power = power.div(&square)?;
        }
        Ok(sum.add(&power.hull(&power.neg())))
    };
    PI.get_or_init(|| Ok(int(16).mul(&arctangent(5)?).sub(&int(4).mul(&arctangent(239)?)))).clone()
}

/// φ(z), the standard normal density.
/// Guarantee: encloses φ at every point of z (evaluated with interval arithmetic; not tight for wide z).
/// Errors: infinite ends.
pub fn normal_pdf(z: &Interval) -> Checked<Interval> {
    let exponent = z.abs().mul(&z.abs()).div(&int(-2))?;
    exponent.exp().div(&int(2).mul(&pi()?).sqrt()?)
}

/// Φ(z), the standard normal distribution function.
/// Guarantee: encloses Φ at every point of z: Φ increases, so its values at the ends, each enclosed, bound it.
/// Errors: infinite ends.
pub fn normal_cdf(z: &Interval) -> Checked<Interval> {
    at_ends(z, normal_cdf_at)
}

/// The hull of a monotone function's values at both ends.
fn at_ends(x: &Interval, value: impl Fn(&Interval) -> Checked<Interval>) -> Checked<Interval> {
    let low = value(&x.lower_end())?;
    if x.lower_end() == x.upper_end() { Ok(low) } else { Ok(low.hull(&value(&x.upper_end())?)) }
}

fn normal_cdf_at(z: &Interval) -> Checked<Interval> {
    let (size, one, half) = (z.abs(), int(1), int(1).div(&int(2))?);
    let negative = z.certainly_lt(&int(0));
    if size.certainly_le(&int(SERIES_LIMIT)) {
        // Φ(z) = ½ + φ(z)(z + z³/3 + z⁵/15 + …), terms t_{k+1} = t_k z²/(2k+3) of one sign.
        let square = size.mul(&size);
        let (mut term, mut sum) = (size.clone(), int(0));
        for odd in (3_i64..).step_by(2).take(SERIES_TERMS) {
            sum = sum.add(&term);
            term = term.mul(&square).div(&int(odd))?;
        }
        // By now every term is at most half of the one before, so the rest is at most twice the next.
        sum = sum.add(&int(0).hull(&int(2).mul(&term)));
        let part = normal_pdf(&size)?.mul(&sum);
        return Ok(if negative { half.sub(&part) } else { half.add(&part) });
    }
    // Mills' ratio 1/(z + 1/(z + 2/(z + 3/(z + …)))): a Stieltjes fraction, whose convergents bracket it by turns.
    let convergent =
        |depth: i64| (1..=depth).rev().try_fold(size.clone(), |below, k| Ok(size.add(&int(k).div(&below)?)));
    let density = normal_pdf(&size)?;
    let tail = density.div(&convergent(CONVERGENTS)?)?.hull(&density.div(&convergent(CONVERGENTS + 1)?)?);
    Ok(if negative { tail } else { one.sub(&tail) })
}

/// ln n!.
/// Guarantee: encloses it: by the exact product up to 256, beyond by Stirling's series, whose remainder is below its first
/// term left out.
/// Errors: never for a u64.
pub fn ln_factorial(n: u64) -> Checked<Interval> {
    if n <= MAX_FACTORIAL {
        return int((2..=n).fold(IBig::from(1), |product, k| product * k)).ln();
    }
    let (x, half) = (int(n), int(1).div(&int(2))?);
    let mut sum = x.add(&half).mul(&x.ln()?).sub(&x).add(&half.mul(&int(2).mul(&pi()?).ln()?));
    let mut power = x.clone();
    for (even, &(numerator, denominator)) in (2_i64..).step_by(2).zip(&BERNOULLI) {
        let divisor = int(denominator).mul(&int(even)).mul(&int(even).sub(&int(1))).mul(&power);
        let term = int(numerator).div(&divisor)?;
        sum = sum.add(&if even < 16 { term } else { term.hull(&term.neg()) });
        power = power.mul(&x).mul(&x);
    }
    Ok(sum)
}

/// Pr[Bin(n, p) ≤ k] for enclosures of k and n; where k is only known up to an interval, both ends are taken.
/// Errors: n that is no whole number, and as [`binomial_cdf`].
pub fn binomial_cdf_of(k: &Interval, n: &Interval, p: &Interval, budget: &Budget) -> Checked<Interval> {
    let out_of_range = || Refusal::new("undefined", OUT_OF_RANGE);
    let n = n.integer().and_then(|n| i64::try_from(n).ok()).filter(|n| *n >= 0).ok_or_else(out_of_range)?;
    // Below 0 and above n every k is like −1 and like n.
    let end = |x: &Interval| i64::try_from(x.integer()?.clamp((-1).into(), n.into())).ok();
    at_ends(&k.floor(), |k| binomial_cdf(end(k).ok_or_else(out_of_range)?, n.unsigned_abs(), p, budget))
}

/// Pr[Bin(n, p) ≤ k].
/// Guarantee: encloses it at every point of p: it decreases in p, so its enclosed values at the ends bound it.
/// Errors: p not inside [0, 1], and `too-costly` where n is so large that too many terms matter.
pub fn binomial_cdf(k: i64, n: u64, p: &Interval, budget: &Budget) -> Checked<Interval> {
    require(int(0).certainly_le(p) && p.certainly_le(&int(1)), "undefined", OUT_OF_RANGE)?;
    let k = match u64::try_from(k) {
        Err(_) => return Ok(int(0)),
        Ok(k) if k >= n => return Ok(int(1)),
        Ok(k) => k,
    };
    at_ends(p, |p| binomial_cdf_at(k, n, p, budget))
}

/// Sums away from the mode, from the term next to it: below it downward from k, above it upward from k + 1. As k < n, and `at`
/// stays between 0 and n, no count saturates.
fn binomial_cdf_at(k: u64, n: u64, p: &Interval, budget: &Budget) -> Checked<Interval> {
    let one = int(1);
    let other = one.sub(p);
    if !int(0).certainly_lt(p) {
        return Ok(one);
    }
    if !int(0).certainly_lt(&other) {
        return Ok(int(0));
    }
    let below = int(k).certainly_lt(&int(n).mul(p));
    let (mut at, end) = if below { (k, 0) } else { (k.saturating_add(1), n) };
    let left = n.saturating_sub(at);
    let log = ln_factorial(n)?.sub(&ln_factorial(at)?).sub(&ln_factorial(left)?);
    let mut term = log.add(&int(at).mul(&p.ln()?)).add(&int(left).mul(&other.ln()?)).exp();
    let odds = if below { other.div(p)? } else { p.div(&other)? };
    let finish = |sum: Interval| Ok(if below { sum } else { one.sub(&sum) });
    let (mut sum, negligible) = (int(0), int(2).pow(&int(NEGLIGIBLE))?);
    let mut number = 0_u64;
    loop {
        (sum, number) = (sum.add(&term), number.wrapping_add(1));
        if at == end {
            return finish(sum);
        }
        let left = n.saturating_sub(at);
        let (part, whole) = if below { (at, left.saturating_add(1)) } else { (left, at.saturating_add(1)) };
        let ratio = int(part).mul(&odds).div(&int(whole))?;
        term = term.mul(&ratio);
        at = if below { at.saturating_sub(1) } else { at.saturating_add(1) };
        if !number.is_multiple_of(LOOK) {
            continue;
        }
        budget.spend(LOOK.saturating_mul(TERM_WORK))?;
        // The ratios decrease from here on, so the rest is at most a geometric series.
        if ratio.certainly_lt(&one) {
            let rest = term.div(&one.sub(&ratio))?;
            if int(IBig::ONE << REMAINDER_BITS).mul(&rest).certainly_le(&sum) || rest.certainly_le(&negligible) {
                return finish(sum.add(&int(0).hull(&rest)));
            }
        }
    }
}

/// Confidence bounds on a rate are given in billionths.
pub const BILLION: u64 = 1_000_000_000;

/// b of the Beta(1, b) mixture that soonest decides whether a small rate lies below δ: its mean is δ/2.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "1 to 10¹²; of no number 0, which is refused"
)]
pub fn mixture(delta: &Interval) -> u64 {
    // To the nearest: δ as a decimal and δ as an f64 must give the same b, or two programs would bound one rate differently.
    let b = int(2).div(delta).map(|x| x.sub(&int(1)).midpoint_f64().round());
    b.map_or(1, |b| b.clamp(1.0, 1e12) as u64)
}

/// The Beta(1, b)-mixture test martingale ∫ θᵏ(1−θ)ⁿ⁻ᵏ dBeta(θ) / (pᵏ(1−p)ⁿ⁻ᵏ) of a rate p after k events in n trials.
/// Guarantee: under rate p it ever exceeds 1/error, and p is ever excluded, with probability at most error (Ville).
pub struct RateSequence {
    events: u64,
    trials: u64,
    /// ln(1/error) − ln of the mixture's integral.
    threshold: Interval,
}

impl RateSequence {
    /// The sequence after `events` in `trials`. Errors: counts that cannot be, errors that are not positive.
    pub fn new(events: u64, trials: u64, b: u64, error: &Interval) -> Checked<Self> {
        let total = trials.checked_add(b).filter(|t| events <= trials && trials > 0 && b > 0 && *t < u64::MAX);
        let others = total.and_then(|t| t.checked_sub(events)?.checked_sub(1));
        let (Some(total), Some(others)) = (total, others) else {
            return Err(Refusal::new("undefined", "argument of mixture martingale out of range"));
        };
        // B(1 + k, b + n − k)/B(1, b) = k! (b + n − k − 1)! b/(b + n)!
        let gamma = ln_factorial(events)?.add(&ln_factorial(others)?).sub(&ln_factorial(total)?);
        let threshold = int(1).div(error)?.ln()?.sub(&gamma.add(&int(b).ln()?));
        Ok(Self { events, trials, threshold })
    }

    /// Whether the rate is excluded. Errors: rates outside (0, 1).
    pub fn excludes(&self, rate: &Interval) -> Checked<bool> {
        let others = self.trials.saturating_sub(self.events);
        let part = |count: u64, rate: &Interval| if count == 0 { Ok(int(0)) } else { Ok(int(count).mul(&rate.ln()?)) };
        let likelihood = part(self.events, rate)?.add(&part(others, &int(1).sub(rate))?);
        Ok(self.threshold.certainly_le(&likelihood.neg()))
    }

    fn observed(&self) -> u64 {
        let share = u128::from(self.events).saturating_mul(BILLION.into()).checked_div(self.trials.into());
        share.and_then(|share| u64::try_from(share).ok()).unwrap_or(BILLION)
    }

    /// Least rate in billionths above the observed one that is excluded, 10⁹ if none: a time-uniform upper bound.
    /// Errors: never after `new`.
    pub fn upper(&self) -> Checked<u64> {
        self.outward(BILLION)
    }

    /// Largest rate in billionths below the observed one that is excluded, 0 if none: a time-uniform lower bound.
    /// Errors: never after `new`.
    pub fn lower(&self) -> Checked<u64> {
        self.outward(0)
    }

    /// Above the observed rate the martingale increases with the rate, below it decreases.
    fn outward(&self, end: u64) -> Checked<u64> {
        let (mut inside, mut outside) = (self.observed(), end);
        let near = self.near(inside, end);
        let mut guesses =
            [near, if inside < end { near.saturating_sub(1) } else { near.saturating_add(1) }].into_iter();
        while inside.abs_diff(outside) > 1 {
            let (least, most) = (inside.min(outside), inside.max(outside));
            let guess = guesses.find(|guess| least < *guess && *guess < most);
            let middle = guess.unwrap_or_else(|| u64::midpoint(inside, outside));
            if self.excludes(&ratio(middle, BILLION))? { outside = middle } else { inside = middle }
        }
        Ok(outside)
    }

    /// The rate looked for as f64 find it: where to look first, and nothing more.
    fn near(&self, mut inside: u64, mut outside: u64) -> u64 {
        let (events, others) = (self.events as f64, self.trials.saturating_sub(self.events) as f64);
        let threshold = self.threshold.midpoint_f64();
        while inside.abs_diff(outside) > 1 {
            let middle = u64::midpoint(inside, outside);
            let rate = middle as f64 / BILLION as f64;
            let likelihood = events * libm::log(rate) + others * libm::log1p(-rate);
            if threshold <= -likelihood { outside = middle } else { inside = middle }
        }
        outside
    }
}

/// A number of billionths as the language writes it.
#[must_use]
pub fn billionths(part: u64) -> String {
    let text = format!("{}.{:09}", part / BILLION, part % BILLION);
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// The rational p/q as an interval.
#[must_use]
pub fn ratio(numerator: u64, denominator: u64) -> Interval {
    Interval::from_rational(&RBig::from_parts(numerator.into(), denominator.into()))
}
