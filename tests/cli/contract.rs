//! The JSON contract: field names, types, one document on stdout; and the exit code of every verdict.

use crate::run::{json, provably};
use serde_json::Value;

/// Whether a field is there and of a type: s text, n number, i whole number, z size (whole number or text), b boolean,
/// l list, o object.
fn has(value: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        let (name, kind) = field.split_once(':').expect("name:kind");
        let found = value.get(name).unwrap_or_else(|| panic!("{name} is missing in {value:#}"));
        let right = match kind {
            "s" => found.is_string(),
            "n" => found.is_number(),
            "i" => found.is_u64(),
            "z" => found.is_u64() || found.is_string(),
            "b" => found.is_boolean(),
            "l" => found.is_array(),
            _ => found.is_object(),
        };
        assert!(right, "{name} is {found}, expected {kind}");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn is_bounds(value: &Value) {
    has(value, "theorem:s level:s params:o hypotheses:l width:o steps:z samples:o error:n constants:o cost:o axioms:l");
    has(&value["width"], "m:z neurons:z");
    has(&value["samples"], "first_step:z per_step:z total:n");
    has(&value["cost"], "flops:n bytes:n");
    list(&value["hypotheses"]).iter().for_each(|h| has(h, "name:s holds:b value:n limit:n"));
    assert!(!list(&value["hypotheses"]).is_empty() && list(&value["axioms"]).iter().all(Value::is_string));
    assert!(value["constants"].as_object().is_some_and(|c| c.values().all(|v| v.is_number() || v.is_string())));
}

fn is_check(value: &Value) {
    has(
        value,
        "theorem:s level:s params:o verdict:s delta:n confidence:n trials:i failures:i uncertified:i cut:i failure_upper:n \
         failure_lower:n stopping_steps:l error_bound:n obligations:l seed:i wall_seconds:n axioms:l",
    );
    assert!(value.get("error_observed").is_some_and(|e| e.is_number() || e.is_null()));
    list(&value["obligations"]).iter().for_each(|o| has(o, "name:s status:s detail:s"));
    assert!(list(&value["stopping_steps"]).iter().all(Value::is_u64));
    // An object where `--scale ordinary` asked for it.
    assert!(value.get("ordinary_scale").is_some_and(|o| o.is_null() || o.is_object()));
}

fn bounds(options: &[&str]) -> Value {
    let arguments: Vec<&str> = ["bounds", "linear-data", "--json"].iter().chain(options).copied().collect();
    json(&arguments, 0)
}

#[test]
fn list_names_every_theorem() {
    let theorems = json(&["list", "--json"], 0);
    list(&theorems).iter().for_each(|t| has(t, "theorem:s title:s source:s levels:l presets:l parameters:l"));
    assert!(list(&theorems).iter().any(|t| t["theorem"] == "linear-data"));
}

#[test]
fn bounds_gives_sizes_and_constants() {
    let a = bounds(&[]);
    is_bounds(&a);
    has(&a["constants"], "target_loss:n rho:n q:n kappa:n p:n gamma:n b_g:n phi_1:n gamma_norm:n eta_alpha:n");
    has(&a["params"], "d:i epsilon:n delta:n form:s gradients:s");
    let c = bounds(&["--form", "c", "--gradients", "fresh"]);
    is_bounds(&c);
    // Windows are met exactly: there is no rho.
    has(&c["constants"], "target_loss:n q:n kappa:n p:n gamma:n b_g:n phi_1:n h_norm:n k_0:n eta_alpha:n");
    let all = bounds(&["--level", "all"]);
    list(&all).iter().for_each(is_bounds);
    let levels: Vec<&Value> = list(&all).iter().map(|b| &b["level"]).collect();
    assert_eq!(levels, ["paper", "explicit", "posterior"]);
    // The paper's constants are surfaced, and its sample size is beyond what f64 holds exactly.
    has(&all[0]["constants"], "c_m:n c_T:n c_n:n");
    assert!(all[0]["samples"]["per_step"].is_string());
    let scaled = bounds(&["--level", "paper", "--set", "c_m=2"]);
    let width = |b: &Value| b["width"]["m"].as_f64().expect("a width");
    assert!((width(&scaled) / width(&all[0]) - 2.0).abs() < 1e-5);
}

/// docs/theory.md §7.
#[test]
fn bounds_reproduces_the_worked_numbers() {
    let at = |options: &[&str]| {
        let numbers = ["--set", "d=10", "--set", "epsilon=0.1", "--set", "delta=0.1"];
        bounds(&numbers.iter().chain(options).copied().collect::<Vec<_>>())
    };
    let (a, b) = (at(&["--form", "a"]), at(&["--form", "b"]));
    for form in [&a, &b] {
        assert!((form["constants"]["q"].as_f64().expect("q") - 0.04838).abs() < 5e-6);
    }
    assert_eq!(a["width"]["m"], 61);
    assert_eq!(b["width"]["m"], 75);
    assert_eq!(at(&["--form", "b", "--set", "hits=window"])["width"]["m"], 10);
    let c = at(&["--form", "c", "--gradients", "fresh"]);
    assert_eq!(c["width"]["m"], 10);
    let steps = |b: &Value| b["steps"].as_f64().expect("T");
    assert!(10.0 * steps(&c) <= steps(&a) && steps(&a) < steps(&b));
}

#[test]
fn check_corroborates_the_default_forms() {
    let forms = [
        ("", "a", "population"),
        ("--form b --gradients fresh", "b", "fresh"),
        ("--form c --gradients fresh", "c", "fresh"),
    ];
    for (options, form, gradients) in forms {
        let arguments: Vec<&str> = "check linear-data --json".split(' ').chain(options.split_whitespace()).collect();
        let report = json(&arguments, 0);
        is_check(&report);
        assert_eq!(report["verdict"], "corroborated");
        assert_eq!((&report["params"]["form"], &report["params"]["gradients"]), (&form.into(), &gradients.into()));
        assert_eq!(list(&report["stopping_steps"]).len() as u64, report["trials"].as_u64().expect("a count"));
        assert!(report["failure_upper"].as_f64() <= report["delta"].as_f64());
        assert!(report["error_observed"].as_f64() <= report["error_bound"].as_f64());
        assert!(list(&report["axioms"]).iter().any(|a| a == "trials-as-recorded"));
    }
}

#[test]
fn every_other_verdict_exits_with_3() {
    let cases = [
        ("--set epsilon=0.6", "vacuous"),
        ("--set margin=2", "out-of-scope"),
        ("--set margin=100000", "out-of-scope"),
        ("--set epsilon=0.0000001 --level explicit", "too-large"),
        ("--level paper", "out-of-scope"),
        ("--level paper --set d=20", "too-large"),
        ("--form c --trials 3", "inconclusive"),
        ("--budget 1ms", "inconclusive"),
    ];
    for (options, verdict) in cases {
        let arguments: Vec<&str> = "check linear-data --json".split(' ').chain(options.split_whitespace()).collect();
        let report = json(&arguments, 3);
        is_check(&report);
        assert_eq!(report["verdict"], verdict, "{options}: {}", report["reason"]);
    }
}

#[test]
fn several_checks_give_a_list() {
    // Every theorem has a small preset of this name.
    for (what, count) in [(&["--all", "--preset", "tightness"][..], 10), (&["linear-data", "linear-data"], 2)] {
        let arguments: Vec<&str> = ["check", "--json", "--trials", "3"].iter().chain(what).copied().collect();
        let reports = json(&arguments, 3);
        assert_eq!(list(&reports).len(), count);
        list(&reports).iter().for_each(is_check);
    }
    // The confidence is for the whole command.
    let two = json(&["check", "linear-data", "linear-data", "--json", "--trials", "3"], 3);
    assert!(two[0]["confidence"].as_f64().is_some_and(|c| (c - 0.995).abs() < 1e-12));
}

#[test]
fn gradient_is_exact() {
    let at = |b: &str| json(&["gradient", "linear-data", "--w", "1,2,3,4,5,6,7,8,9,0", "--b", b, "--json"], 0);
    // Active everywhere: E[yx] = e_1. Active nowhere: 0.
    let (all, none) = (at("-100"), at("100"));
    for (i, entry) in list(&all["g"]).iter().enumerate() {
        assert!((entry.as_f64().expect("a number") - f64::from(u8::from(i == 0))).abs() < 1e-12);
    }
    assert!(list(&none["g"]).iter().all(|entry| entry.as_f64() == Some(0.0)));
}

#[test]
fn verify_accepts_and_refuses() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("c.json");
    let out = path.to_str().expect("a path");
    // The certificate and the report say the same, whether the verdict is reached or not.
    for (trials, code) in [("64", 3), ("2000", 0)] {
        let check = ["check", "linear-data", "--form", "c", "--json", "--trials", trials, "--out", out];
        let (report, certificate) = (json(&check, code), json(&["verify", out, "--json"], 0));
        assert_eq!(report["verdict"], certificate["verdict"]);
        let upper = format!("failure_upper = {}", report["failure_upper"]);
        let statement = certificate["statement"].as_str().expect("a statement");
        assert!(statement.contains(&upper), "{upper} is not in: {statement}");
    }
    let fields = "valid:b reason:s axioms:l tiers:o statement:s error_rate:n";
    let valid = json(&["verify", out, "--json"], 0);
    has(&valid, fields);
    assert_eq!(valid["valid"], true);
    assert!(list(&valid["axioms"]).iter().any(|a| a == "trials-as-recorded"));
    // The tiers are the axioms once more, each in one of them.
    let tiers = valid["tiers"].as_object().expect("the tiers");
    assert_eq!(tiers.values().map(|names| list(names).len()).sum::<usize>(), list(&valid["axioms"]).len());
    assert_eq!(valid["tiers"]["taken as recorded"], serde_json::json!(["trials-as-recorded"]));
    let replayed = json(&["verify", out, "--replay", "--json"], 0);
    has(&replayed, fields);
    assert!(!list(&replayed["axioms"]).iter().any(|a| a == "trials-as-recorded"));
    let text = std::fs::read_to_string(&path).expect("the certificate");
    let forged = text.replacen("\"failures\": 0", "\"failures\": 1", 1);
    assert_ne!(text, forged);
    std::fs::write(&path, forged).expect("a forgery");
    let refused = json(&["verify", out, "--json"], 1);
    has(&refused, "valid:b reason:s axioms:l");
    assert_eq!(refused["valid"], false);
    std::fs::write(&path, "{\"format\": \"something else\"}").expect("another document");
    assert_eq!(json(&["verify", out, "--json"], 1)["valid"], false);
}

/// A run without trials leaves no certificate, not even an older one.
#[test]
fn no_stale_certificate() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("c.json");
    let out = path.to_str().expect("a path");
    json(&["check", "linear-data", "--form", "c", "--trials", "3", "--json", "--out", out], 3);
    assert!(path.exists());
    let output = provably(&["check", "linear-data", "--set", "margin=2", "--out", out]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no certificate was written") && !path.exists());
}
