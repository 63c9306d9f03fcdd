//! # Frozen first layer (docs/theory.md §4, Theorem 3.4, on the linear data of §5.1)
//!
//! **Statement.** After one step of Algorithm 1 on both layers, the first layer is frozen. The outer layer descends with step
//! size 1/L on the mean logistic loss (base 2) of one batch Z of n samples, independent of step 1. With probability at
//! least 1 − δ some t ≤ T has L_D(f⁽ᵗ⁾) ≤ log₂(1 + e^{−c}) + (first batch's term) + opt + 2 gen ≤ ε.
//!
//! **Hypotheses.** ‖x‖ ≤ B_x; E[yx] ≠ 0; margin y⟨D,x⟩ ≥ μ, for rows of a file too: c⟨D,x⟩/μ is the comparator.
//!
//! **Constants.** ε, δ: the user's. κ, t, the window, θ's factor, c, the splits of ε and δ: this project's defaults
//! (`Params`), each can be set. m, n₁, n, T, L, R: the theorem's, in the normalised coordinates α = b̃a that are trained,
//! with b̃ = 1. Every formula stands in `theorems/theory.txt`, every value in the certificate.
//!
//! **Source.** Paper Theorem 3.4; level `explicit`: this project, docs/theory.md §4; level `paper`: its form with the hidden
//! constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms; the uniform bound on |L_D − L̃| beyond the iterates and the comparator
//! of each trial, and anywhere without a finite support; that a finite sample represents anything beyond its rows.

mod paper;
mod plan;

use super::asked::{POSITIVE, Setting, UNIT};
use super::instance::{Instance, Level};
use super::linear_data::{Hits, Start, Target, Wanted};
use super::options::{self, EXPLICIT, Options, PAPER, Parameter, Runs, Use, With};
use super::request::{Gradients, Request, recalled};
use super::{Asked, FormRow, InstanceError, Preset, Theorem};
use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use crate::network::Loss;

/// The theorem.
pub(super) struct FrozenLayer;

impl Theorem for FrozenLayer {
    fn id(&self) -> &'static str {
        "frozen-layer"
    }
    fn title(&self) -> &'static str {
        "after one step the first layer is frozen and gradient descent on one batch trains the outer layer"
    }
    fn source(&self) -> &'static str {
        "docs/theory.md §4, Theorem 3.4, on the linear data of §5.1; paper Theorem 3.4"
    }
    fn levels(&self) -> &'static [Level] {
        &[Level::Paper, Level::Explicit]
    }
    fn presets(&self) -> &'static [Preset] {
        &[
            Preset { name: "default", about: "uniform on {-1,1}^10, y = x_1", parameters: &[("d", "10")] },
            Preset {
                name: "segment",
                about: "two margins and a sphere of two points in the plane: eight points",
                parameters: &[("distribution", "margin-ball"), ("d", "2"), ("epsilon", "0.25")],
            },
            Preset {
                name: "ball-3",
                about: "two margins and a circle in R^3: no finite support, the batch is drawn again at every pass (minutes)",
                parameters: &[
                    ("distribution", "margin-ball"),
                    ("d", "3"),
                    ("data_margin", "0.5"),
                    ("epsilon", "0.45"),
                    ("kappa", "10"),
                ],
            },
            Preset {
                name: "ball",
                about: "two margins and a sphere in R^50: the batch has no finite support, too large to run",
                parameters: &[("distribution", "margin-ball"), ("d", "50")],
            },
            Preset {
                name: "tightness",
                about: "uniform on {-1,1}^4, y = x_1: small enough to measure needs on",
                parameters: &[("d", "4")],
            },
        ]
    }
    fn options(&self) -> &'static Options {
        let (parameters, seed) = (|| KEYS.to_vec(), vec![Level::Explicit]);
        options::once(self.id(), || Options { parameters: parameters(), runs: vec![RUNS], rows: true, seed })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let params = Params::read(asked)?;
        let target = Target::load(asked, &params.wanted, || 0.0)?;
        match level {
            Level::Paper => paper::instance(&params, &target),
            Level::Explicit | Level::Posterior => plan::instance(asked, &params, &target),
        }
    }
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError> {
        let mut request = recalled(certificate, &RECALLED)?;
        if let Some(data) = certificate.variant.get("data").filter(|d| *d != "finite-support") {
            request.parameters.push(("distribution".into(), data.clone()));
        }
        Ok(request)
    }
    fn forms(&self, request: &Request, _done: Option<Level>) -> Result<Vec<FormRow>, InstanceError> {
        let asked = Asked::new(self, request)?;
        let target = Target::load(&asked, &Params::read(&asked)?.wanted, || 0.0)?;
        let of = |(name, gradients): (&str, Gradients)| {
            let asked = Asked::new(self, &Request { gradients: Some(gradients), ..request.clone() })?;
            Ok((name.into(), plan::instance(&asked, &Params::read(&asked)?, &target)))
        };
        [("first step by the closed form", Gradients::ClosedFirst), ("first step on a fresh batch", Gradients::Fresh)]
            .into_iter()
            .map(of)
            .collect()
    }
}

