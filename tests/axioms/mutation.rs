//! Mutants of an axiom: every need dropped and reversed in turn, every event of a needed union dropped, every definition and every
//! bound moved by a factor of 2 either way, whole numbers by 1.

use provably::certificate::claim::Claim;
use provably::certificate::expression::Term;
use provably::certificate::theory::{Axiom, Clause};
use std::fmt;

/// What was changed.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    axiom: String,
    what: String,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.axiom, self.what)
    }
}

/// Every mutant of the axiom.
pub(crate) fn mutants(axiom: &Axiom) -> Vec<(Mutant, Axiom)> {
    let mut all = Vec::new();
    for (at, clause) in axiom.clauses.iter().enumerate() {
        let mut add = |what: String, clauses: Vec<Clause>| {
            let mutant = Mutant { axiom: axiom.name.clone(), what };
            all.push((mutant, Axiom { clauses, ..axiom.clone() }));
        };
        let replaced = |clause: Clause| {
            let mut clauses = axiom.clauses.clone();
            clauses[at] = clause;
            clauses
        };
        match clause {
            Clause::Need(need) => {
                let mut fewer = axiom.clauses.clone();
                fewer.remove(at);
                let reversed = match need.clone() {
                    Claim::AtMost(x, y) => Some(Claim::AtMost(y, x)),
                    Claim::LessThan(x, y) => Some(Claim::LessThan(y, x)),
                    Claim::Probability(..) => None,
                };
                match (reversed, need) {
                    (Some(other), _) => {
                        add(format!("without need {need}"), fewer);
                        add(format!("need {other} in the place of {need}"), replaced(Clause::Need(other)));
                    }
                    (None, Claim::Probability(events, bound)) => {
                        for i in 0..events.len() {
                            let mut rest = events.clone();
                            let dropped = rest.remove(i);
                            if !rest.is_empty() {
                                let weaker = Claim::Probability(rest, bound.clone());
                                add(format!("need without {dropped}"), replaced(Clause::Need(weaker)));
                            }
                        }
                    }
                    _ => {}
                }
            }
            Clause::Let(symbol, term) => {
                for (how, other) in moved(term) {
                    add(format!("let {symbol} {how}"), replaced(Clause::Let(symbol.clone(), other)));
                }
            }
            // A probability bound is made stronger: halved; one of 0 cannot be.
            Clause::Conclude(Claim::Probability(events, bound)) if *bound != number("0") => {
                let half = Term::Binary('/', Box::new(bound.clone()), Box::new(number("2")));
                add(
                    "conclude half the bound".into(),
                    replaced(Clause::Conclude(Claim::Probability(events.clone(), half))),
                );
            }
            Clause::Conclude(_) => {}
        }
    }
    all
}

fn number(text: &str) -> Term {
    Term::Number(text.into())
}

/// The term times and over 2; a term that is 0, or rounded to a whole number, one more and one less.
fn moved(term: &Term) -> Vec<(&'static str, Term)> {
    let binary = |operator, other| Term::Binary(operator, Box::new(term.clone()), Box::new(number(other)));
    if *term == number("0") {
        return vec![("plus 1", number("1"))];
    }
    let mut all = vec![("doubled", binary('*', "2")), ("halved", binary('/', "2"))];
    if whole(term) {
        all.push(("plus 1", binary('+', "1")));
        all.push(("minus 1", binary('-', "1")));
    }
    all
}

/// Whether a term is written as a count.
fn whole(term: &Term) -> bool {
    match term {
        Term::Call(name, arguments) => {
            ["floor", "ceil"].contains(&name.as_str()) || name == "max" && arguments.iter().any(whole)
        }
        Term::Binary('+' | '-', x, y) => whole(x) && matches!(**y, Term::Number(_)),
        Term::Number(n) => !n.contains('.'),
        Term::Symbol(_) | Term::Negative(_) | Term::Binary(..) => false,
    }
}
