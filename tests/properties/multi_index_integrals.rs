//! Multi-index laws over random instances: G against samples, against an integral in two variables, and against its own
//! potential; weights and thresholds at the ends of f64; what random neurons find of the subspace (docs/theory.md §5.5).
//!
//! *Samples.* For Z = y x_i 1{⟨w,x⟩ > b}, E|Z|^k ≤ E|x_i|^k ≤ k!/2 (k ≥ 2), so E exp(λZ) ≤ exp(λEZ + λ²/(2 − 2λ)) for
//! 0 ≤ λ < 1 and the mean of n is within sqrt(2t/n) + t/n of EZ but for a probability 2exp(−t) (Bernstein). There are fewer than
//! 10³ comparisons at 10⁻¹² each: under fresh seeds the file would fail by chance with probability below 10⁻⁹.

use super::distributions::{draw, gradient_of, label_of, normals};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use provably::distributions::{Directions, Distribution, Link, MultiIndex};
use provably::features::{largest_angle, leading_subspace, share_within};
use provably::statistics::streams::{Purpose, stream};
use std::f64::consts::{PI, SQRT_2};

/// Samples behind a comparison, and its failure probability.
const SAMPLES: usize = 50_000;
const FAILURE: f64 = 1e-12;
/// What the law promises of each coordinate of G, of the labels' means and of those on hyperplanes.
const PRECISION: f64 = 1e-10;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() }
}

fn links() -> impl Strategy<Value = Link> {
    prop_oneof![Just(Link::Product), (0.0..4.0_f64).prop_map(|c| Link::Cubic { c })]
}

/// Bernstein's bound above.
fn deviation() -> f64 {
    let (n, t) = (SAMPLES as f64, (2.0 / FAILURE).ln());
    (2.0 * t / n).sqrt() + t / n
}

/// Random weights; `kind` asks for one that is all off the subspace (1), all on it (2), nearly so (3, 4), or 0 (5).
fn weights(d: usize, kind: usize, seed: u64) -> Vec<f64> {
    let mut w = normals(&mut stream(seed, 0, Purpose::Initialisation), d);
    let (on, off) = [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (1e-9, 1.0), (1.0, 1e-9), (0.0, 0.0)][kind];
    w.iter_mut().enumerate().for_each(|(i, x)| *x *= if i < MultiIndex::RANK { on } else { off });
    w
}

fn length(w: &[f64]) -> f64 {
    w.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// ∫ over [low, high] by Gauss's five nodes on panels of width `step` at most.
fn integral(low: f64, high: f64, step: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let inner = (5.0 - 2.0 * (10.0_f64 / 7.0).sqrt()).sqrt() / 3.0;
    let outer = (5.0 + 2.0 * (10.0_f64 / 7.0).sqrt()).sqrt() / 3.0;
    let (heavy, light) = ((322.0 + 13.0 * 70.0_f64.sqrt()) / 900.0, (322.0 - 13.0 * 70.0_f64.sqrt()) / 900.0);
    let rule = [(-outer, light), (-inner, heavy), (0.0, 128.0 / 225.0), (inner, heavy), (outer, light)];
    let panels = ((high - low) / step).ceil().max(1.0);
    let half = (high - low) / panels / 2.0;
    let panel = |i: usize| low + (2.0 * i as f64 + 1.0) * half;
    (0..panels as usize).map(|i| rule.map(|(x, w)| w * half * f(panel(i) + half * x)).iter().sum::<f64>()).sum()
}

/// `E[y z 1{⟨w,x⟩ > b}]` for z = 1, x₁, x₂ by an integral in two variables, split where y jumps; the integrand between is smooth
/// where the part of w off the subspace is not small.
fn by_two_integrals(c: f64, w: &[f64], b: f64, steps: [f64; 2]) -> [f64; 3] {
    let rest = length(&w[2..]);
    let reach = 9.0;
    let mut sums = [0.0; 3];
    for (low, high, first_sign) in [(-reach, 0.0, -1.0), (0.0, reach, 1.0)] {
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += integral(low, high, steps[0], |z_1| {
                let jump = (-c * z_1 * z_1).max(-reach);
                let inner = |z_2: f64| {
                    let factor = [1.0, z_1, z_2][k];
                    factor * density(z_2) * cdf((w[0] * z_1 + w[1] * z_2 - b) / rest)
                };
                let above = integral(jump, reach, steps[1], inner);
                let below = if jump > -reach { integral(-reach, jump, steps[1], inner) } else { 0.0 };
                first_sign * density(z_1) * (above - below)
            });
        }
    }
    sums
}

