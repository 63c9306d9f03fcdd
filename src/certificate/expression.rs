//! Terms of the kernel's language: decimal numbers, named symbols, arithmetic and a few functions.
//!
//! A term has exactly one text: [`Term::parse`] accepts only what [`Term`]'s `Display` prints, so that two certificates
//! which say the same thing are the same bytes and a change of any byte is a change of meaning.

use super::interval::{Interval, Undefined};
use super::special;
use dashu_int::IBig;
use dashu_ratio::RBig;
use std::fmt;

/// Why a text is not a term or claim of the kernel's language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// The text does not parse.
    #[error("`{text}` is not a term: {reason} at character {at}")]
    Malformed {
        /// What was read.
        text: String,
        /// What was expected.
        reason: &'static str,
        /// Offset of the first character that does not fit.
        at: usize,
    },
    /// The text parses, but is not written the one way it must be.
    #[error("`{text}` must be written `{canonical}`")]
    NotCanonical {
        /// What was read.
        text: String,
        /// What it should have been.
        canonical: String,
    },
}

/// Exponents beyond this are refused: no theorem needs them and they would cost unbounded memory.
const MAX_EXPONENT: i64 = 5_000;
/// Longest numeral and deepest nesting accepted, so that no input can exhaust the stack or the heap.
const MAX_DIGITS: usize = 2_000;
const MAX_DEPTH: usize = 64;
/// Decimal exponents within this range are printed without an `e`.
const PLAIN_EXPONENTS: std::ops::RangeInclusive<i64> = -24..=20;

/// An exact decimal number, mantissa · 10^exponent with no trailing zero in the mantissa.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads an unsigned decimal such as `12`, `0.05` or `3e41`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once('e') {
            Some((m, e)) => (m, e.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(fraction.len() as i64)?;
        let kept = digits.trim_end_matches('0');
        let exponent = exponent.checked_add((digits.len() - kept.len()) as i64)?;
        let kept = kept.trim_start_matches('0');
        if kept.is_empty() {
            return Some(Self { digits: "0".into(), exponent: 0 });
        }
        (exponent.abs() <= MAX_EXPONENT).then(|| Self { digits: kept.into(), exponent })
    }

    /// The exact value.
    #[must_use]
    pub fn value(&self) -> RBig {
        let mantissa: IBig = self.digits.parse().unwrap_or_default();
        let power = dashu_int::UBig::from(10u8).pow(self.exponent.unsigned_abs() as usize);
        if self.exponent < 0 { RBig::from_parts(mantissa, power) } else { RBig::from(mantissa * IBig::from(power)) }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, exponent) = (&self.digits, self.exponent);
        if !PLAIN_EXPONENTS.contains(&exponent) {
            return write!(f, "{digits}e{exponent}");
        }
        if exponent >= 0 {
            return write!(f, "{digits}{}", "0".repeat(exponent.unsigned_abs() as usize));
        }
        let places = exponent.unsigned_abs() as usize;
        let padded = format!("{}{digits}", "0".repeat((places + 1).saturating_sub(digits.len())));
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(f, "{whole}.{fraction}")
    }
}

/// A term of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// An exact decimal.
    Number(Decimal),
    /// A defined symbol.
    Symbol(String),
    /// A function of terms, for example `sqrt(d)`.
    Call(String, Vec<Term>),
    /// `-x`.
    Negated(Box<Term>),
    /// One of `+ - * / ^`.
    Binary(char, Box<Term>, Box<Term>),
}

/// What a term's symbols and data functions stand for.
pub trait Meaning {
    /// Enclosure of a symbol's value.
    fn symbol(&self, name: &str) -> Option<Interval>;
    /// Enclosure of a function that reads the finite support; `None` if there is no such function or no support.
    fn data(&self, function: &str, arguments: &[Interval]) -> Option<Interval>;
}

/// Why a term has no value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    /// A symbol is used before it is defined.
    #[error("the symbol `{0}` is not defined")]
    UnknownSymbol(String),
    /// No such function, or a wrong number of arguments.
    #[error("the function `{0}` is not known or has the wrong arguments")]
    UnknownFunction(String),
    /// Outside a function's domain.
    #[error("`{term}` has no value: {cause}")]
    Undefined {
        /// The offending term.
        term: String,
        /// What is undefined.
        cause: Undefined,
    },
}

