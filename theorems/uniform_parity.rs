//! # Uniform parity (paper Section 4.2's remark on inputs without structure; docs/theory.md §5.4)
//!
//! **Statement.** x is uniform on {±1}^d, y = χ_A(x), |A| = k even, and the initial directions are uniform in {±1}^d. Algorithm 1
//! reaches Pr[y f(x) < 1] ≤ ε within T steps with probability at least 1 − δ. G is known in exact integers: its norm is of order
//! d^{−(k−1)/2}, so that a first step on samples needs n₁ = d^{Θ(k)} of them. This is the price of an input with no structure.
//! ε is below `linear_error`, the least error of all halfspaces sign(⟨w,x⟩ − b): ¼ for k = 2 and 5/16 for k = 4.
//!
//! **Hypotheses.** k even, 2 ≤ k ≤ d; in the kernel k is 2 or 4; ε < `linear_error`. **Not Algorithm 1's:** the initial directions are signs, not
//! Gaussian.
//!
//! **Constants.** ε, δ, κ, M, n: the user's. β: off the lattice, where the part of G off A is least, unless it is given. θ, m, T,
//! b̃, σ_a: the theorem's. Every formula stands in the theory text.
//!
//! **Source.** This project, docs/theory.md §5.4; level `paper`: Theorem 3.12 at the exact p, γ and B_G.
//!
//! **Not checked.** The paper proofs of the axioms.

mod feature;
mod laws;
mod windows;

use crate::distributions::{UniformParity as Law, best_threshold};
use crate::error::ParameterError;
use crate::levels::posterior::Beside;
use crate::levels::special::{Lemma, SpecialCase, at_least};
use crate::levels::{Case, Data, FeatureSet, Params, params};
use crate::parameters::options::Runs;
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use, With};
use crate::parameters::{Asked, Key, Level, Parameter, Preset};
use crate::registry::{Instance, InstanceError, ScalingLaw};
use feature::{HALFSPACES, LEMMA_2, LEMMA_4, beta, features, shape};
use std::sync::Arc;

/// The theorem.
pub(super) struct UniformParity;

const LOSS: With = With::Set("comparator", "loss");
const LARGE: With = With::Where("where the support cannot be enumerated", &[("d", "17")]);

const D: Key<u64> = Key::whole(
    "d",
    "input dimension",
    10,
    [8, 1001],
    "x is uniform on {-1,1}^d; c_s(b) is summed exactly up to d = 1001",
)
.symbol("d");
const BITS: Key<u64> = Key::whole("k", "bits of the parity, 2 or 4", 2, [2, 4], "|A| = k, even").symbol("k");

impl SpecialCase for UniformParity {
    const ID: &'static str = "uniform-parity";
    const TITLE: &'static str = "a parity of uniform bits, at the price of a small gradient";
    const SOURCE: &'static str = "this project, docs/theory.md §5.4; paper Section 4.2";
    const PRESETS: &'static [Preset] = &[
        Preset { name: "pair", about: "a parity of 2 of 10 bits", parameters: &[("d", "10"), ("k", "2")] },
        Preset { name: "large", about: "a parity of 2 of 401 bits", parameters: &[("d", "401"), ("k", "2")] },
        Preset {
            name: "large-k4",
            about: "a parity of 4 of 41 bits",
            parameters: &[("d", "41"), ("k", "4"), ("epsilon", "0.25"), ("theta_factor", "4"), ("penalty", "1")],
        },
        Preset {
            name: "tightness",
            about: "a parity of 2 of 10 bits and a sampled first step, on which needs are measured",
            parameters: &[("d", "10"), ("k", "2"), ("m", "32"), ("n_1", "500")],
        },
    ];
    const KEYS: &'static [Parameter] = &[D.used(EVERY), BITS.used(EVERY)];
    const USERS: params::Users = params::Users {
        bound: EVERY,
        pilot: &[POSTERIOR],
        bias: EVERY,
        first_step: &[POSTERIOR],
        price: &[Use::on(Level::Posterior, &[LOSS])],
        certified: &[Use::on(Level::Posterior, &[LOSS, LARGE])],
        limits: &[POSTERIOR],
        // p, γ and B_G are exact.
        cones: &[],
        draws: &[POSTERIOR],
        copies: &[EXPLICIT],
        // Initial directions are signs: their norms have no slack.
        slack: &[],
        batch: &[EXPLICIT, POSTERIOR],
        factor: &[EXPLICIT, POSTERIOR],
        constants: &[PAPER],
    };
    const LAWS: &'static [ScalingLaw] = laws::LAWS;
    const TAU: Option<&'static [Use]> = None;
    const RUNS: Runs = crate::levels::hits::windows::RUNS;

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let (d, k) = (p.get(&D)?.get(), p.get(&BITS)?.get());
        if k % 2 == 1 {
            let why = "2 or 4: the parity is even, so that f* is even in the sum over A";
            return Err(ParameterError::out_of_range("k", k, why, BITS.parameter().hypothesis).into());
        }
        let law = Arc::new(Law::new(d as usize, k as usize)?);
        let mut params = Params::read(p)?;
        params.beta = params.beta.or(|| best_threshold(d as usize, k as usize))?;
        let assumptions = vec![at_least("initial directions are Gaussian, as in Algorithm 1 (1: yes)", 0.0, 1.0)];
        let data =
            Data::bounded(law, "uniform-parity", vec![("d", d as f64), ("k", k as f64)], Some("hypercube-support"));
        Ok(Case {
            variant: vec![("size", if k == 2 { "2" } else { "4" })],
            assumptions,
            ..Case::new(Self::ID, p, params, data)
        })
    }

    fn features(&self, case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError> {
        features(case, beta)
    }

    fn lemma(&self, case: &Case<'_>) -> Result<Lemma, InstanceError> {
        let (_, k) = shape(case);
        Ok((if k == 2 { &LEMMA_2 } else { &LEMMA_4 }, vec![("beta", beta(case))]))
    }

    fn explicit(&self, case: &Case<'_>) -> Result<Instance, InstanceError> {
        windows::instance(case)
    }

    fn beside(&self, _case: &Case<'_>) -> Result<Beside, InstanceError> {
        Ok(Beside { halfspaces: Some(HALFSPACES), ..Beside::default() })
    }
}
