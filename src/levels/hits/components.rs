//! Component hits (docs/theory.md §5.2): κ neurons for every component, whose hinge loss is a one-dimensional Gaussian integral.

use super::lemma_3::hoeffding_lower;
use super::windows;
use super::windows::Windows;
use crate::derivation::sizes::{INITIAL_PART, share};
use crate::derivation::{DerivationError, rounded};
use crate::distributions::Component;
use crate::experiment::{ComparatorRule, EventTest};
use crate::features::{ComponentHits, Seen, gradients};
use crate::levels::features::{EVIDENCE_ERROR, any};
use crate::levels::posterior::price;
use crate::levels::{Case, FeatureSet, pilot};
use crate::registry::{Instance, InstanceError};
use crate::statistics::streams::{Purpose, stream};
use nalgebra::{Cholesky, DMatrix};
use std::sync::Arc;

/// Neurons on which θ, the strength and the limits are chosen, and on which q is then measured.
const PILOT_DRAWS: usize = 4000;
const DRAWS: usize = 60_000;
/// Number of the stream they are drawn from.
const HIT_STREAM: u64 = 1 << 53;
/// Values tried: Σ|α̃| of a component; the deviations between the knot's ends and the limits on the means; the largest
/// deviation of ⟨v,x⟩, in units of the least at which a neuron along a mean hits; ⟨v,μ⟩ of a typical neuron with g = 1, in units
/// of its limit.
const STRENGTHS: [f64; 6] = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8];
const ROOMS: [f64; 4] = [2.0, 2.5, 3.0, 3.5];
const SPREADS: [f64; 5] = [1.05, 1.2, 1.5, 2.0, 3.0];
const THETAS: [f64; 4] = [0.5, 0.8, 1.2, 1.8];

/// The explicit level; `halfspaces` gives the least error of a halfspace, where the bound is held against it.
pub(crate) fn instance(
    case: &Case<'_>,
    components: &[Component],
    features: FeatureSet,
    beta: f64,
    halfspaces: Option<&'static str>,
) -> Result<Instance, InstanceError> {
    let mut rng = stream(case.asked.seed(), HIT_STREAM, Purpose::Pilot);
    let mut draw = |draws: usize| gradients(&*case.data.distribution, &any(beta, 1.0, draws), &mut rng);
    let base = rule(components, case.params.kappa.get() as usize)?;
    let seen = |all: DMatrix<f64>| all.column_iter().map(|g| base.seen(&g)).collect::<Vec<Seen>>();
    let chosen = cheapest(case, &base, &seen(draw(PILOT_DRAWS)?), components);
    let why = "no neuron of the pilot is large on one component and small on the others".into();
    let hits = chosen.ok_or(DerivationError::Unreachable { what: "width m", why })?;
    let mean = rounded(rarest(&hits, &seen(draw(DRAWS)?)) * (1.0 - 1e-9), 9, false);
    let q = hoeffding_lower(mean, DRAWS as f64, (3.0 * components.len() as f64 / EVIDENCE_ERROR).ln());
    let lengths = if case.data.name == "gaussian-xor" { "xor-hit-lengths" } else { "mixture-hit-lengths" };
    let windows = Windows {
        tag: "components",
        margin: false,
        choices: vec![
            ("t", slack_of_norms(case)),
            ("beta", beta),
            ("theta", hits.theta),
            ("own", hits.own),
            ("cross", hits.cross),
            ("hit_spread", hits.spread),
            ("strength", hits.strength),
            ("evidence_error", EVIDENCE_ERROR),
            ("hit_mean", mean),
            ("hit_draws", DRAWS as f64),
            ("q", rounded(q * (1.0 - 1e-9), 9, false)),
        ],
        q: vec!["component-hits", lengths],
        hits: "window-count",
        inner: "initial-norms",
        outer: "all-outer-squares",
        hidden: "any-hidden-layer",
        scale: Some("component-loss"),
        targets: components.len() as u64,
        pairs: 2.0,
        features,
        halfspaces,
    };
    // What f64 rounds is paid by the limits.
    let (least, most) = (1.0 + 1e-12, 1.0 - 1e-12);
    let hits = ComponentHits { own: hits.own * least, cross: hits.cross * most, spread: hits.spread * most, ..hits };
    let comparator: Arc<dyn ComparatorRule> = Arc::new(hits);
    windows::instance(case, &windows, EventTest::AllOuterSquares, |_| comparator.clone())
}

