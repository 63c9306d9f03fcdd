//! Multi-index laws: G and the active label against samples, Stein's identity against the law on a hyperplane, symmetries,
//! degenerate neurons, refused parameters, and the subspace that columns span.
//!
//! Tolerances come from Hoeffding's and Bernstein's inequalities at a failure probability of 10⁻¹³ a comparison; seeds are fixed.

use super::distributions::{draw, gradient_of, label_of};
use nalgebra::{DMatrix, DVector};
use provably::distributions::{Distribution, Link, MultiIndex};
use provably::features::{largest_angle, leading_subspace, share_within};
use provably::statistics::streams::{Purpose, stream};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::f64::consts::PI;

const SAMPLES: usize = 100_000;
/// ln(2/10⁻¹³).
const LOG: f64 = 30.7;

fn laws() -> Vec<MultiIndex> {
    let cubic = |c| MultiIndex::new(5, Link::Cubic { c }).unwrap();
    vec![MultiIndex::new(5, Link::Product).unwrap(), cubic(0.5), cubic(3.0)]
}

/// Random neurons, and those on which a formula could break down.
fn neurons() -> Vec<(Vec<f64>, f64)> {
    let mut rng = stream(1, 0, Purpose::Probe);
    let mut normal = move || rng.sample::<f64, _>(StandardNormal);
    let mut all: Vec<(Vec<f64>, f64)> =
        (0..12).map(|i| ((0..5).map(|_| normal()).collect(), [2.2, -2.2, 0.0, 0.7][i % 4])).collect();
    for w in [[0.0; 5], [1.0, 0.0, 0.0, 0.0, 0.0], [0.0, -2.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.0]] {
        all.extend([0.5, -0.5, 0.0].map(|b| (w.to_vec(), b)));
    }
    for w in [[0.0, 0.0, 1.0, 2.0, 0.0], [1e-9, 0.0, 1.0, 0.0, 0.0], [1.0, -1.0, 1e-9, 0.0, 0.0]] {
        all.extend([0.5, -0.5].map(|b| (w.to_vec(), b)));
    }
    all
}

#[test]
fn gradients_and_labels_by_samples() {
    for (number, law) in laws().iter().enumerate() {
        let sample = draw(law, 50 + number as u64, SAMPLES);
        let n = SAMPLES as f64;
        for (w, b) in neurons() {
            let (exact, found) = (law.gradient(&w, b).unwrap(), gradient_of(&sample, &w, b));
            // y x_i 1{·} is sub-exponential as x_i is: E|x_i|^k ≤ k!/2, Bernstein with variance 1 and scale 1; centring doubles it.
            let allowed = 2.0 * ((2.0 * LOG / n).sqrt() + LOG / n);
            assert!((&exact - &found).amax() < allowed, "{law:?} {w:?} {b}: {exact} {found}");
            let (label, seen) = (law.active_label(&w, b).unwrap(), label_of(&sample, &w, b));
            assert!((label - seen).abs() < (2.0 * LOG / n).sqrt(), "{law:?} {w:?} {b}: {label} {seen}");
        }
    }
}

/// ⟨G,e⟩ = ⟨e,ŵ⟩ φ(b/‖w‖) E[y | ⟨ŵ,x⟩ = b/‖w‖] for e off the plane, the conditional mean from samples on the hyperplane.
#[test]
fn off_the_plane_by_stein() {
    let mut rng = stream(2, 0, Purpose::Probe);
    for law in laws() {
        for (w, b) in neurons().into_iter().take(8) {
            let w = DVector::from_vec(w);
            let (length, unit) = (w.norm(), w.normalize());
            let t = b / length;
            let mut sum = 0.0;
            for _ in 0..SAMPLES {
                let x = DVector::from_fn(5, |_, _| rng.sample::<f64, _>(StandardNormal));
                let on = &x + &unit * (t - unit.dot(&x));
                sum += law.label(on[0], on[1]);
            }
            let (seen, allowed) = (sum / SAMPLES as f64, (2.0 * LOG / SAMPLES as f64).sqrt());
            let exact = law.label_on_plane(w.as_slice(), b).unwrap();
            assert!((seen - exact).abs() < allowed, "{law:?} {w} {b}: {seen} {exact}");
            let (g, density) = (law.gradient(w.as_slice(), b).unwrap(), (-0.5 * t * t).exp() / (2.0 * PI).sqrt());
            for i in 2..5 {
                assert!((g[i] - unit[i] * density * exact).abs() < 1e-12);
                assert!((g[i] - unit[i] * density * seen).abs() < density * allowed);
            }
        }
    }
}

