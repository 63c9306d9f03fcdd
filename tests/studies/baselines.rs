//! The committed baselines are what the theorems predict, and a change of any digit of them is seen and named.

use provably::report::regress::{self, Table};
use provably::studies::baseline::{self, Baseline, drifted, moved};
use provably::studies::predictions::of_presets;
use provably::studies::{Need, Predictions, predictions};
use provably::theorems::REGISTRY;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Instances that `provably regress`, which CI runs, compares and this suite does not: each takes more than half a minute of two
/// cores, for pilot runs that others make too.
const SLOW: [(&str, &[&str]); 2] = [("parity", &["large-r3, posterior"]), ("uniform-parity", &["large, posterior"])];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/baselines")
}

fn committed(theorem: &str) -> Baseline {
    let read = baseline::load(&folder(), theorem).unwrap();
    assert!(read.entries() > 0, "{theorem} has no baseline: `provably regress --bless` writes it");
    read
}

/// The gate: what theorems predict on their default presets is what was approved, to the last digit. Where a change is meant,
/// `provably regress --bless` takes it for the new baseline.
#[test]
fn predictions_on_default_presets_are_those_of_the_baselines() {
    let mut report = String::new();
    for theorem in REGISTRY.iter() {
        let first = &theorem.presets()[..1];
        let own = format!("{}, ", first[0].name);
        let mut old = committed(theorem.id());
        old.predictions.instances.retain(|name, _| name.starts_with(&own));
        assert!(!old.predictions.instances.is_empty(), "{}", theorem.id());
        report += &drift_of(&old, &of_presets(theorem, first, &[]).unwrap());
    }
    assert!(report.is_empty(), "predictions have drifted:\n{report}");
}

/// The same on every preset: `provably regress` does so too, with what is measured.
#[test]
#[ignore = "a minute and a half: every preset at every level"]
fn predictions_are_those_of_the_baselines() {
    let mut report = String::new();
    for theorem in REGISTRY.iter() {
        let skip = SLOW.iter().find(|(id, _)| *id == theorem.id()).map_or(&[][..], |(_, skip)| skip);
        let mut old = committed(theorem.id());
        for instance in skip {
            assert!(old.predictions.instances.remove(*instance).is_some(), "{} has no {instance}", theorem.id());
        }
        report += &drift_of(&old, &predictions(theorem, skip).unwrap());
    }
    assert!(report.is_empty(), "predictions have drifted:\n{report}");
}

/// What differs from the baseline, in words; nothing where nothing does.
fn drift_of(old: &Baseline, new: &Predictions) -> String {
    let found = drifted(&old.theorem, &old.predictions, new);
    if found.is_empty() { String::new() } else { regress::text(old, &found) }
}

/// Every entry of every baseline, one digit at a time: the drift names the theorem, the instance and the quantity, and nothing
/// else drifts.
#[test]
fn a_changed_digit_is_named() {
    for theorem in REGISTRY.iter() {
        let old = committed(theorem.id()).predictions;
        let mut changes = 0;
        let formulas = std::iter::once(("formulas".to_string(), &old.formulas));
        for (instance, entries) in formulas.chain(old.instances.iter().map(|(name, all)| (name.clone(), all))) {
            // Every seventh: some ten thousand comparisons of whole baselines would take minutes.
            for (quantity, text) in entries.iter().step_by(7) {
                let Some(at) = text.rfind(|c: char| c.is_ascii_digit()) else { continue };
                let digit = text.as_bytes()[at] - b'0';
                let changed = format!("{}{}{}", &text[..at], (digit + 1) % 10, &text[at + 1..]);
                let mut new = old.clone();
                let entries =
                    if instance == "formulas" { &mut new.formulas } else { new.instances.get_mut(&instance).unwrap() };
                entries.insert(quantity.clone(), changed.clone());
                let found = drifted(theorem.id(), &old, &new);
                assert_eq!(found.len(), 1, "{}, {instance}: {quantity}", theorem.id());
                let drift = &found[0];
                assert_eq!((&drift.theorem[..], &drift.instance, &drift.quantity), (theorem.id(), &instance, quantity));
                assert_eq!((drift.old.as_ref(), drift.new.as_ref()), (Some(text), Some(&changed)));
                changes += 1;
            }
        }
        assert!(changes > 20, "{}: only {changes} numbers were changed", theorem.id());
    }
}

