//! The derivation of Theorems A, B, C in the kernel, and the numbers an instance chooses for it.

use super::mode::Mode;
use super::{Form, Gradients, Hits, Params};
use crate::theorems::InstanceError;
use crate::theorems::asked::Setting;
use crate::theorems::derivation::{Derivation, DerivationError, rounded};
use crate::theorems::forms::{BATCH_SHARE, LossForm, finish};
use crate::theorems::sizes::{least_count, least_steps, share, spread_of_squares};
use std::f64::consts::SQRT_2;

/// The hits' part of ε in forms A and B.
const RHO_SHARE: f64 = 0.5;
/// Largest n₁ that is written out.
const MAX_FIRST_BATCH: f64 = 1e30;
/// In the margin form the first batch may cost this much of the margin (a tenth scales α̃ up by 10/9).
const MARGIN_LOSS: f64 = 0.1;
/// Room for drift in Theorem C1, relative to the margin.
const DRIFT_SHARE: f64 = 0.01;
/// ‖α⁽¹⁾‖ relative to ‖α̃‖: small enough not to show in Φ₁.
const ALPHA_1_SHARE: f64 = 1e-4;

/// t: its default, raised by halves until the union over 2m neurons fits its share of δ for any m within reach.
fn initial_slack(derivation: &Derivation, start: &Start) -> f64 {
    let d = derivation.number("d");
    let share = start.delta / start.parts / 2.0;
    let neurons = 2.0 * expected_width(derivation, start);
    let tail = |t: f64| {
        let z = (d.sqrt() + t).powi(2) / d;
        neurons * (-(d / 2.0) * (z - 1.0 - z.ln())).exp()
    };
    let needed = |t: f64| t <= start.t || tail(t - 0.5) > share;
    let mut t = start.t;
    while t < 100.0 && needed(t + 0.5) && tail(t) > share {
        t += 0.5;
    }
    t
}

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

/// Twice the width that κ hits need, before t and m are chosen: a Chernoff bound at the probability of a hit without p.
fn expected_width(derivation: &Derivation, start: &Start) -> f64 {
    let within = |low: f64, high: f64| libm::erf(high / SQRT_2) - libm::erf(low / SQRT_2);
    let q = match start.hits {
        Hits::Ball => {
            let epsilon = derivation.number("epsilon");
            let rho = start.rho_share * epsilon * derivation.number("mu") / derivation.number("B_op");
            within(1.0 - rho, 1.0 + rho)
        }
        Hits::Window => {
            let factor = start.theta_factor.get();
            within(start.window.get() / factor, 1.0 / factor)
        }
    };
    let (kappa, log) = (start.kappa as f64, (start.parts / start.delta).ln());
    2.0 * (kappa + 2.0 * log + (2.0 * kappa * log).sqrt()) / q
}

/// What the first step of a theorem on linear data is built from.
pub(in crate::theorems) struct Start {
    /// κ.
    pub(in crate::theorems) kappa: u64,
    pub(in crate::theorems) hits: Hits,
    /// Part of ε that ball hits may cost.
    pub(in crate::theorems) rho_share: f64,
    pub(in crate::theorems) window: Setting<f64>,
    pub(in crate::theorems) theta_factor: Setting<f64>,
    /// Least t.
    pub(in crate::theorems) t: f64,
    pub(in crate::theorems) delta: f64,
    /// Equal parts δ is split into.
    pub(in crate::theorems) parts: f64,
    /// With a fresh batch, what ε_G may be.
    pub(in crate::theorems) first_error: Option<f64>,
}

/// The steps that bound the events of a start; `None` where a need fails.
pub(in crate::theorems) struct Events {
    /// Those of the initialisation.
    pub(in crate::theorems) initial: Vec<Option<usize>>,
    /// That of a fresh first batch.
    pub(in crate::theorems) first: Option<usize>,
}

/// Derives everything up to the hidden layer after the first step.
///
/// # Errors
/// Sizes out of reach, terms without value.
pub(in crate::theorems) fn begin(derivation: &mut Derivation, start: &Start) -> Result<Events, InstanceError> {
    let part = 1.0 / start.parts;
    let mut events = Vec::new();
    derivation.choose("t", initial_slack(derivation, start))?;
    if let Some(allowed) = start.first_error {
        derivation.choose("delta_G", share(start.delta, part))?;
        derivation.choose("n_1", first_batch(derivation, allowed)?)?;
    }
    let fresh = start.first_error.is_some();
    let first = derivation.apply(if fresh { "lemma-2" } else { "first-step-population" })?;
    derivation.choose("kappa", start.kappa as f64)?;
    match start.hits {
        Hits::Ball => derivation.choose("rho_share", start.rho_share)?,
        Hits::Window => {
            derivation.choose("window", start.window.get())?;
            derivation.choose("theta_factor", start.theta_factor.get())?;
        }
    }
    derivation.apply(if start.hits == Hits::Ball { "ball-hits" } else { "window-hits" })?;
    derivation.choose("delta_H", share(start.delta, part))?;
    let m = least_count(derivation, start.kappa)?;
    derivation.choose("m", m as f64)?;
    events.push(derivation.apply("hit-count")?);
    derivation.choose("delta_u", share(start.delta, part / 2.0))?;
    events.push(derivation.apply("gaussian-inner")?);
    derivation.choose("delta_g", share(start.delta, part / 2.0))?;
    derivation.choose("S_g", spread_of_squares(m as f64, derivation.number("delta_g")))?;
    events.push(derivation.apply("gaussian-outer")?);
    derivation.choose("alpha_1_share", ALPHA_1_SHARE)?;
    derivation.apply("linear-hidden-layer")?;
    Ok(Events { initial: events, first })
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

/// n₁ so that ε_G is at most `allowed`.
fn first_batch(derivation: &Derivation, allowed: f64) -> Result<f64, InstanceError> {
    let number = |name| derivation.number(name);
    let root = number("B_x2").sqrt() + number("B_x") * (2.0 * (1.0 / number("delta_G")).ln()).sqrt();
    // One part in 10⁹ more than needed, so that rounding cannot make the need fail.
    let samples = ((root / allowed).powi(2) * (1.0 + 1e-9)).ceil() + 1.0;
    // Beyond u64 the number is still shown, and called too large to run.
    if samples < MAX_FIRST_BATCH {
        Ok(samples)
    } else {
        let why = format!("{samples:.3e} samples would be needed in the first step");
        Err(DerivationError::Unreachable { what: "n_1", why }.into())
    }
}
