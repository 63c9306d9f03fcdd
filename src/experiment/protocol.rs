//! What a trial runs: the theorem's own numbers, as plain f64 and integers.

use super::comparator::ComparatorRule;
use super::ticket::Lottery;
use crate::distributions::Distribution;
use crate::network::{Initialisation, Loss, Scales, State};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Where a gradient's expectation is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Over the population.
    Population,
    /// Over a fresh batch of this many samples.
    Batch(usize),
}

/// What a trial must reach at some step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// L_D(f⁽ᵗ⁾) ≤ bound.
    Loss(f64),
    /// Pr[y f⁽ᵗ⁾(x) < 1] ≤ bound.
    Error(f64),
}

/// How fast Φ_t = ‖α⁽ᵗ⁾ − Mα̃‖² must fall, in the constants of the theorem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decrease {
    /// Theorem A, C2 with population gradients: by at least this much at every step before which the goal is not met.
    PerStep(f64),
    /// Theorem B: by `rate` times the excess of the network's loss on the batch over α̃'s, less `step`.
    PerExcess {
        /// 2η_α.
        rate: f64,
        /// η_α²Γ².
        step: f64,
    },
    /// Theorems C1, C2, C4: by `amount` times the batch's violating fraction, at every step, less `loss` times the batch's mean of
    /// (1 − y⟨α̃,h_t⟩)₊, which is 0 where the comparator has margin 1 everywhere.
    PerViolation {
        /// Fall a violation.
        amount: f64,
        /// 2η_αM, or 0 where the comparator has margin 1 everywhere.
        loss: f64,
    },
    /// Theorem C5, population gradients: by `violation`·`Pr[y f < 1]` + `loss`·L_D(f) at every step.
    PerLoss {
        /// (M−1)²/H².
        violation: f64,
        /// 2η_α.
        loss: f64,
    },
}

/// Up to where the proof bounds the drift and the hidden layer, and with them Φ's fall in the theorem's constants. Each is
/// seen along the run; beyond it nothing is promised, and nothing judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scope {
    /// Theorems C1, C2, C5, and C4 with a margin: at every step up to T.
    Always,
    /// Theorem A: as long as the goal is not met.
    UntilGoal,
    /// Theorem B: as long as Φ is at most this, 1.5Φ₁.
    Distance(f64),
    /// Theorem C4 with a loss: as long as the batches' means of (1 − y⟨α̃,h_t⟩)₊ sum to at most this, T(1+u)ω.
    Losses(f64),
}

/// The norm of the hidden layer that the proof bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiddenNorm {
    /// sqrt Σ (E σ)² (Theorem A).
    Expected,
    /// sup ‖h(x)‖ (Theorems B, C).
    Largest,
}

/// What the proof promises of every trial in which its events hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Promises {
    /// M: Φ is the squared distance to M α̃ (1 in Theorems A, B).
    pub comparator_factor: f64,
    /// s and ω with E(1 + s − y⟨α̃,h₁⟩)₊ ≤ ω, where the fall of Φ is given in terms of the loss that α̃ turns out to have.
    pub comparator_loss: Option<[f64; 2]>,
    /// Fall of Φ.
    pub decrease: Decrease,
    /// Up to where there are promises.
    pub scope: Scope,
    /// B_x: once a longer input has been drawn, nothing is promised.
    pub input_norm: f64,
    /// ‖vᵢ⁽ᵗ⁾ − vᵢ⁽¹⁾‖ ≤ D_v.
    pub drift: f64,
    /// Which norm of the hidden layer is bounded.
    pub hidden: HiddenNorm,
    /// By what.
    pub hidden_norm: f64,
}

/// An event of the initialisation or of the first step.
#[derive(Clone, Debug, PartialEq)]
pub enum EventTest {
    /// The comparator exists: every target has its κ hits, or the program's solution is within its limits.
    Comparator,
    /// ‖uᵢ‖ ≤ bound for every neuron.
    InnerNorm(f64),
    /// Σ gᵢ² ≤ bound over the pairs with negative bias.
    OuterSquares(f64),
    /// Σ gᵢ² ≤ bound over all pairs.
    AllOuterSquares(f64),
    /// ‖Ĝ − `E[yx]`‖ ≤ bound.
    BatchGradient(f64),
    /// The leading subspace of Σv⁽¹⁾v⁽¹⁾ᵀ is within this angle of the one these orthonormal columns span.
    Subspace {
        /// The subspace the labels depend on.
        basis: DMatrix<f64>,
        /// Largest principal angle, in radians.
        angle: f64,
    },
    /// The control of this number does not meet the goal at any look up to T. Looks are judged in the control's favour: what
    /// cannot be enumerated is estimated, and an estimate within the goal counts as met.
    ControlFails(usize),
}

/// Points at which a run may be altered. The theorem's own run alters nothing; planted falsehoods, ablations and controls do.
pub trait Alteration: Send + Sync {
    /// After the initial weights are drawn.
    fn initialisation(&self, _initialisation: &mut Initialisation) {}
    /// After the first step.
    fn first_step(&self, _initialisation: &Initialisation, _state: &mut State) {}
    /// Step size of a later step.
    fn step_size(&self, eta_alpha: f64) -> f64 {
        eta_alpha
    }
    /// After a later step: the outer weights from which and to which it went.
    fn later_step(&self, _step: u64, _from: &DVector<f64>, _to: &mut DVector<f64>) {}
    /// Whether the mirrored half of the network negates the outer weights, as the symmetric initialisation does.
    fn mirrors(&self) -> bool {
        true
    }
}

/// The theorem's own run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faithful;
impl Alteration for Faithful {}

/// Everything a trial of Algorithm 1 needs.
#[derive(Clone)]
pub struct Protocol {
    /// D.
    pub distribution: Arc<dyn Distribution>,
    /// Distribution the training batches are drawn from; D itself, except in falsehoods.
    pub training_distribution: Arc<dyn Distribution>,
    /// ℓ.
    pub loss: Loss,
    /// m; the network has 4m neurons.
    pub width: usize,
    /// b̃, β, θ, σ_a.
    pub scales: Scales,
    /// Gradient of the first step.
    pub first_step: Expectation,
    /// Gradients of the later steps.
    pub training: Expectation,
    /// Step size in normalised coordinates.
    pub eta_alpha: f64,
    /// T.
    pub steps: u64,
    /// What must be reached.
    pub goal: Goal,
    /// What is kept of the network after the first step; everything, where there is no ticket.
    pub ticket: Option<Lottery>,
    /// How the comparator is found.
    pub comparator: Arc<dyn ComparatorRule>,
    /// Named events, in the order of the theorem's statement.
    pub events: Vec<(&'static str, EventTest)>,
    /// Names of the obligations judged, in the order of the theorem's statement.
    pub obligations: Vec<String>,
    /// The proof's promises.
    pub promises: Promises,
    /// Chance that a trial's success, or its failure, is certified wrongly from samples; 0 where the population is enumerated.
    pub certification_error: f64,
    /// Most operations, by prediction, of a second pass over a trial that took all its steps without a certificate: whether its
    /// goal is certainly met at none of them. 0 where that is not asked.
    pub second_pass: f64,
    /// Seed.
    pub seed: u64,
    /// Alterations of the run.
    pub alteration: Arc<dyn Alteration>,
}
