//! Hits of the two-neuron target f*(x) = ⟨D,x⟩/μ of linear data, D = E[yx]/‖E[yx]‖ (docs/theory.md §5.1).

use nalgebra::{DMatrix, DVector};

/// When a pair of neurons counts as a hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HitRule {
    /// |g| within `rho` of 1: the pair's direction times the target's offset lies in a ball around D (Lemma 3).
    Ball {
        /// Tolerance ρ.
        rho: f64,
    },
    /// θ|g|‖`E[yx]`‖·reach in [low, 1]: the pair is linear on the support and meets the target exactly.
    Window {
        /// Lower end of the window.
        low: f64,
        /// Largest |⟨D,x⟩| on the support, allowing for the first batch's error.
        reach: f64,
    },
}

/// How the comparator of a run is found from its initialisation.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearHits {
    /// What a hit is.
    pub rule: HitRule,
    /// Hits needed, κ ≥ 1.
    pub copies: usize,
    /// Neurons whose ‖u‖ is at most this see the whole support.
    pub inner_norm: f64,
    /// θ of the first step.
    pub theta: f64,
    /// ‖`E[yx]`‖.
    pub gradient_norm: f64,
    /// Margin parameter μ of the target.
    pub margin: f64,
    /// Largest |⟨D,x⟩| on the support.
    pub reach: f64,
    /// Factor on α̃ (Theorem C scales it up until its margin is 1 and leaves room for drift).
    pub scale: f64,
}

/// A comparator: α̃ over the live neurons of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparator {
    /// α̃, one entry per live neuron.
    pub weights: DVector<f64>,
}

impl LinearHits {
    /// The distinct neurons m ≤ i < 2m that hit, the first κ of them; `None` if there are fewer. `u` is d × 2m and `g` has
    /// length 2m, both in units of their standard deviations.
    #[must_use]
    pub fn hits(&self, u: &DMatrix<f64>, g: &DVector<f64>) -> Option<Vec<usize>> {
        let m = g.len() / 2;
        let is_hit = |i: &usize| {
            let strength = self.theta * g[*i].abs() * self.gradient_norm;
            let inner = u.column(*i).norm() <= self.inner_norm;
            inner
                && match self.rule {
                    HitRule::Ball { rho } => (strength * self.reach - 1.0).abs() <= rho,
                    HitRule::Window { low, reach } => (low..=1.0).contains(&(strength * reach)),
                }
        };
        let hits: Vec<usize> = (m..2 * m).filter(is_hit).take(self.copies).collect();
        (hits.len() == self.copies).then_some(hits)
    }

    /// The comparator α̃ on the hit pairs: ±reach/2μκ on a ball hit, ±1/2μκ|v| on a window hit, + on the neuron of the pair
    /// that points along D. `live` are the numbers, in the network of 4m neurons, of those the comparator is over.
    #[must_use]
    pub fn comparator(&self, u: &DMatrix<f64>, g: &DVector<f64>, live: &[usize]) -> Option<Comparator> {
        let (hits, m) = (self.hits(u, g)?, g.len() / 2);
        let mut weights = DVector::zeros(live.len());
        for (position, &neuron) in live.iter().enumerate() {
            let (distinct, mirrored) = (neuron % (2 * m), neuron >= 2 * m);
            if !hits.contains(&distinct) {
                continue;
            }
            let g = g[distinct];
            let length = match self.rule {
                HitRule::Ball { .. } => 1.0 / self.reach,
                HitRule::Window { .. } => self.theta * g.abs() * self.gradient_norm,
            };
            let along = (g > 0.0) != mirrored;
            let size = self.scale / (2.0 * self.margin * length * self.copies as f64);
            weights[position] = if along { size } else { -size };
        }
        // A dead neuron hits nothing, whatever its g and u: both mirrors of every hit must be among the live.
        let found = live.iter().filter(|&&neuron| hits.contains(&(neuron % (2 * m)))).count();
        (found == 2 * hits.len()).then_some(Comparator { weights })
    }
}
