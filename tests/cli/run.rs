//! Runs the binary and reads what it says.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

/// Against hangs only: no test may depend on how fast, or how busy, the machine is.
pub(crate) const HANG: Duration = Duration::from_secs(3600);

/// The binary with these arguments.
pub(crate) fn provably(arguments: &[&str]) -> Output {
    with_threads(arguments, None)
}

/// The same on a given number of threads.
pub(crate) fn with_threads(arguments: &[&str], threads: Option<&str>) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("provably"));
    if let Some(threads) = threads {
        command.env("RAYON_NUM_THREADS", threads);
    }
    command.args(arguments).timeout(HANG).output().expect("the binary runs")
}

/// Stdout as one JSON document; nothing may stand on stderr, and the exit code must be as given.
pub(crate) fn json(arguments: &[&str], code: i32) -> Value {
    json_of(&provably(arguments), arguments, code)
}

/// What a finished command printed, as one JSON document.
pub(crate) fn json_of(output: &Output, arguments: &[&str], code: i32) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert_eq!(stderr, "", "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: stdout is not one document: {e}"))
}

/// A JSON file.
pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file is there")).expect("the file is JSON")
}

/// A value without the field that may differ between two equal runs.
pub(crate) fn without(mut value: Value, field: &str) -> Value {
    value.as_object_mut().expect("an object").remove(field);
    value
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
