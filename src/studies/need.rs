//! The measured need of a theorem's claim: the least number at which it still holds, each with a stated confidence.
//!
//! The claim is that some t ≤ T reaches the goal with probability at least 1 − δ. T is read off the stopping steps of trials at
//! the theorem's own numbers: their (1 − δ)-quantile. Any other number is searched for with all else unchanged: at every value
//! tried, trials are run until the failure rate is known to be below 2δ (the claim holds there) or above δ/2 (it fails).
//!
//! **Guarantee.** With probability at least 1 − `error` the failure rate at `fails` is above δ/2 and that at `needed` is below
//! 2δ; a claim that held at one value and failed at a larger one could be taken for the other way round. Needs are those of
//! the harness: a goal counts as reached at the look that certifies it, and in searches within [`PATIENCE`] times the steps
//! that the theorem's own trials needed, instead of T. Both can only make a need larger, and the bound's distance smaller.

use super::bisection::{Bracket, decisions, fractions, search, whole_numbers};
use crate::experiment::{Decision, Ended, Experiment, Quantity, RunError, RunPlan, TrialOutcome, run_trials};
use crate::statistics::{Ranks, Rate};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Steps a trial of a search may take, in units of what the theorem's own trials needed.
pub const PATIENCE: f64 = 10.0;
/// Trials of a quantile, in units of the fewest that have an interval.
const QUANTILE_TRIALS: f64 = 1.25;
/// Trials after which a value that is still undecided is taken to fail.
const MOST_TRIALS: u64 = 5000;
/// How far below the bound on the error its need is searched for.
const ERROR_SPAN: f64 = 8.0;

/// A measured need. What is infinite stands as null in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The least value at which the claim was found to hold, or an estimate of it.
    #[serde(with = "infinite_as_null")]
    pub needed: f64,
    /// The need is above this value; 0 where no value was found to fail.
    pub low: f64,
    /// The need is at most this value.
    #[serde(with = "infinite_as_null")]
    pub high: f64,
    /// What a reader must know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Need {
    /// bound/needed, and its two ends; an end is none where the need has none.
    #[must_use]
    pub fn ratio(&self, bound: f64) -> Option<[Option<f64>; 3]> {
        let over = |needed: f64| {
            let ratio = bound / needed;
            (ratio.is_finite() && needed > 0.0).then_some(ratio)
        };
        let middle = over(self.needed)?;
        Some([over(self.high), Some(middle), over(self.low)])
    }

    /// Whether two measurements may be of the same need.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// JSON has no infinity.
mod infinite_as_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        value.is_finite().then_some(*value).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
    }
}

/// Stopping steps of trials at the theorem's own numbers, in increasing order; infinite where the goal was not reached.
pub struct Stopping {
    steps: Vec<f64>,
}

impl Stopping {
    /// Of these trials.
    #[must_use]
    pub fn of(mut steps: Vec<f64>) -> Self {
        steps.sort_by(f64::total_cmp);
        Self { steps }
    }

    /// In increasing order.
    #[must_use]
    pub fn steps(&self) -> &[f64] {
        &self.steps
    }

    /// A quantile, and an interval that holds it but with probability `error`.
    #[must_use]
    pub fn quantile(&self, level: f64, error: f64) -> Need {
        let trials = self.steps.len() as u64;
        let ranks = Ranks::of(trials, level, error);
        let at = |rank: u64| rank.checked_sub(1).and_then(|i| self.steps.get(i as usize)).copied();
        let middle = (trials as f64 * level).ceil() as u64;
        Need {
            needed: at(middle).unwrap_or(f64::INFINITY),
            low: at(ranks.low).unwrap_or(0.0),
            high: at(ranks.high).unwrap_or(f64::INFINITY),
            note: Some(format!("{level}-quantile of the stopping steps of {trials} trials")),
        }
    }
}

/// Why there is no need.
#[derive(Debug, thiserror::Error)]
pub enum NeedError {
    /// The trials cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Ctrl-C.
    #[error("interrupted: what was measured so far is not kept")]
    Interrupted,
}

/// A claim whose needs are measured.
pub struct Study<'a> {
    /// The theorem's experiment.
    pub experiment: Arc<dyn Experiment>,
    /// δ.
    pub delta: f64,
    /// Probability that one need is wrong.
    pub error: f64,
    /// Shown beside the progress bar.
    pub label: &'a str,
    /// Raised by Ctrl-C.
    pub interrupted: &'a AtomicBool,
}

