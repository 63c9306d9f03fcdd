//! From neurons to features: gradient feature sets, which pairs hit a target, and the comparator α̃ (docs/theory.md §§1, 3–5).

mod angles;
mod ball;
mod components;
mod discovery;
pub mod fixed;
mod hits;
mod linear;
mod separation;
mod soft_margin;
mod subspace;
mod windows;

pub use angles::{angle, angles, pointing};
pub use ball::{BallLoss, BallProblem, Effort, Gram};
pub use components::{ComponentHits, Seen};
pub use discovery::{Feature, FeatureQuery, NoGradient, count, discover, gradients};
pub use hits::{FeatureHits, TargetNeuron};
pub use linear::{Comparator, HitRule, LinearHits};
pub use separation::separate;
pub use subspace::{largest_angle, leading_subspace, share_within};
pub use windows::{Lattice, Window, WindowHits};
