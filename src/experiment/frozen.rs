//! The trial of Theorem 3.4: the first layer is frozen after step 1, and the outer layer descends on one batch Z.
//!
//! Z may have 10⁸ samples and is never held as a matrix. On a finite support it is the exact count of every point,
//! and a pass over Z is a pass over the support. Elsewhere every pass draws the same samples again from the same stream.

use super::certify::{Certifier, Look};
use super::course::Run;
use super::failure::{Examiner, Finding};
use super::judge::Judge;
use super::outcome::{EventRecord, StopReason, TrialError, TrialOutcome};
use super::protocol::{Expectation, Goal, Protocol};
use super::quantity::{Fixed, Quantity};
use super::trial::{Begun, begin};
use super::trials::Experiment;
use crate::distributions::{Distribution, Support};
use crate::network::{Batch, GradientSource, Loss, State, Workspace, forward, outer_gradient};
use crate::statistics::streams::{Purpose, stream};
use crate::tolerance::{OBLIGATION_RELATIVE, UNIT_ROUNDOFF};
use nalgebra::DVector;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Samples are drawn again in blocks of this many.
const BLOCK: usize = 2048;

/// Theorem 3.4's experiment.
#[derive(Clone)]
pub struct FrozenLayer {
    /// Initialisation, first step, step size 1/L, T, goal, events and obligations. `training` is the size of the one batch
    /// Z; of the promises only H and the comparator's factor are read.
    pub protocol: Protocol,
    /// L ≥ Λ₂H²: the loss on Z is L-smooth in α.
    pub smoothness: f64,
    /// R: the norm of every α⁽ᵗ⁾ up to the first that does as well as α̃ on Z.
    pub norm_bound: f64,
    /// What |L_D − L̃| may be at any ‖α‖ ≤ R.
    pub generalisation: f64,
}

impl Experiment for FrozenLayer {
    fn seed(&self) -> u64 {
        self.protocol.seed
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.protocol.distribution
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        let protocol = &self.protocol;
        let start = |purpose| (protocol.seed, trial, purpose);
        let distribution = &*protocol.training_distribution;
        let first = match protocol.first_step {
            Expectation::Population => None,
            Expectation::Batch(samples) => Some(Sample::draw(distribution, samples, start(Purpose::FirstStep))),
        };
        let source = match &first {
            None => GradientSource::Population(&*protocol.distribution),
            Some(Sample::Counted(batch)) => GradientSource::Batch(batch),
            Some(Sample::Streamed { samples, start: (seed, trial, purpose), .. }) => {
                GradientSource::Fresh { distribution, samples: *samples as u64, rng: stream(*seed, *trial, *purpose) }
            }
        };
        let Begun { state, mut events, mut judge, .. } = begin(protocol, trial, source)?;
        let Expectation::Batch(samples) = protocol.training else {
            return Err(TrialError::NoBatch);
        };
        let mut training = Training {
            experiment: self,
            sample: Sample::draw(distribution, samples, start(Purpose::Training)),
            population: protocol.distribution.support().map(Batch::population),
            workspace: Workspace::default(),
            generalises: true,
            cut,
        };
        let mut run = training.run(state.clone(), &mut judge, trial);
        if run.stop == StopReason::StepsExhausted && training.population.is_none() {
            run = training.second_pass(state, run, trial);
        }
        if training.population.is_some() {
            events.push(EventRecord { name: "generalisation".into(), held: training.generalises });
        }
        let Run { stop, step: stopping_step, observed, .. } = run;
        Ok(TrialOutcome { trial, stop, stopping_step, observed, events, obligations: judge.records() })
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        Arc::new(Self { protocol: self.protocol.of_claim(), ..self.clone() })
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        Ok(Arc::new(Self { protocol: self.protocol.varied(quantity, value)?, ..self.clone() }))
    }
}

/// Independent draws from a distribution, each pass over them the same.
enum Sample<'a> {
    /// The points of a finite support, weighted by how often they came up.
    Counted(Batch),
    /// Drawn again at every pass, from the stream of this seed, trial and purpose.
    Streamed { distribution: &'a dyn Distribution, samples: usize, start: (u64, u64, Purpose) },
}

/// What one pass over a sample shows of the network.
struct Pass {
    loss: f64,
    /// Bound on the rounding error of the loss.
    rounding: f64,
    gradient: DVector<f64>,
    hidden_norm: f64,
    /// The population loss and its rounding, where the support is finite.
    population: Option<(f64, f64)>,
}

