//! What is printed is true: error rates are split over everything that is reported, bounds are rounded outward, statements are
//! complete, and a run that was cut says what is left of it.

use crate::run::{json, provably};
use serde_json::Value;
use std::fs;

fn text(arguments: &[&str]) -> String {
    String::from_utf8(provably(arguments).stdout).expect("text")
}

fn confidences(report: &Value) -> Vec<f64> {
    report.as_array().expect("a list").iter().map(|r| r["confidence"].as_f64().expect("a number")).collect()
}

/// The error rate of a command is the sum of those of all it reports, levels included.
#[test]
fn confidence_is_split_over_levels_and_theorems() {
    let all = confidences(&json(&["check", "linear-data", "--level", "all", "--trials", "2", "--json"], 3));
    assert!(all.len() == 3 && all.iter().all(|c| (c - (1.0 - 0.01 / 3.0)).abs() < 1e-12), "{all:?}");
    let two =
        ["check", "linear-data", "uniform-parity", "--level", "all", "--trials", "1", "--json", "--confidence", "0.9"];
    let all = confidences(&json(&two, 3));
    assert!(all.len() == 6 && (all.iter().map(|c| 1.0 - c).sum::<f64>() - 0.1).abs() < 1e-12, "{all:?}");
    // One level at the whole confidence.
    let one = json(&["check", "linear-data", "--level", "explicit", "--trials", "2", "--json"], 3);
    assert_eq!(one["confidence"], 0.99);
}

/// A third of an error rate has no last decimal: the certificate's is not above it.
#[test]
fn parts_of_an_error_rate_do_not_add_up_to_more() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("c.json");
    let out = path.to_str().expect("a path");
    for (confidence, error) in [("0.99857142857", "0.001428"), ("0.99", "0.01"), ("0.9975", "0.0025")] {
        json(&["check", "linear-data", "--trials", "2", "--json", "--confidence", confidence, "--out", out], 3);
        assert_eq!(crate::run::read(&path)["trials"]["error"], error, "{confidence}");
    }
}

#[test]
fn small_errors_do_not_round_to_nothing() {
    let bounds = text(&["bounds", "linear-data", "--form", "c", "--level", "explicit", "--set", "epsilon=1e-8"]);
    assert!(bounds.contains("has Pr[y f(x) < 1] at most 1e-8\n"), "{bounds}");
    // To the nearest of six digits it would be 0.1.
    let up = text(&["bounds", "linear-data", "--form", "c", "--level", "explicit", "--set", "epsilon=0.10000004"]);
    assert!(up.contains("at most 0.100001\n"), "{up}");
    // What is chosen stands there in full, and no number of JSON is below it.
    let near = ["bounds", "linear-data", "--form", "c", "--level", "explicit", "--set", "epsilon=0.1000004"];
    assert!(text(&near).contains("epsilon          = 0.1000004  (chosen)"), "{}", text(&near));
    let document = json(&[&near[..], &["--json"]].concat(), 0);
    assert_eq!(document["error"].to_string(), "0.1000004");
    assert_eq!(json(&["bounds", "linear-data", "--form", "c", "--set", "epsilon=0.3", "--json"], 0)["error"], 0.3);
    let surely = text(&["bounds", "linear-data", "--form", "c", "--level", "explicit", "--set", "delta=0.9"]);
    assert!(surely.contains("with probability at least 0.1 some t"), "{surely}");
}

/// Everything that the claim depends on stands in its statement.
#[test]
fn statements_are_complete() {
    let statement = |arguments: &str| {
        let words: Vec<&str> = arguments.split_whitespace().chain(["--json"]).collect();
        json(&words, 0)["statement"].as_str().expect("a text").to_string()
    };
    for (arguments, parts) in [
        (
            "bounds linear-data --form c --gradients fresh --set d=9 --set margin=0.5",
            &["uniform-hypercube (d = 9)", "mu = 0.5", "m = ", "beta = ", "theta = ", "M = 10", "1 fresh samples"][..],
        ),
        (
            "bounds gaussian-xor --set radius=13 --set beta=12.5",
            &[
                "d = 10, radius = 13, sigma = 1",
                "beta = 12.5",
                "theta = ",
                "M = 10",
                "every halfspace errs at least 0.25",
            ],
        ),
        ("bounds uniform-parity --set m_factor=12", &["uniform-parity (d = 10, k = 2)", "beta = 3", "M = 12", "b~ = "]),
        (
            "bounds parity --level paper --set c_m=2",
            &["d = 11, r = 1, k = 5, p_a = 0.25, p_o = 0.1", "c_m = 2", "tau = 8"],
        ),
        ("bounds frozen-layer", &["uniform-hypercube (d = 10)", "mu = 1", "beta = ", "one batch of n = "]),
        (
            "bounds beyond-kernel --set gap=0.15",
            &["d = 9, r = 1, k = 3, p_a = 0.25, p_o = 0.5", "84 sets", "norm budgets (", "by 0.15"],
        ),
    ] {
        let said = statement(arguments);
        for part in parts {
            assert!(said.contains(part), "{arguments}: expected {part:?} in: {said}");
        }
    }
}

