//! The same as text, for people.

use super::verification::Answer;
use crate::certificate::checker::Verified;
use crate::certificate::refusal::Refusal;
use crate::certificate::theory::Theory;
use crate::check::{CheckReport, ReplayError, journal};
use crate::decimal::{near, rounded_down, rounded_up, short, sides};
use crate::derivation::Size;
use crate::experiment::{Status, Verdict};
use crate::parameters::Level;
use crate::registry::instance::FeatureRow;
use crate::registry::{FormRow, Instance, Registry};
use std::fmt::Write;
use std::path::Path;

/// `list`.
#[must_use]
pub fn list(registry: &'static Registry) -> String {
    let mut out = String::new();
    for theorem in registry.iter() {
        let levels: Vec<String> = theorem.levels().iter().map(ToString::to_string).collect();
        let _ = writeln!(
            out,
            "{}\n  {}\n  source: {}\n  levels: {}",
            theorem.id(),
            theorem.title(),
            theorem.source(),
            levels.join(", ")
        );
        for preset in theorem.presets() {
            let _ = writeln!(out, "  preset {}: {}", preset.name, preset.about);
        }
        for parameter in &theorem.options().parameters {
            let levels: Vec<String> = parameter.levels().iter().map(ToString::to_string).collect();
            let _ = writeln!(out, "  --set {}=…  {} ({})", parameter.key, parameter.about, levels.join(", "));
        }
    }
    out
}

fn heading(out: &mut String, instance: &Instance) {
    let tags: Vec<String> = instance.tags.iter().map(|(k, v)| format!("{k} {v}")).collect();
    let tags = if tags.is_empty() { String::new() } else { format!(" ({})", tags.join(", ")) };
    let _ = writeln!(out, "{} at the {} level{tags}", instance.theorem, instance.level);
    for feature in &instance.features {
        let _ = writeln!(out, "  feature  {}", self::feature(feature));
    }
    for notice in &instance.notices {
        let _ = writeln!(out, "  note: {notice}");
    }
}

/// The paper's assumptions that this level does without, and how far the violated ones are off.
fn assumptions(out: &mut String, instance: &Instance) {
    for h in &instance.assumptions {
        let off = if h.holds { "holds" } else { "violated" };
        let (value, limit) = sides(h.value, h.limit);
        let level = instance.level;
        let _ = writeln!(out, "  {off}, not needed at the {level} level: {}  (value {value}, limit {limit})", h.name);
    }
}

fn hypotheses(out: &mut String, instance: &Instance) {
    for h in &instance.hypotheses {
        let mark = if h.holds { "holds" } else { "FAILS" };
        let (value, limit) = sides(h.value, h.limit);
        let _ = writeln!(out, "  {mark}  {}  (value {value}, limit {limit})", h.name);
    }
    assumptions(out, instance);
    for c in instance.derivation.conditions().iter().filter(|c| !c.holds) {
        let (left, right) = sides(c.left, c.right);
        let _ = writeln!(out, "  FAILS  {}  (left {left}, right {right})", c.claim);
    }
}

