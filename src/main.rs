//! The command line: reads arguments, calls the library, prints, and exits with the verdict's code.

mod arguments;
mod commands;

use arguments::{CheckArguments, Cli, Command, LevelName, ScaleName, What};
use clap::Parser;
use provably::certificate::checker;
use provably::check::{self, CheckOptions};
use provably::experiment::Verdict;
use provably::report;
use provably::report::{json, text};
use provably::theorems::{self, Level, Theorem};
use serde_json::Value;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

/// Raised by Ctrl-C: running trials stop at their next step, finished ones are kept.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

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
            let request = what.request()?;
            // Beside the bounds in text stand those of the other forms; the posterior level draws.
            let posterior = !what.json && theorem(&id)?.levels().contains(&Level::Posterior);
            if request.seeded && !posterior && !instances.iter().any(|instance| instance.drawn) {
                let seed = request.seed;
                return Err(format!(
                    "--seed {seed} is not used by these bounds of {id}, which draw nothing; check does"
                )
                .into());
            }
            match (what.json, instances.as_slice()) {
                (true, [one]) if what.level != LevelName::All => print_json(&json::bounds(one))?,
                (true, all) => print_json(&all.iter().map(json::bounds).collect())?,
                (false, all) => {
                    all.iter().for_each(|i| print(&text::bounds(i)));
                    let done = all.first().filter(|_| all.len() == 1).map(|i| i.level);
                    print(&text::forms(&theorem(&id)?.forms(&what.request()?, done)?));
                }
            }
            Ok(0)
        }
        Command::Axioms { theorem: id, json } => {
            let id = id.map(|id| theorem(&id).map(|theorem| theorem.id())).transpose()?;
            let theory = theorems::derivation::theory()?;
            match json {
                true => print_json(&report::axioms::json(theory, id))?,
                false => print(report::axioms::text(theory, id).trim_end()),
            }
            Ok(0)
        }
        Command::Check(arguments) => check(&arguments),
        Command::Verify { certificate, replay, permit, json } => verify(&certificate, replay, &permit, json),
        Command::Tightness(arguments) => commands::tightness(&arguments),
        Command::Scaling(arguments) => commands::scaling(&arguments),
        Command::Regress(arguments) => commands::regress(&arguments),
        Command::Gradient { theorem: id, w, b, what } => gradient(&id, &w, b, &what),
        Command::Trace { theorem: id, steps, out, what } => {
            let instance = what.instance_of(theorem(&id)?)?;
            let written = provably::studies::trace::write(&instance, steps, &out)?;
            if what.json {
                print_json(&serde_json::json!({ "arrays": written, "out": out.display().to_string() }))?;
            } else {
                print(&format!("wrote {written} arrays to {}", out.display()));
            }
            Ok(0)
        }
    }
}

/// The theorems a command is given.
fn chosen(command: &str, ids: &[String], all: bool) -> Result<Vec<&'static dyn Theorem>, Failure> {
    let chosen: Vec<&dyn Theorem> =
        if all { theorems::REGISTRY.to_vec() } else { ids.iter().map(|id| theorem(id)).collect::<Result<_, _>>()? };
    if chosen.is_empty() {
        return Err(format!("{command} needs a theorem id, or --all; `provably list` shows them").into());
    }
    Ok(chosen)
}

/// The confidence of each of several parts of a command.
fn split(confidence: f64, parts: usize) -> Result<f64, Failure> {
    if !(0.5..1.0).contains(&confidence) {
        return Err(format!("confidence = {confidence} is not allowed: it must be at least 0.5 and below 1").into());
    }
    Ok(1.0 - (1.0 - confidence) / parts as f64)
}

fn check(arguments: &CheckArguments) -> Result<u8, Failure> {
    let chosen = chosen("check", &arguments.theorems, arguments.all)?;
    // Before anything is computed: what cannot be recorded, and what is not used.
    let parts: usize = chosen.iter().map(|t| arguments.what.parts(*t)).sum();
    if arguments.out.is_some() && parts > 1 {
        return Err(format!(
            "--out takes one theorem at one level, not {parts}: a certificate states one; name it, with --level"
        )
        .into());
    }
    let usual = CheckOptions::default();
    let confidence = split(arguments.confidence.unwrap_or(usual.confidence), parts)?;
    let trials = arguments.trials.unwrap_or(usual.trials);
    chosen.iter().try_for_each(|t| arguments.what.admit(*t))?;
    arguments.about_trials()?;
    if trials == 0 {
        return Err("trials = 0 is not allowed: it must be at least 1".into());
    }
    if let Some(path) = arguments.out.as_ref().filter(|path| path.is_dir() || path.file_name().is_none()) {
        return Err(format!("--out {}: a directory; give the certificate a file name", path.display()).into());
    }
    let budget = arguments.budget.as_deref().map(duration).transpose()?;
    if let Some(path) = &arguments.out {
        writable(path)?;
    }
    // Trials end in good order at the first signal, and keep what is finished; what else takes long ends at the second.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    let options = CheckOptions {
        trials,
        budget,
        confidence,
        journal: arguments.out.as_deref().map(check::journal),
        resume: arguments.resume,
        progress: true,
    };
    let (mut reports, mut worst) = (Vec::new(), Verdict::Corroborated);
    let mut each = |theorem: &&'static dyn Theorem| {
        if INTERRUPTED.load(Ordering::Relaxed) {
            return Ok(());
        }
        let levels = arguments.what.instances(*theorem)?;
        for instance in levels {
            let mut report = check::check(instance, &options, &INTERRUPTED)?;
            if arguments.scale == ScaleName::Ordinary {
                let spent = Duration::from_secs_f64(report.wall_seconds);
                let asked = check::ordinary::Asked {
                    runs: options.trials,
                    beside_trials: report.summary.is_some(),
                    left: budget.map(|budget| budget.saturating_sub(spent)),
                };
                report.ordinary = Some(check::ordinary::beside(&report.instance, asked, &INTERRUPTED)?);
            }
            if !arguments.what.json {
                print(&text::check(&report));
            }
            worst = check::worse(worst, report.verdict);
            match (&arguments.out, &report.certificate) {
                (Some(path), Some(certificate)) => check::store(certificate, path)?,
                // A certificate of an earlier run must not pass for this one's.
                (Some(path), None) if path.exists() => {
                    std::fs::remove_file(path).map_err(|e| format!("cannot remove {}: {e}", path.display()))?;
                }
                _ => {}
            }
            if let (Some(path), Some(why)) = (&arguments.out, &report.no_certificate)
                && !arguments.what.json
            {
                print(&text::no_certificate(&report, why, path));
            }
            // Only now, when nothing can be lost any more.
            let interrupted = INTERRUPTED.load(Ordering::Relaxed);
            let forms = if interrupted {
                Vec::new()
            } else {
                theorem.forms(&arguments.what.request()?, Some(report.instance.level))?
            };
            if !arguments.what.json {
                print(&text::beside(&report, &forms));
            }
            reports.push(json::check(&report, &forms));
        }
        Ok::<_, Failure>(())
    };
    let done = chosen.iter().try_for_each(&mut each);
    // What was found before an error is not lost by it.
    if arguments.what.json && !reports.is_empty() {
        match reports.as_slice() {
            [one] if !arguments.all => print_json(one)?,
            _ => print_json(&Value::Array(reports))?,
        }
    }
    done.map(|()| worst.exit_code())
}

