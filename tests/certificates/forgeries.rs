//! Coherent forgeries: a certificate of something weaker or false, with everything that is derived put right as far as the kernel
//! follows. Each is refused by name.

use crate::common::{
    certificate, check_certificate, check_text, choice, inequality, insert, make, proof_of, rebuild, remove, replayed,
    resealed, step_of,
};
use provably::certificate::checker::{self, axioms};
use provably::certificate::claim::Claim;
use provably::certificate::document::{Certificate, FORMAT, StepRecord, SupportRecord, TrialsRecord};
use provably::certificate::proof::{CORROBORATION, FEW_FAILURES, Kernel, NOT_VACUOUS};
use provably::parameters::{Form, Gradients};
use provably::theorems::theory;

const ROOT: &str = "Pr[not error_reached(error_bound, T)] <= delta";
const ALL_EVENTS: &str = "Pr[not hits(kappa) or not u_max(u_max) or not g_norm(S_g) or not mistakes(error_bound, T) or not lemma_2(epsilon_G)] <= delta";
const HITS: &str = "Pr[not hits(kappa)] <= delta_H";
const ALL_SHARES: &str = "delta_H + delta_u + delta_g + delta_Z + delta_G <= delta";

/// A forgery's change, from the honest certificate of form c1.
type Change = fn(&mut Certificate);

/// The check that refuses the forgery as it is, and with everything put right.
fn refusals(change: Change) -> [Option<&'static str>; 2] {
    let mut forged = certificate("form c1").clone();
    change(&mut forged);
    assert_ne!(forged, *certificate("form c1"), "the forgery changes nothing");
    [forged.clone(), resealed(&forged)].map(|c| check_certificate(&c).err().map(|refusal| refusal.check))
}

/// Asserts that a forgery is refused by this check though everything derived is put right.
fn refused(what: &str, check: &str, change: Change) {
    let [plain, sealed] = refusals(change);
    assert_eq!(sealed, Some(check), "{what}");
    assert!(plain.is_some(), "{what}: accepted as it is");
}

fn axiom_step(name: &str, from: Vec<usize>) -> StepRecord {
    StepRecord { rule: "axiom".into(), axiom: Some(name.into()), from, ..StepRecord::default() }
}

/// Number of the union's step.
fn union_of(certificate: &Certificate) -> usize {
    certificate.steps.iter().position(|s| s.rule == "union").unwrap()
}

/// Lets an event fail so often, and judges what assumes it nowhere else.
fn fail(certificate: &mut Certificate, event: usize, failed: u64) {
    let trials = &mut certificate.trials;
    trials.events[event].failed = failed;
    let assuming =
        trials.obligations.iter_mut().filter(|o| ["drift", "hidden_norm", "phi_decrease"].contains(&o.name.as_str()));
    assuming.for_each(|o| o.judged = trials.count - failed);
}

/// Takes out the last step and what proves `few failures`, so that nothing is claimed of the failure rate.
fn without_corroboration(certificate: &mut Certificate) {
    for claim in [CORROBORATION, FEW_FAILURES] {
        let at = proof_of(certificate, claim);
        remove(certificate, at);
    }
}

/// Catches a replay that lets a trial which is said to be cut hide what failed in it: in these trials the hits fail once.
#[test]
fn a_cut_trial_hides_no_failed_event() {
    let honest = make((Form::C, Gradients::Fresh), &[("epsilon", "0.1"), ("delta", "0.1")], None, 1);
    let failed: Vec<u64> = honest.trials.events.iter().map(|e| e.failed).collect();
    let at = failed.iter().position(|n| *n > 0).expect("an event that failed");
    assert!(replayed(&honest).is_ok());
    let mut hidden = honest;
    without_corroboration(&mut hidden);
    fail(&mut hidden, at, failed[at] - 1);
    hidden.trials.cut = 1;
    let hidden = resealed(&hidden);
    check_certificate(&hidden).unwrap_or_else(|e| panic!("not coherent: {e}"));
    assert!(replayed(&hidden).is_err());
}