/// `bounds`: hypotheses, sizes, and every constant with its formula.
#[must_use]
pub fn bounds(instance: &Instance) -> String {
    let mut out = String::new();
    heading(&mut out, instance);
    let b = &instance.bounds;
    if instance.level == Level::Paper {
        out.push_str("  paper form, constants = 1 unless set: a formula, not a certified bound\n");
    }
    hypotheses(&mut out, instance);
    let _ = writeln!(out, "  statement: {}", instance.statement);
    if b.width != Size::Absent {
        let _ = writeln!(out, "  width    m = {}, neurons N = {}", b.width, b.neurons);
    }
    let _ = writeln!(out, "  steps    T = {}", b.steps);
    let first = if b.first_step == Size::Absent { String::new() } else { format!("first step {}, ", b.first_step) };
    let _ = writeln!(out, "  samples  {first}per step {}, total {}", b.per_step, enough(b.total));
    let vacuous = if instance.vacuous() { "  VACUOUS: no better than the trivial predictor" } else { "" };
    let _ = writeln!(out, "  error    at most {}{vacuous}", rounded_up(b.error));
    if b.cost.flops > 0.0 {
        let (flops, bytes) = (short(b.cost.flops), short(b.cost.bytes));
        let _ = writeln!(out, "  cost     {flops} operations if all T steps are run, {bytes} bytes a trial");
    }
    let _ = writeln!(out, "  constants, those that follow to six digits");
    for (axiom, definition) in instance.derivation.kernel().definitions() {
        let value = short(instance.derivation.number(&definition.name));
        match axiom {
            None => drop(writeln!(out, "    {:<16} = {}  (chosen)", definition.name, definition.is)),
            Some(axiom) => drop(writeln!(out, "    {:<16} = {value}  = {}  [{axiom}]", definition.name, definition.is)),
        }
    }
    out
}

/// `check`: the instantiated statement and its verdict.
#[must_use]
pub fn check(report: &CheckReport) -> String {
    let mut out = String::new();
    let instance = &report.instance;
    heading(&mut out, instance);
    let _ = writeln!(out, "  statement: {}", instance.statement);
    hypotheses(&mut out, instance);
    if let Some(s) = &report.summary {
        let _ = writeln!(
            out,
            "  {} trials, {} failed, {} uncertified, {} cut; failure rate in [{}, {}] at confidence {}, delta = {}",
            s.trials,
            s.failures,
            s.uncertified,
            s.cut,
            rounded_down(s.failure_lower),
            rounded_up(s.failure_upper),
            report.confidence,
            near(instance.delta)
        );
        if let (Some(low), Some(high)) = (s.stopping_steps.iter().min(), s.stopping_steps.iter().max()) {
            let _ = writeln!(
                out,
                "  stopped after {low} to {high} steps of T = {}; error bound {}, observed at most {}",
                instance.bounds.steps,
                rounded_up(instance.bounds.error),
                rounded_up(s.observed)
            );
        }
        for j in s.events.iter().chain(&s.obligations) {
            let mark = match j.status {
                Status::Held => "held       ",
                Status::NotRefuted => "not refuted",
                Status::Bounded => "bounded    ",
                Status::NotBounded => "not bounded",
                Status::Refuted => "REFUTED    ",
                Status::NotJudged => "not judged ",
            };
            let _ = writeln!(out, "  {mark}  {}: {}", j.name, j.detail);
        }
    }
    let _ = writeln!(out, "{}: {} ({:.1} s)", verdict(report.verdict), report.reason, report.wall_seconds);
    if report.verdict == Verdict::Corroborated {
        out.push_str("a training run corroborates or refutes; it does not prove\n");
    }
    if let Some(ordinary) = &report.ordinary {
        out.push_str(&super::ordinary::text(ordinary));
    }
    out
}

/// Why no certificate was written to this path, and where the finished trials are.
#[must_use]
pub fn no_certificate(report: &CheckReport, why: &str, path: &Path) -> String {
    let finished = report.summary.as_ref().map_or(0, |s| s.trials - s.cut);
    let kept = match finished {
        0 => String::new(),
        n => format!("; {n} finished trials are kept in {}, which --resume takes up", journal(path).display()),
    };
    format!("no certificate was written: {why}{kept}")
}

/// `verify`; `difference` is what a replay found.
#[must_use]
pub fn verify(
    theory: &Theory,
    outcome: &Result<Verified, Refusal>,
    difference: Option<&ReplayError>,
    replayed: bool,
) -> String {
    let answer = Answer::new(theory, outcome, difference, replayed);
    let Ok(verified) = outcome else { return format!("NOT VALID: {}", answer.reason) };
    let head = if answer.valid { "valid" } else { "NOT VALID" };
    let mut out = format!(
        "{head}: {}\nstatement: {}\nverdict: {} at error rate {}",
        answer.reason,
        verified.statement,
        verified.verdict,
        // Error rates are whole millionths.
        (verified.error_rate * 1e6).round() / 1e6,
    );
    for (tier, names) in &answer.tiers {
        let _ = write!(out, "\naxioms, {tier}: {}", names.join(", "));
    }
    out
}

