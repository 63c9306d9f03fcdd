//! A request as a theorem reads it. What is read is noted, so that what a user gives and no one reads can be refused
//! afterwards: a theorem sees a request only through an [`Asked`], and a parameter only through its [`Setting`].

use super::parameter::{Key, Kind, Parameter};
use super::setting::{Reading, Setting};
use super::words::run_in_words;
use super::{DataRequest, Declared, Form, Gradients, Level, Request};
use crate::certificate::theory::Theory;
use crate::distributions::Empirical;
use crate::error::ParameterError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A request with its preset, as one theorem reads it.
pub struct Asked {
    request: Request,
    /// Every parameter after preset and overrides, its key known to the theorem.
    values: BTreeMap<&'static str, String>,
    declared: Declared,
    reading: Reading,
}

impl Asked {
    /// The request with the parameters that the theorem sees.
    ///
    /// # Errors
    /// Unknown presets and unknown keys.
    pub fn new(declared: &Declared, request: &Request) -> Result<Self, ParameterError> {
        let preset = declared.preset(request)?;
        let known = &declared.options.parameters;
        let unknown = |key: &str| ParameterError::Unknown {
            name: key.into(),
            theorem: declared.theorem,
            known: known.iter().map(|p| p.key).collect::<Vec<_>>().join(", "),
            elsewhere: String::new(),
        };
        let mut values = BTreeMap::new();
        let presets = preset.into_iter().flat_map(|p| p.parameters.iter().map(|&(k, v)| (k, v)));
        let given = request.parameters.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        for (key, value) in presets.chain(given) {
            let parameter = known.iter().find(|p| p.key == key).ok_or_else(|| unknown(key))?;
            values.insert(parameter.key, value.to_string());
        }
        Ok(Self { request: request.clone(), values, declared: *declared, reading: Reading::default() })
    }

    /// The theory text in which the theorem stands.
    #[must_use]
    pub fn theory(&self) -> &'static Theory {
        self.declared.theory
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

    /// The form that is asked for. A module that decides by it must run it: the registry holds its tags against it.
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
        let runs = self.declared.options.runs_at(level);
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

    /// A parameter, read as it is declared: as it is asked for, else its default.
    ///
    /// # Errors
    /// Values that cannot be read, and values out of range.
    pub fn get<T: Value>(&self, key: &Key<T>) -> Result<Setting<T>, ParameterError> {
        let parameter = key.parameter();
        let (value, text) = T::of(self.values.get(parameter.key).map(|text| text.trim()), parameter)?;
        Ok(Setting { key: parameter.key, value, text, reading: self.reading.clone() })
    }

    /// A text parameter, read by the theorem itself; it counts as used.
    ///
    /// # Errors
    /// Texts that cannot be read.
    pub fn read<T>(&self, key: &Key<String>, parse: impl Fn(&str) -> Option<T>) -> Result<T, ParameterError> {
        let text = self.get(key)?.get();
        let expected = match key.parameter().kind {
            Kind::Text { expected, .. } => expected,
            _ => "",
        };
        parse(&text).ok_or_else(|| unreadable(key.parameter(), &text, expected))
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
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }
}

/// A type that parameters have values of.
pub trait Value: Sized {
    /// The value of a parameter, of its text where it is given, with how it stands in outputs; none where it has no value.
    ///
    /// # Errors
    /// Texts that cannot be read, values out of range.
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError>;
}

fn unreadable(parameter: &Parameter, value: &str, expected: &str) -> ParameterError {
    ParameterError::Unreadable { name: parameter.key.into(), value: value.into(), expected: expected.into() }
}

impl Value for Option<u64> {
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError> {
        let Kind::Whole { least, most, default } = parameter.kind else { return Ok((None, None)) };
        let read = |text: &str| text.parse::<u64>().map_err(|_| unreadable(parameter, text, "a whole number"));
        let value = text.map(read).transpose()?.or(default);
        match value.filter(|v| !(least..=most).contains(v)) {
            None => Ok((value, value.map(|v| v.to_string()))),
            Some(value) => {
                let range = format!("from {least} to {most}");
                Err(ParameterError::out_of_range(parameter.key, value, range, parameter.hypothesis))
            }
        }
    }
}

impl Value for Option<f64> {
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError> {
        let Kind::Real { range, default } = parameter.kind else { return Ok((None, None)) };
        let read = |text: &str| text.parse::<f64>().map_err(|_| unreadable(parameter, text, "a number"));
        let value = text.map(read).transpose()?.or(default);
        match value.filter(|v| !(v.is_finite() && (range.contains)(*v))) {
            None => Ok((value, value.map(|v| v.to_string()))),
            Some(value) => Err(ParameterError::out_of_range(parameter.key, value, range.words, parameter.hypothesis)),
        }
    }
}

impl Value for u64 {
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError> {
        // Its handle cannot be made without a default.
        Option::<Self>::of(text, parameter).map(|(value, text)| (value.unwrap_or_default(), text))
    }
}

impl Value for f64 {
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError> {
        Option::<Self>::of(text, parameter).map(|(value, text)| (value.unwrap_or(Self::NAN), text))
    }
}

impl Value for Option<&'static str> {
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError> {
        let Kind::Word { words, expected } = parameter.kind else { return Ok((None, None)) };
        let find = |text: &str| {
            let found = words.iter().copied().find(|word| *word == text);
            found.ok_or_else(|| unreadable(parameter, text, expected))
        };
        let word = text.map(find).transpose()?;
        Ok((word, word.map(Into::into)))
    }
}

impl Value for String {
    fn of(text: Option<&str>, parameter: &Parameter) -> Result<(Self, Option<String>), ParameterError> {
        let Kind::Text { default, .. } = parameter.kind else { return Ok((Self::new(), None)) };
        let text = text.unwrap_or(default).to_string();
        Ok((text.clone(), Some(text)))
    }
}
