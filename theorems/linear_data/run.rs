//! What a derivation means for the trials: how the comparator is found, the events, and how Φ falls.

use super::mode::Mode;
use super::params::Params;
use crate::derivation::Derivation;
use crate::experiment::Decrease;
use crate::levels::linear::hits::{linear_hits, share_of, start_events};
use crate::levels::training::{Setup, fall_of_c4};
use crate::parameters::{Form, Gradients};
use std::sync::Arc;

/// What distinguishes the theorem's run from others on Algorithm 1.
pub(super) fn setup(derivation: &Derivation, mode: &Mode, params: &Params) -> Setup {
    let number = |name| derivation.number(name);
    let factor = if mode.form == Form::C { params.m_factor.get() } else { 1.0 };
    let decrease = (mode.form == Form::C).then(|| match (mode.margin, mode.gradients) {
        // While more than ε violate, Theorem C2's part of ε for the comparator's loss leaves half of what they give.
        (false, Gradients::Population) => {
            let h = derivation.value("H").map_or(f64::NAN, |v| v.upper_f64());
            Decrease::PerStep((factor - 1.0).powi(2) * params.epsilon.get() / (2.0 * h.powi(2)))
        }
        (margin, _) => fall_of_c4(derivation, factor, margin),
    });
    let scale = if mode.form == Form::C { number("scale") } else { 1.0 };
    let with_share = |(name, test)| {
        let (_, symbol, _) = share_of(derivation, name);
        (name, test, symbol)
    };
    Setup {
        form: mode.form,
        gradients: mode.gradients,
        comparator: Arc::new(linear_hits(derivation, mode.hits, scale)),
        ticket: None,
        events: start_events(derivation, mode.fresh()).into_iter().map(with_share).collect(),
        counted: Vec::new(),
        factor,
        decrease,
    }
}
