//! The course of a training from f⁽¹⁾ on, and who looks at it.

use super::certify::{Certifier, Look};
use super::outcome::{StopReason, TrialError};
use super::protocol::{Expectation, Protocol};
use crate::network::{Batch, Rates, Report, State, Workspace, descend_beside};
use crate::statistics::streams::{Purpose, Stream, stream};
use nalgebra::DVector;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A step that was taken.
#[derive(Clone, Copy)]
pub(super) struct Taken<'a> {
    /// Its number.
    pub(super) step: u64,
    /// α before it.
    pub(super) alpha: &'a DVector<f64>,
    /// What the batch showed of the network before it.
    pub(super) report: &'a Report,
    /// The batch's mean loss of the outer weights beside the network's; 0 without any.
    pub(super) beside: f64,
    /// The longest input of the batch.
    pub(super) longest: f64,
    /// Whether it changed the network.
    pub(super) moved: bool,
    /// Whether the network before it certainly did not meet the goal.
    pub(super) unmet: bool,
}

/// Who looks at a training as it goes.
pub(super) trait Watch {
    /// Before a step is taken.
    fn before(&mut self, _state: &State) {}
    /// Outer weights whose loss on the batch is to be known before the step.
    fn beside(&mut self) -> Option<&DVector<f64>> {
        None
    }
    /// After a step.
    fn step(&mut self, _state: &State, _taken: &Taken<'_>) {}
    /// At the last network of the training.
    fn end(&mut self, _state: &State, _step: u64) {}
}

/// How the training of a trial ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) stop: StopReason,
    pub(super) step: Option<u64>,
    pub(super) observed: f64,
    /// Steps that changed the network.
    pub(super) moves: u64,
}

/// The steps of a trial's training, the same whenever they are taken.
pub(super) struct Descent<'a> {
    protocol: &'a Protocol,
    rates: Rates,
    batch: Batch,
    samples: Stream,
    workspace: Workspace,
    /// α before the last step.
    alpha: DVector<f64>,
}

impl<'a> Descent<'a> {
    /// From f⁽¹⁾ on.
    pub(super) fn new(protocol: &'a Protocol, trial: u64, state: &State) -> Result<Self, TrialError> {
        Ok(Self {
            protocol,
            rates: Rates::new(protocol.alteration.step_size(protocol.eta_alpha), protocol.scales.b_tilde),
            batch: training_batch(protocol)?,
            samples: stream(protocol.seed, trial, Purpose::Training),
            workspace: Workspace::default(),
            alpha: state.alpha.clone(),
        })
    }

    /// Takes step number `step`; what the batch showed of the network before it, and the batch's mean loss of the weights beside.
    pub(super) fn step(&mut self, state: &mut State, beside: Option<&DVector<f64>>, step: u64) -> (Report, f64) {
        let protocol = self.protocol;
        if protocol.training != Expectation::Population {
            self.batch.redraw(&*protocol.training_distribution, &mut self.samples);
        }
        self.alpha.copy_from(&state.alpha);
        let seen = descend_beside(state, beside, &self.batch, protocol.loss, &self.rates, &mut self.workspace);
        protocol.alteration.later_step(step, &self.alpha, &mut state.alpha);
        seen
    }

    /// Whether the last step, of which this was the report, changed the network.
    pub(super) fn moved(&self, state: &State, report: &Report) -> bool {
        // Written so that a NaN counts as a change.
        !(report.gradient_norm_at_most <= 0.0 && self.alpha == state.alpha)
    }
}

/// Gradient descent from f⁽¹⁾ until the goal is certified, T iterates have been seen, or the run is cut.
pub(super) fn train(
    protocol: &Protocol,
    state: &mut State,
    watch: &mut impl Watch,
    trial: u64,
    cut: &AtomicBool,
) -> Result<Run, TrialError> {
    let mut workspace = Workspace::default();
    let mut certifier = Certifier::new(protocol, trial);
    let mut descent = Descent::new(protocol, trial, state)?;
    // Where the gradients are the goal's own population's, the step's pass is the look.
    let population = protocol.training == Expectation::Population
        && Arc::ptr_eq(&protocol.training_distribution, &protocol.distribution);
    let (mut moves, mut never) = (0, population);
    for step in 1..=protocol.steps {
        let ended = |stop, certifier: &Certifier<'_>| {
            let reached = stop == StopReason::Succeeded;
            Run { stop, step: reached.then_some(step), observed: certifier.observed(), moves }
        };
        if cut.load(Ordering::Relaxed) {
            return Ok(ended(StopReason::Cut, &certifier));
        }
        let looked = if population { Look::NotDue } else { certifier.look(state, step, &mut workspace) };
        if looked == Look::Reached {
            watch.end(state, step);
            return Ok(ended(StopReason::Succeeded, &certifier));
        }
        watch.before(state);
        let (report, beside) = descent.step(state, watch.beside(), step);
        let looked = if population { certifier.whole(&report) } else { looked };
        if looked == Look::Reached {
            return Ok(ended(StopReason::Succeeded, &certifier));
        }
        let unmet = looked == Look::NotReached;
        never &= unmet;
        let (alpha, longest, moved) = (&descent.alpha, descent.batch.largest_norm(), descent.moved(state, &report));
        // Where a weight overflowed too: no fall of Φ is one to infinity.
        watch.step(state, &Taken { step, alpha, report: &report, beside, longest, moved, unmet });
        if !state.is_finite() {
            return Ok(Run { observed: f64::INFINITY, ..ended(StopReason::Diverged, &certifier) });
        }
        moves += u64::from(moved);
    }
    watch.end(state, protocol.steps);
    let stop = if never { StopReason::Failed } else { StopReason::StepsExhausted };
    Ok(Run { stop, step: None, observed: certifier.observed(), moves })
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
