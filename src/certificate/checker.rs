//! The checker: repeats every rule application of a certificate and fails closed.

use super::document::{Certificate, DefinitionRecord, FORMAT, StepRecord, render_statement};
use super::proof::{Kernel, Rule, RuleError};
use super::support::{FiniteSupport, SupportError};
use super::theory::Theory;
use super::{TRIALS_AS_RECORDED, claim::Claim, expression::Decimal};
use std::collections::BTreeSet;

/// Why a certificate is not valid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Not a certificate of this format.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// Another format version.
    #[error("unknown-format: `{0}` is not provably-certificate/1")]
    UnknownFormat(String),
    /// The rows are not a distribution.
    #[error("bad-support: {0}")]
    Support(#[from] SupportError),
    /// Rows where the theorem's data has none, or none where it is a finite support.
    #[error("wrong-support: rows are given exactly when the data is a finite support")]
    MisplacedSupport,
    /// Σ y x is not what the rows give.
    #[error("wrong-sums: the exact sums of y x are not those of the rows")]
    WrongSums,
    /// A rule does not apply.
    #[error("step {step}: {cause}")]
    Step {
        /// Number of the step.
        step: usize,
        /// Why not.
        cause: RuleError,
    },
    /// A definition is refused.
    #[error("definition `{name}`: {cause}")]
    Definition {
        /// The symbol.
        name: String,
        /// Why.
        cause: RuleError,
    },
    /// The theorem's name or variant is unknown.
    #[error(transparent)]
    Theorem(RuleError),
    /// A definition differs from what the kernel computes.
    #[error("wrong-value: the definition of `{0}` is not what the kernel computes")]
    WrongValue(String),
    /// A rule name the kernel does not have.
    #[error("unknown-rule: step {step} uses `{rule}`")]
    UnknownRule {
        /// Number of the step.
        step: usize,
        /// The name.
        rule: String,
    },
    /// A step claims something else than its rule gives.
    #[error("wrong-claim: step {step} claims `{recorded}`, its rule gives `{derived}`")]
    WrongClaim {
        /// Number of the step.
        step: usize,
        /// What the certificate says.
        recorded: String,
        /// What the rule gives.
        derived: String,
    },
    /// A choice of the theorem is missing.
    #[error("missing-choice: `{0}` is not chosen")]
    MissingChoice(String),
    /// An axiom of the theorem is not applied.
    #[error("missing-axiom: `{0}` is not applied")]
    MissingAxiom(String),
    /// A definition that no axiom of the theorem asks for, or a step that leads nowhere.
    #[error("unused: {0}")]
    Unused(String),
    /// The same claim proved twice.
    #[error("repeated-claim: step {0} repeats an earlier claim")]
    RepeatedClaim(usize),
    /// The root is not the theorem's statement.
    #[error("weaker-root-claim: the root is `{recorded}`, the theorem states `{stated}`")]
    WrongRoot {
        /// The certificate's root claim.
        recorded: String,
        /// The theorem's.
        stated: String,
    },
    /// The instantiated statement is not the one the definitions give.
    #[error("wrong-statement: the statement should read `{0}`")]
    WrongStatement(String),
    /// Obligations other than the theorem's.
    #[error("missing-obligation: the obligations are {recorded:?}, the theorem's are {stated:?}")]
    WrongObligations {
        /// The certificate's.
        recorded: Vec<String>,
        /// The theorem's.
        stated: Vec<String>,
    },
    /// Counts that cannot be.
    #[error("wrong-count: {0}")]
    WrongCount(&'static str),
    /// The verdict is not the one the evidence gives.
    #[error("wrong-verdict: `{recorded}` is recorded, the evidence gives `{derived}`")]
    WrongVerdict {
        /// The certificate's.
        recorded: String,
        /// What the evidence gives.
        derived: String,
    },
    /// The list of axioms is not the one the steps use.
    #[error("wrong-axioms: the list of axioms is not the one the steps rest on: {0:?}")]
    WrongAxioms(Vec<String>),
    /// An axiom that verification does not permit.
    #[error("axiom-not-permitted: `{0}`; permit it by name if you take it on trust")]
    NotPermitted(String),
}

/// What a valid certificate shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The instantiated statement.
    pub statement: String,
    /// `corroborated`, `refuted` or `inconclusive`.
    pub verdict: String,
    /// The axioms it rests on.
    pub axioms: Vec<String>,
    /// Error rate of everything it takes from the trials.
    pub error_rate: f64,
}

/// Reads a certificate from JSON text.
///
/// # Errors
/// [`Refusal::Unreadable`] on anything that is not exactly a certificate: unknown, missing or repeated fields, wrong types.
pub fn read(text: &str) -> Result<Certificate, Refusal> {
    serde_json::from_str(text).map_err(|e| Refusal::Unreadable(e.to_string()))
}

