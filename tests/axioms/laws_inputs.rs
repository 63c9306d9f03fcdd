//! How long inputs are, and what the harness can enumerate.

use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::laws::{draws, moments, random_rows, support};
use crate::{rows, tails};
use nalgebra::{DMatrix, DVector};
use provably::distributions::{
    Distribution, GaussianMixture, MarginBall, StructuredParity, UniformHypercube, UniformParity,
};
use provably::network::TwoLayer;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::collections::BTreeSet;
use std::sync::OnceLock;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("bounded-inputs", bounded_inputs),
    ("gaussian-inputs", gaussian_inputs),
    ("mixture-inputs", mixture_inputs),
    ("standard-inputs", standard_inputs),
    ("almost-surely-bounded", almost_surely_bounded),
    ("margin-ball-support", margin_ball_support),
    ("parity-support", parity_support),
    ("hypercube-support", hypercube_support),
];

const ROUNDING: f64 = 1e-9;
/// Against Chernoff's bound searched for: its exponent, up to 700, times the rounding of a sum.
const SEARCHED: f64 = 1e-9;
/// A count of samples less likely than this refutes; some 30 counts are taken on the text and on each mutant.
const UNLIKELY: f64 = 1e-12;

/// The longest input of each bounded law at random parameters is no longer than its B_x.
fn bounded_inputs(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let outside = subject.points(1, &mut rng, |_| vec![])?[0].get("outside");
    let mut tried = |law: &str, longest: &dyn Fn(&crate::harness::Point) -> f64| {
        let axiom = subject.theory.axiom(law).ok_or(format!("no law {law}"))?.clone();
        let law = Subject::new(subject.theory, axiom);
        for point in law.points(6, &mut rng, |_| vec![])? {
            let beyond = if longest(&point) > point.get("B_x") * (1.0 + ROUNDING) { 1.0 } else { 0.0 };
            equal("Pr[|x| > B_x]", outside, beyond, ROUNDING)?;
        }
        Ok::<(), String>(())
    };
    let all_ones = |point: &crate::harness::Point| (0..point.get("d") as usize).map(|_| 1.0_f64).sum::<f64>().sqrt();
    tried("uniform-hypercube", &all_ones)?;
    tried("uniform-parity", &all_ones)?;
    tried("structured-parity", &all_ones)?;
    tried("margin-ball", &|point| {
        let (far, radius) = (point.get("data_reach"), point.get("radius"));
        far.hypot(((radius - far) * (radius + far)).sqrt())
    })?;
    let axiom = subject.theory.axiom("finite-support").ok_or("no law finite-support")?;
    for _ in 0..6 {
        let atoms = random_rows(&mut rng);
        let longest = rows::definitions(axiom, &support(&atoms)?).ok_or("rows without moments")?["B_x"];
        let beyond = if moments(&atoms).longest > longest * (1.0 + ROUNDING) { 1.0 } else { 0.0 };
        equal("Pr[|x| > B_x]", outside, beyond, ROUNDING)?;
    }
    Ok(())
}

/// Refuses a share that so many of `n` samples, or more, have next to no chance of.
fn not_unlikely(what: &str, k: usize, n: usize, share: f64) -> Result<(), String> {
    let chance = tails::binomial(k as f64, n as f64, share.min(1.0));
    if chance >= UNLIKELY { Ok(()) } else { Err(format!("{what}: {k} of {n} samples, claimed at most {share:e}")) }
}

/// A threshold around the mean norm, on either side, in few dimensions; elsewhere whatever the needs admit.
fn near_norm(rng: &mut ChaCha8Rng, length: &'static str, scale: &'static str) -> Vec<(&'static str, f64)> {
    if rng.random_range(0..4) == 0 {
        return vec![];
    }
    let d = f64::from(rng.random_range(1..31));
    let (r, s) = (10f64.powf(rng.random_range(-1.0..1.5)), 10f64.powf(rng.random_range(-1.0..1.0)));
    let reach = r + s * d.sqrt() * rng.random_range(-0.5..3.0);
    vec![("d", d), (length, r), (scale, s), ("B_x", if reach > 0.0 { reach } else { r / 2.0 })]
}

/// Refuses an `outside` below the tail it bounds, and one that is not what Chernoff's method gives at the threshold.
fn chi_squared_bound(outside: f64, d: f64, threshold: f64) -> Result<(), String> {
    let square = if threshold > 0.0 { threshold * threshold } else { 0.0 };
    at_most("Pr[|g| > threshold]", tails::chi_squared(d, square), outside, ROUNDING)?;
    equal("outside", outside, tails::chernoff(d, square), SEARCHED)
}

