//! Mutants that no falsifier can notice, because what they claim follows from the axiom: a bound moved to its generous side.
//!
//! A chapter lists them as (axiom, symbol, how), and here each entry is checked. (1) At random points the axiom is evaluated as
//! the text has it and as the mutant does: where the mutant's needs are met so must be the axiom's, no concluded bound may be
//! smaller, and every symbol that changes must change to the side that `BOUNDS` calls weaker. (2) `BOUNDS` is tried itself: in
//! every variant that applies the axiom, in every other axiom there that reads the symbol, it is moved to that side, and the same
//! must hold; and so on with what changes there, up to the error bound, the number of steps and what else is claimed.

use crate::harness::Subject;
use crate::mutation::mutants;
use provably::certificate::claim::Claim;
use provably::certificate::expression::Term;
use provably::certificate::theory::{Axiom, Clause, Kind, Theory};
use provably::theorems::derivation::decimal;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

/// The mutant `AXIOM: let SYMBOL HOW`, which makes the axiom's claim weaker.
pub(crate) type Weaker = (&'static str, &'static str, &'static str);

/// Draws at which a comparison is tried; more, up to a number, where needs are seldom met.
const DRAWS: usize = 300;
const MOST_DRAWS: usize = 1500;
/// Draws that must have values; and that must meet all needs, or slacks are compared where they are not met.
const LEAST_USED: usize = 25;
/// Far above the rounding of an f64, far below what a mutant moves.
const ROUNDING: f64 = 1e-9;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Larger,
    Smaller,
}
use Side::{Larger, Smaller};

/// Symbols of which proofs use only that something is at most (at least) this, so that a larger (smaller) one says less. What a
/// proof chooses, and may not choose otherwise, is no bound and does not belong here: `D_v` is the room that the drift has, and
/// what grows with it is not all that it costs.
const BOUNDS: &[(&str, Side)] = &[
    ("error_bound", Larger),
    ("T", Larger),
    ("n", Larger),
    ("off_limit", Larger),
    ("K_0", Larger),
    ("J_0", Larger),
    ("Phi_1", Larger),
    ("Gamma", Larger),
    ("Gamma_1", Larger),
    ("H", Larger),
    ("H_1", Larger),
    ("L", Larger),
    ("R", Larger),
    ("opt", Larger),
    ("gen", Larger),
    ("spread", Larger),
    ("alpha_1", Larger),
    ("alpha_inf", Larger),
    ("target_loss", Larger),
    ("rho_term", Larger),
    ("batch_term", Larger),
    ("omega", Larger),
    ("deviation", Larger),
    ("own_tail", Larger),
    ("cross_tail", Larger),
    ("taken", Larger),
    ("seen", Larger),
    ("delta_L", Larger),
    ("loss_range", Larger),
    ("outside", Larger),
    ("epsilon_G", Larger),
    ("inner_squares", Larger),
    ("reach_relu", Larger),
    ("reach_tangent", Larger),
    ("reach_gaussian", Larger),
    ("weight_gaussian", Larger),
    ("q", Smaller),
    ("rate", Smaller),
    ("near", Smaller),
    ("far", Smaller),
    ("term", Smaller),
    ("linear_error", Smaller),
    ("minority", Smaller),
    ("fixed_bound", Smaller),
];

/// What the rules on trials and the verdict read beside the arguments of events.
const READ_BY_RULES: [&str; 4] = ["delta", "error_bound", "minority", "certification_error"];

/// Symbols that change, each with the side; or why a claim is stronger.
type Changes = Result<BTreeSet<(String, Side)>, String>;

/// Checks that the mutant says less than the axiom. Errors: why it need not.
pub(crate) fn check(theory: &Theory, entry: &Weaker) -> Result<(), String> {
    let (axiom, symbol, how) = entry;
    let what = format!("{axiom}: let {symbol} {how}");
    let fail = |why: String| Err(format!("{what}: {why}"));
    let Some(original) = theory.axiom(axiom) else { return fail("no such axiom".into()) };
    let Some((_, mutant)) = mutants(original).into_iter().find(|(mutant, _)| mutant.to_string() == what) else {
        return fail("no such mutant".into());
    };
    let changed = match changes(theory, original, &mutant, |values, _| Some(values.clone())) {
        Ok(changed) => changed,
        Err(why) => return fail(why),
    };
    // The symbol itself must be a bound, even where nothing that is claimed depends on it: a run is made by it.
    if !changed.iter().any(|(s, side)| s == symbol && BOUNDS.contains(&(s.as_str(), *side))) {
        return fail(format!("`{symbol}` is no bound, or not moved to its generous side"));
    }
    let mut variants: BTreeSet<Vec<String>> = BTreeSet::new();
    for theorem in theory.theorems() {
        let statements = theory.variants(theorem).into_iter().filter_map(|v| theory.statement(theorem, &v).ok());
        variants.extend(statements.map(|s| s.axioms).filter(|axioms| axioms.iter().any(|a| a == axiom)));
    }
    for variant in variants {
        let readers: Vec<&Axiom> =
            theory.axioms.iter().filter(|a| variant.contains(&a.name) && a.name != *axiom).collect();
        if let Err(why) = followed(theory, &readers, changed.iter().cloned().collect()) {
            return fail(why);
        }
    }
    Ok(())
}

