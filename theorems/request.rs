//! What a user asks of a theorem: preset, parameters, data, form; and what a certificate answers; theorems read it as an
//! [`Asked`](super::asked::Asked).

use super::{InstanceError, Preset, Theorem};
use crate::certificate::document::Certificate;
use crate::distributions::Empirical;
use crate::error::ParameterError;
use nalgebra::{DMatrix, DVector};
use std::fmt;
use std::path::PathBuf;
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
    /// Whether the user gives the seed: it must be used then.
    pub seeded: bool,
}

impl Request {
    /// Whether the user gives this parameter.
    #[must_use]
    pub fn gives(&self, key: &str) -> bool {
        self.parameters.iter().any(|(k, _)| k == key)
    }

    /// The preset it starts from: the one it names, else the theorem's first, whose numbers suit its own distribution only.
    ///
    /// # Errors
    /// Presets the theorem does not have.
    pub(super) fn preset_of(&self, theorem: &dyn Theorem) -> Result<Option<&'static Preset>, ParameterError> {
        let presets = theorem.presets();
        let foreign = self.data.is_some() || self.rows.is_some() || self.gives("distribution");
        let Some(name) = &self.preset else { return Ok(presets.first().filter(|_| !foreign)) };
        let unreadable = || ParameterError::Unreadable {
            name: "preset".into(),
            value: name.clone(),
            expected: format!("one of {}", presets.iter().map(|p| p.name).collect::<Vec<_>>().join(", ")),
        };
        presets.iter().find(|p| p.name == name).map(Some).ok_or_else(unreadable)
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
        seeded: false,
    })
}

/// Parameters that are no symbols, from the certificate's notes: were they others, a replay would not give what is recorded.
pub(super) fn noted(certificate: &Certificate, keys: impl IntoIterator<Item = &'static str>) -> Vec<(String, String)> {
    let notes: serde_json::Value = serde_json::from_str(certificate.info.text()).unwrap_or_default();
    let noted = |key: &'static str| Some((key.into(), notes.get("parameters")?.get(key)?.as_str()?.into()));
    keys.into_iter().filter_map(noted).collect()
}
