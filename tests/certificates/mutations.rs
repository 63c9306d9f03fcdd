//! Every leaf, list and object of a certificate outside `info` is mutated, alone and with everything derived put right.
//!
//! # What a mutant may be
//! A mutant must be refused, with four exceptions. In none of them is anything weaker or false proved:
//!
//! * **recorded**: `trials/*`. The counts, the seed and the error rate of the trials are evidence and not derived from anything
//!   in the file; a certificate with others, its texts put right, is a coherent account of other trials. It rests on the axiom
//!   `trials-as-recorded`, which is what a replay removes. `events/*/failed`, `obligations/*/judged` and `obligations/*/failed`
//!   show in no text as long as they refute nothing, so that they need not even be put right.
//! * **chosen**: `steps/*/defines/0/is` of a `choice`. Another number, with all that follows from it recomputed, is the theorem
//!   at another instance, proved afresh; that the recorded trials were run at it is again `trials-as-recorded`.
//! * **data**: `support/points`, `support/labels`, with the sums put right: the theorem on other rows, likewise.
//! * **order**: two neighbouring steps that do not need each other, or two rows, the other way round: the same proof of the same
//!   statement, number for number, though two numbers of it may stand the other way round too.
//!
//! Form c1 gets two mutations a leaf or element, the others one, which ones turning from leaf to leaf; the file's mutants are
//! checked as they are, and other rows with everything put right on the smaller support of form c2.
//!
//! Replay refuses what it can tell from the truth: all of `chosen`, and all of `recorded` but the error rate (the same trials
//! judged at another confidence, which the statement names) and a seed whose own trials have the very same counts.

use crate::common::{all, certificate, check_certificate, check_text, make, replayed, resealed, with_texts};
use provably::certificate::checker::{self, Verified};
use provably::certificate::document::Certificate;
use provably::certificate::{TRIALS_AS_RECORDED, expression};
use provably::check::{CheckOptions, check};
use provably::parameters::{Form, Gradients, Level, Request};
use provably::theorems::find;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;

/// A mutated document: where, how, and the document.
struct Mutant {
    path: String,
    how: String,
    document: Value,
}

/// What a leaf may be changed into.
fn leaf_mutations(leaf: &Value) -> Vec<Value> {
    let mut others = match leaf {
        Value::Number(n) if n.is_f64() => {
            let x = n.as_f64().unwrap();
            vec![json!(x * 1.000_001), json!(x + 1.0), json!(-x), json!(x - 1.0), json!(0.0), json!(1e308)]
        }
        Value::Number(n) => {
            let n = i128::from(n.as_i64().unwrap_or_default());
            let whole = [n + 1, n - 1, -n, 0].map(|n| json!(i64::try_from(n).unwrap()));
            whole.into_iter().chain([json!(u64::MAX), json!(n as f64 + 0.5), json!(n as f64 * 1.000_001)]).collect()
        }
        Value::String(s) => {
            let other = |c: char| match c {
                '9' => '3',
                'z' | 'Z' => 'k',
                c => char::from_u32(c as u32 + 1).unwrap(),
            };
            let change = |at: Option<usize>| {
                at.map(|at| json!(format!("{}{}{}", &s[..at], other(s[at..].chars().next().unwrap()), &s[at + 1..])))
            };
            let mut list = vec![json!(format!("{s}1")), json!(format!("{s} ")), json!("")];
            list.extend(change(s.rfind(|c: char| c.is_ascii_digit())));
            list.extend(change(s.find(|c: char| c.is_ascii_alphabetic())));
            list.extend(change(s.find(|c: char| c.is_ascii_digit())));
            list.extend(s.char_indices().last().map(|(at, _)| json!(&s[..at])));
            if expression::numeral(s).is_some() {
                list.extend(["0", "0.5", "1e30", "-1"].map(|n| json!(n)));
                list.push(json!(format!("{s}.5")));
            }
            list
        }
        _ => Vec::new(),
    };
    others.push(Value::Null);
    others.retain(|other| other != leaf);
    others.dedup();
    others
}

