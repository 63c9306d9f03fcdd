//! The request that a certificate answers, from which its trials can be run again.

use super::InstanceError;
use crate::certificate::document::Certificate;
use crate::distributions::Empirical;
use crate::error::ParameterError;
use crate::parameters::parameter::Kept;
use crate::parameters::{Form, Gradients, Options, Parameter, Request};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// The request a certificate answers: what it keeps of each parameter, its rows, its form and gradients.
///
/// # Errors
/// Rows that are no distribution, a form or gradients that do not exist.
pub fn recalled(certificate: &Certificate, options: &Options) -> Result<Request, InstanceError> {
    let choices = certificate.steps.iter().filter(|s| s.rule == "choice").flat_map(|s| &s.defines);
    let choice = |symbol: &str| choices.clone().find(|d| d.name == symbol).map(|d| d.is.clone());
    let notes: serde_json::Value = serde_json::from_str(certificate.info.text()).unwrap_or_default();
    let note = |key: &str| Some(notes.get("parameters")?.get(key)?.as_str()?.to_string());
    // The notes have every parameter that was read. Without them its symbol may be a number that the theorem chose itself.
    let noted = notes.get("parameters").is_some();
    let kept = |parameter: &Parameter| match parameter.kept {
        Kept::Symbol(symbol) if !noted => choice(symbol),
        // Rows of a file are no distribution by name.
        Kept::Tag(tag) => certificate.variant.get(tag).filter(|word| parameter.kind.has(word)).cloned(),
        _ => note(parameter.key),
    };
    let parameters = options.parameters.iter().filter_map(|p| Some((p.key.into(), kept(p)?))).collect();
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
        // A theorem without gradients.
        "" => None,
        "population" => Some(Gradients::Population),
        "closed-first" => Some(Gradients::ClosedFirst),
        "fresh" => Some(Gradients::Fresh),
        _ => return Err(unreadable("gradients").into()),
    };
    Ok(Request {
        preset: None,
        bare: noted,
        parameters,
        data: None,
        rows,
        form,
        gradients,
        seed: certificate.trials.seed,
        seeded: false,
    })
}