const KEYS: [Parameter; 17] = [
    Parameter::new("distribution", "uniform-hypercube or margin-ball", BOTH),
    Parameter::new("d", "input dimension", BOTH),
    Parameter::new("data_margin", "smaller distance of the margin ball's points from the boundary", IN_BALL),
    Parameter::new("data_reach", "larger distance of the margin ball's points from the boundary", IN_BALL),
    Parameter::new("radius", "radius of the margin ball", IN_BALL),
    Parameter::new("epsilon", "the whole bound on the loss: target, first batch, optimisation, generalisation", BOTH),
    Parameter::new("delta", "failure probability", BOTH),
    Parameter::new("margin", "margin parameter mu of the target", BOTH),
    Parameter::new("target_scale", "margin c of the comparator c<D,x>/mu", BOTH),
    Parameter::new("kappa", "copies of the target among the neurons", BOTH),
    Parameter::new("t", "slack of the norm of initial directions", BOTH),
    Parameter::new("window", "lower end of the window of hits", BOTH),
    Parameter::new("theta_factor", "size of the first step", BOTH),
    Parameter::new("n", "samples of the one batch (default: as many as epsilon needs)", BOTH),
    Parameter::new("T", "iterates (default: as many as epsilon needs)", BOTH),
    Parameter::new("c_1", "the paper's constant of the optimisation term", &[PAPER]),
    Parameter::new("c_2", "the paper's constant of the generalisation term", &[PAPER]),
];
const BOTH: &[Use] = &[PAPER, EXPLICIT];
const BALL: &[With] = &[With::Set("distribution", "margin-ball")];
const IN_BALL: &[Use] = &[Use::on(Level::Paper, BALL), Use::on(Level::Explicit, BALL)];
/// What the explicit level runs; it has no forms.
const RUNS: Runs = Runs {
    level: Level::Explicit,
    pairs: &[(None, Gradients::Fresh), (None, Gradients::ClosedFirst)],
    why: "Theorem 3.4 freezes the first layer, which the forms a, b, c train too, and trains the outer layer on one batch; the \
          first step alone may take the closed form",
};

/// The parameter key of each symbol an instance chooses for itself.
const RECALLED: [(&str, &str); 14] = [
    ("d", "d"),
    ("data_margin", "data_margin"),
    ("data_reach", "data_reach"),
    ("radius", "radius"),
    ("epsilon", "epsilon"),
    ("delta", "delta"),
    ("mu", "margin"),
    ("target_scale", "target_scale"),
    ("kappa", "kappa"),
    ("t", "t"),
    ("window", "window"),
    ("theta_factor", "theta_factor"),
    ("n", "n"),
    ("T", "T"),
];

/// Parameters, valid by construction.
struct Params {
    wanted: Wanted,
    epsilon: Setting<f64>,
    delta: Setting<f64>,
    target_scale: Setting<f64>,
    kappa: Setting<u64>,
    t: Setting<f64>,
    window: Setting<f64>,
    theta_factor: Setting<f64>,
    batch: Setting<Option<u64>>,
    steps: Setting<Option<u64>>,
    paper: [Setting<f64>; 2],
}

/// The comparator's own loss may take this part of ε.
const TARGET_SHARE: f64 = 0.1;

impl Params {
    fn read(p: &Asked) -> Result<Self, ParameterError> {
        let epsilon = p.real("epsilon", 0.1, UNIT, "the bound on the loss")?;
        let constant = |key| p.real(key, 1.0, POSITIVE, "constants of the paper's O are positive");
        let slack = ("greater than 0 and at most 100", (|x| x > 0.0 && x <= 100.0) as fn(f64) -> bool);
        let window = ("between 0.01 and 0.99", (|x| (0.01..=0.99).contains(&x)) as fn(f64) -> bool);
        let factor = ("between 0.01 and 100", (|x| (0.01..=100.0).contains(&x)) as fn(f64) -> bool);
        Ok(Self {
            wanted: Wanted::read(p)?,
            delta: p.real("delta", 0.1, UNIT, "the failure probability of the theorem")?,
            target_scale: p.real(
                "target_scale",
                target_scale(epsilon.get()),
                slack,
                "the comparator's margin c > 0",
            )?,
            kappa: p.integer("kappa", 50, 1..=10_000, "the target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, slack, "|u| <= sqrt d + t")?,
            window: p.real("window", 0.5, window, "0 < c < 1")?,
            theta_factor: p.real("theta_factor", 0.736, factor, "theta > 0")?,
            batch: p.optional_integer("n", 1..=1 << 53, "the batch has n >= 1 samples")?,
            steps: p.optional_integer("T", 2..=1 << 53, "at least one step is taken")?,
            paper: [constant("c_1")?, constant("c_2")?],
            epsilon,
        })
    }

    /// What the derivation up to the hidden layer is built from.
    fn start(&self, parts: f64, first_error: Option<f64>) -> Start {
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
