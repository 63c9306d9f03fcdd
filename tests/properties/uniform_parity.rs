//! The uniform parity against brute force: whole numbers are compared as whole numbers.
//!
//! Only sampling is left to chance: shares spend 10⁻¹¹ an instance on 24 instances, the laws of `distributions.rs` 10⁻¹³ a
//! comparison on fewer than 4,000, the count of hits 5·10⁻¹¹: below 10⁻⁹ in all under fresh seeds. The seeds are fixed.

#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]

use super::distributions::{check_laws, draw, normals};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use provably::distributions::{
    Directions, Distribution, UniformHypercube, UniformParity, UniformParityFeature, best_threshold, krawtchouk_sum,
};
use provably::features::{FeatureQuery, discover, gradients};
use provably::network::{GradientSource, Initialisation, Scales, first_step};
use provably::statistics::streams::{Purpose, stream};
use provably::tolerance::UNIT_ROUNDOFF;
use rand::RngExt;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() }
}

/// Coordinate i of point `bits` of the hypercube.
fn sign(bits: usize, i: usize) -> i64 {
    1 - 2 * (bits >> i & 1) as i64
}

/// χ_S, S given by its bits.
fn character(bits: usize, set: usize) -> i64 {
    1 - 2 * i64::from((bits & set).count_ones() & 1 == 1)
}

fn sum(d: usize, s: usize, b: f64) -> IBig {
    krawtchouk_sum(d, s, b).unwrap()
}

/// n/2^d, for values that f64 holds exactly (d ≤ 52).
fn share(n: i64, d: usize) -> f64 {
    n as f64 / 2.0_f64.powi(d as i32)
}

/// 2^d G and 2^d `E[y 1{..}]` over the hypercube, for whole weights and a threshold no sum of them is rounded against.
fn brute(d: usize, k: usize, w: &[i64], b: f64) -> (Vec<i64>, i64) {
    let (mut g, mut label) = (vec![0; d], 0);
    for x in 0..1 << d {
        let product: i64 = (0..d).map(|i| w[i] * sign(x, i)).sum();
        if product as f64 > b {
            let y = character(x, (1 << k) - 1);
            g.iter_mut().enumerate().for_each(|(i, g)| *g += y * sign(x, i));
            label += y;
        }
    }
    (g, label)
}

/// d, an even k ≤ d.
fn shape(most: usize) -> impl Strategy<Value = (usize, usize)> {
    (2..=most).prop_flat_map(|d| (Just(d), 1..=d / 2)).prop_map(|(d, half)| (d, 2 * half))
}

