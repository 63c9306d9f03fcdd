//! Theorem 3.12 on a distribution alone: features and f* are found, at each of the three levels.

use super::posterior::{self, Beside};
use super::{Case, Data, FeatureSet, Params, Target, explicit, paper, params};
use crate::derivation::DerivationError;
use crate::parameters::options::Runs;
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use, With};
use crate::parameters::{Asked, Declared, Form, Level, Request, Setting};
use crate::registry::{FormRow, Instance, InstanceError};

/// The levels, all of which take the pilot's bias, and the features at it.
pub(crate) const LEVELS: &[Level] = &[Level::Paper, Level::Explicit, Level::Posterior];
/// What they run.
pub(crate) const RUNS: &[Runs] = &[explicit::RUNS, posterior::RUNS];

pub(crate) const LOSS: With = With::Set("comparator", "loss");
/// The loss is certified where it is not enumerated.
pub(crate) const SAMPLED: With =
    With::Where("where the support cannot be enumerated", &[("distribution", "gaussian-xor")]);

/// The levels that use the framework's parameters. All take the pilot's bias, and the features at it.
pub(crate) const USERS: params::Users = params::Users {
    bound: EVERY,
    pilot: EVERY,
    bias: EVERY,
    first_step: &[POSTERIOR],
    price: &[Use::on(Level::Paper, &[LOSS]), Use::on(Level::Explicit, &[LOSS]), Use::on(Level::Posterior, &[LOSS])],
    certified: &[
        Use::on(Level::Paper, &[LOSS, SAMPLED]),
        Use::on(Level::Explicit, &[LOSS, SAMPLED]),
        Use::on(Level::Posterior, &[LOSS, SAMPLED]),
    ],
    limits: &[POSTERIOR],
    cones: EVERY,
    draws: EVERY,
    copies: &[EXPLICIT],
    slack: &[EXPLICIT],
    batch: EVERY,
    factor: EVERY,
    constants: &[PAPER],
};

/// A theorem on what a request's data is.
pub(crate) struct Found<'a> {
    /// Its id.
    pub(crate) theorem: &'static str,
    /// The data of a request.
    pub(crate) data: &'a (dyn Fn(&Asked) -> Result<Data, InstanceError> + Sync),
}

impl Found<'_> {
    /// The theorem at a level.
    ///
    /// # Errors
    /// Bad parameters, unreadable data, features that are not to be found.
    pub(crate) fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        if level == Level::Posterior {
            return self.at_posterior(asked);
        }
        let case = self.case(asked)?;
        let (beta, features) = features(&case)?;
        let target = target(&case, &features)?;
        match level {
            Level::Paper => paper::of_target(&case, &features, &target),
            _ => explicit::instance(&case, beta, (&features, &target)),
        }
    }

    /// Every form, but those of the level `done`.
    pub(crate) fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        let plain = Request { form: None, gradients: None, ..request.clone() };
        let asked = Asked::new(declared, &plain)?;
        let case = self.case(&asked)?;
        let (beta, features) = features(&case)?;
        let target = target(&case, &features)?;
        let mut rows = vec![("paper form, constants as set".into(), paper::of_target(&case, &features, &target))];
        for form in [Form::A, Form::B, Form::C] {
            let asked = Asked::new(declared, &Request { form: Some(form), ..plain.clone() })?;
            let instance = explicit::instance(&self.case(&asked)?, beta, (&features, &target));
            rows.push((format!("explicit, form {form}"), instance));
        }
        if done != Some(Level::Posterior) {
            let asked = Asked::new(declared, &declared.fitting(request, Level::Posterior))?;
            rows.push(("posterior, form c".into(), self.at_posterior(&asked)));
        }
        Ok(rows)
    }

    /// The case of a request whose first step is the closed form's: that of the pilot too, whose bias is taken.
    fn case<'a>(&self, asked: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let case = self.any_case(asked)?;
        Ok(Case { params: Params { first_batch: Setting::fixed(0), ..case.params }, ..case })
    }

    fn any_case<'a>(&self, asked: &'a Asked) -> Result<Case<'a>, InstanceError> {
        Ok(Case::new(self.theorem, asked, Params::read(asked)?, (self.data)(asked)?))
    }

    fn at_posterior(&self, asked: &Asked) -> Result<Instance, InstanceError> {
        let mut case = self.any_case(asked)?;
        case.params = posterior::with_gradients(asked, case.params)?;
        let pilot = posterior::scales(&case.data, &case.params, asked.seed())?;
        let features = FeatureSet::find(&case.data, &case.params, pilot.beta, asked.seed())?;
        posterior::instance(&case, pilot, &features, &posterior::WHOLE, Beside::default())
    }
}

/// The pilot's bias, and the features at it.
fn features(case: &Case<'_>) -> Result<(f64, FeatureSet), InstanceError> {
    let seed = case.asked.seed();
    let beta = posterior::scales(&case.data, &case.params, seed)?.beta;
    Ok((beta, FeatureSet::find(&case.data, &case.params, beta, seed)?))
}

/// f* on the features found.
fn target(case: &Case<'_>, features: &FeatureSet) -> Result<Target, InstanceError> {
    let why = format!("{} features were found, and no network on them has a finite loss", features.features.len());
    let unreachable = || DerivationError::Unreachable { what: "gradient-feature network f*", why };
    Ok(Target::find(&case.data, features, &case.params, case.asked.seed()).ok_or_else(unreachable)?)
}
