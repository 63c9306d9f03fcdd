//! The paper's own form of the theorem.

use super::target::Target;
use super::{LinearData, Params, premises};
use crate::experiment::Rules;
use crate::theorems::instance::{Bounds, Cost, Instance, Level, Size};
use crate::theorems::{InstanceError, Theorem};

/// The paper's Theorem 3.12, its hidden constants surfaced: a formula, never run unless it is small enough.
pub(super) fn instance(params: &Params, target: &Target) -> Result<Instance, InstanceError> {
    let mut derivation = premises(target, params, &[("level", "paper"), ("data", target.name())])?;
    derivation.choose("t", params.t)?;
    for (name, value) in ["c_m", "c_T", "c_n"].into_iter().zip(params.paper) {
        derivation.choose(name, value)?;
    }
    let root = derivation.apply("theorem-3.12")?;
    let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
    let (d, neurons, samples) =
        (target.distribution.dimension() as f64, derivation.number("N"), derivation.number("n"));
    let per_step = 4.0 * samples * d * neurons;
    let bounds = Bounds {
        width: size("m"),
        neurons: size("N"),
        steps: size("T"),
        first_step: size("n"),
        per_step: size("n"),
        total: samples * (derivation.number("T") + 1.0),
        error: derivation.number("error_bound"),
        cost: Cost { flops: per_step * derivation.number("T"), bytes: 8.0 * d * (2.0 * neurons + samples) },
        flops_to_first_look: per_step,
    };
    let hypotheses = vec![target.margin_hypothesis(target.margin_parameter <= target.margin)];
    let statement = format!(
        "paper form, constants c_m, c_T, c_n as set: m = {}, T = {}, n = {} give hinge loss at most {:.6} with probability at least {}",
        bounds.width,
        bounds.steps,
        bounds.per_step,
        bounds.error,
        1.0 - params.delta
    );
    Ok(Instance {
        theorem: LinearData.id(),
        level: Level::Paper,
        tags: Vec::new(),
        parameters: target.parameters(params),
        notices: target.notices.clone(),
        hypotheses,
        minority: derivation.number("minority"),
        delta: params.delta,
        root: root.filter(|_| derivation.applies()),
        conclusion: None,
        features: Vec::new(),
        bounds,
        experiment: None,
        rules: Rules {
            delta: params.delta,
            error: 0.01,
            certification_error: 0.0,
            events: Vec::new(),
            counted: Vec::new(),
            obligations: Vec::new(),
            variance_scale: 1.0,
        },
        statement,
        derivation,
    })
}
