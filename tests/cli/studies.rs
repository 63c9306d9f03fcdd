//! The commands that study the theorems: their JSON contract, and `regress` against baselines that were tampered with.

use crate::run::{json, provably, repository};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number_or_null(value: &Value, fields: &[&str]) {
    for field in fields {
        let found = value.get(field).unwrap_or_else(|| panic!("{field} is missing in {value:#}"));
        assert!(found.is_number() || found.is_null(), "{field} is {found}");
    }
}

#[test]
fn tightness_gives_a_row_for_every_level_and_quantity() {
    let rows = json(&["tightness", "uniform-parity", "--json", "--confidence", "0.9"], 0);
    for level in ["paper", "explicit", "posterior"] {
        for quantity in ["width", "steps", "first_step", "per_step", "total", "error"] {
            let row = list(&rows).iter().find(|r| r["level"] == level && r["quantity"] == quantity);
            let row = row.unwrap_or_else(|| panic!("no row for {level} {quantity}"));
            assert!(row["theorem"] == "uniform-parity" && row["confidence"].as_f64() == Some(0.9));
            number_or_null(
                row,
                &["needed", "needed_low", "needed_high", "ratio", "ratio_low", "ratio_high", "log10_ratio"],
            );
            // What has no need says why.
            assert!(!row["needed"].is_null() || row["note"].is_string(), "{row:#}");
            if let (Some(ratio), Some(log)) = (row["ratio"].as_f64(), row["log10_ratio"].as_f64()) {
                assert!((ratio.log10() - log).abs() < 1e-12);
                let (bound, needed) = (&row["bound"], row["needed"].as_f64().expect("a need"));
                // Sizes beyond 2⁵³ are printed to two digits.
                let bound = bound.as_f64().or_else(|| bound.as_str()?.parse().ok()).expect("a bound");
                assert!((ratio / (bound / needed) - 1.0).abs() < 1e-12, "{row:#}");
            }
        }
    }
    let steps = list(&rows).iter().find(|r| r["level"] == "posterior" && r["quantity"] == "steps").expect("a row");
    assert!(steps["ratio"].as_f64().is_some_and(|r| r > 1.0), "T is more than is needed: {steps:#}");
}

#[test]
fn scaling_gives_exponents_with_their_points() {
    let rows = json(&["scaling", "uniform-parity", "--json"], 0);
    assert_eq!(list(&rows).len(), 4);
    for row in list(&rows) {
        assert!(row["verdict"] == "agrees" && row["what"] == "bound" && row["vary"] == "d", "{row:#}");
        let [low, exponent, high] = ["low", "exponent", "high"].map(|f| row[f].as_f64().expect("a number"));
        let stated = row["predicted"].as_f64().expect("a number");
        assert!(low <= exponent && exponent <= high && low <= stated && stated <= high);
        assert!(list(&row["points"]).len() >= 4 && row["confidence"].is_null());
    }
}

/// An exponent that the user plants is refused with exit code 1; one that is not stated is only shown.
#[test]
fn a_planted_exponent_exits_with_1() {
    let laws = [
        (
            "linear-data --form a --gradients population --set hits=window --vary epsilon=0.4..0.0125 --quantity steps",
            "-1",
        ),
        ("linear-data --form c --gradients fresh --vary epsilon=0.4..0.0125 --quantity steps", "-2"),
        ("uniform-parity --level paper --set k=2 --set beta=0.5 --vary d=21..641 --quantity b_g", "-1"),
    ];
    for (law, planted) in laws {
        let words = |extra: &[&'static str]| -> Vec<&str> {
            ["scaling", "--json"].into_iter().chain(law.split(' ')).chain(extra.iter().copied()).collect()
        };
        let refused = json(&words(&["--predicted", planted]), 1);
        assert!(list(&refused)[0]["verdict"] == "disagrees", "{refused:#}");
        let shown = json(&words(&[]), 0);
        assert!(list(&shown)[0]["verdict"] == "unstated" && list(&shown)[0]["predicted"].is_null());
    }
}

const THEOREM: &str = "beyond-kernel";

/// Copies of the baselines, and of the documents with tables.
fn copies() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for entry in fs::read_dir(repository("tests/baselines")).expect("the baselines").flatten() {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a copy");
    }
    fs::copy(repository("README.md"), folder.path().join("README.md")).expect("a copy");
    fs::copy(repository("docs/tightness.md"), folder.path().join("tightness.md")).expect("a copy");
    folder
}

fn regress(folder: &Path, extra: &[&str]) -> (Option<i32>, String) {
    let [folder, readme, all] = ["", "README.md", "tightness.md"].map(|name| folder.join(name).display().to_string());
    let mut words =
        vec!["regress", THEOREM, "--predictions", "--baselines", &folder, "--readme", &readme, "--readme", &all];
    words.extend(extra);
    let output = provably(&words);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Replaces a text once in a file of the copies.
fn tamper(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a file");
    assert!(text.contains(from), "{from} is not in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn regress_names_what_has_drifted_and_blesses_it() {
    let folder = copies();
    let baseline = folder.path().join(format!("{THEOREM}.json"));
    let (code, text) = regress(folder.path(), &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("no drift"), "{text}");

    let approved = fs::read_to_string(&baseline).expect("a file");
    tamper(
        &baseline,
        "\"losses-summed: J_0\": \"Phi_1*H^2/(2*(M - 1))\"",
        "\"losses-summed: J_0\": \"Phi_1*H^2/(3*(M - 1))\"",
    );
    let (code, text) = regress(folder.path(), &[]);
    assert_eq!(code, Some(1), "{text}");
    let shown =
        "beyond-kernel (formulas): losses-summed: J_0\n    - Phi_1*H^2/(3*(M - 1))\n    + Phi_1*H^2/(2*(M - 1))";
    assert!(text.contains(shown), "{text}");

    let (code, text) = regress(folder.path(), &["--json"]);
    let report: Value = serde_json::from_str(&text).expect("one document");
    assert_eq!((code, list(&report["drift"]).len()), (Some(1), 1));
    let drift = &list(&report["drift"])[0];
    assert!(drift["theorem"] == THEOREM && drift["quantity"] == "losses-summed: J_0" && report["table_stale"] == false);

    let (code, text) = regress(folder.path(), &["--bless"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(fs::read_to_string(&baseline).expect("a file"), approved, "what is blessed is what was there before");
    assert_eq!(regress(folder.path(), &[]).0, Some(0));
}

/// A table that is not the baselines' fails, and is written anew by `--bless`; a file without a place for one is bad input.
#[test]
fn regress_keeps_the_tables_of_the_documents() {
    for (name, row) in
        [("README.md", "| `uniform-parity` | posterior |"), ("tightness.md", "| `beyond-kernel` | explicit |")]
    {
        let folder = copies();
        let path = folder.path().join(name);
        let approved = fs::read_to_string(&path).expect("a file");
        tamper(&path, row, &format!("{row} 1"));
        let (code, text) = regress(folder.path(), &[]);
        let stale = format!("{name}: the tightness table is not that of the baselines");
        assert!(code == Some(1) && text.contains(&stale), "{text}");
        assert_eq!(regress(folder.path(), &["--bless"]).0, Some(0));
        assert_eq!(fs::read_to_string(&path).expect("a file"), approved);
        fs::write(&path, "nothing").expect("written");
        assert_eq!(regress(folder.path(), &[]).0, Some(2));
    }
}
