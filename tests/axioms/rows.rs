//! Axioms that read the rows of a certificate: their definitions as the kernel takes them over a support.

use provably::certificate::expression::{Meaning, Term};
use provably::certificate::interval::Interval;
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::{Axiom, Clause};
use std::collections::BTreeMap;

struct Rows<'a> {
    support: &'a FiniteSupport,
    symbols: BTreeMap<String, Interval>,
}

impl Meaning for Rows<'_> {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.symbols.get(name).cloned()
    }
    fn definition(&self, _name: &str) -> Option<&Term> {
        None
    }
    fn data(&self, function: &str, arguments: &[Interval]) -> Option<Interval> {
        self.support.function(function, arguments)
    }
}

/// The value of every symbol that the axiom defines.
pub(crate) fn definitions(axiom: &Axiom, support: &FiniteSupport) -> Option<BTreeMap<String, f64>> {
    let mut rows = Rows { support, symbols: BTreeMap::new() };
    for clause in &axiom.clauses {
        if let Clause::Let(symbol, term) = clause {
            let value = term.evaluate(&rows).ok()?;
            rows.symbols.insert(symbol.clone(), value);
        }
    }
    Some(rows.symbols.into_iter().map(|(symbol, value)| (symbol, value.midpoint_f64())).collect())
}
