//! Parities with structured inputs (docs/theory.md §5.3), in the coordinates φ (M = I; a rotation of the data rotates G).

mod product;

use super::{Distribution, DistributionError, Moments, Support, is_vector, round_up, sqrt_up};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use product::{Blocks, active_moments};
use rand::RngExt;
use std::sync::OnceLock;

/// Largest number of points that are stored; at d = 20 they take 20 MiB.
const MAX_POINTS: u64 = 1 << 17;

/// Largest dimension of a sample: one sample is then 800 kB.
const MAX_DIMENSION: usize = 100_000;

/// Where the parameters come from.
const HYPOTHESIS: &str = "y = sign Σⱼ Π_{l∈Aⱼ} φ_l with r and k odd, §5.3";

/// The law of φ on A = A₁ ∪ … ∪ A_r, |Aⱼ| = k, and off A; Aⱼ is the j-th run of k coordinates.
///
/// With weight p_A each, one block is all +1 or all −1 and the rest of A is zero; with weight 1 − 2rp_A, φ_A is uniform on
/// {±1}^{rk}. Off A the coordinates are independent, ±1 with p_o each, else 0. y = sign Σⱼ Π_{l∈Aⱼ} φ_l.
#[derive(Debug)]
pub struct StructuredParity {
    dimension: usize,
    blocks: usize,
    block_size: usize,
    p_a: f64,
    p_o: f64,
    support: OnceLock<Support>,
}

impl StructuredParity {
    /// `blocks` is r, `block_size` is k.
    ///
    /// # Errors
    /// [`DistributionError::OutOfRange`] unless r and k ≥ 3 are odd, rk ≤ d ≤ 100 000, 0 < p_A ≤ 1/(2r) and 0 ≤ p_o ≤ ½.
    pub fn new(
        dimension: usize,
        blocks: usize,
        block_size: usize,
        p_a: f64,
        p_o: f64,
    ) -> Result<Self, DistributionError> {
        let reject =
            |parameter, value: String, range| Err(DistributionError::out_of_range(parameter, value, range, HYPOTHESIS));
        if blocks.is_multiple_of(2) {
            return reject(
                "r",
                blocks.to_string(),
                "an odd integer, so that the sum of parities is never 0".to_string(),
            );
        }
        if block_size < 3 || block_size.is_multiple_of(2) {
            return reject("k", block_size.to_string(), "an odd integer from 3".to_string());
        }
        let least = blocks.saturating_mul(block_size);
        if !(least..=MAX_DIMENSION).contains(&dimension) {
            return reject("d", dimension.to_string(), format!("an integer from rk = {least} to {MAX_DIMENSION}"));
        }
        let most = 0.5 / blocks as f64;
        if !(p_a > 0.0 && p_a <= most) {
            return reject("p_a", p_a.to_string(), format!("greater than 0 and at most 1/(2r) = {most}"));
        }
        if !(0.0..=0.5).contains(&p_o) {
            return reject("p_o", p_o.to_string(), "from 0 to 1/2".to_string());
        }
        Ok(Self { dimension, blocks, block_size, p_a, p_o, support: OnceLock::new() })
    }

