//! Trials: what is run, how it is judged, and what the verdict is (docs/theory.md §6).

mod beyond;
mod certify;
pub mod comparator;
mod course;
mod failure;
mod frozen;
mod identities;
mod journal;
mod judge;
pub mod ordinary;
pub mod outcome;
pub mod program;
pub mod protocol;
pub mod quantity;
pub mod runner;
pub mod ticket;
pub mod trial;
pub mod trials;
mod variation;
pub mod verdict;

pub use beyond::BeyondKernel;
pub use comparator::{ComparatorRule, Given};
pub use failure::SECOND_PASS;
pub use frozen::FrozenLayer;
pub use journal::{JournalError, beside};
pub use ordinary::{Observation, Spread, observe, observe_at};
pub use outcome::{EventRecord, ObligationRecord, StopReason, TrialError, TrialOutcome};
pub use program::{Demand, Numbers, Program};
pub use protocol::{
    Alteration, Decrease, EventTest, Expectation, Faithful, Goal, HiddenNorm, Promises, Protocol, Scope,
};
pub use quantity::{Fixed, Quantity};
pub use runner::{Decision, Ended, Run, RunError, RunPlan, run_trials};
pub use ticket::{Control, InitialWeights, Knot, Lottery, NearestToKnots, RandomNeurons, TicketRule};
pub use trial::run_trial;
pub use trials::Experiment;
pub use verdict::{Judgement, Rules, Status, Summary, Verdict};
