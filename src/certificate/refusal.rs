//! Why something is refused: the name of the check that refuses it, and what it found.

use std::fmt::Display;

/// A refusal. Its `check` is a stable name such as `missing-premise`; tests and users tell refusals apart by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {found}")]
pub struct Refusal {
    /// Name of the check.
    pub check: &'static str,
    /// What it found.
    pub found: String,
}

impl Refusal {
    /// A refusal by the named check.
    pub fn new(check: &'static str, found: impl Display) -> Self {
        Self { check, found: found.to_string() }
    }
}

/// What a check allows, or its refusal.
pub type Checked<T> = Result<T, Refusal>;

/// `Ok` if the condition holds, else the refusal.
pub(super) fn require(holds: bool, check: &'static str, found: impl Display) -> Checked<()> {
    if holds { Ok(()) } else { Err(Refusal::new(check, found)) }
}