    /// r.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks
    }
    /// k.
    #[must_use]
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// |A| = rk.
    fn relevant(&self) -> usize {
        self.blocks * self.block_size
    }

    /// Weight of the uniform part.
    fn uniform_weight(&self) -> f64 {
        1.0 - 2.0 * self.blocks as f64 * self.p_a
    }

    /// Dⱼ = 1_{Aⱼ}/sqrt k, the feature of a block; `None` beyond the last.
    #[must_use]
    pub fn feature(&self, block: usize) -> Option<DVector<f64>> {
        let (from, k) = (block * self.block_size, self.block_size);
        let entry = |l: usize| if (from..from + k).contains(&l) { 1.0 / (k as f64).sqrt() } else { 0.0 };
        (block < self.blocks).then(|| DVector::from_fn(self.dimension, |l, _| entry(l)))
    }

    /// y: the sign of the sum of the blocks' products.
    fn label(&self, x: &[f64]) -> f64 {
        let products = x[..self.relevant()].chunks_exact(self.block_size).map(|block| block.iter().product::<f64>());
        products.sum::<f64>().signum()
    }

    fn points(&self) -> Option<u64> {
        let pieces = 2 * self.blocks as u64
            + if self.uniform_weight() > 0.0 { 1_u64.checked_shl(self.relevant() as u32)? } else { 0 };
        let values = if self.p_o > 0.0 { if self.p_o < 0.5 { 3_u64 } else { 2 } } else { 1 };
        let off = values.checked_pow((self.dimension - self.relevant()) as u32)?;
        pieces.checked_mul(off).filter(|n| self.relevant() < 32 && *n <= MAX_POINTS)
    }

    /// Every value of φ_A with its weight.
    fn relevant_parts(&self) -> Vec<(Vec<f64>, f64)> {
        let size = self.relevant();
        let block = |j: usize, s: f64| (0..size).map(|l| if l / self.block_size == j { s } else { 0.0 }).collect();
        let mut parts: Vec<(Vec<f64>, f64)> =
            (0..self.blocks).flat_map(|j| [(block(j, 1.0), self.p_a), (block(j, -1.0), self.p_a)]).collect();
        if self.uniform_weight() > 0.0 {
            let each = self.uniform_weight() / (1_u64 << size) as f64;
            let signs = |bits: u64| (0..size).map(|l| if bits >> l & 1 == 0 { 1.0 } else { -1.0 }).collect();
            parts.extend((0..1_u64 << size).map(|bits| (signs(bits), each)));
        }
        parts
    }

    fn enumerate(&self) -> Support {
        let values: Vec<(f64, f64)> = [(0.0, 1.0 - 2.0 * self.p_o), (1.0, self.p_o), (-1.0, self.p_o)]
            .into_iter()
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        let mut points = self.relevant_parts();
        for _ in self.relevant()..self.dimension {
            let grow = |(x, weight): &(Vec<f64>, f64)| {
                let extend = |&(value, p): &(f64, f64)| ([x.as_slice(), &[value]].concat(), weight * p);
                values.iter().map(extend).collect::<Vec<_>>()
            };
            points = points.iter().flat_map(grow).collect();
        }
        let labels = DVector::from_iterator(points.len(), points.iter().map(|(x, _)| self.label(x)));
        let weights = DVector::from_iterator(points.len(), points.iter().map(|(_, weight)| *weight));
        let columns = points.iter().flat_map(|(x, _)| x.iter().copied());
        Support { points: DMatrix::from_iterator(self.dimension, points.len(), columns), labels, weights }
    }

    /// (`E[yx 1{active}]`, `E[y 1{active}]`): known where all or none of the inputs are active, by enumeration,
    /// or by the product structure.
    fn active_moments(&self, w: &[f64], b: f64) -> Option<(DVector<f64>, f64)> {
        if !is_vector(w, self.dimension) || b.is_nan() {
            return None;
        }
        let norm = w.iter().map(|c| c.abs()).sum::<f64>();
        let slack = norm * self.dimension as f64 * f64::EPSILON;
        if b >= norm + slack {
            return Some((DVector::zeros(self.dimension), 0.0));
        }
        if b < -norm - slack {
            // E_U[yx] = 0 for k ≥ 3: a single coordinate is independent of the parities. E[y] = 0 by symmetry (k odd).
            let entry = |l: usize| if l < self.relevant() { 2.0 * self.p_a } else { 0.0 };
            return Some((DVector::from_fn(self.dimension, |l, _| entry(l)), 0.0));
        }
        let Some(Support { points, labels, weights }) = self.support() else {
            let Self { blocks, block_size, p_a, p_o, .. } = *self;
            return active_moments(&Blocks { blocks, block_size, p_a, p_o }, w, b);
        };
        let (w, mut g, mut label) = (DVector::from_column_slice(w), DVector::zeros(self.dimension), 0.0);
        for ((x, y), weight) in points.column_iter().zip(labels.iter()).zip(weights.iter()) {
            if x.dot(&w) > b {
                g.axpy(y * weight, &x, 1.0);
                label += y * weight;
            }
        }
        Some((g, label))
    }
}

