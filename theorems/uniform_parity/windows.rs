//! Window hits on the lattice of s = Σ_A x_l, k even, with what the coordinates off A add bounded (docs/theory.md §5.4).

use super::feature::{HALFSPACES, axioms, beta, features, shape};
use crate::derivation::{Derivation, DerivationError, rounded};
use crate::distributions::{UniformParityFeature, krawtchouk_sum};
use crate::experiment::EventTest;
use crate::features::{Lattice, Window, WindowHits};
use crate::levels::Case;
use crate::levels::hits::windows;
use crate::levels::hits::windows::{Windows, least_cost, probability};
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

const WINDOWS_2: &str = "uniform-parity-windows-2";
const WINDOWS_4: &str = "uniform-parity-windows-4";
/// Values tried of the windows' width, of the lower end of the first, and of the knot of a neuron with |g| = 1.
const SLACKS: [f64; 12] = [0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7];
const LOWS: [f64; 7] = [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7];
const CENTRES: [f64; 12] = [0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0];
/// Least noise that is written down: where the part of G off A vanishes, what is left of it is far below rounding.
const LEAST_NOISE: f64 = 1e-12;
/// What the coordinates off A may add where they cannot be bounded surely, relative to the margin.
const ROOM: f64 = 0.25;
/// A margin is taken where the coordinates off A move f* by no more than this.
const MOVED: f64 = 0.3;

pub(super) fn instance(case: &Case<'_>) -> Result<Instance, InstanceError> {
    let (d, k) = shape(case);
    let beta = beta(case);
    let noise = noise(d, k, beta)?;
    let [slack, first_low, centre] = least_cost([&SLACKS, &LOWS, &CENTRES], |point| cost(k, point));
    let moved = weight(k, slack) * (d - k) as f64 * noise;
    let margin = moved <= MOVED;
    if !margin && case.data.finite() {
        return Err(out_of_reach(moved).into());
    }
    let mut choices =
        vec![("slack", slack), ("first_low", first_low), ("centre", centre), ("noise", noise), ("beta", beta)];
    choices.extend((!margin).then_some(("room", ROOM)));
    let rules = Windows {
        tag: "windows",
        margin,
        choices,
        q: [axioms(k), &["uniform-parity-noise"], &[if k == 2 { WINDOWS_2 } else { WINDOWS_4 }]].concat(),
        hits: "window-count",
        inner: "sign-directions",
        outer: "all-outer-squares",
        hidden: "uniform-parity-hidden-layer",
        scale: Some(if margin { "uniform-parity-margin" } else { "uniform-parity-loss" }),
        targets: 1 + k as u64 / 2,
        pairs: 2.0,
        features: features(case, beta)?,
        halfspaces: Some(HALFSPACES),
    };
    windows::instance(case, &rules, EventTest::AllOuterSquares, |derivation| Arc::new(hits(derivation, k)))
}

/// Up to d = 16, where the support is enumerated, the part of G off A vanishes at some β or is large: the loss of f* would take all of
/// an ε below the least error of a halfspace, and the theory has no such variant.
fn out_of_reach(moved: f64) -> DerivationError {
    let why = format!("the coordinates off A move f* by up to {moved:.3}, and its loss takes all of epsilon");
    DerivationError::Unreachable { what: "number of steps T", why }
}

/// A decimal that is at least |c_{k+1}/c_{k−1}|.
fn noise(d: usize, k: usize, beta: f64) -> Result<f64, InstanceError> {
    let exact = UniformParityFeature::new(d, k, beta)?;
    let size = |s: usize| krawtchouk_sum(d, s, beta).map_or(f64::NAN, |c| c.to_f64().value().abs());
    // The exact integers may be beyond f64; their cosine is not.
    let tangent = exact.cosine_square().map_or(f64::NAN, |c| (1.0 / c.to_f64().value() - 1.0).max(0.0).sqrt());
    let ratio = size(k + 1) / size(k - 1);
    let ratio = if ratio.is_finite() { ratio } else { tangent * (k as f64 / (d - k).max(1) as f64).sqrt() };
    Ok(rounded((ratio * (1.0 + 1e-6)).max(LEAST_NOISE), 6, true))
}

/// The hits as the derivation has them.
fn hits(derivation: &Derivation, k: usize) -> WindowHits {
    let number = |name: &str| derivation.number(name);
    let mut windows = vec![Window { sign: -1.0, low: k as f64, high: f64::INFINITY }];
    windows.push(Window { sign: 1.0, low: number("first_low"), high: 2.0 * number("slack") });
    let knots = (2..k).step_by(2).map(|c| Window { sign: 1.0, low: c as f64, high: c as f64 + number("slack") });
    windows.extend(knots);
    WindowHits {
        lattice: Lattice::Even,
        size: k,
        unit: 1.0 / number("centre"),
        windows,
        copies: number("kappa") as usize,
        scale: number("scale"),
    }
}

/// Σ|a*|, by which each coordinate off A enters f*.
fn weight(k: usize, slack: f64) -> f64 {
    1.0 / k as f64 + k as f64 * 2.0 / (1.0 - slack)
}

/// What the time of a trial is proportional to: K₀ m, up to constants (the formulas are those of the axioms
/// `uniform-parity-windows`).
fn cost(k: usize, [slack, low, centre]: [f64; 3]) -> f64 {
    if low >= 2.0 * slack {
        return f64::INFINITY;
    }
    let turn = 2.0 / (1.0 - slack);
    let mut q = probability(centre, low, 2.0 * slack).min(probability(centre, k as f64, f64::INFINITY));
    let mut squares = 0.5 + 2.0 * (turn * slack).powi(2);
    if k > 2 {
        q = q.min(probability(centre, 2.0, 2.0 + slack));
        squares += 2.0 * (turn * (2.0 + slack)).powi(2);
    }
    squares * (1.0 + 2.0 * (k as f64 / centre).powi(2)) / (q * q)
}
