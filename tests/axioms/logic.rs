//! Axioms that only unite events: tried over every world of which events hold and which do not.
//!
//! A world is a set of events that hold. An event that assumes others can fail only where all of these that the variant has hold;
//! the goal is reached in every world in which the training's own event holds together with what it assumes. So what an axiom
//! concludes from a bound on a union is false if some world keeps all of the union and need not reach the goal.

use crate::harness::{Falsifier, Subject};
use provably::certificate::claim::Claim;
use provably::certificate::theory::{Clause, Theory};
use std::collections::BTreeSet;

/// The axioms, each with what its proof rests on: the events of the variants it is proved for, written down from
/// docs/theory.md §4 and §5, not from the text.
pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("theorem-b-batch", |s| united(s, &["hits", "u_max", "g_norm", "lemma_2", "azuma"])),
    ("theorem-b-closed", |s| united(s, &["hits", "u_max", "g_norm", "azuma"])),
    ("theorem-c-batch", |s| united(s, &["hits", "u_max", "g_norm", "lemma_2", "mistakes"])),
    ("theorem-c-closed", |s| united(s, &["hits", "u_max", "g_norm", "mistakes"])),
    ("posterior-enumerated", |s| united(s, &["comparator", "mistakes"])),
    ("posterior-sampled", |s| united(s, &["comparator", "program_certified", "mistakes"])),
    ("theorem-c5", |s| united(s, &["hits", "u_max", "g_norm"])),
    ("frozen-layer-batch", |s| united(s, &["hits", "u_max", "g_norm", "lemma_2", "generalisation"])),
    ("frozen-layer-closed", |s| united(s, &["hits", "u_max", "g_norm", "generalisation"])),
    ("ticket-enumerated", |s| united(s, &["comparator", "mistakes"])),
    ("ticket-sampled", |s| united(s, &["comparator", "program_certified", "mistakes"])),
];

/// Looks for a world that keeps all of the needed union and need not reach the goal; and at the bound concluded.
fn united(subject: &Subject<'_>, proof: &[&str]) -> Result<(), String> {
    let mut need = None;
    for clause in &subject.axiom.clauses {
        match clause {
            Clause::Need(Claim::Probability(events, bound)) => need = Some((events, bound)),
            Clause::Conclude(Claim::Probability(_, bound)) => {
                let Some((_, needed)) = &need else { return Err("it concludes from nothing".into()) };
                // Each world has its probability: the goal fails at most where the union does.
                if bound != *needed {
                    return Err(format!("the union is bounded by {needed}, the goal's failure by {bound}"));
                }
            }
            _ => {}
        }
    }
    let Some((events, _)) = need else { return Err("it needs no union".into()) };
    let kept: BTreeSet<&str> = events.iter().filter(|e| e.negated).map(|e| e.name.as_str()).collect();
    for world in 0..1_u32 << proof.len() {
        let holds = |i: usize| world >> i & 1 == 1;
        let all: BTreeSet<&str> = (0..proof.len()).filter(|i| holds(*i)).map(|i| proof[i]).collect();
        let possible = (0..proof.len()).all(|i| holds(i) || may_fail(subject.theory, proof[i], &all, proof));
        let reached = proof.iter().all(|event| all.contains(event));
        if possible && !reached && kept.iter().all(|event| all.contains(event)) {
            return Err(format!("in the world in which just {all:?} hold the goal need not be reached"));
        }
    }
    Ok(())
}

/// Whether an event can fail in this world: only where everything it assumes holds.
fn may_fail(theory: &Theory, event: &str, world: &BTreeSet<&str>, proof: &[&str]) -> bool {
    let assumes = theory.events.get(event).map_or(&[][..], |e| &e.assumes);
    assumes.iter().all(|a| !proof.contains(&a.as_str()) || world.contains(a.as_str()))
}
