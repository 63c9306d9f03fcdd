//! The course of a training from f⁽¹⁾ on, and who looks at it.

use super::certify::{Certifier, Look};
use super::judge::Before;
use super::outcome::StopReason;
use super::protocol::{Expectation, Protocol};
use super::trial::TrialError;
use crate::network::{Batch, Rates, Report, State, Workspace, descend_beside};
use crate::statistics::streams::{Purpose, stream};
use nalgebra::DVector;
use std::sync::atomic::{AtomicBool, Ordering};

/// Who looks at a training as it goes.
pub(super) trait Watch {
    /// Before a step is taken.
    fn before(&mut self, state: &State) -> Before;
    /// Outer weights whose loss on the batch is to be known before the step.
    fn beside(&mut self) -> Option<&DVector<f64>> {
        None
    }
    /// After a step; `not_reached` where the network before it certainly did not meet the goal.
    fn step(&mut self, state: &State, report: &Report, before: &Before, step: u64, not_reached: bool);
    /// At the last network of the training.
    fn end(&mut self, state: &State, step: u64);
}

/// How the training of a trial ended.
pub(super) struct Run {
    pub(super) stop: StopReason,
    pub(super) step: Option<u64>,
    pub(super) observed: f64,
}

/// Gradient descent from f⁽¹⁾ until the goal is certified, T iterates have been seen, or the run is cut.
pub(super) fn train(
    protocol: &Protocol,
    state: &mut State,
    watch: &mut impl Watch,
    trial: u64,
    cut: &AtomicBool,
) -> Result<Run, TrialError> {
    let rates = Rates::new(protocol.alteration.step_size(protocol.eta_alpha), protocol.scales.b_tilde);
    let mut workspace = Workspace::default();
    let mut certifier = Certifier::new(protocol, trial);
    let mut rng = stream(protocol.seed, trial, Purpose::Training);
    let mut batch = training_batch(protocol)?;
    let population = protocol.training == Expectation::Population;
    for step in 1..=protocol.steps {
        if cut.load(Ordering::Relaxed) {
            return Ok(Run { stop: StopReason::Cut, step: None, observed: certifier.observed() });
        }
        let looked = if population { Look::NotDue } else { certifier.look(state, step, &mut workspace) };
        if looked == Look::Reached {
            watch.end(state, step);
            return Ok(Run { stop: StopReason::Succeeded, step: Some(step), observed: certifier.observed() });
        }
        if !population {
            batch.redraw(&*protocol.training_distribution, &mut rng);
        }
        let before = watch.before(state);
        let (report, loss) = descend_beside(state, watch.beside(), &batch, protocol.loss, &rates, &mut workspace);
        let before = Before { loss, ..before };
        if population && certifier.reached(&report) {
            return Ok(Run { stop: StopReason::Succeeded, step: Some(step), observed: certifier.observed() });
        }
        if !state.is_finite() {
            return Ok(Run { stop: StopReason::Diverged, step: None, observed: f64::INFINITY });
        }
        watch.step(state, &report, &before, step, population || looked == Look::NotReached);
    }
    watch.end(state, protocol.steps);
    Ok(Run { stop: StopReason::StepsExhausted, step: None, observed: certifier.observed() })
}

/// The population, or room for a batch.
pub(super) fn training_batch(protocol: &Protocol) -> Result<Batch, TrialError> {
    Ok(match protocol.training {
        Expectation::Population => {
            let support = protocol.training_distribution.support();
            Batch::population(support.ok_or(TrialError::NoSupport(protocol.distribution.name()))?)
        }
        Expectation::Batch(samples) => Batch::empty(protocol.distribution.dimension(), samples),
    })
}
