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

use super::instance::{Instance, Level};
use super::linear_data::{Hits, POSITIVE, Start, Target, UNIT, Wanted};
use super::request::{Gradients, Parameters, Request, recalled};
use super::{FormRow, InstanceError, Preset, Theorem};
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
    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("distribution", "uniform-hypercube or margin-ball"),
            ("d", "input dimension"),
            ("data_margin", "smaller distance of the margin ball's points from the boundary"),
            ("data_reach", "larger distance of the margin ball's points from the boundary"),
            ("radius", "radius of the margin ball"),
            ("epsilon", "the whole bound on the loss: target, first batch, optimisation, generalisation"),
            ("delta", "failure probability"),
            ("margin", "margin parameter mu of the target"),
            ("target_scale", "margin c of the comparator c<D,x>/mu"),
            ("kappa", "copies of the target among the neurons"),
            ("t", "slack of the norm of initial directions"),
            ("window", "lower end of the window of hits"),
            ("theta_factor", "size of the first step"),
            ("n", "samples of the one batch (default: as many as epsilon needs)"),
            ("T", "iterates (default: as many as epsilon needs)"),
            ("c_1", "the paper's constant of the optimisation term"),
            ("c_2", "the paper's constant of the generalisation term"),
        ]
    }
    fn instantiate(&self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let params = Params::read(request)?;
        let target = Target::load(request, &params.wanted, 0.0)?;
        match level {
            Level::Paper => paper::instance(&params, &target),
            Level::Explicit | Level::Posterior => plan::instance(request, &params, &target),
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
        let target = Target::load(request, &Params::read(request)?.wanted, 0.0)?;
        let of = |(name, gradients): (&str, Gradients)| {
            let other = Request { gradients: Some(gradients), ..request.clone() };
            Ok((name.into(), plan::instance(&other, &Params::read(&other)?, &target)))
        };
        [("first step by the closed form", Gradients::ClosedFirst), ("first step on a fresh batch", Gradients::Fresh)]
            .into_iter()
            .map(of)
            .collect()
    }
}

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
    epsilon: f64,
    delta: f64,
    target_scale: f64,
    kappa: u64,
    t: f64,
    window: f64,
    theta_factor: f64,
    batch: Option<u64>,
    steps: Option<u64>,
    paper: [f64; 2],
    fresh: bool,
}

/// The comparator's own loss may take this part of ε.
const TARGET_SHARE: f64 = 0.1;

impl Params {
    fn read(request: &Request) -> Result<Self, ParameterError> {
        let p = request.parameters(&FrozenLayer)?;
        if let Some(form) = request.form {
            let why = "the forms a, b, c are those of training both layers; Theorem 3.4 freezes the first";
            return Err(ParameterError::conflict(format!("--form {form}"), why));
        }
        let fresh = match request.gradients {
            None | Some(Gradients::Fresh) => true,
            Some(Gradients::ClosedFirst) => false,
            Some(Gradients::Population) => {
                let why =
                    "Theorem 3.4 trains the outer layer on a batch; the first step alone may take the closed form";
                return Err(ParameterError::conflict("--gradients population", why));
            }
        };
        let epsilon = p.real("epsilon", 0.1, UNIT, "the bound on the loss")?;
        let constant = |key| p.real(key, 1.0, POSITIVE, "constants of the paper's O are positive");
        let slack = ("greater than 0 and at most 100", (|x| x > 0.0 && x <= 100.0) as fn(f64) -> bool);
        let window = ("between 0.01 and 0.99", (|x| (0.01..=0.99).contains(&x)) as fn(f64) -> bool);
        let factor = ("between 0.01 and 100", (|x| (0.01..=100.0).contains(&x)) as fn(f64) -> bool);
        Ok(Self {
            wanted: Wanted::read(&p)?,
            epsilon,
            delta: p.real("delta", 0.1, UNIT, "the failure probability of the theorem")?,
            target_scale: p.real("target_scale", target_scale(epsilon), slack, "the comparator's margin c > 0")?,
            kappa: p.integer("kappa", 50, 1..=10_000, "the target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, slack, "|u| <= sqrt d + t")?,
            window: p.real("window", 0.5, window, "0 < c < 1")?,
            theta_factor: p.real("theta_factor", 0.736, factor, "theta > 0")?,
            batch: whole(&p, "n", 1, "the batch has n >= 1 samples")?,
            steps: whole(&p, "T", 2, "at least one step is taken")?,
            paper: [constant("c_1")?, constant("c_2")?],
            fresh,
        })
    }

    /// What the derivation up to the hidden layer is built from.
    fn start(&self, parts: f64, first_error: Option<f64>) -> Start {
        let Self { kappa, window, theta_factor, t, delta, .. } = *self;
        Start { kappa, hits: Hits::Window, rho_share: 0.0, window, theta_factor, t, delta, parts, first_error }
    }
}

fn whole(p: &Parameters, key: &'static str, least: u64, why: &'static str) -> Result<Option<u64>, ParameterError> {
    p.text(key).is_some().then(|| p.integer(key, least, least..=1 << 53, why)).transpose()
}

/// The least c of one decimal with log₂(1 + e^{−c}) within the target's share of ε.
fn target_scale(epsilon: f64) -> f64 {
    let tenths = |i: u32| f64::from(i) / 10.0;
    (1..1000).map(tenths).find(|&c| Loss::Logistic.value(c) <= TARGET_SHARE * epsilon).unwrap_or(100.0)
}