/// The sizes of the theorem's forms side by side.
#[must_use]
pub fn forms(rows: &[FormRow]) -> String {
    let mut out = String::new();
    if !rows.is_empty() {
        let _ =
            writeln!(out, "  {:<44} {:>10} {:>8} {:>12} {:>12} {:>8}  error", "the forms", "q", "m", "T", "n_1", "n");
    }
    for (name, instance) in rows {
        let instance = match instance {
            Ok(instance) => instance,
            Err(cause) => {
                let _ = writeln!(out, "  {name:<44} {cause}");
                continue;
            }
        };
        let b = &instance.bounds;
        // No neuron has to hit a target where the comparator is found after the first step.
        let q = if instance.derivation.has("q") { short(instance.derivation.number("q")) } else { "-".into() };
        let error = rounded_up(b.error);
        let scope = if instance.in_scope() { "" } else { "  (a hypothesis fails)" };
        let _ = writeln!(
            out,
            "  {name:<44} {q:>10} {:>8} {:>12} {:>12} {:>8}  {error}{scope}",
            b.width, b.steps, b.first_step, b.per_step
        );
    }
    out
}

/// The verdict's name.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Corroborated => "corroborated",
        Verdict::Refuted => "refuted",
        Verdict::Inconclusive => "inconclusive",
        Verdict::OutOfScope => "out-of-scope",
        Verdict::Vacuous => "vacuous",
        Verdict::TooLarge => "too-large",
    }
}

/// How many are enough: exactly where it is a whole number of few digits, else six of them, rounded up.
fn enough(x: f64) -> String {
    if x < 1e9 || x == f64::INFINITY { short(x) } else { rounded_up(x) }
}

/// T of every form and level beside what was needed: the median stopping step.
#[must_use]
pub fn beside(report: &CheckReport, rows: &[FormRow]) -> String {
    let mut out = String::new();
    let Some(needed) = report.median_step().filter(|_| !rows.is_empty()) else { return out };
    let _ = writeln!(out, "  T beside the measured need, a median of {needed} steps in this run:");
    let times = |steps: &Size| format!("T = {steps}, {:.1} times", steps.approximate() / needed);
    let run = &report.instance;
    let _ = writeln!(out, "    {:<44} {}", format!("{}, as run", run.level), times(&run.bounds.steps));
    for (name, instance) in rows {
        let shown = instance.as_ref().map_or_else(ToString::to_string, |i| times(&i.bounds.steps));
        let _ = writeln!(out, "    {name:<44} {shown}");
    }
    out
}

/// Coordinates of a direction that are shown: the largest ones.
const SHOWN: usize = 6;

fn feature(row: &FeatureRow) -> String {
    let mut largest: Vec<usize> = (0..row.direction.len()).collect();
    largest.sort_by(|&a, &b| row.direction[b].abs().total_cmp(&row.direction[a].abs()));
    largest.truncate(SHOWN);
    largest.sort_unstable();
    let shown = largest.iter().filter(|&&i| row.direction[i].abs() >= 0.05);
    let list: Vec<String> = shown.map(|&i| format!("{:+.3} e_{}", row.direction[i], i + 1)).collect();
    let rest = if row.direction.iter().filter(|x| x.abs() >= 0.05).count() > SHOWN { " ..." } else { "" };
    let sign = if row.sign > 0.0 { '+' } else { '-' };
    let (list, p) = (list.join(" "), rounded_down(row.p));
    format!("D = {list}{rest}, s = {sign}, p >= {p} with gamma = {}, B_G = {}", row.gamma, row.b_g)
}
