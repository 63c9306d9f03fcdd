//! The recorded trials once more.

use super::law;
use crate::certificate::document::{Certificate, StepRecord};
use crate::derivation::Derivation;
use crate::experiment::{Decision, RunError, RunPlan, TrialOutcome, run_trials};
use crate::parameters::Level;
use crate::registry::recall::recalled;
use crate::registry::{InstanceError, Listed};
use std::sync::atomic::AtomicBool;

/// Why a replay cannot be carried out, or what it found.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The theorem cannot be instantiated from the certificate.
    #[error("replay-differs: the theorem cannot be instantiated from the certificate: {0}")]
    Instance(#[from] InstanceError),
    /// The trials cannot be run.
    #[error("replay-differs: the trials cannot be run: {0}")]
    Run(#[from] RunError),
    /// The trials draw from another law than the statement is about.
    #[error("replay-differs: the trials are not of the statement's law: {0}")]
    OtherLaw(String),
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
pub fn replay(certificate: &Certificate, theorem: Listed, interrupted: &AtomicBool) -> Result<(), ReplayError> {
    // What is recalled need not all be used: a level chooses symbols that are other levels' parameters.
    let asked = theorem.asked(&recalled(certificate, theorem.options())?)?;
    let instance = theorem.build(&asked, level(certificate))?;
    let experiment = instance.experiment.as_ref().filter(|_| same_definitions(certificate, &instance.derivation));
    let Some(experiment) = experiment else { return Err(ReplayError::Definitions) };
    if let Some(why) = law::differs(&instance) {
        return Err(ReplayError::OtherLaw(why));
    }
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
    let go_on = |_: &[TrialOutcome]| Decision::Continue;
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

/// Whether a derivation is of a certificate's variant, and has defined its symbols by the same terms with the same values.
fn same_definitions(certificate: &Certificate, derivation: &Derivation) -> bool {
    let defines = |s: &&StepRecord| ["choice", "definition"].contains(&s.rule.as_str());
    let derived = derivation.kernel().steps().iter().map(|s| s.record()).filter(defines);
    derivation.variant() == &certificate.variant && certificate.steps.iter().filter(defines).eq(derived)
}
