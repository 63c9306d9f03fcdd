//! How a bound and its measured need grow with a parameter, held against the exponent that the theorem states.
//!
//! **Guarantee.** A bound is known at every value up to the width of its enclosure; its exponent is that of the trend
//! ([`limiting`]), and `agrees` means that the stated one lies in an interval no wider than [`RESOLUTION`]. A need is measured,
//! each with an interval, and fitted by weighted least squares ([`fitted`]); the theorem is an upper bound, so that the need
//! `disagrees` where its whole interval grows faster than the stated exponent says.

use super::need::{Need, NeedError, Study};
use crate::experiment::Quantity;
use crate::parameters::{Level, Request};
use crate::registry::{Instance, InstanceError, Listed, ScalingLaw, Subject};
use crate::statistics::exponent::{LEAST_SPAN, fitted, limiting, two_sided};
use crate::statistics::{Exponent, Point};
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// Widest interval of a bound's exponent that decides anything.
pub const RESOLUTION: f64 = 0.5;
/// Confidence of a single need's interval, of which the fit takes the standard error.
const NEED_CONFIDENCE: f64 = 0.95;

/// A parameter varied, and the quantity looked at.
#[derive(Clone)]
pub struct Variation {
    /// Theorem id.
    pub theorem: &'static str,
    /// Everything but the varied parameter.
    pub request: Request,
    /// The level; none for the one that is run where none is asked for.
    pub level: Option<Level>,
    /// The parameter.
    pub vary: String,
    /// Its values, in the direction in which the law becomes exact.
    pub values: Vec<f64>,
    /// The constant the law is stated in; none where it is the parameter itself.
    pub against: Option<String>,
    /// What is looked at.
    pub quantity: Subject,
    /// The stated exponent, if any.
    pub predicted: Option<f64>,
    /// Whether the need is measured too.
    pub measured: bool,
    /// What is stated, for people.
    pub about: String,
}

impl Variation {
    /// The instances on which the law is looked for.
    #[must_use]
    pub fn of(theorem: Listed, law: &ScalingLaw) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_string(), (*value).to_string());
        Self {
            theorem: theorem.id(),
            request: Request {
                parameters: law.parameters.iter().map(owned).collect(),
                form: law.form.map(|(form, _)| form),
                gradients: law.form.map(|(_, gradients)| gradients),
                seed: 1,
                ..Request::default()
            },
            level: Some(law.level),
            vary: law.vary.into(),
            values: law.values.to_vec(),
            against: law.against.map(Into::into),
            quantity: law.quantity.clone(),
            predicted: Some(law.predicted),
            measured: law.measured,
            about: law.about.into(),
        }
    }
}

/// Of what an exponent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The theorem's number: two-sided.
    Bound,
    /// What is measured to be needed: one-sided.
    Need,
}

/// What an exponent says of the stated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// No exponent is stated.
    Unstated,
    /// It is that of the theorem; a need does not grow faster.
    Agrees,
    /// The interval is too wide.
    Inconclusive,
    /// It is not that of the theorem; a need grows faster.
    Disagrees,
}

/// An exponent against the theorem's.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingRow {
    /// Theorem.
    pub theorem: &'static str,
    /// Level.
    pub level: Level,
    /// What is stated, for people.
    pub about: String,
    /// What is looked at.
    pub quantity: Subject,
    /// Bound or need.
    pub what: What,
    /// The varied parameter.
    pub vary: String,
    /// The constant the exponent is in, where it is not the parameter.
    pub against: Option<String>,
    /// Values of the parameter, with the points that were fitted.
    pub points: Vec<(f64, Point)>,
    /// The exponent.
    pub exponent: Exponent,
    /// The stated one.
    pub predicted: Option<f64>,
    /// What the one says of the other.
    pub verdict: Agreement,
    /// Probability that a need's interval covers its exponent; a bound's interval is no matter of chance.
    pub confidence: Option<f64>,
}

