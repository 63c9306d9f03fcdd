//! The uniform hypercube with a coordinate for its label (docs/theory.md §5.1, worked numbers in §7).

use super::signs::{fill_signs, sign};
use super::{Distribution, DistributionError, Moments, Support, is_vector, sqrt_up};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use std::sync::OnceLock;

/// Largest d whose 2^d points are stored: at 16 they take 2¹⁶ · 16 · 8 bytes = 8 MiB, and one pass over them is a
/// millisecond. Each further dimension more than doubles both.
pub const MAX_ENUMERATED_DIMENSION: usize = 16;

/// Largest number of non-zero weights for which [`UniformHypercube::gradient`] counts: it sorts 2^(k/2) partial sums and
/// passes over them once, some 2 · 10⁶ operations and 2 MiB at k = 32.
pub const MAX_SPLIT_WEIGHTS: usize = 32;

/// Largest dimension of a sample: one sample is then 800 kB, and ‖x‖² = d is exact.
pub(super) const MAX_DIMENSION: usize = 100_000;

/// x uniform on {±1}^d, y = x₁ (docs/theory.md §5.1 with D = e₁, μ = B = 1, and §7).
#[derive(Debug)]
pub struct UniformHypercube {
    dimension: usize,
    support: OnceLock<Support>,
}

impl UniformHypercube {
    /// The hypercube of dimension d, 1 ≤ d ≤ 100 000.
    ///
    /// # Errors
    /// [`DistributionError::OutOfRange`] for another dimension.
    pub fn new(dimension: usize) -> Result<Self, DistributionError> {
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            return Err(DistributionError::out_of_range(
                "d",
                dimension,
                format!("an integer from 1 to {MAX_DIMENSION}"),
                "x is uniform on {±1}^d, §5.1",
            ));
        }
        Ok(Self { dimension, support: OnceLock::new() })
    }

    /// (`E[yx 1{⟨w,x⟩ > b}]`, `E[y 1{⟨w,x⟩ > b}]`).
    fn active_moments(&self, w: &[f64], b: f64) -> Option<(DVector<f64>, f64)> {
        if !is_vector(w, self.dimension) || b.is_nan() {
            return None;
        }
        let (norm, slack) = one_norm(w);
        if !norm.is_finite() {
            return None;
        }
        let mut g = DVector::zeros(self.dimension);
        if b < -norm - slack {
            g[0] = 1.0;
            return Some((g, 0.0));
        }
        if b >= norm + slack {
            return Some((g, 0.0));
        }
        let active: Vec<usize> = (0..w.len()).filter(|&i| w[i] != 0.0).collect();
        (active.len() <= MAX_SPLIT_WEIGHTS).then(|| {
            let label = fill_by_counting(w, b, &active, &mut g);
            (g, label)
        })
    }

    fn enumerate(&self) -> Support {
        let points = cube(self.dimension);
        let labels = points.row(0).transpose();
        equally_likely(points, labels)
    }
}

impl Distribution for UniformHypercube {
    fn name(&self) -> &'static str {
        "uniform-hypercube"
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    /// Every sample starts at a draw of its own, so that the samples do not depend on how they are cut into batches.
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        for (point, label) in x.chunks_exact_mut(self.dimension).zip(y) {
            fill_signs(rng, point);
            *label = point[0];
        }
    }

    fn support(&self) -> Option<&Support> {
        (self.dimension <= MAX_ENUMERATED_DIMENSION).then(|| self.support.get_or_init(|| self.enumerate()))
    }

    /// B_x = B_x1 = sqrt d (rounded up), B_x2 = d, B_op = 1, Pr[y = 1] = ½: exact.
    fn moments(&self) -> Moments {
        moments(self.dimension)
    }

    /// e₁ where all of the support is active, 0 where none of it is, else by exact counting over the k non-zero weights,
    /// `None` beyond k = [`MAX_SPLIT_WEIGHTS`].
    ///
    /// # Guarantee
    /// The first two cases are decided with the rounding of ‖w‖₁ allowed for. In the third the counts are integers and only
    /// the comparison ⟨w,x⟩ > b is rounded: the answer is exact unless some ⟨w,x⟩ is within 2k‖w‖₁ · 2⁻⁵³ of b.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        self.active_moments(w, b).map(|(g, _)| g)
    }

    /// 0 where all or none of the support is active, else counted like [`Self::gradient`].
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        self.active_moments(w, b).map(|(_, label)| label)
    }

    /// u₁ − Σ_{j≥2} |u_j|.
    fn margin(&self, u: &[f64]) -> Option<f64> {
        is_vector(u, self.dimension).then(|| u[0] - u[1..].iter().map(|c| c.abs()).sum::<f64>())
    }

    /// ‖u‖₁.
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        is_vector(u, self.dimension).then(|| one_norm(u).0)
    }
}

