//! The posterior level (docs/theory.md §4): the comparator is found by a convex program after step 1, the trials bound how often
//! there is none within the limits, and Theorem C4 bounds the mistakes.

use super::pilot::{DRIFT_SHARE, Pilot};
use super::shares::{CERTIFICATE_SHARE, COMPARATOR_SHARE, LEAST_OMEGA};
use super::training::{Setup, fall_of_c4, protocol, rules};
use super::{Case, Data, FeatureSet, Leveled, Params};
use crate::derivation::sizes::{Tail, least_mistakes_steps, least_surplus, share};
use crate::derivation::{Derivation, DerivationError, statement};
use crate::error::ParameterError;
use crate::experiment::{Demand, EventTest, Numbers};
use crate::parameters::options::Runs;
use crate::parameters::{Asked, Form, Gradients, Level};
use crate::registry::instance::{Conclusion, CountedPremise};
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// What it runs: Theorem C4, whose mistakes are counted on fresh samples.
pub(crate) const RUNS: Runs = Runs {
    level: Level::Posterior,
    pairs: &[(Some(Form::C), Gradients::ClosedFirst), (Some(Form::C), Gradients::Fresh)],
    why: "the posterior level is Theorem C4, the margin form c, which counts mistakes on fresh samples",
};
/// Samples of the first step where fresh gradients are asked for and their number is not.
const FIRST_BATCH: u64 = 1000;

/// The parameters with the first step that the gradients asked for take.
///
/// # Errors
/// Gradients that contradict n₁.
pub(crate) fn with_gradients(asked: &Asked, params: Params) -> Result<Params, ParameterError> {
    let samples = params.first_batch.get();
    match asked.gradients() {
        Some(gradients @ Gradients::ClosedFirst) if samples > 0 => {
            let why = "a first step by the closed form has no samples";
            Err(ParameterError::conflict(format!("--gradients {gradients} with n_1 = {samples}"), why))
        }
        Some(gradients @ Gradients::Fresh) if samples == 0 && asked.gives("n_1") => {
            let why = "a first step on fresh samples has one or more";
            Err(ParameterError::conflict(format!("--gradients {gradients} with n_1 = {samples}"), why))
        }
        Some(Gradients::Fresh) if samples == 0 => {
            Ok(Params { first_batch: params.first_batch.changed(FIRST_BATCH), ..params })
        }
        _ => Ok(params),
    }
}

/// What a unit of ω takes from ε, up to the surplus: 2M/(M−1).
pub(crate) fn price(params: &Params) -> f64 {
    2.0 * params.m_factor.get() / (params.m_factor.get() - 1.0)
}

/// The first step's scales and the program, chosen by pilot runs.
pub(crate) fn scales(data: &Data, params: &Params, seed: u64) -> Result<Pilot, InstanceError> {
    let pilot = Pilot::choose(data, params, share(params.delta.get(), CERTIFICATE_SHARE), seed)?;
    let why = "no pilot run has one within its loss; a larger width m may help".into();
    Ok(pilot.ok_or(DerivationError::Unreachable { what: "comparator", why })?)
}

/// K₀ at the pilot's limits, and what the comparator's loss adds to it, up to small terms.
fn mistakes(pilot: &Pilot, params: &Params) -> f64 {
    let Numbers { phi_1, hidden_norm, omega, .. } = pilot.limits;
    let first = phi_1 * (hidden_norm / (params.m_factor.get() - 1.0)).powi(2);
    first * params.epsilon.get() / (params.epsilon.get() - price(params) * omega).max(1e-9 * params.epsilon.get())
}

