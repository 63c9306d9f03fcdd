//! The comparator of the posterior level: a convex program on the hidden features after the first step, and what is certified
//! of its solution without trusting the solver (docs/theory.md §4, a-posteriori level).

use super::comparator::{ComparatorRule, Given};
use crate::distributions::Distribution;
use crate::features::{Comparator, separate};
use crate::network::{Batch, Loss, Reach, State, Workspace, forward};
use crate::statistics::Wager;
use crate::statistics::streams::{Purpose, Stream, stream};
use crate::tolerance::OBLIGATION_RELATIVE;
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Rounds in which points of a large support that are violated join the program, and how many a round.
const ROUNDS: usize = 12;
const JOINING: usize = 256;
/// A margin this close to 1 is scaled up to it.
const CLOSE: f64 = 0.01;
/// Samples of a certification block.
const BLOCK: usize = 2048;

/// What a comparator must have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Demand {
    /// y⟨α̃,h₁(x)⟩ ≥ 1 + slack on the whole (finite) support.
    Margin,
    /// E(1 + slack − y⟨α̃,h₁(x)⟩)₊ ≤ ω; `penalty` is the program's price of a sample's loss, `samples` and `error` those of
    /// the certificate where the support is not finite.
    Loss {
        /// Largest multiplier of a sample in the dual program.
        penalty: f64,
        /// Fresh samples of the certificate.
        samples: u64,
        /// Chance that the certificate is wrong.
        error: f64,
    },
}

/// Numbers of a comparator that the theorem's bounds are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// ‖α⁽¹⁾ − Mα̃‖².
    pub phi_1: f64,
    /// ‖α̃‖₁.
    pub alpha_l1: f64,
    /// ‖α̃‖_∞.
    pub alpha_inf: f64,
    /// sup ‖h₁(x)‖ over the inputs of norm at most B_x.
    pub hidden_norm: f64,
    /// Upper bound on E(1 + slack − y⟨α̃,h₁(x)⟩)₊; 0 where the margin is proved.
    pub omega: f64,
}

impl Numbers {
    /// Whether each is at most the limit's.
    #[must_use]
    pub fn within(&self, limit: &Self) -> bool {
        self.phi_1 <= limit.phi_1
            && self.alpha_l1 <= limit.alpha_l1
            && self.alpha_inf <= limit.alpha_inf
            && self.hidden_norm <= limit.hidden_norm
            && self.omega <= limit.omega
    }
}

/// The program with the limits within which its solution counts as a comparator.
#[derive(Clone)]
pub struct Program {
    /// D.
    pub distribution: Arc<dyn Distribution>,
    /// How large inputs are: where the support is not finite, those beyond B_x are accounted for elsewhere.
    pub reach: Reach,
    /// M of Theorem C.
    pub factor: f64,
    /// Room for drift, relative to the margin.
    pub slack: f64,
    /// What is asked of α̃.
    pub demand: Demand,
    /// Samples the program is solved on, or of a large support those it starts from.
    pub fit: usize,
    /// Limits of the event `comparator`.
    pub limits: Numbers,
}

impl ComparatorRule for Program {
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
        let rng = |purpose| stream(given.seed, given.trial, purpose);
        let state = &given.after.state;
        let (weights, numbers) = self.solve(state, &mut rng(Purpose::Fit), &mut rng(Purpose::FitCertification))?;
        numbers.within(&self.limits).then_some(Comparator { weights })
    }
}

impl Program {
    /// Solves the program on the features of `state` and certifies the solution's numbers. Samples of `fit` are fitted to,
    /// those of `certify` only certify.
    ///
    /// # Guarantee
    /// The numbers are upper bounds up to the rounding of f64; ω, where it is sampled, with probability 1 − the demand's error.
    /// `None` where there is no live neuron, no solution, or the demand is not met.
    pub fn solve(&self, state: &State, fit: &mut Stream, certify: &mut Stream) -> Option<(DVector<f64>, Numbers)> {
        let population = self.distribution.support().map(Batch::population);
        let mut network = state.clone();
        // Many samples lie on the margin: without its room each would be short by it.
        network.alpha = self.fitted(state, population.as_ref(), fit)? * (1.0 + self.slack);
        let mut workspace = Workspace::default();
        let report = population.as_ref().map(|all| forward(&network, all, Loss::Hinge, &mut workspace));
        let omega = match (self.demand, &population, report) {
            (Demand::Margin, Some(_), Some(report)) => {
                let least = workspace.margins().copied().fold(f64::INFINITY, f64::min) - report.output_rounding;
                if !(least > 0.0 && least.is_finite()) {
                    return None;
                }
                network.alpha *= (1.0 + self.slack) / least * (1.0 + OBLIGATION_RELATIVE);
                0.0
            }
            (Demand::Margin, ..) => return None,
            (Demand::Loss { .. }, Some(all), Some(report)) => {
                let short = |z: &f64| (1.0 + self.slack - z + report.output_rounding).max(0.0);
                let sum: f64 = workspace.margins().zip(all.weights().iter()).map(|(z, w)| w * short(z)).sum();
                sum * (1.0 + OBLIGATION_RELATIVE)
            }
            (Demand::Loss { samples, error, .. }, ..) => self.sampled_loss(&network, samples, error, certify),
        };
        let largest = report.map_or_else(|| self.reach.hidden_norm(state), |r| r.largest_hidden_norm);
        let numbers = Numbers {
            phi_1: (&state.alpha - &network.alpha * self.factor).norm_squared() * (1.0 + OBLIGATION_RELATIVE),
            alpha_l1: network.alpha.lp_norm(1) * (1.0 + OBLIGATION_RELATIVE),
            alpha_inf: network.alpha.amax(),
            hidden_norm: largest * (1.0 + OBLIGATION_RELATIVE),
            omega,
        };
        Some((network.alpha, numbers))
    }

