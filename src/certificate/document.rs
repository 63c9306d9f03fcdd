//! The certificate as it stands in a file. Its schema is published as `docs/certificate.schema.json`.

use super::expression::Term;
use super::interval::Interval;
use super::proof::{Definition, EventCount, Kernel, Origin, Proved, Rule, TrialCounts};
use super::theory::Variant;
use serde::{Deserialize, Serialize};

/// The one format this kernel reads.
pub const FORMAT: &str = "provably-certificate/1";

/// A certificate: the theorem's instantiated statement, its derivation, and what the trials showed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// Theorem id.
    pub theorem: String,
    /// How it is instantiated.
    pub variant: Variant,
    /// The root claim with its numbers put in.
    pub statement: String,
    /// `corroborated`, `refuted` or `inconclusive`.
    pub verdict: String,
    /// Every symbol, in the order of definition.
    pub definitions: Vec<DefinitionRecord>,
    /// The rows, where the data is a finite support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<SupportRecord>,
    /// Every rule application, in order.
    pub steps: Vec<StepRecord>,
    /// The step that proves the theorem's statement.
    pub root: usize,
    /// The step that bounds the failure rate by δ, if the trials do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corroboration: Option<usize>,
    /// The trials.
    pub trials: TrialsRecord,
    /// Every axiom the certificate rests on, sorted.
    pub axioms: Vec<String>,
    /// Host, versions, timings: claims nothing and is not checked.
    pub info: serde_json::Value,
}

/// One symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionRecord {
    /// The symbol.
    pub name: String,
    /// `choice`, `trials`, or the axiom that defines it.
    pub by: String,
    /// The term.
    pub is: String,
    /// Enclosure of its value, rounded outward to f64 (to powers of ten beyond its range).
    pub value: [String; 2],
}

/// The rows of a finite support.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportRecord {
    /// One list per row; every number is the f64 nearest to it.
    pub points: Vec<Vec<f64>>,
    /// −1 or 1.
    pub labels: Vec<i8>,
    /// Σ y x per coordinate, exact.
    pub label_weighted_sums: Vec<String>,
}

/// One rule application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// `inequality`, `axiom`, `weaken`, `union` or `trials`.
    pub rule: String,
    /// Name of the axiom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axiom: Option<String>,
    /// Numbers of the premises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<usize>,
    /// What is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
}

/// The recorded trials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialsRecord {
    /// Seed of the trials' streams.
    pub seed: u64,
    /// Trials run.
    pub count: u64,
    /// Trials that never met the bound.
    pub failures: u64,
    /// Trials cut short.
    pub cut: u64,
    /// b of the Beta(1, b) mixture.
    pub mixture: u64,
    /// 1 − confidence.
    pub error: String,
    /// Events of the initialisation and of the first step.
    pub events: Vec<EventRecord>,
    /// Obligations of the trajectory.
    pub obligations: Vec<ObligationRecord>,
}

/// One event's count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRecord {
    /// Name.
    pub name: String,
    /// Symbol of its share of δ.
    pub share: String,
    /// Trials in which it did not occur.
    pub failures: u64,
}

/// One obligation's count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObligationRecord {
    /// Name.
    pub name: String,
    /// Trials in which the events it assumes held.
    pub judged: u64,
    /// Trials in which it was clearly broken.
    pub violations: u64,
}

impl DefinitionRecord {
    /// The record of a definition.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let by = match &definition.origin {
            Origin::Choice => "choice",
            Origin::Axiom(name) => name,
            Origin::Trials => "trials",
        };
        Self {
            name: definition.name.clone(),
            by: by.into(),
            is: definition.term.to_string(),
            value: enclosure(&definition.value),
        }
    }
}

/// Outward-rounded ends as text: as f64, or as powers of ten where f64 overflows.
fn enclosure(value: &Interval) -> [String; 2] {
    let (low, high) = (value.lower_f64(), value.upper_f64());
    match value.log10_f64() {
        Some((log_low, log_high)) if !high.is_finite() => [format!("10^{log_low}"), format!("10^{log_high}")],
        _ => [format!("{low:e}"), format!("{high:e}")],
    }
}

impl StepRecord {
    /// The record of a proved step.
    #[must_use]
    pub fn of(step: &Proved) -> Self {
        let (rule, axiom) = match step.rule() {
            Rule::Inequality => ("inequality", None),
            Rule::Axiom(name) => ("axiom", Some(name.clone())),
            Rule::Weaken => ("weaken", None),
            Rule::Union => ("union", None),
            Rule::Trials => ("trials", None),
        };
        let claim = step.claim().map(ToString::to_string);
        Self { rule: rule.into(), axiom, from: step.premises().to_vec(), claim }
    }
}

impl TrialsRecord {
    /// The counts the kernel's rules read.
    #[must_use]
    pub fn counts(&self) -> Option<TrialCounts> {
        let error = super::expression::Decimal::parse(&self.error).filter(|d| d.to_string() == self.error)?;
        let events = self
            .events
            .iter()
            .map(|e| EventCount { name: e.name.clone(), failures: e.failures, share: e.share.clone() })
            .collect();
        let Self { count, failures, cut, mixture, .. } = *self;
        Some(TrialCounts { count, failures, cut, mixture, error, events })
    }
}

/// The root claim with every symbol replaced by its value, followed by the choices it depends on.
#[must_use]
pub fn render_statement(kernel: &Kernel<'_>, theorem: &str, variant: &Variant) -> String {
    let root = kernel.statement().root.first().map(ToString::to_string).unwrap_or_default();
    let number = |definition: &Definition| match (&definition.term, definition.value.integer()) {
        (Term::Number(decimal), _) => decimal.to_string(),
        (_, Some(integer)) if definition.value.upper_f64() < 1e15 => integer.to_string(),
        _ => significant(definition.value.midpoint_f64()),
    };
    let named = |names: &mut dyn Iterator<Item = &Definition>| {
        names.map(|d| format!("{} = {}", d.name, number(d))).collect::<Vec<_>>().join(", ")
    };
    let mentioned = kernel.statement().root.first().map(|c| c.symbols()).unwrap_or_default();
    let run = ["m", "N", "n_1", "n", "T", "eta_alpha", "b_tilde", "sigma_a"];
    let definitions = kernel.definitions();
    let (mut values, mut sizes) = (
        definitions.iter().filter(|d| mentioned.contains(&d.name.as_str())),
        definitions.iter().filter(|d| run.contains(&d.name.as_str()) && !mentioned.contains(&d.name.as_str())),
    );
    let tags: Vec<String> = variant.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{theorem} [{}]: {root} with {}; {}", tags.join(" "), named(&mut values), named(&mut sizes))
}

fn significant(x: f64) -> String {
    if x == 0.0 || (1e-4..1e7).contains(&x.abs()) {
        let places = (5 - x.abs().max(1e-300).log10().floor() as i64).clamp(0, 12) as usize;
        let text = format!("{x:.places$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
    } else {
        format!("{x:.5e}")
    }
}
