//! The compute kernel of a training pass: hidden layer, outputs and gradients of a chunk of neurons on a whole batch.
//!
//! Eight neurons stand side by side in a lane and four samples are taken at once, so that a tile of the hidden layer lives in
//! registers and never goes through memory: it is computed once for the outputs and once more for the gradients. Lanes are
//! arrays of eight and every product is a fused multiply-add, so that the result is the same bits on every processor; the
//! dispatch only decides which instructions carry it out.

use pulp::{Arch, Simd, WithSimd};
use std::sync::OnceLock;

/// Neurons side by side.
pub(super) const LANES: usize = 8;
/// Samples taken at once.
pub(super) const GROUP: usize = 4;
/// Samples whose sums stay in the first-level cache while a chunk's tiles pass by.
const BLOCK: usize = 64;

/// Eight neurons' values.
pub(super) type Lane = [f64; LANES];

/// Inputs of a batch, padded with zeros to a whole number of groups: group after group, coordinate by coordinate.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// [`GROUP`] samples' values of a coordinate stand together, d of them to a group.
    values: Vec<[f64; GROUP]>,
    dimension: usize,
}

impl Groups {
    /// Packs n inputs of dimension d, one after the other in `points`.
    pub(super) fn pack(&mut self, points: &[f64], dimension: usize) {
        let samples = points.len() / dimension.max(1);
        self.dimension = dimension;
        self.values.clear();
        self.values.resize(samples.div_ceil(GROUP) * dimension, [0.0; GROUP]);
        for (j, x) in points.chunks_exact(dimension.max(1)).enumerate() {
            let group = &mut self.values[j / GROUP * dimension..][..dimension];
            group.iter_mut().zip(x).for_each(|(to, from)| to[j % GROUP] = *from);
        }
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.dimension.max(1)
    }
}

/// Eight neurons: weights and, behind them, what a pass adds up.
#[derive(Clone, Debug, Default)]
pub(super) struct Tile {
    /// v, one lane a coordinate.
    pub(super) v: Vec<Lane>,
    /// α; 0 for padding.
    pub(super) alpha: Lane,
    /// s; +1 for padding, which with v = 0 is dead.
    pub(super) signs: Lane,
    /// Σ weightⱼ h of each neuron.
    pub(super) means: Lane,
    /// Σ slopeⱼ h of each neuron.
    pub(super) outer: Lane,
    /// Σ slopeⱼ xⱼ 1{h > 0}, one lane a coordinate.
    pub(super) inner: Vec<Lane>,
}

/// Sums over the neurons of a chunk, one entry a sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// Σ αᵢ hᵢ(xⱼ).
    pub(super) outputs: Vec<f64>,
    /// Σ hᵢ(xⱼ)².
    pub(super) squares: Vec<f64>,
}

pub(super) fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(Arch::new)
}

/// The operations, as types: a closure would not be inlined into the code for the processor's instructions.
struct Forward<'a> {
    tiles: &'a mut [Tile],
    groups: &'a Groups,
    weights: &'a [f64],
    sums: &'a mut Sums,
}

impl WithSimd for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        forward_block_by_block(self.tiles, self.groups, self.weights, self.sums);
    }
}

struct Backward<'a> {
    tiles: &'a mut [Tile],
    groups: &'a Groups,
    slopes: &'a [f64],
}

impl WithSimd for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for tile in self.tiles {
            backward_tile(tile, self.groups, self.slopes);
        }
    }
}

/// ⟨vᵢ, xⱼ⟩ − sᵢ for eight neurons and a group of samples.
#[inline(always)]
fn pre_activations(tile: &Tile, group: &[[f64; GROUP]]) -> [Lane; GROUP] {
    let mut z = [tile.signs.map(|s| -s); GROUP];
    for (v, x) in tile.v.iter().zip(group) {
        for (z, x) in z.iter_mut().zip(x) {
            for (z, v) in z.iter_mut().zip(v) {
                *z = v.mul_add(*x, *z);
            }
        }
    }
    z
}

/// Outputs, squared norms and mean activations of a chunk; `weights` padded with zeros to whole groups.
pub(super) fn forward(tiles: &mut [Tile], groups: &Groups, weights: &[f64], sums: &mut Sums) {
    let size = groups.len() * GROUP;
    sums.outputs.clear();
    sums.outputs.resize(size, 0.0);
    sums.squares.clear();
    sums.squares.resize(size, 0.0);
    arch().dispatch(Forward { tiles, groups, weights, sums });
}

#[inline(always)]
fn forward_block_by_block(tiles: &mut [Tile], groups: &Groups, weights: &[f64], sums: &mut Sums) {
    let d = groups.dimension;
    tiles.iter_mut().for_each(|tile| tile.means = [0.0; LANES]);
    for start in (0..groups.len()).step_by(BLOCK / GROUP) {
        let end = (start + BLOCK / GROUP).min(groups.len());
        let (mut outputs, mut squares) = ([[0.0; LANES]; BLOCK], [[0.0; LANES]; BLOCK]);
        for tile in tiles.iter_mut() {
            let mut means = tile.means;
            for g in start..end {
                let z = pre_activations(tile, &groups.values[g * d..(g + 1) * d]);
                for (j, z) in z.iter().enumerate() {
                    let (at, weight) = ((g - start) * GROUP + j, weights[g * GROUP + j]);
                    for lane in 0..LANES {
                        let h = if z[lane] > 0.0 { z[lane] } else { 0.0 };
                        outputs[at][lane] = tile.alpha[lane].mul_add(h, outputs[at][lane]);
                        squares[at][lane] = h.mul_add(h, squares[at][lane]);
                        means[lane] = weight.mul_add(h, means[lane]);
                    }
                }
            }
            tile.means = means;
        }
        for j in 0..(end - start) * GROUP {
            sums.outputs[start * GROUP + j] = total(&outputs[j]);
            sums.squares[start * GROUP + j] = total(&squares[j]);
        }
    }
}

/// Gradients of a chunk; `slopes` padded with zeros to whole groups.
pub(super) fn backward(tiles: &mut [Tile], groups: &Groups, slopes: &[f64]) {
    arch().dispatch(Backward { tiles, groups, slopes });
}

#[inline(always)]
fn backward_tile(tile: &mut Tile, groups: &Groups, slopes: &[f64]) {
    let d = groups.dimension;
    let mut outer = [0.0; LANES];
    tile.inner.clear();
    tile.inner.resize(d, [0.0; LANES]);
    for g in 0..groups.len() {
        let slopes = &slopes[g * GROUP..][..GROUP];
        if slopes.iter().all(|s| s.abs() <= 0.0) {
            continue;
        }
        let group = &groups.values[g * d..(g + 1) * d];
        let mut active = pre_activations(tile, group);
        for (z, slope) in active.iter_mut().zip(slopes) {
            for lane in 0..LANES {
                let on = z[lane] > 0.0;
                outer[lane] = slope.mul_add(if on { z[lane] } else { 0.0 }, outer[lane]);
                z[lane] = if on { *slope } else { 0.0 };
            }
        }
        for (sum, x) in tile.inner.iter_mut().zip(group) {
            for (active, x) in active.iter().zip(x) {
                for (sum, active) in sum.iter_mut().zip(active) {
                    *sum = active.mul_add(*x, *sum);
                }
            }
        }
    }
    tile.outer = outer;
}

/// The sum of a lane, by halves.
#[inline(always)]
pub(super) fn total(lane: &Lane) -> f64 {
    ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]))
}
