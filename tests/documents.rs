//! docs/trust.md says nothing without a test: every line of its tables names some, and every test it names is there. The glossary
//! says what the theory text declares.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use provably::theorems::theory;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The tests that a text names, as `tests/FILE::FUNCTION` in backticks.
fn named(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.starts_with("tests/")).filter_map(|name| name.split_once("::")).collect()
}

/// Whether a source has a test function of that name.
fn has_test(source: &str, function: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {function}(")) else { return false };
    // Nothing but attributes stands between `#[test]` and the function.
    let mut attributes = before.rsplit('\n').skip(1).take_while(|line| line.trim_start().starts_with("#["));
    attributes.any(|line| line.trim() == "#[test]")
}

#[test]
fn every_claim_of_trust_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/trust.md")).unwrap();
    let claims = text.lines().filter(|line| line.starts_with("| ") && *line != "| claim | test |");
    let mut count = 0;
    for claim in claims {
        assert!(!named(claim).is_empty(), "no test stands beside: {claim}");
        count += 1;
    }
    assert!(count > 20, "{count} claims");
    for (file, function) in named(&text) {
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(has_test(&source, function), "{file} has no test `{function}`");
    }
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let source = "#[test]\n#[ignore]\nfn one() {}\n\nfn two() {}\n";
    assert!(has_test(source, "one") && !has_test(source, "two") && !has_test(source, "three"));
    assert_eq!(named("`tests/a.rs::b` and `src/c.rs::d`, `tests/e.rs`"), [("tests/a.rs", "b")]);
}

/// The rows of the table under a heading of the glossary.
fn table<'t>(text: &'t str, heading: &str) -> BTreeSet<&'t str> {
    let section = text.split("\n## ").find_map(|section| section.strip_prefix(heading)).unwrap();
    section.lines().filter(|line| line.starts_with("| `")).collect()
}

#[test]
fn the_glossary_says_what_the_theory_declares() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/glossary.md")).unwrap();
    let theory = theory().unwrap();
    let row = |(name, meaning): (&String, &String)| format!("| `{name}` | {meaning} |");
    let declared = [
        (
            "Symbols",
            theory.quantities.iter().map(|(name, quantity)| row((name, &quantity.meaning))).collect::<Vec<_>>(),
        ),
        ("Events", theory.events.iter().map(|(name, event)| row((name, &event.meaning))).collect()),
        ("Obligations", theory.obligations.iter().map(|(name, obligation)| row((name, &obligation.meaning))).collect()),
    ];
    for (heading, rows) in &declared {
        assert_eq!(table(&text, heading), rows.iter().map(String::as_str).collect(), "{heading}");
    }
}

/// Every section that the glossary points to is one of the theory's.
#[test]
fn the_glossary_points_to_sections() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join("docs").join(name)).unwrap();
    let (glossary, theory) = (read("glossary.md"), read("theory.md"));
    let section = |line: &str| Some(line.trim_end_matches(" |").rsplit_once("| ")?.1.to_string());
    let words = glossary.split("## Symbols").next().unwrap().lines().filter(|line| line.starts_with("| "));
    let sections: Vec<String> = words.skip(1).filter_map(section).collect();
    assert!(sections.len() > 20);
    for number in sections {
        let after = |line: &str| line.trim_start_matches(['#', '*', ' ']).strip_prefix(&number)?.chars().next();
        let heading = |line: &str| line.starts_with(['#', '*']) && matches!(after(line), Some('.' | ' '));
        assert!(theory.lines().any(heading), "docs/theory.md has no section {number}");
    }
}
