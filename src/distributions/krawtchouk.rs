//! Characters on a half-space of the hypercube: exact integers (docs/theory.md §5.4).
//!
//! For x uniform on {±1}^d and |S| = s, c_s(b) = E[χ_S(x) 1{Σxᵢ > b}] depends on s alone, and 2^d c_s(b) is a whole number:
//! for s ≥ 1 a single coefficient of (1 − z)^{s−1}(1 + z)^{d−s}, at the largest number of minus ones that is still active.

use super::DistributionError;
use super::hypercube::MAX_DIMENSION;
use dashu_int::{IBig, UBig};
use dashu_ratio::{RBig, Relaxed};

/// B_G is at least its maximum over the thresholds divided by this, where [`best_threshold`] looks for the sharpest feature:
/// at a root of a Hermite polynomial cos² may be near 1 only because both parts of G vanish.
const LEAST_SHARE_OF_NORM: u64 = 4;

/// Refuses d and k that are no uniform parity, by name.
pub(super) fn check_parity(dimension: usize, size: usize) -> Result<(), DistributionError> {
    if !(2..=MAX_DIMENSION).contains(&dimension) {
        let range = format!("an integer from 2 to {MAX_DIMENSION}");
        return Err(DistributionError::out_of_range("d", dimension, range, "x is uniform on {±1}^d, §5.4"));
    }
    if size < 2 || size > dimension || !size.is_multiple_of(2) {
        let range = format!("an even integer from 2 to d = {dimension}");
        return Err(DistributionError::out_of_range("k", size, range, "y = χ_A(x), |A| = k even, §5.4"));
    }
    Ok(())
}

/// 2^d c_s(b), for d = `dimension`, s = `size` and b = `threshold` of any sign and size; exact.
///
/// `None` where s > d, b is not a number, or d > 2³¹ (the coefficients of the recurrence must fit in i64). It takes d
/// additions and multiplications by small numbers of integers of d bits.
#[must_use]
pub fn krawtchouk_sum(dimension: usize, size: usize, threshold: f64) -> Option<IBig> {
    if size > dimension || dimension > 1 << 31 || threshold.is_nan() {
        return None;
    }
    let Some(most) = active_minus_ones(dimension, threshold) else { return Some(IBig::ZERO) };
    Some(sum_at(dimension, size, most))
}

/// 2^d c_s where exactly the inputs with at most `most` minus ones are active; s ≤ d.
pub(super) fn sum_at(dimension: usize, size: usize, most: usize) -> IBig {
    match size {
        0 => Coefficients::new(0, dimension).take(most + 1).sum(),
        // All are active and the character has mean 0; it is also where the polynomial of degree d − 1 ends.
        _ if most >= dimension => IBig::ZERO,
        _ => Coefficients::new(size - 1, dimension - size).nth(most).unwrap_or_default(),
    }
}

/// n/2^d to the nearest f64.
pub(super) fn dyadic(numerator: IBig, dimension: usize) -> f64 {
    Relaxed::from_parts(numerator, UBig::ONE << dimension).to_f64().value()
}

/// The largest j with d − 2j > b: inputs with at most so many minus ones are active; `None` where none is. Σxᵢ is whole, so
/// that Σxᵢ > b if and only if Σxᵢ ≥ ⌊b⌋ + 1, and nothing is rounded.
fn active_minus_ones(dimension: usize, threshold: f64) -> Option<usize> {
    let d = dimension as i64;
    let least = (threshold.floor() as i64).clamp(-d - 1, d) + 1;
    usize::try_from((d - least).div_euclid(2)).ok()
}

/// The coefficients of (1 − z)^a (1 + z)^e from z⁰ upwards, without end (zeros beyond z^{a+e}).
///
/// P = (1 − z)^a(1 + z)^e solves (1 − z²)P' = ((e − a) − (a + e)z)P, so that
/// (n + 1)p_{n+1} = (e − a)p_n − (a + e − n + 1)p_{n−1}; the division is exact.
struct Coefficients {
    before: IBig,
    next: IBig,
    n: i64,
    difference: i64,
    degree: i64,
}

