//! docs/trust.md says nothing without a test: every line of its tables names some, and every test it names is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

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
