//! The repair tool of a clever forger: it runs the checker, reads the refusal, mends what was derived from what was forged, and
//! runs it again, until nothing is refused or what is refused cannot be mended without undoing the forgery.

use crate::common::{inequality, insert, rebuilt, remove, sealed_as};
use provably::certificate::checker::{self, Verified};
use provably::certificate::claim::Claim;
use provably::certificate::document::{Certificate, CountRecord, DefinitionRecord, StepRecord};
use provably::certificate::proof::{CORROBORATION, FEW_FAILURES, Kernel, NOT_VACUOUS};
use provably::certificate::refusal::Refusal;
use provably::certificate::theory::{Axiom, Clause, Kind, Statement, Theory};
use std::collections::BTreeMap;

/// Mends of one forgery.
const MOST_MENDS: usize = 400;

/// A forger at work.
pub(crate) struct Forger<'t> {
    pub(crate) theory: &'t Theory,
    /// Numbers for symbols that have to be chosen anew, as honest certificates choose them.
    pub(crate) numbers: BTreeMap<String, String>,
    /// Refusals that are the forgery's own: what they refuse is left as it is.
    pub(crate) keep: Vec<&'static str>,
}

impl Forger<'_> {
    /// The mended certificate, and what the checker says of it.
    pub(crate) fn repaired(&self, forged: Certificate) -> (Certificate, Result<Verified, Refusal>) {
        let mut current = sealed_as(self.theory, &forged, &self.keep);
        for _ in 0..MOST_MENDS {
            let answer = self.answer(&current);
            let Err(refusal) = &answer else { return (current, answer) };
            if self.keep.contains(&refusal.check) {
                return (current, answer);
            }
            let mut mended = current.clone();
            if self.mend(&mut mended, refusal).is_none() || mended == current {
                return (current, answer);
            }
            current = sealed_as(self.theory, &mended, &self.keep);
        }
        let answer = self.answer(&current);
        (current, answer)
    }

    fn answer(&self, certificate: &Certificate) -> Result<Verified, Refusal> {
        checker::check(certificate, self.theory, &[])
    }

    /// One mend. `None` where there is none that leaves the forgery standing.
    fn mend(&self, c: &mut Certificate, refusal: &Refusal) -> Option<()> {
        if refusal.check == "misplaced-support" {
            return c.support.take().map(drop);
        }
        let kernel = rebuilt(self.theory, c)?;
        let (statement, at) = (kernel.statement().clone(), kernel.steps().len());
        let Some(step) = c.steps.get(at).cloned() else { return self.mend_end(c, &kernel, &statement, refusal) };
        let quoted = refusal.found.split('`').nth(1).unwrap_or_default();
        match refusal.check {
            "unknown-axiom" | "repeated-claim" | "redefinition" | "repeated-axiom" | "not-counted" => {
                remove(c, at);
            }
            "illegal-choice" if refusal.found.contains("variant's to choose") => drop(remove(c, at)),
            "unknown-symbol" if step.rule == "inequality" => drop(remove(c, at)),
            "unknown-symbol" => self.supply(c, at, quoted, &kernel, &statement)?,
            "wrong-definition" => insert(c, at, definition(step.axiom.as_deref()?)),
            "unknown-premise" | "wrong-premises" | "missing-premise" if step.rule == "axiom" => {
                self.premises(c, at, &kernel, &statement)?;
            }
            "unknown-premise" | "wrong-premises" => drop(remove(c, at)),
            "false-inequality" if step.rule == "inequality" => {
                // What corroborates is not shown any more; a share of delta that does not fit is the forgery's own.
                let claim = step.claim.as_deref()?;
                ([FEW_FAILURES, NOT_VACUOUS].contains(&claim)).then(|| drop(remove(c, at)))?;
            }
            "missing-event" => {
                c.trials.events =
                    statement.events.iter().map(|name| self.count(name, &c.trials.events, c.trials.count)).collect();
            }
            "missing-obligation" | "wrong-count" if c.trials.count > 0 => {
                let names = statement.obligations.iter();
                let trials = &c.trials;
                let most = |o: &provably::certificate::theory::Obligation| {
                    let assumed = trials.events.iter().filter(|e| o.assumes.contains(&e.name));
                    trials.count.saturating_sub(assumed.map(|e| e.failed).max().unwrap_or(0))
                };
                let judged =
                    |o| CountRecord { judged: most(o), ..self.count(&o.name, &trials.obligations, trials.count) };
                c.trials.obligations = names.map(judged).collect();
            }
            _ => return None,
        }
        Some(())
    }

    fn count(&self, name: &str, known: &[CountRecord], count: u64) -> CountRecord {
        let old = known.iter().find(|c| c.name == name).cloned();
        old.unwrap_or_else(|| CountRecord { name: name.into(), judged: count, failed: 0 })
    }

    /// Mends what is found when every step has been followed.
    fn mend_end(
        &self,
        c: &mut Certificate,
        kernel: &Kernel<'_>,
        statement: &Statement,
        refusal: &Refusal,
    ) -> Option<()> {
        let before_trials = c.steps.iter().position(|s| s.rule == "trials").unwrap_or(c.steps.len());
        let quoted = refusal.found.split('`').nth(1).unwrap_or_default();
        match refusal.check {
            "missing-choice" => insert(c, before_trials, self.choice(&refusal.found)),
            "missing-axiom" => self.apply(c, before_trials, &refusal.found, kernel),
            "weaker-root-claim" => self.prove(c, before_trials, quoted, kernel, statement)?,
            "missing-trials" => {
                c.steps.push(StepRecord { rule: "trials".into(), ..StepRecord::default() });
            }
            "unused" => {
                let number: usize = refusal.found.split(' ').nth(1)?.parse().ok()?;
                remove(c, number);
            }
            "missing-premise" if quoted == NOT_VACUOUS => c.steps.push(inequality(NOT_VACUOUS)),
            "missing-premise" if quoted == CORROBORATION => {
                let trials = c.steps.iter().position(|s| s.rule == "trials")?;
                c.steps.retain(|s| s.claim.as_deref() != Some(FEW_FAILURES));
                c.steps.push(inequality(FEW_FAILURES));
                let from = vec![trials, c.steps.len() - 1];
                c.steps.push(StepRecord { rule: "weaken".into(), from, ..StepRecord::default() });
            }
            "missing-premise" => {
                let declared = self.theory.event(&refusal.found).ok()?;
                let bound = format!("Pr[not {}", declared.name);
                let claim =
                    statement.counted.iter().map(ToString::to_string).find(|claim| claim.starts_with(&bound))?;
                self.prove(c, before_trials, &claim, kernel, statement)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn choice(&self, name: &str) -> StepRecord {
        let by_kind = |kind: Kind| if kind == Kind::Share { "0.1" } else { "1" };
        let fallback = self.theory.quantities.get(name).map_or("1", |q| by_kind(q.kind));
        let is = self.numbers.get(name).cloned().unwrap_or_else(|| fallback.into());
        let defines = vec![DefinitionRecord { name: name.into(), is, value: <_>::default() }];
        StepRecord { rule: "choice".into(), defines, ..StepRecord::default() }
    }

    /// Puts a choice or a definition of the symbol before a step that uses it.
    fn supply(
        &self,
        c: &mut Certificate,
        at: usize,
        symbol: &str,
        kernel: &Kernel<'_>,
        statement: &Statement,
    ) -> Option<()> {
        let chosen = statement.choices.iter().any(|name| name == symbol);
        let by = statement.axioms.iter().find(|name| self.theory.axiom(name).is_some_and(|a| defines(a, symbol)));
        // A step further down that does it is moved up.
        let does = |s: &StepRecord| match (s.rule.as_str(), by) {
            ("choice", _) => chosen && s.defines.first().is_some_and(|d| d.name == symbol),
            ("definition", Some(by)) => s.axiom.as_ref() == Some(by),
            _ => false,
        };
        let later = (at..c.steps.len()).find(|&i| does(&c.steps[i]));
        let step = match (later, by) {
            (Some(later), _) => remove(c, later),
            (None, _) if chosen => self.choice(symbol),
            (None, Some(by)) if !kernel.definitions().any(|(axiom, _)| axiom == Some(by.as_str())) => definition(by),
            _ => return None,
        };
        insert(c, at, step);
        Some(())
    }

    /// Puts the application of an axiom before a step, with its definition where that is missing.
    fn apply(&self, c: &mut Certificate, at: usize, name: &str, kernel: &Kernel<'_>) {
        let lets = self.theory.axiom(name).is_some_and(|a| a.clauses.iter().any(|c| matches!(c, Clause::Let(..))));
        let defined = kernel.definitions().any(|(axiom, _)| axiom == Some(name));
        insert(c, at, StepRecord { rule: "axiom".into(), axiom: Some(name.into()), ..StepRecord::default() });
        if lets && !defined {
            insert(c, at, definition(name));
        }
    }

    /// Puts a step that concludes or counts a claim before another step.
    fn prove(
        &self,
        c: &mut Certificate,
        at: usize,
        claim: &str,
        kernel: &Kernel<'_>,
        statement: &Statement,
    ) -> Option<()> {
        if statement.counted.iter().any(|counted| counted.to_string() == claim) {
            insert(c, at, StepRecord { rule: "counted".into(), claim: Some(claim.into()), ..StepRecord::default() });
            return Some(());
        }
        let concludes = |name: &&String| {
            let clauses = self.theory.axiom(name).map_or(&[][..], |a| &a.clauses);
            clauses.iter().any(|clause| matches!(clause, Clause::Conclude(own) if own.to_string() == claim))
        };
        let name = statement.axioms.iter().find(concludes)?;
        let applies = |s: &StepRecord| s.rule == "axiom" && s.axiom.as_ref() == Some(name);
        match (at..c.steps.len()).find(|&i| applies(&c.steps[i])) {
            Some(later) => {
                let step = remove(c, later);
                insert(c, at, step);
            }
            None if !c.steps.iter().any(applies) => self.apply(c, at, name, kernel),
            None => return None,
        }
        Some(())
    }

    /// The premises that an axiom's step needs, in order; puts the proof of one that is missing before it.
    fn premises(&self, c: &mut Certificate, at: usize, kernel: &Kernel<'_>, statement: &Statement) -> Option<()> {
        let axiom = self.theory.axiom(c.steps[at].axiom.as_deref()?)?;
        let mut from = Vec::new();
        for clause in &axiom.clauses {
            let Clause::Need(need @ Claim::Probability(events, bound)) = clause else { continue };
            if let Some(step) = kernel.find(&need.to_string()) {
                from.push(step);
                continue;
            }
            let mut parts = Vec::new();
            for event in events {
                let alone = format!("Pr[{event}] <= ");
                let known = |s: &&provably::certificate::proof::Proved| {
                    s.record().claim.as_ref().is_some_and(|claim| claim.starts_with(&alone))
                };
                if let Some(proved) = kernel.steps().iter().find(known) {
                    parts.push(proved.record().claim.clone()?);
                    continue;
                }
                let counted = statement.counted.iter();
                let conclusions = statement.axioms.iter().filter_map(|name| self.theory.axiom(name));
                let conclusions = conclusions.flat_map(|a| &a.clauses).filter_map(|clause| match clause {
                    Clause::Conclude(claim) => Some(claim),
                    _ => None,
                });
                let claim =
                    counted.chain(conclusions).map(ToString::to_string).find(|claim| claim.starts_with(&alone))?;
                return self.prove(c, at, &claim, kernel, statement);
            }
            let union = |s: &StepRecord| {
                s.rule == "union" && s.claim.as_deref().is_some_and(|c| c.starts_with(&listed(events)))
            };
            if let Some(known) = kernel.steps().iter().position(|s| union(s.record())) {
                let own = kernel.steps()[known].record().claim.clone()?;
                let sum = format!("{} <= {bound}", own.rsplit_once("] <= ")?.1);
                match kernel.find(&sum) {
                    Some(comparison) => insert(c, at, weaken(known, comparison)),
                    None => {
                        insert(c, at, inequality(&sum));
                        insert(c, at + 1, weaken(known, at));
                    }
                }
                return Some(());
            }
            let steps: Vec<usize> = parts.iter().map(|claim| kernel.find(claim)).collect::<Option<_>>()?;
            let shares: Vec<&str> = parts.iter().map(|claim| claim.rsplit_once("] <= ").unwrap().1).collect();
            let sum = format!("{} <= {bound}", shares.join(" + "));
            insert(c, at, StepRecord { rule: "union".into(), from: steps, ..StepRecord::default() });
            match kernel.find(&sum) {
                Some(known) => insert(c, at + 1, weaken(at, known)),
                None => {
                    insert(c, at + 1, inequality(&sum));
                    insert(c, at + 2, weaken(at, at + 1));
                }
            }
            return Some(());
        }
        c.steps[at].from = from;
        Some(())
    }
}

/// How a bound on the union of the events begins.
fn listed(events: &[provably::certificate::claim::Event]) -> String {
    let list: Vec<String> = events.iter().map(ToString::to_string).collect();
    format!("Pr[{}] <= ", list.join(" or "))
}

fn weaken(bound: usize, comparison: usize) -> StepRecord {
    StepRecord { rule: "weaken".into(), from: vec![bound, comparison], ..StepRecord::default() }
}

/// Whether a `let` of the axiom is the symbol.
fn defines(axiom: &Axiom, symbol: &str) -> bool {
    axiom.clauses.iter().any(|clause| matches!(clause, Clause::Let(own, _) if own == symbol))
}

fn definition(axiom: &str) -> StepRecord {
    StepRecord { rule: "definition".into(), axiom: Some(axiom.into()), ..StepRecord::default() }
}
