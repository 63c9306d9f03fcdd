//! The numbers that a theorem promises to be enough.

use serde::Serialize;
use std::fmt;

/// A number the theorem promises to be enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// m.
    Width,
    /// T.
    Steps,
    /// Samples of the first step.
    FirstStep,
    /// Samples of a later step, or of the one batch that all later steps share.
    PerStep,
    /// All samples.
    Total,
    /// The bound on loss or error.
    Error,
}

impl Quantity {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Width, Self::Steps, Self::FirstStep, Self::PerStep, Self::Total, Self::Error];

    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Width => "width",
            Self::Steps => "steps",
            Self::FirstStep => "first_step",
            Self::PerStep => "per_step",
            Self::Total => "total",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a number cannot be varied by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed(pub &'static str);
