//! The twins of the theorem modules: what each accepts, what each rejects, and its constants computed a second time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod beyond_kernel;
mod figure;
mod framework;
mod frozen_layer;
mod gaussians;
mod linear_data;
mod linear_posterior;
mod lottery_ticket;
mod multi_index;
mod ordinary;
mod parities;
