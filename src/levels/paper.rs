//! The paper level: a formula with its hidden constants surfaced, never run; Theorem 3.12 at the features and the network that were
//! found.

use super::target::Norms;
use super::{Case, Data, FeatureSet, Params, Target};
use crate::decimal::complement;
use crate::derivation::{Bounds, Cost, Derivation, Size, statement};
use crate::distributions::Distribution;
use crate::experiment::Rules;
use crate::parameters::Level;
use crate::registry::instance::Hypothesis;
use crate::registry::{Instance, InstanceError};

/// Theorem 3.12 at f*: a formula, whose constants are the paper's to know.
pub(crate) fn of_target(case: &Case<'_>, features: &FeatureSet, target: &Target) -> Result<Instance, InstanceError> {
    let mut derivation = premises(case)?;
    features.claim(&mut derivation)?;
    let Norms { largest_outer, outer_l2: outer_norm, largest_bias, .. } = target.norms();
    for (symbol, value) in [
        ("r_star", target.neurons.len() as f64),
        ("B_a1", largest_outer),
        ("B_a2", outer_norm),
        ("B_b", largest_bias),
        ("target_loss", target.written_loss()),
    ] {
        derivation.choose(symbol, value)?;
    }
    let hypotheses = case.data.hypotheses(&derivation);
    Ok(Instance { features: features.rows(), ..formula(case, derivation, hypotheses)? })
}

/// Theorem 3.12 at the numbers of the paper's lemma on this case, under the paper's assumptions.
pub(crate) fn of_lemma(case: &Case<'_>, lemma: &[&str], choices: &[(&str, f64)]) -> Result<Instance, InstanceError> {
    let mut derivation = premises(case)?;
    for (symbol, value) in choices {
        derivation.choose(symbol, *value)?;
    }
    for axiom in lemma {
        derivation.apply(axiom)?;
    }
    let mut hypotheses = case.data.hypotheses(&derivation);
    hypotheses.extend(case.assumptions.iter().cloned());
    Ok(Instance { assumptions: Vec::new(), ..formula(case, derivation, hypotheses)? })
}

/// The data, and how a trial would be looked at, though none is run.
fn premises(case: &Case<'_>) -> Result<Derivation, InstanceError> {
    let evaluation = if case.data.finite() { "exact" } else { "sampled" };
    let mut derivation = case.premises(&[("level", "paper"), ("data", case.data.name), ("evaluation", evaluation)])?;
    case.data.evaluation(&mut derivation)?;
    Ok(derivation)
}

fn formula(
    case: &Case<'_>,
    mut derivation: Derivation,
    hypotheses: Vec<Hypothesis>,
) -> Result<Instance, InstanceError> {
    let (Params { paper: [c_m, c_steps, c_n], .. }, Data { distribution, notices, .. }) = (&case.params, &case.data);
    for (symbol, value) in [("c_m", c_m), ("c_T", c_steps), ("c_n", c_n)] {
        derivation.choose(symbol, value.get())?;
    }
    let root = derivation.apply("theorem-3.12")?;
    let (theorem, parameters, notices) = (case.theorem, case.understood(), notices.clone());
    let form = PaperForm { theorem, derivation, root, parameters, notices, hypotheses };
    Ok(form.instance(&**distribution))
}

/// What a theorem's module knows of its paper level.
pub(crate) struct PaperForm {
    /// Theorem id.
    pub theorem: &'static str,
    /// The derivation, the paper's axiom applied.
    pub derivation: Derivation,
    /// The step of that axiom.
    pub root: Option<usize>,
    /// Parameters as they were understood.
    pub parameters: Vec<(&'static str, String)>,
    /// Notices.
    pub notices: Vec<String>,
    /// The hypotheses.
    pub hypotheses: Vec<Hypothesis>,
}

impl PaperForm {
    /// Theorem 3.12's instance: sizes and error as the formula gives them.
    #[must_use]
    pub(crate) fn instance(self, distribution: &dyn Distribution) -> Instance {
        let derivation = &self.derivation;
        let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
        let (d, neurons, samples) = (distribution.dimension() as f64, derivation.number("N"), derivation.number("n"));
        let per_step = 4.0 * samples * d * neurons;
        let bounds = Bounds {
            width: size("m"),
            neurons: size("N"),
            steps: size("T"),
            first_step: size("n"),
            per_step: size("n"),
            total: samples * (derivation.number("T") + 1.0),
            error: derivation.number("error_bound"),
            cost: Cost { flops: per_step * derivation.number("T"), bytes: 8.0 * d * (2.0 * neurons + samples) },
            flops_to_first_look: per_step,
        };
        let statement = format!(
            "{}: paper form at {}: m = {}, T = {}, n = {} give hinge loss at most {} with probability at least {}",
            statement::law(derivation, distribution, &[]),
            statement::choices(derivation),
            statement::size(derivation, "m"),
            statement::size(derivation, "T"),
            statement::size(derivation, "n"),
            statement::upper(derivation, "error_bound"),
            complement(derivation.number("delta"))
        );
        self.formula(bounds, statement)
    }

    /// An instance that is only a formula: these sizes, and no trials.
    #[must_use]
    pub(crate) fn formula(self, bounds: Bounds, statement: String) -> Instance {
        let Self { theorem, derivation, root, parameters, notices, hypotheses } = self;
        let delta = derivation.number("delta");
        Instance {
            drawn: false,
            theorem,
            level: Level::Paper,
            tags: Vec::new(),
            parameters,
            notices,
            hypotheses,
            assumptions: Vec::new(),
            minority: derivation.number("minority"),
            delta,
            root: root.filter(|_| derivation.applies()),
            conclusion: None,
            features: Vec::new(),
            bounds,
            experiment: None,
            rules: Rules {
                delta,
                error: Rules::USUAL_ERROR,
                certification_error: 0.0,
                events: Vec::new(),
                counted: Vec::new(),
                obligations: Vec::new(),
            },
            statement,
            derivation,
        }
    }
}