fn curvature(link: Link) -> f64 {
    match link {
        Link::Product => 0.0,
        Link::Cubic { c } => c,
    }
}

proptest! {
    #![proptest_config(config(12))]

    /// G, the labels' mean and the share of positive labels against samples, degenerate weights among them.
    #[test]
    fn gradients_by_samples(link in links(), d in 2_usize..=6, kind in 0_usize..6, b in -1.5..1.5_f64, seed: u64) {
        let law = MultiIndex::new(d, link).unwrap();
        let w = weights(d, kind, seed);
        let sample = draw(&law, seed, SAMPLES);
        let found = gradient_of(&sample, &w, b);
        let exact = law.gradient(&w, b).unwrap();
        prop_assert!((&found - &exact).amax() <= deviation(), "{w:?} {b}: {found} {exact}");
        // |y| = 1: Hoeffding's bound is below Bernstein's.
        prop_assert!((label_of(&sample, &w, b) - law.active_label(&w, b).unwrap()).abs() <= deviation());
        let positive = sample.labels.iter().filter(|y| **y > 0.0).count() as f64 / SAMPLES as f64;
        prop_assert!((positive - law.moments().positive_share).abs() <= deviation());
    }

    /// Stein's number against samples from the hyperplane itself.
    #[test]
    fn labels_on_hyperplanes_by_samples(link in links(), d in 3_usize..=6, kind in 0_usize..5, t in -2.0..2.0_f64, seed: u64) {
        let law = MultiIndex::new(d, link).unwrap();
        let w = weights(d, kind, seed);
        let norm = length(&w);
        let mean = law.label_on_plane(&w, t * norm).unwrap();
        let mut rng = stream(seed, 1, Purpose::Probe);
        let mut sum = 0.0;
        for _ in 0..SAMPLES {
            let mut x = normals(&mut rng, d);
            let along: f64 = x.iter().zip(&w).map(|(x, w)| x * w / norm).sum();
            x.iter_mut().zip(&w).for_each(|(x, w)| *x += (t - along) * w / norm);
            sum += law.label(x[0], x[1]);
        }
        // Hoeffding for labels ±1.
        prop_assert!((sum / SAMPLES as f64 - mean).abs() <= (2.0 * (2.0 / FAILURE).ln() / SAMPLES as f64).sqrt());
        // Off the subspace G is this number times φ(t)ŵ.
        let g = law.gradient(&w, t * norm).unwrap();
        for i in MultiIndex::RANK..d {
            prop_assert!((g[i] - w[i] / norm * density(t) * mean).abs() <= 1e-15);
        }
    }
}

proptest! {
    #![proptest_config(config(10))]

    /// On the subspace, and the labels' mean, against an integral in one variable more. On a panel of this width Gauss's rule errs
    /// by width¹¹·4.1·10⁻¹³·max|f⁽¹⁰⁾|. Terms φ or Φ of slope s have |f⁽¹⁰⁾| ≤ 10³s¹⁰ (Cramér's bound on Hermite functions). Along
    /// z₂ the slopes add up to 1 + |a₂|/rest < 3.5. Along z₁ the parabola adds 2c|z₁|, which matters while c z₁² < 6, so it is below
    /// 7 for c ≤ 2, and |a₁|/rest and |a₂|/rest times as much at most: 12 in all, φ(c z₁²) falling as they grow. All panels together
    /// then err by less than 10⁻¹⁰.
    #[test]
    fn gradients_by_two_integrals(c in 0.0..2.0_f64, product: bool, a in prop::array::uniform2(-1.0..1.0_f64), rest in 0.8..3.0_f64, b in -4.0..4.0_f64) {
        let link = if product { Link::Product } else { Link::Cubic { c } };
        let law = MultiIndex::new(4, link).unwrap();
        let w = [a[0], a[1], 0.6 * rest, -0.8 * rest];
        let [label, first, second] = by_two_integrals(curvature(link), &w, b, [0.06, 0.15]);
        let g = law.gradient(&w, b).unwrap();
        prop_assert!((g[0] - first).abs() <= 2.0 * PRECISION && (g[1] - second).abs() <= 2.0 * PRECISION);
        prop_assert!((law.active_label(&w, b).unwrap() - label).abs() <= 2.0 * PRECISION);
    }
}

