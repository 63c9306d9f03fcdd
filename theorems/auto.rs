//! Which level is run where none is asked for.

use super::derivation::DerivationError;
use super::{Form, Gradients, Instance, InstanceError, Level, Request, Theorem};

/// The explicit level where it is neither vacuous nor too large to run, else the posterior one; a notice says which and why.
///
/// # Errors
/// Bad parameters, unreadable data.
pub fn auto(theorem: &dyn Theorem, request: &Request) -> Result<Instance, InstanceError> {
    if !theorem.levels().contains(&Level::Explicit) {
        return theorem.instantiate(request, Level::Posterior);
    }
    let explicit = theorem.instantiate(request, Level::Explicit);
    // What only the explicit level has is run there or nowhere.
    let explicit_only =
        matches!(request.form, Some(Form::A | Form::B)) || request.gradients == Some(Gradients::Population);
    if explicit_only || !theorem.levels().contains(&Level::Posterior) {
        return explicit;
    }
    let why = match explicit {
        Ok(explicit) if explicit.vacuous() => "the explicit bound is vacuous".to_string(),
        Ok(explicit) if explicit.bounds.too_large() || explicit.bounds.too_long() => {
            let (m, steps) = (&explicit.bounds.width, &explicit.bounds.steps);
            let flops = explicit.bounds.cost.flops;
            format!("the explicit level (m = {m}, T = {steps}) may take {flops:.1e} operations a trial")
        }
        Ok(explicit) => return Ok(explicit),
        Err(InstanceError::Derivation(cause @ DerivationError::Unreachable { .. })) => {
            format!("the explicit level is out of reach: {cause}")
        }
        Err(other) => return Err(other),
    };
    let mut posterior = theorem.instantiate(request, Level::Posterior)?;
    posterior.notices.push(format!("the posterior level, because {why}"));
    Ok(posterior)
}
