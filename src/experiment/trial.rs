//! One trial: draw the initial weights, take the first step, train until the goal is certified, and judge what the proof
//! promises along the way.

use super::certify::Certifier;
use super::comparator::Given;
use super::course::{Run, train, training_batch};
use super::failure::second_pass;
use super::judge::Judge;
use super::outcome::{EventRecord, StopReason, TrialError, TrialOutcome};
use super::protocol::{EventTest, Expectation, Protocol};
use super::quantity::{Fixed, Quantity};
use super::trials::Experiment;
use crate::distributions::Distribution;
use crate::features::{largest_angle, leading_subspace};
use crate::network::{
    AfterFirstStep, FirstStepError, GradientSource, Initialisation, Rates, State, Workspace, descend, first_step,
};
use crate::statistics::streams::{Purpose, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl Experiment for Protocol {
    fn seed(&self) -> u64 {
        self.seed
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.distribution
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        run_trial(self, trial, cut)
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        Arc::new(self.of_claim())
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        Ok(Arc::new(self.varied(quantity, value)?))
    }
    fn protocol(&self) -> Option<&Protocol> {
        Some(self)
    }
}

/// Runs trial number `trial` of the protocol; raising `cut` stops it early.
///
/// # Errors
/// [`TrialError`] when the protocol asks for a gradient the distribution does not have.
pub fn run_trial(protocol: &Protocol, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
    let begun = begin(protocol, trial, source(protocol, trial))?;
    let Begun { state, mut events, mut judge, initialisation, after, ticket } = begun;
    let mut run = train(protocol, &mut state.clone(), &mut judge, trial, cut)?;
    if run.stop == StopReason::StepsExhausted {
        run = second_pass(protocol, state, run, trial, cut)?;
    }
    let given = Given { initialisation: &initialisation, after: &after, seed: protocol.seed, trial };
    for ((_, test), event) in protocol.events.iter().zip(&mut events) {
        let EventTest::ControlFails(number) = test else { continue };
        let failed = match &ticket {
            Some(kept) if run.stop != StopReason::Cut => control_fails(protocol, &given, kept, *number, cut)?,
            _ => Some(false),
        };
        event.held = failed.unwrap_or(false);
        if failed.is_none() {
            run = Run { stop: StopReason::Cut, step: None, ..run };
        }
    }
    Ok(TrialOutcome {
        trial,
        stop: run.stop,
        stopping_step: run.step,
        observed: run.observed,
        events,
        obligations: judge.records(),
    })
}

/// Where the gradient of a trial's first step is taken.
pub(super) fn source(protocol: &Protocol, trial: u64) -> GradientSource<'_> {
    match protocol.first_step {
        Expectation::Population => GradientSource::Population(&*protocol.distribution),
        Expectation::Batch(samples) => GradientSource::Fresh {
            distribution: &*protocol.training_distribution,
            samples: samples as u64,
            rng: stream(protocol.seed, trial, Purpose::FirstStep),
        },
    }
}

/// A trial after its first step.
pub(super) struct Begun<'a> {
    pub(super) state: State,
    pub(super) events: Vec<EventRecord>,
    pub(super) judge: Judge<'a>,
    initialisation: Initialisation,
    /// The whole network after the first step.
    after: AfterFirstStep,
    /// What is kept of it, where a ticket is.
    ticket: Option<Vec<usize>>,
}

