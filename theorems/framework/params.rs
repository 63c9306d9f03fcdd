//! Parameters of the framework, read once.

use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use crate::theorems::Form;
use crate::theorems::request::Parameters;

/// Their keys, with what they are.
pub(in crate::theorems) const KEYS: [(&str, &str); 20] = [
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
    ("fit_samples", "samples the program is solved on"),
    ("pilots", "runs of the pilot"),
    ("gamma", "width of the features' cones"),
    ("draws", "neurons on which features are found, and as many on which they are counted"),
    ("kappa", "copies of f* among the neurons (explicit level)"),
    ("t", "slack of the norm of initial directions (explicit level)"),
    ("c_m", "the paper's constant in m"),
    ("c_T", "the paper's constant in T"),
    ("c_n", "the paper's constant in n"),
];

/// The parameter key of each symbol among them that an instance chooses for itself.
pub(in crate::theorems) const RECALLED: [(&str, &str); 10] = [
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

/// Those that only the pilot reads.
const PILOT_KEYS: [&str; 6] = ["beta", "theta_factor", "comparator", "penalty", "program_samples", "pilots"];

/// What the pilot was told, which stands in the certificate's information: were it changed, the replay would not give the
/// recorded definitions.
pub(in crate::theorems) fn told(certificate: &Certificate) -> Vec<(String, String)> {
    let value = |key: &&str| certificate.info.get("parameters")?.get(key)?.as_str();
    PILOT_KEYS.iter().filter_map(|key| Some(((*key).to_string(), value(key)?.to_string()))).collect()
}

/// Parameters, valid by construction.
pub(in crate::theorems) struct Params {
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
    pub(in crate::theorems) fit_samples: u64,
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
    /// Those among a theorem's parameters that are the framework's.
    pub(in crate::theorems) fn of_parameters(p: &Parameters, form: Option<Form>) -> Result<Self, ParameterError> {
        let unreadable = |name: &str, value: &str, expected: &str| ParameterError::Unreadable {
            name: name.into(),
            value: value.into(),
            expected: expected.into(),
        };
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
            fit_samples: p.integer("fit_samples", 2048, 16..=65_536, "samples the program is solved on")?,
            pilots: p.integer("pilots", 32, 1..=10_000, "the pilot sets the limits of the comparator")?,
            gamma: p.real("gamma", 0.01, UNIT, "the cone |<G,D>| >= (1 - gamma)|G|")?,
            draws: p.integer("draws", 1000, 10..=20_000, "neurons are sampled to count p")?,
            kappa: p.integer("kappa", 1, 1..=10_000, "every target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, ("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0), "|u| <= sqrt d + t")?,
            paper: [constant("c_m")?, constant("c_T")?, constant("c_n")?],
            form,
        })
    }

    /// Those that every output shows.
    pub(super) fn understood(&self) -> Vec<(&'static str, String)> {
        let mut list = vec![
            ("epsilon", self.epsilon.to_string()),
            ("delta", self.delta.to_string()),
            ("m_factor", self.m_factor.to_string()),
            ("program_samples", self.program_samples.to_string()),
            ("fit_samples", self.fit_samples.to_string()),
            ("pilots", self.pilots.to_string()),
        ];
        list.extend(self.beta.map(|v| ("beta", v.to_string())));
        list.extend(self.theta_factor.map(|v| ("theta_factor", v.to_string())));
        list.extend(self.penalty.map(|v| ("penalty", v.to_string())));
        list.extend(self.margin_demand.map(|v| ("comparator", if v { "margin" } else { "loss" }.to_string())));
        list
    }
}
