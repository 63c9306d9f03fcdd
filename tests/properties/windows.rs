//! Window hits over random knots: f* is met exactly, and its norms stay below those of the axioms `parity-windows` and
//! `uniform-parity-windows`.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use provably::features::{Lattice, Window, WindowHits};

/// α̃ of one copy whose knots are these (the first is the linear or constant term's), with the network on the lattice.
fn network(odd: bool, size: usize, knots: &[f64]) -> (DVector<f64>, impl Fn(i64) -> f64) {
    let n = knots.len();
    let sign = |j: usize| if odd || j == 0 { -1.0 } else { 1.0 };
    let windows = (0..n).map(|j| Window { sign: sign(j), low: knots[j] * (1.0 - 1e-9), high: knots[j] * (1.0 + 1e-9) });
    let lattice = if odd { Lattice::Odd { inner_norm: 10.0 } } else { Lattice::Even };
    let hits = WindowHits { lattice, size, unit: 1.0, windows: windows.collect(), copies: 1, scale: 1.0 };
    let g = DVector::from_fn(n, |j, _| (if j % 2 == 0 { 1.0 } else { -1.0 }) / knots[j]);
    let signs = DVector::from_fn(n, |j, _| sign(j));
    let live: Vec<usize> = (0..2 * n).collect();
    let alpha =
        hits.comparator(&DMatrix::repeat(size, n, 1.0), &g, &signs, &live).expect("every window is hit").weights;
    let weights = alpha.clone();
    let f = move |s: i64| {
        let t = |i: usize| if i < n { g[i] } else { -g[i - n] };
        (0..2 * n).map(|i| weights[i] * (t(i) * s as f64 - signs[i % n]).max(0.0)).sum()
    };
    (alpha, f)
}

fn exact(size: usize, f: impl Fn(i64) -> f64) {
    let k = size as i64;
    for s in (-k..=k).step_by(2) {
        let y = if (k - s) / 2 % 2 == 0 { 1.0 } else { -1.0 };
        // Slopes of at most 2/(1 − h) at knots of at most 3k, some hundred roundings.
        assert!((f(s) - y).abs() < 1e-10 * (k * k) as f64, "{size} {s}: {}", f(s));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: prop::test_runner::RngSeed::Fixed(11), ..ProptestConfig::with_cases(200) })]

    #[test]
    fn odd_windows(turns in 1_usize..6, slack in 0.01_f64..0.9, stretch in 0.0_f64..1.0, at in prop::collection::vec(0.0_f64..1.0, 6)) {
        let (k, h) = (2.0 * turns as f64 + 1.0, slack);
        let last = k * (1.05 + 2.0 * stretch);
        let knots: Vec<f64> = [k + at[5] * (last - k)]
            .into_iter()
            .chain((0..turns).map(|j| 2.0 * j as f64 + 1.0 + at[j] * h))
            .collect();
        let (alpha, f) = network(true, 2 * turns + 1, &knots);
        exact(2 * turns + 1, f);
        let (t, turn, linear) = (turns as f64, 2.0 / (1.0 - h), 1.0 / (1.0 - h) + 0.5);
        let l1 = 2.0 * (turn * (t * t + t * h) + linear * last);
        let squares = turn * turn * (t * (4.0 * t * t - 1.0) / 3.0 + 2.0 * h * t * t + t * h * h) + (linear * last).powi(2);
        prop_assert!(alpha.lp_norm(1) <= l1 * (1.0 + 1e-12), "{} {l1}", alpha.lp_norm(1));
        prop_assert!(alpha.norm() <= (2.0 * squares).sqrt() * (1.0 + 1e-12), "{} {}", alpha.norm(), (2.0 * squares).sqrt());
    }

    #[test]
    fn even_windows(turns in 1_usize..3, slack in 0.05_f64..0.9, low in 0.01_f64..0.99, at in prop::collection::vec(0.0_f64..1.0, 4)) {
        let (k, h) = (2.0 * turns as f64, slack);
        let first = 2.0 * h * (low + (1.0 - low) * at[0]);
        let knots: Vec<f64> = [k / (1.0 - 0.999 * at[3]), first]
            .into_iter()
            .chain((1..turns).map(|j| 2.0 * j as f64 + at[j] * h))
            .collect();
        let (alpha, f) = network(false, 2 * turns, &knots);
        exact(2 * turns, f);
        let turn = 2.0 / (1.0 - h);
        let strengths: Vec<f64> = [turn * h, turn * (2.0 + h)].into_iter().take(turns).collect();
        let l1 = 1.0 + 2.0 * strengths.iter().sum::<f64>();
        let l2 = (0.5 + 2.0 * strengths.iter().map(|s| s * s).sum::<f64>()).sqrt();
        prop_assert!(alpha.lp_norm(1) <= l1 * (1.0 + 1e-12) && alpha.norm() <= l2 * (1.0 + 1e-12));
        // Σ|a|, a = α/b: what a coordinate off A can add.
        let sum: f64 = (0..2 * knots.len()).map(|i| (alpha[i] / knots[i % knots.len()]).abs()).sum();
        prop_assert!(sum <= (1.0 / k + 2.0 * turn * turns as f64) * (1.0 + 1e-12), "{sum}");
    }

    /// The probability of a window between its neighbours is at least the smaller of the outermost two: what `parity-windows`
    /// rests on.
    #[test]
    fn inner_windows_are_no_rarer(centre in 0.1_f64..12.0, h in 0.01_f64..0.99, k in 5_u32..40) {
        let phi = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        let q = |x: f64| phi(centre / x) - phi(centre / (x + h));
        let least = q(1.0).min(q(f64::from(k) - 2.0));
        for x in (1..k - 1).step_by(2) {
            prop_assert!(q(f64::from(x)) >= least - 1e-15);
        }
    }
}
