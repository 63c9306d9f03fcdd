//! What the paper and explicit levels are asked for, and their premises.

use crate::derivation::Derivation;
use crate::error::ParameterError;
use crate::levels::linear::keys::{THETA_FACTOR, WINDOW};
use crate::levels::linear::start::on_data;
use crate::levels::linear::target::{Target, Wanted};
use crate::levels::params;
use crate::parameters::{Asked, Form, Gradients, Key, Setting};
use crate::registry::InstanceError;

/// Theorem id.
pub(super) const ID: &str = "linear-data";

pub(super) const EPSILON: Key<f64> =
    params::EPSILON.about("excess over the target's loss (forms a, b); the error itself (form c)");
pub(super) const KAPPA: Key<u64> = params::KAPPA.about("copies of the target among the neurons");
pub(super) const SLACK: Key<f64> = params::SLACK.about("slack of the norm of initial directions");
pub(super) const BATCH: Key<u64> = params::BATCH.about("samples of a later step in form c");
pub(super) const HITS: Key<Option<&'static str>> =
    Key::word("hits", "ball or window", &["ball", "window"], "ball or window").tag("hits");

/// Parameters, valid by construction.
pub(super) struct Params {
    pub(super) wanted: Wanted,
    pub(super) epsilon: Setting<f64>,
    pub(super) delta: Setting<f64>,
    pub(super) kappa: Setting<u64>,
    pub(super) t: Setting<f64>,
    pub(super) hits: Setting<Option<&'static str>>,
    pub(super) window: Setting<f64>,
    pub(super) theta_factor: Setting<f64>,
    pub(super) m_factor: Setting<f64>,
    pub(super) batch: Setting<u64>,
    pub(super) paper: [Setting<f64>; 3],
    pub(super) form: Option<Form>,
    pub(super) gradients: Option<Gradients>,
}

impl Params {
    pub(super) fn read(p: &Asked) -> Result<Self, ParameterError> {
        Ok(Self {
            wanted: Wanted::read(p)?,
            epsilon: p.get(&EPSILON)?,
            delta: p.get(&params::DELTA)?,
            kappa: p.get(&KAPPA)?,
            t: p.get(&SLACK)?,
            hits: p.get(&HITS)?,
            window: p.get(&WINDOW)?,
            theta_factor: p.get(&THETA_FACTOR)?,
            m_factor: p.get(&params::FACTOR)?,
            batch: p.get(&BATCH)?,
            paper: [p.get(&params::C_M)?, p.get(&params::C_STEPS)?, p.get(&params::C_SAMPLES)?],
            form: p.form(),
            gradients: p.gradients(),
        })
    }

    pub(super) fn target(&self, asked: &Asked) -> Result<Target, InstanceError> {
        Target::load(asked, &self.wanted, || allowed_loss(self))
    }
}

/// The loss of f* up to which a larger μ makes a better bound. Forms A and B promise L(f*) + ε, so the least loss is best. Form
/// C promises ε whatever μ is, in a number of steps proportional to 1/μ²: the largest μ is best whose loss leaves half of
/// ε(M−1)/4M to drift and the first batch (docs/theory.md §4, C2).
fn allowed_loss(params: &Params) -> f64 {
    match params.form.unwrap_or(Form::C) {
        Form::A | Form::B => 0.0,
        Form::C => {
            let (epsilon, factor) = (params.epsilon.get(), params.m_factor.get());
            epsilon * (factor - 1.0) / (8.0 * factor)
        }
    }
}

/// The premises of this theorem: its data and the hinge loss of its target.
pub(super) fn premises(
    target: &Target,
    params: &Params,
    variant: &[(&str, &str)],
) -> Result<Derivation, InstanceError> {
    let mut derivation = on_data(ID, target, [params.epsilon.get(), params.delta.get()], variant)?;
    derivation.apply(target.axiom())?;
    Ok(derivation)
}
