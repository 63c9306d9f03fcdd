//! How far a theorem's bounds are from what is needed: m, T, n and the error of every level against measured needs.

use super::need::{Need, NeedError, Study};
use crate::derivation::{Bounds, Size};
use crate::experiment::{Experiment, Quantity};
use crate::parameters::{Level, Request};
use crate::registry::{Instance, InstanceError, Listed};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A bound against its measured need.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Theorem.
    pub theorem: &'static str,
    /// Level of the bound.
    pub level: Level,
    /// What is bounded.
    pub quantity: Quantity,
    /// The bound; none where the level cannot be instantiated.
    pub bound: Option<Size>,
    /// The bound as a number: that on the error is no whole one.
    pub value: f64,
    /// The measured need; none where the quantity cannot be varied by itself.
    pub need: Option<Need>,
    /// Level whose trials the need was measured on.
    pub measured_at: Option<Level>,
    /// What a reader must know of the need, or why there is none.
    pub note: Option<String>,
}

impl Row {
    /// bound/needed, with both ends; an end is none where the need has none.
    #[must_use]
    pub fn ratio(&self) -> Option<[Option<f64>; 3]> {
        self.need.as_ref()?.ratio(self.value)
    }
}

/// The bounds of one theorem against its needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tightness {
    /// Theorem.
    pub theorem: &'static str,
    /// Parameters of the instance.
    pub parameters: Vec<(&'static str, String)>,
    /// One row for every level and quantity.
    pub rows: Vec<Row>,
    /// Probability that all intervals are right.
    pub confidence: f64,
}

/// Why there is no tightness.
#[derive(Debug, thiserror::Error)]
pub enum TightnessError {
    /// No level can be instantiated.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// No level can be run.
    #[error("{theorem}: no level of this instance can be run, so that no need can be measured")]
    NotRun {
        /// The theorem.
        theorem: &'static str,
    },
    /// The needs cannot be measured.
    #[error(transparent)]
    Need(#[from] NeedError),
}

/// What is measured, and how surely.
pub struct Plan<'a> {
    /// Probability that every interval is right.
    pub confidence: f64,
    /// Quantities whose needs are measured; T always is.
    pub quantities: &'a [Quantity],
    /// Raised by Ctrl-C.
    pub interrupted: &'a AtomicBool,
}

/// Needs found on the trials of one level.
struct Needs {
    level: Level,
    /// In the order of [`Quantity::ALL`]: the need, or why there is none.
    found: Vec<(Quantity, Result<Need, String>)>,
}

/// Measures the needs of every level that can be run, and holds every level's bounds against them: its own where it was run,
/// else those of the last level that was.
///
/// # Errors
/// A theorem of which no level can be run; trials that cannot be run.
pub fn tightness(theorem: Listed, request: &Request, plan: &Plan<'_>) -> Result<Tightness, TightnessError> {
    let levels = levels(theorem, request)?;
    let runs = |instance: &Instance| {
        instance.in_scope() && !instance.vacuous() && !instance.bounds.too_large() && !instance.bounds.too_long()
    };
    let run: Vec<(&Instance, Arc<dyn Experiment>)> = levels
        .iter()
        .filter_map(|(_, instance)| instance.as_ref().ok())
        .filter(|instance| runs(instance))
        .filter_map(|instance| Some((instance, instance.experiment.clone()?)))
        .collect();
    let searched = plan.quantities.iter().filter(|q| **q != Quantity::Total).count().max(1);
    let error = (1.0 - plan.confidence) / (run.len().max(1) * searched) as f64;
    let mut measured = Vec::new();
    for (instance, experiment) in &run {
        let label = format!("{}, {}:", theorem.id(), instance.level);
        let study = Study {
            experiment: experiment.clone(),
            delta: instance.delta,
            error,
            label: &label,
            interrupted: plan.interrupted,
        };
        measured.push(needs(instance, &study, plan.quantities)?);
    }
    let Some(last) = measured.last() else {
        // What is wrong with the parameters is wrong at every level.
        return Err(match levels.into_iter().find_map(|(_, instance)| instance.err()) {
            Some(error) => error.into(),
            None => TightnessError::NotRun { theorem: theorem.id() },
        });
    };
    let mut rows = Vec::new();
    for (level, instance) in &levels {
        let needs = measured.iter().find(|n| n.level == *level).unwrap_or(last);
        rows.extend(needs.found.iter().map(|(quantity, need)| {
            row(theorem.id(), *level, *quantity, instance.as_ref(), need.as_ref(), needs.level)
        }));
    }
    let parameters = run.first().map(|(instance, _)| instance.parameters.clone()).unwrap_or_default();
    Ok(Tightness { theorem: theorem.id(), parameters, rows, confidence: plan.confidence })
}

