//! The checker on a small certificate: it accepts the true one and refuses every alteration, by name.

use crate::rules::{TEXT, claim, conclude, derive, plain, theory, trials};
use provably::certificate::checker::{MAX_BYTES, axioms, check, read};
use provably::certificate::document::{Certificate, FORMAT, SupportRecord, TrialsRecord};
use provably::certificate::proof::Kernel;

fn certificate_with(more: impl Fn(&mut Kernel<'_>), stop: bool) -> Certificate {
    let theory = theory();
    let mut kernel = Kernel::new(&theory, "small", &plain(), None).unwrap();
    let trials = trials(500, 3);
    derive(&mut kernel).unwrap();
    more(&mut kernel);
    if !stop {
        conclude(&mut kernel, &trials).unwrap();
    }
    Certificate {
        format: FORMAT.into(),
        theorem: "small".into(),
        variant: plain(),
        statement: kernel.render(&trials).unwrap(),
        // A derivation that stops short of the trials has no verdict; what refuses it is not this text.
        verdict: kernel.verdict(&trials).unwrap_or("inconclusive").into(),
        support: None,
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        theories: std::collections::BTreeMap::new(),
        axioms: axioms(&kernel).into_iter().collect(),
        trials,
        info: serde_json::Value::Null.into(),
    }
}

fn certificate() -> Certificate {
    certificate_with(|_| (), false)
}

fn verdict_on(certificate: &Certificate) -> Result<String, &'static str> {
    check(certificate, &theory(), &["second".into()]).map(|v| v.verdict).map_err(|r| r.check)
}

/// A true certificate refused, or what it rests on told otherwise.
#[test]
fn the_true_certificate_is_valid() {
    let certificate = certificate();
    let verified = check(&certificate, &theory(), &["second".into()]).unwrap();
    assert_eq!((verified.verdict.as_str(), verified.error_rate), ("corroborated", 0.01));
    assert_eq!(verified.axioms, ["both", "first", "looked-at", "plain", "second", "trials-as-recorded"]);
    let text = serde_json::to_string(&certificate).unwrap();
    assert_eq!(read(&text).unwrap(), certificate);
}

type Alteration = fn(&mut Certificate);

/// Each alteration once, with the check that must see it.
#[test]
fn alterations_are_refused_by_name() {
    let alterations: [(&str, Alteration); 32] = [
        ("unknown-format", |c| c.format.push('0')),
        ("unknown-theorem", |c| c.theorem = "large".into()),
        ("unknown-variant", |c| drop(c.variant.insert("form".into(), "a".into()))),
        ("unknown-variant", |c| c.variant.clear()),
        ("wrong-verdict", |c| c.verdict = "refuted".into()),
        ("wrong-statement", |c| c.statement.push('.')),
        ("wrong-axioms", |c| drop(c.axioms.pop())),
        ("wrong-axioms", |c| c.axioms.push("zeroth".into())),
        ("wrong-axioms", |c| c.axioms.reverse()),
        ("wrong-theories", |c| drop(c.theories.insert("other".into(), "0".repeat(64)))),
        ("wrong-statement", |c| c.trials.seed += 1),
        ("wrong-step", |c| c.trials.failures += 1),
        ("wrong-step", |c| c.trials.cut += 1),
        ("wrong-step", |c| c.trials.uncertified += 1),
        ("wrong-verdict", |c| c.trials.obligations[0].judged = 0),
        ("wrong-count", |c| c.trials.obligations[0].judged = c.trials.count + 1),
        ("wrong-step", |c| c.trials.error = "0.02".into()),
        ("wrong-count", |c| c.trials.failures = 501),
        ("wrong-verdict", |c| c.trials.obligations[0].failed = 1),
        ("missing-event", |c| c.trials.events[0].name = "hit".into()),
        ("unknown-rule", |c| c.steps[0].rule = "axiom".into()),
        ("unknown-rule", |c| c.steps[0].rule = "assume".into()),
        ("unknown-rule", |c| c.steps[0].from.push(0)),
        ("wrong-step", |c| c.steps[0].claim = Some("1 < 0".into())),
        ("wrong-step", |c| c.steps[0].needs.push("0 < 1".into())),
        ("wrong-step", |c| c.steps[4].defines[0].value[0] = "0e0".into()),
        ("wrong-step", |c| c.steps[4].defines[0].is = "share/3".into()),
        ("wrong-step", |c| c.steps[5].claim = Some("Pr[not hits] <= rest".into())),
        ("illegal-choice", |c| c.steps[0].defines[0].is = "0.10".into()),
        ("unknown-premise", |c| c.steps[7].from[1] = 99),
        ("not-canonical", |c| c.steps[8].claim = Some("p+rest <= delta".into())),
        ("misplaced-support", |c| {
            let sums = vec!["1".into()];
            c.support = Some(SupportRecord { points: vec![vec![1.0]], labels: vec![1], label_weighted_sums: sums });
        }),
    ];
    let whole = certificate();
    for (name, alter) in alterations {
        let mut altered = whole.clone();
        alter(&mut altered);
        assert_ne!(altered, whole, "{name}");
        assert_eq!(verdict_on(&altered), Err(name), "{name}");
    }
    for sums in [vec![], vec!["2".into()], vec!["1".into(), "0".into()], vec!["1.0".into()]] {
        let mut altered = whole.clone();
        altered.support = Some(SupportRecord { points: vec![vec![1.0]], labels: vec![1], label_weighted_sums: sums });
        assert_eq!(verdict_on(&altered), Err("wrong-sums"));
    }
}

