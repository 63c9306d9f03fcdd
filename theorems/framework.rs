//! The framework of Theorem 3.12, which `main` and every special case share: features, f*, hits, and the three levels
//! (docs/theory.md §§1–4).
//!
//! A [`Case`] is a theorem on one distribution before a level is chosen. `main` finds its features and f*; a special case knows
//! them, and may have sharper hits of its own.

pub(super) mod data;
pub(super) mod explicit;
pub(super) mod features;
pub(super) mod hits;
pub(super) mod paper;
pub(super) mod params;
pub(super) mod pilot;
pub(super) mod posterior;
pub(super) mod shares;
pub(super) mod target;

pub(super) use data::Data;
pub(super) use features::FeatureSet;
pub(super) use params::Params;
pub(super) use target::Target;

use super::asked::Setting;
use super::derivation::{Derivation, DerivationError};
use super::instance::{Hypothesis, Instance, Level};
use super::{Asked, InstanceError, cost, statement};
use crate::certificate::claim::Claim;
use crate::certificate::proof::NOT_VACUOUS;
use crate::experiment::{Protocol, Rules};
use std::sync::Arc;

/// A theorem on one distribution.
pub(super) struct Case<'a> {
    /// Theorem id.
    pub(super) theorem: &'static str,
    /// The request, as far as it is not read yet.
    pub(super) asked: &'a Asked,
    pub(super) params: Params,
    pub(super) data: Data,
    /// Numbers of its own that not every level reads.
    pub(super) own: Vec<Setting<f64>>,
    /// Parameters of its own, as they were understood.
    pub(super) parameters: Vec<(&'static str, String)>,
    /// Tags of its own in every variant of the theorem.
    pub(super) variant: Vec<(&'static str, &'static str)>,
    /// What the paper assumes of this case: hypotheses at the paper level, and shown at the others, which do not need them.
    pub(super) assumptions: Vec<Hypothesis>,
}

/// What one level of a case has beside the derivation.
pub(super) struct Leveled {
    pub(super) level: Level,
    pub(super) tags: Vec<(&'static str, String)>,
    pub(super) hypotheses: Vec<Hypothesis>,
    pub(super) features: Vec<super::instance::FeatureRow>,
    /// Live neurons, and whether gradients are the population's: what a step costs.
    pub(super) live: f64,
    pub(super) population: bool,
    pub(super) rules: Rules,
    pub(super) statement: String,
}

impl Case<'_> {
    /// `on gaussian-xor (d = 10, radius = 12, sigma = 1)`.
    pub(super) fn law_in_words(&self, derivation: &Derivation) -> String {
        statement::law(derivation, &*self.data.distribution, self.data.symbols())
    }

    /// One of its own numbers; NaN, which no derivation takes, where it has none of that name.
    pub(super) fn own(&self, key: &str) -> f64 {
        self.own.iter().find(|setting| setting.key() == key).map_or(f64::NAN, Setting::get)
    }

    /// Starts a derivation: the data's symbols and axioms, ε and δ, and how a trial is looked at.
    pub(super) fn premises(&self, variant: &[(&str, &str)]) -> Result<Derivation, InstanceError> {
        let variant = [variant, &self.variant].concat();
        let mut derivation = self.data.premises(self.theorem, &variant)?;
        derivation.choose("epsilon", self.params.epsilon.get())?;
        derivation.choose("delta", self.params.delta.get())?;
        Ok(derivation)
    }

    /// The parameters that its data and itself show; those that are read join them.
    fn understood(&self) -> Vec<(&'static str, String)> {
        let mut list = self.data.parameters();
        list.extend(self.parameters.iter().cloned());
        list
    }

    /// The instance at an explicit or posterior level; root and conclusion are left open.
    pub(super) fn instance(&self, derivation: Derivation, protocol: Protocol, leveled: Leveled) -> Instance {
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
            bounds: cost::bounds(&derivation, &*self.data.distribution, live, population),
            rules,
            experiment: Some(Arc::new(protocol)),
            statement,
            derivation,
        }
    }
}

/// Proves that the bound is not vacuous, where it is not.
pub(super) fn not_vacuous(derivation: &mut Derivation) -> Result<(), InstanceError> {
    if derivation.number("error_bound") < derivation.number("minority") {
        derivation.prove(Claim::parse(NOT_VACUOUS).map_err(DerivationError::from)?)?;
    }
    Ok(())
}

/// The axiom that holds the bound against the least error of a halfspace.
pub(super) const NONLINEAR: &str = "nonlinear";

/// What the statement says of linear predictors, where the theory says something of them on this data.
pub(super) fn halfspaces_in_words(derivation: &Derivation) -> String {
    let least = derivation.has("linear_error").then(|| statement::lower(derivation, "linear_error"));
    least.map_or_else(String::new, |least| format!("; every halfspace errs at least {least}"))
}
