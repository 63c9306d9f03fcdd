//! Forged claims: other root claims, another theorem's axioms, unions that leave something out, error rates.

use super::{Press, chosen};
use crate::common::{choice, inequality, insert, remove};
use provably::certificate::document::{Certificate, StepRecord};
use provably::certificate::proof::FEW_FAILURES;

impl Press<'_> {
    /// Each root claim left out or weakened.
    pub(super) fn roots(&mut self, base: &str, certificate: &Certificate) {
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
    pub(super) fn siblings(&mut self, base: &str, certificate: &Certificate) {
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
    pub(super) fn unions(&mut self, base: &str, certificate: &Certificate) {
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
    pub(super) fn errors(&mut self, base: &str, certificate: &Certificate) {
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
}
