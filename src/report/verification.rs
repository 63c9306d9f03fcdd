//! What `verify` answers, before it is JSON or text.

use super::axioms::tiers;
use crate::certificate::checker::Verified;
use crate::certificate::refusal::Refusal;
use crate::certificate::theory::Theory;
use crate::certificate::{EVIDENCE_AS_RECORDED, TRIALS_AS_RECORDED};
use crate::check::ReplayError;

/// The answer.
pub(super) struct Answer<'v> {
    /// Whether every step follows, and a replay, if there was one, found no difference.
    pub(super) valid: bool,
    /// Why, in a line.
    pub(super) reason: String,
    /// The axioms it rests on; a replay takes the place of what was recorded.
    pub(super) axioms: Vec<&'v str>,
    /// The same by what they ask to be trusted.
    pub(super) tiers: Vec<(String, Vec<&'v str>)>,
}

impl<'v> Answer<'v> {
    /// Of the checker's outcome; `difference` is what a replay found.
    pub(super) fn new(
        theory: &Theory,
        outcome: &'v Result<Verified, Refusal>,
        difference: Option<&ReplayError>,
        replayed: bool,
    ) -> Self {
        let verified = match outcome {
            Ok(verified) => verified,
            Err(refusal) => {
                return Self { valid: false, reason: refusal.to_string(), axioms: Vec::new(), tiers: Vec::new() };
            }
        };
        let reason = match (difference, replayed) {
            (Some(found), _) => found.to_string(),
            (None, true) => {
                "every step follows; what is recorded was measured and the trials were run again, to the same outcome"
                    .into()
            }
            (None, false) => "every step follows; the trials are taken as recorded".into(),
        };
        let again = replayed && difference.is_none();
        let recorded = |axiom: &str| [TRIALS_AS_RECORDED, EVIDENCE_AS_RECORDED].contains(&axiom);
        let axioms: Vec<&str> =
            verified.axioms.iter().map(String::as_str).filter(|axiom| !(again && recorded(axiom))).collect();
        let tiers = tiers(theory, &axioms);
        Self { valid: difference.is_none(), reason, axioms, tiers }
    }
}
