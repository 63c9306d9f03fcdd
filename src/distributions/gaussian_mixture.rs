//! Mixtures of Gaussians with labelled components (docs/theory.md §5.2): G in closed form in every dimension.

use super::quadrature::{cdf, density};
use super::{Distribution, DistributionError, Moments, Support, is_vector, round_up, sqrt_up};
use crate::statistics::streams::Stream;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Largest dimension: a covariance is then 8 MiB.
const MAX_DIMENSION: usize = 1000;

/// Where the parameters come from.
const HYPOTHESIS: &str = "x | j ~ N(μⱼ, Σⱼ) with weight pⱼ and label yⱼ, §5.2";

/// One component: weight, mean, covariance and label ±1.
#[derive(Clone, Debug)]
pub struct Component {
    /// pⱼ > 0; divided by the total of all.
    pub weight: f64,
    /// μⱼ, length d.
    pub mean: DVector<f64>,
    /// Σⱼ, d × d, positive definite.
    pub covariance: DMatrix<f64>,
    /// yⱼ = ±1.
    pub label: f64,
}

/// A mixture of Gaussians: x | j ~ N(μⱼ, Σⱼ), label yⱼ, component j with weight pⱼ.
#[derive(Debug)]
pub struct GaussianMixture {
    name: &'static str,
    components: Vec<Component>,
    factors: Vec<Cholesky<f64, Dyn>>,
    cumulated: Vec<f64>,
    moments: Moments,
}

impl GaussianMixture {
    /// A mixture of at least one component in the same dimension 1 ≤ d ≤ 1000.
    ///
    /// # Errors
    /// [`DistributionError`] for weights that are not positive, labels other than ±1, means or covariances that are not finite
    /// or of another dimension, and covariances that are not positive definite.
    pub fn new(mut components: Vec<Component>) -> Result<Self, DistributionError> {
        let reject = |parameter, value: String, range: &str| {
            Err(DistributionError::out_of_range(parameter, value, range, HYPOTHESIS))
        };
        let d = components.first().map_or(0, |c| c.mean.len());
        if !(1..=MAX_DIMENSION).contains(&d) {
            return reject("d", d.to_string(), "an integer from 1 to 1000, in at least one component");
        }
        let total: f64 = components.iter().map(|c| c.weight).sum();
        let mut factors = Vec::with_capacity(components.len());
        for c in &mut components {
            if !(c.weight > 0.0 && total.is_finite()) {
                return reject("weight", c.weight.to_string(), "positive and finite");
            }
            if ![-1.0, 1.0].contains(&c.label) {
                return reject("label", c.label.to_string(), "−1 or +1");
            }
            if c.mean.len() != d || c.covariance.shape() != (d, d) {
                return reject(
                    "component",
                    format!("dimension {}", c.mean.len()),
                    "of the first component's dimension",
                );
            }
            let finite = c.mean.iter().chain(c.covariance.iter()).all(|x| x.is_finite());
            let Some(factor) = finite.then(|| Cholesky::new(c.covariance.clone())).flatten() else {
                return reject("covariance", "a matrix".into(), "finite and positive definite");
            };
            factors.push(factor);
            c.weight /= total;
        }
        let cumulated = components.iter().scan(0.0, |sum, c| {
            *sum += c.weight;
            Some(*sum)
        });
        let (cumulated, moments) = (cumulated.collect(), moments(&components));
        Ok(Self { name: "gaussian-mixture", components, factors, cumulated, moments })
    }

    /// XOR: means ±R e₁ with y = +1 and ±R e₂ with y = −1, equal weights, covariance σ²I (docs/theory.md §5.2).
    ///
    /// # Errors
    /// As [`GaussianMixture::new`]; d ≥ 2.
    pub fn xor(dimension: usize, radius: f64, sigma: f64) -> Result<Self, DistributionError> {
        if !(2..=MAX_DIMENSION).contains(&dimension) {
            let value = dimension.to_string();
            return Err(DistributionError::out_of_range("d", value, "an integer from 2 to 1000", HYPOTHESIS));
        }
        if !(radius > 0.0 && radius.is_finite() && sigma > 0.0 && sigma.is_finite()) {
            let value = format!("{radius}, sigma = {sigma}");
            return Err(DistributionError::out_of_range("radius", value, "positive and finite, both", HYPOTHESIS));
        }
        let mean = |axis: usize, r: f64| DVector::from_fn(dimension, |i, _| if i == axis { r } else { 0.0 });
        let covariance = DMatrix::identity(dimension, dimension) * (sigma * sigma);
        let component =
            |axis, r, label| Component { weight: 0.25, mean: mean(axis, r), covariance: covariance.clone(), label };
        let four = Self::new(vec![
            component(0, radius, 1.0),
            component(0, -radius, 1.0),
            component(1, radius, -1.0),
            component(1, -radius, -1.0),
        ])?;
        Ok(Self { name: "gaussian-xor", ..four })
    }

