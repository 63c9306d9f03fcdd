//! `tightness` as text and JSON.

use super::json::number;
use crate::decimal::{rounded_down, rounded_up, short};
use crate::studies::{Row, Tightness};
use serde_json::{Value, json};
use std::fmt::Write;

/// One row for every level and quantity; ratios are null where there is no need, `ratio_high` where no value was found to fail.
#[must_use]
pub fn json(tightness: &Tightness) -> Vec<Value> {
    let row = |row: &Row| {
        let ratio = row.ratio();
        let end = |at: usize| json!(ratio.and_then(|r| r[at]).map(number));
        let bound =
            row.bound.as_ref().map_or_else(|| json!(row.value.is_finite().then(|| number(row.value))), |b| json!(b));
        json!({
            "theorem": row.theorem,
            "level": row.level,
            "quantity": row.quantity,
            "bound": bound,
            "needed": row.need.as_ref().map(|n| number(n.needed)),
            "needed_low": row.need.as_ref().map(|n| number(n.low)),
            "needed_high": row.need.as_ref().map(|n| number(n.high)),
            "ratio": end(1),
            "ratio_low": end(0),
            "ratio_high": end(2),
            "log10_ratio": json!(ratio.and_then(|r| r[1]).map(|r| number(r.log10()))),
            "measured_at": row.measured_at,
            "confidence": tightness.confidence,
            "note": row.note,
        })
    };
    tightness.rows.iter().map(row).collect()
}

/// A table for people.
#[must_use]
pub fn text(tightness: &Tightness) -> String {
    let mut out = String::new();
    let parameters: Vec<String> = tightness.parameters.iter().map(|(k, v)| format!("{k} = {v}")).collect();
    let _ = writeln!(out, "{} ({})", tightness.theorem, parameters.join(", "));
    let _ = writeln!(
        out,
        "  {:<10} {:<10} {:>12} {:>12} {:>24}  {:>10}  of the ratio",
        "level", "quantity", "bound", "needed", "between", "ratio"
    );
    for row in &tightness.rows {
        let _ = writeln!(out, "  {:<10} {:<10} {}", row.level.to_string(), row.quantity, cells(row));
    }
    let _ = writeln!(out, "all intervals hold with confidence {}", rounded_down(tightness.confidence));
    out
}

fn cells(row: &Row) -> String {
    let bound = match &row.bound {
        Some(size) => size.to_string(),
        None if row.value.is_finite() => rounded_up(row.value),
        None => "-".into(),
    };
    let note = row.note.as_deref().map_or_else(String::new, |n| format!("  {n}"));
    let Some(need) = &row.need else { return format!("{bound:>12} {:>12}{note}", "-") };
    let between = format!("{} to {}", rounded_down(need.low), rounded_up(need.high));
    let ratio = row.ratio().unwrap_or([None; 3]);
    let end = |at: usize, text: fn(f64) -> String| ratio[at].map_or_else(|| "-".into(), text);
    let (least, middle, most) = (end(0, rounded_down), end(1, short), end(2, rounded_up));
    format!("{bound:>12} {:>12} {between:>24}  {middle:>10}  {least} to {most}{note}", short(need.needed))
}