/// Every mutation of the document, at most `most` of them a leaf, or a list's element: which ones, turns from one to the next.
fn mutants(document: &Value, most: usize) -> Vec<Mutant> {
    let (mut found, mut turn) = (Vec::new(), 0);
    visit(document, document, "", &mut found, &mut turn, most);
    found
}

fn visit(document: &Value, at: &Value, path: &str, found: &mut Vec<Mutant>, turn: &mut usize, most: usize) {
    let mut add = |how: String, value: Value| {
        let mut document = document.clone();
        *document.pointer_mut(path).unwrap() = value;
        found.push(Mutant { path: path.into(), how, document });
    };
    match at {
        Value::Object(fields) => {
            for key in fields.keys() {
                let mut fewer = fields.clone();
                fewer.remove(key);
                add(format!("without {key}"), Value::Object(fewer));
            }
            let mut more = fields.clone();
            more.insert("unknown".into(), json!("x"));
            add("with an unknown key".into(), Value::Object(more));
            for (key, value) in fields.iter().filter(|(key, _)| !(path.is_empty() && *key == "info")) {
                visit(document, value, &format!("{path}/{key}"), found, turn, most);
            }
        }
        Value::Array(list) => {
            for i in 0..list.len() {
                let (mut fewer, mut more, mut other) = (list.clone(), list.clone(), list.clone());
                fewer.remove(i);
                more.insert(i, list[i].clone());
                let mut all = vec![(format!("without element {i}"), fewer), (format!("element {i} twice"), more)];
                if i > 0 && list[i] != list[i - 1] {
                    other.swap(i - 1, i);
                    all.push((format!("element {i} before the one before it"), other));
                }
                some_of(all, turn, most).into_iter().for_each(|(how, list)| add(how, Value::Array(list)));
            }
            for (i, value) in list.iter().enumerate() {
                visit(document, value, &format!("{path}/{i}"), found, turn, most);
            }
        }
        leaf => {
            for other in some_of(leaf_mutations(leaf), turn, most) {
                add(format!("{leaf} as {other}"), other);
            }
        }
    }
}

/// At most `most` of the mutations, beginning elsewhere each turn.
fn some_of<T>(mut all: Vec<T>, turn: &mut usize, most: usize) -> Vec<T> {
    let first = *turn % all.len();
    *turn += 1;
    all.rotate_left(first);
    all.truncate(most);
    all
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Recorded,
    Chosen,
    Data,
    Order,
}

/// Which exception of the module's documentation a mutant falls under.
fn exception(original: &Certificate, mutant: &Mutant) -> Option<Kind> {
    let parts: Vec<&str> = mutant.path.split('/').skip(1).collect();
    let swapped = mutant.how.ends_with("before it");
    match parts.as_slice() {
        ["steps"] | ["support", "points" | "labels"] if swapped => Some(Kind::Order),
        ["trials", "seed" | "count" | "failures" | "uncertified" | "cut" | "error"] => Some(Kind::Recorded),
        ["trials", "events", _, "failed"] | ["trials", "obligations", _, "judged" | "failed"] => Some(Kind::Recorded),
        ["steps", number, "defines", "0", "is"] => {
            (original.steps[number.parse::<usize>().unwrap()].rule == "choice").then_some(Kind::Chosen)
        }
        ["support", "points", ..] | ["support", "labels", ..] => Some(Kind::Data),
        _ => None,
    }
}

/// Whether what is accepted is what the exception says.
fn justified(kind: Option<Kind>, original: &Certificate, accepted: &Certificate, shown: &Verified) -> bool {
    let same_steps = accepted.steps == original.steps;
    let recorded = shown.axioms.iter().any(|a| a == TRIALS_AS_RECORDED);
    match kind {
        None => false,
        Some(Kind::Order) if accepted.support == original.support => {
            let honest = check_certificate(original).unwrap();
            in_order(&shown.statement) == in_order(&honest.statement)
                && *shown == Verified { statement: shown.statement.clone(), ..honest }
        }
        Some(Kind::Order | Kind::Data) => recorded && accepted.support != original.support,
        Some(Kind::Recorded) => recorded && accepted.trials != original.trials && accepted.support == original.support,
        Some(Kind::Chosen) => recorded && !same_steps && accepted.trials == original.trials,
    }
}

