//! # Parities with structured inputs (paper Section 4.2; docs/theory.md §5.3)
//!
//! **Statement.** φ_A is constant on a block with probability p_A each way, else uniform on {±1}^{rk}; off A the coordinates are
//! ternary noise; y = sign Σⱼ Π_{l∈Aⱼ} φ_l, r and k odd. Algorithm 1 reaches Pr[y f(x) < 1] ≤ ε within T steps with probability
//! at least 1 − δ.
//!
//! **Hypotheses.** r and k ≥ 3 odd, rk ≤ d, 0 < p_A ≤ 1/(2r), p_o ≤ ½. The explicit level with window hits needs r = 1 as well.
//!
//! **Constants.** ε, δ, κ, M, n: the user's. β, θ, m, T, b̃, σ_a: the theorem's. Every formula stands in `theorems/theory.txt`.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §5.3; level `paper`: Theorem 3.12 at the paper's
//! lemma on p, γ and B_G, reconstructed, constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms.

pub(super) mod windows;

use super::asked::POSITIVE;
use super::derivation::DerivationError;
use super::framework::{Case, Data, FeatureSet, Params, Target, explicit, params, posterior};
use super::instance::{Hypothesis, Instance, Level};
use super::options::{EVERY, EXPLICIT, PAPER, POSTERIOR, Parameter, Runs, Use, With};
use super::request::Form;
use super::special::{Lemma, SpecialCase, at_least, at_most};
use super::{Asked, InstanceError, Preset};
use crate::distributions::StructuredParity;
use crate::features::TargetNeuron;
use nalgebra::DVector;
use std::sync::Arc;

/// The theorem.
pub(super) struct Parity;

/// In forms a and b, and of several blocks, hits are those of Lemma 3.
const LEMMA_3: Use = Use::on(Level::Explicit, &[With::Form(Form::B)]);
const LOSS: With = With::Set("comparator", "loss");
const LARGE: With = With::Where("where the support cannot be enumerated", &[("d", "14")]);