impl Term {
    /// Reads a term.
    ///
    /// # Errors
    /// When the text is not a term or not in its one canonical form.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut parser = Parser::new(text);
        let term = parser.sum()?;
        parser.end()?;
        canonical(text, term)
    }

    /// Encloses the term's value.
    ///
    /// # Guarantee
    /// The interval contains the exact real value for every value of the symbols inside their enclosures.
    ///
    /// # Errors
    /// Unknown symbols and functions, and arguments outside a function's domain.
    pub fn evaluate(&self, meaning: &dyn Meaning) -> Result<Interval, EvaluationError> {
        let fail = |cause| EvaluationError::Undefined { term: self.to_string(), cause };
        match self {
            Self::Number(decimal) => Ok(Interval::from_rational(&decimal.value())),
            Self::Symbol(name) => meaning.symbol(name).ok_or_else(|| EvaluationError::UnknownSymbol(name.clone())),
            Self::Negated(inner) => Ok(inner.evaluate(meaning)?.neg()),
            Self::Binary(operator, left, right) => {
                let (x, y) = (left.evaluate(meaning)?, right.evaluate(meaning)?);
                match operator {
                    '+' => Ok(x.add(&y)),
                    '-' => Ok(x.sub(&y)),
                    '*' => Ok(x.mul(&y)),
                    '/' => x.div(&y).map_err(fail),
                    _ => x.pow(&y).map_err(fail),
                }
            }
            Self::Call(name, arguments) => {
                let values = arguments.iter().map(|a| a.evaluate(meaning)).collect::<Result<Vec<_>, _>>()?;
                match (name.as_str(), values.as_slice()) {
                    ("sqrt", [x]) => x.sqrt().map_err(fail),
                    ("exp", [x]) => x.exp().map_err(fail),
                    ("ln", [x]) => x.ln().map_err(fail),
                    ("floor", [x]) => Ok(x.floor()),
                    ("ceil", [x]) => Ok(x.ceil()),
                    ("max", [x, y]) => Ok(x.max(y)),
                    ("Phi", [x]) => special::normal_cdf(x).map_err(fail),
                    ("binomial_cdf", [k, n, p]) => binomial_cdf(k, n, p).map_err(fail),
                    _ => meaning.data(name, &values).ok_or_else(|| EvaluationError::UnknownFunction(name.clone())),
                }
            }
        }
    }

    /// Every symbol the term mentions.
    pub fn symbols<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::Number(_) => {}
            Self::Symbol(name) => into.push(name),
            Self::Negated(inner) => inner.symbols(into),
            Self::Binary(_, left, right) => {
                left.symbols(into);
                right.symbols(into);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|a| a.symbols(into)),
        }
    }

    fn precedence(&self) -> u8 {
        match self {
            Self::Binary('+' | '-', ..) => 1,
            Self::Binary('*' | '/', ..) => 2,
            Self::Negated(_) => 3,
            Self::Binary(..) => 4,
            Self::Number(_) | Self::Symbol(_) | Self::Call(..) => 5,
        }
    }
}

/// Pr[Bin(n, p) ≤ k] for integer enclosures; when k is only known up to an interval both ends are taken.
fn binomial_cdf(k: &Interval, n: &Interval, p: &Interval) -> Result<Interval, Undefined> {
    let out_of_range = Undefined::OutOfRange { function: "binomial_cdf" };
    let n = n.integer().and_then(|n| u64::try_from(n).ok()).ok_or_else(|| out_of_range.clone())?;
    let integer =
        |x: &Interval| x.integer().map(|k| i64::try_from(k).unwrap_or(i64::MAX)).ok_or_else(|| out_of_range.clone());
    match integer(k) {
        Ok(k) => special::binomial_cdf(k, n, p),
        Err(_) => {
            let (low, high) = (integer(&k.lower_end().floor())?, integer(&k.upper_end().ceil())?);
            Ok(special::binomial_cdf(low, n, p)?.hull(&special::binomial_cdf(high, n, p)?))
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let child = |f: &mut fmt::Formatter<'_>, term: &Self, least: u8| {
            if term.precedence() < least { write!(f, "({term})") } else { write!(f, "{term}") }
        };
        match self {
            Self::Number(decimal) => write!(f, "{decimal}"),
            Self::Symbol(name) => write!(f, "{name}"),
            Self::Negated(inner) => {
                write!(f, "-")?;
                child(f, inner, 4)
            }
            Self::Binary(operator, left, right) => {
                let own = self.precedence();
                let (least_left, least_right) = if *operator == '^' { (5, 5) } else { (own, own + 1) };
                child(f, left, least_left)?;
                match own {
                    1 => write!(f, " {operator} ")?,
                    _ => write!(f, "{operator}")?,
                }
                child(f, right, least_right)
            }
            Self::Call(name, arguments) => {
                let list: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{name}({})", list.join(", "))
            }
        }
    }
}

