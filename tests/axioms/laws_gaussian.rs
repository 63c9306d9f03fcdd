//! The distributions without a support: mixtures of Gaussians by their components, multi-index models by quadrature.

use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::tails;
use nalgebra::DMatrix;
use provably::distributions::{Component, GaussianMixture, Link, MultiIndex};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("two-gaussians", two_gaussians),
    ("gaussian-xor", gaussian_xor),
    ("gaussian-mixture", gaussian_mixture),
    ("multi-index", multi_index),
];

const ROUNDING: f64 = 1e-9;
/// Coordinates of which E[xxᵀ] is looked at: all in which a mean is not 0, where these are so few; else the answer is too small.
const LOOKED_AT: usize = 24;

/// A component: its probability, label, mean (the coordinates that are not 0) and deviation.
struct Part {
    p: f64,
    y: f64,
    mean: Vec<(usize, f64)>,
    sigma: f64,
}

/// Components in R^d with covariances σ² correlation^|i-k|.
struct Mixture {
    d: f64,
    parts: Vec<Part>,
    correlation: f64,
}

impl Mixture {
    fn mean(&self, f: impl Fn(&Part) -> f64) -> f64 {
        self.parts.iter().map(|part| part.p * f(part)).sum()
    }

    fn length(part: &Part) -> f64 {
        part.mean.iter().map(|(_, m)| m * m).sum::<f64>().sqrt()
    }

    /// E‖x‖² = Σp(‖μ‖² + tr Σ).
    fn mean_square(&self) -> f64 {
        self.mean(|part| Self::length(part).powi(2) + self.d * part.sigma.powi(2))
    }

    /// A lower bound on E‖x‖, by tails.rs where coordinates are independent, else no less than E|⟨e,x⟩| of some direction.
    fn mean_norm(&self) -> f64 {
        if self.correlation > 0.0 {
            return self.mean(|part| Self::length(part).max(part.sigma * (2.0 / std::f64::consts::PI).sqrt()));
        }
        self.mean(|part| part.sigma * tails::mean_norm(self.d, Self::length(part) / part.sigma))
    }

    /// Root of the largest eigenvalue of E[xxᵀ] on the first coordinates: beyond those with a mean, where they are independent,
    /// every further coordinate is like the last one looked at.
    fn operator(&self) -> f64 {
        let size = (self.d as usize).min(LOOKED_AT);
        let noise = self.mean(|part| part.sigma.powi(2));
        let mut second =
            DMatrix::from_fn(size, size, |i, j| noise * self.correlation.powi((i as i32 - j as i32).abs()));
        for part in &self.parts {
            for (i, a) in part.mean.iter().filter(|(i, _)| *i < size) {
                for (j, b) in part.mean.iter().filter(|(j, _)| *j < size) {
                    second[(*i, *j)] += part.p * a * b;
                }
            }
        }
        second.symmetric_eigenvalues().max().sqrt()
    }

    fn minority(&self) -> f64 {
        let positive = self.mean(|part| if part.y > 0.0 { 1.0 } else { 0.0 });
        positive.min(self.mean(|part| if part.y > 0.0 { 0.0 } else { 1.0 }))
    }

    /// Refuses moments that are too small; and those that are not the law's, where the text has them exactly.
    fn try_moments(&self, point: &Point, exact: bool) -> Result<(), String> {
        let expected = [("B_x2", self.mean_square()), ("B_op", self.operator())];
        for (symbol, value) in expected {
            at_most(symbol, value, point.get(symbol), ROUNDING)?;
            if exact {
                equal(symbol, point.get(symbol), value, ROUNDING)?;
            }
        }
        equal("minority", point.get("minority"), self.minority(), ROUNDING)?;
        at_most("B_x1", self.mean_norm(), point.get("B_x1"), ROUNDING)?;
        if exact {
            // The root of a mean square is at most √(π/2) times the mean norm: most in one dimension without a mean, less the
            // longer the vector is; the hundredth is tails.rs's.
            let most = (std::f64::consts::PI / 2.0).sqrt() * 1.01;
            at_most("B_x1", point.get("B_x1"), most * self.mean_norm(), ROUNDING)?;
        }
        Ok(())
    }
}

