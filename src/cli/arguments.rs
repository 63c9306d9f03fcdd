//! The arguments of the command line, and the requests they stand for. Part of the binary.

use super::program::Failure;
use crate::parameters::{DataRequest, Form, Gradients, Level, Request};
use crate::registry::{Instance, Listed};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Executable theorems of gradient feature learning.
#[derive(Parser)]
#[command(name = "provably", version, about, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Theorems, sources, levels, presets and parameters
    List {
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
    /// Hypotheses and m, T, n, error, with every constant
    Bounds {
        /// Theorem id
        theorem: String,
        #[command(flatten)]
        what: What,
    },
    /// What is taken without proof by the kernel: each axiom with its meaning, proof, falsifier and dependents
    Axioms {
        /// Theorem id; without one, the whole theory
        theorem: Option<String>,
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
    /// The instantiated statement and its verdict
    Check(CheckArguments),
    /// Re-check a certificate with the kernel alone
    Verify {
        /// Certificate file
        certificate: PathBuf,
        /// Run the recorded trials again
        #[arg(long)]
        replay: bool,
        /// A theory text that it rests on beside this program's own; its axioms need permission
        #[arg(long = "theory", value_name = "FILE")]
        theories: Vec<PathBuf>,
        /// Take an axiom of the paper, or of a foreign theory, on trust
        #[arg(long = "permit", value_name = "AXIOM")]
        permit: Vec<String>,
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
    /// Exact G(w, b) where there is a closed form or finite support
    Gradient {
        /// Theorem id
        theorem: String,
        /// Comma-separated weights
        #[arg(long, allow_hyphen_values = true)]
        w: String,
        /// Bias
        #[arg(long, allow_hyphen_values = true)]
        b: f64,
        #[command(flatten)]
        what: What,
    },
    /// Every bound against what is measured to be needed
    Tightness(TightnessArguments),
    /// Exponents of bounds and needs against the theorem's
    Scaling(ScalingArguments),
    /// Predictions and measurements against the committed baselines
    Regress(RegressArguments),
    /// Initial weights, every batch and every iterate as .npy
    Trace {
        /// Theorem id
        theorem: String,
        /// Training steps after the first
        #[arg(long, default_value_t = 50)]
        steps: u64,
        /// Directory to write to
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        what: What,
    },
}

#[derive(Args)]
pub(super) struct CheckArguments {
    /// Theorem ids
    pub(super) theorems: Vec<String>,
    /// Every registered theorem
    #[arg(long, conflicts_with = "theorems")]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) what: What,
    /// Most trials a theorem [default: 2000]
    #[arg(long)]
    pub(super) trials: Option<u64>,
    /// Confidence of the whole command [default: 0.99]
    #[arg(long, allow_hyphen_values = true)]
    pub(super) confidence: Option<f64>,
    /// Wall-clock budget of the trials of each theorem, for example 60s or 5m; features and pilots come before
    #[arg(long, allow_hyphen_values = true)]
    pub(super) budget: Option<String>,
    /// Ordinary: the same training at b~ = 1 is observed beside the theorem's, outside the theorem
    #[arg(long, value_enum, default_value_t = ScaleName::Theorem)]
    pub(super) scale: ScaleName,
    /// Certificate file to write
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Take finished trials from the journal beside the certificate
    #[arg(long, requires = "out")]
    pub(super) resume: bool,
}

impl CheckArguments {
    /// Refuses what is about trials where the level asked for has none.
    pub(super) fn about_trials(&self) -> Result<(), Failure> {
        let given = [
            ("--trials", self.trials.is_some()),
            ("--confidence", self.confidence.is_some()),
            ("--budget", self.budget.is_some()),
            ("--out", self.out.is_some()),
        ];
        match given.iter().find(|(_, given)| *given && self.what.level == LevelName::Paper) {
            Some((option, _)) => Err(format!(
                "{option} is not used at the paper level, which is a formula and runs no trial; the explicit and posterior levels \
                 use it"
            )
            .into()),
            None => Ok(()),
        }
    }
}

#[derive(Args)]
pub(super) struct TightnessArguments {
    /// Theorem ids
    pub(super) theorems: Vec<String>,
    /// Every registered theorem
    #[arg(long, conflicts_with = "theorems")]
    pub(super) all: bool,
    /// Confidence of the whole command
    #[arg(long, default_value_t = 0.99, allow_hyphen_values = true)]
    pub(super) confidence: f64,
    #[command(flatten)]
    pub(super) what: What,
}

#[derive(Args)]
pub(super) struct ScalingArguments {
    /// Theorem ids
    pub(super) theorems: Vec<String>,
    /// Every law that is stated with its exponent
    #[arg(long, conflicts_with = "theorems")]
    pub(super) all: bool,
    /// A parameter with its values: d=8..64, or epsilon=0.4,0.2,0.1,0.05
    #[arg(long, value_name = "KEY=VALUES", conflicts_with = "all")]
    pub(super) vary: Option<String>,
    /// Values that a range stands for [default: 6]
    #[arg(long, requires = "vary")]
    pub(super) points: Option<usize>,
    /// width, steps, first_step, per_step, total, error, or a constant; each of the first four if not given
    #[arg(long, requires = "vary")]
    pub(super) quantity: Option<String>,
    /// Constant in which the exponent is taken, if not in the parameter
    #[arg(long, value_name = "CONSTANT", requires = "vary")]
    pub(super) against: Option<String>,
    /// Exponent to hold it against
    #[arg(long, requires = "quantity", allow_hyphen_values = true)]
    pub(super) predicted: Option<f64>,
    /// Measure the need too
    #[arg(long, requires = "quantity")]
    pub(super) measure: bool,
    /// Confidence of the whole command, where needs are measured [default: 0.99]
    #[arg(long, allow_hyphen_values = true)]
    pub(super) confidence: Option<f64>,
    #[command(flatten)]
    pub(super) what: What,
}

#[derive(Args)]
pub(super) struct RegressArguments {
    /// Theorem ids; all of them if none is given
    pub(super) theorems: Vec<String>,
    /// Take what is found for the new baselines
    #[arg(long)]
    pub(super) bless: bool,
    /// Only what is computed: nothing is trained
    #[arg(long)]
    pub(super) predictions: bool,
    /// Measure the needs of the tightness presets too: ten minutes
    #[arg(long, conflicts_with = "predictions")]
    pub(super) full: bool,
    /// Folder of the baselines
    #[arg(long, default_value = "tests/baselines")]
    pub(super) baselines: PathBuf,
    /// Files that tightness tables stand in
    #[arg(long, default_values = ["README.md", "docs/tightness.md"])]
    pub(super) readme: Vec<PathBuf>,
    /// Confidence of the whole command
    #[arg(long, default_value_t = 0.99, allow_hyphen_values = true, conflicts_with = "predictions")]
    pub(super) confidence: f64,
    /// One JSON document on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// What is instantiated, and how it is printed.
#[derive(Args)]
pub(super) struct What {
    /// Named set of parameters
    #[arg(long)]
    pub(super) preset: Option<String>,
    /// Parameters from a TOML file, which --set overrides
    #[arg(long, value_name = "FILE.toml")]
    pub(super) instance: Option<PathBuf>,
    /// One parameter
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Form of the explicit theorem
    #[arg(long, value_enum)]
    pub(super) form: Option<FormName>,
    /// Where gradients are taken
    #[arg(long, value_enum)]
    pub(super) gradients: Option<GradientsName>,
    /// Level of the bound
    #[arg(long, value_enum, default_value_t = LevelName::Auto)]
    pub(super) level: LevelName,
    /// Rows of this CSV or .npy file take the place of D
    #[arg(long, requires_all = ["label", "positive", "negative"])]
    pub(super) data: Option<PathBuf>,
    /// Label column
    #[arg(long, requires = "data")]
    pub(super) label: Option<String>,
    /// Label value of y = +1
    #[arg(long, requires = "data", allow_hyphen_values = true)]
    pub(super) positive: Option<String>,
    /// Label value of y = -1
    #[arg(long, requires = "data", allow_hyphen_values = true)]
    pub(super) negative: Option<String>,
    /// Leave the columns as they are
    #[arg(long, requires = "data")]
    pub(super) raw: bool,
    /// Seed of the trials [default: 1]
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// One JSON document on stdout
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FormName {
    A,
    B,
    C,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScaleName {
    Theorem,
    Ordinary,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum GradientsName {
    Population,
    ClosedFirst,
    Fresh,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelName {
    Auto,
    Paper,
    Explicit,
    Posterior,
    All,
}

impl What {
    pub(super) fn request(&self) -> Result<Request, Failure> {
        let mut given = self.given()?;
        let (from_flag, mut parameters) = (self.seed.map(|seed| seed.to_string()), self.in_file()?);
        if let (Some(flag), Some((_, other))) = (&from_flag, given.iter().find(|(key, _)| key == "seed")) {
            return Err(format!("--seed {flag} with --set seed={other}: give one of them").into());
        }
        given.extend(from_flag.map(|seed| ("seed".to_string(), seed)));
        // What is said on the command line overrides the file.
        parameters.retain(|(key, _)| !given.iter().any(|(other, _)| other == key));
        parameters.extend(given);
        let seed = parameters.iter().position(|(key, _)| key == "seed").map(|at| parameters.remove(at).1);
        let number =
            |text: &String| text.parse().map_err(|_| format!("seed = {text} cannot be read: expected a whole number"));
        let (seeded, seed) = (seed.is_some(), seed.as_ref().map(number).transpose()?.unwrap_or(1));
        let data = match (&self.data, &self.label, &self.positive, &self.negative) {
            (Some(path), Some(label), Some(positive), Some(negative)) => Some(DataRequest {
                path: path.clone(),
                label: label.clone(),
                positive: positive.clone(),
                negative: negative.clone(),
                raw: self.raw,
            }),
            _ => None,
        };
        let form = self.form.map(|f| match f {
            FormName::A => Form::A,
            FormName::B => Form::B,
            FormName::C => Form::C,
        });
        let gradients = self.gradients.map(|g| match g {
            GradientsName::Population => Gradients::Population,
            GradientsName::ClosedFirst => Gradients::ClosedFirst,
            GradientsName::Fresh => Gradients::Fresh,
        });
        let (preset, rows, bare) = (self.preset.clone(), None, false);
        Ok(Request { preset, bare, parameters, data, rows, form, gradients, seed, seeded })
    }

    /// The pairs of `--set`, each key once.
    fn given(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut given: Vec<(String, String)> = Vec::new();
        for pair in &self.set {
            let (key, value) = pair.split_once('=').ok_or_else(|| format!("--set {pair}: expected KEY=VALUE"))?;
            let (key, value) = (key.trim().to_string(), value.trim().to_string());
            if let Some((_, other)) = given.iter().find(|(known, _)| *known == key) {
                return Err(format!("--set {key}={value} with --set {key}={other}: give one of them").into());
            }
            given.push((key, value));
        }
        Ok(given)
    }

    /// The parameters of the instance file.
    fn in_file(&self) -> Result<Vec<(String, String)>, Failure> {
        let Some(path) = &self.instance else { return Ok(Vec::new()) };
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| format!("{shown}: {}", e.message()))?;
        Ok(table.into_iter().map(|(key, value)| (key, plain(&value))).collect())
    }

    /// The same, on this preset where no other instance is asked for.
    pub(super) fn request_of(&self, theorem: Listed, preset: &str) -> Result<Request, Failure> {
        let request = self.request()?;
        let has = theorem.presets().iter().any(|p| p.name == preset);
        let own = has && request.preset.is_none() && self.instance.is_none() && self.data.is_none();
        let preset = if own { Some(preset.to_string()) } else { request.preset.clone() };
        Ok(Request { preset, ..request })
    }

    /// The one level asked for; none for `auto`.
    pub(super) fn one_level(&self) -> Result<Option<Level>, Failure> {
        match self.level {
            LevelName::Auto => Ok(None),
            LevelName::Paper => Ok(Some(Level::Paper)),
            LevelName::Explicit => Ok(Some(Level::Explicit)),
            LevelName::Posterior => Ok(Some(Level::Posterior)),
            LevelName::All => Err("level = all is not allowed: this command takes one level".into()),
        }
    }

    /// Refuses every option of an instance: `by` says what does not use it, and what does.
    pub(super) fn nothing_asked(&self, by: &str) -> Result<(), Failure> {
        let options = [
            ("--preset", self.preset.is_some()),
            ("--instance", self.instance.is_some()),
            ("--set", !self.set.is_empty()),
            ("--form", self.form.is_some()),
            ("--gradients", self.gradients.is_some()),
            ("--level", self.level != LevelName::Auto),
            ("--data", self.data.is_some()),
            ("--seed", self.seed.is_some()),
        ];
        match options.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(format!("{option} is not used by {by}").into()),
            None => Ok(()),
        }
    }

    /// Levels that are reported of a theorem.
    pub(super) fn parts(&self, theorem: Listed) -> usize {
        if self.level == LevelName::All { theorem.levels().len() } else { 1 }
    }

    /// Refuses what the theorem does not take at the levels asked for, before anything is computed.
    pub(super) fn admit(&self, theorem: Listed) -> Result<(), Failure> {
        let request = self.request()?;
        match self.level {
            LevelName::All => theorem.admit(&request, theorem.levels())?,
            _ => match self.one_level()? {
                Some(level) => theorem.admit(&request, &[level])?,
                None => drop(theorem.candidates(&request)?),
            },
        }
        Ok(())
    }

    /// The levels asked for, `auto` resolved: explicit where it is neither vacuous nor too large, else posterior.
    pub(super) fn instances(&self, theorem: Listed) -> Result<Vec<Instance>, Failure> {
        if self.level == LevelName::All {
            return Ok(theorem.instances(&self.request()?, theorem.levels())?);
        }
        Ok(vec![self.instance_of(theorem)?])
    }

    /// The one level asked for, of a command that takes one.
    pub(super) fn instance_of(&self, theorem: Listed) -> Result<Instance, Failure> {
        let request = self.request()?;
        Ok(match self.one_level()? {
            Some(level) => theorem.instantiate(&request, level)?,
            None => theorem.auto(&request)?,
        })
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
