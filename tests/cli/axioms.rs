//! `axioms`: everything that is taken on trust, with its proof, its falsifier and what rests on it; and the tiers of a certificate.

use crate::run::{json, provably};
use provably::theorems::{REGISTRY, theory};
use serde_json::Value;
use std::collections::BTreeSet;

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

/// An axiom that is left out, or listed without what it says, what proves it, or what tries it.
#[test]
fn every_axiom_is_listed_with_what_it_rests_on() {
    let theory = theory().expect("the built-in theory");
    let all = json(&["axioms", "--json"], 0);
    let rows = all.as_array().expect("a list");
    let listed: BTreeSet<&str> = rows.iter().filter_map(|row| row["axiom"].as_str()).collect();
    assert_eq!(listed, theory.axioms.iter().map(|axiom| axiom.name.as_str()).collect());
    for row in rows {
        for key in ["meaning", "proof", "chapter", "falsifier"] {
            assert!(row[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {row}");
        }
        assert!(!names(&row["theorems"]).is_empty(), "{row}");
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(row["falsifier"].as_str().expect("a folder"));
        assert!(folder.is_dir(), "{row}");
    }
    let tiers: BTreeSet<&str> = rows.iter().filter_map(|row| row["tier"].as_str()).collect();
    assert_eq!(tiers, BTreeSet::from(["proved here", "standard inequality", "taken as recorded", "the paper's"]));
    // In no variant do forms B and C stand together, so that none rests on the other's symbols of the same name.
    let theorem_b = rows.iter().find(|row| row["axiom"] == "theorem-b").expect("Theorem B");
    let resting = names(&theorem_b["axioms"]);
    assert!(
        resting.contains("theorem-b-closed") && !resting.iter().any(|name| name.starts_with("theorem-c")),
        "{resting:?}"
    );
}

/// One theorem's axioms are those its certificates may rest on, as text too; another name is bad input.
#[test]
fn a_theorem_has_its_own() {
    for theorem in REGISTRY.iter() {
        let own = json(&["axioms", theorem.id(), "--json"], 0);
        assert!(
            own.as_array().is_some_and(|rows| rows.iter().all(|row| names(&row["theorems"]).contains(theorem.id())))
        );
    }
    let text = provably(&["axioms", "parity"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for part in
        ["the paper's: 2 axioms", "lemma-parity: ", "proof: docs/theory.md §", "used by beyond-kernel, ", "on it rest "]
    {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(!text.contains("frozen-descent") && !text.contains("linear-target"));
    assert_eq!(provably(&["axioms", "paritty"]).status.code(), Some(2));
}
