//! What the proof promises of a trial, judged step by step.

use super::course::{Taken, Watch};
use super::outcome::ObligationRecord;
use super::protocol::{Decrease, HiddenNorm, Protocol, Scope};
use crate::features::Comparator;
use crate::network::{Batch, Loss, State, Workspace, drift, forward, squared_distance};
use crate::tolerance::{OBLIGATION_RELATIVE, UNIT_ROUNDOFF};
use nalgebra::DVector;

/// Identities, judged in every trial whatever the events.
const IDENTITIES: [&str; 4] = ["initial_output_zero", "lemma_1_residual", "ticket_size", "off_subspace_identity"];

/// What the proof promises of a trial, judged step by step; the first violation of each promise is kept.
pub(super) struct Judge<'a> {
    pub(super) protocol: &'a Protocol,
    /// Whether the events the promises assume all held.
    judged: bool,
    /// Mα̃, where there are hits.
    pub(super) target: Option<Comparator>,
    pub(super) initial: State,
    findings: Vec<Finding>,
    /// Whether the scope of the promises has not been left.
    promised: bool,
    next_drift: u64,
    /// Φ, and ‖Mα̃‖.
    phi: f64,
    target_norm: f64,
    /// Σ of the comparator's losses so far.
    lost: f64,
    /// α̃, where its loss on the batches is needed.
    beside: Option<Beside>,
}

/// An obligation.
struct Finding {
    name: String,
    /// Whether it was looked at.
    checked: bool,
    violation: Option<String>,
}

/// α̃, and what bounds the rounding of its outputs.
struct Beside {
    weights: DVector<f64>,
    /// Σ|α̃ᵢ| and Σ|α̃ᵢ|‖vᵢ⁽¹⁾‖.
    sizes: [f64; 2],
}

impl<'a> Judge<'a> {
    pub(super) fn new(protocol: &'a Protocol, judged: bool, comparator: Option<Comparator>, initial: &State) -> Self {
        let factor = protocol.promises.comparator_factor;
        let target = comparator.map(|c| Comparator { weights: c.weights * factor });
        let finding = |name: &String| Finding { name: name.clone(), checked: false, violation: None };
        let measured = match protocol.promises.decrease {
            Decrease::PerExcess { .. } => true,
            Decrease::PerViolation { loss, .. } => loss > 0.0,
            Decrease::PerStep(_) | Decrease::PerLoss { .. } => false,
        };
        let beside = target.as_ref().filter(|_| measured).map(|c| Beside::new(&c.weights / factor, initial));
        let mut judge = Self {
            protocol,
            judged,
            target,
            initial: initial.clone(),
            findings: protocol.obligations.iter().map(finding).collect(),
            promised: true,
            next_drift: 1,
            phi: 0.0,
            target_norm: 0.0,
            lost: 0.0,
            beside,
        };
        judge.phi = judge.distance(initial);
        judge.target_norm = judge.target.as_ref().map_or(0.0, |c| c.weights.norm());
        judge
    }

    /// Identities are judged whatever the events; nothing is that was not looked at.
    pub(super) fn records(&self) -> Vec<ObligationRecord> {
        let record = |finding: &Finding| {
            let judged = finding.checked && (self.judged || IDENTITIES.contains(&finding.name.as_str()));
            let violation = finding.violation.clone().filter(|_| judged);
            ObligationRecord { name: finding.name.clone(), judged, violation }
        };
        self.findings.iter().map(record).collect()
    }

    /// Keeps the first violation of a promise.
    pub(super) fn check(&mut self, name: &str, holds: bool, detail: impl FnOnce() -> String) {
        if let Some(finding) = self.findings.iter_mut().find(|f| f.name == name) {
            finding.checked = true;
            if !holds && finding.violation.is_none() {
                finding.violation = Some(detail());
            }
        }
    }

    /// Φ, when there is a comparator.
    pub(super) fn distance(&self, state: &State) -> f64 {
        self.target.as_ref().map_or(f64::NAN, |c| squared_distance(&state.alpha, &c.weights))
    }

