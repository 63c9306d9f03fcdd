//! Mutants that no falsifier can notice, because what they claim follows from the axiom: a bound moved to its generous side.
//!
//! A chapter lists them as (axiom, symbol, how), and here each entry is checked. (1) At random points the axiom is evaluated as
//! the text has it and as the mutant does: where the mutant's needs are met so must be the axiom's, no concluded bound may be
//! smaller, and every symbol that changes must change to the side that `BOUNDS` calls weaker. (2) `BOUNDS` is tried itself: in
//! every variant that applies the axiom, in every other axiom there that reads the symbol, it is moved to that side, and the same
//! must hold; and so on with what changes there, up to the error bound, the number of steps and what else is claimed.

use crate::comparison::Side::{self, Larger, Smaller};
use crate::comparison::{Changes, changes};
use crate::harness::Subject;
use crate::mutation::mutants;
use provably::certificate::claim::Claim;
use provably::certificate::expression::Term;
use provably::certificate::theory::{Axiom, Clause, Kind, Theory};
use provably::theorems::derivation::decimal;
use provably::wellformed;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

/// The mutant `AXIOM: let SYMBOL HOW`, which makes the axiom's claim weaker.
pub(crate) type Weaker = (&'static str, &'static str, &'static str);

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
        let statements =
            wellformed::variants(theory, theorem).into_iter().filter_map(|v| theory.statement(theorem, &v).ok());
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
    type Known = BTreeMap<(String, String, Side), Changes>;
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    let (known, key) = (KNOWN.get_or_init(Mutex::default), (reader.name.clone(), symbol.to_string(), side));
    if let Some(found) = known.lock().unwrap().get(&key) {
        return found.clone();
    }
    let shift = |values: &BTreeMap<String, f64>, rng: &mut ChaCha8Rng| shifted(theory, values, symbol, side, rng);
    let found = changes(theory, reader, reader, shift);
    known.lock().unwrap().insert(key, found.clone());
    found
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
