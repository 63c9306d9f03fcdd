//! What a derivation means for the trials: how the comparator is found, the events, and how Φ falls.

use super::mode::Mode;
use super::{Form, Gradients, Hits, Params};
use crate::experiment::{Decrease, EventTest};
use crate::features::{HitRule, LinearHits};
use crate::theorems::derivation::Derivation;
use crate::theorems::training::{Setup, fall_of_c4};
use std::sync::Arc;

/// What distinguishes the theorem's run from others on Algorithm 1.
pub(super) fn setup(derivation: &Derivation, mode: &Mode, params: &Params) -> Setup {
    let number = |name| derivation.number(name);
    let factor = if mode.form == Form::C { params.m_factor.get() } else { 1.0 };
    let decrease = (mode.form == Form::C).then(|| match (mode.margin, mode.gradients) {
        // While more than ε violate, Theorem C2's part of ε for the comparator's loss leaves half of what they give.
        (false, Gradients::Population) => {
            let h = derivation.value("H").map_or(f64::NAN, |v| v.upper_f64());
            Decrease::PerStep((factor - 1.0).powi(2) * params.epsilon.get() / (2.0 * h.powi(2)))
        }
        (margin, _) => fall_of_c4(derivation, factor, margin),
    });
    let scale = if mode.form == Form::C { number("scale") } else { 1.0 };
    let with_share = |(name, test)| {
        let (_, symbol, _) = share_of(derivation, name);
        (name, test, symbol)
    };
    Setup {
        form: mode.form,
        gradients: mode.gradients,
        comparator: Arc::new(linear_hits(derivation, mode.hits, scale)),
        ticket: None,
        events: start_events(derivation, mode.fresh()).into_iter().map(with_share).collect(),
        counted: Vec::new(),
        factor,
        decrease,
    }
}

/// How a run finds its comparator, `scale` times the target.
pub(in crate::theorems) fn linear_hits(derivation: &Derivation, hits: Hits, scale: f64) -> LinearHits {
    let number = |name| derivation.number(name);
    LinearHits {
        rule: match hits {
            Hits::Ball => HitRule::Ball { rho: number("rho") },
            Hits::Window => HitRule::Window { low: number("window"), reach: number("reach_1") },
        },
        copies: number("kappa") as usize,
        inner_norm: number("u_max"),
        theta: number("theta"),
        gradient_norm: number("g_norm"),
        margin: number("mu"),
        reach: number("reach"),
        scale,
    }
}

/// The events of the initialisation, and of a fresh first batch.
pub(in crate::theorems) fn start_events(derivation: &Derivation, fresh: bool) -> Vec<(&'static str, EventTest)> {
    let mut events = vec![
        ("hits", EventTest::Comparator),
        ("u_max", EventTest::InnerNorm(derivation.number("u_max"))),
        ("g_norm", EventTest::OuterSquares(derivation.number("S_g"))),
    ];
    if fresh {
        let bound = derivation.value("epsilon_G").map_or(f64::NAN, |v| v.upper_f64());
        events.push(("lemma_2", EventTest::BatchGradient(bound)));
    }
    events
}

/// An event with the name and value of its share of δ.
pub(in crate::theorems) fn share_of(derivation: &Derivation, event: &'static str) -> (&'static str, &'static str, f64) {
    let symbol = match event {
        "hits" => "delta_H",
        "u_max" => "delta_u",
        "g_norm" => "delta_g",
        "lemma_2" => "delta_G",
        _ => "delta_Z",
    };
    (event, symbol, derivation.number(symbol))
}
