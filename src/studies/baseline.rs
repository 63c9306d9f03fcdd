//! Baselines: what a theorem predicted and what was measured of it when it was last approved, and what has drifted since.

use super::need::{Need, NeedError, Study};
use super::predictions::{Entries, Predictions, SEED, instance_name, request};
use super::tightness::{Plan, TightnessError, tightness};
use crate::experiment::Quantity;
use crate::parameters::Request;
use crate::registry::{InstanceError, Listed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Needs by quantity, of every instance.
pub type Needs = BTreeMap<String, BTreeMap<String, Need>>;

/// What one theorem's file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The theorem.
    pub theorem: String,
    /// Its predictions.
    pub predictions: Predictions,
    /// Stopping steps on the default preset.
    pub measured: Needs,
    /// Needs of the `tightness` preset.
    pub needs: Needs,
}

impl Baseline {
    /// Numbers and formulas in it.
    #[must_use]
    pub fn entries(&self) -> usize {
        let needs = |all: &Needs| all.values().map(BTreeMap::len).sum::<usize>();
        let predictions = self.predictions.instances.values().map(BTreeMap::len).sum::<usize>();
        self.predictions.formulas.len() + predictions + needs(&self.measured) + needs(&self.needs)
    }
}

/// What has drifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The theorem.
    pub theorem: String,
    /// Preset with level or form; `formulas` for what all of them share.
    pub instance: String,
    /// The quantity.
    pub quantity: String,
    /// As it was approved; none where it is new.
    pub old: Option<String>,
    /// As it is now; none where it is gone.
    pub new: Option<String>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// What stands in it.
    #[error("{} is no baseline: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// A preset that cannot be instantiated.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// A need that cannot be measured.
    #[error(transparent)]
    Need(#[from] NeedError),
    /// The needs of a `tightness` preset.
    #[error(transparent)]
    Tightness(#[from] TightnessError),
}

/// The file of a theorem's baseline.
#[must_use]
pub fn file(folder: &Path, theorem: &str) -> PathBuf {
    folder.join(format!("{theorem}.json"))
}

/// Reads a theorem's baseline; an empty one where there is no file.
///
/// # Errors
/// A file that cannot be read or is no baseline.
pub fn load(folder: &Path, theorem: &str) -> Result<Baseline, BaselineError> {
    let path = file(folder, theorem);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| BaselineError::Format { path, source }),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Baseline { theorem: theorem.into(), ..Baseline::default() })
        }
        Err(source) => Err(BaselineError::File { path, source }),
    }
}

/// Writes a theorem's baseline: the old file stands until the new one is whole.
///
/// # Errors
/// A file that cannot be written.
pub fn store(folder: &Path, baseline: &Baseline) -> Result<(), BaselineError> {
    let path = file(folder, &baseline.theorem);
    let text = serde_json::to_string_pretty(baseline)
        .map_err(|source| BaselineError::Format { path: path.clone(), source })?;
    let partial = path.with_extension("json.partial");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&partial, text + "\n"))
        .and_then(|()| std::fs::rename(&partial, &path))
        .map_err(|source| BaselineError::File { path, source })
}

/// How surely what is measured lies in its interval.
#[derive(Clone, Copy)]
pub struct Surely<'a> {
    /// Probability that all intervals of one theorem hold.
    pub confidence: f64,
    /// Raised by Ctrl-C.
    pub interrupted: &'a AtomicBool,
}