proptest! {
    #![proptest_config(config(64))]

    /// Every Fourier coefficient of the half-space's truth table, by the Walsh–Hadamard transform: it depends on |S| alone.
    #[test]
    fn krawtchouk_sums_are_fourier_coefficients(d in 1_usize..=12, b in -14.0_f64..14.0, whole: bool) {
        let b = if whole { b.round() } else { b };
        let total = |x: usize| (0..d).map(|i| sign(x, i)).sum::<i64>();
        let mut table: Vec<i64> = (0..1 << d).map(|x| i64::from(total(x) as f64 > b)).collect();
        for i in 0..d {
            for x in (0..1 << d).filter(|x| x >> i & 1 == 0) {
                let (p, q) = (table[x], table[x | 1 << i]);
                (table[x], table[x | 1 << i]) = (p + q, p - q);
            }
        }
        for (set, coefficient) in table.iter().enumerate() {
            prop_assert_eq!(sum(d, set.count_ones() as usize, b), IBig::from(*coefficient));
        }
    }

    /// One character, summed point by point.
    #[test]
    fn krawtchouk_sums_by_brute_force(d in 1_usize..=14, s in 0_usize..=14, b in -16.0_f64..16.0) {
        let s = s.min(d);
        let active = |x: &usize| (0..d).map(|i| sign(*x, i)).sum::<i64>() as f64 > b;
        let expected: i64 = (0..1 << d).filter(active).map(|x| character(x, (1 << s) - 1)).sum();
        prop_assert_eq!(sum(d, s, b), IBig::from(expected));
    }

    /// x → −x: c_s(−b) = (−1)^{s+1} c_s(b) for s ≥ 1 off the lattice; c₀(b) + c₀(−b) = 1. And Σ_S c_S² = Pr[Σx > b].
    #[test]
    fn reflection_and_parseval(d in 1_usize..=60, j in 0_usize..=60) {
        let b = (d as f64) - 2.0 * j.min(d) as f64 - 1.0;
        let mut squares = UBig::ZERO;
        let mut binomial = UBig::ONE;
        for s in 0..=d {
            let (plus, minus) = (sum(d, s, b), sum(d, s, -b));
            match s {
                0 => prop_assert_eq!(plus.clone() + minus, IBig::ONE << d),
                _ if s % 2 == 1 => prop_assert_eq!(&plus, &minus),
                _ => prop_assert_eq!(plus.clone(), -minus),
            }
            squares += plus.sqr() * &binomial;
            binomial = binomial * (d - s) / (s + 1);
        }
        prop_assert_eq!(IBig::from(squares), sum(d, 0, b) << d);
    }

    /// G and the label of sign directions are the enumerated whole numbers over 2^d, at every scale of w that is a power of 2,
    /// ties ⟨w,x⟩ = b included.
    #[test]
    fn sign_directions_are_exact((d, k) in shape(12), b in -14.0_f64..14.0, whole: bool, bits: usize, scale in -30_i32..30) {
        let b = if whole { b.round() } else { b };
        let law = UniformParity::new(d, k).unwrap();
        let w: Vec<i64> = (0..d).map(|i| sign(bits, i)).collect();
        let (expected, label) = brute(d, k, &w, b);
        let scale = 2.0_f64.powi(scale);
        let scaled: Vec<f64> = w.iter().map(|w| *w as f64 * scale).collect();
        let g = law.gradient(&scaled, b * scale).unwrap();
        prop_assert!(g.iter().zip(&expected).all(|(g, e)| *g == share(*e, d)));
        prop_assert_eq!(law.active_label(&scaled, b * scale).unwrap(), share(label, d));
        // The closed form in whole numbers.
        for j in 0..d {
            let s = if j < k { k - 1 } else { k + 1 };
            prop_assert_eq!(sum(d, s, b) * (character(bits, (1 << k) - 1) * w[j]), IBig::from(expected[j]));
        }
        // The feature's norm and cosine, of the same whole numbers.
        let feature = UniformParityFeature::new(d, k, b).unwrap();
        let square: i64 = expected.iter().map(|e| e * e).sum();
        let on: i64 = expected[..k].iter().map(|e| e * e).sum();
        prop_assert_eq!(feature.norm_square(), &RBig::from_parts(square.into(), UBig::ONE << (2 * d)));
        let ratio = (square > 0).then(|| RBig::from_parts(on.into(), UBig::from(square as u64)));
        prop_assert_eq!(feature.cosine_square(), ratio.as_ref());
    }

    /// Whole weights with ties, zeros among them: the enumeration is exact too.
    #[test]
    fn other_directions_are_enumerated((d, k) in shape(10), seed: u64, b in -9_i32..=9) {
        let law = UniformParity::new(d, k).unwrap();
        let mut rng = stream(seed, 0, Purpose::Probe);
        let w: Vec<i64> = (0..d).map(|_| rng.random_range(-2..=2)).collect();
        let (expected, label) = brute(d, k, &w, f64::from(b));
        let w: Vec<f64> = w.into_iter().map(|w| w as f64).collect();
        let g = law.gradient(&w, f64::from(b)).unwrap();
        prop_assert!(g.iter().zip(&expected).all(|(g, e)| *g == share(*e, d)));
        prop_assert_eq!(law.active_label(&w, f64::from(b)).unwrap(), share(label, d));
    }

    /// A scale that is no power of 2: the comparison is c·(d − 2j) > b in exact arithmetic, at and beside the lattice.
    #[test]
    fn comparisons_are_exact((d, k) in shape(40), c in 1e-3_f64..1e3, j in 0_usize..=40, side in -1_i32..=1) {
        let value = d as i64 - 2 * j.min(d) as i64;
        let nearest = c * value as f64;
        let b = match side { -1 => nearest.next_down(), 0 => nearest, _ => nearest.next_up() };
        let exact = |x: f64| RBig::try_from(x).unwrap();
        let active = |j: &usize| exact(c) * RBig::from(d as i64 - 2 * *j as i64) > exact(b);
        // A threshold of unit weights between the last active value and the next.
        let unit = d as f64 - 2.0 * (0..=d).filter(active).count() as f64 + 1.0;
        let law = UniformParity::new(d, k).unwrap();
        prop_assert_eq!(law.gradient(&vec![c; d], b), law.gradient(&vec![1.0; d], unit));
    }

    /// The bounds on p, cos, ‖G‖ and γ are on their side of the exact values, and within 2⁻⁵⁰ of them.
    #[test]
    fn feature_bounds((d, k) in shape(60), b in 0.0_f64..60.0) {
        let feature = UniformParityFeature::new(d, k, b).unwrap();
        let exact = |x: f64| RBig::try_from(x).unwrap();
        let close = |x: f64| exact(x * (1.0 + 8.0 * f64::EPSILON));
        let (norm, p) = (feature.norm_below(), feature.probability_below());
        prop_assert!(exact(norm) * exact(norm) <= *feature.norm_square() && close(norm) * close(norm) >= *feature.norm_square());
        prop_assert_eq!(&exact(p), feature.probability());
        let Some(square) = feature.cosine_square() else {
            prop_assert_eq!((norm, feature.cosine_below(), feature.gamma_above()), (0.0, 0.0, 1.0));
            return Ok(());
        };
        let cosine = feature.cosine_below();
        prop_assert!(*square <= RBig::ONE && exact(cosine) * exact(cosine) <= *square && close(cosine) * close(cosine) >= *square);
        let gamma = feature.gamma_above();
        let inner = |gamma: f64| RBig::ONE - exact(gamma);
        prop_assert!(inner(gamma) * inner(gamma) <= *square);
        prop_assert!(gamma == 0.0 || inner(gamma * (1.0 - 8.0 * f64::EPSILON)).sqr() >= *square);
    }

    /// The best threshold against all of them, by exact rationals.
    #[test]
    fn best_thresholds((d, k) in shape(40)) {
        let best = best_threshold(d, k).unwrap();
        let at = |b: usize| UniformParityFeature::new(d, k, b as f64).unwrap();
        let all: Vec<_> = (1..d).filter(|b| (d - b) % 2 == 1).map(|b| (b, at(b))).collect();
        let largest = all.iter().map(|(_, f)| f.norm_square()).max().unwrap();
        let enough = |f: &UniformParityFeature| f.norm_square() * RBig::from(16) >= *largest;
        let sharpest = all.iter().filter(|(_, f)| enough(f)).map(|(_, f)| f.cosine_square().unwrap()).max().unwrap();
        let first = all.iter().find(|(_, f)| enough(f) && f.cosine_square() == Some(sharpest)).unwrap();
        prop_assert_eq!(best, first.0 as f64);
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn laws((d, k) in shape(14), seed: u64) {
        check_laws(&UniformParity::new(d, k).unwrap(), seed).map_err(TestCaseError::fail)?;
    }

    /// Hoeffding for each of the 2^d shares, and their union: 2·2^d·exp(−2nt²) = 10⁻¹¹.
    #[test]
    fn samples_have_the_supports_shares((d, k) in shape(8), seed: u64) {
        let (law, n) = (UniformParity::new(d, k).unwrap(), 20_000);
        let sample = draw(&law, seed, n);
        let mut counts = vec![0_u32; 1 << d];
        for (x, y) in sample.points.column_iter().zip(sample.labels.iter()) {
            let bits = x.iter().enumerate().map(|(i, c)| usize::from(*c < 0.0) << i).sum::<usize>();
            prop_assert_eq!(*y, character(bits, (1 << k) - 1) as f64);
            counts[bits] += 1;
        }
        let points = 2.0_f64.powi(d as i32);
        let tolerance = ((2.0 * points / 1e-11).ln() / (2.0 * n as f64)).sqrt();
        prop_assert!(counts.iter().all(|c| (f64::from(*c) / n as f64 - 1.0 / points).abs() <= tolerance));
    }
}

/// B_G = Θ(d^{−(k−1)/2}) at b = 0, d odd, with the constants of theory.md §5.4:
/// 1 ≤ B_G d^{(k−1)/2}/((k−3)!! sqrt(k/2π)) ≤ sqrt(1 + 1/(2d−1)) (1 − k/d)^{1−k/2} sqrt(1 + (k−1)²/(k(d−k))).
#[test]
fn norm_falls_as_the_theory_says() {
    for (k, double_factorial) in [(2.0, 1.0), (4.0, 1.0), (6.0, 3.0), (8.0, 15.0)] {
        for d in [9, 25, 101, 401, 1001] {
            let feature = UniformParityFeature::new(d, k as usize, 0.0).unwrap();
            let d = d as f64;
            let limit = double_factorial * (k / (2.0 * std::f64::consts::PI)).sqrt();
            let ratio = feature.norm_below() * d.powf((k - 1.0) / 2.0) / limit;
            let tangent_square = (k - 1.0) * (k - 1.0) / (k * (d - k));
            let most =
                ((1.0 + 1.0 / (2.0 * d - 1.0)) * (1.0 + tangent_square)).sqrt() * (1.0 - k / d).powf(1.0 - k / 2.0);
            // Some twenty roundings, the exponent of a power being magnified by ln d < 7.
            let rounding = 100.0 * UNIT_ROUNDOFF;
            assert!(ratio >= 1.0 - rounding && ratio <= most * (1.0 + rounding), "{k} {d}: {ratio}, {most}");
        }
    }
}

/// k = 2: G points exactly along 1_A at b² = d − 1.
#[test]
fn two_relevant_coordinates_have_an_exact_threshold() {
    for b in 2..=40_usize {
        let d = b * b + 1;
        assert_eq!(sum(d, 3, b as f64), IBig::ZERO);
        let feature = UniformParityFeature::new(d, 2, b as f64).unwrap();
        assert_eq!((feature.gamma_above(), feature.cosine_below()), (0.0, 1.0));
    }
    for d in [5, 17, 101, 401] {
        assert_eq!(best_threshold(d, 2).unwrap().powi(2), d as f64 - 1.0);
    }
}

/// b = 0, d odd: c_{k+1} = −c_{k−1}(k − 1)/(d − k), and 2^d c₁ = C(d−1, (d−1)/2).
#[test]
fn sums_at_zero_have_a_closed_form() {
    let mut binomial = UBig::ONE;
    for d in (3..=201_usize).step_by(2) {
        binomial = binomial * (4 * (d - 2)) / (d - 1);
        assert_eq!(sum(d, 1, 0.0), IBig::from(binomial.clone()));
        for k in (2..d).step_by(2) {
            assert_eq!(sum(d, k + 1, 0.0) * (d - k), -sum(d, k - 1, 0.0) * (k - 1));
        }
    }
}

/// At d = 1001 everything is exact integers of a thousand bits; an enumeration of the inputs would not end.
#[test]
fn large_dimensions_are_within_reach() {
    for k in [2, 4, 6, 20] {
        let b = best_threshold(1001, k).unwrap();
        let feature = UniformParityFeature::new(1001, k, b).unwrap();
        assert!(b > 0.0 && *feature.cosine_square().unwrap() <= RBig::ONE && feature.norm_below() > 0.0);
        let plain = UniformParityFeature::new(1001, k, 0.0).unwrap();
        assert!(feature.cosine_square().unwrap() >= plain.cosine_square().unwrap());
    }
    let law = UniformParity::new(1001, 4).unwrap();
    let u = Directions::Signs.draw(1001, 2000, &mut stream(1, 0, Purpose::Initialisation));
    for u in u.column_iter() {
        assert!(law.gradient(u.as_slice(), 0.0).is_some() && law.active_label(u.as_slice(), 12.0).is_some());
    }
}

/// Lemma 1 over the population with N = 8,000 sign neurons at d = 401.
#[test]
fn population_first_step_of_a_wide_network() {
    let law = UniformParity::new(401, 2).unwrap();
    let init = Initialisation::draw_for(&law, 2000, &mut stream(1, 0, Purpose::Initialisation));
    assert!(init.u.iter().all(|u| u.abs() == 1.0));
    let beta = best_threshold(401, 2).unwrap();
    let scales = Scales { b_tilde: 1.0, beta, theta: 1.0, sigma_a: 1.0, slope: 1.0 };
    let after = first_step(&init, &scales, GradientSource::Population(&law)).unwrap();
    assert_eq!(after.mean_xy.amax(), 0.0);
    // All norms are B_G, within the rounding of a sum of 401 squares.
    let norm = UniformParityFeature::new(401, 2, beta).unwrap().norm_below();
    assert!(after.gradients.column_iter().all(|g| (g.norm() / norm - 1.0).abs() < 1000.0 * UNIT_ROUNDOFF));
}

/// Gaussian directions are drawn as ever, whichever way they are asked for: first g, then u neuron by neuron.
#[test]
fn gaussian_initialisations_are_unchanged() {
    let law = UniformHypercube::new(7).unwrap();
    let rng = || stream(3, 0, Purpose::Initialisation);
    assert_eq!(law.directions(), Directions::Gaussian);
    let drawn = Initialisation::draw_for(&law, 5, &mut rng());
    assert_eq!(drawn, Initialisation::draw(7, 5, &mut rng()));
    let normals = normals(&mut rng(), 10 + 70);
    assert_eq!((drawn.g.as_slice(), drawn.u.as_slice()), normals.split_at(10));
}

/// Sign directions: 2^{1−k} of the neurons find ±1_A, with the exact cosine.
#[test]
fn discovery_draws_signs_and_finds_the_feature() {
    let law = UniformParity::new(101, 2).unwrap();
    let beta = best_threshold(101, 2).unwrap();
    let exact = UniformParityFeature::new(101, 2, beta).unwrap();
    let query = FeatureQuery { beta, sign: 1.0, gamma: 0.05, norm: 0.0, draws: 2000, share: 0.1 };
    let mut rng = stream(1, 0, Purpose::Initialisation);
    let cosine = |g: f64, norm: f64| (g / norm).abs();
    let found = gradients(&law, &query, &mut rng).unwrap();
    let hits =
        found.column_iter().filter(|g| cosine(g.dot(&law.feature()), g.norm()) >= 1.0 - exact.gamma_above() - 1e-12);
    // Half of 2,000 within t, by Hoeffding but for 2·exp(−2t²/2000) = 5·10⁻¹¹.
    assert!((hits.count() as f64 - 1000.0).abs() <= (1000.0 * (2.0_f64 / 5e-11).ln()).sqrt());
    let features = discover(&law, &query, &mut rng).unwrap();
    assert!(features.iter().any(|f| f.direction.dot(&law.feature()).abs() > 0.99), "{}", exact.cosine_below());
}

#[test]
fn what_is_refused_is_named() {
    for (d, k, parameter) in [
        (5, 3, "k = 3"),
        (5, 6, "k = 6"),
        (5, 0, "k = 0"),
        (1, 2, "d = 1"),
        (100_001, 2, "d = 100001"),
        (0, 0, "d = 0"),
    ] {
        let messages = [
            UniformParity::new(d, k).unwrap_err().to_string(),
            UniformParityFeature::new(d, k, 0.0).unwrap_err().to_string(),
            best_threshold(d, k).unwrap_err().to_string(),
        ];
        for message in messages {
            assert!(message.starts_with(parameter) && message.contains("§5.4"), "{message}");
        }
    }
    let message = UniformParityFeature::new(5, 2, f64::NAN).unwrap_err().to_string();
    assert!(message.starts_with("b = NaN"), "{message}");
    assert!(UniformParity::new(100_000, 2).is_ok() && UniformParity::new(2, 2).is_ok());
    assert!(krawtchouk_sum(3, 4, 0.0).is_none() && krawtchouk_sum(3, 2, f64::NAN).is_none());
    for b in [f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300] {
        assert_eq!(sum(5, 2, b), IBig::ZERO);
        assert_eq!(sum(5, 0, b), if b > 0.0 { IBig::ZERO } else { IBig::from(32) });
    }
}

#[test]
fn vectors_and_dimensions_without_an_answer() {
    let law = UniformParity::new(20, 2).unwrap();
    assert!(
        law.support().is_none() && law.gradient(&[1.0; 19], 0.0).is_none() && law.margin(&[f64::NAN; 20]).is_none()
    );
    assert!(law.gradient(&[1.0; 20], f64::NAN).is_none());
    let mut w = [1.0; 20];
    w[3] = 2.0;
    assert!(law.gradient(&w, 0.0).is_none() && law.active_label(&w, 0.0).is_none());
    // All active: E[yx] = 0 and E[y] = 0; none active: the same.
    for b in [-21.5, 21.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!((law.gradient(&w, b).unwrap().amax(), law.active_label(&w, b).unwrap()), (0.0, 0.0));
    }
    assert_eq!((law.margin(&w), law.projection_bound(&w)), (Some(-21.0), Some(21.0)));
}