    /// Two spherical Gaussians at ±R e₁ with labels ±1.
    ///
    /// # Errors
    /// As [`GaussianMixture::new`].
    pub fn two(dimension: usize, radius: f64, sigma: f64) -> Result<Self, DistributionError> {
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            let value = dimension.to_string();
            return Err(DistributionError::out_of_range("d", value, "an integer from 1 to 1000", HYPOTHESIS));
        }
        let mean = |r: f64| DVector::from_fn(dimension, |i, _| if i == 0 { r } else { 0.0 });
        let covariance = DMatrix::identity(dimension, dimension) * (sigma * sigma);
        let component =
            |y: f64| Component { weight: 0.5, mean: mean(y * radius), covariance: covariance.clone(), label: y };
        Ok(Self { name: "two-gaussians", ..Self::new(vec![component(1.0), component(-1.0)])? })
    }

    /// The components, weights adding up to 1.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// (mean, standard deviation, Σw) of ⟨w,x⟩ in a component.
    fn projection(c: &Component, w: &DVector<f64>) -> (f64, f64, DVector<f64>) {
        let spread = &c.covariance * w;
        (w.dot(&c.mean), w.dot(&spread).max(0.0).sqrt(), spread)
    }
}

fn moments(components: &[Component]) -> Moments {
    let d = components.first().map_or(0, |c| c.mean.len());
    let mut second = DMatrix::zeros(d, d);
    for c in components {
        second += (&c.covariance + &c.mean * c.mean.transpose()) * c.weight;
    }
    let square = round_up(second.trace(), d + components.len() + 4);
    let largest = second.symmetric_eigenvalues().max();
    // The eigenvalue solver is backward stable: its error is a small multiple of d·2⁻⁵³·trace.
    let operator = (largest + 8.0 * d as f64 * f64::EPSILON * square).min(square);
    Moments {
        norm_bound: f64::INFINITY,
        coordinate_bound: f64::INFINITY,
        mean_norm: sqrt_up(square),
        mean_square_norm: square,
        operator_norm: sqrt_up(operator),
        positive_share: components.iter().filter(|c| c.label > 0.0).map(|c| c.weight).sum::<f64>().min(1.0),
    }
}

impl Distribution for GaussianMixture {
    fn name(&self) -> &'static str {
        self.name
    }

    fn dimension(&self) -> usize {
        self.components.first().map_or(0, |c| c.mean.len())
    }

    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        let d = self.dimension();
        for (point, label) in x.chunks_exact_mut(d).zip(y) {
            let u: f64 = rng.random();
            let j = self.cumulated.partition_point(|c| *c <= u).min(self.components.len() - 1);
            let (component, factor) = (&self.components[j], self.factors[j].l_dirty());
            let z = DVector::from_fn(d, |_, _| rng.sample::<f64, _>(StandardNormal));
            for (row, to) in point.iter_mut().enumerate() {
                // Only the lower triangle of the factor is meant.
                *to = component.mean[row] + (0..=row).map(|k| factor[(row, k)] * z[k]).sum::<f64>();
            }
            *label = component.label;
        }
    }

    fn support(&self) -> Option<&Support> {
        None
    }

    /// B_x is infinite; B_x1 is bounded by sqrt(B_x2), B_x2 = Σpⱼ(‖μⱼ‖² + tr Σⱼ) and B_op² = λ_max(Σpⱼ(μⱼμⱼᵀ + Σⱼ)).
    fn moments(&self) -> Moments {
        self.moments
    }

    /// Σ pⱼyⱼ[ μⱼ Φ(zⱼ) + Σⱼw φ(zⱼ)/sqrt(wᵀΣⱼw) ], zⱼ = (⟨w,μⱼ⟩ − b)/sqrt(wᵀΣⱼw); w = 0 leaves 1{0 > b} Σ pⱼyⱼμⱼ.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        if !is_vector(w, self.dimension()) || b.is_nan() {
            return None;
        }
        let (w, mut g) = (DVector::from_column_slice(w), DVector::zeros(w.len()));
        for c in &self.components {
            let (mean, deviation, spread) = Self::projection(c, &w);
            let factor = c.weight * c.label;
            if deviation > 0.0 {
                let z = (mean - b) / deviation;
                g.axpy(factor * cdf(z), &c.mean, 1.0);
                g.axpy(factor * density(z) / deviation, &spread, 1.0);
            } else if mean > b {
                g.axpy(factor, &c.mean, 1.0);
            }
        }
        Some(g)
    }

    /// Σ pⱼyⱼ Φ(zⱼ).
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        if !is_vector(w, self.dimension()) || b.is_nan() {
            return None;
        }
        let w = DVector::from_column_slice(w);
        let share = |c: &Component| {
            let (mean, deviation, _) = Self::projection(c, &w);
            if deviation > 0.0 { cdf((mean - b) / deviation) } else { f64::from(u8::from(mean > b)) }
        };
        Some(self.components.iter().map(|c| c.weight * c.label * share(c)).sum())
    }

    /// Σ pⱼ Φ(−yⱼ(⟨w,μⱼ⟩ + c)/sqrt(wᵀΣⱼw)).
    fn linear_error(&self, w: &[f64], c: f64) -> Option<f64> {
        if !is_vector(w, self.dimension()) || !c.is_finite() {
            return None;
        }
        let w = DVector::from_column_slice(w);
        let error = |component: &Component| {
            let (mean, deviation, _) = Self::projection(component, &w);
            let margin = component.label * (mean + c);
            if deviation > 0.0 { cdf(-margin / deviation) } else { f64::from(u8::from(margin <= 0.0)) }
        };
        Some(self.components.iter().map(|component| component.weight * error(component)).sum())
    }

    /// None: ⟨u,x⟩ is unbounded.
    fn margin(&self, _u: &[f64]) -> Option<f64> {
        None
    }

    /// None: ⟨u,x⟩ is unbounded.
    fn projection_bound(&self, _u: &[f64]) -> Option<f64> {
        None
    }
}
