//! What the two theorems on Gaussians share (docs/theory.md §5.2): component hits, f* on the means' directions, the paper's
//! assumptions, and the numbers of its lemma.

use super::params::Users;
use super::special::{at_least, at_most};
use super::target::Norms;
use super::{Case, FeatureSet, Target};
use crate::distributions::Component;
use crate::features::TargetNeuron;
use crate::parameters::options::Runs;
use crate::parameters::range::Range;
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR};
use crate::parameters::{Form, Gradients, Level};
use crate::registry::instance::Hypothesis;
use crate::registry::{Instance, InstanceError};
use nalgebra::DVector;

/// Lengths and deviations.
pub(crate) const POSITIVE: Range = Range::new("greater than 0 and below 1e6", |x| x > 0.0 && x < 1e6);

/// Knot of f* relative to the mean's length, and where its neuron has reached 1.
const KNOT: f64 = 0.5;
const REACHED: f64 = 0.75;

/// The levels that use the framework's parameters: in form C the explicit one takes no pilot.
pub(crate) const USERS: Users = Users {
    bound: EVERY,
    pilot: &[POSTERIOR],
    bias: &[EXPLICIT, POSTERIOR],
    first_step: &[POSTERIOR],
    price: &[POSTERIOR],
    certified: &[POSTERIOR],
    limits: &[POSTERIOR],
    cones: &[EXPLICIT, POSTERIOR],
    draws: &[EXPLICIT, POSTERIOR],
    copies: &[EXPLICIT],
    slack: &[EXPLICIT],
    batch: &[EXPLICIT, POSTERIOR],
    factor: &[EXPLICIT, POSTERIOR],
    constants: &[PAPER],
};

/// The explicit level.
pub(crate) const RUNS: Runs = Runs {
    level: Level::Explicit,
    pairs: &[(Some(Form::C), Gradients::ClosedFirst)],
    why: "component hits lead to Theorem C4, the margin form c; Theorems A and B bound every step by B_x, and no input may be longer",
};

/// μⱼ/‖μⱼ‖, up to sign each once.
fn directions(components: &[Component]) -> Vec<DVector<f64>> {
    let mut found: Vec<DVector<f64>> = Vec::new();
    for direction in components.iter().map(|c| c.mean.normalize()) {
        if found.iter().all(|d| d.dot(&direction).abs() < 1.0 - 1e-9) {
            found.push(direction);
        }
    }
    found
}

/// f* = Σ yⱼaⱼσ(⟨Dⱼ,x⟩ − bⱼ): a neuron for each component, half way to its mean, 1 at three quarters of the way.
fn target(components: &[Component]) -> Vec<TargetNeuron> {
    let neuron = |c: &Component| {
        let length = c.mean.norm();
        let outer = c.label / ((REACHED - KNOT) * length);
        TargetNeuron { direction: c.mean.normalize(), bias: KNOT * length, outer }
    };
    components.iter().map(neuron).collect()
}

/// The means' directions, counted.
pub(crate) fn features(case: &Case<'_>, components: &[Component], beta: f64) -> Result<FeatureSet, InstanceError> {
    FeatureSet::known(&case.data, &case.params, beta, case.asked.seed(), &directions(components))
}

/// Component hits, in form C; `halfspaces` gives the least error of a halfspace, where the bound is held
/// against it.
pub(crate) fn explicit(
    case: &Case<'_>,
    components: &[Component],
    halfspaces: Option<&'static str>,
) -> Result<Instance, InstanceError> {
    case.asked.run(Level::Explicit)?;
    let beta = case.params.beta.get().unwrap_or(case.data.typical_norm(1.0));
    super::hits::components::instance(case, components, features(case, components, beta)?, beta, halfspaces)
}

/// Least mean, largest deviation, least weight: what the lemma is made of.
fn extremes(components: &[Component]) -> (f64, f64, f64) {
    let least = |number: &dyn Fn(&Component) -> f64| components.iter().map(number).fold(f64::INFINITY, f64::min);
    let deviation = |c: &Component| -c.covariance.symmetric_eigenvalues().max().sqrt();
    (least(&|c| c.mean.norm()), -least(&deviation), least(&|c| c.weight))
}

/// Choices of the axiom `lemma-gaussians`.
pub(crate) fn lemma(case: &Case<'_>, components: &[Component]) -> Vec<(&'static str, f64)> {
    let (least_radius, sigma_b, p_b) = extremes(components);
    let known = Target::known(target(components), &case.data, case.asked.seed());
    let Norms { largest_outer, outer_l2: outer_norm, largest_bias, .. } = known.norms();
    vec![
        ("least_radius", least_radius),
        ("sigma_b", sigma_b),
        ("p_b", p_b),
        ("r_star", components.len() as f64),
        ("B_a1", largest_outer),
        ("B_a2", outer_norm),
        ("B_b", largest_bias),
        ("target_loss", known.written_loss()),
    ]
}

/// Assumption 4.1 of the paper.
pub(crate) fn assumptions(components: &[Component], tau: f64) -> Vec<Hypothesis> {
    let d = components.first().map_or(1.0, |c| c.mean.len() as f64);
    let r = components.len() as f64;
    let longest = components.iter().map(|c| c.mean.norm()).fold(0.0, f64::max) / d.sqrt();
    let (_, sigma_b, _) = extremes(components);
    let positive: f64 = components.iter().filter(|c| c.label > 0.0).map(|c| c.weight).sum();
    let pairs = components.iter().enumerate().flat_map(|(i, a)| components.iter().skip(i + 1).map(move |b| (a, b)));
    let cosine = pairs.map(|(a, b)| a.mean.normalize().dot(&b.mean.normalize())).fold(f64::NEG_INFINITY, f64::max);
    let limit = (1.0 / (2.0 * r)).min(sigma_b / longest * (tau * d.ln() / d).sqrt());
    vec![
        at_least("tau >= 8", tau, 8.0),
        at_most("tau <= d", tau, d),
        at_most("labels are equiprobable: |Pr[y = 1] - 1/2| <= 0", (positive - 0.5).abs(), 1e-12),
        at_most("r <= 2d", r, 2.0 * d),
        at_most("<D_i, D_j> <= min(1/(2r), (sigma_B/B_mu2) sqrt(tau ln d/d))", cosine, limit),
    ]
}