impl Study<'_> {
    fn run(
        &self,
        experiment: &dyn Experiment,
        trials: u64,
        what: &str,
        decide: impl Fn(&[TrialOutcome]) -> Decision + Sync,
    ) -> Result<Vec<TrialOutcome>, NeedError> {
        let plan = RunPlan {
            max_trials: trials,
            deadline: None,
            journal: None,
            resume: false,
            key: String::new(),
            label: format!("{} {what}", self.label),
            progress: true,
        };
        let run = run_trials(&plan, |trial, cut| experiment.run(trial, cut), decide, self.interrupted)?;
        if run.ended == Ended::Interrupted || self.interrupted.load(Ordering::Relaxed) {
            return Err(NeedError::Interrupted);
        }
        Ok(run.outcomes)
    }

    /// T: the (1 − δ)-quantile of the stopping steps, between order statistics. A trial that does not reach the goal within T
    /// counts as infinite.
    ///
    /// # Errors
    /// Trials that cannot be run.
    pub fn steps(&self) -> Result<Need, NeedError> {
        Ok(self.stopping()?.quantile(1.0 - self.delta, self.error))
    }

    /// Stopping steps of enough trials for their (1 − δ)-quantile to have an interval.
    ///
    /// # Errors
    /// Trials that cannot be run.
    pub fn stopping(&self) -> Result<Stopping, NeedError> {
        let trials = (Ranks::least_count(1.0 - self.delta, self.error) as f64 * QUANTILE_TRIALS).ceil() as u64;
        let outcomes = self.run(&*self.experiment.claim(), trials, "steps", |_| Decision::Continue)?;
        let step = |o: &TrialOutcome| o.stopping_step.map_or(f64::INFINITY, |step| step as f64);
        Ok(Stopping::of(outcomes.iter().map(step).collect()))
    }

    /// Any other number, searched for below the theorem's: `most` is the theorem's value, `steps` what its own trials needed.
    ///
    /// # Errors
    /// Trials that cannot be run.
    pub fn least(&self, quantity: Quantity, most: f64, steps: &Need) -> Result<Need, NeedError> {
        let values: Vec<f64> = match quantity {
            Quantity::Error => fractions(most, ERROR_SPAN),
            _ => whole_numbers(most as u64).into_iter().map(|v| v as f64).collect(),
        };
        let error = self.error / f64::from(decisions(values.len()));
        let patience = (PATIENCE * steps.high).ceil();
        let mut undecided = false;
        let found: Bracket = search(values.len(), |at| {
            let value = values.get(at).copied().unwrap_or(most);
            let held = self.holds(quantity, value, patience, error)?;
            undecided |= held.is_none();
            Ok::<_, NeedError>(held.unwrap_or(false))
        })?;
        let value = |at: Option<usize>| at.and_then(|at| values.get(at).copied());
        let note = match (found.fails, found.holds) {
            (_, None) => Some(format!("the claim fails at the theorem's own value within {patience} steps")),
            (None, Some(_)) if quantity == Quantity::Error => Some(format!(
                "still met at 1/{ERROR_SPAN} of the bound, where the search ends: the ratio is at least this"
            )),
            _ if undecided => Some(format!("a value undecided after {MOST_TRIALS} trials was taken to fail")),
            _ => None,
        };
        let needed = value(found.holds).unwrap_or(f64::INFINITY);
        Ok(Need { needed, low: value(found.fails).unwrap_or(0.0), high: needed, note })
    }

    /// Whether the failure rate at a value is below 2δ (true) or above δ/2 (false); `None` where the trials do not decide.
    fn holds(&self, quantity: Quantity, value: f64, patience: f64, error: f64) -> Result<Option<bool>, NeedError> {
        let claim = self.experiment.claim();
        // The theorem's own T may be so large that a failing trial would not end.
        let own = claim.protocol().map_or(f64::INFINITY, |p| p.steps as f64);
        let varied = claim.with(quantity, value).and_then(|e| e.with(Quantity::Steps, patience.min(own)));
        let Ok(varied) = varied else { return Ok(None) };
        let (below, above) = ((2.0 * self.delta).min(0.5), self.delta / 2.0);
        let verdict = |seen: &[TrialOutcome]| {
            let events = seen.iter().filter(|o| o.stopping_step.is_none()).count() as u64;
            // Each side errs with half of the error.
            let rate = Rate { events, trials: seen.len() as u64, error: error / 2.0 };
            if rate.at_most(below, 0.0) {
                Some(true)
            } else if rate.exceeds(above) {
                Some(false)
            } else {
                None
            }
        };
        let decide = |seen: &[TrialOutcome]| if verdict(seen).is_some() { Decision::Stop } else { Decision::Continue };
        let outcomes = self.run(&*varied, MOST_TRIALS, quantity.name(), decide)?;
        Ok(verdict(&outcomes))
    }
}
