//! Parities of uniform inputs (docs/theory.md §5.4): no structure in the input helps to find the relevant coordinates.

use super::hypercube::{MAX_ENUMERATED_DIMENSION, cube, equally_likely, moments, one_norm};
use super::krawtchouk::{check_parity, dyadic, sum_at};
use super::signs::{fill_signs, sign};
use super::{Directions, Distribution, DistributionError, Moments, Support, is_vector, round_up};
use crate::statistics::streams::Stream;
use nalgebra::DVector;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// x uniform on {±1}^d, y = χ_A(x) = Π_{l∈A} x_l, A the first k coordinates, k even.
///
/// Its theorems draw the initial directions uniformly from {±1}^d ([`Directions::Signs`]), not from Algorithm 1's Gaussian:
/// for these G is a closed form in every dimension.
#[derive(Debug)]
pub struct UniformParity {
    dimension: usize,
    size: usize,
    support: OnceLock<Support>,
    /// The sums met so far, by the largest number of minus ones that is active: all neurons of a network share one or two.
    known: Mutex<BTreeMap<usize, Sums>>,
}

/// c_{k−1}, c_k, c_{k+1} at one threshold, each rounded once from the exact integer; c_{k+1} is 0 where k = d.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    below: f64,
    at: f64,
    above: f64,
}

impl UniformParity {
    /// The parity of the first `size` (k) of `dimension` (d) coordinates.
    ///
    /// # Errors
    /// [`DistributionError::OutOfRange`] unless k is even, 2 ≤ k ≤ d and d ≤ 100 000.
    pub fn new(dimension: usize, size: usize) -> Result<Self, DistributionError> {
        check_parity(dimension, size)?;
        Ok(Self { dimension, size, support: OnceLock::new(), known: Mutex::default() })
    }

    /// k.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// D = 1_A/sqrt k, length d: the feature.
    #[must_use]
    pub fn feature(&self) -> DVector<f64> {
        let entry = 1.0 / (self.size as f64).sqrt();
        DVector::from_fn(self.dimension, |l, _| if l < self.size { entry } else { 0.0 })
    }

    /// χ_A of the signs of v; 0 counts as +.
    fn character(&self, v: &[f64]) -> f64 {
        sign(v[..self.size].iter().filter(|c| **c < 0.0).count() as u64)
    }

    /// The sums for weights of the one absolute value `c` > 0.
    fn sums(&self, c: f64, b: f64) -> Sums {
        let Some(most) = active_minus_ones(self.dimension, c, b) else { return Sums::default() };
        // The sums are whole once computed, so that a poisoned lock has nothing broken behind it.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(most).or_insert_with(|| {
            let of = |s: usize| {
                if s > self.dimension { 0.0 } else { dyadic(sum_at(self.dimension, s, most), self.dimension) }
            };
            Sums { below: of(self.size - 1), at: of(self.size), above: of(self.size + 1) }
        })
    }

    /// What is known of the event ⟨w,x⟩ > b.
    fn active(&self, w: &[f64], b: f64) -> Option<Active<'_>> {
        if !is_vector(w, self.dimension) || b.is_nan() {
            return None;
        }
        let c = w[0].abs();
        if c > 0.0 && w.iter().all(|l| l.abs().total_cmp(&c).is_eq()) {
            return Some(Active::Signs(self.character(w), self.sums(c, b)));
        }
        let (norm, slack) = one_norm(w);
        if b >= norm + slack || b < -norm - slack {
            return Some(Active::AllOrNone);
        }
        self.support().map(Active::Enumerated)
    }

    fn enumerate(&self) -> Support {
        let points = cube(self.dimension);
        let labels = points.column_iter().map(|x| self.character(x.as_slice()));
        let labels = DVector::from_iterator(points.ncols(), labels);
        equally_likely(points, labels)
    }
}

/// How E[yx 1{⟨w,x⟩ > b}] is to be had.
enum Active<'a> {
    /// w = c·(signs): χ_A(w) and the sums at b/c.
    Signs(f64, Sums),
    /// `E[yx]` = 0 and `E[y]` = 0, for k ≥ 2; or nothing is active.
    AllOrNone,
    /// Point by point.
    Enumerated(&'a Support),
}

