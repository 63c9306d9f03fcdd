//! A theorem at concrete parameters: hypotheses, derivation, bounds, and the protocol of its trials.

use crate::certificate::interval::Interval;
use crate::derivation::{Bounds, Derivation, DerivationError};
use crate::experiment::{Experiment, Protocol, Rules};
use crate::parameters::Level;
use serde::Serialize;
use std::sync::Arc;

/// A hypothesis of the theorem on this instance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hypothesis {
    /// What must hold.
    pub name: String,
    /// Whether it does.
    pub holds: bool,
    /// The instance's value.
    pub value: f64,
    /// The limit it is held against.
    pub limit: f64,
}

/// A gradient feature (paper Def. 3.7) as it was found: p is a lower bound, conditional on the sign of the bias.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureRow {
    /// D, a unit vector up to its sign.
    pub direction: Vec<f64>,
    /// s.
    pub sign: f64,
    /// Lower bound on Pr[G in the cone of D, ‖G‖ ≥ B_G].
    pub p: f64,
    /// γ.
    pub gamma: f64,
    /// B_G.
    pub b_g: f64,
}

/// What follows the trials where claims rest on events that only they can count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conclusion {
    /// How the bound itself follows, where its premise is such an event (docs/theory.md §4, a-posteriori level).
    pub bound: Option<CountedPremise>,
    /// Claims of the statement that the counts prove, each against a share of its own.
    pub beside: Vec<&'static str>,
}

/// A premise that the counts prove, and what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedPremise {
    /// The claim on the event, as the theory text has it.
    pub claim: &'static str,
    /// Steps that bound the other events.
    pub others: Vec<usize>,
    /// The axioms that conclude, one after another; the last one's claim is the statement.
    pub axioms: Vec<&'static str>,
}

/// A theorem at concrete parameters.
pub struct Instance {
    /// Theorem id.
    pub theorem: &'static str,
    /// Level.
    pub level: Level,
    /// Form, gradients and hits as they stand in every output.
    pub tags: Vec<(&'static str, String)>,
    /// Parameters as they were understood.
    pub parameters: Vec<(&'static str, String)>,
    /// What a reader must know about the data.
    pub notices: Vec<String>,
    /// The hypotheses.
    pub hypotheses: Vec<Hypothesis>,
    /// Whether something was drawn from the seed before the trials.
    pub drawn: bool,
    /// What the paper assumes of this case and this level does not need.
    pub assumptions: Vec<Hypothesis>,
    /// The derivation of the statement.
    pub derivation: Derivation,
    /// The step that proves the theorem's statement; none where a hypothesis fails, and before the trials at the posterior level.
    pub root: Option<usize>,
    /// How the statement follows once the trials are counted.
    pub conclusion: Option<Conclusion>,
    /// The gradient features, where the theorem finds them itself.
    pub features: Vec<FeatureRow>,
    /// The bounds.
    pub bounds: Bounds,
    /// min(Pr[y = 1], Pr[y = −1]): what the trivial predictor errs.
    pub minority: f64,
    /// δ.
    pub delta: f64,
    /// The trials; none at a level that is only a formula.
    pub experiment: Option<Arc<dyn Experiment>>,
    /// How the trials are judged, at the confidence given later.
    pub rules: Rules,
    /// The statement in words, instantiated.
    pub statement: String,
}

/// Names that outputs give to symbols of the theory.
pub const ALIASES: [(&str, &str); 9] = [
    ("gamma_norm", "Gamma"),
    ("phi_1", "Phi_1"),
    ("b_g", "g_norm"),
    ("b_g", "B_G"),
    ("h_norm", "H"),
    ("k_0", "K_0"),
    ("b_x", "B_x"),
    ("b_x1", "B_x1"),
    ("b_op", "B_op"),
];

impl Instance {
    /// The explicit level of a theorem, its statement proved by the step `root`: the obligations of its theory
    /// are judged, its sizes are the derivation's symbols. What there is beside it is put in by hand.
    ///
    /// # Errors
    /// Terms without value.
    pub fn explicit(
        mut derivation: Derivation,
        root: Option<usize>,
        experiment: Arc<dyn Experiment>,
        statement: impl Into<String>,
    ) -> Result<Self, DerivationError> {
        derivation.not_vacuous()?;
        let (number, stated) = (|name| derivation.number(name), derivation.kernel().statement());
        let rules = Rules {
            delta: number("delta"),
            error: Rules::USUAL_ERROR,
            certification_error: number("certification_error"),
            events: Vec::new(),
            counted: Vec::new(),
            obligations: stated.obligations.iter().map(|obligation| obligation.name.clone()).collect(),
        };
        Ok(Self {
            theorem: derivation.theorem(),
            level: Level::Explicit,
            tags: Vec::new(),
            parameters: Vec::new(),
            notices: Vec::new(),
            hypotheses: Vec::new(),
            drawn: false,
            assumptions: Vec::new(),
            root: root.filter(|_| derivation.applies()),
            conclusion: None,
            features: Vec::new(),
            bounds: Bounds::of_symbols(&derivation),
            minority: number("minority"),
            delta: number("delta"),
            experiment: Some(experiment),
            rules,
            statement: statement.into(),
            derivation,
        })
    }

    /// Enclosure of a constant of the derivation, by its symbol or by the name that outputs give it.
    #[must_use]
    pub fn constant(&self, name: &str) -> Option<Interval> {
        let aliased = ALIASES.iter().filter(|(alias, _)| *alias == name).map(|(_, symbol)| *symbol);
        std::iter::once(name).chain(aliased).find_map(|symbol| self.derivation.value(symbol))
    }

    /// Algorithm 1's protocol, where the trials are runs of it.
    #[must_use]
    pub fn protocol(&self) -> Option<&Protocol> {
        self.experiment.as_ref().and_then(|e| e.protocol())
    }

    /// Whether every hypothesis holds.
    #[must_use]
    pub fn in_scope(&self) -> bool {
        self.hypotheses.iter().all(|h| h.holds) && self.derivation.applies()
    }

    /// Whether the bound promises no more than the trivial predictor.
    #[must_use]
    pub fn vacuous(&self) -> bool {
        // Written so that a NaN bound is vacuous.
        !matches!(self.bounds.error.partial_cmp(&self.minority), Some(std::cmp::Ordering::Less))
    }
}
