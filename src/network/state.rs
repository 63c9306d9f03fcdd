//! The trained network in normalised coordinates v = w/b̃, α = b̃a (docs/theory.md §2).

use super::TwoLayer;
use nalgebra::{DMatrix, DVector};

/// The neurons that can still be active: f = Σ αᵢ σ(⟨vᵢ,x⟩ − sᵢ). A neuron with s = +1, v = 0 and α = 0 is dead on every
/// input, has no gradient, and is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// α, one entry per live neuron.
    pub alpha: DVector<f64>,
    /// v, d × live neurons.
    pub v: DMatrix<f64>,
    /// s = ±1.
    pub signs: DVector<f64>,
    /// Number in the network of 4m neurons of each live neuron.
    pub index: Vec<usize>,
    /// b̃.
    pub b_tilde: f64,
}

impl State {
    /// Whether every weight is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        // 0·x is 0 or NaN: eight sums at once, where a search that may end early would take one weight after the other.
        let finite = |weights: &[f64]| {
            let mut sums = [0.0; 8];
            let eights = weights.chunks_exact(8);
            let rest = eights.remainder().iter().all(|x| x.is_finite());
            eights.for_each(|x| sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x * 0.0));
            rest && sums.iter().all(|sum| sum.is_finite())
        };
        finite(self.alpha.as_slice()) && finite(self.v.as_slice())
    }

    /// The network of the neurons at these positions alone.
    #[must_use]
    pub fn restricted(&self, kept: &[usize]) -> Self {
        Self {
            alpha: self.alpha.select_rows(kept),
            v: self.v.select_columns(kept),
            signs: self.signs.select_rows(kept),
            b_tilde: self.b_tilde,
            index: kept.iter().map(|&p| self.index[p]).collect(),
        }
    }

    /// Σ|αᵢ|(‖vᵢ‖·norm + 1) ≥ |f(x)| for every ‖x‖ ≤ `norm`.
    #[must_use]
    pub fn output_bound(&self, norm: f64) -> f64 {
        self.alpha.iter().zip(self.v.column_iter()).map(|(a, v)| a.abs() * (v.norm() * norm + 1.0)).sum()
    }

    /// The network of 4·`width` neurons, the dead ones with zero weights.
    #[must_use]
    pub fn to_two_layer(&self, width: usize) -> TwoLayer {
        let neurons = 4 * width;
        let mut w = DMatrix::zeros(self.v.nrows(), neurons);
        let mut a = DVector::zeros(neurons);
        let b = DVector::from_fn(neurons, |i, _| if i % (2 * width) < width { self.b_tilde } else { -self.b_tilde });
        for (position, &i) in self.index.iter().enumerate() {
            w.set_column(i, &(self.v.column(position) * self.b_tilde));
            a[i] = self.alpha[position] / self.b_tilde;
        }
        TwoLayer { w, a, b }
    }
}

/// Step sizes of α and v when (a, W) are trained with step η: η_α = ηb̃², η_v = η_α/b̃⁴.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// η_α.
    pub alpha: f64,
    /// η_v.
    pub v: f64,
}

impl Rates {
    /// The rates at η_α.
    #[must_use]
    pub fn new(eta_alpha: f64, b_tilde: f64) -> Self {
        Self { alpha: eta_alpha, v: eta_alpha / b_tilde.powi(4) }
    }
}

/// ‖a − b‖² of two vectors of one length, eight sums at once.
#[must_use]
pub fn squared_distance(a: &DVector<f64>, b: &DVector<f64>) -> f64 {
    let (a, b) = (a.as_slice().chunks_exact(8), b.as_slice().chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| (a - b).powi(2)).sum();
    let mut sums = [0.0; 8];
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// maxᵢ ‖vᵢ − vᵢ'‖ between two states of the same neurons.
#[must_use]
pub fn drift(state: &State, initial: &State) -> f64 {
    let squares = state.v.column_iter().zip(initial.v.column_iter()).map(|(v, w)| (v - w).norm_squared());
    squares.fold(0.0, f64::max).sqrt()
}
