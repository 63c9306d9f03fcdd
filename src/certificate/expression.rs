//! Terms of the kernel's language: decimal numbers, named symbols, arithmetic and a few functions.
//!
//! A term has exactly one text: [`Term::parse`] accepts only what [`Term`]'s `Display` prints, so that two certificates
//! which say the same thing are the same bytes and a change of any byte is a change of meaning.

use super::budget::Budget;
use super::decimal::parts;
use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use super::special;
use dashu_base::BitTest;
use dashu_int::IBig;
use dashu_ratio::RBig;
use std::fmt;

pub use super::decimal::{PLAIN_EXPONENTS, numeral};

/// Bounds on nesting, so that no input can exhaust stack or heap; no theorem comes near them.
const MAX_DEPTH: usize = 64;
/// Letters of a name.
const MAX_NAME: usize = 200;
/// Numbers, symbols, calls and brackets in one text, and so the depth of its tree.
const MAX_ATOMS: usize = 500;
/// Exact values of more bits than this, which any one numeral keeps below, are not computed.
const MAX_EXACT_BITS: usize = 1 << 15;
/// The functions of the language; those that read a finite support are beside them.
pub const FUNCTIONS: [&str; 9] = ["sqrt", "exp", "ln", "floor", "ceil", "max", "min", "Phi", "binomial_cdf"];

/// A term of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// An exact decimal, in its one spelling.
    Number(String),
    /// A defined symbol.
    Symbol(String),
    /// A function of terms, for example `sqrt(d)`.
    Call(String, Vec<Term>),
    /// `-x`.
    Negative(Box<Term>),
    /// One of `+ - * / ^`; `-x^2` is `-(x^2)`, and `-x*y` is `(-x)*y`.
    Binary(char, Box<Term>, Box<Term>),
}

/// What a term's symbols and data functions stand for.
pub trait Meaning {
    /// Enclosure of a symbol's value.
    fn symbol(&self, name: &str) -> Option<Interval>;
    /// A symbol's exact value, where its definition is rational all the way down.
    fn exact(&self, name: &str) -> Option<RBig>;
    /// Enclosure of a function that reads the finite support; `None` if there is no such function or no support.
    /// Errors: `too-costly`.
    fn data(&self, function: &str, arguments: &[Interval]) -> Checked<Option<Interval>>;
    /// What every evaluation spends from.
    fn budget(&self) -> &Budget;
}

impl Term {
    /// Reads a term. Errors: `not-a-term`, `not-canonical`.
    pub fn parse(text: &str) -> Checked<Self> {
        let mut parser = Parser::new(text);
        let term = parser.sum()?;
        parser.end(text, term)
    }

    /// Encloses the term's value.
    /// Guarantee: the interval contains the exact real value for every value of the symbols inside their enclosures.
    /// Errors: `unknown-symbol`, `unknown-function`, `undefined` outside a function's domain, `too-costly`.
    pub fn evaluate(&self, meaning: &dyn Meaning) -> Checked<Interval> {
        meaning.budget().spend(self.work())?;
        let value = match self {
            Self::Number(text) => numeral(text).map(|v| Ok(Interval::from_rational(&v))),
            Self::Symbol(name) => meaning.symbol(name).map(Ok),
            Self::Negative(inner) => Some(Ok(inner.evaluate(meaning)?.neg())),
            Self::Binary(operator, left, right) => {
                let (x, y) = (left.evaluate(meaning)?, right.evaluate(meaning)?);
                Some(match operator {
                    '+' => Ok(x.add(&y)),
                    '-' => Ok(x.sub(&y)),
                    '*' => Ok(x.mul(&y)),
                    '/' => x.div(&y),
                    _ => x.pow(&y),
                })
            }
            Self::Call(name, arguments) => {
                let values = arguments.iter().map(|a| a.evaluate(meaning)).collect::<Result<Vec<_>, _>>()?;
                match (name.as_str(), values.as_slice()) {
                    ("sqrt", [x]) => Some(x.sqrt()),
                    ("exp", [x]) => Some(Ok(x.exp())),
                    ("ln", [x]) => Some(x.ln()),
                    ("floor", [x]) => Some(Ok(x.floor())),
                    ("ceil", [x]) => Some(Ok(x.ceil())),
                    ("max", [x, y]) => Some(Ok(x.max(y))),
                    ("min", [x, y]) => Some(Ok(x.min(y))),
                    ("Phi", [x]) => Some(special::normal_cdf(x)),
                    ("binomial_cdf", [k, n, p]) => Some(special::binomial_cdf_of(k, n, p, meaning.budget())),
                    _ => meaning.data(name, &values)?.map(Ok),
                }
            }
        };
        let check = if matches!(self, Self::Call(..)) { "unknown-function" } else { "unknown-symbol" };
        let value = value.ok_or_else(|| Refusal::new(check, format!("`{self}` has no meaning here")))?;
        value.map_err(|cause| Refusal { found: format!("`{self}` has no value: {}", cause.found), ..cause })
    }

