//! Parities of uniform inputs (docs/theory.md §5.4): gradients at sign directions, and what no halfspace does.

use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::measure::{choose, decades, draws, near, one_of};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::sync::OnceLock;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("sign-directions", sign_directions),
    ("uniform-parity-sums-2", |s| sums(s, 2)),
    ("uniform-parity-sums-4", |s| sums(s, 4)),
    ("uniform-parity-feature", feature),
    ("uniform-parity-halfspaces", halfspaces),
    ("lemma-uniform-parity", lemma_uniform_parity),
];

/// A vector of signs.
fn sign_directions(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(30, &mut rng, |_| Vec::new())? {
        let signs = (0..point.get("d") as u64).map(|_| if rng.random_range(0..2) == 0 { 1.0_f64 } else { -1.0 });
        let length = signs.map(|x| x * x).sum::<f64>().sqrt();
        equal("the length of a direction", point.get("u_max"), length, 1e-12)?;
        let bound = subject.concluded(&point).ok_or("it concludes nothing")?;
        at_most("no direction is longer, so it bounds the probability", 0.0, bound, 0.0)?;
    }
    Ok(())
}

/// E[χ_S 1{Σx > threshold}] for |S| = s, by the numbers of -1 inside and outside of S.
fn character_sum(d: u64, s: u64, threshold: f64) -> f64 {
    let mut total = 0_i128;
    for (inside, outside) in (0..=s).flat_map(|i| (0..=d - s).map(move |j| (i, j))) {
        if d as f64 - 2.0 * (inside + outside) as f64 > threshold {
            let ways = choose(s, inside) * choose(d - s, outside);
            total += if inside % 2 == 0 { ways } else { -ways };
        }
    }
    total as f64 / 2f64.powi(d as i32)
}

/// c_{k-1} and c_{k+1} by counting.
fn sums(subject: &Subject<'_>, size: u64) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let k = [2, 3, 4, 6, size, size, size][rng.random_range(0..7)];
        let d = k + [rng.random_range(0..4), rng.random_range(0..50)][rng.random_range(0..2)];
        // On the lattice, between, anywhere, and beyond every value of the sum.
        let beta = match rng.random_range(0..4) {
            0 => rng.random_range(1..=d) as f64,
            1 => rng.random_range(1..=d) as f64 - one_of(rng, &[0.5, 1e-6, 1e-12]),
            2 => d as f64 + decades(rng, -2.0, 2.0),
            _ => rng.random_range(0.0..d as f64),
        };
        vec![("k", k as f64), ("d", d as f64), ("beta", beta)]
    };
    for point in draws(subject, 40, &mut rng, propose)? {
        let (d, k, beta) = (point.get("d") as u64, point.get("k") as u64, point.get("beta"));
        for (symbol, s) in [("c_low", k - 1), ("c_high", k + 1)] {
            // Where A is everything there is no coordinate to add.
            if s <= d {
                let exact = character_sum(d, s, beta);
                // Numbers of 128 bits and of size 1, some of them subtracted from each other.
                near(symbol, point.get(symbol), exact, 1e-12 * exact.abs() + 1e-33)?;
            }
        }
    }
    // Every threshold off the lattice is admitted.
    for beta in [0.5, 3.0, 4.9, 8.1] {
        let free = [("k", size as f64), ("d", 10.0), ("beta", beta)];
        subject.at(&free).ok_or_else(|| format!("the threshold {beta} in 10 dimensions is not admitted"))?;
    }
    Ok(())
}

/// A small cube on which the gradients of all sign directions were summed over all points.
pub(crate) struct Cube {
    pub(crate) d: u64,
    pub(crate) k: u64,
    beta: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The gradient of every direction, of neurons of positive bias and of those of negative bias.
    gradients: [Vec<Vec<f64>>; 2],
}

impl Cube {
    fn new(d: u64, k: u64, beta: f64) -> Self {
        let points: Vec<Vec<f64>> =
            (0..1_u32 << d).map(|bits| (0..d).map(|l| if bits >> l & 1 == 1 { 1.0 } else { -1.0 }).collect()).collect();
        let gradient = |w: &Vec<f64>, threshold: f64| {
            let mut sum = vec![0.0; d as usize];
            for x in &points {
                let (output, label) = (dot(w, x), x.iter().take(k as usize).product::<f64>());
                if output > threshold {
                    sum.iter_mut().zip(x).for_each(|(g, x)| *g += label * x / points.len() as f64);
                }
            }
            sum
        };
        let gradients = [beta, -beta].map(|threshold| points.iter().map(|w| gradient(w, threshold)).collect());
        let high = if d > k { character_sum(d, k + 1, beta) } else { 0.0 };
        Self { d, k, beta, low: character_sum(d, k - 1, beta), high, gradients }
    }

