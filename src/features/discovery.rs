//! Gradient feature sets found by sampling (paper Def. 3.7, docs/theory.md §1).
//!
//! Directions are found on one sample of neurons and counted on another, so that the binomial bound on p holds for the
//! directions that were found. p is conditional on the sign s of the bias.

use crate::distributions::Distribution;
use crate::statistics::clopper_pearson_lower;
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// What is asked of a feature: neurons are drawn with w = u from the distribution's law of directions and b = sβ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureQuery {
    /// β = b̃/σ_w.
    pub beta: f64,
    /// s = ±1.
    pub sign: f64,
    /// Width γ of the cone: |⟨G, D⟩| ≥ (1 − γ)‖G‖.
    pub gamma: f64,
    /// Least ‖G‖.
    pub norm: f64,
    /// Neurons in each of the two samples.
    pub draws: usize,
    /// A direction is kept if at least this share of the first sample lies in its cone.
    pub share: f64,
}

/// A direction D with how often the gradient of a random neuron lies in its cone.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// D, a unit vector; its sign means nothing.
    pub direction: DVector<f64>,
    /// s.
    pub sign: f64,
    /// Neurons of the second sample with G in the cone of D and ‖G‖ ≥ B_G.
    pub hits: u64,
    /// Neurons of the second sample.
    pub draws: u64,
}

impl Feature {
    /// A lower bound on p.
    ///
    /// # Guarantee
    /// At most p with probability at least 1 − `error` (Clopper and Pearson); over several features the errors add up.
    #[must_use]
    pub fn probability(&self, error: f64) -> f64 {
        clopper_pearson_lower(self.hits, self.draws, error)
    }
}

/// The distribution has no population gradient at some neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{distribution} has neither a closed form nor an enumerable support for G at a random neuron")]
pub struct NoGradient {
    /// The distribution.
    pub distribution: &'static str,
}

/// The directions around which gradients of random neurons gather, most frequent first.
///
/// # Errors
/// [`NoGradient`].
pub fn discover(
    distribution: &dyn Distribution,
    query: &FeatureQuery,
    rng: &mut Stream,
) -> Result<Vec<Feature>, NoGradient> {
    let pilot = gradients(distribution, query, rng)?;
    count(distribution, query, &modes(&pilot, query), rng)
}

/// How often the gradients of fresh random neurons lie in the cones of directions that are known beforehand.
///
/// # Errors
/// [`NoGradient`].
pub fn count(
    distribution: &dyn Distribution,
    query: &FeatureQuery,
    directions: &[DVector<f64>],
    rng: &mut Stream,
) -> Result<Vec<Feature>, NoGradient> {
    let counted = gradients(distribution, query, rng)?;
    let feature = |direction: &DVector<f64>| {
        let hits = counted.column_iter().filter(|g| in_cone(g.dot(direction), g.norm(), query)).count() as u64;
        Feature { direction: direction.clone(), sign: query.sign, hits, draws: query.draws as u64 }
    };
    Ok(directions.iter().map(feature).collect())
}

/// G(u, sβ) of fresh random neurons, d × draws.
///
/// # Errors
/// [`NoGradient`].
pub fn gradients(
    distribution: &dyn Distribution,
    query: &FeatureQuery,
    rng: &mut Stream,
) -> Result<DMatrix<f64>, NoGradient> {
    let d = distribution.dimension();
    let u = distribution.directions().draw(d, query.draws, rng);
    let of = |j: usize| distribution.gradient(u.column(j).as_slice(), query.sign * query.beta);
    let found: Option<Vec<DVector<f64>>> = (0..query.draws).into_par_iter().map(of).collect();
    let columns = found.ok_or(NoGradient { distribution: distribution.name() })?;
    Ok(if columns.is_empty() { DMatrix::zeros(d, 0) } else { DMatrix::from_columns(&columns) })
}

fn in_cone(product: f64, norm: f64, query: &FeatureQuery) -> bool {
    norm >= query.norm && norm > 0.0 && product.abs() >= (1.0 - query.gamma) * norm
}

