//! Angles between weight vectors and feature directions: what the paper draws as its Figure 1.

use nalgebra::{DMatrix, DVector, DVectorView};
use std::f64::consts::{FRAC_PI_2, PI};

/// Angle in [0, π] between two vectors; `None` where one of them is zero or not finite, because it points nowhere.
#[must_use]
pub fn angle(v: DVectorView<'_, f64>, w: DVectorView<'_, f64>) -> Option<f64> {
    let (v, w) = (unit(v)?, unit(w)?);
    // Kahan's formula: the arccosine would lose half the digits of a small angle.
    Some((2.0 * libm::atan2((&v - &w).norm(), (&v + &w).norm())).min(PI))
}

/// Columns that point somewhere: finite and not zero.
#[must_use]
pub fn pointing(weights: &DMatrix<f64>) -> Vec<usize> {
    let points = |i: &usize| {
        let largest = weights.column(*i).amax();
        largest > 0.0 && weights.column(*i).iter().all(|x| x.is_finite())
    };
    (0..weights.ncols()).filter(points).collect()
}

/// Angles up to sign, arccos|cos| in [0, π/2], between the columns of `weights` (d × neurons) and of `directions`
/// (d × features): neurons × features. A vector that points nowhere is near nothing: π/2.
#[must_use]
pub fn angles(weights: &DMatrix<f64>, directions: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(weights.ncols(), directions.ncols(), |i, j| {
        angle(weights.column(i), directions.column(j)).map_or(FRAC_PI_2, |a| a.min(PI - a))
    })
}

/// v/‖v‖, scaled first so that no square overflows or underflows.
fn unit(v: DVectorView<'_, f64>) -> Option<DVector<f64>> {
    let largest = v.amax();
    if !(largest > 0.0 && v.iter().all(|x| x.is_finite())) {
        return None;
    }
    Some(v.map(|x| x / largest).normalize())
}

#[cfg(test)]
mod tests {
    use super::{angle, angles, pointing};
    use nalgebra::{DMatrix, DVector};
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_3, FRAC_PI_4, PI};

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 4.0 * f64::EPSILON, "{found} is not {expected}");
    }

    #[test]
    fn small_cases_are_exact() {
        let weights = DMatrix::from_columns(&[
            DVector::from_vec(vec![3.0, 0.0]),
            DVector::from_vec(vec![-1e-200, 1e-200]),
            DVector::from_vec(vec![0.0, -1e200]),
            DVector::from_vec(vec![0.5, -0.75_f64.sqrt()]),
            DVector::from_vec(vec![0.0, 0.0]),
        ]);
        let directions = DMatrix::from_columns(&[DVector::from_vec(vec![1.0, 0.0]), DVector::from_vec(vec![0.0, 1.0])]);
        let found = angles(&weights, &directions);
        assert_eq!(found.shape(), (5, 2));
        let expected = [
            [0.0, FRAC_PI_2],
            [FRAC_PI_4, FRAC_PI_4],
            [FRAC_PI_2, 0.0],
            [FRAC_PI_3, FRAC_PI_2 - FRAC_PI_3],
            [FRAC_PI_2, FRAC_PI_2],
        ];
        for (i, row) in expected.iter().enumerate() {
            row.iter().enumerate().for_each(|(j, e)| close(found[(i, j)], *e));
        }
        assert_eq!(pointing(&weights), [0, 1, 2, 3]);
    }

    #[test]
    fn a_turn_beyond_a_right_angle_is_one() {
        let (v, w) = (DVector::from_vec(vec![1.0, 0.0]), DVector::from_vec(vec![-2.0, 0.0]));
        close(angle(v.as_view(), w.as_view()).unwrap(), PI);
        let tiny = DVector::from_vec(vec![1.0, 1e-12]);
        close(angle(v.as_view(), tiny.as_view()).unwrap() / 1e-12, 1.0);
    }

    #[test]
    fn what_points_nowhere_has_no_angle() {
        let v = DVector::from_vec(vec![1.0, 0.0]);
        for w in [[0.0, 0.0], [f64::INFINITY, 0.0], [1.0, f64::NAN]] {
            let w = DVector::from_vec(w.to_vec());
            assert_eq!(angle(v.as_view(), w.as_view()), None);
            assert!(pointing(&DMatrix::from_columns(&[w])).is_empty());
        }
    }
}