/// Catches a checker that takes a proof of something else, or of something weaker, for the theorem.
#[test]
fn another_root_claim() {
    refused("1 <= 2 in place of the theorem", "weaker-root-claim", |c| {
        let root = proof_of(c, ROOT);
        remove(c, root);
        insert(c, root, inequality("1 <= 2"));
    });
    refused("the theorem for twice delta", "weaker-root-claim", |c| {
        // The last axiom is not applied; its premise is proved for a larger bound.
        let root = proof_of(c, ROOT);
        remove(c, root);
        insert(c, root, inequality("delta <= 2*delta"));
        let from = vec![proof_of(c, ALL_EVENTS), root];
        insert(c, root + 1, StepRecord { rule: "weaken".into(), from, ..StepRecord::default() });
    });
    refused("the theorem, and behind it a weaker one", "unused", |c| {
        let root = proof_of(c, ROOT);
        insert(c, root + 1, inequality("delta <= 2*delta"));
        let from = vec![root, root + 1];
        insert(c, root + 2, StepRecord { rule: "weaken".into(), from, ..StepRecord::default() });
    });
    refused("the last axiom from a premise for twice delta", "missing-premise", |c| {
        let root = proof_of(c, ROOT);
        insert(c, root, inequality("delta <= 2*delta"));
        let from = vec![proof_of(c, ALL_EVENTS), root];
        insert(c, root + 1, StepRecord { rule: "weaken".into(), from, ..StepRecord::default() });
        c.steps[root + 2].from = vec![root + 1];
    });
    let [plain, _] = refusals(|c| {
        let root = proof_of(c, ROOT);
        c.steps[root].claim = Some("1 <= 2".into());
    });
    assert_eq!(plain, Some("wrong-step"), "another claim written over the theorem's");
}

/// Catches trials that leave out an event or obligation, or counts that cannot be.
#[test]
fn incomplete_or_impossible_trials() {
    refused("a missing obligation", "missing-obligation", |c| drop(c.trials.obligations.pop()));
    refused("a missing event", "missing-event", |c| drop(c.trials.events.pop()));
    refused("an event under another's name", "missing-event", |c| c.trials.events.swap(0, 1));
    refused("an event that was not judged in every trial", "wrong-count", |c| c.trials.events[0].judged -= 1);
    refused("more failures than trials", "wrong-count", |c| c.trials.failures = c.trials.count + 1);
    refused("failures that overflow", "wrong-count", |c| {
        (c.trials.failures, c.trials.cut) = (u64::MAX, 2);
    });
    refused("open trials that overflow", "wrong-count", |c| {
        (c.trials.uncertified, c.trials.cut) = (u64::MAX, 2);
    });
    refused("an obligation broken more often than judged", "wrong-count", |c| {
        c.trials.obligations[0].failed = c.trials.obligations[0].judged + 1;
    });
    refused("no trial", "wrong-count", |c| {
        c.trials.count = 0;
        c.trials.events.iter_mut().chain(&mut c.trials.obligations).for_each(|e| (e.judged, e.failed) = (0, 0));
    });
    refused("trials that no step takes", "missing-trials", |c| {
        without_corroboration(c);
        let trials = c.steps.iter().position(|s| s.rule == "trials").unwrap();
        remove(c, trials);
    });
    refused("trials taken twice", "redefinition", |c| {
        let trials = c.steps.iter().find(|s| s.rule == "trials").unwrap().clone();
        c.steps.push(trials);
    });
    refused("an error rate of 0", "wrong-count", |c| c.trials.error = "0".into());
    refused("an error rate of 1", "wrong-count", |c| c.trials.error = "1".into());
    refused("an error rate with more places than are allowed", "wrong-count", |c| c.trials.error = "0.0000001".into());
}

