//! Forward pass and gradient step in normalised coordinates.
//!
//! Samples are taken in blocks so small that the block's hidden layer stays in cache: per block one product Xᵀ V, one sweep
//! for outputs, one for gradients, and one product X R. The hidden matrix never goes through memory.

use super::{Batch, Loss, Rates, State};
use crate::tolerance::UNIT_ROUNDOFF;
use nalgebra::DMatrix;

/// Entries of a block's hidden layer: 256 kB, well inside a second-level cache beside the weights.
const BLOCK_ENTRIES: usize = 1 << 15;
/// Below this many samples a matrix product costs more to set up than to carry out.
const SMALL_BLOCK: usize = 8;

/// What one pass over a batch shows of the network before the step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean loss.
    pub loss: f64,
    /// Weight of the samples with y f(x) < 1.
    pub violations: f64,
    /// The same, samples within rounding of 1 counted too: an upper bound on the exact value.
    pub violations_at_most: f64,
    /// sqrt(Σ (E σ)²), the norm of the mean hidden layer.
    pub expected_hidden_norm: f64,
    /// max over the batch of ‖h(x)‖.
    pub largest_hidden_norm: f64,
    /// Bound on the rounding error of every output f(x).
    pub output_rounding: f64,
    /// Bound on the rounding error of the sum of weights, of the mean of losses (relative).
    mean_rounding: f64,
}

impl Report {
    /// Bound on the rounding error of the mean loss.
    #[must_use]
    pub fn loss_rounding(&self, loss: Loss) -> f64 {
        loss.lipschitz() * self.output_rounding + self.loss * self.mean_rounding
    }
}

/// Buffers of a pass, kept between steps so that a step allocates nothing.
#[derive(Clone, Debug)]
pub struct Workspace {
    hidden: DMatrix<f64>,
    transposed: DMatrix<f64>,
    margins: Vec<f64>,
    slopes: Vec<f64>,
    squares: Vec<f64>,
    means: Vec<f64>,
    outer: Vec<f64>,
    inner: DMatrix<f64>,
}

impl Default for Workspace {
    fn default() -> Self {
        let (hidden, transposed, inner) = (DMatrix::zeros(0, 0), DMatrix::zeros(0, 0), DMatrix::zeros(0, 0));
        let [margins, slopes, squares, means, outer] = Default::default();
        Self { hidden, transposed, margins, slopes, squares, means, outer, inner }
    }
}

impl Workspace {
    /// y f(x) of every sample of the last pass.
    pub fn margins(&self) -> impl Iterator<Item = &f64> {
        self.margins.iter()
    }

    fn fit(&mut self, dimension: usize, live: usize, samples: usize, block: usize) {
        if self.hidden.shape() != (block, live) {
            self.hidden = DMatrix::zeros(block, live);
        }
        if self.transposed.shape() != (block, dimension) {
            self.transposed = DMatrix::zeros(block, dimension);
        }
        if self.inner.shape() != (dimension, live) {
            self.inner = DMatrix::zeros(dimension, live);
        }
        self.inner.fill(0.0);
        for (buffer, size) in [(&mut self.margins, samples), (&mut self.slopes, block), (&mut self.squares, block)] {
            buffer.clear();
            buffer.resize(size, 0.0);
        }
        for buffer in [&mut self.means, &mut self.outer] {
            buffer.clear();
            buffer.resize(live, 0.0);
        }
    }
}

/// What the network does on the batch.
pub fn forward(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace) -> Report {
    pass(state, batch, loss, workspace, false)
}

/// One gradient step on the batch's mean loss, α and v both from the old weights; the report is of the network before it.
pub fn descend(state: &mut State, batch: &Batch, loss: Loss, rates: &Rates, workspace: &mut Workspace) -> Report {
    let report = pass(state, batch, loss, workspace, true);
    // Everything below is proportional to α before the step, so v moves first.
    for (i, mut v) in state.v.column_iter_mut().enumerate() {
        v.axpy(-rates.v * state.alpha[i], &workspace.inner.column(i), 1.0);
    }
    for (alpha, gradient) in state.alpha.iter_mut().zip(&workspace.outer) {
        *alpha -= rates.alpha * gradient;
    }
    report
}

fn pass(state: &State, batch: &Batch, loss: Loss, workspace: &mut Workspace, gradients: bool) -> Report {
    let (live, samples, dimension) = (state.alpha.len(), batch.len(), batch.dimension());
    let block = (BLOCK_ENTRIES / live.max(1)).max(SMALL_BLOCK).min(samples.max(1));
    workspace.fit(dimension, live, samples, block);
    let output_rounding =
        2.0 * (dimension + live + 4) as f64 * UNIT_ROUNDOFF * state.output_bound(batch.largest_norm());
    let mean_rounding = 2.0 * (samples + 4) as f64 * UNIT_ROUNDOFF;
    let mut report = Report { output_rounding, mean_rounding, ..Report::default() };
    let mut largest = 0.0_f64;
    for start in (0..samples).step_by(block) {
        let size = block.min(samples - start);
        pre_activations(state, batch, workspace, start, size);
        largest = largest.max(outputs(state, batch, workspace, start, size));
        let violated = losses(batch, loss, workspace, start, size, &mut report);
        if gradients && violated {
            block_gradients(batch, workspace, start, size);
        }
    }
    report.violations_at_most *= 1.0 + mean_rounding;
    report.expected_hidden_norm = workspace.means.iter().map(|h| h * h).sum::<f64>().sqrt();
    report.largest_hidden_norm = largest.sqrt();
    report
}

