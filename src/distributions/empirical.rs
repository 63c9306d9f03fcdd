//! A finite support as a distribution: the rows of a file, or any list of labelled points.

use super::{Distribution, DistributionError, Moments, Support, is_vector, round_up, sqrt_up};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector, DVectorView};
use rand::RngExt;
use std::sync::OnceLock;

/// Largest second-moment matrix whose eigenvalues are computed: O(size³), about half a second at 768. Beyond it B_op² is
/// bounded by the Frobenius norm.
const MAX_EIGEN_SIZE: usize = 768;

/// Largest second-moment matrix that is formed, 128 MiB. Beyond it B_op² is bounded by the trace E‖x‖².
const MAX_MATRIX_SIZE: usize = 4096;

/// Where the conditions on a support come from.
const HYPOTHESIS: &str = "(x, y) ∈ R^d × {−1, +1} with ‖x‖ ≤ B_x, §1";

/// A finite support with weights: D is these points, and every expectation is a finite sum.
#[derive(Debug)]
pub struct Empirical {
    name: &'static str,
    support: Support,
    /// Cumulated weights, for sampling; empty where all weights are equal.
    cumulated: Vec<f64>,
    moments: OnceLock<Moments>,
}

impl Empirical {
    /// Equal weights 1/n on the columns of `points` (d × n) with their `labels` ±1 (length n).
    ///
    /// # Errors
    /// [`DistributionError`] if there is no point or no coordinate, if the lengths differ, if a label is not ±1, if a
    /// coordinate is not finite, or if the squares of the coordinates overflow or vanish (all points 0 included).
    pub fn from_support(points: DMatrix<f64>, labels: DVector<f64>) -> Result<Self, DistributionError> {
        let n = points.ncols();
        let weights = DVector::repeat(n, 1.0 / n as f64);
        Self::validated(Support { points, labels, weights }, Vec::new())
    }

    /// Weights of any positive total; they are divided by it.
    ///
    /// # Errors
    /// As [`Empirical::from_support`], and if a weight is not positive and finite.
    pub fn from_weighted_support(
        points: DMatrix<f64>,
        labels: DVector<f64>,
        mut weights: DVector<f64>,
    ) -> Result<Self, DistributionError> {
        if let Some(w) = weights.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
            return Err(DistributionError::out_of_range("weight", w, "positive and finite", HYPOTHESIS));
        }
        let total = weights.sum();
        weights /= total;
        if !(total.is_normal() && weights.iter().all(|w| *w > 0.0)) {
            return Err(DistributionError::out_of_range(
                "total weight",
                total,
                "finite, no weight vanishing in it",
                HYPOTHESIS,
            ));
        }
        let cumulated = weights.iter().scan(0.0, |sum, w| Some(add(sum, *w))).collect();
        Self::validated(Support { points, labels, weights }, cumulated)
    }

    fn validated(support: Support, cumulated: Vec<f64>) -> Result<Self, DistributionError> {
        let Support { points, labels, weights } = &support;
        let (d, n) = points.shape();
        if d == 0 || n == 0 {
            return Err(DistributionError::out_of_range("points", format!("{d} × {n}"), "at least 1 × 1", HYPOTHESIS));
        }
        for (parameter, found) in [("labels", labels.len()), ("weights", weights.len())] {
            if found != n {
                return Err(DistributionError::Length { parameter, found, expected: n });
            }
        }
        if let Some(y) = labels.iter().find(|y| ![-1.0, 1.0].contains(*y)) {
            return Err(DistributionError::out_of_range("label", y, "−1 or +1", HYPOTHESIS));
        }
        if let Some(c) = points.iter().find(|c| !c.is_finite()) {
            return Err(DistributionError::out_of_range("coordinate", c, "finite", HYPOTHESIS));
        }
        let square: f64 = points.column_iter().zip(weights.iter()).map(|(x, w)| w * x.norm_squared()).sum();
        if !square.is_normal() {
            let range = "a normal positive f64 (rescale the points; not all may be 0)";
            return Err(DistributionError::out_of_range("E‖x‖²", square, range, HYPOTHESIS));
        }
        Ok(Self { name: "empirical", support, cumulated, moments: OnceLock::new() })
    }

    /// Number of points n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.support.labels.len()
    }

    /// The same as a law of this name: its points are the law, not rows of a file.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Never: a distribution has at least one point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// ḡ = `E[yx]`, length d, the gradient of every neuron that sees the whole support.
    #[must_use]
    pub fn mean_gradient(&self) -> DVector<f64> {
        self.sum_where(|_| true)
    }

    /// `E[yx 1{x ∈ event}]`.
    fn sum_where(&self, event: impl Fn(DVectorView<'_, f64>) -> bool) -> DVector<f64> {
        let Support { points, labels, weights } = &self.support;
        let mut g = DVector::zeros(points.nrows());
        for ((x, y), weight) in points.column_iter().zip(labels.iter()).zip(weights.iter()) {
            if event(x) {
                g.axpy(y * weight, &x, 1.0);
            }
        }
        g
    }

    fn compute_moments(&self) -> Moments {
        let Support { points, labels, weights } = &self.support;
        let (d, n) = points.shape();
        let norms: Vec<f64> = points.column_iter().map(|x| x.norm()).collect();
        let mean: f64 = norms.iter().zip(weights.iter()).map(|(r, w)| r * w).sum();
        let square: f64 = norms.iter().zip(weights.iter()).map(|(r, w)| r * r * w).sum();
        let positive: f64 = if self.cumulated.is_empty() {
            labels.iter().filter(|y| **y > 0.0).count() as f64 / n as f64
        } else {
            labels.iter().zip(weights.iter()).filter(|(y, _)| **y > 0.0).map(|(_, w)| w).sum()
        };
        let mean_square_norm = round_up(square, d + n + 4);
        // λ_max ≤ trace, so the trace caps what rounding adds.
        let operator_square = self.operator_square(square).min(mean_square_norm);
        Moments {
            norm_bound: round_up(norms.iter().fold(0.0, |a: f64, b| a.max(*b)), d + 2),
            coordinate_bound: self.support.points.amax(),
            mean_norm: round_up(mean, d + n + 4),
            mean_square_norm,
            operator_norm: sqrt_up(operator_square),
            positive_share: positive.min(1.0),
        }
    }

    /// An upper bound on `λ_max(E[xxᵀ])` (trace given): the eigenvalue itself with its rounding error, or where the matrix is
    /// too large, its Frobenius norm or its trace.
    fn operator_square(&self, trace: f64) -> f64 {
        let Support { points, weights, .. } = &self.support;
        let (d, n) = points.shape();
        let size = d.min(n);
        if size > MAX_MATRIX_SIZE {
            return round_up(trace, d + n + 4);
        }
        let mut scaled = points.clone();
        // Scaled to trace 1, so that products of small coordinates do not vanish.
        scaled.column_iter_mut().zip(weights.iter()).for_each(|(mut x, w)| x *= w.sqrt() / trace.sqrt());
        // E[xxᵀ] and the n × n Gram matrix have the same non-zero eigenvalues.
        let matrix = if d <= n { &scaled * scaled.transpose() } else { scaled.transpose() * &scaled };
        let largest = if size <= MAX_EIGEN_SIZE { matrix.symmetric_eigenvalues().max() } else { matrix.norm() };
        // Forming the matrix and the backward-stable eigenvalue solver err by a small multiple of (d + n)·2⁻⁵³·trace.
        (largest + 8.0 * (d + n) as f64 * f64::EPSILON) * trace
    }
}

