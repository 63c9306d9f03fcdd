//! The distribution the theorem is run on: one of the crate's, or the rows of a file.

use super::Params;
use crate::certificate::support::FiniteSupport;
use crate::distributions::{Distribution, GaussianMixture, MarginBall, StructuredParity, UniformHypercube};
use crate::theorems::derivation::{Derivation, DerivationError, rounded};
use crate::theorems::instance::Hypothesis;
use crate::theorems::rows::{self, Enclosed};
use crate::theorems::{InstanceError, Request};
use std::sync::Arc;

/// Names a user can give, with the symbols its axiom lets the instance choose.
pub(in crate::theorems) const DISTRIBUTIONS: [(&str, &[&str]); 5] = [
    ("uniform-hypercube", &["d"]),
    ("margin-ball", &["d", "data_margin", "data_reach", "radius"]),
    ("structured-parity", &["d", "r", "k", "p_a", "p_o"]),
    ("two-gaussians", &["d", "radius", "sigma"]),
    ("gaussian-xor", &["d", "radius", "sigma"]),
];
/// Inputs beyond this many standard deviations of the noise's norm are left to the event that none occurs.
const TAIL: f64 = 1e-12;

/// The distribution with what the kernel is told of it.
pub(in crate::theorems) struct Data {
    pub(in crate::theorems) distribution: Arc<dyn Distribution>,
    pub(in crate::theorems) name: &'static str,
    pub(in crate::theorems) notices: Vec<String>,
    /// B_x: where inputs are not bounded, the norm beyond which none is expected in the whole run.
    pub(in crate::theorems) norm_bound: f64,
    enclosed: Enclosed,
}

impl Data {
    pub(in crate::theorems) fn load(request: &Request, params: &Params) -> Result<Self, InstanceError> {
        let own = DISTRIBUTIONS.iter().flat_map(|(_, symbols)| symbols.iter().copied());
        let synthetic: Vec<&str> = own.chain(["distribution"]).collect();
        let (distribution, name, notices) = match rows::given(request, &synthetic)? {
            Some((rows, notices)) => (rows, "finite-support", notices),
            None => {
                let (distribution, name) = named(params)?;
                (distribution, name, Vec::new())
            }
        };
        let exact = distribution.moments().norm_bound;
        let norm_bound = if exact.is_finite() { exact } else { params.radius + params.sigma * noise_bound(params) };
        let norm_bound = if exact.is_finite() { norm_bound } else { rounded(norm_bound, 6, true) };
        Ok(Self { distribution, name, notices, norm_bound, enclosed: Enclosed::default() })
    }

    /// Whether the population is a list of points.
    pub(in crate::theorems) fn finite(&self) -> bool {
        self.distribution.support().is_some()
    }

    /// Starts the derivation: the data's symbols and axioms.
    pub(in crate::theorems) fn premises(
        &self,
        theorem: &'static str,
        params: &Params,
        variant: &[(&str, &str)],
    ) -> Result<Derivation, InstanceError> {
        let mut derivation = Derivation::new(theorem, variant, self.support()?)?;
        for symbol in DISTRIBUTIONS.iter().filter(|(name, _)| *name == self.name).flat_map(|(_, symbols)| *symbols) {
            derivation.choose(symbol, params.of(symbol))?;
        }
        let unbounded = ["two-gaussians", "gaussian-xor"].contains(&self.name);
        if unbounded {
            derivation.choose("B_x", self.norm_bound)?;
        }
        derivation.apply(self.name)?;
        derivation.apply(if unbounded { "gaussian-inputs" } else { "bounded-inputs" })?;
        derivation.choose("epsilon", params.epsilon)?;
        derivation.choose("delta", params.delta)?;
        Ok(derivation)
    }

