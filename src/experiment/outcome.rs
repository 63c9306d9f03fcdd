//! What one trial showed.

use crate::error::ParameterError;
use crate::network::FirstStepError;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an event of the initialisation or of the first step occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// Its name.
    pub name: String,
    /// Whether it occurred.
    pub held: bool,
}

/// Whether the trajectory kept a promise of the proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObligationRecord {
    /// Its name.
    pub name: String,
    /// Whether the events it assumes held, and the run came to where it is judged.
    pub judged: bool,
    /// The first violation.
    pub violation: Option<String>,
}

/// Why a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The goal was certified.
    Succeeded,
    /// The goal is certainly met at no step up to T.
    Failed,
    /// All T steps were taken, and nothing is certified either way.
    StepsExhausted,
    /// A weight overflowed: what the network of exact arithmetic would do is not known any more.
    Diverged,
    /// The run was interrupted or its budget ran out.
    Cut,
}

/// One trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialOutcome {
    /// Its number, from 0.
    pub trial: u64,
    /// Why it ended.
    pub stop: StopReason,
    /// The step at which the goal was certified.
    pub stopping_step: Option<u64>,
    /// The population quantity at the last look; infinite (null in JSON) before the first.
    #[serde(deserialize_with = "infinite_if_null")]
    pub observed: f64,
    /// The events, in the protocol's order.
    pub events: Vec<EventRecord>,
    /// The obligations, in the protocol's order.
    pub obligations: Vec<ObligationRecord>,
}

impl TrialOutcome {
    /// A trial that reached its goal at a step, or that certainly did not, unless it was cut short.
    #[must_use]
    pub fn of(trial: u64, reached: Option<u64>, observed: f64, cut: &AtomicBool) -> Self {
        let stop = match reached {
            Some(_) => StopReason::Succeeded,
            None if cut.load(Ordering::Relaxed) => StopReason::Cut,
            None => StopReason::Failed,
        };
        Self { trial, stop, stopping_step: reached, observed, events: Vec::new(), obligations: Vec::new() }
    }

    /// The same with an event, which held or did not.
    #[must_use]
    pub fn event(mut self, name: &str, held: bool) -> Self {
        self.events.push(EventRecord { name: name.into(), held });
        self
    }

    /// The same with an obligation, which was kept or broken.
    #[must_use]
    pub fn obligation(mut self, name: &str, violation: Option<String>) -> Self {
        self.obligations.push(ObligationRecord { name: name.into(), judged: true, violation });
        self
    }

    /// Whether it is certified that the goal was met at no step up to T.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.stop == StopReason::Failed
    }

    /// Whether the trial ended with neither certificate: a failure in the upper bound, a success in the lower.
    #[must_use]
    pub fn uncertified(&self) -> bool {
        matches!(self.stop, StopReason::StepsExhausted | StopReason::Diverged)
    }

    /// Whether the trial was cut short: a failure in the upper bound, a success in the lower.
    #[must_use]
    pub fn cut(&self) -> bool {
        self.stop == StopReason::Cut
    }
}

fn infinite_if_null<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(source)?.unwrap_or(f64::INFINITY))
}

/// Why a trial cannot be run at all.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrialError {
    /// The first step's gradient is not available.
    #[error("{0}")]
    FirstStep(#[from] FirstStepError),
    /// Population gradients on a distribution that cannot be enumerated.
    #[error("population gradients need a finite support that can be enumerated; {0} has none (use --gradients fresh)")]
    NoSupport(&'static str),
    /// Fixed features that do not fit the data.
    #[error("{0}")]
    FixedFeatures(#[from] ParameterError),
    /// Theorem 3.4 without its batch.
    #[error("the frozen layer is trained on one batch: give it a number of samples")]
    NoBatch,
}
