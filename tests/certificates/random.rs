//! Random mutations that know what a certificate is made of: JSON, steps, terms, axes and counts; mostly with everything that is derived
//! put right afterwards. Every mutant that the checker accepts is judged by the second rule.

use crate::common::{check_certificate, check_text, rebuild, remove, resealed};
use crate::corpus::honest;
use crate::second_rule::{Claimed, classify};
use provably::certificate::document::Certificate;
use provably::theorems::theory;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The names of the honest certificates.
fn names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    NAMES.get_or_init(|| honest::all().keys().map(|name| name.as_ref()).collect())
}

/// A stream of choices: splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
    fn of<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let at = self.below(list.len());
        list.get(at)
    }
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Unchanged,
    Refused,
    Accepted(Claimed),
}

/// One mutant, and what became of it. Errors: an accepted one that the second rule does not pass.
fn mutant(number: u64) -> Result<Fate, String> {
    let mut dice = Dice(number.wrapping_mul(0xd6e8_feb8_6659_fd93));
    let name = dice.of(names()).unwrap();
    let (document, original) = &honest::all()[*name];
    let theory = theory().unwrap();
    if dice.below(4) == 0 {
        // As a file, without another look at it.
        let mut mutated = document.clone();
        let how = json(&mut mutated, &mut dice);
        let text = mutated.to_string();
        return match check_text(&text) {
            _ if mutated == *document => Ok(Fate::Unchanged),
            Err(_) => Ok(Fate::Refused),
            Ok(_) => {
                let read = provably::certificate::checker::read(&text).unwrap();
                let claimed = classify(theory, &read, original);
                claimed.map(Fate::Accepted).map_err(|e| format!("{name}, mutant {number}: {how}: {e}"))
            }
        };
    }
    let (mut mutated, mut hows) = (original.clone(), Vec::new());
    for _ in 0..1 + dice.below(3) {
        hows.push(structure(&mut mutated, &mut dice));
    }
    if mutated == *original {
        return Ok(Fate::Unchanged);
    }
    if dice.below(8) > 0 {
        // Where the kernel does not follow a step, nothing can be put right: seldom asked of the checker too.
        let followed = rebuild(&mutated).is_some_and(|kernel| kernel.steps().len() == mutated.steps.len());
        if !followed && dice.below(20) > 0 {
            return Ok(Fate::Refused);
        }
        mutated = resealed(&mutated);
    }
    match check_certificate(&mutated) {
        Err(_) => Ok(Fate::Refused),
        Ok(_) if mutated == *original => Ok(Fate::Unchanged),
        Ok(_) => {
            let claimed = classify(theory, &mutated, original);
            claimed.map(Fate::Accepted).map_err(|e| format!("{name}, mutant {number}: {hows:?}: {e}"))
        }
    }
}

/// Changes a place of the document.
fn json(document: &mut Value, dice: &mut Dice) -> String {
    let mut places = Vec::new();
    pointers(document, String::new(), &mut places);
    let path = dice.of(&places).unwrap().clone();
    let other = document.pointer(dice.of(&places).unwrap()).unwrap().clone();
    let place = document.pointer_mut(&path).unwrap();
    let how = dice.below(6);
    match (how, &mut *place) {
        (0, _) => *place = other,
        (1, Value::Array(list)) if !list.is_empty() => drop(list.remove(dice.below(list.len()))),
        (2, Value::Array(list)) if !list.is_empty() => {
            let element = list[dice.below(list.len())].clone();
            list.insert(dice.below(list.len() + 1), element);
        }
        (3, Value::Array(list)) if list.len() > 1 => {
            let (i, j) = (dice.below(list.len()), dice.below(list.len()));
            list.swap(i, j);
        }
        (4, Value::Object(fields)) if !fields.is_empty() => {
            let key = fields.keys().nth(dice.below(fields.len())).unwrap().clone();
            fields.remove(&key);
        }
        (_, Value::String(text)) => *text = term(text, dice),
        (_, Value::Number(number)) => {
            let n = number.as_u64().unwrap_or(1);
            let all = [
                json!(n.saturating_add(1)),
                json!(n.saturating_sub(1)),
                json!(0),
                json!(n.saturating_mul(10)),
                json!(u64::MAX),
                json!(-1),
                json!(0.5),
            ];
            *place = dice.of(&all).unwrap().clone();
        }
        _ => *place = Value::Null,
    }
    format!("{path} {how}")
}

fn pointers(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| pointers(inner, format!("{path}/{key}"), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, inner)| pointers(inner, format!("{path}/{i}"), found))
        }
        _ => {}
    }
    if !path.starts_with("/info") && !path.is_empty() {
        found.push(path);
    }
}

