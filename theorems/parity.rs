//! # Parities with structured inputs (paper Section 4.2; docs/theory.md §5.3)
//!
//! **Statement.** φ_A is constant on a block with probability p_A each way, else uniform on {±1}^{rk}; off A the coordinates are
//! ternary noise; y = sign Σⱼ Π_{l∈Aⱼ} φ_l, r and k odd. Algorithm 1 reaches Pr[y f(x) < 1] ≤ ε within T steps with probability
//! at least 1 − δ.
//!
//! **Hypotheses.** r and k ≥ 3 odd, rk ≤ d, 0 < p_A ≤ 1/(2r), p_o ≤ ½. The explicit level with window hits needs r = 1 as well.
//!
//! **Constants.** ε, δ, κ, M, n: the user's. β, θ, m, T, b̃, σ_a: the theorem's. Every formula stands in the theory text.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §5.3; level `paper`: Theorem 3.12 at the paper's
//! lemma on p, γ and B_G, reconstructed, constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms.

pub(super) mod shape;
pub(super) mod windows;

use crate::derivation::DerivationError;
use crate::distributions::StructuredParity;
use crate::features::TargetNeuron;
use crate::levels::special::{Lemma, SpecialCase, TAU};
use crate::levels::{Case, Data, FeatureSet, Params, Target, explicit, params, posterior};
use crate::parameters::options::Runs;
use crate::parameters::range::Range;
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use, With};
use crate::parameters::{Asked, Form, Key, Level, Parameter, Preset};
use crate::registry::{Instance, InstanceError};
use nalgebra::DVector;
use shape::{assumptions, shape};
use std::sync::Arc;

/// The theorem.
pub(super) struct Parity;

/// In forms a and b, and of several blocks, hits are those of Lemma 3.
const LEMMA_3: Use = Use::on(Level::Explicit, &[With::Form(Form::B)]);
const LOSS: With = With::Set("comparator", "loss");
const LARGE: With = With::Where("where the support cannot be enumerated", &[("d", "14")]);

const D: Key<u64> = Key::whole("d", "input dimension", 11, [1, 2000], "inputs lie in R^d").symbol("d");
pub(crate) const BLOCKS: Key<u64> = Key::whole("r", "blocks of the parity", 1, [1, 99], "r blocks, r odd").symbol("r");
pub(crate) const BLOCK_SIZE: Key<u64> =
    Key::whole("k", "coordinates of a block", 5, [1, 999], "blocks of k coordinates, k odd").symbol("k");
pub(crate) const P_A: Key<f64> = Key::real(
    "p_a",
    "weight of each constant block",
    0.25,
    Range::AT_MOST_HALF,
    "weight of each constant block, 2 r p_a <= 1",
)
.symbol("p_a");
pub(crate) const P_O: Key<f64> =
    Key::real("p_o", "weight of each sign of an irrelevant coordinate", 0.1, Range::HALF, "2 p_o <= 1").symbol("p_o");

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
    const KEYS: &'static [Parameter] =
        &[D.used(EVERY), BLOCKS.used(EVERY), BLOCK_SIZE.used(EVERY), P_A.used(EVERY), P_O.used(EVERY)];
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

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let d = p.get(&D)?.get();
        let (r, k) = (p.get(&BLOCKS)?.get(), p.get(&BLOCK_SIZE)?.get());
        let (p_a, p_o) = (p.get(&P_A)?.get(), p.get(&P_O)?.get());
        let law = Arc::new(StructuredParity::new(d as usize, r as usize, k as usize, p_a, p_o)?);
        let symbols = vec![("d", d as f64), ("r", r as f64), ("k", k as f64), ("p_a", p_a), ("p_o", p_o)];
        let tau = p.get(&TAU)?.get();
        let assumptions = assumptions(tau, [d as f64, r as f64, k as f64], p_a, p_o);
        let params = Params::read(p)?;
        let data = Data::bounded(law, "structured-parity", symbols, Some("parity-support"));
        Ok(Case { assumptions, ..Case::new(Self::ID, p, params, data) })
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