/// Catches a union bound in which a share of δ is spent twice, an event is left out, or the sum does not fit.
#[test]
fn a_wrong_union() {
    refused("a share spent twice", "repeated-event", |c| {
        let at = union_of(c);
        c.steps[at].from[1] = c.steps[at].from[0];
    });
    refused("an event dropped, the sum left as it is", "wrong-premises", |c| {
        let at = union_of(c);
        c.steps[at].from.remove(0);
    });
    refused("an event dropped from the union and from the sum", "missing-premise", |c| {
        let at = union_of(c);
        c.steps[at].from.remove(0);
        let sum = proof_of(c, ALL_SHARES);
        c.steps[sum].claim = Some("delta_u + delta_g + delta_Z + delta_G <= delta".into());
    });
    refused("a union of nothing", "wrong-premises", |c| {
        let at = union_of(c);
        c.steps[at].from.clear();
    });
    refused("a union that takes an inequality", "wrong-premises", |c| {
        let at = union_of(c);
        insert(c, at, inequality("1 <= 2"));
        c.steps[at + 1].from[0] = at;
    });
    refused("shares that exceed delta", "false-inequality", |c| choice(c, "delta_H").is = "0.2".into());
}

/// Catches axioms of another theorem, applied twice, skipped, or without their definitions or needs.
#[test]
fn axioms_misused() {
    refused("an axiom of another form", "unknown-axiom", |c| {
        let root = proof_of(c, ROOT);
        insert(c, root, axiom_step("theorem-c-closed", vec![proof_of(c, ALL_EVENTS)]));
    });
    refused("an axiom that is none", "unknown-axiom", |c| c.steps.push(axiom_step("everything-holds", Vec::new())));
    refused("an axiom applied twice", "repeated-axiom", |c| c.steps.push(axiom_step("outer-scale", Vec::new())));
    refused("an axiom skipped", "missing-axiom", |c| {
        let at = step_of(c, "axiom", "linear-hidden-layer");
        remove(c, at);
    });
    refused("an axiom whose symbols are not defined", "wrong-definition", |c| {
        let at = step_of(c, "definition", "outer-scale");
        remove(c, at);
    });
    refused("a premise that is not the axiom's", "missing-premise", |c| {
        let root = proof_of(c, ROOT);
        c.steps[root].from = vec![proof_of(c, HITS)];
    });
    refused("a premise too many", "wrong-premises", |c| {
        let root = proof_of(c, ROOT);
        c.steps[root].from.push(0);
    });
    refused("a need that does not hold: a target beyond the margin", "false-inequality", |c| {
        choice(c, "mu").is = "1.5".into();
    });
    let mut forged = certificate("form c1").clone();
    forged.axioms.retain(|a| a != provably::certificate::TRIALS_AS_RECORDED);
    assert_eq!(check_certificate(&forged).unwrap_err().check, "wrong-axioms");
}

/// Catches symbols that mean something else than the theory says.
#[test]
fn definitions_and_choices_misused() {
    refused("a derived symbol chosen", "illegal-choice", |c| {
        let mut step = c.steps[0].clone();
        step.defines[0].name = "Gamma_1".into();
        let at = step_of(c, "definition", "linear-hidden-layer");
        insert(c, at, step);
    });
    refused("a symbol chosen twice", "redefinition", |c| {
        let mut step = c.steps.iter().find(|s| s.defines.first().is_some_and(|d| d.name == "mu")).unwrap().clone();
        step.defines[0].is = "0.5".into();
        c.steps.push(step);
    });
    refused("symbols defined twice", "redefinition", |c| {
        let again = c.steps[step_of(c, "definition", "hit-count")].clone();
        c.steps.push(again);
    });
    refused("a choice that is a term", "illegal-choice", |c| choice(c, "delta").is = "1/10".into());
    refused("a symbol used before it is defined", "unknown-symbol", |c| {
        let early = c.steps.iter().position(|s| s.defines.first().is_some_and(|d| d.name == "kappa")).unwrap();
        let step = remove(c, early);
        c.steps.push(step);
    });
    // Sizes that are no whole numbers: the theorem says nothing of half a sample or one and a half hits.
    for (what, change) in [
        ("half a sample a step", (|c| choice(c, "n").is = "0.5".into()) as Change),
        ("one and a half hits", |c| choice(c, "kappa").is = "1.5".into()),
        ("half a hit", |c| choice(c, "kappa").is = "0.5".into()),
        ("half a sample in the first step", |c| choice(c, "n_1").is = "250000.5".into()),
        ("half a dimension", |c| choice(c, "d").is = "1.5".into()),
        ("half a pair of neurons", |c| choice(c, "m").is += ".5"),
    ] {
        refused(what, "illegal-choice", change);
    }
    // A definition altered with its value: what is recorded must be what the theory defines.
    let forged = |alter: fn(&mut Certificate)| {
        let mut forged = certificate("form c1").clone();
        alter(&mut forged);
        check_certificate(&forged).unwrap_err().check
    };
    let halved = forged(|c| {
        let at = step_of(c, "definition", "theorem-c1");
        let symbol = c.steps[at].defines.iter_mut().find(|d| d.name == "eta_alpha").unwrap();
        symbol.is = "(M - 1)/(2*H^2)".into();
        symbol.value = symbol.value.clone().map(|v| format!("{:e}", v.parse::<f64>().unwrap() / 2.0));
    });
    assert_eq!(halved, "wrong-step");
    let confident = forged(|c| {
        let at = c.steps.iter().position(|s| s.rule == "trials").unwrap();
        c.steps[at].defines[0].is = "0.01".into();
        c.steps[at].defines[0].value = ["9.999999999999998e-3".into(), "1e-2".into()];
    });
    assert_eq!(confident, "wrong-step", "a confidence bound the counts do not give");
}

