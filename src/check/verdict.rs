//! From an instance to its verdict: what needs no trial, the trials, and why it is so.

use super::certificate::certify;
use super::law;
use super::ordinary::Ordinary;
use super::store::key;
use crate::certificate::document::Certificate;
use crate::certificate::expression::numeral;
use crate::certificate::proof::NOT_VACUOUS;
use crate::certificate::refusal::Refusal;
use crate::decimal::{near, rounded_down, rounded_up, sides};
use crate::experiment::{Ended, RunError, RunPlan, Status, Summary, Verdict, run_trials};
use crate::registry::Instance;
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

impl Default for CheckOptions {
    /// The command's: at most 2000 trials at confidence 0.99, nothing kept, nothing shown.
    fn default() -> Self {
        Self { trials: 2000, budget: None, confidence: 0.99, journal: None, resume: false, progress: false }
    }
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
    /// The trials draw from another law than the statement is about.
    #[error("{theorem}: the trials are not of the statement's law: {why}")]
    OtherLaw {
        /// The theorem.
        theorem: &'static str,
        /// What differs.
        why: String,
    },
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
    if let Some(why) = law::differs(&instance) {
        return Err(CheckError::OtherLaw { theorem: instance.theorem, why });
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
