//! What makes a verdict: checking an instance, its certificate, keeping and resuming trials, and running recorded ones again.

mod certificate;
mod law;
pub mod ordinary;
mod replay;
mod store;
mod verdict;

pub use ordinary::Ordinary;
pub use replay::{ReplayError, replay};
pub use store::{StoreError, journal, store};
pub use verdict::{CheckError, CheckOptions, CheckReport, check, worse};
