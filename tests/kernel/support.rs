//! Enumeration over a finite support against f64 sums and nalgebra.

use crate::{config, exactly};
use dashu_ratio::RBig;
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use provably::certificate::budget::Budget;
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Checked;
use provably::certificate::support::FiniteSupport;

/// Rounding of sums of at most 60 products of 8 coordinates in f64, relative to the largest of them; ample.
const ROUNDING: f64 = 1e-11;

fn support(points: &[Vec<f64>], labels: &[i8]) -> FiniteSupport {
    FiniteSupport::new(points, labels).unwrap()
}

fn function(support: &FiniteSupport, name: &str, arguments: &[Interval]) -> Checked<Option<Interval>> {
    support.function(name, arguments, &Budget::default())
}

fn value(support: &FiniteSupport, name: &str) -> Interval {
    function(support, name, &[]).unwrap().unwrap_or_else(|| panic!("{name} has no value"))
}

/// sqrt(λ_max(E[xxᵀ])) by nalgebra.
fn largest(points: &[Vec<f64>]) -> f64 {
    let rows = DMatrix::from_fn(points.len(), points[0].len(), |i, j| points[i][j]);
    ((rows.transpose() * rows) / points.len() as f64).symmetric_eigenvalues().max().sqrt()
}

fn rows() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<i8>)> {
    (1_usize..=8, 1_usize..=60).prop_flat_map(|(d, n)| {
        let coordinate = prop_oneof![-3.0..3.0_f64, Just(0.0), Just(1.0)];
        let label = prop_oneof![Just(-1_i8), Just(1_i8)];
        (proptest::collection::vec(proptest::collection::vec(coordinate, d), n), proptest::collection::vec(label, n))
    })
}

proptest! {
    #![proptest_config(config(128))]

    /// A moment of the wrong power, over the wrong rows, or divided by the wrong count.
    #[test]
    fn moments_against_sums((points, labels) in rows(), mu in 0.1..3.0_f64) {
        let n = points.len() as f64;
        let vectors: Vec<DVector<f64>> = points.iter().map(|p| DVector::from_column_slice(p)).collect();
        let signs: Vec<f64> = labels.iter().map(|&y| f64::from(y)).collect();
        let mean = vectors.iter().zip(&signs).fold(DVector::zeros(points[0].len()), |sum, (x, y)| sum + x * *y) / n;
        prop_assume!(mean.norm() > 1e-3);
        let direction = &mean / mean.norm();
        let margins: Vec<f64> = vectors.iter().zip(&signs).map(|(x, y)| y * direction.dot(x)).collect();
        let norms: Vec<f64> = vectors.iter().map(|x| x.norm()).collect();
        let positive = signs.iter().filter(|y| **y > 0.0).count() as f64;
        let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let found = support(&points, &labels);
        for (name, expected) in [
            ("support_dimension", points[0].len() as f64),
            ("support_norm_bound", most(&norms)),
            ("support_mean_norm", norms.iter().sum::<f64>() / n),
            ("support_mean_square_norm", norms.iter().map(|x| x * x).sum::<f64>() / n),
            ("support_gradient_norm", mean.norm()),
            ("support_reach", most(&margins.iter().map(|m| m.abs()).collect::<Vec<_>>())),
            ("support_margin", -most(&margins.iter().map(|m| -m).collect::<Vec<_>>())),
            ("support_minority", positive.min(n - positive) / n),
        ] {
            let interval = value(&found, name);
            prop_assert!((interval.midpoint_f64() - expected).abs() <= ROUNDING * 1e3, "{name}: {expected} {interval:?}");
            prop_assert!(crate::narrow(&interval, -70) || expected.abs() < 1e-9, "{name} is wide: {interval:?}");
        }
        let loss = function(&found, "support_hinge_loss", &[Interval::from_f64(mu).unwrap()]).unwrap().unwrap();
        let expected = margins.iter().map(|m| (1.0 - m / mu).max(0.0)).sum::<f64>() / n;
        prop_assert!((loss.midpoint_f64() - expected).abs() <= ROUNDING * 1e4, "{expected} {loss:?}");
        // Σ y x is exact, digit by digit.
        for (j, text) in found.label_weighted_sums().iter().enumerate() {
            let sum = points.iter().zip(&labels).fold(RBig::ZERO, |sum, (p, y)| sum + exactly(p[j]) * RBig::from(*y));
            prop_assert_eq!(text, &sum.to_string());
        }
        prop_assert_eq!(found.label_weighted_sums().len(), points[0].len());
    }

    /// A bound on λ_max that is none, or one looser than the squarings make it.
    #[test]
    fn operator_norm((points, labels) in rows()) {
        prop_assume!(FiniteSupport::new(&points, &labels).is_ok());
        let (found, exact) = (value(&support(&points, &labels), "support_operator_norm"), largest(&points));
        let d = points[0].len() as f64;
        prop_assert!(found.upper_f64() >= exact * (1.0 - ROUNDING));
        // Eight squarings: d^(2⁻¹⁰) on the square root.
        prop_assert!(found.lower_f64() <= exact * d.powf(2.0_f64.powi(-10)) * (1.0 + ROUNDING), "{found:?} {exact}");
    }
}

/// Where d³ leaves fewer squarings, the bound is looser by the factor the doc comment gives, and still a bound.
#[test]
fn operator_norm_with_fewer_squarings() {
    for (d, squarings) in [(64, 8), (90, 2), (128, 1), (129, 0), (200, 0)] {
        // An orthogonal frame, the worst case: all eigenvalues equal 1/d, so that ‖A‖_F is the loosest bound there is.
        let points: Vec<Vec<f64>> = (0..d).map(|i| (0..d).map(|j| f64::from(i == j)).collect()).collect();
        let labels = vec![1_i8; d];
        let found = value(&support(&points, &labels), "support_operator_norm").midpoint_f64();
        let exact = (1.0 / d as f64).sqrt();
        let factor = (d as f64).powf(2.0_f64.powi(-(squarings + 2)));
        assert!((found / (exact * factor) - 1.0).abs() <= ROUNDING, "{d}: {} {factor}", found / exact);
    }
}

