//! Special cases of the framework: a distribution whose features and target are known beforehand (docs/theory.md §5).

use super::asked::POSITIVE;
use super::asked::Setting;
use super::framework::posterior::{self, Axioms, Beside};
use super::framework::{Case, FeatureSet, paper, params};
use super::instance::{Hypothesis, Instance, Level};
use super::options::{self, Options, PAPER, Parameter, Runs, Use};
use super::request::{Request, noted, recalled};
use super::{Asked, FormRow, InstanceError, Preset, Theorem, unused};
use crate::certificate::document::Certificate;
use crate::error::ParameterError;

/// The paper's lemmas: τ, which their assumptions are about too, and their constants.
pub(super) const fn lemma_keys(tau: &'static [Use]) -> [Parameter; 3] {
    [
        Parameter::new("tau", "tau of the paper's lemma", tau),
        Parameter::new("c_p", "the lemma's constant in p", &[PAPER]),
        Parameter::new("c_g", "the lemma's constant in B_G", &[PAPER]),
    ]
}

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
    /// Parameters of its own.
    const KEYS: &'static [Parameter];
    /// The levels that use the framework's.
    const USERS: params::Users;
    /// Those among them that are symbols of the same name.
    const SYMBOLS: &'static [&'static str];
    /// The levels that use τ of the paper's lemma; none where the lemma has neither it nor constants in p and B_G.
    const TAU: Option<&'static [Use]>;
    /// What the explicit level runs.
    const RUNS: Runs;
    /// Levels at which something is drawn.
    const SEED: &'static [Level] = &[Level::Explicit, Level::Posterior];
    /// How the posterior level concludes.
    const AXIOMS: Axioms = posterior::WHOLE;

    /// The distribution, and what the paper assumes of it.
    fn case<'a>(&self, asked: &'a Asked) -> Result<Case<'a>, InstanceError>;
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
    fn paper(&self, asked: &Asked) -> Result<Instance, InstanceError> {
        let case = self.0.case(asked)?;
        let (lemma, own) = self.0.lemma(&case)?;
        let constants = if C::TAU.is_some() { lemma_constants(asked)?.to_vec() } else { Vec::new() };
        paper::of_lemma(&case, lemma, &[constants, own].concat())
    }

    fn explicit(&self, asked: &Asked) -> Result<Instance, InstanceError> {
        let mut case = self.0.case(asked)?;
        // Its first step is the closed form's, and so is that of its pilot.
        case.params.first_batch = Setting::fixed(0);
        self.0.explicit(&case)
    }

    fn posterior(&self, asked: &Asked) -> Result<Instance, InstanceError> {
        let mut case = self.0.case(asked)?;
        case.params = posterior::with_gradients(asked, case.params)?;
        let pilot = posterior::scales(&case.data, &case.params, asked.seed())?;
        let features = self.0.features(&case, pilot.beta)?;
        posterior::instance(&case, pilot, &features, &C::AXIOMS, self.0.beside(&case)?)
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
    fn options(&self) -> &'static Options {
        let lemma = C::TAU.into_iter().flat_map(lemma_keys);
        let keys = || C::KEYS.iter().copied().chain(params::keys(&C::USERS)).chain(lemma).collect();
        let runs = vec![C::RUNS, posterior::RUNS];
        options::once(C::ID, || Options { parameters: keys(), runs, rows: false, seed: C::SEED.to_vec() })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        match level {
            Level::Paper => self.paper(asked),
            Level::Explicit => self.explicit(asked),
            Level::Posterior => self.posterior(asked),
        }
    }
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError> {
        let symbols: Vec<(&str, &str)> = C::SYMBOLS.iter().map(|s| (*s, *s)).collect();
        let mut request = recalled(certificate, &symbols)?;
        request.parameters.extend(recalled(certificate, &params::RECALLED)?.parameters);
        request.parameters.extend(params::told(certificate));
        // What is no symbol stands in the certificate's information.
        let words = C::KEYS.iter().map(|parameter| parameter.key).filter(|key| !C::SYMBOLS.contains(key));
        request.parameters.extend(noted(certificate, words));
        Ok(request)
    }
    fn forms(&self, request: &Request, done: Option<Level>) -> Result<Vec<FormRow>, InstanceError> {
        let at = |level| Asked::new(self, &unused::fitting(self, request, level));
        // What is wrong with the data is wrong in every row.
        drop(self.0.case(&at(Level::Paper)?)?);
        let mut rows = vec![("paper form, constants as set".into(), self.paper(&at(Level::Paper)?))];
        for (level, name) in [(Level::Explicit, "explicit"), (Level::Posterior, "posterior")] {
            if done != Some(level) {
                rows.push((name.into(), self.build(&at(level)?, level)));
            }
        }
        Ok(rows)
    }
}

/// τ and the constants of the paper's lemmas.
pub(super) fn lemma_constants(p: &Asked) -> Result<[(&'static str, f64); 3], ParameterError> {
    Ok([
        ("tau", p.real("tau", 8.0, POSITIVE, "8 <= tau <= d in the paper's lemmas")?.get()),
        ("c_p", p.real("c_p", 1.0, POSITIVE, "constants of the paper's Theta are positive")?.get()),
        ("c_g", p.real("c_g", 1.0, POSITIVE, "constants of the paper's O are positive")?.get()),
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
