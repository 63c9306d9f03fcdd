//! A request as a theorem reads it. What is read is noted, so that what a user gives and no one reads can be refused
//! ([`super::unused`]): a theorem sees a request only through an [`Asked`], and a parameter only through its [`Setting`].

use super::options::Runs;
use super::request::{Form, Gradients, Request};
use super::words::{join, run_in_words};
use super::{DataRequest, Level, REGISTRY, Theorem};
use crate::distributions::Empirical;
use crate::error::ParameterError;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What has been read of a request.
#[derive(Clone, Debug, Default)]
struct Reading(Arc<Mutex<Read>>);

#[derive(Debug, Default)]
struct Read {
    /// Parameters in the order in which they were first read, with their values; none for one that has no value.
    parameters: Vec<(&'static str, Option<String>)>,
    rows: bool,
    drawn: bool,
    trials: bool,
}

impl Reading {
    fn open(&self) -> MutexGuard<'_, Read> {
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
    key: &'static str,
    value: T,
    /// The value as it stands in outputs; none for one that has no value.
    text: Option<String>,
    reading: Reading,
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

/// A range that a number must lie in, in words and as a test.
pub type Range<'a> = (&'a str, fn(f64) -> bool);

/// The range of a positive number that no computation overflows on.
pub(super) const POSITIVE: Range<'_> = ("greater than 0 and below 1e12", |x| x > 0.0 && x < 1e12);
/// The range of M of Theorem C.
pub(super) const FACTOR: Range<'_> = ("greater than 1 and at most 1e6", |x| x > 1.0 && x <= 1e6);
/// The range of an error or a failure probability.
pub(super) const UNIT: Range<'_> = ("between 1e-9 and 1, both excluded", |x| x > 1e-9 && x < 1.0);
/// The range of a share of the runs in which what is claimed may fail: a claim that holds less often than it fails says the
/// opposite of its words.
pub(super) const AT_MOST_HALF: Range<'_> = ("greater than 0 and at most 0.5", |x| x > 0.0 && x <= 0.5);

/// A key the theorem does not have, with the theorems that do.
fn unknown(theorem: &dyn Theorem, key: &str) -> ParameterError {
    let has = |t: &&&dyn Theorem| t.options().parameter(key).is_some();
    ParameterError::Unknown {
        name: key.into(),
        theorem: theorem.id(),
        known: theorem.options().parameters.iter().map(|p| p.key).collect::<Vec<_>>().join(", "),
        elsewhere: match REGISTRY.iter().filter(has).map(|t| t.id()).collect::<Vec<_>>().as_slice() {
            [] => String::new(),
            others => format!("; it is one of {}", join(others)),
        },
    }
}

/// A request with its preset, as one theorem reads it.
pub struct Asked {
    request: Request,
    /// Every parameter after preset and overrides, its key known to the theorem.
    values: BTreeMap<&'static str, String>,
    /// The theorem's forms.
    runs: &'static [Runs],
    reading: Reading,
}

impl Asked {
    /// The request with the parameters that the theorem sees.
    ///
    /// # Errors
    /// Unknown presets and unknown keys.
    pub fn new(theorem: &dyn Theorem, request: &Request) -> Result<Self, ParameterError> {
        let preset = request.preset_of(theorem)?;
        let known = &theorem.options().parameters;
        let mut values = BTreeMap::new();
        let presets = preset.into_iter().flat_map(|p| p.parameters.iter().map(|&(k, v)| (k, v)));
        let given = request.parameters.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        for (key, value) in presets.chain(given) {
            let parameter = known.iter().find(|p| p.key == key).ok_or_else(|| unknown(theorem, key))?;
            values.insert(parameter.key, value.to_string());
        }
        Ok(Self { request: request.clone(), values, runs: &theorem.options().runs, reading: Reading::default() })
    }

    /// Seed of what is found by sampling before the trials.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.reading.open().drawn = true;
        self.request.seed
    }

