//! The second pass over a trial that took all its steps without a certificate: is its goal certainly met at none of them?
//!
//! Looks thin out along a run, and a sampled look needs a network well within the goal, so that a trial which was never seen to
//! reach the goal need not have missed it. Only a trial that certainly did counts against the theorem (docs/theory.md §6).

use super::course::{Descent, Run};
use super::outcome::{StopReason, TrialError};
use super::protocol::{Expectation, Goal, Protocol};
use crate::distributions::Support;
use crate::network::{Batch, Report, State, Workspace, forward};
use crate::statistics::ExceedanceTest;
use crate::statistics::streams::{Purpose, Stream, stream};
use crate::tolerance::UNIT_ROUNDOFF;
use nalgebra::DVector;
use rand::RngExt;
use std::sync::atomic::{AtomicBool, Ordering};

/// Operations a second pass may take: some seconds, where a trial that reaches its goal is a matter of a few steps.
pub const SECOND_PASS: f64 = 2e10;
/// Operations of one step on one sample, of one look at one sample, both for one weight.
const STEP_FLOPS: f64 = 6.0;
const LOOK_FLOPS: f64 = 2.0;
/// Points of a population in one block: what is left of it is not looked at where the blocks before suffice.
const POINTS: usize = 256;
/// Fresh samples in one block.
const SAMPLES: usize = 64;
/// Fresh samples of one network at most, in units of ln(2/error)/bound; as many as a look has that certifies the goal.
const SAMPLES_PER_UNIT: f64 = 24.0;
/// Rounding of one sample's loss relative to itself.
const ROUNDING: f64 = 1e-9;

/// What is certain of one network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Finding {
    /// It does not meet the goal.
    Unmet,
    /// It does: the population quantity, rounded up (exact evaluation only).
    Met(f64),
    /// Neither.
    Open,
}

/// What a network is held against.
enum Against {
    /// The whole population, block by block.
    Population(Vec<Batch>),
    /// Fresh samples, at this error.
    Samples(Batch, f64),
}

/// Looks at the networks of one trial for one that may meet the goal.
pub(super) struct Examiner<'a> {
    protocol: &'a Protocol,
    against: Against,
    rng: Stream,
    workspace: Workspace,
    /// Points and samples looked at.
    looked: f64,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(protocol: &'a Protocol, trial: u64) -> Self {
        let mut rng = stream(protocol.seed, trial, Purpose::Failure);
        let against = match protocol.distribution.support() {
            Some(support) => Against::Population(blocks(support, &mut rng)),
            None => {
                let block = Batch::empty(protocol.distribution.dimension(), SAMPLES);
                // Every network is tested at the whole error: the goal would have to be met at one of them, and it is
                // there that the test would have to err.
                Against::Samples(block, protocol.certification_error)
            }
        };
        Self { protocol, against, rng, workspace: Workspace::default(), looked: 0.0 }
    }

    /// Points of a look: at most, over a population; the least number of samples, elsewhere.
    fn points(&self) -> f64 {
        match &self.against {
            Against::Population(blocks) => blocks.iter().map(Batch::len).sum::<usize>() as f64,
            Against::Samples(block, _) => block.len() as f64,
        }
    }

    /// Whether `steps` steps on `batch` samples each, and a look at each of `networks`, are predicted to be within what the
    /// protocol allows a second pass; `neurons` are trained.
    pub(super) fn affords(&self, neurons: usize, batch: f64, steps: u64, networks: f64) -> bool {
        let weights = (neurons * self.protocol.distribution.dimension()) as f64;
        let predicted = weights * (steps as f64 * STEP_FLOPS * batch + networks * LOOK_FLOPS * self.points());
        predicted <= self.protocol.second_pass
    }

    /// Looks at a network.
    pub(super) fn look(&mut self, state: &State) -> Finding {
        let (protocol, workspace) = (self.protocol, &mut self.workspace);
        let (finding, points) = match &mut self.against {
            Against::Population(blocks) => exactly(protocol, state, blocks, workspace),
            Against::Samples(block, error) => sampled(protocol, state, block, *error, (&mut self.rng, workspace)),
        };
        self.looked += points;
        // Samples near the bound take more of them than were predicted.
        let weights = (state.alpha.len() * protocol.distribution.dimension()) as f64;
        if self.looked * weights * LOOK_FLOPS > protocol.second_pass { Finding::Open } else { finding }
    }
}

