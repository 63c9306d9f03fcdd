//! A theorem at concrete parameters: hypotheses, derivation, bounds, and the protocol of its trials.

use super::derivation::Derivation;
use crate::certificate::interval::Interval;
use crate::experiment::{Experiment, Protocol, Quantity, Rules};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

pub use super::derivation::Condition;

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

/// A hypothesis of the theorem on this instance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hypothesis {
    /// What must hold.
    pub name: String,
    /// Whether it does.
    pub holds: bool,
    /// The instance's value.
    pub value: f64,
    /// The limit it is held against.
    pub limit: f64,
}

/// A gradient feature (paper Def. 3.7) as it was found: p is a lower bound, conditional on the sign of the bias.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureRow {
    /// D, a unit vector up to its sign.
    pub direction: Vec<f64>,
    /// s.
    pub sign: f64,
    /// Lower bound on Pr[G in the cone of D, ‖G‖ ≥ B_G].
    pub p: f64,
    /// γ.
    pub gamma: f64,
    /// B_G.
    pub b_g: f64,
}

/// What follows the trials where claims rest on events that only they can count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conclusion {
    /// How the bound itself follows, where its premise is such an event (docs/theory.md §4, a-posteriori level).
    pub bound: Option<CountedPremise>,
    /// Claims of the statement that the counts prove, each against a share of its own.
    pub beside: Vec<&'static str>,
}

/// A premise that the counts prove, and what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedPremise {
    /// The claim on the event, as the theory text has it.
    pub claim: &'static str,
    /// Steps that bound the other events.
    pub others: Vec<usize>,
    /// The axioms that conclude, one after another; the last one's claim is the statement.
    pub axioms: Vec<&'static str>,
}

/// A width, a number of steps or of samples: exact where it is a u64, else only its size.
#[derive(Clone, Debug, PartialEq)]
pub enum Size {
    /// A whole number.
    Exact(u64),
    /// Beyond u64, or not a whole number: a printed enclosure such as `3.2e41`.
    Large(String),
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
        }
    }

    /// The number, if it is exact.
    #[must_use]
    pub fn exact(&self) -> Option<u64> {
        match self {
            Self::Exact(n) => Some(*n),
            Self::Large(_) => None,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(n) => n.fmt(f),
            Self::Large(text) => f.pad(text),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exact(n) if *n < 1 << 53 => serializer.serialize_u64(*n),
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
        match quantity {
            Quantity::Width => Some(&self.width),
            Quantity::Steps => Some(&self.steps),
            Quantity::FirstStep => Some(&self.first_step),
            Quantity::PerStep => Some(&self.per_step),
            Quantity::Total | Quantity::Error => None,
        }
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
            || sizes.iter().any(|s| s.exact().is_none())
    }
}

/// A theorem at concrete parameters.
pub struct Instance {
    /// Theorem id.
    pub theorem: &'static str,
    /// Level.
    pub level: Level,
    /// Form, gradients and hits as they stand in every output.
    pub tags: Vec<(&'static str, String)>,
    /// Parameters as they were understood.
    pub parameters: Vec<(&'static str, String)>,
    /// What a reader must know about the data.
    pub notices: Vec<String>,
    /// The hypotheses.
    pub hypotheses: Vec<Hypothesis>,
    /// Whether something was drawn from the seed before the trials.
    pub drawn: bool,
    /// What the paper assumes of this case and this level does not need.
    pub assumptions: Vec<Hypothesis>,
    /// The derivation of the statement.
    pub derivation: Derivation,
    /// The step that proves the theorem's statement; none where a hypothesis fails, and before the trials at the posterior level.
    pub root: Option<usize>,
    /// How the statement follows once the trials are counted.
    pub conclusion: Option<Conclusion>,
    /// The gradient features, where the theorem finds them itself.
    pub features: Vec<FeatureRow>,
    /// The bounds.
    pub bounds: Bounds,
    /// min(Pr[y = 1], Pr[y = −1]): what the trivial predictor errs.
    pub minority: f64,
    /// δ.
    pub delta: f64,
    /// The trials; none at a level that is only a formula.
    pub experiment: Option<Arc<dyn Experiment>>,
    /// How the trials are judged, at the confidence given later.
    pub rules: Rules,
    /// The statement in words, instantiated.
    pub statement: String,
}

/// Names that outputs give to symbols of the theory.
pub const ALIASES: [(&str, &str); 9] = [
    ("gamma_norm", "Gamma"),
    ("phi_1", "Phi_1"),
    ("b_g", "g_norm"),
    ("b_g", "B_G"),
    ("h_norm", "H"),
    ("k_0", "K_0"),
    ("b_x", "B_x"),
    ("b_x1", "B_x1"),
    ("b_op", "B_op"),
];

impl Instance {
    /// Enclosure of a constant of the derivation, by its symbol or by the name that outputs give it.
    #[must_use]
    pub fn constant(&self, name: &str) -> Option<Interval> {
        let aliased = ALIASES.iter().filter(|(alias, _)| *alias == name).map(|(_, symbol)| *symbol);
        std::iter::once(name).chain(aliased).find_map(|symbol| self.derivation.value(symbol))
    }

    /// Algorithm 1's protocol, where the trials are runs of it.
    #[must_use]
    pub fn protocol(&self) -> Option<&Protocol> {
        self.experiment.as_ref().and_then(|e| e.protocol())
    }

    /// Whether every hypothesis holds.
    #[must_use]
    pub fn in_scope(&self) -> bool {
        self.hypotheses.iter().all(|h| h.holds) && self.derivation.applies()
    }

    /// Whether the bound promises no more than the trivial predictor.
    #[must_use]
    pub fn vacuous(&self) -> bool {
        // Written so that a NaN bound is vacuous.
        !matches!(self.bounds.error.partial_cmp(&self.minority), Some(std::cmp::Ordering::Less))
    }
}
