//! One block: window hits on the lattice of s = Σ_A φ_l (docs/theory.md §5.3).

use super::shape::Shape;
use crate::derivation::sizes::{INITIAL_PART, share};
use crate::derivation::{Derivation, rounded};
use crate::experiment::EventTest;
use crate::features::{Lattice, Window, WindowHits};
use crate::levels::hits::windows;
use crate::levels::hits::windows::{Windows, least_cost, probability};
use crate::levels::{Case, FeatureSet};
use crate::registry::instance::FeatureRow;
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// Values tried of the windows' width, of the knot of a neuron with |g| = 1, and of last/k.
const SLACKS: [f64; 12] = [0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7];
const CENTRES: [f64; 14] = [0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.3, 2.6, 3.0, 3.5, 4.0, 5.0];
const LASTS: [f64; 8] = [1.1, 1.2, 1.3, 1.5, 1.7, 2.0, 2.5, 3.0];

pub(super) fn instance(case: &Case<'_>, shape: &Shape) -> Result<Instance, InstanceError> {
    windows::instance(case, &rules(case, shape), EventTest::OuterSquares, |derivation| {
        Arc::new(hits(derivation, shape))
    })
}

/// Where the hits are, and the axioms that say how many there are.
pub(crate) fn rules(case: &Case<'_>, shape: &Shape) -> Windows<'static> {
    let (k, p_a) = (shape.size as f64, case.data.symbol("p_a"));
    let t = slack_of_norms(case);
    let [slack, centre, stretch] = least_cost([&SLACKS, &CENTRES, &LASTS], |point| cost(k, point));
    let last = rounded(k * stretch, 6, true);
    let beta =
        rounded(case.data.norm_bound * (case.data.distribution.dimension() as f64).sqrt().mul_add(1.0, t), 6, true);
    let direction = shape.directions().into_iter().next();
    let row = direction.map(|d| FeatureRow {
        direction: d.iter().copied().collect(),
        sign: -1.0,
        p: 1.0 - (-t * t / 2.0).exp(),
        gamma: 0.0,
        b_g: 2.0 * p_a * k.sqrt(),
    });
    Windows {
        tag: "windows",
        margin: true,
        choices: vec![("t", t), ("slack", slack), ("centre", centre), ("last", last), ("beta", beta)],
        q: vec!["parity-feature", "parity-windows"],
        hits: "window-count",
        inner: "initial-norms",
        outer: "gaussian-outer",
        hidden: "parity-hidden-layer",
        scale: None,
        targets: shape.size.div_ceil(2) as u64,
        pairs: 1.0,
        features: FeatureSet::exact(&["parity-feature"], row.into_iter().collect()),
        halfspaces: None,
    }
}

/// The hits as the derivation has them.
pub(crate) fn hits(derivation: &Derivation, shape: &Shape) -> WindowHits {
    let number = |name: &str| derivation.number(name);
    let window = |low: f64, high: f64| Window { sign: -1.0, low, high };
    let mut windows = vec![window(shape.size as f64, number("last"))];
    windows.extend((1..shape.size).step_by(2).map(|c| window(c as f64, c as f64 + number("slack"))));
    WindowHits {
        lattice: Lattice::Odd { inner_norm: number("u_max") },
        size: shape.size,
        unit: 1.0 / number("centre"),
        windows,
        copies: number("kappa") as usize,
        scale: number("scale"),
    }
}

/// What the time of a trial is proportional to: K₀ m, up to constants (the formulas are those of the axiom `parity-windows`).
fn cost(k: f64, [slack, centre, stretch]: [f64; 3]) -> f64 {
    let last = k * stretch;
    let near = probability(centre, 1.0, 1.0 + slack);
    let far = probability(centre, k - 2.0, k - 2.0 + slack);
    let q = near.min(far).min(probability(centre, k, last));
    let (turns, turn, linear) = ((k - 1.0) / 2.0, 2.0 / (1.0 - slack), 1.0 / (1.0 - slack) + 0.5);
    let knots = turns * (4.0 * turns * turns - 1.0) / 3.0 + 2.0 * slack * turns * turns + turns * slack * slack;
    let squares = turn * turn * knots + (linear * last).powi(2);
    // H² is 2m(1 + spread²), m is proportional to 1/q, and a step costs m.
    squares * (1.0 + (k / centre).powi(2)) / (q * q)
}

/// t at which the union over 10⁴ neurons fits its share of δ.
fn slack_of_norms(case: &Case<'_>) -> f64 {
    let d = case.data.distribution.dimension() as f64;
    let tail = |t: f64| {
        let w = (d.sqrt() + t).powi(2) / d;
        1e4 * (-(d / 2.0) * (w - 1.0 - w.ln())).exp()
    };
    let (mut t, limit) = (case.params.t.get(), share(case.params.delta.get(), INITIAL_PART / 2.0));
    while t < 100.0 && tail(t) > limit {
        t += 0.5;
    }
    t
}
