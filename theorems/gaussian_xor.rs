//! # XOR of Gaussians (paper Section 4.1; docs/theory.md §5.2)
//!
//! **Statement.** x ~ N(±Re₁, σ²I) with y = +1, N(±Re₂, σ²I) with y = −1, equal weights. Algorithm 1 reaches Pr[y f(x) < 1] ≤ ε
//! within T steps with probability at least 1 − δ; and ε is below `linear_error`, the least error of all halfspaces
//! sign(⟨w,x⟩ − b), which is known in closed form and more than ¼ (form C of both levels that are run).
//!
//! **Hypotheses.** σ > 0; inputs are longer than B_x with a probability that is charged to δ; ε < `linear_error`.
//!
//! **Constants.** ε, δ, M, n, κ: the user's; m at the posterior level, at the explicit one the theorem's. β, θ, the program and its
//! limits, or those of component hits: pilot runs. T, b̃, σ_a, `linear_error`: the theorem's.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §§3–4, 5.2; level `paper`: Theorem 3.12 at the
//! paper's lemma on p, γ and B_G, reconstructed, constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms.

use crate::distributions::GaussianMixture;
use crate::levels::posterior::Beside;
use crate::levels::special::{SpecialCase, TAU};
use crate::levels::{Case, Data, FeatureSet, Params, gaussians, params};
use crate::parameters::options::Runs;
use crate::parameters::uses::{EVERY, Use};
use crate::parameters::{Asked, Key, Level, Parameter, Preset};
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// What gives the least error of a halfspace.
const HALFSPACES: Option<&str> = Some("xor-halfspaces");

/// The theorem.
pub(super) struct GaussianXor;

const D: Key<u64> = Key::whole("d", "input dimension", 10, [2, 1000], "inputs lie in R^d").symbol("d");
const RADIUS: Key<f64> =
    Key::real("radius", "distance of the means from 0", 12.0, gaussians::POSITIVE, "means at distance R")
        .symbol("radius");
const SIGMA: Key<f64> =
    Key::real("sigma", "standard deviation of the coordinates", 1.0, gaussians::POSITIVE, "covariance sigma^2 I")
        .symbol("sigma");

impl SpecialCase for GaussianXor {
    const ID: &'static str = "gaussian-xor";
    const TITLE: &'static str =
        "four Gaussians with the labels of XOR, of which every halfspace gets more than a quarter wrong";
    const SOURCE: &'static str = "paper Section 4.1; docs/theory.md §5.2";
    const PRESETS: &'static [Preset] = &[
        Preset {
            name: "ten",
            about: "four Gaussians in R^10",
            parameters: &[("d", "10"), ("radius", "12"), ("beta", "12.5"), ("theta_factor", "4"), ("penalty", "0.001")],
        },
        Preset {
            name: "large",
            about: "four Gaussians in R^50",
            parameters: &[
                ("d", "50"),
                ("radius", "26"),
                ("beta", "26"),
                ("theta_factor", "4"),
                ("penalty", "0.001"),
                ("pilots", "12"),
            ],
        },
        Preset {
            name: "tightness",
            about: "the default with a sampled first step, on which needs are measured",
            parameters: &[
                ("d", "10"),
                ("radius", "12"),
                ("beta", "12.5"),
                ("theta_factor", "4"),
                ("penalty", "0.001"),
                ("m", "48"),
                ("n_1", "500"),
            ],
        },
    ];
    const KEYS: &'static [Parameter] = &[D.used(EVERY), RADIUS.used(EVERY), SIGMA.used(EVERY)];
    const USERS: params::Users = gaussians::USERS;
    const TAU: Option<&'static [Use]> = Some(EVERY);
    const RUNS: Runs = gaussians::RUNS;
    // The paper's lemma is taken at the loss of f* on samples.
    const SEED: &'static [Level] = &[Level::Paper, Level::Explicit, Level::Posterior];

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let d = p.get(&D)?.get();
        let (radius, sigma) = (p.get(&RADIUS)?.get(), p.get(&SIGMA)?.get());
        let tau = p.get(&TAU)?.get();
        let law = Arc::new(GaussianMixture::xor(d as usize, radius, sigma)?);
        let assumptions = gaussians::assumptions(law.components(), tau);
        let symbols = vec![("d", d as f64), ("radius", radius), ("sigma", sigma)];
        let data = Data::gaussian(law, "gaussian-xor", symbols, "gaussian-inputs", (radius, sigma));
        let params = Params::read(p)?;
        Ok(Case { assumptions, ..Case::new(Self::ID, p, params, data) })
    }

    fn features(&self, case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError> {
        gaussians::features(case, law(case)?.components(), beta)
    }

    fn lemma(&self, case: &Case<'_>) -> Result<crate::levels::special::Lemma, InstanceError> {
        Ok((&["lemma-gaussians"], gaussians::lemma(case, law(case)?.components())))
    }

    fn explicit(&self, case: &Case<'_>) -> Result<Instance, InstanceError> {
        gaussians::explicit(case, law(case)?.components(), HALFSPACES)
    }

    fn beside(&self, _case: &Case<'_>) -> Result<Beside, InstanceError> {
        Ok(Beside { halfspaces: HALFSPACES, ..Beside::default() })
    }
}

fn law(case: &Case<'_>) -> Result<GaussianMixture, InstanceError> {
    let of = |symbol| case.data.symbol(symbol);
    Ok(GaussianMixture::xor(of("d") as usize, of("radius"), of("sigma"))?)
}
