//! `scaling` as text and JSON.

use super::json::number;
use crate::decimal::{rounded_down, rounded_up};
use crate::registry::Subject;
use crate::studies::ScalingRow;
use crate::studies::scaling::{Agreement, What};
use serde_json::{Value, json};
use std::fmt::Write;

/// One object a row; `predicted` is null where no exponent is stated, `confidence` where nothing is left to chance.
#[must_use]
pub fn json(row: &ScalingRow) -> Value {
    let points = row.points.iter().map(|(value, point)| {
        json!({
            row.vary.as_str(): number(*value), "at": number(point.at), "value": number(point.value),
            "log_error": number(point.error),
        })
    });
    json!({
        "theorem": row.theorem,
        "level": row.level,
        "about": row.about,
        "quantity": row.quantity,
        "what": row.what,
        "vary": row.vary,
        "against": row.against.as_ref().unwrap_or(&row.vary),
        "exponent": row.exponent.estimate,
        "low": row.exponent.low,
        "high": row.exponent.high,
        "predicted": row.predicted,
        "verdict": row.verdict,
        "confidence": row.confidence,
        "points": points.collect::<Vec<_>>(),
    })
}

/// A row for people.
#[must_use]
pub fn text(row: &ScalingRow) -> String {
    let mut out = String::new();
    let about = if row.about.is_empty() { String::new() } else { format!(": {}", row.about) };
    let _ = writeln!(out, "{}, {}{about}", row.theorem, row.level);
    let against = row.against.as_ref().unwrap_or(&row.vary);
    for (value, point) in &row.points {
        let at = row.against.as_ref().map_or_else(String::new, |name| format!("  {name} = {:<12.6e}", point.at));
        let _ = writeln!(out, "  {} = {value:<8}{at}  {} = {:.6e}", row.vary, row.quantity, point.value);
    }
    let e = &row.exponent;
    let of = match (row.what, &row.quantity) {
        (What::Bound, Subject::Constant(name)) => name.to_string(),
        (What::Bound, quantity) => format!("the bound on {quantity}"),
        (What::Need, quantity) => format!("the measured need of {quantity}"),
    };
    let _ = write!(
        out,
        "  exponent of {of} in {against}: {:.4}, between {} and {}",
        e.estimate,
        rounded_down(e.low),
        rounded_up(e.high)
    );
    if let Some(confidence) = row.confidence {
        let _ = write!(out, " with confidence {}", rounded_down(confidence));
    }
    let _ = match (row.predicted, row.what) {
        (None, _) => writeln!(out, "; none is stated"),
        (Some(stated), What::Bound) => writeln!(out, "; stated: {stated}: {}", word(row.verdict)),
        (Some(stated), What::Need) => {
            writeln!(out, "; it may not grow faster than with {stated}: {}", word(row.verdict))
        }
    };
    out
}

fn word(verdict: Agreement) -> &'static str {
    match verdict {
        Agreement::Unstated => "unstated",
        Agreement::Agrees => "agrees",
        Agreement::Inconclusive => "inconclusive",
        Agreement::Disagrees => "disagrees",
    }
}
