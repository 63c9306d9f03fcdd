//! The same training at b̃ = 1 beside the theorem's trials: an observation outside the theorem.

use super::check::CheckReport;
use super::text::short;
use crate::experiment::ordinary::MAX_STEPS;
use crate::experiment::{Observation, Spread, StopReason, TrialError, observe};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Most runs observed; no confidence is claimed of them.
pub const MAX_RUNS: u64 = 20;
/// How often budget and interruption are looked at.
const WATCH: Duration = Duration::from_millis(20);

/// What `check` says in every output of such runs.
pub const NOTE: &str = "outside the theorem: an observation of the same training at b~ = 1, everything else as the theorem's \
    (m, beta, theta, eta_alpha, batches, goal) but sigma_a, which goes with b~^3 so that v and alpha after the first step are \
    unchanged; the step on v is eta_alpha/b~^4. It changes no verdict, and no certificate claims it";

/// The observation, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordinary {
    /// It was made.
    Seen(Observation),
    /// There is nothing to observe.
    None(String),
}

/// Observes the runs beside a finished check; they take what is left of its budget.
///
/// # Errors
/// [`TrialError`], as in the trials.
pub fn beside(
    report: &CheckReport,
    trials: u64,
    budget: Option<Duration>,
    interrupted: &AtomicBool,
) -> Result<Ordinary, TrialError> {
    let instance = &report.instance;
    let Some(protocol) = instance.protocol() else {
        let why = if instance.experiment.is_some() {
            format!("the trials of {} are not runs of Algorithm 1 on both layers", instance.theorem)
        } else {
            "this level is a formula and has no trials".into()
        };
        return Ok(Ordinary::None(why));
    };
    if report.summary.is_none() {
        return Ok(Ordinary::None("the theorem's own trials were not run".into()));
    }
    let left = budget.map(|b| b.saturating_sub(Duration::from_secs_f64(report.wall_seconds)));
    let (cut, over, started) = (AtomicBool::new(false), AtomicBool::new(false), Instant::now());
    let seen = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                if interrupted.load(Ordering::Relaxed) || left.is_some_and(|l| started.elapsed() >= l) {
                    cut.store(true, Ordering::Relaxed);
                    return;
                }
                std::thread::park_timeout(WATCH);
            }
        });
        let seen = observe(protocol, trials.min(MAX_RUNS), &cut);
        over.store(true, Ordering::Release);
        watch.thread().unpark();
        seen
    });
    seen.map(Ordinary::Seen)
}

/// `ordinary_scale` in the JSON of `check`.
#[must_use]
pub fn json(ordinary: &Ordinary) -> Value {
    match ordinary {
        Ordinary::None(why) => json!({"runs": 0, "reached": 0, "steps": [], "note": format!("not observed: {why}")}),
        Ordinary::Seen(o) => json!({
            "b_tilde": o.b_tilde,
            "theorem_b_tilde": o.theorem_b_tilde,
            "sigma_a": o.sigma_a,
            "eta_alpha": o.eta_alpha,
            "eta_v": o.eta_v,
            "max_steps": o.max_steps,
            "runs": o.stops.len(),
            "reached": o.ended(StopReason::Succeeded),
            "diverged": o.ended(StopReason::Diverged),
            "cut": o.ended(StopReason::Cut),
            "steps": o.steps,
            "turned": o.turned,
            "moved": o.moved,
            "note": NOTE,
        }),
    }
}

/// The same as text.
#[must_use]
pub fn text(ordinary: &Ordinary) -> String {
    let o = match ordinary {
        Ordinary::None(why) => return format!("  ordinary scale: not observed: {why}\n"),
        Ordinary::Seen(observation) => observation,
    };
    let mut out = format!("  ordinary scale, {NOTE}\n");
    let (runs, reached) = (o.stops.len(), o.ended(StopReason::Succeeded));
    let (diverged, cut) = (o.ended(StopReason::Diverged), o.ended(StopReason::Cut));
    let (open, cap) = (o.ended(StopReason::StepsExhausted), if o.max_steps == MAX_STEPS { "" } else { "T = " });
    let _ = writeln!(
        out,
        "    b~ = {} where the theorem has {}, sigma_a = {}, step size {} on alpha and {} on v",
        short(o.b_tilde),
        short(o.theorem_b_tilde),
        short(o.sigma_a),
        short(o.eta_alpha),
        short(o.eta_v)
    );
    let _ = write!(out, "    the bound was met in {reached} of {runs} runs");
    let steps = || o.steps.iter().flatten();
    if let (Some(low), Some(high)) = (steps().min(), steps().max()) {
        let _ = write!(out, ", after {low} to {high} steps");
    }
    let _ = writeln!(out, "; not within {cap}{} steps in {open}, overflown in {diverged}, cut in {cut}", o.max_steps);
    let spread = |s: &Spread| format!("{} (median) and {} (largest)", short(s.median), short(s.largest));
    if let (Some(turned), Some(moved)) = (&o.turned, &o.moved) {
        let _ = writeln!(
            out,
            "    from the first step to the last the neurons turned by {} radians, each neuron counted once a run;",
            spread(turned)
        );
        let _ = writeln!(out, "    the hidden weights of a run moved by {} of their norm", spread(moved));
    }
    out
}
