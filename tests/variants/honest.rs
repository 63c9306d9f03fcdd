//! Honest runs: from a listed variant to a request whose instance is of exactly this variant, its derivation, its trials and its
//! certificate.

use provably::certificate::checker;
use provably::certificate::theory::{Variant, tags};
use provably::check::{CheckOptions, check};
use provably::distributions::Empirical;
use provably::parameters::{Form, Gradients, Level, Request};
use provably::registry::Instance;
use provably::theorems::{find, theory};
use provably::wellformed::variants;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What is asked for so that a variant is run.
#[derive(Default)]
pub(crate) struct Ask {
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) rows: Option<Arc<Empirical>>,
}

impl Ask {
    /// These parameters too, later ones in the place of earlier ones.
    pub(crate) fn set<'a>(mut self, more: impl IntoIterator<Item = &'a (&'static str, &'a str)>) -> Self {
        for (key, value) in more {
            self.parameters.retain(|(known, _)| known != key);
            self.parameters.push((key, (*value).into()));
        }
        self
    }

    /// Without this parameter, which the variant's level does not use.
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.parameters.retain(|(known, _)| *known != key);
        self
    }
}

/// Why a variant has a derivation and no trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unrun {
    /// A level that is a formula.
    Formula,
    /// A trial may take hours at the theorem's own parameters; for what reason.
    TooLarge(&'static str),
    /// Not reached: the same request gives the variant with the other tail; for what reason.
    OtherTail(&'static str),
    /// What the trials would have to prove beside the bound is not so on this data.
    NotProved(&'static str),
}

/// A theorem's table.
pub(crate) struct Table {
    pub(crate) theorem: &'static str,
    /// From a variant to what asks for it.
    pub(crate) ask: fn(&Variant) -> Ask,
    /// The variants that are not run, and why.
    pub(crate) unrun: fn(&Variant) -> Option<Unrun>,
    /// Most trials of a run: enough to prove what only the counts prove.
    pub(crate) trials: u64,
}

/// The paper's levels are formulas, and nothing else is left out.
pub(crate) fn formulas(variant: &Variant) -> Option<Unrun> {
    (axis(variant, "level") == "paper").then_some(Unrun::Formula)
}

/// The value of an axis; empty where the variant does not have it.
pub(crate) fn axis<'a>(variant: &'a Variant, name: &str) -> &'a str {
    variant.get(name).map_or("", String::as_str)
}

fn level(variant: &Variant) -> Level {
    match axis(variant, "level") {
        "paper" => Level::Paper,
        "posterior" => Level::Posterior,
        _ => Level::Explicit,
    }
}

fn form(variant: &Variant) -> Option<Form> {
    match axis(variant, "form") {
        "a" => Some(Form::A),
        "b" => Some(Form::B),
        "c" | "c1" | "c2" => Some(Form::C),
        _ => None,
    }
}

fn gradients(variant: &Variant) -> Option<Gradients> {
    match axis(variant, "gradients") {
        "population" => Some(Gradients::Population),
        "closed-first" => Some(Gradients::ClosedFirst),
        "fresh" => Some(Gradients::Fresh),
        _ => None,
    }
}

/// So many mistakes are not counted but bounded: tails are summed up to a million.
const MANY: f64 = 1.1e6;

/// The derivation of a variant: in scope, and at its root but for what the trials count.
fn derived(table: &Table, variant: &Variant) -> Result<Instance, String> {
    let first = instance(table, variant, &[])?;
    let counted = axis(first.derivation.variant(), "tail") == "counted";
    if !counted || axis(variant, "tail") != "bounded" {
        return suitable(table, variant, first);
    }
    // With more samples a step there are more mistakes.
    let samples = (MANY / first.derivation.number("K_0")).ceil();
    suitable(table, variant, instance(table, variant, &[("n", &samples.to_string())])?)
}

