//! The forgeries: for each honest certificate, what a clever forger would change, and by what name that is to be refused.
//!
//! A forgery names the refusals that are its own: the repair tool leaves what they refuse, and mends everything else.

use super::honest;
use crate::common::{choice, inequality, insert, remove};
use provably::certificate::document::{Certificate, StepRecord};
use provably::certificate::proof::{CORROBORATION, FEW_FAILURES, NOT_VACUOUS};
use provably::certificate::support::FiniteSupport;
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

/// The choices that state what is claimed, so that another value is another instance, or too strong a claim for the same numbers.
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

    /// Events and obligations counted otherwise than what is said to follow from them.
    fn counts(&mut self, base: &str, certificate: &Certificate) {
        let counted = |name: &str| {
            certificate
                .steps
                .iter()
                .any(|s| s.rule == "counted" && s.claim.as_deref().unwrap().starts_with(&format!("Pr[not {name}")))
        };
        for (i, event) in certificate.trials.events.iter().enumerate() {
            let (answer, class) = if counted(&event.name) { ("false-inequality", "f") } else { ("wrong-verdict", "o") };
            self.keeping(
                class,
                base,
                format!("{} fails in every trial", event.name),
                &[answer],
                &["wrong-verdict"],
                |c| {
                    many(c, 50);
                    c.trials.events[i].failed = c.trials.count;
                    for o in &mut c.trials.obligations {
                        (o.judged, o.failed) = (0, 0);
                    }
                },
            );
            self.keeping(
                "f",
                base,
                format!("{} fails more often than judged", event.name),
                &["wrong-count", "undefined"],
                &["wrong-count"],
                |c| {
                    c.trials.events[i].failed = c.trials.count + 1;
                },
            );
            self.keeping(
                "g",
                base,
                format!("{} not judged in one trial", event.name),
                &["wrong-count"],
                &["wrong-count"],
                |c| {
                    c.trials.events[i].judged -= 1;
                },
            );
            self.keeping(
                "f",
                base,
                format!("{} left out of the trials", event.name),
                &["missing-event", "not-counted"],
                &["missing-event", "not-counted"],
                |c| {
                    c.trials.events.remove(i);
                },
            );
        }
        for (i, obligation) in certificate.trials.obligations.iter().enumerate() {
            let name = &obligation.name;
            self.keeping(
                "g",
                base,
                format!("{name} judged in no trial, and corroborated"),
                &["wrong-verdict"],
                &["wrong-verdict"],
                |c| {
                    if c.verdict != "corroborated" {
                        c.verdict = "corroborated".into();
                    }
                    c.trials.obligations[i].judged = 0;
                },
            );
            self.keeping(
                "g",
                base,
                format!("{name} broken, and not refuted"),
                &["wrong-verdict"],
                &["wrong-verdict"],
                |c| c.trials.obligations[i].failed = 1,
            );
            self.keeping(
                "g",
                base,
                format!("{name} left out"),
                &["missing-obligation"],
                &["missing-obligation"],
                |c| drop(c.trials.obligations.remove(i)),
            );
            let assumed = &self.theory.obligations[name].assumes;
            if let Some(event) = certificate.trials.events.iter().position(|e| assumed.contains(&e.name)) {
                self.keeping(
                    "h",
                    base,
                    format!("{name} judged where an event that it assumes failed"),
                    &["wrong-count"],
                    &["wrong-count"],
                    |c| {
                        // So many trials that one more failure changes nothing else.
                        many(c, 1000);
                        c.trials.events[event].failed += 1;
                        c.trials.obligations[i].judged = c.trials.count;
                    },
                );
            }
        }
        self.keeping(
            "h",
            base,
            "refuted by trials that are merely not certified".into(),
            &["wrong-verdict"],
            &["wrong-verdict"],
            |c| {
                without_corroboration(c);
                (c.trials.failures, c.trials.cut, c.trials.uncertified) = (0, 0, c.trials.count);
                c.verdict = "refuted".into();
            },
        );
        self.keeping(
            "h",
            base,
            "uncertified trials, and corroborated".into(),
            &["wrong-verdict"],
            &["wrong-verdict"],
            |c| {
                without_corroboration(c);
                (c.trials.failures, c.trials.cut, c.trials.uncertified) = (0, 0, c.trials.count);
                c.verdict = "corroborated".into();
            },
        );
        self.keeping(
            "f",
            base,
            "every trial failed, and corroborated".into(),
            &["wrong-verdict"],
            &["wrong-verdict"],
            |c| {
                without_corroboration(c);
                (c.trials.failures, c.trials.cut, c.trials.uncertified) = (c.trials.count, 0, 0);
                c.verdict = "corroborated".into();
            },
        );
        self.keeping(
            "f",
            base,
            "every trial failed, and few enough".into(),
            &["false-inequality"],
            &["false-inequality"],
            |c| {
                (c.trials.failures, c.trials.cut, c.trials.uncertified) = (c.trials.count, 0, 0);
                if !c.steps.iter().any(|s| s.claim.as_deref() == Some(FEW_FAILURES)) {
                    c.steps.push(inequality(FEW_FAILURES));
                }
            },
        );
        self.keeping("m", base, "failures whose sum wraps to none".into(), &["wrong-count"], &["wrong-count"], |c| {
            (c.trials.failures, c.trials.cut) = (u64::MAX, 1);
        });
        self.add("m", base, "2^64 - 1 trials".into(), &["wrong-count", "undefined", VALID, "false-inequality"], |c| {
            let most = u64::MAX;
            let all = c.trials.events.iter_mut().chain(&mut c.trials.obligations);
            all.for_each(|e| (e.judged, e.failed) = (most, 0));
            (c.trials.count, c.trials.failures, c.trials.cut, c.trials.uncertified) = (most, 0, 0, 0);
        });
        for (error, answer) in [
            ("0.999999", "error-rate"),
            ("0.6", "error-rate"),
            ("1", "wrong-count"),
            ("0", "wrong-count"),
            ("0.0000001", "wrong-count"),
        ] {
            self.keeping(
                "f",
                base,
                format!("the trials' error rate {error}"),
                &[answer, "undefined"],
                &["wrong-count"],
                |c| c.trials.error = error.into(),
            );
        }
        self.keeping(
            "i",
            base,
            "an error rate of twice what the statement says".into(),
            &["wrong-statement", "false-inequality", "missing-premise"],
            &["wrong-statement"],
            |c| {
                c.trials.error = "0.02".into();
                let trials = c.steps.iter().position(|s| s.rule == "trials").unwrap();
                c.steps[trials].defines.clear();
            },
        );
    }

    /// Each root claim left out or weakened.
    fn roots(&mut self, base: &str, certificate: &Certificate) {
        let statement = self.theory.statement(&certificate.theorem, &certificate.variant).unwrap();
        for root in statement.roots.iter().map(ToString::to_string) {
            let step = certificate.steps.iter().position(|s| s.claim.as_ref() == Some(&root)).unwrap();
            let dropped = ["weaker-root-claim", "missing-axiom", "missing-premise"];
            self.keeping("e", base, format!("`{root}` left out"), &["weaker-root-claim"], &dropped, |c| {
                drop(remove(c, step))
            });
            self.keeping("e", base, format!("`{root}` for twice as much"), &["weaker-root-claim"], &dropped, |c| {
                let (events, bound) = root.rsplit_once(" <= ").unwrap();
                let weak = format!("{events} <= 2*{bound}");
                c.steps[step].claim = Some(weak);
                c.steps[step].rule = "counted".into();
                c.steps[step].axiom = None;
                c.steps[step].from = Vec::new();
                if c.steps[step].rule == "counted" {
                    let claim = c.steps.remove(step).claim;
                    c.steps.iter_mut().flat_map(|s| &mut s.from).filter(|f| **f > step).for_each(|f| *f -= 1);
                    c.statement = claim.unwrap();
                }
            });
            self.keeping("e", base, format!("behind `{root}` a weaker one"), &["unused"], &["unused"], |c| {
                let bound = root.rsplit_once(" <= ").unwrap().1;
                insert(
                    c,
                    step + 1,
                    inequality(
                        &format!("{bound} <= 2*({bound})")
                            .replace("2*(delta)", "2*delta")
                            .replace("2*(subspace_share)", "2*subspace_share")
                            .replace("2*(off_share)", "2*off_share")
                            .replace("2*(control_share)", "2*control_share")
                            .replace("2*(gap_share)", "2*gap_share")
                            .replace("2*(0)", "2*0"),
                    ),
                );
                insert(
                    c,
                    step + 2,
                    StepRecord { rule: "weaken".into(), from: vec![step, step + 1], ..StepRecord::default() },
                );
            });
            self.keeping(
                "e",
                base,
                format!("`{root}` of other numbers"),
                &["wrong-step", "not-counted"],
                &["wrong-step", "not-counted"],
                |c| {
                    let (events, bound) = root.rsplit_once("] <= ").unwrap();
                    let other = events.rsplit_once('(').map_or(events.into(), |(event, _)| format!("{event}(1)"));
                    c.steps[step].claim = Some(format!("{other}] <= {bound}"));
                },
            );
        }
    }

    /// Each axiom exchanged for a sibling of other variants.
    fn siblings(&mut self, base: &str, certificate: &Certificate) {
        const SIBLINGS: [(&str, &str); 22] = [
            ("theorem-c1-fresh", "theorem-c1-population"),
            ("theorem-c2-fresh", "theorem-c2-population"),
            ("theorem-c-batch", "theorem-c-closed"),
            ("theorem-b-batch", "theorem-b-closed"),
            ("lemma-2", "first-step-population"),
            ("evaluated-by-samples", "evaluated-exactly"),
            ("posterior-sampled", "posterior-enumerated"),
            ("ticket-sampled", "ticket-enumerated"),
            ("posterior-loss", "margin-enumerated"),
            ("posterior-loss", "margin-of-hits"),
            ("mistakes-bounded", "mistakes-counted"),
            ("ball-hits", "window-hits"),
            ("gaussian-outer", "all-outer-squares"),
            ("gaussian-inner", "initial-norms"),
            ("gaussian-inputs", "bounded-inputs"),
            ("standard-inputs", "bounded-inputs"),
            ("mixture-inputs", "bounded-inputs"),
            ("explicit-loss", "explicit-margin"),
            ("any-hidden-layer", "any-mean-hidden-layer"),
            ("frozen-layer-batch", "frozen-layer-closed"),
            ("frozen-batch", "theorem-3.4"),
            ("linear-target-enumerated", "linear-target"),
        ];
        for (one, other) in SIBLINGS.into_iter().chain(SIBLINGS.map(|(x, y)| (y, x))) {
            if certificate.axioms.iter().any(|a| a == one) && !certificate.axioms.iter().any(|a| a == other) {
                self.keeping(
                    "d",
                    base,
                    format!("{one} exchanged for {other}"),
                    &["unknown-axiom"],
                    &["unknown-axiom"],
                    |c| {
                        let own = c.steps.iter_mut().filter(|s| s.axiom.as_deref() == Some(one));
                        own.for_each(|s| s.axiom = Some(other.into()));
                    },
                );
            }
        }
        for axiom in certificate.axioms.iter().filter(|a| self.theory.axiom(a).is_some()).step_by(3) {
            let (missing, defined) =
                (["missing-axiom", "weaker-root-claim", "missing-premise"], ["wrong-definition", "unknown-symbol"]);
            let keep = [&missing[..], &defined[..]].concat();
            self.keeping("axiom", base, format!("{axiom} not applied"), &missing, &keep, |c| {
                let at = c.steps.iter().position(|s| s.rule == "axiom" && s.axiom.as_ref() == Some(axiom)).unwrap();
                c.steps.iter_mut().for_each(|s| s.from.retain(|&f| f != at));
                remove(c, at);
            });
            if certificate.steps.iter().any(|s| s.rule == "definition" && s.axiom.as_ref() == Some(axiom)) {
                self.keeping("axiom", base, format!("{axiom} without its definitions"), &defined, &keep, |c| {
                    let at =
                        c.steps.iter().position(|s| s.rule == "definition" && s.axiom.as_ref() == Some(axiom)).unwrap();
                    remove(c, at);
                });
            }
        }
    }

    /// A union with an event missing, or twice; each with the sum that goes with it.
    fn unions(&mut self, base: &str, certificate: &Certificate) {
        for (at, union) in certificate.steps.iter().enumerate().filter(|(_, s)| s.rule == "union") {
            for (i, &premise) in union.from.iter().enumerate() {
                let event = certificate.steps[premise].claim.as_deref().unwrap();
                let keep = ["missing-premise", "repeated-event", "wrong-premises", "unused"];
                self.keeping("union", base, format!("a union without `{event}`"), &["missing-premise"], &keep, |c| {
                    c.steps[at].from.remove(i);
                    let bounds = c.steps[at]
                        .from
                        .iter()
                        .map(|&f| c.steps[f].claim.as_deref().unwrap().rsplit_once("] <= ").unwrap().1);
                    let sum = bounds.collect::<Vec<_>>().join(" + ");
                    let weaken = c.steps.iter().find(|s| s.rule == "weaken" && s.from.first() == Some(&at)).unwrap();
                    let comparison = weaken.from[1];
                    let bound = c.steps[comparison].claim.as_deref().unwrap().rsplit_once(" <= ").unwrap().1;
                    c.steps[comparison].claim = Some(format!("{sum} <= {bound}"));
                    if let [only] = c.steps[at].from[..] {
                        let weaken = c.steps.iter_mut().find(|s| s.rule == "weaken" && s.from.first() == Some(&at));
                        weaken.unwrap().from[0] = only;
                        remove(c, at);
                    }
                });
                self.keeping("union", base, format!("a union with `{event}` twice"), &["repeated-event"], &keep, |c| {
                    c.steps[at].from.insert(i, premise);
                });
            }
        }
    }

    /// Error rates that are not added.
    fn errors(&mut self, base: &str, certificate: &Certificate) {
        self.keeping(
            "c",
            base,
            "the certification's error not added".into(),
            &["wrong-premises", "false-inequality"],
            &["wrong-premises", "false-inequality"],
            |c| match c.steps.iter().position(|s| s.claim.as_deref() == Some(FEW_FAILURES)) {
                Some(few) => c.steps[few].claim = Some("failure_upper <= delta".into()),
                None => c.steps.push(inequality("failure_upper <= delta")),
            },
        );
        if certificate.variant["evaluation"] == "sampled" {
            self.keeping("c", base, "no error of certification".into(), &["wrong-step"], &["wrong-step"], |c| {
                let own =
                    c.steps.iter_mut().flat_map(|s| &mut s.defines).find(|d| d.name == "certification_error").unwrap();
                (own.is, own.value) = ("0".into(), ["0".into(), "0".into()]);
            });
        }
        for name in ["evidence_error", "program_error", "omega", "surplus"] {
            if chosen(certificate).iter().any(|c| c == name) {
                self.keeping(
                    "c",
                    base,
                    format!("{name} not chosen"),
                    &["unknown-symbol", "missing-choice"],
                    &["unknown-symbol", "missing-choice"],
                    |c| {
                        let at = c.steps.iter().position(|s| s.rule == "choice" && s.defines[0].name == name).unwrap();
                        remove(c, at);
                    },
                );
            }
        }
        if chosen(certificate).iter().any(|c| c == "evidence_error") {
            self.add("f", base, "evidence that may be wrong half of the time".into(), &["error-rate"], |c| {
                choice(c, "evidence_error").is = "0.499".into()
            });
        }
        let axioms = ["trials-as-recorded", "evidence-as-recorded"]
            .into_iter()
            .chain(certificate.axioms.first().map(String::as_str));
        for axiom in axioms.filter(|a| certificate.axioms.iter().any(|own| own == a)) {
            self.keeping("o", base, format!("{axiom} not listed"), &["wrong-axioms"], &["wrong-axioms"], |c| {
                c.axioms.retain(|a| a != axiom)
            });
        }
    }

    /// A statement, verdict, value or need written otherwise than the steps give it.
    fn texts(&mut self, base: &str, certificate: &Certificate) {
        let wrong = |c: &mut Certificate, from: &str, to: &str| c.statement = c.statement.replacen(from, to, 1);
        let keep = ["wrong-statement"];
        self.keeping("o", base, "a statement that rounds epsilon".into(), &keep, &keep, |c| {
            wrong(c, "epsilon = 0", "epsilon = 0.00")
        });
        self.keeping("o", base, "a statement of fewer failures".into(), &keep, &keep, |c| {
            wrong(c, "failure rate at most 0.", "failure rate at most 0.0")
        });
        self.keeping("o", base, "a statement without a parameter".into(), &keep, &keep, |c| {
            wrong(c, "delta = ", "d = ")
        });
        self.keeping("o", base, "a statement of more trials".into(), &keep, &keep, |c| {
            wrong(c, " trials of seed", "0 trials of seed")
        });
        self.keeping("o", base, "a statement of another root".into(), &keep, &keep, |c| {
            wrong(c, "]: Pr[not ", "]: Pr[")
        });
        let irrational = |d: &&provably::certificate::document::DefinitionRecord| d.value[0] != d.value[1];
        for (i, which) in [0, 3, 7].into_iter().enumerate() {
            let names: Vec<String> =
                certificate.steps.iter().flat_map(|s| &s.defines).filter(irrational).map(|d| d.name.clone()).collect();
            let Some(name) = names.get(which) else { continue };
            self.keeping(
                "j",
                base,
                format!("{name} enclosed by one of its ends"),
                &["wrong-step"],
                &["wrong-step"],
                |c| {
                    let own = c.steps.iter_mut().flat_map(|s| &mut s.defines).find(|d| d.name == *name).unwrap();
                    own.value = if i % 2 == 0 {
                        [own.value[0].clone(), own.value[0].clone()]
                    } else {
                        [own.value[1].clone(), own.value[1].clone()]
                    };
                },
            );
        }
        if let Some(at) = certificate.steps.iter().position(|s| !s.needs.is_empty()) {
            self.keeping("need", base, "a need not listed".into(), &["wrong-step"], &["wrong-step"], |c| {
                drop(c.steps[at].needs.remove(0))
            });
        }
        let vacuous = |c: &mut Certificate| c.steps.push(inequality("minority < error_bound"));
        self.keeping(
            "need",
            base,
            "a bound that is said to be vacuous".into(),
            &["false-inequality"],
            &["false-inequality"],
            vacuous,
        );
        self.keeping(
            "o",
            base,
            "no proof that the bound is not vacuous".into(),
            &["missing-premise"],
            &["missing-premise"],
            |c| {
                let at = c.steps.iter().position(|s| s.claim.as_deref() == Some(NOT_VACUOUS)).unwrap();
                remove(c, at);
            },
        );
        // Harmless.
        self.add("harmless", base, "another host".into(), &[VALID], |c| {
            c.info = serde_json::json!({"host": "another"}).into()
        });
        self.keeping("harmless", base, "two steps the other way round".into(), &[VALID], &[], |c| {
            let independent = |i: &usize| c.steps[*i].rule == "choice" && c.steps[*i + 1].rule == "choice";
            let at = (0..c.steps.len() - 1).find(independent).unwrap_or(0);
            let step = remove(c, at);
            insert(c, at + 1, step);
        });
        self.add("harmless", base, "twice the trials, as recorded".into(), &[VALID, "false-inequality"], |c| {
            many(c, 2);
        });
    }

    /// A share made large on the way to the union, so that an event's failures refute nothing.
    fn weakened_share(&mut self, base: &str, certificate: &Certificate) {
        let hits = "Pr[not hits(kappa)] <= delta_H";
        let Some(at) = certificate.steps.iter().position(|s| s.claim.as_deref() == Some(hits)) else { return };
        let union = certificate.steps.iter().find(|s| s.rule == "union" && s.from.contains(&at)).unwrap();
        let sum = union.claim.as_deref().unwrap().rsplit_once("] <= ").unwrap().1.to_string();
        let keep = ["wrong-verdict"];
        self.keeping("f", base, "hits fail more often than their share, which is weakened".into(), &keep, &keep, |c| {
            choice(c, "delta").is = "0.9".into();
            many(c, 2000 / c.trials.count + 1);
            let share: f64 = value(c, "delta_H").parse().unwrap();
            let trials = &mut c.trials;
            trials
                .events
                .iter_mut()
                .filter(|e| e.name == "hits")
                .for_each(|e| e.failed = (trials.count as f64 * (share + 0.1)) as u64);
            let most = trials.count - trials.events.iter().map(|e| e.failed).max().unwrap();
            trials.obligations.iter_mut().for_each(|o| o.judged = most.min(o.judged));
            insert(c, at + 1, inequality("delta_H <= delta_H + 0.3"));
            insert(c, at + 2, StepRecord { rule: "weaken".into(), from: vec![at, at + 1], ..StepRecord::default() });
            let union = c.steps.iter_mut().find(|s| s.rule == "union" && s.from.contains(&at)).unwrap();
            union.from.iter_mut().filter(|f| **f == at).for_each(|f| *f = at + 2);
            let own = c.steps.iter_mut().find(|s| s.claim.as_deref() == Some(&format!("{sum} <= delta"))).unwrap();
            own.claim = Some(format!("{} <= delta", weaker_sum(&sum)));
            c.verdict = "corroborated".into();
        });
    }

    /// Evidence whose error is chosen behind the step that adds up the error rates.
    fn late_evidence(&mut self, base: &str, certificate: &Certificate) {
        if !chosen(certificate).iter().any(|name| name == "evidence_error")
            || certificate.axioms.iter().any(|a| a == "component-hits")
        {
            return;
        }
        self.keeping("f", base, "an error of the evidence chosen last".into(), &["error-rate"], &["unused"], |c| {
            choice(c, "evidence_error").is = "0.995".into();
            let own = |s: &StepRecord| {
                s.axiom.as_deref() == Some("feature-set") || s.defines.iter().any(|d| d.name == "evidence_error")
            };
            while let Some(at) =
                c.steps.iter().position(own).filter(|at| at + 2 < c.steps.len() && !c.steps[*at..].iter().all(own))
            {
                let step = remove(c, at);
                c.steps.push(step);
            }
        });
        self.keeping(
            "axiom",
            base,
            "a definition of nothing".into(),
            &["wrong-definition"],
            &["wrong-definition"],
            |c| {
                let definition = StepRecord {
                    rule: "definition".into(),
                    axiom: Some("feature-set".into()),
                    ..StepRecord::default()
                };
                insert(c, 0, definition);
            },
        );
    }

    /// Rows that are not the ones the values are of, or where there are none.
    fn rows(&mut self, base: &str, certificate: &Certificate) {
        let keep = ["misplaced-support"];
        if certificate.support.is_none() {
            let rows = &honest::all()["iris"].1.support;
            self.keeping("n", base, "rows where the distribution has none".into(), &keep, &keep, |c| {
                let rows = rows.as_ref().unwrap();
                let (points, labels) = (rows.points[49..51].to_vec(), rows.labels[49..51].to_vec());
                let sums = FiniteSupport::new(&points, &labels).unwrap().label_weighted_sums();
                let few = provably::certificate::document::SupportRecord { points, labels, label_weighted_sums: sums };
                c.support = Some(few);
            });
            return;
        }
        self.keeping("n", base, "no rows where the distribution is rows".into(), &keep, &keep, |c| c.support = None);
        let needs = ["false-inequality", VALID];
        let mut change = |name: &str, change: fn(&mut provably::certificate::document::SupportRecord)| {
            self.add("support", base, name.into(), &needs, |c| change(c.support.as_mut().unwrap()));
            self.keeping(
                "support",
                base,
                format!("{name}, the sums as they were"),
                &["wrong-sums"],
                &["wrong-sums"],
                |c| change(c.support.as_mut().unwrap()),
            );
            self.keeping(
                "support",
                base,
                format!("{name}, the values as they were"),
                &["wrong-step"],
                &["wrong-step"],
                |c| change(c.support.as_mut().unwrap()),
            );
        };
        change("a label flipped", |s| s.labels[0] = -s.labels[0]);
        change("a row moved far away", |s| s.points[3][0] = 1e6);
        change("a row left out", |s| drop((s.points.pop(), s.labels.pop())));
        change("a row moved a little", |s| s.points[3][0] += 0.125);
        self.add("support", base, "a label of 2".into(), &["bad-support"], |c| {
            c.support.as_mut().unwrap().labels[0] = 2
        });
        self.add("support", base, "a row too long".into(), &["bad-support"], |c| {
            c.support.as_mut().unwrap().points[0].push(1.0)
        });
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