/// Fewer rows than columns, coordinates whose powers leave every range, and so many of both that the trace must do.
#[test]
fn operator_norm_of_all_shapes() {
    let entry = |i: usize, j: usize| ((7 * i + 3 * j) % 11) as f64 / 8.0 - 0.5;
    let matrix = |n: usize, d: usize, scale: f64| -> Vec<Vec<f64>> {
        (0..n).map(|i| (0..d).map(|j| entry(i, j) * scale).collect()).collect()
    };
    for (n, d, scale) in [(3, 50, 1.0), (50, 3, 1.0), (1, 200, 1.0), (1, 1, 1.0), (40, 60, 1e300), (60, 40, 1e-300)] {
        let found = value(&support(&matrix(n, d, scale), &vec![1; n]), "support_operator_norm");
        let exact = Interval::from_f64(largest(&matrix(n, d, 1.0))).unwrap().mul(&Interval::from_f64(scale).unwrap());
        let ratio = found.div(&exact).unwrap().midpoint_f64();
        let factor = (n.min(d) as f64).powf(2.0_f64.powi(-10));
        assert!(1.0 - ROUNDING <= ratio && ratio <= factor * (1.0 + ROUNDING), "{n} x {d}: {ratio}");
    }
    let frame: Vec<Vec<f64>> = (0..500).map(|i| (0..500).map(|j| f64::from(i == j)).collect()).collect();
    let found = support(&frame, &[1; 500]);
    assert_eq!(value(&found, "support_operator_norm"), Interval::from_integer(1));
    assert_eq!(value(&found, "support_mean_square_norm"), Interval::from_integer(1));
    // Rows of zeros have no largest share of nothing.
    let nothing = value(&support(&vec![vec![0.0; 3]; 2], &[1, -1]), "support_operator_norm");
    assert_eq!(nothing, Interval::from_integer(0));
}

/// f64 rows are the reals they are: a tenth summed ten times is not 1.
#[test]
fn coordinates_stand_for_exactly_what_they_are() {
    let found = support(&vec![vec![0.1]; 10], &[1; 10]);
    assert_eq!(found.label_weighted_sums(), [(exactly(0.1) * RBig::from(10)).to_string()]);
    assert_ne!(found.label_weighted_sums(), ["1"]);
    // Sizes whose squares overflow and underflow f64.
    for scale in [1e-300, 1e300] {
        let found = support(&[vec![scale, 0.0], vec![0.0, scale]], &[1, -1]);
        let reach = value(&found, "support_reach").midpoint_f64();
        assert!((reach / scale - 0.5_f64.sqrt()).abs() < 1e-12, "{scale}");
        assert!(value(&found, "support_norm_bound").midpoint_f64() == scale);
    }
}

/// Rows that are no distribution with a direction.
#[test]
fn bad_rows_are_refused() {
    let bad: [(&[Vec<f64>], &[i8]); 10] = [
        (&[], &[]),
        (&[vec![]], &[1]),
        (&[vec![1.0], vec![1.0, 2.0]], &[1, 1]),
        (&[vec![1.0]], &[1, 1]),
        (&[vec![1.0], vec![2.0]], &[1]),
        (&[vec![f64::NAN]], &[1]),
        (&[vec![1.0], vec![f64::INFINITY]], &[1, -1]),
        (&[vec![f64::NEG_INFINITY, 1.0]], &[1]),
        (&[vec![1.0]], &[0]),
        (&[vec![1.0]], &[i8::MIN]),
    ];
    for (points, labels) in bad {
        assert_eq!(
            FiniteSupport::new(points, labels).err().map(|r| r.check),
            Some("bad-support"),
            "{points:?} {labels:?}"
        );
    }
}

/// Rows whose mean of yx is zero have moments, and nothing that needs a direction.
#[test]
fn rows_without_a_direction() {
    for (points, labels) in [(vec![vec![0.0, 0.0]], vec![1]), (vec![vec![0.1, 0.7], vec![0.1, 0.7]], vec![1, -1])] {
        let rows = FiniteSupport::new(&points, &labels).unwrap();
        for name in ["support_norm_bound", "support_mean_norm", "support_operator_norm", "support_minority"] {
            assert!(function(&rows, name, &[]).unwrap().is_some(), "{name}");
        }
        assert!(
            [function(&rows, "support_reach", &[]), function(&rows, "support_margin", &[])] == [Ok(None), Ok(None)]
        );
        assert_eq!(function(&rows, "support_hinge_loss", &[Interval::from_integer(1)]), Ok(None));
    }
}

/// A function with another name or number of arguments.
#[test]
fn unknown_data_functions_have_no_value() {
    let found = support(&[vec![1.0, 2.0]], &[1]);
    let one = Interval::from_integer(1);
    for name in ["support", "support_median", "", "support_hinge_loss"] {
        assert!(function(&found, name, &[]) == Ok(None), "{name}");
    }
    assert_eq!(function(&found, "support_margin", std::slice::from_ref(&one)), Ok(None));
    assert_eq!(function(&found, "support_hinge_loss", &[one.clone(), one]), Ok(None));
    let undefined = function(&found, "support_hinge_loss", &[Interval::from_integer(0)]).map_err(|r| r.check);
    assert_eq!(undefined, Err("undefined"));
}
