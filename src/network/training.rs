//! Forward pass and gradient step in normalised coordinates.
//!
//! Neurons are packed into tiles, tiles into chunks of a fixed size; chunks run in parallel where that pays, and their sums are
//! added in order, so that the result does not depend on the number of threads (`kernel` has the inner loops).

use super::kernel::{self, GROUP, Groups, LANES, Sums, Tile};
use super::{Batch, Loss, Rates, State, single};
use crate::tolerance::UNIT_ROUNDOFF;
use nalgebra::DVector;
use rayon::prelude::*;

/// Tiles of a chunk: 256 neurons, whose weights stay in a second-level cache up to d = 128.
const CHUNK: usize = 32;
/// Multiply-adds of a pass from which a second thread pays for itself.
const PARALLEL_FROM: usize = 1 << 20;

/// What one pass over a batch shows of the network before the step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean loss.
    pub loss: f64,
    /// Weight of the samples with y f(x) < 1.
    pub violations: f64,
    /// The same, samples within rounding of 1 counted too: an upper bound on the exact value.
    pub violations_at_most: f64,
    /// The same without them: a lower bound on the exact value.
    pub violations_at_least: f64,
    /// Mean of |ℓ'(y f(x))|·‖h(x)‖, which the norm of the batch's gradient in α cannot exceed.
    pub gradient_norm_at_most: f64,
    /// sqrt(Σ (E σ)²), the norm of the mean hidden layer.
    pub expected_hidden_norm: f64,
    /// max over the batch of ‖h(x)‖.
    pub largest_hidden_norm: f64,
    /// Bound on the rounding error of every output f(x).
    pub output_rounding: f64,
    /// Bound on the rounding error of a mean of non-negative terms over the batch (relative).
    pub mean_rounding: f64,
}

impl Report {
    /// Bound on the rounding error of the mean loss.
    #[must_use]
    pub fn loss_rounding(&self, loss: Loss) -> f64 {
        loss.lipschitz() * self.output_rounding + self.loss * self.mean_rounding
    }
}

/// Buffers of a pass, kept between steps so that a step allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    groups: Groups,
    tiles: Vec<Tile>,
    sums: Vec<Sums>,
    /// Weights, then slopes, of the samples, padded with zeros to whole groups.
    weights: Vec<f64>,
    slopes: Vec<f64>,
    margins: Vec<f64>,
    /// Activations of a single sample.
    hidden: Vec<f64>,
}

impl Workspace {
    /// y f(x) of every sample of the last pass.
    pub fn margins(&self) -> impl Iterator<Item = &f64> {
        self.margins.iter()
    }

    fn pack(&mut self, state: &State, batch: &Batch) {
        let (live, dimension) = (state.alpha.len(), batch.dimension());
        self.groups.pack(batch.points().as_slice(), dimension);
        self.weights.clear();
        self.weights.extend(batch.weights().iter());
        self.weights.resize(self.groups.len() * GROUP, 0.0);
        self.tiles.resize_with(live.div_ceil(LANES), Tile::default);
        self.sums.resize_with(self.tiles.len().div_ceil(CHUNK), Sums::default);
        for (first, tile) in (0..live).step_by(LANES).zip(&mut self.tiles) {
            (tile.alpha, tile.signs) = ([0.0; LANES], [1.0; LANES]);
            tile.v.clear();
            tile.v.resize(dimension, [0.0; LANES]);
            for (lane, i) in (first..live.min(first + LANES)).enumerate() {
                (tile.alpha[lane], tile.signs[lane]) = (state.alpha[i], state.signs[i]);
                tile.v.iter_mut().zip(state.v.column(i).iter()).for_each(|(to, from)| to[lane] = *from);
            }
        }
    }

    /// Whether a pass is large enough for more than one thread.
    fn parallel(&self, batch: &Batch) -> bool {
        self.sums.len() > 1 && self.tiles.len() * LANES * batch.len() * batch.dimension() >= PARALLEL_FROM
    }
}

