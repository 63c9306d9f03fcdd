//! Lemma 1: the first step of Algorithm 1 in closed form (docs/theory.md §2).

use super::{Batch, Initialisation, Scales, State};
use crate::distributions::Distribution;
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector, DVectorView};

/// Samples drawn at a time; the result does not depend on it but for rounding.
const CHUNK: usize = 1024;

/// Where the expectations of the first step are taken.
#[expect(clippy::large_enum_variant, reason = "one at a time, moved into one call")]
pub enum GradientSource<'a> {
    /// Over the population: closed form or enumeration.
    Population(&'a dyn Distribution),
    /// Over fresh samples, drawn in chunks and never held together.
    Fresh {
        /// The distribution.
        distribution: &'a dyn Distribution,
        /// n₁.
        samples: u64,
        /// The stream they are drawn from.
        rng: Stream,
    },
    /// Over a given batch.
    Batch(&'a Batch),
}

/// The population gradient is not available.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{distribution} has neither a closed form nor an enumerable support for G at this initialisation (use --gradients fresh)"
)]
pub struct FirstStepError {
    /// The distribution.
    pub distribution: &'static str,
}

/// The network after the first step, with what it was computed from.
#[derive(Clone, Debug)]
pub struct AfterFirstStep {
    /// The live neurons.
    pub state: State,
    /// Ĝᵢ = Ê[yx 1{⟨uᵢ,x⟩ > sᵢβ}] of the 2m distinct neurons, d × 2m.
    pub gradients: DMatrix<f64>,
    /// Ê[yσ(⟨uᵢ,x⟩ − sᵢβ)], length 2m.
    pub outer: DVector<f64>,
    /// `Ê[yx]`.
    pub mean_xy: DVector<f64>,
}

impl AfterFirstStep {
    /// Largest entry by which the state differs from vᵢ = θgᵢĜᵢ, αᵢ = (θb̃³/σ_aβ)`Ê[yσ]`; zero until something alters the state.
    #[must_use]
    pub fn residual(&self, initialisation: &Initialisation, scales: &Scales) -> f64 {
        let exact = state(initialisation, scales, &self.gradients, &self.outer);
        if exact.index != self.state.index {
            return f64::INFINITY;
        }
        (&exact.v - &self.state.v).amax().max((&exact.alpha - &self.state.alpha).amax())
    }
}

/// Sums over samples for the first step of every distinct neuron.
struct Sums<'a> {
    initialisation: &'a Initialisation,
    beta: f64,
    /// What is known of each neuron from ‖u‖ and B_x alone.
    reach: Vec<Reach>,
    /// The neurons that must be looked at, and their directions, that many × d.
    some: Vec<usize>,
    looked_at: DMatrix<f64>,
    gradients: DMatrix<f64>,
    outer: DVector<f64>,
    mean_xy: DVector<f64>,
    mean_y: f64,
}

/// How a neuron sees inputs of norm at most B_x.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Active on all of them: it shares Ê[yx].
    All,
    /// Active on none.
    None,
    /// It must be looked at sample by sample.
    Some,
}

impl<'a> Sums<'a> {
    fn new(initialisation: &'a Initialisation, beta: f64, norm_bound: f64) -> Self {
        let (d, n) = (initialisation.dimension(), initialisation.g.len());
        let of = |(u, s): (DVectorView<'_, f64>, &f64)| {
            // A part in 10⁹ covers the rounding of ‖u‖ and of ⟨u,x⟩.
            let most = u.norm() * norm_bound * (1.0 + 1e-9);
            match () {
                () if -s * beta > most => Reach::All,
                () if s * beta > most => Reach::None,
                () => Reach::Some,
            }
        };
        let reach: Vec<Reach> = initialisation.u.column_iter().zip(initialisation.signs.iter()).map(of).collect();
        let some: Vec<usize> = (0..n).filter(|&i| reach[i] == Reach::Some).collect();
        let looked_at = initialisation.u.select_columns(&some).transpose();
        let (gradients, outer) = (DMatrix::zeros(d, n), DVector::zeros(n));
        Self { initialisation, beta, reach, some, looked_at, gradients, outer, mean_xy: DVector::zeros(d), mean_y: 0.0 }
    }

    fn add(&mut self, batch: &Batch, share: f64) {
        let weighted = batch.labels().component_mul(batch.weights()) * share;
        self.mean_xy.gemv(1.0, batch.points(), &weighted, 1.0);
        self.mean_y += weighted.sum();
        // σ and its slope of all neurons at once, so that both sums are matrix products.
        let mut z = &self.looked_at * batch.points();
        for (mut column, weight) in z.column_iter_mut().zip(weighted.iter()) {
            for (z, &i) in column.iter_mut().zip(&self.some) {
                let above = *z - self.initialisation.signs[i] * self.beta;
                let active = above > 0.0;
                self.outer[i] += if active { weight * above } else { 0.0 };
                *z = if active { *weight } else { 0.0 };
            }
        }
        let sums = batch.points() * z.transpose();
        for (sum, &i) in sums.column_iter().zip(&self.some) {
            let mut to = self.gradients.column_mut(i);
            to += sum;
        }
    }

