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
pub(super) mod pilot;
pub(super) mod posterior;
pub(super) mod run;
mod target;

use super::derivation::DerivationError;
use super::instance::{Instance, Level};
use super::request::{Form, Parameters, Request, recalled};
use super::{FormRow, InstanceError, Preset, Theorem};
use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use data::{DISTRIBUTIONS, Data};
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
        if !self.levels().contains(&level) {
            let levels = self.levels().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(InstanceError::NoLevel { theorem: self.id(), level, levels });
        }
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

/// Parameters, valid by construction.
pub(super) struct Params {
    pub(super) distribution: &'static str,
    pub(super) dimension: u64,
    pub(super) data_margin: f64,
    pub(super) data_reach: f64,
    pub(super) radius: f64,
    pub(super) sigma: f64,
    pub(super) blocks: u64,
    pub(super) block_size: u64,
    pub(super) p_a: f64,
    pub(super) p_o: f64,
    pub(super) epsilon: f64,
    pub(super) delta: f64,
    pub(super) width: u64,
    pub(super) batch: u64,
    pub(super) first_batch: u64,
    pub(super) m_factor: f64,
    pub(super) beta: Option<f64>,
    pub(super) theta_factor: Option<f64>,
    pub(super) margin_demand: Option<bool>,
    pub(super) penalty: Option<f64>,
    pub(super) program_samples: u64,
    pub(super) pilots: u64,
    pub(super) gamma: f64,
    pub(super) draws: u64,
    pub(super) kappa: u64,
    pub(super) t: f64,
    pub(super) paper: [f64; 3],
    pub(super) form: Option<Form>,
}

const POSITIVE: (&str, fn(f64) -> bool) = ("greater than 0", |x| x > 0.0 && x < 1e12);
const UNIT: (&str, fn(f64) -> bool) = ("between 1e-9 and 1, both excluded", |x| x > 1e-9 && x < 1.0);

impl Params {
    fn read(request: &Request) -> Result<Self, ParameterError> {
        Self::of_parameters(&request.parameters(&Main)?, request.form)
    }

    /// Those among a theorem's parameters that are this theorem's.
    pub(super) fn of_parameters(p: &Parameters, form: Option<Form>) -> Result<Self, ParameterError> {
        let unreadable = |name: &str, value: &str, expected: &str| ParameterError::Unreadable {
            name: name.into(),
            value: value.into(),
            expected: expected.into(),
        };
        let name = p.text("distribution").unwrap_or("gaussian-xor");
        let known = DISTRIBUTIONS.iter().find(|(known, _)| *known == name);
        let names = DISTRIBUTIONS.map(|(name, _)| name).join(", ");
        let (distribution, _) =
            known.ok_or_else(|| unreadable("distribution", name, &format!("one of {names} (or --data FILE)")))?;
        let margin_demand = match p.text("comparator") {
            None => None,
            Some("margin") => Some(true),
            Some("loss") => Some(false),
            Some(other) => return Err(unreadable("comparator", other, "margin or loss")),
        };
        let optional = |key, hypothesis| match p.text(key) {
            None => Ok(None),
            Some(_) => p.real(key, 1.0, POSITIVE, hypothesis).map(Some),
        };
        let constant = |key| p.real(key, 1.0, POSITIVE, "constants of the paper's O and Omega are positive");
        Ok(Self {
            distribution,
            dimension: p.integer("d", 10, 1..=100_000, "inputs lie in R^d")?,
            data_margin: p.real("data_margin", 0.3, POSITIVE, "margin y<D,x> >= mu > 0")?,
            data_reach: p.real("data_reach", 0.6, POSITIVE, "|<D,x>| <= B")?,
            radius: p.real("radius", 1.0, POSITIVE, "|x| <= B_x")?,
            sigma: p.real("sigma", 1.0, POSITIVE, "covariance sigma^2 I")?,
            blocks: p.integer("r", 1, 1..=99, "r blocks, r odd")?,
            block_size: p.integer("k", 5, 1..=999, "blocks of k coordinates, k odd")?,
            p_a: p.real("p_a", 0.25, POSITIVE, "weight of each constant block, 2 r p_a <= 1")?,
            p_o: p.real("p_o", 0.1, ("from 0 to 0.5", |x| (0.0..=0.5).contains(&x)), "2 p_o <= 1")?,
            epsilon: p.real("epsilon", 0.1, UNIT, "the error of the theorem")?,
            delta: p.real("delta", 0.1, UNIT, "the failure probability of the theorem")?,
            width: p.integer("m", 64, 1..=1_000_000, "the network has 4m neurons")?,
            batch: p.integer("n", 1, 1..=1_000_000, "Theorem C: any batch size n >= 1")?,
            first_batch: p.integer("n_1", 0, 0..=1_000_000_000, "Algorithm 1: a fresh first batch")?,
            m_factor: p.real("m_factor", 10.0, ("greater than 1", |x| x > 1.0 && x <= 1e6), "Theorem C: M > 1")?,
            beta: optional("beta", "biases are b = +-beta in units of sigma_w")?,
            theta_factor: optional("theta_factor", "theta > 0")?,
            margin_demand,
            penalty: optional("penalty", "the program's price of a loss")?,
            program_samples: p.integer("program_samples", 200_000, 1000..=100_000_000, "samples of a certificate")?,
            pilots: p.integer("pilots", 32, 1..=10_000, "the pilot sets the limits of the comparator")?,
            gamma: p.real("gamma", 0.01, UNIT, "the cone |<G,D>| >= (1 - gamma)|G|")?,
            draws: p.integer("draws", 1000, 10..=10_000_000, "neurons are sampled to count p")?,
            kappa: p.integer("kappa", 1, 1..=10_000, "every target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, ("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0), "|u| <= sqrt d + t")?,
            paper: [constant("c_m")?, constant("c_T")?, constant("c_n")?],
            form,
        })
    }

    /// The number of a distribution's symbol.
    pub(super) fn of(&self, symbol: &str) -> f64 {
        match symbol {
            "d" => self.dimension as f64,
            "data_margin" => self.data_margin,
            "data_reach" => self.data_reach,
            "radius" => self.radius,
            "sigma" => self.sigma,
            "r" => self.blocks as f64,
            "k" => self.block_size as f64,
            "p_a" => self.p_a,
            _ => self.p_o,
        }
    }
}

/// f* on the features found.
fn target(data: &Data, features: &FeatureSet, params: &Params, seed: u64) -> Result<Target, InstanceError> {
    let why = format!("{} features were found, and no network on them has a finite loss", features.features.len());
    let unreachable = || DerivationError::Unreachable { what: "gradient-feature network f*", why };
    Ok(Target::find(data, features, params, seed).ok_or_else(unreachable)?)
}

/// The parameters as they were understood.
pub(super) fn parameters(data: &Data, params: &Params) -> Vec<(&'static str, String)> {
    let mut list = data.parameters(params);
    list.push(("epsilon", params.epsilon.to_string()));
    list.push(("delta", params.delta.to_string()));
    list.push(("m_factor", params.m_factor.to_string()));
    list.push(("program_samples", params.program_samples.to_string()));
    list.push(("pilots", params.pilots.to_string()));
    list.extend(params.beta.map(|v| ("beta", v.to_string())));
    list.extend(params.theta_factor.map(|v| ("theta_factor", v.to_string())));
    list.extend(params.penalty.map(|v| ("penalty", v.to_string())));
    list.extend(params.margin_demand.map(|v| ("comparator", if v { "margin" } else { "loss" }.to_string())));
    list
}
