//! A margin along e₁ and a sphere across it: linear data in any dimension with everything in closed form (docs/theory.md §5.1).

use super::sphere::SphereCoordinate;
use super::{Distribution, DistributionError, Moments, Support, is_vector, round_up, sqrt_up};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::sync::OnceLock;

/// Largest dimension of a sample: one sample is then 800 kB.
const MAX_DIMENSION: usize = 100_000;

/// Lengths stay in [1/MAX_LENGTH, MAX_LENGTH], so that squares neither overflow nor underflow.
const MAX_LENGTH: f64 = 1e150;

/// Where the parameters come from.
const HYPOTHESIS: &str = "margin 0 < μ ≤ B ≤ ‖x‖ ≤ B_x, §5.1";

/// x = y·s·e₁ + z with y = ±1 and s ∈ {μ, B} equally likely and z uniform on the sphere of radius
/// R = sqrt(radius² − B²) in the d−1 dimensions across e₁, all independent (docs/theory.md §5.1 with D = e₁).
#[derive(Debug)]
pub struct MarginBall {
    dimension: usize,
    margin: f64,
    reach: f64,
    radius: f64,
    sphere_radius: f64,
    coordinate: SphereCoordinate,
    support: OnceLock<Support>,
}

impl MarginBall {
    /// `margin` is μ, `reach` is B, `radius` is B_x = ess sup ‖x‖, all in the same unit; 1 ≤ d ≤ 100 000.
    ///
    /// # Errors
    /// [`DistributionError::OutOfRange`] unless 10⁻¹⁵⁰ ≤ μ ≤ B ≤ radius ≤ 10¹⁵⁰, and radius = B where d = 1 (there is
    /// nothing across e₁).
    pub fn new(dimension: usize, margin: f64, reach: f64, radius: f64) -> Result<Self, DistributionError> {
        let reject =
            |parameter, value: String, range| Err(DistributionError::out_of_range(parameter, value, range, HYPOTHESIS));
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            return reject("d", dimension.to_string(), format!("an integer from 1 to {MAX_DIMENSION}"));
        }
        if !(MAX_LENGTH.recip()..=MAX_LENGTH).contains(&margin) {
            return reject("margin", margin.to_string(), format!("from {:e} to {MAX_LENGTH:e}", MAX_LENGTH.recip()));
        }
        if !(margin..=MAX_LENGTH).contains(&reach) {
            return reject("reach", reach.to_string(), format!("from the margin {margin} to {MAX_LENGTH:e}"));
        }
        if !(reach..=MAX_LENGTH).contains(&radius) {
            return reject("radius", radius.to_string(), format!("from the reach {reach} to {MAX_LENGTH:e}"));
        }
        if dimension == 1 && radius > reach {
            return reject("radius", radius.to_string(), format!("equal to the reach {reach} where d = 1"));
        }
        let sphere_radius = ((radius - reach) * (radius + reach)).sqrt();
        let coordinate = SphereCoordinate::new(dimension - 1);
        Ok(Self { dimension, margin, reach, radius, sphere_radius, coordinate, support: OnceLock::new() })
    }

    /// μ: the smallest y⟨e₁,x⟩.
    #[must_use]
    pub fn least_margin(&self) -> f64 {
        self.margin
    }

    /// B: the largest |⟨e₁,x⟩|.
    #[must_use]
    pub fn reach(&self) -> f64 {
        self.reach
    }

    /// The largest ‖x‖.
    #[must_use]
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// R: the length of z.
    #[must_use]
    pub fn sphere_radius(&self) -> f64 {
        self.sphere_radius
    }

    fn has_sphere(&self) -> bool {
        self.sphere_radius > 0.0
    }

    /// The four equally likely pairs (y, s).
    fn cases(&self) -> [(f64, f64); 4] {
        [(1.0, self.margin), (1.0, self.reach), (-1.0, self.margin), (-1.0, self.reach)]
    }

    fn enumerate(&self) -> Support {
        let signs: &[f64] = if self.has_sphere() { &[1.0, -1.0] } else { &[0.0] };
        let atoms: Vec<_> = self.cases().into_iter().flat_map(|case| signs.iter().map(move |&t| (case, t))).collect();
        let mut points = DMatrix::zeros(self.dimension, atoms.len());
        let mut labels = DVector::zeros(atoms.len());
        for (j, &((y, s), t)) in atoms.iter().enumerate() {
            points[(0, j)] = y * s;
            if self.has_sphere() {
                points[(1, j)] = t * self.sphere_radius;
            }
            labels[j] = y;
        }
        Support { points, labels, weights: DVector::repeat(atoms.len(), 1.0 / atoms.len() as f64) }
    }

    /// Fills `z` with a uniform point of the sphere.
    fn sample_sphere(&self, rng: &mut Stream, z: &mut [f64]) {
        if !self.has_sphere() {
            z.fill(0.0);
            return;
        }
        let norm = loop {
            z.iter_mut().for_each(|c| *c = rng.sample(StandardNormal));
            let norm = z.iter().map(|c| c * c).sum::<f64>().sqrt();
            // A zero vector has no direction; its probability is below 2⁻⁵⁰.
            if norm > 0.0 {
                break norm;
            }
        };
        z.iter_mut().for_each(|c| *c *= self.sphere_radius / norm);
    }

    /// The part of the sphere on which ⟨w,x⟩ > b for each of the four (y, s), and w in the unit in which they were found.
    fn caps(&self, w: &[f64], b: f64) -> Option<([Cap; 4], DVector<f64>)> {
        if !is_vector(w, self.dimension) || b.is_nan() {
            return None;
        }
        // The event depends on w/λ and b/λ only; dividing by a power of two is exact and keeps y s w₁ from overflow.
        let scale = power_of_two(largest(w));
        let (w, b) = (DVector::from_iterator(w.len(), w.iter().map(|c| c / scale)), b / scale);
        let across = norm(&w.as_slice()[1..]) * self.sphere_radius;
        let cap = |(y, s): (f64, f64)| {
            let (tail, partial_mean) = self.cap(b - y * s * w[0], across);
            Cap { y, s, tail, partial_mean }
        };
        Some((self.cases().map(cap), w))
    }

    /// (`Pr[t > excess]`, `E[t; t > excess]`) for t = ⟨w_⊥,z⟩/‖w_⊥‖ in units of R, `across` = ‖w_⊥‖R.
    fn cap(&self, excess: f64, across: f64) -> (f64, f64) {
        if across <= 0.0 {
            return (f64::from(excess < 0.0), 0.0);
        }
        if self.dimension == 2 {
            let (up, down) = (f64::from(across > excess), f64::from(-across > excess));
            return (0.5 * (up + down), 0.5 * (up - down));
        }
        let c = excess / across;
        (self.coordinate.tail(c), self.coordinate.partial_mean(c))
    }
}