proptest! {
    #![proptest_config(config(40))]

    /// F(w, b) = E[yσ(⟨w,x⟩ − b)] = ⟨w,G⟩ − b·E[y 1{⟨w,x⟩ > b}] has ∇_w F = G and ∂_b F = −E[y 1]. G and the labels' mean are
    /// computed from different integrals, which this ties together at every w, degenerate or not.
    #[test]
    fn gradients_have_a_potential(link in links(), d in 3_usize..=6, kind in 0_usize..5, t in -2.5..2.5_f64, seed: u64) {
        let law = MultiIndex::new(d, link).unwrap();
        let mut w = weights(d, kind, seed);
        let norm = length(&w);
        w.iter_mut().for_each(|x| *x /= norm);
        let potential = |w: &[f64], b: f64| {
            let g = law.gradient(w, b).unwrap();
            g.iter().zip(w).map(|(g, w)| g * w).sum::<f64>() - b * law.active_label(w, b).unwrap()
        };
        // Differences divide the promised precision by the step: 10⁻⁶; their own error is below step²·F'''/6. F''' is large
        // only where the hyperplane almost touches the parabola, within the subspace; hence 10⁻⁴.
        let step = 1e-4;
        let slope = |change: &dyn Fn(f64) -> f64| (change(step) - change(-step)) / (2.0 * step);
        let g = law.gradient(&w, t).unwrap();
        for i in 0..d {
            let moved = |h: f64| {
                let mut v = w.clone();
                v[i] += h;
                potential(&v, t)
            };
            let found = slope(&moved);
            prop_assert!((found - g[i]).abs() <= 1e-4, "{w:?} {t} {i}: {found} {}", g[i]);
        }
        let found = slope(&|h| potential(&w, t + h));
        prop_assert!((found + law.active_label(&w, t).unwrap()).abs() <= 1e-4);
        // And ∂_b E[y 1] = −φ(t)E[y | ⟨w,x⟩ = t].
        let found = slope(&|h| law.active_label(&w, t + h).unwrap());
        prop_assert!((found + density(t) * law.label_on_plane(&w, t).unwrap()).abs() <= 1e-4);
    }

    /// Swapping x₁ and x₂, reflecting one of them, scaling, and turning everything off the subspace.
    #[test]
    fn symmetries(link in links(), d in 2_usize..=6, kind in 0_usize..5, t in -3.0..3.0_f64, seed: u64, scale in -300_i32..300) {
        let law = MultiIndex::new(d, link).unwrap();
        prop_assume!(d > 2 || ![1, 3].contains(&kind));
        let w = weights(d, kind, seed);
        let b = t * length(&w);
        let g = law.gradient(&w, b).unwrap();
        let label = law.active_label(&w, b).unwrap();
        let changed = |change: &dyn Fn(&mut [f64])| {
            let mut v = w.clone();
            change(&mut v);
            let (mut h, l) = (law.gradient(&v, b).unwrap(), law.active_label(&v, b).unwrap());
            change(h.as_mut_slice());
            (h, l)
        };
        // x₁ → −x₁ negates y, for every link.
        let (h, l) = changed(&|v| v[0] = -v[0]);
        prop_assert!((h + &g).amax() <= 2.0 * PRECISION && (l + label).abs() <= 2.0 * PRECISION);
        if curvature(link) <= 0.0 {
            let (h, l) = changed(&|v| v[1] = -v[1]);
            prop_assert!((h + &g).amax() <= 2.0 * PRECISION && (l + label).abs() <= 2.0 * PRECISION);
            let (h, l) = changed(&|v| v.swap(0, 1));
            prop_assert!((h - &g).amax() <= 2.0 * PRECISION && (l - label).abs() <= 2.0 * PRECISION);
        }
        // x₃ → −x₃ and x₃ ↔ x₄ keep y.
        if d >= 4 {
            for change in [&(|v: &mut [f64]| v[2] = -v[2]) as &dyn Fn(&mut [f64]), &|v: &mut [f64]| v.swap(2, 3)] {
                let (h, l) = changed(change);
                prop_assert!((h - &g).amax() <= 2.0 * PRECISION && (l - label).abs() <= 2.0 * PRECISION);
            }
        }
        // 1{⟨w,x⟩ > b} does not know the length of (w, b); powers of 2 scale without rounding.
        let factor = 2.0_f64.powi(scale);
        let scaled: Vec<f64> = w.iter().map(|x| x * factor).collect();
        prop_assert!((law.gradient(&scaled, b * factor).unwrap() - &g).amax() <= 2.0 * PRECISION);
        // 1{⟨w,x⟩ > b} + 1{⟨−w,x⟩ > −b} = 1 almost surely, and E[yx] is G at w = 0 < −b.
        let back: Vec<f64> = w.iter().map(|x| -x).collect();
        let whole = law.gradient(&vec![0.0; d], -1.0).unwrap();
        prop_assert!((law.gradient(&back, -b).unwrap() + &g - whole).amax() <= 2.0 * PRECISION);
    }
}

