//! No option is dropped by the command line: what a command, theorem or level does not use is bad input that says what would.

use crate::run::{json, provably, repository};
use std::fs;

fn refused(arguments: &str, causes: &[&str]) {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let output = provably(&words);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{arguments}: {stderr}{stdout}");
    assert!(stdout.is_empty() && stderr.lines().count() == 1 && stderr.starts_with("error: "), "{arguments}: {stderr}");
    for cause in causes {
        assert!(stderr.contains(cause), "{arguments}: expected {cause:?} in: {stderr}");
    }
}

const FILE: &str = "--data no/such/iris.csv --label species --positive a --negative b";

#[test]
fn a_theorem_with_its_own_law_takes_no_file() {
    for theorem in ["gaussian-mixture", "gaussian-xor", "parity", "uniform-parity", "multi-index", "beyond-kernel"] {
        for command in ["check", "bounds"] {
            let causes = ["--data no/such/iris.csv is not used by", theorem, "main and linear-data at the paper"];
            refused(&format!("{command} {theorem} {FILE}"), &causes);
        }
    }
    refused(&format!("check linear-data {FILE}"), &["no/such/iris.csv", "No such file"]);
}

#[test]
fn forms_and_gradients_are_run_or_refused() {
    for (arguments, causes) in [
        (
            "check uniform-parity --form a --gradients population",
            &["--form a --gradients population is not used by uniform-parity", "linear-data"][..],
        ),
        ("bounds parity --form a --gradients fresh", &["form a takes population gradients", "nothing uses it"]),
        ("bounds gaussian-xor --level explicit --gradients fresh", &["gaussian-xor at the posterior level uses it"]),
        ("check parity --level all --form a", &["--form a is not used by parity at the posterior level"]),
        ("bounds linear-data --level paper --form c", &["linear-data at the explicit and posterior levels uses it"]),
        ("check beyond-kernel --gradients fresh", &["Theorem C5"]),
    ] {
        refused(arguments, causes);
    }
    let fresh = json(&["bounds", "parity", "--gradients", "fresh", "--set", "pilots=4", "--json"], 0);
    assert_eq!((&fresh["level"], &fresh["params"]["gradients"]), (&"posterior".into(), &"fresh".into()));
    assert_eq!(fresh["samples"]["first_step"], 1000);
}

#[test]
fn parameters_are_used_or_refused() {
    for (arguments, causes) in [
        ("bounds linear-data --level posterior --set kappa=2", &["kappa = 2", "at the explicit level uses it"][..]),
        ("check parity --set pilots=8", &["pilots = 8", "parity at the posterior level uses it"]),
        ("bounds linear-data --set radius=2", &["radius = 2", "with --set distribution=margin-ball uses it"]),
        (
            "bounds linear-data --level paper --seed 4",
            &["seed = 4", "linear-data at the explicit and posterior levels"],
        ),
        (
            "bounds parity --set sigma=2",
            &["unknown parameter `sigma` for parity", "it is one of main, gaussian-mixture"],
        ),
        ("bounds parity --set d=7 --set d=9", &["--set d=9 with --set d=7: give one of them"]),
        ("bounds parity --seed 7 --set seed=9", &["--seed 7 with --set seed=9: give one of them"]),
        (
            "check parity --level paper --trials 5",
            &["--trials is not used at the paper level", "explicit and posterior"],
        ),
        ("check parity --level paper --confidence 0.9", &["--confidence is not used at the paper level"]),
        ("check main --level paper --budget 5s", &["--budget is not used at the paper level"]),
        ("check main --level paper --out /nowhere/c.json", &["--out is not used at the paper level"]),
        ("bounds frozen-layer --seed 5", &["--seed 5 is not used by these bounds of frozen-layer", "check does"]),
        (
            "bounds linear-data --level explicit --seed 5 --json",
            &["--seed 5 is not used by these bounds of linear-data"],
        ),
        ("gradient parity --w 1 --b 0 --seed 3", &["--seed is not used by gradient", "trace does"]),
        ("gradient linear-data --level all --w 1 --b 0", &["level = all is not allowed"]),
        ("trace linear-data --level all --out /nowhere", &["level = all is not allowed"]),
        ("tightness parity --level paper", &["--level is not used by tightness"]),
        ("scaling linear-data --set d=5", &["--set is not used by scaling on the stated laws"]),
        ("scaling linear-data --form a", &["--form is not used by scaling on the stated laws"]),
        ("scaling uniform-parity --confidence 0.9", &["--confidence 0.9 is not used where no need is measured"]),
        ("scaling linear-data --vary d=8,16,32,64 --points 5", &["--points 5 is not used by --vary"]),
        ("scaling linear-data --vary d=8..64 --set d=9", &["--set d= with --vary d=8..64"]),
        ("regress --predictions --confidence 0.9", &["cannot be used with"]),
    ] {
        if arguments.starts_with("regress") {
            let words: Vec<&str> = arguments.split_whitespace().collect();
            assert_eq!(provably(&words).status.code(), Some(2), "{arguments}");
        } else {
            refused(arguments, causes);
        }
    }
    // Options of a file without one.
    for option in ["--label x", "--positive x", "--negative x", "--raw"] {
        let words: Vec<&str> = ["bounds", "linear-data"].into_iter().chain(option.split(' ')).collect();
        let output = provably(&words);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && stderr.contains("--data"), "{option}: {stderr}");
    }
    // Before any of several theorems is run.
    refused("check linear-data parity --set hits=window", &["unknown parameter `hits` for parity"]);
}

/// What the command line says overrides a file of parameters, and the file's are used or refused like its own.
#[test]
fn instance_files_are_used() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("instance.toml");
    fs::write(&path, "d = 7\nk = 3\n").expect("written");
    let file = path.to_str().expect("a path");
    let read = json(&["bounds", "parity", "--instance", file, "--set", "d=5", "--json"], 0);
    assert_eq!((&read["params"]["d"], &read["params"]["k"]), (&5.into(), &3.into()));
    fs::write(&path, "seed = 5\n").expect("written");
    refused(&format!("bounds parity --instance {file} --json"), &["--seed 5 is not used by these bounds of parity"]);
    fs::write(&path, "pilots = 3\n").expect("written");
    refused(&format!("bounds parity --instance {file}"), &["pilots = 3", "at the posterior level uses it"]);
}

/// Only what needs permission can be permitted.
#[test]
fn permissions_are_of_the_papers_axioms() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("c.json");
    let out = path.to_str().expect("a path");
    json(&["check", "linear-data", "--form", "c", "--trials", "3", "--json", "--out", out], 3);
    refused(
        &format!("verify {out} --permit nosuchaxiom"),
        &["--permit nosuchaxiom: no axiom of the theory", "theorem-3.12"],
    );
    refused(&format!("verify {out} --permit hit-count"), &["--permit hit-count: an axiom that needs no permission"]);
    refused(
        &format!("verify {out} --permit theorem-3.12"),
        &["--permit theorem-3.12 is not used by", "does not rest on it"],
    );
    assert_eq!(json(&["verify", out, "--json"], 0)["valid"], true);
}

/// A preset describes a distribution, and so does a file.
#[test]
fn a_preset_and_a_file_contradict_each_other() {
    let iris = repository("tests/data/iris.csv");
    let data = format!("--data {} --label species --positive setosa --negative versicolor", iris.display());
    refused(&format!("check main {data} --preset parity"), &["--data with --preset parity", "the rows of the file"]);
}
