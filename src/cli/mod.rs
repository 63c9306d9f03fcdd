//! The command line over a registry of theorems: reads arguments, calls the library, prints, and exits with the verdict's code.

mod arguments;
mod check;
mod gradient;
mod heading;
mod program;
mod studies;
mod verify;

use crate::parameters::Level;
use crate::registry::Registry;
use crate::report::{self, json, text};
use arguments::{Cli, Command, LevelName};
use clap::Parser;
use program::{Failure, print, print_json, theorem};
use std::io::Write;
use std::process::ExitCode;

/// The program with these theorems: what a binary's `main` calls.
pub fn main(registry: &'static Registry) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(registry, cli.command) {
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

fn run(registry: &'static Registry, command: Command) -> Result<u8, Failure> {
    match command {
        Command::List { json: true } => print_json(&json::list(registry)).map(|()| 0),
        Command::List { json: false } => {
            print(&text::list(registry));
            Ok(0)
        }
        Command::Bounds { theorem: id, what } => {
            let instances = what.instances(theorem(registry, &id)?)?;
            let request = what.request()?;
            // Beside the bounds in text stand those of the other forms; the posterior level draws.
            let posterior = !what.json && theorem(registry, &id)?.levels().contains(&Level::Posterior);
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
                    print(&text::forms(&theorem(registry, &id)?.forms(&what.request()?, done)?));
                }
            }
            Ok(0)
        }
        Command::Axioms { theorem: id, json } => {
            let id = id.map(|id| theorem(registry, &id).map(|theorem| theorem.id())).transpose()?;
            let theory = registry.theory()?;
            match json {
                true => print_json(&report::axioms::json(theory, id))?,
                false => print(report::axioms::text(theory, id).trim_end()),
            }
            Ok(0)
        }
        Command::Check(arguments) => check::check(registry, &arguments),
        Command::Verify { certificate, replay, theories, permit, json } => {
            verify::verify(registry, &certificate, replay, &theories, &permit, json)
        }
        Command::Tightness(arguments) => studies::tightness(registry, &arguments),
        Command::Scaling(arguments) => studies::scaling(registry, &arguments),
        Command::Regress(arguments) => studies::regress(registry, &arguments),
        Command::Gradient { theorem: id, w, b, what } => gradient::gradient(registry, &id, &w, b, &what),
        Command::Trace { theorem: id, steps, out, what } => {
            let instance = what.instance_of(theorem(registry, &id)?)?;
            let written = crate::studies::trace::write(&instance, steps, &out)?;
            if what.json {
                print_json(&serde_json::json!({ "arrays": written, "out": out.display().to_string() }))?;
            } else {
                print(&format!("wrote {written} arrays to {}", out.display()));
            }
            Ok(0)
        }
    }
}
