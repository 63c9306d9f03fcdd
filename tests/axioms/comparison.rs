//! One reading of an axiom held against another: which symbols differ, and whether the second asks for less or concludes more.

use crate::harness::Subject;
use provably::certificate::claim::Claim;
use provably::certificate::expression::Term;
use provably::certificate::theory::{Axiom, Clause, Theory};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

/// Draws at which a comparison is tried; more, up to a number, where needs are seldom met.
const DRAWS: usize = 300;
const MOST_DRAWS: usize = 1500;
/// Draws that must have values; and that must meet all needs, or slacks are compared where they are not met.
const LEAST_USED: usize = 25;
/// Far above the rounding of an f64, far below what a mutant moves.
const ROUNDING: f64 = 1e-9;

/// Where a symbol has moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Larger,
    Smaller,
}
use Side::{Larger, Smaller};

/// Symbols that change, each with the side; or why a claim is stronger.
pub(crate) type Changes = Result<BTreeSet<(String, Side)>, String>;

/// Evaluates one axiom against another, or against itself elsewhere: the symbols that differ, each with the side. Errors: where
/// the second asks for less or concludes more.
pub(crate) fn changes(
    theory: &Theory,
    first: &Axiom,
    second: &Axiom,
    elsewhere: impl Fn(&BTreeMap<String, f64>, &mut ChaCha8Rng) -> Option<BTreeMap<String, f64>>,
) -> Changes {
    let subject = Subject::new(theory, first.clone());
    let (free, mut rng) = (subject.free(), ChaCha8Rng::seed_from_u64(11));
    let (mut used, mut complete) = (0, 0);
    // Found where all of the second's needs are met; and where some are not.
    let (mut claimed, mut besides): (BTreeSet<_>, BTreeSet<_>) = Default::default();
    let mut slacker = None;
    for draw in 0..MOST_DRAWS {
        if draw >= DRAWS && complete >= LEAST_USED {
            break;
        }
        let values: BTreeMap<String, f64> = free.iter().map(|s| (s.clone(), drawn(&subject, s, &mut rng))).collect();
        let Some(moved) = elsewhere(&values, &mut rng) else { continue };
        let after = evaluate(theory, second, &moved);
        // Where the second has no values it claims nothing.
        if after.values.is_none() {
            continue;
        }
        let before = evaluate(theory, first, &values);
        used += 1;
        // Beyond the first need that is not met nothing is claimed, and much has no meaning.
        let read = after.needs.iter().take_while(|(_, slack, _)| *slack >= 0.0).count();
        let met = read == after.needs.len();
        let at = || format!("at {values:?}");
        if met && before.values.is_none() {
            return Err(format!("it has values where the axiom has none, {}", at()));
        }
        for ((need, old, size), (_, new, other)) in before.needs.iter().zip(&after.needs).take(read + 1) {
            let room = ROUNDING * size.max(*other);
            if met && *old < -room {
                return Err(format!("{need} is met, and was not, {}", at()));
            }
            if *new > *old + room {
                slacker.get_or_insert_with(|| format!("{need} is easier, {}", at()));
            }
        }
        if met && after.concluded < before.concluded.map(|old| old * (1.0 - ROUNDING)) {
            return Err(format!("the bound concluded is smaller, {}", at()));
        }
        complete += usize::from(met);
        let (old, new) = (before.values.unwrap_or_default(), after.values.unwrap_or_default());
        for (symbol, (new, _)) in new.into_iter().filter(|(_, (_, after))| *after <= read) {
            let old = old.get(&symbol).map_or(f64::NAN, |(old, _)| *old);
            if (new - old).abs() > ROUNDING * new.abs().max(old.abs()) {
                let side = if new > old { Larger } else { Smaller };
                if met {
                    claimed.insert((symbol, side))
                } else {
                    besides.insert((symbol, side))
                };
            }
        }
    }
    match (used >= LEAST_USED, complete >= LEAST_USED, slacker) {
        (false, ..) => Err(format!("only {used} draws have values")),
        (_, true, _) => Ok(claimed),
        (_, false, Some(easier)) => Err(format!("{easier} (only {complete} draws meet all needs)")),
        (_, false, None) => Ok(claimed.union(&besides).cloned().collect()),
    }
}

/// A number for a symbol; what other axioms define may well be 0.
fn drawn(subject: &Subject<'_>, symbol: &str, rng: &mut ChaCha8Rng) -> f64 {
    let declared = subject.theory.quantities.contains_key(symbol);
    if !declared && rng.random_range(0..8) == 0 { 0.0 } else { subject.draw(symbol, rng) }
}

/// What an axiom says at a point.
struct Said {
    /// Its definitions, each with the number of needs that stand before it; none where one has no finite value.
    values: Option<BTreeMap<String, (f64, usize)>>,
    /// Each need with its slack, which is positive where it is met, and the size of the numbers it comes from.
    needs: Vec<(String, f64, f64)>,
    concluded: Option<f64>,
}

/// The definitions and both sides of every need, met or not.
fn evaluate(theory: &Theory, axiom: &Axiom, values: &BTreeMap<String, f64>) -> Said {
    let mut said = Said { values: None, needs: Vec::new(), concluded: None };
    let defining = axiom.clauses.iter().filter(|c| matches!(c, Clause::Let(..))).cloned().collect();
    let subject = Subject::new(theory, Axiom { clauses: defining, ..axiom.clone() });
    let free: Vec<(&str, f64)> = values.iter().map(|(s, v)| (s.as_str(), *v)).collect();
    let Some(point) = subject.at(&free) else { return said };
    let value = |term: &Term| point.value(term).filter(|v| v.is_finite());
    let mut symbols = BTreeMap::new();
    for clause in &axiom.clauses {
        let known = match clause {
            Clause::Let(symbol, _) => {
                symbols.insert(symbol.clone(), (point.get(symbol), said.needs.len()));
                point.get(symbol).is_finite()
            }
            Clause::Need(need @ (Claim::AtMost(x, y) | Claim::LessThan(x, y))) => {
                let sides = value(x).zip(value(y));
                said.needs.extend(sides.map(|(x, y)| (format!("need {need}"), y - x, x.abs().max(y.abs()))));
                sides.is_some()
            }
            // The bound that the union of events must have is the room it has.
            Clause::Need(need @ Claim::Probability(_, bound)) => {
                said.needs.extend(value(bound).map(|room| (format!("need {need}"), room, room)));
                value(bound).is_some()
            }
            Clause::Conclude(Claim::Probability(_, bound)) => {
                said.concluded = value(bound);
                said.concluded.is_some()
            }
            // No axiom concludes an inequality; one that did would have to be compared here.
            Clause::Conclude(_) => false,
        };
        if !known {
            return said;
        }
    }
    said.values = Some(symbols);
    said
}