/// Quantiles of the stopping steps on the default preset, where its trials can be run: the (1 − δ)-quantile, which is what T
/// bounds, and the median.
///
/// # Errors
/// A preset that cannot be instantiated; trials that cannot be run.
pub fn measured(theorem: Listed, surely: Surely<'_>) -> Result<Needs, BaselineError> {
    let Some(preset) = theorem.presets().first() else { return Ok(Needs::new()) };
    let instance = theorem.auto(&Request { seed: SEED, ..request(preset.name) })?;
    let runs = instance.in_scope() && !instance.vacuous() && !instance.bounds.too_large();
    let Some(experiment) = instance.experiment.clone().filter(|_| runs) else { return Ok(Needs::new()) };
    let error = (1.0 - surely.confidence) / 2.0;
    let label = format!("{}:", theorem.id());
    let study = Study { experiment, delta: instance.delta, error, label: &label, interrupted: surely.interrupted };
    let stopping = study.stopping()?;
    let quantiles = BTreeMap::from([
        (Quantity::Steps.to_string(), stopping.quantile(1.0 - instance.delta, error)),
        ("median_steps".to_string(), stopping.quantile(0.5, error)),
    ]);
    Ok(Needs::from([(instance_name(preset.name, instance.level), quantiles)]))
}

/// The preset whose needs are measured.
pub const TIGHTNESS: &str = "tightness";

/// The needs of the `tightness` preset: those that every level's bounds are held against.
///
/// # Errors
/// A preset of which nothing can be measured.
pub fn needs(theorem: Listed, surely: Surely<'_>) -> Result<Needs, BaselineError> {
    let plan = Plan { confidence: surely.confidence, quantities: &Quantity::ALL, interrupted: surely.interrupted };
    let mut all = Needs::new();
    for row in tightness(theorem, &request(TIGHTNESS), &plan)?.rows {
        if let Some(need) = row.need {
            all.entry(instance_name(TIGHTNESS, row.level)).or_default().insert(row.quantity.to_string(), need);
        }
    }
    Ok(all)
}

/// What has drifted in the predictions, to the last digit.
#[must_use]
pub fn drifted(theorem: &str, old: &Predictions, new: &Predictions) -> Vec<Drift> {
    let formulas = differences(theorem, "formulas", &old.formulas, &new.formulas);
    let empty = Entries::new();
    let names: BTreeSet<&String> = old.instances.keys().chain(new.instances.keys()).collect();
    let instances = names.into_iter().flat_map(|name| {
        let (old, new) = (old.instances.get(name).unwrap_or(&empty), new.instances.get(name).unwrap_or(&empty));
        differences(theorem, name, old, new)
    });
    formulas.into_iter().chain(instances).collect()
}

fn differences(theorem: &str, instance: &str, old: &Entries, new: &Entries) -> Vec<Drift> {
    let names: BTreeSet<&String> =
        old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name)).collect();
    let drift = |name: &String| Drift {
        theorem: theorem.into(),
        instance: instance.into(),
        quantity: name.clone(),
        old: old.get(name).cloned(),
        new: new.get(name).cloned(),
    };
    names.into_iter().map(drift).collect()
}

/// What has drifted in the measurements: intervals that do not meet, and needs that are there only once.
#[must_use]
pub fn moved(theorem: &str, old: &Needs, new: &Needs) -> Vec<Drift> {
    let flat = |needs: &Needs| -> BTreeMap<(String, String), Need> {
        let of = |(instance, needs): (&String, &BTreeMap<String, Need>)| {
            let named = |(quantity, need): (&String, &Need)| ((instance.clone(), quantity.clone()), need.clone());
            needs.iter().map(named).collect::<Vec<_>>()
        };
        needs.iter().flat_map(of).collect()
    };
    let (old, new) = (flat(old), flat(new));
    let names: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
    let shown = |need: &Need| format!("{} ({} to {})", need.needed, need.low, need.high);
    let drift = |name: &(String, String)| {
        let (old, new) = (old.get(name), new.get(name));
        let same = old.is_some_and(|old| new.is_some_and(|new| old.agrees(new)));
        (!same).then(|| Drift {
            theorem: theorem.into(),
            instance: name.0.clone(),
            quantity: format!("measured {}", name.1),
            old: old.map(shown),
            new: new.map(shown),
        })
    };
    names.into_iter().filter_map(drift).collect()
}