/// G along a direction off the plane, and E[y 1{·}], by another route: one variable given z by its closed form, z by a grid.
#[test]
fn accuracy_by_a_fine_grid() {
    let (reach, steps) = (9.0, 3600_usize);
    let width = 2.0 * reach / steps as f64;
    let phi = |z: f64| (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    let cdf = |z: f64| 0.5 * libm_erfc(-z / 2f64.sqrt());
    for law in [MultiIndex::new(3, Link::Product).unwrap()] {
        let (w, b) = ([0.7, -0.4, 1.1], 0.6);
        let (mut off, mut label, mut along) = (0.0, 0.0, 0.0);
        // Midpoints: the jumps of the product lie on the grid's lines.
        for i in 0..steps {
            for j in 0..steps {
                let at = |k: usize| -reach + width * (k as f64 + 0.5);
                let (p, q) = (at(i), at(j));
                let weight = phi(p) * phi(q) * width * width * law.label(p, q);
                let t = (w[0] * p + w[1] * q - b) / w[2];
                off += weight * phi(t);
                label += weight * cdf(t);
                along += weight * p * cdf(t);
            }
        }
        let g = law.gradient(&w, b).unwrap();
        // The midpoint rule's error is width²/24 times second derivatives and jumps of the first, all below 20.
        let allowed = 20.0 * width * width / 24.0;
        assert!((g[2] - off).abs() < allowed && (g[0] - along).abs() < allowed, "{g} {off} {along}");
        assert!((law.active_label(&w, b).unwrap() - label).abs() < allowed);
    }
}

fn libm_erfc(z: f64) -> f64 {
    statrs::function::erf::erfc(z)
}

#[test]
fn symmetries() {
    for law in laws() {
        for (w, b) in neurons() {
            // Reflecting x₁ negates y.
            let mut mirrored = w.clone();
            mirrored[0] = -mirrored[0];
            let (g, h) = (law.gradient(&w, b).unwrap(), law.gradient(&mirrored, b).unwrap());
            assert!((g[0] - h[0]).abs() < 1e-10 && (1..5).all(|i| (g[i] + h[i]).abs() < 1e-10), "{law:?} {w:?} {b}");
            let (one, other) = (law.active_label(&w, b).unwrap(), law.active_label(&mirrored, b).unwrap());
            assert!((one + other).abs() < 1e-10);
            // Scale.
            let twice: Vec<f64> = w.iter().map(|x| 2.0 * x).collect();
            assert!((law.gradient(&twice, 2.0 * b).unwrap() - &g).amax() < 1e-10);
            // The half-spaces ⟨w,x⟩ > b and ⟨−w,x⟩ > −b together are everything.
            let negated: Vec<f64> = w.iter().map(|x| -x).collect();
            if w.iter().any(|x| x.abs() > 0.0) {
                let whole = law.gradient(&[0.0; 5], -1.0).unwrap();
                assert!((law.gradient(&negated, -b).unwrap() + &g - whole).amax() < 1e-10, "{law:?} {w:?} {b}");
                assert!((law.active_label(&negated, -b).unwrap() + one).abs() < 1e-10, "{law:?} {w:?} {b}");
            }
        }
        let moments = law.moments();
        assert!((moments.positive_share - 0.5).abs() <= 0.0 && moments.norm_bound.is_infinite());
        assert!(
            law.margin(&[0.0; 5]).is_none() && law.projection_bound(&[0.0; 5]).is_none() && law.support().is_none()
        );
        assert!(law.gradient(&[1.0; 4], 0.0).is_none() && law.gradient(&[f64::NAN; 5], 0.0).is_none());
        assert!(law.active_label(&[1.0; 5], f64::NAN).is_none() && law.label_on_plane(&[0.0; 5], 1.0).is_none());
    }
    // w = 0 leaves E[yx], 0 for the product and along e₁ for the cubic.
    let [product, cubic, _] = <[MultiIndex; 3]>::try_from(laws()).unwrap();
    assert!(product.gradient(&[0.0; 5], -1.0).unwrap().amax() < 1e-12);
    assert!(cubic.gradient(&[0.0; 5], -1.0).unwrap()[0] > 0.1);
    assert!(cubic.gradient(&[0.0; 5], 1.0).unwrap().amax() <= 0.0);
}

/// E[y z₁z₂] is not 0, so that E[∇²h] has rank 2: 2/π for the product, and less, but positive, for the cubic.
#[test]
fn second_order_is_not_degenerate() {
    for (number, law) in laws().iter().enumerate() {
        let sample = draw(law, 70 + number as u64, SAMPLES);
        let terms = (0..SAMPLES).map(|j| sample.labels[j] * sample.points[(0, j)] * sample.points[(1, j)]);
        let seen = terms.sum::<f64>() / SAMPLES as f64;
        // |z₁z₂|: E|z₁z₂|^k ≤ k!: Bernstein with variance 1 and scale 2.
        let n = SAMPLES as f64;
        assert!((seen - law.second_order()).abs() < 2.0 * ((2.0 * LOG / n).sqrt() + 2.0 * LOG / n));
        assert!(law.second_order() > 0.1);
    }
    assert!((laws()[0].second_order() - 2.0 / PI).abs() < 1e-12);
}

#[test]
fn bad_parameters_are_named() {
    for (d, link, name) in [
        (1, Link::Product, "d"),
        (1001, Link::Product, "d"),
        (3, Link::Cubic { c: -0.1 }, "c"),
        (3, Link::Cubic { c: f64::NAN }, "c"),
        (3, Link::Cubic { c: 101.0 }, "c"),
    ] {
        let refused = MultiIndex::new(d, link).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("{name} = ")), "{refused}");
    }
}

