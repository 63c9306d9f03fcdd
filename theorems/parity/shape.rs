//! The blocks of a parity, the network on them, and what the paper assumes of their sizes.

use crate::features::TargetNeuron;
use crate::levels::Case;
use crate::levels::special::{at_least, at_most};
use crate::registry::instance::Hypothesis;
use nalgebra::DVector;

/// What the paper assumes of τ, of d, r and k, and of the weights.
pub(crate) fn assumptions(tau: f64, [d, r, k]: [f64; 3], p_a: f64, p_o: f64) -> Vec<Hypothesis> {
    let off = d - r * k;
    vec![
        at_least("tau >= 8", tau, 8.0),
        at_most("tau <= d", tau, d),
        at_least("k >= tau ln d, constant 1", k, tau * d.ln()),
        at_least("d >= rk + tau r ln d, constant 1", d, r * k + tau * r * d.ln()),
        at_most("p_o <= rk/(d - rk), constant 1", p_o, if off > 0.0 { r * k / off } else { f64::MAX }),
        at_least("p_a >= 1/d", p_a, 1.0 / d),
    ]
}

/// r and k, and where the blocks lie.
pub(crate) struct Shape {
    pub(crate) dimension: usize,
    pub(crate) blocks: usize,
    pub(crate) size: usize,
}

pub(crate) fn shape(case: &Case<'_>) -> Shape {
    let of = |symbol| case.data.symbol(symbol) as usize;
    Shape { dimension: case.data.distribution.dimension(), blocks: of("r"), size: of("k") }
}

impl Shape {
    /// Dⱼ = 1_{Aⱼ}/sqrt k.
    pub(super) fn directions(&self) -> Vec<DVector<f64>> {
        let k = self.size;
        let entry = |j: usize, l: usize| if l / k == j { 1.0 / (k as f64).sqrt() } else { 0.0 };
        (0..self.blocks).map(|j| DVector::from_fn(self.dimension, |l, _| entry(j, l))).collect()
    }

    /// f* = Σⱼ F(sⱼ), F piecewise linear through (k − 2i, (−1)^i): k + 1 neurons a block, all with negative biases (§5.3).
    pub(crate) fn target(&self) -> Vec<TargetNeuron> {
        let k = self.size as i64;
        let sigma_0 = if (k - 1) / 2 % 2 == 0 { 1.0 } else { -1.0 };
        let turn = |c: i64| if (c - 1) / 2 % 2 == 0 { 2.0 * sigma_0 } else { -2.0 * sigma_0 };
        let knots: Vec<i64> = (1..k).step_by(2).collect();
        let first = sigma_0 - 2.0 * knots.iter().map(|c| turn(*c)).sum::<f64>();
        let scale = (k as f64).sqrt();
        let mut neurons = Vec::new();
        for direction in self.directions() {
            // a σ(s + c) = a sqrt k σ(⟨D,x⟩ + c/sqrt k), and the mirrored neuron with −a.
            for (c, a) in knots.iter().map(|c| (*c, turn(*c))).chain([(k, first / 2.0)]) {
                for side in [1.0, -1.0] {
                    let (bias, outer) = (-(c as f64) / scale, side * a * scale);
                    neurons.push(TargetNeuron { direction: &direction * side, bias, outer });
                }
            }
        }
        neurons
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    /// f* on every sign pattern of its blocks: margin 1 with the right sign, and k + 1 neurons a block.
    #[test]
    fn target_is_exact() {
        for (blocks, size) in [(1, 3), (1, 5), (1, 7), (3, 3)] {
            let shape = Shape { dimension: blocks * size, blocks, size };
            let target = shape.target();
            assert_eq!(target.len(), blocks * (size + 1));
            for bits in 0..1_u64 << (blocks * size) {
                let x: Vec<f64> = (0..blocks * size).map(|l| if bits >> l & 1 == 0 { 1.0 } else { -1.0 }).collect();
                let products: f64 = x.chunks(size).map(|block| block.iter().product::<f64>()).sum();
                let along = |d: &nalgebra::DVector<f64>| d.iter().zip(&x).map(|(d, x)| d * x).sum::<f64>();
                let f: f64 = target.iter().map(|t| t.outer * (along(&t.direction) - t.bias).max(0.0)).sum();
                assert!((f - products).abs() < 1e-9, "r = {blocks}, k = {size}, {x:?}: {f}");
            }
        }
    }
}
