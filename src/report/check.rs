//! `check`: from an instance to its verdict and certificate; `replay`: the recorded trials once more.

use super::ordinary::Ordinary;
use super::records::key;
use super::text::sides;
use crate::certificate::checker;
use crate::certificate::claim::Claim;
use crate::certificate::document::{Certificate, CountRecord, FORMAT, StepRecord, SupportRecord, TrialsRecord};
use crate::certificate::expression::numeral;
use crate::certificate::proof::{FEW_FAILURES, NOT_VACUOUS};
use crate::certificate::refusal::Refusal;
use crate::decimal::{near, rounded_down, rounded_up};
use crate::experiment::{Ended, Judgement, RunError, RunPlan, Status, Summary, TrialOutcome, Verdict, run_trials};
use crate::theorems::derivation::{Derivation, DerivationError, theory};
use crate::theorems::instance::Conclusion;
use crate::theorems::{Asked, Instance, InstanceError, Level, Theorem};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How `check` runs an instance.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Most trials.
    pub trials: u64,
    /// Wall-clock budget.
    pub budget: Option<Duration>,
    /// Confidence of this theorem's part of the command.
    pub confidence: f64,
    /// Where finished trials are kept.
    pub journal: Option<PathBuf>,
    /// Whether finished trials are taken from the journal.
    pub resume: bool,
    /// Whether progress is shown.
    pub progress: bool,
}

/// What `check` found.
pub struct CheckReport {
    /// The instance.
    pub instance: Instance,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a line.
    pub reason: String,
    /// What the trials showed, if any were run.
    pub summary: Option<Summary>,
    /// Confidence.
    pub confidence: f64,
    /// Seed.
    pub seed: u64,
    /// How the run ended, if there was one.
    pub ended: Option<Ended>,
    /// Wall-clock seconds.
    pub wall_seconds: f64,
    /// The certificate, if the theorem's statement was derived and the trials can be recorded.
    pub certificate: Option<Certificate>,
    /// Why there is no certificate.
    pub no_certificate: Option<String>,
    /// The same training at b̃ = 1, where it was asked for: nothing above depends on it.
    pub ordinary: Option<Ordinary>,
}

impl CheckReport {
    /// Median stopping step of the successful trials.
    #[must_use]
    pub fn median_step(&self) -> Option<f64> {
        let mut steps = self.summary.as_ref()?.stopping_steps.clone();
        steps.sort_unstable();
        let (low, high) = (steps.get(steps.len().checked_sub(1)? / 2)?, steps.get(steps.len() / 2)?);
        Some(f64::midpoint(*low as f64, *high as f64))
    }
}

/// Why a check or replay cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The trials cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The certificate cannot be built.
    #[error("the certificate cannot be built: {0}")]
    Certificate(#[from] Refusal),
    /// The confidence cannot be written as a decimal.
    #[error("confidence = {0} is not allowed: it must be between 0.5 and 0.999999")]
    Confidence(f64),
}

/// Checks the hypotheses, runs the trials, and judges them.
///
/// # Errors
/// Trials that cannot be run, a journal that cannot be written.
pub fn check(
    mut instance: Instance,
    options: &CheckOptions,
    interrupted: &AtomicBool,
) -> Result<CheckReport, CheckError> {
    let started = std::time::Instant::now();
    // What was counted before the trials has spent its part of the error rate.
    let spent = instance.derivation.value("evidence_error").map_or(0.0, |e| e.upper_f64());
    let error = error_of(options.confidence + spent).ok_or(CheckError::Confidence(options.confidence))?;
    instance.rules.error = error.parse().map_err(|_| CheckError::Confidence(options.confidence))?;
    let seed = instance.experiment.as_ref().map_or(0, |e| e.seed());
    let report = |instance, verdict, reason: String| CheckReport {
        instance,
        verdict,
        reason,
        summary: None,
        confidence: options.confidence,
        seed,
        ended: None,
        wall_seconds: started.elapsed().as_secs_f64(),
        certificate: None,
        no_certificate: Some("no trial was run".into()),
        ordinary: None,
    };
    if let Some((verdict, reason)) = refused(&instance) {
        return Ok(report(instance, verdict, reason));
    }
    let Some(experiment) = instance.experiment.clone() else {
        return Ok(report(instance, Verdict::TooLarge, "this level is a formula and has no trials".into()));
    };
    let plan = RunPlan {
        max_trials: options.trials,
        deadline: options.budget,
        journal: options.journal.clone(),
        resume: options.resume,
        key: key(&instance, seed),
        label: instance.theorem.into(),
        progress: options.progress,
    };
    let rules = instance.rules.clone();
    let run = run_trials(&plan, |trial, cut| experiment.run(trial, cut), |seen| rules.decide(seen), interrupted)?;
    let summary = rules.summarise(&run.outcomes);
    let certificate = certify(&mut instance, &summary, &error, seed, started.elapsed())?;
    let reason = reason(&summary, &run.ended, instance.delta);
    let mut report = report(instance, summary.verdict, reason);
    report.summary = Some(summary);
    report.ended = Some(run.ended);
    match certificate {
        Ok(certificate) => (report.certificate, report.no_certificate) = (Some(certificate), None),
        Err(why) => report.no_certificate = Some(why),
    }
    Ok(report)
}

