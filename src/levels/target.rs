//! f* from the features: output weights and biases of a network on the features found, by a convex program, and what is certified
//! of it without trusting the solver (docs/theory.md §3).

use super::features::EVIDENCE_ERROR;
use super::{Data, FeatureSet, Params};
use crate::derivation::rounded;
use crate::features::{Feature, TargetNeuron, separate};
use crate::network::Batch;
use crate::statistics::Wager;
use crate::statistics::streams::{Purpose, stream};
use crate::tolerance::UNIT_ROUNDOFF;
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;

/// Number of the stream f* is fitted and certified on, beyond those of trials and pilots.
const TARGET_STREAM: u64 = 1 << 51;
/// Samples f* is fitted to where the support is not finite, and knots a feature may have.
const FIT_SAMPLES: usize = 2048;
const KNOTS: usize = 12;
/// Least knot relative to the largest: a neuron hits a knot b at |g| ∝ 1/|b|, and Gaussian |g| spread over no more than this.
const LEAST_KNOT: f64 = 1.0 / 6.0;
/// Samples that compare networks there, and that certify the loss of the one taken.
const SCOUT_SAMPLES: usize = 50_000;
const SCOUT_ERROR: f64 = 0.5;
const CERTIFICATE_SAMPLES: usize = 2_000_000;
/// A cost above that of every network that is good enough.
const WORST: f64 = 1e100;
/// Prices of a sample's loss, from a margin on all samples down.
const PENALTIES: [f64; 4] = [f64::INFINITY, 10.0, 1.0, 0.1];
/// Neurons of f* with less than this share of the largest |ab| are dropped, and the program solved again without them.
const DROPPED: f64 = 0.02;
/// Projections that agree to this much are one knot, or one sample.
const SAME: f64 = 1e-6;
/// Loss of f* relative to ε up to which the training can still be paid.
const LOSS_SHARE: f64 = 0.01;

/// A gradient-feature network with what is certified of it.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) neurons: Vec<TargetNeuron>,
    /// Upper bound on its hinge loss over the inputs of norm at most B_x.
    pub(crate) loss: f64,
    /// Lower bound on y f*(x) over a finite support; negative infinity where there is none.
    pub(crate) margin: f64,
}

/// Norms of f* = Σ aσ(⟨D,x⟩ − b), of strengths α* = |ab|.
pub(crate) struct Norms {
    /// ‖a*‖₁.
    pub(crate) outer_l1: f64,
    /// Σα*.
    pub(crate) strength_l1: f64,
    /// sqrt(Σα*²).
    pub(crate) strength_l2: f64,
    /// The largest |a*|.
    pub(crate) largest_outer: f64,
    /// ‖a*‖₂.
    pub(crate) outer_l2: f64,
    /// The largest |b*|.
    pub(crate) largest_bias: f64,
}

impl Target {
    /// Its loss as the certificate writes it.
    pub(crate) fn written_loss(&self) -> f64 {
        rounded(self.loss, 9, true)
    }

    /// A network that is known beforehand, measured.
    pub(crate) fn known(neurons: Vec<TargetNeuron>, data: &Data, seed: u64) -> Self {
        let unmeasured = Self { neurons, loss: f64::INFINITY, margin: f64::NEG_INFINITY };
        unmeasured.measured(data, seed, (CERTIFICATE_SAMPLES, EVIDENCE_ERROR / 3.0))
    }

