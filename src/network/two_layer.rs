//! The network as the paper writes it, and the literal regularised update: the reference for everything faster.

use super::{Batch, Loss};
use nalgebra::{DMatrix, DVector, DVectorView};

/// f(x) = Σᵢ aᵢ σ(⟨wᵢ,x⟩ − bᵢ); b is never trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoLayer {
    /// Inner weights, d × N.
    pub w: DMatrix<f64>,
    /// Outer weights, length N.
    pub a: DVector<f64>,
    /// Biases, length N.
    pub b: DVector<f64>,
}

impl TwoLayer {
    /// N.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.a.len()
    }

    fn activation(&self, i: usize, x: DVectorView<'_, f64>) -> f64 {
        (self.w.column(i).dot(&x) - self.b[i]).max(0.0)
    }

    /// f(x) for every sample of the batch.
    #[must_use]
    pub fn output(&self, batch: &Batch) -> DVector<f64> {
        let f = |x: DVectorView<'_, f64>| (0..self.neurons()).map(|i| self.a[i] * self.activation(i, x)).sum::<f64>();
        DVector::from_iterator(batch.len(), batch.points().column_iter().map(f))
    }

    /// Largest |aᵢ|(‖wᵢ‖‖x‖ + |bᵢ|) over neurons and samples: the size against which the rounding of [`Self::output`] is held.
    #[must_use]
    pub fn largest_output_term(&self, batch: &Batch) -> f64 {
        let term = |i: usize| self.a[i].abs() * (self.w.column(i).norm() * batch.largest_norm() + self.b[i].abs());
        (0..self.neurons()).map(term).fold(0.0, f64::max)
    }

    /// (∇_a, ∇_W) of the batch's mean loss, by the chain rule sample by sample.
    #[must_use]
    pub fn gradient(&self, batch: &Batch, loss: Loss) -> (DVector<f64>, DMatrix<f64>) {
        let mut outer = DVector::zeros(self.neurons());
        let mut inner = DMatrix::zeros(batch.dimension(), self.neurons());
        let outputs = self.output(batch);
        for (j, x) in batch.points().column_iter().enumerate() {
            let y = batch.labels()[j];
            let factor = batch.weights()[j] * y * loss.derivative(y * outputs[j]);
            for i in 0..self.neurons() {
                let h = self.activation(i, x);
                outer[i] += factor * h;
                if h > 0.0 {
                    inner.column_mut(i).axpy(factor * self.a[i], &x, 1.0);
                }
            }
        }
        (outer, inner)
    }

    /// One step of Algorithm 1: a ← a − η(∇_a + λa), W ← W − η(∇_W + λW), both from the old weights.
    pub fn step(&mut self, batch: &Batch, loss: Loss, eta: f64, lambda: f64) {
        let (outer, inner) = self.gradient(batch, loss);
        self.a -= (outer + &self.a * lambda) * eta;
        self.w -= (inner + &self.w * lambda) * eta;
    }
}
