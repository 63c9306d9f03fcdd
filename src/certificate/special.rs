//! Enclosures of the normal distribution, of binomial tails, of the test martingale for a rate and of an operator norm.

use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use dashu_int::IBig;
use dashu_ratio::RBig;
use std::sync::OnceLock;

/// A binomial tail is summed until its remainder is below 2⁻¹⁴⁰ of the sum.
const REMAINDER_BITS: usize = 140;
/// The remainder is looked at after every so many terms.
const LOOK: u64 = 16;
/// Most terms of a binomial tail; about √n of them matter, so this reaches n ≈ 10¹⁰.
const MAX_TERMS: u64 = 2_000_000;
/// Why a binomial tail is refused.
const OUT_OF_RANGE: &str = "argument of binomial_cdf out of range";
/// Below this |z| the Taylor series of Φ is used; beyond, the continued fraction of Mills' ratio.
const SERIES_LIMIT: i64 = 6;
/// Terms of that series: 6²ᵏ⁺¹/(2k+1)!! < 2⁻¹⁴⁰ at k = 128.
const SERIES_TERMS: i64 = 128;
/// Convergents of Mills' continued fraction: at |z| ≥ 6 two neighbours at this depth differ by about exp(−2·6·√(2·64)) < 2⁻¹⁹⁰.
const CONVERGENTS: i64 = 64;
/// n! is multiplied out up to here; beyond, the remainder of Stirling's series is below 2⁻¹²⁴, less than ln n! is rounded by.
const MAX_FACTORIAL: u64 = 256;
/// B₂, B₄, …, B₁₄ and, for the remainder, B₁₆.
const BERNOULLI: [(i64, i64); 8] = [(1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510)];
/// Interval products spent on powers of E[xxᵀ], and most squarings: after s of them the bound on λ_max exceeds it by at most
/// the factor d^(2^{−s−1}).
const MAX_PRODUCTS: usize = 1 << 21;
const MAX_SQUARINGS: usize = 8;

fn int(value: impl Into<IBig>) -> Interval {
    Interval::from_integer(value)
}

/// π by Machin's formula 16 atan(1/5) − 4 atan(1/239), each an alternating series of rationals; the remainder is below the
/// first term left out.
fn pi() -> Checked<Interval> {
    static PI: OnceLock<Checked<Interval>> = OnceLock::new();
    let arctangent = |inverse: i64| {
        let (square, mut power) = (int(inverse * inverse), int(1).div(&int(inverse))?);
        let mut sum = int(0);
        for k in 0..70_i64 {
            let term = power.div(&int(2 * k + 1))?;
            sum = if k % 2 == 0 { sum.add(&term) } else { sum.sub(&term) };
            power = power.div(&square)?;
        }
        Ok(sum.add(&power.hull(&power.neg())))
    };
    PI.get_or_init(|| Ok(int(16).mul(&arctangent(5)?).sub(&int(4).mul(&arctangent(239)?)))).clone()
}

/// φ(z), the standard normal density.
/// Guarantee: encloses φ at every point of z (evaluated with interval arithmetic; not tight for wide z).
/// Errors: |z| beyond about 10⁶.
pub fn normal_pdf(z: &Interval) -> Checked<Interval> {
    let exponent = z.abs().mul(&z.abs()).div(&int(-2))?;
    exponent.exp()?.div(&int(2).mul(&pi()?).sqrt()?)
}

/// Φ(z), the standard normal distribution function.
/// Guarantee: encloses Φ at every point of z: Φ increases, so its values at the ends, each enclosed, bound it.
/// Errors: |z| beyond about 10⁶.
pub fn normal_cdf(z: &Interval) -> Checked<Interval> {
    let low = normal_cdf_at(&z.lower_end())?;
    if z.lower_end() == z.upper_end() { Ok(low) } else { Ok(low.hull(&normal_cdf_at(&z.upper_end())?)) }
}

