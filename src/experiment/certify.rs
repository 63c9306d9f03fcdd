//! Whether a network meets the goal: exactly over a finite support, else by a confidence bound on fresh samples.

use super::protocol::{Goal, Protocol};
use crate::network::{Batch, Report, State, Workspace, forward};
use crate::statistics::streams::{Purpose, Stream, stream};
use crate::statistics::{EmpiricalBernstein, clopper_pearson_upper, rate_at_most};

/// Samples of one look are this many times ln(2/δ_k)/bound, so that a network at half the bound passes.
const SAMPLES_PER_UNIT: f64 = 24.0;
/// Rounding of a sample's loss relative to the largest one: 2(d + N + BLOCK + 8) · 2⁻⁵³ stays below it up to d + N = 4·10⁶.
const ROUNDING: f64 = 1e-9;
/// A population of more points than this is looked at only if this many samples do not show this multiple of the bound.
const GLANCE_FROM: usize = 4096;
const GLANCE_SAMPLES: usize = 512;
const GLANCE_FACTOR: f64 = 1.25;
/// Samples of a look at a control are this many over the bound.
const CONTROL_SAMPLES: f64 = 200.0;
/// They are drawn in blocks of this many, until the estimate is decided.
const CONTROL_BLOCK: usize = 128;
/// Samples are drawn in blocks of this many.
const BLOCK: usize = 2048;
/// Looks per step thin out: after step t the next is at t + 1 + t/EXACT_SPACING (exact) or t/SAMPLED_SPACING (sampled).
const EXACT_SPACING: u64 = 16;
const SAMPLED_SPACING: u64 = 4;

/// Outcome of a look at the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// No look at this step.
    NotDue,
    /// The goal is certified.
    Reached,
    /// The goal is certainly not met (exact evaluation only).
    NotReached,
    /// Neither is certified.
    Undecided,
}

/// Looks at the network of one trial.
pub(super) struct Certifier<'a> {
    protocol: &'a Protocol,
    population: Option<Batch>,
    rng: Stream,
    looks: u64,
    next: u64,
    observed: f64,
}

impl<'a> Certifier<'a> {
    pub(super) fn new(protocol: &'a Protocol, trial: u64) -> Self {
        let population = protocol.distribution.support().map(Batch::population);
        let rng = stream(protocol.seed, trial, Purpose::Certification);
        Self { protocol, population, rng, looks: 0, next: 1, observed: f64::INFINITY }
    }

    /// The population quantity at the last look: exact, or its upper confidence bound.
    pub(super) fn observed(&self) -> f64 {
        self.observed
    }

    /// A report on the whole population: rounding is counted against the goal where it is reached, and for it where it is not.
    pub(super) fn whole(&mut self, report: &Report) -> Look {
        let (least, bound) = match self.protocol.goal {
            Goal::Loss(bound) => {
                let rounding = report.loss_rounding(self.protocol.loss);
                self.observed = report.loss + rounding;
                (report.loss - rounding, bound)
            }
            Goal::Error(bound) => {
                self.observed = report.violations_at_most;
                (report.violations_at_least, bound)
            }
        };
        match () {
            () if self.observed <= bound => Look::Reached,
            () if least > bound => Look::NotReached,
            () => Look::Undecided,
        }
    }

    /// Looks at the network if a look is due at this step.
    pub(super) fn look(&mut self, state: &State, step: u64, workspace: &mut Workspace) -> Look {
        if step < self.next {
            return Look::NotDue;
        }
        self.looks += 1;
        let exact = self.population.is_some();
        self.next = step + 1 + step / if exact { EXACT_SPACING } else { SAMPLED_SPACING };
        if let Some(population) = self.population.take() {
            if population.len() > GLANCE_FROM && self.hopeless(state, workspace) {
                self.population = Some(population);
                return Look::Undecided;
            }
            let report = forward(state, &population, self.protocol.loss, workspace);
            self.population = Some(population);
            return self.whole(&report);
        }
        if self.sampled(state, workspace) { Look::Reached } else { Look::Undecided }
    }

