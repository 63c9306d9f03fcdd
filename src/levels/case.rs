//! A theorem on one distribution before a level is chosen, and what every level of it shares.

use super::{Data, Params};
use crate::derivation::{Derivation, bounds, statement};
use crate::experiment::{Protocol, Rules};
use crate::parameters::{Asked, Level, Setting};
use crate::registry::instance::{FeatureRow, Hypothesis};
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// A theorem on one distribution.
pub(crate) struct Case<'a> {
    /// Theorem id.
    pub(crate) theorem: &'static str,
    /// The request, as far as it is not read yet.
    pub(crate) asked: &'a Asked,
    pub(crate) params: Params,
    pub(crate) data: Data,
    /// Numbers of its own that not every level reads.
    pub(crate) own: Vec<Setting<f64>>,
    /// Parameters of its own, as they were understood.
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// Tags of its own in every variant of the theorem.
    pub(crate) variant: Vec<(&'static str, &'static str)>,
    /// What the paper assumes of this case: hypotheses at the paper level, and shown at the others, which do not need them.
    pub(crate) assumptions: Vec<Hypothesis>,
}

/// What one level of a case has beside the derivation.
pub(crate) struct Leveled {
    pub(crate) level: Level,
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) hypotheses: Vec<Hypothesis>,
    pub(crate) features: Vec<FeatureRow>,
    /// Live neurons, and whether gradients are the population's: what a step costs.
    pub(crate) live: f64,
    pub(crate) population: bool,
    pub(crate) rules: Rules,
    pub(crate) statement: String,
}

impl<'a> Case<'a> {
    /// A case without numbers, parameters, tags and assumptions of its own.
    pub(crate) fn new(theorem: &'static str, asked: &'a Asked, params: Params, data: Data) -> Self {
        let (own, parameters, variant, assumptions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { theorem, asked, params, data, own, parameters, variant, assumptions }
    }
}

impl Case<'_> {
    /// `on gaussian-xor (d = 10, radius = 12, sigma = 1)`.
    pub(crate) fn law_in_words(&self, derivation: &Derivation) -> String {
        statement::law(derivation, &*self.data.distribution, self.data.symbols())
    }

    /// One of its own numbers; NaN, which no derivation takes, where it has none of that name.
    pub(crate) fn own(&self, key: &str) -> f64 {
        self.own.iter().find(|setting| setting.key() == key).map_or(f64::NAN, Setting::get)
    }

    /// Starts a derivation: the data's symbols and axioms, ε and δ, and how a trial is looked at.
    pub(crate) fn premises(&self, variant: &[(&str, &str)]) -> Result<Derivation, InstanceError> {
        let variant = [variant, &self.variant].concat();
        let mut derivation = self.data.premises(self.asked.theory(), self.theorem, &variant)?;
        derivation.choose("epsilon", self.params.epsilon.get())?;
        derivation.choose("delta", self.params.delta.get())?;
        Ok(derivation)
    }

    /// The parameters that its data and itself show; those that are read join them.
    pub(super) fn understood(&self) -> Vec<(&'static str, String)> {
        let mut list = self.data.parameters();
        list.extend(self.parameters.iter().cloned());
        list
    }

    /// The instance at an explicit or posterior level; root and conclusion are left open.
    pub(crate) fn instance(&self, derivation: Derivation, protocol: Protocol, leveled: Leveled) -> Instance {
        let Leveled { level, tags, hypotheses, features, live, population, rules, statement } = leveled;
        Instance {
            drawn: false,
            theorem: self.theorem,
            level,
            tags,
            parameters: self.understood(),
            notices: self.data.notices.clone(),
            hypotheses,
            assumptions: self.assumptions.clone(),
            minority: derivation.number("minority"),
            delta: self.params.delta.get(),
            root: None,
            conclusion: None,
            features,
            bounds: bounds::bounds(&derivation, &*self.data.distribution, live, population),
            rules,
            experiment: Some(Arc::new(protocol)),
            statement,
            derivation,
        }
    }
}

/// The axiom that holds the bound against the least error of a halfspace.
pub(crate) const NONLINEAR: &str = "nonlinear";

/// What the statement says of linear predictors, where the theory says something of them on this data.
pub(crate) fn halfspaces_in_words(derivation: &Derivation) -> String {
    let least = derivation.has("linear_error").then(|| statement::lower(derivation, "linear_error"));
    least.map_or_else(String::new, |least| format!("; every halfspace errs at least {least}"))
}