    /// How a trial's goal is looked at: by enumeration where there is a support, else on samples.
    pub(in crate::theorems) fn evaluation(&self, derivation: &mut Derivation) -> Result<(), InstanceError> {
        let support = match self.name {
            "margin-ball" => Some("margin-ball-support"),
            "uniform-hypercube" => Some("hypercube-support"),
            "structured-parity" => Some("parity-support"),
            _ => None,
        };
        for axiom in support.into_iter().filter(|_| self.finite()) {
            derivation.apply(axiom)?;
        }
        derivation.apply(if self.finite() { "evaluated-exactly" } else { "evaluated-by-samples" })?;
        Ok(())
    }

    /// Theorems A and B need every input bounded.
    pub(in crate::theorems) fn bounded(&self) -> Option<Hypothesis> {
        let norm = self.distribution.moments().norm_bound;
        let name = "inputs are bounded almost surely (forms a and b)".into();
        (!norm.is_finite()).then_some(Hypothesis { name, holds: false, value: norm, limit: f64::MAX })
    }

    /// Theorem A needs population gradients.
    pub(in crate::theorems) fn enumerable(&self) -> Hypothesis {
        let points = self.distribution.support().map_or(f64::INFINITY, |s| s.labels.len() as f64);
        let name = "the population can be enumerated (form a)".into();
        Hypothesis { name, holds: points.is_finite(), value: points, limit: f64::MAX }
    }

    pub(in crate::theorems) fn hypotheses(&self, derivation: &Derivation) -> Vec<Hypothesis> {
        let norm = self.distribution.moments().norm_bound;
        let (name, holds, value) = if norm.is_finite() {
            ("inputs are bounded: |x| <= B_x", true, norm)
        } else {
            let outside = derivation.number("outside");
            ("inputs are bounded: |x| <= B_x but for a probability charged to delta", outside < 1e-6, self.norm_bound)
        };
        vec![
            Hypothesis { name: name.into(), holds, value, limit: self.norm_bound },
            Hypothesis {
                name: "both labels occur".into(),
                holds: derivation.number("minority") > 0.0,
                value: derivation.number("minority"),
                limit: 0.0,
            },
        ]
    }

    pub(in crate::theorems) fn parameters(&self, params: &Params) -> Vec<(&'static str, String)> {
        let own = DISTRIBUTIONS.iter().filter(|(name, _)| *name == self.name).flat_map(|(_, symbols)| *symbols);
        let mut list = vec![("distribution", self.name.into())];
        if self.name == "finite-support" {
            list.push(("d", self.distribution.dimension().to_string()));
        }
        list.extend(own.map(|symbol| (*symbol, params.of(symbol).to_string())));
        list
    }

    /// The rows as the kernel sees them, where the data is a file.
    fn support(&self) -> Result<Option<FiniteSupport>, DerivationError> {
        if self.name == "finite-support" { self.enclosed.of(&*self.distribution) } else { Ok(None) }
    }
}

fn named(params: &Params) -> Result<(Arc<dyn Distribution>, &'static str), InstanceError> {
    let (d, radius, sigma) = (params.dimension as usize, params.radius, params.sigma);
    let distribution: Arc<dyn Distribution> = match params.distribution {
        "margin-ball" => Arc::new(MarginBall::new(d, params.data_margin, params.data_reach, radius)?),
        "structured-parity" => {
            let (blocks, size) = (params.blocks as usize, params.block_size as usize);
            Arc::new(StructuredParity::new(d, blocks, size, params.p_a, params.p_o)?)
        }
        "two-gaussians" => Arc::new(GaussianMixture::two(d, radius, sigma)?),
        "gaussian-xor" => Arc::new(GaussianMixture::xor(d, radius, sigma)?),
        _ => Arc::new(UniformHypercube::new(d)?),
    };
    Ok((distribution, params.distribution))
}

/// t with exp(−(d/2)(w − 1 − ln w)) ≤ [`TAIL`], w = t²/d.
fn noise_bound(params: &Params) -> f64 {
    let d = params.dimension as f64;
    let tail = |t: f64| {
        let w = t * t / d;
        d / 2.0 * (w - 1.0 - w.ln())
    };
    let mut t = d.sqrt() * 1.001;
    while tail(t) < -TAIL.ln() {
        t *= 1.001;
    }
    t
}
