//! The paper level: Theorem 3.12 at the features and the network that were found.

use super::data::Data;
use super::features::FeatureSet;
use super::target::Target;
use super::{Main, Params};
use crate::theorems::instance::Instance;
use crate::theorems::paper::PaperForm;
use crate::theorems::{InstanceError, Theorem};

/// Theorem 3.12 at f*: a formula, whose constants are the paper's to know.
pub(super) fn instance(
    params: &Params,
    data: &Data,
    features: &FeatureSet,
    target: &Target,
) -> Result<Instance, InstanceError> {
    let mut derivation = data.premises(Main.id(), params, &[("level", "paper"), ("data", data.name)])?;
    features.claim(&mut derivation)?;
    let [_, _, _, largest_outer, outer_norm, largest_bias] = target.norms();
    for (symbol, value) in [
        ("r_star", target.neurons.len() as f64),
        ("B_a1", largest_outer),
        ("B_a2", outer_norm),
        ("B_b", largest_bias),
        ("target_loss", super::explicit::written_loss(target)),
        ("c_m", params.paper[0]),
        ("c_T", params.paper[1]),
        ("c_n", params.paper[2]),
    ] {
        derivation.choose(symbol, value)?;
    }
    let root = derivation.apply("theorem-3.12")?;
    let form = PaperForm {
        theorem: Main.id(),
        hypotheses: data.hypotheses(&derivation),
        derivation,
        root,
        parameters: super::params::parameters(data, params),
        notices: data.notices.clone(),
    };
    Ok(Instance { features: features.rows(), ..form.instance(&*data.distribution) })
}
