//! Finished trials in a file, one JSON line each, behind a line that says what they belong to.

use super::outcome::TrialOutcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Why a journal cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("{path}: the journal cannot be used: {cause}")]
    Unusable {
        /// The file.
        path: String,
        /// What the system says.
        cause: String,
    },
    /// The journal of another instance, seed or version.
    #[error("{path}: these trials belong to another instance, seed or version; run without --resume to start anew")]
    OtherRun {
        /// The file.
        path: String,
    },
}

/// A file beside another, of the same name and this ending: no two files share one.
#[must_use]
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(ending);
    name.into()
}

#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    version: String,
}

/// An open journal.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal of a run: empty, or with `resume` the finished trials of the same run.
    pub(super) fn open(
        path: &Path,
        key: &str,
        resume: bool,
    ) -> Result<(Self, BTreeMap<u64, TrialOutcome>), JournalError> {
        let fail = |cause: std::io::Error| JournalError::Unusable {
            path: path.display().to_string(),
            cause: cause.to_string(),
        };
        let head = Head { key: key.into(), version: env!("CARGO_PKG_VERSION").into() };
        let mut finished = BTreeMap::new();
        if resume && path.exists() {
            let text = std::fs::read_to_string(path).map_err(fail)?;
            let mut lines = text.lines();
            let found: Option<Head> = lines.next().and_then(|line| serde_json::from_str(line).ok());
            if !found.is_some_and(|f| f.key == head.key && f.version == head.version) {
                return Err(JournalError::OtherRun { path: path.display().to_string() });
            }
            // The last line of a killed run may be cut off; what does not parse is run again.
            finished =
                lines.filter_map(|line| serde_json::from_str(line).ok()).map(|o: TrialOutcome| (o.trial, o)).collect();
        }
        // Written anew with the lines that could be read, so that a cut-off line does not swallow the next one; beside the
        // old one until it is complete, so that a kill in between loses nothing.
        let partial = beside(path, ".partial");
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&partial).map_err(fail)?;
        let mut journal = Self { path: path.into(), file };
        journal.line(&head)?;
        for outcome in finished.values() {
            journal.append(outcome)?;
        }
        std::fs::rename(&partial, path).map_err(fail)?;
        Ok((journal, finished))
    }

    /// Adds a finished trial and hands it to the system, so that a killed process keeps it.
    pub(super) fn append(&mut self, outcome: &TrialOutcome) -> Result<(), JournalError> {
        self.line(outcome)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), JournalError> {
        let fail = |cause: String| JournalError::Unusable { path: self.path.display().to_string(), cause };
        let text = serde_json::to_string(value).map_err(|e| fail(e.to_string()))?;
        self.file.write_all(format!("{text}\n").as_bytes()).map_err(|e| fail(e.to_string()))
    }
}
