//! The posterior level on linear data: the framework's Theorem C4, which finds its comparator after the first step of each trial,
//! so that a first batch of a hundred samples will do where Lemma 2 asks for thousands (docs/theory.md §4).

use super::target::Target;
use super::{Form, Gradients, LinearData, Request};
use crate::error::ParameterError;
use crate::theorems::framework::posterior::{self, Beside};
use crate::theorems::framework::{Case, FeatureSet, Params};
use crate::theorems::instance::Instance;
use crate::theorems::request::Parameters;
use crate::theorems::{InstanceError, Theorem};
use nalgebra::DVector;

/// Samples of the first step where fresh gradients are asked for and their number is not.
const FIRST_BATCH: u64 = 1000;

/// The theorem at the posterior level.
pub(super) fn instance(request: &Request, p: &Parameters, target: &Target) -> Result<Instance, InstanceError> {
    if let Some(form) = request.form.filter(|form| *form != Form::C) {
        let why = "the posterior level is Theorem C4, the margin form c";
        return Err(ParameterError::conflict(format!("--form {form}"), why).into());
    }
    // The first step's factor is the pilot's, in units of its own.
    let mut params = Params { theta_factor: None, ..Params::of_parameters(p, request.form)? };
    match request.gradients {
        Some(Gradients::Population) => {
            let why = "Theorem C4 counts mistakes on fresh samples";
            return Err(ParameterError::conflict("--gradients population", why).into());
        }
        Some(Gradients::ClosedFirst) if params.first_batch > 0 => {
            let why = "a first step by the closed form has no samples";
            return Err(ParameterError::conflict(
                format!("--gradients closed-first with n_1 = {}", params.first_batch),
                why,
            )
            .into());
        }
        Some(Gradients::Fresh) if params.first_batch == 0 => params.first_batch = FIRST_BATCH,
        _ => {}
    }
    let data = target.framework_data();
    let pilot = posterior::scales(&data, &params, request.seed)?;
    let direction = DVector::from_vec(target.direction.clone());
    let features = FeatureSet::known(&data, &params, pilot.beta, request.seed, &[direction])?;
    let case = Case {
        theorem: LinearData.id(),
        request,
        params,
        data,
        parameters: Vec::new(),
        variant: Vec::new(),
        assumptions: Vec::new(),
    };
    posterior::instance(&case, pilot, &features, &posterior::WHOLE, Beside::default())
}
