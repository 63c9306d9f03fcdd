//! The exponents of Theorems A, B, C on linear data.

use crate::experiment::Quantity;
use crate::parameters::{Form, Gradients};
use crate::registry::{ScalingLaw, Subject};

const EPSILONS: &[f64] = &[0.4, 0.2, 0.1, 0.05, 0.025, 0.0125];
const SHALLOW_BALL: &[(&str, &str)] =
    &[("distribution", "margin-ball"), ("d", "10"), ("radius", "1"), ("data_margin", "0.05"), ("margin", "0.05")];

const LAW: ScalingLaw = ScalingLaw { source: "§4, §5.1", vary: "epsilon", values: EPSILONS, ..ScalingLaw::STEPS };

/// Every law that is stated with its exponent.
pub(super) const LAWS: &[ScalingLaw] = &[
    ScalingLaw {
        about: "form A: T grows as 1/epsilon^2",
        form: Some((Form::A, Gradients::Population)),
        parameters: &[("hits", "window")],
        predicted: -2.0,
        measured: true,
        ..LAW
    },
    ScalingLaw {
        about: "form C: T grows as 1/epsilon",
        form: Some((Form::C, Gradients::Fresh)),
        predicted: -1.0,
        measured: true,
        ..LAW
    },
    ScalingLaw {
        about: "m grows as 1/q, the probability of a hit",
        form: Some((Form::A, Gradients::Population)),
        parameters: &[("hits", "ball")],
        against: Some("q"),
        quantity: Subject::Bound(Quantity::Width),
        predicted: -1.0,
        ..LAW
    },
    ScalingLaw {
        about: "n of the first step grows as 1/B_G^2",
        form: Some((Form::C, Gradients::Fresh)),
        parameters: SHALLOW_BALL,
        vary: "data_reach",
        values: &[0.8, 0.4, 0.2, 0.1],
        against: Some("b_g"),
        quantity: Subject::Bound(Quantity::FirstStep),
        predicted: -2.0,
        ..LAW
    },
];