/// An axiom in no baseline could change unseen: all that some theorem may use are there, whether a preset uses them or not.
#[test]
fn every_axiom_is_watched() {
    let theory = provably::theorems::theory().unwrap();
    let all: Vec<Baseline> = REGISTRY.iter().map(|theorem| committed(theorem.id())).collect();
    let formulas = || all.iter().flat_map(|baseline| baseline.predictions.formulas.keys());
    for axiom in &theory.axioms {
        let prefix = format!("{}: ", axiom.name);
        let lines = all.iter().map(|b| b.predictions.formulas.keys().filter(|k| k.starts_with(&prefix)).count()).max();
        assert_eq!(lines, Some(axiom.clauses.len()), "{}", axiom.name);
    }
    assert!(formulas().count() > 500);
}

fn need(low: f64, needed: f64, high: f64) -> Need {
    Need { needed, low, high, note: None }
}

fn needs(need: Need) -> baseline::Needs {
    BTreeMap::from([("default, explicit".into(), BTreeMap::from([("steps".into(), need)]))])
}

/// What is measured drifts where its intervals do not meet, and where it is gone.
#[test]
fn measurements_drift_when_their_intervals_part() {
    let old = needs(need(10.0, 12.0, 15.0));
    for same in [need(15.0, 16.0, 20.0), need(1.0, 2.0, 10.0), need(12.0, 12.0, f64::INFINITY)] {
        assert!(moved("main", &old, &needs(same)).is_empty());
    }
    for other in [need(15.5, 16.0, 20.0), need(1.0, 2.0, 9.0)] {
        let found = moved("main", &old, &needs(other));
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].theorem[..], &found[0].quantity[..]), ("main", "measured steps"));
    }
    assert_eq!(moved("main", &old, &baseline::Needs::new()).len(), 1);
    assert_eq!(moved("main", &baseline::Needs::new(), &old).len(), 1);
}

/// Every measurement lies in its own interval, and every theorem has its T measured, on the default preset and for tightness.
#[test]
fn measurements_are_there_and_in_their_intervals() {
    for theorem in REGISTRY.iter() {
        let baseline = committed(theorem.id());
        for (section, all) in [("measured", &baseline.measured), ("needs", &baseline.needs)] {
            assert!(all.values().any(|n| n.contains_key("steps")), "{}: no steps in {section}", theorem.id());
            for (quantity, need) in all.values().flatten() {
                let inside = need.low <= need.needed && need.needed <= need.high;
                assert!(inside, "{} {quantity}: {need:?}", theorem.id());
            }
        }
    }
}

/// The documents' tables are those of the baselines; one digit of a bound or of a need changes them.
#[test]
fn the_tables_of_the_documents_are_those_of_the_baselines() {
    let mut all: Vec<Baseline> = REGISTRY.iter().map(|t| committed(t.id())).collect();
    for name in ["README.md", "docs/tightness.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        let shown = regress::with_tables(&REGISTRY, &text, &all).expect("a place for a table");
        assert!(shown == text, "{name}: the table is stale: `provably regress --bless` writes it anew");
    }
    let (table, extremes) = (Table::All.text(&REGISTRY, &all), Table::Extremes.text(&REGISTRY, &all));
    for theorem in REGISTRY.iter() {
        assert!(table.contains(&format!("`{}`", theorem.id())), "{} is not in the table", theorem.id());
    }
    // Two lines of heading, then three and three, each of the other table and none of the paper's level.
    let rows: Vec<&str> = extremes.lines().skip(2).collect();
    assert!(rows.len() == 6 && rows.iter().all(|row| table.contains(row) && !row.contains("| paper |")), "{extremes}");
    let steps = all[0].needs.values_mut().next().unwrap().get_mut("steps").unwrap();
    steps.needed *= 2.0;
    steps.high *= 2.0;
    assert_ne!(Table::All.text(&REGISTRY, &all), table);
    assert!(regress::with_tables(&REGISTRY, "no marks", &all).is_none());
}

/// A baseline survives its file; a file that is none is refused with its path.
#[test]
fn a_baseline_survives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let old = committed("linear-data");
    baseline::store(folder.path(), &old).unwrap();
    assert_eq!(baseline::load(folder.path(), "linear-data").unwrap(), old);
    assert_eq!(baseline::load(folder.path(), "main").unwrap().entries(), 0);
    std::fs::write(folder.path().join("main.json"), "{\"theorem\": 3}").unwrap();
    let refused = baseline::load(folder.path(), "main").unwrap_err().to_string();
    assert!(refused.contains("main.json is no baseline"), "{refused}");
}
