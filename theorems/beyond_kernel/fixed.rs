//! The fixed side: three maps with their budgets, and their best losses on average over the hidden set A.

use super::Own;
use crate::features::fixed::{Entrant, FixedContest, FixedFeatures, ReluNetwork, random_set};
use crate::features::{BallLoss, Effort};
use crate::statistics::streams::{Purpose, stream};
use crate::theorems::InstanceError;
use crate::theorems::derivation::{DerivationError, rounded};
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
    /// E‖Ψ‖², rounded up.
    pub(super) mean_squares: [f64; 3],
    /// Average best losses over the sets.
    pub(super) averages: Vec<BallLoss>,
    /// How many sets that were.
    pub(super) sets: usize,
    /// Whether these were all.
    pub(super) all: bool,
}

impl Maps {
    pub(super) fn draw(dimension: usize, own: &Own, seed: u64) -> Result<Self, InstanceError> {
        let network =
            ReluNetwork::draw(dimension, own.fixed_neurons, &mut stream(seed, MAPS_STREAM, Purpose::Pilot))?;
        let maps = [
            FixedFeatures::RandomRelu { network: network.clone() },
            FixedFeatures::TangentKernel { network },
            FixedFeatures::GaussianKernel { width: (dimension as f64).sqrt() },
        ];
        let squares = [0, 1, 2].map(|i| maps[i].mean_square(dimension).unwrap_or(f64::NAN));
        let entrant = |features: FixedFeatures| {
            let found = Entrant::with_bound(features, dimension, own.size, own.fixed_bound)?;
            // What is written is the number itself; a little less than the bound allows.
            Some(Entrant { budget: rounded(found.budget * (1.0 - 1e-9), 6, false), ..found })
        };
        let why = "a map with no features at all has no norm budget".into();
        let entrants: Option<Vec<Entrant>> = maps.into_iter().map(entrant).collect();
        let entrants = entrants.ok_or(DerivationError::Unreachable { what: "norm budget", why })?;
        let contest = FixedContest::new(dimension, own.size, entrants)?;
        let mut sets = contest.all_sets();
        let all = sets.len() as f64 * 4.0_f64.powi(dimension as i32) <= MOST_WORK;
        if !all {
            let mut rng = stream(seed, MAPS_STREAM, Purpose::HiddenSet);
            sets = (0..RANDOM_SETS).map(|_| random_set(dimension, own.size, &mut rng)).collect();
        }
        // In order: a parallel sum would depend on the number of threads.
        let losses: Result<Vec<Vec<BallLoss>>, _> =
            sets.par_iter().map(|set| contest.best_losses(set, Effort::default())).collect();
        let losses = losses?;
        let mean = |i: usize, of: fn(&BallLoss) -> f64| {
            losses.iter().map(|l| of(&l[i])).sum::<f64>() / losses.len() as f64
        };
        let average = |i| BallLoss {
            // n additions and a division of numbers up to 1.
            primal: mean(i, |l| l.primal) + losses.len() as f64 * f64::EPSILON,
            dual: mean(i, |l| l.dual) - losses.len() as f64 * f64::EPSILON,
            iterations: losses.iter().map(|l| l[i].iterations).max().unwrap_or(0),
        };
        Ok(Self {
            averages: (0..contest.entrants().count()).map(average).collect(),
            sets: sets.len(),
            all,
            mean_squares: squares.map(|s| rounded(s, 9, true)),
            contest: Arc::new(contest),
        })
    }

    /// What the maps reach, in a line each.
    pub(super) fn notices(&self, fixed_bound: f64) -> Vec<String> {
        let over = if self.all {
            format!("averaged over all {} sets A", self.sets)
        } else {
            format!("averaged over {} random sets A", self.sets)
        };
        let line = |(entrant, mean): (&Entrant, &BallLoss)| {
            format!(
                "{} with norm budget {}: the best hinge loss is between {:.4} and {:.4}, {over}; no fixed features with this budget \
                 are below {fixed_bound:.4} on average over all sets",
                entrant.features.name(),
                entrant.budget,
                mean.dual,
                mean.primal,
            )
        };
        self.contest.entrants().zip(&self.averages).map(line).collect()
    }
}