    /// α̃ does as well on the first hidden layer as the proof says, where the population can be enumerated: what Φ falls by in the
    /// end. Rounding is counted for the proof.
    pub(super) fn comparator(&mut self, state: &State) {
        let promises = &self.protocol.promises;
        let (target, support) = (&self.target, self.protocol.distribution.support());
        let (Some([slack, bound]), Some(target), Some(support)) = (promises.comparator_loss, target, support) else {
            return;
        };
        let network = State { alpha: &target.weights / promises.comparator_factor, ..state.clone() };
        let (all, mut workspace) = (Batch::population(support), Workspace::default());
        let report = forward(&network, &all, Loss::Hinge, &mut workspace);
        let short = |z: &f64| (1.0 + slack - z - report.output_rounding).max(0.0);
        let loss: f64 = workspace.margins().zip(all.weights().iter()).map(|(z, w)| w * short(z)).sum();
        self.check("phi_decrease", loss <= bound * (1.0 + OBLIGATION_RELATIVE), || {
            format!("the comparator has loss {loss:.9e} at margin {:.6}, the proof allows {bound:.9e}", 1.0 + slack)
        });
    }

    fn drift(&mut self, state: &State, step: u64) {
        let (moved, bound) = (drift(state, &self.initial), self.protocol.promises.drift);
        if !moved.is_finite() {
            return;
        }
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
        if !norm.is_finite() {
            return;
        }
        self.check("hidden_norm", norm <= bound * (1.0 + OBLIGATION_RELATIVE), || {
            format!("step {step}: the hidden layer has norm {norm:.6e}, the proof allows {bound:.6e}")
        });
    }

    /// Whether the proof's bounds on drift and hidden layer still stand at this step.
    fn in_scope(&self, taken: &Taken<'_>) -> bool {
        let promises = &self.protocol.promises;
        let within = match promises.scope {
            Scope::Always => true,
            Scope::UntilGoal => taken.unmet,
            Scope::Distance(most) => self.phi <= most,
            Scope::Losses(most) => self.lost <= most,
        };
        within && taken.longest <= promises.input_norm * (1.0 + OBLIGATION_RELATIVE)
    }

    /// Φ over a step: what its two parts must be on any batch, and by how much it must fall in the theorem's constants.
    fn phi(&mut self, state: &State, taken: &Taken<'_>) {
        let Taken { step, alpha, report, beside, .. } = *taken;
        if !taken.moved && !matches!(self.protocol.promises.decrease, Decrease::PerStep(_)) {
            // Nothing violates, so that no fall is claimed, and nothing fell.
            return self.check("phi_decrease", true, String::new);
        }
        let (before, after, eta) = (self.phi, self.distance(state), self.protocol.eta_alpha);
        let slack = before.max(1.0) * self.rounding_of_distance() + 2.0 * eta * self.rounding_of_excess(taken);
        self.phi = after;
        let stride = squared_distance(alpha, &state.alpha).sqrt();
        // The theorem speaks of exact arithmetic, in which nothing overflows: what is no number any more breaks no promise.
        if ![stride, after, slack, report.gradient_norm_at_most].iter().all(|x| x.is_finite()) {
            self.promised = false;
            return;
        }
        // α⁽ᵗ⁺¹⁾ itself is rounded; it is no longer than Mα̃ and the distance to it.
        let rounding = 2.0 * UNIT_ROUNDOFF * (self.target_norm + after.sqrt());
        let longest = eta * report.gradient_norm_at_most * (1.0 + OBLIGATION_RELATIVE) + rounding;
        self.check("phi_decrease", stride <= longest, || {
            format!("step {step}: the outer layer moved by {stride:.9e}, the batch's gradient allows {longest:.9e}")
        });
        if let Some(excess) = self.excess(taken) {
            let (fall, claimed) = (before - after + stride * stride, 2.0 * eta * excess);
            self.check("phi_decrease", fall >= claimed - slack, || {
                format!("step {step}: to first order the distance fell by {fall:.9e}, convexity claims {claimed:.9e}")
            });
        }
        let claimed = match self.protocol.promises.decrease {
            Decrease::PerStep(amount) => taken.unmet.then_some(amount),
            Decrease::PerExcess { rate, step } => Some(rate * (report.loss - beside) - step),
            Decrease::PerViolation { amount, loss } => Some(amount * report.violations - loss * beside),
            Decrease::PerLoss { violation, loss } => Some(violation * report.violations + loss * report.loss),
        };
        if let Some(claimed) = claimed.filter(|_| self.promised) {
            self.check("phi_decrease", after <= before - claimed + slack, || {
                format!("step {step}: the distance went from {before:.9e} to {after:.9e}, the proof claims a fall of {claimed:.3e}")
            });
        }
    }

