//! The variants a proof is for: `only` is a need like any other, and where a proof uses that a step draws no samples or
//! that the comparator has a margin, an axiom that admits other variants is false in them.

use crate::harness::Subject;
use provably::wellformed::variants;
use std::collections::BTreeSet;

/// Refuses an axiom that some variant of this axis may use, written in the text or not, whose proof is for these values
/// alone.
pub(crate) fn proved_for(subject: &Subject<'_>, axis: &str, values: &[&str]) -> Result<(), String> {
    let admitted: BTreeSet<String> = match subject.axiom.only.get(axis) {
        Some(admitted) => admitted.iter().cloned().collect(),
        None => subject.theory.theorems().flat_map(|t| known(subject, t, axis)).collect(),
    };
    let strange: Vec<&String> = admitted.iter().filter(|value| !values.contains(&value.as_str())).collect();
    if strange.is_empty() { Ok(()) } else { Err(format!("it admits {axis} = {strange:?}, its proof {values:?}")) }
}

/// The values of an axis in a theorem's variants.
fn known(subject: &Subject<'_>, theorem: &str, axis: &str) -> Vec<String> {
    variants(subject.theory, theorem).iter().filter_map(|variant| variant.get(axis).cloned()).collect()
}

/// Refuses an axiom on sums over a support that does not ask for one.
pub(crate) fn finite(subject: &Subject<'_>) -> Result<(), String> {
    if subject.axiom.finite { Ok(()) } else { Err("it admits distributions without a finite support".into()) }
}
