//! The same training at b̃ = 1 beside the theorem's trials: an observation outside the theorem.

use crate::experiment::{Observation, TrialError, observe};
use crate::registry::Instance;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Most runs observed; no confidence is claimed of them.
pub const MAX_RUNS: u64 = 20;
/// How often budget and interruption are looked at.
const WATCH: Duration = Duration::from_millis(20);

/// The observation, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordinary {
    /// It was made.
    Seen(Observation),
    /// There is nothing to observe.
    None(String),
}

/// What is asked of the observation.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Most runs, if fewer than [`MAX_RUNS`].
    pub runs: u64,
    /// Whether the theorem's own trials were run.
    pub beside_trials: bool,
    /// What is left of the budget.
    pub left: Option<Duration>,
}

/// Observes the runs beside a finished check.
///
/// # Errors
/// [`TrialError`], as in the trials.
pub fn beside(instance: &Instance, asked: Asked, interrupted: &AtomicBool) -> Result<Ordinary, TrialError> {
    let Some(protocol) = instance.protocol() else {
        let why = if instance.experiment.is_some() {
            format!("the trials of {} are not runs of Algorithm 1 on both layers", instance.theorem)
        } else {
            "this level is a formula and has no trials".into()
        };
        return Ok(Ordinary::None(why));
    };
    if !asked.beside_trials {
        return Ok(Ordinary::None("the theorem's own trials were not run".into()));
    }
    let (cut, over, started) = (AtomicBool::new(false), AtomicBool::new(false), Instant::now());
    let seen = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                if interrupted.load(Ordering::Relaxed) || asked.left.is_some_and(|l| started.elapsed() >= l) {
                    cut.store(true, Ordering::Relaxed);
                    return;
                }
                std::thread::park_timeout(WATCH);
            }
        });
        let seen = observe(protocol, asked.runs.min(MAX_RUNS), &cut);
        over.store(true, Ordering::Release);
        watch.thread().unpark();
        seen
    });
    seen.map(Ordinary::Seen)
}
