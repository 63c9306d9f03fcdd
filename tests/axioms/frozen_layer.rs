//! Chapter `frozen-layer`: Theorem 3.4, gradient descent on the outer weights alone (docs/theory.md §4).

use crate::chances::{ROUNDING, spread};
use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::hits::steepest;
use crate::linear_data::plane_margins;
use crate::logic::united;
use crate::variants::proved_for;
use nalgebra::{DMatrix, DVector};
use provably::network::{Batch, Loss, TwoLayer};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::f64::consts::LN_2;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("logistic-target", logistic_target),
    ("frozen-descent", frozen_descent),
    ("frozen-batch", frozen_batch),
    ("theorem-3.4", theorem_3_4),
];

const LOSS: Loss = Loss::Logistic;

/// The loss of `target_scale` f* on a margin ball all of whose points are at the margin; beyond 30 the kernel's 128 bits
/// would leave less than nine digits of it.
fn logistic_target(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mu = spread(rng, -2.0, 2.0);
        let margin = if rng.random_range(0..2) == 0 { mu } else { mu * spread(rng, -0.3, 0.5) };
        vec![("mu", mu), ("margin", margin), ("target_scale", spread(rng, -2.0, 1.5))]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let margins = plane_margins(get("margin"), get("margin"))?;
        let losses = margins.iter().map(|m| LOSS.value(get("target_scale") * m / get("mu")));
        let loss = losses.sum::<f64>() / margins.len() as f64;
        at_most("the loss of the scaled f*", loss, get("target_loss"), ROUNDING)?;
        if (get("margin") - get("mu")).abs() <= 0.0 {
            equal("the loss of the scaled f* at the margin", loss, get("target_loss"), ROUNDING)?;
        }
        equal("lipschitz", get("lipschitz"), steepest(LOSS), ROUNDING)?;
    }
    Ok(())
}

/// The hidden layer of a real network with biases ±b̃, the curvature of its loss, the best step on the steepest parabola,
/// and descent that goes as far as it can.
fn frozen_descent(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (m, spread_by) = (f64::from(rng.random_range(1..60)), spread(rng, -1.0, 1.0));
        let squares = m * spread(rng, -1.5, 0.7) / (spread_by * spread_by);
        let h = (2.0 * m + 2.0 * spread_by * spread_by * squares).sqrt();
        // In units of 1/H; small ones leave the last step alone in R.
        let (b, alpha) = (spread(rng, -2.0, 1.0) / h, spread(rng, -3.0, 1.0) / h);
        let scale = spread(rng, -1.0, 1.0);
        let mut all = vec![("m", m), ("spread", spread_by), ("S_g", squares), ("alpha_1", alpha)];
        all.extend([("target_scale", scale), ("alpha_l2", b / scale)]);
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        // α = b̃a, v = w/b̃ are what the theorem speaks of, and a, w are what is trained: the same where b̃ = 1.
        let norm = trained_hidden_norm(&point);
        at_most("the hidden layer", norm, get("H"), ROUNDING)?;
        if get("spread") * (get("S_g") / get("m")).sqrt() <= 1.0 {
            equal("the hidden layer, all alive", norm, get("H"), ROUNDING)?;
        }
        let comparator = DVector::repeat(4, get("alpha_l2") / 2.0) * get("target_scale");
        equal("B", get("B"), comparator.norm(), ROUNDING)?;
        // The loss bends most at 0; the second difference over 10⁻³ is off by some 10⁻⁷.
        let bend = |z: f64| (LOSS.value(z + 1e-3) - 2.0 * LOSS.value(z) + LOSS.value(z - 1e-3)) / 1e-6;
        let most = (-50..=50).map(|i| bend(f64::from(i) / 10.0)).fold(0.0, f64::max);
        equal("L", get("L"), most * get("H").powi(2), 1e-6)?;
        // On a parabola of curvature L a step η falls by (η − η²L/2)‖∇‖², and 1/(2L) of it is what the proof takes.
        let (eta, l) = (get("eta_alpha"), get("L"));
        at_most("the fall that the proof takes", 0.5 / l, eta - eta * eta * l / 2.0, ROUNDING)?;
        norms(&point, &mut rng)?;
    }
    Ok(())
}