fn gaussian_inputs(subject: &Subject<'_>) -> Result<(), String> {
    let (mut rng, mut sampled) = (subject.rng(), 0);
    for point in subject.points(60, &mut rng, |rng| near_norm(rng, "radius", "sigma"))? {
        let [d, radius, sigma, longest] = ["d", "radius", "sigma", "B_x"].map(|s| point.get(s));
        let outside = point.get("outside");
        // The length of both laws is that of one component: μ has one length, and the noise no direction.
        let truth = tails::shifted_norm(d, radius / sigma, longest / sigma);
        at_most("Pr[|x| > B_x]", truth, outside, ROUNDING)?;
        chi_squared_bound(outside, d, (longest - radius) / sigma)?;
        if d <= 30.0 && sampled < 6 {
            sampled += 1;
            let d = d as usize;
            let two = GaussianMixture::two(d, radius, sigma).map_err(|e| e.to_string())?;
            let xor = GaussianMixture::xor(d.max(2), radius, sigma).map_err(|e| e.to_string())?;
            for law in [two, xor].iter().filter(|law| law.dimension() == d) {
                let (mut x, mut y) = (vec![0.0; 200 * d], vec![0.0; 200]);
                law.sample(&mut rng, &mut x, &mut y);
                let long = x.chunks_exact(d).filter(|x| x.iter().map(|c| c * c).sum::<f64>().sqrt() > longest).count();
                not_unlikely("inputs longer than B_x", long, 200, outside)?;
            }
        }
    }
    Ok(())
}

fn mixture_inputs(subject: &Subject<'_>) -> Result<(), String> {
    let (mut rng, mut sampled) = (subject.rng(), 0);
    for point in subject.points(60, &mut rng, |rng| near_norm(rng, "radius_max", "spread_max"))? {
        let [d, radius, spread, longest] = ["d", "radius_max", "spread_max", "B_x"].map(|s| point.get(s));
        let outside = point.get("outside");
        // Components that are all the worst: at the largest radius, of the largest deviation, uncorrelated.
        at_most("Pr[|x| > B_x]", tails::shifted_norm(d, radius / spread, longest / spread), outside, ROUNDING)?;
        chi_squared_bound(outside, d, (longest - radius) / spread)?;
        if d <= 30.0 && sampled < 8 {
            sampled += 1;
            // Correlated ones, of the deviation that has this spread: x_i = c x_{i-1} + √(1-c²) g_i, the mean along e₁.
            let correlation = [0.1_f64, 0.5, 0.9][sampled % 3];
            let sigma = spread * ((1.0 - correlation) / (1.0 + correlation)).sqrt();
            let mut long = 0;
            for _ in 0..200 {
                let (mut last, mut square) = (0.0, 0.0);
                for i in 0..d as usize {
                    let g: f64 = rng.sample(StandardNormal);
                    last = if i == 0 { g } else { correlation * last + (1.0 - correlation * correlation).sqrt() * g };
                    square += (sigma * last + if i == 0 { radius } else { 0.0 }).powi(2);
                }
                long += usize::from(square.sqrt() > longest);
            }
            not_unlikely("inputs longer than B_x", long, 200, outside)?;
        }
    }
    Ok(())
}

fn standard_inputs(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let near = |rng: &mut ChaCha8Rng| {
        let mut some = near_norm(rng, "radius", "sigma");
        some.retain(|(symbol, _)| *symbol == "d");
        let d = some.first().map(|(_, d)| d.sqrt() * rng.random_range(0.2..3.0));
        some.extend(d.map(|longest| ("B_x", longest)));
        some
    };
    for point in subject.points(60, &mut rng, near)? {
        chi_squared_bound(point.get("outside"), point.get("d"), point.get("B_x"))?;
    }
    Ok(())
}

/// An input beyond B_x, however rare: Theorem B's bound on ‖h(x)‖ is broken at it, and no share of δ pays for meeting one.
fn almost_surely_bounded(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let some = |rng: &mut ChaCha8Rng| vec![("outside", [0.0, 1e-9, 0.01, 0.9][rng.random_range(0..4)])];
    for point in subject.points(20, &mut rng, some)? {
        let outside = point.get("outside");
        // One pair of s = -1 along x: 2 + 2z² at |z| = |v|B_x = 1, and (1 + z)² beyond.
        let network = |w: f64| TwoLayer {
            w: DMatrix::from_row_slice(1, 2, &[w, -w]),
            a: DVector::zeros(2),
            b: DVector::repeat(2, -1.0),
        };
        let hidden = |x: f64| {
            let network = network(1.0);
            (0..2).map(|i| (network.w[(0, i)] * x - network.b[i]).max(0.0).powi(2)).sum::<f64>().sqrt()
        };
        let (bound, steps) = (hidden(1.0), 1000.0);
        let met = if hidden(10.0) > bound { -libm::expm1(steps * libm::log1p(-outside)) } else { 0.0 };
        at_most("the probability of a step beyond the bound, for which nothing is spent", met, 0.0, ROUNDING)?;
    }
    Ok(())
}

