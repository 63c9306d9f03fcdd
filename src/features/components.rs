//! Hits of the means of Gaussians (docs/theory.md §5.2, component hits): a neuron that is large on one component, small on the
//! others and not too wide on any.

use super::Comparator;
use nalgebra::{DMatrix, DVector, DVectorView};
use std::f64::consts::SQRT_2;

/// How the comparator of component hits is found: κ neurons of positive bias for every component j, each with ⟨v,μⱼ⟩ ≥ `own`,
/// ⟨v,μᵢ⟩ ≤ `cross` for i ≠ j and ‖Σᵢ^½v‖ ≤ `spread` for every i.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentHits {
    /// μⱼ, one column a component.
    pub means: DMatrix<f64>,
    /// Σⱼ^½, up to an orthogonal factor from the left.
    pub roots: Vec<DMatrix<f64>>,
    /// yⱼ.
    pub labels: Vec<f64>,
    /// Least ⟨v,μⱼ⟩ > `cross`.
    pub own: f64,
    /// Largest ⟨v,μᵢ⟩, positive.
    pub cross: f64,
    /// Largest ‖Σᵢ^½v‖.
    pub spread: f64,
    /// Σ|α̃| over the neurons of a component.
    pub strength: f64,
    /// κ.
    pub copies: usize,
    /// θ.
    pub theta: f64,
}

/// A gradient as the components see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// ⟨G,μⱼ⟩.
    along: DVector<f64>,
    /// maxᵢ ‖Σᵢ^½G‖.
    spread: f64,
}

impl Seen {
    /// The largest |⟨G,μⱼ⟩|.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.along.amax()
    }
}

impl ComponentHits {
    /// What the components see of G.
    #[must_use]
    pub fn seen(&self, gradient: &DVectorView<'_, f64>) -> Seen {
        let spread = self.roots.iter().map(|root| (root * gradient).norm()).fold(0.0, f64::max);
        Seen { along: self.means.tr_mul(gradient), spread }
    }

    /// The |g| for which v = θ|g|G, or its mirror where G points away from component j, hits it: an interval, `None` where it is
    /// empty.
    fn window(&self, component: usize, seen: &Seen) -> Option<(f64, f64)> {
        let toward = seen.along[component].signum();
        let others = seen.along.iter().enumerate().filter(|(i, _)| *i != component);
        let most = others.map(|(_, a)| toward * a).fold(0.0, f64::max);
        let low = self.own / (self.theta * seen.along[component].abs());
        let high = (self.spread / seen.spread).min(self.cross / most) / self.theta;
        (low <= high).then_some((low, high))
    }

    /// `Pr[hit]` over g ~ N(0,1) of a pair of positive bias.
    #[must_use]
    pub fn probability(&self, component: usize, seen: &Seen) -> f64 {
        let upper_tail = |z: f64| libm::erfc(z / SQRT_2);
        self.window(component, seen).map_or(0.0, |(low, high)| upper_tail(low) - upper_tail(high))
    }

    /// α̃ over the live neurons, numbered as in the network of 4m neurons; `None` where a component has fewer than κ hits.
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
        let positive: Vec<(usize, Seen)> =
            (0..distinct).filter(|&i| signs[i] > 0.0).map(|i| (i, self.seen(&gradients.column(i)))).collect();
        for (component, label) in self.labels.iter().enumerate() {
            let hit = |(i, seen): &&(usize, Seen)| {
                self.window(component, seen).is_some_and(|(low, high)| (low..=high).contains(&g[*i].abs()))
            };
            let hits: Vec<&(usize, Seen)> = positive.iter().filter(hit).take(self.copies).collect();
            if hits.len() < self.copies {
                return None;
            }
            for (i, seen) in hits {
                let neuron = if g[*i] * seen.along[component] > 0.0 { *i } else { i + distinct };
                all[neuron] += label * self.strength / self.copies as f64;
            }
        }
        Some(Comparator { weights: DVector::from_iterator(live.len(), live.iter().map(|&i| all[i])) })
    }
}

