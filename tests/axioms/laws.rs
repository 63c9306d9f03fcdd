//! The distributions with a finite support, or a sphere: moments taken point by point, or by the symmetry that the law has.

use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::rows;
use nalgebra::DMatrix;
use provably::certificate::support::FiniteSupport;
use provably::distributions::{Distribution, MarginBall, UniformHypercube};
use provably::statistics::streams::{Purpose, stream};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::sync::OnceLock;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("uniform-hypercube", uniform_hypercube),
    ("uniform-parity", uniform_parity),
    ("margin-ball", margin_ball),
    ("structured-parity", structured_parity),
    ("finite-support", finite_support),
];

/// Rounding of the sums here, which have thousands of terms at most.
const ROUNDING: f64 = 1e-9;
/// Largest dimension in which all sign vectors are enumerated here.
const ENUMERATED: usize = 9;

/// Numbers of the declared kinds, for symbols that a mutant may no longer mention.
pub(crate) fn draws(subject: &Subject<'_>, symbols: &[&'static str], rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    symbols.iter().map(|symbol| (*symbol, subject.draw(symbol, rng))).collect()
}

/// A labelled point and its probability.
pub(crate) struct Atom {
    pub(crate) x: Vec<f64>,
    pub(crate) y: f64,
    pub(crate) p: f64,
}

/// What a finite law has, each by a sum over its atoms.
pub(crate) struct Moments {
    pub(crate) longest: f64,
    pub(crate) mean_norm: f64,
    pub(crate) mean_square: f64,
    pub(crate) operator: f64,
    pub(crate) gradient: f64,
    pub(crate) reach: f64,
    pub(crate) margin: f64,
    pub(crate) minority: f64,
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

pub(crate) fn moments(atoms: &[Atom]) -> Moments {
    let d = atoms.first().map_or(0, |a| a.x.len());
    let mean = |f: &dyn Fn(&Atom) -> f64| atoms.iter().map(|a| a.p * f(a)).sum::<f64>();
    let norm = |a: &Atom| dot(&a.x, &a.x).sqrt();
    let second = DMatrix::from_fn(d, d, |i, j| mean(&|a| a.x[i] * a.x[j]));
    let labelled: Vec<f64> = (0..d).map(|i| mean(&|a| a.y * a.x[i])).collect();
    let gradient = dot(&labelled, &labelled).sqrt();
    let along = |a: &Atom| dot(&labelled, &a.x) / gradient;
    let positive = mean(&|a| if a.y > 0.0 { 1.0 } else { 0.0 });
    Moments {
        longest: atoms.iter().map(norm).fold(0.0, f64::max),
        mean_norm: mean(&norm),
        mean_square: mean(&|a| dot(&a.x, &a.x)),
        operator: second.symmetric_eigenvalues().max().max(0.0).sqrt(),
        gradient,
        reach: atoms.iter().map(|a| along(a).abs()).fold(0.0, f64::max),
        margin: atoms.iter().map(|a| a.y * along(a)).fold(f64::INFINITY, f64::min),
        minority: positive.min(1.0 - positive),
    }
}

fn same(point: &Point, expected: &[(&str, f64)]) -> Result<(), String> {
    expected.iter().try_for_each(|(symbol, value)| equal(symbol, point.get(symbol), *value, ROUNDING))
}

/// The sign vectors of dimension d, labelled by the product of their first k coordinates.
pub(crate) fn cube(d: usize, k: usize) -> Vec<Atom> {
    let point = |bits: usize| (0..d).map(|l| if bits >> l & 1 == 0 { 1.0 } else { -1.0 }).collect::<Vec<f64>>();
    let atom = |x: Vec<f64>| Atom { y: x[..k].iter().product(), x, p: 0.5_f64.powi(d as i32) };
    (0..1 << d).map(|bits| atom(point(bits))).collect()
}

/// Moments of the small cubes, which no text changes.
fn cubes(d: usize, k: usize) -> &'static Moments {
    static KNOWN: OnceLock<Vec<Vec<Moments>>> = OnceLock::new();
    let of = |d: usize| (1..=d).map(|k| moments(&cube(d, k))).collect();
    &KNOWN.get_or_init(|| (1..=ENUMERATED).map(of).collect())[d - 1][k - 1]
}

