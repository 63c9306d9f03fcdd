//! Chapter `linear-data`: the direction, the target and the hidden layer (docs/theory.md §5.1); its hits are in
//! `linear_hits`.

use crate::chances::{ROUNDING, spread};
use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::hits::steepest;
use crate::linear_hits::{input, lengths, moved, norm_share, output};
use crate::training_margin::{beyond, longest};
use dashu_ratio::RBig;
use nalgebra::{DMatrix, DVector};
use provably::certificate::budget::Budget;
use provably::certificate::expression::Meaning;
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Checked;
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::Clause;
use provably::distributions::{Distribution, MarginBall};
use provably::network::{Loss, TwoLayer};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::collections::BTreeMap;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("finite-support-direction", finite_support_direction),
    ("linear-target", linear_target),
    ("linear-target-enumerated", linear_target_enumerated),
    ("linear-hidden-layer", linear_hidden_layer),
    ("linear-feature-network", linear_feature_network),
];

/// Rows with their labels, and what the text defines by them.
struct Rows {
    support: FiniteSupport,
    values: BTreeMap<String, Interval>,
    budget: Budget,
}

impl Meaning for Rows {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.values.get(name).cloned()
    }
    fn exact(&self, _name: &str) -> Option<RBig> {
        None
    }
    fn data(&self, function: &str, arguments: &[Interval]) -> Checked<Option<Interval>> {
        self.support.function(function, arguments, &self.budget)
    }
    fn budget(&self) -> &Budget {
        &self.budget
    }
}

/// Some rows in general position, y⟨D,x⟩ of each, and the length of their mean of yx, in f64.
fn rows(rng: &mut ChaCha8Rng) -> (Vec<Vec<f64>>, Vec<i8>, Vec<f64>, f64) {
    let (count, dimension) = (rng.random_range(2..9), rng.random_range(1..4));
    let labels: Vec<i8> = (0..count).map(|i| if i % 2 == 0 { 1 } else { -1 }).collect();
    let row = |y: &i8| (0..dimension).map(|_| f64::from(*y) * 0.8 + rng.random_range(-1.5..1.5)).collect();
    let points: Vec<Vec<f64>> = labels.iter().map(row).collect();
    let mean = |c: usize| points.iter().zip(&labels).map(|(x, y)| f64::from(*y) * x[c]).sum::<f64>() / count as f64;
    let mean: Vec<f64> = (0..dimension).map(mean).collect();
    let norm = mean.iter().map(|x| x * x).sum::<f64>().sqrt();
    let along = |x: &Vec<f64>| x.iter().zip(&mean).map(|(x, g)| x * g / norm).sum::<f64>();
    let margins = points.iter().zip(&labels).map(|(x, y)| f64::from(*y) * along(x)).collect();
    (points, labels, margins, norm)
}

/// The values of the axiom's definitions on these rows.
fn on_rows(
    subject: &Subject<'_>,
    points: &[Vec<f64>],
    labels: &[i8],
    free: &[(&str, f64)],
) -> Result<BTreeMap<String, f64>, String> {
    let support = FiniteSupport::new(points, labels).map_err(|e| e.to_string())?;
    let mut rows = Rows { support, values: BTreeMap::new(), budget: Budget::default() };
    for (symbol, value) in free {
        rows.values.insert((*symbol).into(), Interval::from_f64(*value).map_err(|e| e.to_string())?);
    }
    for clause in &subject.axiom.clauses {
        if let Clause::Let(symbol, term) = clause {
            let value = term.evaluate(&rows).map_err(|e| e.to_string())?;
            rows.values.insert(symbol.clone(), value);
        }
    }
    Ok(rows.values.into_iter().map(|(symbol, value)| (symbol, value.midpoint_f64())).collect())
}

fn finite_support_direction(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for _ in 0..24 {
        let (points, labels, margins, norm) = rows(&mut rng);
        let values = on_rows(subject, &points, &labels, &[])?;
        equal("g_norm", values["g_norm"], norm, ROUNDING)?;
        equal("reach", values["reach"], margins.iter().fold(0.0, |most, m| m.abs().max(most)), ROUNDING)?;
        equal("margin", values["margin"], margins.iter().copied().fold(f64::INFINITY, f64::min), 1e-7)?;
    }
    Ok(())
}

/// The mean hinge loss of ⟨D,x⟩/μ on the support of a margin ball in the plane.
fn linear_target(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    // Both by name, as a mutant without its need has neither.
    let propose = |rng: &mut ChaCha8Rng| vec![("margin", spread(rng, -3.0, 3.0)), ("mu", spread(rng, -3.0, 3.0))];
    for point in subject.points(40, &mut rng, propose)? {
        let (mu, margin) = (point.get("mu"), point.get("margin"));
        let losses = plane_margins(margin, 2.0 * margin)?.into_iter().map(|m| Loss::Hinge.value(m / mu));
        equal("the loss of f*", point.get("target_loss"), losses.sum(), 0.0)?;
        equal("lipschitz", point.get("lipschitz"), steepest(Loss::Hinge), ROUNDING)?;
    }
    Ok(())
}

