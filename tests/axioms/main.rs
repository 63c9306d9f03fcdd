//! Every axiom of the theory text is tried: a falsifier draws parameters from the axiom's needs alone and evaluates what it says
//! another way. Then the text is mutated, and the falsifier must notice.
//!
//! One file a chapter, one function an axiom. A falsifier returns the violation it found; on the text as it stands it must find
//! none, on a mutant one. What claims less than the axiom stands in the chapters' `WEAKER`, and is checked to; what no falsifier
//! can tell stands in `survivors.txt`, each with its reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod beyond_kernel;
mod chances;
mod first_step;
mod first_step_norms;
mod frozen_layer;
mod gaussians;
mod harness;
mod hits;
mod laws;
mod laws_gaussian;
mod laws_inputs;
mod linear_data;
mod linear_hits;
mod logic;
mod lottery_ticket;
mod measure;
mod multi_index;
mod mutation;
mod paper;
mod parity;
mod potential;
mod rows;
mod tails;
mod training_excess;
mod training_looks;
mod training_losses;
mod training_margin;
mod training_mean;
mod uniform_parity;
mod uniform_windows;
mod variants;

use harness::{Falsifier, Subject};
use mutation::{Mutant, mutants};
use provably::certificate::theory::Axiom;
use provably::theorems::theory;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The falsifiers, chapter by chapter.
fn falsifiers() -> BTreeMap<&'static str, Falsifier> {
    let chapters: [&[(&'static str, Falsifier)]; 23] = [
        logic::FALSIFIERS,
        laws::FALSIFIERS,
        laws_gaussian::FALSIFIERS,
        laws_inputs::FALSIFIERS,
        first_step::FALSIFIERS,
        first_step_norms::FALSIFIERS,
        gaussians::FALSIFIERS,
        parity::FALSIFIERS,
        uniform_parity::FALSIFIERS,
        uniform_windows::FALSIFIERS,
        multi_index::FALSIFIERS,
        lottery_ticket::FALSIFIERS,
        beyond_kernel::FALSIFIERS,
        paper::FALSIFIERS,
        hits::FALSIFIERS,
        training_excess::FALSIFIERS,
        training_margin::FALSIFIERS,
        training_mean::FALSIFIERS,
        training_losses::FALSIFIERS,
        training_looks::FALSIFIERS,
        linear_data::FALSIFIERS,
        linear_hits::FALSIFIERS,
        frozen_layer::FALSIFIERS,
    ];
    let mut all = BTreeMap::new();
    for (name, falsifier) in chapters.into_iter().flatten() {
        assert!(all.insert(*name, *falsifier).is_none(), "two falsifiers for {name}");
    }
    all
}

/// An axiom that nothing tries, or a falsifier of no axiom.
#[test]
fn every_axiom_has_a_falsifier() {
    let all = falsifiers();
    let axioms = &theory().unwrap().axioms;
    let untried: Vec<&str> = axioms.iter().map(|a| a.name.as_str()).filter(|name| !all.contains_key(name)).collect();
    assert!(untried.is_empty(), "nothing tries {untried:?}");
    let stray: Vec<&&str> = all.keys().filter(|name| !axioms.iter().any(|a| a.name == **name)).collect();
    assert!(stray.is_empty(), "{stray:?} are no axioms");
}

/// A false axiom.
#[test]
fn no_axiom_is_falsified() {
    let theory = theory().unwrap();
    let found: Vec<String> = falsifiers()
        .par_iter()
        .filter_map(|(name, falsifier)| {
            let subject = Subject::new(theory, theory.axiom(name)?.clone());
            falsifier(&subject).err().map(|violation| format!("{name}: {violation}"))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Mutants that live, by chapter; each must stand in survivors.txt.
fn living(every: usize) -> Vec<(Mutant, Axiom)> {
    let theory = theory().unwrap();
    let all = falsifiers();
    let mutants: Vec<_> = theory.axioms.iter().flat_map(mutants).step_by(every).collect();
    let lives = |(_, axiom): &(Mutant, Axiom)| {
        let falsifier = all.get(axiom.name.as_str());
        falsifier.is_none_or(|falsifier| falsifier(&Subject::new(theory, axiom.clone())).is_ok())
    };
    mutants.into_par_iter().filter(lives).collect()
}

/// The mutants that are known to live, with the reason.
fn known() -> BTreeMap<String, String> {
    let text = include_str!("survivors.txt");
    let entries = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let split = |line: &str| line.split_once(" -- ").map(|(mutant, reason)| (mutant.to_string(), reason.to_string()));
    entries.map(|line| split(line).unwrap_or_else(|| panic!("`{line}`: expected MUTANT -- REASON"))).collect()
}

fn unknown(every: usize) -> Vec<String> {
    let known = known();
    let living = living(every).into_iter().map(|(mutant, _)| mutant.to_string());
    living.filter(|mutant| !known.contains_key(mutant)).collect()
}

/// A falsifier that would not notice a wrong formula: a sample of the mutants.
#[test]
fn a_sample_of_mutants_is_noticed() {
    let unknown = unknown(7);
    assert!(unknown.is_empty(), "these mutants live:\n{}", unknown.join("\n"));
}

/// All of them, and the list of survivors: none is stale, and they are few.
#[test]
#[ignore = "minutes: run by .ci/run"]
fn every_mutant_is_noticed() {
    let (known, theory) = (known(), theory().unwrap());
    let living: Vec<String> = living(1).into_iter().map(|(mutant, _)| mutant.to_string()).collect();
    let mut chapters: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for axiom in &theory.axioms {
        for (mutant, _) in mutants(axiom) {
            let (all, alive) = chapters.entry(axiom.chapter.clone()).or_default();
            *all += 1;
            *alive += usize::from(living.contains(&mutant.to_string()));
        }
    }
    let (all, alive) = chapters.values().fold((0, 0), |(a, b), (x, y)| (a + x, b + y));
    for (chapter, (all, alive)) in &chapters {
        println!("{chapter}: of {all} mutants {alive} live");
    }
    println!("all chapters: of {all} mutants {alive} live");
    let unknown: Vec<&String> = living.iter().filter(|mutant| !known.contains_key(*mutant)).collect();
    assert!(unknown.is_empty(), "these mutants live: {unknown:#?}");
    let stale: Vec<&String> = known.keys().filter(|mutant| !living.contains(mutant)).collect();
    assert!(stale.is_empty(), "these are noticed by now: {stale:#?}");
    assert!(alive * 20 <= all, "{alive} of {all} mutants live: more than one in twenty");
}
