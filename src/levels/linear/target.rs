//! The data D and the target f*(x) = ⟨D,x⟩/μ on it.

use super::keys;
use crate::certificate::support::FiniteSupport;
use crate::certificate::theory::Theory;
use crate::decimal::plain;
use crate::derivation::{Derivation, DerivationError, rounded, statement};
use crate::distributions::{Distribution, DistributionError, MarginBall, UniformHypercube};
use crate::error::ParameterError;
use crate::levels::rows::Enclosed;
use crate::levels::{Data, rows};
use crate::parameters::{Asked, Setting};
use crate::registry::InstanceError;
use crate::registry::instance::Hypothesis;
use std::sync::Arc;

/// Which data is asked for, and which margin parameter of the target on it.
#[derive(Clone)]
pub(crate) struct Wanted {
    distribution: Setting<Option<&'static str>>,
    pub(crate) dimension: Setting<u64>,
    pub(crate) data_margin: Setting<f64>,
    pub(crate) data_reach: Setting<f64>,
    pub(crate) radius: Setting<f64>,
    margin: Setting<Option<f64>>,
}

impl Wanted {
    /// # Errors
    /// Distributions there are not, numbers out of range.
    pub(crate) fn read(p: &Asked) -> Result<Self, ParameterError> {
        Ok(Self {
            distribution: p.get(&keys::DISTRIBUTION)?,
            dimension: p.get(&keys::DIMENSION)?,
            data_margin: p.get(&keys::DATA_MARGIN)?,
            data_reach: p.get(&keys::DATA_REACH)?,
            radius: p.get(&keys::RADIUS)?,
            margin: p.get(&keys::MARGIN)?,
        })
    }
}

/// The data with its direction.
pub(crate) struct Law {
    pub(crate) distribution: Arc<dyn Distribution>,
    /// D, a unit vector.
    pub(crate) direction: Vec<f64>,
    /// The margin along D, where it is known.
    pub(crate) margin: f64,
    pub(crate) notices: Vec<String>,
    pub(crate) wanted: Wanted,
    from_file: bool,
    enclosed: Enclosed,
    /// The text in which its axiom stands.
    pub(crate) theory: &'static Theory,
}

/// The data with the target's margin parameter.
pub(crate) struct Target {
    pub(crate) law: Law,
    /// μ.
    pub(crate) margin_parameter: f64,
}

impl Target {
    /// The data of a request; where it has no margin, μ is the best for a loss of f* up to `allowed`.
    ///
    /// # Errors
    /// As [`Law::load`].
    pub(crate) fn load(asked: &Asked, wanted: &Wanted, allowed: impl FnOnce() -> f64) -> Result<Self, InstanceError> {
        let law = Law::load(asked, wanted)?;
        let margin_parameter = match wanted.margin.get() {
            Some(margin) => margin,
            None if law.margin > 0.0 && !law.from_file => law.margin,
            // One part in 10¹¹ below the margin, so that rounding cannot put it above.
            None if law.margin > 0.0 => rounded(law.margin * (1.0 - 1e-11), 12, false),
            None => best_margin(&*law.distribution, &law.direction, allowed()),
        };
        Ok(Self { law, margin_parameter })
    }

    pub(crate) fn axiom(&self) -> &'static str {
        if self.law.from_file { "linear-target-enumerated" } else { "linear-target" }
    }

    /// The law, and μ.
    pub(crate) fn in_words(&self, derivation: &Derivation) -> String {
        let law = statement::law(derivation, &*self.law.distribution, &self.law.symbols());
        format!("{law}, target <D,x>/mu with mu = {}", plain(self.margin_parameter))
    }

    /// What is shown of the parameters, beside those that are read.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("distribution", self.law.name().into()),
            ("d", self.law.distribution.dimension().to_string()),
            ("margin", self.margin_parameter.to_string()),
        ]
    }

    /// On rows of a file the loss of f* is taken exactly, so that a margin below μ costs loss but not the theorem.
    pub(crate) fn margin_hypothesis(&self) -> Hypothesis {
        let (name, exact) = ("margin y<D,x> >= mu", self.law.name() == "finite-support");
        let margin = self.margin_parameter <= self.law.margin;
        let name =
            if margin || !exact { name.into() } else { format!("{name} (fails: the loss of f* is taken instead)") };
        Hypothesis { name, holds: margin || exact, value: self.law.margin, limit: self.margin_parameter }
    }
}

impl Law {
    /// The data of a request.
    ///
    /// # Errors
    /// Parameters that make no distribution, unreadable files, `E[yx]` = 0.
    pub(crate) fn load(asked: &Asked, wanted: &Wanted) -> Result<Self, InstanceError> {
        let (distribution, notices, from_file) = match rows::given(asked, &SYNTHETIC)? {
            Some((rows, notices)) => (rows, notices, true),
            None => (synthetic(wanted)?, Vec::new(), false),
        };
        let direction = direction(&*distribution)?;
        let margin = distribution.margin(&direction).unwrap_or(f64::NEG_INFINITY);
        let (wanted, enclosed, theory) = (wanted.clone(), Enclosed::default(), asked.theory());
        Ok(Self { distribution, direction, margin, notices, wanted, from_file, enclosed, theory })
    }

