//! How δ and ε are shared at the posterior level.

/// The share of δ of the comparator's event.
pub(crate) const COMPARATOR_SHARE: f64 = 0.8;
/// That of its certificate; what is left is the training's.
pub(crate) const CERTIFICATE_SHARE: f64 = 0.01;

/// About the training's share of δ.
pub(crate) fn training_share(delta: f64) -> f64 {
    delta * (1.0 - COMPARATOR_SHARE - CERTIFICATE_SHARE)
}

/// An omega that is not so small as to make the sum of losses hard to bound.
pub(crate) const LEAST_OMEGA: f64 = 1e-3;
