//! What a level reads makes a difference: one parameter at a time, where instances are quick to build.

use crate::parameters::used_at;
use crate::{request, small, such, theorem, value};
use provably::parameters::uses::{Use, With};
use provably::parameters::{Form, Level, Request};
use provably::registry::Listed;

const QUICK: [(&str, &[Level]); 6] = [
    ("frozen-layer", &[Level::Paper, Level::Explicit]),
    ("linear-data", &[Level::Paper, Level::Explicit, Level::Posterior]),
    ("parity", &[Level::Paper, Level::Explicit]),
    ("uniform-parity", &[Level::Paper, Level::Explicit, Level::Posterior]),
    ("multi-index", &[Level::Paper]),
    ("beyond-kernel", &[Level::Paper, Level::Explicit]),
];

/// The pilot may find the same limits with other values of these.
const MAY_NOT_MATTER: [&str; 5] = ["pilots", "fit_samples", "penalty", "comparator", "draws"];

/// Values other than those of the small instances.
const OTHER: [(&str, &str, &str); 19] = [
    ("frozen-layer", "d", "9"),
    ("frozen-layer", "theta_factor", "0.9"),
    ("frozen-layer", "n", "2000000"),
    ("frozen-layer", "T", "200"),
    ("linear-data", "d", "9"),
    ("linear-data", "theta_factor", "0.9"),
    ("linear-data", "beta", "2.5"),
    ("linear-data", "m", "12"),
    ("parity", "d", "7"),
    ("parity", "k", "5"),
    ("uniform-parity", "d", "12"),
    ("uniform-parity", "k", "4"),
    ("uniform-parity", "beta", "2.5"),
    ("uniform-parity", "m", "24"),
    ("uniform-parity", "n_1", "2000"),
    ("multi-index", "d", "5"),
    ("multi-index", "epsilon", "0.4"),
    ("beyond-kernel", "d", "7"),
    ("beyond-kernel", "k", "5"),
];
/// And of every theorem.
const ANY: [(&str, &str); 4] =
    [("distribution", "margin-ball"), ("link", "cubic"), ("hits", "window"), ("m_factor", "20")];

fn other(id: &str, key: &str) -> &'static str {
    let own = OTHER.iter().find(|(theorem, known, _)| (*theorem, *known) == (id, key)).map(|(_, _, value)| *value);
    let any = ANY.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
    own.or(any).unwrap_or_else(|| value(id, key))
}

/// Everything an instance is but the list of its parameters, or why it is out of reach.
fn numbers(theorem: Listed, request: &Request, level: Level) -> Result<String, String> {
    let instance = theorem.instantiate(request, level).map_err(|e| e.to_string())?;
    let definitions = instance.derivation.kernel().definitions().map(|(_, d)| format!("{} {:?}", d.name, d.value));
    let definitions: Vec<String> = definitions.collect();
    Ok(format!("{definitions:?} {} {:?} {:?}", instance.statement, instance.bounds, instance.assumptions))
}

/// The small instance's parameters that a level uses on these conditions.
fn base(theorem: Listed, level: Level, with: &[With]) -> Request {
    let uses = |key: &str| used_at(theorem, level, key).any(|u| u.with.iter().all(|w| with.contains(w)));
    such(&request(small(theorem.id()).iter().copied().filter(|(key, _)| uses(key))), with)
}

#[test]
fn what_is_used_changes_the_instance() {
    let mut changes = 0;
    for (id, levels) in QUICK {
        let theorem = theorem(id);
        // r = 3 blocks are another instance altogether; in form b the pilot's bias is given, and nothing else of it is taken.
        let skipped = |key: &str| MAY_NOT_MATTER.contains(&key) || key == "r";
        let apart = |u: &Use| u.with.iter().any(|w| matches!(w, With::Rows(_) | With::Form(Form::B)));
        for &level in levels {
            for key in theorem.options().parameters.iter().map(|p| p.key).filter(|key| !skipped(key)) {
                for u in used_at(theorem, level, key).filter(|u| !apart(u)) {
                    let without = base(theorem, level, u.with);
                    let mut with = without.clone();
                    with.parameters.retain(|(known, _)| known != key);
                    with.parameters.push((key.into(), other(id, key).into()));
                    let [without, with] = [without, with].map(|request| numbers(theorem, &request, level));
                    let what = format!("{id} at the {level} level: {key} = {}", other(id, key));
                    assert!(without.is_ok() && without != with, "{what} changes nothing: {without:?}");
                    assert!(with.is_ok() || ["d", "k", "program_samples"].contains(&key), "{what}: {with:?}");
                    changes += 1;
                }
            }
        }
    }
    assert!(changes > 100, "{changes}");
}