/// The largest j with c(d − 2j) > b, c > 0: `None` where there is none.
///
/// The product and the difference are rounded together and once, which keeps the sign: the comparison is exact.
fn active_minus_ones(dimension: usize, c: f64, b: f64) -> Option<usize> {
    let d = dimension as i64;
    let active = |j: i64| c.mul_add((d - 2 * j) as f64, -b) > 0.0;
    // Off by the rounding of b/c at most, which the two loops make up for.
    let mut most = (((d as f64 - b / c) / 2.0).floor() as i64).clamp(-1, d);
    while most < d && active(most + 1) {
        most += 1;
    }
    while most >= 0 && !active(most) {
        most -= 1;
    }
    usize::try_from(most).ok()
}

impl Distribution for UniformParity {
    fn name(&self) -> &'static str {
        "uniform-parity"
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    /// Uniform signs, which is not Algorithm 1's Gaussian.
    fn directions(&self) -> Directions {
        Directions::Signs
    }

    /// Every sample starts at a draw of its own, so that the samples do not depend on how they are cut into batches.
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        for (point, label) in x.chunks_exact_mut(self.dimension).zip(y) {
            fill_signs(rng, point);
            *label = self.character(point);
        }
    }

    /// Up to d = [`MAX_ENUMERATED_DIMENSION`].
    fn support(&self) -> Option<&Support> {
        (self.dimension <= MAX_ENUMERATED_DIMENSION).then(|| self.support.get_or_init(|| self.enumerate()))
    }

    /// B_x = B_x1 = sqrt d (rounded up), B_x2 = d, B_op = 1, Pr[y = 1] = ½ (E χ_A = 0): exact.
    fn moments(&self) -> Moments {
        moments(self.dimension)
    }

    /// For w = c·(signs), c > 0: χ_A(w) sign(w_j) c_{k−1}(b/c) on A and χ_A(w) sign(w_j) c_{k+1}(b/c) off A, in every
    /// dimension; the first neuron at a threshold computes the sums, in milliseconds at d = 1001 and a second or two at d = 100 000.
    /// For other w 0 where all or none of the support is active, else by enumeration up to
    /// d = [`MAX_ENUMERATED_DIMENSION`], `None` beyond.
    ///
    /// # Guarantee
    /// For w = c·(signs) the comparison is exact, and every entry is the exact value rounded to nearest once. All and none
    /// active are decided with the rounding of ‖w‖₁ allowed for. By enumeration only the comparison is rounded.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        Some(match self.active(w, b)? {
            Active::Signs(character, Sums { below, above, .. }) => DVector::from_fn(self.dimension, |j, _| {
                character * w[j].signum() * if j < self.size { below } else { above }
            }),
            Active::AllOrNone => DVector::zeros(self.dimension),
            Active::Enumerated(support) => {
                let mut g = DVector::zeros(self.dimension);
                each_active(support, w, b, |x, y| g.axpy(y, &DVector::from_column_slice(x), 1.0));
                g / support.labels.len() as f64
            }
        })
    }

    /// χ_A(w) c_k(b/c) for w = c·(signs), else like [`Self::gradient`].
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        Some(match self.active(w, b)? {
            Active::Signs(character, Sums { at, .. }) => character * at,
            Active::AllOrNone => 0.0,
            Active::Enumerated(support) => {
                let mut label = 0.0;
                each_active(support, w, b, |_, y| label += y);
                label / support.labels.len() as f64
            }
        })
    }

    /// −‖u‖₁, rounded down: x and −x have one label (k even), so one of them has y⟨u,x⟩ = −‖u‖₁ where ⟨u,x⟩ = ±‖u‖₁.
    fn margin(&self, u: &[f64]) -> Option<f64> {
        self.projection_bound(u).map(|reach| -reach)
    }

    /// ‖u‖₁, rounded up.
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        let (norm, slack) = is_vector(u, self.dimension).then(|| one_norm(u))?;
        Some(if slack > 0.0 { round_up(norm, self.dimension) } else { norm })
    }
}

/// Every active point with its label; sums of labels and of signs over at most 2¹⁶ points are whole numbers, and exact.
fn each_active(support: &Support, w: &[f64], b: f64, mut visit: impl FnMut(&[f64], f64)) {
    let w = DVector::from_column_slice(w);
    for (x, y) in support.points.column_iter().zip(support.labels.iter()) {
        if x.dot(&w) > b {
            visit(x.as_slice(), *y);
        }
    }
}
