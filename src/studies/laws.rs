//! The exponents that docs/theory.md states, each with the instances on which it is looked for.

use super::scaling::{Subject, Variation};
use crate::experiment::Quantity;
use crate::parameters::{Form, Gradients, Level, Request};
use std::borrow::Cow;

/// An exponent a theorem states: `quantity` ∝ `against`^`predicted` as `vary` runs through its values.
#[derive(Clone, Debug)]
pub struct Law {
    /// Theorem id.
    pub theorem: &'static str,
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

const EPSILONS: &[f64] = &[0.4, 0.2, 0.1, 0.05, 0.025, 0.0125];
const DIMENSIONS: &[f64] = &[21.0, 41.0, 81.0, 161.0, 321.0, 641.0];
const SHALLOW_BALL: &[(&str, &str)] =
    &[("distribution", "margin-ball"), ("d", "10"), ("radius", "1"), ("data_margin", "0.05"), ("margin", "0.05")];

/// A law of Theorems A, B, C on linear data.
const LINEAR: Law = Law {
    theorem: "linear-data",
    about: "",
    source: "§4, §5.1",
    level: Level::Explicit,
    form: None,
    parameters: &[],
    vary: "epsilon",
    values: EPSILONS,
    against: None,
    quantity: Subject::Bound(Quantity::Steps),
    predicted: 0.0,
    measured: false,
};

/// A law of the features of a uniform parity. At odd d sums of signs are odd, so that beta = 1/2 is the same as b = 0.
const PARITY: Law = Law {
    theorem: "uniform-parity",
    about: "",
    source: "§5.4",
    level: Level::Paper,
    form: None,
    parameters: &[],
    vary: "d",
    values: DIMENSIONS,
    against: None,
    quantity: Subject::Constant(Cow::Borrowed("b_g")),
    predicted: 0.0,
    measured: false,
};

/// Every law that is stated with its exponent.
pub static LAWS: &[Law] = &[
    Law {
        about: "form A: T grows as 1/epsilon^2",
        form: Some((Form::A, Gradients::Population)),
        parameters: &[("hits", "window")],
        predicted: -2.0,
        measured: true,
        ..LINEAR
    },
    Law {
        about: "form C: T grows as 1/epsilon",
        form: Some((Form::C, Gradients::Fresh)),
        predicted: -1.0,
        measured: true,
        ..LINEAR
    },
    Law {
        about: "m grows as 1/q, the probability of a hit",
        form: Some((Form::A, Gradients::Population)),
        parameters: &[("hits", "ball")],
        against: Some("q"),
        quantity: Subject::Bound(Quantity::Width),
        predicted: -1.0,
        ..LINEAR
    },
    Law {
        about: "n of the first step grows as 1/B_G^2",
        form: Some((Form::C, Gradients::Fresh)),
        parameters: SHALLOW_BALL,
        vary: "data_reach",
        values: &[0.8, 0.4, 0.2, 0.1],
        against: Some("b_g"),
        quantity: Subject::Bound(Quantity::FirstStep),
        predicted: -2.0,
        ..LINEAR
    },
    Law {
        about: "parity of 2 bits: B_G falls as d^(-1/2)",
        parameters: &[("k", "2"), ("beta", "0.5")],
        predicted: -0.5,
        ..PARITY
    },
    Law {
        about: "parity of 4 bits: B_G falls as d^(-3/2)",
        parameters: &[("k", "4"), ("beta", "0.5")],
        predicted: -1.5,
        ..PARITY
    },
    Law {
        about: "parity of 2 bits: gamma falls as 1/d",
        parameters: &[("k", "2"), ("beta", "0.5")],
        quantity: Subject::Constant(Cow::Borrowed("gamma")),
        predicted: -1.0,
        ..PARITY
    },
    Law {
        about: "parity of 4 bits: gamma falls as 1/d",
        parameters: &[("k", "4"), ("beta", "0.5")],
        quantity: Subject::Constant(Cow::Borrowed("gamma")),
        predicted: -1.0,
        ..PARITY
    },
];

impl Law {
    /// The instances on which the law is looked for.
    #[must_use]
    pub fn variation(&self) -> Variation {
        let owned = |(key, value): &(&str, &str)| ((*key).to_string(), (*value).to_string());
        Variation {
            theorem: self.theorem,
            request: Request {
                parameters: self.parameters.iter().map(owned).collect(),
                form: self.form.map(|(form, _)| form),
                gradients: self.form.map(|(_, gradients)| gradients),
                seed: 1,
                ..Request::default()
            },
            level: Some(self.level),
            vary: self.vary.into(),
            values: self.values.to_vec(),
            against: self.against.map(Into::into),
            quantity: self.quantity.clone(),
            predicted: Some(self.predicted),
            measured: self.measured,
            about: self.about.into(),
        }
    }
}