#[test]
fn subspaces() {
    let basis = DMatrix::identity(4, 2);
    let columns = DMatrix::from_column_slice(
        4,
        4,
        &[3.0, 0.0, 0.0, 4.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    );
    let shares = share_within(&columns, &basis);
    let exact = [9.0 / 25.0, 1.0, 0.0, 0.0];
    assert!(shares.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-15));
    for angle in [0.0_f64, 1e-9, 0.3, 1.2] {
        // The plane turned about e₁ by an angle from e₂ to e₃.
        let (s, c) = angle.sin_cos();
        let turned = DMatrix::from_column_slice(4, 2, &[1.0, 0.0, 0.0, 0.0, 0.0, c, s, 0.0]);
        assert!((largest_angle(&turned, &basis) - angle).abs() < 1e-12 * angle.max(1e-3));
        let found =
            leading_subspace(&(&turned * DMatrix::from_row_slice(2, 3, &[2.0, 0.0, 1.0, 0.0, 1.0, 0.5])), 2).unwrap();
        assert!((largest_angle(&found, &basis) - angle).abs() < 1e-7);
    }
    assert!(leading_subspace(&DMatrix::from_element(1, 3, 1.0), 2).is_none());
    assert!(leading_subspace(&DMatrix::from_element(3, 3, f64::NAN), 2).is_none());
}