/// ‖(σ(⟨w,x⟩ − b))‖ of mirrored pairs with w = b̃v and b = −b̃, at an input on which |⟨v,x⟩| = |g|·spread, all |g| equal.
fn trained_hidden_norm(point: &Point) -> f64 {
    let (b, m) = (point.get("b_tilde"), point.get("m") as usize);
    let z = point.get("spread") * (point.get("S_g") / point.get("m")).sqrt();
    let one = |sign: f64| {
        let network =
            TwoLayer { w: DMatrix::repeat(1, 1, sign * b * z), a: DVector::repeat(1, 1.0), b: DVector::repeat(1, -b) };
        let x = Batch::new(DMatrix::repeat(1, 1, 1.0), DVector::repeat(1, 1.0), DVector::repeat(1, 1.0));
        network.output(&x)[0]
    };
    (m as f64 * (one(1.0).powi(2) + one(-1.0).powi(2))).sqrt()
}

/// Descent on one neuron, and on a few samples in the plane: R covers every iterate up to the first that does as well as
/// α̃.
fn norms(point: &Point, rng: &mut ChaCha8Rng) -> Result<(), String> {
    let get = |symbol: &str| point.get(symbol);
    let (h, b, alpha) = (get("H"), get("B"), get("alpha_1"));
    let alone = Sample { hidden: vec![[h, 0.0]], start: [-alpha, 0.0], target: [b, 0.0] };
    let reached = alone.farthest(get("L"), alpha + b);
    at_most("‖α‖ of one neuron", reached, get("R"), ROUNDING)?;
    if h * b < 0.1 && h * alpha < 0.02 {
        // The first step is 2/H, and R is 2.36/H and little more.
        at_most("0.7 of R", 0.7 * get("R"), reached, 0.0)?;
    }
    for _ in 0..4 {
        let angle = |rng: &mut ChaCha8Rng| rng.random_range(0.0..std::f64::consts::TAU);
        let at = |rng: &mut ChaCha8Rng, size: f64| {
            let angle = angle(rng);
            [size * angle.cos(), size * angle.sin()]
        };
        let hidden = (0..5).map(|_| at(rng, h)).collect();
        let sample = Sample { hidden, start: at(rng, alpha), target: at(rng, b) };
        at_most("‖α‖ on a sample", sample.farthest(get("L"), alpha + b), get("R"), ROUNDING)?;
    }
    Ok(())
}

/// y h(x) of a batch, and where descent starts and is compared to.
struct Sample {
    hidden: Vec<[f64; 2]>,
    start: [f64; 2],
    target: [f64; 2],
}

impl Sample {
    /// The mean loss and its gradient.
    fn loss(&self, at: [f64; 2]) -> (f64, [f64; 2]) {
        let n = self.hidden.len() as f64;
        self.hidden.iter().fold((0.0, [0.0; 2]), |(loss, [x, y]), h| {
            let margin = h[0] * at[0] + h[1] * at[1];
            let slope = LOSS.derivative(margin) / n;
            (loss + LOSS.value(margin) / n, [x + slope * h[0], y + slope * h[1]])
        })
    }

    /// The largest norm up to the first iterate within opt, at T = 30, of the target's loss.
    fn farthest(&self, l: f64, distance: f64) -> f64 {
        let enough = self.loss(self.target).0 + l * distance * distance / (2.0 * 29.0);
        let (mut at, mut most) = (self.start, 0.0_f64);
        for _ in 0..30 {
            most = most.max(at[0].hypot(at[1]));
            let (loss, gradient) = self.loss(at);
            if loss <= enough {
                break;
            }
            at = [at[0] - gradient[0] / l, at[1] - gradient[1] / l];
        }
        most
    }