    /// Looks at a control if a look is due: whether it meets the goal, judged in its favour. Where the population cannot be
    /// enumerated, an estimate within the goal is enough.
    pub(super) fn favours(&mut self, state: &State, step: u64, workspace: &mut Workspace) -> bool {
        if step < self.next {
            return false;
        }
        self.next = step + 1 + step / EXACT_SPACING;
        let (Goal::Loss(bound) | Goal::Error(bound)) = self.protocol.goal;
        let loss = self.protocol.loss;
        let of_loss = matches!(self.protocol.goal, Goal::Loss(_));
        let seen = |report: &Report| if of_loss { report.loss } else { report.violations };
        if let Some(population) = &self.population {
            return seen(&forward(state, population, loss, workspace)) <= bound;
        }
        // What is summed is not negative: the estimate is decided as soon as the sum is beyond the bound.
        let blocks = (CONTROL_SAMPLES / bound / CONTROL_BLOCK as f64).ceil();
        let mut samples = Batch::empty(self.protocol.distribution.dimension(), CONTROL_BLOCK);
        let (mut sum, mut drawn) = (0.0, 0.0);
        while drawn < blocks && sum <= bound * blocks {
            samples.redraw(&*self.protocol.distribution, &mut self.rng);
            sum += seen(&forward(state, &samples, loss, workspace));
            drawn += 1.0;
        }
        sum <= bound * blocks
    }

    /// Whether a few samples say that a look at a large population would be in vain. It certifies nothing.
    fn hopeless(&mut self, state: &State, workspace: &mut Workspace) -> bool {
        let (Goal::Loss(bound) | Goal::Error(bound)) = self.protocol.goal;
        let samples = Batch::draw(&*self.protocol.distribution, GLANCE_SAMPLES, &mut self.rng);
        let report = forward(state, &samples, self.protocol.loss, workspace);
        let seen = if matches!(self.protocol.goal, Goal::Loss(_)) { report.loss } else { report.violations };
        seen > GLANCE_FACTOR * bound
    }

    /// Look k spends δ_c/(k(k+1)) of the certification error.
    fn sampled(&mut self, state: &State, workspace: &mut Workspace) -> bool {
        let looks = self.looks as f64;
        let error = self.protocol.certification_error / (looks * (looks + 1.0));
        let (Goal::Loss(bound) | Goal::Error(bound)) = self.protocol.goal;
        let samples = (SAMPLES_PER_UNIT * (2.0 / error).ln() / bound).ceil() as usize;
        let distribution = &*self.protocol.distribution;
        let mut block = Batch::empty(distribution.dimension(), BLOCK);
        let range = state.output_bound(distribution.moments().norm_bound);
        // ℓ(z) ≤ ℓ(0) + Λ|z|, and the rounding added to every sample.
        let largest = 1.0 + self.protocol.loss.lipschitz() * range;
        let mut losses = EmpiricalBernstein::new(largest * (1.0 + ROUNDING));
        let (mut violations, mut drawn, all) = (0_u64, 0_u64, (samples.div_ceil(BLOCK) * BLOCK) as f64);
        while (drawn as usize) < samples {
            block.redraw(distribution, &mut self.rng);
            let report = forward(state, &block, self.protocol.loss, workspace);
            drawn += BLOCK as u64;
            violations += (report.violations_at_most * BLOCK as f64).round() as u64;
            // More of them only raise the bound.
            if matches!(self.protocol.goal, Goal::Error(_)) && violations as f64 > bound * all {
                self.observed = 1.0;
                return false;
            }
            if matches!(self.protocol.goal, Goal::Loss(_)) {
                let slack = report.loss_rounding(self.protocol.loss);
                for margin in workspace.margins() {
                    losses.push(self.protocol.loss.value(*margin) + slack);
                }
            }
        }
        match self.protocol.goal {
            Goal::Loss(_) => {
                self.observed = losses.upper(error);
                self.observed <= bound
            }
            Goal::Error(_) => {
                let reached = rate_at_most(violations, drawn, bound, error);
                self.observed = if reached { clopper_pearson_upper(violations, drawn, error) } else { 1.0 };
                reached
            }
        }
    }
}
