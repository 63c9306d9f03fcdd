//! The theorem at given parameters: which form is run, its hypotheses, and the instance that goes to the trials.

use super::derive::explicit;
use super::mode::Mode;
use super::params::{ID, Params, premises};
use super::run::setup;
use crate::derivation::{Derivation, bounds, statement};
use crate::levels::linear::target::Target;
use crate::levels::training::{protocol, rules};
use crate::parameters::{Asked, Form, Gradients, Level};
use crate::registry::instance::Hypothesis;
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// The theorem at the given parameters and level.
pub(super) fn instance(
    asked: &Asked,
    params: &Params,
    target: &Target,
    level: Level,
) -> Result<Instance, InstanceError> {
    if level == Level::Paper {
        return super::paper::instance(params, target);
    }
    // Its own defaults, of what it declares that it runs.
    asked.run(level)?;
    let mode = Mode::of(params, target, target.law.name() == "finite-support")?;
    let (hits, gradients) = (mode.hits.to_string(), mode.gradients.to_string());
    let variant = [
        ("level", "explicit"),
        ("data", target.law.name()),
        ("form", mode.form_tag()),
        ("gradients", &gradients),
        ("hits", &hits),
        ("evaluation", target.law.evaluation_tag()),
    ];
    let mut derivation = premises(target, params, &variant)?;
    let hypotheses = hypotheses(&derivation, target);
    let root = explicit(&mut derivation, params, &mode)?;
    derivation.apply("outer-scale")?;
    for axiom in target.law.evaluation() {
        derivation.apply(axiom)?;
    }
    // A vacuous bound is a verdict of its own, not a failed hypothesis.
    derivation.not_vacuous()?;
    let population = mode.gradients == Gradients::Population;
    let bounds = bounds::bounds(&derivation, &*target.law.distribution, 2.0 * derivation.number("m"), population);
    let setup = setup(&derivation, &mode, params);
    let protocol = protocol(&derivation, &target.law.distribution, &setup, asked.trial_seed());
    let rules = rules(&derivation, &protocol, &setup);
    let goal = if mode.form == Form::C { "Pr[y f(x) < 1]" } else { "hinge loss" };
    let statement = format!(
        "{}: with {}, {}, {}",
        target.in_words(&derivation),
        statement::network(&derivation),
        statement::gradients(&derivation, mode.gradients),
        statement::reached(&derivation, params.delta.get(), goal),
    );
    let tags = vec![("form", mode.form.to_string()), ("gradients", gradients.clone()), ("hits", hits.clone())];
    Ok(Instance {
        drawn: false,
        theorem: ID,
        level,
        tags,
        parameters: target.parameters(),
        notices: target.law.notices.clone(),
        hypotheses,
        assumptions: Vec::new(),
        minority: derivation.number("minority"),
        delta: params.delta.get(),
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

fn hypotheses(derivation: &Derivation, target: &Target) -> Vec<Hypothesis> {
    let moments = target.law.distribution.moments();
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
    list.push(target.margin_hypothesis());
    list
}
