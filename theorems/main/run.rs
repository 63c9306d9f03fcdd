//! From a derivation to the protocol of its trials, at the explicit and the posterior level.

use super::Params;
use super::data::Data;
use crate::experiment::{
    ComparatorRule, Decrease, EventTest, Expectation, Faithful, Goal, HiddenNorm, Lottery, Promises, Protocol, Rules,
};
use crate::network::{Loss, Scales};
use crate::theorems::derivation::Derivation;
use crate::theorems::instance::Size;
use crate::theorems::{Form, Gradients};
use std::sync::Arc;

/// Steps, over all trials, at which the test of the expected decrease is sharpest.
const TYPICAL_STEPS: f64 = 1e4;

/// What distinguishes the runs of one derivation from those of another.
pub(in crate::theorems) struct Setup {
    pub(in crate::theorems) form: Form,
    pub(in crate::theorems) gradients: Gradients,
    pub(in crate::theorems) comparator: Arc<dyn ComparatorRule>,
    /// What is kept after the first step, where it is not the whole network.
    pub(in crate::theorems) ticket: Option<Lottery>,
    /// Events with the symbol of their share of δ.
    pub(in crate::theorems) events: Vec<(&'static str, EventTest, &'static str)>,
    /// Those that only the trials' counts bound.
    pub(in crate::theorems) counted: Vec<&'static str>,
    /// Whether the comparator has margin 1 everywhere, so that Φ falls at every violation.
    pub(in crate::theorems) margin: bool,
}

pub(in crate::theorems) fn protocol(
    derivation: &Derivation,
    data: &Data,
    params: &Params,
    setup: &Setup,
    seed: u64,
) -> Protocol {
    let number = |name| derivation.number(name);
    let upper = |name: &str| derivation.value(name).map_or(f64::NAN, |v| v.upper_f64());
    let exact = |name: &str| derivation.value(name).and_then(|v| Size::of(&v).exact()).unwrap_or(0);
    let eta = number("eta_alpha");
    let factor = if setup.form == Form::C { params.m_factor } else { 1.0 };
    let decrease = match setup.form {
        Form::A => Decrease::PerStep(number("epsilon_2").powi(2) / number("Gamma").powi(2)),
        Form::B => {
            let (gamma, n) = (number("Gamma"), number("n"));
            let amount = 2.0 * eta * number("epsilon_2") - (eta * gamma).powi(2);
            Decrease::InExpectation { amount, deviation: (0.0, 2.0 * eta * gamma / n.sqrt()) }
        }
        Form::C => {
            let loss = if setup.margin { 0.0 } else { 2.0 * eta * factor };
            let budget = if setup.margin { 0.0 } else { number("T") * number("omega") / number("delta_L") };
            Decrease::PerViolation { amount: (factor - 1.0).powi(2) / upper("H").powi(2), loss, budget }
        }
    };
    let bound = number("error_bound");
    Protocol {
        distribution: data.distribution.clone(),
        training_distribution: data.distribution.clone(),
        loss: Loss::Hinge,
        width: exact("m") as usize,
        scales: Scales {
            b_tilde: number("b_tilde"),
            beta: number("beta"),
            theta: number("theta"),
            sigma_a: number("sigma_a"),
            slope: Loss::Hinge.slope_at_zero(),
        },
        first_step: match exact("n_1") {
            0 => Expectation::Population,
            samples => Expectation::Batch(samples as usize),
        },
        training: match setup.gradients {
            Gradients::Population => Expectation::Population,
            _ => Expectation::Batch(exact("n") as usize),
        },
        eta_alpha: eta,
        steps: exact("T"),
        goal: if setup.form == Form::C { Goal::Error(bound) } else { Goal::Loss(bound) },
        ticket: setup.ticket.clone(),
        comparator: setup.comparator.clone(),
        events: setup.events.iter().map(|(name, test, _)| (*name, test.clone())).collect(),
        obligations: derivation.kernel().statement().obligations.clone(),
        promises: Promises {
            comparator_factor: factor,
            decrease,
            drift: upper("D_v"),
            hidden: if setup.form == Form::A { HiddenNorm::Expected } else { HiddenNorm::Largest },
            hidden_norm: if setup.form == Form::C { upper("H") } else { upper("Gamma") },
        },
        certification_error: number("certification_error"),
        seed,
        alteration: Arc::new(Faithful),
    }
}

/// The events' shares of δ, and how the trials are judged at the confidence given later.
pub(in crate::theorems) fn rules(derivation: &Derivation, protocol: &Protocol, setup: &Setup) -> Rules {
    let share =
        |&(name, _, symbol): &(&'static str, EventTest, &'static str)| (name, symbol, derivation.number(symbol));
    Rules {
        delta: derivation.number("delta"),
        error: 0.01,
        certification_error: protocol.certification_error,
        events: setup.events.iter().map(share).collect(),
        counted: setup.counted.clone(),
        obligations: protocol.obligations.clone(),
        variance_scale: match protocol.promises.decrease {
            Decrease::InExpectation { deviation, .. } => {
                TYPICAL_STEPS * (deviation.0 + deviation.1 * derivation.number("Phi_1").sqrt()).powi(2)
            }
            _ => 1.0,
        },
    }
}