/// An event that failed did not hold: it was not refuted.
#[test]
fn events_that_failed_did_not_hold() {
    let arguments = ["check", "linear-data", "--form", "c", "--gradients", "fresh"];
    let shown = text(&arguments);
    assert!(shown.contains("not refuted  hits: failed in 1 of 65 trials; its share of delta is 0.025\n"), "{shown}");
    assert!(shown.contains("held         u_max: failed in 0 of 65 trials"), "{shown}");
    let report = json(&arguments.iter().chain(&["--json"]).copied().collect::<Vec<_>>(), 0);
    let status = |name: &str| {
        let all = report["obligations"].as_array().expect("a list");
        all.iter().find(|o| o["name"] == name).map(|o| o["status"].clone()).expect("it is there")
    };
    assert_eq!((status("hits"), status("u_max")), ("not-refuted".into(), "held".into()));
    // The failure rate's bound is rounded up: to four digits it would be 0.0991.
    assert!(shown.contains("failure rate at most 0.0991171, within delta = 0.1"), "{shown}");
}

/// An event that only counts bound is bounded or not, and trials that prove nothing are still there.
#[test]
fn trials_that_prove_nothing_yet_are_kept() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("c.json");
    let out = path.to_str().expect("a path");
    let check = ["check", "linear-data", "--level", "posterior", "--preset", "tightness", "--out", out];
    let few = text(&check.iter().chain(&["--trials", "5"]).copied().collect::<Vec<_>>());
    assert!(few.contains("not bounded  comparator: failed in "), "{few}");
    assert!(
        few.contains("no certificate was written: 5 trials, 0 of them cut, do not prove Pr[not comparator] <= delta_H")
    );
    assert!(few.contains(&format!("5 finished trials are kept in {out}.trials.jsonl")), "{few}");
    assert_eq!(fs::read_to_string(format!("{out}.trials.jsonl")).expect("the journal").lines().count(), 6);
    let enough = text(&check.iter().chain(&["--resume"]).copied().collect::<Vec<_>>());
    assert!(enough.contains("bounded      comparator: failed in ") && !enough.contains("no certificate"), "{enough}");
    let none = text(&["check", "linear-data", "--set", "margin=2", "--out", out]);
    assert!(none.contains("no certificate was written: no trial was run\n"), "{none}");
}

/// A file that is there and is no certificate is not what `--out` may replace: not the rows, not the instance, not anything else.
#[test]
fn files_that_are_no_certificates_are_kept() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let rows = folder.path().join("rows.csv");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/iris.csv"), &rows).expect("the rows");
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "mine").expect("notes");
    let (rows, notes) = (rows.to_str().expect("a path"), notes.to_str().expect("a path"));
    let data = ["--data", rows, "--label", "species", "--positive", "setosa", "--negative", "versicolor"];
    for out in [rows, notes] {
        for more in [&[][..], &["--set", "margin=1e5"]] {
            let before = std::fs::read(out).expect("the file");
            let arguments = [&["check", "linear-data", "--trials", "2", "--out", out], &data[..], more].concat();
            let output = provably(&arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("is no certificate"), "{arguments:?}");
            assert_eq!(std::fs::read(out).expect("the file"), before);
        }
    }
}

/// A stated exponent is a number.
#[test]
fn exponents_are_numbers() {
    let vary = ["scaling", "linear-data", "--vary", "epsilon=0.4..0.1", "--quantity", "steps", "--predicted"];
    for predicted in ["nan", "inf"] {
        assert_eq!(provably(&[&vary[..], &[predicted]].concat()).status.code(), Some(2));
    }
}