/// y⟨D,x⟩ at every point of a margin ball in the plane.
pub(crate) fn plane_margins(margin: f64, reach: f64) -> Result<Vec<f64>, String> {
    let ball = MarginBall::new(2, margin, reach, 1.5 * reach).map_err(|e| e.to_string())?;
    let support = ball.support().ok_or("the plane's ball has a support")?;
    Ok(support.points.column_iter().zip(support.labels.iter()).map(|(x, y)| y * x[0]).collect())
}

fn linear_target_enumerated(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for _ in 0..24 {
        let (points, labels, margins, _) = rows(&mut rng);
        let mu = spread(&mut rng, -1.0, 1.0);
        let values = on_rows(subject, &points, &labels, &[("mu", mu)])?;
        let loss = margins.iter().map(|m| Loss::Hinge.value(m / mu)).sum::<f64>() / margins.len() as f64;
        equal("the loss of f*", values["target_loss"], loss, 1e-7)?;
        equal("lipschitz", values["lipschitz"], steepest(Loss::Hinge), ROUNDING)?;
    }
    Ok(())
}

/// ‖h(x)‖ of pairs whose |g|² sum to S_g, all equal, at |⟨Ĝ,x⟩|θ = `spread`: with every mirrored neuron alive the bound is
/// met.
fn hidden_norm(m: usize, spread: f64, squares: f64) -> f64 {
    let z = spread * (squares / m as f64).sqrt();
    (0..m).map(|_| (1.0 + z).powi(2) + (1.0 - z).max(0.0).powi(2)).sum::<f64>().sqrt()
}

fn linear_hidden_layer(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mut all = lengths(rng);
        let get = |name: &str| all.iter().find(|(symbol, _)| *symbol == name).map_or(f64::NAN, |(_, value)| *value);
        let m = f64::from(rng.random_range(1..200));
        let most = get("g_norm") * get("reach") + get("epsilon_G") * get("B_x");
        let theta = spread(rng, -1.0, 1.0) / most;
        all.extend([
            ("m", m),
            ("theta", theta),
            ("outside", beyond(rng)),
            ("S_g", m * spread(rng, -1.5, 1.0)),
            ("alpha_l2", spread(rng, -2.0, 2.0)),
        ]);
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let far = input(get("reach"), longest(&point));
        let along = moved(&point, far, -1.0);
        let most = get("theta") * (along[0] * far[0] + along[1] * far[1]);
        equal("spread", get("spread"), most, ROUNDING)?;
        let (m, squares) = (get("m") as usize, get("S_g"));
        let gamma = get("lipschitz") * hidden_norm(m, most, squares);
        at_most("the hidden layer", gamma, get("Gamma_1"), ROUNDING)?;
        if most * (squares / get("m")).sqrt() <= 1.0 {
            equal("the hidden layer, all alive", gamma, get("Gamma_1"), ROUNDING)?;
        }
        // All of it on one pair.
        let one = hidden_norm(1, most, squares).powi(2) + 2.0 * (get("m") - 1.0);
        at_most("the hidden layer, one long neuron", get("lipschitz") * one.sqrt(), get("Gamma_1"), ROUNDING)?;
        // What the choice is declared to be.
        equal("the size of the first outer layer", get("alpha_1") / get("alpha_l2"), get("alpha_1_share"), ROUNDING)?;
    }
    Ok(())
}

/// f* itself, and the gradient of a neuron that is active everywhere on a margin ball.
fn linear_feature_network(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let reach = spread(rng, -1.0, 1.0);
        let mu = reach * rng.random_range(0.02..1.0);
        vec![
            ("reach", reach),
            ("mu", mu),
            ("g_norm", reach * rng.random_range(0.55..0.95)),
            ("t", [spread(rng, -1.0, 0.9), rng.random_range(4.0..9.0)][rng.random_range(0..2)]),
        ]
    };
    for point in subject.points(24, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (reach, mu) = (get("reach"), get("mu"));
        norm_share(&point)?;
        let a = 1.0 / (2.0 * mu);
        let w = DMatrix::from_column_slice(2, 2, &[1.0, 0.0, -1.0, 0.0]);
        let target = TwoLayer { w, a: DVector::from_column_slice(&[a, -a]), b: DVector::repeat(2, -reach) };
        for along in [-reach, -mu, 0.3 * reach, reach] {
            let away = output(&target, input(along, 2.0 * reach)) - along / mu;
            at_most("f* off its line", away.abs(), ROUNDING * reach / mu, 0.0)?;
        }
        equal("r_star", get("r_star"), target.neurons() as f64, 0.0)?;
        equal("B_a1", get("B_a1"), target.a.amax(), ROUNDING)?;
        equal("B_a2", get("B_a2"), target.a.norm(), ROUNDING)?;
        equal("B_b", get("B_b"), target.b.amax(), ROUNDING)?;
        let ball = MarginBall::new(3, 2.0 * get("g_norm") - reach, reach, 1.5 * reach).map_err(|e| e.to_string())?;
        let gradient = ball.gradient(&[0.3, -0.2, 0.4], -2.0 * reach).ok_or("the ball has a gradient")?;
        equal("B_G", get("B_G"), gradient.norm(), 1e-8)?;
        let angle = 1.0 - gradient[0].abs() / gradient.norm();
        equal("gamma", get("gamma"), if angle < 1e-12 { 0.0 } else { angle }, 0.0)?;
    }
    Ok(())
}
