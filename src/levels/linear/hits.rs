//! Hits of a target on linear data: which count, how a run finds its comparator, and the events they rest on.

use crate::derivation::Derivation;
use crate::experiment::EventTest;
use crate::features::{HitRule, LinearHits};
use std::fmt;

/// Which hits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hits {
    Ball,
    Window,
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ball => "ball",
            Self::Window => "window",
        })
    }
}

/// How a run finds its comparator, `scale` times the target.
pub(crate) fn linear_hits(derivation: &Derivation, hits: Hits, scale: f64) -> LinearHits {
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
pub(crate) fn start_events(derivation: &Derivation, fresh: bool) -> Vec<(&'static str, EventTest)> {
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
pub(crate) fn share_of(derivation: &Derivation, event: &'static str) -> (&'static str, &'static str, f64) {
    let symbol = match event {
        "hits" => "delta_H",
        "u_max" => "delta_u",
        "g_norm" => "delta_g",
        "lemma_2" => "delta_G",
        _ => "delta_Z",
    };
    (event, symbol, derivation.number(symbol))
}