/// Refuses a text that is not the canonical print of what it parses to.
pub(super) fn canonical<T: fmt::Display>(text: &str, value: T) -> Result<T, SyntaxError> {
    let canonical = value.to_string();
    if canonical == text { Ok(value) } else { Err(SyntaxError::NotCanonical { text: text.into(), canonical }) }
}

/// Recursive-descent parser over the characters of one text; claims (`claim.rs`) use it too.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(super) fn fail<T>(&self, reason: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError::Malformed { text: self.text.into(), reason, at: self.at })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("").trim_start()
    }

    /// Takes `token` if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at = self.text.len() - self.rest().len() + token.len();
        }
        found
    }

    pub(super) fn end(&self) -> Result<(), SyntaxError> {
        if self.rest().is_empty() { Ok(()) } else { self.fail("expected the end") }
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        self.at = self.text.len() - rest.len() + length;
        rest.get(..length).unwrap_or("")
    }

    /// Takes an identifier.
    pub(super) fn name(&mut self) -> Result<String, SyntaxError> {
        if !self.rest().starts_with(|c: char| c.is_ascii_alphabetic()) {
            return self.fail("expected a name");
        }
        Ok(self.word(|c| c.is_ascii_alphanumeric() || c == '_').into())
    }

    pub(super) fn sum(&mut self) -> Result<Term, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        let mut left = self.product()?;
        while let Some(operator) = ['+', '-'].into_iter().find(|o| self.take(o.encode_utf8(&mut [0; 4]))) {
            left = Term::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Result<Term, SyntaxError> {
        let mut left = self.signed()?;
        while let Some(operator) = ['*', '/'].into_iter().find(|o| self.take(o.encode_utf8(&mut [0; 4]))) {
            left = Term::Binary(operator, Box::new(left), Box::new(self.signed()?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Term, SyntaxError> {
        if self.take("-") { Ok(Term::Negated(Box::new(self.power()?))) } else { self.power() }
    }

    fn power(&mut self) -> Result<Term, SyntaxError> {
        let base = self.atom()?;
        if !self.take("^") {
            return Ok(base);
        }
        let exponent = self.atom()?;
        Ok(Term::Binary('^', Box::new(base), Box::new(exponent)))
    }

    fn atom(&mut self) -> Result<Term, SyntaxError> {
        if self.take("(") {
            let inner = self.sum()?;
            return if self.take(")") { Ok(inner) } else { self.fail("expected `)`") };
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            let start = self.text.len() - self.rest().len();
            self.word(|c| c.is_ascii_digit() || c == '.');
            if self.text.get(self.at..).is_some_and(|r| r.starts_with('e')) {
                self.at += 1;
                self.take("-");
                self.word(|c| c.is_ascii_digit());
            }
            let numeral = self.text.get(start..self.at).unwrap_or("");
            return Decimal::parse(numeral).map_or_else(|| self.fail("expected a number"), |d| Ok(Term::Number(d)));
        }
        let name = self.name()?;
        if !self.take("(") {
            return Ok(Term::Symbol(name));
        }
        let arguments = self.arguments()?;
        Ok(Term::Call(name, arguments))
    }

    /// Arguments of a call up to and including `)`.
    pub(super) fn arguments(&mut self) -> Result<Vec<Term>, SyntaxError> {
        let mut arguments = Vec::new();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.sum()?);
            if self.take(")") {
                return Ok(arguments);
            }
            if !self.take(",") {
                return self.fail("expected `,` or `)`");
            }
        }
    }
}
