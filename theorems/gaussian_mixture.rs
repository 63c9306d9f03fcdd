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

use super::framework::{Case, Data, FeatureSet, Params, params};
use super::instance::{Instance, Level};
use super::options::{EVERY, Parameter, Runs, Use};
use super::special::{Lemma, SpecialCase};
use super::{Asked, InstanceError, Preset, gaussians};
use crate::distributions::{Component, GaussianMixture as Law};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// The theorem.
pub(super) struct GaussianMixture;

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
        Parameter::new("d", "input dimension", EVERY),
        Parameter::new("r", "components, an even number", EVERY),
        Parameter::new("radius", "length of the first mean", EVERY),
        Parameter::new("sigma", "standard deviation of the first component's coordinates", EVERY),
        Parameter::new("radius_ratio", "each mean's length over the one's before", EVERY),
        Parameter::new("sigma_ratio", "each standard deviation over the one's before", EVERY),
        Parameter::new("weight_ratio", "each weight over the one's before", EVERY),
        Parameter::new("cosine", "scalar product of any two means' directions", EVERY),
        Parameter::new("correlation", "of neighbouring coordinates", EVERY),
    ];
    const USERS: params::Users = gaussians::USERS;
    const TAU: Option<&'static [Use]> = Some(EVERY);
    const RUNS: Runs = gaussians::RUNS;
    // The paper's lemma is taken at the loss of f* on samples.
    const SEED: &'static [Level] = &[Level::Paper, Level::Explicit, Level::Posterior];
    const SYMBOLS: &'static [&'static str] =
        &["d", "r", "radius", "sigma", "radius_ratio", "sigma_ratio", "weight_ratio", "cosine", "correlation"];

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let positive = ("greater than 0 and below 1e6", (|x| x > 0.0 && x < 1e6) as fn(f64) -> bool);
        let ratio = ("between 0.1 and 10", (|x| (0.1..=10.0).contains(&x)) as fn(f64) -> bool);
        let unit = ("at least 0 and less than 1", (|x| (0.0..1.0).contains(&x)) as fn(f64) -> bool);
        let d = p.integer("d", 10, 3..=1000, "inputs lie in R^d, r + 1 <= d")?.get();
        let r = p.integer("r", 4, 2..=d - 1, "r components, r + 1 <= d")?.get();
        if r % 2 == 1 {
            let why = "an even number: labels alternate";
            return Err(crate::error::ParameterError::out_of_range("r", r, why, "r components").into());
        }
        let symbols = vec![
            ("d", d as f64),
            ("r", r as f64),
            ("radius", p.real("radius", 16.0, positive, "length of the first mean")?.get()),
            ("sigma", p.real("sigma", 1.0, positive, "covariances are positive definite")?.get()),
            ("radius_ratio", p.real("radius_ratio", 1.0, ratio, "lengths of the means")?.get()),
            ("sigma_ratio", p.real("sigma_ratio", 1.0, ratio, "deviations")?.get()),
            ("weight_ratio", p.real("weight_ratio", 1.0, ratio, "weights")?.get()),
            ("cosine", p.real("cosine", 0.0, unit, "<D_i, D_j>")?.get()),
            ("correlation", p.real("correlation", 0.0, unit, "covariances are positive definite")?.get()),
        ];
        let tau = p.real("tau", 8.0, positive, "8 <= tau <= d")?.get();
        let value = |name: &str| symbols.iter().find(|(s, _)| *s == name).map_or(f64::NAN, |(_, v)| *v);
        let law = Arc::new(Law::new(components(&value))?);
        let assumptions = gaussians::assumptions(law.components(), tau);
        let largest = |first: f64, ratio: f64| first * ratio.powf(r as f64 - 1.0).max(1.0);
        let c = value("correlation");
        let spread = largest(value("sigma"), value("sigma_ratio")) * ((1.0 + c) / (1.0 - c)).sqrt();
        let reach = largest(value("radius"), value("radius_ratio"));
        let data = Data::gaussian(law, "gaussian-mixture", symbols, "mixture-inputs", (reach, spread));
        let params = Params::read(p)?;
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