/// A statement with its numbers, which stand in the order of definition, in the order of the alphabet.
fn in_order(statement: &str) -> (&str, Vec<&str>, &str) {
    let (roots, rest) = statement.split_once("; with ").unwrap();
    let (numbers, trials) = rest.rsplit_once("; ").unwrap();
    let mut depth = 0_i32;
    let outside = |c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    };
    let mut numbers: Vec<&str> = numbers.split(outside).map(str::trim).collect();
    numbers.sort_unstable();
    (roots, numbers, trials)
}

/// Checks every mutant of a certificate, as it is and, where asked for, with what is derived put right; returns the accepted
/// ones.
fn survivors(original: &Certificate, most: usize, reseal: bool) -> (usize, Vec<(Kind, Certificate)>) {
    let document = serde_json::to_value(original).unwrap();
    let mutants = mutants(&document, most);
    let examine = |mutant: &Mutant| {
        let kind = exception(original, mutant);
        let text = serde_json::to_string(&mutant.document).unwrap();
        let mut accepted = Vec::new();
        let mut examine = |certificate: &Certificate, outcome: Result<Verified, _>| {
            let Ok(shown) = outcome else { return };
            let (path, how) = (&mutant.path, &mutant.how);
            assert!(justified(kind, original, certificate, &shown), "accepted: {path}: {how}: {}", shown.statement);
            accepted.push((kind.unwrap(), certificate.clone()));
        };
        let Ok(read) = checker::read(&text) else { return accepted };
        if read == *original {
            // A number of a row that is written otherwise: 0 and -0.
            assert!(mutant.path.starts_with("/support/points"), "the same: {} {}", mutant.path, mutant.how);
            return accepted;
        }
        examine(&read, check_text(&text));
        // Where the kernel's own inputs are the original's, putting everything right gives the original back.
        if reseal && inputs(&read) != inputs(original) {
            let (texts, everything) = (with_texts(&read), resealed(&read));
            if texts != read && texts != everything {
                examine(&texts, check_certificate(&texts));
            }
            if everything != read && everything != *original {
                examine(&everything, check_certificate(&everything));
            }
        }
        accepted
    };
    let count = mutants.len();
    (count, mutants.par_iter().flat_map_iter(examine).collect())
}

/// What the kernel takes from a certificate; everything else it derives.
fn inputs(certificate: &Certificate) -> Value {
    let steps: Vec<Value> = certificate
        .steps
        .iter()
        .map(|s| match s.rule.as_str() {
            "choice" => {
                json!(["choice", s.axiom, s.from, s.defines.len(), s.defines.first().map(|d| (&d.name, &d.is))])
            }
            "inequality" => json!(["inequality", s.axiom, s.from, s.defines.len(), s.claim]),
            // The symbols of a definition and of the trials are the kernel's own.
            "definition" | "trials" => json!([s.rule, s.axiom, s.from]),
            _ => json!([s.rule, s.axiom, s.from, s.defines.len()]),
        })
        .collect();
    let rows = certificate.support.as_ref().map(|s| (&s.points, &s.labels));
    json!([certificate.format, certificate.theorem, certificate.variant, rows, steps, certificate.trials])
}

fn refuse_all_but_the_exceptions(name: &str, most: usize, reseal: bool) -> Vec<(Kind, Certificate)> {
    let original = certificate(name);
    check_certificate(original).unwrap();
    let started = std::time::Instant::now();
    let (count, accepted) = survivors(original, most, reseal);
    println!("{name}: {count} mutants, {} of another instance, {:?}", accepted.len(), started.elapsed());
    assert!(count > 500, "{name}: only {count} mutants: the certificate was not walked through");
    accepted
}

