//! Numbers by other means than the kernel's: quadrature, finite sums and the C library's functions.

use crate::harness::{Point, Subject};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::f64::consts::{PI, SQRT_2};
use std::sync::OnceLock;

/// After so many draws of which none meets the needs, none will.
const HOPELESS: usize = 400;
/// Nodes of the Gauss–Legendre rule on a panel.
const NODES: usize = 16;

/// Φ(z).
pub(crate) fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// φ(z).
pub(crate) fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Pr[from <= g <= from + width] for a standard normal g and from >= 0, without the cancellation of a difference of Φ.
pub(crate) fn mass(from: f64, width: f64) -> f64 {
    if width <= 0.0 {
        return 0.0;
    }
    let tail = |z: f64| 0.5 * libm::erfc(z / SQRT_2);
    // Where the density falls by less than a factor of e it is integrated, else the tails differ by more than half.
    if width * (1.0 + from) < 1.0 {
        integral(0.0, width, 2, |more| density(from + more))
    } else {
        tail(from) - tail(from + width)
    }
}

/// Nodes and weights on [-1, 1]: the roots of Legendre's polynomial by Newton's method.
fn rule() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| {
        let n = NODES as f64;
        let node = |i: usize| {
            let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..50 {
                let (mut before, mut value) = (1.0, x);
                for j in 2..=NODES {
                    let j = j as f64;
                    (before, value) = (value, ((2.0 * j - 1.0) * x * value - (j - 1.0) * before) / j);
                }
                slope = n * (x * value - before) / (x * x - 1.0);
                x -= value / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        };
        (0..NODES).map(node).collect()
    })
}

/// ∫ f over [from, to] by so many panels.
pub(crate) fn integral(from: f64, to: f64, panels: usize, f: impl Fn(f64) -> f64) -> f64 {
    let half = (to - from) / (2.0 * panels as f64);
    let panel = |i: usize| {
        let centre = from + half * (2.0 * i as f64 + 1.0);
        rule().iter().map(|(x, weight)| weight * f(centre + half * x)).sum::<f64>() * half
    };
    (0..panels).map(panel).sum()
}

/// ∫ f from the first of these places to the last; f is smooth between them.
pub(crate) fn pieces(breaks: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut places = breaks.to_vec();
    places.sort_by(f64::total_cmp);
    let smooth = |pair: &[f64]| integral(pair[0], pair[1], (pair[1] - pair[0]).ceil().max(1.0) as usize * 2, &f);
    places.windows(2).map(smooth).sum()
}

/// Pr[chi-squared with d degrees > x], by the finite sums that the incomplete gamma function has at halves.
pub(crate) fn chi_squared_tail(d: u32, x: f64) -> f64 {
    let (half, odd) = (x / 2.0, d % 2 == 1);
    let start = if odd { 0.5 } else { 0.0 };
    let term = |j: u32| {
        let power = f64::from(j) + start;
        (power * half.ln() - half - libm::lgamma(power + 1.0)).exp()
    };
    let first = if odd { libm::erfc(half.sqrt()) } else { 0.0 };
    first + (0..d / 2).map(term).sum::<f64>()
}

/// Pr[Bin(n, p) >= k], from the mode or from k outward.
pub(crate) fn binomial_tail(n: u64, p: f64, k: u64) -> f64 {
    let (count, mode) = (n as f64, (n as f64 * p).floor() as u64);
    let log = |i: u64| {
        let i = i as f64;
        let ways = libm::lgamma(count + 1.0) - libm::lgamma(i + 1.0) - libm::lgamma(count - i + 1.0);
        (ways + i * p.ln() + (count - i) * (-p).ln_1p()).exp()
    };
    let sum = |range: &mut dyn Iterator<Item = u64>| {
        let mut total = 0.0;
        for i in range {
            let term = log(i);
            total += term;
            // The terms fall faster than geometrically from the mode on.
            if term < total * 1e-18 || term < 1e-300 {
                break;
            }
        }
        total
    };
    if k > mode { sum(&mut (k..=n)) } else { 1.0 - sum(&mut (0..k).rev()) }
}