/// What the network does on the batch.
pub fn forward(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> Report {
    if batch.len() == 1 {
        return forward_one(state, &state.alpha, batch, loss, workspace).0;
    }
    forward_packed(state, batch, loss, workspace)
}

/// What the network does on a batch of one sample, and the loss of the outer weights `beside` on the same hidden layer.
fn forward_one(
    state: &State,
    beside: &DVector<f64>,
    batch: &Batch,
    loss: Loss,
    workspace: &mut Workspace,
) -> (Report, f64) {
    let Workspace { margins, slopes, hidden, .. } = workspace;
    let (y, weight) = (batch.labels()[0], batch.weights()[0]);
    let seen = single::look(state, beside, batch.points().as_slice(), hidden);
    let output_rounding = 2.0 * (batch.dimension() + beside.len() + 4) as f64 * UNIT_ROUNDOFF * seen.size;
    let mean_rounding = 10.0 * UNIT_ROUNDOFF;
    let margin = y * seen.output;
    margins.clear();
    margins.push(margin);
    slopes.clear();
    let slope = weight * y * loss.derivative(margin);
    slopes.push(slope);
    let report = Report {
        loss: weight * loss.value(margin),
        violations: if margin < 1.0 { weight } else { 0.0 },
        // Written so that a NaN counts as violated.
        violations_at_most: if margin - output_rounding >= 1.0 { 0.0 } else { weight * (1.0 + mean_rounding) },
        violations_at_least: if margin + output_rounding < 1.0 { weight * (1.0 - mean_rounding) } else { 0.0 },
        gradient_norm_at_most: slope.abs() * seen.square.sqrt(),
        expected_hidden_norm: weight * seen.square.sqrt(),
        largest_hidden_norm: seen.square.sqrt(),
        output_rounding,
        mean_rounding,
    };
    (report, weight * loss.value(y * seen.beside))
}

/// Mean loss on the batch with outer weights `alpha` in the place of the network's own.
fn loss_of(state: &State, alpha: &DVector<f64>, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> f64 {
    workspace.pack(state, batch);
    for (i, a) in alpha.iter().enumerate() {
        workspace.tiles[i / LANES].alpha[i % LANES] = *a;
    }
    pass(state, batch, loss, workspace).loss
}

fn forward_packed(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> Report {
    workspace.pack(state, batch);
    pass(state, batch, loss, workspace)
}

/// The forward pass of what is packed.
fn pass(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> Report {
    let parallel = workspace.parallel(batch);
    let Workspace { groups, tiles, sums, weights, .. } = workspace;
    if parallel {
        let chunks = tiles.par_chunks_mut(CHUNK).zip(sums.par_iter_mut());
        chunks.for_each(|(tiles, sums)| kernel::forward(tiles, groups, weights, sums));
    } else {
        let chunks = tiles.chunks_mut(CHUNK).zip(sums.iter_mut());
        chunks.for_each(|(tiles, sums)| kernel::forward(tiles, groups, weights, sums));
    }
    report(state, batch, loss, workspace)
}

/// One gradient step on the batch's mean loss, α and v both from the old weights; the report is of the network before it.
pub fn descend(state: &mut State, batch: &Batch, loss: Loss, rates: &Rates, workspace: &mut Workspace) -> Report {
    descend_beside(state, None, batch, loss, rates, workspace).0
}

/// The same, and the batch's mean loss before the step of other outer weights on the same hidden layer, 0 without any.
pub fn descend_beside(
    state: &mut State,
    beside: Option<&DVector<f64>>,
    batch: &Batch,
    loss: Loss,
    rates: &Rates,
    workspace: &mut Workspace,
) -> (Report, f64) {
    if batch.len() == 1 {
        let (report, other) = forward_one(state, beside.unwrap_or(&state.alpha), batch, loss, workspace);
        let slope = workspace.slopes[0];
        if slope.abs() > 0.0 {
            let sizes = [rates.alpha * slope, rates.v * slope];
            single::step(state, batch.points().as_slice(), &workspace.hidden, sizes);
        }
        return (report, if beside.is_some() { other } else { 0.0 });
    }
    let other = beside.map_or(0.0, |alpha| loss_of(state, alpha, batch, loss, workspace));
    let report = forward_packed(state, batch, loss, workspace);
    if workspace.slopes.iter().all(|s| s.abs() <= 0.0) {
        return (report, other);
    }
    backward(batch, workspace);
    for (i, mut v) in state.v.column_iter_mut().enumerate() {
        let (tile, lane) = (&workspace.tiles[i / LANES], i % LANES);
        // The inner gradient is proportional to α before the step.
        let factor = rates.v * tile.alpha[lane];
        v.iter_mut().zip(&tile.inner).for_each(|(v, gradient)| *v -= factor * gradient[lane]);
        state.alpha[i] -= rates.alpha * tile.outer[lane];
    }
    (report, other)
}

/// The gradient of the batch's mean loss in α at frozen v, one entry a live neuron.
pub fn outer_gradient(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> (Report, DVector<f64>) {
    let report = forward_packed(state, batch, loss, workspace);
    backward(batch, workspace);
    (report, DVector::from_fn(state.alpha.len(), |i, _| workspace.tiles[i / LANES].outer[i % LANES]))
}

/// The gradients of every tile, from the slopes of the last forward pass.
fn backward(batch: &Batch, workspace: &mut Workspace) {
    let parallel = workspace.parallel(batch);
    let Workspace { groups, tiles, slopes, .. } = workspace;
    if parallel {
        tiles.par_chunks_mut(CHUNK).for_each(|tiles| kernel::backward(tiles, groups, slopes));
    } else {
        kernel::backward(tiles, groups, slopes);
    }
}

/// Adds up the chunks, and turns outputs into margins and loss slopes.
fn report(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> Report {
    let (live, samples, dimension) = (state.alpha.len(), batch.len(), batch.dimension());
    let Workspace { tiles, sums, margins, slopes, .. } = workspace;
    let output_rounding =
        2.0 * (dimension + live + 4) as f64 * UNIT_ROUNDOFF * state.output_bound(batch.largest_norm());
    let mean_rounding = 2.0 * (samples + 4) as f64 * UNIT_ROUNDOFF;
    let mut report = Report { output_rounding, mean_rounding, ..Report::default() };
    margins.clear();
    slopes.clear();
    let mut largest = 0.0_f64;
    for j in 0..samples {
        let (y, weight) = (batch.labels()[j], batch.weights()[j]);
        let margin = y * sums.iter().map(|s| s.outputs[j]).sum::<f64>();
        let square: f64 = sums.iter().map(|s| s.squares[j]).sum();
        let slope = weight * y * loss.derivative(margin);
        largest = largest.max(square);
        report.loss += weight * loss.value(margin);
        report.violations += if margin < 1.0 { weight } else { 0.0 };
        // Written so that a NaN counts as violated.
        let clear = margin - output_rounding >= 1.0;
        report.violations_at_most += if clear { 0.0 } else { weight };
        report.violations_at_least += if margin + output_rounding < 1.0 { weight } else { 0.0 };
        report.gradient_norm_at_most += slope.abs() * square.sqrt();
        margins.push(margin);
        slopes.push(slope);
    }
    slopes.resize(samples.div_ceil(GROUP) * GROUP, 0.0);
    report.violations_at_most *= 1.0 + mean_rounding;
    report.violations_at_least *= 1.0 - mean_rounding;
    report.expected_hidden_norm = tiles.iter().flat_map(|t| t.means).map(|h| h * h).sum::<f64>().sqrt();
    report.largest_hidden_norm = largest.sqrt();
    report
}