/// Every level, whether or not it can be instantiated.
type Levels = Vec<(Level, Result<Instance, InstanceError>)>;

/// Every level in the theorem's order. A level that does not run the form asked for has no bound to compare.
fn levels(theorem: Listed, request: &Request) -> Result<Levels, InstanceError> {
    let refused = |level: &Level| theorem.runs(*level, request).err().map(|unused| (*level, unused));
    let refused: Vec<_> = theorem.levels().iter().filter_map(refused).collect();
    let run: Vec<Level> =
        theorem.levels().iter().copied().filter(|level| !refused.iter().any(|(other, _)| other == level)).collect();
    let built = theorem.each(request, &run)?.into_iter().map(|built| (built.level, built.instance));
    let mut all: Levels = built.chain(refused.into_iter().map(|(level, unused)| (level, Err(unused.into())))).collect();
    all.sort_by_key(|(level, _)| theorem.levels().iter().position(|known| known == level));
    Ok(all)
}

fn needs(instance: &Instance, study: &Study<'_>, quantities: &[Quantity]) -> Result<Needs, NeedError> {
    let steps = study.steps()?;
    let mut found = Vec::new();
    for &quantity in quantities {
        let most = instance.bounds.of(quantity);
        let need = match study.experiment.with(quantity, most) {
            _ if quantity == Quantity::Steps => Ok(steps.clone()),
            _ if quantity == Quantity::Total => Ok(total(&found, one_batch(&instance.bounds), &steps)),
            Err(fixed) => Err(fixed.0.to_string()),
            Ok(_) if most <= 1.0 && quantity != Quantity::Error => {
                let note = Some("a whole number of samples cannot be smaller".into());
                Ok(Need { needed: most, low: most, high: most, note })
            }
            Ok(_) => Ok(study.least(quantity, most, &steps)?),
        };
        found.push((quantity, need));
    }
    Ok(Needs { level: instance.level, found })
}

/// A bound of 0.
const NO_SAMPLES: &str = "this level takes the gradient's expectation: there are no samples";

/// A need of 0 samples.
const NONE_NEEDED: &str = "the level that was run takes the gradient's expectation: it needs no samples";

/// Whether all later steps share one batch.
fn one_batch(bounds: &Bounds) -> bool {
    bounds.total <= bounds.first_step.approximate() + bounds.per_step.approximate()
}

/// All samples, from the needs found so far: those of the first step, and those of a later step for every step. Where all later
/// steps share one batch, it counts once.
fn total(found: &[(Quantity, Result<Need, String>)], one_batch: bool, steps: &Need) -> Need {
    // A step without samples needs none.
    let need = |quantity| found.iter().find(|(q, _)| *q == quantity).and_then(|(_, need)| need.as_ref().ok());
    let end = |of: fn(&Need) -> f64| {
        let (first, each) = (need(Quantity::FirstStep).map_or(0.0, of), need(Quantity::PerStep).map_or(0.0, of));
        first + each * if one_batch { 1.0 } else { of(steps) }
    };
    let note = Some("not varied by itself: from the needs of first_step, per_step and steps".into());
    Need { needed: end(|n| n.needed), low: end(|n| n.low), high: end(|n| n.high), note }
}

fn row(
    theorem: &'static str,
    level: Level,
    quantity: Quantity,
    instance: Result<&Instance, &InstanceError>,
    need: Result<&Need, &String>,
    measured_at: Level,
) -> Row {
    let (bound, value) =
        instance.map_or((None, f64::NAN), |i| (i.bounds.size(quantity).cloned(), i.bounds.of(quantity)));
    let why = need.err();
    // Where this level takes an expectation there is nothing to hold the need of another level against.
    let none_needed = need.is_ok_and(|n| n.needed <= 0.0);
    let need = need.ok().filter(|n| value > 0.0 && n.needed > 0.0 && n.needed.is_finite());
    let note = match instance {
        Err(error) => Some(error.to_string()),
        Ok(_) if value <= 0.0 => Some(NO_SAMPLES.into()),
        Ok(_) if none_needed => Some(NONE_NEEDED.into()),
        Ok(_) => why.cloned().or_else(|| need.and_then(|n| n.note.clone())),
    };
    Row { theorem, level, quantity, bound, value, measured_at: need.map(|_| measured_at), need: need.cloned(), note }
}
