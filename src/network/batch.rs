//! Labelled samples with weights: a fresh batch, or the whole population.

use crate::distributions::{Distribution, Support};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};

/// n labelled inputs with weights that sum to 1.
#[derive(Clone, Debug)]
pub struct Batch {
    points: DMatrix<f64>,
    labels: DVector<f64>,
    weights: DVector<f64>,
    largest_norm: f64,
}

impl Batch {
    /// A batch of given samples: `points` d × n, `labels` and `weights` of length n.
    #[must_use]
    pub fn new(points: DMatrix<f64>, labels: DVector<f64>, weights: DVector<f64>) -> Self {
        let mut batch = Self { points, labels, weights, largest_norm: 0.0 };
        batch.measure();
        batch
    }

    /// The whole of a finite distribution.
    #[must_use]
    pub fn population(support: &Support) -> Self {
        Self::new(support.points.clone(), support.labels.clone(), support.weights.clone())
    }

    /// Draws from a finite distribution, of which point j came up `counts[j]` times.
    #[must_use]
    pub fn counted(support: &Support, counts: &[u64]) -> Self {
        let drawn = counts.iter().sum::<u64>() as f64;
        let weights = DVector::from_iterator(counts.len(), counts.iter().map(|&c| c as f64 / drawn));
        Self::new(support.points.clone(), support.labels.clone(), weights)
    }

    /// Room for n samples of equal weight, all zero until they are drawn.
    #[must_use]
    pub fn empty(dimension: usize, samples: usize) -> Self {
        let weights = DVector::repeat(samples, 1.0 / samples as f64);
        Self { points: DMatrix::zeros(dimension, samples), labels: DVector::zeros(samples), weights, largest_norm: 0.0 }
    }

    /// n fresh samples.
    #[must_use]
    pub fn draw(distribution: &dyn Distribution, samples: usize, rng: &mut Stream) -> Self {
        let mut batch = Self::empty(distribution.dimension(), samples);
        batch.redraw(distribution, rng);
        batch
    }

    /// Replaces every sample by a fresh one.
    pub fn redraw(&mut self, distribution: &dyn Distribution, rng: &mut Stream) {
        distribution.sample(rng, self.points.as_mut_slice(), self.labels.as_mut_slice());
        self.measure();
    }

    fn measure(&mut self) {
        let squares = self.points.column_iter().map(|x| x.norm_squared());
        self.largest_norm = squares.fold(0.0, f64::max).sqrt();
    }

    /// d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.points.nrows()
    }
    /// n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }
    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Inputs, d × n.
    #[must_use]
    pub fn points(&self) -> &DMatrix<f64> {
        &self.points
    }
    /// Labels ±1.
    #[must_use]
    pub fn labels(&self) -> &DVector<f64> {
        &self.labels
    }
    /// Weights.
    #[must_use]
    pub fn weights(&self) -> &DVector<f64> {
        &self.weights
    }
    /// Largest ‖x‖.
    #[must_use]
    pub fn largest_norm(&self) -> f64 {
        self.largest_norm
    }
}