impl Distribution for Empirical {
    fn name(&self) -> &'static str {
        self.name
    }

    fn dimension(&self) -> usize {
        self.support.points.nrows()
    }

    /// Points with replacement, each with its weight.
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        let n = self.len();
        for (point, label) in x.chunks_exact_mut(self.dimension()).zip(y) {
            let j = if self.cumulated.is_empty() {
                // u64 so that 32-bit machines draw the same.
                rng.random_range(0..n as u64) as usize
            } else {
                let u: f64 = rng.random();
                self.cumulated.partition_point(|c| *c <= u).min(n - 1)
            };
            self.support.points.column(j).iter().zip(point).for_each(|(from, to)| *to = *from);
            *label = self.support.labels[j];
        }
    }

    fn support(&self) -> Option<&Support> {
        Some(&self.support)
    }

    /// Sums over the support, rounded up. B_op is the largest eigenvalue's root while min(d, n) ≤ 768, beyond that an upper
    /// bound by the Frobenius norm or the trace.
    fn moments(&self) -> Moments {
        *self.moments.get_or_init(|| self.compute_moments())
    }

    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        if !is_vector(w, self.dimension()) || b.is_nan() {
            return None;
        }
        let w = DVectorView::from_slice(w, w.len());
        Some(self.sum_where(|x| x.dot(&w) > b))
    }

    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        if !is_vector(w, self.dimension()) || b.is_nan() {
            return None;
        }
        let w = DVectorView::from_slice(w, w.len());
        let Support { points, labels, weights } = &self.support;
        let rows = points.column_iter().zip(labels.iter().zip(weights.iter()));
        Some(rows.filter(|(x, _)| x.dot(&w) > b).map(|(_, (y, weight))| y * weight).sum())
    }

    fn margin(&self, u: &[f64]) -> Option<f64> {
        let u = is_vector(u, self.dimension()).then(|| DVectorView::from_slice(u, u.len()))?;
        let products = self.support.points.column_iter().zip(self.support.labels.iter()).map(|(x, y)| y * x.dot(&u));
        Some(products.fold(f64::INFINITY, f64::min))
    }

    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        let u = is_vector(u, self.dimension()).then(|| DVectorView::from_slice(u, u.len()))?;
        Some(self.support.points.column_iter().map(|x| x.dot(&u).abs()).fold(0.0, f64::max))
    }
}

fn add(sum: &mut f64, term: f64) -> f64 {
    *sum += term;
    *sum
}
