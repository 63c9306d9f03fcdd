//! The program of `provably` with one theorem more.

use std::process::ExitCode;

fn main() -> ExitCode {
    provably::cli::main(&own_theorem::REGISTRY)
}
