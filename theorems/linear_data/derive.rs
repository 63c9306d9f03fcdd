//! The derivation of Theorems A, B, C in the kernel, and the numbers an instance chooses for it.

use super::mode::Mode;
use super::params::Params;
use crate::derivation::sizes::{least_steps, share};
use crate::derivation::{Derivation, rounded};
use crate::levels::forms::{BATCH_SHARE, LossForm, finish};
use crate::levels::linear::hits::Hits;
use crate::levels::linear::start::{Events, Start, begin};
use crate::parameters::{Form, Gradients};
use crate::registry::InstanceError;

/// The hits' part of ε in forms A and B.
const RHO_SHARE: f64 = 0.5;
/// In the margin form the first batch may cost this much of the margin (a tenth scales α̃ up by 10/9).
const MARGIN_LOSS: f64 = 0.1;
/// Room for drift in Theorem C1, relative to the margin.
const DRIFT_SHARE: f64 = 0.01;
/// ½, or less where ρ would pass ½: Lemma 3 needs ρ < 1. Theorem C2 leaves them an eighth of its slack: a quarter is the drift's, half
/// the first batch's.
fn rho_share(derivation: &Derivation, params: &Params, mode: &Mode) -> f64 {
    let one = params.epsilon.get() * derivation.number("mu") / derivation.number("B_op");
    let part = match (mode.form, mode.margin) {
        (Form::C, false) => loss_slack(derivation, params).max(1e-6) / 8.0,
        _ => RHO_SHARE,
    };
    rounded(part.min(0.5 / one), 12, false)
}

/// Derives the statement of Theorem A, B or C; the root step, or `None` where a need fails.
pub(super) fn explicit(
    derivation: &mut Derivation,
    params: &Params,
    mode: &Mode,
) -> Result<Option<usize>, InstanceError> {
    let part = 1.0 / mode.delta_parts();
    let start = Start {
        kappa: params.kappa.get(),
        hits: mode.hits,
        rho_share: rho_share(derivation, params, mode),
        window: params.window.clone(),
        theta_factor: params.theta_factor.clone(),
        t: params.t.get(),
        delta: params.delta.get(),
        parts: mode.delta_parts(),
        first_error: mode.fresh().then(|| first_error(derivation, params, mode)),
    };
    let Events { initial: events, first } = begin(derivation, &start)?;
    match mode.form {
        Form::A | Form::B => {
            let rho_share = if mode.hits == Hits::Ball { rho_share(derivation, params, mode) } else { 0.0 };
            let (form, gradients, delta) = (mode.form, mode.gradients, params.delta.get());
            LossForm { form, gradients, rho_share, delta, part }.derive(derivation, events, first)
        }
        Form::C => margin_form(derivation, params, mode, events, first, part),
    }
}

fn margin_form(
    derivation: &mut Derivation,
    params: &Params,
    mode: &Mode,
    mut events: Vec<Option<usize>>,
    first: Option<usize>,
    part: f64,
) -> Result<Option<usize>, InstanceError> {
    derivation.choose("M", params.m_factor.get())?;
    let drift = if mode.margin { DRIFT_SHARE } else { loss_slack(derivation, params) / 4.0 };
    derivation.choose("drift_share", rounded(drift.max(1e-12), 6, false))?;
    derivation.apply(if mode.margin { "theorem-c1" } else { "theorem-c2" })?;
    if mode.gradients == Gradients::Population {
        derivation.unite(&events)?;
        return Ok(derivation.apply(if mode.margin { "theorem-c1-population" } else { "theorem-c2-population" })?);
    }
    derivation.choose("n", params.batch.get() as f64)?;
    derivation.choose("delta_Z", share(params.delta.get(), part))?;
    if mode.margin {
        let steps = least_steps(derivation)?;
        derivation.choose("T", steps as f64)?;
        let mistakes = derivation.apply("theorem-c1-fresh")?;
        events.push(mistakes);
    } else {
        events.push(derivation.apply("theorem-c2-fresh")?);
    }
    finish(derivation, mode.gradients, events, first, ["theorem-c-batch", "theorem-c-closed"])
}

/// What Theorem C2 leaves of ε(M−1)/4M after the target's loss, relative to ε; negative where C2 does not apply.
fn loss_slack(derivation: &Derivation, params: &Params) -> f64 {
    (params.m_factor.get() - 1.0) / (4.0 * params.m_factor.get())
        - derivation.number("target_loss") / params.epsilon.get()
}

/// What ε_G may be so that the first batch costs no more than its share of ε, or of the margin.
fn first_error(derivation: &Derivation, params: &Params, mode: &Mode) -> f64 {
    let number = |name| derivation.number(name);
    let (mu, g, b_op) = (number("mu"), number("g_norm"), number("B_op"));
    let hit = if mode.hits == Hits::Ball {
        1.0 + rho_share(derivation, params, mode) * params.epsilon.get() * mu / b_op
    } else {
        1.0
    };
    match (mode.form, mode.margin) {
        (Form::C, true) => MARGIN_LOSS * mu * g / (hit * number("B_x")),
        (Form::C, false) => {
            loss_slack(derivation, params).max(1e-6) / 2.0 * params.epsilon.get() * mu * g / (hit * b_op)
        }
        _ => BATCH_SHARE * params.epsilon.get() * mu * g / (hit * b_op),
    }
}