impl<'a> Sample<'a> {
    fn draw(distribution: &'a dyn Distribution, samples: usize, start: (u64, u64, Purpose)) -> Self {
        let (seed, trial, purpose) = start;
        let counts = |s: &Support| s.counts(samples as u64, &mut stream(seed, trial, purpose));
        let counted = distribution.support().and_then(|s| Some(Batch::counted(s, &counts(s)?)));
        counted.map_or(Self::Streamed { distribution, samples, start }, Self::Counted)
    }

    /// Loss and gradient on the sample; `None` if cut.
    fn pass(&self, state: &State, loss: Loss, workspace: &mut Workspace, cut: &AtomicBool) -> Option<Pass> {
        match self {
            Self::Counted(batch) => {
                let (report, gradient) = outer_gradient(state, batch, loss, workspace);
                let (rounding, hidden_norm) = (report.loss_rounding(loss), report.largest_hidden_norm);
                Some(Pass { loss: report.loss, rounding, gradient, hidden_norm, population: None })
            }
            Self::Streamed { distribution, samples, start } => {
                let (seed, trial, purpose) = *start;
                let (mut rng, mut left) = (stream(seed, trial, purpose), *samples);
                let mut block = Batch::empty(distribution.dimension(), BLOCK);
                let gradient = DVector::zeros(state.alpha.len());
                let mut pass = Pass { loss: 0.0, rounding: 0.0, gradient, hidden_norm: 0.0, population: None };
                while left > 0 {
                    if cut.load(Ordering::Relaxed) {
                        return None;
                    }
                    if left < BLOCK {
                        block = Batch::empty(distribution.dimension(), left);
                    }
                    block.redraw(*distribution, &mut rng);
                    let share = block.len() as f64 / *samples as f64;
                    let (report, gradient) = outer_gradient(state, &block, loss, workspace);
                    pass.loss += share * report.loss;
                    pass.rounding += share * report.loss_rounding(loss);
                    pass.gradient.axpy(share, &gradient, 1.0);
                    pass.hidden_norm = pass.hidden_norm.max(report.largest_hidden_norm);
                    left -= block.len();
                }
                // Each block adds one product and one sum.
                pass.rounding += 4.0 * (samples / BLOCK + 4) as f64 * UNIT_ROUNDOFF * pass.loss;
                Some(pass)
            }
        }
    }
}

/// The descent of one trial.
struct Training<'a> {
    experiment: &'a FrozenLayer,
    sample: Sample<'a>,
    population: Option<Batch>,
    workspace: Workspace,
    /// Whether |L_D − L̃| stayed within its bound wherever it was looked at.
    generalises: bool,
    cut: &'a AtomicBool,
}