fn normal_cdf_at(z: &Interval) -> Checked<Interval> {
    let (size, one, half) = (z.abs(), int(1), int(1).div(&int(2))?);
    let negative = z.certainly_lt(&int(0));
    if size.certainly_le(&int(SERIES_LIMIT)) {
        // Φ(z) = ½ + φ(z)(z + z³/3 + z⁵/15 + …), terms t_{k+1} = t_k z²/(2k+3) of one sign.
        let square = size.mul(&size);
        let (mut term, mut sum) = (size.clone(), int(0));
        for k in 1..=SERIES_TERMS {
            sum = sum.add(&term);
            term = term.mul(&square).div(&int(2 * k + 1))?;
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
    for (j, &(numerator, denominator)) in (1_i64..).zip(&BERNOULLI) {
        let term = int(numerator).div(&int(denominator * 2 * j * (2 * j - 1)).mul(&power))?;
        sum = sum.add(&if j < 8 { term } else { term.hull(&term.neg()) });
        power = power.mul(&x).mul(&x);
    }
    Ok(sum)
}

/// Pr[Bin(n, p) ≤ k] for enclosures of k and n; where k is only known up to an interval, both ends are taken.
/// Errors: n that is no whole number, and as [`binomial_cdf`].
pub fn binomial_cdf_of(k: &Interval, n: &Interval, p: &Interval) -> Checked<Interval> {
    let out_of_range = || Refusal::new("undefined", OUT_OF_RANGE);
    let n = n.integer().and_then(|n| i64::try_from(n).ok()).filter(|n| *n >= 0).ok_or_else(out_of_range)?;
    // Below 0 and above n every k is like −1 and like n.
    let end = |x: Interval| i64::try_from(x.floor().integer()?.clamp((-1).into(), n.into())).ok();
    let (low, high) = end(k.lower_end()).zip(end(k.upper_end())).ok_or_else(out_of_range)?;
    let least = binomial_cdf(low, n.unsigned_abs(), p)?;
    if low == high { Ok(least) } else { Ok(least.hull(&binomial_cdf(high, n.unsigned_abs(), p)?)) }
}

/// Pr[Bin(n, p) ≤ k].
/// Guarantee: encloses it at every point of p: it decreases in p, so its enclosed values at the ends bound it.
/// Errors: p not inside [0, 1], or n so large that too many terms matter.
pub fn binomial_cdf(k: i64, n: u64, p: &Interval) -> Checked<Interval> {
    require(int(0).certainly_le(p) && p.certainly_le(&int(1)), "undefined", OUT_OF_RANGE)?;
    let k = match u64::try_from(k) {
        Err(_) => return Ok(int(0)),
        Ok(k) if k >= n => return Ok(int(1)),
        Ok(k) => k,
    };
    let at_low = binomial_cdf_at(k, n, &p.lower_end())?;
    if p.lower_end() == p.upper_end() { Ok(at_low) } else { Ok(at_low.hull(&binomial_cdf_at(k, n, &p.upper_end())?)) }
}

/// Sums away from the mode, from the term next to it: below it downward from k, above it upward from k + 1.
fn binomial_cdf_at(k: u64, n: u64, p: &Interval) -> Checked<Interval> {
    let one = int(1);
    let other = one.sub(p);
    if !int(0).certainly_lt(p) {
        return Ok(one);
    }
    if !int(0).certainly_lt(&other) {
        return Ok(int(0));
    }
    let below = int(k).certainly_lt(&int(n).mul(p));
    let mut at = if below { k } else { k + 1 };
    let log = ln_factorial(n)?.sub(&ln_factorial(at)?).sub(&ln_factorial(n - at)?);
    let mut term = log.add(&int(at).mul(&p.ln()?)).add(&int(n - at).mul(&other.ln()?)).exp()?;
    let odds = if below { other.div(p)? } else { p.div(&other)? };
    let finish = |sum: Interval| Ok(if below { sum } else { one.sub(&sum) });
    let mut sum = int(0);
    for number in 1..=MAX_TERMS {
        sum = sum.add(&term);
        if at == if below { 0 } else { n } {
            return finish(sum);
        }
        let (part, whole) = if below { (at, n - at + 1) } else { (n - at, at + 1) };
        let ratio = int(part).mul(&odds).div(&int(whole))?;
        term = term.mul(&ratio);
        at = if below { at - 1 } else { at + 1 };
        // The ratios decrease from here on, so the rest is at most a geometric series.
        if number % LOOK == 0 && ratio.certainly_lt(&one) {
            let rest = term.div(&one.sub(&ratio))?;
            if int(IBig::ONE << REMAINDER_BITS).mul(&rest).certainly_le(&sum) {
                return finish(sum.add(&int(0).hull(&rest)));
            }
        }
    }
    Err(Refusal::new("undefined", OUT_OF_RANGE))
}

/// Confidence bounds on a rate are given in billionths.
pub const BILLION: u64 = 1_000_000_000;

/// b of the Beta(1, b) mixture that soonest decides whether a small rate lies below δ: its mean is δ/2.
#[must_use]
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
        let possible = events <= trials && trials > 0 && b > 0 && trials.checked_add(b).is_some_and(|s| s < u64::MAX);
        require(possible, "undefined", "argument of mixture martingale out of range")?;
        // B(1 + k, b + n − k)/B(1, b) = k! (b + n − k − 1)! b/(b + n)!
        let gamma = ln_factorial(events)?.add(&ln_factorial(b + trials - events - 1)?).sub(&ln_factorial(b + trials)?);
        let threshold = int(1).div(error)?.ln()?.sub(&gamma.add(&int(b).ln()?));
        Ok(Self { events, trials, threshold })
    }

    /// Whether the rate is excluded. Errors: rates outside (0, 1).
    pub fn excludes(&self, rate: &Interval) -> Checked<bool> {
        let others = self.trials - self.events;
        let part = |count: u64, rate: &Interval| if count == 0 { Ok(int(0)) } else { Ok(int(count).mul(&rate.ln()?)) };
        let likelihood = part(self.events, rate)?.add(&part(others, &int(1).sub(rate))?);
        Ok(self.threshold.certainly_le(&likelihood.neg()))
    }

    fn observed(&self) -> u64 {
        u64::try_from(u128::from(self.events) * u128::from(BILLION) / u128::from(self.trials)).unwrap_or(BILLION)
    }

    /// Least rate in billionths above the observed one that is excluded, 10⁹ if none: a time-uniform upper bound.
    /// Errors: never after `new`.
    pub fn upper(&self) -> Checked<u64> {
        // Above the observed rate the martingale increases with the rate, below it decreases.
        let (mut low, mut high) = (self.observed(), BILLION);
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            if self.excludes(&ratio(middle, BILLION))? { high = middle } else { low = middle }
        }
        Ok(high)
    }

    /// Largest rate in billionths below the observed one that is excluded, 0 if none: a time-uniform lower bound.
    /// Errors: never after `new`.
    pub fn lower(&self) -> Checked<u64> {
        let (mut low, mut high) = (0, self.observed());
        while high > low + 1 {
            let middle = u64::midpoint(low, high);
            if self.excludes(&ratio(middle, BILLION))? { low = middle } else { high = middle }
        }
        Ok(low)
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

/// Sum of a list.
pub(super) fn sum(values: impl Iterator<Item = Interval>) -> Interval {
    values.fold(int(0), |total, x| total.add(&x))
}

/// Inner product.
pub(super) fn dot(x: &[Interval], y: &[Interval]) -> Interval {
    sum(x.iter().zip(y).map(|(a, b)| a.mul(b)))
}

/// B_op, an upper bound on sqrt(λ_max(A)), A = E[xxᵀ]: with P = A^(2^s), λ_max^(2^{s+1}) ≤ tr P² = ‖P‖_F².
pub(super) fn operator_norm(rows: &[Vec<Interval>]) -> Checked<Interval> {
    let dimension = rows.first().map_or(0, Vec::len);
    let count = int(rows.len());
    let columns: Vec<Vec<Interval>> = (0..dimension).map(|j| rows.iter().map(|r| r[j].clone()).collect()).collect();
    let mut matrix = gram(&columns);
    for entry in matrix.iter_mut().flatten() {
        *entry = entry.div(&count)?;
    }
    let squarings = (MAX_PRODUCTS / dimension.pow(3).max(1)).min(MAX_SQUARINGS);
    let power = (0..squarings).fold(matrix, |matrix, _| gram(&matrix));
    let trace = sum(power.iter().map(|r| dot(r, r)));
    (0..squarings + 2).try_fold(trace, |root, _| root.sqrt())
}

/// All inner products of a list of vectors; for the rows of a symmetric matrix, its square.
fn gram(vectors: &[Vec<Interval>]) -> Vec<Vec<Interval>> {
    let mut products = vec![vec![int(0); vectors.len()]; vectors.len()];
    for (i, v) in vectors.iter().enumerate() {
        for (j, w) in vectors[..=i].iter().enumerate() {
            products[i][j] = dot(v, w);
            products[j][i] = products[i][j].clone();
        }
    }
    products
}
