//! Parameters of theorem `main`, read once.

use super::Main;
use super::data::{DISTRIBUTIONS, Data};
use crate::error::ParameterError;
use crate::theorems::Form;
use crate::theorems::request::{Parameters, Request};

/// Parameters, valid by construction.
pub(in crate::theorems) struct Params {
    pub(in crate::theorems) distribution: &'static str,
    pub(in crate::theorems) dimension: u64,
    pub(in crate::theorems) data_margin: f64,
    pub(in crate::theorems) data_reach: f64,
    pub(in crate::theorems) radius: f64,
    pub(in crate::theorems) sigma: f64,
    pub(in crate::theorems) blocks: u64,
    pub(in crate::theorems) block_size: u64,
    pub(in crate::theorems) p_a: f64,
    pub(in crate::theorems) p_o: f64,
    pub(in crate::theorems) epsilon: f64,
    pub(in crate::theorems) delta: f64,
    pub(in crate::theorems) width: u64,
    pub(in crate::theorems) batch: u64,
    pub(in crate::theorems) first_batch: u64,
    pub(in crate::theorems) m_factor: f64,
    pub(in crate::theorems) beta: Option<f64>,
    pub(in crate::theorems) theta_factor: Option<f64>,
    pub(in crate::theorems) margin_demand: Option<bool>,
    pub(in crate::theorems) penalty: Option<f64>,
    pub(in crate::theorems) program_samples: u64,
    pub(in crate::theorems) pilots: u64,
    pub(in crate::theorems) gamma: f64,
    pub(in crate::theorems) draws: u64,
    pub(in crate::theorems) kappa: u64,
    pub(in crate::theorems) t: f64,
    pub(in crate::theorems) paper: [f64; 3],
    pub(in crate::theorems) form: Option<Form>,
}

const POSITIVE: (&str, fn(f64) -> bool) = ("greater than 0", |x| x > 0.0 && x < 1e12);
const UNIT: (&str, fn(f64) -> bool) = ("between 1e-9 and 1, both excluded", |x| x > 1e-9 && x < 1.0);

impl Params {
    pub(in crate::theorems) fn read(request: &Request) -> Result<Self, ParameterError> {
        Self::of_parameters(&request.parameters(&Main)?, request.form)
    }

    /// Those among a theorem's parameters that are this theorem's.
    pub(in crate::theorems) fn of_parameters(p: &Parameters, form: Option<Form>) -> Result<Self, ParameterError> {
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
            dimension: p.integer("d", 10, 1..=2000, "inputs lie in R^d; the pilot holds d numbers a neuron")?,
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
            width: p.integer(
                "m",
                64,
                1..=4096,
                "the network has 4m neurons; the program holds 2048 samples of each",
            )?,
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
            draws: p.integer("draws", 1000, 10..=20_000, "neurons are sampled to count p")?,
            kappa: p.integer("kappa", 1, 1..=10_000, "every target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, ("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0), "|u| <= sqrt d + t")?,
            paper: [constant("c_m")?, constant("c_T")?, constant("c_n")?],
            form,
        })
    }

    /// The number of a distribution's symbol.
    pub(in crate::theorems) fn of(&self, symbol: &str) -> f64 {
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

/// The parameters as they were understood.
pub(in crate::theorems) fn parameters(data: &Data, params: &Params) -> Vec<(&'static str, String)> {
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