/// Why there is no exponent.
#[derive(Debug, thiserror::Error)]
pub enum ScalingError {
    /// A value of the parameter at which there is no instance.
    #[error("{theorem} at {vary} = {value}: {cause}")]
    Instance {
        /// Theorem.
        theorem: &'static str,
        /// The parameter.
        vary: String,
        /// Its value.
        value: f64,
        /// Why.
        cause: Box<InstanceError>,
    },
    /// A number that is not there.
    #[error("{theorem} at {vary} = {value}, level {level}: {name} is {why}")]
    NoNumber {
        /// Theorem.
        theorem: &'static str,
        /// The parameter.
        vary: String,
        /// Its value.
        value: f64,
        /// Level.
        level: Level,
        /// What was looked for.
        name: String,
        /// Why there is none.
        why: &'static str,
    },
    /// Two levels in one fit.
    #[error(
        "{theorem}: the level is {first} at the first value of {vary} and {other} at {value}: ask for one with --level"
    )]
    Levels {
        /// Theorem.
        theorem: &'static str,
        /// The parameter.
        vary: String,
        /// Level at its first value.
        first: Level,
        /// Another level.
        other: Level,
        /// Where.
        value: f64,
    },
    /// Too few values, or too near to one another.
    #[error(
        "{vary}: {values} values are too few or too near to one another: four or more, of which each half spans a factor {span}"
    )]
    Range {
        /// The parameter.
        vary: String,
        /// How many.
        values: usize,
        /// The span that is needed.
        span: f64,
    },
    /// The needs cannot be measured.
    #[error(transparent)]
    Need(#[from] NeedError),
}

/// The exponent of the bound and, where it is asked for, of the need.
///
/// # Errors
/// Values at which there is no instance or no such number; trials that cannot be run.
pub fn scaling(
    theorem: Listed,
    variation: &Variation,
    confidence: f64,
    interrupted: &AtomicBool,
) -> Result<Vec<ScalingRow>, ScalingError> {
    let instances = variation.values.iter().map(|&v| instance(theorem, variation, v)).collect::<Result<Vec<_>, _>>()?;
    let level = instances.first().map_or(Level::Paper, |i| i.level);
    if let Some((&value, other)) = variation.values.iter().zip(&instances).find(|(_, i)| i.level != level) {
        let vary = variation.vary.clone();
        return Err(ScalingError::Levels { theorem: theorem.id(), vary, first: level, other: other.level, value });
    }
    let of_bound = points(variation, &instances, |instance, _| number(instance, &variation.quantity))?;
    let range =
        || ScalingError::Range { vary: variation.vary.clone(), values: variation.values.len(), span: LEAST_SPAN };
    let row = |what, points: Vec<(f64, Point)>, exponent: Exponent| ScalingRow {
        theorem: theorem.id(),
        level,
        about: variation.about.clone(),
        quantity: variation.quantity.clone(),
        what,
        vary: variation.vary.clone(),
        against: variation.against.clone(),
        predicted: variation.predicted,
        verdict: verdict(what, &points, exponent, variation.predicted),
        confidence: (what == What::Need).then_some(confidence),
        points,
        exponent,
    };
    let bare = |points: &[(f64, Point)]| points.iter().map(|(_, p)| *p).collect::<Vec<_>>();
    let exponent = limiting(&bare(&of_bound)).ok_or_else(range)?;
    let mut rows = vec![row(What::Bound, of_bound, exponent)];
    if variation.measured {
        let of_need = points(variation, &instances, |instance, label| need(instance, variation, label, interrupted))?;
        let exponent = fitted(&bare(&of_need), confidence).ok_or_else(range)?;
        rows.push(row(What::Need, of_need, exponent));
    }
    Ok(rows)
}

fn instance(theorem: Listed, variation: &Variation, value: f64) -> Result<Instance, ScalingError> {
    let mut request = variation.request.clone();
    request.parameters.retain(|(key, _)| *key != variation.vary);
    request.parameters.push((variation.vary.clone(), value.to_string()));
    let instance = match variation.level {
        Some(level) => theorem.instantiate(&request, level),
        None => theorem.auto(&request),
    };
    instance.map_err(|cause| {
        let vary = variation.vary.clone();
        ScalingError::Instance { theorem: theorem.id(), vary, value, cause: Box::new(cause) }
    })
}

/// A number with the standard error of its logarithm, or why there is none.
type Number = Result<(f64, f64), Missing>;

