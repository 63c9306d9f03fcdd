//! The command line: reads arguments, calls the library, prints, and exits with the verdict's code.

use clap::{Args, Parser, Subcommand, ValueEnum};
use provably::certificate::checker;
use provably::report::{CheckOptions, json, text};
use provably::theorems::{self, Form, Gradients, Instance, Level, Request, Theorem};
use provably::{experiment::Verdict, report};
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

/// Raised by Ctrl-C: running trials stop at their next step, finished ones are kept.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Executable theorems of gradient feature learning.
#[derive(Parser)]
#[command(name = "provably", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
    /// The instantiated statement and its verdict
    Check(CheckArguments),
    /// Re-check a certificate with the kernel alone
    Verify {
        /// Certificate file
        certificate: PathBuf,
        /// Run the recorded trials again
        #[arg(long)]
        replay: bool,
        /// Take a paper's axiom on trust
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
struct CheckArguments {
    /// Theorem ids
    theorems: Vec<String>,
    /// Every registered theorem
    #[arg(long, conflicts_with = "theorems")]
    all: bool,
    #[command(flatten)]
    what: What,
    /// Most trials a theorem
    #[arg(long, default_value_t = 2000)]
    trials: u64,
    /// Confidence of the whole command
    #[arg(long, default_value_t = 0.99, allow_hyphen_values = true)]
    confidence: f64,
    /// Wall-clock budget a theorem, for example 60s or 5m
    #[arg(long, allow_hyphen_values = true)]
    budget: Option<String>,
    /// Certificate file to write
    #[arg(long)]
    out: Option<PathBuf>,
    /// Take finished trials from the journal beside the certificate
    #[arg(long, requires = "out")]
    resume: bool,
}

/// What is instantiated, and how it is printed.
#[derive(Args)]
struct What {
    /// Named set of parameters
    #[arg(long)]
    preset: Option<String>,
    /// Parameters from a TOML file
    #[arg(long, value_name = "FILE.toml")]
    instance: Option<PathBuf>,
    /// One parameter
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Form of the explicit theorem
    #[arg(long, value_enum)]
    form: Option<FormName>,
    /// Where gradients are taken
    #[arg(long, value_enum)]
    gradients: Option<GradientsName>,
    /// Level of the bound
    #[arg(long, value_enum, default_value_t = LevelName::Auto)]
    level: LevelName,
    /// Rows of this CSV or .npy file take the place of D
    #[arg(long, requires_all = ["label", "positive", "negative"])]
    data: Option<PathBuf>,
    /// Label column
    #[arg(long, requires = "data")]
    label: Option<String>,
    /// Label value of y = +1
    #[arg(long, requires = "data", allow_hyphen_values = true)]
    positive: Option<String>,
    /// Label value of y = -1
    #[arg(long, requires = "data", allow_hyphen_values = true)]
    negative: Option<String>,
    /// Leave the columns as they are
    #[arg(long, requires = "data")]
    raw: bool,
    /// Seed of the trials
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormName {
    A,
    B,
    C,
}

#[derive(Clone, Copy, ValueEnum)]
enum GradientsName {
    Population,
    ClosedFirst,
    Fresh,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LevelName {
    Auto,
    Paper,
    Explicit,
    Posterior,
    All,
}

impl What {
    fn request(&self) -> Result<Request, Failure> {
        let mut parameters = Vec::new();
        if let Some(path) = &self.instance {
            let shown = path.display();
            let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
            let table: toml::Table = text.parse().map_err(|e: toml::de::Error| format!("{shown}: {}", e.message()))?;
            parameters.extend(table.into_iter().map(|(key, value)| (key, plain(&value))));
        }
        for pair in &self.set {
            let (key, value) = pair.split_once('=').ok_or_else(|| format!("--set {pair}: expected KEY=VALUE"))?;
            parameters.push((key.trim().to_string(), value.trim().to_string()));
        }
        let mut seed = self.seed;
        if let Some(at) = parameters.iter().rposition(|(k, _)| k == "seed") {
            let (_, value) = parameters.remove(at);
            seed = value.parse().map_err(|_| format!("seed = {value} cannot be read: expected a whole number"))?;
        }
        let data = match (&self.data, &self.label, &self.positive, &self.negative) {
            (Some(path), Some(label), Some(positive), Some(negative)) => Some(theorems::DataRequest {
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
        Ok(Request { preset: self.preset.clone(), parameters, data, rows: None, form, gradients, seed })
    }

    /// The levels asked for, `auto` resolved: explicit where it is neither vacuous nor too large, else posterior.
    fn instances(&self, theorem: &dyn Theorem) -> Result<Vec<Instance>, Failure> {
        let request = self.request()?;
        let level = match self.level {
            LevelName::All => {
                return theorem.levels().iter().map(|&l| Ok(theorem.instantiate(&request, l)?)).collect();
            }
            LevelName::Paper => Level::Paper,
            LevelName::Explicit => Level::Explicit,
            LevelName::Posterior => Level::Posterior,
            LevelName::Auto => {
                let explicit = theorem.instantiate(&request, Level::Explicit)?;
                let usable = !explicit.vacuous() && !explicit.bounds.too_large();
                if usable || !theorem.levels().contains(&Level::Posterior) {
                    return Ok(vec![explicit]);
                }
                Level::Posterior
            }
        };
        Ok(vec![theorem.instantiate(&request, level)?])
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let line = error.to_string().replace('\n', " ");
            let _ = writeln!(std::io::stderr(), "error: {line}");
            ExitCode::from(2)
        }
    }
}

/// Help and version as clap prints them; what is wrong with an argument in one line.
fn usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match error.kind() {
        DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand => drop(error.print()),
        _ => {
            let rendered = error.render().to_string();
            let parts = rendered.split("\n\n").filter(|p| !p.starts_with("Usage:") && !p.starts_with("For more"));
            let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(std::io::stderr(), "{}", parts.map(words).collect::<Vec<_>>().join("; "));
        }
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Prints to stdout; a reader that has gone away is no error.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

fn print_json(value: &Value) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(value)?);
    Ok(())
}

fn theorem(id: &str) -> Result<&'static dyn Theorem, Failure> {
    theorems::find(id).ok_or_else(|| {
        let known: Vec<&str> = theorems::REGISTRY.iter().map(|t| t.id()).collect();
        format!("unknown theorem `{id}`: the theorems are {}", known.join(", ")).into()
    })
}

fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::List { json: true } => print_json(&json::list()).map(|()| 0),
        Command::List { json: false } => {
            print(&text::list());
            Ok(0)
        }
        Command::Bounds { theorem: id, what } => {
            let instances = what.instances(theorem(&id)?)?;
            match (what.json, instances.as_slice()) {
                (true, [one]) if what.level != LevelName::All => print_json(&json::bounds(one))?,
                (true, all) => print_json(&all.iter().map(json::bounds).collect())?,
                (false, all) => {
                    all.iter().for_each(|i| print(&text::bounds(i)));
                    print(&text::forms(&theorem(&id)?.forms(&what.request()?)?));
                }
            }
            Ok(0)
        }
        Command::Check(arguments) => check(&arguments),
        Command::Verify { certificate, replay, permit, json } => verify(&certificate, replay, &permit, json),
        Command::Gradient { theorem: id, w, b, what } => gradient(&id, &w, b, &what),
        Command::Trace { theorem: id, steps, out, what } => {
            let instance = what.instances(theorem(&id)?)?.remove(0);
            let written = report::trace::write(&instance, steps, &out)?;
            print(&format!("wrote {written} arrays to {}", out.display()));
            Ok(0)
        }
    }
}

fn check(arguments: &CheckArguments) -> Result<u8, Failure> {
    let chosen: Vec<&dyn Theorem> = if arguments.all {
        theorems::REGISTRY.to_vec()
    } else {
        arguments.theorems.iter().map(|id| theorem(id)).collect::<Result<_, _>>()?
    };
    if chosen.is_empty() {
        return Err("check needs a theorem id, or --all; `provably list` shows them".into());
    }
    if arguments.out.is_some() && chosen.len() > 1 {
        return Err("--out takes one theorem: a certificate states one".into());
    }
    if !(0.5..1.0).contains(&arguments.confidence) {
        let confidence = arguments.confidence;
        return Err(format!("confidence = {confidence} is not allowed: it must be at least 0.5 and below 1").into());
    }
    if arguments.trials == 0 {
        return Err("trials = 0 is not allowed: it must be at least 1".into());
    }
    if let Some(path) = arguments.out.as_ref().filter(|path| path.is_dir() || path.file_name().is_none()) {
        return Err(format!("--out {}: a directory; give the certificate a file name", path.display()).into());
    }
    let budget = arguments.budget.as_deref().map(duration).transpose()?;
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed));
    let options = CheckOptions {
        trials: arguments.trials,
        budget,
        confidence: 1.0 - (1.0 - arguments.confidence) / chosen.len() as f64,
        journal: arguments.out.as_ref().map(|p| p.with_extension("trials.jsonl")),
        resume: arguments.resume,
        progress: true,
    };
    let (mut reports, mut worst) = (Vec::new(), Verdict::Corroborated);
    for theorem in &chosen {
        let levels = arguments.what.instances(*theorem)?;
        for instance in levels {
            let report = report::check(instance, &options, &INTERRUPTED)?;
            if !arguments.what.json {
                print(&text::check(&report));
            }
            worst = report::worse(worst, report.verdict);
            match (&arguments.out, &report.certificate) {
                (Some(path), Some(certificate)) => report::store(certificate, path)?,
                // A certificate of an earlier run must not pass for this one's.
                (Some(path), None) if path.exists() => {
                    std::fs::remove_file(path).map_err(|e| format!("cannot remove {}: {e}", path.display()))?;
                }
                _ => {}
            }
            if arguments.out.is_some() && report.certificate.is_none() && !arguments.what.json {
                print("no certificate was written: there are no trials to record");
            }
            reports.push(json::check(&report));
        }
    }
    if arguments.what.json {
        match reports.as_slice() {
            [one] if !arguments.all => print_json(one)?,
            _ => print_json(&Value::Array(reports))?,
        }
    }
    Ok(worst.exit_code())
}

