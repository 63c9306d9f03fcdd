//! The fixed side: three maps with their budgets, and their best losses on average over the hidden set A.

use super::own::Own;
use crate::decimal::{rounded_down, rounded_up};
use crate::derivation::rounded;
use crate::features::fixed::{Entrant, FixedAverages, FixedContest, FixedFeatures, ReluNetwork, random_set};
use crate::features::{BallLoss, Effort};
use crate::registry::InstanceError;
use crate::statistics::streams::{Purpose, stream};
use rayon::prelude::*;
use std::sync::Arc;

/// Number of the stream the fixed maps are drawn from, beyond those of trials, pilots and targets.
const MAPS_STREAM: u64 = 1 << 52;
/// Sets times the square of the points up to which every set is enumerated: d = 9, k = 3 takes a core-second.
const MOST_WORK: f64 = 126.0 * 262_144.0;
/// Random sets averaged over where there are more.
const RANDOM_SETS: usize = 20;

/// The maps with what the kernel is told of them.
pub(super) struct Maps {
    pub(super) contest: Arc<FixedContest>,
    /// W_k of each, rounded up.
    pub(super) weights: Vec<f64>,
}

impl Maps {
    /// Draws the maps and gives each the largest budget at which its bound is the one asked for.
    pub(super) fn draw(dimension: usize, own: &Own, seed: u64) -> Result<Self, InstanceError> {
        let network = ReluNetwork::draw(
            dimension,
            own.fixed_neurons.get() as usize,
            &mut stream(seed, MAPS_STREAM, Purpose::Pilot),
        )?;
        let maps = [
            FixedFeatures::RandomRelu { network: network.clone() },
            FixedFeatures::TangentKernel { network },
            FixedFeatures::GaussianKernel { width: (dimension as f64).sqrt() },
        ];
        let entrants = maps.into_iter().map(|features| Entrant { features, budget: 0.0 }).collect();
        let contest = FixedContest::new(dimension, own.size, entrants)?;
        let weights: Vec<f64> = contest.level_weights().into_iter().map(|w| rounded(w, 9, true)).collect();
        let (sets, bound) = (contest.all_sets().len() as f64, own.fixed_bound.get());
        // What is written is the number itself; a little less than the bound allows.
        let budget = |weight: &f64| rounded((1.0 - 2.0 * bound) * (sets / weight).sqrt() * (1.0 - 1e-9), 6, false);
        let contest = contest.with_budgets(&weights.iter().map(budget).collect::<Vec<_>>())?;
        Ok(Self { contest: Arc::new(contest), weights })
    }

    /// Trains every map on all sets A, or on random ones where there are too many.
    pub(super) fn averages(&self, seed: u64) -> Result<FixedAverages, InstanceError> {
        let (d, k) = (self.contest.dimension(), self.contest.size());
        let mut sets = self.contest.all_sets();
        let all = sets.len() as f64 * 4.0_f64.powi(d as i32) <= MOST_WORK;
        if !all {
            let mut rng = stream(seed, MAPS_STREAM, Purpose::HiddenSet);
            sets = (0..RANDOM_SETS).map(|_| random_set(d, k, &mut rng)).collect();
        }
        // Collected in order: a parallel sum would depend on the number of threads.
        let found: Result<Vec<Vec<BallLoss>>, _> =
            sets.par_iter().map(|set| self.contest.best_losses(set, Effort::default())).collect();
        let (found, n) = (found?, sets.len() as f64);
        // n additions of numbers up to 1 and a division.
        let rounding = n * f64::EPSILON;
        let mean = |i: usize| BallLoss {
            primal: found.iter().map(|l| l[i].primal).sum::<f64>() / n + rounding,
            dual: found.iter().map(|l| l[i].dual).sum::<f64>() / n - rounding,
            iterations: found.iter().map(|l| l[i].iterations).max().unwrap_or(0),
        };
        Ok(FixedAverages { losses: (0..self.weights.len()).map(mean).collect(), sets: sets.len(), all })
    }

    /// What the maps reach, in a line each.
    pub(super) fn notices(&self, averages: &FixedAverages, fixed_bound: f64) -> Vec<String> {
        let sets = averages.sets;
        let over = if averages.all { format!("all {sets}") } else { format!("{sets} random") };
        let line = |(entrant, mean): (&Entrant, &BallLoss)| {
            format!(
                "{} with norm budget {}: best hinge loss between {} and {}, averaged over {over} sets A; on average over all sets \
                 no fixed features with this budget are below {}",
                entrant.features.name(),
                entrant.budget,
                rounded_down(mean.dual),
                rounded_up(mean.primal),
                rounded_down(fixed_bound),
            )
        };
        self.contest.entrants().zip(&averages.losses).map(line).collect()
    }
}