/// A step left out: no prefix of the derivation is a certificate, and no step can be missing in the middle.
#[test]
fn no_step_can_be_left_out() {
    let whole = certificate();
    for number in 0..whole.steps.len() {
        let mut prefix = whole.clone();
        prefix.steps.truncate(number);
        assert!(verdict_on(&prefix).is_err(), "the first {number} steps");
        let mut gap = whole.clone();
        gap.steps.remove(number);
        assert!(verdict_on(&gap).is_err(), "without step {number}");
    }
}

/// A certificate without its root, its trials, a choice or an axiom; one with a step that leads nowhere.
#[test]
fn what_is_incomplete_is_refused_by_name() {
    assert_eq!(verdict_on(&certificate_with(|_| (), true)), Err("missing-trials"));
    let further = |kernel: &mut Kernel<'_>| {
        kernel.inequality(claim("share <= 1")).unwrap();
    };
    let idle = certificate_with(further, false);
    assert_eq!(verdict_on(&idle), Err("unused"));
    let mut rootless = certificate_with(|_| (), true);
    rootless.steps.pop();
    assert_eq!(verdict_on(&rootless), Err("weaker-root-claim"));
    // The theory asks for one choice, or one axiom, more.
    let whole = certificate();
    for (from, to, name) in [
        ("choose share rest delta T", "choose share rest delta T a", "missing-choice"),
        ("use plain first second looked-at both", "use plain first second looked-at both more", "missing-axiom"),
    ] {
        let more = "axiom more\n  proved here: more\n  need 0 < 1\n\naxiom unused";
        let text = TEXT.replace(from, to).replace("axiom unused", more);
        let theory = provably::certificate::theory::Theory::parse(&text).unwrap();
        assert_eq!(check(&whole, &theory, &["second".into()]).map_err(|r| r.check).err(), Some(name));
    }
}

/// A root claim whose bound is 1 or more says nothing, whatever its trials show.
#[test]
fn a_root_claim_bounds_something() {
    let theory = theory();
    let with = |rest: &str| {
        let mut kernel = Kernel::new(&theory, "enumerated", &plain(), None).unwrap();
        for (name, number) in [("a", "1"), ("delta", "0.1"), ("rest", rest), ("T", "1")] {
            kernel.choose(name, number).unwrap();
        }
        for axiom in ["plain", "looked-at"] {
            kernel.define(axiom).unwrap();
            kernel.axiom(axiom, &[]).unwrap();
        }
        kernel.axiom("wide", &[]).unwrap();
        let trials = TrialsRecord { events: Vec::new(), obligations: Vec::new(), ..trials(500, 3) };
        conclude(&mut kernel, &trials).unwrap();
        let certificate = Certificate {
            theorem: "enumerated".into(),
            statement: kernel.render(&trials).unwrap(),
            verdict: kernel.verdict(&trials).unwrap().into(),
            steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
            axioms: axioms(&kernel).into_iter().collect(),
            trials,
            ..certificate()
        };
        check(&certificate, &theory, &[]).map(|v| v.axioms).map_err(|r| r.check)
    };
    let rests = with("0.499").unwrap();
    assert!(rests.contains(&"evidence-as-recorded".to_string()), "{rests:?}");
    assert_eq!(with("0.5"), Err("empty-root-claim"));
    assert_eq!(with("0.55"), Err("empty-root-claim"));
}

/// An axiom of the paper taken on trust without the user's leave.
#[test]
fn paper_axioms_must_be_permitted() {
    for permit in [&[][..], &["first".to_string()], &["Second".to_string()]] {
        let found = check(&certificate(), &theory(), permit).map_err(|r| r.check);
        assert_eq!(found.err(), Some("axiom-not-permitted"));
    }
}