/// Hermite coefficients: E[yx₁x₂] = 2/π for the product, and for the cubic E[y x₁x₂] = 2E[|x₁|φ(c x₁²)] > 0, the second-order
/// term that a first step follows. The cubic also has E[yx₁] = E[|x₁| erf(c x₁²/√2)], which the product has not. The labels'
/// means on the hyperplanes ⟨ŵ,x⟩ = t have the coefficients E[y He_k(⟨ŵ,x⟩)], by an integral over t.
#[test]
fn the_second_order_term_is_not_degenerate() {
    for link in [Link::Product, Link::Cubic { c: 0.5 }, Link::Cubic { c: 2.0 }] {
        let c = curvature(link);
        let law = MultiIndex::new(5, link).unwrap();
        let (a, off) = ([0.48, 0.36], 0.8);
        let w = [a[0], a[1], 0.0, off, 0.0];
        let on = |t: f64| law.label_on_plane(&w, t).unwrap();
        let coefficient = |he: &dyn Fn(f64) -> f64| integral(-9.0, 9.0, 0.25, |t| density(t) * he(t) * on(t));
        let mean = |f: &dyn Fn(f64) -> f64| 2.0 * integral(0.0, 9.0, 0.1, |z| density(z) * f(z));
        let cross = mean(&|z| 2.0 * z * density(c * z * z));
        let linear = mean(&|z| z * libm::erf(c * z * z / SQRT_2));
        assert!((coefficient(&|_| 1.0)).abs() < 1e-9 && cross > 0.1);
        // E[y(x_i² − 1)] = 0 for i = 1, 2: y is odd in x₁.
        assert!((coefficient(&|t| t * t - 1.0) - 2.0 * a[0] * a[1] * cross).abs() < 1e-9, "{c}");
        assert!((coefficient(&|t| t) - a[0] * linear).abs() < 1e-9, "{c}");
        if c <= 0.0 {
            assert!((cross - 2.0 / PI).abs() < 1e-9 && linear.abs() < 1e-12);
            // At |t| = 1, a root of He₂, what is left off the subspace is of the fourth order in a; elsewhere of the second.
            let at = |t: f64, scale: f64| {
                let v = [a[0] * scale, a[1] * scale, 0.0, (1.0 - 0.36 * scale * scale).sqrt(), 0.0];
                law.label_on_plane(&v, t).unwrap() / scale.powi(2)
            };
            for t in [1.0, -1.0] {
                let shrinking = at(t, 0.1) / at(t, 0.2);
                assert!((shrinking - 0.25).abs() < 0.02, "{shrinking}");
            }
            assert!((at(0.5, 0.1) / at(0.5, 0.2) - 1.0).abs() < 0.05);
        } else {
            assert!(linear > 0.1);
        }
    }
}

