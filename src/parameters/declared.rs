//! What a theorem declares for requests to be read by.

use super::{Level, Options, Preset, Request};
use crate::certificate::theory::Theory;
use crate::error::ParameterError;

/// A theorem's declarations, with the theory text it rests on.
#[derive(Clone, Copy)]
pub struct Declared {
    /// The theorem's id.
    pub theorem: &'static str,
    /// Its presets, the default first.
    pub presets: &'static [Preset],
    /// What it can be asked for.
    pub options: &'static Options,
    /// The text in which it stands.
    pub theory: &'static Theory,
}

impl Declared {
    /// The request without a form or gradients that this level does not run: forms that stand beside one another vary them.
    #[must_use]
    pub fn fitting(&self, request: &Request, level: Level) -> Request {
        let (form, gradients) = (request.form, request.gradients);
        match self.options.runs_at(level) {
            Some(runs) if runs.meeting(form, gradients).is_none() => {
                Request { form: None, gradients: None, ..request.clone() }
            }
            _ => request.clone(),
        }
    }

    /// The preset a request starts from: the one it names, else the first, whose numbers suit its own distribution only.
    ///
    /// # Errors
    /// Presets there are not.
    pub(super) fn preset(&self, request: &Request) -> Result<Option<&'static Preset>, ParameterError> {
        let presets = self.presets;
        let foreign = request.bare || request.data.is_some() || request.rows.is_some() || request.gives("distribution");
        let Some(name) = &request.preset else { return Ok(presets.first().filter(|_| !foreign)) };
        let unreadable = || ParameterError::Unreadable {
            name: "preset".into(),
            value: name.clone(),
            expected: format!("one of {}", presets.iter().map(|p| p.name).collect::<Vec<_>>().join(", ")),
        };
        presets.iter().find(|p| p.name == name).map(Some).ok_or_else(unreadable)
    }
}
