//! Claims as tests of a crate: one for every theorem, preset and level that it brings, and one for every theorem's baseline.
//!
//! ```toml
//! [[test]]
//! name = "claims"
//! harness = false
//! ```
//!
//! ```ignore
//! // tests/claims.rs
//! provably::claims!(my_theorems::REGISTRY);
//! ```
//!
//! Names, filters and `--list` are those of `cargo test`. Environment variables: `PROVABLY_TRIALS` (most trials of a claim, 2000),
//! `PROVABLY_SEED` (1), `PROVABLY_BLESS` (any value: baselines are written anew).

mod outcome;

pub use outcome::{Settings, corroborated};

use crate::parameters::{Level, Request};
use crate::registry::{Listed, Registry};
use crate::report::regress;
use crate::studies::{baseline, predictions};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::process::ExitCode;

/// Where a crate keeps its baselines, from its manifest.
const BASELINES: &str = "tests/baselines";

/// The claims of a registry as the `main` of a test without harness.
#[macro_export]
macro_rules! claims {
    ($registry:expr) => {
        fn main() -> ::std::process::ExitCode {
            $crate::claims::main(&$registry, env!("CARGO_MANIFEST_DIR"))
        }
    };
}

/// Fails with the report, and the command that repeats it, unless a theorem is corroborated at these parameters and its certificate
/// holds.
///
/// ```ignore
/// assert_corroborated!(REGISTRY, "perceptron", d = 16, epsilon = 0.2);
/// ```
#[macro_export]
macro_rules! assert_corroborated {
    ($registry:expr, $theorem:expr $(, $key:ident = $value:expr)* $(,)?) => {
        if let Err(why) = $crate::claims::corroborated(&$registry, $theorem, &[$((stringify!($key), $value.to_string())),*]) {
            panic!("{why}");
        }
    };
}

/// Runs the claims of the theorems that a registry brings itself; `manifest` is the folder of the crate's manifest.
pub fn main(registry: &'static Registry, manifest: &str) -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(manifest).join(BASELINES);
    let tests = registry.own().flat_map(|theorem| tests(theorem, &folder)).collect();
    libtest_mimic::run(&arguments, tests).exit_code()
}

/// The claims of one theorem: its presets at every level that is run, and its baseline.
fn tests(theorem: Listed, folder: &Path) -> Vec<Trial> {
    let levels = || theorem.levels().iter().copied().filter(|level| *level != Level::Paper);
    let mut tests = Vec::new();
    for preset in theorem.presets() {
        for level in levels() {
            let name = format!("{}::{}::{level}", theorem.id(), preset.name);
            let claim = move || {
                let settings = Settings::of_environment()?;
                let request = Request { preset: Some(preset.name.into()), seed: settings.seed, ..Request::default() };
                outcome::of(theorem, &request, Some(level), &settings)
            };
            tests.push(Trial::test(name, move || claim().map_err(Failed::from)));
        }
    }
    let folder = folder.to_path_buf();
    tests.push(Trial::test(format!("{}::baseline", theorem.id()), move || {
        drift(theorem, &folder).map_err(Failed::from)
    }));
    tests
}

/// What has drifted from the theorem's baseline, or that there is none.
fn drift(theorem: Listed, folder: &Path) -> Result<(), String> {
    let old = baseline::load(folder, theorem.id()).map_err(|e| e.to_string())?;
    let found = predictions(theorem, &[]).map_err(|e| e.to_string())?;
    if std::env::var_os("PROVABLY_BLESS").is_some() {
        let new = baseline::Baseline { predictions: found, ..old };
        return baseline::store(folder, &new).map_err(|e| e.to_string());
    }
    let writes = "PROVABLY_BLESS=1 cargo test --test claims baseline";
    if old.entries() == 0 {
        let file = baseline::file(folder, theorem.id());
        return Err(format!("there is no baseline at {}: `{writes}` writes it", file.display()));
    }
    let drifted = baseline::drifted(theorem.id(), &old.predictions, &found);
    if drifted.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n`{writes}` takes this for the new baseline", regress::text(&old, &drifted)))
}