/// What a theorem claims beside the union of its events: that no halfspace errs as little, and more events, each counted against
/// a share of its own.
#[derive(Default)]
pub(crate) struct Beside {
    /// The axiom that gives the least error of a halfspace, where the bound is held against it.
    pub(crate) halfspaces: Option<&'static str>,
    /// Symbols it lets the instance choose.
    pub(crate) choices: Vec<(&'static str, f64)>,
    /// The events, with the symbols of their shares.
    pub(crate) events: Vec<(&'static str, EventTest, &'static str)>,
    /// What the counts must prove of them.
    pub(crate) claims: Vec<&'static str>,
    /// Axioms that are applied once the network's numbers are chosen.
    pub(crate) axioms: Vec<&'static str>,
    /// What the statement says of them.
    pub(crate) words: String,
}

/// The posterior level of a case; `axioms` conclude.
pub(crate) fn instance(
    case: &Case<'_>,
    pilot: Pilot,
    features: &FeatureSet,
    axioms: &Axioms,
    beside: Beside,
) -> Result<Instance, InstanceError> {
    let Case { asked, params, data, .. } = case;
    let pilot = pilot.limited(data, params, asked.seed())?;
    let margin = pilot.demand == Demand::Margin;
    let gradients = if params.first_batch.get() == 0 { Gradients::ClosedFirst } else { Gradients::Fresh };
    let mut derivation = case.premises(&variant(params, data, &pilot))?;
    data.evaluation(&mut derivation)?;
    for (symbol, value) in &beside.choices {
        derivation.choose(symbol, *value)?;
    }
    let mut conclusion = derive(&mut derivation, params, data, &pilot, axioms)?;
    for axiom in beside.halfspaces.iter().chain(&beside.axioms) {
        derivation.apply(axiom)?;
    }
    if beside.halfspaces.is_some() {
        derivation.foresee(super::case::NONLINEAR)?;
        conclusion
            .iter_mut()
            .filter_map(|c| c.bound.as_mut())
            .for_each(|bound| bound.axioms.push(super::case::NONLINEAR));
    }
    features.claim(&mut derivation)?;
    derivation.not_vacuous()?;
    let mut events = vec![("comparator", EventTest::Comparator, "delta_H")];
    events.extend(beside.events);
    let setup = Setup {
        form: Form::C,
        gradients,
        comparator: Arc::new(pilot.program(data, params)),
        ticket: None,
        counted: events.iter().map(|(name, ..)| *name).collect(),
        events,
        factor: params.m_factor.get(),
        decrease: Some(fall_of_c4(&derivation, params.m_factor.get(), margin)),
    };
    let protocol = protocol(&derivation, &data.distribution, &setup, asked.trial_seed());
    let statement = format!(
        "{}: with {}, {}, {}{}",
        case.law_in_words(&derivation),
        statement::network(&derivation),
        statement::gradients(&derivation, gradients),
        statement::reached(&derivation, params.delta.get(), "Pr[y f(x) < 1]"),
        super::case::halfspaces_in_words(&derivation) + &beside.words,
    );
    let comparator = if margin { "margin" } else { "loss" };
    let leveled = Leveled {
        level: Level::Posterior,
        tags: vec![("form", "c".into()), ("gradients", gradients.to_string()), ("comparator", comparator.into())],
        hypotheses: data.hypotheses(&derivation),
        features: features.rows(),
        live: 4.0 * params.width.get() as f64,
        population: false,
        rules: rules(&derivation, &protocol, &setup),
        statement,
    };
    let conclusion = conclusion.map(|c| Conclusion { beside: beside.claims, ..c }).filter(|_| derivation.applies());
    Ok(Instance { conclusion, ..case.instance(derivation, protocol, leveled) })
}

/// The axioms in which the statement for the whole network and that for a part of it differ.
pub(crate) struct Axioms {
    /// Sizes of the network that is trained, and the step size.
    pub(crate) comparator: &'static str,
    /// What concludes where the comparator is decided by enumeration.
    pub(crate) enumerated: &'static str,
    /// And where by samples.
    pub(crate) sampled: &'static str,
}

/// Those of the whole network.
pub(crate) const WHOLE: Axioms =
    Axioms { comparator: "posterior-comparator", enumerated: "posterior-enumerated", sampled: "posterior-sampled" };

fn tail(params: &Params, pilot: &Pilot) -> Tail {
    Tail::of(params.batch.get() as f64 * mistakes(pilot, params))
}

/// The variant of the theory that a pilot leads to.
pub(crate) fn variant(params: &Params, data: &Data, pilot: &Pilot) -> [(&'static str, &'static str); 7] {
    [
        ("level", "posterior"),
        ("data", data.name),
        ("form", "c"),
        ("gradients", if params.first_batch.get() == 0 { "closed-first" } else { "fresh" }),
        ("comparator", if pilot.demand == Demand::Margin { "margin" } else { "loss" }),
        ("evaluation", if data.finite() { "exact" } else { "sampled" }),
        ("tail", tail(params, pilot).tag()),
    ]
}

/// Derives everything but the count of the event `comparator`, which only the trials give.
pub(crate) fn derive(
    derivation: &mut Derivation,
    params: &Params,
    data: &Data,
    pilot: &Pilot,
    axioms: &Axioms,
) -> Result<Option<Conclusion>, InstanceError> {
    let tail = tail(params, pilot);
    let (limits, margin) = (pilot.limits, pilot.demand == Demand::Margin);
    for (symbol, value) in [
        ("m", params.width.get() as f64),
        ("n", params.batch.get() as f64),
        ("M", params.m_factor.get()),
        ("beta", pilot.beta),
        ("theta", pilot.theta),
        ("outer_scale", pilot.outer_scale),
        ("drift_share", DRIFT_SHARE),
        ("Phi_1", limits.phi_1),
        ("alpha_l1", limits.alpha_l1),
        ("alpha_inf", limits.alpha_inf),
        ("H_1", limits.hidden_norm),
    ] {
        derivation.choose(symbol, value)?;
    }
    if params.first_batch.get() > 0 {
        derivation.choose("n_1", params.first_batch.get() as f64)?;
    } else {
        derivation.apply("no-first-batch")?;
    }
    derivation.apply("network-size")?;
    derivation.apply(axioms.comparator)?;
    let certificate = if data.finite() { 0.0 } else { CERTIFICATE_SHARE };
    derivation.choose("delta_H", share(params.delta.get(), COMPARATOR_SHARE))?;
    derivation.choose("delta_Z", share(params.delta.get(), 1.0 - COMPARATOR_SHARE - certificate))?;
    if !margin {
        derivation.choose("omega", limits.omega.max(LEAST_OMEGA * params.epsilon.get()))?;
        derivation.choose("surplus", least_surplus(derivation))?;
    }
    derivation.apply(if margin { "margin-enumerated" } else { "posterior-loss" })?;
    let steps = least_mistakes_steps(derivation, tail)?;
    derivation.choose("T", steps as f64)?;
    if !margin {
        derivation.apply("losses-concentrate")?;
    }
    let mistakes = derivation.apply(tail.axiom())?;
    let mut others = vec![mistakes];
    derivation.apply("posterior-scale")?;
    derivation.apply("any-outer-scale")?;
    let axiom = if data.finite() {
        axioms.enumerated
    } else {
        derivation.choose("program_error", share(params.delta.get(), CERTIFICATE_SHARE))?;
        others.push(derivation.apply("program-certified")?);
        axioms.sampled
    };
    derivation.foresee(axiom)?;
    let others = others.into_iter().collect::<Option<Vec<usize>>>();
    Ok(others.map(|others| Conclusion {
        bound: Some(CountedPremise { claim: "Pr[not comparator] <= delta_H", others, axioms: vec![axiom] }),
        beside: Vec::new(),
    }))
}
