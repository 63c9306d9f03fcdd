//! Bad parameters: small errors that name the broken condition.

use std::fmt::Display;

/// A parameter outside its range, or one the theorem does not have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// A value outside the allowed range.
    #[error("{name} = {value} is not allowed: it must be {range} ({hypothesis})")]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        range: String,
        /// The hypothesis it comes from.
        hypothesis: &'static str,
    },
    /// A value that is not a number, or not one of the allowed words.
    #[error("{name} = {value} cannot be read: expected {expected}")]
    Unreadable {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// A key the theorem does not have.
    #[error("unknown parameter `{name}` for {theorem}: its parameters are {known}{elsewhere}")]
    Unknown {
        /// The key.
        name: String,
        /// The theorem.
        theorem: &'static str,
        /// Its keys.
        known: String,
        /// Theorems that have the key, in words.
        elsewhere: String,
    },
    /// Parameters that exclude each other.
    #[error("{what}: {why}")]
    Conflict {
        /// The parameters.
        what: String,
        /// Why they do not go together.
        why: String,
    },
}

impl ParameterError {
    /// A value outside the allowed range.
    pub fn out_of_range(
        name: &'static str,
        value: impl Display,
        range: impl Into<String>,
        hypothesis: &'static str,
    ) -> Self {
        Self::OutOfRange { name, value: value.to_string(), range: range.into(), hypothesis }
    }

    /// Parameters that exclude each other.
    pub fn conflict(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Conflict { what: what.into(), why: why.into() }
    }
}