#[cfg(test)]
mod tests {
    use super::ComponentHits;
    use crate::statistics::streams::{Purpose, stream};
    use nalgebra::{DMatrix, DVector};
    use rand::RngExt;
    use rand_distr::StandardNormal;

    fn rule() -> ComponentHits {
        ComponentHits {
            means: DMatrix::from_column_slice(2, 3, &[4.0, 0.0, -4.0, 0.0, 0.0, 4.0]),
            roots: vec![
                DMatrix::identity(2, 2),
                DMatrix::identity(2, 2) * 0.5,
                DMatrix::from_row_slice(2, 2, &[1.0, 0.3, 0.0, 0.8]),
            ],
            labels: vec![1.0, 1.0, -1.0],
            own: 2.0,
            cross: 0.6,
            spread: 0.9,
            strength: 1.5,
            copies: 1,
            theta: 0.4,
        }
    }

    fn literal(rule: &ComponentHits, component: usize, v: &DVector<f64>) -> bool {
        let along = rule.means.tr_mul(v);
        along[component] >= rule.own
            && along.iter().enumerate().all(|(i, a)| i == component || *a <= rule.cross)
            && rule.roots.iter().all(|root| (root * v).norm() <= rule.spread)
    }

    /// The closed form of the hit probability against the literal tests on random g.
    #[test]
    fn probability_is_that_of_the_literal_test() {
        let (rule, mut rng) = (rule(), stream(3, 0, Purpose::Probe));
        for gradient in [[1.0, 0.0], [1.2, 0.1], [-0.8, 0.1], [0.1, 1.0], [1.0, 1.0], [0.0, 0.0]] {
            let gradient = DVector::from_column_slice(&gradient);
            let seen = rule.seen(&gradient.column(0));
            for component in 0..3 {
                let hit = |g: f64| {
                    let v = &gradient * (rule.theta * g);
                    literal(&rule, component, &v) || literal(&rule, component, &-v)
                };
                let draws = 100_000;
                let count = (0..draws).filter(|_| hit(rng.sample(StandardNormal))).count() as f64 / f64::from(draws);
                let exact = rule.probability(component, &seen);
                // Hoeffding at 10⁻⁹.
                assert!((count - exact).abs() <= (21.5 / (2.0 * f64::from(draws))).sqrt(), "{count} {exact}");
            }
        }
    }

    /// Every neuron with a weight hits the component whose label it carries; none serves two; κ too large has none.
    #[test]
    fn comparator_weighs_neurons_that_hit() {
        let (rule, mut rng) = (rule(), stream(4, 0, Purpose::Probe));
        let pairs = 400;
        let gradients = DMatrix::from_fn(2, pairs, |_, _| rng.sample::<f64, _>(StandardNormal));
        let g = DVector::from_fn(pairs, |_, _| rng.sample::<f64, _>(StandardNormal));
        let signs = DVector::from_fn(pairs, |i, _| if i < pairs / 2 { 1.0 } else { -1.0 });
        let live: Vec<usize> = (0..2 * pairs).collect();
        let rule = ComponentHits { copies: 2, ..rule };
        let alpha = rule.comparator(&gradients, &g, &signs, &live).unwrap().weights;
        let mut served = [0; 3];
        for (i, weight) in alpha.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            let pair = i % pairs;
            let mirrored = if i < pairs { 1.0 } else { -1.0 };
            let v = gradients.column(pair) * (rule.theta * g[pair] * mirrored);
            let component = (0..3).find(|j| literal(&rule, *j, &v)).expect("a hit");
            assert!(signs[pair] > 0.0 && (weight - rule.labels[component] * 0.75).abs() < 1e-12);
            served[component] += 1;
        }
        assert_eq!(served, [2; 3]);
        assert!(ComponentHits { copies: 200, ..rule }.comparator(&gradients, &g, &signs, &live).is_none());
    }
}
