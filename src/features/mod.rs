//! From neurons to features: which pairs hit a target, and the comparator α̃ built from them (docs/theory.md §3, §5.1).

mod linear;

pub use linear::{Comparator, HitRule, LinearHits};
