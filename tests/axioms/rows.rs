//! Axioms that read the rows of a certificate: their definitions as the kernel takes them over a support.

use dashu_ratio::RBig;
use provably::certificate::budget::Budget;
use provably::certificate::expression::Meaning;
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Checked;
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::{Axiom, Clause};
use std::collections::BTreeMap;

struct Rows<'a> {
    support: &'a FiniteSupport,
    symbols: BTreeMap<String, Interval>,
    budget: Budget,
}

impl Meaning for Rows<'_> {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.symbols.get(name).cloned()
    }
    fn exact(&self, _name: &str) -> Option<RBig> {
        None
    }
    fn data(&self, function: &str, arguments: &[Interval]) -> Checked<Option<Interval>> {
        self.support.function(function, arguments, &self.budget)
    }
    fn budget(&self) -> &Budget {
        &self.budget
    }
}

/// The value of every symbol that the axiom defines.
pub(crate) fn definitions(axiom: &Axiom, support: &FiniteSupport) -> Option<BTreeMap<String, f64>> {
    let mut rows = Rows { support, symbols: BTreeMap::new(), budget: Budget::default() };
    for clause in &axiom.clauses {
        if let Clause::Let(symbol, term) = clause {
            let value = term.evaluate(&rows).ok()?;
            rows.symbols.insert(symbol.clone(), value);
        }
    }
    Some(rows.symbols.into_iter().map(|(symbol, value)| (symbol, value.midpoint_f64())).collect())
}