/// All 2^d points, d × 2^d.
pub(super) fn cube(dimension: usize) -> DMatrix<f64> {
    DMatrix::from_fn(dimension, 1 << dimension, |i, j| sign(j as u64 >> i))
}

pub(super) fn equally_likely(points: DMatrix<f64>, labels: DVector<f64>) -> Support {
    let n = labels.len();
    Support { points, labels, weights: DVector::repeat(n, 1.0 / n as f64) }
}

/// Of x uniform on {±1}^d with equiprobable labels.
pub(super) fn moments(dimension: usize) -> Moments {
    let d = dimension as f64;
    let norm = sqrt_up(d);
    Moments {
        norm_bound: norm,
        coordinate_bound: 1.0,
        mean_norm: norm,
        mean_square_norm: d,
        operator_norm: 1.0,
        positive_share: 0.5,
    }
}

/// ‖v‖₁ and a bound on its rounding error, which is 0 when every addition was exact (weights on a lattice).
pub(super) fn one_norm(v: &[f64]) -> (f64, f64) {
    let (mut sum, mut exact) = (0.0_f64, true);
    for term in v.iter().map(|c| c.abs()) {
        let next = sum + term;
        // Knuth's TwoSum: the two differences are the rounding error of the addition.
        let back = next - sum;
        exact &= (sum - (next - back)) + (term - back) == 0.0;
        sum = next;
    }
    (sum, if exact { 0.0 } else { sum * v.len() as f64 * f64::EPSILON })
}

/// One half of the non-zero weights: the value of every sign pattern, in descending order.
struct Half {
    coordinates: Vec<usize>,
    patterns: Vec<(f64, u64)>,
}

impl Half {
    fn new(w: &[f64], coordinates: &[usize]) -> Self {
        let mut patterns = vec![(0.0, 0_u64)];
        for (i, &coordinate) in coordinates.iter().enumerate() {
            let flipped: Vec<_> = patterns.iter().map(|&(s, bits)| (s - w[coordinate], bits | 1 << i)).collect();
            patterns.iter_mut().for_each(|(s, _)| *s += w[coordinate]);
            patterns.extend(flipped);
        }
        patterns.sort_unstable_by(|p, q| q.0.total_cmp(&p.0));
        Self { coordinates: coordinates.to_vec(), patterns }
    }
}

/// Counts Σ_x x₁x_j 1{⟨w,x⟩ > b} into `g`, and returns the mean of x₁ 1{⟨w,x⟩ > b}, over the 2^k sign patterns of the active coordinates, by meeting in the middle: as the
/// sum over one half rises, the patterns of the other half that bring it beyond b form a growing prefix.
///
/// An inactive coordinate is independent of the event with mean 0, so that G_j = 0 unless j = 1 or x₁ is active; and if x₁
/// is inactive, G₁ = Pr[⟨w,x⟩ > b] is all there is.
fn fill_by_counting(w: &[f64], b: f64, active: &[usize], g: &mut DVector<f64>) -> f64 {
    let (left, right) = active.split_at(active.len().div_ceil(2));
    let (left, right) = (Half::new(w, left), Half::new(w, right));
    let first_is_active = active.first() == Some(&0);
    // |counts| ≤ 2^k ≤ 2³², so neither i64 nor f64 rounds them.
    let mut left_totals = vec![0_i64; left.coordinates.len()];
    let mut right_totals = vec![0_i64; right.coordinates.len()];
    let mut prefix = vec![0_i64; right.coordinates.len()];
    let (mut reached, mut total, mut label_total) = (0_usize, 0_i64, 0_i64);
    for &(sum, bits) in left.patterns.iter().rev() {
        while let Some(&(_, other)) = right.patterns.get(reached).filter(|(rest, _)| sum + rest > b) {
            prefix.iter_mut().enumerate().for_each(|(i, p)| *p += integer_sign(other >> i));
            reached += 1;
        }
        let (count, label) = (reached as i64, integer_sign(bits));
        total += count;
        label_total += label * count;
        left_totals.iter_mut().enumerate().for_each(|(i, t)| *t += label * integer_sign(bits >> i) * count);
        right_totals.iter_mut().zip(&prefix).for_each(|(t, p)| *t += label * p);
    }
    let scale = 1.0 / (1_u64 << active.len()) as f64;
    g[0] = total as f64 * scale;
    if first_is_active {
        let halves = left.coordinates.iter().zip(&left_totals).chain(right.coordinates.iter().zip(&right_totals));
        halves.for_each(|(&j, &count)| g[j] = count as f64 * scale);
    }
    if first_is_active { label_total as f64 * scale } else { 0.0 }
}

fn integer_sign(bits: u64) -> i64 {
    1 - 2 * (bits & 1) as i64
}
