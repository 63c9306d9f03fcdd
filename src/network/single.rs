//! A pass over a single sample, neuron by neuron where it lies: packing the weights into tiles would cost many times the pass.
//! The operations are those of `kernel` in another order: fused multiply-adds on arrays of eight, the same bits on every
//! processor.

use super::State;
use super::kernel::{LANES, Lane, arch, total};
use nalgebra::DVector;
use pulp::{Simd, WithSimd};

/// What a single sample shows of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Σ αᵢhᵢ(x).
    pub(super) output: f64,
    /// The same with the weights beside them.
    pub(super) beside: f64,
    /// Σ|αᵢ|(Σ_l|v_il x_l| + 1), which bounds every partial sum.
    pub(super) size: f64,
    /// ‖h(x)‖².
    pub(super) square: f64,
}

/// The pass; `hidden` takes σ(⟨vᵢ,x⟩ − sᵢ) of every neuron, `beside` are other outer weights on the same hidden layer.
pub(super) fn look(state: &State, beside: &DVector<f64>, x: &[f64], hidden: &mut Vec<f64>) -> Seen {
    hidden.clear();
    hidden.resize(state.signs.len(), 0.0);
    let (v, signs) = (state.v.as_slice(), state.signs.as_slice());
    let (alpha, beside) = (state.alpha.as_slice(), beside.as_slice());
    arch().dispatch(Look { v, signs, alpha, beside, x, hidden })
}

struct Look<'a> {
    v: &'a [f64],
    signs: &'a [f64],
    alpha: &'a [f64],
    beside: &'a [f64],
    x: &'a [f64],
    hidden: &'a mut [f64],
}

impl WithSimd for Look<'_> {
    type Output = Seen;
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Seen {
        let Look { v, signs, alpha, beside, x, hidden } = self;
        let mut seen = Seen::default();
        let columns = v.chunks_exact(x.len().max(1));
        for ((((v, s), a), b), h) in columns.zip(signs).zip(alpha).zip(beside).zip(hidden) {
            let (product, size) = products(v, x);
            let z = product - s;
            *h = if z > 0.0 { z } else { 0.0 };
            seen.output = a.mul_add(*h, seen.output);
            seen.beside = b.mul_add(*h, seen.beside);
            seen.size = a.abs().mul_add(size + 1.0, seen.size);
            seen.square = h.mul_add(*h, seen.square);
        }
        seen
    }
}

/// ⟨v,x⟩ and Σ|v_l x_l|.
#[inline(always)]
fn products(v: &[f64], x: &[f64]) -> (f64, f64) {
    let (mut sum, mut size): (Lane, Lane) = ([0.0; LANES], [0.0; LANES]);
    let (v_eights, x_eights) = (v.chunks_exact(LANES), x.chunks_exact(LANES));
    let rest = v_eights.remainder().iter().zip(x_eights.remainder());
    for (v, x) in v_eights.zip(x_eights) {
        for lane in 0..LANES {
            sum[lane] = v[lane].mul_add(x[lane], sum[lane]);
            size[lane] = v[lane].abs().mul_add(x[lane].abs(), size[lane]);
        }
    }
    // Sums of their own: an array indexed by the lane would leave the registers.
    let (mut last, mut last_size) = (0.0, 0.0);
    for (v, x) in rest {
        last = v.mul_add(*x, last);
        last_size = v.abs().mul_add(x.abs(), last_size);
    }
    (total(&sum) + last, total(&size) + last_size)
}

/// One gradient step of size `alpha_rate`·`slope` and `v_rate`·`slope` from the activations of a look.
pub(super) fn step(state: &mut State, x: &[f64], hidden: &[f64], [alpha_rate, v_rate]: [f64; 2]) {
    let (v, alpha) = (state.v.as_mut_slice(), state.alpha.as_mut_slice());
    arch().dispatch(Step { v, alpha, x, hidden, alpha_rate, v_rate });
}

struct Step<'a> {
    v: &'a mut [f64],
    alpha: &'a mut [f64],
    x: &'a [f64],
    hidden: &'a [f64],
    alpha_rate: f64,
    v_rate: f64,
}

impl WithSimd for Step<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Step { v, alpha, x, hidden, alpha_rate, v_rate } = self;
        for ((v, a), h) in v.chunks_exact_mut(x.len().max(1)).zip(alpha).zip(hidden) {
            if *h > 0.0 {
                // The inner gradient is proportional to α before the step.
                let factor = v_rate * *a;
                v.iter_mut().zip(x).for_each(|(v, x)| *v = (-factor).mul_add(*x, *v));
                *a = (-alpha_rate).mul_add(*h, *a);
            }
        }
    }
}
