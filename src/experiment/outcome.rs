//! What one trial showed.

use crate::error::ParameterError;
use crate::network::FirstStepError;
use serde::{Deserialize, Deserializer, Serialize};

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