impl SpecialCase for Parity {
    const ID: &'static str = "parity";
    const TITLE: &'static str = "parities of blocks whose coordinates sometimes agree";
    const SOURCE: &'static str = "paper Section 4.2; docs/theory.md §5.3";
    const PRESETS: &'static [Preset] = &[
        Preset {
            name: "one-block",
            about: "a parity of 5 of 11 coordinates",
            parameters: &[("d", "11"), ("r", "1"), ("k", "5"), ("p_a", "0.25"), ("p_o", "0.1")],
        },
        Preset {
            name: "large",
            about: "a parity of 7 of 40 coordinates",
            parameters: &[("d", "40"), ("r", "1"), ("k", "7"), ("p_a", "0.25"), ("p_o", "0.1"), ("epsilon", "0.15")],
        },
        Preset {
            name: "large-r3",
            about: "the majority of three parities of 5 among 30 coordinates",
            parameters: &[
                ("d", "30"),
                ("r", "3"),
                ("k", "5"),
                ("p_a", "0.125"),
                ("p_o", "0.05"),
                ("m", "192"),
                ("n_1", "200000"),
                ("m_factor", "200"),
                ("beta", "3"),
                ("theta_factor", "3.2"),
                ("penalty", "0.5"),
                ("fit_samples", "4096"),
                ("program_samples", "500000"),
                ("draws", "40"),
                ("pilots", "6"),
            ],
        },
        Preset {
            name: "tightness",
            about: "a parity of 3 of 7 coordinates and a sampled first step, on which needs are measured",
            parameters: &[
                ("d", "7"),
                ("r", "1"),
                ("k", "3"),
                ("p_a", "0.25"),
                ("p_o", "0.1"),
                ("m", "64"),
                ("n_1", "100"),
            ],
        },
    ];
    const KEYS: &'static [Parameter] = &[
        Parameter::new("d", "input dimension", EVERY),
        Parameter::new("r", "blocks of the parity", EVERY),
        Parameter::new("k", "coordinates of a block", EVERY),
        Parameter::new("p_a", "weight of each constant block", EVERY),
        Parameter::new("p_o", "weight of each sign of an irrelevant coordinate", EVERY),
    ];
    const USERS: params::Users = params::Users {
        bound: EVERY,
        pilot: &[LEMMA_3, POSTERIOR],
        bias: &[LEMMA_3, POSTERIOR],
        first_step: &[POSTERIOR],
        price: &[Use::on(Level::Explicit, &[With::Form(Form::B), LOSS]), Use::on(Level::Posterior, &[LOSS])],
        certified: &[
            Use::on(Level::Explicit, &[With::Form(Form::B), LOSS, LARGE]),
            Use::on(Level::Posterior, &[LOSS, LARGE]),
        ],
        limits: &[POSTERIOR],
        cones: &[LEMMA_3, POSTERIOR],
        draws: &[LEMMA_3, POSTERIOR],
        copies: &[EXPLICIT],
        slack: &[EXPLICIT],
        batch: &[EXPLICIT, POSTERIOR],
        factor: &[EXPLICIT, POSTERIOR],
        constants: &[PAPER],
    };
    const TAU: Option<&'static [Use]> = Some(EVERY);
    const RUNS: Runs = explicit::RUNS;
    const SYMBOLS: &'static [&'static str] = &["d", "r", "k", "p_a", "p_o"];

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let positive = ("greater than 0 and at most 0.5", (|x| x > 0.0 && x <= 0.5) as fn(f64) -> bool);
        let d = p.integer("d", 11, 1..=2000, "inputs lie in R^d")?.get();
        let r = p.integer("r", 1, 1..=99, "r blocks, r odd")?.get();
        let k = p.integer("k", 5, 1..=999, "blocks of k coordinates, k odd")?.get();
        let p_a = p.real("p_a", 0.25, positive, "weight of each constant block, 2 r p_a <= 1")?.get();
        let p_o = p.real("p_o", 0.1, ("from 0 to 0.5", |x| (0.0..=0.5).contains(&x)), "2 p_o <= 1")?.get();
        let law = Arc::new(StructuredParity::new(d as usize, r as usize, k as usize, p_a, p_o)?);
        let symbols = vec![("d", d as f64), ("r", r as f64), ("k", k as f64), ("p_a", p_a), ("p_o", p_o)];
        let tau = p.real("tau", 8.0, POSITIVE, "8 <= tau <= d")?.get();
        let assumptions = assumptions(tau, [d as f64, r as f64, k as f64], p_a, p_o);
        let params = Params::read(p)?;
        let data = Data::bounded(law, "structured-parity", symbols, Some("parity-support"));
        Ok(Case {
            theorem: Self::ID,
            asked: p,
            params,
            data,
            own: Vec::new(),
            parameters: Vec::new(),
            variant: Vec::new(),
            assumptions,
        })
    }

    fn features(&self, case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError> {
        let directions: Vec<DVector<f64>> = shape(case).directions();
        FeatureSet::known(&case.data, &case.params, beta, case.asked.seed(), &directions)
    }

    fn lemma(&self, _case: &Case<'_>) -> Result<Lemma, InstanceError> {
        Ok((&["lemma-parity"], Vec::new()))
    }

    fn explicit(&self, case: &Case<'_>) -> Result<Instance, InstanceError> {
        let shape = shape(case);
        let (form, _) = case.asked.run(Level::Explicit)?;
        if shape.blocks == 1 && form == Some(Form::C) {
            return windows::instance(case, &shape);
        }
        let target = shape.target();
        if shape.blocks > 1 {
            return Err(out_of_reach(case, &target).into());
        }
        let pilot = posterior::scales(&case.data, &case.params, case.asked.seed())?;
        let features = self.features(case, pilot.beta)?;
        let target = Target::known(target, &case.data, case.asked.seed());
        explicit::instance(case, pilot.beta, (&features, &target))
    }
}

/// What the paper assumes of τ, of d, r and k, and of the weights.
pub(super) fn assumptions(tau: f64, [d, r, k]: [f64; 3], p_a: f64, p_o: f64) -> Vec<Hypothesis> {
    let off = d - r * k;
    vec![
        at_least("tau >= 8", tau, 8.0),
        at_most("tau <= d", tau, d),
        at_least("k >= tau ln d, constant 1", k, tau * d.ln()),
        at_least("d >= rk + tau r ln d, constant 1", d, r * k + tau * r * d.ln()),
        at_most("p_o <= rk/(d - rk), constant 1", p_o, if off > 0.0 { r * k / off } else { f64::MAX }),
        at_least("p_a >= 1/d", p_a, 1.0 / d),
    ]
}