    fn finish(mut self, scales: &Scales) -> AfterFirstStep {
        for (i, _) in self.reach.iter().enumerate().filter(|(_, r)| **r == Reach::All) {
            self.gradients.set_column(i, &self.mean_xy);
            let threshold = self.initialisation.signs[i] * self.beta;
            self.outer[i] = self.initialisation.u.column(i).dot(&self.mean_xy) - threshold * self.mean_y;
        }
        let state = state(self.initialisation, scales, &self.gradients, &self.outer);
        AfterFirstStep { state, gradients: self.gradients, outer: self.outer, mean_xy: self.mean_xy }
    }
}

/// The first step with λ₁ = 1/η₁.
///
/// # Errors
/// Population gradients where the distribution has none.
pub fn first_step(
    initialisation: &Initialisation,
    scales: &Scales,
    source: GradientSource<'_>,
) -> Result<AfterFirstStep, FirstStepError> {
    match source {
        GradientSource::Batch(batch) => {
            let mut sums = Sums::new(initialisation, scales.beta, batch.largest_norm());
            sums.add(batch, 1.0);
            Ok(sums.finish(scales))
        }
        GradientSource::Fresh { distribution, samples, mut rng } => {
            let mut sums = Sums::new(initialisation, scales.beta, distribution.moments().norm_bound);
            let mut left = samples;
            let mut chunk = Batch::empty(distribution.dimension(), CHUNK);
            while left > 0 {
                let size = left.min(CHUNK as u64);
                if size < CHUNK as u64 {
                    chunk = Batch::empty(distribution.dimension(), size as usize);
                }
                chunk.redraw(distribution, &mut rng);
                sums.add(&chunk, size as f64 / samples as f64);
                left -= size;
            }
            Ok(sums.finish(scales))
        }
        GradientSource::Population(distribution) => population(initialisation, scales, distribution),
    }
}

fn population(
    initialisation: &Initialisation,
    scales: &Scales,
    distribution: &dyn Distribution,
) -> Result<AfterFirstStep, FirstStepError> {
    let missing = || FirstStepError { distribution: distribution.name() };
    let (d, n) = (initialisation.dimension(), initialisation.g.len());
    let (mut gradients, mut outer) = (DMatrix::zeros(d, n), DVector::zeros(n));
    for i in 0..n {
        let (u, threshold) = (initialisation.u.column(i), initialisation.signs[i] * scales.beta);
        let g = distribution.gradient(u.as_slice(), threshold).ok_or_else(missing)?;
        let label = distribution.active_label(u.as_slice(), threshold).ok_or_else(missing)?;
        outer[i] = u.dot(&g) - threshold * label;
        gradients.set_column(i, &g);
    }
    let mean_xy = distribution.gradient(&vec![0.0; d], -1.0).ok_or_else(missing)?;
    let state = state(initialisation, scales, &gradients, &outer);
    Ok(AfterFirstStep { state, gradients, outer, mean_xy })
}

/// vᵢ = θgᵢĜᵢ and αᵢ = (θb̃³/σ_aβ)Ê[yσ(⟨uᵢ,x⟩ − sᵢβ)]; the mirrored neuron has −gᵢ and the same α.
fn state(initialisation: &Initialisation, scales: &Scales, gradients: &DMatrix<f64>, outer: &DVector<f64>) -> State {
    let distinct = initialisation.g.len();
    let alive = |i: usize| {
        let i = i % distinct;
        let idle = initialisation.signs[i] > 0.0 && outer[i].abs() <= 0.0 && gradients.column(i).amax() <= 0.0;
        !idle
    };
    let index: Vec<usize> = (0..2 * distinct).filter(|&i| alive(i)).collect();
    let of = |position: usize| index[position] % distinct;
    let mirror = |position: usize| if index[position] < distinct { 1.0 } else { -1.0 };
    let live = index.len();
    State {
        alpha: DVector::from_fn(live, |p, _| scales.outer_factor() * outer[of(p)]),
        v: DMatrix::from_fn(gradients.nrows(), live, |row, p| {
            scales.theta * mirror(p) * initialisation.g[of(p)] * gradients[(row, of(p))]
        }),
        signs: DVector::from_fn(live, |p, _| initialisation.signs[of(p)]),
        b_tilde: scales.b_tilde,
        index,
    }
}
