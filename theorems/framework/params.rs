//! Parameters of the framework, read once.

use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use crate::theorems::asked::{Asked, FACTOR, POSITIVE, Setting, UNIT};
use crate::theorems::options::{Parameter, Use};
use crate::theorems::request::noted;

/// The levels of a theorem that use the framework's parameters, by what these are for. Where there is none, the theorem does not
/// have the parameter.
pub(in crate::theorems) struct Users {
    /// ε and δ.
    pub(in crate::theorems) bound: &'static [Use],
    /// What the pilot chooses its first step and its program by.
    pub(in crate::theorems) pilot: &'static [Use],
    /// The bias, which a special case may take without a pilot.
    pub(in crate::theorems) bias: &'static [Use],
    /// Samples of the first step.
    pub(in crate::theorems) first_step: &'static [Use],
    /// The program's price, where its comparator has a loss.
    pub(in crate::theorems) price: &'static [Use],
    /// What certifies that loss, where it cannot be enumerated.
    pub(in crate::theorems) certified: &'static [Use],
    /// Pilot runs that set the comparator's limits.
    pub(in crate::theorems) limits: &'static [Use],
    /// The features' cones.
    pub(in crate::theorems) cones: &'static [Use],
    /// Neurons on which features are found.
    pub(in crate::theorems) draws: &'static [Use],
    /// Copies of f*.
    pub(in crate::theorems) copies: &'static [Use],
    /// Slack of the norms of initial directions.
    pub(in crate::theorems) slack: &'static [Use],
    /// Samples of a later step.
    pub(in crate::theorems) batch: &'static [Use],
    /// M.
    pub(in crate::theorems) factor: &'static [Use],
    /// The paper's constants.
    pub(in crate::theorems) constants: &'static [Use],
}

/// The key of each, with what it is and who uses it.
type Key = (&'static str, &'static str, fn(&Users) -> &'static [Use]);

const KEYS: [Key; 20] = [
    ("epsilon", "the error (form c)", |u| u.bound),
    ("delta", "failure probability", |u| u.bound),
    ("m", "width of the posterior level", |u| u.pilot),
    ("n", "samples of a later step", |u| u.batch),
    ("n_1", "samples of the first step, 0 for the closed form", |u| u.first_step),
    ("m_factor", "M of Theorem C", |u| u.factor),
    ("beta", "bias in units of the initial weights' standard deviation", |u| u.bias),
    ("theta_factor", "size of the first step, in units of 1/(median |G| B_op)", |u| u.pilot),
    ("comparator", "margin or loss: what the program asks of the comparator", |u| u.pilot),
    ("penalty", "price of a sample's loss in the program", |u| u.price),
    ("program_samples", "fresh samples that certify the comparator's loss", |u| u.certified),
    ("fit_samples", "samples the program is solved on", |u| u.pilot),
    ("pilots", "runs of the pilot", |u| u.limits),
    ("gamma", "width of the features' cones", |u| u.cones),
    ("draws", "neurons on which features are found, and as many on which they are counted", |u| u.draws),
    ("kappa", "copies of f* among the neurons (explicit level)", |u| u.copies),
    ("t", "slack of the norm of initial directions (explicit level)", |u| u.slack),
    ("c_m", "the paper's constant in m", |u| u.constants),
    ("c_T", "the paper's constant in T", |u| u.constants),
    ("c_n", "the paper's constant in n", |u| u.constants),
];

/// The framework's parameters as a theorem has them.
pub(in crate::theorems) fn keys(users: &Users) -> impl Iterator<Item = Parameter> {
    let all = KEYS.iter().map(|(key, about, used)| Parameter { key, about, used: used(users) });
    all.filter(|parameter| !parameter.used.is_empty())
}

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
const PILOT_KEYS: [&str; 7] =
    ["beta", "theta_factor", "comparator", "penalty", "program_samples", "fit_samples", "pilots"];

/// What the pilot was told, which stands in the certificate's information: were it changed, the replay would not give the
/// recorded definitions.
pub(in crate::theorems) fn told(certificate: &Certificate) -> Vec<(String, String)> {
    noted(certificate, PILOT_KEYS)
}

/// Parameters, valid by construction; each is used where its value is taken.
pub(in crate::theorems) struct Params {
    pub(in crate::theorems) epsilon: Setting<f64>,
    pub(in crate::theorems) delta: Setting<f64>,
    pub(in crate::theorems) width: Setting<u64>,
    pub(in crate::theorems) batch: Setting<u64>,
    pub(in crate::theorems) first_batch: Setting<u64>,
    pub(in crate::theorems) m_factor: Setting<f64>,
    pub(in crate::theorems) beta: Setting<Option<f64>>,
    pub(in crate::theorems) theta_factor: Setting<Option<f64>>,
    pub(in crate::theorems) margin_demand: Setting<Option<bool>>,
    pub(in crate::theorems) penalty: Setting<Option<f64>>,
    pub(in crate::theorems) program_samples: Setting<u64>,
    pub(in crate::theorems) fit_samples: Setting<u64>,
    pub(in crate::theorems) pilots: Setting<u64>,
    pub(in crate::theorems) gamma: Setting<f64>,
    pub(in crate::theorems) draws: Setting<u64>,
    pub(in crate::theorems) kappa: Setting<u64>,
    pub(in crate::theorems) t: Setting<f64>,
    pub(in crate::theorems) paper: [Setting<f64>; 3],
}

impl Params {
    /// Those among a theorem's parameters that are the framework's.
    pub(in crate::theorems) fn read(p: &Asked) -> Result<Self, ParameterError> {
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
            m_factor: p.real("m_factor", 10.0, FACTOR, "Theorem C: M > 1")?,
            beta: p.optional("beta", POSITIVE, "biases are b = +-beta in units of sigma_w")?,
            theta_factor: p.optional("theta_factor", POSITIVE, "theta > 0")?,
            margin_demand: p.word("comparator", &[("margin", true), ("loss", false)], "margin or loss")?,
            penalty: p.optional("penalty", POSITIVE, "the program's price of a loss")?,
            program_samples: p.integer("program_samples", 200_000, 1000..=100_000_000, "samples of a certificate")?,
            fit_samples: p.integer("fit_samples", 2048, 16..=65_536, "samples the program is solved on")?,
            pilots: p.integer("pilots", 32, 1..=10_000, "the pilot sets the limits of the comparator")?,
            gamma: p.real("gamma", 0.01, UNIT, "the cone |<G,D>| >= (1 - gamma)|G|")?,
            draws: p.integer("draws", 1000, 10..=20_000, "neurons are sampled to count p")?,
            kappa: p.integer("kappa", 1, 1..=10_000, "every target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, ("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0), "|u| <= sqrt d + t")?,
            paper: [constant("c_m")?, constant("c_T")?, constant("c_n")?],
        })
    }
}
