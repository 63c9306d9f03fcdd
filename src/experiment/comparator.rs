//! How the comparator α̃ of a run is found: from its initialisation and first step, never from its later batches.

use crate::features::{Comparator, ComponentHits, FeatureHits, LinearHits, WindowHits};
use crate::network::{AfterFirstStep, Initialisation};

/// What a comparator may depend on.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// Initial weights.
    pub initialisation: &'a Initialisation,
    /// The network after the first step.
    pub after: &'a AfterFirstStep,
    /// Seed of the trials; streams of the purposes `Fit` and `FitCertification` may be drawn from.
    pub seed: u64,
    /// Number of the trial.
    pub trial: u64,
}

/// A way to find the comparator.
pub trait ComparatorRule: Send + Sync {
    /// α̃ over the live neurons after the first step; `None` where the rule finds none, which is the failure of an event.
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator>;
}

impl ComparatorRule for LinearHits {
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
        let Given { initialisation, after, .. } = given;
        LinearHits::comparator(self, &initialisation.u, &initialisation.g, &after.state.index)
    }
}

impl ComparatorRule for FeatureHits {
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
        let Given { initialisation, after, .. } = given;
        FeatureHits::comparator(self, &after.gradients, &initialisation.g, &initialisation.signs, &after.state.index)
    }
}

impl ComparatorRule for WindowHits {
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
        let Given { initialisation: Initialisation { u, g, signs }, after, .. } = given;
        WindowHits::comparator(self, u, g, signs, &after.state.index)
    }
}

impl ComparatorRule for ComponentHits {
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
        let Given { initialisation: Initialisation { g, signs, .. }, after, .. } = given;
        ComponentHits::comparator(self, &after.gradients, g, signs, &after.state.index)
    }
}
