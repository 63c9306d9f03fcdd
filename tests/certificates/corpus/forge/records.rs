//! Forged records: texts and enclosures, shares, evidence, the rows of a support.

use super::honest;
use super::{Press, VALID, chosen, many, value, weaker_sum};
use crate::common::{choice, inequality, insert, remove};
use provably::certificate::document::{Certificate, StepRecord};
use provably::certificate::proof::NOT_VACUOUS;
use provably::certificate::support::FiniteSupport;

impl Press<'_> {
    /// A statement, verdict, value or need written otherwise than the steps give it.
    pub(super) fn texts(&mut self, base: &str, certificate: &Certificate) {
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
    pub(super) fn weakened_share(&mut self, base: &str, certificate: &Certificate) {
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
    pub(super) fn late_evidence(&mut self, base: &str, certificate: &Certificate) {
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
    pub(super) fn rows(&mut self, base: &str, certificate: &Certificate) {
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
