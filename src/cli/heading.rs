//! What tells a certificate from any other file.

/// What every certificate has, whatever else is wrong with it.
#[derive(serde::Deserialize)]
pub(super) struct Heading {
    #[serde(rename = "format")]
    _format: String,
}
