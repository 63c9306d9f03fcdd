//! What a theorem's trials are, whatever they run.

use super::outcome::{TrialError, TrialOutcome};
use super::protocol::Protocol;
use super::quantity::{Fixed, Quantity};
use crate::distributions::Distribution;
use crate::features::fixed::{FixedAverages, FixedContest};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The trials of a theorem: independent runs, each from streams of its own. `Any`, so that who knows which experiment it is can
/// alter a copy of it.
pub trait Experiment: Any + Send + Sync {
    /// Seed.
    fn seed(&self) -> u64;
    /// D.
    fn distribution(&self) -> &Arc<dyn Distribution>;
    /// Runs trial number `trial`; raising `cut` stops it early.
    ///
    /// # Errors
    /// [`TrialError`] when the distribution cannot give what the trial needs.
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError>;
    /// Algorithm 1's protocol, where the trials are runs of it.
    fn protocol(&self) -> Option<&Protocol> {
        None
    }
    /// The experiment of the claim alone: some t ≤ T reaches the goal. What the proof needs beside it is neither looked for nor
    /// judged.
    fn claim(&self) -> Arc<dyn Experiment>;
    /// The same experiment with `quantity` set to `value` (a whole number but for the error) and all else unchanged: scales and
    /// step size stay the theorem's.
    ///
    /// # Errors
    /// Why it cannot be varied by itself.
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed>;
    /// What fixed features reach on the same data, where the network is held against them.
    fn fixed_averages(&self) -> Option<(&FixedContest, &FixedAverages)> {
        None
    }
}