/// A verdict that needs no trial.
fn refused(instance: &Instance) -> Option<(Verdict, String)> {
    if let Some(h) = instance.hypotheses.iter().find(|h| !h.holds) {
        let (value, limit) = sides(h.value, h.limit);
        let reason = format!("hypothesis fails: {} (value {value}, limit {limit})", h.name);
        return Some((Verdict::OutOfScope, reason));
    }
    if let Some(c) = instance.derivation.conditions().iter().find(|c| !c.holds && c.claim != NOT_VACUOUS) {
        let (left, right) = sides(c.left, c.right);
        let reason = format!("the theorem needs {} (left {left}, right {right})", c.claim);
        return Some((Verdict::OutOfScope, reason));
    }
    if instance.vacuous() {
        let (error, minority) = (instance.bounds.error, instance.minority);
        let (error, minority) = (near(error), near(minority));
        let reason = format!("the bound {error} is no better than the trivial predictor's error {minority}");
        return Some((Verdict::Vacuous, reason));
    }
    if instance.bounds.too_large() {
        let (steps, cost) = (&instance.bounds.steps, &instance.bounds.cost);
        let reason = format!(
            "m = {}, T = {steps}, samples a step = {}: {:.2e} operations and {:.2e} bytes a trial",
            instance.bounds.width, instance.bounds.per_step, cost.flops, cost.bytes
        );
        return Some((Verdict::TooLarge, reason));
    }
    None
}

fn reason(summary: &Summary, ended: &Ended, delta: f64) -> String {
    let broken = summary.events.iter().chain(&summary.obligations).find(|j| j.status == Status::Refuted);
    match (summary.verdict, broken) {
        (Verdict::Refuted, Some(j)) => format!("{}: {}", j.name, j.detail),
        (Verdict::Refuted, None) => {
            format!("failure rate at least {}, above delta = {}", rounded_down(summary.failure_lower), near(delta))
        }
        (Verdict::Corroborated, _) => {
            format!("failure rate at most {}, within delta = {}", rounded_up(summary.failure_upper), near(delta))
        }
        _ => {
            let unjudged = summary.obligations.iter().filter(|j| j.status == Status::NotJudged);
            let open = summary.events.iter().filter(|j| j.unbounded).chain(unjudged);
            let open: String = open.map(|j| format!("{}: {}; ", j.name, j.detail)).collect();
            format!(
                "{open}failure rate between {} and {}, delta = {}; the run ended: {ended:?}",
                rounded_down(summary.failure_lower),
                rounded_up(summary.failure_upper),
                near(delta)
            )
        }
    }
}

/// 1 − confidence as a number of at most six places, and not above it but for rounding: the parts of a command's error rate must
/// not add up to more than the whole.
fn error_of(confidence: f64) -> Option<String> {
    /// What the difference of two f64 may be short by, in millionths.
    const ROUNDING: f64 = 1e-6;
    let millionths = ((1.0 - confidence) * 1e6 + ROUNDING).floor();
    let text = format!("{:.6}", millionths / 1e6);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    (text != "0" && numeral(text).is_some()).then(|| text.into())
}

