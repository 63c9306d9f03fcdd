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
//! `theorems/theory.txt`, every value in the certificate.
//!
//! **Source.** This project, docs/theory.md §5.1; level `paper`: Theorem 3.12 with its hidden constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms; that a finite sample represents anything beyond its rows.

mod derive;
mod mode;
mod paper;
mod plan;
mod posterior;
mod run;
mod target;

use super::asked::{FACTOR, POSITIVE, Setting, UNIT};
use super::derivation::Derivation;
use super::framework::params;
use super::instance::{Instance, Level};
use super::options::{self, EVERY, EXPLICIT, Options, PAPER, POSTERIOR, Parameter, Use, With};
use super::request::{Form, Gradients, Request, recalled};
use super::{Asked, FormRow, InstanceError, Preset, Theorem, unused};
use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use std::fmt;

pub(super) use derive::{Events, Start, begin};
pub(super) use run::{linear_hits, share_of, start_events};
pub(super) use target::{Target, Wanted};

/// The theorem.
pub(super) struct LinearData;

impl Theorem for LinearData {
    fn id(&self) -> &'static str {
        "linear-data"
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
    fn options(&self) -> &'static Options {
        let shared = || params::keys(&USERS).filter(|shared| !KEYS.iter().any(|own| own.key == shared.key));
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
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError> {
        let mut request = recalled(certificate, &RECALLED)?;
        request.parameters.extend(recalled(certificate, &params::RECALLED)?.parameters);
        request.parameters.extend(params::told(certificate));
        if let Some(hits) = certificate.variant.get("hits") {
            request.parameters.push(("hits".into(), hits.clone()));
        }
        if let Some(data) = certificate.variant.get("data").filter(|d| *d != "finite-support") {
            request.parameters.push(("distribution".into(), data.clone()));
        }
        Ok(request)
    }
    fn forms(&self, request: &Request, done: Option<Level>) -> Result<Vec<FormRow>, InstanceError> {
        let asked = Asked::new(self, request)?;
        let target = Params::read(&asked)?.target(&asked)?;
        let rows = [
            (Form::A, Gradients::Population, Hits::Ball),
            (Form::B, Gradients::Fresh, Hits::Ball),
            (Form::A, Gradients::Population, Hits::Window),
            (Form::B, Gradients::Fresh, Hits::Window),
            (Form::C, Gradients::Population, Hits::Window),
            (Form::C, Gradients::Fresh, Hits::Window),
        ];
        let of = |(form, gradients, hits)| {
            let other = Request { form: Some(form), gradients: Some(gradients), ..request.clone() };
            let asked = Asked::new(self, &other)?;
            let params = Params { hits: Setting::fixed(Some(hits)), ..Params::read(&asked)? };
            let name = format!("form {form}, {gradients} gradients, {hits} hits");
            Ok((name, plan::instance(&asked, &params, &target, Level::Explicit)))
        };
        let mut rows = rows.into_iter().map(of).collect::<Result<Vec<FormRow>, InstanceError>>()?;
        // The posterior level is form c, on fresh samples after the first step.
        if done != Some(Level::Posterior) {
            let asked = Asked::new(self, &unused::fitting(self, request, Level::Posterior))?;
            rows.push(("posterior".into(), posterior::instance(&asked)));
        }
        Ok(rows)
    }
}

/// Parameters beside those of the posterior level.
const KEYS: [Parameter; 18] = [
    Parameter::new("distribution", "uniform-hypercube or margin-ball", EVERY),
    Parameter::new("d", "input dimension", EVERY),
    Parameter::new("data_margin", "smaller distance of the margin ball's points from the boundary", IN_BALL),
    Parameter::new("data_reach", "larger distance of the margin ball's points from the boundary", IN_BALL),
    Parameter::new("radius", "radius of the margin ball", IN_BALL),
    Parameter::new("epsilon", "excess over the target's loss (forms a, b); the error itself (form c)", EVERY),
    Parameter::new("delta", "failure probability", EVERY),
    Parameter::new("margin", "margin parameter mu of the target", &[PAPER, EXPLICIT]),
    Parameter::new("kappa", "copies of the target among the neurons", &[EXPLICIT]),
    Parameter::new("t", "slack of the norm of initial directions", &[PAPER, EXPLICIT]),
    Parameter::new("hits", "ball or window", &[EXPLICIT]),
    Parameter::new("window", "lower end of the window of hits", IN_WINDOW),
    Parameter::new("theta_factor", "size of the first step in the window form (explicit level)", IN_WINDOW),
    Parameter::new("m_factor", "M of Theorem C", &[AT_LOSS, IN_FORM_C, POSTERIOR]),
    Parameter::new("n", "samples of a later step in form c", &[IN_FORM_C, POSTERIOR]),
    Parameter::new("c_m", "the paper's constant in m", &[PAPER]),
    Parameter::new("c_T", "the paper's constant in T", &[PAPER]),
    Parameter::new("c_n", "the paper's constant in n", &[PAPER]),
];
const BALL: &[With] = &[With::Set("distribution", "margin-ball")];
const IN_BALL: &[Use] = &[Use::on(Level::Paper, BALL), Use::on(Level::Explicit, BALL), Use::on(Level::Posterior, BALL)];
const IN_WINDOW: &[Use] = &[Use::on(Level::Explicit, &[With::Set("hits", "window")])];
/// Its default gradients are fresh.
const IN_FORM_C: Use = Use::on(Level::Explicit, &[With::Form(Form::C)]);
/// The margin parameter is chosen by the loss that form C can pay.
const AT_LOSS: Use = Use::on(Level::Paper, &[With::Rows("on rows of a file that have no margin")]);

