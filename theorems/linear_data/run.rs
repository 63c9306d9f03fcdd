//! What a derivation means for the trials: sizes and cost, the protocol, and how it is judged.

use super::mode::Mode;
use super::target::Target;
use super::{Form, Gradients, Hits, Params};
use crate::experiment::{Decrease, EventTest, Expectation, Faithful, Goal, HiddenNorm, Promises, Protocol, Rules};
use crate::features::{HitRule, LinearHits};
use crate::network::{Loss, Scales};
use crate::theorems::derivation::Derivation;
use crate::theorems::instance::Size;
use std::sync::Arc;

/// Steps, over all trials, at which the test of the expected decrease is sharpest.
const TYPICAL_STEPS: f64 = 1e4;

pub(super) fn protocol(derivation: &Derivation, target: &Target, mode: &Mode, seed: u64, params: &Params) -> Protocol {
    let number = |name| derivation.number(name);
    let upper = |name: &str| derivation.value(name).map_or(f64::NAN, |v| v.upper_f64());
    let exact = |name: &str| derivation.value(name).and_then(|v| Size::of(&v).exact()).unwrap_or(0);
    let eta = number("eta_alpha");
    let factor = if mode.form == Form::C { params.m_factor } else { 1.0 };
    let decrease = match (mode.form, mode.margin, mode.gradients) {
        (Form::A, ..) => Decrease::PerStep(number("epsilon_2").powi(2) / number("Gamma").powi(2)),
        (Form::B, ..) => {
            let (gamma, n) = (number("Gamma"), number("n"));
            let amount = 2.0 * eta * number("epsilon_2") - (eta * gamma).powi(2);
            Decrease::InExpectation { amount, deviation: (0.0, 2.0 * eta * gamma / n.sqrt()) }
        }
        (Form::C, true, _) => {
            Decrease::PerViolation { amount: (factor - 1.0).powi(2) / number("H").powi(2), loss: 0.0, budget: 0.0 }
        }
        (Form::C, false, gradients) => {
            let (h, amount) = (number("H"), (factor - 1.0).powi(2) * params.epsilon / (2.0 * number("H").powi(2)));
            match gradients {
                Gradients::Population => Decrease::PerStep(amount),
                // The change of Φ lies in an interval of width 4ηH·sqrt Φ + (ηH)²; Hoeffding's proxy is half of that, squared.
                _ => Decrease::InExpectation { amount, deviation: ((eta * h).powi(2) / 2.0, 2.0 * eta * h) },
            }
        }
    };
    let hidden_norm = if mode.form == Form::C { upper("H") } else { upper("Gamma") };
    let promises = Promises {
        comparator_factor: factor,
        decrease,
        drift: upper("D_v"),
        hidden: if mode.form == Form::A { HiddenNorm::Expected } else { HiddenNorm::Largest },
        hidden_norm,
    };
    let scale = if mode.form == Form::C { number("scale") } else { 1.0 };
    let bound = number("error_bound");
    Protocol {
        distribution: target.distribution.clone(),
        training_distribution: target.distribution.clone(),
        loss: Loss::Hinge,
        width: exact("m") as usize,
        scales: Scales {
            b_tilde: number("b_tilde"),
            beta: number("beta"),
            theta: number("theta"),
            sigma_a: number("sigma_a"),
            slope: Loss::Hinge.slope_at_zero(),
        },
        first_step: if mode.fresh() { Expectation::Batch(exact("n_1") as usize) } else { Expectation::Population },
        training: match mode.gradients {
            Gradients::Population => Expectation::Population,
            _ => Expectation::Batch(exact("n") as usize),
        },
        eta_alpha: eta,
        steps: exact("T"),
        goal: if mode.form == Form::C { Goal::Error(bound) } else { Goal::Loss(bound) },
        ticket: None,
        comparator: Arc::new(linear_hits(derivation, mode.hits, scale)),
        events: start_events(derivation, mode.fresh()),
        obligations: derivation.kernel().statement().obligations.clone(),
        promises,
        certification_error: number("certification_error"),
        seed,
        alteration: Arc::new(Faithful),
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

/// The shares of δ of the counted events.
pub(super) fn rules(derivation: &Derivation, protocol: &Protocol) -> Rules {
    Rules {
        delta: derivation.number("delta"),
        error: 0.01,
        certification_error: protocol.certification_error,
        events: protocol.events.iter().map(|(name, _)| share_of(derivation, name)).collect(),
        counted: Vec::new(),
        obligations: protocol.obligations.clone(),
        variance_scale: match protocol.promises.decrease {
            Decrease::InExpectation { deviation, .. } => {
                TYPICAL_STEPS * (deviation.0 + deviation.1 * derivation.number("Phi_1").sqrt()).powi(2)
            }
            _ => 1.0,
        },
    }
}
