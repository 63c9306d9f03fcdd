//! A parameter's value as a theorem holds it; that it is taken is noted, so that what a user gives and no one reads can be refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What has been read of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading(Arc<Mutex<Read>>);

#[derive(Debug, Default)]
pub(super) struct Read {
    /// Parameters in the order in which they were first read, with their values; none for one that has no value.
    pub(super) parameters: Vec<(&'static str, Option<String>)>,
    pub(super) rows: bool,
    pub(super) drawn: bool,
    pub(super) trials: bool,
}

impl Reading {
    pub(super) fn open(&self) -> MutexGuard<'_, Read> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, key: &'static str, text: Option<&str>) {
        let mut read = self.open();
        if !read.parameters.iter().any(|(known, _)| *known == key) {
            read.parameters.push((key, text.map(Into::into)));
        }
    }
}

/// A parameter, valid by construction; taking its value is what uses it.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    pub(super) key: &'static str,
    pub(super) value: T,
    /// The value as it stands in outputs; none for one that has no value.
    pub(super) text: Option<String>,
    pub(super) reading: Reading,
}

impl<T: Clone> Setting<T> {
    /// A number that is no parameter here, in the place of one that is elsewhere.
    pub fn fixed(value: T) -> Self {
        Self { key: "", value, text: None, reading: Reading::default() }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The value. From here on the parameter counts as used.
    #[must_use]
    pub fn get(&self) -> T {
        self.reading.note(self.key, self.text.as_deref());
        self.value.clone()
    }
}

impl<T: Clone + ToString> Setting<T> {
    /// The same parameter with another value, which its default could not know.
    #[must_use]
    pub fn changed(self, value: T) -> Self {
        Self { text: Some(value.to_string()), value, ..self }
    }
}

impl<T: Clone + ToString> Setting<Option<T>> {
    /// The same parameter, found by this where it is not given.
    #[must_use]
    pub fn or_found(self, find: impl FnOnce() -> T) -> Setting<T> {
        let value = self.value.unwrap_or_else(find);
        Setting { key: self.key, text: Some(value.to_string()), value, reading: self.reading }
    }

    /// The same parameter with this default.
    ///
    /// # Errors
    /// Those of the default.
    pub fn or<E>(self, default: impl FnOnce() -> Result<T, E>) -> Result<Self, E> {
        if self.value.is_some() {
            return Ok(self);
        }
        let value = default()?;
        Ok(Self { text: Some(value.to_string()), value: Some(value), ..self })
    }
}