/// A file that a certificate may replace: none yet, or an older certificate. Errors: any other, which would be lost.
fn writable(path: &std::path::Path) -> Result<(), Failure> {
    let Ok(file) = std::fs::File::open(path) else { return Ok(()) };
    let mut text = String::new();
    let read = file.take(checker::MAX_BYTES as u64).read_to_string(&mut text);
    if read.is_ok() && serde_json::from_str::<Heading>(&text).is_ok() {
        return Ok(());
    }
    Err(format!("--out {}: the file is there and is no certificate, which a certificate would replace", path.display())
        .into())
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

/// What every certificate has, whatever else is wrong with it.
#[derive(serde::Deserialize)]
struct Heading {
    #[serde(rename = "format")]
    _format: String,
}

fn verify(path: &std::path::Path, replay: bool, permit: &[String], as_json: bool) -> Result<u8, Failure> {
    let shown = path.display();
    let (mut text, most) = (String::new(), checker::MAX_BYTES as u64);
    let file = std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text));
    if text.len() > checker::MAX_BYTES {
        return Err(format!("too-costly: {shown} is longer than the {most} bytes a certificate may have").into());
    }
    file.map_err(|e| format!("cannot read {shown}: {e}"))?;
    // A file that is no certificate at all is bad input; one that is a certificate and wrong is invalid.
    serde_json::from_str::<Heading>(&text).map_err(|e| {
        let kind = if e.is_data() { "a certificate" } else { "JSON" };
        format!("{shown} is not {kind}: {e}")
    })?;
    let theory = theorems::derivation::theory()?;
    let papers = || theory.axioms.iter().filter(|axiom| axiom.needs_permission()).map(|axiom| axiom.name.as_str());
    if let Some(name) = permit.iter().find(|name| !papers().any(|paper| paper == *name)) {
        let (known, list) = (theory.axiom(name).is_some(), papers().collect::<Vec<_>>().join(", "));
        let what = if known { "an axiom that needs no permission" } else { "no axiom of the theory" };
        return Err(format!("--permit {name}: {what}; those that need it are {list}").into());
    }
    let read = checker::read(&text);
    let outcome = read.clone().and_then(|certificate| checker::check(&certificate, theory, permit));
    if let Ok(verified) = &outcome
        && let Some(name) = permit.iter().find(|name| !verified.axioms.contains(name))
    {
        return Err(format!("--permit {name} is not used by {shown}, which does not rest on it").into());
    }
    let mut difference = None;
    if replay && let (Ok(certificate), Ok(_)) = (&read, &outcome) {
        let theorem = theorem(&certificate.theorem)?;
        difference = check::replay(certificate, theorem, &INTERRUPTED).err();
    }
    if as_json {
        print_json(&json::verify(theory, &outcome, difference.as_ref(), replay))?;
    } else {
        print(&text::verify(theory, &outcome, difference.as_ref(), replay));
    }
    Ok(u8::from(outcome.is_err() || difference.is_some()))
}

fn gradient(id: &str, w: &str, b: f64, what: &What) -> Result<u8, Failure> {
    if what.seed.is_some() {
        return Err("--seed is not used by gradient, which draws nothing; trace does".into());
    }
    let instance = what.instance_of(theorem(id)?)?;
    let distribution =
        instance.experiment.as_ref().ok_or("this level has no data to take a gradient on")?.distribution().clone();
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
    // G depends on (w, b) up to a factor: at a power of two nothing is rounded and nothing overflows.
    let largest = weights.iter().fold(b.abs(), |most, c| most.max(c.abs()));
    let unit = if largest > 0.0 { largest.log2().floor().exp2() } else { 1.0 };
    let scaled: Vec<f64> = weights.iter().map(|c| c / unit).collect();
    let g = distribution.gradient(&scaled, b / unit).ok_or_else(|| {
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
