//! Probabilities by other ways than the kernel's: sums of logarithms in f64, quadrature, recursions.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::f64::consts::{PI, SQRT_2};

/// What a binomial sum may be wrong by, relatively: up to n = 10⁸ logarithms of factorials are below 2·10⁹ and so rounded
/// by some 10⁻⁶.
pub(crate) const TAIL: f64 = 1e-5;
/// What a formula of some tens of operations may be wrong by, relatively: of 10⁻¹⁴ cancellation leaves 10⁻⁹ where it eats
/// five digits.
pub(crate) const ROUNDING: f64 = 1e-9;

/// Pr[Bin(n, p) ≤ k].
pub(crate) fn binomial_at_most(k: f64, n: f64, p: f64) -> f64 {
    let k = k.floor();
    match () {
        () if k < 0.0 => 0.0,
        () if k >= n || p <= 0.0 => 1.0,
        () if p >= 1.0 => 0.0,
        () if k < n * p => weights(k, n, p, -1.0),
        () => 1.0 - weights(k + 1.0, n, p, 1.0),
    }
}

/// Pr[Bin(n, p) ≥ k].
pub(crate) fn binomial_at_least(k: f64, n: f64, p: f64) -> f64 {
    binomial_at_most(n - k.ceil(), n, 1.0 - p)
}

/// The binomial weights from `at` on, away from the mode.
fn weights(mut at: f64, n: f64, p: f64, way: f64) -> f64 {
    let choices = libm::lgamma(n + 1.0) - libm::lgamma(at + 1.0) - libm::lgamma(n - at + 1.0);
    let mut term = (choices + at * p.ln() + (n - at) * (-p).ln_1p()).exp();
    let mut sum = 0.0;
    loop {
        sum += term;
        let (part, whole, odds) =
            if way < 0.0 { (at, n - at + 1.0, (1.0 - p) / p) } else { (n - at, at + 1.0, p / (1.0 - p)) };
        term *= part / whole * odds;
        at += way;
        if term <= sum * 1e-17 {
            return sum;
        }
    }
}

/// The standard normal probability of [low, high], by Simpson's rule on the density: with panels of at most 1/50 its error
/// is below 50⁻⁴·3/180 a unit of length.
pub(crate) fn normal_between(low: f64, high: f64) -> f64 {
    // Beyond 9 the density is below 10⁻¹⁸.
    let (low, high) = (low.clamp(-9.0, 9.0), high.clamp(-9.0, 9.0));
    let panels = 2 * (8 + ((high - low) * 25.0) as u32);
    let width = (high - low) / f64::from(panels);
    let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    let weight = |i: u32| if i == 0 || i == panels { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
    (0..=panels).map(|i| weight(i) * density(f64::from(i).mul_add(width, low))).sum::<f64>() * width / 3.0
}

/// Pr[‖u‖ > r] for a standard normal vector of d coordinates: closed for one and two, each further pair adds a term.
pub(crate) fn longer(d: u32, r: f64) -> f64 {
    let half = r * r / 2.0;
    let mut tail = if d % 2 == 1 { libm::erfc(r / SQRT_2) } else { (-half).exp() };
    let mut k = f64::from(if d % 2 == 1 { 1 } else { 2 });
    while k < f64::from(d) {
        tail += (k / 2.0 * half.ln() - half - libm::lgamma(k / 2.0 + 1.0)).exp();
        k += 2.0;
    }
    tail
}

/// A number over the orders of magnitude from 10^low to 10^high.
pub(crate) fn spread(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    10f64.powf(rng.random_range(low..high))
}

/// Refuses what is no whole number ≥ 1, as steps and samples must be; the number.
pub(crate) fn count(what: &str, value: f64) -> Result<f64, String> {
    // Beyond 2⁵³ every f64 is whole.
    if value >= 1.0 && value.fract().abs() <= 0.0 { Ok(value) } else { Err(format!("{what} = {value} is no count")) }
}