    /// The loss at the T-th iterate above the target's.
    fn gap(&self, l: f64, last: u32) -> f64 {
        let mut at = self.start;
        for _ in 1..last {
            let gradient = self.loss(at).1;
            at = [at[0] - gradient[0] / l, at[1] - gradient[1] / l];
        }
        self.loss(at).0 - self.loss(self.target).0
    }
}

/// opt from steps that keep the proof's inequality with equality; gen from the Rademacher average of inputs across each
/// other, the loss's range and its slope, each measured, through McDiarmid's inequality to the probability.
fn frozen_batch(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(40, &mut rng, batch)? {
        let get = |symbol: &str| point.get(symbol);
        let (l, last, n, r, h) = (get("L"), get("T"), get("n"), get("R"), get("H"));
        let distance = get("alpha_1") + get("B");
        // ‖α − α̃‖² falls by 2/L of the gap at each of T − 1 steps; a gap of opt uses it up.
        equal("distance used up", (last - 1.0) * 2.0 / l * get("opt"), distance * distance, ROUNDING)?;
        if last < 400.0 {
            let alone = Sample { hidden: vec![[h, 0.0]], start: [-get("alpha_1"), 0.0], target: [get("B"), 0.0] };
            at_most("the gap on one neuron", alone.gap(l, last as u32), get("opt"), ROUNDING)?;
        }
        // h(x_j) across each other: for every choice of signs the supremum is R‖Σ ε_j h_j‖/n.
        let rademacher = r / n * (n * h * h).sqrt();
        let range = LOSS.value(-r * h) - LOSS.value(r * h);
        let mean = 2.0 * steepest(LOSS) * rademacher;
        let generalisation = get("gen");
        let fails = 2.0 * (-2.0 * n * (generalisation - mean).powi(2) / (range * range)).exp();
        let bound = subject.concluded(&point).ok_or("no bound")?;
        at_most("a larger deviation", if generalisation > mean { fails } else { 1.0 }, bound, 1e-6)?;
        // R is at least 2.35/H, where the range is 0.8 of 1 + ΛRH; for large RH it is all of it.
        let needed = mean + range * ((2.0 / get("delta_Z")).ln() / (2.0 * n)).sqrt();
        if r * h > 2.3 && (get("lipschitz") - steepest(LOSS)).abs() < 1e-6 {
            at_most("gen", generalisation, 1.3 * needed, 0.0)?;
        }
        // Weights along all of a sample whose inputs are across each other and across all others.
        let margin = r * h / n.sqrt();
        let deviation = (1.0 - LOSS.value(margin)).max(LOSS.value(-margin) - 1.0);
        at_most("the deviation of one class", deviation, generalisation, ROUNDING)?;
        // From the network's loss to its batch's, the comparator's there, and the comparator's own.
        let steps = [get("target_scale") * get("batch_term"), generalisation, get("opt"), generalisation];
        let loss = steps.iter().fold(get("target_loss"), |loss, more| loss + more);
        equal("the loss reached", get("error_bound"), loss, ROUNDING)?;
        at_most("the error asked for", get("error_bound"), get("epsilon"), 0.0)?;
    }
    Ok(())
}

/// Numbers of one instance whose four parts of the error come to about ε.
fn batch(rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let h = spread(rng, 0.0, 1.5);
    let (b, alpha) = (spread(rng, -1.0, 2.5) / h, spread(rng, -2.0, 1.0) / h);
    let l = h * h / (4.0 * LN_2);
    let (lipschitz, r) = (1.0 / LN_2, alpha + 2.0 * b + (2.0 / l).sqrt());
    let (epsilon, delta) = (rng.random_range(0.1..0.95), rng.random_range(0.01..0.99));
    let part = |rng: &mut ChaCha8Rng| epsilon * rng.random_range(0.05..0.4);
    let steps = 1.0 + (l * (alpha + b).powi(2) / (2.0 * part(rng))).ceil();
    let root =
        (2.0 * lipschitz * r * h + (1.0 + lipschitz * r * h) * ((2.0_f64 / delta).ln() / 2.0).sqrt()) * 2.0 / part(rng);
    let scale = spread(rng, -1.0, 1.0);
    let mut all = vec![("H", h), ("B", b), ("alpha_1", alpha), ("L", l), ("lipschitz", lipschitz), ("R", r)];
    all.extend([("epsilon", epsilon), ("delta_Z", delta), ("T", steps), ("n", root.powi(2).ceil())]);
    all.extend([("target_scale", scale), ("target_loss", part(rng)), ("batch_term", part(rng) / scale)]);
    all
}

