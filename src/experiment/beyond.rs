//! The network's trial, and on the same data the best that fixed features can do (docs/theory.md §5.7).
//!
//! The hidden set A of a trial is uniform among the k-subsets. The network is trained on A = {1, …, k}: its initial weights are
//! exchangeable, so that renaming the coordinates by any permutation that takes {1, …, k} to A changes nothing of its law. Fixed
//! features are drawn once for all trials, and meet A itself.

use super::outcome::{EventRecord, ObligationRecord, TrialError, TrialOutcome};
use super::protocol::Protocol;
use super::quantity::{Fixed, Quantity};
use super::trial::run_trial;
use super::trials::Experiment;
use crate::distributions::Distribution;
use crate::features::fixed::{FixedAverages, FixedContest, random_set};
use crate::features::{BallLoss, Effort};
use crate::statistics::streams::{Purpose, stream};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Name of the event that the network is ahead in this trial's A.
const GAP: &str = "gap";
/// Name of the obligation that no fixed features beat their bound.
const FIXED_LOSSES: &str = "fixed_losses";

/// The network against fixed features.
#[derive(Clone)]
pub struct BeyondKernel {
    /// The network's runs.
    pub protocol: Protocol,
    /// The fixed features, and the data they meet.
    pub contest: Arc<FixedContest>,
    /// How hard their best losses are looked for.
    pub effort: Effort,
    /// By how much the network must be ahead of every map.
    pub gap: f64,
    /// What no map beats on average over A.
    pub fixed_bound: f64,
    /// Averages found before the trials; over all sets A the bound is judged by them, over random ones they are only shown.
    pub averages: Option<FixedAverages>,
}

impl Experiment for BeyondKernel {
    fn seed(&self) -> u64 {
        self.protocol.seed
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.protocol.distribution
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        let mut outcome = run_trial(&self.protocol, trial, cut)?;
        let mut rng = stream(self.protocol.seed, trial, Purpose::HiddenSet);
        let set = random_set(self.contest.dimension(), self.contest.size(), &mut rng);
        let losses = self.contest.best_losses(&set, self.effort)?;
        let least = losses.iter().map(|l| l.dual).fold(f64::INFINITY, f64::min);
        // `observed` is the loss at the last look, rounded up, and the dual value is rounded down.
        let held = !outcome.cut() && least - outcome.observed >= self.gap;
        outcome.events.push(EventRecord { name: GAP.into(), held });
        let record =
            ObligationRecord { name: FIXED_LOSSES.into(), judged: true, violation: self.beaten(&set, &losses)? };
        // The network's own trial has a record of that name too, as of every obligation of the statement.
        match outcome.obligations.iter_mut().find(|o| o.name == FIXED_LOSSES) {
            Some(own) => *own = record,
            None => outcome.obligations.push(record),
        }
        Ok(outcome)
    }
    fn protocol(&self) -> Option<&Protocol> {
        Some(&self.protocol)
    }
    /// The network alone: what fixed features reach does not depend on its numbers.
    fn claim(&self) -> Arc<dyn Experiment> {
        self.protocol.claim()
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        self.protocol.with(quantity, value)
    }
    fn fixed_averages(&self) -> Option<(&FixedContest, &FixedAverages)> {
        Some((&self.contest, self.averages.as_ref()?))
    }
}

impl BeyondKernel {
    /// Where fixed features do better than §5.7 allows: in this A, ½(1 − B‖Ψ̂(A)‖), or on average over all of them.
    fn beaten(&self, set: &[usize], losses: &[BallLoss]) -> Result<Option<String>, TrialError> {
        let bounds = self.contest.bounds(set)?;
        let names = || self.contest.entrants().map(|e| e.features.name());
        for ((name, loss), bound) in names().zip(losses).zip(bounds) {
            if loss.primal < bound {
                return Ok(Some(format!(
                    "{name} has loss {} on A = {set:?}, where none is below {bound}",
                    loss.primal
                )));
            }
        }
        let of_all = self.averages.iter().filter(|averages| averages.all).flat_map(|averages| &averages.losses);
        let average = names().zip(of_all).find(|(_, mean)| mean.primal < self.fixed_bound);
        Ok(average.map(|(name, mean)| {
            format!("{name} has loss {} on average over all A, the bound is {}", mean.primal, self.fixed_bound)
        }))
    }
}
