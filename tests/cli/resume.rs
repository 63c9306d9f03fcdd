//! Interrupted runs keep their finished trials and resume to the result of an uninterrupted run, on any number of threads.

use crate::run::{json, json_of, provably, read, with_threads, without};
use serde_json::Value;
use std::path::Path;

/// What must not differ: the report but for its time, and the certificate but for its `info`.
fn result(report: Value, certificate: &Path) -> (Value, Value) {
    (without(report, "wall_seconds"), without(read(certificate), "info"))
}

fn check<'a>(form: &'a str, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let out = out.to_str().expect("a path");
    ["check", "linear-data", "--json", "--form", form, "--out", out].iter().chain(more).copied().collect()
}

#[test]
fn more_trials_later_are_the_same_as_at_once() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (once, later) = (folder.path().join("once.json"), folder.path().join("later.json"));
    let expected = result(json(&check("c", &once, &[]), 0), &once);
    let first = json(&check("c", &later, &["--trials", "10"]), 3);
    assert_eq!((&first["trials"], &first["verdict"]), (&10.into(), &"inconclusive".into()));
    let resumed = result(json(&check("c", &later, &["--resume"]), 0), &later);
    assert_eq!(resumed, expected);
    // A line that was cut off is run again.
    let journal = folder.path().join("later.json.trials.jsonl");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    std::fs::write(&journal, &text[..text.len() - 40]).expect("a cut journal");
    assert_eq!(result(json(&check("c", &later, &["--resume"]), 0), &later), expected);
    // Without --resume the journal is begun anew.
    assert_eq!(result(json(&check("c", &later, &[]), 0), &later), expected);
}

/// Two certificates of one stem have each its own journal, under its whole name.
#[test]
fn journals_keep_the_whole_name() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (one, other) = (folder.path().join("a.json"), folder.path().join("a.cert"));
    json(&check("c", &one, &["--trials", "5"]), 3);
    json(&check("c", &other, &["--trials", "3", "--seed", "2"]), 3);
    let lines = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a journal").lines().count();
    assert_eq!((lines("a.json.trials.jsonl"), lines("a.cert.trials.jsonl")), (6, 4));
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.cert", "a.cert.trials.jsonl", "a.json", "a.json.trials.jsonl"]);
    // The other's trials are not touched by a run beside them.
    assert_eq!(json(&check("c", &one, &["--trials", "6", "--resume"]), 3)["trials"], 6);
}

/// Files that agree in every definition are two files: the sums of their rows are the same, the rows are not.
#[test]
fn trials_belong_to_their_rows() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, rows: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("x,z,y\n{rows}")).expect("written");
        path.display().to_string()
    };
    // Mirrored in z: E[yx], the second moments and every margin along E[yx] are the same.
    let files =
        [write("one.csv", "1,1,a\n-1,1,b\n1,-1,a\n-1,-1,b\n"), write("two.csv", "1,-1,a\n-1,-1,b\n1,1,a\n-1,1,b\n")];
    let out = folder.path().join("c.json");
    let of = |file: &str, more: &[&str]| {
        let out = out.to_str().expect("a path");
        let data = ["--data", file, "--raw", "--label", "y", "--positive", "a", "--negative", "b", "--trials", "3"];
        let base = ["check", "linear-data", "--json", "--out", out];
        provably(&base.iter().chain(&data).chain(more).copied().collect::<Vec<_>>())
    };
    assert_eq!(of(&files[0], &[]).status.code(), Some(3));
    let definitions = || -> Vec<Value> {
        let steps = read(&out)["steps"].as_array().expect("a list").clone();
        steps.iter().map(|s| s["defines"].clone()).collect()
    };
    let first = definitions();
    let other = of(&files[1], &["--resume"]);
    let stderr = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(2) && stderr.contains("these trials belong to another instance"), "{stderr}");
    assert_eq!(of(&files[0], &["--resume"]).status.code(), Some(3));
    assert_eq!(of(&files[1], &[]).status.code(), Some(3));
    assert_eq!(definitions(), first, "the definitions are the same");
}

#[test]
fn threads_do_not_matter() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for (form, trials) in [("a", "6"), ("c", "20")] {
        let results = ["1", "2"].map(|threads| {
            let path = folder.path().join(format!("{form}{threads}.json"));
            let arguments = check(form, &path, &["--trials", trials]);
            result(json_of(&with_threads(&arguments, Some(threads)), &arguments, 3), &path)
        });
        assert_eq!(results[0], results[1]);
    }
}

#[cfg(unix)]
mod signals {
    use super::*;
    use crate::run::HANG;
    use std::process::{Child, Command, Output, Stdio};
    use std::time::{Duration, Instant};

    /// Trials that must stand in the journal before the run is ended.
    const FINISHED: usize = 5;

    fn spawned(out: &Path) -> Child {
        // What an earlier run left would pass for this one's.
        for left in [out.to_path_buf(), out.with_extension("json.trials.jsonl")] {
            let _ = std::fs::remove_file(left);
        }
        Command::new(assert_cmd::cargo::cargo_bin!("provably"))
            .args(check("a", out, &[]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    }

    /// Starts a run of some seconds and waits until some of its trials are finished. Where this test was kept from looking until
    /// the whole run was over, the run is started again.
    fn started(out: &Path) -> Child {
        let (journal, began, mut child) = (out.with_extension("json.trials.jsonl"), Instant::now(), spawned(out));
        while std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 1 + FINISHED {
            assert!(began.elapsed() < HANG, "no trial was finished");
            if child.try_wait().expect("a child").is_some() {
                child = spawned(out);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// A run that was sent this signal before it ended by itself, with its output.
    fn cut(out: &Path, signal: &str) -> Output {
        let began = Instant::now();
        loop {
            let child = started(out);
            let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill runs").success());
            let output = child.wait_with_output().expect("the child ends");
            if output.status.code() != Some(0) {
                return output;
            }
            assert!(began.elapsed() < HANG, "no run was cut before its end");
        }
    }

    /// One uninterrupted run, and the same run killed, interrupted, and resumed.
    #[test]
    fn kill_and_interrupt_lose_nothing_that_was_finished() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| folder.path().join(name);
        let whole = path("whole.json");
        let expected = result(json(&check("a", &whole, &[]), 0), &whole);

        let killed = path("killed.json");
        assert_eq!(cut(&killed, "-KILL").status.code(), None);
        assert!(!killed.exists());
        let kept = std::fs::read_to_string(killed.with_extension("json.trials.jsonl")).expect("the journal");
        assert_eq!(result(json(&check("a", &killed, &["--resume"]), 0), &killed), expected);
        let now = std::fs::read_to_string(killed.with_extension("json.trials.jsonl")).expect("the journal");
        assert!(kept.lines().take(FINISHED).all(|line| now.contains(line)));

        let interrupted = path("interrupted.json");
        let arguments = check("a", &interrupted, &[]);
        let report = json_of(&cut(&interrupted, "-INT"), &arguments, 3);
        assert_eq!(report["verdict"], "inconclusive");
        let count = |key: &str| report[key].as_u64().expect("a count");
        assert!(count("trials") - count("cut") >= FINISHED as u64 - 2, "{report:#}");
        assert!(report["reason"].as_str().is_some_and(|r| r.contains("Interrupted")));
        let verified = provably(&["verify", interrupted.to_str().expect("a path")]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
        assert_eq!(result(json(&check("a", &interrupted, &["--resume"]), 0), &interrupted), expected);
    }
}
