//! The gradient feature set S_{p,γ,B_G} of the distribution (paper Def. 3.7), found by sampling neurons.

use super::{Data, Params};
use crate::derivation::{Derivation, rounded};
use crate::features::{Feature, FeatureQuery, NoGradient, count, discover, gradients};
use crate::registry::InstanceError;
use crate::registry::instance::FeatureRow;
use crate::statistics::streams::{Purpose, Stream, stream};
use nalgebra::{DVector, DVectorView};

/// A direction is kept if this share of the neurons has its gradient in the cone.
const SHARE: f64 = 0.01;
/// B_G relative to the longest gradient seen.
const NORM_SHARE: f64 = 0.5;
/// Neurons that show how long gradients are, at most.
const SCOUTS: usize = 100;
/// Number of the pilot's stream on which neurons are drawn, beyond those of the pilot runs.
const FEATURE_STREAM: u64 = 1 << 50;
/// Error rate of everything counted before the trials: a third each for p, q and the loss of f*.
pub(crate) const EVIDENCE_ERROR: f64 = 1e-6;

/// A query of as many neurons for their gradients alone, whatever their direction and length.
pub(crate) fn any(beta: f64, sign: f64, draws: usize) -> FeatureQuery {
    FeatureQuery { beta, sign, gamma: 1.0, norm: 0.0, draws, share: SHARE }
}

/// How many neurons are scouts.
pub(crate) fn scouts(params: &Params) -> usize {
    SCOUTS.min(params.draws.get() as usize)
}

/// The features at one β.
pub(crate) struct FeatureSet {
    pub(crate) features: Vec<Feature>,
    gamma: f64,
    b_g: f64,
    /// The axioms that know p, γ and B_G exactly, and the features as it gives them, where no neuron needs to be counted.
    exact: Option<(&'static [&'static str], Vec<FeatureRow>)>,
}

impl FeatureSet {
    /// Finds the features of both signs at β = b̃/σ_w.
    pub(crate) fn find(data: &Data, params: &Params, beta: f64, seed: u64) -> Result<Self, InstanceError> {
        let all = |_: &DVectorView<'_, f64>| true;
        Self::of(data, params, beta, seed, all, |query, rng| discover(&*data.distribution, query, rng))
    }

    /// Counts features that are known beforehand, under both signs of the bias.
    pub(crate) fn known(
        data: &Data,
        params: &Params,
        beta: f64,
        seed: u64,
        directions: &[DVector<f64>],
    ) -> Result<Self, InstanceError> {
        // B_G is about gradients along the features, which may be much shorter than others.
        let gamma = params.gamma.get();
        let along = |g: &DVectorView<'_, f64>| directions.iter().any(|d| g.dot(d).abs() >= (1.0 - gamma) * g.norm());
        Self::of(data, params, beta, seed, along, |query, rng| count(&*data.distribution, query, directions, rng))
    }

    /// Features whose p, γ and B_G axioms know exactly.
    pub(crate) fn exact(axioms: &'static [&'static str], rows: Vec<FeatureRow>) -> Self {
        Self { features: Vec::new(), gamma: 0.0, b_g: 0.0, exact: Some((axioms, rows)) }
    }

    fn of(
        data: &Data,
        params: &Params,
        beta: f64,
        seed: u64,
        counts: impl Fn(&DVectorView<'_, f64>) -> bool,
        mut features_of: impl FnMut(&FeatureQuery, &mut Stream) -> Result<Vec<Feature>, NoGradient>,
    ) -> Result<Self, InstanceError> {
        let mut rng = stream(seed, FEATURE_STREAM, Purpose::Pilot);
        let mut queries = Vec::new();
        let mut longest = 0.0_f64;
        let (gamma, draws) = (params.gamma.get(), params.draws.get() as usize);
        for sign in [1.0, -1.0] {
            let query = any(beta, sign, scouts(params));
            let scouts = gradients(&*data.distribution, &query, &mut rng)?;
            longest = scouts.column_iter().filter(&counts).map(|g| g.norm()).fold(longest, f64::max);
            queries.push(FeatureQuery { draws, gamma, ..query });
        }
        let b_g = rounded(NORM_SHARE * longest, 3, false);
        let mut features = Vec::new();
        for query in queries {
            features.extend(features_of(&FeatureQuery { norm: b_g, ..query }, &mut rng)?);
        }
        features.retain(|f| f.hits > 0);
        Ok(Self { features, gamma, b_g, exact: None })
    }

    fn error(&self) -> f64 {
        EVIDENCE_ERROR / 3.0 / self.features.len().max(1) as f64
    }

    /// Claims the membership of the rarest feature, whose p is below every other's.
    pub(crate) fn claim(&self, derivation: &mut Derivation) -> Result<(), InstanceError> {
        if let Some((axioms, _)) = &self.exact {
            for axiom in *axioms {
                derivation.apply(axiom)?;
            }
            return Ok(());
        }
        let rarest = self.features.iter().min_by_key(|f| f.hits);
        let (hits, draws) = rarest.map_or((0, 1), |f| (f.hits, f.draws));
        let p = rarest.map_or(0.0, |f| f.probability(self.error()));
        derivation.choose("gamma", self.gamma)?;
        derivation.choose("B_G", self.b_g)?;
        derivation.choose("feature_hits", hits as f64)?;
        derivation.choose("feature_draws", draws as f64)?;
        derivation.choose("p", rounded(p * (1.0 - 1e-9), 9, false))?;
        derivation.choose("evidence_error", EVIDENCE_ERROR)?;
        derivation.apply("feature-set")?;
        Ok(())
    }

    /// The features as they stand in every output.
    pub(crate) fn rows(&self) -> Vec<FeatureRow> {
        if let Some((_, rows)) = &self.exact {
            return rows.clone();
        }
        let row = |f: &Feature| FeatureRow {
            direction: f.direction.iter().copied().collect(),
            sign: f.sign,
            p: f.probability(self.error()),
            gamma: self.gamma,
            b_g: self.b_g,
        };
        self.features.iter().map(row).collect()
    }
}
