//! What the proof promises of a trial, judged step by step.

use super::course::Watch;
use super::outcome::{Excess, ObligationRecord};
use super::protocol::{Decrease, EventTest, Expectation, HiddenNorm, Protocol};
use super::trial::TrialError;
use crate::features::Comparator;
use crate::network::{AfterFirstStep, Batch, GradientSource, Initialisation, Report, Scales, State, drift, first_step};
use crate::statistics::streams::{Purpose, stream};
use crate::tolerance::{CLOSED_FORM, LEMMA_1_UNITS, OBLIGATION_RELATIVE, UNIT_ROUNDOFF};
use nalgebra::DVector;

/// Samples on which the initial output and Lemma 1 are probed.
const PROBE_SAMPLES: usize = 16;

/// What the proof promises of a trial, judged step by step; the first violation of each promise is kept.
pub(super) struct Judge<'a> {
    protocol: &'a Protocol,
    /// Whether the events the promises assume all held.
    judged: bool,
    /// Mα̃, where there are hits.
    pub(super) target: Option<Comparator>,
    initial: State,
    violations: Vec<(String, Option<String>)>,
    pub(super) excess: Option<Excess>,
    next_drift: u64,
    /// Σ of the comparator's losses so far.
    lost: f64,
    /// α̃.
    comparator: Option<DVector<f64>>,
}

