//! Hits of a gradient-feature network f*(x) = Σ aⱼσ(⟨Dⱼ,x⟩ − bⱼ) after the first step (docs/theory.md §3, Lemma 3).

use super::Comparator;
use nalgebra::{DMatrix, DVector, DVectorView};
use std::f64::consts::SQRT_2;

/// A neuron of f*.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetNeuron {
    /// D, a unit vector.
    pub direction: DVector<f64>,
    /// b ≠ 0.
    pub bias: f64,
    /// a.
    pub outer: f64,
}

impl TargetNeuron {
    /// α* = |ab|.
    #[must_use]
    pub fn strength(&self) -> f64 {
        (self.outer * self.bias).abs()
    }
}

/// How the comparator of Lemma 3 is found: κ neurons v = θgG with s = sign b and ‖|b|v − D‖ ≤ ρ for every neuron of f*.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureHits {
    /// f*.
    pub targets: Vec<TargetNeuron>,
    /// ρ < 1.
    pub rho: f64,
    /// κ.
    pub copies: usize,
    /// θ.
    pub theta: f64,
    /// Factor on α̃.
    pub scale: f64,
}

impl FeatureHits {
    /// The |g| for which a neuron with gradient G, or its mirror, hits the target: an interval, `None` where it is empty.
    fn window(&self, target: &TargetNeuron, gradient: &DVectorView<'_, f64>) -> Option<(f64, f64)> {
        let norm = gradient.norm();
        let cosine = gradient.dot(&target.direction).abs() / norm;
        let half = (cosine * cosine - 1.0 + self.rho * self.rho).max(0.0).sqrt();
        let unit = target.bias.abs() * self.theta * norm;
        let hit = norm > 0.0 && cosine * cosine >= 1.0 - self.rho * self.rho && half > 0.0;
        hit.then(|| ((cosine - half) / unit, (cosine + half) / unit))
    }

    /// Pr[hit] over g ~ N(0,1) of a pair whose gradient is G and whose bias has the target's sign.
    #[must_use]
    pub fn probability(&self, target: &TargetNeuron, gradient: &DVectorView<'_, f64>) -> f64 {
        let upper_tail = |z: f64| libm::erfc(z / SQRT_2);
        self.window(target, gradient).map_or(0.0, |(low, high)| upper_tail(low) - upper_tail(high))
    }

    /// α̃ over the live neurons, numbered as in the network of 4m neurons; `None` where a target has fewer than κ hits.
    /// `gradients` is d × 2m, `g` and `signs` have length 2m.
    #[must_use]
    pub fn comparator(
        &self,
        gradients: &DMatrix<f64>,
        g: &DVector<f64>,
        signs: &DVector<f64>,
        live: &[usize],
    ) -> Option<Comparator> {
        let distinct = g.len();
        let mut all = DVector::zeros(2 * distinct);
        for target in &self.targets {
            let hits = (0..distinct).filter(|&i| {
                let window = self.window(target, &gradients.column(i));
                signs[i] * target.bias > 0.0 && window.is_some_and(|(low, high)| (low..=high).contains(&g[i].abs()))
            });
            let hits: Vec<usize> = hits.take(self.copies).collect();
            if hits.len() < self.copies {
                return None;
            }
            for i in hits {
                let along = g[i] * gradients.column(i).dot(&target.direction) > 0.0;
                let neuron = if along { i } else { i + distinct };
                all[neuron] += target.outer.signum() * target.strength() / self.copies as f64 * self.scale;
            }
        }
        Some(Comparator { weights: DVector::from_iterator(live.len(), live.iter().map(|&i| all[i])) })
    }

    /// Whether no neuron can serve two targets.
    #[must_use]
    pub fn apart(&self) -> bool {
        let knot = |t: &TargetNeuron| &t.direction / t.bias.abs();
        let near = |t: &TargetNeuron, other: &TargetNeuron| {
            let reach = self.rho * (1.0 / t.bias.abs() + 1.0 / other.bias.abs());
            // A pair carries ±v, but each of its two neurons is one neuron.
            t.bias * other.bias > 0.0 && (knot(t) - knot(other)).norm() <= reach * (1.0 + 1e-9)
        };
        let targets = self.targets.iter().enumerate();
        targets.clone().all(|(i, t)| self.targets.iter().skip(i + 1).all(|other| !near(t, other)))
    }
}

#[cfg(test)]
mod tests {
    use super::{FeatureHits, TargetNeuron};
    use crate::statistics::streams::{Purpose, stream};
    use nalgebra::{DMatrix, DVector};
    use rand::RngExt;
    use rand_distr::StandardNormal;

    fn rule(rho: f64) -> FeatureHits {
        let target =
            |sign: f64, outer| TargetNeuron { direction: DVector::from_column_slice(&[sign, 0.0]), bias: -2.0, outer };
        FeatureHits { targets: vec![target(1.0, 0.5), target(-1.0, -0.5)], rho, copies: 1, theta: 0.4, scale: 1.0 }
    }

    /// The closed form of the hit probability against the literal test ‖|b|θgG − D‖ ≤ ρ on random g.
    #[test]
    fn probability_is_that_of_the_literal_test() {
        let mut rng = stream(1, 0, Purpose::Probe);
        let rule = rule(0.3);
        for gradient in [[1.0, 0.0], [1.2, 0.2], [-0.8, 0.1], [1.0, 0.5]] {
            let gradient = DVector::from_column_slice(&gradient);
            let target = &rule.targets[0];
            let hit = |g: f64| {
                let v = &gradient * (rule.theta * g * target.bias.abs());
                (&v - &target.direction).norm().min((&v + &target.direction).norm()) <= rule.rho
            };
            let draws = 200_000;
            let seen = (0..draws).filter(|_| hit(rng.sample(StandardNormal))).count() as f64 / f64::from(draws);
            let exact = rule.probability(target, &gradient.column(0));
            // Hoeffding at 10⁻⁹.
            assert!((seen - exact).abs() <= (21.5 / (2.0 * f64::from(draws))).sqrt(), "{seen} {exact}");
        }
    }

    #[test]
    fn comparator_meets_the_target_on_exact_hits() {
        // Neuron 2 (s = −1) has |b|θgG = D; its mirror serves −D.
        let rule = rule(0.1);
        let gradients = DMatrix::from_column_slice(2, 4, &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.3, 0.9]);
        let g = DVector::from_column_slice(&[1.25, 1.0, 1.25, 1.0]);
        let signs = DVector::from_column_slice(&[1.0, 1.0, -1.0, -1.0]);
        let live: Vec<usize> = (0..8).collect();
        let comparator = rule.comparator(&gradients, &g, &signs, &live).unwrap();
        let expected = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0];
        assert!(comparator.weights.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
        // κ = 2 has no second hit.
        assert!(FeatureHits { copies: 2, ..rule }.comparator(&gradients, &g, &signs, &live).is_none());
    }

    #[test]
    fn near_targets_are_not_apart() {
        assert!(rule(0.3).apart());
        let mut near = rule(0.3);
        near.targets[1] = TargetNeuron { bias: -2.1, ..near.targets[0].clone() };
        assert!(!near.apart());
        near.targets[1].bias = 2.1;
        assert!(near.apart());
    }
}