    /// Seed of the trials.
    #[must_use]
    pub fn trial_seed(&self) -> u64 {
        self.reading.open().trials = true;
        self.request.seed
    }

    /// The form that is asked for. A module that decides by it must run it: [`super::unused`] holds its tags against it.
    #[must_use]
    pub fn form(&self) -> Option<Form> {
        self.request.form
    }

    /// The gradients that are asked for, as [`Asked::form`].
    #[must_use]
    pub fn gradients(&self) -> Option<Gradients> {
        self.request.gradients
    }

    /// The form and gradients that a level runs: the first that it declares and that meet what is asked for.
    ///
    /// # Errors
    /// A request for something else, or a level without forms.
    pub fn run(&self, level: Level) -> Result<(Option<Form>, Gradients), ParameterError> {
        let (form, gradients) = (self.form(), self.gradients());
        let runs = self.runs.iter().find(|r| r.level == level);
        let why = runs.map_or("this level has no forms", |r| r.why);
        let what = || run_in_words(form, gradients);
        runs.and_then(|r| r.meeting(form, gradients)).ok_or_else(|| ParameterError::conflict(what(), why))
    }

    /// The file whose rows take the place of D.
    #[must_use]
    pub fn data(&self) -> Option<&DataRequest> {
        self.reading.open().rows = true;
        self.request.data.as_ref()
    }

    /// Rows that take the place of D, as a certificate recorded them.
    #[must_use]
    pub fn rows(&self) -> Option<&Arc<Empirical>> {
        self.reading.open().rows = true;
        self.request.rows.as_ref()
    }

    /// Whether the user gives this parameter.
    #[must_use]
    pub fn gives(&self, key: &str) -> bool {
        self.request.gives(key)
    }

    /// Whether the user or the preset gives this parameter.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The preset the user names.
    #[must_use]
    pub fn preset(&self) -> Option<&str> {
        self.request.preset.as_deref()
    }

    /// A parameter's value as this reads it, none where it is not given.
    fn parsed<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ParameterError> {
        let Some(text) = self.values.get(key) else { return Ok(None) };
        let unreadable =
            || ParameterError::Unreadable { name: key.into(), value: text.clone(), expected: expected.into() };
        parse(text.trim()).map(Some).ok_or_else(unreadable)
    }

    fn setting<T>(&self, key: &'static str, value: T, text: Option<String>) -> Setting<T> {
        Setting { key, value, text, reading: self.reading.clone() }
    }

    fn finite(
        &self,
        key: &'static str,
        value: f64,
        (range, inside): Range<'_>,
        hypothesis: &'static str,
    ) -> Result<f64, ParameterError> {
        let fine = value.is_finite() && inside(value);
        if fine { Ok(value) } else { Err(ParameterError::out_of_range(key, value, range, hypothesis)) }
    }

    /// A finite real number inside a range, or its default.
    ///
    /// # Errors
    /// Values that are not numbers, NaN, and values outside the range.
    pub fn real(
        &self,
        key: &'static str,
        default: f64,
        range: Range<'_>,
        hypothesis: &'static str,
    ) -> Result<Setting<f64>, ParameterError> {
        let value = self.parsed(key, "a number", |text| text.parse().ok())?.unwrap_or(default);
        let value = self.finite(key, value, range, hypothesis)?;
        Ok(self.setting(key, value, Some(value.to_string())))
    }

    /// A finite real number inside a range, if it is given.
    ///
    /// # Errors
    /// As [`Asked::real`].
    pub fn optional(
        &self,
        key: &'static str,
        range: Range<'_>,
        hypothesis: &'static str,
    ) -> Result<Setting<Option<f64>>, ParameterError> {
        let value = self.parsed(key, "a number", |text| text.parse().ok())?;
        let value = value.map(|v| self.finite(key, v, range, hypothesis)).transpose()?;
        Ok(self.setting(key, value, value.map(|v| v.to_string())))
    }

