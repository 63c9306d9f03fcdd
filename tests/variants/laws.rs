//! Small distributions for every value of the axes `data` and `evaluation`.

use crate::honest::{Ask, axis};
use nalgebra::{DMatrix, DVector};
use provably::certificate::theory::Variant;
use provably::distributions::Empirical;
use std::sync::Arc;

/// A law of the name that the variant has, small enough to be enumerated where it is evaluated exactly, and else beyond that.
pub(crate) fn named(variant: &Variant) -> Ask {
    let exact = axis(variant, "evaluation") == "exact";
    let (name, parameters): (&str, &[(&'static str, &str)]) = match axis(variant, "data") {
        "uniform-hypercube" => ("uniform-hypercube", if exact { &[("d", "3")] } else { &[("d", "17")] }),
        "margin-ball" => ("margin-ball", if exact { &[("d", "2")] } else { &[("d", "3")] }),
        "structured-parity" => ("structured-parity", if exact { PARITY } else { LARGE_PARITY }),
        "two-gaussians" => ("two-gaussians", &[("d", "2"), ("radius", "6"), ("sigma", "1")]),
        "gaussian-xor" => ("gaussian-xor", &[("d", "2"), ("radius", "12"), ("sigma", "1")]),
        "finite-support" => return Ask { rows: Some(Arc::new(corners(1, false))), ..Ask::default() },
        other => panic!("no law {other}"),
    };
    Ask::default().set(&[("distribution", name)]).set(parameters)
}

const PARITY: &[(&str, &str)] = &[("d", "5"), ("r", "1"), ("k", "3"), ("p_a", "0.25"), ("p_o", "0.1")];
const LARGE_PARITY: &[(&str, &str)] = &[("d", "14"), ("r", "1"), ("k", "3"), ("p_a", "0.25"), ("p_o", "0.1")];

/// The corners of the cube in three dimensions with y = x₁, so often each; with a label turned, no direction has a margin, and
/// the loss is that of one row.
pub(crate) fn corners(copies: usize, turned: bool) -> Empirical {
    let corner = |j: usize| DVector::from_fn(3, |i, _| if j >> i & 1 == 0 { 1.0 } else { -1.0 });
    let points: Vec<DVector<f64>> = (0..8 * copies + usize::from(turned)).map(|j| corner(j % 8)).collect();
    let mut labels: Vec<f64> = points.iter().map(|x| x[0]).collect();
    if let Some(last) = labels.last_mut().filter(|_| turned) {
        *last = -*last;
    }
    Empirical::from_support(DMatrix::from_columns(&points), DVector::from_vec(labels)).unwrap()
}
