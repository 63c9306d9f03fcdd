//! Properties over random instances. They live here because proptest keeps failing seeds beside the source file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod bounds;
mod distributions;
mod frozen;
mod network;