/// Whether the crate's law has these components.
fn are_those(mixture: &Mixture, components: &[Component]) -> Result<(), String> {
    for (part, found) in mixture.parts.iter().zip(components) {
        let alike = (found.weight - part.p).abs() < ROUNDING && found.label.to_bits() == part.y.to_bits();
        let variance = found.covariance[(0, 0)];
        let place = part.mean.iter().all(|(i, m)| (found.mean[*i] - m).abs() <= ROUNDING * m.abs());
        if !alike || !place || (variance - part.sigma.powi(2)).abs() > ROUNDING * variance {
            return Err(format!("the law that is run has a component {found:?}"));
        }
    }
    let (found, expected) = (components.len(), mixture.parts.len());
    if found == expected { Ok(()) } else { Err(format!("the law that is run has {found} components, not {expected}")) }
}

fn two_gaussians(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(60, &mut rng, small_dimension)? {
        let (d, radius, sigma) = (point.get("d"), point.get("radius"), point.get("sigma"));
        let part = |y: f64| Part { p: 0.5, y, mean: vec![(0, y * radius)], sigma };
        let mixture = Mixture { d, parts: vec![part(1.0), part(-1.0)], correlation: 0.0 };
        if d < 6.0 {
            let run = GaussianMixture::two(d as usize, radius, sigma).map_err(|e| e.to_string())?;
            are_those(&mixture, run.components())?;
        }
        mixture.try_moments(&point, true)?;
    }
    Ok(())
}

fn small_dimension(rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    if rng.random_range(0..3) == 0 { vec![] } else { vec![("d", f64::from(rng.random_range(1..8)))] }
}

fn gaussian_xor(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(60, &mut rng, small_dimension)? {
        let (d, radius, sigma) = (point.get("d"), point.get("radius"), point.get("sigma"));
        if d < 2.0 {
            return Err("one dimension has no two axes".into());
        }
        let part = |axis: usize, r: f64, y: f64| Part { p: 0.25, y, mean: vec![(axis, r)], sigma };
        let parts = vec![part(0, radius, 1.0), part(0, -radius, 1.0), part(1, radius, -1.0), part(1, -radius, -1.0)];
        let mixture = Mixture { d, parts, correlation: 0.0 };
        if d < 6.0 {
            let run = GaussianMixture::xor(d as usize, radius, sigma).map_err(|e| e.to_string())?;
            are_those(&mixture, run.components())?;
        }
        equal("components", point.get("components"), mixture.parts.len() as f64, ROUNDING)?;
        mixture.try_moments(&point, true)?;
    }
    Ok(())
}

