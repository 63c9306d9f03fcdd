//! Properties over random instances. They live here because proptest keeps failing seeds beside the source file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod angles;
mod bounds;
mod distributions;
mod fixed_features;
mod frozen;
mod halfspaces;
mod multi_index;
mod multi_index_integrals;
mod network;
mod parity_product;
mod uniform_parity;
mod windows;
