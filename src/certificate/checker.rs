//! The checker: repeats every rule application of a certificate and fails closed.

use super::claim::Claim;
use super::document::{Certificate, FORMAT, StepRecord};
use super::interval::Interval;
use super::proof::{CORROBORATION, Kernel, NOT_VACUOUS, Proved};
use super::refusal::{Checked, Refusal, require};
use super::support::FiniteSupport;
use super::theory::Theory;
use std::collections::BTreeSet;

/// What a valid certificate shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The instantiated statement.
    pub statement: String,
    /// `corroborated`, `refuted` or `inconclusive`.
    pub verdict: String,
    /// The axioms it rests on.
    pub axioms: Vec<String>,
    /// Error rate of everything it takes from the trials and from other counts.
    pub error_rate: f64,
}

/// No certificate is longer; whoever reads a file need read no more of it than this and one byte.
pub const MAX_BYTES: usize = 16 << 20;

/// Reads a certificate from JSON text.
/// Errors: `too-costly`: a text of more than [`MAX_BYTES`]; `unreadable`: anything that is not exactly a certificate, with unknown,
/// missing or repeated fields or wrong types.
pub fn read(text: &str) -> Checked<Certificate> {
    require(text.len() <= MAX_BYTES, "too-costly", format!("a certificate of more than {MAX_BYTES} bytes"))?;
    require(text.trim_start().starts_with('{'), "unreadable", "a certificate is an object")?;
    serde_json::from_str(text).map_err(|e| Refusal::new("unreadable", e))
}

/// Checks a certificate against the theory. `permit` names the paper's axioms the user takes on trust.
/// Guarantee: `Ok` only if the root claim is the theorem's own statement for this variant, every step follows by its rule,
/// every number recorded is the one the kernel computes, and the verdict is the one the recorded trials give.
/// Errors: the first thing found wrong.
pub fn check(certificate: &Certificate, theory: &Theory, permit: &[String]) -> Checked<Verified> {
    require(certificate.format == FORMAT, "unknown-format", &certificate.format)?;
    let support = certificate.support.as_ref();
    let rows = support.map(|s| FiniteSupport::new(&s.points, &s.labels)).transpose()?;
    let sums = rows.as_ref().map(FiniteSupport::label_weighted_sums);
    let same = sums.as_ref() == support.map(|s| &s.label_weighted_sums);
    require(same, "wrong-sums", "the exact sums of y x are not those of the rows")?;
    let mut kernel = Kernel::new(theory, &certificate.theorem, &certificate.variant, rows)?;
    for (number, step) in certificate.steps.iter().enumerate() {
        let at = |refusal: Refusal| Refusal { found: format!("step {number}: {}", refusal.found), ..refusal };
        repeat(&mut kernel, certificate, step).map_err(at)?;
        let derived = kernel.steps().get(number).map(|s| s.record());
        require(derived == Some(step), "wrong-step", format!("step {number} is not what its rule gives: {derived:?}"))?;
    }
    complete(&kernel)?;
    let verdict = kernel.verdict(&certificate.trials)?;
    require(certificate.verdict == verdict, "wrong-verdict", format!("the evidence gives `{verdict}`"))?;
    let statement = kernel.render(&certificate.trials)?;
    require(certificate.statement == statement, "wrong-statement", format!("it should read `{statement}`"))?;
    let axioms: Vec<String> = axioms(&kernel).into_iter().collect();
    require(certificate.axioms == axioms, "wrong-axioms", format!("the steps rest on {axioms:?}"))?;
    let theories = theory.named(&certificate.theorem, &axioms);
    require(certificate.theories == theories, "wrong-theories", format!("it rests on the texts {theories:?}"))?;
    for name in theory.to_permit(&certificate.theorem, &axioms) {
        let advice = format!("permit `{name}` by name if you take it on trust");
        require(permit.iter().any(|permitted| permitted == name), "axiom-not-permitted", advice)?;
    }
    let error_rate = Interval::from_rational(&kernel.error_rate(&certificate.trials)?).upper_f64();
    Ok(Verified { statement, verdict: verdict.into(), axioms, error_rate })
}

/// Applies the recorded rule to the recorded premises.
fn repeat(kernel: &mut Kernel<'_>, certificate: &Certificate, step: &StepRecord) -> Checked<usize> {
    let claim = step.claim.as_deref();
    match (step.rule.as_str(), step.axiom.as_deref(), step.from.as_slice(), step.defines.as_slice()) {
        ("choice", None, [], [symbol]) => kernel.choose(&symbol.name, &symbol.is),
        ("definition", Some(axiom), [], _) => kernel.define(axiom),
        ("axiom", Some(axiom), from, []) => kernel.axiom(axiom, from),
        ("inequality", None, [], []) => kernel.inequality(Claim::parse(claim.unwrap_or_default())?),
        ("weaken", None, [bound, comparison], []) => kernel.weaken(*bound, *comparison),
        ("union", None, from, []) => kernel.union(from),
        ("counted", None, [], []) => kernel.counted(&certificate.trials, Claim::parse(claim.unwrap_or_default())?),
        ("trials", None, [], _) => kernel.trials(&certificate.trials),
        (rule, ..) => Err(Refusal::new("unknown-rule", format!("`{rule}` with these premises"))),
    }
}

/// Every axiom the steps rest on.
pub fn axioms(kernel: &Kernel<'_>) -> BTreeSet<String> {
    kernel.steps().iter().flat_map(|s| s.axioms().iter().cloned()).collect()
}

/// Every claim of the theorem's statement is proved, with every choice and axiom of the theorem, and bounds a probability below
/// 1; every other step leads to them, to the corroboration, or to an axiom.
fn complete(kernel: &Kernel<'_>) -> Checked<()> {
    let statement = kernel.statement();
    let steps: Vec<&StepRecord> = kernel.steps().iter().map(Proved::record).collect();
    let roots: Vec<String> = statement.roots.iter().map(ToString::to_string).collect();
    for (root, text) in statement.roots.iter().zip(&roots) {
        require(kernel.find(text).is_some(), "weaker-root-claim", format!("`{text}` is stated, and not proved"))?;
        if let Claim::Probability(_, bound) = root {
            let below = bound.evaluate(kernel)?.certainly_lt(&Interval::from_integer(1));
            require(below, "empty-root-claim", format!("`{text}` claims nothing: its bound is not below 1"))?;
        }
    }
    let chosen = |name: &String| kernel.definitions().any(|(axiom, d)| axiom.is_none() && d.name == *name);
    statement.choices.iter().try_for_each(|name| require(chosen(name), "missing-choice", name))?;
    statement.axioms.iter().try_for_each(|name| require(kernel.applied("axiom", name), "missing-axiom", name))?;
    require(steps.iter().any(|s| s.rule == "trials"), "missing-trials", "no step takes the trials")?;
    let premises: BTreeSet<usize> = steps.iter().flat_map(|s| s.from.iter().copied()).collect();
    for (number, step) in steps.iter().enumerate() {
        let end = |claim: &str| roots.iter().any(|r| r == claim) || [CORROBORATION, NOT_VACUOUS].contains(&claim);
        let done = step.axiom.is_some() || step.rule == "trials" || step.claim.as_deref().is_none_or(end);
        require(done || premises.contains(&number), "unused", format!("step {number} leads nowhere"))?;
    }
    Ok(())
}
