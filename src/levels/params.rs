//! Parameters of the framework, read once.

use crate::error::ParameterError;
use crate::parameters::range::Range;
use crate::parameters::uses::Use;
use crate::parameters::{Asked, Key, Parameter, Setting};

/// The levels of a theorem that use the framework's parameters, by what these are for. Where there is none, the theorem does not
/// have the parameter.
pub(crate) struct Users {
    /// ε and δ.
    pub(crate) bound: &'static [Use],
    /// What the pilot chooses its first step and its program by.
    pub(crate) pilot: &'static [Use],
    /// The bias, which a special case may take without a pilot.
    pub(crate) bias: &'static [Use],
    /// Samples of the first step.
    pub(crate) first_step: &'static [Use],
    /// The program's price, where its comparator has a loss.
    pub(crate) price: &'static [Use],
    /// What certifies that loss, where it cannot be enumerated.
    pub(crate) certified: &'static [Use],
    /// Pilot runs that set the comparator's limits.
    pub(crate) limits: &'static [Use],
    /// The features' cones.
    pub(crate) cones: &'static [Use],
    /// Neurons on which features are found.
    pub(crate) draws: &'static [Use],
    /// Copies of f*.
    pub(crate) copies: &'static [Use],
    /// Slack of the norms of initial directions.
    pub(crate) slack: &'static [Use],
    /// Samples of a later step.
    pub(crate) batch: &'static [Use],
    /// M.
    pub(crate) factor: &'static [Use],
    /// The paper's constants.
    pub(crate) constants: &'static [Use],
}

pub(crate) const EPSILON: Key<f64> =
    Key::real("epsilon", "the error (form c)", 0.1, Range::UNIT, "the error of the theorem").symbol("epsilon");
pub(crate) const DELTA: Key<f64> =
    Key::real("delta", "failure probability", 0.1, Range::UNIT, "the failure probability of the theorem")
        .symbol("delta");
pub(crate) const WIDTH: Key<u64> = Key::whole(
    "m",
    "width of the posterior level",
    64,
    [1, 4096],
    "the network has 4m neurons; the program holds 2048 samples of each",
)
.symbol("m");
pub(crate) const BATCH: Key<u64> =
    Key::whole("n", "samples of a later step", 1, [1, 1_000_000], "Theorem C: any batch size n >= 1").symbol("n");
pub(crate) const FIRST_BATCH: Key<u64> = Key::whole(
    "n_1",
    "samples of the first step, 0 for the closed form",
    0,
    [0, 1_000_000_000],
    "Algorithm 1: a fresh first batch",
)
.symbol("n_1");
pub(crate) const FACTOR: Key<f64> =
    Key::real("m_factor", "M of Theorem C", 10.0, Range::FACTOR, "Theorem C: M > 1").symbol("M");
pub(crate) const BETA: Key<Option<f64>> = Key::real_or_found(
    "beta",
    "bias in units of the initial weights' standard deviation",
    Range::POSITIVE,
    "biases are b = +-beta in units of sigma_w",
);
pub(crate) const THETA_FACTOR: Key<Option<f64>> = Key::real_or_found(
    "theta_factor",
    "size of the first step, in units of 1/(median |G| B_op)",
    Range::POSITIVE,
    "theta > 0",
);
pub(crate) const COMPARATOR: Key<Option<&'static str>> = Key::word(
    "comparator",
    "margin or loss: what the program asks of the comparator",
    &["margin", "loss"],
    "margin or loss",
);
pub(crate) const PENALTY: Key<Option<f64>> = Key::real_or_found(
    "penalty",
    "price of a sample's loss in the program",
    Range::POSITIVE,
    "the program's price of a loss",
);
pub(crate) const PROGRAM_SAMPLES: Key<u64> = Key::whole(
    "program_samples",
    "fresh samples that certify the comparator's loss",
    200_000,
    [1000, 100_000_000],
    "samples of a certificate",
);
pub(crate) const FIT_SAMPLES: Key<u64> = Key::whole(
    "fit_samples",
    "samples the program is solved on",
    2048,
    [16, 65_536],
    "samples the program is solved on",
);
pub(crate) const PILOTS: Key<u64> =
    Key::whole("pilots", "runs of the pilot", 32, [1, 10_000], "the pilot sets the limits of the comparator");
pub(crate) const GAMMA: Key<f64> =
    Key::real("gamma", "width of the features' cones", 0.01, Range::UNIT, "the cone |<G,D>| >= (1 - gamma)|G|")
        .symbol("gamma");
