//! The program with the theorems of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    provably::cli::main(&provably::theorems::REGISTRY)
}
