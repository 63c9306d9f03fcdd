//! An experiment with one of its numbers changed and everything else as it is: how much of it is needed.

use super::comparator::{ComparatorRule, Given};
use super::protocol::{Expectation, Goal, Protocol};
use super::quantity::{Fixed, Quantity};
use crate::features::Comparator;
use std::sync::Arc;

/// No comparator is looked for: the claim does not need one.
struct NoComparator;

impl ComparatorRule for NoComparator {
    fn comparator(&self, _: &Given<'_>) -> Option<Comparator> {
        None
    }
}

impl Protocol {
    /// The protocol of the claim alone: events and obligations belong to the proof, and need more than the claim does. A goal
    /// that is not certified counts as not reached, so that no second pass is taken.
    pub(super) fn of_claim(&self) -> Self {
        let comparator = Arc::new(NoComparator);
        Self { events: Vec::new(), obligations: Vec::new(), comparator, second_pass: 0.0, ..self.clone() }
    }

    /// See [`super::Experiment::with`].
    pub(super) fn varied(&self, quantity: Quantity, value: f64) -> Result<Self, Fixed> {
        let mut varied = self.clone();
        match quantity {
            Quantity::Width => varied.width = value as usize,
            Quantity::Steps => varied.steps = value as u64,
            Quantity::FirstStep if self.first_step == Expectation::Population => {
                return Err(Fixed("the first step takes the gradient's expectation: there are no samples"));
            }
            Quantity::FirstStep => varied.first_step = Expectation::Batch(value as usize),
            Quantity::PerStep if self.training == Expectation::Population => {
                return Err(Fixed("the later steps take the gradient's expectation: there are no samples"));
            }
            Quantity::PerStep => varied.training = Expectation::Batch(value as usize),
            Quantity::Total => return Err(Fixed("follows from the others: first_step + steps * per_step")),
            Quantity::Error => {
                varied.goal = match self.goal {
                    Goal::Loss(_) => Goal::Loss(value),
                    Goal::Error(_) => Goal::Error(value),
                }
            }
        }
        Ok(varied)
    }
}
