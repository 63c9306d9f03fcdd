//! The derivation of a theorem on linear data up to the hidden layer after the first step.

use super::hits::Hits;
use super::target::Target;
use crate::derivation::sizes::{least_count, share, spread_of_squares};
use crate::derivation::{Derivation, DerivationError};
use crate::parameters::Setting;
use crate::registry::InstanceError;
use std::f64::consts::SQRT_2;

/// Largest n₁ that is written out.
const MAX_FIRST_BATCH: f64 = 1e30;
/// ‖α⁽¹⁾‖ relative to ‖α̃‖: small enough not to show in Φ₁.
const ALPHA_1_SHARE: f64 = 1e-4;

/// Chooses the symbols that every level of a theorem on linear data has, and applies the data's axiom.
pub(crate) fn on_data(
    theorem: &'static str,
    target: &Target,
    [epsilon, delta]: [f64; 2],
    variant: &[(&str, &str)],
) -> Result<Derivation, InstanceError> {
    let mut derivation = Derivation::new(target.law.theory, theorem, variant, target.law.support()?)?;
    for (symbol, value) in target.law.symbols() {
        derivation.choose(symbol, value)?;
    }
    derivation.apply(target.law.name())?;
    derivation.apply("bounded-inputs")?;
    if target.law.name() == "finite-support" {
        derivation.apply("finite-support-direction")?;
    }
    derivation.choose("mu", target.margin_parameter)?;
    derivation.choose("epsilon", epsilon)?;
    derivation.choose("delta", delta)?;
    Ok(derivation)
}

/// What the first step of a theorem on linear data is built from.
pub(crate) struct Start {
    /// κ.
    pub(crate) kappa: u64,
    pub(crate) hits: Hits,
    /// Part of ε that ball hits may cost.
    pub(crate) rho_share: f64,
    pub(crate) window: Setting<f64>,
    pub(crate) theta_factor: Setting<f64>,
    /// Least t.
    pub(crate) t: f64,
    pub(crate) delta: f64,
    /// Equal parts δ is split into.
    pub(crate) parts: f64,
    /// With a fresh batch, what ε_G may be.
    pub(crate) first_error: Option<f64>,
}

/// The steps that bound the events of a start; `None` where a need fails.
pub(crate) struct Events {
    /// Those of the initialisation.
    pub(crate) initial: Vec<Option<usize>>,
    /// That of a fresh first batch.
    pub(crate) first: Option<usize>,
}

/// Derives everything up to the hidden layer after the first step.
///
/// # Errors
/// Sizes out of reach, terms without value.
pub(crate) fn begin(derivation: &mut Derivation, start: &Start) -> Result<Events, InstanceError> {
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