/// Catches a checker that refuses what `check` itself writes.
#[test]
fn every_certificate_is_accepted() {
    for (name, certificate) in all() {
        let shown = check_certificate(certificate).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(shown.verdict, "corroborated", "{name}");
        assert_eq!(resealed(certificate), *certificate, "{name}: the forger's tools change an honest certificate");
    }
    let form = |name: &str| certificate(name).variant["form"].as_str();
    assert_eq!(["form a", "form b", "form c1", "form c2"].map(form), ["a", "b", "c1", "c2"]);
    assert_eq!(certificate("sampled").variant["evaluation"], "sampled");
}

/// Catches a leaf of the margin form that nothing looks at, and a replay that does not tell other trials or choices from these.
#[test]
fn mutants_of_form_c1_are_refused_and_other_instances_do_not_replay() {
    let accepted = refuse_all_but_the_exceptions("form c1", 2, true);
    let original = &certificate("form c1").trials;
    let told = |(kind, c): &&(Kind, Certificate)| {
        *kind == Kind::Chosen
            || (*kind == Kind::Recorded && c.trials.error == original.error && c.trials.seed == original.seed)
    };
    for kind in [Kind::Recorded, Kind::Chosen] {
        assert!(accepted.iter().any(|(k, _)| *k == kind), "no mutant is {kind:?}: the exceptions are stale");
    }
    for (kind, other) in accepted.iter().filter(told) {
        assert!(replayed(other).is_err(), "replayed: {kind:?} {:?} {}", other.trials, other.statement);
    }
}

/// Catches a leaf of form a that nothing looks at.
#[test]
fn mutants_of_form_a_are_refused() {
    refuse_all_but_the_exceptions("form a", 1, true);
}

/// Catches a leaf of form b that nothing looks at.
#[test]
fn mutants_of_form_b_are_refused() {
    refuse_all_but_the_exceptions("form b", 1, true);
}

/// Catches a leaf of the form without a margin, or of its rows, that nothing looks at.
#[test]
fn mutants_of_form_c2_are_refused() {
    refuse_all_but_the_exceptions("form c2", 1, true);
}

/// Catches a leaf of a sampled distribution's certificate that nothing looks at.
#[test]
fn mutants_of_a_sampled_certificate_are_refused() {
    refuse_all_but_the_exceptions("sampled", 1, true);
}

/// Catches a row, a label or a sum of a data file that nothing looks at.
#[test]
fn mutants_of_a_file_are_refused() {
    refuse_all_but_the_exceptions("iris", 1, false);
}

/// Catches a replay that ignores the seed: the trials of another seed are other trials.
#[test]
fn another_seed_does_not_replay() {
    let original = certificate("form c1");
    let other = (2..40).map(|seed| make((Form::C, Gradients::Fresh), &[("d", "2")], None, seed));
    let other = other.into_iter().find(|c| c.trials.events != original.trials.events).unwrap();
    let mut forged = original.clone();
    forged.trials.seed = other.trials.seed;
    let forged = resealed(&forged);
    check_certificate(&forged).unwrap();
    assert!(replayed(&forged).is_err());
    replayed(&other).unwrap();
}

/// Catches a replay that takes a number which the theorem chose for one that was asked for: at 500 copies the explicit width is beyond
/// the range of the posterior level's parameter m, and the replay was refused.
#[test]
fn a_replay_asks_what_was_asked() {
    let asked = [("d", "7"), ("k", "3"), ("kappa", "500")].map(|(key, value)| (key.into(), value.into()));
    let request = Request { parameters: asked.to_vec(), seed: 3, seeded: true, ..Request::default() };
    let instance = find("parity").unwrap().instantiate(&request, Level::Explicit).unwrap_or_else(|e| panic!("{e}"));
    assert!(instance.bounds.width.exact().is_some_and(|m| m > 4096), "m = {}", instance.bounds.width);
    let options = CheckOptions { trials: 2, ..CheckOptions::default() };
    let report = check(instance, &options, &AtomicBool::new(false)).unwrap();
    replayed(&report.certificate.unwrap()).unwrap_or_else(|e| panic!("{e}"));
}
