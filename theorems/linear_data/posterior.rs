//! The posterior level on linear data: the framework's Theorem C4, which finds its comparator after the first step of each trial,
//! so that a first batch of a hundred samples will do where Lemma 2 asks for thousands (docs/theory.md §4).

use super::params::ID;
use crate::levels::linear::target::{Law, Wanted};
use crate::levels::posterior::Beside;
use crate::levels::{Case, FeatureSet, Params, posterior};
use crate::parameters::{Asked, Setting};
use crate::registry::{Instance, InstanceError};
use nalgebra::DVector;

pub(super) use posterior::RUNS;

/// The theorem at the posterior level, which has no target and so no margin parameter.
pub(super) fn instance(asked: &Asked) -> Result<Instance, InstanceError> {
    // The first step's factor is the pilot's, in units of its own.
    let params = Params { theta_factor: Setting::fixed(None), ..Params::read(asked)? };
    let params = posterior::with_gradients(asked, params)?;
    let law = Law::load(asked, &Wanted::read(asked)?)?;
    let (data, seed) = (law.framework_data(), asked.seed());
    let pilot = posterior::scales(&data, &params, seed)?;
    let direction = DVector::from_vec(law.direction);
    let features = FeatureSet::known(&data, &params, pilot.beta, seed, &[direction])?;
    let case = Case::new(ID, asked, params, data);
    posterior::instance(&case, pilot, &features, &posterior::WHOLE, Beside::default())
}
