//! At which level a theorem is run.

use serde::Serialize;
use std::fmt;

/// Level of a bound (docs/theory.md §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The paper's form, every hidden constant surfaced (default 1).
    Paper,
    /// A priori, every constant proved.
    Explicit,
    /// The comparator may depend on the first step.
    Posterior,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paper => "paper",
            Self::Explicit => "explicit",
            Self::Posterior => "posterior",
        })
    }
}
