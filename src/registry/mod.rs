//! Theorems that can be run: what one is to the rest of the program, the list of them with the theory text they rest on, and what of
//! a request is refused.

pub mod admission;
pub mod auto;
pub mod instance;
mod listed;
pub mod recall;
mod scaling_law;
mod theorem;
mod unused;

pub use instance::Instance;
pub use listed::{Listed, Registry};
pub use scaling_law::{ScalingLaw, Subject};
pub use theorem::{FormRow, InstanceError, Theorem};
pub use unused::{Unused, User};
