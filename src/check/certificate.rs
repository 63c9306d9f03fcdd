//! The certificate of a finished check: the trials' rules behind the derivation, up to the statement.

use crate::certificate::checker;
use crate::certificate::claim::Claim;
use crate::certificate::document::{Certificate, CountRecord, FORMAT, SupportRecord, TrialsRecord};
use crate::certificate::proof::FEW_FAILURES;
use crate::certificate::refusal::Refusal;
use crate::derivation::{Derivation, DerivationError};
use crate::experiment::{Judgement, Summary};
use crate::registry::Instance;
use crate::registry::instance::Conclusion;
use std::time::Duration;

/// Puts the trials' rules behind the derivation and writes the certificate, or says why there is none to write.
pub(super) fn certify(
    instance: &mut Instance,
    summary: &Summary,
    error: &str,
    seed: u64,
    wall: Duration,
) -> Result<Result<Certificate, String>, Refusal> {
    if instance.root.is_none() && instance.conclusion.is_none() {
        return Ok(Err("the theorem's statement was not derived".into()));
    }
    let count = |j: &Judgement| CountRecord { name: j.name.clone(), judged: j.judged, failed: j.failures };
    let trials = TrialsRecord {
        seed,
        count: summary.trials,
        failures: summary.failures,
        uncertified: summary.uncertified,
        cut: summary.cut,
        error: error.into(),
        events: summary.events.iter().map(count).collect(),
        obligations: summary.obligations.iter().map(count).collect(),
    };
    let support = support(instance);
    let (theorem, variant) = (instance.theorem, instance.derivation.variant().clone());
    if summary.trials == 0 {
        return Ok(Err("no trial was finished".into()));
    }
    if let Some(conclusion) = instance.conclusion.clone() {
        match conclude(&mut instance.derivation, instance.root, &conclusion, &trials)? {
            Ok(root) => instance.root = root,
            Err(claim) => {
                let (trials, cut) = (summary.trials, summary.cut);
                return Ok(Err(format!("{trials} trials, {cut} of them cut, do not prove {claim}")));
            }
        }
        if instance.root.is_none() {
            return Ok(Err("the theorem's statement was not derived".into()));
        }
    }
    let theory = instance.derivation.theory();
    let kernel = instance.derivation.kernel_mut();
    let bound = kernel.trials(&trials)?;
    match kernel.inequality(Claim::parse(FEW_FAILURES)?) {
        Ok(step) => drop(kernel.weaken(bound, step)?),
        Err(refusal) if refusal.check == "false-inequality" => {}
        Err(other) => return Err(other),
    }
    let axioms: Vec<String> = checker::axioms(kernel).into_iter().collect();
    Ok(Ok(Certificate {
        format: FORMAT.into(),
        theorem: theorem.into(),
        variant,
        statement: kernel.render(&trials)?,
        verdict: kernel.verdict(&trials)?.into(),
        support,
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        theories: theory.named(theorem, &axioms),
        axioms,
        trials,
        info: serde_json::json!({
            "tool": concat!("provably ", env!("CARGO_PKG_VERSION")),
            "wall_seconds": wall.as_secs_f64(),
            "stopping_steps": summary.stopping_steps,
            "parameters": instance.parameters.iter().map(|(k, v)| (k.to_string(), v.clone())).collect::<std::collections::BTreeMap<_, _>>(),
            "notices": instance.notices,
        })
        .into(),
    }))
}

/// Derives the statement from the counted events, or names the one that the counts do not bound by its share.
fn conclude(
    derivation: &mut Derivation,
    root: Option<usize>,
    conclusion: &Conclusion,
    trials: &TrialsRecord,
) -> Result<Result<Option<usize>, &'static str>, Refusal> {
    let refused = |error: DerivationError| match error {
        DerivationError::Rule(refusal) => refusal,
        other => Refusal::new("undefined", other),
    };
    let count = |derivation: &mut Derivation, claim: &str| {
        let claim = derivation.theory().claim(claim)?;
        match derivation.kernel_mut().counted(trials, claim) {
            Err(refusal) if refusal.check == "false-inequality" => Ok(None),
            step => step.map(Some),
        }
    };
    for claim in &conclusion.beside {
        if count(derivation, claim)?.is_none() {
            return Ok(Err(claim));
        }
    }
    let Some(premise) = &conclusion.bound else { return Ok(Ok(root)) };
    let Some(counted) = count(derivation, premise.claim)? else { return Ok(Err(premise.claim)) };
    let events: Vec<_> = std::iter::once(counted).chain(premise.others.iter().copied()).map(Some).collect();
    derivation.unite(&events).map_err(refused)?;
    let mut concluded = None;
    for axiom in &premise.axioms {
        concluded = derivation.apply(axiom).map_err(refused)?;
    }
    Ok(Ok(concluded))
}

fn support(instance: &Instance) -> Option<SupportRecord> {
    let kernel_support = instance.derivation.kernel().support()?;
    let support = instance.experiment.as_ref()?.distribution().support()?;
    Some(SupportRecord {
        points: support.points.column_iter().map(|c| c.iter().copied().collect()).collect(),
        labels: support.labels.iter().map(|&y| if y > 0.0 { 1 } else { -1 }).collect(),
        label_weighted_sums: kernel_support.label_weighted_sums(),
    })
}