/// In dimensions beyond enumeration, what three points of the hypercube say: all of them are equally long.
fn long_signs(point: &Point, d: usize, rng: &mut ChaCha8Rng) -> Result<(), String> {
    let law = UniformHypercube::new(d).map_err(|e| e.to_string())?;
    let (mut x, mut y) = (vec![0.0; 3 * d], vec![0.0; 3]);
    law.sample(rng, &mut x, &mut y);
    for x in x.chunks_exact(d) {
        let square = dot(x, x);
        same(point, &[("B_x", square.sqrt()), ("B_x1", square.sqrt()), ("B_x2", square)])?;
    }
    Ok(())
}

fn uniform_hypercube(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let small = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
        0 => vec![],
        _ => vec![("d", f64::from(rng.random_range(1..10)))],
    };
    for point in subject.points(30, &mut rng, small)? {
        let d = point.get("d") as usize;
        if d > ENUMERATED {
            long_signs(&point, d, &mut rng)?;
            continue;
        }
        let all = cubes(d, 1);
        same(
            &point,
            &[("B_x", all.longest), ("B_x1", all.mean_norm), ("B_x2", all.mean_square), ("B_op", all.operator)],
        )?;
        same(
            &point,
            &[("g_norm", all.gradient), ("reach", all.reach), ("margin", all.margin), ("minority", all.minority)],
        )?;
    }
    Ok(())
}

fn uniform_parity(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let small = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
        0 => draws(subject, &["d", "k"], rng),
        _ => vec![("d", f64::from(rng.random_range(1..10))), ("k", f64::from(rng.random_range(2..11)))],
    };
    for point in subject.points(40, &mut rng, small)? {
        let (d, k) = (point.get("d") as usize, point.get("k") as usize);
        if k > d {
            return Err(format!("no point of {d} coordinates has a product of the first {k}"));
        }
        if d > ENUMERATED {
            long_signs(&point, d, &mut rng)?;
            continue;
        }
        let all = cubes(d, k);
        same(
            &point,
            &[("B_x", all.longest), ("B_x1", all.mean_norm), ("B_x2", all.mean_square), ("B_op", all.operator)],
        )?;
        same(&point, &[("minority", all.minority)])?;
    }
    Ok(())
}

/// The second moments by symmetry: across e₁ all directions are alike, so each has an equal part of what e₁ leaves of E‖x‖².
fn margin_ball(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let small = |rng: &mut ChaCha8Rng| match rng.random_range(0..3) {
        0 => vec![],
        1 => vec![("d", f64::from(rng.random_range(1..5)))],
        // Without a sphere.
        _ => vec![("d", f64::from(rng.random_range(1..5))), ("radius", 2.5), ("data_reach", 2.5)],
    };
    for point in subject.points(60, &mut rng, small)? {
        let (near, far, radius) = (point.get("data_margin"), point.get("data_reach"), point.get("radius"));
        let d = point.get("d") as usize;
        let across = ((radius - far) * (radius + far)).sqrt();
        let law = MarginBall::new(d, near.min(far), far.max(near), radius);
        let Some(law) = law.ok().filter(|_| near <= far) else {
            return Err(format!(
                "there is no ball of radius {radius} in {d} dimensions with distances {near} and {far}"
            ));
        };
        let norms = [near.hypot(across), far.hypot(across)];
        if d <= 1000 {
            let (mut x, mut y) = (vec![0.0; 8 * d], vec![0.0; 8]);
            law.sample(&mut rng, &mut x, &mut y);
            for (x, y) in x.chunks_exact(d).zip(&y) {
                let which = usize::from((y * x[0] - far).abs() < (y * x[0] - near).abs());
                equal("y x_1", y * x[0], [near, far][which], ROUNDING)?;
                equal("the length of a sample", dot(x, x).sqrt(), norms[which], ROUNDING)?;
            }
        }
        let (along, square) = ((near * near + far * far) / 2.0, (norms[0].powi(2) + norms[1].powi(2)) / 2.0);
        let each = if d > 1 { (across * across) / (d as f64 - 1.0) } else { 0.0 };
        same(&point, &[("B_x", norms[1]), ("B_x1", (norms[0] + norms[1]) / 2.0), ("B_x2", square)])?;
        same(&point, &[("B_op", along.max(each).sqrt()), ("g_norm", (near + far) / 2.0)])?;
        same(&point, &[("reach", far), ("margin", near), ("minority", 0.5), ("rest", across)])?;
    }
    Ok(())
}

