//! The exponents of the features of a uniform parity.

use crate::parameters::Level;
use crate::registry::{ScalingLaw, Subject};
use std::borrow::Cow;

const DIMENSIONS: &[f64] = &[21.0, 41.0, 81.0, 161.0, 321.0, 641.0];
/// A law of a feature. At odd d sums of signs are odd, so that beta = 1/2 is the same as b = 0.
const LAW: ScalingLaw = ScalingLaw {
    source: "§5.4",
    level: Level::Paper,
    quantity: Subject::Constant(Cow::Borrowed("b_g")),
    vary: "d",
    values: DIMENSIONS,
    ..ScalingLaw::STEPS
};

/// Every law that is stated with its exponent.
pub(super) const LAWS: &[ScalingLaw] = &[
    ScalingLaw {
        about: "parity of 2 bits: B_G falls as d^(-1/2)",
        parameters: &[("k", "2"), ("beta", "0.5")],
        predicted: -0.5,
        ..LAW
    },
    ScalingLaw {
        about: "parity of 4 bits: B_G falls as d^(-3/2)",
        parameters: &[("k", "4"), ("beta", "0.5")],
        predicted: -1.5,
        ..LAW
    },
    ScalingLaw {
        about: "parity of 2 bits: gamma falls as 1/d",
        parameters: &[("k", "2"), ("beta", "0.5")],
        quantity: Subject::Constant(Cow::Borrowed("gamma")),
        predicted: -1.0,
        ..LAW
    },
    ScalingLaw {
        about: "parity of 4 bits: gamma falls as 1/d",
        parameters: &[("k", "4"), ("beta", "0.5")],
        quantity: Subject::Constant(Cow::Borrowed("gamma")),
        predicted: -1.0,
        ..LAW
    },
];
