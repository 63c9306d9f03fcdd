//! The program of `provably` with theorems on laws of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    provably::cli::main(&own_law::REGISTRY)
}
