//! Linear data: one direction and its target ⟨D,x⟩/μ (docs/theory.md §5.1), which two theorems share.

pub(crate) mod hits;
pub(crate) mod keys;
pub(crate) mod start;
pub(crate) mod target;
