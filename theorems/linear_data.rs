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

use super::derivation::Derivation;
use super::framework::params;
use super::instance::{Instance, Level};
use super::request::{Form, Gradients, Request, recalled};
use super::{FormRow, InstanceError, Preset, Theorem};
use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use std::fmt;
use target::allowed_loss;

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
    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        static ALL: std::sync::OnceLock<Vec<(&'static str, &'static str)>> = std::sync::OnceLock::new();
        let new = |(key, _): &(&str, &str)| !KEYS.iter().any(|(own, _)| own == key);
        ALL.get_or_init(|| KEYS.into_iter().chain(params::KEYS.into_iter().filter(new)).collect())
    }
    fn instantiate(&self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let params = Params::read(request)?;
        let target = params.target(request)?;
        match level {
            Level::Posterior => posterior::instance(request, &request.parameters(self)?, &target),
            _ => plan::instance(request, &params, &target, level),
        }
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
        let target = Params::read(request)?.target(request)?;
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
            let params = Params { hits: Some(hits), ..Params::read(&other)? };
            let name = format!("form {form}, {gradients} gradients, {hits} hits");
            Ok((name, plan::instance(&other, &params, &target, Level::Explicit)))
        };
        let mut rows = rows.into_iter().map(of).collect::<Result<Vec<FormRow>, InstanceError>>()?;
        // The posterior level is form c, on fresh samples after the first step.
        let posterior = Request { form: None, gradients: None, ..request.clone() };
        if done != Some(Level::Posterior) {
            rows.push(("posterior".into(), posterior::instance(&posterior, &request.parameters(self)?, &target)));
        }
        Ok(rows)
    }
}

/// Parameters beside those of the posterior level, with what they are.
const KEYS: [(&str, &str); 18] = [
    ("distribution", "uniform-hypercube or margin-ball"),
    ("d", "input dimension"),
    ("data_margin", "smaller distance of the margin ball's points from the boundary"),
    ("data_reach", "larger distance of the margin ball's points from the boundary"),
    ("radius", "radius of the margin ball"),
    ("epsilon", "excess over the target's loss (forms a, b); the error itself (form c)"),
    ("delta", "failure probability"),
    ("margin", "margin parameter mu of the target"),
    ("kappa", "copies of the target among the neurons"),
    ("t", "slack of the norm of initial directions"),
    ("hits", "ball or window"),
    ("window", "lower end of the window of hits"),
    ("theta_factor", "size of the first step in the window form (explicit level)"),
    ("m_factor", "M of Theorem C"),
    ("n", "samples of a later step in form c"),
    ("c_m", "the paper's constant in m"),
    ("c_T", "the paper's constant in T"),
    ("c_n", "the paper's constant in n"),
];

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
    epsilon: f64,
    delta: f64,
    kappa: u64,
    t: f64,
    hits: Option<Hits>,
    window: f64,
    theta_factor: f64,
    m_factor: f64,
    batch: u64,
    paper: [f64; 3],
    form: Option<Form>,
    gradients: Option<Gradients>,
}

pub(super) const POSITIVE: (&str, fn(f64) -> bool) = ("greater than 0", |x| x > 0.0 && x < 1e12);
pub(super) const UNIT: (&str, fn(f64) -> bool) = ("between 1e-9 and 1, both excluded", |x| x > 1e-9 && x < 1.0);

impl Params {
    fn read(request: &Request) -> Result<Self, ParameterError> {
        let p = request.parameters(&LinearData)?;
        let wanted = Wanted::read(&p)?;
        let hits = match p.text("hits") {
            None => None,
            Some("ball") => Some(Hits::Ball),
            Some("window") => Some(Hits::Window),
            Some(other) => {
                let expected = "ball or window".into();
                return Err(ParameterError::Unreadable { name: "hits".into(), value: other.into(), expected });
            }
        };
        let constant = |key| p.real(key, 1.0, POSITIVE, "constants of the paper's O and Omega are positive");
        Ok(Self {
            wanted,
            epsilon: p.real("epsilon", 0.1, UNIT, "the excess error of the theorem")?,
            delta: p.real("delta", 0.1, UNIT, "the failure probability of the theorem")?,
            kappa: p.integer("kappa", 1, 1..=10_000, "every target has kappa >= 1 hits")?,
            t: p.real("t", 4.0, ("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0), "|u| <= sqrt d + t")?,
            hits,
            window: p.real("window", 0.5, ("between 0.01 and 0.99", |x| (0.01..=0.99).contains(&x)), "0 < c < 1")?,
            theta_factor: p.real(
                "theta_factor",
                0.736,
                ("between 0.01 and 100", |x| (0.01..=100.0).contains(&x)),
                "theta > 0",
            )?,
            m_factor: p.real("m_factor", 10.0, ("greater than 1", |x| x > 1.0 && x <= 1e6), "Theorem C: M > 1")?,
            batch: p.integer("n", 1, 1..=1_000_000, "Theorem C: any batch size n >= 1")?,
            paper: [constant("c_m")?, constant("c_T")?, constant("c_n")?],
            form: request.form,
            gradients: request.gradients,
        })
    }

    fn target(&self, request: &Request) -> Result<Target, InstanceError> {
        Target::load(request, &self.wanted, allowed_loss(self))
    }
}

/// Chooses the symbols that every level of a theorem on linear data has, and applies the data's axiom.
pub(super) fn on_data(
    theorem: &'static str,
    target: &Target,
    [epsilon, delta]: [f64; 2],
    variant: &[(&str, &str)],
) -> Result<Derivation, InstanceError> {
    let mut derivation = Derivation::new(theorem, variant, target.support()?)?;
    let wanted = &target.wanted;
    match target.name() {
        "uniform-hypercube" => derivation.choose("d", wanted.dimension as f64)?,
        "margin-ball" => {
            derivation.choose("d", wanted.dimension as f64)?;
            derivation.choose("data_margin", wanted.data_margin)?;
            derivation.choose("data_reach", wanted.data_reach)?;
            derivation.choose("radius", wanted.radius)?;
        }
        _ => {}
    }
    derivation.apply(target.name())?;
    derivation.apply("bounded-inputs")?;
    if target.name() == "finite-support" {
        derivation.apply("finite-support-direction")?;
    }
    derivation.choose("mu", target.margin_parameter)?;
    derivation.choose("epsilon", epsilon)?;
    derivation.choose("delta", delta)?;
    Ok(derivation)
}

/// The premises of this theorem: its data and the hinge loss of its target.
fn premises(target: &Target, params: &Params, variant: &[(&str, &str)]) -> Result<Derivation, InstanceError> {
    let mut derivation = on_data(LinearData.id(), target, [params.epsilon, params.delta], variant)?;
    derivation.apply(target.axiom())?;
    Ok(derivation)
}