/// The instance of what asks for a variant, and of these parameters too.
fn instance(table: &Table, variant: &Variant, more: &[(&'static str, &str)]) -> Result<Instance, String> {
    let Ask { parameters, rows } = (table.ask)(variant).set(more);
    let of_trials = level(variant) != Level::Paper;
    let request = Request {
        parameters: parameters.into_iter().map(|(key, value)| (key.into(), value)).collect(),
        rows,
        form: form(variant).filter(|_| of_trials),
        gradients: gradients(variant).filter(|_| of_trials),
        seed: 1,
        ..Request::default()
    };
    find(table.theorem).unwrap().instantiate(&request, level(variant)).map_err(|e| e.to_string())
}

/// An instance that is of the variant and whose theorem says something.
fn suitable(table: &Table, variant: &Variant, instance: Instance) -> Result<Instance, String> {
    let found = instance.derivation.variant();
    let same_but_tail = |mut other: Variant| other.insert("tail".into(), "bounded".into()).is_some() && &other == found;
    let other_tail = matches!((table.unrun)(variant), Some(Unrun::OtherTail(_)));
    if if other_tail { !same_but_tail(variant.clone()) } else { found != variant } {
        return Err(format!("the instance is of [{}]", tags(found)));
    }
    if let Some(failed) = instance.derivation.conditions().iter().find(|c| !c.holds) {
        return Err(format!("it needs {} ({} against {})", failed.claim, failed.left, failed.right));
    }
    // A share that is no number is exceeded by no count.
    let shares = instance.rules.events.iter().find(|(_, _, share)| !(0.0..1.0).contains(share));
    if let Some((event, _, share)) = shares {
        return Err(format!("{event} has a share of {share}"));
    }
    if instance.root.is_none() && instance.conclusion.as_ref().is_none_or(|c| c.bound.is_none()) {
        return Err("its statement is not derived".into());
    }
    if level(variant) != Level::Paper && (!instance.in_scope() || instance.vacuous()) {
        return Err(format!("out of scope, or vacuous at {}: {:?}", instance.bounds.error, instance.hypotheses));
    }
    Ok(instance)
}

/// The trials of a variant, and its certificate before the checker.
fn certified(table: &Table, variant: &Variant, instance: Instance) -> Result<(), String> {
    let (budget, journal) = (None, None);
    // Half of everything may err: what is tested is that the trials lead to a certificate, not what they show.
    let options =
        CheckOptions { trials: table.trials, budget, confidence: 0.6, journal, resume: false, progress: false };
    let report = check(instance, &options, &AtomicBool::new(false)).map_err(|e| e.to_string())?;
    let none = || format!("no certificate: {:?}; {}", report.no_certificate, report.reason);
    let certificate = report.certificate.as_ref().ok_or_else(none)?;
    let text = serde_json::to_string(certificate).map_err(|e| e.to_string())?;
    let read = checker::read(&text).map_err(|e| e.to_string())?;
    let verified = checker::check(&read, theory().unwrap(), &[]).map_err(|e| e.to_string())?;
    let same = certificate.variant == *variant && verified.statement == certificate.statement;
    if same { Ok(()) } else { Err("the certificate is of another variant".into()) }
}

/// Numbers of variants among those that are run which together have every value of every axis of them.
fn cover(table: &Table, variants: &[Variant]) -> BTreeSet<usize> {
    let (mut seen, mut chosen) = (BTreeSet::new(), BTreeSet::new());
    let run = variants.iter().enumerate().filter(|(_, variant)| (table.unrun)(variant).is_none());
    // A posterior level with a bounded tail takes the largest batches.
    let large = |variant: &Variant| axis(variant, "level") == "posterior" && axis(variant, "tail") == "bounded";
    let (last, first): (Vec<_>, Vec<_>) = run.partition(|(_, variant)| large(variant));
    for (number, variant) in first.into_iter().chain(last) {
        let before = seen.len();
        seen.extend(variant.iter());
        if seen.len() > before {
            chosen.insert(number);
        }
    }
    chosen
}

/// Whether a variant that is not run is what its reason says.
fn excused(instance: &Instance, why: Unrun) -> Result<(), String> {
    let bounds = &instance.bounds;
    let (holds, what) = match why {
        Unrun::Formula => (instance.experiment.is_none(), "it has trials"),
        Unrun::TooLarge(_) => (bounds.too_large() || bounds.too_long(), "its trials can be run"),
        Unrun::OtherTail(_) => (bounds.too_long(), "its trials can be run"),
        Unrun::NotProved(_) => {
            (instance.conclusion.as_ref().is_some_and(|c| !c.beside.is_empty()), "nothing is counted")
        }
    };
    if holds { Ok(()) } else { Err(format!("{why:?}, but {what}")) }
}

/// Tries each of the variants that are chosen by number.
fn each(table: &Table, mut tried: impl FnMut(usize, &Variant) -> Result<(), String>) {
    let all = variants(theory().unwrap(), table.theorem);
    let failures = all.iter().enumerate().filter_map(|(number, variant)| {
        println!("{number} of {}: {}", all.len(), tags(variant));
        let why = tried(number, variant).err()?;
        Some(format!("[{}]: {why}", tags(variant)))
    });
    let failed: Vec<String> = failures.collect();
    assert!(!all.is_empty() && failed.is_empty(), "{}: {}", table.theorem, failed.join("\n"));
}

/// Every variant is derived, and those that cover all values are run.
pub(crate) fn all(table: &Table) {
    let chosen = cover(table, &variants(theory().unwrap(), table.theorem));
    each(table, |number, variant| {
        let instance = derived(table, variant)?;
        match (table.unrun)(variant) {
            Some(why) => excused(&instance, why),
            None if chosen.contains(&number) => certified(table, variant, instance),
            None => Ok(()),
        }
    });
}

/// The others are run.
pub(crate) fn rest(table: &Table) {
    let chosen = cover(table, &variants(theory().unwrap(), table.theorem));
    each(table, |number, variant| {
        if (table.unrun)(variant).is_some() || chosen.contains(&number) {
            return Ok(());
        }
        certified(table, variant, derived(table, variant)?)
    });
}
