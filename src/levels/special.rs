//! Special cases of the framework: a distribution whose features and target are known beforehand (docs/theory.md §5).

use super::posterior::{Axioms, Beside};
use super::{Case, FeatureSet, paper, params, posterior};
use crate::error::ParameterError;
use crate::parameters::options::Runs;
use crate::parameters::range::Range;
use crate::parameters::uses::{PAPER, Use};
use crate::parameters::{Asked, Declared, Key, Level, Options, Parameter, Preset, Request, Setting, options};
use crate::registry::instance::Hypothesis;
use crate::registry::{FormRow, Instance, InstanceError, ScalingLaw, Theorem};

/// τ of the paper's lemmas, which their assumptions are about too, and their constants.
pub(crate) const TAU: Key<f64> =
    Key::real("tau", "tau of the paper's lemma", 8.0, Range::POSITIVE, "8 <= tau <= d in the paper's lemmas")
        .symbol("tau");
const C_P: Key<f64> = params::constant("c_p", "the lemma's constant in p");
const C_G: Key<f64> = params::constant("c_g", "the lemma's constant in B_G");

/// The parameters of a lemma.
pub(crate) const fn lemma_keys(tau: &'static [Use]) -> [Parameter; 3] {
    [TAU.used(tau), C_P.used(&[PAPER]), C_G.used(&[PAPER])]
}

/// Axioms of the paper's lemma, and what they let the instance choose beside τ and its constants.
pub(crate) type Lemma = (&'static [&'static str], Vec<(&'static str, f64)>);

/// What distinguishes one special case from another.
pub(crate) trait SpecialCase: Sync {
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
    /// The levels that use τ of the paper's lemma; none where the lemma has neither it nor constants in p and B_G.
    const TAU: Option<&'static [Use]>;
    /// The exponents it states.
    const LAWS: &'static [ScalingLaw] = &[];
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
pub(crate) struct Special<C>(pub(crate) C);

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
    fn laws(&self) -> &'static [ScalingLaw] {
        C::LAWS
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
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        let at = |level| Asked::new(declared, &declared.fitting(request, level));
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
pub(crate) fn lemma_constants(p: &Asked) -> Result<[(&'static str, f64); 3], ParameterError> {
    Ok([("tau", p.get(&TAU)?.get()), ("c_p", p.get(&C_P)?.get()), ("c_g", p.get(&C_G)?.get())])
}

/// An assumption of the paper: `value` must be at least `limit`.
pub(crate) fn at_least(name: &str, value: f64, limit: f64) -> Hypothesis {
    Hypothesis { name: name.into(), holds: value >= limit, value, limit }
}

/// An assumption of the paper: `value` must be at most `limit`.
pub(crate) fn at_most(name: &str, value: f64, limit: f64) -> Hypothesis {
    Hypothesis { name: name.into(), holds: value <= limit, value, limit }
}