/// Catches inequalities that are false, not in their one spelling, said twice, or idle.
#[test]
fn inequalities_misused() {
    refused("a false inequality", "false-inequality", |c| {
        let at = proof_of(c, NOT_VACUOUS);
        insert(c, at, inequality("minority < error_bound"));
    });
    refused("an inequality of unknown symbols", "unknown-symbol", |c| c.steps.push(inequality("failure_rate <= 0.01")));
    refused("a probability claimed as if it were an inequality", "wrong-premises", |c| {
        let root = proof_of(c, ROOT);
        c.steps[root] = inequality(ROOT);
    });
    refused("another spelling", "not-canonical", |c| {
        let at = proof_of(c, NOT_VACUOUS);
        c.steps[at].claim = Some("error_bound  < minority".into());
    });
    refused("the same claim again", "repeated-claim", |c| c.steps.push(inequality(NOT_VACUOUS)));
    refused("a claim that leads nowhere", "unused", |c| c.steps.push(inequality("1 <= 2")));
    refused("two inequalities that do not meet", "wrong-premises", |c| {
        let at = proof_of(c, CORROBORATION);
        c.steps[at].from[1] = proof_of(c, ALL_SHARES);
    });
    refused("a premise after its use", "unknown-premise", |c| {
        let at = union_of(c);
        let step = remove(c, at);
        insert(c, at + 1, step);
        c.steps.iter_mut().flat_map(|s| &mut s.from).filter(|f| **f == at).for_each(|f| *f = at + 1);
        let weaken = proof_of(c, ALL_EVENTS);
        c.steps.swap(at + 1, weaken);
        c.steps[at + 1].from = vec![weaken, at];
    });
    refused("a rule there is not", "unknown-rule", |c| {
        let root = proof_of(c, ROOT);
        c.steps[root].rule = "assume".into();
    });
}

