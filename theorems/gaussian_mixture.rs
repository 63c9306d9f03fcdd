//! # Mixtures of Gaussians (paper Section 4.1; docs/theory.md §5.2)
//!
//! **Statement.** x | j ~ N(μⱼ, Σⱼ) with weight pⱼ and labels that alternate, j < r. Algorithm 1 reaches Pr[y f(x) < 1] ≤ ε within
//! T steps with probability at least 1 − δ.
//!
//! **The family.** ⟨Dᵢ,Dⱼ⟩ = `cosine` for the means' directions; ‖μⱼ‖ = radius·radius_ratio^j, pⱼ ∝ weight_ratio^j (so the labels
//! are not equiprobable either), Σⱼ = (sigma·sigma_ratio^j)² times the matrix correlation^|i−k|.
//!
//! **Hypotheses.** r even, r + 1 ≤ d; inputs are longer than B_x with a probability that is charged to δ.
//!
//! **Constants.** ε, δ, M, n, κ: the user's; m at the posterior level, at the explicit one the theorem's. β, θ, the program and its
//! limits, or those of component hits: pilot runs. T, b̃, σ_a: the theorem's.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §§3–4, 5.2; level `paper`: Theorem 3.12 at the
//! paper's lemma on p, γ and B_G, reconstructed, constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms.

use crate::distributions::{Component, GaussianMixture as Law};
use crate::error::ParameterError;
use crate::levels::special::{Lemma, SpecialCase, TAU};
use crate::levels::{Case, Data, FeatureSet, Params, gaussians, params};
use crate::parameters::options::Runs;
use crate::parameters::range::Range;
use crate::parameters::uses::{EVERY, Use};
use crate::parameters::{Asked, Key, Level, Parameter, Preset};
use crate::registry::{Instance, InstanceError};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// The theorem.
pub(super) struct GaussianMixture;

const RATIO: Range = Range::new("between 0.1 and 10", |x| (0.1..=10.0).contains(&x));
const PART: Range = Range::new("at least 0 and less than 1", |x| (0.0..1.0).contains(&x));
const D: Key<u64> = Key::whole("d", "input dimension", 10, [3, 1000], "inputs lie in R^d, r + 1 <= d").symbol("d");
const COMPONENTS: Key<u64> =
    Key::whole("r", "components, an even number", 4, [2, 999], "r components, r + 1 <= d").symbol("r");
const RADIUS: Key<f64> =
    Key::real("radius", "length of the first mean", 16.0, gaussians::POSITIVE, "length of the first mean")
        .symbol("radius");
const SIGMA: Key<f64> = Key::real(
    "sigma",
    "standard deviation of the first component's coordinates",
    1.0,
    gaussians::POSITIVE,
    "covariances are positive definite",
)
.symbol("sigma");
const RADIUS_RATIO: Key<f64> =
    Key::real("radius_ratio", "each mean's length over the one's before", 1.0, RATIO, "lengths of the means")
        .symbol("radius_ratio");
const SIGMA_RATIO: Key<f64> =
    Key::real("sigma_ratio", "each standard deviation over the one's before", 1.0, RATIO, "deviations")
        .symbol("sigma_ratio");
const WEIGHT_RATIO: Key<f64> =
    Key::real("weight_ratio", "each weight over the one's before", 1.0, RATIO, "weights").symbol("weight_ratio");
const COSINE: Key<f64> =
    Key::real("cosine", "scalar product of any two means' directions", 0.0, PART, "<D_i, D_j>").symbol("cosine");
const CORRELATION: Key<f64> =
    Key::real("correlation", "of neighbouring coordinates", 0.0, PART, "covariances are positive definite")
        .symbol("correlation");

