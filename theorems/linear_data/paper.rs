//! The paper level: Theorem 3.12 at the linear data's feature network.

use super::params::{ID, Params, premises};
use crate::levels::linear::target::Target;
use crate::levels::paper::PaperForm;
use crate::registry::{Instance, InstanceError};

/// The paper's Theorem 3.12, its hidden constants surfaced: a formula, never run unless it is small enough.
pub(super) fn instance(params: &Params, target: &Target) -> Result<Instance, InstanceError> {
    let mut derivation = premises(
        target,
        params,
        &[("level", "paper"), ("data", target.law.name()), ("evaluation", target.law.evaluation_tag())],
    )?;
    for axiom in target.law.evaluation() {
        derivation.apply(axiom)?;
    }
    derivation.choose("t", params.t.get())?;
    for (symbol, value) in ["c_m", "c_T", "c_n"].into_iter().zip(&params.paper) {
        derivation.choose(symbol, value.get())?;
    }
    derivation.apply("linear-feature-network")?;
    let root = derivation.apply("theorem-3.12")?;
    let form = PaperForm {
        theorem: ID,
        derivation,
        root,
        parameters: target.parameters(),
        notices: target.law.notices.clone(),
        hypotheses: vec![target.margin_hypothesis()],
    };
    Ok(form.instance(&*target.law.distribution))
}
