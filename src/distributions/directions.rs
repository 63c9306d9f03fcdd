//! What the initial directions of the neurons are drawn from.

use super::signs::fill_signs;
use crate::statistics::streams::Stream;
use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;

/// The law of the initial directions u = w⁽⁰⁾/σ_w.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directions {
    /// N(0, I), Algorithm 1's.
    Gaussian,
    /// Uniform on {±1}^d: not Algorithm 1's Gaussian, and to be said wherever a result rests on it.
    Signs,
}

impl Directions {
    /// Independent directions, d × `count`, one a column, drawn column by column.
    #[must_use]
    pub fn draw(self, dimension: usize, count: usize, rng: &mut Stream) -> DMatrix<f64> {
        match self {
            Self::Gaussian => DMatrix::from_fn(dimension, count, |_, _| rng.sample(StandardNormal)),
            Self::Signs => {
                let mut u = DMatrix::zeros(dimension, count);
                u.column_iter_mut().for_each(|mut column| fill_signs(rng, column.as_mut_slice()));
                u
            }
        }
    }
}
