//! The forgeries: for each honest certificate, what a clever forger would change, and by what name that is to be refused.
//!
//! A forgery names the refusals that are its own: the repair tool leaves what they refuse, and mends everything else.

mod claims;
mod counts;
mod records;

use super::honest;
use crate::common::{choice, remove};
use provably::certificate::document::Certificate;
use provably::certificate::proof::{CORROBORATION, FEW_FAILURES};
use provably::certificate::theory::{Kind, Theory};
use provably::wellformed;
use std::collections::{BTreeMap, BTreeSet};

/// A forgery before it is repaired.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) class: &'static str,
    pub(crate) base: String,
    pub(crate) forged: Certificate,
    /// What it may be refused by; with `valid` among them, it may be a true statement on another instance.
    pub(crate) answers: Vec<&'static str>,
    /// Which of these the repair tool does not mend.
    pub(crate) keep: Vec<&'static str>,
    /// Whether it is first made valid under a theory that lets anything be used anywhere.
    pub(crate) permissive: bool,
}

/// The answer to what may be a true statement on another instance.
const VALID: &str = "valid";

pub(crate) struct Press<'t> {
    pub(crate) theory: &'t Theory,
    pub(crate) plans: Vec<Plan>,
}

impl Press<'_> {
    fn add(
        &mut self,
        class: &'static str,
        base: &str,
        name: String,
        answers: &[&'static str],
        change: impl FnOnce(&mut Certificate),
    ) {
        self.keeping(class, base, name, answers, &[], change);
    }

    fn keeping(
        &mut self,
        class: &'static str,
        base: &str,
        name: String,
        answers: &[&'static str],
        keep: &[&'static str],
        change: impl FnOnce(&mut Certificate),
    ) {
        let original = &honest::all()[base].1;
        let mut forged = original.clone();
        change(&mut forged);
        assert_ne!(&forged, original, "{base}: {name} changes nothing");
        let (answers, keep) = (answers.to_vec(), keep.to_vec());
        self.plans.push(Plan { name, class, base: base.into(), forged, answers, keep, permissive: false });
    }

    /// Every forgery of every honest certificate.
    pub(crate) fn run(&mut self) {
        let mut seen = BTreeSet::new();
        for (base, (_, certificate)) in honest::all() {
            self.axes(base, certificate);
            self.kinds(base, certificate, &mut seen);
            self.strengthened(base, certificate);
            self.counts(base, certificate);
            self.roots(base, certificate);
            self.siblings(base, certificate);
            self.unions(base, certificate);
            self.errors(base, certificate);
            self.texts(base, certificate);
            self.rows(base, certificate);
            self.weakened_share(base, certificate);
            super::special::unlisted(self, base, certificate);
        }
        super::special::bayes(self);
        for (base, (_, certificate)) in honest::all() {
            self.late_evidence(base, certificate);
        }
    }

    /// Another value on each axis, an axis dropped, an axis added.
    fn axes(&mut self, base: &str, certificate: &Certificate) {
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for theorem in self.theory.theorems() {
            for (axis, value) in wellformed::variants(self.theory, theorem).into_iter().flatten() {
                values.entry(axis).or_default().insert(value);
            }
        }
        for (axis, all) in &values {
            let class = match axis.as_str() {
                "evaluation" => "c",
                "comparator" | "hits" => "b",
                "data" => "n",
                _ => "d",
            };
            for value in all {
                let mut variant = certificate.variant.clone();
                let old = variant.insert(axis.clone(), value.clone());
                if old.as_ref() == Some(value) {
                    continue;
                }
                let listed = self.theory.statement(&certificate.theorem, &variant).is_ok();
                // A listed variant is another instance, if the same numbers do for it.
                let answers: &[_] = if listed {
                    &[
                        "false-inequality",
                        "illegal-choice",
                        "undefined",
                        "misplaced-support",
                        "axiom-not-permitted",
                        VALID,
                    ]
                } else {
                    &["unknown-variant"]
                };
                let how = if old.is_some() { "turned into" } else { "added:" };
                self.add(class, base, format!("{axis} {how} {value}"), answers, |c| c.variant = variant);
            }
            if certificate.variant.contains_key(axis) {
                self.add("d", base, format!("{axis} dropped"), &["unknown-variant"], |c| drop(c.variant.remove(axis)));
            }
        }
        self.add("d", base, "an axis there is not".into(), &["unknown-variant"], |c| {
            c.variant.insert("luck".into(), "good".into());
        });
    }

    /// Each choice moved out of its kind or range, once a theorem.
    fn kinds(&mut self, base: &str, certificate: &Certificate, seen: &mut BTreeSet<(String, String)>) {
        for name in chosen(certificate) {
            if !seen.insert((certificate.theorem.clone(), name.clone())) {
                continue;
            }
            let quantity = &self.theory.quantities[&name];
            let mut wrong = vec!["1/2"];
            match quantity.kind {
                Kind::Whole => wrong.push("2.5"),
                Kind::Share => wrong.extend(["1", "0"]),
                Kind::Real => {}
            }
            let beyond = ["0", "0.5000001", "0.786", "1", "0.251"].into_iter();
            wrong.extend(
                beyond.filter(|number| quantity.admits(number).is_err() && quantity.kind == Kind::Real).take(1),
            );
            for number in wrong.into_iter().skip(usize::from(!seen.len().is_multiple_of(4))) {
                self.add("f", base, format!("{name} = {number}"), &["illegal-choice"], |c| {
                    choice(c, &name).is = number.into()
                });
            }
        }
    }

    /// Each choice made larger or smaller: where the claim becomes too strong, a need no longer holds.
    fn strengthened(&mut self, base: &str, certificate: &Certificate) {
        for name in chosen(certificate) {
            let quantity = self.theory.quantities[&name].clone();
            let old: f64 = value(certificate, &name).parse().unwrap();
            for (how, factor) in [("smaller", 0.5), ("larger", 2.0), ("far smaller", 0.01), ("far larger", 100.0)] {
                let scaled = old * factor;
                let text = if quantity.kind == Kind::Whole { format!("{}", scaled.floor()) } else { short(scaled) };
                if quantity.admits(&text).is_err() || text == value(certificate, &name) {
                    continue;
                }
                let class = match name.as_str() {
                    "p_a" | "p_o" | "k" | "r" if certificate.theorem == "beyond-kernel" => "a",
                    _ if name.starts_with("delta") || name.ends_with("share") || name.ends_with("error") => "share",
                    "weight_relu" | "weight_tangent" | "target_margin" | "target_loss" | "alpha_once" | "hit_mean" => {
                        "j"
                    }
                    "feature_hits" | "feature_draws" | "hit_draws" | "p" | "q" => "f",
                    "epsilon" if ["gaussian-xor", "uniform-parity"].contains(&certificate.theorem.as_str()) => "l",
                    _ => "need",
                };
                let answers = ["false-inequality", "undefined", "error-rate", "illegal-choice", VALID];
                self.add(class, base, format!("{name} {how}: {text}"), &answers, |c| choice(c, &name).is = text);
            }
        }
    }
}

/// The sum with the weakened share of the hits in it: `a + (b + c)` keeps its brackets, as every second summand does.
fn weaker_sum(sum: &str) -> String {
    match sum.strip_prefix("delta_H") {
        Some(rest) => format!("delta_H + 0.3{rest}"),
        None => sum.replacen("delta_H", "(delta_H + 0.3)", 1),
    }
}

/// The trials so many times over.
pub(crate) fn many(c: &mut Certificate, times: u64) {
    let trials = &mut c.trials;
    let all = trials.events.iter_mut().chain(&mut trials.obligations);
    all.for_each(|e| (e.judged, e.failed) = (times * e.judged, times * e.failed));
    for part in [&mut trials.count, &mut trials.failures, &mut trials.cut, &mut trials.uncertified] {
        *part *= times;
    }
}

/// Takes out what corroborates.
pub(crate) fn without_corroboration(certificate: &mut Certificate) {
    for claim in [CORROBORATION, FEW_FAILURES] {
        if let Some(at) = certificate.steps.iter().position(|s| s.claim.as_deref() == Some(claim)) {
            remove(certificate, at);
        }
    }
}

/// Every symbol the certificate chooses.
pub(crate) fn chosen(certificate: &Certificate) -> Vec<String> {
    certificate.steps.iter().filter(|s| s.rule == "choice").map(|s| s.defines[0].name.clone()).collect()
}

/// The numeral of a choice.
pub(crate) fn value(certificate: &Certificate, name: &str) -> String {
    let mut defines = certificate.steps.iter().filter(|s| s.rule == "choice").flat_map(|s| &s.defines);
    defines.find(|d| d.name == name).unwrap().is.clone()
}

/// A numeral of about this value, of few digits.
fn short(x: f64) -> String {
    let rounded: f64 = format!("{x:.3e}").parse().unwrap();
    let text = format!("{rounded}");
    if provably::certificate::expression::numeral(&text).is_some() { text } else { "0".into() }
}
