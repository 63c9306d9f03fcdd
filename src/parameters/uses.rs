//! Which level of a theorem uses an option, and on what condition.

use super::{Form, Level};
use std::fmt;

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
    pub const fn on(level: Level, with: &'static [With]) -> Self {
        Self { level, with }
    }
}

/// The paper level, whatever else is asked for.
pub const PAPER: Use = Use::at(Level::Paper);
/// The explicit level, whatever else is asked for.
pub const EXPLICIT: Use = Use::at(Level::Explicit);
/// The posterior level, whatever else is asked for.
pub const POSTERIOR: Use = Use::at(Level::Posterior);
/// All three.
pub const EVERY: &[Use] = &[PAPER, EXPLICIT, POSTERIOR];

/// Each of these levels on each of these conditions. What is made here stays: options are made once.
pub(crate) fn uses(levels: &[Level], with: &[&'static [With]]) -> &'static [Use] {
    let all = levels.iter().flat_map(|level| with.iter().map(|with| Use::on(*level, with)));
    Vec::leak(all.collect())
}
