//! What the theorem is asked for.

use crate::error::ParameterError;
use crate::levels::linear::hits::Hits;
use crate::levels::linear::keys::{THETA_FACTOR, WINDOW};
use crate::levels::linear::start::Start;
use crate::levels::linear::target::Wanted;
use crate::levels::params;
use crate::network::Loss;
use crate::parameters::range::Range;
use crate::parameters::{Asked, Key, Setting};

/// Theorem id.
pub(super) const ID: &str = "frozen-layer";

pub(super) const EPSILON: Key<f64> = Key::real(
    "epsilon",
    "the whole bound on the loss: target, first batch, optimisation, generalisation",
    0.1,
    Range::UNIT,
    "the bound on the loss",
)
.symbol("epsilon");
pub(super) const TARGET_SCALE: Key<Option<f64>> = Key::real_or_found(
    "target_scale",
    "margin c of the comparator c<D,x>/mu",
    Range::SLACK,
    "the comparator's margin c > 0",
)
.symbol("target_scale");
pub(super) const KAPPA: Key<u64> =
    Key::whole("kappa", "copies of the target among the neurons", 50, [1, 10_000], "the target has kappa >= 1 hits")
        .symbol("kappa");
pub(super) const SLACK: Key<f64> = params::SLACK.about("slack of the norm of initial directions");
pub(super) const SAMPLES: Key<Option<u64>> = Key::whole_or_found(
    "n",
    "samples of the one batch (default: as many as epsilon needs)",
    [1, 1 << 53],
    "the batch has n >= 1 samples",
)
.symbol("n");
pub(super) const STEPS: Key<Option<u64>> = Key::whole_or_found(
    "T",
    "iterates (default: as many as epsilon needs)",
    [2, 1 << 53],
    "at least one step is taken",
)
.symbol("T");
pub(super) const C_1: Key<f64> = params::constant("c_1", "the paper's constant of the optimisation term");
pub(super) const C_2: Key<f64> = params::constant("c_2", "the paper's constant of the generalisation term");

/// Parameters, valid by construction.
pub(super) struct Params {
    pub(super) wanted: Wanted,
    pub(super) epsilon: Setting<f64>,
    pub(super) delta: Setting<f64>,
    pub(super) target_scale: Setting<f64>,
    pub(super) kappa: Setting<u64>,
    pub(super) t: Setting<f64>,
    pub(super) window: Setting<f64>,
    pub(super) theta_factor: Setting<f64>,
    pub(super) batch: Setting<Option<u64>>,
    pub(super) steps: Setting<Option<u64>>,
    pub(super) paper: [Setting<f64>; 2],
}

/// The comparator's own loss may take this part of ε.
const TARGET_SHARE: f64 = 0.1;

impl Params {
    pub(super) fn read(p: &Asked) -> Result<Self, ParameterError> {
        let epsilon = p.get(&EPSILON)?;
        Ok(Self {
            wanted: Wanted::read(p)?,
            delta: p.get(&params::DELTA)?,
            target_scale: p.get(&TARGET_SCALE)?.or_found(|| target_scale(epsilon.get())),
            kappa: p.get(&KAPPA)?,
            t: p.get(&SLACK)?,
            window: p.get(&WINDOW)?,
            theta_factor: p.get(&THETA_FACTOR)?,
            batch: p.get(&SAMPLES)?,
            steps: p.get(&STEPS)?,
            paper: [p.get(&C_1)?, p.get(&C_2)?],
            epsilon,
        })
    }

    /// What the derivation up to the hidden layer is built from.
    pub(super) fn start(&self, parts: f64, first_error: Option<f64>) -> Start {
        Start {
            kappa: self.kappa.get(),
            hits: Hits::Window,
            rho_share: 0.0,
            window: self.window.clone(),
            theta_factor: self.theta_factor.clone(),
            t: self.t.get(),
            delta: self.delta.get(),
            parts,
            first_error,
        }
    }
}

/// The least c of one decimal with log₂(1 + e^{−c}) within the target's share of ε.
fn target_scale(epsilon: f64) -> f64 {
    let tenths = |i: u32| f64::from(i) / 10.0;
    (1..1000).map(tenths).find(|&c| Loss::Logistic.value(c) <= TARGET_SHARE * epsilon).unwrap_or(100.0)
}
