//! Feature maps that do not learn: random ReLU features, the tangent kernel at initialisation and a Gaussian kernel
//! (docs/theory.md §5.7).

mod contest;
mod network;

pub use contest::{Entrant, FixedAverages, FixedContest, parseval_bound, random_set};
pub use network::ReluNetwork;

use super::ball::Gram;
use crate::distributions::{Distribution, UniformHypercube};
use crate::error::ParameterError;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// A feature map Ψ on {±1}^d that is drawn before the labels are known and then fixed.
///
/// Where Ψ is computed in f64 it *is* the vector of f64 numbers that comes out: a map like any other, of which the theorem
/// speaks, so that nothing but scalar products has rounding errors.
#[derive(Clone, Debug, PartialEq)]
pub enum FixedFeatures {
    /// The hidden layer: Ψᵢ(x) = σ(⟨wᵢ,x⟩ − bᵢ)/sqrt N.
    RandomRelu {
        /// The weights; the outer ones are not used.
        network: ReluNetwork,
    },
    /// The network's derivatives by its weights: σ(⟨wᵢ,x⟩ − bᵢ)/sqrt N and aᵢ1{⟨wᵢ,x⟩ > bᵢ}x/sqrt N. Biases are not trained (§1).
    TangentKernel {
        /// The network at initialisation.
        network: ReluNetwork,
    },
    /// K(x, x') = exp(−‖x − x'‖²/2width²).
    GaussianKernel {
        /// Width, in the units of x.
        width: f64,
    },
}

impl FixedFeatures {
    /// A word for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RandomRelu { .. } => "random-relu",
            Self::TangentKernel { .. } => "tangent-kernel",
            Self::GaussianKernel { .. } => "gaussian-kernel",
        }
    }

    /// Ψ(x) for x of {±1}^d: N numbers, or N + Nd of the tangent kernel, the derivatives by the outer weights first and then
    /// those by w₁, w₂, …; `None` where x has another length, and for the Gaussian kernel, whose features are infinitely many.
    #[must_use]
    pub fn vector(&self, x: &[f64]) -> Option<DVector<f64>> {
        match self {
            Self::RandomRelu { network } => network.accepts(x).then(|| network.hidden(x)),
            Self::TangentKernel { network } => network.accepts(x).then(|| {
                let gates = network.gates(x);
                let inner = gates.iter().flat_map(|g| x.iter().map(move |c| g * c));
                DVector::from_vec(network.hidden(x).iter().copied().chain(inner).collect())
            }),
            Self::GaussianKernel { .. } => None,
        }
    }

    /// The scalar products of Ψ at n points of {±1}^d, the columns of `points` (d × n).
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where the points are not of {±1}^d or have another dimension than the features, or where the
    /// width is not a positive number.
    pub fn gram(&self, points: &DMatrix<f64>) -> Result<Gram, ParameterError> {
        let reject = |name, value: String, range: &str| Err(ParameterError::out_of_range(name, value, range, "§5.7"));
        if let Some(c) = points.iter().find(|c| c.abs().to_bits() != 1.0_f64.to_bits()) {
            return reject("point", c.to_string(), "of {±1}^d");
        }
        let d = points.nrows();
        match self {
            Self::RandomRelu { network } | Self::TangentKernel { network } if network.dimension() != d => {
                reject("d", d.to_string(), "the dimension of the features")
            }
            Self::RandomRelu { network } => {
                Ok(products(&columns(network.neurons(), points, |x| network.hidden(x)), 1.0))
            }
            Self::TangentKernel { network } => {
                let hidden = products(&columns(network.neurons(), points, |x| network.hidden(x)), 1.0);
                // |⟨x,x'⟩| ≤ d multiplies the entry and its error; one product and one sum more are rounded.
                let gates = products(&columns(network.neurons(), points, |x| network.gates(x)), d as f64);
                let inner = gates.entries.component_mul(&points.tr_mul(points));
                Ok(Gram { entries: hidden.entries + inner, error: 2.0 * (hidden.error + gates.error) })
            }
            Self::GaussianKernel { width } if !(*width > 0.0 && width.is_finite()) => {
                reject("width", width.to_string(), "a positive number")
            }
            Self::GaussianKernel { width } => {
                let value = |overlap: f64| libm::exp(-((d as f64 - overlap) / width) / width);
                // A relative error of 2u in −a leaves 2u·a·e^{−a} ≤ 2u/e, libm's exp one unit more; the exponent is exact up to
                // two roundings because ‖x − x'‖² = 2(d − ⟨x,x'⟩) is a whole number.
                Ok(Gram { entries: points.tr_mul(points).map(value), error: 4.0 * f64::EPSILON })
            }
        }
    }

    /// An upper bound on E‖Ψ(x)‖² for x uniform on {±1}^d, exact up to rounding: over all 2^d points, or 1 for the Gaussian kernel.
    /// `None` where d > 16, or where the features have another dimension.
    ///
    /// # Guarantee
    /// At least E‖Ψ(x)‖².
    #[must_use]
    pub fn mean_square(&self, dimension: usize) -> Option<f64> {
        let (Self::RandomRelu { network } | Self::TangentKernel { network }) = self else { return Some(1.0) };
        let cube = UniformHypercube::new(dimension).ok().filter(|_| network.dimension() == dimension)?;
        let points = &cube.support()?.points;
        let tangent = if matches!(self, Self::TangentKernel { .. }) { dimension as f64 } else { 0.0 };
        let columns: Vec<_> = points.column_iter().collect();
        let square = |x: &[f64]| {
            let gates = if tangent > 0.0 { tangent * network.gates(x).norm_squared() } else { 0.0 };
            network.hidden(x).norm_squared() + gates
        };
        // Collected in order: a parallel sum would depend on the number of threads.
        let squares: Vec<f64> = columns.par_iter().map(|x| square(x.as_slice())).collect();
        let roundings = squares.len() + network.neurons() + 4;
        Some(squares.iter().sum::<f64>() / squares.len() as f64 * (1.0 + roundings as f64 * f64::EPSILON))
    }
}

/// The vectors of all points, one a column, each computed by itself: the same point has the same vector everywhere.
fn columns(rows: usize, points: &DMatrix<f64>, of: impl Fn(&[f64]) -> DVector<f64>) -> DMatrix<f64> {
    let mut found = DMatrix::zeros(rows, points.ncols());
    found.column_iter_mut().zip(points.column_iter()).for_each(|(mut to, x)| to.copy_from(&of(x.as_slice())));
    found
}

/// Scalar products of columns. A product of N terms is off by at most γ_N Σ|aᵢbᵢ| ≤ Nε times the largest squared norm, in
/// whatever order it is summed; `factor` multiplies the error, for what the products are multiplied by later.
fn products(columns: &DMatrix<f64>, factor: f64) -> Gram {
    // `tr_mul` takes one scalar product after another; this is several times as fast.
    let entries = columns.transpose() * columns;
    let largest = entries.diagonal().iter().fold(0.0, |most: f64, k| most.max(*k));
    Gram { entries, error: factor * (columns.nrows() + 8) as f64 * f64::EPSILON * largest }
}
