//! # Linear data (docs/theory.md §5.1 with Theorems A, B, C)
//!
//! **Statement.** Let D = E[yx]/‖E[yx]‖ and let f*(x) = ⟨D,x⟩/μ. A two-layer ReLU network of 4m neurons with symmetric
//! initialisation, trained by Algorithm 1, reaches within T steps, with probability at least 1 − δ, hinge loss at most
//! L_D(f*) + ε (forms A, B) or Pr[y f(x) < 1] ≤ ε (form C).
//!
//! **Hypotheses.** ‖x‖ ≤ B_x; E[yx] ≠ 0; margin y⟨D,x⟩ ≥ μ, or (finite support) the loss of f* taken exactly.
//!
//! **Constants.** ε, δ: the user's. t, κ, the window, θ's factor, M, the splits of ε and δ: this project's defaults
//! (`Params`), each can be set. m, n₁, n, T, b̃, σ_a, η: the theorem's. Every formula stands in
//! the theory text, every value in the certificate.
//!
//! **Source.** This project, docs/theory.md §5.1; level `paper`: Theorem 3.12 with its hidden constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms; that a finite sample represents anything beyond its rows.

mod derive;
mod laws;
mod mode;
mod paper;
mod params;
mod plan;
mod posterior;
mod run;

use crate::levels::linear::keys;
use crate::levels::params as framework;
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use, With};
use crate::parameters::{
    Asked, Declared, Form, Gradients, Level, Options, Parameter, Preset, Request, Setting, options,
};
use crate::registry::{FormRow, Instance, InstanceError, ScalingLaw, Theorem};
use params::{ID, Params};

/// The theorem.
pub(super) struct LinearData;

impl Theorem for LinearData {
    fn id(&self) -> &'static str {
        ID
    }
    fn title(&self) -> &'static str {
        "linearly separable (or nearly separable) data is learned by one gradient feature"
    }
    fn source(&self) -> &'static str {
        "docs/theory.md §5.1 with Theorems A, B, C; paper Theorem 3.12"
    }
    fn levels(&self) -> &'static [Level] {
        &[Level::Paper, Level::Explicit, Level::Posterior]
    }
    fn presets(&self) -> &'static [Preset] {
        &[
            Preset { name: "default", about: "uniform on {-1,1}^10, y = x_1", parameters: &[("d", "10")] },
            Preset {
                name: "ball",
                about: "two margins and a sphere inside the unit ball of R^50",
                parameters: &[("distribution", "margin-ball"), ("d", "50"), ("m", "16")],
            },
            Preset {
                name: "large",
                about: "the same in R^1000",
                parameters: &[
                    ("distribution", "margin-ball"),
                    ("d", "1000"),
                    ("m", "16"),
                    ("pilots", "8"),
                    ("program_samples", "20000"),
                ],
            },
            Preset {
                name: "tightness",
                about: "two margins and a sphere inside the unit ball of R^10: small enough to measure needs on",
                parameters: &[("distribution", "margin-ball"), ("d", "10"), ("m", "16"), ("n_1", "100")],
            },
        ]
    }
    fn laws(&self) -> &'static [ScalingLaw] {
        laws::LAWS
    }
    fn options(&self) -> &'static Options {
        let shared = || framework::keys(&USERS).filter(|shared| !KEYS.iter().any(|own| own.key == shared.key));
        let (runs, seed) = (vec![mode::RUNS, posterior::RUNS], vec![Level::Explicit, Level::Posterior]);
        options::once(self.id(), || Options {
            parameters: KEYS.into_iter().chain(shared()).collect(),
            runs,
            rows: true,
            seed,
        })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        if level == Level::Posterior {
            return posterior::instance(asked);
        }
        let params = Params::read(asked)?;
        plan::instance(asked, &params, &params.target(asked)?, level)
    }
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        let asked = Asked::new(declared, request)?;
        let target = Params::read(&asked)?.target(&asked)?;
        let rows = [
            (Form::A, Gradients::Population, "ball"),
            (Form::B, Gradients::Fresh, "ball"),
            (Form::A, Gradients::Population, "window"),
            (Form::B, Gradients::Fresh, "window"),
            (Form::C, Gradients::Population, "window"),
            (Form::C, Gradients::Fresh, "window"),
        ];
        let of = |(form, gradients, hits): (Form, Gradients, &'static str)| {
            let other = Request { form: Some(form), gradients: Some(gradients), ..request.clone() };
            let asked = Asked::new(declared, &other)?;
            let params = Params { hits: Setting::fixed(Some(hits)), ..Params::read(&asked)? };
            let name = format!("form {form}, {gradients} gradients, {hits} hits");
            Ok((name, plan::instance(&asked, &params, &target, Level::Explicit)))
        };
        let mut rows = rows.into_iter().map(of).collect::<Result<Vec<FormRow>, InstanceError>>()?;
        // The posterior level is form c, on fresh samples after the first step.
        if done != Some(Level::Posterior) {
            let asked = Asked::new(declared, &declared.fitting(request, Level::Posterior))?;
            rows.push(("posterior".into(), posterior::instance(&asked)));
        }
        Ok(rows)
    }
}