/// Catches a verdict the evidence does not give.
#[test]
fn a_wrong_verdict() {
    refused("no proof that the bound is not vacuous", "missing-premise", |c| {
        let at = proof_of(c, NOT_VACUOUS);
        remove(c, at);
    });
    refused("no proof that few enough trials failed", "missing-premise", without_corroboration);
    refused("a vacuous bound", "false-inequality", |c| choice(c, "epsilon").is = "0.6".into());
    refused("too many failures", "false-inequality", |c| c.trials.failures = c.trials.count / 2);
    refused("trials without a certificate and not counted as failures", "false-inequality", |c| {
        c.trials.uncertified = c.trials.count / 2;
    });
    refused("trials cut short and not counted as failures", "false-inequality", |c| c.trials.cut = c.trials.count / 2);
    // What remains true is proved; the verdict alone is forged.
    let forged = |change: fn(&mut Certificate), verdict: &str| {
        let mut forged = certificate("form c1").clone();
        change(&mut forged);
        let honest = resealed(&forged);
        check_certificate(&honest).unwrap();
        assert_ne!(honest.verdict, verdict);
        check_certificate(&Certificate { verdict: verdict.into(), ..honest }).unwrap_err().check
    };
    let vacuous = |c: &mut Certificate| {
        choice(c, "epsilon").is = "0.6".into();
        let at = proof_of(c, NOT_VACUOUS);
        remove(c, at);
    };
    assert_eq!(forged(vacuous, "corroborated"), "wrong-verdict");
    let all_failed = |c: &mut Certificate| {
        without_corroboration(c);
        c.trials.failures = c.trials.count;
    };
    assert_eq!(forged(all_failed, "corroborated"), "wrong-verdict");
    assert_eq!(forged(all_failed, "inconclusive"), "wrong-verdict");
    assert_eq!(forged(|c| c.trials.obligations[0].failed = 1, "corroborated"), "wrong-verdict");
    assert_eq!(forged(|c| fail(c, 1, c.trials.count), "corroborated"), "wrong-verdict");
    let cut = |c: &mut Certificate| {
        without_corroboration(c);
        c.trials.cut = c.trials.count / 2;
    };
    assert_eq!(forged(cut, "corroborated"), "wrong-verdict");
    let open = |c: &mut Certificate| {
        without_corroboration(c);
        c.trials.uncertified = c.trials.count;
    };
    assert_eq!(forged(open, "corroborated"), "wrong-verdict");
    assert_eq!(forged(open, "refuted"), "wrong-verdict");
    assert_eq!(forged(|c| c.trials.obligations[4].judged = 0, "corroborated"), "wrong-verdict");
    assert_eq!(forged(|c| c.trials.seed += 1, "proved"), "wrong-verdict");
}

/// Catches a share of δ that is made large so that an event's failures refute nothing: a share that is not the union's is idle.
#[test]
fn an_event_with_a_share_it_does_not_have() {
    refused("a larger share on the side", "unused", |c| {
        let hits = proof_of(c, HITS);
        insert(c, hits + 1, inequality("delta_H <= delta"));
        let from = vec![hits, hits + 1];
        insert(c, hits + 2, StepRecord { rule: "weaken".into(), from, ..StepRecord::default() });
    });
}

/// Catches rows that are not the ones the values are of.
#[test]
fn other_rows() {
    let sums_right = |change: fn(&mut SupportRecord)| {
        let mut forged = certificate("iris").clone();
        change(forged.support.as_mut().unwrap());
        assert_eq!(check_certificate(&forged).unwrap_err().check, "wrong-sums");
        forged.support.as_mut().unwrap().label_weighted_sums =
            rebuild(&forged).unwrap().support().unwrap().label_weighted_sums();
        check_certificate(&forged).unwrap_err().check
    };
    assert_eq!(sums_right(|rows| rows.points[7][2] += 0.125), "wrong-step", "a row altered");
    assert_eq!(sums_right(|rows| rows.labels[0] = -rows.labels[0]), "wrong-step", "a label flipped");
    let dropped = |rows: &mut SupportRecord| {
        rows.points.pop();
        rows.labels.pop();
    };
    assert_eq!(sums_right(dropped), "wrong-step", "a row dropped");
    let refusal = |change: fn(&mut Certificate)| {
        let mut forged = certificate("iris").clone();
        change(&mut forged);
        check_certificate(&forged).unwrap_err().check
    };
    assert_eq!(refusal(|c| c.support = None), "misplaced-support");
    assert_eq!(refusal(|c| c.support.as_mut().unwrap().labels[0] = 2), "bad-support");
    assert_eq!(refusal(|c| c.support.as_mut().unwrap().points[0].push(1.0)), "bad-support");
    refused("rows where the distribution has none", "misplaced-support", |c| {
        c.support.clone_from(&certificate("iris").support);
    });
    refused("no rows where the distribution is rows", "misplaced-support", |c| {
        c.variant.insert("data".into(), "finite-support".into());
    });
}

