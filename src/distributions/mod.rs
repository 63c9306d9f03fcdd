//! Data distributions: one trait, one file per distribution.
//!
//! | Type | Law | G(w, b) | Support |
//! |---|---|---|---|
//! | [`UniformHypercube`] | x uniform on {±1}^d, y = x₁ | exact counts, up to 32 non-zero weights | d ≤ 16 |
//! | [`MarginBall`] | y(s, 0) plus a sphere across e₁ | closed form in every dimension | d ≤ 2, or no sphere |
//! | [`StructuredParity`] | blocks of k coordinates, y by their products | enumeration, or the product structure where w has few absolute values or entries | up to 2¹⁷ points |
//! | [`UniformParity`] | x uniform on {±1}^d, y = Π_{l∈A} x_l | closed form where all \|w_j\| are equal, or enumeration | d ≤ 16 |
//! | [`GaussianMixture`] | labelled Gaussians | closed form in every dimension | never |
//! | [`MultiIndex`] | x ~ N(0, I), y by two coordinates | integrals over one variable, to 10⁻¹⁰ | never |
//! | [`Empirical`] | the rows of a file, or any finite support | finite sum | always |
//!
//! Vectors are plain slices of length d. Weights w, directions u and points x are in the units of the data. A vector of
//! another length, or one that is not finite, has no gradient, margin or projection bound: the answer is `None`.

mod counts;
mod directions;
mod empirical;
mod files;
mod gaussian_mixture;
mod hypercube;
mod krawtchouk;
mod margin_ball;
mod multi_index;
mod parity;
mod quadrature;
mod signs;
mod sphere;
mod uniform_parity;

pub use directions::Directions;
pub use empirical::Empirical;
pub use files::{DataError, DataFile, DataNotice};
pub use gaussian_mixture::{Component, GaussianMixture};
pub use hypercube::{MAX_ENUMERATED_DIMENSION, MAX_SPLIT_WEIGHTS, UniformHypercube};
pub use krawtchouk::{UniformParityFeature, best_threshold, krawtchouk_sum};
pub use margin_ball::MarginBall;
pub use multi_index::{Link, MultiIndex};
pub use parity::StructuredParity;
pub use uniform_parity::UniformParity;

use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use std::fmt::Display;

/// A distribution that cannot be: which parameter is at fault, and what is allowed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// A parameter outside its range.
    #[error("{parameter} = {value} is not allowed: it must be {range} ({hypothesis})")]
    OutOfRange {
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        range: String,
        /// The hypothesis it comes from.
        hypothesis: &'static str,
    },
    /// Two inputs whose lengths do not fit together.
    #[error("{parameter} has length {found}, but there are {expected} points: give one entry a point")]
    Length {
        /// The input at fault.
        parameter: &'static str,
        /// Its length.
        found: usize,
        /// The length it must have.
        expected: usize,
    },
}

impl DistributionError {
    fn out_of_range(
        parameter: &'static str,
        value: impl Display,
        range: impl Into<String>,
        hypothesis: &'static str,
    ) -> Self {
        Self::OutOfRange { parameter, value: value.to_string(), range: range.into(), hypothesis }
    }
}

/// A finite support with its weights: the whole distribution, so every expectation is a finite sum.
#[derive(Clone, Debug)]
pub struct Support {
    /// Points, d × n, one column per point.
    pub points: DMatrix<f64>,
    /// Labels ±1, length n.
    pub labels: DVector<f64>,
    /// Probabilities, length n, summing to 1.
    pub weights: DVector<f64>,
}

/// Moments and almost-sure bounds of the inputs (docs/theory.md §1). Each is an upper bound, exact where the distribution allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// B_x ≥ ‖x‖₂ almost surely.
    pub norm_bound: f64,
    /// An upper bound on every |x_l|, almost surely; at most B_x.
    pub coordinate_bound: f64,
    /// B_x1 ≥ E‖x‖₂.
    pub mean_norm: f64,
    /// B_x2 ≥ E‖x‖₂².
    pub mean_square_norm: f64,
    /// B_op = `sqrt(λ_max(E[xxᵀ]))`.
    pub operator_norm: f64,
    /// Pr[y = +1].
    pub positive_share: f64,
}

/// A distribution D of labelled inputs (x, y) on R^d × {−1, +1}.
pub trait Distribution: Send + Sync {
    /// Name as it stands in certificates, for example `uniform-hypercube`.
    fn name(&self) -> &'static str;
    /// Input dimension d.
    fn dimension(&self) -> usize;
    /// The law of the initial directions under which the theorems on this distribution are stated.
    fn directions(&self) -> Directions {
        Directions::Gaussian
    }
    /// Draws `y.len()` independent samples. `x` has length d·n, sample j in `x[j*d..(j+1)*d]`.
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]);
    /// The support, when it is finite and small enough to enumerate.
    fn support(&self) -> Option<&Support>;
    /// Moments of the inputs.
    fn moments(&self) -> Moments;
    /// Simplified gradient vector G(w, b) = `E[y x 1{⟨w,x⟩ > b}]` (paper Def. 3.5), exact up to rounding, by closed form,
    /// counting or enumeration; `None` where none of these is available.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>>;
    /// `E[y 1{⟨w,x⟩ > b}]`, known where [`Distribution::gradient`] is: with it E[yσ(⟨w,x⟩ − b)] = ⟨w, G⟩ − b·(this), the outer
    /// gradient of Lemma 1.
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64>;
    /// `Pr[y(⟨w,x⟩ + c) ≤ 0]`, the error of a linear model with 0 counted as an error; by enumeration where there is a support,
    /// `None` where it is not known.
    fn linear_error(&self, w: &[f64], c: f64) -> Option<f64> {
        let support = self.support().filter(|s| is_vector(w, s.points.nrows()) && c.is_finite())?;
        let wrong = |(x, y): (nalgebra::DVectorView<'_, f64>, &f64)| {
            y * (x.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() + c) <= 0.0
        };
        let labelled = support.points.column_iter().zip(support.labels.iter());
        Some(labelled.zip(support.weights.iter()).filter(|(point, _)| wrong(*point)).map(|(_, p)| p).sum())
    }
    /// ess inf of y⟨u,x⟩: the margin along the direction `u` (not normalised), `None` when not known in closed form.
    fn margin(&self, u: &[f64]) -> Option<f64>;
    /// ess sup of |⟨u,x⟩|.
    fn projection_bound(&self, u: &[f64]) -> Option<f64>;
}

/// Whether `v` is a finite vector of dimension `d`.
fn is_vector(v: &[f64], d: usize) -> bool {
    v.len() == d && v.iter().all(|c| c.is_finite())
}

/// An upper bound on a positive sum or product whose `terms` roundings each lose at most one unit roundoff.
///
/// # Guarantee
/// At least the exact value, when `value` was computed from it with at most `terms` roundings (sums of non-negative terms,
/// products, square roots), `terms` < 2⁴⁰. The factor 2 covers the second-order terms and this function's own rounding.
fn round_up(value: f64, terms: usize) -> f64 {
    value * (1.0 + 2.0 * (terms as f64 + 2.0) * f64::EPSILON)
}

/// A square root that is never below the exact one, and is the exact one where f64 has it.
fn sqrt_up(value: f64) -> f64 {
    let root = value.sqrt();
    if root.mul_add(root, -value) < 0.0 { root.next_up() } else { root }
}
