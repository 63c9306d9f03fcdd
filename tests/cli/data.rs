//! Files as data: a separable one, and one with constant columns and no margin.

use crate::run::{json, repository};
use serde_json::Value;
use std::fmt::Write;

fn text(value: &Value) -> String {
    value.to_string()
}

#[test]
fn iris_is_separable() {
    let path = repository("tests/data/iris.csv");
    let data = ["--data", path.to_str().expect("a path"), "--label", "species", "--positive", "setosa"];
    let of = |command: &str| {
        let options = data.iter().chain(&["--negative", "versicolor", "--json"]).copied();
        json(&[command, "linear-data"].into_iter().chain(options).collect::<Vec<_>>(), 0)
    };
    let bounds = of("bounds");
    assert_eq!(bounds["constants"]["target_loss"], 0);
    let report = of("check");
    assert_eq!(report["verdict"], "corroborated");
    assert!(report["params"]["margin"].as_f64().is_some_and(|margin| (margin - 0.60376).abs() < 5e-6));
    assert!(report["error_bound"].as_f64().is_some_and(|bound| bound < 0.2));
    assert!(text(&report["notices"]).contains("100 selected rows of 150"));
    assert!(text(&report["notices"]).contains("nothing is claimed on new data"));
}

/// Images of 8 × 8 pixels in small counts, some pixels always blank, with one row on the wrong side.
fn digits() -> String {
    let mut state = 1_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut csv = String::new();
    for pixel in 0..64 {
        let _ = write!(csv, "pixel_{pixel},");
    }
    csv.push_str("digit\n");
    for row in 0..200 {
        let digit = row % 3;
        // Every row of the class 1 but one is brighter on the right half.
        let bright = (digit == 1) != (row == 0);
        for pixel in 0..64 {
            let (column, noise) = (pixel % 8, (uniform() * 5.0).floor());
            let value = match column {
                0 => 0.0,
                4.. if bright => 10.0 + noise,
                1..4 if !bright => 10.0 + noise,
                _ => noise,
            };
            let _ = write!(csv, "{value},");
        }
        let _ = writeln!(csv, "{digit}");
    }
    csv
}

#[test]
fn digits_have_constant_columns_and_no_margin() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("digits.csv");
    std::fs::write(&path, digits()).expect("the file");
    let data = format!("--data {} --label digit --positive 1 --negative 0 --json", path.display());
    let of = |command: &str, more: &str, code: i32| {
        let line = format!("{command} linear-data {data} {more}");
        json(&line.split_whitespace().collect::<Vec<_>>(), code)
    };
    let bounds = of("bounds", "", 0);
    assert_eq!(bounds["params"]["d"], 56);
    assert!(text(&bounds["notices"]).contains("8 constant columns dropped: pixel_0, pixel_8"));
    assert!(text(&bounds["hypotheses"]).contains("the loss of f* is taken instead"));
    let loss = bounds["constants"]["target_loss"].as_f64().expect("the loss of f*");
    assert!(loss > 0.0 && loss < 0.1);
    let report = of("check", "--set epsilon=0.2", 0);
    assert_eq!((&report["verdict"], &report["params"]["form"]), (&"corroborated".into(), &"c".into()));
    // The same data with a margin it does not have: the loss of f* grows beyond what the theorem takes.
    let report = of("check", "--set margin=1000", 3);
    assert!(["out-of-scope", "vacuous"].contains(&report["verdict"].as_str().expect("a verdict")));
}
