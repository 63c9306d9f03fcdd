//! The paper's own form of the theorem.

use super::plan::{enough, hypotheses, parameters, premises, rest};
use super::{FrozenLayer, Params, Target};
use crate::theorems::instance::{Bounds, Cost, Instance, Size};
use crate::theorems::paper::PaperForm;
use crate::theorems::{InstanceError, Theorem};

/// The paper's Theorem 3.4, its hidden constants surfaced: a formula, never run.
pub(super) fn instance(params: &Params, target: &Target) -> Result<Instance, InstanceError> {
    let variant = [
        ("level", "paper"),
        ("gradients", "closed-first"),
        ("data", target.name()),
        ("evaluation", target.evaluation_tag()),
    ];
    let (mut derivation, events) = premises(params, target, &variant, 2.0, false)?;
    for axiom in target.evaluation() {
        derivation.apply(axiom)?;
    }
    derivation.unite(&events.initial)?;
    for (name, value) in ["c_1", "c_2"].into_iter().zip(params.paper) {
        derivation.choose(name, value)?;
    }
    let number = |name| derivation.number(name);
    let [rest, opt] = rest(&derivation, params);
    let distance = number("c_1") * number("L") * (number("alpha_1").powi(2) + number("B").powi(2));
    let steps = params.steps.map_or_else(|| enough(distance / opt), |t| t as f64);
    let left = (rest - distance / steps).max(rest * 1e-3);
    let inner_squares = 2.0 * (number("theta") * number("g_norm")).powi(2) * number("S_g");
    let complexity = number("B").powi(2) * (inner_squares * number("B_x").powi(2) + number("N"));
    let one_sample = number("c_2") * complexity.sqrt();
    let samples = params.batch.map_or_else(|| enough((one_sample / left).powi(2)), |n| n as f64);
    derivation.choose("n", samples)?;
    derivation.choose("T", steps)?;
    let root = derivation.apply("theorem-3.4")?;
    let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
    let (d, neurons) = (derivation.number("d"), derivation.number("N"));
    let pass = 4.0 * samples * d * neurons;
    let bounds = Bounds {
        width: size("m"),
        neurons: size("N"),
        steps: size("T"),
        first_step: Size::Exact(0),
        per_step: size("n"),
        total: samples,
        error: derivation.number("error_bound"),
        cost: Cost { flops: pass * steps, bytes: 8.0 * d * (2.0 * neurons + samples) },
        flops_to_first_look: pass,
    };
    let statement = format!(
        "paper form, constants c_1, c_2 as set: m = {}, T = {} and one batch of n = {} samples give logistic loss (base 2) at most {:.6} with probability at least {}",
        bounds.width,
        bounds.steps,
        bounds.per_step,
        bounds.error,
        1.0 - params.delta
    );
    let form = PaperForm {
        theorem: FrozenLayer.id(),
        hypotheses: hypotheses(&derivation, target),
        derivation,
        root,
        parameters: parameters(params, target),
        notices: target.notices.clone(),
    };
    Ok(form.formula(bounds, statement))
}
