//! The command line as a user meets it: bad input, the JSON contract, interrupted runs, files as data.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod axioms;
mod bad_input;
mod contract;
mod data;
mod options;
mod ordinary;
mod outputs;
mod resume;
mod run;
mod studies;
mod trace;
