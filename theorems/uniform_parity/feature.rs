//! The one feature of a uniform parity, exactly.

use crate::distributions::UniformParityFeature;
use crate::levels::{Case, FeatureSet};
use crate::registry::InstanceError;
use crate::registry::instance::FeatureRow;

/// What gives the least error of a halfspace.
pub(super) const HALFSPACES: &str = "uniform-parity-halfspaces";

/// d and k.
pub(super) fn shape(case: &Case<'_>) -> (usize, usize) {
    (case.data.symbol("d") as usize, case.data.symbol("k") as usize)
}

pub(super) fn beta(case: &Case<'_>) -> f64 {
    case.params.beta.get().unwrap_or(f64::NAN)
}

/// 1_A/sqrt k, under both signs of the bias: p, γ and B_G exactly, rounded against the theorem.
pub(super) fn features(case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError> {
    let (d, k) = shape(case);
    let exact = UniformParityFeature::new(d, k, beta)?;
    let direction: Vec<f64> = (0..d).map(|l| if l < k { 1.0 / (k as f64).sqrt() } else { 0.0 }).collect();
    let row = |sign: f64| FeatureRow {
        direction: direction.clone(),
        sign,
        p: exact.probability_below(),
        gamma: exact.gamma_above(),
        b_g: exact.norm_below(),
    };
    Ok(FeatureSet::exact(axioms(k), vec![row(1.0), row(-1.0)]))
}

pub(super) const LEMMA_2: [&str; 3] = ["uniform-parity-sums-2", "uniform-parity-feature", "lemma-uniform-parity"];
pub(super) const LEMMA_4: [&str; 3] = ["uniform-parity-sums-4", "uniform-parity-feature", "lemma-uniform-parity"];

/// The axioms that know c_{k−1} and c_{k+1}, and with them the feature.
pub(super) fn axioms(k: usize) -> &'static [&'static str] {
    if k == 2 { &LEMMA_2[..2] } else { &LEMMA_4[..2] }
}
