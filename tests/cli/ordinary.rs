//! `check --scale ordinary`: an observation beside the verdict, never part of it.

use crate::run::{json, provably, without};
use serde_json::Value;

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

#[test]
fn it_is_beside_the_verdict() {
    let base = ["check", "linear-data", "--json", "--trials", "12"];
    let scale = |name| json(&base.iter().chain(&["--scale", name]).copied().collect::<Vec<_>>(), 3);
    let (theorem, ordinary) = (scale("theorem"), scale("ordinary"));
    assert!(theorem["ordinary_scale"].is_null());
    let seen = &ordinary["ordinary_scale"];
    // As many runs as trials where these are few, each as it ended.
    assert_eq!((&seen["b_tilde"], count(&seen["runs"])), (&1.0.into(), 12));
    let steps = seen["steps"].as_array().expect("a list");
    assert_eq!(steps.len(), 12);
    assert_eq!(steps.iter().filter(|s| s.is_u64()).count() as u64, count(&seen["reached"]));
    assert!(steps.iter().all(|s| s.is_null() || s.as_u64() <= seen["max_steps"].as_u64()));
    for spread in ["turned", "moved"] {
        let of = |key: &str| seen[spread][key].as_f64().expect("a number");
        assert!(of("median") >= 0.0 && of("median") <= of("largest"));
    }
    assert!(seen["note"].as_str().is_some_and(|n| n.starts_with("outside the theorem") && n.contains("b~ = 1")));
    // Nothing else differs.
    let rest = |report: &Value| without(without(report.clone(), "ordinary_scale"), "wall_seconds");
    assert_eq!(rest(&theorem), rest(&ordinary));
}

#[test]
fn no_certificate_claims_it() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let written = |name: &str, scale: &str| {
        let path = folder.path().join(name);
        let out = path.to_str().expect("a path");
        json(&["check", "linear-data", "--json", "--trials", "4", "--scale", scale, "--out", out], 3);
        let mut certificate = crate::run::read(&path);
        certificate["info"]["wall_seconds"] = Value::Null;
        certificate
    };
    assert_eq!(written("theorem.json", "theorem"), written("ordinary.json", "ordinary"));
}

#[test]
fn what_has_no_ordinary_scale_says_so() {
    for (arguments, why) in [
        ("check frozen-layer --trials 1 --scale ordinary", "not runs of Algorithm 1 on both layers"),
        ("check linear-data --set margin=2 --scale ordinary", "the theorem's own trials were not run"),
        ("check linear-data --level paper --scale ordinary", "a formula"),
    ] {
        let list: Vec<&str> = arguments.split_whitespace().collect();
        let report = json(&list.iter().chain(&["--json"]).copied().collect::<Vec<_>>(), 3);
        let note = report["ordinary_scale"]["note"].as_str().expect("a note");
        assert!(note.starts_with("not observed: ") && note.contains(why), "{note}");
        let text = String::from_utf8(provably(&list).stdout).expect("text");
        assert!(text.contains("ordinary scale: not observed"), "{text}");
    }
}

#[test]
fn text_has_the_label() {
    let text = provably(&["check", "linear-data", "--trials", "3", "--scale", "ordinary"]).stdout;
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("ordinary scale, outside the theorem") && text.contains("in 3 of 3 runs"), "{text}");
}
