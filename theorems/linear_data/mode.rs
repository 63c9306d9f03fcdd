//! Which of the explicit theorems is run, and where its gradients are taken.

use super::params::Params;
use crate::error::ParameterError;
use crate::levels::linear::hits::Hits;
use crate::levels::linear::target::Target;
use crate::parameters::options::Runs;
use crate::parameters::{Form, Gradients, Level};

/// What the explicit level runs.
pub(super) const RUNS: Runs = Runs {
    level: Level::Explicit,
    pairs: &[
        (Some(Form::A), Gradients::Population),
        (Some(Form::B), Gradients::Fresh),
        (Some(Form::B), Gradients::ClosedFirst),
        (Some(Form::C), Gradients::Fresh),
        (Some(Form::C), Gradients::ClosedFirst),
        (Some(Form::C), Gradients::Population),
    ],
    why: "Theorem A needs population gradients, Theorem B needs fresh batches",
};

/// How the explicit theorem is run, after defaults.
pub(super) struct Mode {
    pub(super) form: Form,
    pub(super) gradients: Gradients,
    pub(super) hits: Hits,
    /// Whether the margin hypothesis holds, so that C is C1.
    pub(super) margin: bool,
}

impl Mode {
    /// The mode of a request: C is C1 on distributions whose margin is known, and on rows that have one.
    pub(super) fn of(params: &Params, target: &Target, from_file: bool) -> Result<Self, ParameterError> {
        let finite = target.law.distribution.support().is_some();
        let form = params.form.unwrap_or(match params.gradients {
            None if finite && !from_file => Form::A,
            Some(Gradients::Population) if !from_file => Form::A,
            _ => Form::C,
        });
        let margin = target.margin_parameter <= target.law.margin || target.law.name() != "finite-support";
        let gradients = params.gradients.unwrap_or(match form {
            Form::A => Gradients::Population,
            // Without a margin the first batch is held against a small part of ε, and would need some 10⁸ samples.
            Form::C if !margin => Gradients::ClosedFirst,
            Form::B | Form::C => Gradients::Fresh,
        });
        if gradients == Gradients::Population && !finite {
            let why = "population gradients need a support that can be enumerated (d at most 16)";
            return Err(ParameterError::conflict(format!("--form {form} --gradients {gradients}"), why));
        }
        let hits = match params.hits.get() {
            Some("ball") => Hits::Ball,
            Some(_) => Hits::Window,
            None if form == Form::C => Hits::Window,
            None => Hits::Ball,
        };
        Ok(Self { form, gradients, hits, margin })
    }

    pub(super) fn form_tag(&self) -> &'static str {
        match (self.form, self.margin) {
            (Form::A, _) => "a",
            (Form::B, _) => "b",
            (Form::C, true) => "c1",
            (Form::C, false) => "c2",
        }
    }

    pub(super) fn fresh(&self) -> bool {
        self.gradients == Gradients::Fresh
    }

    /// Parts of δ: hits, initial weights, first batch, training; those that do not occur give their share back.
    pub(super) fn delta_parts(&self) -> f64 {
        let training = self.gradients != Gradients::Population;
        2.0 + f64::from(u8::from(self.fresh())) + f64::from(u8::from(training))
    }
}
