//! A number out of its range is refused with the whole range: what it must be above, and what it must be below.

use crate::small;
use provably::parameters::{Level, Request};
use provably::registry::Listed;
use provably::theorems::REGISTRY;

/// What the error of a value says it must be; none where the value is taken, or refused for something else than its range.
fn range(theorem: Listed, level: Level, key: &str, value: &str) -> Option<String> {
    let others = small(theorem.id()).iter().filter(|(other, _)| *other != key).copied();
    let parameters = others.chain([(key, value)]).map(|(key, value)| (key.into(), value.into())).collect();
    let error = theorem.instantiate(&Request { parameters, ..Request::default() }, level).err()?.to_string();
    let (_, rest) = error.split_once(&format!("{key} = "))?;
    let (_, range) = rest.split_once(" is not allowed: it must be ")?;
    Some(range.split(" (").next().unwrap_or_default().to_string())
}

/// Whether a range in words says where it ends.
fn ends(range: &str, words: &[&str]) -> bool {
    words.iter().any(|word| range.contains(word))
}

#[test]
fn ranges_are_told_from_both_ends() {
    let mut seen = 0;
    for theorem in REGISTRY.iter() {
        for parameter in &theorem.options().parameters {
            let Some(level) = parameter.levels().first().copied() else { continue };
            for value in ["1e300", "18446744073709551615"] {
                if let Some(range) = range(theorem, level, parameter.key, value) {
                    seen += 1;
                    let upper = ["below", "at most", "between", " to ", "less than", "even integer", "odd integer"];
                    assert!(ends(&range, &upper), "{} {} = {value}: {range}", theorem.id(), parameter.key);
                }
            }
            for value in ["-1e300", "0"] {
                if let Some(range) = range(theorem, level, parameter.key, value) {
                    seen += 1;
                    let lower = ["above", "at least", "between", "from", "greater than"];
                    assert!(ends(&range, &lower), "{} {} = {value}: {range}", theorem.id(), parameter.key);
                }
            }
        }
    }
    assert!(seen > 150, "{seen} values were refused");
}
