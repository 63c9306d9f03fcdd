//! Counter-based random streams: what a trial draws depends on the seed and the trial's number only.
//!
//! One ChaCha8 key per seed; every (trial, purpose) pair owns one of its 2⁶⁴ streams of 2⁶⁸ bytes, so no trial's
//! draws depend on the number of threads, on the order in which trials finish, or on how much another purpose drew.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// The random generator of the crate.
pub type Stream = ChaCha8Rng;

/// What a stream is drawn for. Purposes never share a stream, so that the samples which certify a network are independent
/// of those which trained it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights of the network.
    Initialisation = 0,
    /// The batch of the first gradient step.
    FirstStep = 1,
    /// The batches of the later steps.
    Training = 2,
    /// Fresh samples that certify the network's population loss or error.
    Certification = 3,
    /// Samples on which identities of the initialisation and of the first step are probed.
    Probe = 4,
    /// Samples a comparator is fitted to.
    Fit = 5,
    /// Samples that certify a fitted comparator.
    FitCertification = 6,
    /// Initial weights of the runs a plan is made from, and neurons on which features are found and counted.
    Pilot = 7,
    /// What a control draws instead of the theorem's choice.
    Control = 8,
    /// The hidden set A of a trial whose fixed features are held against the network.
    HiddenSet = 9,
    /// Fresh samples that certify that a network does not meet the goal, and the order in which a population is gone through
    /// for that.
    Failure = 10,
}

/// Streams a trial owns; more than there are purposes, so that a new purpose does not move an old stream.
const STREAMS_PER_TRIAL: u64 = 16;

/// The stream of one purpose in one trial.
#[must_use]
pub fn stream(seed: u64, trial: u64, purpose: Purpose) -> Stream {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(trial.wrapping_mul(STREAMS_PER_TRIAL).wrapping_add(purpose as u64));
    rng
}
