//! Work is counted, so that no file keeps the checker busy for long: the same count on every machine, and the same refusal.

use super::refusal::{Checked, require};
use std::cell::Cell;

/// What may still be spent, in units of about a tenth of a microsecond.
#[derive(Clone, Debug)]
pub struct Budget(Cell<u64>);

impl Budget {
    /// What the check of one certificate may spend: about two seconds, and, as whatever is kept is paid for, less than half a
    /// gigabyte. The certificates of the theorems' defaults need a thirtieth of it.
    pub const CERTIFICATE: u64 = 20_000_000;

    /// A budget of so many units.
    #[must_use]
    pub fn new(units: u64) -> Self {
        Self(Cell::new(units))
    }

    /// Spends before the work is done. Errors: `too-costly`, and from then on always.
    pub fn spend(&self, units: u64) -> Checked<()> {
        let left = self.0.get().checked_sub(units);
        self.0.set(left.unwrap_or(0));
        require(left.is_some(), "too-costly", "more work than one certificate is allowed")
    }

    /// Units left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.0.get()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Self::CERTIFICATE)
    }
}