/// Draws the initial weights and takes the first step; `source` is where its gradient is taken.
pub(super) fn begin<'a>(
    protocol: &'a Protocol,
    trial: u64,
    source: GradientSource<'_>,
) -> Result<Begun<'a>, TrialError> {
    let dimension = protocol.distribution.dimension();
    let (initialisation, after) = drawn(protocol, trial, source)?;
    let given = Given { initialisation: &initialisation, after: &after, seed: protocol.seed, trial };
    let ticket = protocol.ticket.as_ref().map(|lottery| lottery.rule.ticket(&given));
    let trained = AfterFirstStep {
        state: ticket
            .as_ref()
            .map_or_else(|| after.state.clone(), |kept| after.state.restricted(kept.as_deref().unwrap_or_default())),
        ..after.clone()
    };
    let comparator = protocol.comparator.comparator(&Given { after: &trained, ..given });
    let mean = protocol.distribution.gradient(&vec![0.0; dimension], -1.0);
    let holds = |test: &EventTest| match test {
        EventTest::Comparator => comparator.is_some(),
        EventTest::InnerNorm(bound) => initialisation.u.column_iter().all(|u| u.norm() <= *bound),
        EventTest::OuterSquares(bound) => {
            initialisation.g.iter().skip(protocol.width).map(|g| g * g).sum::<f64>() <= *bound
        }
        EventTest::AllOuterSquares(bound) => initialisation.g.norm_squared() <= *bound,
        EventTest::BatchGradient(bound) => mean.as_ref().is_some_and(|g| (&after.mean_xy - g).norm() <= *bound),
        EventTest::Subspace { basis, angle } => leading_subspace(&trained.state.v, basis.ncols())
            .is_some_and(|found| largest_angle(&found, basis) <= *angle),
        // Known once the controls have been trained; the network's own promises do not rest on them.
        EventTest::ControlFails(_) => true,
    };
    let events: Vec<EventRecord> =
        protocol.events.iter().map(|(name, test)| EventRecord { name: (*name).into(), held: holds(test) }).collect();
    // No theorem needs the plane to be recovered for what it promises of the training.
    let assumed = |test: &EventTest| !matches!(test, EventTest::Subspace { .. });
    let held = protocol.events.iter().zip(&events).all(|((_, test), event)| event.held || !assumed(test));
    let mut judge = Judge::new(protocol, held, comparator, &trained.state);
    judge.first_step(&initialisation, &after, trial)?;
    judge.comparator(&trained.state);
    let ticket = ticket.flatten();
    if let (Some(lottery), Some(kept)) = (&protocol.ticket, &ticket) {
        judge.ticket(lottery.size, kept);
    }
    Ok(Begun { state: trained.state, events, judge, initialisation, after, ticket })
}

/// A trial's initial weights, and the network after its first step.
pub(super) fn drawn(
    protocol: &Protocol,
    trial: u64,
    source: GradientSource<'_>,
) -> Result<(Initialisation, AfterFirstStep), FirstStepError> {
    let mut rng = stream(protocol.seed, trial, Purpose::Initialisation);
    let mut initialisation = Initialisation::draw_for(&*protocol.distribution, protocol.width, &mut rng);
    protocol.alteration.initialisation(&mut initialisation);
    let mut after = first_step(&initialisation, &protocol.scales, source)?;
    protocol.alteration.first_step(&initialisation, &mut after.state);
    Ok((initialisation, after))
}

/// Whether a control, trained on the ticket's batches with its step size, is at no look up to T within the goal; `None`
/// where it was cut.
fn control_fails(
    protocol: &Protocol,
    given: &Given<'_>,
    ticket: &[usize],
    number: usize,
    cut: &AtomicBool,
) -> Result<Option<bool>, TrialError> {
    let control = protocol.ticket.as_ref().and_then(|lottery| lottery.controls.get(number));
    let Some(control) = control else { return Ok(Some(false)) };
    let rng = |purpose| stream(given.seed, given.trial, purpose);
    let mut state = control.network(given, ticket, &mut rng(Purpose::Control));
    let rates = Rates::new(protocol.alteration.step_size(protocol.eta_alpha), protocol.scales.b_tilde);
    let (mut workspace, mut certifier) = (Workspace::default(), Certifier::new(protocol, given.trial));
    let (mut batch, mut samples) = (training_batch(protocol)?, rng(Purpose::Training));
    for step in 1..=protocol.steps {
        if cut.load(Ordering::Relaxed) {
            return Ok(None);
        }
        if certifier.favours(&state, step, &mut workspace) {
            return Ok(Some(false));
        }
        if protocol.training != Expectation::Population {
            batch.redraw(&*protocol.training_distribution, &mut samples);
        }
        descend(&mut state, &batch, protocol.loss, &rates, &mut workspace);
        // What overflows in f64 need not fail in exact arithmetic; the claim is that it does.
        if !state.is_finite() {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}