/// φ on the blocks with its probability, every value of it; None where there are too many.
fn block_values(r: usize, k: usize, p_a: f64) -> Option<Vec<(Vec<f64>, f64)>> {
    let size = r * k;
    let uniform = 1.0 - 2.0 * r as f64 * p_a;
    let constant = |j: usize, sign: f64| (0..size).map(|l| if l / k == j { sign } else { 0.0 }).collect::<Vec<f64>>();
    let mut all: Vec<_> = (0..r).flat_map(|j| [(constant(j, 1.0), p_a), (constant(j, -1.0), p_a)]).collect();
    if uniform != 0.0 {
        let signs = |bits: u32| (0..size).map(|l| if bits >> l & 1 == 0 { 1.0 } else { -1.0 }).collect::<Vec<f64>>();
        let each = uniform * 0.5_f64.powi(i32::try_from(size).ok()?);
        all.extend((0..1_u32.checked_shl(u32::try_from(size).ok()?)?).map(|bits| (signs(bits), each)));
    }
    Some(all)
}

/// The probability of each number of ±1 among the coordinates off the blocks.
fn off_counts(off: usize, p_o: f64) -> Vec<f64> {
    let mut law = vec![1.0];
    for _ in 0..off {
        let mut next = vec![0.0; law.len() + 1];
        for (n, p) in law.iter().enumerate() {
            next[n] += p * (1.0 - 2.0 * p_o);
            next[n + 1] += p * 2.0 * p_o;
        }
        law = next;
    }
    law
}