/// Catches another format, theorem or variant, and a sampled distribution that is said to be evaluated exactly.
#[test]
fn another_format_theorem_or_variant() {
    refused("another format", "unknown-format", |c| c.format = format!("{FORMAT}0"));
    refused("a theorem there is not", "unknown-theorem", |c| c.theorem = "linear-data-2".into());
    refused("a variant of no theorem", "unknown-variant", |c| drop(c.variant.insert("luck".into(), "good".into())));
    refused("a variant without a statement", "unknown-variant", |c| drop(c.variant.remove("form")));
    refused("a variant without its trials' evaluation", "unknown-variant", |c| drop(c.variant.remove("evaluation")));
    refused("a variant without a level, so without events", "unknown-variant", |c| drop(c.variant.remove("level")));
    let mut exact = certificate("sampled").clone();
    exact.variant.insert("evaluation".into(), "exact".into());
    for step in exact.steps.iter_mut().filter(|s| s.axiom.as_deref() == Some("evaluated-by-samples")) {
        step.axiom = Some("evaluated-exactly".into());
    }
    // Without the axiom that the support is finite, and with it: neither is so in this dimension.
    assert_eq!(check_certificate(&resealed(&exact)).unwrap_err().check, "missing-axiom");
    let finite = StepRecord {
        rule: "axiom".into(),
        axiom: Some("margin-ball-support".into()),
        needs: vec!["(d - 2)*(radius - data_reach) <= 0".into()],
        ..StepRecord::default()
    };
    exact.steps.push(finite);
    assert_eq!(check_certificate(&resealed(&exact)).unwrap_err().check, "false-inequality");
}

/// Catches text that two readers would read differently.
#[test]
fn ambiguous_text() {
    let honest = serde_json::to_string(certificate("form c1")).unwrap();
    check_text(&honest).unwrap();
    for (what, from, to) in [
        ("a key of the variant twice", "\"form\":\"c1\"", "\"form\":\"a\",\"form\":\"c1\""),
        ("a field twice", "\"seed\":1", "\"seed\":2,\"seed\":1"),
        ("a support that is null", "\"steps\":", "\"support\":null,\"steps\":"),
        ("an axiom that is null", "\"rule\":\"choice\"", "\"rule\":\"choice\",\"axiom\":null"),
        ("a claim that is null", "\"rule\":\"choice\"", "\"rule\":\"choice\",\"claim\":null"),
        ("a number as a string", "\"seed\":1", "\"seed\":\"1\""),
        ("a fraction as a count", "\"seed\":1", "\"seed\":1.0"),
    ] {
        let forged = honest.replacen(from, to, 1);
        assert_ne!(forged, honest, "{what}");
        assert_eq!(check_text(&forged).map_err(|refusal| refusal.check), Err("unreadable"), "{what}");
    }
}

/// The paper's own statement, at its hidden constants 1, with trials that nobody ran.
fn paper() -> Certificate {
    let variant = [("level", "paper"), ("data", "uniform-hypercube"), ("evaluation", "exact")];
    let variant = variant.map(|(k, v)| (k.to_string(), v.to_string())).into_iter().collect();
    let mut kernel = Kernel::new(theory().unwrap(), "linear-data", &variant, None).unwrap();
    let choices = [("d", "16"), ("mu", "1"), ("epsilon", "0.1"), ("delta", "0.3"), ("t", "4")];
    for (symbol, number) in choices.into_iter().chain(["c_m", "c_T", "c_n"].map(|c| (c, "1"))) {
        kernel.choose(symbol, number).unwrap();
    }
    let laws = ["uniform-hypercube", "bounded-inputs"];
    let rest = ["linear-target", "linear-feature-network", "theorem-3.12", "evaluated-exactly"];
    for axiom in laws.into_iter().chain(rest) {
        kernel.define(axiom).unwrap();
        kernel.axiom(axiom, &[]).unwrap();
    }
    kernel.axiom("hypercube-support", &[]).unwrap();
    let trials = TrialsRecord {
        seed: 1,
        count: 60,
        failures: 0,
        uncertified: 0,
        cut: 0,
        error: "0.01".into(),
        events: Vec::new(),
        obligations: Vec::new(),
    };
    let bound = kernel.trials(&trials).unwrap();
    let few = kernel.inequality(Claim::parse(FEW_FAILURES).unwrap()).unwrap();
    kernel.weaken(bound, few).unwrap();
    if let Ok(claim) = Claim::parse(NOT_VACUOUS)
        && kernel.decides(&claim).unwrap()
    {
        kernel.inequality(claim).unwrap();
    }
    Certificate {
        format: FORMAT.into(),
        theorem: "linear-data".into(),
        variant,
        statement: kernel.render(&trials).unwrap(),
        verdict: kernel.verdict(&trials).unwrap().into(),
        support: None,
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        theories: std::collections::BTreeMap::new(),
        axioms: axioms(&kernel).into_iter().collect(),
        trials,
        info: serde_json::Value::Null.into(),
    }
}