impl Distribution for StructuredParity {
    fn name(&self) -> &'static str {
        "structured-parity"
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        for (point, label) in x.chunks_exact_mut(self.dimension).zip(y) {
            let (relevant, off) = point.split_at_mut(self.relevant());
            let piece = rng.random::<f64>() / self.p_a;
            // Pieces 2j and 2j + 1 are block j at +1 and −1; what lies beyond is the uniform part.
            if piece < 2.0 * self.blocks as f64 {
                relevant.fill(0.0);
                let (j, sign) = (piece as usize / 2, if (piece as usize).is_multiple_of(2) { 1.0 } else { -1.0 });
                relevant[j * self.block_size..(j + 1) * self.block_size].fill(sign);
            } else {
                relevant.iter_mut().for_each(|c| *c = if rng.random::<bool>() { 1.0 } else { -1.0 });
            }
            for c in off {
                let u = rng.random::<f64>();
                *c = f64::from(u8::from(u < self.p_o)) - f64::from(u8::from(u >= 1.0 - self.p_o));
            }
            *label = self.label(point);
        }
    }

    /// Up to 2¹⁷ points.
    fn support(&self) -> Option<&Support> {
        self.points().map(|_| self.support.get_or_init(|| self.enumerate()))
    }

    /// B_x² = rk + d − rk where the parts occur; E‖x‖² = 2rp_A k + (1 − 2rp_A)rk + 2p_o(d − rk); `E[xxᵀ]` has p_A-blocks on A.
    fn moments(&self) -> Moments {
        let (r, k) = (self.blocks as f64, self.block_size as f64);
        let (uniform, off) = (self.uniform_weight(), (self.dimension - self.relevant()) as f64);
        let square = 2.0 * r * self.p_a * k + uniform * r * k + 2.0 * self.p_o * off;
        let largest = if uniform > 0.0 { r * k } else { k } + if self.p_o > 0.0 { off } else { 0.0 };
        // On a block: 2p_A·1 1ᵀ + uniform·I; off A: 2p_o I.
        let operator = (2.0 * self.p_a * k + uniform).max(2.0 * self.p_o);
        Moments {
            norm_bound: sqrt_up(largest),
            coordinate_bound: 1.0,
            mean_norm: self.mean_norm().unwrap_or_else(|| sqrt_up(round_up(square, 8))),
            mean_square_norm: round_up(square, 8),
            operator_norm: sqrt_up(round_up(operator, 6)),
            positive_share: 0.5,
        }
    }

    /// 2p_A 1_A where all inputs are active, 0 where none is, else by enumeration where there is a support, else by the product
    /// structure: coordinates of one block, or off A, with one |w| count as one, and φ_A and two halves of all may each have
    /// 2²⁰ values. Signs in hundreds of dimensions are within that, general weights up to rk = 19 or, beside rk = 5, up to 21
    /// weights off A; `None` beyond.
    ///
    /// # Guarantee
    /// Exact up to the rounding of ⟨w,x⟩ in the comparison with b, and of sums of weights.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        self.active_moments(w, b).map(|(g, _)| g)
    }

    /// Known where [`Self::gradient`] is.
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        self.active_moments(w, b).map(|(_, label)| label)
    }

    fn margin(&self, u: &[f64]) -> Option<f64> {
        let u = is_vector(u, self.dimension).then(|| DVector::from_column_slice(u))?;
        let Support { points, labels, .. } = self.support()?;
        Some(points.column_iter().zip(labels.iter()).map(|(x, y)| y * x.dot(&u)).fold(f64::INFINITY, f64::min))
    }

    /// The largest ‖u‖₁ over A (over a block where there is no uniform part) plus ‖u‖₁ off A.
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        let u = is_vector(u, self.dimension).then_some(u)?;
        let (relevant, off) = u.split_at(self.relevant());
        let one = |v: &[f64]| v.iter().map(|c| c.abs()).sum::<f64>();
        let blocks = relevant.chunks_exact(self.block_size).map(|b| b.iter().sum::<f64>().abs());
        let on = if self.uniform_weight() > 0.0 { one(relevant) } else { blocks.fold(0.0, f64::max) };
        Some(on + if self.p_o > 0.0 { one(off) } else { 0.0 })
    }
}

impl StructuredParity {
    /// E‖x‖ by the law of the number of non-zero coordinates, where that has few values.
    fn mean_norm(&self) -> Option<f64> {
        let off = self.dimension - self.relevant();
        let p = 2.0 * self.p_o;
        if p >= 1.0 || off > 1000 {
            return None;
        }
        let (r, k) = (self.blocks as f64, self.block_size as f64);
        let mut weight = libm::pow(1.0 - p, off as f64);
        let mut mean = 0.0;
        for n in 0..=off {
            let count = n as f64;
            mean += weight * (2.0 * r * self.p_a * (k + count).sqrt() + self.uniform_weight() * (r * k + count).sqrt());
            weight *= (off - n) as f64 / (count + 1.0) * p / (1.0 - p);
        }
        Some(round_up(mean, 8 * (off + 4)))
    }
}
