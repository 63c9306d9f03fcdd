//! Independent trials in parallel, decided in their own order: the outcome does not depend on the number of threads.
//!
//! Finished trials are kept in a journal, one JSON line each, so that Ctrl-C and kill lose only what was running.

use super::journal::{Journal, JournalError};
use super::outcome::{TrialError, TrialOutcome};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often budget and interruption are looked at.
const WATCH: Duration = Duration::from_millis(20);

/// What to run.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// Most trials.
    pub max_trials: u64,
    /// Wall-clock budget.
    pub deadline: Option<Duration>,
    /// Where finished trials are kept.
    pub journal: Option<PathBuf>,
    /// Whether finished trials are taken from the journal.
    pub resume: bool,
    /// What the journal belongs to.
    pub key: String,
    /// Shown beside the progress bar.
    pub label: String,
    /// Whether progress is shown (on stderr, and only on a terminal).
    pub progress: bool,
}

/// Whether more trials are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The verdict is open.
    Continue,
    /// The verdict is decided.
    Stop,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The verdict was decided.
    Decided,
    /// All trials were run.
    TrialsExhausted,
    /// The budget ran out.
    BudgetExhausted,
    /// The user interrupted it.
    Interrupted,
}

/// The outcomes in the order of their numbers, and how the run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Outcomes of trials 0, 1, …
    pub outcomes: Vec<TrialOutcome>,
    /// How it ended.
    pub ended: Ended,
}

/// Why a run cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A trial cannot be run.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Everything the workers share.
struct Progress {
    /// Finished trials beyond the decided prefix.
    waiting: BTreeMap<u64, TrialOutcome>,
    /// Outcomes 0, 1, … without a gap.
    prefix: Vec<TrialOutcome>,
    journal: Option<Journal>,
    decided: bool,
    error: Option<RunError>,
}

impl Progress {
    /// Takes a finished trial and decides every prefix it completes, in order.
    fn take(&mut self, outcome: TrialOutcome, decide: &impl Fn(&[TrialOutcome]) -> Decision) {
        self.waiting.insert(outcome.trial, outcome);
        while let Some(next) = self.waiting.remove(&(self.prefix.len() as u64)) {
            if self.decided {
                return;
            }
            self.prefix.push(next);
            // A cut trial says that the run is ending; it decides nothing.
            let cut = self.prefix.last().is_some_and(TrialOutcome::cut);
            self.decided = !cut && decide(&self.prefix) == Decision::Stop;
        }
    }
}

/// Runs trials 0, 1, … until `decide` stops on a prefix of them, the plan's trials or budget are used up, or `interrupted`
/// is raised. Trials that run beyond the deciding prefix are discarded; trials cut by the budget are kept as cut.
///
/// # Errors
/// A trial that cannot be run, a journal that cannot be read or written.
pub fn run_trials(
    plan: &RunPlan,
    trial: impl Fn(u64, &AtomicBool) -> Result<TrialOutcome, TrialError> + Sync,
    decide: impl Fn(&[TrialOutcome]) -> Decision + Sync,
    interrupted: &AtomicBool,
) -> Result<Run, RunError> {
    let (journal, finished) = match &plan.journal {
        Some(path) => Journal::open(path, &plan.key, plan.resume).map(|(journal, done)| (Some(journal), done))?,
        None => (None, BTreeMap::new()),
    };
    let shared = Progress { waiting: BTreeMap::new(), prefix: Vec::new(), journal, decided: false, error: None };
    let (shared, cut, next, over) =
        (Mutex::new(shared), AtomicBool::new(false), AtomicU64::new(0), AtomicBool::new(false));
    let bar = bar(plan);
    let lock = || shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let work = || {
        while !cut.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= plan.max_trials {
                return;
            }
            let (outcome, fresh) = match finished.get(&number) {
                Some(outcome) => (Ok(outcome.clone()), false),
                None => (trial(number, &cut), true),
            };
            let mut state = lock();
            match outcome {
                Ok(outcome) => {
                    if let Some(journal) = state.journal.as_mut().filter(|_| fresh && !outcome.cut())
                        && let Err(error) = journal.append(&outcome)
                    {
                        state.error.get_or_insert(error.into());
                    }
                    state.take(outcome, &decide);
                }
                Err(error) => drop(state.error.get_or_insert(error.into())),
            }
            bar.set_position(state.prefix.len() as u64);
            if state.decided || state.error.is_some() {
                cut.store(true, Ordering::Relaxed);
            }
        }
    };
    let started = Instant::now();
    let ended = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                let ended = match () {
                    () if interrupted.load(Ordering::Relaxed) => Ended::Interrupted,
                    () if plan.deadline.is_some_and(|d| started.elapsed() >= d) => Ended::BudgetExhausted,
                    () => {
                        std::thread::park_timeout(WATCH);
                        continue;
                    }
                };
                cut.store(true, Ordering::Relaxed);
                return ended;
            }
            Ended::TrialsExhausted
        });
        rayon::scope(|workers| (0..rayon::current_num_threads()).for_each(|_| workers.spawn(|_| work())));
        over.store(true, Ordering::Release);
        watch.thread().unpark();
        watch.join().unwrap_or(Ended::Interrupted)
    });
    bar.finish_and_clear();
    let state = shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    match state.error {
        Some(error) => Err(error),
        None => Ok(Run { outcomes: state.prefix, ended: if state.decided { Ended::Decided } else { ended } }),
    }
}

fn bar(plan: &RunPlan) -> ProgressBar {
    if !plan.progress {
        return ProgressBar::hidden();
    }
    // indicatif draws on stderr, and nothing at all where that is no terminal.
    let bar = ProgressBar::new(plan.max_trials).with_message(plan.label.clone());
    let style =
        ProgressStyle::with_template("{msg} {bar:30} {pos} trials (at most {len}), {per_sec}, at most {eta} to go");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