/// Another term or claim, one token of it changed; often still one.
fn term(text: &str, dice: &mut Dice) -> String {
    let mut tokens: Vec<String> = Vec::new();
    for c in text.chars() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        match tokens.last_mut() {
            Some(last) if word(c) && last.chars().all(word) => last.push(c),
            _ => tokens.push(c.to_string()),
        }
    }
    if tokens.is_empty() {
        return "1".into();
    }
    let at = dice.below(tokens.len());
    let token = tokens[at].clone();
    const WORDS: [&str; 14] = [
        "delta",
        "epsilon",
        "0",
        "1",
        "2",
        "0.5",
        "m",
        "n",
        "T",
        "minority",
        "error_bound",
        "delta_H",
        "delta_Z",
        "not",
    ];
    tokens[at] = match token.as_str() {
        "+" => "-".into(),
        "-" => "+".into(),
        "*" => "/".into(),
        "/" => "*".into(),
        "<" => ">".into(),
        "=" => String::new(),
        _ if token.parse::<f64>().is_ok() && dice.below(2) == 0 => number(&token, dice),
        _ if dice.below(3) == 0 => String::new(),
        _ => (*dice.of(&WORDS).unwrap()).into(),
    };
    tokens.concat()
}

/// Another numeral near this one.
fn number(text: &str, dice: &mut Dice) -> String {
    let x: f64 = text.parse().unwrap_or(1.0);
    let factor = [0.0, 0.1, 0.5, 0.9, 0.999, 1.001, 1.1, 2.0, 10.0, 1000.0];
    let moved = match dice.below(3) {
        0 => x + 1.0,
        1 => (x - 1.0).max(0.0),
        _ => x * dice.of(&factor).unwrap(),
    };
    let whole = x.fract() == 0.0 && x >= 1.0 && dice.below(4) > 0;
    format!("{}", if whole { moved.round() } else { format!("{moved:.6e}").parse().unwrap() })
}

/// Changes a step, a term, an axis, a count or a row.
fn structure(c: &mut Certificate, dice: &mut Dice) -> String {
    let (how, at) = (dice.below(16), dice.below(c.steps.len()));
    match how {
        0 => drop(remove(c, at)),
        1 => {
            let step = c.steps[at].clone();
            crate::common::insert(c, dice.below(at + 1), step);
        }
        2 => {
            let step = remove(c, at);
            let to = dice.below(c.steps.len());
            crate::common::insert(c, to, step);
        }
        3 if at > 0 => {
            let step = remove(c, at);
            crate::common::insert(c, at - 1, step);
        }
        4 => {
            let other = dice.below(c.steps.len());
            c.steps.swap(at, other);
        }
        5 => {
            // Another premise, one less, one more.
            let steps: Vec<usize> = (0..c.steps.len()).filter(|i| !c.steps[*i].from.is_empty()).collect();
            let Some(&step) = dice.of(&steps) else { return "no premises".into() };
            let (place, premise) = (dice.below(c.steps[step].from.len()), dice.below(c.steps.len()));
            match dice.below(3) {
                0 => c.steps[step].from[place] = premise,
                1 => drop(c.steps[step].from.remove(place)),
                _ => c.steps[step].from.insert(place, premise),
            }
        }
        6 => {
            let claims: Vec<usize> =
                (0..c.steps.len()).filter(|i| ["inequality", "counted"].contains(&c.steps[*i].rule.as_str())).collect();
            let Some(&step) = dice.of(&claims) else { return "no claims".into() };
            let claim = term(c.steps[step].claim.as_deref().unwrap(), dice);
            c.steps[step].claim = Some(claim);
        }
        7 => {
            // A step of another certificate.
            let other = &honest::all()[*dice.of(names()).unwrap()].1;
            let step = dice.of(&other.steps).unwrap().clone();
            crate::common::insert(c, at, step);
        }
        8 => {
            let names: Vec<String> = c.steps.iter().filter_map(|s| s.axiom.clone()).collect();
            let Some(name) = dice.of(&names).cloned() else { return "no axioms".into() };
            if let Some(axiom) = &mut c.steps[at].axiom {
                *axiom = name;
            }
        }
        9 => {
            let axes: Vec<String> = c.variant.keys().cloned().collect();
            let axis = dice.of(&axes).unwrap().clone();
            let other = &honest::all()[*dice.of(names()).unwrap()].1;
            match other.variant.get(&axis) {
                Some(value) => drop(c.variant.insert(axis, value.clone())),
                None => drop(c.variant.remove(&axis)),
            }
        }
        10 | 11 => {
            let trials = &mut c.trials;
            let field = match dice.below(5) {
                0 => &mut trials.count,
                1 => &mut trials.failures,
                2 => &mut trials.cut,
                3 => &mut trials.uncertified,
                _ => &mut trials.seed,
            };
            *field = [field.saturating_add(1), field.saturating_sub(1), field.saturating_mul(2), 0, 1, u64::MAX]
                [dice.below(6)];
        }
        12 => {
            let trials = &mut c.trials;
            let count = trials.count;
            let mut all: Vec<_> = trials.events.iter_mut().chain(&mut trials.obligations).collect();
            let index = dice.below(all.len());
            if let Some(counted) = all.get_mut(index) {
                let field = if dice.below(2) == 0 { &mut counted.judged } else { &mut counted.failed };
                *field = [field.saturating_add(1), field.saturating_sub(1), 0, count, count / 2][dice.below(5)];
            }
        }
        13 if c.support.is_some() => {
            let rows = c.support.as_mut().unwrap();
            let row = dice.below(rows.points.len());
            match dice.below(3) {
                0 => rows.labels[row] = -rows.labels[row],
                1 => rows.points[row][0] *= 1.5,
                _ => drop((rows.points.remove(row), rows.labels.remove(row))),
            }
        }
        _ => {
            let choices: Vec<usize> = (0..c.steps.len()).filter(|i| c.steps[*i].rule == "choice").collect();
            let Some(&step) = dice.of(&choices) else { return "no choices".into() };
            let define = c.steps[step].defines.first_mut().unwrap();
            define.is = number(&define.is, dice);
        }
    }
    format!("{how} at {at}")
}

