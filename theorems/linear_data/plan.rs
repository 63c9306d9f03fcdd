//! The theorem at given parameters: which form is run, its hypotheses, and the instance that goes to the trials.

use super::derive::{explicit, initial_slack};
use super::run::{bounds, protocol, rules};
use super::target::Target;
use super::{Form, Gradients, Hits, Level, LinearData, Params, Request, premises};
use crate::certificate::claim::Claim;
use crate::error::ParameterError;
use crate::theorems::derivation::{Derivation, DerivationError};
use crate::theorems::instance::{Bounds, Hypothesis, Instance, Size};
use crate::theorems::{InstanceError, Theorem};

/// How the explicit theorem is run, after defaults.
pub(super) struct Mode {
    pub(super) form: Form,
    pub(super) gradients: Gradients,
    pub(super) hits: Hits,
    /// Whether the margin hypothesis holds, so that C is C1.
    pub(super) margin: bool,
}

impl Mode {
    pub(super) fn of(params: &Params, target: &Target, from_file: bool) -> Result<Self, ParameterError> {
        let finite = target.distribution.support().is_some();
        let form = params.form.unwrap_or(match params.gradients {
            None if finite && !from_file => Form::A,
            Some(Gradients::Population) if !from_file => Form::A,
            _ => Form::C,
        });
        let margin = target.margin_parameter <= target.margin;
        let gradients = params.gradients.unwrap_or(match form {
            Form::A => Gradients::Population,
            // Without a margin the first batch is held against a small part of ε, and would need some 10⁸ samples.
            Form::C if !margin => Gradients::ClosedFirst,
            Form::B | Form::C => Gradients::Fresh,
        });
        let conflict = |why: &str| Err(ParameterError::conflict(format!("--form {form} --gradients {gradients}"), why));
        match (form, gradients) {
            (Form::A, Gradients::Fresh | Gradients::ClosedFirst) => {
                return conflict("Theorem A needs population gradients");
            }
            (Form::B, Gradients::Population) => return conflict("Theorem B needs fresh batches"),
            (_, Gradients::Population) if !finite => {
                return conflict("population gradients need a support that can be enumerated (d at most 16)");
            }
            _ => {}
        }
        let default = if form == Form::C { Hits::Window } else { Hits::Ball };
        Ok(Self { form, gradients, hits: params.hits.unwrap_or(default), margin })
    }

    pub(super) fn form_tag(&self) -> &'static str {
        match (self.form, self.margin) {
            (Form::A, _) => "a",
            (Form::B, _) => "b",
            (Form::C, true) => "c1",
            (Form::C, false) => "c2",
        }
    }

    pub(super) fn fresh(&self) -> bool {
        self.gradients == Gradients::Fresh
    }

    /// Parts of δ: hits, initial weights, first batch, training; those that do not occur give their share back.
    pub(super) fn delta_parts(&self) -> f64 {
        let training = self.gradients != Gradients::Population;
        2.0 + f64::from(u8::from(self.fresh())) + f64::from(u8::from(training))
    }
}

