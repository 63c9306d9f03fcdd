//! The pilot: runs up to the first step, on streams no trial draws from, that show what the comparator's numbers will be.

use super::shares::{LEAST_OMEGA, training_share};
use super::{Data, Params};
use crate::derivation::rounded;
use crate::derivation::sizes::Losses;
use crate::experiment::{Demand, Given, Numbers, Program, TicketRule};
use crate::network::{GradientSource, Initialisation, Loss, Scales, first_step};
use crate::registry::InstanceError;
use crate::statistics::streams::{Purpose, stream};
use rayon::prelude::*;
use std::sync::Arc;

/// Trial numbers of the pilot's streams: far beyond those of any trial.
const PILOT_TRIALS: u64 = 1 << 40;
/// Runs of a comparison of first steps, and of the final pilot.
const SCOUTS: u64 = 2;
/// The limits of the event `comparator` exceed the pilot's largest numbers by these factors.
const ROOM_PHI: f64 = 1.3;
const ROOM: f64 = 1.2;
/// β in units of sqrt(B_x2), θ in units of 1/(‖G‖B_op), prices of a sample's loss.
const BETAS: [f64; 2] = [1.0, 3.0];
const THETAS: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
const PENALTIES: [f64; 4] = [1.0, 0.1, 0.01, 0.001];
/// α⁽¹⁾ relative to the scale of Lemma 1's outer gradient: small enough not to show in Φ₁.
pub(crate) const OUTER_SCALE: f64 = 1e-7;
/// Room for drift, relative to the margin.
pub(crate) const DRIFT_SHARE: f64 = 0.01;

/// How the first step is scaled, and what comparators it leaves room for.
pub(crate) struct Pilot {
    pub(crate) beta: f64,
    pub(crate) theta: f64,
    pub(crate) outer_scale: f64,
    pub(crate) demand: Demand,
    /// Limits of the event `comparator`.
    pub(crate) limits: Numbers,
    /// What is kept after the first step, where it is not the whole network.
    ticket: Option<Arc<dyn TicketRule>>,
}

impl Pilot {
    /// Chooses β, θ and the program by the least K₀ over a small grid, unless they are given.
    pub(crate) fn choose(data: &Data, params: &Params, share: f64, seed: u64) -> Result<Option<Self>, InstanceError> {
        let moments = data.distribution.moments();
        let betas = given(params.beta.get(), &BETAS.map(|b| data.typical_norm(b)));
        let mut scales = Vec::new();
        for beta in betas {
            let unit = 1.0 / (typical_gradient(data, params, beta, seed)? * moments.operator_norm);
            let thetas = given(params.theta_factor.get(), &THETAS).into_iter();
            scales.extend(thetas.map(|factor| (beta, rounded(factor * unit, 3, true))));
        }
        cheapest(data, params, &scales, share, None, seed)
    }

    /// The same first step, after which only a ticket is kept: chooses the program anew.
    pub(crate) fn of_ticket(
        &self,
        data: &Data,
        params: &Params,
        share: f64,
        rule: &Arc<dyn TicketRule>,
        seed: u64,
    ) -> Result<Option<Self>, InstanceError> {
        cheapest(data, params, &[(self.beta, self.theta)], share, Some(rule), seed)
    }

    /// Sets the limits of the event `comparator` by the pilot's runs.
    pub(crate) fn limited(mut self, data: &Data, params: &Params, seed: u64) -> Result<Self, InstanceError> {
        let seen = self.measure(data, params, params.pilots.get(), seed)?;
        let most = |number: fn(&Numbers) -> f64, room: f64| {
            let largest = seen.iter().flatten().map(number).fold(0.0, f64::max);
            rounded(largest * room, 4, true)
        };
        self.limits = Numbers {
            phi_1: most(|n| n.phi_1, ROOM_PHI),
            alpha_l1: most(|n| n.alpha_l1, ROOM),
            alpha_inf: most(|n| n.alpha_inf, ROOM_PHI),
            hidden_norm: most(|n| n.hidden_norm, ROOM),
            omega: most(|n| n.omega, ROOM),
        };
        Ok(self)
    }

    /// The program at the pilot's scales.
    pub(crate) fn program(&self, data: &Data, params: &Params) -> Program {
        Program {
            distribution: data.distribution.clone(),
            reach: data.reach(),
            factor: params.m_factor.get(),
            slack: DRIFT_SHARE,
            demand: self.demand,
            fit: params.fit_samples.get() as usize,
            limits: self.limits,
        }
    }

    /// The comparators' numbers in `runs` pilot runs.
    fn measure(
        &self,
        data: &Data,
        params: &Params,
        runs: u64,
        seed: u64,
    ) -> Result<Vec<Option<Numbers>>, InstanceError> {
        let (program, width, batch) =
            (self.program(data, params), params.width.get() as usize, params.first_batch.get());
        let slope = Loss::Hinge.slope_at_zero();
        // v⁽¹⁾ does not depend on b̃ or σ_a, and α⁽¹⁾ only through their ratio.
        let (beta, theta) = (self.beta, self.theta);
        let scales = Scales { b_tilde: 1.0, beta, theta, sigma_a: theta / (self.outer_scale * beta), slope };
        let run = |run: u64| {
            let trial = PILOT_TRIALS + run;
            let rng = |purpose| stream(seed, trial, purpose);
            let initialisation = Initialisation::draw_for(&*data.distribution, width, &mut rng(Purpose::Pilot));
            let source = match batch {
                0 => GradientSource::Population(&*data.distribution),
                samples => {
                    let rng = rng(Purpose::FirstStep);
                    GradientSource::Fresh { distribution: &*data.distribution, samples, rng }
                }
            };
            let mut after = first_step(&initialisation, &scales, source)?;
            if let Some(rule) = &self.ticket {
                let given = Given { initialisation: &initialisation, after: &after, seed, trial };
                let Some(kept) = rule.ticket(&given) else { return Ok(None) };
                after.state = after.state.restricted(&kept);
            }
            let (mut fit, mut certify) = (rng(Purpose::Fit), rng(Purpose::FitCertification));
            Ok(program.solve(&after.state, &mut fit, &mut certify).map(|(_, numbers)| numbers))
        };
        (0..runs).into_par_iter().map(run).collect()
    }
}

