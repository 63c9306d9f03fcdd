//! Laws every distribution obeys: samples ↔ moments ↔ closed-form G ↔ support.
//!
//! Tolerances come from Bernstein's inequality at a failure probability of 10⁻¹³ a comparison. There are fewer than 10⁵
//! comparisons in this file, so that under fresh seeds it would fail by chance with probability below 10⁻⁸. The seeds are fixed.

#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]
#![expect(clippy::unwrap_used, reason = "an instance of the test's own making that is refused is a failed test")]

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use provably::distributions::{
    Component, Distribution, DistributionError, Empirical, GaussianMixture, MarginBall, Moments, StructuredParity,
    Support, UniformHypercube,
};
use provably::statistics::streams::{Purpose, Stream, stream};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Samples behind every comparison.
const SAMPLES: usize = 20_000;

/// Failure probability of one comparison.
const FAILURE: f64 = 1e-13;

/// Rounding of a sum of at most 2·10⁴ terms of d ≤ 1000 products, relative to the largest of them; ample.
const ROUNDING: f64 = 1e-9;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..Config::default() }
}

/// Bernstein: the mean of SAMPLES independent terms of this variance, all within `range` of their mean, is within this of
/// it, except with probability FAILURE/`events`.
fn deviation(variance: f64, range: f64, events: f64) -> f64 {
    let (n, log) = (SAMPLES as f64, (2.0 * events / FAILURE).ln());
    (2.0 * variance * log / n).sqrt() + 2.0 * range * log / (3.0 * n)
}

fn near(what: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), String> {
    if (found - expected).abs() <= tolerance {
        Ok(())
    } else {
        Err(format!("{what}: {found} is not within {tolerance} of {expected}"))
    }
}

fn at_most(what: &str, found: f64, limit: f64, tolerance: f64) -> Result<(), String> {
    if found <= limit + tolerance { Ok(()) } else { Err(format!("{what}: {found} exceeds {limit}")) }
}

pub(super) fn draw(distribution: &dyn Distribution, seed: u64, n: usize) -> Support {
    let mut points = DMatrix::zeros(distribution.dimension(), n);
    let mut labels = DVector::zeros(n);
    let mut rng = stream(seed, 0, Purpose::Certification);
    distribution.sample(&mut rng, points.as_mut_slice(), labels.as_mut_slice());
    Support { points, labels, weights: DVector::repeat(n, 1.0 / n as f64) }
}

fn products(support: &Support, w: &[f64]) -> DVector<f64> {
    support.points.transpose() * DVector::from_column_slice(w)
}

pub(super) fn gradient_of(support: &Support, w: &[f64], b: f64) -> DVector<f64> {
    let active = products(support, w).map(|p| f64::from(p > b));
    &support.points * support.labels.component_mul(&support.weights).component_mul(&active)
}

/// `E[y 1{⟨w,x⟩ > b}]` by a sum over a support or a sample.
pub(super) fn label_of(support: &Support, w: &[f64], b: f64) -> f64 {
    let active = products(support, w).map(|p| f64::from(p > b));
    support.labels.component_mul(&support.weights).dot(&active)
}

fn largest_eigenvalue(support: &Support) -> f64 {
    let weighted = DMatrix::from_fn(support.points.nrows(), support.points.ncols(), |i, j| {
        support.points[(i, j)] * support.weights[j]
    });
    (weighted * support.points.transpose()).symmetric_eigenvalues().max()
}

/// Moments by sums over a support or a sample.
fn moments_of(support: &Support) -> Moments {
    let norms = DVector::from_iterator(support.labels.len(), support.points.column_iter().map(|x| x.norm()));
    Moments {
        norm_bound: norms.max(),
        coordinate_bound: support.points.amax(),
        mean_norm: norms.dot(&support.weights),
        mean_square_norm: norms.component_mul(&norms).dot(&support.weights),
        operator_norm: largest_eigenvalue(support).sqrt(),
        positive_share: support.labels.map(|y| f64::from(y > 0.0)).dot(&support.weights),
    }
}

