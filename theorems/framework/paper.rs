//! The paper level: Theorem 3.12 at the features and the network that were found.

use super::data::Data;
use super::features::FeatureSet;
use super::target::Target;
use super::{Case, Params};
use crate::theorems::InstanceError;
use crate::theorems::derivation::Derivation;
use crate::theorems::instance::{Hypothesis, Instance};
use crate::theorems::paper::PaperForm;

/// Theorem 3.12 at f*: a formula, whose constants are the paper's to know.
pub(in crate::theorems) fn of_target(
    case: &Case<'_>,
    features: &FeatureSet,
    target: &Target,
) -> Result<Instance, InstanceError> {
    let mut derivation = premises(case)?;
    features.claim(&mut derivation)?;
    let [_, _, _, largest_outer, outer_norm, largest_bias] = target.norms();
    for (symbol, value) in [
        ("r_star", target.neurons.len() as f64),
        ("B_a1", largest_outer),
        ("B_a2", outer_norm),
        ("B_b", largest_bias),
        ("target_loss", target.written_loss()),
    ] {
        derivation.choose(symbol, value)?;
    }
    let hypotheses = case.data.hypotheses(&derivation);
    Ok(Instance { features: features.rows(), ..formula(case, derivation, hypotheses)? })
}

/// Theorem 3.12 at the numbers of the paper's lemma on this case, under the paper's assumptions.
pub(in crate::theorems) fn of_lemma(
    case: &Case<'_>,
    lemma: &[&str],
    choices: &[(&str, f64)],
) -> Result<Instance, InstanceError> {
    let mut derivation = premises(case)?;
    for (symbol, value) in choices {
        derivation.choose(symbol, *value)?;
    }
    for axiom in lemma {
        derivation.apply(axiom)?;
    }
    let mut hypotheses = case.data.hypotheses(&derivation);
    hypotheses.extend(case.assumptions.iter().cloned());
    Ok(Instance { assumptions: Vec::new(), ..formula(case, derivation, hypotheses)? })
}

/// The data, and how a trial would be looked at, though none is run.
fn premises(case: &Case<'_>) -> Result<Derivation, InstanceError> {
    let evaluation = if case.data.finite() { "exact" } else { "sampled" };
    let mut derivation = case.premises(&[("level", "paper"), ("data", case.data.name), ("evaluation", evaluation)])?;
    case.data.evaluation(&mut derivation)?;
    Ok(derivation)
}

fn formula(
    case: &Case<'_>,
    mut derivation: Derivation,
    hypotheses: Vec<Hypothesis>,
) -> Result<Instance, InstanceError> {
    let (Params { paper: [c_m, c_steps, c_n], .. }, Data { distribution, notices, .. }) = (&case.params, &case.data);
    for (symbol, value) in [("c_m", c_m), ("c_T", c_steps), ("c_n", c_n)] {
        derivation.choose(symbol, value.get())?;
    }
    let root = derivation.apply("theorem-3.12")?;
    let (theorem, parameters, notices) = (case.theorem, case.understood(), notices.clone());
    let form = PaperForm { theorem, derivation, root, parameters, notices, hypotheses };
    Ok(form.instance(&**distribution))
}
