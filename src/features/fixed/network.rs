//! A two-layer ReLU network at initialisation, of which fixed features are made.

use crate::error::ParameterError;
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::StandardNormal;

/// f(x) = N^{−1/2} Σᵢ aᵢσ(⟨wᵢ,x⟩ − bᵢ), N neurons. The factor N^{−1/2} keeps the features' squared norms of order 1 at every width.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluNetwork {
    /// d × N.
    weights: DMatrix<f64>,
    biases: DVector<f64>,
    outer: DVector<f64>,
}

impl ReluNetwork {
    /// The network with weights wᵢ, the columns of `weights` (d × N), biases bᵢ and outer weights aᵢ.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where there is no neuron or no input, lengths differ, or a number is not finite.
    pub fn new(weights: DMatrix<f64>, biases: DVector<f64>, outer: DVector<f64>) -> Result<Self, ParameterError> {
        let reject = |name, value: String, range: &str| Err(ParameterError::out_of_range(name, value, range, "§5.7"));
        let (d, n) = weights.shape();
        if d == 0 || n == 0 || biases.len() != n || outer.len() != n {
            let value = format!("{d} × {n} with {} biases and {} outer weights", biases.len(), outer.len());
            return reject("weights", value, "d × N with N biases and N outer weights, d and N at least 1");
        }
        let bad = weights.iter().chain(biases.iter()).chain(outer.iter()).find(|c| !c.is_finite());
        match bad {
            Some(c) => reject("weight", c.to_string(), "finite"),
            None => Ok(Self { weights, biases, outer }),
        }
    }

    /// wᵢ ~ N(0, I/d), bᵢ ~ N(0, 1), aᵢ ~ N(0, 1), all independent: on {±1}^d both parts of ⟨wᵢ,x⟩ − bᵢ have variance 1. Spread
    /// biases matter: without them ReLU features are orthogonal to every parity of odd size from 3.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where d or N is 0.
    pub fn draw(dimension: usize, neurons: usize, rng: &mut Stream) -> Result<Self, ParameterError> {
        let scale = 1.0 / (dimension as f64).sqrt();
        let weights = DMatrix::from_fn(dimension, neurons, |_, _| scale * rng.sample::<f64, _>(StandardNormal));
        let mut normal = || DVector::from_fn(neurons, |_, _| rng.sample(StandardNormal));
        let (biases, outer) = (normal(), normal());
        Self::new(weights, biases, outer)
    }

    /// d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.weights.nrows()
    }
    /// N.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.weights.ncols()
    }
    /// wᵢ, d × N.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }
    /// bᵢ.
    #[must_use]
    pub fn biases(&self) -> &DVector<f64> {
        &self.biases
    }
    /// aᵢ.
    #[must_use]
    pub fn outer(&self) -> &DVector<f64> {
        &self.outer
    }

    /// f(x); `None` where x has another length.
    #[must_use]
    pub fn output(&self, x: &[f64]) -> Option<f64> {
        self.accepts(x).then(|| self.outer.dot(&self.hidden(x)))
    }

    pub(super) fn accepts(&self, x: &[f64]) -> bool {
        x.len() == self.dimension()
    }

    /// σ(⟨wᵢ,x⟩ − bᵢ)/sqrt N.
    pub(super) fn hidden(&self, x: &[f64]) -> DVector<f64> {
        let scale = self.scale();
        DVector::from_fn(self.neurons(), |i, _| scale * self.activation(i, x).max(0.0))
    }

    /// aᵢ1{⟨wᵢ,x⟩ > bᵢ}/sqrt N.
    pub(super) fn gates(&self, x: &[f64]) -> DVector<f64> {
        let scale = self.scale();
        let gate = |i: usize| if self.activation(i, x) > 0.0 { scale * self.outer[i] } else { 0.0 };
        DVector::from_fn(self.neurons(), |i, _| gate(i))
    }

    fn scale(&self) -> f64 {
        1.0 / (self.neurons() as f64).sqrt()
    }

    /// ⟨wᵢ,x⟩ − bᵢ, summed in order, so that it depends on x alone.
    fn activation(&self, neuron: usize, x: &[f64]) -> f64 {
        let column = self.weights.column(neuron);
        column.iter().zip(x).map(|(w, c)| w * c).sum::<f64>() - self.biases[neuron]
    }
}