/// The paper's statement, transcribed from docs/theory.md §4 with constants c₁ and c₂; ‖W⁽¹⁾‖_F² and ‖b‖² of a network.
fn theorem_3_4(subject: &Subject<'_>) -> Result<(), String> {
    // What a fresh first batch costs stands nowhere in it.
    proved_for(subject, "gradients", &["population", "closed-first"])?;
    united(subject, &["hits", "u_max", "g_norm"])?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let m = f64::from(rng.random_range(1..50));
        let (l, alpha, b, c_1, c_2) = (
            spread(rng, -1.0, 1.0),
            spread(rng, -1.0, 1.0),
            spread(rng, -1.0, 1.0),
            spread(rng, -1.0, 1.0),
            spread(rng, -1.0, 1.0),
        );
        let (theta, g, squares, b_x) =
            (spread(rng, -1.0, 1.0), spread(rng, -1.0, 1.0), m * spread(rng, -0.5, 0.5), spread(rng, -1.0, 1.0));
        let epsilon = rng.random_range(0.1..0.95);
        let part = |rng: &mut ChaCha8Rng| epsilon * rng.random_range(0.02..0.5);
        let steps = (c_1 * l * (alpha * alpha + b * b) / part(rng)).ceil();
        let inner = 2.0 * (theta * g).powi(2) * squares;
        let n = (b * b * (inner * b_x * b_x + 4.0 * m) * (c_2 / part(rng)).powi(2)).ceil();
        let mut all =
            vec![("N", 4.0 * m), ("L", l), ("alpha_1", alpha), ("B", b), ("c_1", c_1), ("c_2", c_2), ("theta", theta)];
        all.extend([("g_norm", g), ("S_g", squares), ("B_x", b_x), ("epsilon", epsilon), ("T", steps), ("n", n)]);
        all.push(("target_loss", part(rng)));
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        // m pairs of live neurons, ±θgE[yx] with Σg² = S_g, and 2m dead ones; every bias is ±1.
        let m = (get("N") / 4.0).round() as usize;
        if (get("N") - 4.0 * m as f64).abs() > 0.0 {
            continue; // No network has so many neurons.
        }
        let one = get("theta") * (get("S_g") / m as f64).sqrt() * get("g_norm");
        let w: DMatrix<f64> = DMatrix::from_fn(1, 4 * m, |_, j| {
            if j < m {
                one
            } else if j < 2 * m {
                -one
            } else {
                0.0
            }
        });
        let b: DVector<f64> = DVector::from_fn(4 * m, |j, _| if j < 2 * m { -1.0 } else { 1.0 });
        equal("‖W‖²", get("inner_squares"), w.norm_squared(), ROUNDING)?;
        let optimisation = get("c_1") * get("L") / get("T") * (get("alpha_1").powi(2) + get("B").powi(2));
        equal("opt", get("opt"), optimisation, ROUNDING)?;
        let inside = w.norm_squared() * get("B_x").powi(2) + b.norm_squared();
        equal("gen", get("gen"), get("c_2") * get("B") * (inside / get("n")).sqrt(), ROUNDING)?;
        equal("the bound", get("error_bound"), get("target_loss") + get("opt") + get("gen"), ROUNDING)?;
        at_most("the error asked for", get("error_bound"), get("epsilon"), 0.0)?;
    }
    Ok(())
}