    /// The name of the data, and of its axiom.
    pub(crate) fn name(&self) -> &'static str {
        if self.from_file { "finite-support" } else { self.distribution.name() }
    }

    /// The data as the framework takes it.
    pub(crate) fn framework_data(&self) -> Data {
        let (law, symbols) = (self.distribution.clone(), self.symbols());
        match self.name() {
            "finite-support" => Data::rows(law, self.notices.clone()),
            name @ "margin-ball" => Data::bounded(law, name, symbols, Some("margin-ball-support")),
            name => Data::bounded(law, name, symbols, Some("hypercube-support")),
        }
    }

    /// The symbols of its axiom with their numbers.
    pub(crate) fn symbols(&self) -> Vec<(&'static str, f64)> {
        let Wanted { dimension, data_margin, data_reach, radius, .. } = &self.wanted;
        let d = || ("d", dimension.get() as f64);
        match self.name() {
            "finite-support" => Vec::new(),
            "margin-ball" => {
                let ball = [("data_margin", data_margin), ("data_reach", data_reach), ("radius", radius)];
                std::iter::once(d()).chain(ball.map(|(symbol, setting)| (symbol, setting.get()))).collect()
            }
            _ => vec![d()],
        }
    }

    /// The axioms of how a trial's goal is looked at: by enumeration where there is a support, else on samples.
    pub(crate) fn evaluation_tag(&self) -> &'static str {
        if self.distribution.support().is_some() { "exact" } else { "sampled" }
    }

    /// The axioms of how a trial's goal is looked at.
    pub(crate) fn evaluation(&self) -> &'static [&'static str] {
        match (self.distribution.support(), self.name()) {
            (None, _) => &["evaluated-by-samples"],
            (Some(_), "margin-ball") => &["margin-ball-support", "evaluated-exactly"],
            (Some(_), "uniform-hypercube") => &["hypercube-support", "evaluated-exactly"],
            (Some(_), _) => &["evaluated-exactly"],
        }
    }

    /// The rows as the kernel sees them, where the data is a file.
    pub(crate) fn support(&self) -> Result<Option<FiniteSupport>, DerivationError> {
        if self.from_file { self.enclosed.of(&*self.distribution) } else { Ok(None) }
    }
}

const SYNTHETIC: [&str; 5] = [
    keys::DISTRIBUTION.key(),
    keys::DIMENSION.key(),
    keys::DATA_MARGIN.key(),
    keys::DATA_REACH.key(),
    keys::RADIUS.key(),
];

fn synthetic(wanted: &Wanted) -> Result<Arc<dyn Distribution>, DistributionError> {
    let dimension = wanted.dimension.get() as usize;
    Ok(if wanted.distribution.get() == Some("margin-ball") {
        let Wanted { data_margin, data_reach, radius, .. } = wanted;
        Arc::new(MarginBall::new(dimension, data_margin.get(), data_reach.get(), radius.get())?)
    } else {
        Arc::new(UniformHypercube::new(dimension)?)
    })
}

/// D = E[yx]/‖E[yx]‖.
fn direction(distribution: &dyn Distribution) -> Result<Vec<f64>, ParameterError> {
    let mean = distribution.gradient(&vec![0.0; distribution.dimension()], -1.0);
    let norm = mean.as_ref().map_or(0.0, |g| g.norm());
    match mean {
        Some(mean) if norm > 0.0 && norm.is_finite() => Ok(mean.iter().map(|x| x / norm).collect()),
        _ => Err(ParameterError::out_of_range(
            "E[yx]",
            "0",
            "different from 0",
            "linear data: E[yx] gives the direction D",
        )),
    }
}

/// The largest μ at which the loss of f* is `allowed`, or where there is none, the one at which it is least. The loss is convex
/// and piecewise linear in 1/μ; it bends where μ is one of the y⟨D,x⟩.
fn best_margin(distribution: &dyn Distribution, direction: &[f64], allowed: f64) -> f64 {
    let Some(support) = distribution.support() else { return 1.0 };
    let margin =
        |(x, y): (nalgebra::DVectorView<'_, f64>, &f64)| y * x.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>();
    let margins: Vec<f64> = support.points.column_iter().zip(support.labels.iter()).map(margin).collect();
    let loss =
        |mu: f64| margins.iter().zip(support.weights.iter()).map(|(z, w)| w * (1.0 - z / mu).max(0.0)).sum::<f64>();
    let mut bends: Vec<f64> = margins.iter().copied().filter(|z| *z > 0.0).collect();
    bends.sort_by(f64::total_cmp);
    let least = bends.iter().copied().min_by(|a, b| loss(*a).total_cmp(&loss(*b)));
    // Between the last bend that is allowed and the next one the loss is linear in 1/μ.
    let crossed = bends.iter().rposition(|&mu| loss(mu) <= allowed).map(|at| {
        let (mu, next) = (bends[at], bends.get(at + 1).copied().unwrap_or(bends[at]));
        let (low, high) = (loss(mu), loss(next));
        let part = if high > low { ((allowed - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        1.0 / ((1.0 - part) / mu + part / next)
    });
    rounded(crossed.or(least).unwrap_or(1.0), 6, false)
}
