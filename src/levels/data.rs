//! The distribution a theorem is run on, with what the kernel is told of it.

use super::rows::Enclosed;
use crate::certificate::support::FiniteSupport;
use crate::certificate::theory::Theory;
use crate::derivation::{Derivation, DerivationError, rounded};
use crate::distributions::Distribution;
use crate::error::ParameterError;
use crate::network::Reach;
use crate::parameters::Form;
use crate::registry::InstanceError;
use crate::registry::instance::Hypothesis;
use std::sync::Arc;

/// Inputs beyond this many standard deviations of the noise's norm are left to the event that none occurs.
const TAIL: f64 = 1e-12;

/// The distribution with what the kernel is told of it.
pub(crate) struct Data {
    pub(crate) distribution: Arc<dyn Distribution>,
    /// Its axiom.
    pub(crate) name: &'static str,
    /// What that axiom lets the instance choose.
    symbols: Vec<(&'static str, f64)>,
    pub(crate) notices: Vec<String>,
    /// B_x: where inputs are not bounded, the norm beyond which none is expected in the whole run.
    pub(crate) norm_bound: f64,
    /// The axiom that bounds how often an input is longer; none where the law's own does.
    outside: Option<&'static str>,
    /// The axiom that the support can be enumerated.
    enumerated: Option<&'static str>,
    enclosed: Enclosed,
}

impl Data {
    /// Inputs bounded almost surely.
    pub(crate) fn bounded(
        distribution: Arc<dyn Distribution>,
        name: &'static str,
        symbols: Vec<(&'static str, f64)>,
        enumerated: Option<&'static str>,
    ) -> Self {
        let norm_bound = distribution.moments().norm_bound;
        let (notices, outside, enclosed) = (Vec::new(), Some("bounded-inputs"), Enclosed::default());
        Self { distribution, name, symbols, notices, norm_bound, outside, enumerated, enclosed }
    }

    /// Inputs of norm at most `reach` + `spread`·‖g‖, g standard normal.
    pub(crate) fn gaussian(
        distribution: Arc<dyn Distribution>,
        name: &'static str,
        symbols: Vec<(&'static str, f64)>,
        outside: &'static str,
        (reach, spread): (f64, f64),
    ) -> Self {
        let norm_bound = rounded(reach + spread * noise_bound(distribution.dimension()), 6, true);
        let (outside, notices, enumerated, enclosed) = (Some(outside), Vec::new(), None, Enclosed::default());
        Self { distribution, name, symbols, notices, norm_bound, outside, enumerated, enclosed }
    }

    /// A law of someone's own, whose axiom says that no input is longer than B_x.
    pub(crate) fn own(
        distribution: Arc<dyn Distribution>,
        name: &'static str,
        symbols: Vec<(&'static str, f64)>,
        enumerated: Option<&'static str>,
    ) -> Self {
        Self { outside: None, ..Self::bounded(distribution, name, symbols, enumerated) }
    }

    /// Rows in the place of a distribution.
    pub(crate) fn rows(rows: Arc<dyn Distribution>, notices: Vec<String>) -> Self {
        Self { notices, ..Self::bounded(rows, "finite-support", Vec::new(), None) }
    }

    /// Its symbols with their numbers.
    pub(crate) fn symbols(&self) -> &[(&'static str, f64)] {
        &self.symbols
    }

    /// So many times the length of a typical input, rounded up to three digits: the unit of a bias.
    pub(crate) fn typical_norm(&self, times: f64) -> f64 {
        rounded(times * self.distribution.moments().mean_square_norm.sqrt(), 3, true)
    }

    /// The number of one of its symbols; NaN where it has none of that name.
    pub(crate) fn symbol(&self, name: &str) -> f64 {
        self.symbols.iter().find(|(symbol, _)| *symbol == name).map_or(f64::NAN, |(_, value)| *value)
    }

    /// How large inputs are, those beyond B_x apart.
    pub(crate) fn reach(&self) -> Reach {
        Reach { norm: self.norm_bound, coordinate: self.distribution.moments().coordinate_bound }
    }

    /// Whether the population is a list of points.
    pub(crate) fn finite(&self) -> bool {
        self.distribution.support().is_some()
    }

    /// Starts the derivation: the data's symbols and axioms, and how a trial's goal is looked at: by enumeration where there is a
    /// support, else on samples.
    pub(crate) fn premises(
        &self,
        theory: &'static Theory,
        theorem: &'static str,
        variant: &[(&str, &str)],
    ) -> Result<Derivation, InstanceError> {
        let mut derivation = Derivation::new(theory, theorem, variant, self.support()?)?;
        for (symbol, value) in &self.symbols {
            derivation.choose(symbol, *value)?;
        }
        if self.distribution.moments().norm_bound.is_infinite() {
            derivation.choose("B_x", self.norm_bound)?;
        }
        derivation.apply(self.name)?;
        if let Some(axiom) = self.outside {
            derivation.apply(axiom)?;
        }
        Ok(derivation)
    }

    /// How a trial's goal is looked at: by enumeration where there is a support, else on samples.
    pub(crate) fn evaluation(&self, derivation: &mut Derivation) -> Result<(), InstanceError> {
        for axiom in self.enumerated.into_iter().filter(|_| self.finite()) {
            derivation.apply(axiom)?;
        }
        derivation.apply(if self.finite() { "evaluated-exactly" } else { "evaluated-by-samples" })?;
        Ok(())
    }

    /// Theorems A and B need every input bounded, A a population that can be enumerated.
    pub(crate) fn allows(&self, form: Form) -> Result<(), ParameterError> {
        let bounded = self.distribution.moments().norm_bound.is_finite();
        let why = match form {
            Form::A | Form::B if !bounded => "Theorems A and B bound every step by B_x: no input may be longer",
            Form::A if !self.finite() => "Theorem A takes population gradients: the population must be enumerable",
            _ => return Ok(()),
        };
        Err(ParameterError::conflict(format!("--form {form} on {}", self.name), why))
    }

    pub(crate) fn hypotheses(&self, derivation: &Derivation) -> Vec<Hypothesis> {
        let norm = self.distribution.moments().norm_bound;
        let (name, holds, value) = if norm.is_finite() {
            ("inputs are bounded: |x| <= B_x", true, norm)
        } else {
            let outside = derivation.number("outside");
            ("inputs are bounded: |x| <= B_x but for a probability charged to delta", outside < 1e-6, self.norm_bound)
        };
        vec![
            Hypothesis { name: name.into(), holds, value, limit: self.norm_bound },
            Hypothesis {
                name: "both labels occur".into(),
                holds: derivation.number("minority") > 0.0,
                value: derivation.number("minority"),
                limit: 0.0,
            },
        ]
    }

    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut list = vec![("distribution", self.name.into())];
        if self.symbols.is_empty() {
            list.push(("d", self.distribution.dimension().to_string()));
        }
        list.extend(self.symbols.iter().map(|(symbol, value)| (*symbol, value.to_string())));
        list
    }

    /// The rows as the kernel sees them, where the data is a file.
    fn support(&self) -> Result<Option<FiniteSupport>, DerivationError> {
        if self.name == "finite-support" { self.enclosed.of(&*self.distribution) } else { Ok(None) }
    }
}

/// t with exp(−(d/2)(w − 1 − ln w)) ≤ [`TAIL`], w = t²/d.
fn noise_bound(dimension: usize) -> f64 {
    let d = dimension as f64;
    let tail = |t: f64| {
        let w = t * t / d;
        d / 2.0 * (w - 1.0 - w.ln())
    };
    let mut t = d.sqrt() * 1.001;
    while tail(t) < -TAIL.ln() {
        t *= 1.001;
    }
    t
}