    /// Work of the term's own operation, at the most; binomial tails and functions of the support charge by their length.
    fn work(&self) -> u64 {
        match self {
            Self::Call(name, _) if name == "Phi" => 10_000,
            // Four corners of the ends of k and p, each with its logarithms, before a term is summed.
            Self::Call(name, _) if name == "binomial_cdf" => 50_000,
            Self::Call(..) | Self::Binary('^', ..) => 2_000,
            _ => 100,
        }
    }

    /// The exact value, where the term is rational all the way down to its numerals, and of no unreasonable size. There is none
    /// where it is too costly; the budget is then empty, and refuses whatever comes next.
    pub fn exact(&self, meaning: &dyn Meaning) -> Option<RBig> {
        let size = |x: &RBig| x.numerator().bit_len().max(x.denominator().bit_len());
        // Common divisors cost the square of the length.
        let pay = |bits: usize| meaning.budget().spend(((bits as u64 / 64).saturating_pow(2) / 40).saturating_add(10));
        let value = match self {
            Self::Number(text) => pay(MAX_EXACT_BITS / 8).ok().and_then(|()| numeral(text)),
            Self::Symbol(name) => meaning.exact(name),
            Self::Negative(inner) => inner.exact(meaning).map(|x| -x),
            Self::Binary(operator, left, right) => {
                let (x, y) = (left.exact(meaning)?, right.exact(meaning)?);
                pay(size(&x).saturating_add(size(&y))).ok()?;
                match operator {
                    '+' => Some(x + y),
                    '-' => Some(x - y),
                    '*' => Some(x * y),
                    '/' => (y != RBig::ZERO).then(|| x / y),
                    _ => {
                        let whole = u8::try_from(IBig::try_from(y).ok()?).ok()?;
                        let bits = size(&x).saturating_mul(whole.into());
                        (bits <= MAX_EXACT_BITS && pay(bits).is_ok()).then(|| x.pow(whole.into()))
                    }
                }
            }
            Self::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
                ("max", [x, y]) => Some(x.exact(meaning)?.max(y.exact(meaning)?)),
                ("min", [x, y]) => Some(x.exact(meaning)?.min(y.exact(meaning)?)),
                ("floor", [x]) => Some(x.exact(meaning)?.floor().into()),
                ("ceil", [x]) => Some(x.exact(meaning)?.ceil().into()),
                _ => None,
            },
        };
        value.filter(|x| size(x) <= MAX_EXACT_BITS)
    }

    fn precedence(&self) -> u8 {
        match self {
            Self::Binary('+' | '-', ..) => 1,
            Self::Binary('*' | '/', ..) => 2,
            Self::Negative(_) => 3,
            Self::Binary(..) => 4,
            Self::Number(_) | Self::Symbol(_) | Self::Call(..) => 5,
        }
    }

    /// Adds the symbols and functions of the term to these lists.
    pub fn atoms<'t>(&'t self, symbols: &mut Vec<&'t str>, functions: &mut Vec<&'t str>) {
        match self {
            Self::Number(_) => {}
            Self::Symbol(name) => symbols.push(name),
            Self::Negative(inner) => inner.atoms(symbols, functions),
            Self::Binary(_, left, right) => {
                left.atoms(symbols, functions);
                right.atoms(symbols, functions);
            }
            Self::Call(name, arguments) => {
                functions.push(name);
                arguments.iter().for_each(|a| a.atoms(symbols, functions));
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(name) | Self::Symbol(name) => write!(f, "{name}"),
            Self::Negative(inner) => write!(f, "-{}", bracketed(inner, self.precedence())),
            Self::Binary(operator, left, right) => {
                let own = self.precedence();
                let (least_left, least_right) = if *operator == '^' { (5, 5) } else { (own, own.saturating_add(1)) };
                let child = bracketed;
                let (left, right) = (child(left, least_left), child(right, least_right));
                if own == 1 { write!(f, "{left} {operator} {right}") } else { write!(f, "{left}{operator}{right}") }
            }
            Self::Call(name, arguments) => {
                let list: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{name}({})", list.join(", "))
            }
        }
    }
}