/// What the samples say of the moments, G, margins and projection bounds.
fn check_samples(law: &dyn Distribution, queries: &[(Vec<f64>, f64)], seed: u64) -> Result<(), String> {
    let (sample, moments) = (draw(law, seed, SAMPLES), law.moments());
    let found = moments_of(&sample);
    let (bound, square) = (moments.norm_bound, moments.mean_square_norm);
    if sample.labels.iter().any(|y| ![-1.0, 1.0].contains(y)) {
        return Err("a label is not ±1".to_owned());
    }
    at_most("largest norm", found.norm_bound, bound, ROUNDING * bound)?;
    at_most("largest coordinate", found.coordinate_bound, moments.coordinate_bound, ROUNDING * bound)?;
    at_most("largest coordinate", moments.coordinate_bound, bound, ROUNDING * bound)?;
    near("mean norm", found.mean_norm, moments.mean_norm, deviation(square, bound, 1.0) + ROUNDING * bound)?;
    let tolerance = deviation(bound * bound * square, bound * bound, 1.0) + ROUNDING * bound * bound;
    near("mean square norm", found.mean_square_norm, square, tolerance)?;
    near("positive share", found.positive_share, moments.positive_share, deviation(0.25, 1.0, 1.0))?;
    // Matrix Bernstein: E(xxᵀ)² ≤ B_x² E[xxᵀ], and the union over d eigenvalues.
    let operator_square = moments.operator_norm.powi(2);
    let d = law.dimension() as f64;
    let tolerance = deviation(bound * bound * operator_square, bound * bound, d) + ROUNDING * bound * bound;
    near("B_op²", found.operator_norm.powi(2), operator_square, tolerance)?;
    for (w, b) in queries {
        let exact = law.gradient(w, *b).ok_or("no gradient")?;
        for (i, (found, expected)) in gradient_of(&sample, w, *b).iter().zip(exact.iter()).enumerate() {
            // E x_i² ≤ B_op², |x_i| ≤ B_x.
            let tolerance = deviation(operator_square, 2.0 * bound, 1.0) + ROUNDING * bound;
            near(&format!("G_{i}"), *found, *expected, tolerance)?;
        }
        let label = law.active_label(w, *b).ok_or("no label mean")?;
        near("active label", label_of(&sample, w, *b), label, deviation(1.0, 2.0, 1.0) + ROUNDING)?;
        let products = products(&sample, w);
        let scale = ROUNDING * bound * DVector::from_column_slice(w).norm();
        let (margin, reach) = (law.margin(w).ok_or("no margin")?, law.projection_bound(w).ok_or("no bound")?);
        at_most("margin", margin, products.component_mul(&sample.labels).min(), scale)?;
        at_most("projection", products.amax(), reach, scale)?;
        at_most("margin against projection bound", margin.abs(), reach, scale)?;
    }
    Ok(())
}

/// What a finite support says of the same, up to rounding.
fn check_support(law: &dyn Distribution, queries: &[(Vec<f64>, f64)]) -> Result<(), String> {
    let Some(support) = law.support() else { return Ok(()) };
    let (found, moments) = (moments_of(support), law.moments());
    let unit = ROUNDING * moments.norm_bound;
    near("weights", support.weights.sum(), 1.0, ROUNDING)?;
    near("largest norm", found.norm_bound, moments.norm_bound, unit)?;
    near("mean norm", found.mean_norm, moments.mean_norm, unit)?;
    near("mean square norm", found.mean_square_norm.sqrt(), moments.mean_square_norm.sqrt(), unit)?;
    near("B_op", found.operator_norm, moments.operator_norm, unit)?;
    near("positive share", found.positive_share, moments.positive_share, ROUNDING)?;
    for (w, b) in queries {
        let exact = law.gradient(w, *b).ok_or("no gradient")?;
        near("G", (gradient_of(support, w, *b) - exact).amax(), 0.0, unit)?;
        let label = law.active_label(w, *b).ok_or("no label mean")?;
        near("active label", label_of(support, w, *b), label, ROUNDING)?;
        let (products, scale) = (products(support, w), unit * DVector::from_column_slice(w).norm());
        near("margin", products.component_mul(&support.labels).min(), law.margin(w).ok_or("none")?, scale)?;
        near("projection", products.amax(), law.projection_bound(w).ok_or("none")?, scale)?;
    }
    Ok(())
}

