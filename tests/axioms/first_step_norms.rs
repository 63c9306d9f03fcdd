//! How long initial weights are, and the hidden layer after step 1: exact tails, and networks that attain what is bounded.

use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::laws::{draws, moments, random_rows};
use crate::tails;
use nalgebra::{DMatrix, DVector, DVectorView};
use provably::network::{Batch, GradientSource, Initialisation, Scales, State, first_step};
use provably::statistics::streams::{Purpose, stream};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("gaussian-inner", gaussian_inner),
    ("initial-norms", initial_norms),
    ("gaussian-outer", |s| outer_squares(s, |sign| sign < 0.0)),
    ("all-outer-squares", |s| outer_squares(s, |_| true)),
    ("any-hidden-layer", |s| hidden_layer(s, "B_x", longest)),
    ("any-mean-hidden-layer", |s| hidden_layer(s, "B_op", of_means)),
];

const ROUNDING: f64 = 1e-9;
/// Against Chernoff's bound searched for: its exponent, up to 700, times the rounding of a sum.
const SEARCHED: f64 = 1e-9;

/// Lengths around the one beyond which a direction is unlikely.
fn near_length(subject: &Subject<'_>, rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let mut some = draws(subject, &["m", "delta_u"], rng);
    match rng.random_range(0..3) {
        0 => {}
        1 => some.push(("t", 10f64.powf(rng.random_range(-1.0..1.0)))),
        _ => some.extend([("t", rng.random_range(1.0..8.0)), ("m", 10f64.powf(rng.random_range(0.0..3.0)).floor())]),
    }
    some
}

fn initial_norms(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(60, &mut rng, |rng| near_length(subject, rng))? {
        directions(subject, &point)?;
    }
    Ok(())
}

/// The longest of 2m Gaussian directions: its exact tail; what Chernoff's method and the union give; and t is the slack above the
/// root of the mean square, beyond which hits of single neurons count on e^{-t²/2}.
fn directions(subject: &Subject<'_>, point: &Point) -> Result<(), String> {
    let [d, m, t, longest] = ["d", "m", "t", "u_max"].map(|s| point.get(s));
    let claimed = subject.concluded(point).ok_or("it concludes nothing")?;
    let one = tails::chi_squared(d, longest * longest);
    let some = -libm::expm1(2.0 * m * libm::log1p(-one));
    at_most("Pr[some direction is longer than u_max]", some, claimed, ROUNDING)?;
    at_most("Chernoff and union", 2.0 * m * tails::chernoff(d, longest * longest), claimed, SEARCHED)?;
    equal("u_max", longest, (d * tails::mean(|z| z * z)).sqrt() + t, ROUNDING)?;
    at_most("Pr[one direction is longer]", one, libm::exp(-t * t / 2.0), ROUNDING)
}

/// β is the least size of the biases at which no neuron of the event cuts an input: the longest direction along the longest input
/// is at the threshold.
fn gaussian_inner(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(60, &mut rng, |rng| near_length(subject, rng))? {
        directions(subject, &point)?;
        let axis = DVector::from_fn((point.get("d") as usize).min(6), |_, _| rng.random_range(-1.0..1.0)).normalize();
        let (u, x) = (&axis * point.get("u_max"), &axis * point.get("B_x"));
        equal("beta", point.get("beta"), u.dot(&x), ROUNDING)?;
    }
    Ok(())
}

