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
//! with b̃ = 1. Every formula stands in the theory text, every value in the certificate.
//!
//! **Source.** Paper Theorem 3.4; level `explicit`: this project, docs/theory.md §4; level `paper`: its form with the hidden
//! constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms; the uniform bound on |L_D − L̃| beyond the iterates and the comparator
//! of each trial, and anywhere without a finite support; that a finite sample represents anything beyond its rows.

mod paper;
mod params;
mod plan;

use crate::levels::linear::keys;
use crate::levels::linear::target::Target;
use crate::levels::params as framework;
use crate::parameters::options::Runs;
use crate::parameters::uses::{EXPLICIT, PAPER, Use, With};
use crate::parameters::{Asked, Declared, Gradients, Level, Options, Parameter, Preset, Request, options};
use crate::registry::{FormRow, Instance, InstanceError, Theorem};
use params::{ID, Params};

/// The theorem.
pub(super) struct FrozenLayer;

impl Theorem for FrozenLayer {
    fn id(&self) -> &'static str {
        ID
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
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        _done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        let asked = Asked::new(declared, request)?;
        let target = Target::load(&asked, &Params::read(&asked)?.wanted, || 0.0)?;
        let of = |(name, gradients): (&str, Gradients)| {
            let asked = Asked::new(declared, &Request { gradients: Some(gradients), ..request.clone() })?;
            Ok((name.into(), plan::instance(&asked, &Params::read(&asked)?, &target)))
        };
        [("first step by the closed form", Gradients::ClosedFirst), ("first step on a fresh batch", Gradients::Fresh)]
            .into_iter()
            .map(of)
            .collect()
    }
}

const KEYS: [Parameter; 17] = [
    keys::DISTRIBUTION.used(BOTH),
    keys::DIMENSION.used(BOTH),
    keys::DATA_MARGIN.used(IN_BALL),
    keys::DATA_REACH.used(IN_BALL),
    keys::RADIUS.used(IN_BALL),
    params::EPSILON.used(BOTH),
    framework::DELTA.used(BOTH),
    keys::MARGIN.used(BOTH),
    params::TARGET_SCALE.used(BOTH),
    params::KAPPA.used(BOTH),
    params::SLACK.used(BOTH),
    keys::WINDOW.used(BOTH),
    keys::THETA_FACTOR.used(BOTH),
    params::SAMPLES.used(BOTH),
    params::STEPS.used(BOTH),
    params::C_1.used(&[PAPER]),
    params::C_2.used(&[PAPER]),
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
