//! The same training at b̃ = 1, where both layers move: an observation outside the theorem (docs/theory.md §6).
//!
//! Run number k has the initial weights, the first step and the batches of trial k. Everything is the theorem's (m, β, θ, η_α, the
//! batches, the goal and how it is certified) but b̃, and σ_a, which goes with b̃³ so that v⁽¹⁾ and α⁽¹⁾ are unchanged. In
//! normalised coordinates the step on v is η_α/b̃⁴: at the theorem's b̃ next to nothing, at b̃ = 1 as large as that on α. No proof
//! speaks of these runs; no verdict and no certificate depends on them.

use super::course::{Watch, train};
use super::outcome::{StopReason, TrialError};
use super::protocol::{Expectation, Protocol};
use super::trial::{drawn, source};
use crate::features::angle;
use crate::network::State;
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// b̃ of order 1.
pub const ORDINARY_B_TILDE: f64 = 1.0;
/// Most steps of a run, where T is larger: nothing says that it ever meets the bound.
pub const MAX_STEPS: u64 = 100_000;

/// The middle one of some numbers and the largest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The median, the lower one of two.
    pub median: f64,
    /// The largest.
    pub largest: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (middle, largest) = (values.len().checked_sub(1)? / 2, values.len() - 1);
        Some(Self { median: values[middle], largest: values[largest] })
    }
}

/// What the runs at another b̃ showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// b̃ of the runs.
    pub b_tilde: f64,
    /// b̃ of the theorem.
    pub theorem_b_tilde: f64,
    /// σ_a of the runs.
    pub sigma_a: f64,
    /// η_α of the runs and of the theorem.
    pub eta_alpha: f64,
    /// η_α/b̃⁴, the runs' step on v.
    pub eta_v: f64,
    /// Most steps a run could take.
    pub max_steps: u64,
    /// How each run ended, the first of them from trial 0's initial weights.
    pub stops: Vec<StopReason>,
    /// The step at which each run's goal was certified, if it was.
    pub steps: Vec<Option<u64>>,
    /// Angles in radians between vᵢ⁽¹⁾ and vᵢ⁽ᵗ⁾, t the run's last step, over all live neurons of all runs that stayed finite
    /// and were not cut; every neuron counts the same.
    pub turned: Option<Spread>,
    /// ‖V⁽ᵗ⁾ − V⁽¹⁾‖_F/‖V⁽¹⁾‖_F over the same runs.
    pub moved: Option<Spread>,
}

impl Observation {
    /// Runs that ended like this.
    #[must_use]
    pub fn ended(&self, how: StopReason) -> u64 {
        self.stops.iter().filter(|s| **s == how).count() as u64
    }
}

/// Observes `runs` runs at b̃ = 1; raising `cut` ends them early.
///
/// # Errors
/// [`TrialError`], as in the theorem's own trials.
pub fn observe(protocol: &Protocol, runs: u64, cut: &AtomicBool) -> Result<Observation, TrialError> {
    observe_at(ORDINARY_B_TILDE, protocol, runs, cut)
}

/// The same at any b̃.
///
/// # Errors
/// [`TrialError`], as in the theorem's own trials.
pub fn observe_at(b_tilde: f64, protocol: &Protocol, runs: u64, cut: &AtomicBool) -> Result<Observation, TrialError> {
    let scales = protocol.scales.at(b_tilde);
    let ordinary = Protocol { scales, steps: protocol.steps.min(MAX_STEPS), ..protocol.clone() };
    let seen: Result<Vec<Seen>, TrialError> =
        (0..runs).into_par_iter().map(|trial| run(&ordinary, trial, cut)).collect();
    let seen = seen?;
    let whole = || seen.iter().filter(|s| !matches!(s.stop, StopReason::Diverged | StopReason::Cut));
    Ok(Observation {
        b_tilde,
        theorem_b_tilde: protocol.scales.b_tilde,
        sigma_a: scales.sigma_a,
        eta_alpha: protocol.eta_alpha,
        eta_v: protocol.eta_alpha / b_tilde.powi(4),
        max_steps: ordinary.steps,
        stops: seen.iter().map(|s| s.stop).collect(),
        steps: seen.iter().map(|s| s.step).collect(),
        turned: Spread::of(whole().flat_map(|s| s.turns.iter().copied()).collect()),
        moved: Spread::of(whole().map(|s| s.moved).filter(|m| m.is_finite()).collect()),
    })
}

/// One run.
struct Seen {
    stop: StopReason,
    step: Option<u64>,
    turns: Vec<f64>,
    moved: f64,
}

fn run(protocol: &Protocol, trial: u64, cut: &AtomicBool) -> Result<Seen, TrialError> {
    let mut state = drawn(protocol, trial, source(protocol, trial))?.1.state;
    let first = state.v.clone();
    let population = protocol.training == Expectation::Population;
    let mut last = Last(population.then(|| first.clone()));
    let ended = train(protocol, &mut state, &mut last, trial, cut)?;
    // A population's goal is read off the step's own pass, which leaves the next network behind.
    let v = last.0.filter(|_| ended.stop == StopReason::Succeeded).unwrap_or(state.v);
    let turns = first.column_iter().zip(v.column_iter()).filter_map(|(a, b)| angle(a, b)).collect();
    let moved = (&v - &first).norm() / first.norm();
    // No claim is made of these runs, so that a goal missed for certain is one that was not met.
    let stop = if ended.stop == StopReason::Failed { StopReason::StepsExhausted } else { ended.stop };
    Ok(Seen { stop, step: ended.step, turns, moved })
}

/// V before the last step, where it is needed.
struct Last(Option<DMatrix<f64>>);

impl Watch for Last {
    fn before(&mut self, state: &State) {
        if let Some(v) = &mut self.0 {
            v.copy_from(&state.v);
        }
    }
}