fn gaussian_mixture(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let small = |rng: &mut ChaCha8Rng| {
        let r = f64::from(rng.random_range(1..9));
        let mut some = vec![("r", r), ("d", (r + f64::from(rng.random_range(-1..6))).max(1.0))];
        match rng.random_range(0..5) {
            0 => return vec![],
            // All components alike but for their places: then nothing in the moments is a bound.
            1 | 2 => {
                some.extend([("radius_ratio", 1.0), ("sigma_ratio", 1.0), ("weight_ratio", 1.0), ("correlation", 0.0)])
            }
            _ => {
                let ratio = |rng: &mut ChaCha8Rng| 10f64.powf(rng.random_range(-1.0..1.0));
                some.extend(["radius_ratio", "sigma_ratio", "weight_ratio"].map(|s| (s, ratio(rng))));
            }
        }
        some
    };
    for point in subject.points(100, &mut rng, small)? {
        let [d, radius, sigma, cosine, correlation] =
            ["d", "radius", "sigma", "cosine", "correlation"].map(|s| point.get(s));
        let [by_radius, by_sigma, by_weight] = ["radius_ratio", "sigma_ratio", "weight_ratio"].map(|s| point.get(s));
        let r = point.get("r") as usize;
        if r as f64 + 1.0 > d {
            return Err(format!("{r} means and the axis they share do not fit in {d} dimensions"));
        }
        // Powers by repeated multiplication; weights are divided by the largest first.
        let powers = |first: f64, ratio: f64| std::iter::successors(Some(first), move |x| Some(x * ratio)).take(r);
        let logarithm = |j: usize| j as f64 * libm::log(by_weight);
        let top = logarithm(0).max(logarithm(r - 1));
        let weights: Vec<f64> = (0..r).map(|j| libm::exp(logarithm(j) - top)).collect();
        let total: f64 = weights.iter().sum();
        let part = |(j, (length, sigma)): (usize, (f64, f64))| {
            let mean = vec![(j, length * (1.0 - cosine).sqrt()), (r, length * cosine.sqrt())];
            Part { p: weights[j] / total, y: if j % 2 == 0 { 1.0 } else { -1.0 }, mean, sigma }
        };
        let parts = powers(radius, by_radius).zip(powers(sigma, by_sigma)).enumerate().map(part).collect();
        let mixture = Mixture { d, parts, correlation };
        let largest = |f: &dyn Fn(&Part) -> f64| mixture.parts.iter().map(f).fold(0.0, f64::max);
        let (longest, widest) = (largest(&Mixture::length), largest(&|part| part.sigma));
        let heaviest = largest(&|part| part.p);
        let all = ["radius_max", "sigma_max", "spread_max", "weight_max", "B_x2", "B_x1", "B_op"].map(|s| point.get(s));
        if all.iter().chain([&longest, &widest]).any(|x| !(1e-150..1e150).contains(x)) {
            // Their squares are no f64.
            continue;
        }
        equal("radius_max", point.get("radius_max"), longest, ROUNDING)?;
        equal("sigma_max", point.get("sigma_max"), widest, ROUNDING)?;
        equal("components", point.get("components"), r as f64, ROUNDING)?;
        at_most("weight_max", heaviest, point.get("weight_max"), ROUNDING)?;
        let size = (d as usize).min(LOOKED_AT);
        let matrix = DMatrix::from_fn(size, size, |i, j| correlation.powi((i as i32 - j as i32).abs()));
        let spread = widest * matrix.symmetric_eigenvalues().max().sqrt();
        at_most("spread_max", spread, point.get("spread_max"), ROUNDING)?;
        let one = |x: f64| (x - 1.0).abs() < ROUNDING;
        if one(by_weight) {
            equal("weight_max", point.get("weight_max"), heaviest, ROUNDING)?;
        }
        if correlation <= 0.0 {
            equal("spread_max", point.get("spread_max"), spread, ROUNDING)?;
        }
        let alike = one(by_weight) && one(by_radius) && one(by_sigma) && correlation <= 0.0 && r < LOOKED_AT;
        mixture.try_moments(&point, alike)?;
    }
    Ok(())
}

fn multi_index(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(30, &mut rng, small_dimension)? {
        let d = point.get("d");
        if d < 2.0 {
            return Err("the label needs two coordinates".into());
        }
        let square = tails::mean(|z| z * z);
        equal("B_x2", point.get("B_x2"), d * square, ROUNDING)?;
        // Coordinates are independent and centred, so E[xxᵀ] has the one eigenvalue E[z²].
        equal("B_op", point.get("B_op"), square.sqrt(), ROUNDING)?;
        let norm = tails::mean_norm(d, 0.0);
        at_most("B_x1", norm, point.get("B_x1"), ROUNDING)?;
        at_most("B_x1", point.get("B_x1"), (std::f64::consts::PI / 2.0).sqrt() * 1.01 * norm, ROUNDING)?;
        // Reflecting the first coordinate keeps the law and, whatever the link, turns every label.
        let link = Link::Cubic { c: 10f64.powf(rng.random_range(-2.0..2.0)) };
        let law = MultiIndex::new(d.min(1000.0) as usize, link).map_err(|e| e.to_string())?;
        let mut turned = 0.0;
        for _ in 0..50 {
            let (first, second) = (rng.random_range(-3.0..3.0), rng.random_range(-3.0..3.0));
            turned += if law.label(first, second) * law.label(-first, second) < 0.0 { 1.0 } else { 0.0 };
        }
        equal("labels that a reflection turns", turned, 50.0, ROUNDING)?;
        equal("minority", point.get("minority"), turned / 100.0, ROUNDING)?;
    }
    Ok(())
}