/// The gradient with most others in its cone, refined to the mean direction of these; then the same without them, while
/// enough are left.
fn modes(gradients: &DMatrix<f64>, query: &FeatureQuery) -> Vec<DVector<f64>> {
    let long = gradients.column_iter().filter(|g| g.norm() >= query.norm && g.norm() > 0.0);
    let mut left: Vec<DVector<f64>> = long.map(|g| g.normalize()).collect();
    let least = (query.share * query.draws as f64).max(1.0);
    let mut found = Vec::new();
    while !left.is_empty() {
        let members = |d: &DVector<f64>| left.iter().filter(|g| g.dot(d).abs() >= 1.0 - query.gamma).count();
        let Some((best, count)) = left.iter().map(|g| (g, members(g))).max_by_key(|(_, count)| *count) else { break };
        if (count as f64) < least {
            break;
        }
        let mut direction = best.clone();
        let mut width = query.gamma;
        // The mean direction of ever narrower cones, while enough gradients are in them: the mode, not the middle, of the cone.
        loop {
            for _ in 0..REFINEMENTS {
                let near = left.iter().filter(|g| g.dot(&direction).abs() >= 1.0 - width);
                let sum = near.fold(DVector::zeros(direction.len()), |sum, g| sum + g * g.dot(&direction).signum());
                if sum.norm() > 0.0 {
                    direction = sum.normalize();
                }
            }
            width /= NARROWER;
            let near = left.iter().filter(|g| g.dot(&direction).abs() >= 1.0 - width).count();
            if near < ENOUGH || width < NARROWEST {
                break;
            }
        }
        left.retain(|g| g.dot(&direction).abs() < 1.0 - APART * query.gamma);
        found.push(direction);
    }
    found
}

/// Each refinement's cone is this much narrower than the one before, as long as it has so many gradients and is no narrower
/// than rounding.
const NARROWER: f64 = 4.0;
const ENOUGH: usize = 12;
const NARROWEST: f64 = 1e-13;
/// Steps of the mean direction; it settles after two or three.
const REFINEMENTS: usize = 4;
/// Gradients within this many cone widths of a found direction belong to it, in the cone or not.
const APART: f64 = 4.0;

#[cfg(test)]
mod tests {
    use super::{FeatureQuery, discover};
    use crate::distributions::{Distribution, GaussianMixture, StructuredParity, UniformHypercube};
    use crate::statistics::streams::{Purpose, stream};

    fn found(law: &dyn Distribution, query: FeatureQuery) -> Vec<super::Feature> {
        discover(law, &query, &mut stream(1, 0, Purpose::Initialisation)).unwrap()
    }

    const QUERY: FeatureQuery = FeatureQuery { beta: 0.0, sign: 1.0, gamma: 0.01, norm: 0.1, draws: 2000, share: 0.02 };

    #[test]
    fn linear_data_has_one_feature() {
        let law = UniformHypercube::new(10).unwrap();
        let features = found(&law, FeatureQuery { beta: 30.0, sign: -1.0, ..QUERY });
        assert_eq!(features.len(), 1);
        assert!(features[0].direction[0].abs() > 1.0 - 1e-12 && features[0].hits == 2000);
        assert!(features[0].probability(0.001) > 0.99);
        // No neuron of positive bias this large is active at all.
        assert!(found(&law, FeatureQuery { beta: 30.0, sign: 1.0, ..QUERY }).is_empty());
    }

    #[test]
    fn xor_has_the_two_axes() {
        let law = GaussianMixture::xor(10, 12.0, 1.0).unwrap();
        let features = found(&law, FeatureQuery { beta: 12.0, norm: 1.5, ..QUERY });
        for axis in 0..2 {
            let found = features.iter().find(|f| f.direction[axis].abs() > 1.0 - 1e-3).expect("the axis");
            // theory.md §7: 0.057 of the neurons at γ = 10⁻⁴; more at γ = 0.01.
            assert!(found.hits > 80, "{}", found.hits);
        }
    }

    #[test]
    fn parity_has_its_blocks() {
        let law = StructuredParity::new(11, 1, 5, 0.25, 0.1).unwrap();
        let feature = law.feature(0).unwrap();
        for (beta, sign) in [(8.0, -1.0), (3.0, 1.0)] {
            let features = found(&law, FeatureQuery { beta, sign, draws: 400, ..QUERY });
            assert!(features[0].direction.dot(&feature).abs() > 0.99, "{beta}");
        }
    }

    /// A feature's p is counted on neurons it was not found on: on noise the two counts differ by no more than chance.
    #[test]
    fn counts_are_of_fresh_neurons() {
        let law = GaussianMixture::two(6, 0.2, 1.0).unwrap();
        let query = FeatureQuery { beta: 0.3, norm: 0.0, share: 0.005, ..QUERY };
        for feature in found(&law, query) {
            assert!(feature.probability(1e-6) <= feature.hits as f64 / feature.draws as f64);
        }
    }
}