/// Puts the trials' rules behind the derivation and writes the certificate, or says why there is none to write.
fn certify(
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
    let kernel = instance.derivation.kernel_mut();
    let bound = kernel.trials(&trials)?;
    match kernel.inequality(Claim::parse(FEW_FAILURES)?) {
        Ok(step) => drop(kernel.weaken(bound, step)?),
        Err(refusal) if refusal.check == "false-inequality" => {}
        Err(other) => return Err(other),
    }
    Ok(Ok(Certificate {
        format: FORMAT.into(),
        theorem: theorem.into(),
        variant,
        statement: kernel.render(&trials)?,
        verdict: kernel.verdict(&trials)?.into(),
        support,
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        axioms: checker::axioms(kernel).into_iter().collect(),
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
        let claim = theory().map_err(refused)?.claim(claim)?;
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

/// Why a replay cannot be carried out, or what it found.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The theorem cannot be instantiated from the certificate.
    #[error("replay-differs: the theorem cannot be instantiated from the certificate: {0}")]
    Instance(#[from] InstanceError),
    /// The trials cannot be run.
    #[error("replay-differs: the trials cannot be run: {0}")]
    Run(#[from] RunError),
    /// The theorem's module computes other definitions.
    #[error("replay-differs: the theorem's module computes other definitions than the certificate records")]
    Definitions,
    /// A count differs.
    #[error("replay-differs: {what} is recorded as {recorded}, the replay gives {replayed}")]
    Count {
        /// What was counted.
        what: String,
        /// The certificate's count.
        recorded: u64,
        /// The replay's.
        replayed: u64,
    },
}

/// Instantiates the theorem from the certificate's choices, runs the recorded trials again, and compares every count.
///
/// # Errors
/// The first difference.
pub fn replay(certificate: &Certificate, theorem: &dyn Theorem, interrupted: &AtomicBool) -> Result<(), ReplayError> {
    // What is recalled need not all be used: a level chooses symbols that are other levels' parameters.
    let asked = Asked::new(theorem, &theorem.recall(certificate)?).map_err(InstanceError::from)?;
    let instance = theorem.build(&asked, level(certificate))?;
    let experiment = instance.experiment.as_ref().filter(|_| same_definitions(certificate, &instance.derivation));
    let Some(experiment) = experiment else { return Err(ReplayError::Definitions) };
    let recorded = &certificate.trials;
    let plan = RunPlan {
        max_trials: recorded.count,
        deadline: None,
        journal: None,
        resume: false,
        key: String::new(),
        label: format!("replay {}", instance.theorem),
        progress: true,
    };
    let go_on = |_: &[TrialOutcome]| crate::experiment::Decision::Continue;
    let run = run_trials(&plan, |trial, cut| experiment.run(trial, cut), go_on, interrupted)?;
    let mut rules = instance.rules.clone();
    rules.error = recorded.error.parse().unwrap_or(rules.error);
    let summary = rules.summarise(&run.outcomes);
    // A trial that was cut short in the record is not in the replay: it may succeed or fail, and judge what it had not come to. It
    // may not break what the record says was never broken, nor change an event: events are judged before anything is cut.
    let cut = recorded.cut;
    let mut counts = vec![
        ("the number of trials".to_string(), recorded.count, summary.trials, 0),
        ("the number of failures".to_string(), recorded.failures, summary.failures, cut),
        ("the number of uncertified trials".to_string(), recorded.uncertified, summary.uncertified, cut),
    ];
    for (event, judgement) in recorded.events.iter().zip(&summary.events) {
        counts.push((format!("failures of event {}", event.name), event.failed, judgement.failures, 0));
    }
    for (obligation, judgement) in recorded.obligations.iter().zip(&summary.obligations) {
        counts.push((format!("trials judged for {}", obligation.name), obligation.judged, judgement.judged, cut));
        counts.push((format!("violations of {}", obligation.name), obligation.failed, judgement.failures, 0));
    }
    let differs = |(_, recorded, replayed, cut): &(String, u64, u64, u64)| {
        !(*recorded..=recorded.saturating_add(*cut)).contains(replayed)
    };
    match counts.into_iter().find(differs) {
        Some((what, recorded, replayed, _)) => Err(ReplayError::Count { what, recorded, replayed }),
        None => Ok(()),
    }
}

/// The level a certificate is of.
fn level(certificate: &Certificate) -> Level {
    match certificate.variant.get("level").map(String::as_str) {
        Some("posterior") => Level::Posterior,
        Some("paper") => Level::Paper,
        _ => Level::Explicit,
    }
}

/// The worse of two verdicts: refuted before anything undecided before corroborated.
#[must_use]
pub fn worse(a: Verdict, b: Verdict) -> Verdict {
    let rank = |v: Verdict| match v.exit_code() {
        1 => 2,
        0 => 0,
        _ => 1,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// Whether a derivation is of a certificate's variant, and has defined its symbols by the same terms with the same values.
fn same_definitions(certificate: &Certificate, derivation: &Derivation) -> bool {
    let defines = |s: &&StepRecord| ["choice", "definition"].contains(&s.rule.as_str());
    let derived = derivation.kernel().steps().iter().map(|s| s.record()).filter(defines);
    derivation.variant() == &certificate.variant && certificate.steps.iter().filter(defines).eq(derived)
}
