//! # The framework (paper Theorem 3.12; docs/theory.md §§1–4)
//!
//! **Statement.** Given only a distribution: its gradient features are found by sampling neurons, a network on them is found by
//! a convex program, and Algorithm 1 reaches within T steps, with probability at least 1 − δ, Pr[y f(x) < 1] ≤ ε (form C) or
//! hinge loss at most L_D(f*) + ε (forms A, B).
//!
//! **Hypotheses.** ‖x‖ ≤ B_x, or for Gaussian inputs but for a probability that is charged to δ; both labels occur.
//!
//! **Constants.** ε, δ: the user's. β, θ and the program: the least K₀ over a small grid, on pilot runs, unless given. Limits of
//! the event `comparator`: the pilot's largest numbers with room. m, M, n: this project's defaults, each can be set. T, b̃, σ_a, η:
//! the theorem's. Every formula stands in `theorems/theory.txt`, every value in the certificate.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §§3–4; level `paper`: Theorem 3.12 with its hidden
//! constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms; that a finite sample represents anything beyond its rows.

pub(super) mod data;
mod explicit;
pub(super) mod features;
mod hits;
mod paper;
pub(super) mod params;
pub(super) mod pilot;
pub(super) mod posterior;
mod target;

use super::derivation::DerivationError;
use super::instance::{Instance, Level};
use super::request::{Form, Request, recalled};
use super::{FormRow, InstanceError, Preset, Theorem};
use crate::certificate::document::Certificate;
pub(super) use params::Params;

use data::Data;
use features::FeatureSet;
use target::Target;

/// The theorem.
pub(super) struct Main;