/// The scales and program with the least cost over a few runs; `None` where none has a comparator in all of them.
fn cheapest(
    data: &Data,
    params: &Params,
    scales: &[(f64, f64)],
    share: f64,
    ticket: Option<&Arc<dyn TicketRule>>,
    seed: u64,
) -> Result<Option<Pilot>, InstanceError> {
    let mut best = None;
    if data.finite() && params.demand.get() != Some("loss") {
        best = cheapest_of(data, params, scales, &[Demand::Margin], ticket, seed)?;
    }
    // A margin needs no certificate of its loss: where there is one, the other programs are not tried.
    if best.is_none() && params.demand.get() != Some("margin") {
        let penalties = given(params.penalty.get(), &PENALTIES).into_iter();
        // Where the support is finite the loss is enumerated.
        let samples = if data.finite() { 0 } else { params.program_samples.get() };
        let loss = |penalty| Demand::Loss { penalty, samples, error: share };
        best = cheapest_of(data, params, scales, &penalties.map(loss).collect::<Vec<_>>(), ticket, seed)?;
    }
    Ok(best)
}

fn cheapest_of(
    data: &Data,
    params: &Params,
    scales: &[(f64, f64)],
    demands: &[Demand],
    ticket: Option<&Arc<dyn TicketRule>>,
    seed: u64,
) -> Result<Option<Pilot>, InstanceError> {
    let mut best: Option<(f64, Pilot)> = None;
    for (&(beta, theta), &demand) in scales.iter().flat_map(|s| demands.iter().map(move |d| (s, d))) {
        let (limits, ticket) = (UNLIMITED, ticket.cloned());
        let candidate = Pilot { beta, theta, outer_scale: OUTER_SCALE, demand, limits, ticket };
        let seen = candidate.measure(data, params, SCOUTS, seed)?;
        let cost = seen.iter().map(|n| cost(n.as_ref(), params)).fold(0.0, f64::max);
        if cost.is_finite() && best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, candidate));
        }
    }
    Ok(best.map(|(_, pilot)| pilot))
}

/// The value given, or the grid.
fn given(value: Option<f64>, grid: &[f64]) -> Vec<f64> {
    value.map_or_else(|| grid.to_vec(), |v| vec![v])
}

const UNLIMITED: Numbers = Numbers {
    phi_1: f64::INFINITY,
    alpha_l1: f64::INFINITY,
    alpha_inf: f64::INFINITY,
    hidden_norm: f64::INFINITY,
    omega: f64::INFINITY,
};

/// About T at limits with room above these numbers; infinite where there is no comparator.
fn cost(numbers: Option<&Numbers>, params: &Params) -> f64 {
    let Some(found) = numbers else { return f64::INFINITY };
    let hidden = found.hidden_norm * ROOM;
    let losses = Losses {
        first: found.phi_1 * ROOM_PHI * (hidden / (params.m_factor.get() - 1.0)).powi(2),
        rate: params.epsilon.get(),
        omega: if found.omega > 0.0 { (found.omega * ROOM).max(LEAST_OMEGA * params.epsilon.get()) } else { 0.0 },
        range: 1.0 + DRIFT_SHARE + (found.alpha_l1 * ROOM * found.alpha_inf * ROOM_PHI).sqrt() * hidden,
    };
    losses.least_steps(params.batch.get() as f64, params.m_factor.get(), training_share(params.delta.get()))
}

/// Median length of a live neuron's gradient, taken as the first step will take it.
fn typical_gradient(data: &Data, params: &Params, beta: f64, seed: u64) -> Result<f64, InstanceError> {
    let mut rng = stream(seed, PILOT_TRIALS, Purpose::Probe);
    let mut lengths = Vec::new();
    let (scouts, samples) = (super::features::scouts(params), params.first_batch.get());
    if samples > 0 {
        let initialisation = Initialisation::draw_for(&*data.distribution, scouts, &mut rng);
        let source = GradientSource::Fresh {
            distribution: &*data.distribution,
            samples,
            rng: stream(seed, PILOT_TRIALS, Purpose::FirstStep),
        };
        let scales = Scales { b_tilde: 1.0, beta, theta: 1.0, sigma_a: 1.0, slope: Loss::Hinge.slope_at_zero() };
        let after = first_step(&initialisation, &scales, source)?;
        lengths.extend(after.gradients.column_iter().map(|g| g.norm()).filter(|g| *g > 0.0));
    } else {
        for sign in [1.0, -1.0] {
            let query = super::features::any(beta, sign, scouts);
            let found = crate::features::gradients(&*data.distribution, &query, &mut rng)?;
            lengths.extend(found.column_iter().map(|g| g.norm()).filter(|g| *g > 0.0));
        }
    }
    lengths.sort_by(f64::total_cmp);
    Ok(lengths.get(lengths.len() / 2).copied().unwrap_or(1.0))
}
