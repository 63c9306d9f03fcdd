//! What can be claimed: an inequality of terms, or a bound on the probability of an event.

use super::expression::{Parser, SyntaxError, Term, canonical};
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

/// A relation between two terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<=`
    AtMost,
    /// `<`
    LessThan,
}

/// A statement that a kernel rule can prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// `left <= right` or `left < right`.
    Compare(Term, Relation, Term),
    /// `Pr[a or b or ...] <= bound`, over the initialisation and the batches of the run.
    Probability(Vec<Event>, Term),
}

impl Claim {
    /// Reads a claim.
    ///
    /// # Errors
    /// When the text is not a claim or not in its one canonical form.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut parser = Parser::new(text);
        let claim = if parser.take("Pr[") {
            let mut events = vec![event(&mut parser)?];
            while parser.take("or ") {
                events.push(event(&mut parser)?);
            }
            if !parser.take("]") || !parser.take("<=") {
                return parser.fail("expected `] <=`");
            }
            Self::Probability(events, parser.sum()?)
        } else {
            let left = parser.sum()?;
            let relation = if parser.take("<=") {
                Relation::AtMost
            } else if parser.take("<") {
                Relation::LessThan
            } else {
                return parser.fail("expected `<=` or `<`");
            };
            Self::Compare(left, relation, parser.sum()?)
        };
        parser.end()?;
        canonical(text, claim)
    }

    /// Every symbol the claim mentions.
    #[must_use]
    pub fn symbols(&self) -> Vec<&str> {
        let mut symbols = Vec::new();
        match self {
            Self::Compare(left, _, right) => {
                left.symbols(&mut symbols);
                right.symbols(&mut symbols);
            }
            Self::Probability(events, bound) => {
                events.iter().flat_map(|e| &e.arguments).for_each(|a| a.symbols(&mut symbols));
                bound.symbols(&mut symbols);
            }
        }
        symbols
    }
}

fn event(parser: &mut Parser<'_>) -> Result<Event, SyntaxError> {
    let negated = parser.take("not ");
    let name = parser.name()?;
    let arguments = if parser.take("(") { parser.arguments()? } else { Vec::new() };
    Ok(Event { negated, name, arguments })
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.negated { "not " } else { "" }, self.name)?;
        if self.arguments.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        write!(f, "({})", list.join(", "))
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(left, Relation::AtMost, right) => write!(f, "{left} <= {right}"),
            Self::Compare(left, Relation::LessThan, right) => write!(f, "{left} < {right}"),
            Self::Probability(events, bound) => {
                let list: Vec<String> = events.iter().map(ToString::to_string).collect();
                write!(f, "Pr[{}] <= {bound}", list.join(" or "))
            }
        }
    }
}