/// The components, with limits that are not chosen yet.
fn rule(components: &[Component], copies: usize) -> Result<ComponentHits, InstanceError> {
    let means: Vec<_> = components.iter().map(|c| c.mean.clone()).collect();
    // ‖Lᵀv‖² = vᵀΣv.
    let root = |c: &Component| Cholesky::new(c.covariance.clone()).map(|found| found.l().transpose());
    let why = "a covariance is not positive definite".into();
    let roots = components.iter().map(root).collect::<Option<Vec<_>>>();
    Ok(ComponentHits {
        means: DMatrix::from_columns(&means),
        roots: roots.ok_or(DerivationError::Unreachable { what: "width m", why })?,
        labels: components.iter().map(|c| c.label).collect(),
        own: 1.0,
        cross: 1.0,
        spread: 1.0,
        strength: 1.0,
        copies,
        theta: 1.0,
    })
}

/// The mean over neurons of Pr[hit | G] of the component that is hit least.
fn rarest(hits: &ComponentHits, seen: &[Seen]) -> f64 {
    let mean = |j: usize| seen.iter().map(|s| hits.probability(j, s)).sum::<f64>() / seen.len() as f64;
    (0..hits.labels.len()).map(mean).fold(f64::INFINITY, f64::min)
}

/// The limits, θ and the strength at which T and m are least; `None` where nothing is hit or ω leaves nothing of ε.
fn cheapest(case: &Case<'_>, base: &ComponentHits, seen: &[Seen], components: &[Component]) -> Option<ComponentHits> {
    let moments = case.data.distribution.moments();
    // The least ⟨μ,v⟩ in units of the deviation that a neuron along a mean has.
    let ratio = |c: &Component| c.mean.norm_squared() / c.mean.dot(&(&c.covariance * &c.mean)).sqrt();
    let ratio = components.iter().map(ratio).fold(f64::INFINITY, f64::min);
    let (epsilon, price) = (case.params.epsilon.get(), price(&case.params));
    let mut best: Option<(f64, ComponentHits)> = None;
    for strength in STRENGTHS {
        let knot = 1.0 + (1.0 + pilot::DRIFT_SHARE) / strength;
        for room in ROOMS.into_iter().filter(|room| *room < ratio) {
            for stretch in SPREADS {
                let spread = rounded(stretch * knot / (ratio - room), 4, true);
                let (own, cross) = (rounded(knot + room * spread, 4, true), rounded(1.0 - room * spread, 4, false));
                let omega = loss(strength, room, spread, components.len());
                let left = epsilon - price * omega;
                if cross <= 0.0 || left <= 0.0 {
                    continue;
                }
                let unit = own * unit(seen);
                for theta in THETAS.map(|factor| rounded(factor * unit, 4, true)) {
                    let hits = ComponentHits { own, cross, spread, strength, theta, ..base.clone() };
                    let q = rarest(&hits, seen);
                    let response = theta * moments.operator_norm * case.data.norm_bound;
                    // K₀ m, with m proportional to 1/q.
                    let cost = (strength / q).powi(2) * (1.0 + 2.0 * response * response) / left;
                    if q > 0.0 && best.as_ref().is_none_or(|(least, _)| cost < *least) {
                        best = Some((cost, hits));
                    }
                }
            }
        }
    }
    best.map(|(_, hits)| hits)
}

/// 1/⟨G,μⱼ⟩ of a typical neuron that is large on a component.
fn unit(seen: &[Seen]) -> f64 {
    let mut lengths: Vec<f64> = seen.iter().map(Seen::largest).filter(|a| *a > 0.0).collect();
    lengths.sort_by(f64::total_cmp);
    1.0 / lengths.get(lengths.len() * 3 / 4).copied().unwrap_or(1.0)
}

/// The loss of f* as the axiom `component-hits` has it.
fn loss(strength: f64, room: f64, spread: f64, components: usize) -> f64 {
    let density = 0.398_942_29 * (-room * room / 2.0).exp();
    let tail = density - room * libm::erfc(room / std::f64::consts::SQRT_2) / 2.0;
    strength * spread * tail * (1.0 + components as f64 / 2.0)
}

/// t at which the union over 10⁵ neurons fits its share of δ.
fn slack_of_norms(case: &Case<'_>) -> f64 {
    let d = case.data.distribution.dimension() as f64;
    let tail = |t: f64| {
        let w = (d.sqrt() + t).powi(2) / d;
        1e5 * (-(d / 2.0) * (w - 1.0 - w.ln())).exp()
    };
    let (mut t, limit) = (case.params.t.get(), share(case.params.delta.get(), INITIAL_PART / 2.0));
    while t < 100.0 && tail(t) > limit {
        t += 0.5;
    }
    t
}
