//! Whether one claim is corroborated, and its certificate holds.

use crate::certificate::checker;
use crate::check::{CheckOptions, check};
use crate::experiment::Verdict;
use crate::parameters::{Level, Request};
use crate::registry::{Listed, Registry};
use crate::report::text;
use std::sync::atomic::AtomicBool;

/// How claims are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most trials of a claim.
    pub trials: u64,
    /// Seed of the trials.
    pub seed: u64,
}

impl Settings {
    /// What `PROVABLY_TRIALS` and `PROVABLY_SEED` say, else 2000 trials of seed 1.
    ///
    /// # Errors
    /// Values that are no whole numbers, no trials.
    pub fn of_environment() -> Result<Self, String> {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Err(_) => Ok(default),
            Ok(text) => {
                text.trim().parse().map_err(|_| format!("{name} = {text} cannot be read: expected a whole number"))
            }
        };
        let settings = Self {
            trials: number("PROVABLY_TRIALS", CheckOptions::default().trials)?,
            seed: number("PROVABLY_SEED", 1)?,
        };
        if settings.trials == 0 {
            return Err("PROVABLY_TRIALS = 0 is not allowed: it must be at least 1".into());
        }
        Ok(settings)
    }
}

/// Whether a theorem is corroborated at these parameters.
///
/// # Errors
/// The report with the command that repeats it; what is wrong with the request.
pub fn corroborated(registry: &'static Registry, theorem: &str, given: &[(&str, String)]) -> Result<(), String> {
    let settings = Settings::of_environment()?;
    let listed = registry.find(theorem).ok_or_else(|| format!("there is no theorem `{theorem}`"))?;
    let parameters = given.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
    of(listed, &Request { parameters, seed: settings.seed, ..Request::default() }, None, &settings)
}

/// The same of a request, at a level or at the one that is run where none is asked for.
///
/// # Errors
/// As [`corroborated`].
pub(super) fn of(theorem: Listed, request: &Request, level: Option<Level>, settings: &Settings) -> Result<(), String> {
    let repeat = format!("it is repeated by: {}", command(theorem, request, level));
    let wrong = |error: String| format!("{error}\n{repeat}");
    let instance = match level {
        Some(level) => theorem.instantiate(request, level),
        None => theorem.auto(request),
    };
    let options = CheckOptions { trials: settings.trials, ..CheckOptions::default() };
    let report = check(instance.map_err(|e| wrong(e.to_string()))?, &options, &AtomicBool::new(false))
        .map_err(|e| wrong(e.to_string()))?;
    if report.verdict != Verdict::Corroborated {
        return Err(wrong(text::check(&report)));
    }
    let certificate = report.certificate.as_ref().ok_or_else(|| wrong(text::check(&report)))?;
    let theory = theorem.registry().theory().map_err(|e| wrong(e.to_string()))?;
    checker::check(certificate, theory, &[]).map(drop).map_err(|e| wrong(format!("its certificate is refused: {e}")))
}

/// The command line of a claim.
fn command(theorem: Listed, request: &Request, level: Option<Level>) -> String {
    let mut words = vec![format!("check {}", theorem.id())];
    words.extend(request.preset.as_ref().map(|preset| format!("--preset {preset}")));
    words.extend(level.map(|level| format!("--level {level}")));
    words.extend(request.parameters.iter().map(|(key, value)| format!("--set {key}={value}")));
    words.push(format!("--seed {}", request.seed));
    words.join(" ")
}