impl Coefficients {
    fn new(minus: usize, plus: usize) -> Self {
        let (a, e) = (minus as i64, plus as i64);
        Self { before: IBig::ZERO, next: IBig::ONE, n: 0, difference: e - a, degree: a + e }
    }
}

impl Iterator for Coefficients {
    type Item = IBig;

    fn next(&mut self) -> Option<IBig> {
        let scaled = &self.next * self.difference - &self.before * (self.degree - self.n + 1);
        self.n += 1;
        self.before = std::mem::replace(&mut self.next, scaled / self.n);
        Some(self.before.clone())
    }
}

/// The feature D = 1_A/sqrt k of the uniform parity at one threshold: its p, cos² and B_G² as exact rationals.
///
/// The directions are uniform signs, and the threshold is that of ⟨u,x⟩ (β or −β); D is met by the 2 of 2^k sign patterns
/// u_A = ±1_A, and then G has one cosine with ±D and one norm whatever u is off A.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniformParityFeature {
    probability: RBig,
    cosine_square: Option<RBig>,
    norm_square: RBig,
}

impl UniformParityFeature {
    /// Of the parity of k = `size` among d = `dimension` coordinates, at the threshold b.
    ///
    /// # Errors
    /// [`DistributionError::OutOfRange`] for d and k that [`super::UniformParity`] refuses, or a b that is not a number.
    pub fn new(dimension: usize, size: usize, threshold: f64) -> Result<Self, DistributionError> {
        check_parity(dimension, size)?;
        if threshold.is_nan() {
            return Err(DistributionError::out_of_range("b", threshold, "a number", "1{⟨w,x⟩ > b}, §5.4"));
        }
        let sum = |s| krawtchouk_sum(dimension, s, threshold).unwrap_or_default();
        let on = sum(size - 1).sqr() * size;
        let off = if size < dimension { sum(size + 1).sqr() * (dimension - size) } else { UBig::ZERO };
        let all = &on + off;
        Ok(Self {
            probability: RBig::from_parts(IBig::ONE, UBig::ONE << (size - 1)),
            cosine_square: (!all.is_zero()).then(|| RBig::from_parts(on.into(), all.clone())),
            norm_square: RBig::from_parts(all.into(), UBig::ONE << (2 * dimension)),
        })
    }

    /// p = 2^{1−k}, exact: Pr[u_A = ±1_A] over uniform signs u, for either sign of the bias.
    #[must_use]
    pub fn probability(&self) -> &RBig {
        &self.probability
    }

    /// cos² = k c²_{k−1}/(k c²_{k−1} + (d−k)c²_{k+1}), exact; `None` where G = 0.
    #[must_use]
    pub fn cosine_square(&self) -> Option<&RBig> {
        self.cosine_square.as_ref()
    }

    /// B_G² = ‖G‖² = k c²_{k−1} + (d−k)c²_{k+1}, exact, in the units of x squared.
    #[must_use]
    pub fn norm_square(&self) -> &RBig {
        &self.norm_square
    }

    /// # Guarantee
    /// At most p, and p itself for k ≤ 1075 (below f64's range it is 0).
    #[must_use]
    pub fn probability_below(&self) -> f64 {
        below(&self.probability, self.probability.to_f64().value())
    }

    /// # Guarantee
    /// At most |cos|; 0 where G = 0.
    #[must_use]
    pub fn cosine_below(&self) -> f64 {
        self.cosine_square.as_ref().map_or(0.0, root_below)
    }

    /// # Guarantee
    /// At most ‖G‖.
    #[must_use]
    pub fn norm_below(&self) -> f64 {
        root_below(&self.norm_square)
    }