/// The theorem at the given parameters and level.
pub(super) fn instance(
    request: &Request,
    params: &Params,
    target: &Target,
    level: Level,
) -> Result<Instance, InstanceError> {
    let mode = Mode::of(params, target, target.name() == "finite-support")?;
    if level == Level::Paper {
        return super::paper::instance(params, target);
    }
    let (hits, gradients) = (mode.hits.to_string(), mode.gradients.to_string());
    let variant = [
        ("level", "explicit"),
        ("data", target.name()),
        ("form", mode.form_tag()),
        ("gradients", &gradients),
        ("hits", &hits),
        ("evaluation", if target.distribution.support().is_some() { "exact" } else { "sampled" }),
    ];
    let mut derivation = premises(target, params, &variant)?;
    let hypotheses = hypotheses(&derivation, target, &mode);
    derivation.choose("t", initial_slack(&derivation, params, &mode))?;
    let root = explicit(&mut derivation, params, &mode)?;
    derivation.apply("outer-scale")?;
    for axiom in target.evaluation() {
        derivation.apply(axiom)?;
    }
    let non_vacuous = Claim::parse(crate::certificate::proof::NOT_VACUOUS).map_err(DerivationError::from);
    // A vacuous bound is a verdict of its own, not a failed hypothesis.
    if derivation.number("error_bound") < derivation.number("minority") {
        derivation.prove(non_vacuous?)?;
    }
    let bounds = bounds(&derivation, target, &mode);
    let protocol = protocol(&derivation, target, &mode, request.seed, params);
    let rules = rules(&derivation, &protocol);
    let goal = if mode.form == Form::C { "Pr[y f(x) < 1]" } else { "hinge loss" };
    let number = |name: &str| derivation.value(name).map_or_else(String::new, |v| Size::of(&v).to_string());
    let statement = format!(
        "with m = {} (N = {} neurons), {} and step size {:.3e}, with probability at least {} some t <= T = {} has {goal} at most {:.6}",
        number("m"),
        number("N"),
        samples(&bounds, &mode),
        derivation.number("eta_alpha"),
        1.0 - params.delta,
        number("T"),
        derivation.number("error_bound"),
    );
    let tags = vec![("form", mode.form.to_string()), ("gradients", gradients.clone()), ("hits", hits.clone())];
    Ok(Instance {
        theorem: LinearData.id(),
        level,
        tags,
        parameters: parameters(params, target),
        notices: target.notices.clone(),
        hypotheses,
        minority: derivation.number("minority"),
        delta: params.delta,
        root: root.filter(|_| derivation.applies()),
        bounds,
        protocol: Some(protocol),
        rules,
        statement,
        derivation,
    })
}

fn samples(bounds: &Bounds, mode: &Mode) -> String {
    match mode.gradients {
        Gradients::Population => "population gradients".into(),
        Gradients::ClosedFirst => format!("a closed-form first step, {} fresh samples a step", bounds.per_step),
        Gradients::Fresh => {
            format!("{} samples in the first step, {} fresh samples a step", bounds.first_step, bounds.per_step)
        }
    }
}

pub(super) fn parameters(params: &Params, target: &Target) -> Vec<(&'static str, String)> {
    vec![
        ("distribution", target.name().into()),
        ("d", target.distribution.dimension().to_string()),
        ("epsilon", params.epsilon.to_string()),
        ("delta", params.delta.to_string()),
        ("margin", target.margin_parameter.to_string()),
        ("kappa", params.kappa.to_string()),
        ("m_factor", params.m_factor.to_string()),
    ]
}

fn hypotheses(derivation: &Derivation, target: &Target, mode: &Mode) -> Vec<Hypothesis> {
    let moments = target.distribution.moments();
    let mut list = vec![
        Hypothesis {
            name: "inputs are bounded: |x| <= B_x".into(),
            holds: moments.norm_bound.is_finite(),
            value: moments.norm_bound,
            limit: f64::MAX,
        },
        Hypothesis {
            name: "E[yx] is not 0".into(),
            holds: derivation.number("g_norm") > 0.0,
            value: derivation.number("g_norm"),
            limit: 0.0,
        },
    ];
    list.push(margin_hypothesis(target, mode.margin));
    list
}

/// On rows of a file the loss of f* is taken exactly, so that a margin below μ costs loss but not the theorem.
pub(super) fn margin_hypothesis(target: &Target, margin: bool) -> Hypothesis {
    let (name, exact) = ("margin y<D,x> >= mu", target.name() == "finite-support");
    let name = if margin || !exact { name.into() } else { format!("{name} (fails: the loss of f* is taken instead)") };
    Hypothesis { name, holds: margin || exact, value: target.margin, limit: target.margin_parameter }
}