pub(super) fn check_laws(law: &dyn Distribution, seed: u64) -> Result<(), String> {
    let queries = queries(law, seed);
    check_support(law, &queries)?;
    check_samples(law, &queries, seed)
}

pub(super) fn normals(rng: &mut Stream, n: usize) -> Vec<f64> {
    (0..n).map(|_| rng.sample(StandardNormal)).collect()
}

/// Random weights with thresholds inside the range of ⟨w,x⟩, and one beyond each of its ends.
fn queries(law: &dyn Distribution, seed: u64) -> Vec<(Vec<f64>, f64)> {
    let mut rng = stream(seed, 0, Purpose::Initialisation);
    let spread = law.moments().operator_norm;
    [0.0, 1.0, -1.0, 2.0, -0.3, 1e3, -1e3]
        .into_iter()
        .map(|z| {
            let w = normals(&mut rng, law.dimension());
            let b = z * spread * DVector::from_column_slice(&w).norm();
            (w, b)
        })
        .collect()
}

/// Nodes of the quadrature.
const QUADRATURE: usize = 4000;

/// Components with random means, covariances, weights and labels.
fn random_mixture(d: usize, parts: usize, seed: u64) -> GaussianMixture {
    let mut rng = stream(seed, 1, Purpose::Probe);
    let component = |_| {
        let root = DMatrix::from_vec(d, d, normals(&mut rng, d * d));
        Component {
            weight: 0.2 + rng.random::<f64>(),
            mean: DVector::from_vec(normals(&mut rng, d)) * 2.0,
            covariance: &root * root.transpose() + DMatrix::identity(d, d) * 0.3,
            label: if rng.random::<bool>() { 1.0 } else { -1.0 },
        }
    };
    GaussianMixture::new((0..parts).map(component).collect()).unwrap()
}

