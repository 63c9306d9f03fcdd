//! What every command stands on: the theorems there are, what is printed, and the signal that ends trials.

use crate::registry::{Listed, Registry};
use serde_json::Value;
use std::io::Write;
use std::sync::atomic::AtomicBool;

/// What ends a command with code 2: one line.
pub(super) type Failure = Box<dyn std::error::Error>;

/// Raised by Ctrl-C: running trials stop at their next step, finished ones are kept.
pub(super) static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Prints to stdout; a reader that has gone away is no error.
pub(super) fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

pub(super) fn print_json(value: &Value) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// The theorem of that id.
pub(super) fn theorem(registry: &'static Registry, id: &str) -> Result<Listed, Failure> {
    registry.find(id).ok_or_else(|| {
        let known: Vec<&str> = registry.iter().map(|t| t.id()).collect();
        format!("unknown theorem `{id}`: the theorems are {}", known.join(", ")).into()
    })
}

/// The theorems a command is given.
pub(super) fn chosen(
    registry: &'static Registry,
    command: &str,
    ids: &[String],
    all: bool,
) -> Result<Vec<Listed>, Failure> {
    let chosen: Vec<Listed> = if all {
        registry.iter().collect()
    } else {
        ids.iter().map(|id| theorem(registry, id)).collect::<Result<_, _>>()?
    };
    if chosen.is_empty() {
        return Err(format!("{command} needs a theorem id, or --all; `provably list` shows them").into());
    }
    Ok(chosen)
}

/// The confidence of each of several parts of a command.
pub(super) fn split(confidence: f64, parts: usize) -> Result<f64, Failure> {
    if !(0.5..1.0).contains(&confidence) {
        return Err(format!("confidence = {confidence} is not allowed: it must be at least 0.5 and below 1").into());
    }
    Ok(1.0 - (1.0 - confidence) / parts as f64)
}
