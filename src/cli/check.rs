//! `check`: verdicts, and certificates.

use super::arguments::{CheckArguments, ScaleName};
use super::heading::Heading;
use super::program::{Failure, INTERRUPTED, chosen, print, print_json, split};
use crate::certificate::checker;
use crate::check::{self, CheckOptions};
use crate::experiment::Verdict;
use crate::registry::{Listed, Registry};
use crate::report::{json, text};
use serde_json::Value;
use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(super) fn check(registry: &'static Registry, arguments: &CheckArguments) -> Result<u8, Failure> {
    let chosen = chosen(registry, "check", &arguments.theorems, arguments.all)?;
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
    let mut each = |theorem: &Listed| {
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
