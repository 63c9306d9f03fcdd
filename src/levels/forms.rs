//! The derivation of Theorems A and B from the hits on, which every theorem with a target f* shares.

use crate::certificate::expression::Term;
use crate::derivation::sizes::share;
use crate::derivation::{Derivation, DerivationError, rounded};
use crate::parameters::{Form, Gradients};
use crate::registry::InstanceError;

/// Room for drift in Theorems A and B, relative to ε.
const EPSILON_3_SHARE: f64 = 0.05;
/// A fresh first step takes this much of ε from training.
pub(crate) const BATCH_SHARE: f64 = 0.1;
/// What is left of ε where its parts are not exact: far beyond the width of a 128-bit enclosure, far below anything that shows.
const ENCLOSURE_ROOM: f64 = 1e-11;

/// What of ε and δ is left for training in Theorem A or B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LossForm {
    /// A or B.
    pub form: Form,
    /// Where gradients are taken.
    pub gradients: Gradients,
    /// The hits' part of ε.
    pub rho_share: f64,
    /// δ.
    pub delta: f64,
    /// Training's part of δ.
    pub part: f64,
}

impl LossForm {
    /// Splits ε, and concludes Theorem A or B from the events of the initialisation and of the first step.
    ///
    /// # Errors
    /// Anything but a need that does not hold.
    pub(crate) fn derive(
        &self,
        derivation: &mut Derivation,
        mut events: Vec<Option<usize>>,
        first: Option<usize>,
    ) -> Result<Option<usize>, InstanceError> {
        let batch = if self.gradients == Gradients::Fresh { BATCH_SHARE } else { 0.0 };
        // Parts of ε that are enclosed, not exact, must leave room for the width of their enclosures.
        let exact = Term::parse("rho_term + batch_term").map_err(DerivationError::from)?.exact(derivation.kernel());
        let room = if exact.is_some() { 0.0 } else { ENCLOSURE_ROOM };
        let training = 1.0 - self.rho_share - batch - EPSILON_3_SHARE - room;
        derivation.choose("epsilon_2_share", rounded(training, 12, false))?;
        derivation.choose("epsilon_3_share", EPSILON_3_SHARE)?;
        derivation.apply("error-split")?;
        if self.form == Form::A {
            derivation.unite(&events)?;
            return Ok(derivation.apply("theorem-a")?);
        }
        derivation.choose("delta_Z", share(self.delta, self.part))?;
        events.push(derivation.apply("theorem-b")?);
        finish(derivation, self.gradients, events, first, ["theorem-b-batch", "theorem-b-closed"])
    }
}

/// Unites the events, the first batch's among them, and applies the last axiom.
///
/// # Errors
/// Anything but a need that does not hold.
pub(crate) fn finish(
    derivation: &mut Derivation,
    gradients: Gradients,
    mut events: Vec<Option<usize>>,
    first: Option<usize>,
    [batch, closed]: [&str; 2],
) -> Result<Option<usize>, InstanceError> {
    let fresh = gradients == Gradients::Fresh;
    if fresh {
        events.push(first);
    }
    derivation.unite(&events)?;
    Ok(derivation.apply(if fresh { batch } else { closed })?)
}