/// Follows what changes through the axioms of a variant.
fn followed(theory: &Theory, readers: &[&Axiom], mut open: Vec<(String, Side)>) -> Result<(), String> {
    let mut done = BTreeSet::new();
    while let Some((moved, side)) = open.pop() {
        if !done.insert((moved.clone(), side)) || inert(theory, readers, &moved, &mut BTreeSet::new()) {
            continue;
        }
        if !BOUNDS.contains(&(moved.as_str(), side)) {
            return Err(format!("nothing says that a claim is weaker where `{moved}` is {side:?}"));
        }
        for reader in readers.iter().filter(|a| reads(theory, a, &moved)) {
            let more = passed_on(theory, reader, &moved, side);
            open.extend(more.map_err(|e| format!("`{moved}` {side:?} in {}: {e}", reader.name))?);
        }
    }
    Ok(())
}

/// What changes in an axiom where a symbol it reads is moved; the same for every entry.
fn passed_on(theory: &Theory, reader: &Axiom, symbol: &str, side: Side) -> Changes {
    static KNOWN: OnceLock<Mutex<BTreeMap<(String, String, Side), Changes>>> = OnceLock::new();
    let (known, key) = (KNOWN.get_or_init(Mutex::default), (reader.name.clone(), symbol.to_string(), side));
    if let Some(found) = known.lock().unwrap().get(&key) {
        return found.clone();
    }
    let shift = |values: &BTreeMap<String, f64>, rng: &mut ChaCha8Rng| shifted(theory, values, symbol, side, rng);
    let found = changes(theory, reader, reader, shift);
    known.lock().unwrap().insert(key, found.clone());
    found
}

/// Evaluates one axiom against another, or against itself elsewhere: the symbols that differ, each with the side. Errors: where
/// the second asks for less or concludes more.
fn changes(
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

/// The point with one symbol moved to a side, if it may be there.
fn shifted(
    theory: &Theory,
    values: &BTreeMap<String, f64>,
    symbol: &str,
    side: Side,
    rng: &mut ChaCha8Rng,
) -> Option<BTreeMap<String, f64>> {
    let (mut moved, factor) = (values.clone(), rng.random_range(1.0..4.0));
    let value = moved.get_mut(symbol)?;
    let quantity = theory.quantities.get(symbol);
    *value = match side {
        Larger if *value <= 0.0 => factor - 1.0,
        Larger => *value * factor,
        Smaller if *value <= 0.0 => return None,
        Smaller => *value / factor,
    };
    if quantity.is_some_and(|q| q.kind == Kind::Whole) {
        *value = if side == Larger { value.ceil() } else { value.floor() };
    }
    quantity.is_none_or(|q| q.admits(&decimal(*value)).is_ok()).then_some(moved)
}

fn reads(theory: &Theory, axiom: &Axiom, symbol: &str) -> bool {
    Subject::new(theory, axiom.clone()).free().contains(symbol)
}

/// Whether nothing that is claimed depends on the symbol: what reads it only sets how a run is made, and says nothing of it.
fn inert(theory: &Theory, readers: &[&Axiom], symbol: &str, seen: &mut BTreeSet<String>) -> bool {
    if !seen.insert(symbol.into()) {
        return true;
    }
    let argument = theory.events.values().any(|e| e.arguments.iter().any(|a| a == symbol));
    if argument || READ_BY_RULES.contains(&symbol) {
        return false;
    }
    for axiom in readers.iter().filter(|a| reads(theory, a, symbol)) {
        let mut touched = BTreeSet::from([symbol.to_string()]);
        for clause in &axiom.clauses {
            let touches = |term: &Term| {
                let (mut symbols, mut functions) = (Vec::new(), Vec::new());
                term.atoms(&mut symbols, &mut functions);
                symbols.iter().any(|s| touched.contains(*s))
            };
            let harmless = match clause {
                Clause::Let(_, term) if !touches(term) => true,
                Clause::Let(defined, _) => {
                    touched.insert(defined.clone());
                    inert(theory, readers, defined, seen)
                }
                Clause::Need(claim) | Clause::Conclude(claim) => match claim {
                    Claim::AtMost(x, y) | Claim::LessThan(x, y) => !touches(x) && !touches(y),
                    Claim::Probability(_, bound) => !touches(bound),
                },
            };
            if !harmless {
                return false;
            }
        }
    }
    true
}

/// What the check must refuse: a bound moved the wrong way, a choice, a symbol that some need would welcome.
#[test]
fn what_is_not_weaker_is_refused() {
    let theory = provably::theorems::derivation::theory().unwrap();
    let accepted: [Weaker; 4] = [
        ("losses-summed", "J_0", "doubled"),
        ("posterior-loss", "taken", "doubled"),
        ("theorem-c1", "H", "doubled"),
        ("uniform-hypercube", "minority", "halved"),
    ];
    let refused: [Weaker; 9] = [
        ("losses-summed", "J_0", "halved"),
        ("uniform-hypercube", "minority", "doubled"),
        ("theorem-b", "D_v", "doubled"),
        ("theorem-c1", "scale", "halved"),
        ("gaussian-inner", "u_max", "doubled"),
        ("posterior-comparator", "eta_alpha", "doubled"),
        ("explicit-loss", "omega", "doubled"),
        ("any-outer-scale", "sigma_a", "plus 1"),
        ("network-size", "N", "doubled"),
    ];
    let mut wrong: Vec<String> = accepted.iter().filter_map(|entry| check(theory, entry).err()).collect();
    wrong.extend(refused.iter().filter(|entry| check(theory, entry).is_ok()).map(|entry| format!("{entry:?} passes")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
