//! The paper level that theorems share: a formula with its hidden constants surfaced, never run.

use super::derivation::Derivation;
use super::instance::{Bounds, Cost, Hypothesis, Instance, Level, Size};
use super::statement;
use crate::decimal::complement;
use crate::distributions::Distribution;
use crate::experiment::Rules;

/// What a theorem's module knows of its paper level.
pub struct PaperForm {
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
    pub fn instance(self, distribution: &dyn Distribution) -> Instance {
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
    pub fn formula(self, bounds: Bounds, statement: String) -> Instance {
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
                error: 0.01,
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
