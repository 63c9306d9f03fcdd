//! `regress` as text and JSON, and the tightness table of the README.

use crate::decimal::rounded;
use crate::experiment::Quantity;
use crate::studies::baseline::TIGHTNESS;
use crate::studies::predictions::instance_name;
use crate::studies::{Baseline, Drift, Need};
use crate::theorems;
use serde_json::{Value, json};
use std::fmt::Write;

/// Drifts of one theorem that are shown to people.
const SHOWN: usize = 40;

/// All drifts, and whether the README's table is stale.
#[must_use]
pub fn json(drifts: &[Drift], compared: usize, stale: bool) -> Value {
    json!({"drift": drifts, "compared": compared, "table_stale": stale})
}

/// What has drifted in one theorem.
#[must_use]
pub fn text(new: &Baseline, drifts: &[Drift]) -> String {
    let mut out = String::new();
    let _ = match drifts.len() {
        0 => writeln!(out, "{}: {} entries, no drift", new.theorem, new.entries()),
        n => writeln!(out, "{}: {} entries, {n} drifted", new.theorem, new.entries()),
    };
    for drift in drifts.iter().take(SHOWN) {
        let _ = writeln!(out, "  {} ({}): {}", drift.theorem, drift.instance, drift.quantity);
        for (mark, value) in [('-', &drift.old), ('+', &drift.new)] {
            let _ = writeln!(out, "    {mark} {}", value.as_deref().unwrap_or("none"));
        }
    }
    if let Some(more) = drifts.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        let _ = writeln!(out, "  and {more} more: --json has them all");
    }
    out
}

/// What stands before and after the table.
const MARKS: [&str; 2] = ["<!-- tightness: written by `provably regress --bless` -->\n", "<!-- tightness: end -->\n"];

/// A text with this table in its place; none where it has no place for one.
#[must_use]
pub fn with_table(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1]))
}

/// Bound over need for every theorem, level and quantity of the `tightness` presets.
#[must_use]
pub fn table(baselines: &[Baseline]) -> String {
    let mut out = String::from(
        "| theorem | level | m | T | n, first step | n, each step | n, total | error |\n|---|---|---|---|---|---|---|---|\n",
    );
    for baseline in baselines {
        let levels = theorems::find(&baseline.theorem).map_or(&[][..], |t| t.levels());
        for level in levels {
            let name = instance_name(TIGHTNESS, level);
            let Some(needs) = baseline.needs.get(&name) else { continue };
            let cell = |quantity: Quantity| {
                let need = needs.get(quantity.name())?;
                cell(need, baseline.predictions.number(&name, quantity)?)
            };
            let cells = Quantity::ALL.map(|quantity| cell(quantity).unwrap_or_else(|| "–".into()));
            let _ = writeln!(out, "| `{}` | {level} | {} |", baseline.theorem, cells.join(" | "));
        }
    }
    out
}

/// The ratio with its ends.
fn cell(need: &Need, bound: f64) -> Option<String> {
    let [least, middle, most] = need.ratio(bound)?;
    let sharp = least == middle && most == middle;
    let (least, middle, most) =
        (least.map(|r| short(r, Some(false))), short(middle?, None), most.map(|r| short(r, Some(true))));
    Some(match (least, most) {
        (Some(least), Some(most)) if sharp || (least == middle && most == middle) => middle,
        (Some(least), Some(most)) => format!("{middle} ({least} to {most})"),
        (Some(least), None) => format!("{middle} (at least {least})"),
        (None, _) => middle,
    })
}

/// Two digits, whole numbers up to 10⁵; the ends of an interval are rounded outward.
fn short(ratio: f64, up: Option<bool>) -> String {
    /// What a quotient of two f64 may be off by is no digit.
    const NOISE: f64 = 1e-9;
    let unit = if ratio < 10.0 { 0.1 } else { 1.0 };
    let ratio = match up {
        None => ratio,
        Some(true) if ratio >= 1e5 => rounded(ratio * (1.0 - NOISE), 2, true),
        Some(false) if ratio >= 1e5 => rounded(ratio * (1.0 + NOISE), 2, false),
        Some(true) => (ratio * (1.0 - NOISE) / unit).ceil() * unit,
        Some(false) => (ratio * (1.0 + NOISE) / unit).floor() * unit,
    };
    if (0.01..100.0).contains(&ratio) {
        let text = format!("{ratio:.*}", if ratio < 10.0 { 1 } else { 0 });
        text.strip_suffix(".0").unwrap_or(&text).into()
    } else if (100.0..1e5).contains(&ratio) {
        format!("{ratio:.0}")
    } else {
        format!("{ratio:.1e}")
    }
}