    /// A whole number inside a range, or its default.
    ///
    /// # Errors
    /// Values that are not whole numbers or outside the range.
    pub fn integer(
        &self,
        key: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        hypothesis: &'static str,
    ) -> Result<Setting<u64>, ParameterError> {
        let value = self.whole(key, range, hypothesis)?.unwrap_or(default);
        Ok(self.setting(key, value, Some(value.to_string())))
    }

    /// A whole number inside a range, if it is given.
    ///
    /// # Errors
    /// As [`Asked::integer`].
    pub fn optional_integer(
        &self,
        key: &'static str,
        range: RangeInclusive<u64>,
        hypothesis: &'static str,
    ) -> Result<Setting<Option<u64>>, ParameterError> {
        let value = self.whole(key, range, hypothesis)?;
        Ok(self.setting(key, value, value.map(|v| v.to_string())))
    }

    fn whole(
        &self,
        key: &'static str,
        range: RangeInclusive<u64>,
        hypothesis: &'static str,
    ) -> Result<Option<u64>, ParameterError> {
        let value = self.parsed(key, "a whole number", |text| text.parse::<u64>().ok())?;
        match value.filter(|v| !range.contains(v)) {
            None => Ok(value),
            Some(value) => {
                let text = format!("from {} to {}", range.start(), range.end());
                Err(ParameterError::out_of_range(key, value, text, hypothesis))
            }
        }
    }

    /// One of these words, or the default: the first of them for `None`.
    ///
    /// # Errors
    /// Other words.
    pub fn word<T: Clone>(
        &self,
        key: &'static str,
        words: &[(&'static str, T)],
        expected: &str,
    ) -> Result<Setting<Option<T>>, ParameterError> {
        let found = self.parsed(key, expected, |text| words.iter().find(|(word, _)| *word == text))?;
        Ok(self.setting(key, found.map(|(_, value)| value.clone()), found.map(|(word, _)| (*word).into())))
    }

    /// A value that is read from a text, or from the default's.
    ///
    /// # Errors
    /// Texts that cannot be read.
    pub fn read<T>(
        &self,
        key: &'static str,
        default: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Setting<T>, ParameterError> {
        let text = self.values.get(key).map_or(default, String::as_str).trim().to_string();
        let unreadable =
            || ParameterError::Unreadable { name: key.into(), value: text.clone(), expected: expected.into() };
        let value = parse(&text).ok_or_else(unreadable)?;
        Ok(self.setting(key, value, Some(text)))
    }

    /// Whether a parameter was read.
    #[must_use]
    pub fn has_read(&self, key: &str) -> bool {
        self.reading.open().parameters.iter().any(|(known, _)| *known == key)
    }

    /// Whether the rows, or that there are none, were read.
    #[must_use]
    pub fn has_read_rows(&self) -> bool {
        self.reading.open().rows
    }

    /// Whether the seed was read.
    #[must_use]
    pub fn has_read_seed(&self) -> bool {
        let read = self.reading.open();
        read.drawn || read.trials
    }

    /// Whether something was drawn before the trials.
    #[must_use]
    pub fn has_drawn(&self) -> bool {
        self.reading.open().drawn
    }

    /// What a theorem shows of its parameters, with every other that was read and has a value.
    #[must_use]
    pub fn understood(&self, shown: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        let read = self.reading.open();
        let new = |(key, text): &(&'static str, Option<String>)| {
            let known = key.is_empty() || shown.iter().any(|(own, _)| own == key);
            text.clone().filter(|_| !known).map(|text| (*key, text))
        };
        let more: Vec<_> = read.parameters.iter().filter_map(new).collect();
        shown.into_iter().chain(more).collect()
    }

    /// The request.
    #[must_use]
    pub(super) fn request(&self) -> &Request {
        &self.request
    }
}
