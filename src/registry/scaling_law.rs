//! An exponent that a theorem states, with the instances on which it is looked for.

use crate::experiment::Quantity;
use crate::parameters::{Form, Gradients, Level};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// What is held against a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Subject {
    /// m, T, n or the error.
    Bound(Quantity),
    /// A constant of the derivation, by its name in `constants`.
    Constant(Cow<'static, str>),
}

impl Subject {
    /// A quantity or a constant by its name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let quantity = Quantity::ALL.into_iter().find(|q| q.name() == name);
        quantity.map_or_else(|| Self::Constant(Cow::Owned(name.to_string())), Self::Bound)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bound(quantity) => quantity.fmt(f),
            Self::Constant(name) => f.pad(name),
        }
    }
}

/// An exponent a theorem states: `quantity` ∝ `against`^`predicted` as `vary` runs through its values.
#[derive(Clone, Debug)]
pub struct ScalingLaw {
    /// What is stated, for people.
    pub about: &'static str,
    /// Where docs/theory.md states it.
    pub source: &'static str,
    /// Level whose bound it is.
    pub level: Level,
    /// Form of the explicit theorem, and where its gradients are taken.
    pub form: Option<(Form, Gradients)>,
    /// Everything else of the instance.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The parameter that is varied.
    pub vary: &'static str,
    /// Its values, in the direction in which the law becomes exact.
    pub values: &'static [f64],
    /// The constant the law is stated in; none where it is the parameter itself.
    pub against: Option<&'static str>,
    /// What follows the law.
    pub quantity: Subject,
    /// The exponent.
    pub predicted: f64,
    /// Whether the need is measured too.
    pub measured: bool,
}

impl ScalingLaw {
    /// T at the explicit level against nothing yet: what most laws are, but for what they say.
    pub const STEPS: Self = Self {
        about: "",
        source: "",
        level: Level::Explicit,
        form: None,
        parameters: &[],
        vary: "",
        values: &[],
        against: None,
        quantity: Subject::Bound(Quantity::Steps),
        predicted: 0.0,
        measured: false,
    };
}
