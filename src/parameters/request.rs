//! What a user asks of a theorem: preset, parameters, data, form. Theorems read it as an [`Asked`](super::Asked).

use crate::distributions::Empirical;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Which of the explicit theorems A, B, C is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Theorem A: population gradients.
    A,
    /// Theorem B: fresh batches.
    B,
    /// Theorem C: margin form.
    C,
}

/// Where the gradients of Algorithm 1 are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradients {
    /// Over the population in every step.
    Population,
    /// First step by the closed form, later steps on fresh batches.
    ClosedFirst,
    /// On fresh batches in every step.
    Fresh,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        })
    }
}

impl fmt::Display for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Population => "population",
            Self::ClosedFirst => "closed-first",
            Self::Fresh => "fresh",
        })
    }
}

/// A file whose rows take the place of D.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataRequest {
    /// CSV with header, or .npy.
    pub path: PathBuf,
    /// Label column.
    pub label: String,
    /// Value labelled +1.
    pub positive: String,
    /// Value labelled −1.
    pub negative: String,
    /// Whether the columns are left as they are.
    pub raw: bool,
}

/// Everything a user asks of a theorem.
#[derive(Clone, Default)]
pub struct Request {
    /// Preset name.
    pub preset: Option<String>,
    /// Whether no preset applies: what is not among the parameters has its default.
    pub bare: bool,
    /// Parameters, later ones overriding earlier ones.
    pub parameters: Vec<(String, String)>,
    /// Data file.
    pub data: Option<DataRequest>,
    /// Rows that take the place of D, as a certificate recorded them.
    pub rows: Option<Arc<Empirical>>,
    /// Form of the explicit theorem.
    pub form: Option<Form>,
    /// Gradients.
    pub gradients: Option<Gradients>,
    /// Seed of the trials.
    pub seed: u64,
    /// Whether the user gives the seed: it must be used then.
    pub seeded: bool,
}

impl Request {
    /// Whether the user gives this parameter.
    #[must_use]
    pub fn gives(&self, key: &str) -> bool {
        self.parameters.iter().any(|(k, _)| k == key)
    }
}