    /// The network with the least Σ(ab)² that separates the samples, or, where none does, that has a small loss.
    pub(crate) fn find(data: &Data, features: &FeatureSet, params: &Params, seed: u64) -> Option<Self> {
        let drawn;
        let population = data.distribution.support().map(Batch::population);
        let samples = match &population {
            Some(all) => all,
            None => {
                drawn = Batch::draw(&*data.distribution, FIT_SAMPLES, &mut stream(seed, TARGET_STREAM, Purpose::Fit));
                &drawn
            }
        };
        // The width is proportional to ‖a*‖₁ over the rarest feature's p: features join in the order of their frequency, and of
        // the networks that are good enough, the one that needs the least width is taken.
        let mut frequent: Vec<&Feature> = features.features.iter().collect();
        frequent.sort_by_key(|f| std::cmp::Reverse(f.hits));
        let mut best: Option<(f64, Self)> = None;
        for count in 1..=frequent.len() {
            let candidates = candidates(&frequent[..count], samples.points());
            let columns = distinct(&candidates, samples);
            for penalty in PENALTIES {
                let Some(neurons) = fitted(&candidates, &columns, samples, penalty) else { continue };
                let unmeasured = Self { neurons, loss: f64::INFINITY, margin: f64::NEG_INFINITY };
                let target = unmeasured.measured(data, seed, (SCOUT_SAMPLES, SCOUT_ERROR));
                let enough = target.margin >= 1.0 || target.loss <= LOSS_SHARE * params.epsilon.get();
                let width = target.norms().outer_l1 / frequent[count - 1].hits as f64;
                // Where none is good enough, the least loss.
                let cost = if enough { width } else { WORST + target.loss };
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, target));
                }
                if enough {
                    break;
                }
            }
        }
        let (_, found) = best?;
        Some(if population.is_some() {
            found
        } else {
            found.measured(data, seed, (CERTIFICATE_SAMPLES, EVIDENCE_ERROR / 3.0))
        })
    }

    /// Measures loss and margin: over the support, else on samples it was not fitted to, with this error rate.
    fn measured(self, data: &Data, seed: u64, (samples, error): (usize, f64)) -> Self {
        let scale = self.neurons.iter().map(|t| t.outer.abs() * (data.norm_bound + t.bias.abs())).sum::<f64>();
        let rounding = 4.0 * (data.distribution.dimension() + self.neurons.len() + 4) as f64 * UNIT_ROUNDOFF * scale;
        let margins = |batch: &Batch| -> Vec<f64> {
            let f = self.output(batch.points());
            f.iter().zip(batch.labels().iter()).map(|(f, y)| f * y - rounding).collect()
        };
        if let Some(all) = data.distribution.support().map(Batch::population) {
            let margins = margins(&all);
            let loss: f64 = margins.iter().zip(all.weights().iter()).map(|(z, w)| w * (1.0 - z).max(0.0)).sum();
            let margin = margins.iter().copied().fold(f64::INFINITY, f64::min);
            return Self { loss: loss * (1.0 + 1e-9), margin, ..self };
        }
        let mut rng = stream(seed, TARGET_STREAM + samples as u64, Purpose::FitCertification);
        let batch = Batch::draw(&*data.distribution, samples, &mut rng);
        let mut losses = Wager::new((1.0 + scale) * (1.0 + 1e-9));
        margins(&batch).iter().for_each(|z| losses.push(1.0 - z));
        Self { loss: losses.upper(error), ..self }
    }

    /// f*(x) of every column.
    pub(crate) fn output(&self, points: &DMatrix<f64>) -> DVector<f64> {
        let mut f = DVector::zeros(points.ncols());
        for t in &self.neurons {
            let z = points.tr_mul(&t.direction);
            f.iter_mut().zip(z.iter()).for_each(|(f, z)| *f += t.outer * (z - t.bias).max(0.0));
        }
        f
    }

    /// Its norms, rounded up.
    pub(crate) fn norms(&self) -> Norms {
        let sum = |of: &dyn Fn(&TargetNeuron) -> f64| self.neurons.iter().map(of).sum::<f64>();
        let most = |of: &dyn Fn(&TargetNeuron) -> f64| self.neurons.iter().map(of).fold(0.0, f64::max);
        let up = |x: f64| rounded(x * (1.0 + 1e-12), 9, true);
        Norms {
            outer_l1: up(sum(&|t| t.outer.abs())),
            strength_l1: up(sum(&TargetNeuron::strength)),
            strength_l2: up(sum(&|t| t.strength().powi(2)).sqrt()),
            largest_outer: up(most(&|t| t.outer.abs())),
            outer_l2: up(sum(&|t| t.outer.powi(2)).sqrt()),
            largest_bias: up(most(&|t| t.bias.abs())),
        }
    }
}

/// The program's solution without the neurons that hardly count.
fn fitted(
    candidates: &[TargetNeuron],
    columns: &(DMatrix<f64>, DVector<f64>),
    samples: &Batch,
    penalty: f64,
) -> Option<Vec<TargetNeuron>> {
    let first = fit(candidates, columns, penalty)?;
    let largest = first.iter().map(TargetNeuron::strength).fold(0.0, f64::max);
    let kept: Vec<TargetNeuron> = first.into_iter().filter(|t| t.strength() > DROPPED * largest).collect();
    fit(&kept, &distinct(&kept, samples), penalty)
}

/// Neurons ±D with the feature's sign and knots spread over the values of |⟨D,x⟩|, all of output weight 1.
fn candidates(features: &[&Feature], points: &DMatrix<f64>) -> Vec<TargetNeuron> {
    let mut all = Vec::new();
    for feature in features {
        let z = points.tr_mul(&feature.direction);
        let largest = z.amax();
        let mut values: Vec<f64> = z.iter().map(|z| z.abs()).filter(|z| *z > LEAST_KNOT * largest).collect();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| (*a - *b).abs() <= SAME * largest);
        let last = values.len().saturating_sub(1);
        let count = KNOTS.min(values.len());
        let knots = (0..count).map(|i| if count > 1 { i * last / (count - 1) } else { last });
        for bias in knots.map(|i| rounded(values[i], 9, true)) {
            for orientation in [1.0, -1.0] {
                let direction = &feature.direction * orientation;
                all.push(TargetNeuron { direction, bias: feature.sign * bias, outer: 1.0 });
            }
        }
    }
    all
}

/// σ(⟨D,x⟩ − b)/|b| of every neuron (rows) on the samples (columns) that differ in one of them or in the label, with labels.
fn distinct(neurons: &[TargetNeuron], samples: &Batch) -> (DMatrix<f64>, DVector<f64>) {
    let mut rows = DMatrix::zeros(neurons.len(), samples.len());
    for (i, t) in neurons.iter().enumerate() {
        let z = samples.points().tr_mul(&t.direction);
        z.iter().enumerate().for_each(|(j, z)| rows[(i, j)] = (z - t.bias).max(0.0) / t.bias.abs());
    }
    let mut first = BTreeMap::new();
    for (j, column) in rows.column_iter().enumerate() {
        let mut key: Vec<i64> = column.iter().map(|x| (x / SAME).round() as i64).collect();
        key.push(samples.labels()[j] as i64);
        first.entry(key).or_insert(j);
    }
    let kept: Vec<usize> = first.into_values().collect();
    (rows.select_columns(&kept), samples.labels().select_rows(&kept))
}

/// The output weights of the program min Σ(ab)² with this price of a sample's loss.
fn fit(
    neurons: &[TargetNeuron],
    (rows, labels): &(DMatrix<f64>, DVector<f64>),
    penalty: f64,
) -> Option<Vec<TargetNeuron>> {
    if neurons.is_empty() {
        return None;
    }
    let alpha = separate(rows, labels, penalty)?;
    let weighted = neurons.iter().zip(alpha.iter());
    Some(weighted.map(|(t, a)| TargetNeuron { outer: a / t.bias.abs(), ..t.clone() }).collect())
}