/// Why a point is missing.
enum Missing {
    Number(&'static str),
    Need(NeedError),
}

/// The points of all instances; where one is missing, the error names it.
fn points(
    variation: &Variation,
    instances: &[Instance],
    of: impl Fn(&Instance, &str) -> Number,
) -> Result<Vec<(f64, Point)>, ScalingError> {
    let point = |(&value, instance): (&f64, &Instance)| {
        let missing = |name: String, why| ScalingError::NoNumber {
            theorem: instance.theorem,
            vary: variation.vary.clone(),
            value,
            level: instance.level,
            name,
            why,
        };
        let at = match &variation.against {
            None => value,
            Some(name) => constant(instance, name).map_err(|why| missing(name.clone(), why))?.0,
        };
        let label = format!("{}, {} = {value}:", instance.theorem, variation.vary);
        match of(instance, &label) {
            Ok((number, error)) => Ok((value, Point { at, value: number, error })),
            Err(Missing::Number(why)) => Err(missing(variation.quantity.to_string(), why)),
            Err(Missing::Need(cause)) => Err(cause.into()),
        }
    };
    variation.values.iter().zip(instances).map(point).collect()
}

const NOT_POSITIVE: &str = "not a positive number here";

/// A constant with the half width of its enclosure, relative.
fn constant(instance: &Instance, name: &str) -> Result<(f64, f64), &'static str> {
    let value = instance.constant(name).ok_or("no constant of this theorem")?;
    let (low, high) = (value.lower_f64(), value.upper_f64());
    if !(low > 0.0 && high.is_finite()) {
        return Err(NOT_POSITIVE);
    }
    Ok((f64::midpoint(low, high), (high - low) / low))
}

/// The bound; what is rounded up to a whole number is off by less than 1.
fn number(instance: &Instance, quantity: &Subject) -> Number {
    match quantity {
        Subject::Constant(name) => constant(instance, name).map_err(Missing::Number),
        Subject::Bound(quantity) => {
            let value = instance.bounds.of(*quantity);
            let error = match quantity {
                Quantity::Error => 0.0,
                // Sizes beyond u64 are kept to two digits.
                _ => (1.0 / value).max(if value < u64::MAX as f64 { 0.0 } else { 0.05 }),
            };
            if value > 0.0 && value.is_finite() { Ok((value, error)) } else { Err(Missing::Number(NOT_POSITIVE)) }
        }
    }
}

/// The measured need.
fn need(instance: &Instance, variation: &Variation, label: &str, interrupted: &AtomicBool) -> Number {
    let Subject::Bound(quantity) = variation.quantity else { return Err(Missing::Number("nothing that is needed")) };
    let experiment = instance.experiment.clone().ok_or(Missing::Number("not measured: this level is not run"))?;
    let error = 1.0 - NEED_CONFIDENCE;
    let study = Study { experiment, delta: instance.delta, error, label, interrupted };
    let steps = study.steps().map_err(Missing::Need)?;
    let Need { needed, low, high, .. } = match quantity {
        Quantity::Steps => steps,
        other => study.least(other, instance.bounds.of(other), &steps).map_err(Missing::Need)?,
    };
    if !(needed > 0.0 && high.is_finite()) {
        return Err(Missing::Number("not reached by the trials"));
    }
    // A whole number that is certain to the unit is still rounded.
    let spread = libm::log(high / low.max(0.5)) / (2.0 * two_sided(NEED_CONFIDENCE));
    Ok((needed, spread.max(0.5 / needed)))
}

/// What an exponent says of the stated one.
fn verdict(what: What, points: &[(f64, Point)], found: Exponent, predicted: Option<f64>) -> Agreement {
    let Some(predicted) = predicted else { return Agreement::Unstated };
    let narrow = found.high - found.low <= RESOLUTION;
    let ends = points.first().zip(points.last()).map_or((0.0, 0.0), |((_, first), (_, last))| (first.at, last.at));
    // How much faster it grows, in the direction of the points.
    let (least, most) = if ends.1 >= ends.0 {
        (found.low - predicted, found.high - predicted)
    } else {
        (predicted - found.high, predicted - found.low)
    };
    match what {
        _ if least > 0.0 => Agreement::Disagrees,
        What::Bound if most < 0.0 => Agreement::Disagrees,
        What::Need if most <= 0.0 => Agreement::Agrees,
        _ if narrow => Agreement::Agrees,
        _ => Agreement::Inconclusive,
    }
}