    /// What ⟨ĝ, α − Mα̃⟩ is at least on the batch, for the hinge (M−1)P̂ + L̂(α) − M·L̂(α̃): a violating sample adds 1 − loss to
    /// −⟨ĝ,α⟩, and at least 1 − (its loss under α̃) to −⟨ĝ,α̃⟩. Where α̃'s loss is not measured it is 0 if promised so.
    fn excess(&self, taken: &Taken<'_>) -> Option<f64> {
        let promises = &self.protocol.promises;
        let known = match promises.decrease {
            Decrease::PerStep(_) => false,
            _ => self.beside.is_some() || self.promised,
        };
        let factor = promises.comparator_factor;
        let report = taken.report;
        (known && self.protocol.loss == Loss::Hinge)
            .then_some((factor - 1.0) * report.violations + report.loss - factor * taken.beside)
    }

    /// Rounding of ‖α − α̃‖² relative to itself: two roundings a term and the summation.
    fn rounding_of_distance(&self) -> f64 {
        (self.initial.alpha.len() as f64 + 4.0) * UNIT_ROUNDOFF
    }

    /// Rounding of [`Judge::excess`], and of the gradient times the distance.
    fn rounding_of_excess(&self, taken: &Taken<'_>) -> f64 {
        let (report, factor) = (taken.report, self.protocol.promises.comparator_factor);
        let units = (self.initial.v.nrows() + self.initial.alpha.len() + 4) as f64 * UNIT_ROUNDOFF;
        // Twice the first layer it starts from covers any drift that is allowed.
        let beside = self.beside.as_ref().map_or(0.0, |b| 4.0 * units * (b.sizes[0] + b.sizes[1] * taken.longest));
        let means = (factor - 1.0) * report.violations + factor * taken.beside;
        let gradient = report.gradient_norm_at_most * self.phi.max(1.0).sqrt();
        report.loss_rounding(self.protocol.loss) + factor * beside + report.mean_rounding * (means + gradient)
    }
}

impl Beside {
    fn new(weights: DVector<f64>, state: &State) -> Self {
        let reach = weights.iter().zip(state.v.column_iter()).map(|(a, v)| a.abs() * v.norm()).sum();
        Self { sizes: [weights.lp_norm(1), reach], weights }
    }
}

impl Watch for Judge<'_> {
    fn beside(&mut self) -> Option<&DVector<f64>> {
        self.beside.as_ref().map(|b| &b.weights)
    }

    fn step(&mut self, state: &State, taken: &Taken<'_>) {
        self.lost += taken.beside;
        self.promised &= self.in_scope(taken);
        if self.promised {
            if taken.step >= self.next_drift {
                self.drift(state, taken.step);
                self.next_drift = taken.step + 1 + taken.step / 16;
            }
            self.hidden_norm(taken.report.expected_hidden_norm, taken.report.largest_hidden_norm, taken.step);
        }
        if self.target.is_some() {
            self.phi(state, taken);
        }
    }

    fn end(&mut self, state: &State, step: u64) {
        if self.promised {
            self.drift(state, step);
        }
    }
}
