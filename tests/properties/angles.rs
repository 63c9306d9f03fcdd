//! Angles between weights and features: range, signs, lengths, and rotations.

use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use provably::features::angles;
use provably::statistics::streams::{Purpose, Stream, stream};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::f64::consts::FRAC_PI_2;

/// Some hundred roundings of unit vectors.
const TOLERANCE: f64 = 1e-13;

fn matrix(rows: usize, columns: usize, rng: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| rng.sample(StandardNormal))
}

proptest! {
    #![proptest_config(Config { cases: 128, rng_seed: RngSeed::Fixed(12), failure_persistence: None, ..Config::default() })]

    #[test]
    fn angles_are_of_lines(
        seed: u64, d in 1..9_usize, neurons in 1..6_usize, features in 1..4_usize, scale in prop_oneof![Just(1e-180), Just(-3.0), Just(1e180)],
    ) {
        let mut rng = stream(seed, 0, Purpose::Probe);
        let (weights, directions) = (matrix(d, neurons, &mut rng), matrix(d, features, &mut rng));
        let found = angles(&weights, &directions);
        prop_assert_eq!(found.shape(), (neurons, features));
        prop_assert!(found.iter().all(|a| (0.0..=FRAC_PI_2).contains(a)));
        // The cosine they are the angles of.
        for (i, w) in weights.column_iter().enumerate() {
            for (j, f) in directions.column_iter().enumerate() {
                let cosine = w.dot(&f).abs() / (w.norm() * f.norm());
                prop_assert!((found[(i, j)].cos() - cosine).abs() <= TOLERANCE);
            }
        }
        let near = |other: DMatrix<f64>| (other - &found).amax() <= TOLERANCE;
        // Neither length nor sign matters, of weights or of features.
        prop_assert!(near(angles(&(&weights * scale), &directions)));
        prop_assert!(near(angles(&weights, &(&directions * scale))));
        // Nor does a rotation of both.
        let rotation = matrix(d, d, &mut rng).qr().q();
        prop_assert!(near(angles(&(&rotation * &weights), &(&rotation * &directions))));
        // What is swapped is transposed.
        prop_assert!(near(angles(&directions, &weights).transpose()));
    }
}
