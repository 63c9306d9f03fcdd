//! What the checker of certificates accepts and refuses: every leaf mutated, coherent forgeries, the published schema, exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod arithmetic;
mod command_line;
mod common;
mod corpus;
mod forgeries;
mod fuzzed;
mod hostile;
mod mutations;
mod random;
mod rows;
mod schema;
mod second_rule;