    /// The least size of a coordinate on A over all gradients, and the largest of one off A.
    pub(crate) fn sizes(&self) -> (f64, f64) {
        let sizes = |on: bool| {
            let all = self.gradients.iter().flatten().flat_map(|g| g.iter().enumerate());
            all.filter(move |(l, _)| (*l < self.k as usize) == on).map(|(_, g)| g.abs())
        };
        (sizes(true).fold(f64::INFINITY, f64::min), sizes(false).fold(0.0, f64::max))
    }

    /// The numbers by which an axiom knows it, and the threshold, which names it.
    pub(crate) fn symbols(&self) -> Vec<(&'static str, f64)> {
        let (d, k) = (self.d as f64, self.k as f64);
        vec![("d", d), ("k", k), ("c_low", self.low), ("c_high", self.high), ("beta", self.beta)]
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Thresholds between the values of the sum; at d = 5, k = 4, β = 2 it is c_low that is 0, at d = 5, k = 2 c_high.
pub(crate) fn cubes() -> &'static [Cube] {
    static CUBES: OnceLock<Vec<Cube>> = OnceLock::new();
    CUBES.get_or_init(|| {
        let shapes: [(u64, u64); 10] = [(2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (7, 2), (4, 4), (5, 4), (6, 4), (7, 4)];
        // The sum has the parity of d, so that 2 is no value of it where d is odd.
        let thresholds = |d: u64| [0.5, 1.5, if d.is_multiple_of(2) { 2.5 } else { 2.0 }, 4.5];
        shapes.iter().flat_map(|&(d, k)| thresholds(d).map(|beta| Cube::new(d, k, beta))).collect()
    })
}

/// The gradients of all sign directions of a small cube, under either sign of the bias: how many are along the feature and long
/// enough.
fn feature(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| cubes()[rng.random_range(0..cubes().len())].symbols();
    let mut slanted = 0;
    for point in draws(subject, 60, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let same = |c: &&Cube| {
            (c.d as f64 - get("d")).abs() + (c.k as f64 - get("k")).abs() + (c.beta - get("beta")).abs() <= 0.0
        };
        let cube = cubes().iter().find(same).ok_or("an unknown cube")?;
        let (gamma, k) = (get("gamma"), cube.k as usize);
        if gamma > 1.0 - 1e-12 {
            return Err("the cone holds every direction, and is no feature".into());
        }
        let bound = subject.concluded(&point).ok_or("it concludes nothing")?;
        for gradients in &cube.gradients {
            let (mut inside, mut best) = (0_u32, 0.0_f64);
            for gradient in gradients {
                let length = dot(gradient, gradient).sqrt();
                let along = gradient[..k].iter().sum::<f64>().abs() / (k as f64).sqrt();
                best = best.max(along / length);
                equal("the length", get("B_G"), length, 1e-12)?;
                inside += u32::from(along >= (1.0 - gamma) * length * (1.0 - 1e-12));
            }
            let share = f64::from(inside) / gradients.len() as f64;
            equal("the share of directions along the feature", get("p"), share, 1e-12)?;
            near("the angle", gamma, 1.0 - best, 1e-12)?;
            at_most("directions off the feature", 1.0 - share, bound, 1e-12)?;
        }
        slanted += u32::from(gamma > 0.01);
    }
    if slanted >= 10 { Ok(()) } else { Err(format!("only {slanted} cones were open")) }
}

/// The least error of halfspaces of k bits on their parity. Up to 5 bits every threshold function has whole weights of at most 5
/// (Muroga), and up to signs and order, which change nothing here, falling ones; the majority's neighbours attain it beyond.
fn least_error(k: u64) -> f64 {
    static LEAST: OnceLock<Vec<f64>> = OnceLock::new();
    let known = LEAST.get_or_init(|| {
        let over = |k: u64| {
            let mut weights = vec![vec![]];
            for _ in 0..k {
                let longer = |w: &Vec<i32>| {
                    let most = w.last().copied().unwrap_or(5);
                    (0..=most).map(|next| [w.as_slice(), &[next]].concat()).collect::<Vec<_>>()
                };
                weights = weights.iter().flat_map(longer).collect();
            }
            weights.iter().map(|w| error_of(w)).fold(1.0, f64::min)
        };
        (0..=5).map(over).collect()
    });
    let exact = known.get(k as usize).copied();
    exact.unwrap_or_else(|| {
        // Labels alternate with the number of ones; any cut by that number.
        let cut = |least: u64| (least..=k).map(|j| if j % 2 == 0 { choose(k, j) } else { -choose(k, j) }).sum::<i128>();
        (0..=k).map(|least| 0.5 - cut(least).unsigned_abs() as f64 / 2f64.powi(k as i32)).fold(1.0, f64::min)
    })
}

/// The least error over all thresholds of one direction, either side labelled 1.
fn error_of(weights: &[i32]) -> f64 {
    let k = weights.len();
    // The label's sum at every value of the output.
    let mut sums = std::collections::BTreeMap::new();
    for bits in 0..1_u32 << k {
        let sign = |l: usize| if bits >> l & 1 == 1 { 1 } else { -1 };
        let output: i32 = weights.iter().enumerate().map(|(l, w)| w * sign(l)).sum();
        *sums.entry(output).or_insert(0) += (0..k).map(sign).product::<i32>();
    }
    let mut above = 0_i32;
    let mut largest = 0;
    for sum in sums.values().rev() {
        above += sum;
        largest = largest.max(above.abs());
    }
    // Labels sum to 0, so what lies above sums to minus what lies below.
    0.5 - f64::from(largest) / 2f64.powi(k as i32)
}

/// Every threshold function of up to five bits; random ones of more.
fn halfspaces(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| vec![("k", f64::from([2, 3, 4, 5, 6, 8, 10][rng.random_range(0..7)]))];
    for point in subject.points(30, &mut rng, propose)? {
        let (k, stated) = (point.get("k") as u64, point.get("linear_error"));
        equal("the least error of a halfspace", stated, least_error(k), 1e-12)?;
        for _ in 0..2 {
            let weights: Vec<i32> = (0..k).map(|_| rng.random_range(-9..=9)).collect();
            at_most("every halfspace errs as often", stated, error_of(&weights), 1e-12)?;
        }
    }
    Ok(())
}

/// docs/theory.md §5.4 [P], written down again; and the network that it speaks of, which is in the class.
fn lemma_uniform_parity(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(20, &mut rng, |rng| vec![("k", one_of(rng, &[2.0, 4.0]))])? {
        let get = |symbol| point.get(symbol);
        let (k, root) = (get("k"), get("k").sqrt());
        equal("r_star", get("r_star"), k + 2.0, 1e-12)?;
        equal("B_a1", get("B_a1"), 2.0 * root, 1e-12)?;
        equal("B_a2", get("B_a2"), 2.0 * (k * (k + 2.0)).sqrt(), 1e-12)?;
        equal("B_b", get("B_b"), root, 1e-12)?;
        // a σ(±s - b) with s = sqrt k <D, x>, as (a, ±, b).
        let pair = |a: f64, b: f64| [(a, 1.0, b), (a, -1.0, b)];
        let neurons = match k as u64 {
            2 => [pair(2.0, 1.0), pair(-0.25, -2.0)].concat(),
            _ => [pair(-8.0 / 7.0, 0.25), pair(8.0 / 7.0 + 0.75, 2.0), pair(0.25, -2.0)].concat(),
        };
        at_most("the neurons", neurons.len() as f64, get("r_star"), 0.0)?;
        for (a, _, b) in &neurons {
            at_most("an output weight", a.abs() * root, get("B_a1"), 1e-12)?;
            at_most("a bias", b.abs() / root, get("B_b"), 1e-12)?;
        }
        let l2 = neurons.iter().map(|(a, ..)| a * a * k).sum::<f64>().sqrt();
        at_most("the l2 norm", l2, get("B_a2"), 1e-12)?;
        let k = k as i32;
        for s in (0..=k).map(|j| 2 * j - k) {
            let output: f64 = neurons.iter().map(|(a, sign, b)| a * (sign * f64::from(s) - b).max(0.0)).sum();
            let loss = (1.0 - crate::parity::label(k as usize, s) * output).max(0.0);
            near("the loss of f*", get("target_loss"), loss, 1e-12)?;
        }
    }
    Ok(())
}
