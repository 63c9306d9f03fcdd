//! The paper's own form of the theorem.

use super::params::{ID, Params};
use super::plan::{enough, hypotheses, premises, rest};
use crate::decimal::complement;
use crate::derivation::{Bounds, Cost, Size, statement};
use crate::levels::linear::target::Target;
use crate::levels::paper::PaperForm;
use crate::registry::{Instance, InstanceError};

/// The paper's Theorem 3.4, its hidden constants surfaced: a formula, never run.
pub(super) fn instance(params: &Params, target: &Target) -> Result<Instance, InstanceError> {
    let variant = [
        ("level", "paper"),
        ("gradients", "closed-first"),
        ("data", target.law.name()),
        ("evaluation", target.law.evaluation_tag()),
    ];
    let (mut derivation, events) = premises(params, target, &variant, 2.0, false)?;
    for axiom in target.law.evaluation() {
        derivation.apply(axiom)?;
    }
    derivation.unite(&events.initial)?;
    for (name, value) in ["c_1", "c_2"].into_iter().zip(&params.paper) {
        derivation.choose(name, value.get())?;
    }
    let number = |name| derivation.number(name);
    let [rest, opt] = rest(&derivation, params);
    let distance = number("c_1") * number("L") * (number("alpha_1").powi(2) + number("B").powi(2));
    let steps = params.steps.get().map_or_else(|| enough(distance / opt), |t| t as f64);
    let left = (rest - distance / steps).max(rest * 1e-3);
    let inner_squares = 2.0 * (number("theta") * number("g_norm")).powi(2) * number("S_g");
    let complexity = number("B").powi(2) * (inner_squares * number("B_x").powi(2) + number("N"));
    let one_sample = number("c_2") * complexity.sqrt();
    let samples = params.batch.get().map_or_else(|| enough((one_sample / left).powi(2)), |n| n as f64);
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
        "{}: paper form at {}: m = {}, T = {} and one batch of n = {} samples give logistic loss (base 2) at most {} with \
         probability at least {}",
        statement::law(&derivation, &*target.law.distribution, &[]),
        statement::choices(&derivation),
        statement::size(&derivation, "m"),
        statement::size(&derivation, "T"),
        statement::size(&derivation, "n"),
        statement::upper(&derivation, "error_bound"),
        complement(params.delta.get())
    );
    let form = PaperForm {
        theorem: ID,
        hypotheses: hypotheses(&derivation, target),
        derivation,
        root,
        parameters: target.parameters(),
        notices: target.law.notices.clone(),
    };
    Ok(form.formula(bounds, statement))
}