/// The levels that use the framework's parameters that are not its own.
const USERS: params::Users = params::Users {
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

/// The parameter key of each symbol an instance chooses for itself.
const RECALLED: [(&str, &str); 13] = [
    ("d", "d"),
    ("data_margin", "data_margin"),
    ("data_reach", "data_reach"),
    ("radius", "radius"),
    ("epsilon", "epsilon"),
    ("delta", "delta"),
    ("mu", "margin"),
    ("kappa", "kappa"),
    ("t", "t"),
    ("window", "window"),
    ("theta_factor", "theta_factor"),
    ("M", "m_factor"),
    ("n", "n"),
];

/// Which hits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hits {
    Ball,
    Window,
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ball => "ball",
            Self::Window => "window",
        })
    }
}

/// Parameters, valid by construction.
pub(super) struct Params {
    wanted: Wanted,
    epsilon: Setting<f64>,
    delta: Setting<f64>,
    kappa: Setting<u64>,
    t: Setting<f64>,
    hits: Setting<Option<Hits>>,
    window: Setting<f64>,
    theta_factor: Setting<f64>,
    m_factor: Setting<f64>,
    batch: Setting<u64>,
    paper: [Setting<f64>; 3],
    form: Option<Form>,
    gradients: Option<Gradients>,
}

impl Params {
    fn read(p: &Asked) -> Result<Self, ParameterError> {
        let constant = |key| p.real(key, 1.0, POSITIVE, "constants of the paper's O and Omega are positive");
        Ok(Self {
            wanted: Wanted::read(p)?,
            epsilon: p.real("epsilon", 0.1, UNIT, "the excess error of the theorem")?,
            delta: p.real("delta", 0.1, UNIT, "the failure probability of the theorem")?,
            kappa: p.integer("kappa", 1, 1..=10_000, "every target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, ("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0), "|u| <= sqrt d + t")?,
            hits: p.word("hits", &[("ball", Hits::Ball), ("window", Hits::Window)], "ball or window")?,
            window: p.real("window", 0.5, ("between 0.01 and 0.99", |x| (0.01..=0.99).contains(&x)), "0 < c < 1")?,
            theta_factor: p.real(
                "theta_factor",
                0.736,
                ("between 0.01 and 100", |x| (0.01..=100.0).contains(&x)),
                "theta > 0",
            )?,
            m_factor: p.real("m_factor", 10.0, FACTOR, "Theorem C: M > 1")?,
            batch: p.integer("n", 1, 1..=1_000_000, "Theorem C: any batch size n >= 1")?,
            paper: [constant("c_m")?, constant("c_T")?, constant("c_n")?],
            form: p.form(),
            gradients: p.gradients(),
        })
    }

    fn target(&self, asked: &Asked) -> Result<Target, InstanceError> {
        Target::load(asked, &self.wanted, || allowed_loss(self))
    }
}

/// The loss of f* up to which a larger μ makes a better bound. Forms A and B promise L(f*) + ε, so the least loss is best. Form
/// C promises ε whatever μ is, in a number of steps proportional to 1/μ²: the largest μ is best whose loss leaves half of
/// ε(M−1)/4M to drift and the first batch (docs/theory.md §4, C2).
fn allowed_loss(params: &Params) -> f64 {
    match params.form.unwrap_or(Form::C) {
        Form::A | Form::B => 0.0,
        Form::C => {
            let (epsilon, factor) = (params.epsilon.get(), params.m_factor.get());
            epsilon * (factor - 1.0) / (8.0 * factor)
        }
    }
}

/// Chooses the symbols that every level of a theorem on linear data has, and applies the data's axiom.
pub(super) fn on_data(
    theorem: &'static str,
    target: &Target,
    [epsilon, delta]: [f64; 2],
    variant: &[(&str, &str)],
) -> Result<Derivation, InstanceError> {
    let mut derivation = Derivation::new(theorem, variant, target.law.support()?)?;
    for (symbol, value) in target.law.symbols() {
        derivation.choose(symbol, value)?;
    }
    derivation.apply(target.law.name())?;
    derivation.apply("bounded-inputs")?;
    if target.law.name() == "finite-support" {
        derivation.apply("finite-support-direction")?;
    }
    derivation.choose("mu", target.margin_parameter)?;
    derivation.choose("epsilon", epsilon)?;
    derivation.choose("delta", delta)?;
    Ok(derivation)
}

/// The premises of this theorem: its data and the hinge loss of its target.
fn premises(target: &Target, params: &Params, variant: &[(&str, &str)]) -> Result<Derivation, InstanceError> {
    let mut derivation = on_data(LinearData.id(), target, [params.epsilon.get(), params.delta.get()], variant)?;
    derivation.apply(target.axiom())?;
    Ok(derivation)
}
