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
    let journal = folder.path().join("later.trials.jsonl");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    std::fs::write(&journal, &text[..text.len() - 40]).expect("a cut journal");
    assert_eq!(result(json(&check("c", &later, &["--resume"]), 0), &later), expected);
    // Without --resume the journal is begun anew.
    assert_eq!(result(json(&check("c", &later, &[]), 0), &later), expected);
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
        for left in [out.to_path_buf(), out.with_extension("trials.jsonl")] {
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
        let (journal, began, mut child) = (out.with_extension("trials.jsonl"), Instant::now(), spawned(out));
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
        let kept = std::fs::read_to_string(killed.with_extension("trials.jsonl")).expect("the journal");
        assert_eq!(result(json(&check("a", &killed, &["--resume"]), 0), &killed), expected);
        let now = std::fs::read_to_string(killed.with_extension("trials.jsonl")).expect("the journal");
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