/// Catches a statement with unpublished constants that passes for a proved one without the user's word; and invented trials of
/// it that pass a replay.
#[test]
fn the_papers_axiom_needs_permission() {
    let certificate = paper();
    let check = |permit: &[String]| checker::check(&certificate, theory().unwrap(), permit);
    assert_eq!(check(&[]).unwrap_err().check, "axiom-not-permitted");
    assert_eq!(check(&["theorem-3.1".into()]).unwrap_err().check, "axiom-not-permitted");
    assert!(check(&["theorem-3.12".into()]).unwrap().axioms.contains(&"theorem-3.12".to_string()));
    assert!(replayed(&certificate).is_err());
}

/// Catches a replay that compares too little. All of these follow from other trials than the recorded seed's, which only running
/// them can tell.
#[test]
fn forgeries_that_only_a_replay_finds() {
    replayed(certificate("form c1")).unwrap();
    let found = |what: &str, change: Change| {
        let mut forged = certificate("form c1").clone();
        change(&mut forged);
        let forged = resealed(&forged);
        check_certificate(&forged).unwrap_or_else(|e| panic!("{what}: not coherent: {e}"));
        assert!(replayed(&forged).is_err(), "{what}: replayed");
    };
    found("an event's failures moved to another", |c| {
        let total: u64 = c.trials.events.iter().map(|e| e.failed).sum();
        c.trials.events.iter_mut().for_each(|e| e.failed = 0);
        fail(c, 3, total + 1);
    });
    found("a failure invented", |c| {
        without_corroboration(c);
        c.trials.failures = 1;
    });
    found("a trial said to be uncertified", |c| {
        without_corroboration(c);
        c.trials.uncertified = 1;
    });
    // A trial that is said to be cut counts against either verdict, so that this claims less; what it does not explain is found.
    found("a trial said to be cut, and two that failed", |c| {
        without_corroboration(c);
        (c.trials.cut, c.trials.failures) = (1, 2);
    });
    found("ten times the trials, none of which fails anything", |c| {
        let (count, ten) = (c.trials.count, 10 * c.trials.count);
        c.trials.count = ten;
        c.trials.events.iter_mut().for_each(|e| (e.judged, e.failed) = (ten, 0));
        c.trials.obligations.iter_mut().for_each(|o| o.judged += ten - count);
    });
    found("an obligation judged in fewer trials", |c| c.trials.obligations[2].judged -= 1);
    found("an obligation broken", |c| c.trials.obligations[2].failed = 1);
    found("an exact evaluation said to be sampled", |c| {
        without_corroboration(c);
        let finite = step_of(c, "axiom", "hypercube-support");
        remove(c, finite);
        c.variant.insert("evaluation".into(), "sampled".into());
        let steps = c.steps.iter_mut().filter(|s| s.axiom.as_deref() == Some("evaluated-exactly"));
        steps.for_each(|s| s.axiom = Some("evaluated-by-samples".into()));
    });
    found("another share of delta", |c| choice(c, "delta_Z").is = "0.0745".into());
}