/// What is known of a step before it is taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// Φ.
    pub(super) distance: f64,
    /// Mean of (1 − y⟨α̃,h_t⟩)₊ over the batch, where the claimed fall depends on it.
    pub(super) loss: f64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(protocol: &'a Protocol, judged: bool, comparator: Option<Comparator>, initial: &State) -> Self {
        let target = comparator.map(|c| Comparator { weights: c.weights * protocol.promises.comparator_factor });
        let violations = protocol.obligations.iter().map(|name| (name.clone(), None)).collect();
        Self {
            protocol,
            judged,
            target,
            initial: initial.clone(),
            violations,
            excess: None,
            next_drift: 1,
            lost: 0.0,
            comparator: None,
        }
    }

    /// Deterministic identities of the initialisation, of Lemma 1 and of G, and the ticket's size, are judged whatever the events.
    pub(super) fn records(&self) -> Vec<ObligationRecord> {
        let always = |name: &str| {
            ["initial_output_zero", "lemma_1_residual", "ticket_size", "off_subspace_identity"].contains(&name)
        };
        let record = |(name, violation): &(String, Option<String>)| {
            let judged = self.judged || always(name);
            ObligationRecord { name: name.clone(), judged, violation: violation.clone().filter(|_| judged) }
        };
        self.violations.iter().map(record).collect()
    }

    /// Keeps the first violation of a promise.
    pub(super) fn check(&mut self, name: &str, holds: bool, detail: impl FnOnce() -> String) {
        if let Some((_, violation)) = self.violations.iter_mut().find(|(n, v)| n == name && v.is_none())
            && !holds
        {
            *violation = Some(detail());
        }
    }

    /// The ticket is as large as the bounds take it to be.
    pub(super) fn ticket(&mut self, size: usize, kept: &[usize]) {
        self.check("ticket_size", kept.len() == size, || {
            format!("the ticket keeps {} neurons, the bounds take it to keep {size}", kept.len())
        });
    }

    /// Whether the training's own event has failed, after which the proof promises nothing.
    fn unpromised(&self) -> bool {
        matches!(self.protocol.promises.decrease, Decrease::PerViolation { budget, .. } if self.lost > budget)
    }

    /// Φ, when there is a comparator.
    pub(super) fn distance(&self, state: &State) -> f64 {
        self.target.as_ref().map_or(f64::NAN, |c| (&state.alpha - &c.weights).norm_squared())
    }

    fn drift(&mut self, state: &State, step: u64) {
        if self.unpromised() {
            return;
        }
        let (moved, bound) = (drift(state, &self.initial), self.protocol.promises.drift);
        self.check("drift", moved <= bound * (1.0 + OBLIGATION_RELATIVE), || {
            format!("step {step}: a hidden neuron moved by {moved:.6e}, the proof allows {bound:.6e}")
        });
    }

    /// The norm of the hidden layer against its promised bound.
    pub(super) fn hidden_norm(&mut self, expected: f64, largest: f64, step: u64) {
        let (norm, bound) = match self.protocol.promises.hidden {
            HiddenNorm::Expected => (expected * self.protocol.loss.lipschitz(), self.protocol.promises.hidden_norm),
            HiddenNorm::Largest => (largest, self.protocol.promises.hidden_norm),
        };
        self.check("hidden_norm", norm <= bound * (1.0 + OBLIGATION_RELATIVE), || {
            format!("step {step}: the hidden layer has norm {norm:.6e}, the proof allows {bound:.6e}")
        });
    }

    /// Rounding of ‖α − α̃‖² relative to itself: two roundings a term and the summation.
    fn rounding_of_distance(&self) -> f64 {
        (self.initial.alpha.len() as f64 + 4.0) * UNIT_ROUNDOFF
    }

    /// Stein's identity on every neuron: the part of G off the subspace is along that of û, and no longer than φ(β/‖u‖) times it.
    fn off_subspace(&mut self, initialisation: &Initialisation, after: &AfterFirstStep) {
        let protocol = self.protocol;
        let subspace = protocol.events.iter().find_map(|(_, test)| match test {
            EventTest::Subspace { basis, .. } => Some(basis),
            _ => None,
        });
        let Some(basis) = subspace else { return };
        for (i, u) in initialisation.u.column_iter().enumerate() {
            // The identity is the population's: where the first step took a batch, G is computed here.
            let g = match protocol.first_step {
                Expectation::Population => Some(after.gradients.column(i).into_owned()),
                Expectation::Batch(_) => {
                    protocol.distribution.gradient(u.as_slice(), initialisation.signs[i] * protocol.scales.beta)
                }
            };
            let Some(g) = g else { continue };
            let off = |v: DVector<f64>| &v - basis * basis.tr_mul(&v);
            let (length, beta) = (u.norm(), protocol.scales.beta);
            let (found, along) = (off(g), off(u / length));
            let coefficient = found.dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE);
            let apart = (&found - &along * coefficient).norm();
            let allowed = CLOSED_FORM * (found.len() as f64).sqrt();
            self.check("off_subspace_identity", apart <= allowed, || {
                format!("neuron {i}: off the subspace G is {apart:.3e} away from the direction of u, rounding allows {allowed:.3e}")
            });
            let limit = (-0.5 * (beta / length).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let (size, limit) = (found.norm(), limit * along.norm() + allowed);
            self.check("off_subspace_identity", size <= limit, || {
                format!("neuron {i}: the part of G off the subspace has length {size:.6e}, Stein's identity allows {limit:.6e}")
            });
        }
    }

    /// The initial output is zero, and the first step is Lemma 1's: the state is θgᵢĜᵢ, and on a probe batch the closed form
    /// is the literal regularised update with λ₁ = 1/η₁.
    pub(super) fn first_step(
        &mut self,
        initialisation: &Initialisation,
        after: &AfterFirstStep,
        trial: u64,
    ) -> Result<(), TrialError> {
        let protocol = self.protocol;
        let mut rng = stream(protocol.seed, trial, Purpose::Probe);
        let probe = Batch::draw(&*protocol.distribution, PROBE_SAMPLES, &mut rng);
        // The literal update subtracts weights of size σ_a and leaves their rounding; Lemma 1 holds at any σ_a, so it is
        // probed at one where that rounding is far below the first step itself.
        let scales = Scales { sigma_a: 1.0, ..protocol.scales };
        let mut literal = initialisation.network(&scales);
        if !protocol.alteration.mirrors() {
            literal.a.iter_mut().for_each(|a| *a = a.abs());
        }
        let largest_output = literal.output(&probe).amax();
        let largest_term = literal.largest_output_term(&probe);
        let neurons = literal.a.len() as f64;
        let allowed = (neurons + probe.dimension() as f64 + 4.0) * UNIT_ROUNDOFF * neurons * largest_term;
        self.check("initial_output_zero", largest_output <= allowed, || {
            format!("the initial network has output {largest_output:.3e} on a sample, rounding allows {allowed:.3e}")
        });
        self.off_subspace(initialisation, after);
        let residual = after.residual(initialisation, &protocol.scales);
        let own = OBLIGATION_RELATIVE * self.initial.v.amax().max(self.initial.alpha.amax());
        self.check("lemma_1_residual", residual <= own, || {
            format!("the first step differs from Lemma 1's closed form by {residual:.3e}, rounding allows {own:.3e}")
        });
        let closed = first_step(initialisation, &scales, GradientSource::Batch(&probe))?;
        let eta = scales.eta_1();
        let start = literal.clone();
        literal.step(&probe, protocol.loss, eta, 1.0 / eta);
        let closed = closed.state.to_two_layer(protocol.width);
        let terms = (probe.dimension() + PROBE_SAMPLES) as f64 + neurons;
        for (what, found, exact, initial) in [
            ("inner weights", literal.w.as_slice(), closed.w.as_slice(), start.w.as_slice()),
            ("outer weights", literal.a.as_slice(), closed.a.as_slice(), start.a.as_slice()),
        ] {
            let scale = initial.iter().chain(exact).fold(0.0_f64, |m, x| m.max(x.abs()));
            let allowed = LEMMA_1_UNITS * terms * UNIT_ROUNDOFF * scale;
            let off = found.iter().zip(exact).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
            self.check("lemma_1_residual", off <= allowed, || {
                format!(
                    "{what}: the literal first update differs from Lemma 1 by {off:.3e}, rounding allows {allowed:.3e}"
                )
            });
        }
        Ok(())
    }
}