    /// The program's solution on a sample, or on the support: a large one joins point by point as it is violated.
    fn fitted(&self, state: &State, population: Option<&Batch>, rng: &mut Stream) -> Option<DVector<f64>> {
        let penalty = match self.demand {
            Demand::Margin => f64::INFINITY,
            Demand::Loss { penalty, .. } => penalty,
        };
        let drawn;
        // A price is paid by how often a point occurs: the points of a population stand for a sample of it where all are alike.
        let alike = |all: &Batch| all.weights().iter().all(|w| (w * all.len() as f64 - 1.0).abs() < 1e-9);
        let samples = match population {
            Some(all) if all.len() <= self.fit && (penalty.is_infinite() || alike(all)) => all,
            _ => {
                drawn = Batch::draw(&*self.distribution, self.fit, rng);
                &drawn
            }
        };
        let (mut hidden, mut labels) = (hidden(state, samples.points()), samples.labels().clone());
        let mut network = state.clone();
        network.alpha = separate(&hidden, &labels, penalty)?;
        let Some(all) = population.filter(|all| all.len() > self.fit && self.demand == Demand::Margin) else {
            return Some(network.alpha);
        };
        let mut workspace = Workspace::default();
        for _ in 0..ROUNDS {
            forward(&network, all, Loss::Hinge, &mut workspace);
            let mut violated: Vec<(f64, usize)> =
                workspace.margins().copied().zip(0..).filter(|(z, _)| *z < 1.0 - CLOSE).collect();
            if violated.is_empty() {
                break;
            }
            violated.sort_by(|a, b| a.0.total_cmp(&b.0));
            violated.truncate(JOINING);
            let joining: Vec<usize> = violated.into_iter().map(|(_, j)| j).collect();
            let more = self::hidden(state, &all.points().select_columns(&joining));
            let (old, added) = (hidden.ncols(), more.ncols());
            hidden = hidden.resize_horizontally(old + added, 0.0);
            hidden.columns_mut(old, added).copy_from(&more);
            labels = labels.resize_vertically(old + added, 0.0);
            labels.rows_mut(old, added).copy_from(&all.labels().select_rows(&joining));
            network.alpha = separate(&hidden, &labels, penalty)?;
        }
        Some(network.alpha)
    }

    /// Upper confidence bound on E(1 + slack − y f(x))₊ over the inputs of norm at most B_x, from fresh samples.
    fn sampled_loss(&self, network: &State, samples: u64, error: f64, rng: &mut Stream) -> f64 {
        let mut block = Batch::empty(self.distribution.dimension(), BLOCK);
        let mut workspace = Workspace::default();
        let blocks = samples.div_ceil(BLOCK as u64);
        let range = (1.0 + self.slack + self.reach.output(network)) * (1.0 + OBLIGATION_RELATIVE);
        let mut losses = Wager::new(range);
        for _ in 0..blocks {
            block.redraw(&*self.distribution, rng);
            let report = forward(network, &block, Loss::Hinge, &mut workspace);
            // A sample beyond B_x counts with the largest loss, which can only raise the bound.
            workspace.margins().for_each(|z| losses.push(1.0 + self.slack - z + report.output_rounding));
        }
        losses.upper(error)
    }
}

/// σ(⟨vᵢ,x⟩ − sᵢ), neurons × points.
#[must_use]
pub fn hidden(state: &State, points: &DMatrix<f64>) -> DMatrix<f64> {
    let mut hidden = state.v.tr_mul(points);
    for mut column in hidden.column_iter_mut() {
        column.iter_mut().zip(state.signs.iter()).for_each(|(z, s)| *z = (*z - s).max(0.0));
    }
    hidden
}
