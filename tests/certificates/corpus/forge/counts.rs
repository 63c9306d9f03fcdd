//! Forged counts: what trials, events and obligations are said to have shown.

use super::{Press, VALID, many, without_corroboration};
use crate::common::inequality;
use provably::certificate::document::Certificate;
use provably::certificate::proof::FEW_FAILURES;

impl Press<'_> {
    /// Events and obligations counted otherwise than what is said to follow from them.
    pub(super) fn counts(&mut self, base: &str, certificate: &Certificate) {
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
}
