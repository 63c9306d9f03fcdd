//! Which options a theorem takes, and which level of it uses which: declarations, by which [`super::unused`] refuses the others.

use super::{Form, Gradients, Level};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What must be asked for beside an option, so that a level uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// This form.
    Form(Form),
    /// Another parameter with this value.
    Set(&'static str, &'static str),
    /// A condition in words, with parameters under which it holds.
    Where(&'static str, &'static [(&'static str, &'static str)]),
    /// A condition in words that rows of a file meet.
    Rows(&'static str),
}

impl fmt::Display for With {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form) => write!(f, "with --form {form}"),
            Self::Set(key, value) => write!(f, "with --set {key}={value}"),
            Self::Where(words, _) | Self::Rows(words) => f.write_str(words),
        }
    }
}

/// A level that uses an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The level.
    pub level: Level,
    /// What must be asked for beside it; a form that must be, the first that does.
    pub with: &'static [With],
}

impl Use {
    /// A level that uses it whatever else is asked for.
    #[must_use]
    pub const fn at(level: Level) -> Self {
        Self { level, with: &[] }
    }

    /// A level that uses it on a condition.
    pub(super) const fn on(level: Level, with: &'static [With]) -> Self {
        Self { level, with }
    }
}

/// A level that uses an option whatever else is asked for, and all three.
pub(super) const PAPER: Use = Use::at(Level::Paper);
pub(super) const EXPLICIT: Use = Use::at(Level::Explicit);
pub(super) const POSTERIOR: Use = Use::at(Level::Posterior);
pub(super) const EVERY: &[Use] = &[PAPER, EXPLICIT, POSTERIOR];

/// A parameter of a theorem, as `--set KEY=VALUE` gives it.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key.
    pub key: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The levels that use it.
    pub used: &'static [Use],
}

impl Parameter {
    /// A parameter.
    pub(super) const fn new(key: &'static str, about: &'static str, used: &'static [Use]) -> Self {
        Self { key, about, used }
    }

    /// Its levels, each once.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let mut levels: Vec<Level> = self.used.iter().map(|u| u.level).collect();
        levels.dedup();
        levels
    }
}

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
    pub(super) fn meeting(
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
    /// The parameter of that key.
    #[must_use]
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.key == key)
    }

    pub(super) fn runs_at(&self, level: Level) -> Option<&Runs> {
        self.runs.iter().find(|r| r.level == level)
    }
}

/// Each of these levels on each of these conditions. What is made here stays: options are made once.
pub(super) fn uses(levels: &[Level], with: &[&'static [With]]) -> &'static [Use] {
    let all = levels.iter().flat_map(|level| with.iter().map(|with| Use::on(*level, with)));
    Vec::leak(all.collect())
}

/// The options of theorems that are one type, made once each.
pub(super) fn once(id: &'static str, make: impl FnOnce() -> Options) -> &'static Options {
    static ALL: Mutex<BTreeMap<&str, &Options>> = Mutex::new(BTreeMap::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(id).or_insert_with(|| Box::leak(Box::new(make())))
}
