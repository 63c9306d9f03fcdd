//! The checker answers every certificate of the corpus as it should.

use super::{edits, honest};
use crate::common::check_text;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Classes of forgeries: the rows of the findings that this corpus guards against, and what is not of one row.
pub(crate) const ROWS: [&str; 15] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"];

/// The lines of a corpus.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the checker answers to a line's certificate, and the name of the refusal.
fn answer(line: &Value) -> (&'static str, &'static str) {
    let (base, _) = &honest::all()[line["base"].as_str().unwrap()];
    match check_text(&edits::materialised(base, line["edits"].as_array().unwrap())) {
        Ok(_) => ("valid", ""),
        Err(refusal) if refusal.check == "too-costly" => ("declined", refusal.check),
        Err(refusal) => ("invalid", refusal.check),
    }
}

/// Asserts that every line is answered as it says.
pub(crate) fn assert_all(text: &str) {
    let wrong = |line: &Value| {
        let (found, expected) = (answer(line), &line["expected"]);
        let right = expected["answer"] == found.0 && expected["refusal"].as_str().unwrap_or_default() == found.1;
        (!right).then(|| format!("{} {} {}: {found:?}", line["class"], line["base"], line["name"]))
    };
    let wrong: Vec<String> = lines(text).par_iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} lines are answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

fn corpus() -> String {
    std::fs::read_to_string(honest::folder().join("forgeries.jsonl")).unwrap()
}

/// Catches a checker that accepts a forgery, refuses it for another reason than its own, or refuses what is harmless.
#[test]
fn every_forgery_is_answered_as_the_corpus_says() {
    assert_all(&corpus());
}

/// Catches an honest certificate that is not accepted.
#[test]
fn every_honest_certificate_of_the_corpus_is_valid() {
    for (name, (document, _)) in honest::all() {
        check_text(&document.to_string()).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// Catches a corpus that has lost a class of forgeries, a theorem, or most of either.
#[test]
fn the_corpus_covers_every_class_and_theorem() {
    let (mut classes, mut theorems, mut refusals) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let mut names = BTreeSet::new();
    for line in lines(&corpus()) {
        let base = line["base"].as_str().unwrap().to_string();
        assert!(names.insert((base.clone(), line["name"].to_string())), "two of one name: {line}");
        if line["expected"]["answer"] == "valid" {
            continue;
        }
        *classes.entry(line["class"].as_str().unwrap().to_string()).or_insert(0) += 1;
        *theorems.entry(honest::all()[&base].1.theorem.clone()).or_insert(0) += 1;
        refusals.insert(line["expected"]["refusal"].as_str().unwrap().to_string());
    }
    let below = names.iter().any(|(_, name)| name.contains("below the Bayes error"));
    assert!(below, "the error below the Bayes error is not in the corpus");
    println!("{classes:?}\n{theorems:?}\n{refusals:?}");
    assert!(classes.values().sum::<i32>() >= 400, "{classes:?}");
    assert!(ROWS.iter().all(|row| classes.contains_key(*row)), "{classes:?}");
    assert!(theorems.len() == 10 && theorems.values().all(|n| *n >= 30), "{theorems:?}");
    assert!(refusals.len() >= 25, "{refusals:?}");
}