fn random_support(d: usize, n: usize, seed: u64) -> (DMatrix<f64>, DVector<f64>, DVector<f64>) {
    let mut rng = stream(seed, 0, Purpose::Training);
    let points = DMatrix::from_vec(d, n, normals(&mut rng, d * n));
    let labels = DVector::from_fn(n, |_, _| if rng.random::<bool>() { 1.0 } else { -1.0 });
    let weights = DVector::from_fn(n, |_, _| 0.1 + rng.random::<f64>());
    (points, labels, weights)
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn hypercube(d in 1_usize..=20, seed: u64) {
        check_laws(&UniformHypercube::new(d).unwrap(), seed).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn margin_ball(d in 2_usize..=40, margin in 0.05..2.0, more in 0.0..2.0, sphere in 0.0..4.0, seed: u64) {
        let reach: f64 = margin + more;
        let law = MarginBall::new(d, margin, reach, reach.hypot(sphere).max(reach)).unwrap();
        check_laws(&law, seed).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn margin_ball_with_finite_support(d in 1_usize..=5, margin in 0.05..2.0, more in 0.0..2.0, seed: u64) {
        let flat = MarginBall::new(d, margin, margin + more, margin + more).unwrap();
        check_laws(&flat, seed).map_err(TestCaseError::fail)?;
        let plane = MarginBall::new(2, margin, margin + more, 5.0).unwrap();
        prop_assert_eq!(plane.support().unwrap().labels.len(), 8);
        check_laws(&plane, seed).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn empirical(d in 1_usize..=8, n in 1_usize..=60, seed: u64) {
        let (points, labels, weights) = random_support(d, n, seed);
        let equal = Empirical::from_support(points.clone(), labels.clone()).unwrap();
        check_laws(&equal, seed).map_err(TestCaseError::fail)?;
        let weighted = Empirical::from_weighted_support(points, labels, weights * 7.0).unwrap();
        check_laws(&weighted, seed).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn structured_parity(
        off in 0_usize..=5, three in any::<bool>(), p_a in 0.02_f64..0.16, p_o in 0.0..0.5, full in any::<bool>(), seed: u64,
    ) {
        let (r, k) = if three { (3, 3) } else { (1, 5) };
        let p_a = if full { 0.5 / r as f64 } else { p_a };
        let law = StructuredParity::new(r * k + off.min(3), r, k, p_a, p_o).unwrap();
        check_laws(&law, seed).map_err(TestCaseError::fail)?;
    }

    /// G against quadrature: given ⟨w,x⟩ = t, x is Gaussian with mean μ + Σw(t − ⟨w,μ⟩)/wᵀΣw.
    #[test]
    fn gaussian_gradient(d in 1_usize..=6, parts in 1_usize..=4, b in -3.0_f64..3.0, seed: u64) {
        let law = random_mixture(d, parts, seed);
        let w = DVector::from_vec(normals(&mut stream(seed, 2, Purpose::Probe), d));
        let (mut expected, mut label) = (DVector::zeros(d), 0.0);
        for c in law.components() {
            let spread = &c.covariance * &w;
            let (mean, deviation) = (w.dot(&c.mean), w.dot(&spread).sqrt());
            // The midpoint rule on 9 deviations; its error is that of a smooth integrand but for the cut at b, which is a node.
            let (low, high) = (b.max(mean - 9.0 * deviation), mean + 9.0 * deviation);
            let step = ((high - low) / QUADRATURE as f64).max(0.0);
            for i in 0..QUADRATURE {
                let t = low + (i as f64 + 0.5) * step;
                let z = (t - mean) / deviation;
                let weight = c.weight * c.label * step * (-0.5 * z * z).exp() / (deviation * (2.0 * std::f64::consts::PI).sqrt());
                expected += (&c.mean + &spread * (z / deviation)) * weight;
                label += weight;
            }
        }
        // Midpoint rule: h²/24 · max|f''| · length, f'' below 100/deviation² here, and the mass beyond 9 deviations.
        let found = law.gradient(w.as_slice(), b).unwrap();
        let scale = law.moments().operator_norm;
        prop_assert!((found - expected).amax() <= 1e-5 * scale, "{b}");
        prop_assert!((law.active_label(w.as_slice(), b).unwrap() - label).abs() <= 1e-5);
    }

    /// Sample means of x, y and the second moments against the law, within 8 standard errors of Gaussian terms.
    #[test]
    fn gaussian_samples(d in 1_usize..=4, parts in 1_usize..=3, seed: u64) {
        let (law, mut rng) = (random_mixture(d, parts, seed), stream(seed, 3, Purpose::Training));
        let sample = draw(&law, seed, SAMPLES);
        let error = |variance: f64| 8.0 * (variance / SAMPLES as f64).sqrt();
        let w = DVector::from_vec(normals(&mut rng, d));
        let g = gradient_of(&sample, w.as_slice(), 0.3);
        let exact = law.gradient(w.as_slice(), 0.3).unwrap();
        for (found, exact) in g.iter().zip(exact.iter()) {
            prop_assert!((found - exact).abs() <= error(law.moments().mean_square_norm));
        }
        let moments = moments_of(&sample);
        prop_assert!(moments.mean_norm <= law.moments().mean_norm + error(law.moments().mean_square_norm));
        // ‖x‖² has a fourth-moment variance of at most 3(B_x2)² per Gaussian component and B_x2²·parts across components.
        let tolerance = error((3.0 + parts as f64 * 4.0) * law.moments().mean_square_norm.powi(2));
        prop_assert!((moments.mean_square_norm - law.moments().mean_square_norm).abs() <= tolerance);
        prop_assert!((moments.operator_norm.powi(2) - law.moments().operator_norm.powi(2)).abs() <= tolerance);
        prop_assert!((moments.positive_share - law.moments().positive_share).abs() <= error(0.25));
    }

    /// Rotating the data rotates G: G_Q(Qw, b) = Q G(w, b).
    #[test]
    fn rotation(d in 1_usize..=8, n in 1_usize..=60, b in -2.0_f64..2.0, seed: u64) {
        let (points, labels, _) = random_support(d, n, seed);
        let mut rng = stream(seed, 1, Purpose::Initialisation);
        let q = DMatrix::from_vec(d, d, normals(&mut rng, d * d)).qr().q();
        let w = DVector::from_vec(normals(&mut rng, d));
        // Rounding must not carry a point across the threshold.
        prop_assume!((points.transpose() * &w).iter().all(|p: &f64| (p - b).abs() > ROUNDING));
        let plain = Empirical::from_support(points.clone(), labels.clone()).unwrap();
        let turned = Empirical::from_support(&q * points, labels).unwrap();
        let g = plain.gradient(w.as_slice(), b).unwrap();
        let h = turned.gradient((&q * w).as_slice(), b).unwrap();
        prop_assert!((q * g - h).amax() <= ROUNDING);
        prop_assert!((plain.moments().operator_norm - turned.moments().operator_norm).abs() <= ROUNDING);
    }

    /// Lattice weights make ties ⟨w,x⟩ = b, and zero weights; the counts are exact, so the answers are equal.
    #[test]
    fn hypercube_counts(w in proptest::collection::vec(-2_i32..=2, 1..=12), b in -9_i32..=9) {
        let law = UniformHypercube::new(w.len()).unwrap();
        let w: Vec<f64> = w.into_iter().map(f64::from).collect();
        let exact = gradient_of(law.support().unwrap(), &w, f64::from(b));
        prop_assert_eq!(law.gradient(&w, f64::from(b)).unwrap(), exact);
    }
}

#[test]
fn margin_ball_in_high_dimension() {
    for d in [3, 4, 5, 300, 1000] {
        let law = MarginBall::new(d, 0.5, 1.5, 3.0).unwrap();
        check_samples(&law, &queries(&law, 7)[..3], 7).unwrap();
    }
}

#[test]
fn margin_ball_gradient_is_homogeneous_at_every_scale() {
    let law = MarginBall::new(6, 0.5, 1.5, 3.0).unwrap();
    let w = [0.7, -0.2, 0.4, 0.0, 1.0, -0.3];
    let g = law.gradient(&w, 0.6).unwrap();
    for scale in [1e-300, 1e-160, 1e-5, 1e10, 1e300] {
        let scaled = law.gradient(&w.map(|c| c * scale), 0.6 * scale).unwrap();
        assert!((scaled - &g).amax() < 1e-14);
    }
    // No weight at all: 0 > b decides.
    assert_eq!(law.gradient(&[0.0; 6], -1.0).unwrap()[0], 1.0);
    assert_eq!(law.gradient(&[0.0; 6], 0.0).unwrap().amax(), 0.0);
}

/// w = (1, …, 1): G₁ = Pr[S > b] and G_j = E[(S² − d)/(d(d−1)) 1{S > b}] for S = Σx_i, by binomial sums.
#[test]
fn hypercube_against_binomial_sums() {
    for d in [2_u64, 7, 24, 31, 32] {
        let law = UniformHypercube::new(d as usize).unwrap();
        for b in [-3.0, 0.0, 2.0, 5.5] {
            let (mut first, mut other, mut binomial) = (0.0, 0.0, 1_u64);
            for ones in 0..=d {
                let s = 2.0 * ones as f64 - d as f64;
                if s > b {
                    let share = binomial as f64 / 2.0_f64.powi(d as i32);
                    first += share;
                    other += share * (s * s - d as f64) / (d * (d - 1)) as f64;
                }
                binomial = binomial * (d - ones) / (ones + 1);
            }
            let g = law.gradient(&vec![1.0; d as usize], b).unwrap();
            assert!((g[0] - first).abs() < 1e-14, "{d} {b}");
            assert!(g.iter().skip(1).all(|c| (c - other).abs() < 1e-14), "{d} {b}");
        }
    }
}

/// theory.md §7: d = 11, k = 5, p_A = 1/4, p_o = 0.1. Deep negative bias: G = 2p_A sqrt k D, ‖G‖ = 1.118.
#[test]
fn parity_gradient_at_deep_negative_bias() {
    let law = StructuredParity::new(11, 1, 5, 0.25, 0.1).unwrap();
    let feature = law.feature(0).unwrap();
    let g = law.gradient(&[0.1; 11], -2.0).unwrap();
    assert!((g.norm() - 0.5 * 5.0_f64.sqrt()).abs() < 1e-15 && (g.dot(&feature) / g.norm() - 1.0).abs() < 1e-15);
    let mut rng = stream(1, 0, Purpose::Initialisation);
    let worst = (0..400).map(|_| {
        let g = law.gradient(&normals(&mut rng, 11), -8.0).unwrap();
        1.0 - g.dot(&feature).abs() / g.norm()
    });
    assert!(worst.fold(0.0, f64::max) < 0.002);
}

/// theory.md §7: XOR with d = 10, R = 12, σ = 1 at β = 12, s = +1: about 0.057 of the directions an axis are within
/// γ = 10⁻⁴ of it with ‖G‖ ≥ 1.5, both its directions together.
#[test]
fn xor_directions() {
    let law = GaussianMixture::xor(10, 12.0, 1.0).unwrap();
    let mut rng = stream(1, 0, Purpose::Initialisation);
    let (mut hits, draws) = ([0_u32; 2], 20_000);
    for _ in 0..draws {
        let g = law.gradient(&normals(&mut rng, 10), 12.0).unwrap();
        for (axis, count) in hits.iter_mut().enumerate() {
            *count += u32::from(g.norm() >= 1.5 && g[axis].abs() >= (1.0 - 1e-4) * g.norm());
        }
    }
    for count in hits {
        // Within 6 standard errors of a binomial share.
        assert!(
            (f64::from(count) / f64::from(draws) - 0.0568).abs() < 6.0 * (0.0568 / f64::from(draws)).sqrt(),
            "{count}"
        );
    }
}

#[test]
fn new_laws_name_what_is_wrong() {
    for ((d, r, k, p_a, p_o), parameter) in [
        ((11, 2, 5, 0.1, 0.1), "r = 2"),
        ((11, 1, 4, 0.1, 0.1), "k = 4"),
        ((4, 1, 5, 0.1, 0.1), "d = 4"),
        ((11, 1, 5, 0.6, 0.1), "p_a = 0.6"),
        ((11, 1, 5, 0.1, f64::NAN), "p_o = NaN"),
    ] {
        let message = StructuredParity::new(d, r, k, p_a, p_o).unwrap_err().to_string();
        assert!(message.starts_with(parameter) && message.contains("§5.3"), "{message}");
    }
    assert!(GaussianMixture::new(Vec::new()).is_err());
    assert!(GaussianMixture::xor(1, 1.0, 1.0).is_err() && GaussianMixture::xor(2, -1.0, 1.0).is_err());
    assert!(GaussianMixture::two(3, 1.0, 0.0).is_err() && GaussianMixture::two(3, f64::NAN, 1.0).is_err());
}

#[test]
fn hypercube_in_high_dimension() {
    let law = UniformHypercube::new(1000).unwrap();
    let small = UniformHypercube::new(5).unwrap();
    let weights = [0.9, -0.4, 0.3, 1.1, 0.2];
    // Weights outside the first five coordinates are 0, so that the rest of the cube averages out.
    let mut w = vec![0.0; 1000];
    w[..5].copy_from_slice(&weights);
    let g = law.gradient(&w, 0.25).unwrap();
    assert_eq!(g.rows(0, 5), small.gradient(&weights, 0.25).unwrap());
    assert_eq!(g.rows(5, 995).amax(), 0.0);
    // All active, all dead (‖w‖₁ = b is dead, being no strict inequality), and neither.
    let ones = vec![1.0; 1000];
    assert_eq!(law.gradient(&ones, -1000.5).unwrap().sum(), 1.0);
    assert_eq!(law.gradient(&ones, 1000.0).unwrap().amax(), 0.0);
    assert!(law.gradient(&ones, -1000.0).is_none() && law.gradient(&ones, 0.0).is_none());
    assert!(law.support().is_none());
    assert_eq!(law.margin(&ones).unwrap(), -998.0);
}

#[test]
fn samples_do_not_depend_on_batches() {
    let (points, labels, weights) = random_support(3, 20, 1);
    let laws: [&dyn Distribution; 4] = [
        &UniformHypercube::new(70).unwrap(),
        &MarginBall::new(5, 1.0, 2.0, 3.0).unwrap(),
        &Empirical::from_support(points.clone(), labels.clone()).unwrap(),
        &Empirical::from_weighted_support(points, labels, weights).unwrap(),
    ];
    for law in laws {
        let d = law.dimension();
        let whole = draw(law, 3, 20);
        let (mut x, mut y) = (vec![0.0; 20 * d], vec![0.0; 20]);
        let mut rng = stream(3, 0, Purpose::Certification);
        law.sample(&mut rng, &mut x[..7 * d], &mut y[..7]);
        law.sample(&mut rng, &mut x[7 * d..], &mut y[7..]);
        assert_eq!((x.as_slice(), y.as_slice()), (whole.points.as_slice(), whole.labels.as_slice()), "{}", law.name());
    }
}

/// B_op of more points and coordinates than there are eigenvalues computed stays an upper bound.
#[test]
fn operator_norm_of_large_supports() {
    for (d, n) in [(3, 5000), (5000, 3), (800, 900)] {
        let (points, labels, weights) = random_support(d, n, 2);
        let law = Empirical::from_weighted_support(points, labels, weights).unwrap();
        let support = law.support().unwrap();
        let exact = d.min(n) == 3;
        // Power iteration from below; the three eigenvalues are a few per cent apart, so 3000 steps find the largest.
        let mut v = support.points.column(0).into_owned();
        for _ in 0..if exact { 3000 } else { 30 } {
            let products = support.points.tr_mul(&v).component_mul(&support.weights);
            v = &support.points * products;
            v.normalize_mut();
        }
        let below = support.points.tr_mul(&v).component_mul(&support.weights.map(f64::sqrt)).norm();
        let moments = law.moments();
        assert!(below <= moments.operator_norm && moments.operator_norm <= moments.mean_square_norm.sqrt());
        if exact {
            assert!((below - moments.operator_norm).abs() < 1e-6 * below);
        }
    }
}

#[test]
fn vectors_that_do_not_fit_have_no_answer() {
    let (points, labels, _) = random_support(3, 20, 1);
    let laws: [&dyn Distribution; 3] = [
        &UniformHypercube::new(3).unwrap(),
        &MarginBall::new(3, 1.0, 2.0, 3.0).unwrap(),
        &Empirical::from_support(points, labels).unwrap(),
    ];
    for law in laws {
        for w in [&[1.0, 2.0][..], &[1.0; 4], &[1.0, f64::NAN, 0.0], &[f64::INFINITY, 0.0, 0.0]] {
            assert!(law.gradient(w, 0.0).is_none() && law.margin(w).is_none() && law.projection_bound(w).is_none());
        }
        assert!(law.gradient(&[1.0; 3], f64::NAN).is_none());
        assert_eq!(law.gradient(&[1.0; 3], f64::INFINITY).unwrap().amax(), 0.0);
        assert_eq!(law.gradient(&[1.0; 3], f64::NEG_INFINITY), law.gradient(&[0.0; 3], -1.0));
    }
}

#[test]
fn constructors_name_what_is_wrong() {
    let text = |e: DistributionError| e.to_string();
    assert!(text(UniformHypercube::new(0).unwrap_err()).starts_with("d = 0 is not allowed: it must be"));
    assert!(UniformHypercube::new(100_001).is_err() && UniformHypercube::new(100_000).is_ok());
    for (arguments, parameter) in [
        ((0, 1.0, 1.0, 1.0), "d = 0"),
        ((3, 0.0, 1.0, 1.0), "margin = 0"),
        ((3, f64::NAN, 1.0, 1.0), "margin = NaN"),
        ((3, 1.0, 0.5, 1.0), "reach = 0.5"),
        ((3, 1.0, 2.0, 1.5), "radius = 1.5"),
        ((3, 1.0, 2.0, f64::INFINITY), "radius = inf"),
        ((1, 1.0, 2.0, 3.0), "radius = 3"),
    ] {
        let (d, margin, reach, radius) = arguments;
        let message = text(MarginBall::new(d, margin, reach, radius).unwrap_err());
        assert!(message.starts_with(parameter) && message.contains("§5.1"), "{message}");
    }
    let points = || DMatrix::from_row_slice(1, 2, &[1.0, 2.0]);
    let vector = |v: &[f64]| DVector::from_column_slice(v);
    assert!(Empirical::from_support(points(), vector(&[1.0, 0.0])).is_err());
    assert!(Empirical::from_support(points(), vector(&[1.0])).is_err());
    assert!(Empirical::from_support(points() * f64::NAN, vector(&[1.0, -1.0])).is_err());
    assert!(Empirical::from_support(points() * 0.0, vector(&[1.0, -1.0])).is_err());
    assert!(Empirical::from_support(points() * 1e200, vector(&[1.0, -1.0])).is_err());
    assert!(Empirical::from_support(DMatrix::zeros(1, 0), vector(&[])).is_err());
    for weights in [&[1.0, 0.0][..], &[1.0, -1.0], &[1.0, f64::INFINITY], &[1.0], &[1e308, 1e308], &[1e308, 1e-300]] {
        assert!(Empirical::from_weighted_support(points(), vector(&[1.0, -1.0]), vector(weights)).is_err());
    }
}

/// A distribution that is wrong in one of its answers, to test the laws themselves.
struct Altered<'a>(&'a dyn Distribution, &'static str);

impl Altered<'_> {
    fn factor(&self, what: &str) -> f64 {
        if self.1 == what { 0.85 } else { 1.0 }
    }
}

impl Distribution for Altered<'_> {
    fn name(&self) -> &'static str {
        "altered"
    }
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        self.0.sample(rng, x, y);
    }
    fn support(&self) -> Option<&Support> {
        None
    }
    fn moments(&self) -> Moments {
        let m = self.0.moments();
        Moments {
            norm_bound: m.norm_bound * self.factor("norm_bound"),
            coordinate_bound: m.coordinate_bound * self.factor("coordinate_bound"),
            mean_norm: m.mean_norm * self.factor("mean_norm"),
            mean_square_norm: m.mean_square_norm * self.factor("mean_square_norm"),
            operator_norm: m.operator_norm * self.factor("operator_norm"),
            positive_share: m.positive_share * self.factor("positive_share"),
        }
    }
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        self.0.gradient(w, b).map(|g| g * self.factor("gradient"))
    }
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        self.0.active_label(w, b).map(|l| l + 1.0 - self.factor("label"))
    }
    fn margin(&self, u: &[f64]) -> Option<f64> {
        self.0.margin(u).map(|m| m * self.factor("margin"))
    }
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        self.0.projection_bound(u).map(|m| m * self.factor("projection"))
    }
}

#[test]
fn laws_refuse_wrong_answers() {
    let (cube, ball) = (UniformHypercube::new(4).unwrap(), MarginBall::new(3, 1.0, 1.5, 2.0).unwrap());
    // No coordinate of the ball's points reaches its radius.
    assert!(check_laws(&Altered(&cube, "coordinate_bound"), 11).is_err());
    let laws: [&dyn Distribution; 2] = [&cube, &ball];
    for law in laws {
        check_laws(&Altered(law, "nothing"), 11).unwrap();
        for what in [
            "norm_bound",
            "mean_norm",
            "mean_square_norm",
            "operator_norm",
            "positive_share",
            "gradient",
            "label",
            "margin",
            "projection",
        ] {
            assert!(check_laws(&Altered(law, what), 11).is_err(), "{} with another {what}", law.name());
        }
    }
}
