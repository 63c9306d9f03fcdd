//! Which level is run where none is asked for.

use super::admission::{Built, admit_at, all_used};
use super::{Instance, InstanceError, Listed};
use crate::derivation::DerivationError;
use crate::parameters::words::run_in_words;
use crate::parameters::{Level, Request};

impl Listed {
    /// The levels that may be taken: those that run the form and gradients asked for; the explicit one first.
    ///
    /// # Errors
    /// Options that are unknown, or that none of them uses by the declarations.
    pub fn candidates(self, request: &Request) -> Result<Vec<Level>, InstanceError> {
        let has = |level: &Level| self.levels().contains(level);
        let own: Vec<Level> = [Level::Explicit, Level::Posterior].into_iter().filter(has).collect();
        let (run, refused): (Vec<Level>, Vec<Level>) =
            own.iter().copied().partition(|level| self.runs(*level, request).is_ok());
        // Where none of them is what is asked for, the first says so.
        let levels = if run.is_empty() { refused.into_iter().take(1).collect() } else { run };
        self.admit(request, &levels)?;
        Ok(levels)
    }

    /// The explicit level where it is neither vacuous nor too large to run, else the posterior one; a notice says which and why.
    ///
    /// # Errors
    /// Bad parameters, unreadable data, and whatever of the request the level that is taken does not use.
    pub fn auto(self, request: &Request) -> Result<Instance, InstanceError> {
        let why = match self.candidates(request)?.as_slice() {
            [Level::Explicit, _] => match explicit_or_why(self, request)? {
                Ok(explicit) => return Ok(*explicit),
                Err(why) => why,
            },
            [Level::Posterior] if self.levels().contains(&Level::Explicit) => {
                let asked = run_in_words(request.form, request.gradients);
                format!("the explicit level does not run {asked}")
            }
            one => return self.instantiate(request, one.first().copied().unwrap_or(Level::Explicit)),
        };
        let taken = format!(" (taken because {why})");
        admit_at(self, request, &[Level::Posterior], &taken)?;
        let posterior = Built::new(self, request, Level::Posterior)?;
        if posterior.instance.is_ok() {
            all_used(self, std::slice::from_ref(&posterior), &taken)?;
        }
        let mut instance = posterior.instance?;
        instance.notices.push(format!("the posterior level, because {why}"));
        Ok(instance)
    }
}

/// The explicit level, or why another is taken.
fn explicit_or_why(theorem: Listed, request: &Request) -> Result<Result<Box<Instance>, String>, InstanceError> {
    let built = Built::new(theorem, request, Level::Explicit)?;
    let why = match &built.instance {
        Ok(explicit) if explicit.vacuous() => "the explicit bound is vacuous".to_string(),
        Ok(explicit) if explicit.bounds.too_large() || explicit.bounds.too_long() => {
            let (m, steps) = (&explicit.bounds.width, &explicit.bounds.steps);
            let flops = explicit.bounds.cost.flops;
            format!("the explicit level (m = {m}, T = {steps}) may take {flops:.1e} operations a trial")
        }
        Ok(_) => {
            all_used(theorem, std::slice::from_ref(&built), "")?;
            return Ok(Ok(Box::new(built.instance?)));
        }
        Err(InstanceError::Derivation(cause @ DerivationError::Unreachable { .. })) => {
            format!("the explicit level is out of reach: {cause}")
        }
        Err(_) => return built.instance.map(|explicit| Ok(Box::new(explicit))),
    };
    Ok(Err(why))
}
