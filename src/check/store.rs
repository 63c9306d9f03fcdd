//! What is kept of a check: the journal of its trials, and the certificate.

use crate::certificate::document::Certificate;
use crate::distributions::Support;
use crate::experiment::beside;
use crate::registry::Instance;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where the trials of a certificate are kept: beside it, under its whole name.
#[must_use]
pub fn journal(certificate: &Path) -> PathBuf {
    beside(certificate, ".trials.jsonl")
}

/// Writes a certificate: to a file beside the target first, so that a killed run leaves no half of one.
///
/// # Errors
/// A path that cannot be written.
pub fn store(certificate: &Certificate, path: &Path) -> Result<(), StoreError> {
    let fail = |cause: std::io::Error| StoreError { path: path.display().to_string(), cause: cause.to_string() };
    let text = serde_json::to_string_pretty(certificate).map_err(|e| fail(e.into()))?;
    let partial = beside(path, ".partial");
    std::fs::write(&partial, text + "\n").and_then(|()| std::fs::rename(&partial, path)).map_err(fail)
}

/// A certificate that cannot be written.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot write {path}: {cause}")]
pub struct StoreError {
    path: String,
    cause: String,
}

/// What a journal belongs to: every definition of the instance, its variant, its parameters, its rows and the seed.
pub(super) fn key(instance: &Instance, seed: u64) -> String {
    let definitions = instance.derivation.kernel().definitions();
    let list: Vec<String> = definitions.map(|(_, d)| format!("{}={} {}", d.name, d.is, d.value[0])).collect();
    let (theorem, variant, parameters) = (instance.theorem, instance.derivation.variant(), &instance.parameters);
    let rows = instance.experiment.as_ref().and_then(|e| digest(e.distribution().support()?));
    let rows = rows.map_or_else(String::new, |digest| format!(" rows={digest}"));
    format!("{theorem} {variant:?} {parameters:?} seed={seed}{rows} {}", list.join(" "))
}

/// SHA-256 of the points of a support, their labels and weights: two files may agree in every definition.
fn digest(support: &Support) -> Option<String> {
    let mut hash = Sha256::new();
    for count in [support.points.nrows(), support.points.ncols()] {
        hash.update(u64::try_from(count).ok()?.to_le_bytes());
    }
    for number in support.points.iter().chain(support.labels.iter()).chain(support.weights.iter()) {
        hash.update(number.to_bits().to_le_bytes());
    }
    Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
