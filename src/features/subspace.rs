//! How far hidden neurons lie within a subspace, and the subspace they span (docs/theory.md §5.5).

use nalgebra::DMatrix;

/// Share in [0, 1] of the squared norm of each column of `columns` (d × N) within the span of the orthonormal columns of `basis`
/// (d × r); 0 for a column that is zero, or whose squares are not finite.
#[must_use]
pub fn share_within(columns: &DMatrix<f64>, basis: &DMatrix<f64>) -> Vec<f64> {
    let within = basis.tr_mul(columns);
    let share = |(all, inside): (f64, f64)| if all > 0.0 && all.is_finite() { (inside / all).min(1.0) } else { 0.0 };
    let squares = columns.column_iter().map(|c| c.norm_squared());
    squares.zip(within.column_iter().map(|c| c.norm_squared())).map(share).collect()
}

/// The subspace of this rank that holds most of the squared norm of the columns (d × N): the leading eigenvectors of Σvvᵀ,
/// orthonormal, d × `rank`; `None` where there are fewer rows, an entry is not finite, or all are zero.
#[must_use]
pub fn leading_subspace(columns: &DMatrix<f64>, rank: usize) -> Option<DMatrix<f64>> {
    if columns.nrows() < rank || columns.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let largest = columns.amax();
    if largest <= 0.0 {
        return None;
    }
    // Scaled, so that no square overflows or underflows.
    let columns = columns / largest;
    let eigen = (&columns * columns.transpose()).symmetric_eigen();
    let mut order: Vec<usize> = (0..columns.nrows()).collect();
    order.sort_by(|i, j| eigen.eigenvalues[*j].total_cmp(&eigen.eigenvalues[*i]));
    Some(eigen.eigenvectors.select_columns(&order[..rank]))
}

/// The largest principal angle between two subspaces of the same dimension, given by orthonormal columns (d × r each), in radians.
///
/// # Precision
/// By the sine, so that small angles are exact to rounding.
#[must_use]
pub fn largest_angle(one: &DMatrix<f64>, other: &DMatrix<f64>) -> f64 {
    let outside = other - one * one.tr_mul(other);
    let square = outside.tr_mul(&outside).symmetric_eigenvalues().max();
    square.max(0.0).sqrt().min(1.0).asin()
}