/// n over k.
pub(crate) fn choose(n: u64, k: u64) -> i128 {
    (0..k).fold(1, |ways, i| ways * i128::from(n - i) / i128::from(i + 1))
}

/// Ten to a power uniform between these.
pub(crate) fn decades(rng: &mut ChaCha8Rng, from: f64, to: f64) -> f64 {
    10f64.powf(rng.random_range(from..to))
}

/// One of these.
pub(crate) fn one_of(rng: &mut ChaCha8Rng, list: &[f64]) -> f64 {
    list[rng.random_range(0..list.len())]
}

/// As [`Subject::points`], without the search for borders: for axioms whose evaluation takes milliseconds, whose borders
/// `propose` itself draws.
pub(crate) fn draws(
    subject: &Subject<'_>,
    count: usize,
    rng: &mut ChaCha8Rng,
    mut propose: impl FnMut(&mut ChaCha8Rng) -> Vec<(&'static str, f64)>,
) -> Result<Vec<Point>, String> {
    let (free, mut found) = (subject.free(), Vec::new());
    for tried in 0..count * 100 {
        if found.len() == count {
            return Ok(found);
        }
        // Needs that nothing meets are not worth the time.
        if tried > HOPELESS && found.is_empty() {
            break;
        }
        let mut values: Vec<(&str, f64)> = propose(rng);
        let drawn: Vec<&String> = free.iter().filter(|s| !values.iter().any(|(known, _)| known == s)).collect();
        values.extend(drawn.into_iter().map(|s| (s.as_str(), subject.draw(s, rng))));
        found.extend(subject.at(&values));
    }
    Err(format!("only {} of {count} draws meet the needs", found.len()))
}

/// Refuses a probability that is none: an axiom must not define one outside ]0, 1[.
pub(crate) fn share(point: &Point, symbol: &str) -> Result<(), String> {
    let value = point.get(symbol);
    if 0.0 < value && value < 1.0 { Ok(()) } else { Err(format!("{symbol} = {value:e} is no share")) }
}

/// Refuses two numbers that are further apart than `room`.
pub(crate) fn near(what: &str, found: f64, expected: f64, room: f64) -> Result<(), String> {
    // Written so that a NaN is a violation.
    if (found - expected).abs() <= room { Ok(()) } else { Err(format!("{what}: {found:e}, another way {expected:e}")) }
}

/// The functions agree with what is known of them.
#[test]
fn they_are_what_they_say() {
    let close = |x: f64, y: f64, relative: f64| assert!((x - y).abs() <= relative * y.abs(), "{x:e} {y:e}");
    close(cdf(1.0), 0.841_344_746_068_542_9, 1e-15);
    close(integral(-1.0, 1.0, 1, |x| x.powi(30)), 2.0 / 31.0, 1e-14);
    close(mass(1.0, 1e-9), density(1.0) * 1e-9, 1e-8);
    close(mass(0.0, 50.0), 0.5, 1e-15);
    close(chi_squared_tail(2, 7.0), (-3.5_f64).exp(), 1e-14);
    close(chi_squared_tail(1, 4.0), 2.0 * cdf(-2.0), 1e-14);
    // 5 and 6 degrees: integrals of the densities.
    close(chi_squared_tail(5, 3.0), 1.0 - integral(0.0, 3f64.sqrt(), 4, |z| 2.0 / 3.0 * z.powi(4) * density(z)), 1e-13);
    close(chi_squared_tail(6, 3.0), 1.0 - integral(0.0, 3.0, 4, |x| x * x * (-x / 2.0).exp() / 16.0), 1e-13);
    close(binomial_tail(4, 0.5, 3), 5.0 / 16.0, 1e-14);
    close(binomial_tail(3, 0.1, 1), 1.0 - 0.729, 1e-14);
    assert_eq!(choose(60, 30), 118_264_581_564_861_424);
}