/// The points of a support in blocks, shuffled: wherever violations lie, the first blocks have their share of them.
fn blocks(support: &Support, rng: &mut Stream) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..support.labels.len()).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, rng.random_range(0..=last));
    }
    let block = |chosen: &[usize]| {
        let of = |values: &DVector<f64>| DVector::from_iterator(chosen.len(), chosen.iter().map(|&j| values[j]));
        Batch::new(support.points.select_columns(chosen), of(&support.labels), of(&support.weights))
    };
    order.chunks(POINTS).map(block).collect()
}

/// Sums over the population, until what is summed exceeds the bound; and how many points were looked at.
fn exactly(protocol: &Protocol, state: &State, blocks: &[Batch], workspace: &mut Workspace) -> (Finding, f64) {
    let (Goal::Loss(bound) | Goal::Error(bound)) = protocol.goal;
    let ends = |report: &Report| match protocol.goal {
        Goal::Loss(_) => {
            let rounding = report.loss_rounding(protocol.loss);
            (report.loss - rounding, report.loss + rounding)
        }
        Goal::Error(_) => (report.violations_at_least, report.violations_at_most),
    };
    // One sum of non-negative terms a block.
    let rounding = 2.0 * (blocks.len() + 2) as f64 * UNIT_ROUNDOFF;
    let (mut least, mut most, mut points) = (0.0, 0.0, 0.0);
    for block in blocks {
        let (low, high) = ends(&forward(state, block, protocol.loss, workspace));
        least += f64::max(low, 0.0);
        most += high;
        points += block.len() as f64;
        // What is left can only add to it. Written so that a NaN decides nothing.
        if least * (1.0 - rounding) > bound {
            return (Finding::Unmet, points);
        }
    }
    let most = most * (1.0 + rounding);
    (if most <= bound { Finding::Met(most) } else { Finding::Open }, points)
}

/// Whether fresh samples certify that the goal is not met, rounding counted for the goal; and how many there were.
fn sampled(
    protocol: &Protocol,
    state: &State,
    block: &mut Batch,
    error: f64,
    (rng, workspace): (&mut Stream, &mut Workspace),
) -> (Finding, f64) {
    let (Goal::Loss(bound) | Goal::Error(bound)) = protocol.goal;
    if error <= 0.0 {
        return (Finding::Open, 0.0);
    }
    let mut test = ExceedanceTest::new(bound);
    let most = SAMPLES_PER_UNIT * (2.0 / error).ln() / bound;
    let mut drawn = 0.0;
    while drawn < most {
        block.redraw(&*protocol.distribution, rng);
        let report = forward(state, block, protocol.loss, workspace);
        let rounding = report.output_rounding;
        for margin in workspace.margins() {
            test.push(match protocol.goal {
                Goal::Error(_) => f64::from(u8::from(margin + rounding < 1.0)),
                Goal::Loss(_) => protocol.loss.value(margin + rounding) * (1.0 - ROUNDING),
            });
        }
        drawn += block.len() as f64;
        if test.rejects(error) {
            return (Finding::Unmet, drawn);
        }
    }
    (Finding::Open, drawn)
}

/// Takes the steps of a run again from f⁽¹⁾, and looks at every network of it. `run` took all T steps without a certificate; what
/// comes back is certain, or is `run`.
pub(super) fn second_pass(
    protocol: &Protocol,
    mut state: State,
    run: Run,
    trial: u64,
    cut: &AtomicBool,
) -> Result<Run, TrialError> {
    let mut examiner = Examiner::new(protocol, trial);
    let batch = match protocol.training {
        Expectation::Batch(samples) => samples as f64,
        Expectation::Population => protocol.training_distribution.support().map_or(0.0, |s| s.labels.len() as f64),
    };
    if !examiner.affords(state.alpha.len(), batch, protocol.steps, run.moves as f64 + 1.0) {
        return Ok(run);
    }
    let mut descent = Descent::new(protocol, trial, &state)?;
    let mut moved = true;
    for step in 1..=protocol.steps {
        if cut.load(Ordering::Relaxed) {
            return Ok(Run { stop: StopReason::Cut, ..run });
        }
        // A network that no step changed was looked at before.
        match if moved { examiner.look(&state) } else { Finding::Unmet } {
            Finding::Unmet => {}
            Finding::Met(observed) => {
                return Ok(Run { stop: StopReason::Succeeded, step: Some(step), observed, ..run });
            }
            Finding::Open => return Ok(run),
        }
        if step < protocol.steps {
            let (report, _) = descent.step(&mut state, None, step);
            moved = descent.moved(&state, &report);
        }
    }
    Ok(Run { stop: StopReason::Failed, ..run })
}