    /// γ with G in the cone of D: |⟨G,D⟩| ≥ (1 − γ)‖G‖.
    ///
    /// # Guarantee
    /// At least 1 − |cos|, and 0 only where cos² = 1; 1 where G = 0.
    #[must_use]
    pub fn gamma_above(&self) -> f64 {
        let Some(square) = &self.cosine_square else { return 1.0 };
        // 1 − cos = sin²/(1 + cos) does not cancel; within a few units of the last place, which are then made up for.
        let sine_square = (RBig::ONE - square).to_f64().value();
        let mut gamma = sine_square / (1.0 + square.to_f64().value().sqrt());
        let short = |gamma: f64| {
            let cosine = RBig::ONE - RBig::try_from(gamma).unwrap_or(RBig::ONE);
            &cosine * &cosine > *square
        };
        while short(gamma) {
            gamma = gamma.next_up();
        }
        gamma
    }
}

/// `guess` lowered until it is at most `value` ≥ 0.
fn below(value: &RBig, mut guess: f64) -> f64 {
    while RBig::try_from(guess).is_ok_and(|g| g > *value) {
        guess = guess.next_down();
    }
    guess
}

/// An f64 at most `sqrt value`, and within two units of its last place where the root is a normal number of f64 whose square is.
fn root_below(value: &RBig) -> f64 {
    let mut root = value.to_f64().value().sqrt();
    while RBig::try_from(root).is_ok_and(|r| &r * &r > *value) {
        root = root.next_down();
    }
    root
}

/// The threshold b > 0 halfway between two values of Σxᵢ at which G points most sharply along 1_A: it minimises
/// tan² = (d−k)c²_{k+1}/(k c²_{k−1}) among those where B_G is at least a quarter of its maximum over all such b; the smallest
/// such b among equals. For odd d the thresholds between −1 and 1 are not tried: there tan² = (k−1)²/(k(d−k))
/// (docs/theory.md §5.4).
///
/// The comparisons are of whole numbers. It takes d products of integers of d bits: milliseconds at d = 1001, a second about
/// d = 10 000.
///
/// # Errors
/// [`DistributionError::OutOfRange`] for d and k that [`super::UniformParity`] refuses, or where ⟨G, 1_A⟩ = 0 at every such b.
pub fn best_threshold(dimension: usize, size: usize) -> Result<f64, DistributionError> {
    check_parity(dimension, size)?;
    let norm = |(on, off): &(IBig, IBig)| on.sqr() * size + off.sqr() * (dimension - size);
    let largest = thresholds(dimension, size).map(|(_, sums)| norm(&sums)).max().unwrap_or_default();
    let enough = |sums: &(IBig, IBig)| norm(sums) * (LEAST_SHARE_OF_NORM * LEAST_SHARE_OF_NORM) >= largest;
    let tried = thresholds(dimension, size).filter(|(_, sums)| !sums.0.is_zero() && enough(sums));
    // |tan| ∝ |c_{k+1}|/|c_{k−1}|: compared crosswise. b falls, so of equals the later one stays.
    let sharper = |best: (usize, (IBig, IBig)), next: (usize, (IBig, IBig))| {
        let no_wider = (&next.1.1 * &best.1.0).into_parts().1 <= (&best.1.1 * &next.1.0).into_parts().1;
        if no_wider { next } else { best }
    };
    let best = tried.reduce(sharper).ok_or_else(|| {
        DistributionError::out_of_range("k", size, "such that E[χ_A(x) x₁ 1{Σxᵢ > b}] ≠ 0 at some b > 0", "§5.4")
    })?;
    Ok(best.0 as f64)
}

/// The thresholds b > 0 halfway between two values of Σxᵢ, falling, with 2^d (c_{k−1}, c_{k+1}); the second is 0 where k = d.
fn thresholds(dimension: usize, size: usize) -> impl Iterator<Item = (usize, (IBig, IBig))> {
    let on = Coefficients::new(size - 2, dimension - size + 1);
    let mut off = (size < dimension).then(|| Coefficients::new(size, dimension - size - 1));
    // At most j minus ones are active at b = d − 2j − 1, which is positive for 2j < d − 1.
    let of = move |(j, on): (usize, IBig)| {
        let off = off.as_mut().and_then(Iterator::next).unwrap_or_default();
        (dimension - 2 * j - 1, (on, off))
    };
    on.take((dimension - 1).div_ceil(2)).enumerate().map(of)
}