/// r and k, and where the blocks lie.
pub(super) struct Shape {
    pub(super) dimension: usize,
    pub(super) blocks: usize,
    pub(super) size: usize,
}

pub(super) fn shape(case: &Case<'_>) -> Shape {
    let of = |symbol| case.data.symbol(symbol) as usize;
    Shape { dimension: case.data.distribution.dimension(), blocks: of("r"), size: of("k") }
}

impl Shape {
    /// Dⱼ = 1_{Aⱼ}/sqrt k.
    fn directions(&self) -> Vec<DVector<f64>> {
        let k = self.size;
        let entry = |j: usize, l: usize| if l / k == j { 1.0 / (k as f64).sqrt() } else { 0.0 };
        (0..self.blocks).map(|j| DVector::from_fn(self.dimension, |l, _| entry(j, l))).collect()
    }

    /// f* = Σⱼ F(sⱼ), F piecewise linear through (k − 2i, (−1)^i): k + 1 neurons a block, all with negative biases (§5.3).
    pub(super) fn target(&self) -> Vec<TargetNeuron> {
        let k = self.size as i64;
        let sigma_0 = if (k - 1) / 2 % 2 == 0 { 1.0 } else { -1.0 };
        let turn = |c: i64| if (c - 1) / 2 % 2 == 0 { 2.0 * sigma_0 } else { -2.0 * sigma_0 };
        let knots: Vec<i64> = (1..k).step_by(2).collect();
        let first = sigma_0 - 2.0 * knots.iter().map(|c| turn(*c)).sum::<f64>();
        let scale = (k as f64).sqrt();
        let mut neurons = Vec::new();
        for direction in self.directions() {
            // a σ(s + c) = a sqrt k σ(⟨D,x⟩ + c/sqrt k), and the mirrored neuron with −a.
            for (c, a) in knots.iter().map(|c| (*c, turn(*c))).chain([(k, first / 2.0)]) {
                for side in [1.0, -1.0] {
                    let (bias, outer) = (-(c as f64) / scale, side * a * scale);
                    neurons.push(TargetNeuron { direction: &direction * side, bias, outer });
                }
            }
        }
        neurons
    }
}

/// Several blocks. At a bias of −β every neuron is active on a point of each block or on its negative, so that each block has a weight
/// of p_A or 2p_A in G, and f*, whose biases are negative, needs them along one. Beyond enumeration, a gradient takes a fifth of a second there, and thousands would show what Lemma 3 says at
/// once. f* has margin 1, of which hits may cost half, and Pr[hit] < 0.968ρ/(1−ρ) whatever G is.
fn out_of_reach(case: &Case<'_>, target: &[TargetNeuron]) -> DerivationError {
    let rho = 0.5 / (target.iter().map(|t| t.outer.abs()).sum::<f64>() * case.data.norm_bound);
    let least = (1.0 / case.params.delta.get()).ln() * (1.0 - rho) / (0.968 * rho);
    let why = if case.data.finite() {
        "within reach: no hit has a probability above 0, for at a negative bias every block enters every gradient"
            .into()
    } else {
        format!("within reach: Lemma 3 needs more than {least:.1e} even if every gradient is along a block")
    };
    DerivationError::Unreachable { what: "width m", why }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    /// f* on every sign pattern of its blocks: margin 1 with the right sign, and k + 1 neurons a block.
    #[test]
    fn target_is_exact() {
        for (blocks, size) in [(1, 3), (1, 5), (1, 7), (3, 3)] {
            let shape = Shape { dimension: blocks * size, blocks, size };
            let target = shape.target();
            assert_eq!(target.len(), blocks * (size + 1));
            for bits in 0..1_u64 << (blocks * size) {
                let x: Vec<f64> = (0..blocks * size).map(|l| if bits >> l & 1 == 0 { 1.0 } else { -1.0 }).collect();
                let products: f64 = x.chunks(size).map(|block| block.iter().product::<f64>()).sum();
                let along = |d: &nalgebra::DVector<f64>| d.iter().zip(&x).map(|(d, x)| d * x).sum::<f64>();
                let f: f64 = target.iter().map(|t| t.outer * (along(&t.direction) - t.bias).max(0.0)).sum();
                assert!((f - products).abs() < 1e-9, "r = {blocks}, k = {size}, {x:?}: {f}");
            }
        }
    }
}