impl Watch for Judge<'_> {
    fn before(&mut self, state: &State) -> Before {
        Before { distance: self.distance(state), loss: 0.0 }
    }

    /// α̃, where the claimed fall depends on its loss.
    fn beside(&mut self) -> Option<&DVector<f64>> {
        let (Some(target), Decrease::PerViolation { loss, .. }) = (&self.target, self.protocol.promises.decrease)
        else {
            return None;
        };
        let factor = self.protocol.promises.comparator_factor;
        (loss > 0.0).then(|| &*self.comparator.get_or_insert_with(|| &target.weights / factor))
    }

    fn step(&mut self, state: &State, report: &Report, before: &Before, step: u64, not_reached: bool) {
        let lost = before.loss;
        self.lost += lost;
        if self.unpromised() {
            return;
        }
        let before = before.distance;
        let promises = self.protocol.promises.clone();
        if step >= self.next_drift {
            self.drift(state, step);
            self.next_drift = step + 1 + step / 16;
        }
        self.hidden_norm(report.expected_hidden_norm, report.largest_hidden_norm, step);
        if self.target.is_none() {
            return;
        }
        let (after, slack) = (self.distance(state), before.max(1.0) * self.rounding_of_distance());
        let claimed = match promises.decrease {
            Decrease::PerStep(amount) => Some(amount),
            Decrease::PerViolation { amount, loss, .. } => Some(amount * report.violations - loss * lost),
            Decrease::PerLoss { violation, loss } => Some(violation * report.violations + loss * report.loss),
            Decrease::InExpectation { amount, deviation } => {
                if not_reached && self.judged {
                    let excess = self.excess.get_or_insert_default();
                    excess.sum += after - before + amount;
                    excess.variance += (deviation.0 + deviation.1 * before.sqrt()).powi(2);
                }
                None
            }
        };
        if let Some(claimed) = claimed {
            self.check("phi_decrease", after <= before - claimed + slack, || {
                format!("step {step}: the distance went from {before:.9e} to {after:.9e}, the proof claims a fall of {claimed:.3e}")
            });
        }
    }

    fn end(&mut self, state: &State, step: u64) {
        self.drift(state, step);
    }
}