/// Σg² over those pairs of an initialisation that count: a chi-squared number of so many degrees of freedom.
fn outer_squares(subject: &Subject<'_>, counts: fn(f64) -> bool) -> Result<(), String> {
    let mut rng = subject.rng();
    let near = |rng: &mut ChaCha8Rng| {
        let m = 10f64.powf(rng.random_range(0.0..3.0)).floor();
        let times = rng.random_range(0.2..4.0) * if rng.random() { 1.0 } else { 1.0 + 3.0 / m.sqrt() };
        if rng.random_range(0..3) == 0 { vec![] } else { vec![("m", m), ("S_g", m * times)] }
    };
    for point in subject.points(60, &mut rng, near)? {
        let (m, most) = (point.get("m"), point.get("S_g"));
        let claimed = subject.concluded(&point).ok_or("it concludes nothing")?;
        let initialisation = Initialisation::draw(1, m as usize, &mut stream(5, 0, Purpose::Probe));
        let degrees = initialisation.signs.iter().filter(|s| counts(**s)).count() as f64;
        at_most("Pr[the squares sum to more]", tails::chi_squared(degrees, most), claimed, ROUNDING)?;
        at_most("Chernoff", tails::chernoff(degrees, most), claimed, SEARCHED)?;
    }
    Ok(())
}

/// The network of one pair of each sign after a first step on the one input `at`, label 1: directions u, outer weights g.
fn stepped(at: f64, u: f64, g: [f64; 2], scales: &Scales) -> Result<State, String> {
    let initialisation = Initialisation {
        u: DMatrix::repeat(1, 2, u),
        g: DVector::from_column_slice(&g),
        signs: DVector::from_column_slice(&[1.0, -1.0]),
    };
    let one = Batch::new(DMatrix::repeat(1, 1, at), DVector::repeat(1, 1.0), DVector::repeat(1, 1.0));
    Ok(first_step(&initialisation, scales, GradientSource::Batch(&one)).map_err(|e| e.to_string())?.state)
}

/// A law on the one input B_op, whose gradients are as long as E[xxᵀ] lets them be, all pairs alike: the hidden layer at the input
/// that the axiom is about, with the squares of the outer weights on the pairs of negative bias, or shared with the others. The
/// first is as large as the bound wherever z ≤ 1.
fn hidden_layer(subject: &Subject<'_>, input: &str, norm: fn(&State, &Batch) -> f64) -> Result<(), String> {
    let mut rng = subject.rng();
    let below_one = |rng: &mut ChaCha8Rng| {
        let wide = |rng: &mut ChaCha8Rng| 10f64.powf(rng.random_range(-2.0..2.0));
        let [theta, operator] = [wide(rng), wide(rng)];
        let longest = operator * rng.random_range(1.0..10.0);
        let m = f64::from(rng.random_range(1..200));
        // z = spread √(S_g/m), up to 3.
        let z = rng.random_range(0.1..3.0);
        let spread = theta * operator * longest;
        let free =
            vec![("theta", theta), ("B_op", operator), ("B_x", longest), ("m", m), ("S_g", m * (z / spread).powi(2))];
        if rng.random_range(0..3) == 0 { vec![] } else { free }
    };
    for point in subject.points(80, &mut rng, below_one)? {
        let [theta, operator, m, squares] = ["theta", "B_op", "m", "S_g"].map(|s| point.get(s));
        let scales = Scales { b_tilde: 1.0, beta: 1.0, theta, sigma_a: 1.0, slope: 1.0 };
        let at = point.get(input);
        for share in [0.0, 0.3, 1.0] {
            let g = [(share * squares / m).sqrt(), ((1.0 - share) * squares / m).sqrt()];
            // Long directions: every neuron is active on the input.
            let state = stepped(operator, 2.0 / operator, g, &scales)?;
            let z: Vec<f64> = state.v.iter().map(|v| v * at).collect();
            let hidden: f64 = z.iter().zip(state.signs.iter()).map(|(z, s)| (z - s).max(0.0).powi(2)).sum();
            let all = (m * hidden).sqrt();
            at_most("the hidden layer", all, point.get("Gamma_1"), ROUNDING)?;
            if share <= 0.0 {
                let largest = z.iter().fold(0.0, |a: f64, z| a.max(z.abs()));
                equal("spread", point.get("spread"), largest / g[1], ROUNDING)?;
                if largest <= 1.0 {
                    equal("Gamma_1", point.get("Gamma_1"), all, ROUNDING)?;
                }
            }
        }
        first_outer_layer(&point)?;
    }
    (0..40).try_for_each(|_| random_network(subject, norm, &mut rng))
}