/// Fills the block with ⟨vᵢ,xⱼ⟩, sample j in row j.
fn pre_activations(state: &State, batch: &Batch, workspace: &mut Workspace, start: usize, size: usize) {
    let dimension = batch.dimension();
    let points = &batch.points().as_slice()[start * dimension..(start + size) * dimension];
    if size < SMALL_BLOCK {
        for (mut column, v) in workspace.hidden.column_iter_mut().zip(state.v.column_iter()) {
            for (entry, x) in column.iter_mut().zip(points.chunks_exact(dimension)) {
                *entry = v.iter().zip(x).map(|(a, b)| a * b).sum();
            }
        }
    } else {
        // nalgebra's `gemm` is blocked, its `gemm_tr` is not, and views with a row stride are read out of bounds by it.
        let Workspace { hidden, transposed, .. } = workspace;
        for (j, x) in points.chunks_exact(dimension).enumerate() {
            transposed.row_mut(j).iter_mut().zip(x).for_each(|(to, from)| *to = *from);
        }
        hidden.rows_mut(0, size).gemm(1.0, &transposed.rows(0, size), &state.v, 0.0);
    }
}

/// Turns ⟨v,x⟩ into h = σ(⟨v,x⟩ − s), adds up outputs and mean activations; returns the block's largest ‖h(x)‖².
fn outputs(state: &State, batch: &Batch, workspace: &mut Workspace, start: usize, size: usize) -> f64 {
    let Workspace { hidden, margins, squares, means, .. } = workspace;
    let (outputs, squares) = (&mut margins[start..start + size], &mut squares[..size]);
    let (weights, rows) = (&batch.weights().as_slice()[start..start + size], hidden.nrows());
    squares.fill(0.0);
    for (i, (column, mean)) in hidden.as_mut_slice().chunks_exact_mut(rows).zip(means.iter_mut()).enumerate() {
        let (alpha, sign, mut sum) = (state.alpha[i], state.signs[i], 0.0);
        for (((entry, output), square), weight) in
            column.iter_mut().zip(outputs.iter_mut()).zip(squares.iter_mut()).zip(weights)
        {
            let h = (*entry - sign).max(0.0);
            *entry = h;
            *output += alpha * h;
            *square += h * h;
            sum += weight * h;
        }
        *mean += sum;
    }
    squares.iter().fold(0.0, |m: f64, s| m.max(*s))
}

/// Turns outputs into margins and loss slopes; returns whether any slope differs from zero.
fn losses(
    batch: &Batch,
    loss: Loss,
    workspace: &mut Workspace,
    start: usize,
    size: usize,
    report: &mut Report,
) -> bool {
    let mut any = false;
    for j in start..start + size {
        let (y, weight) = (batch.labels()[j], batch.weights()[j]);
        let margin = y * workspace.margins[j];
        workspace.margins[j] = margin;
        report.loss += weight * loss.value(margin);
        report.violations += if margin < 1.0 { weight } else { 0.0 };
        // Written so that a NaN counts as violated.
        let clear = margin - report.output_rounding >= 1.0;
        report.violations_at_most += if clear { 0.0 } else { weight };
        let slope = weight * y * loss.derivative(margin);
        workspace.slopes[j - start] = slope;
        any |= slope.abs() > 0.0;
    }
    any
}

/// Adds the block's gradients: outer Σⱼ slopeⱼ hᵢⱼ, inner (before the factor αᵢ) Σⱼ slopeⱼ xⱼ 1{hᵢⱼ > 0}.
fn block_gradients(batch: &Batch, workspace: &mut Workspace, start: usize, size: usize) {
    let Workspace { hidden, slopes, outer, inner, .. } = workspace;
    let (slopes, rows) = (&slopes[..size], hidden.nrows());
    for (column, gradient) in hidden.as_mut_slice().chunks_exact_mut(rows).zip(outer.iter_mut()) {
        let mut sum = 0.0;
        for (entry, slope) in column.iter_mut().zip(slopes) {
            sum += slope * *entry;
            *entry = if *entry > 0.0 { *slope } else { 0.0 };
        }
        *gradient += sum;
    }
    let points = batch.points().columns(start, size);
    if size < SMALL_BLOCK {
        for (column, mut gradient) in hidden.column_iter().zip(inner.column_iter_mut()) {
            for (slope, x) in column.iter().zip(points.column_iter()).filter(|(slope, _)| slope.abs() > 0.0) {
                gradient.axpy(*slope, &x, 1.0);
            }
        }
        return;
    }
    inner.gemm(1.0, &points, &hidden.rows(0, size), 1.0);
}
