//! A parameter, declared once: its key, what it is, its kind with range and default, the hypothesis it comes from, where a certificate
//! keeps it, and who uses it. Requests, help, errors and recall follow from the declaration.

use super::Level;
use super::range::Range;
use super::uses::Use;
use std::marker::PhantomData;

/// What values a parameter has.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number from `least` to `most`.
    Whole {
        /// The least.
        least: u64,
        /// The largest.
        most: u64,
        /// What it is where it is not given; none where the theorem finds it.
        default: Option<u64>,
    },
    /// A finite real number in a range.
    Real {
        /// The range.
        range: Range,
        /// What it is where it is not given; none where the theorem finds it.
        default: Option<f64>,
    },
    /// One of these words.
    Word {
        /// The words.
        words: &'static [&'static str],
        /// What to expect, in words.
        expected: &'static str,
    },
    /// A text that the theorem reads itself.
    Text {
        /// What to expect, in words.
        expected: &'static str,
        /// What it is where it is not given.
        default: &'static str,
    },
}

impl Kind {
    /// Whether it is one of these words.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        matches!(self, Self::Word { words, .. } if words.contains(&word))
    }
}

/// Where a certificate keeps a parameter, so that its trials can be run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Among its notes: were it changed, a replay would not give the recorded definitions.
    Note,
    /// As this symbol's choice.
    Symbol(&'static str),
    /// As this tag of its variant.
    Tag(&'static str),
}

/// A parameter of a theorem, as `--set KEY=VALUE` gives it.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key.
    pub key: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Its values.
    pub kind: Kind,
    /// The hypothesis its range comes from.
    pub hypothesis: &'static str,
    /// Where a certificate keeps it.
    pub kept: Kept,
    /// The levels that use it.
    pub used: &'static [Use],
}

impl Parameter {
    /// Its levels, each once.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let mut levels: Vec<Level> = self.used.iter().map(|u| u.level).collect();
        levels.dedup();
        levels
    }
}

/// A typed handle of a parameter: what its value is read by.
#[derive(Clone, Copy, Debug)]
pub struct Key<T> {
    parameter: Parameter,
    value: PhantomData<T>,
}

impl<T> Key<T> {
    const fn new(key: &'static str, about: &'static str, kind: Kind, hypothesis: &'static str) -> Self {
        Self { parameter: Parameter { key, about, kind, hypothesis, kept: Kept::Note, used: &[] }, value: PhantomData }
    }

    /// The same, kept as a symbol of the theory.
    #[must_use]
    pub const fn symbol(mut self, symbol: &'static str) -> Self {
        self.parameter.kept = Kept::Symbol(symbol);
        self
    }

    /// The same, kept as a tag of the variant.
    #[must_use]
    pub const fn tag(mut self, tag: &'static str) -> Self {
        self.parameter.kept = Kept::Tag(tag);
        self
    }

    /// The same with other words for what it is.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.parameter.about = about;
        self
    }

    /// The parameter, as these levels use it.
    #[must_use]
    pub const fn used(mut self, used: &'static [Use]) -> Parameter {
        self.parameter.used = used;
        self.parameter
    }

    /// The parameter.
    #[must_use]
    pub const fn parameter(&self) -> &Parameter {
        &self.parameter
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.parameter.key
    }
}

impl Key<u64> {
    /// A whole number in a range, both ends included.
    #[must_use]
    pub const fn whole(
        key: &'static str,
        about: &'static str,
        default: u64,
        [least, most]: [u64; 2],
        hypothesis: &'static str,
    ) -> Self {
        Self::new(key, about, Kind::Whole { least, most, default: Some(default) }, hypothesis)
    }
}

impl Key<Option<u64>> {
    /// A whole number that the theorem finds where it is not given.
    #[must_use]
    pub const fn whole_or_found(
        key: &'static str,
        about: &'static str,
        [least, most]: [u64; 2],
        hypothesis: &'static str,
    ) -> Self {
        Self::new(key, about, Kind::Whole { least, most, default: None }, hypothesis)
    }
}

impl Key<f64> {
    /// A real number.
    #[must_use]
    pub const fn real(
        key: &'static str,
        about: &'static str,
        default: f64,
        range: Range,
        hypothesis: &'static str,
    ) -> Self {
        Self::new(key, about, Kind::Real { range, default: Some(default) }, hypothesis)
    }
}

impl Key<Option<f64>> {
    /// A real number that the theorem finds where it is not given.
    #[must_use]
    pub const fn real_or_found(key: &'static str, about: &'static str, range: Range, hypothesis: &'static str) -> Self {
        Self::new(key, about, Kind::Real { range, default: None }, hypothesis)
    }
}

impl Key<Option<&'static str>> {
    /// One of some words.
    #[must_use]
    pub const fn word(
        key: &'static str,
        about: &'static str,
        words: &'static [&'static str],
        expected: &'static str,
    ) -> Self {
        Self::new(key, about, Kind::Word { words, expected }, "")
    }
}

impl Key<String> {
    /// A text that the theorem reads itself.
    #[must_use]
    pub const fn text(key: &'static str, about: &'static str, default: &'static str, expected: &'static str) -> Self {
        Self::new(key, about, Kind::Text { expected, default }, "")
    }
}
