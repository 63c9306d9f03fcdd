//! Two-layer ReLU networks, symmetric initialisation and Algorithm 1 (docs/theory.md §1, §2).
//!
//! * [`TwoLayer`]: the network as the paper writes it, with the literal regularised update;
//! * [`Initialisation`], [`Scales`]: the symmetric initialisation and the sizes that turn it into weights;
//! * [`first_step`]: Lemma 1's closed form of the first step, on a batch, on a stream of samples or over the population;
//! * [`State`], [`descend`], [`forward`]: training in normalised coordinates, blocked so that the hidden layer stays in cache.

mod batch;
mod first_step;
mod initialisation;
mod kernel;
mod loss;
mod reach;
mod single;
mod state;
mod training;
mod two_layer;

pub use batch::Batch;
pub use first_step::{AfterFirstStep, FirstStepError, GradientSource, first_step};
pub use initialisation::{Initialisation, Scales};
pub use loss::Loss;
pub use reach::Reach;
pub use state::{Rates, State, drift, squared_distance};
pub use training::{Report, Workspace, descend, descend_beside, forward, outer_gradient};
pub use two_layer::TwoLayer;
