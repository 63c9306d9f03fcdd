//! The symmetric initialisation in its natural units, and the scales that turn it into weights (docs/theory.md §1, §2).

use super::TwoLayer;
use crate::distributions::{Directions, Distribution};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::StandardNormal;

/// b̃, β, θ, σ_a and |ℓ'(0)|: everything between the draws of the initialisation and the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scales {
    /// b̃: every bias is ±b̃.
    pub b_tilde: f64,
    /// β = b̃/σ_w.
    pub beta: f64,
    /// θ = η₁|ℓ'(0)|σ_a/b̃: the size of the first step in normalised coordinates.
    pub theta: f64,
    /// σ_a.
    pub sigma_a: f64,
    /// |ℓ'(0)|.
    pub slope: f64,
}

impl Scales {
    /// η₁ = θ b̃/(|ℓ'(0)| σ_a).
    #[must_use]
    pub fn eta_1(&self) -> f64 {
        self.theta * self.b_tilde / (self.slope * self.sigma_a)
    }

    /// σ_w = b̃/β.
    #[must_use]
    pub fn sigma_w(&self) -> f64 {
        self.b_tilde / self.beta
    }

    /// What turns E[yσ(⟨u,x⟩ − sβ)] into α⁽¹⁾ = b̃ a⁽¹⁾: θ b̃³/(σ_a β).
    #[must_use]
    pub fn outer_factor(&self) -> f64 {
        self.theta * self.b_tilde.powi(3) / (self.sigma_a * self.beta)
    }

    /// The same first step in normalised coordinates at another b̃: β and θ stay, and σ_a goes with b̃³, so that v⁽¹⁾ and α⁽¹⁾
    /// are what they were.
    #[must_use]
    pub fn at(&self, b_tilde: f64) -> Self {
        Self { b_tilde, sigma_a: self.sigma_a * (b_tilde / self.b_tilde).powi(3), ..*self }
    }
}

/// The 2m distinct neurons of the symmetric initialisation: uᵢ = wᵢ/σ_w, gᵢ = aᵢ/σ_a; neuron i + 2m copies u and negates g.
#[derive(Clone, Debug, PartialEq)]
pub struct Initialisation {
    /// Directions u, d × 2m: Gaussian, or what [`Distribution::directions`] says.
    pub u: DMatrix<f64>,
    /// Outer weights g, length 2m.
    pub g: DVector<f64>,
    /// Signs of the biases, length 2m: +1 for i < m, −1 for i ≥ m.
    pub signs: DVector<f64>,
}

impl Initialisation {
    /// Draws Algorithm 1's, with Gaussian directions, for a network of 4·`width` neurons.
    #[must_use]
    pub fn draw(dimension: usize, width: usize, rng: &mut Stream) -> Self {
        Self::draw_with(Directions::Gaussian, dimension, width, rng)
    }

    /// Draws it for a network of 4·`width` neurons with the directions of the theorems on this distribution
    /// ([`Distribution::directions`]); where they are Gaussian, it is [`Self::draw`].
    #[must_use]
    pub fn draw_for(distribution: &dyn Distribution, width: usize, rng: &mut Stream) -> Self {
        Self::draw_with(distribution.directions(), distribution.dimension(), width, rng)
    }

    fn draw_with(directions: Directions, dimension: usize, width: usize, rng: &mut Stream) -> Self {
        let g = DVector::from_fn(2 * width, |_, _| rng.sample(StandardNormal));
        let u = directions.draw(dimension, 2 * width, rng);
        let signs = DVector::from_fn(2 * width, |i, _| if i < width { 1.0 } else { -1.0 });
        Self { u, g, signs }
    }

    /// m: the network has 4m neurons.
    #[must_use]
    pub fn m(&self) -> usize {
        self.g.len() / 2
    }

    /// d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.u.nrows()
    }

    /// The initial network.
    #[must_use]
    pub fn network(&self, scales: &Scales) -> TwoLayer {
        let distinct = self.g.len();
        let w = DMatrix::from_fn(self.dimension(), 2 * distinct, |i, j| scales.sigma_w() * self.u[(i, j % distinct)]);
        let mirror = |j: usize| if j < distinct { 1.0 } else { -1.0 };
        let a = DVector::from_fn(2 * distinct, |j, _| mirror(j) * scales.sigma_a * self.g[j % distinct]);
        let b = DVector::from_fn(2 * distinct, |j, _| scales.b_tilde * self.signs[j % distinct]);
        TwoLayer { w, a, b }
    }
}
