//! What a user asks of a theorem: preset, parameters, data, form; read once, into typed values.

use super::{InstanceError, Theorem};
use crate::certificate::document::Certificate;
use crate::distributions::Empirical;
use crate::error::ParameterError;
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// Which of the explicit theorems A, B, C is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Theorem A: population gradients.
    A,
    /// Theorem B: fresh batches.
    B,
    /// Theorem C: margin form.
    C,
}

/// Where the gradients of Algorithm 1 are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradients {
    /// Over the population in every step.
    Population,
    /// First step by the closed form, later steps on fresh batches.
    ClosedFirst,
    /// On fresh batches in every step.
    Fresh,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        })
    }
}

impl fmt::Display for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Population => "population",
            Self::ClosedFirst => "closed-first",
            Self::Fresh => "fresh",
        })
    }
}

/// A file whose rows take the place of D.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataRequest {
    /// CSV with header, or .npy.
    pub path: PathBuf,
    /// Label column.
    pub label: String,
    /// Value labelled +1.
    pub positive: String,
    /// Value labelled −1.
    pub negative: String,
    /// Whether the columns are left as they are.
    pub raw: bool,
}

/// Everything a user asks of a theorem.
#[derive(Clone, Default)]
pub struct Request {
    /// Preset name.
    pub preset: Option<String>,
    /// Parameters, later ones overriding earlier ones.
    pub parameters: Vec<(String, String)>,
    /// Data file.
    pub data: Option<DataRequest>,
    /// Rows that take the place of D, as a certificate recorded them.
    pub rows: Option<Arc<Empirical>>,
    /// Form of the explicit theorem.
    pub form: Option<Form>,
    /// Gradients.
    pub gradients: Option<Gradients>,
    /// Seed of the trials.
    pub seed: u64,
}

/// A theorem's parameters after preset and overrides, every key known to the theorem.
#[derive(Clone, Debug)]
pub struct Parameters {
    values: BTreeMap<&'static str, String>,
}

impl Request {
    /// Whether the user gives this parameter.
    #[must_use]
    pub fn gives(&self, key: &str) -> bool {
        self.parameters.iter().any(|(k, _)| k == key)
    }

    /// The parameters the theorem sees.
    ///
    /// # Errors
    /// Unknown presets and unknown keys.
    pub fn parameters(&self, theorem: &dyn Theorem) -> Result<Parameters, ParameterError> {
        let presets = theorem.presets();
        // The default preset's numbers suit its own distribution.
        let foreign = self.data.is_some() || self.rows.is_some() || self.gives("distribution");
        let preset = match &self.preset {
            None => presets.first().filter(|_| !foreign),
            Some(name) => Some(presets.iter().find(|p| p.name == name).ok_or_else(|| ParameterError::Unreadable {
                name: "preset".into(),
                value: name.clone(),
                expected: format!("one of {}", presets.iter().map(|p| p.name).collect::<Vec<_>>().join(", ")),
            })?),
        };
        let known = theorem.parameters();
        let mut values = BTreeMap::new();
        let presets = preset.into_iter().flat_map(|p| p.parameters.iter().map(|&(k, v)| (k, v)));
        let given = self.parameters.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        for (key, value) in presets.chain(given) {
            let (key, _) = known.iter().find(|(k, _)| *k == key).ok_or_else(|| ParameterError::Unknown {
                name: key.into(),
                theorem: theorem.id(),
                known: known.iter().map(|(k, _)| *k).collect::<Vec<_>>().join(", "),
            })?;
            values.insert(*key, value.to_string());
        }
        Ok(Parameters { values })
    }
}

/// The range of a share of the runs in which what is claimed may fail: a claim that holds less often than it fails says the
/// opposite of its words.
pub(super) const AT_MOST_HALF: (&str, fn(f64) -> bool) = ("greater than 0 and at most 0.5", |x| x > 0.0 && x <= 0.5);

impl Parameters {
    /// The text of a parameter.
    #[must_use]
    pub fn text(&self, key: &'static str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// A parameter as a number, if given.
    ///
    /// # Errors
    /// Values that are not numbers.
    pub fn get<T: FromStr>(&self, key: &'static str, expected: &'static str) -> Result<Option<T>, ParameterError> {
        let read = |value: &String| {
            value.trim().parse().map_err(|_| ParameterError::Unreadable {
                name: key.into(),
                value: value.clone(),
                expected: expected.into(),
            })
        };
        self.values.get(key).map(read).transpose()
    }

    /// A finite real number inside a range, or its default.
    ///
    /// # Errors
    /// Values that are not numbers, NaN, and values outside the range.
    pub fn real(
        &self,
        key: &'static str,
        default: f64,
        (range, inside): (&str, fn(f64) -> bool),
        hypothesis: &'static str,
    ) -> Result<f64, ParameterError> {
        let value = self.get::<f64>(key, "a number")?.unwrap_or(default);
        if value.is_finite() && inside(value) {
            Ok(value)
        } else {
            Err(ParameterError::out_of_range(key, value, range, hypothesis))
        }
    }

    /// An integer inside a range, or its default.
    ///
    /// # Errors
    /// Values that are not integers or outside the range.
    pub fn integer(
        &self,
        key: &'static str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
        hypothesis: &'static str,
    ) -> Result<u64, ParameterError> {
        let value = self.get::<u64>(key, "a whole number")?.unwrap_or(default);
        if range.contains(&value) {
            Ok(value)
        } else {
            let text = format!("from {} to {}", range.start(), range.end());
            Err(ParameterError::out_of_range(key, value, text, hypothesis))
        }
    }
}

/// The request a certificate answers: its choices under their parameter keys, its rows, its form and gradients.
///
/// # Errors
/// Rows that are no distribution, a form or gradients that do not exist.
pub fn recalled(certificate: &Certificate, keys: &[(&str, &str)]) -> Result<Request, InstanceError> {
    let choices = certificate.steps.iter().filter(|s| s.rule == "choice").flat_map(|s| &s.defines);
    let choice = |symbol: &str| choices.clone().find(|d| d.name == symbol);
    let parameters =
        keys.iter().filter_map(|(symbol, key)| Some(((*key).into(), choice(symbol)?.is.clone()))).collect();
    let rows = match &certificate.support {
        None => None,
        Some(rows) => {
            let (n, d) = (rows.points.len(), rows.points.first().map_or(0, Vec::len));
            let points = DMatrix::from_iterator(d, n, rows.points.iter().flatten().copied());
            let labels = DVector::from_iterator(n, rows.labels.iter().map(|&y| f64::from(y)));
            Some(Arc::new(Empirical::from_support(points, labels)?))
        }
    };
    let unreadable = |key: &str| {
        let value = certificate.variant.get(key).cloned().unwrap_or_default();
        ParameterError::Unreadable { name: key.into(), value, expected: "one of the theorem's".into() }
    };
    let tag = |key: &str| certificate.variant.get(key).map_or("", String::as_str);
    let form = match tag("form") {
        // A theorem without forms.
        "" => None,
        "a" => Some(Form::A),
        "b" => Some(Form::B),
        "c" | "c1" | "c2" => Some(Form::C),
        _ => return Err(unreadable("form").into()),
    };
    let gradients = match tag("gradients") {
        "population" => Gradients::Population,
        "closed-first" => Gradients::ClosedFirst,
        "fresh" => Gradients::Fresh,
        _ => return Err(unreadable("gradients").into()),
    };
    Ok(Request {
        preset: None,
        parameters,
        data: None,
        rows,
        form,
        gradients: Some(gradients),
        seed: certificate.trials.seed,
    })
}
