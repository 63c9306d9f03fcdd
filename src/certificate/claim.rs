//! What can be claimed: an inequality of terms, or a bound on the probability of an event.

use super::expression::{Parser, Term};
use super::refusal::Checked;
use std::fmt;

/// `[not] name(arguments)`: an event of the run, for example `not hits` or `not loss_reached(error_bound, T)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether the event is that the named one does not occur.
    pub negated: bool,
    /// Name of the event.
    pub name: String,
    /// Arguments, none for the plain events.
    pub arguments: Vec<Term>,
}

/// A statement that a kernel rule can prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// `left <= right`.
    AtMost(Term, Term),
    /// `left < right`.
    LessThan(Term, Term),
    /// `Pr[a or b or ...] <= bound`, over the initialisation and the batches of the run.
    Probability(Vec<Event>, Term),
}

impl Claim {
    /// Reads a claim. Errors: `not-a-term`, `not-canonical`.
    pub fn parse(text: &str) -> Checked<Self> {
        let mut parser = Parser::new(text);
        let claim = if parser.take("Pr[") {
            let mut events = vec![event(&mut parser)?];
            while parser.take("or ") {
                events.push(event(&mut parser)?);
            }
            if !parser.take("]") || !parser.take("<=") {
                return parser.fail("`] <=`");
            }
            Self::Probability(events, parser.sum()?)
        } else {
            let left = parser.sum()?;
            if parser.take("<=") {
                Self::AtMost(left, parser.sum()?)
            } else if parser.take("<") {
                Self::LessThan(left, parser.sum()?)
            } else {
                return parser.fail("`<=` or `<`");
            }
        };
        parser.end(text, claim)
    }
}

impl Claim {
    /// The events it bounds the probability of; none for an inequality.
    pub fn events(&self) -> &[Event] {
        match self {
            Self::AtMost(..) | Self::LessThan(..) => &[],
            Self::Probability(events, _) => events,
        }
    }

    /// Adds its symbols and functions to these lists.
    pub fn atoms<'c>(&'c self, symbols: &mut Vec<&'c str>, functions: &mut Vec<&'c str>) {
        match self {
            Self::AtMost(x, y) | Self::LessThan(x, y) => {
                x.atoms(symbols, functions);
                y.atoms(symbols, functions);
            }
            Self::Probability(events, bound) => {
                bound.atoms(symbols, functions);
                events.iter().flat_map(|e| &e.arguments).for_each(|a| a.atoms(symbols, functions));
            }
        }
    }
}

fn event(parser: &mut Parser<'_>) -> Checked<Event> {
    let negated = parser.take("not ");
    let name = parser.name()?;
    let arguments = if parser.take("(") { parser.arguments()? } else { Vec::new() };
    Ok(Event { negated, name, arguments })
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "not " } else { "" };
        let call = Term::Call(self.name.clone(), self.arguments.clone()).to_string();
        write!(f, "{not}{}", call.strip_suffix("()").unwrap_or(&call))
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(left, right) => write!(f, "{left} <= {right}"),
            Self::LessThan(left, right) => write!(f, "{left} < {right}"),
            Self::Probability(events, bound) => {
                let list: Vec<String> = events.iter().map(ToString::to_string).collect();
                write!(f, "Pr[{}] <= {bound}", list.join(" or "))
            }
        }
    }
}