/// A term inside another, in brackets where it binds less than it must there.
fn bracketed(term: &Term, least: u8) -> String {
    if term.precedence() < least { format!("({term})") } else { term.to_string() }
}

/// Recursive-descent parser over one text; claims use it too.
pub(super) struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    atoms: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, depth: 0, atoms: 0 }
    }

    pub(super) fn fail<T>(&self, expected: &str) -> Checked<T> {
        Err(Refusal::new("not-a-term", format!("expected {expected} at `{}`", self.rest)))
    }

    /// Takes `token` if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    /// The value read, if nothing is left and it prints as it was written.
    pub(super) fn end<T: fmt::Display>(&self, text: &str, value: T) -> Checked<T> {
        let (canonical, ended) = (value.to_string(), self.rest.trim().is_empty());
        require(!ended || canonical == text, "not-canonical", format!("`{text}` must be written `{canonical}`"))?;
        if ended { Ok(value) } else { self.fail("the end") }
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        self.rest = self.rest.trim_start();
        let (word, rest) = self.rest.split_at(self.rest.find(|c| !part(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    /// Takes an identifier.
    pub(super) fn name(&mut self) -> Checked<String> {
        let begins = self.rest.trim_start().starts_with(|c: char| c.is_ascii_alphabetic());
        let name = if begins { self.word(|c| c.is_ascii_alphanumeric() || c == '_') } else { "" };
        if (1..=MAX_NAME).contains(&name.len()) { Ok(name.into()) } else { self.fail("a name before this") }
    }

    pub(super) fn sum(&mut self) -> Checked<Term> {
        let depth = self.depth;
        self.depth = depth.saturating_add(1);
        let term = self.chain(['+', '-'], |parser| parser.chain(['*', '/'], Self::signed))?;
        self.depth = depth;
        Ok(term)
    }

    fn chain(&mut self, operators: [char; 2], part: fn(&mut Self) -> Checked<Term>) -> Checked<Term> {
        let mut left = part(self)?;
        while let Some(operator) = operators.into_iter().find(|o| self.take(o.encode_utf8(&mut [0; 4]))) {
            left = Term::Binary(operator, Box::new(left), Box::new(part(self)?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Checked<Term> {
        let mut signs = 0_usize;
        while self.take("-") {
            signs = signs.saturating_add(1);
            self.atoms = self.atoms.saturating_add(1);
            if self.atoms > MAX_ATOMS {
                return self.fail("a shorter term");
            }
        }
        let term = self.power()?;
        Ok((0..signs).fold(term, |inner, _| Term::Negative(Box::new(inner))))
    }

    fn power(&mut self) -> Checked<Term> {
        let base = self.atom()?;
        Ok(if self.take("^") { Term::Binary('^', Box::new(base), Box::new(self.atom()?)) } else { base })
    }

    fn atom(&mut self) -> Checked<Term> {
        self.atoms = self.atoms.saturating_add(1);
        if self.atoms > MAX_ATOMS || self.depth > MAX_DEPTH {
            return self.fail("a shorter term or less nesting");
        }
        if self.take("(") {
            let inner = self.sum()?;
            return if self.take(")") { Ok(inner) } else { self.fail("`)`") };
        }
        if self.rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            let mut text = self.word(|c| c.is_ascii_digit() || c == '.').to_string();
            if self.rest.starts_with('e') && self.take("e") {
                let sign = if self.take("-") { "-" } else { "" };
                text = format!("{text}e{sign}{}", self.word(|c| c.is_ascii_digit()));
            }
            let plain = parts(&text).is_some();
            return if plain { Ok(Term::Number(text)) } else { self.fail("a plain number before this") };
        }
        let name = self.name()?;
        if self.take("(") { Ok(Term::Call(name, self.arguments()?)) } else { Ok(Term::Symbol(name)) }
    }

    /// Arguments of a call up to and including `)`.
    pub(super) fn arguments(&mut self) -> Checked<Vec<Term>> {
        let mut arguments = Vec::new();
        while !self.take(")") {
            if !arguments.is_empty() && !self.take(",") {
                return self.fail("`,` or `)`");
            }
            arguments.push(self.sum()?);
        }
        Ok(arguments)
    }
}
