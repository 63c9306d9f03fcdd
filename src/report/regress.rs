//! `regress` as text and JSON, and the tightness tables of the documents.

use crate::decimal::rounded;
use crate::experiment::Quantity;
use crate::parameters::Level;
use crate::registry::Registry;
use crate::studies::baseline::TIGHTNESS;
use crate::studies::predictions::instance_name;
use crate::studies::{Baseline, Drift, Need};
use serde_json::{Value, json};
use std::fmt::Write;

/// Drifts of one theorem that are shown to people.
const SHOWN: usize = 40;

/// All drifts, and whether a table of the documents is stale.
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

/// Tables that documents have a place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Every theorem and level.
    All,
    /// The levels whose T is nearest to the need, and those whose T is farthest from it.
    Extremes,
}

/// Rows at either end of the extremes.
const ENDS: usize = 3;

impl Table {
    /// What stands before and after it.
    fn marks(self) -> [&'static str; 2] {
        match self {
            Self::All => ["<!-- tightness: written by `provably regress --bless` -->\n", "<!-- tightness: end -->\n"],
            Self::Extremes => [
                "<!-- tightness extremes: written by `provably regress --bless` -->\n",
                "<!-- tightness extremes: end -->\n",
            ],
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(self, registry: &'static Registry, baselines: &[Baseline]) -> String {
        let rows = rows(registry, baselines);
        let shown: Vec<&Row> = match self {
            Self::All => rows.iter().collect(),
            Self::Extremes => {
                // The paper's level is a formula whose constants are set to 1: no bound to be near to anything.
                let mut held: Vec<&Row> =
                    rows.iter().filter(|r| r.level != Level::Paper && r.steps.is_some()).collect();
                held.sort_by(|a, b| a.steps.unwrap_or(f64::NAN).total_cmp(&b.steps.unwrap_or(f64::NAN)));
                let far = held.len().saturating_sub(ENDS).max(ENDS);
                held.iter().take(ENDS).chain(held.iter().skip(far)).copied().collect()
            }
        };
        let head = "| theorem | level | m | T | n, first step | n, each step | n, total | error |\n|---|---|---|---|---|---|---|---|\n";
        shown.iter().fold(head.to_string(), |text, row| text + &row.line)
    }
}

/// A text with each table that it has a place for; none where it has no place for any.
#[must_use]
pub fn with_tables(registry: &'static Registry, text: &str, baselines: &[Baseline]) -> Option<String> {
    let mut shown = text.to_string();
    let mut places = 0;
    for table in [Table::All, Table::Extremes] {
        let [start, end] = table.marks();
        let Some((before, rest)) = shown.split_once(start) else { continue };
        let (_, after) = rest.split_once(end)?;
        shown = format!("{before}{start}{}{end}{after}", table.text(registry, baselines));
        places += 1;
    }
    (places > 0).then_some(shown)
}

/// Bound over need of a theorem's level on its `tightness` preset.
struct Row {
    level: Level,
    /// T over its need, where that is known.
    steps: Option<f64>,
    line: String,
}

/// Every theorem and level of the `tightness` presets.
fn rows(registry: &'static Registry, baselines: &[Baseline]) -> Vec<Row> {
    let mut rows = Vec::new();
    for baseline in baselines {
        let levels = registry.find(&baseline.theorem).map_or(&[][..], |t| t.levels());
        for level in levels {
            let name = instance_name(TIGHTNESS, level);
            let Some(needs) = baseline.needs.get(&name) else { continue };
            let ratio = |quantity: Quantity| {
                let need = needs.get(quantity.name())?;
                Some((need, baseline.predictions.number(&name, quantity)?))
            };
            let cell = |quantity: Quantity| ratio(quantity).and_then(|(need, bound)| cell(need, bound));
            let cells = Quantity::ALL.map(|quantity| cell(quantity).unwrap_or_else(|| "–".into()));
            rows.push(Row {
                level: *level,
                steps: ratio(Quantity::Steps).and_then(|(need, bound)| need.ratio(bound)?[1]),
                line: format!("| `{}` | {level} | {} |\n", baseline.theorem, cells.join(" | ")),
            });
        }
    }
    rows
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