/// Parameters beside those of the posterior level.
const KEYS: [Parameter; 18] = [
    keys::DISTRIBUTION.used(EVERY),
    keys::DIMENSION.used(EVERY),
    keys::DATA_MARGIN.used(IN_BALL),
    keys::DATA_REACH.used(IN_BALL),
    keys::RADIUS.used(IN_BALL),
    params::EPSILON.used(EVERY),
    framework::DELTA.used(EVERY),
    keys::MARGIN.used(&[PAPER, EXPLICIT]),
    params::KAPPA.used(&[EXPLICIT]),
    params::SLACK.used(&[PAPER, EXPLICIT]),
    params::HITS.used(&[EXPLICIT]),
    keys::WINDOW.used(IN_WINDOW),
    keys::THETA_FACTOR.about("size of the first step in the window form (explicit level)").used(IN_WINDOW),
    framework::FACTOR.used(&[AT_LOSS, IN_FORM_C, POSTERIOR]),
    params::BATCH.used(&[IN_FORM_C, POSTERIOR]),
    framework::C_M.used(&[PAPER]),
    framework::C_STEPS.used(&[PAPER]),
    framework::C_SAMPLES.used(&[PAPER]),
];
const BALL: &[With] = &[With::Set("distribution", "margin-ball")];
const IN_BALL: &[Use] = &[Use::on(Level::Paper, BALL), Use::on(Level::Explicit, BALL), Use::on(Level::Posterior, BALL)];
const IN_WINDOW: &[Use] = &[Use::on(Level::Explicit, &[With::Set("hits", "window")])];
/// Its default gradients are fresh.
const IN_FORM_C: Use = Use::on(Level::Explicit, &[With::Form(Form::C)]);
/// The margin parameter is chosen by the loss that form C can pay.
const AT_LOSS: Use = Use::on(Level::Paper, &[With::Rows("on rows of a file that have no margin")]);

/// The levels that use the framework's parameters that are not its own.
const USERS: framework::Users = framework::Users {
    bound: EVERY,
    pilot: &[POSTERIOR],
    bias: &[POSTERIOR],
    first_step: &[POSTERIOR],
    price: &[Use::on(Level::Posterior, &[LOSS])],
    certified: &[Use::on(Level::Posterior, &[LOSS, LARGE])],
    limits: &[POSTERIOR],
    cones: &[POSTERIOR],
    draws: &[POSTERIOR],
    copies: &[],
    slack: &[],
    batch: &[POSTERIOR],
    factor: &[POSTERIOR],
    constants: &[],
};
const LOSS: With = With::Set("comparator", "loss");
const LARGE: With = With::Where("where the support cannot be enumerated", &[("d", "17")]);