/// Text that is not exactly a certificate: unknown, missing and repeated fields, wrong types, trailing text.
#[test]
fn junk_is_unreadable() {
    let text = serde_json::to_string(&certificate()).unwrap();
    let altered = [
        text.replace("{\"format\"", "{\"note\":1,\"format\""),
        text.replace("{\"format\"", "{\"format\":\"x\",\"format\""),
        text.replace("\"verdict\"", "\"verdikt\""),
        text.replace("\"count\":500", "\"count\":-500"),
        text.replace("\"count\":500", "\"count\":500.5"),
        text.replace("\"judged\"", "\"judge\""),
        text.replace("\"rule\":\"trials\"", "\"rule\":7"),
        format!("{text}x"),
        text[..text.len() - 1].to_string(),
        String::new(),
        "[]".into(),
    ];
    // A list of a record's values in the place of the record: serde would take it, the schema does not.
    let values =
        |record: &serde_json::Value| record.as_object().unwrap().values().cloned().collect::<serde_json::Value>();
    let document = serde_json::to_value(certificate()).unwrap();
    let listed = ["/trials", "/trials/events/0", "/trials/obligations/0", "/steps/0", "/steps/0/defines/0", "/info"]
        .map(|at| {
            let mut changed = document.clone();
            let record = changed.pointer_mut(at).unwrap();
            *record = if record.is_null() { serde_json::json!([]) } else { values(record) };
            (at, changed.to_string())
        });
    for (at, text) in listed {
        // What claims nothing may be anything.
        assert_eq!(read(&text).map_err(|r| r.check).err(), (at != "/info").then_some("unreadable"), "{at}");
    }
    assert_eq!(read(&values(&document).to_string()).map_err(|r| r.check).err(), Some("unreadable"));
    for junk in altered {
        assert_ne!(junk, text);
        assert_eq!(read(&junk).map_err(|r| r.check).err(), Some("unreadable"), "{junk}");
    }
}

/// A text longer than a certificate may be, and notes in it that are: one byte decides.
#[test]
fn texts_have_their_length() {
    let mut whole = certificate();
    let padded = |certificate: &Certificate, length: usize| {
        let text = serde_json::to_string(certificate).unwrap();
        let room = length - text.len();
        text + &" ".repeat(room)
    };
    assert_eq!(read(&padded(&whole, MAX_BYTES)).unwrap(), whole);
    assert_eq!(read(&padded(&whole, MAX_BYTES + 1)).map_err(|r| r.check), Err("too-costly"));
    // The quotation marks count.
    for (length, readable) in [((2 << 20) - 2, true), ((2 << 20) - 1, false)] {
        whole.info = serde_json::Value::from("n".repeat(length)).into();
        let found = read(&serde_json::to_string(&whole).unwrap()).map_err(|r| r.check);
        assert_eq!(found.as_ref().err().copied(), if readable { None } else { Some("unreadable") });
        assert!(!readable || found == Ok(whole.clone()));
    }
}

/// A check that no test provokes: every name in the kernel's sources stands in these tests, and nowhere else as a name.
#[test]
fn every_check_is_provoked() {
    let sources = [
        include_str!("../../src/certificate/budget.rs"),
        include_str!("../../src/certificate/checker.rs"),
        include_str!("../../src/certificate/claim.rs"),
        include_str!("../../src/certificate/expression.rs"),
        include_str!("../../src/certificate/proof.rs"),
        include_str!("../../src/certificate/refusal.rs"),
        include_str!("../../src/certificate/support.rs"),
        include_str!("../../src/certificate/text.rs"),
        include_str!("../../src/certificate/theory.rs"),
        include_str!("../../src/wellformed/mod.rs"),
    ];
    let tests = [
        include_str!("checker.rs"),
        include_str!("language.rs"),
        include_str!("limits.rs"),
        include_str!("rules.rs"),
        include_str!("support.rs"),
        include_str!("theory.rs"),
    ]
    .concat();
    let code = sources.iter().flat_map(|s| s.lines()).filter(|l| !l.trim_start().starts_with("//"));
    let literals = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    let like_a_check = |text: &&str| text.contains('-') && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let single = ["undefined", "unused", "unreadable"];
    let other = ["finite-support", "finite-by", "-", "--", "-."];
    let names: std::collections::BTreeSet<&str> =
        literals.filter(like_a_check).filter(|n| !other.contains(n)).chain(single).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(tests.contains(&format!("\"{name}\"")), "no test provokes `{name}`");
    }
}
