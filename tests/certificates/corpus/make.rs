//! Writes the corpus: forges, repairs, and records what the checker answers where that is what the forgery is to be refused by.

use super::forge::{Plan, Press, chosen, value};
use super::repair::Forger;
use super::{answers, edits, honest, special};
use provably::certificate::checker;
use provably::theorems::theory;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Forgeries of one theorem and class that are answered alike: more would show nothing new.
const MOST_ALIKE: usize = 6;

/// Numbers for symbols that must be chosen anew: those of the theorem's honest certificates, else of any.
fn numbers(theorem: &str) -> BTreeMap<String, String> {
    let of = |own: bool| honest::all().values().map(|(_, c)| c).filter(move |c| (c.theorem == theorem) == own);
    let pairs = of(false).chain(of(true)).flat_map(|c| chosen(c).into_iter().map(move |name| (value(c, &name), name)));
    pairs.map(|(value, name)| (name, value)).collect()
}

/// A line of the corpus.
fn line(plan: &Plan) -> Result<Value, String> {
    let (document, original) = &honest::all()[&plan.base];
    let theory = if plan.permissive { special::permissive() } else { theory().unwrap() };
    let forger = Forger { theory, numbers: numbers(&original.theorem), keep: plan.keep.clone() };
    let (repaired, mut answer) = forger.repaired(plan.forged.clone());
    if plan.permissive {
        let verdict = answer.map_err(|refusal| format!("{}: {}: {refusal}", plan.base, plan.name))?.verdict;
        if verdict == "refuted" {
            return Err(format!("{}: {}: {verdict}", plan.base, plan.name));
        }
        answer = checker::check(&repaired, self::theory().unwrap(), &[]);
    }
    let found = answer.as_ref().map_or_else(|refusal| refusal.check, |_| "valid");
    if !plan.answers.contains(&found) {
        return Err(format!("{}: {}: {answer:?}, not {:?}", plan.base, plan.name, plan.answers));
    }
    if repaired == *original {
        return Err(format!("{}: {}: repaired into the honest certificate", plan.base, plan.name));
    }
    let edits = edits::edits(document, &serde_json::to_value(&repaired).unwrap());
    let expected = match found {
        "valid" => json!({"answer": "valid"}),
        "too-costly" => json!({"answer": "declined", "refusal": found}),
        _ => json!({"answer": "invalid", "refusal": found}),
    };
    let mut line =
        json!({"name": plan.name, "class": plan.class, "base": plan.base, "expected": expected, "edits": edits});
    if plan.permissive {
        line["permissive"] = true.into();
    }
    Ok(line)
}

/// One line of those that differ in numbers alone, and not too many that are answered alike.
fn thinned(lines: Vec<Value>) -> Vec<Value> {
    let (mut same, mut alike) = (BTreeMap::new(), BTreeMap::new());
    let keep = |line: &Value| {
        if line["permissive"] == true {
            return true;
        }
        let theorem = &honest::all()[line["base"].as_str().unwrap()].1.theorem;
        let name: String = line["name"].as_str().unwrap().chars().filter(|c| !c.is_ascii_digit()).collect();
        let (class, answer) = (line["class"].to_string(), line["expected"].to_string());
        let first =
            *same.entry((theorem.clone(), class.clone(), answer.clone(), name)).and_modify(|n| *n += 1).or_insert(1)
                == 1;
        first && {
            let count = alike.entry((theorem.clone(), class, answer)).and_modify(|n| *n += 1).or_insert(1);
            *count <= MOST_ALIKE
        }
    };
    let mut keep = keep;
    lines.into_iter().filter(|line| keep(line)).collect()
}

/// Makes the honest certificates' derived parts anew, as the kernel now writes them; their trials are as they were run.
#[test]
#[ignore = "writes tests/corpus/honest"]
fn seal_the_honest_certificates() {
    for (name, (_, certificate)) in honest::all() {
        let sealed = serde_json::to_string(&crate::common::resealed(certificate)).unwrap();
        std::fs::write(honest::folder().join("honest").join(format!("{name}.json")), sealed + "\n").unwrap();
    }
}

/// Makes the forgeries anew from the honest certificates.
#[test]
#[ignore = "writes tests/corpus/forgeries.jsonl"]
fn make_the_forgeries() {
    let mut press = Press { theory: theory().unwrap(), plans: Vec::new() };
    press.run();
    // None of those that took a theory of their own is left out for being like another.
    press.plans.sort_by_key(|plan| !plan.permissive);
    let made: Vec<Result<Value, String>> = press.plans.par_iter().map(line).collect();
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for line in made {
        match line {
            Ok(line) => lines.push(line),
            Err(reason) => wrong.push(reason),
        }
    }
    let mut text = String::new();
    for line in thinned(lines).into_iter().chain(special::files()) {
        writeln!(text, "{line}").unwrap();
    }
    std::fs::write(honest::folder().join("forgeries.jsonl"), &text).unwrap();
    println!("{} bytes", text.len());
    assert!(wrong.is_empty(), "{} forgeries are not answered as they should be:\n{}", wrong.len(), wrong.join("\n"));
    answers::assert_all(&text);
}