/// Makes so many mutants; every accepted one must pass the second rule.
fn run(first: u64, count: u64) {
    let fates: Vec<Result<Fate, String>> = (first..first + count).into_par_iter().map(mutant).collect();
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for fate in fates {
        match fate {
            Ok(fate) => *counts.entry(fate).or_insert(0_u64) += 1,
            Err(reason) => wrong.push(reason),
        }
    }
    println!("{count} mutants: {counts:?}, {} not classified", wrong.len());
    assert!(wrong.is_empty(), "{} accepted mutants are not classified:\n{}", wrong.len(), wrong.join("\n"));
    let accepted: u64 = counts.iter().filter(|(fate, _)| matches!(fate, Fate::Accepted(_))).map(|(_, n)| n).sum();
    assert!(counts[&Fate::Refused] > count / 2 && accepted > count / 100, "{counts:?}: the mutants are stale");
}

/// Catches a checker that accepts what its own record does not support. A mutant takes three milliseconds, nearly all of them for the
/// confidence bounds of its counts.
#[test]
fn random_mutants_are_refused_or_true() {
    run(0, 3_000);
}

/// The same, many more and others: `.ci/run` does it.
#[test]
#[ignore = "minutes"]
fn a_hundred_thousand_random_mutants_are_refused_or_true() {
    run(1 << 32, 100_000);
}

/// The same, more still.
#[test]
#[ignore = "half an hour"]
fn a_million_random_mutants_are_refused_or_true() {
    run(1 << 33, 1_000_000);
}

/// Catches a second rule that refuses honest certificates, or that lets pass what it is there to notice.
#[test]
fn the_second_rule_tells_true_from_false() {
    let theory = theory().unwrap();
    for (name, (_, certificate)) in honest::all() {
        let claimed = classify(theory, certificate, certificate).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(claimed, Claimed::Same, "{name}");
    }
    let text = std::fs::read_to_string(honest::folder().join("forgeries.jsonl")).unwrap();
    let lines = crate::corpus::answers::lines(&text);
    // What a rule on the content can see; the others are in the steps.
    let seen = [
        "unknown-variant",
        "illegal-choice",
        "wrong-verdict",
        "error-rate",
        "missing-event",
        "missing-obligation",
        "wrong-axioms",
    ];
    let judge = |line: &Value| {
        let (document, original) = &honest::all()[line["base"].as_str().unwrap()];
        let text = crate::corpus::edits::materialised(document, line["edits"].as_array().unwrap());
        let read = provably::certificate::checker::read(&text).ok()?;
        let (passes, expected) = (classify(theory, &read, original), &line["expected"]);
        let refusal = expected["refusal"].as_str().unwrap_or_default();
        let wrong = match &passes {
            Ok(_) => seen.contains(&refusal),
            Err(_) => expected["answer"] == "valid",
        };
        wrong.then(|| format!("{} {}: {refusal}, and {passes:?}", line["base"], line["name"]))
    };
    let wrong: Vec<String> = lines.par_iter().filter_map(judge).collect();
    assert!(wrong.is_empty(), "{} lines are judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
}