impl Theorem for Main {
    fn id(&self) -> &'static str {
        "main"
    }
    fn title(&self) -> &'static str {
        "gradient features are found from the distribution alone, and learned"
    }
    fn source(&self) -> &'static str {
        "paper Theorem 3.12; docs/theory.md §§1-4"
    }
    fn levels(&self) -> &'static [Level] {
        &[Level::Paper, Level::Explicit, Level::Posterior]
    }
    fn presets(&self) -> &'static [Preset] {
        &[
            Preset {
                name: "xor",
                about: "four Gaussians in R^10, labels by XOR",
                parameters: &[
                    ("distribution", "gaussian-xor"),
                    ("d", "10"),
                    ("radius", "12"),
                    ("sigma", "1"),
                    ("beta", "12.5"),
                    ("theta_factor", "4"),
                    ("penalty", "1"),
                ],
            },
            Preset {
                name: "parity",
                about: "a parity of 5 of 11 coordinates",
                parameters: &[
                    ("distribution", "structured-parity"),
                    ("d", "11"),
                    ("m", "32"),
                    ("beta", "10"),
                    ("theta_factor", "2"),
                    ("r", "1"),
                    ("k", "5"),
                    ("p_a", "0.25"),
                    ("p_o", "0.1"),
                ],
            },
            Preset {
                name: "linear",
                about: "uniform on {-1,1}^10, y = x_1",
                parameters: &[("distribution", "uniform-hypercube"), ("d", "10")],
            },
            Preset {
                name: "two-gaussians",
                about: "two Gaussians in R^10",
                parameters: &[
                    ("distribution", "two-gaussians"),
                    ("d", "10"),
                    ("radius", "6"),
                    ("sigma", "1"),
                    ("beta", "20"),
                    ("theta_factor", "1"),
                    ("penalty", "1"),
                ],
            },
        ]
    }
    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("distribution", "uniform-hypercube, margin-ball, structured-parity, two-gaussians or gaussian-xor"),
            ("d", "input dimension"),
            ("data_margin", "smaller distance of the margin ball's points from the boundary"),
            ("data_reach", "larger distance of the margin ball's points from the boundary"),
            ("radius", "radius of the margin ball, distance of the Gaussians' means from 0"),
            ("sigma", "standard deviation of the Gaussians' coordinates"),
            ("r", "blocks of the parity"),
            ("k", "coordinates of a block of the parity"),
            ("p_a", "weight of each constant block of the parity"),
            ("p_o", "weight of each sign of an irrelevant coordinate of the parity"),
            ("epsilon", "the error (form c)"),
            ("delta", "failure probability"),
            ("m", "width of the posterior level"),
            ("n", "samples of a later step"),
            ("n_1", "samples of the first step, 0 for the closed form"),
            ("m_factor", "M of Theorem C"),
            ("beta", "bias in units of the initial weights' standard deviation"),
            ("theta_factor", "size of the first step, in units of 1/(median |G| B_op)"),
            ("comparator", "margin or loss: what the program asks of the comparator"),
            ("penalty", "price of a sample's loss in the program"),
            ("program_samples", "fresh samples that certify the comparator's loss"),
            ("pilots", "runs of the pilot"),
            ("gamma", "width of the features' cones"),
            ("draws", "neurons on which features are found, and as many on which they are counted"),
            ("kappa", "copies of f* among the neurons (explicit level)"),
            ("t", "slack of the norm of initial directions (explicit level)"),
            ("c_m", "the paper's constant in m"),
            ("c_T", "the paper's constant in T"),
            ("c_n", "the paper's constant in n"),
        ]
    }
    fn instantiate(&self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let params = Params::read(request)?;
        let data = Data::load(request, &params)?;
        let pilot = posterior::scales(&data, &params, request.seed)?;
        let features = FeatureSet::find(&data, &params, pilot.beta, request.seed)?;
        if level == Level::Posterior {
            return posterior::instance(request, &params, &data, pilot, &features);
        }
        let target = target(&data, &features, &params, request.seed)?;
        match level {
            Level::Paper => paper::instance(&params, &data, &features, &target),
            _ => explicit::instance(request, &params, &data, pilot.beta, (&features, &target)),
        }
    }
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError> {
        let mut request = recalled(certificate, &RECALLED)?;
        if let Some(data) = certificate.variant.get("data").filter(|d| *d != "finite-support") {
            request.parameters.push(("distribution".into(), data.clone()));
        }
        // What the pilot was told stands in the certificate's information; were it changed, the replay would not give the
        // recorded definitions.
        let told = |key: &&str| Some((key.to_string(), certificate.info.get("parameters")?.get(key)?.as_str()?.into()));
        request.parameters.extend(PILOT_KEYS.iter().filter_map(told));
        Ok(request)
    }
    fn forms(&self, request: &Request) -> Result<Vec<FormRow>, InstanceError> {
        let params = Params::read(request)?;
        let data = Data::load(request, &params)?;
        let pilot = posterior::scales(&data, &params, request.seed)?;
        let features = FeatureSet::find(&data, &params, pilot.beta, request.seed)?;
        let target = target(&data, &features, &params, request.seed)?;
        let beta = pilot.beta;
        let mut rows =
            vec![("paper form, constants as set".into(), paper::instance(&params, &data, &features, &target))];
        for form in [Form::A, Form::B, Form::C] {
            let params = Params { form: Some(form), ..Params::read(request)? };
            let instance = explicit::instance(request, &params, &data, beta, (&features, &target));
            rows.push((format!("explicit, form {form}"), instance));
        }
        rows.push(("posterior, form c".into(), posterior::instance(request, &params, &data, pilot, &features)));
        Ok(rows)
    }
}

/// The parameter key of each symbol an instance chooses for itself.
const RECALLED: [(&str, &str); 19] = [
    ("d", "d"),
    ("data_margin", "data_margin"),
    ("data_reach", "data_reach"),
    ("radius", "radius"),
    ("sigma", "sigma"),
    ("r", "r"),
    ("k", "k"),
    ("p_a", "p_a"),
    ("p_o", "p_o"),
    ("epsilon", "epsilon"),
    ("delta", "delta"),
    ("m", "m"),
    ("n", "n"),
    ("n_1", "n_1"),
    ("M", "m_factor"),
    ("gamma", "gamma"),
    ("feature_draws", "draws"),
    ("kappa", "kappa"),
    ("t", "t"),
];

/// Parameters that only the pilot reads.
const PILOT_KEYS: [&str; 6] = ["beta", "theta_factor", "comparator", "penalty", "program_samples", "pilots"];

/// f* on the features found.
fn target(data: &Data, features: &FeatureSet, params: &Params, seed: u64) -> Result<Target, InstanceError> {
    let why = format!("{} features were found, and no network on them has a finite loss", features.features.len());
    let unreachable = || DerivationError::Unreachable { what: "gradient-feature network f*", why };
    Ok(Target::find(data, features, params, seed).ok_or_else(unreachable)?)
}
