//! Special cases of the framework: a distribution whose features and target are known beforehand (docs/theory.md §5).

use super::framework::posterior::{self, Axioms, Beside};
use super::framework::{Case, FeatureSet, paper, params};
use super::instance::{Hypothesis, Instance, Level};
use super::request::{Parameters, Request, recalled};
use super::{FormRow, InstanceError, Preset, Theorem};
use crate::certificate::document::Certificate;
use crate::error::ParameterError;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Parameter keys of the paper's lemmas.
pub(super) const LEMMA_KEYS: [(&str, &str); 3] =
    [("tau", "tau of the paper's lemma"), ("c_p", "the lemma's constant in p"), ("c_g", "the lemma's constant in B_G")];

/// Axioms of the paper's lemma, and what they let the instance choose beside τ and its constants.
pub(super) type Lemma = (&'static [&'static str], Vec<(&'static str, f64)>);

/// What distinguishes one special case from another.
pub(super) trait SpecialCase: Sync {
    /// Theorem id.
    const ID: &'static str;
    /// One line.
    const TITLE: &'static str;
    /// The paper's number, and the section of docs/theory.md.
    const SOURCE: &'static str;
    /// Presets, the default first.
    const PRESETS: &'static [Preset];
    /// Parameter keys of its own, with what they are.
    const KEYS: &'static [(&'static str, &'static str)];
    /// Those among them that are symbols of the same name.
    const SYMBOLS: &'static [&'static str];
    /// Whether the paper's lemma has τ and constants in p and B_G.
    const HAS_LEMMA: bool = true;
    /// How the posterior level concludes.
    const AXIOMS: Axioms = posterior::WHOLE;

    /// The distribution, and what the paper assumes of it.
    fn case<'a>(&self, request: &'a Request, p: &Parameters) -> Result<Case<'a>, InstanceError>;
    /// The gradient features at β = b̃/σ_w.
    fn features(&self, case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError>;
    /// The paper's lemma.
    fn lemma(&self, case: &Case<'_>) -> Result<Lemma, InstanceError>;
    /// The explicit level.
    fn explicit(&self, case: &Case<'_>) -> Result<Instance, InstanceError>;
    /// What the posterior level claims beside the bound.
    fn beside(&self, _case: &Case<'_>) -> Result<Beside, InstanceError> {
        Ok(Beside::default())
    }
}

/// A special case as a theorem.
pub(super) struct Special<C>(pub(super) C);

impl<C: SpecialCase> Special<C> {
    fn paper(&self, case: &Case<'_>, p: &Parameters) -> Result<Instance, InstanceError> {
        let (lemma, own) = self.0.lemma(case)?;
        let constants = lemma_constants(p)?.into_iter().filter(|_| C::HAS_LEMMA);
        paper::of_lemma(case, lemma, &constants.chain(own).collect::<Vec<_>>())
    }

    fn posterior(&self, case: &Case<'_>) -> Result<Instance, InstanceError> {
        let pilot = posterior::scales(&case.data, &case.params, case.request.seed)?;
        let features = self.0.features(case, pilot.beta)?;
        posterior::instance(case, pilot, &features, &C::AXIOMS, self.0.beside(case)?)
    }
}

impl<C: SpecialCase> Theorem for Special<C> {
    fn id(&self) -> &'static str {
        C::ID
    }
    fn title(&self) -> &'static str {
        C::TITLE
    }
    fn source(&self) -> &'static str {
        C::SOURCE
    }
    fn levels(&self) -> &'static [Level] {
        &[Level::Paper, Level::Explicit, Level::Posterior]
    }
    fn presets(&self) -> &'static [Preset] {
        C::PRESETS
    }
    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        static ALL: Mutex<BTreeMap<&str, &[(&str, &str)]>> = Mutex::new(BTreeMap::new());
        let mut all = ALL.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let lemma = LEMMA_KEYS.into_iter().filter(|_| C::HAS_LEMMA);
        let join = || C::KEYS.iter().copied().chain(params::KEYS).chain(lemma).collect::<Vec<_>>().leak() as &_;
        all.entry(C::ID).or_insert_with(join)
    }
    fn instantiate(&self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let p = request.parameters(self)?;
        let case = self.0.case(request, &p)?;
        match level {
            Level::Paper => self.paper(&case, &p),
            Level::Explicit => self.0.explicit(&case),
            Level::Posterior => self.posterior(&case),
        }
    }
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError> {
        let symbols: Vec<(&str, &str)> = C::SYMBOLS.iter().map(|s| (*s, *s)).collect();
        let mut request = recalled(certificate, &symbols)?;
        request.parameters.extend(recalled(certificate, &params::RECALLED)?.parameters);
        request.parameters.extend(params::told(certificate));
        // What is no symbol stands in the certificate's information.
        let words = C::KEYS.iter().filter(|(key, _)| !C::SYMBOLS.contains(key));
        let told = |key: &str| Some((key.into(), certificate.info.get("parameters")?.get(key)?.as_str()?.into()));
        request.parameters.extend(words.filter_map(|(key, _)| told(key)));
        Ok(request)
    }
    fn forms(&self, request: &Request, done: Option<Level>) -> Result<Vec<FormRow>, InstanceError> {
        let p = request.parameters(self)?;
        let case = self.0.case(request, &p)?;
        let mut rows = vec![("paper form, constants as set".into(), self.paper(&case, &p))];
        if done != Some(Level::Explicit) {
            rows.push(("explicit".into(), self.0.explicit(&case)));
        }
        if done != Some(Level::Posterior) {
            rows.push(("posterior".into(), self.posterior(&case)));
        }
        Ok(rows)
    }
}

/// τ and the constants of the paper's lemmas.
pub(super) fn lemma_constants(p: &Parameters) -> Result<[(&'static str, f64); 3], ParameterError> {
    let positive = ("greater than 0", (|x| x > 0.0 && x < 1e12) as fn(f64) -> bool);
    Ok([
        ("tau", p.real("tau", 8.0, positive, "8 <= tau <= d in the paper's lemmas")?),
        ("c_p", p.real("c_p", 1.0, positive, "constants of the paper's Theta are positive")?),
        ("c_g", p.real("c_g", 1.0, positive, "constants of the paper's O are positive")?),
    ])
}

/// An assumption of the paper: `value` must be at least `limit`.
pub(super) fn at_least(name: &str, value: f64, limit: f64) -> Hypothesis {
    Hypothesis { name: name.into(), holds: value >= limit, value, limit }
}

/// An assumption of the paper: `value` must be at most `limit`.
pub(super) fn at_most(name: &str, value: f64, limit: f64) -> Hypothesis {
    Hypothesis { name: name.into(), holds: value <= limit, value, limit }
}