/// Checks a certificate against the theory. `permit` names the paper's axioms the user takes on trust.
///
/// # Guarantee
/// `Ok` only if the root claim is the theorem's own statement for this variant, every step follows by its rule, every number
/// recorded is the one the kernel computes, and the verdict is the one the recorded trials give.
///
/// # Errors
/// The first thing found wrong.
pub fn check(certificate: &Certificate, theory: &Theory, permit: &[String]) -> Result<Verified, Refusal> {
    if certificate.format != FORMAT {
        return Err(Refusal::UnknownFormat(certificate.format.clone()));
    }
    let support = support(certificate)?;
    let mut kernel =
        Kernel::new(theory, &certificate.theorem, &certificate.variant, support).map_err(Refusal::Theorem)?;
    for record in certificate.definitions.iter().filter(|d| d.by != "trials") {
        let defined = match record.by.as_str() {
            "choice" => kernel.choose(&record.name, &record.is),
            axiom => kernel.define(axiom, &record.name),
        };
        defined.map_err(|cause| Refusal::Definition { name: record.name.clone(), cause })?;
    }
    for (index, step) in certificate.steps.iter().enumerate() {
        repeat(&mut kernel, certificate, index, step)?;
    }
    definitions(&kernel, certificate)?;
    completeness(&kernel, certificate)?;
    let statement = render_statement(&kernel, &certificate.theorem, &certificate.variant);
    if certificate.statement != statement {
        return Err(Refusal::WrongStatement(statement));
    }
    let derived = verdict(&kernel, certificate)?;
    if certificate.verdict != derived {
        return Err(Refusal::WrongVerdict { recorded: certificate.verdict.clone(), derived: derived.into() });
    }
    let used: BTreeSet<String> = kernel.steps().iter().flat_map(|s| s.axioms().iter().cloned()).collect();
    let axioms: Vec<String> = used.into_iter().collect();
    if certificate.axioms != axioms {
        return Err(Refusal::WrongAxioms(axioms));
    }
    let trusted = |name: &&String| theory.axiom(name).is_some_and(|a| a.needs_permission()) && !permit.contains(name);
    if let Some(name) = axioms.iter().find(trusted) {
        return Err(Refusal::NotPermitted(name.clone()));
    }
    let error_rate =
        certificate.trials.error.parse().map_err(|_| Refusal::WrongCount("the error rate is no number"))?;
    Ok(Verified { statement, verdict: derived.into(), axioms, error_rate })
}

fn support(certificate: &Certificate) -> Result<Option<FiniteSupport>, Refusal> {
    let finite = certificate.variant.get("data").is_some_and(|d| d == "finite-support");
    match &certificate.support {
        Some(record) if finite => {
            let support = FiniteSupport::new(&record.points, &record.labels)?;
            let matches = support.label_weighted_sums() == record.label_weighted_sums;
            if matches { Ok(Some(support)) } else { Err(Refusal::WrongSums) }
        }
        None if !finite => Ok(None),
        _ => Err(Refusal::MisplacedSupport),
    }
}

/// Applies the recorded rule and compares what it gives with what is recorded.
fn repeat(kernel: &mut Kernel<'_>, certificate: &Certificate, index: usize, step: &StepRecord) -> Result<(), Refusal> {
    let refuse = |cause| Refusal::Step { step: index, cause };
    let definition = |name: &str| {
        certificate.definitions.iter().find(|d| d.name == name && d.by == "trials").map_or("", |d| d.is.as_str())
    };
    let counts = certificate.trials.counts().ok_or(Refusal::WrongCount("the error rate is no plain decimal"));
    let applied = match (step.rule.as_str(), step.axiom.as_deref(), step.from.as_slice(), step.claim.as_deref()) {
        ("inequality", None, [], Some(claim)) => {
            Claim::parse(claim).map_err(RuleError::from).and_then(|c| kernel.inequality(c))
        }
        ("axiom", Some(name), from, _) => kernel.axiom(name, from),
        ("weaken", None, [bound, comparison], _) => kernel.weaken(*bound, *comparison),
        ("union", None, from, _) => kernel.union(from),
        ("trials", None, [], _) => {
            kernel.trials(&counts?, definition("failure_upper"), definition("certification_error"))
        }
        _ => return Err(Refusal::UnknownRule { step: index, rule: step.rule.clone() }),
    };
    let number = applied.map_err(refuse)?;
    let proved = &kernel.steps()[number];
    let derived = StepRecord::of(proved);
    if derived != *step {
        let text = |s: &StepRecord| s.claim.clone().unwrap_or_default();
        return Err(Refusal::WrongClaim { step: index, recorded: text(step), derived: text(&derived) });
    }
    let repeated = proved.claim().is_some() && kernel.steps()[..number].iter().any(|s| s.claim() == proved.claim());
    if repeated { Err(Refusal::RepeatedClaim(index)) } else { Ok(()) }
}

