//! From a derivation to the protocol of its trials and the rules they are judged by: what theorems on Algorithm 1 share.

use crate::derivation::{Derivation, Size};
use crate::distributions::Distribution;
use crate::experiment::{
    ComparatorRule, Decrease, EventTest, Expectation, Faithful, Goal, HiddenNorm, Lottery, Promises, Protocol, Rules,
    SECOND_PASS, Scope,
};
use crate::network::{Loss, Scales};
use crate::parameters::{Form, Gradients};
use std::sync::Arc;

/// In the place of a symbol, the share of an event that cannot fail: one failure refutes.
pub(crate) const SURE: &str = "delta of a sure event";

/// What distinguishes the runs of one derivation from those of another.
pub(crate) struct Setup {
    pub(crate) form: Form,
    pub(crate) gradients: Gradients,
    pub(crate) comparator: Arc<dyn ComparatorRule>,
    /// What is kept after the first step, where it is not the whole network.
    pub(crate) ticket: Option<Lottery>,
    /// Events with the symbol of their share of δ.
    pub(crate) events: Vec<(&'static str, EventTest, &'static str)>,
    /// Those that only the trials' counts bound.
    pub(crate) counted: Vec<&'static str>,
    /// M: Φ is the squared distance to Mα̃ (1 in forms A and B).
    pub(crate) factor: f64,
    /// How Φ falls in form C; forms A and B have their own.
    pub(crate) decrease: Option<Decrease>,
}

/// How Φ falls in Theorem C4, and in C2 with fresh batches: at every violation, less what the comparator's own loss gives back.
pub(crate) fn fall_of_c4(derivation: &Derivation, factor: f64, margin: bool) -> Decrease {
    let h = derivation.value("H").map_or(f64::NAN, |v| v.upper_f64());
    let loss = if margin { 0.0 } else { 2.0 * derivation.number("eta_alpha") * factor };
    Decrease::PerViolation { amount: (factor - 1.0).powi(2) / h.powi(2), loss }
}

/// Up to where the proof bounds drift and hidden layer.
fn scope(derivation: &Derivation, form: Form) -> Scope {
    let number = |name| derivation.number(name);
    match form {
        Form::A => Scope::UntilGoal,
        Form::B => Scope::Distance(1.5 * derivation.value("Phi_1").map_or(f64::NAN, |v| v.upper_f64())),
        // Of the margin forms only C4 with a loss has a surplus: its proof needs the losses to concentrate.
        Form::C if derivation.value("surplus").is_some() => {
            Scope::Losses(number("T") * number("omega") * (1.0 + number("surplus")))
        }
        Form::C => Scope::Always,
    }
}

/// What the comparator's loss on the first hidden layer is at most, and at which margin beyond 1, where Φ's fall is given in
/// terms of the loss it turns out to have.
fn comparator_loss(derivation: &Derivation, form: Form) -> Option<[f64; 2]> {
    let number = |name| derivation.number(name);
    match form {
        Form::A => None,
        // Of ε, hits and first batch take what training and drift leave.
        Form::B => Some([0.0, (number("error_bound") - number("epsilon_2") - number("epsilon_3")).max(0.0)]),
        Form::C => {
            let slack = derivation.value("surplus").map_or(0.0, |_| number("drift_share"));
            derivation.value("omega").map(|omega| [slack, omega.upper_f64()])
        }
    }
}

/// The protocol of Algorithm 1 at the derivation's numbers.
pub(crate) fn protocol(
    derivation: &Derivation,
    distribution: &Arc<dyn Distribution>,
    setup: &Setup,
    seed: u64,
) -> Protocol {
    let number = |name| derivation.number(name);
    let upper = |name: &str| derivation.value(name).map_or(f64::NAN, |v| v.upper_f64());
    let exact = |name: &str| derivation.value(name).and_then(|v| Size::of(&v).exact()).unwrap_or(0);
    let eta = number("eta_alpha");
    let decrease = setup.decrease.unwrap_or_else(|| match setup.form {
        Form::A => Decrease::PerStep(number("epsilon_2").powi(2) / number("Gamma").powi(2)),
        Form::B | Form::C => Decrease::PerExcess { rate: 2.0 * eta, step: (eta * upper("Gamma")).powi(2) },
    });
    let bound = number("error_bound");
    Protocol {
        distribution: distribution.clone(),
        training_distribution: distribution.clone(),
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
        obligations: derivation.kernel().statement().obligations.iter().map(|o| o.name.clone()).collect(),
        promises: Promises {
            comparator_factor: setup.factor,
            comparator_loss: comparator_loss(derivation, setup.form),
            decrease,
            scope: scope(derivation, setup.form),
            input_norm: upper("B_x"),
            drift: upper("D_v"),
            hidden: if setup.form == Form::A { HiddenNorm::Expected } else { HiddenNorm::Largest },
            hidden_norm: if setup.form == Form::C { upper("H") } else { upper("Gamma") },
        },
        certification_error: number("certification_error"),
        second_pass: SECOND_PASS,
        seed,
        alteration: Arc::new(Faithful),
    }
}

/// The events' shares of δ, and how the trials are judged at the confidence given later.
pub(crate) fn rules(derivation: &Derivation, protocol: &Protocol, setup: &Setup) -> Rules {
    let share = |&(name, _, symbol): &(&'static str, EventTest, &'static str)| {
        (name, symbol, if symbol == SURE { 0.0 } else { derivation.number(symbol) })
    };
    Rules {
        delta: derivation.number("delta"),
        error: Rules::USUAL_ERROR,
        certification_error: protocol.certification_error,
        events: setup.events.iter().map(share).collect(),
        counted: setup.counted.clone(),
        obligations: protocol.obligations.clone(),
    }
}