/// Gradients of random neurons at β = sqrt d lie near the subspace, and it is the one they span. The sum of vvᵀ over N columns is
/// invariant in law under turns off the subspace, so there its eigenvalue is near the mean share outside over d − 2.
#[test]
fn random_neurons_find_the_subspace() {
    for d in [10, 20] {
        let law = MultiIndex::new(d, Link::Product).unwrap();
        let u = Directions::Gaussian.draw(d, 400, &mut stream(3, d as u64, Purpose::Initialisation));
        let b = (d as f64).sqrt();
        let gradients: Vec<DVector<f64>> = u.column_iter().map(|u| law.gradient(u.as_slice(), b).unwrap()).collect();
        let gradients = DMatrix::from_columns(&gradients);
        let subspace = DMatrix::identity(d, MultiIndex::RANK);
        let mut shares = share_within(&gradients, &subspace);
        shares.sort_by(f64::total_cmp);
        assert!(shares[200] > 0.9, "{d}: {}", shares[200]);
        let found = leading_subspace(&gradients, MultiIndex::RANK).unwrap();
        let angle = largest_angle(&found, &subspace);
        assert!(angle < 0.1, "{d}: {angle}");
        // Random directions themselves have a share of 2/d.
        let raw = share_within(&u, &subspace).iter().sum::<f64>() / 400.0;
        assert!((raw - 2.0 / d as f64).abs() < 0.1);
    }
}

#[test]
fn vectors_that_do_not_fit_have_no_answer() {
    for link in [Link::Product, Link::Cubic { c: 1.0 }] {
        let law = MultiIndex::new(3, link).unwrap();
        for w in [&[1.0, 2.0][..], &[1.0; 4], &[1.0, f64::NAN, 0.0], &[f64::INFINITY, 0.0, 0.0]] {
            assert!(law.gradient(w, 0.0).is_none() && law.active_label(w, 0.0).is_none());
            assert!(law.label_on_plane(w, 0.0).is_none());
        }
        assert!(law.gradient(&[1.0; 3], f64::NAN).is_none() && law.active_label(&[1.0; 3], f64::NAN).is_none());
        // w = 0 has no hyperplane; 0 > b decides.
        assert!(law.label_on_plane(&[0.0; 3], 1.0).is_none());
        assert!(law.gradient(&[0.0; 3], 0.0).unwrap().amax() <= 0.0);
        let whole = law.gradient(&[0.0; 3], -1.0).unwrap();
        assert!((law.gradient(&[1.0; 3], f64::NEG_INFINITY).unwrap() - &whole).amax() <= PRECISION);
        assert!(law.gradient(&[1.0; 3], f64::INFINITY).unwrap().amax() <= 0.0);
        assert!(law.active_label(&[1.0; 3], f64::INFINITY).unwrap().abs() <= 0.0);
        // A hyperplane beyond every f64: nothing is active, or everything.
        for w in [[1e-310, 0.0, 0.0], [0.0, 0.0, 1e-310], [1e-200; 3]] {
            assert!(law.gradient(&w, 1e200).unwrap().amax() <= PRECISION, "{w:?}");
            assert!((law.gradient(&w, -1e200).unwrap() - &whole).amax() <= PRECISION, "{w:?}");
            assert!(law.active_label(&w, 1e200).unwrap().abs() <= PRECISION, "{w:?}");
            assert!(law.label_on_plane(&w, 1e200).is_none_or(f64::is_finite), "{w:?}");
        }
        // The largest weights, whose length is no f64, and the smallest.
        let plain = law.gradient(&[1.0, -1.0, 1.0], 0.5).unwrap();
        for scale in [1.7e308, 1e-300, 1e-310] {
            let scaled = law.gradient(&[scale, -scale, scale], 0.5 * scale).unwrap();
            assert!((scaled - &plain).amax() <= PRECISION, "{scale}");
        }
        assert!(
            law.support().is_none() && law.margin(&[1.0; 3]).is_none() && law.projection_bound(&[1.0; 3]).is_none()
        );
        assert!(law.moments().norm_bound.is_infinite());
    }
}

#[test]
fn subspaces_at_every_scale() {
    let columns = DMatrix::from_column_slice(3, 2, &[3.0, 0.0, 4.0, 0.0, 2.0, 0.0]);
    let plain = leading_subspace(&columns, 2).unwrap();
    for scale in [1e-300, 1e200] {
        assert!(largest_angle(&leading_subspace(&(&columns * scale), 2).unwrap(), &plain) < 1e-7, "{scale}");
    }
    assert!(leading_subspace(&(&columns * 0.0), 2).is_none());
    // Squares beyond f64 have no share.
    assert!(share_within(&(columns * 1e200), &DMatrix::identity(3, 2)).iter().all(|s| s.abs() <= 0.0));
}
