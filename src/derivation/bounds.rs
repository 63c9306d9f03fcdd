//! Sizes of a derived instance, and what one of its trials costs.

use super::Derivation;
use crate::certificate::expression::numeral;
use crate::certificate::interval::Interval;
use crate::distributions::Distribution;
use crate::experiment::Quantity;
use serde::Serialize;
use std::fmt;

/// A width, a number of steps or of samples: exact where it is a u64, else only its size.
#[derive(Clone, Debug, PartialEq)]
pub enum Size {
    /// A whole number.
    Exact(u64),
    /// Beyond u64, or not a whole number: a printed enclosure such as `3.2e41`.
    Large(String),
    /// The theorem has no such size.
    Absent,
}

impl Size {
    /// The size an interval encloses.
    #[must_use]
    pub fn of(value: &Interval) -> Self {
        if let Some(exact) = value.integer().and_then(|i| u64::try_from(i).ok()) {
            return Self::Exact(exact);
        }
        let ten = Interval::from_integer(10).ln();
        let logarithm = value.ln().and_then(|log| log.div(&ten?));
        let Ok(middle) = logarithm.map(|log| log.midpoint_f64()) else { return Self::Large("0".into()) };
        let exponent = middle.floor();
        Self::Large(format!("{:.1}e{exponent}", 10f64.powf(middle - exponent)))
    }

    /// As f64, infinite beyond its range.
    #[must_use]
    pub fn approximate(&self) -> f64 {
        match self {
            Self::Exact(n) => *n as f64,
            Self::Large(text) => text.parse().unwrap_or(f64::INFINITY),
            Self::Absent => f64::NAN,
        }
    }

    /// The number, if it is exact.
    #[must_use]
    pub fn exact(&self) -> Option<u64> {
        match self {
            Self::Exact(n) => Some(*n),
            Self::Large(_) | Self::Absent => None,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(n) => n.fmt(f),
            Self::Large(text) => f.pad(text),
            Self::Absent => f.pad("none"),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exact(n) if *n < 1 << 53 => serializer.serialize_u64(*n),
            Self::Absent => serializer.serialize_none(),
            other => serializer.serialize_str(&other.to_string()),
        }
    }
}

/// Predicted cost of one trial run to its full T, and its memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Floating-point operations of one trial that uses all its steps.
    pub flops: f64,
    /// Bytes a trial holds.
    pub bytes: f64,
}

/// Memory a trial may hold: half of a 16 GiB machine.
const MAX_BYTES: f64 = 8.0 * 1024.0 * 1024.0 * 1024.0;
/// Operations a trial may take before its first look: about a minute of one core, so that the sixty trials of a verdict take
/// half an hour of two.
const MAX_FLOPS_TO_FIRST_LOOK: f64 = 2e11;

/// What the bound computes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// m.
    pub width: Size,
    /// 4m.
    pub neurons: Size,
    /// T.
    pub steps: Size,
    /// Samples of the first step; 0 with population gradients.
    pub first_step: Size,
    /// Samples of each later step, or of the one batch that all of them share; 0 with population gradients.
    pub per_step: Size,
    /// All samples.
    pub total: f64,
    /// The bound on loss or error.
    pub error: f64,
    /// Cost.
    pub cost: Cost,
    /// Operations up to the first look at the network.
    pub flops_to_first_look: f64,
}

/// Operations a trial that uses all its T steps may take before another level is preferred: about an hour of one core.
const MAX_FLOPS: f64 = 1e13;

impl Bounds {
    /// One of the sizes; none for what is no whole number.
    #[must_use]
    pub fn size(&self, quantity: Quantity) -> Option<&Size> {
        let size = match quantity {
            Quantity::Width => &self.width,
            Quantity::Steps => &self.steps,
            Quantity::FirstStep => &self.first_step,
            Quantity::PerStep => &self.per_step,
            Quantity::Total | Quantity::Error => return None,
        };
        (*size != Size::Absent).then_some(size)
    }

    /// One of the numbers, as f64: infinite beyond its range.
    #[must_use]
    pub fn of(&self, quantity: Quantity) -> f64 {
        match quantity {
            Quantity::Total => self.total,
            Quantity::Error => self.error,
            other => self.size(other).map_or(f64::NAN, Size::approximate),
        }
    }

    /// Whether a trial that uses all its steps takes hours; trials that succeed stop long before.
    #[must_use]
    pub fn too_long(&self) -> bool {
        self.cost.flops > MAX_FLOPS
    }

    /// Whether the theorem's own parameters are beyond what can be run.
    #[must_use]
    pub fn too_large(&self) -> bool {
        let sizes = [&self.width, &self.neurons, &self.steps, &self.first_step, &self.per_step];
        self.cost.bytes > MAX_BYTES
            || self.flops_to_first_look > MAX_FLOPS_TO_FIRST_LOOK
            || sizes.iter().any(|s| matches!(s, Size::Large(_)))
    }
}

impl Bounds {
    /// The sizes among the derivation's symbols m, N, T, n_1 and n; without n, a step takes one sample. What a trial costs is left
    /// at nothing: a theorem whose trials take long says so.
    #[must_use]
    pub fn of_symbols(derivation: &Derivation) -> Self {
        let size = |name: &str| derivation.value(name).map_or(Size::Absent, |v| Size::of(&v));
        let per_step = if derivation.has("n") { size("n") } else { Size::Exact(1) };
        let (steps, first_step) = (size("T"), size("n_1"));
        let first = if first_step == Size::Absent { 0.0 } else { first_step.approximate() };
        Self {
            width: size("m"),
            neurons: size("N"),
            total: first + per_step.approximate() * steps.approximate(),
            steps,
            first_step,
            per_step,
            error: at_most(derivation, "error_bound"),
            cost: Cost { flops: 0.0, bytes: 0.0 },
            flops_to_first_look: 0.0,
        }
    }
}

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
