//! Theorems with the theory text they rest on, as one value that whoever lists or finds them is given.

use super::{InstanceError, Theorem};
use crate::certificate::theory::Theory;
use crate::derivation::DerivationError;
use crate::error::ParameterError;
use crate::parameters::words::join;
use crate::parameters::{Asked, Declared, Request};
use crate::wellformed;
use std::ops::Deref;
use std::sync::OnceLock;

/// Theorems, and their theory.
///
/// Another crate brings its own beside those of this one:
///
/// ```
/// use provably::registry::Registry;
///
/// static REGISTRY: Registry = Registry::extending(&provably::theorems::REGISTRY, "theory mine", &[]);
///
/// assert!(REGISTRY.theory().is_ok());
/// assert!(REGISTRY.find("parity").is_some());
/// ```
pub struct Registry {
    /// The registry whose theorems come first, and whose theory the text builds on.
    base: Option<&'static Registry>,
    text: &'static str,
    theory: OnceLock<Result<Theory, String>>,
    theorems: &'static [&'static dyn Theorem],
}

/// A theorem of a registry.
#[derive(Clone, Copy)]
pub struct Listed {
    registry: &'static Registry,
    theorem: &'static dyn Theorem,
}

impl Registry {
    /// Theorems in the order in which they are listed, and the text they rest on.
    #[must_use]
    pub const fn new(text: &'static str, theorems: &'static [&'static dyn Theorem]) -> Self {
        Self { base: None, text, theory: OnceLock::new(), theorems }
    }

    /// Theorems beside those of another registry. Their text starts with `theory NAME`, builds on the other's and redefines nothing
    /// of it.
    #[must_use]
    pub const fn extending(base: &'static Self, text: &'static str, theorems: &'static [&'static dyn Theorem]) -> Self {
        Self { base: Some(base), text, theory: OnceLock::new(), theorems }
    }

    /// The theory; it is read when it is first asked for.
    ///
    /// # Errors
    /// Texts that are not well formed.
    pub fn theory(&'static self) -> Result<&'static Theory, DerivationError> {
        let read = || match self.base {
            None => wellformed::parse(self.text).map_err(|e| e.to_string()),
            Some(base) => {
                let theory = base.theory().map_err(|e| e.to_string())?;
                wellformed::extend(theory, self.text, false).map_err(|e| e.to_string())
            }
        };
        let parsed = self.theory.get_or_init(read);
        parsed.as_ref().map_err(|e| DerivationError::Theory(e.clone()))
    }

    /// Every theorem.
    pub fn iter(&'static self) -> impl Iterator<Item = Listed> {
        self.rows().into_iter().map(move |theorem| Listed { registry: self, theorem })
    }

    /// The theorems that it brings itself, without those of the registry it extends.
    pub fn own(&'static self) -> impl Iterator<Item = Listed> {
        self.theorems.iter().map(move |theorem| Listed { registry: self, theorem: *theorem })
    }

    fn rows(&self) -> Vec<&'static dyn Theorem> {
        let mut rows = self.base.map_or_else(Vec::new, Self::rows);
        rows.extend(self.theorems);
        rows
    }

    /// The theorem of that id.
    #[must_use]
    pub fn find(&'static self, id: &str) -> Option<Listed> {
        self.iter().find(|t| t.id() == id)
    }
}

impl Deref for Listed {
    type Target = dyn Theorem;
    fn deref(&self) -> &Self::Target {
        self.theorem
    }
}

impl Listed {
    /// The registry it is of.
    #[must_use]
    pub fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// What it declares for requests to be read by.
    ///
    /// # Errors
    /// A theory that is not well formed.
    pub fn declared(&self) -> Result<Declared, DerivationError> {
        Ok(Declared {
            theorem: self.theorem.id(),
            presets: self.theorem.presets(),
            options: self.theorem.options(),
            theory: self.registry.theory()?,
        })
    }

    /// A request as the theorem reads it.
    ///
    /// # Errors
    /// Unknown presets and unknown keys, these with the theorems that have them.
    pub fn asked(&self, request: &Request) -> Result<Asked, InstanceError> {
        Asked::new(&self.declared()?, request).map_err(|error| self.who_has(error).into())
    }

    /// An unknown key with the theorems that have it.
    fn who_has(&self, error: ParameterError) -> ParameterError {
        let ParameterError::Unknown { name, theorem, known, .. } = error else { return error };
        let has = |t: &Self| t.options().parameter(&name).is_some();
        let elsewhere = match self.registry.iter().filter(has).map(|t| t.id()).collect::<Vec<_>>().as_slice() {
            [] => String::new(),
            others => format!("; it is one of {}", join(others)),
        };
        ParameterError::Unknown { name, theorem, known, elsewhere }
    }
}