pub(crate) const DRAWS: Key<u64> = Key::whole(
    "draws",
    "neurons on which features are found, and as many on which they are counted",
    1000,
    [10, 20_000],
    "neurons are sampled to count p",
)
.symbol("feature_draws");
pub(crate) const KAPPA: Key<u64> = Key::whole(
    "kappa",
    "copies of f* among the neurons (explicit level)",
    1,
    [1, 10_000],
    "every target has kappa >= 1 hits",
)
.symbol("kappa");
pub(crate) const SLACK: Key<f64> =
    Key::real("t", "slack of the norm of initial directions (explicit level)", 4.0, Range::SLACK, "|u| <= sqrt d + t")
        .symbol("t");
pub(crate) const C_M: Key<f64> = constant("c_m", "the paper's constant in m");
pub(crate) const C_STEPS: Key<f64> = constant("c_T", "the paper's constant in T");
pub(crate) const C_SAMPLES: Key<f64> = constant("c_n", "the paper's constant in n");

/// A constant that the paper hides.
pub(crate) const fn constant(key: &'static str, about: &'static str) -> Key<f64> {
    Key::real(key, about, 1.0, Range::POSITIVE, "constants of the paper's O, Omega and Theta are positive").symbol(key)
}

/// The framework's parameters as a theorem has them.
pub(crate) fn keys(users: &Users) -> impl Iterator<Item = Parameter> {
    let all = [
        EPSILON.used(users.bound),
        DELTA.used(users.bound),
        WIDTH.used(users.pilot),
        BATCH.used(users.batch),
        FIRST_BATCH.used(users.first_step),
        FACTOR.used(users.factor),
        BETA.used(users.bias),
        THETA_FACTOR.used(users.pilot),
        COMPARATOR.used(users.pilot),
        PENALTY.used(users.price),
        PROGRAM_SAMPLES.used(users.certified),
        FIT_SAMPLES.used(users.pilot),
        PILOTS.used(users.limits),
        GAMMA.used(users.cones),
        DRAWS.used(users.draws),
        KAPPA.used(users.copies),
        SLACK.used(users.slack),
        C_M.used(users.constants),
        C_STEPS.used(users.constants),
        C_SAMPLES.used(users.constants),
    ];
    all.into_iter().filter(|parameter| !parameter.used.is_empty())
}

/// Parameters, valid by construction; each is used where its value is taken.
pub(crate) struct Params {
    pub(crate) epsilon: Setting<f64>,
    pub(crate) delta: Setting<f64>,
    pub(crate) width: Setting<u64>,
    pub(crate) batch: Setting<u64>,
    pub(crate) first_batch: Setting<u64>,
    pub(crate) m_factor: Setting<f64>,
    pub(crate) beta: Setting<Option<f64>>,
    pub(crate) theta_factor: Setting<Option<f64>>,
    pub(crate) demand: Setting<Option<&'static str>>,
    pub(crate) penalty: Setting<Option<f64>>,
    pub(crate) program_samples: Setting<u64>,
    pub(crate) fit_samples: Setting<u64>,
    pub(crate) pilots: Setting<u64>,
    pub(crate) gamma: Setting<f64>,
    pub(crate) draws: Setting<u64>,
    pub(crate) kappa: Setting<u64>,
    pub(crate) t: Setting<f64>,
    pub(crate) paper: [Setting<f64>; 3],
}

impl Params {
    /// Those among a theorem's parameters that are the framework's.
    pub(crate) fn read(p: &Asked) -> Result<Self, ParameterError> {
        Ok(Self {
            epsilon: p.get(&EPSILON)?,
            delta: p.get(&DELTA)?,
            width: p.get(&WIDTH)?,
            batch: p.get(&BATCH)?,
            first_batch: p.get(&FIRST_BATCH)?,
            m_factor: p.get(&FACTOR)?,
            beta: p.get(&BETA)?,
            theta_factor: p.get(&THETA_FACTOR)?,
            demand: p.get(&COMPARATOR)?,
            penalty: p.get(&PENALTY)?,
            program_samples: p.get(&PROGRAM_SAMPLES)?,
            fit_samples: p.get(&FIT_SAMPLES)?,
            pilots: p.get(&PILOTS)?,
            gamma: p.get(&GAMMA)?,
            draws: p.get(&DRAWS)?,
            kappa: p.get(&KAPPA)?,
            t: p.get(&SLACK)?,
            paper: [p.get(&C_M)?, p.get(&C_STEPS)?, p.get(&C_SAMPLES)?],
        })
    }
}