fn structured_parity(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let small = |rng: &mut ChaCha8Rng| {
        let (r, k) = (f64::from(rng.random_range(1..5)), f64::from(rng.random_range(2..8)));
        let d = (r * k + f64::from(rng.random_range(-2..8))).max(1.0);
        let mut some = vec![("r", r), ("k", k), ("d", d)];
        match rng.random_range(0..4) {
            0 => some.push(("p_a", rng.random_range(0.0..0.5))),
            // Without a uniform part, and all coordinates off the blocks ±1 or 0: then all points are equally long.
            1 => some.extend([("p_a", 0.5 / r), ("p_o", if rng.random() { 0.5 } else { 0.0 })]),
            _ => some.push(("p_a", rng.random_range(0.0..0.5) / r)),
        }
        if rng.random_range(0..6) == 0 { vec![] } else { some }
    };
    for point in subject.points(80, &mut rng, small)? {
        let [d, r, k] = ["d", "r", "k"].map(|s| point.get(s) as usize);
        let (p_a, p_o) = (point.get("p_a"), point.get("p_o"));
        let uniform = 1.0 - 2.0 * r as f64 * p_a;
        if uniform < -1e-12 || r * k > d {
            return Err(format!("{r} blocks of {k} do not fit: {d} coordinates, {uniform} for the uniform part"));
        }
        let off = d - r * k;
        // The largest number of ±1: all of the blocks only where the uniform part has a weight.
        let most = if uniform > 0.0 { r * k } else { k } + if p_o > 0.0 { off } else { 0 };
        at_most("the longest input against B_x", (most as f64).sqrt(), point.get("B_x"), ROUNDING)?;
        if uniform > 0.0 && p_o > 0.0 {
            same(&point, &[("B_x", (most as f64).sqrt())])?;
        }
        if r * k > 12 || off > 300 {
            continue;
        }
        let values = block_values(r, k, p_a).ok_or("too many values")?;
        let (counts, block) = (off_counts(off, p_o), r * k);
        let label = |x: &[f64]| x.chunks_exact(k).map(|b| b.iter().product::<f64>()).sum::<f64>();
        let ties: f64 = values.iter().filter(|(x, _)| label(x).abs() < 0.5).map(|(_, p)| p).sum();
        if ties > 0.0 {
            return Err(format!("with {r} blocks the products sum to 0 with probability {ties}: no label"));
        }
        let mean = |f: &dyn Fn(&[f64]) -> f64| values.iter().map(|(x, p)| p * f(x)).sum::<f64>();
        let second = DMatrix::from_fn(block, block, |i, j| mean(&|x| x[i] * x[j]));
        let largest = second.symmetric_eigenvalues().max().max(if off > 0 { 2.0 * p_o } else { 0.0 });
        let square = second.trace() + 2.0 * p_o * off as f64;
        let norm = |x: &[f64]| counts.iter().enumerate().map(|(n, p)| p * (dot(x, x) + n as f64).sqrt()).sum::<f64>();
        let (norm, positive) = (mean(&norm), mean(&|x| if label(x) > 0.0 { 1.0 } else { 0.0 }));
        same(&point, &[("B_x2", square), ("minority", positive.min(1.0 - positive))])?;
        at_most("B_op", largest.sqrt(), point.get("B_op"), ROUNDING)?;
        if off > 0 {
            same(&point, &[("B_op", largest.sqrt())])?;
        }
        at_most("B_x1", norm, point.get("B_x1"), ROUNDING)?;
        if uniform <= 0.0 && (p_o <= 0.0 || p_o >= 0.5) {
            same(&point, &[("B_x1", norm)])?;
        }
    }
    Ok(())
}

/// Random rows, some of them 0 and some alike.
pub(crate) fn random_rows(rng: &mut ChaCha8Rng) -> Vec<Atom> {
    let (d, n) = (rng.random_range(1..5), rng.random_range(1..8));
    let scale = 10f64.powf(rng.random_range(-3.0..3.0));
    let mut row = |_| Atom {
        x: (0..d).map(|_| scale * f64::from(rng.random_range(-4..5))).collect(),
        y: if rng.random() { 1.0 } else { -1.0 },
        p: 1.0 / f64::from(n),
    };
    (0..n).map(&mut row).collect()
}

pub(crate) fn support(atoms: &[Atom]) -> Result<FiniteSupport, String> {
    let points: Vec<Vec<f64>> = atoms.iter().map(|a| a.x.clone()).collect();
    let labels: Vec<i8> = atoms.iter().map(|a| a.y as i8).collect();
    FiniteSupport::new(&points, &labels).map_err(|e| e.to_string())
}

fn finite_support(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = stream(17, 0, Purpose::Probe);
    for _ in 0..30 {
        let atoms = random_rows(&mut rng);
        let values = rows::definitions(&subject.axiom, &support(&atoms)?).ok_or("the rows have no moments")?;
        let get = |symbol: &str| values.get(symbol).copied().unwrap_or(f64::NAN);
        let all = moments(&atoms);
        let expected = [
            ("d", atoms[0].x.len() as f64),
            ("B_x", all.longest),
            ("B_x1", all.mean_norm),
            ("B_x2", all.mean_square),
            ("minority", all.minority),
        ];
        expected.iter().try_for_each(|(symbol, value)| equal(symbol, get(symbol), *value, ROUNDING))?;
        // §6: the kernel's is above the true one by at most d^(1/2^{s+1}), s the number of squarings.
        at_most("B_op", all.operator, get("B_op"), ROUNDING)?;
        at_most("B_op", get("B_op"), all.operator, 0.01)?;
    }
    Ok(())
}