impl SpecialCase for GaussianMixture {
    const ID: &'static str = "gaussian-mixture";
    const TITLE: &'static str = "mixtures of Gaussians with alternating labels";
    const SOURCE: &'static str = "paper Section 4.1; docs/theory.md §5.2";
    const PRESETS: &'static [Preset] = &[
        Preset {
            name: "four",
            about: "four Gaussians of unequal weights in R^10",
            parameters: &[
                ("d", "10"),
                ("r", "4"),
                ("radius", "16"),
                ("weight_ratio", "0.8"),
                ("beta", "16"),
                ("theta_factor", "4"),
                ("penalty", "0.001"),
            ],
        },
        Preset {
            name: "large",
            about: "eight Gaussians in R^50",
            parameters: &[
                ("d", "50"),
                ("r", "8"),
                ("radius", "30"),
                ("beta", "30"),
                ("theta_factor", "4"),
                ("penalty", "0.001"),
                ("m", "128"),
                ("pilots", "12"),
            ],
        },
        Preset {
            name: "tightness",
            about: "the default with a sampled first step, on which needs are measured",
            parameters: &[
                ("d", "10"),
                ("r", "4"),
                ("radius", "16"),
                ("weight_ratio", "0.8"),
                ("beta", "16"),
                ("theta_factor", "4"),
                ("penalty", "0.001"),
                ("m", "48"),
                ("n_1", "500"),
            ],
        },
    ];
    const KEYS: &'static [Parameter] = &[
        D.used(EVERY),
        COMPONENTS.used(EVERY),
        RADIUS.used(EVERY),
        SIGMA.used(EVERY),
        RADIUS_RATIO.used(EVERY),
        SIGMA_RATIO.used(EVERY),
        WEIGHT_RATIO.used(EVERY),
        COSINE.used(EVERY),
        CORRELATION.used(EVERY),
    ];
    const USERS: params::Users = gaussians::USERS;
    const TAU: Option<&'static [Use]> = Some(EVERY);
    const RUNS: Runs = gaussians::RUNS;
    // The paper's lemma is taken at the loss of f* on samples.
    const SEED: &'static [Level] = &[Level::Paper, Level::Explicit, Level::Posterior];

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let (d, r) = (p.get(&D)?.get(), p.get(&COMPONENTS)?.get());
        if r % 2 == 1 || r >= d {
            let why = format!("an even number from 2 to {}: labels alternate", d - 1);
            return Err(ParameterError::out_of_range("r", r, why, COMPONENTS.parameter().hypothesis).into());
        }
        let shape = [RADIUS, SIGMA, RADIUS_RATIO, SIGMA_RATIO, WEIGHT_RATIO, COSINE, CORRELATION];
        let mut symbols = vec![(D.key(), d as f64), (COMPONENTS.key(), r as f64)];
        for key in &shape {
            symbols.push((key.key(), p.get(key)?.get()));
        }
        let tau = p.get(&TAU)?.get();
        let value = |name: &str| symbols.iter().find(|(s, _)| *s == name).map_or(f64::NAN, |(_, v)| *v);
        let law = Arc::new(Law::new(components(&value))?);
        let assumptions = gaussians::assumptions(law.components(), tau);
        let largest = |first: f64, ratio: f64| first * ratio.powf(r as f64 - 1.0).max(1.0);
        let c = value("correlation");
        let spread = largest(value("sigma"), value("sigma_ratio")) * ((1.0 + c) / (1.0 - c)).sqrt();
        let reach = largest(value("radius"), value("radius_ratio"));
        let data = Data::gaussian(law, "gaussian-mixture", symbols, "mixture-inputs", (reach, spread));
        let params = Params::read(p)?;
        Ok(Case { assumptions, ..Case::new(Self::ID, p, params, data) })
    }

    fn features(&self, case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError> {
        gaussians::features(case, law(case)?.components(), beta)
    }

    fn lemma(&self, case: &Case<'_>) -> Result<Lemma, InstanceError> {
        Ok((&["lemma-gaussians"], gaussians::lemma(case, law(case)?.components())))
    }

    fn explicit(&self, case: &Case<'_>) -> Result<Instance, InstanceError> {
        gaussians::explicit(case, law(case)?.components(), None)
    }
}

fn law(case: &Case<'_>) -> Result<Law, InstanceError> {
    Ok(Law::new(components(&|name| case.data.symbol(name)))?)
}

/// Dⱼ = sqrt(1 − ϑ) eⱼ + sqrt ϑ e_{r+1}.
fn components(value: &dyn Fn(&str) -> f64) -> Vec<Component> {
    let (d, r) = (value("d") as usize, value("r") as usize);
    let (cosine, correlation) = (value("cosine"), value("correlation"));
    let toeplitz = DMatrix::from_fn(d, d, |i, k| if i == k { 1.0 } else { correlation.powi(i.abs_diff(k) as i32) });
    let component = |j: usize| {
        let power = |first: &str, ratio: &str| value(first) * value(ratio).powi(j as i32);
        let (length, deviation) = (power("radius", "radius_ratio"), power("sigma", "sigma_ratio"));
        let direction = DVector::from_fn(d, |i, _| match i {
            i if i == j => (1.0 - cosine).sqrt(),
            i if i == r => cosine.sqrt(),
            _ => 0.0,
        });
        let label = if j.is_multiple_of(2) { 1.0 } else { -1.0 };
        let weight = value("weight_ratio").powi(j as i32);
        Component { weight, mean: direction * length, covariance: &toeplitz * deviation.powi(2), label }
    };
    (0..r).map(component).collect()
}