/// One of the four (y, s) with what of its sphere is active.
struct Cap {
    y: f64,
    s: f64,
    /// Pr[t > c].
    tail: f64,
    /// E[t; t > c].
    partial_mean: f64,
}

impl Distribution for MarginBall {
    fn name(&self) -> &'static str {
        "margin-ball"
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        let cases = self.cases();
        for (point, label) in x.chunks_exact_mut(self.dimension).zip(y) {
            let (sign, s) = cases[(rng.next_u64() >> 62) as usize];
            point[0] = sign * s;
            self.sample_sphere(rng, &mut point[1..]);
            *label = sign;
        }
    }

    /// Known where d ≤ 2 or R = 0.
    fn support(&self) -> Option<&Support> {
        (self.dimension <= 2 || !self.has_sphere()).then(|| self.support.get_or_init(|| self.enumerate()))
    }

    /// B_x = radius, B_x1 = (sqrt(μ²+R²) + radius)/2, B_x2 = (μ²+B²)/2 + R², and B_op² is the larger of (μ²+B²)/2 (along e₁)
    /// and R²/(d−1) (across it): exact, but for a few units of rounding upwards.
    fn moments(&self) -> Moments {
        let along = 0.5 * (self.margin * self.margin + self.reach * self.reach);
        let outer = (self.radius - self.reach) * (self.radius + self.reach);
        let across = if self.dimension > 1 { outer / (self.dimension - 1) as f64 } else { 0.0 };
        let short_norm = (self.margin * self.margin + outer).sqrt();
        Moments {
            norm_bound: self.radius,
            coordinate_bound: self.radius,
            mean_norm: round_up(0.5 * (short_norm + self.radius), 6),
            mean_square_norm: round_up(along + outer, 6),
            operator_norm: sqrt_up(round_up(along.max(across), 4)),
            positive_share: 0.5,
        }
    }

    /// Closed form: averaged over the four (y, s), the part along e₁ is `s Pr[t > c]` and the part along w_⊥ is
    /// `y E[t; t > c]`, with c = (b − y s w₁)/‖w_⊥‖ and t one coordinate of z.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        let (caps, w) = self.caps(w, b)?;
        let along: f64 = caps.iter().map(|cap| 0.25 * cap.s * cap.tail).sum();
        let across: f64 = caps.iter().map(|cap| 0.25 * cap.y * cap.partial_mean).sum();
        let perpendicular = w.rows(1, self.dimension - 1);
        let norm = norm(perpendicular.as_slice());
        let mut g = DVector::zeros(self.dimension);
        g[0] = along;
        if norm * self.sphere_radius > 0.0 {
            g.rows_mut(1, self.dimension - 1).copy_from(&(perpendicular / norm * (across * self.sphere_radius)));
        }
        Some(g)
    }

    /// The average of `y Pr[t > c]` over the four (y, s).
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        let (caps, _) = self.caps(w, b)?;
        Some(caps.iter().map(|cap| 0.25 * cap.y * cap.tail).sum())
    }

    /// min(μu₁, Bu₁) − R‖u_⊥‖.
    fn margin(&self, u: &[f64]) -> Option<f64> {
        is_vector(u, self.dimension)
            .then(|| (self.margin * u[0]).min(self.reach * u[0]) - self.sphere_radius * norm(&u[1..]))
    }

    /// B|u₁| + R‖u_⊥‖.
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        is_vector(u, self.dimension).then(|| self.reach * u[0].abs() + self.sphere_radius * norm(&u[1..]))
    }
}

/// ‖v‖₂, without overflow or underflow on the way.
fn norm(v: &[f64]) -> f64 {
    let scale = power_of_two(largest(v));
    scale * v.iter().map(|c| (c / scale) * (c / scale)).sum::<f64>().sqrt()
}

fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, c| c.abs().max(m))
}

/// The largest power of two that is at most `v` > 0, and the smallest normal number where there is none.
fn power_of_two(v: f64) -> f64 {
    f64::from_bits(v.to_bits() & f64::INFINITY.to_bits()).max(f64::MIN_POSITIVE)
}
