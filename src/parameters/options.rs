//! Which options a theorem takes, and which level of it uses which: declarations, by which the registry refuses the others.

use super::parameter::Parameter;
use super::{Form, Gradients, Level};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The forms of a level, each with where its gradients are taken, in the order of preference.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    /// The level.
    pub level: Level,
    /// What it runs; a theorem without forms has none in it.
    pub pairs: &'static [(Option<Form>, Gradients)],
    /// Why nothing else.
    pub why: &'static str,
}

impl Runs {
    /// The first that meets what is asked for.
    pub(crate) fn meeting(
        &self,
        form: Option<Form>,
        gradients: Option<Gradients>,
    ) -> Option<(Option<Form>, Gradients)> {
        let meets = |(f, g): &&(Option<Form>, Gradients)| {
            (form.is_none() || form == *f) && gradients.is_none_or(|gradients| gradients == *g)
        };
        self.pairs.iter().find(meets).copied()
    }
}

/// Everything a theorem can be asked for beside level, preset and seed of its trials.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Forms and gradients of the levels that have any.
    pub runs: Vec<Runs>,
    /// Whether rows of a file can take the place of D.
    pub rows: bool,
    /// Levels at which something is drawn.
    pub seed: Vec<Level>,
}

impl Options {
    /// Those of a theorem that has one level, the explicit one, and no forms.
    #[must_use]
    pub fn at_explicit(parameters: impl IntoIterator<Item = Parameter>) -> Self {
        let parameters = parameters.into_iter().collect();
        Self { parameters, runs: Vec::new(), rows: false, seed: vec![Level::Explicit] }
    }

    /// The parameter of that key.
    #[must_use]
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.key == key)
    }

    pub(crate) fn runs_at(&self, level: Level) -> Option<&Runs> {
        self.runs.iter().find(|r| r.level == level)
    }
}

/// The options of theorems that are one type, made once each.
pub(crate) fn once(id: &'static str, make: impl FnOnce() -> Options) -> &'static Options {
    static ALL: Mutex<BTreeMap<&str, &Options>> = Mutex::new(BTreeMap::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(id).or_insert_with(|| Box::leak(Box::new(make())))
}