/// Reads 90, 90s, 5m or 1h.
fn duration(text: &str) -> Result<Duration, Failure> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let scale = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    let seconds = number.parse::<f64>().unwrap_or(f64::NAN) * scale;
    if seconds > 0.0 && seconds < 1e9 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("budget = {text} is not allowed: expected a time such as 60s, 5m or 1h").into())
    }
}

fn verify(path: &std::path::Path, replay: bool, permit: &[String], as_json: bool) -> Result<u8, Failure> {
    let shown = path.display();
    let bytes = std::fs::read_to_string(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    // A file that is no certificate at all is bad input; one that is a certificate and wrong is invalid.
    let document: Value = serde_json::from_str(&bytes).map_err(|e| format!("{shown} is not JSON: {e}"))?;
    if !document.get("format").is_some_and(Value::is_string) {
        return Err(format!("{shown} is not a certificate: it has no format").into());
    }
    let theory = theorems::derivation::theory()?;
    let read = checker::read(&bytes);
    let outcome = read.clone().and_then(|certificate| checker::check(&certificate, theory, permit));
    let mut difference = None;
    if replay && let (Ok(certificate), Ok(_)) = (&read, &outcome) {
        let theorem = theorem(&certificate.theorem)?;
        difference = report::replay(certificate, theorem, &INTERRUPTED).err();
    }
    if as_json {
        print_json(&json::verify(&outcome, difference.as_ref(), replay))?;
    } else {
        print(&text::verify(&outcome, difference.as_ref(), replay));
    }
    Ok(u8::from(outcome.is_err() || difference.is_some()))
}

fn gradient(id: &str, w: &str, b: f64, what: &What) -> Result<u8, Failure> {
    let instance = what.instances(theorem(id)?)?.remove(0);
    let distribution =
        instance.protocol.as_ref().ok_or("this level has no data to take a gradient on")?.distribution.clone();
    let weights: Vec<f64> = w
        .split(',')
        .map(|x| {
            x.trim()
                .parse::<f64>()
                .ok()
                .filter(|x| x.is_finite())
                .ok_or_else(|| format!("w: `{x}` is not a finite number"))
        })
        .collect::<Result<_, _>>()?;
    if weights.len() != distribution.dimension() {
        let (given, dimension) = (weights.len(), distribution.dimension());
        return Err(format!("w has {given} entries, the inputs have dimension {dimension}").into());
    }
    if !b.is_finite() {
        return Err(format!("b = {b} is not allowed: it must be a finite number").into());
    }
    let g = distribution.gradient(&weights, b).ok_or_else(|| {
        format!("{} has neither a closed form nor an enumerable support at this (w, b)", distribution.name())
    })?;
    let entries: Vec<f64> = g.iter().copied().collect();
    if what.json {
        print_json(&serde_json::json!({ "g": entries }))?;
    } else {
        print(&entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    }
    Ok(0)
}