/// h(x) of every neuron.
fn hidden(state: &State, x: DVectorView<'_, f64>) -> DVector<f64> {
    (state.v.tr_mul(&x) - &state.signs).map(|z| z.max(0.0))
}

/// The largest ‖h(x)‖ over a batch.
fn longest(state: &State, batch: &Batch) -> f64 {
    batch.points().column_iter().map(|x| hidden(state, x).norm()).fold(0.0, f64::max)
}

/// The norm of Eh(x) over a batch.
fn of_means(state: &State, batch: &Batch) -> f64 {
    let weighted = batch.points().column_iter().zip(batch.weights().iter()).map(|(x, p)| hidden(state, x) * *p);
    weighted.reduce(|a, b| a + b).map_or(0.0, |mean| mean.norm())
}

/// A random law on a few points, a random initialisation and the first step on that law: within the bounds at its own moments.
fn random_network(subject: &Subject<'_>, norm: fn(&State, &Batch) -> f64, rng: &mut ChaCha8Rng) -> Result<(), String> {
    let (atoms, m) = (random_rows(rng), rng.random_range(1..4));
    let (law, d) = (moments(&atoms), atoms[0].x.len());
    let batch = Batch::new(
        DMatrix::from_fn(d, atoms.len(), |i, j| atoms[j].x[i]),
        DVector::from_fn(atoms.len(), |j, _| atoms[j].y),
        DVector::from_fn(atoms.len(), |j, _| atoms[j].p),
    );
    let initialisation = Initialisation::draw(d, m, rng);
    let wide = |rng: &mut ChaCha8Rng| 10f64.powf(rng.random_range(-1.0..1.0));
    let (beta, theta, outer) =
        (law.longest.max(1e-3) * wide(rng), wide(rng) / law.operator.max(1e-3).powi(2), wide(rng));
    let scales = Scales { b_tilde: 1.0, beta, theta, sigma_a: theta / (outer * beta), slope: 1.0 };
    let state = first_step(&initialisation, &scales, GradientSource::Batch(&batch)).map_err(|e| e.to_string())?.state;
    let point = subject.at(&[
        ("m", m as f64),
        ("theta", theta),
        ("beta", beta),
        ("outer_scale", outer),
        ("S_g", initialisation.g.norm_squared()),
        ("u_max", initialisation.u.column_iter().map(|u| u.norm()).fold(0.0, f64::max)),
        ("B_op", law.operator),
        ("B_x", law.longest),
        ("B_x1", law.mean_norm),
    ]);
    let point = point.ok_or("no value at the moments of a law")?;
    at_most("the hidden layer of a random network", norm(&state, &batch), point.get("Gamma_1"), ROUNDING)?;
    at_most("the first outer layer of a random network", state.alpha.norm(), point.get("alpha_1"), ROUNDING)
}

/// The largest first outer layer: the longest directions along the one input B_x1, label 1. Neurons of positive bias have less
/// than those of negative bias, so that the bound, the same for all, may be √2 too large.
fn first_outer_layer(point: &Point) -> Result<(), String> {
    let [outer, mean, longest, beta] = ["outer_scale", "B_x1", "u_max", "beta"].map(|s| point.get(s));
    // θb̃³/(σ_aβ) = outer_scale.
    let scales = Scales { b_tilde: 1.0, beta, theta: 1.0, sigma_a: 1.0 / (outer * beta), slope: 1.0 };
    let norm = stepped(mean, longest, [1.0, 1.0], &scales)?.alpha.norm() * point.get("m").sqrt();
    at_most("the first outer layer", norm, point.get("alpha_1"), ROUNDING)?;
    at_most("alpha_1", point.get("alpha_1"), std::f64::consts::SQRT_2 * norm, ROUNDING)
}