impl Training<'_> {
    fn run(&mut self, mut state: State, judge: &mut Judge<'_>, trial: u64) -> Run {
        let protocol = &self.experiment.protocol;
        let step_size = protocol.alteration.step_size(protocol.eta_alpha);
        let mut certifier = Certifier::new(protocol, trial);
        let (mut observed, distance) = (f64::INFINITY, judge.distance(&state));
        let comparator = judge.target.as_ref().map(|c| State { alpha: c.weights.clone(), ..state.clone() });
        let anchor = comparator.and_then(|state| self.pass(&state));
        let mut before: Option<Pass> = None;
        let mut never = self.population.is_some();
        let ended = |stop, step, observed| Run { stop, step, observed, moves: protocol.steps };
        for step in 1..=protocol.steps {
            if let Some(before) = &before {
                state.alpha.axpy(-step_size, &before.gradient, 1.0);
            }
            if !state.is_finite() {
                return ended(StopReason::Diverged, None, f64::INFINITY);
            }
            let pass = if self.cut.load(Ordering::Relaxed) { None } else { self.pass(&state) };
            let Some(pass) = pass else { return ended(StopReason::Cut, None, observed) };
            judge.hidden_norm(f64::NAN, pass.hidden_norm, step);
            self.norm(judge, &state, anchor.as_ref(), before.as_ref(), step);
            if let Some(before) = &before {
                self.descent(judge, before, &pass, step_size, step);
                if let Some(anchor) = &anchor {
                    self.gap(judge, anchor, &pass, distance, step);
                }
            }
            let reached = if let Some((loss, rounding)) = pass.population {
                observed = loss + rounding;
                never &= matches!(protocol.goal, Goal::Loss(bound) if loss - rounding > bound);
                matches!(protocol.goal, Goal::Loss(bound) if observed <= bound)
            } else {
                let looked = certifier.look(&state, step, &mut self.workspace);
                observed = certifier.observed();
                looked == Look::Reached
            };
            if reached {
                return ended(StopReason::Succeeded, Some(step), observed);
            }
            before = Some(pass);
        }
        ended(if never { StopReason::Failed } else { StopReason::StepsExhausted }, None, observed)
    }

    /// The same descent once more, where the population is not seen with it: is the goal certainly met at no step?
    fn second_pass(&mut self, mut state: State, run: Run, trial: u64) -> Run {
        let protocol = &self.experiment.protocol;
        let Expectation::Batch(samples) = protocol.training else { return run };
        let step_size = protocol.alteration.step_size(protocol.eta_alpha);
        let mut examiner = Examiner::new(protocol, trial);
        if !examiner.affords(state.alpha.len(), samples as f64, protocol.steps, protocol.steps as f64) {
            return run;
        }
        for step in 1..=protocol.steps {
            if examiner.look(&state) != Finding::Unmet {
                return run;
            }
            if step < protocol.steps {
                let pass = self.sample.pass(&state, protocol.loss, &mut self.workspace, self.cut);
                let pass = pass.filter(|_| !self.cut.load(Ordering::Relaxed));
                let Some(pass) = pass else { return Run { stop: StopReason::Cut, ..run } };
                state.alpha.axpy(-step_size, &pass.gradient, 1.0);
            }
        }
        Run { stop: StopReason::Failed, ..run }
    }

    /// One pass over Z; over a finite support the population loss is taken with it and held against the loss on Z.
    fn pass(&mut self, state: &State) -> Option<Pass> {
        let (experiment, workspace) = (self.experiment, &mut self.workspace);
        let protocol = &experiment.protocol;
        let mut pass = self.sample.pass(state, protocol.loss, workspace, self.cut)?;
        if let Some(population) = &self.population {
            let report = forward(state, population, protocol.loss, workspace);
            let (loss, rounding) = (report.loss, report.loss_rounding(protocol.loss));
            pass.population = Some((loss, rounding));
            // The event speaks of hidden layers within H and of weights within R.
            let covered =
                pass.hidden_norm <= protocol.promises.hidden_norm && state.alpha.norm() <= experiment.norm_bound;
            let within = (loss - pass.loss).abs() - rounding - pass.rounding <= experiment.generalisation;
            self.generalises &= within || !covered;
        }
        Some(pass)
    }

    /// ‖α⁽ᵗ⁾‖ ≤ R is promised up to the first iterate that does as well as α̃ on Z, that iterate included.
    fn norm(&self, judge: &mut Judge<'_>, state: &State, anchor: Option<&Pass>, before: Option<&Pass>, step: u64) {
        let promised = match (anchor, before) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(anchor), Some(before)) => before.loss - before.rounding > anchor.loss + anchor.rounding,
        };
        let (norm, bound) = (state.alpha.norm(), self.experiment.norm_bound);
        if promised {
            judge.check("norm_bound", norm <= bound * (1.0 + OBLIGATION_RELATIVE), || {
                format!("step {step}: the outer layer has norm {norm:.6e}, the proof allows {bound:.6e}")
            });
        }
    }

    /// L̃ falls by at least ‖∇L̃‖²/2L, taken as L‖α⁽ᵗ⁺¹⁾ − α⁽ᵗ⁾‖²/2: the same at step size 1/L, and by convexity out of reach
    /// of any step size above 2/L.
    fn descent(&self, judge: &mut Judge<'_>, before: &Pass, after: &Pass, step_size: f64, step: u64) {
        let fall = self.experiment.smoothness / 2.0 * (step_size * before.gradient.norm()).powi(2);
        // The gradient's own rounding e adds at most ‖∇‖‖e‖/L, a part of the loss far below the relative slack.
        let slack = before.rounding + after.rounding + OBLIGATION_RELATIVE * before.loss;
        judge.check("descent", after.loss <= before.loss - fall + slack, || {
            let (from, to) = (before.loss, after.loss);
            format!("step {step}: the loss on the batch went from {from:.9e} to {to:.9e}, the proof claims a fall of {fall:.3e}")
        });
    }

    /// L̃(α⁽ᵗ⁾) − L̃(α̃) ≤ L‖α⁽¹⁾ − α̃‖²/2(t−1).
    fn gap(&self, judge: &mut Judge<'_>, anchor: &Pass, pass: &Pass, distance: f64, step: u64) {
        let allowed = self.experiment.smoothness * distance / (2.0 * (step as f64 - 1.0));
        let slack = anchor.rounding + pass.rounding + OBLIGATION_RELATIVE * (pass.loss + anchor.loss);
        let gap = pass.loss - anchor.loss;
        judge.check("descent", gap <= allowed * (1.0 + OBLIGATION_RELATIVE) + slack, || {
            format!("step {step}: the batch's loss is {gap:.9e} above the comparator's, the proof allows {allowed:.9e}")
        });
    }
}
