//! The axioms by what they rest on: each with its meaning, its proof, what tries to falsify it, and what depends on it.

use crate::certificate::theory::{Axiom, Clause, Theory, Tier};
use crate::certificate::{EVIDENCE_AS_RECORDED, TRIALS_AS_RECORDED};
use crate::wellformed::{axioms_of, uses, variants};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The tiers in the order of how much they ask to be trusted.
const TIERS: [Tier; 4] = [Tier::Standard, Tier::Proved, Tier::Recorded, Tier::Paper];

/// An axiom and what rests on it, among the axioms of one theorem or of all.
struct Row<'t> {
    axiom: &'t Axiom,
    theorems: Vec<&'t str>,
    axioms: Vec<&'t str>,
}

/// Every axiom that the theorem may use, or that any may.
fn rows<'t>(theory: &'t Theory, theorem: Option<&str>) -> Vec<Row<'t>> {
    let theorems: Vec<&str> = theory.theorems().filter(|t| theorem.is_none_or(|chosen| *t == chosen)).collect();
    let used: BTreeSet<&str> = theorems.iter().flat_map(|t| axioms_of(theory, t)).collect();
    let resting = resting(theory, &theorems);
    let row = |axiom: &'t Axiom| Row {
        axiom,
        theorems: theory.theorems().filter(|t| axioms_of(theory, t).contains(&axiom.name.as_str())).collect(),
        axioms: resting.get(axiom.name.as_str()).into_iter().flatten().copied().collect(),
    };
    theory.axioms.iter().filter(|a| used.contains(a.name.as_str())).map(row).collect()
}

/// For each axiom those that, in some variant in which both are applied, use a symbol that it defines or need a bound on an event
/// that it bounds.
fn resting<'t>(theory: &'t Theory, theorems: &[&str]) -> BTreeMap<&'t str, BTreeSet<&'t str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for theorem in theorems {
        for variant in variants(theory, theorem) {
            let Ok(statement) = theory.statement(theorem, &variant) else { continue };
            let axioms: Vec<&Axiom> = statement.axioms.iter().filter_map(|name| theory.axiom(name)).collect();
            for user in &axioms {
                for other in axioms.iter().filter(|other| other.name != user.name && depends(user, other)) {
                    found.entry(&other.name).or_default().insert(&user.name);
                }
            }
        }
    }
    found
}

/// Whether an axiom uses a symbol that another one defines, or needs a bound on an event that it bounds.
fn depends(axiom: &Axiom, on: &Axiom) -> bool {
    let (symbols, events) = uses(axiom);
    on.clauses.iter().any(|clause| match clause {
        Clause::Let(symbol, _) => symbols.contains(symbol.as_str()),
        Clause::Conclude(claim) => claim.events().iter().any(|event| events.contains(event.name.as_str())),
        Clause::Need(_) => false,
    })
}

/// `axioms`, as text.
#[must_use]
pub fn text(theory: &Theory, theorem: Option<&str>) -> String {
    let (rows, mut out) = (rows(theory, theorem), String::new());
    for tier in TIERS {
        let own: Vec<&Row<'_>> = rows.iter().filter(|row| row.axiom.tier == tier).collect();
        let _ = writeln!(out, "{tier}: {} axioms", own.len());
        for Row { axiom, theorems, axioms } in own {
            let _ = writeln!(out, "  {}: {}", axiom.name, axiom.meaning);
            let _ = writeln!(out, "    proof: {}; tried in tests/axioms, chapter {}", axiom.place, axiom.chapter);
            let _ = writeln!(out, "    used by {}", theorems.join(", "));
            if !axioms.is_empty() {
                let _ = writeln!(out, "    on it rest {}", axioms.join(", "));
            }
        }
    }
    out
}

/// `axioms`, as JSON.
#[must_use]
pub fn json(theory: &Theory, theorem: Option<&str>) -> Value {
    let row = |Row { axiom, theorems, axioms }: &Row<'_>| {
        json!({
            "axiom": axiom.name, "tier": axiom.tier.to_string(), "meaning": axiom.meaning, "proof": axiom.place,
            "chapter": axiom.chapter, "falsifier": "tests/axioms", "theorems": theorems, "axioms": axioms,
        })
    };
    rows(theory, theorem).iter().map(row).collect()
}

/// What is said of axioms that another theory brings, whatever it says of them itself.
const FOREIGN: &str = "of a foreign theory";

/// The axioms of a certificate by tier: what was recorded stands with what is taken as recorded, and what a foreign theory says is
/// proved stands by itself. Tiers without one are left out.
#[must_use]
pub fn tiers<'n>(theory: &Theory, names: &[&'n str]) -> Vec<(String, Vec<&'n str>)> {
    let recorded = [TRIALS_AS_RECORDED, EVIDENCE_AS_RECORDED];
    let tier = |name: &str| match theory.axiom(name) {
        Some(axiom) => Some(axiom.tier),
        None => recorded.contains(&name).then_some(Tier::Recorded),
    };
    let foreign = |name: &str| theory.axiom(name).is_some_and(|axiom| axiom.foreign);
    let of = |t: Tier| names.iter().copied().filter(|name| tier(name) == Some(t) && !foreign(name)).collect::<Vec<_>>();
    let theirs = names.iter().copied().filter(|name| foreign(name)).collect();
    let all = TIERS.into_iter().map(|t| (t.to_string(), of(t))).chain([(FOREIGN.into(), theirs)]);
    all.filter(|(_, names): &(String, Vec<&str>)| !names.is_empty()).collect()
}
