//! Sizes of a derived instance, and what one of its trials costs.

use super::derivation::Derivation;
use super::instance::{Bounds, Cost, Size};
use crate::certificate::expression::numeral;
use crate::distributions::Distribution;

/// Operations that drawing one coordinate of a sample and adding it to a sum are worth.
const DRAW_FLOPS: f64 = 20.0;
/// Samples of a look at a population that cannot be enumerated.
const LOOK_SAMPLES: f64 = 1e4;

/// The sizes among the derivation's symbols; `live` neurons take part in training, over the population or on batches of n.
#[must_use]
pub fn bounds(derivation: &Derivation, distribution: &dyn Distribution, live: f64, population: bool) -> Bounds {
    let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
    let d = distribution.dimension() as f64;
    let points = distribution.support().map(|s| s.labels.len() as f64);
    let batch = if population { points.unwrap_or(0.0) } else { derivation.number("n") };
    let (first_step, per_step) = (size("n_1"), if population { Size::Exact(0) } else { size("n") });
    let steps = size("T");
    let one_step = 4.0 * batch * d * live;
    let first = DRAW_FLOPS * first_step.approximate() * d;
    let look = points.unwrap_or(LOOK_SAMPLES) * 2.0 * d * live;
    Bounds {
        width: size("m"),
        neurons: size("N"),
        total: first_step.approximate() + per_step.approximate() * steps.approximate(),
        error: at_most(derivation, "error_bound"),
        cost: Cost {
            flops: first + steps.approximate() * one_step,
            bytes: 8.0 * (4.0 * live * d + 16.0 * live + 3.0 * batch * d + 4.0 * d * derivation.number("m")),
        },
        flops_to_first_look: first + one_step + look,
        steps,
        first_step,
        per_step,
    }
}

/// A symbol's value as a number that, written out, is not below it: its record rounds up. NaN if it is not defined.
fn at_most(derivation: &Derivation, name: &str) -> f64 {
    let defined = derivation.kernel().definitions().map(|(_, definition)| definition);
    let Some(upper) = defined.filter(|d| d.name == name).map(|d| d.value[1].as_str()).last() else { return f64::NAN };
    let nearest: f64 = upper.parse().unwrap_or(f64::NAN);
    let below = numeral(&nearest.to_string()).zip(numeral(upper)).is_some_and(|(written, value)| written < value);
    if below { nearest.next_up() } else { nearest }
}