/// Samples of the law, and what it says of itself: at most eight different points.
fn margin_ball_support(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let some = |rng: &mut ChaCha8Rng| match rng.random_range(0..3) {
        0 => draws(subject, &["d", "radius", "data_reach"], rng),
        1 => {
            vec![("d", f64::from(rng.random_range(1..5))), ("radius", 3.0), ("data_reach", rng.random_range(0.1..3.0))]
        }
        _ => vec![("d", f64::from(rng.random_range(1..50))), ("radius", 3.0), ("data_reach", 3.0)],
    };
    for point in subject.points(60, &mut rng, some)? {
        let (d, reach, radius) = (point.get("d") as usize, point.get("data_reach"), point.get("radius"));
        // Where there is no ball at all the law's own axiom refuses.
        let Ok(law) = MarginBall::new(d, reach / 2.0, reach, radius) else { continue };
        let count = if d > 100 { 12 } else { 60 };
        let (mut x, mut y) = (vec![0.0; count * d], vec![0.0; count]);
        law.sample(&mut rng, &mut x, &mut y);
        // A sphere of two points is normalised, and so rounded: the same to nine digits is the same.
        let place = |c: &f64| (c / radius * 1e9).round() as i64;
        let points: BTreeSet<Vec<i64>> = x.chunks_exact(d).map(|x| x.iter().map(place).collect()).collect();
        if points.len() > 8 || law.support().is_none_or(|s| s.labels.len() > 8) {
            return Err(format!("d = {d}, reach {reach}, radius {radius}: {} points among {count}", points.len()));
        }
    }
    Ok(())
}

/// The points are counted here; the law itself must have them stored where that is said, and some are looked at.
fn parity_support(subject: &Subject<'_>) -> Result<(), String> {
    let (mut rng, mut looked) = (subject.rng(), 0);
    let some = |rng: &mut ChaCha8Rng| {
        let (r, k) = ([1.0, 1.0, 3.0][rng.random_range(0..3)], f64::from(2 * rng.random_range(1..13) + 1));
        let p_a = if rng.random_range(0..3) == 0 { 0.5 / r } else { rng.random_range(0.0..0.5) / r };
        let p_o = [0.0, 0.5, rng.random_range(0.01..0.49)][rng.random_range(0..3)];
        vec![("r", r), ("k", k), ("d", r * k + f64::from(rng.random_range(0..16))), ("p_a", p_a), ("p_o", p_o)]
    };
    for point in subject.points(100, &mut rng, some)? {
        let [d, r, k] = ["d", "r", "k"].map(|s| point.get(s) as usize);
        // Where there is no such law, its own axiom refuses.
        let Ok(law) = StructuredParity::new(d, r, k, point.get("p_a"), point.get("p_o")) else { continue };
        let uniform = 1.0 - 2.0 * r as f64 * point.get("p_a") > 0.0;
        let values = [point.get("p_o") < 0.5, point.get("p_o") > 0.0, point.get("p_o") > 0.0];
        let each = values.iter().filter(|occurs| **occurs).count() as f64;
        let blocks = 2.0 * r as f64 + if uniform { libm::exp2((r * k) as f64) } else { 0.0 };
        let count = (0..d - r * k).fold(blocks, |n, _| n * each);
        if count > 131_072.0 {
            return Err(format!("{count} points at {point:?}"));
        }
        if count < 3000.0 && looked < 12 {
            looked += 1;
            let stored = law.support().map_or(0.0, |s| s.labels.len() as f64);
            equal("points that are stored", stored, count, ROUNDING)?;
        }
    }
    Ok(())
}

fn hypercube_support(subject: &Subject<'_>) -> Result<(), String> {
    static STORED: OnceLock<Vec<bool>> = OnceLock::new();
    // Both laws on the hypercube, with the points of the smaller ones counted.
    let stored = STORED.get_or_init(|| {
        let of = |d: usize| {
            let cubes: [Option<Box<dyn Distribution>>; 2] = [
                UniformHypercube::new(d).ok().map(|law| Box::new(law) as Box<dyn Distribution>),
                UniformParity::new(d.max(2), 2).ok().map(|law| Box::new(law) as Box<dyn Distribution>),
            ];
            let whole = |law: &dyn Distribution| law.support().is_some_and(|s| s.labels.len() == 1 << law.dimension());
            cubes.iter().flatten().all(|law| whole(law.as_ref()))
        };
        (1..=18).map(of).collect()
    });
    let mut rng = subject.rng();
    let some = |rng: &mut ChaCha8Rng| match rng.random_range(0..3) {
        0 => draws(subject, &["d"], rng),
        _ => vec![("d", f64::from(rng.random_range(1..19)))],
    };
    for point in subject.points(60, &mut rng, some)? {
        let d = point.get("d") as usize;
        if !stored.get(d - 1).copied().unwrap_or(false) {
            return Err(format!("the points of {d} dimensions are not enumerated"));
        }
    }
    Ok(())
}