/// Every definition on record is the kernel's, in order, and each is one the theorem asks for.
fn definitions(kernel: &Kernel<'_>, certificate: &Certificate) -> Result<(), Refusal> {
    let derived: Vec<DefinitionRecord> = kernel.definitions().iter().map(DefinitionRecord::of).collect();
    for (recorded, derived) in certificate.definitions.iter().zip(&derived) {
        if recorded != derived {
            return Err(Refusal::WrongValue(recorded.name.clone()));
        }
    }
    if certificate.definitions.len() != derived.len() {
        return Err(Refusal::Unused("a definition that no rule makes".into()));
    }
    for choice in &kernel.statement().choices {
        if !derived.iter().any(|d| d.by == "choice" && d.name == *choice) {
            return Err(Refusal::MissingChoice(choice.clone()));
        }
    }
    Ok(())
}

/// The root is the theorem's statement; every axiom of the theorem is applied; every step leads to the root, to the
/// corroboration or to an axiom.
fn completeness(kernel: &Kernel<'_>, certificate: &Certificate) -> Result<(), Refusal> {
    let (steps, statement) = (kernel.steps(), kernel.statement());
    let text = |claim: Option<&Claim>| claim.map(ToString::to_string).unwrap_or_default();
    let root = steps.get(certificate.root).and_then(|s| s.claim());
    if root != statement.root.first() {
        return Err(Refusal::WrongRoot { recorded: text(root), stated: text(statement.root.first()) });
    }
    let applied = |name: &String| steps.iter().position(|s| *s.rule() == Rule::Axiom(name.clone()));
    let mut needed: Vec<usize> = vec![certificate.root];
    for axiom in &statement.axioms {
        needed.push(applied(axiom).ok_or_else(|| Refusal::MissingAxiom(axiom.clone()))?);
    }
    let is = |step: usize, wanted: &str| steps.get(step).is_some_and(|s| text(s.claim()) == wanted);
    if let Some(step) = certificate.corroboration {
        if !is(step, "failure_rate <= delta") {
            let recorded = text(steps.get(step).and_then(|s| s.claim()));
            return Err(Refusal::WrongRoot { recorded, stated: "failure_rate <= delta".into() });
        }
        needed.push(step);
    }
    needed.extend((0..steps.len()).filter(|&s| is(s, NOT_VACUOUS) || *steps[s].rule() == Rule::Trials));
    let mut reached = BTreeSet::new();
    while let Some(step) = needed.pop() {
        if reached.insert(step) {
            needed.extend(steps[step].premises());
        }
    }
    match (0..steps.len()).find(|s| !reached.contains(s)) {
        Some(step) => Err(Refusal::Unused(format!("step {step} leads nowhere"))),
        None => Ok(()),
    }
}

/// A bound that promises no more than the trivial predictor corroborates nothing.
pub const NOT_VACUOUS: &str = "error_bound < minority";

/// The verdict the evidence gives.
fn verdict(kernel: &Kernel<'_>, certificate: &Certificate) -> Result<&'static str, Refusal> {
    let trials = &certificate.trials;
    let recorded: Vec<String> = trials.obligations.iter().map(|o| o.name.clone()).collect();
    let stated = &kernel.statement().obligations;
    if recorded != *stated {
        return Err(Refusal::WrongObligations { recorded, stated: stated.clone() });
    }
    if trials.obligations.iter().any(|o| o.judged > trials.count || o.violations > o.judged) {
        return Err(Refusal::WrongCount("an obligation was broken more often than it was judged"));
    }
    let counts = trials.counts().ok_or(Refusal::WrongCount("the error rate is no plain decimal"))?;
    let mut refuted = trials.obligations.iter().any(|o| o.violations > 0);
    for event in &counts.events {
        refuted |= kernel
            .event_refuted(&counts, event)
            .map_err(|cause| Refusal::Step { step: certificate.steps.len(), cause })?;
    }
    refuted |=
        kernel.failures_refute(&counts).map_err(|cause| Refusal::Step { step: certificate.steps.len(), cause })?;
    let claimed = |wanted: &str| kernel.steps().iter().any(|s| s.claim().is_some_and(|c| c.to_string() == wanted));
    Ok(match (refuted, certificate.corroboration) {
        (true, _) => "refuted",
        (false, Some(_)) if claimed(NOT_VACUOUS) => "corroborated",
        (false, Some(_)) => return Err(Refusal::MissingAxiom(NOT_VACUOUS.into())),
        (false, None) => "inconclusive",
    })
}

/// The axioms a certificate rests on besides the theory's.
#[must_use]
pub fn is_trials_axiom(name: &str) -> bool {
    name == TRIALS_AS_RECORDED
}

/// 1 − confidence as a decimal with at most six places.
#[must_use]
pub fn error_of_confidence(confidence: f64) -> Option<Decimal> {
    Decimal::parse(&format!("{:.6}", 1.0 - confidence))
}
