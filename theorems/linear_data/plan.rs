//! The theorem at given parameters: which form is run, its hypotheses, and the instance that goes to the trials.

use super::derive::explicit;
use super::mode::Mode;
use super::run::setup;
use super::target::Target;
use super::{Form, Gradients, Level, LinearData, Params, Request, premises};
use crate::certificate::claim::Claim;
use crate::theorems::derivation::{Derivation, DerivationError};
use crate::theorems::instance::{Bounds, Hypothesis, Instance, Size};
use crate::theorems::training::{protocol, rules};
use crate::theorems::{InstanceError, Theorem, cost};
use std::sync::Arc;

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
        ("evaluation", target.evaluation_tag()),
    ];
    let mut derivation = premises(target, params, &variant)?;
    let hypotheses = hypotheses(&derivation, target, &mode);
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
    let population = mode.gradients == Gradients::Population;
    let bounds = cost::bounds(&derivation, &*target.distribution, 2.0 * derivation.number("m"), population);
    let setup = setup(&derivation, &mode, params);
    let protocol = protocol(&derivation, &target.distribution, &setup, request.seed);
    let rules = rules(&derivation, &protocol, &setup);
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
        parameters: target.parameters(params),
        notices: target.notices.clone(),
        hypotheses,
        assumptions: Vec::new(),
        minority: derivation.number("minority"),
        delta: params.delta,
        root: root.filter(|_| derivation.applies()),
        conclusion: None,
        features: Vec::new(),
        bounds,
        experiment: Some(Arc::new(protocol)),
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
    list.push(target.margin_hypothesis(mode.margin));
    list
}
