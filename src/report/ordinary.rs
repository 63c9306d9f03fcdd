//! The same training at b̃ = 1 beside the theorem's trials, as JSON and text.

use crate::check::Ordinary;
use crate::decimal::short;
use crate::experiment::ordinary::MAX_STEPS;
use crate::experiment::{Spread, StopReason};
use serde_json::{Value, json};
use std::fmt::Write;

/// What `check` says in every output of such runs.
pub const NOTE: &str = "outside the theorem: an observation of the same training at b~ = 1, everything else as the theorem's \
    (m, beta, theta, eta_alpha, batches, goal) but sigma_a, which goes with b~^3 so that v and alpha after the first step are \
    unchanged; the step on v is eta_alpha/b~^4. It changes no verdict, and no certificate claims it";

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
