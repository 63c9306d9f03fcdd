//! Twin of `theorems/lottery_ticket.rs`: sizes computed a second time, the default corroborated, a smaller instance from request
//! to replay, and runs whose controls reach the goal, which must not be corroborated.

use provably::certificate::checker;
use provably::check::{CheckOptions, CheckReport, check, replay};
use provably::derivation::Size;
use provably::distributions::GaussianMixture;
use provably::experiment::{Control, Experiment, Given, Protocol, Verdict};
use provably::network::{Initialisation, State};
use provably::parameters::{Level, Request};
use provably::registry::{Instance, InstanceError};
use provably::statistics::streams::{Purpose, Stream, stream};
use provably::theorems::{find, theory};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// δ = 0.3 and a first step given beforehand: some hundred trials decide, and the pilot has one scale to look at.
const QUICK: [(&str, &str); 6] = [
    ("delta", "0.3"),
    ("beta", "12.5"),
    ("theta_factor", "4"),
    ("pilots", "12"),
    ("penalty", "0.01"),
    ("program_samples", "50000"),
];

fn request(parameters: &[(&str, &str)]) -> Request {
    let parameters = parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect();
    Request { parameters, seed: 3, ..Request::default() }
}

fn quick(more: &[(&str, &str)]) -> Result<Instance, InstanceError> {
    at(&request(&[&QUICK[..], more].concat()))
}

fn at(request: &Request) -> Result<Instance, InstanceError> {
    let level = Level::Posterior;
    let missing = || InstanceError::NoLevel { theorem: "lottery-ticket", level, levels: "none".into() };
    find("lottery-ticket").ok_or_else(missing)?.instantiate(request, level)
}

fn judged(instance: Instance, trials: u64) -> Outcome<CheckReport> {
    let (budget, journal) = (None, None);
    let options = CheckOptions { trials, budget, confidence: 0.99, journal, resume: false, progress: false };
    Ok(check(instance, &options, &AtomicBool::new(false))?)
}

/// How often an event failed among the trials.
fn failures(report: &CheckReport, event: &str) -> Outcome<u64> {
    let summary = report.summary.as_ref().ok_or("no trials")?;
    Ok(summary.events.iter().find(|e| e.name == event).ok_or("no such event")?.failures)
}

// ---- what is accepted ----

#[test]
fn the_default_is_corroborated() -> Outcome<()> {
    let instance = at(&request(&[]))?;
    let number = |name: &str| instance.derivation.number(name);
    // One neuron for each of the four means, of 512; T from sums over the four.
    assert_eq!(instance.bounds.neurons, Size::Exact(512));
    assert!((number("N_U") - 4.0).abs() < 1e-9);
    let own = instance.bounds.steps.exact().ok_or("no T")?;
    let notice = instance.notices.iter().find(|n| n.contains("theorem main")).ok_or("no comparison")?;
    let whole: u64 = notice.rsplit(' ').next().ok_or("no number")?.parse()?;
    assert!(notice.contains(&format!("keeps 4 of N = 512 neurons and has T = {own}")), "{notice}");
    assert!(own < whole, "{notice}");
    let report = judged(instance, 1000)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    let certificate = report.certificate.ok_or("no certificate")?;
    let verified = checker::check(&certificate, theory()?, &[])?;
    assert_eq!(verified.verdict, "corroborated");
    for claim in [
        "Pr[not ticket_error_reached(error_bound, N_U, T)] <= delta",
        "Pr[not random_control_fails(error_bound, N_U, T)] <= control_share",
        "Pr[not initial_control_fails(error_bound, N_U, T)] <= control_share",
    ] {
        assert!(verified.statement.contains(claim), "{}", verified.statement);
    }
    // Each control fails in four runs of five or more, by the trials' count; the statement says how often.
    let summary = report.summary.as_ref().ok_or("no trials")?;
    for control in ["random_control_fails", "initial_control_fails"] {
        let found = summary.events.iter().find(|e| e.name == control).ok_or("no control")?;
        assert!(!found.unbounded && 5 * found.failures < found.judged, "{found:?}");
    }
    assert!(
        report.instance.statement.contains("the same ones without the first step, fail to in at least 0.8 of the runs")
    );
    Ok(())
}

/// At error 0.1 in R^10 the ticket's initial weights learn in about a quarter of the runs: a share of 0.2 is not proved of them,
/// while the twin in R^20 at 0.05 has it proved.
#[test]
fn initial_weights_that_learn_too_often() -> Outcome<()> {
    let (easy, twin) = ([("d", "10"), ("epsilon", "0.1")], []);
    let report = judged(quick(&easy)?, 150)?;
    assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.reason);
    assert!(report.reason.starts_with("initial_control_fails"), "{}", report.reason);
    assert!(report.certificate.is_none() && failures(&report, "initial_control_fails")? > 15);
    assert_eq!(judged(quick(&twin)?, 400)?.verdict, Verdict::Corroborated);
    Ok(())
}

#[test]
fn from_request_to_replay() -> Outcome<()> {
    let report = judged(quick(&[])?, 400)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    let certificate = report.certificate.ok_or("no certificate")?;
    checker::check(&certificate, theory()?, &[])?;
    // As JSON and back: what a replay reads.
    let certificate = checker::read(&serde_json::to_string(&certificate)?)?;
    let theorem = find("lottery-ticket").ok_or("no theorem")?;
    replay(&certificate, theorem, &AtomicBool::new(false))?;
    // A control that is recorded to have failed once more often than it did.
    let mut altered = certificate;
    let control = altered.trials.events.iter_mut().find(|e| e.name == "random_control_fails").ok_or("no control")?;
    control.failed += 1;
    let found = replay(&altered, theorem, &AtomicBool::new(false)).err().map(|e| e.to_string());
    assert!(found.is_some_and(|e| e.contains("failures of event random_control_fails")));
    Ok(())
}

/// docs/theory.md §4, Theorem C4 with |U| in the place of N.
#[test]
fn sizes_are_sums_over_the_ticket() -> Outcome<()> {
    let instance = quick(&[("kappa", "2")])?;
    let number = |name: &str| instance.derivation.number(name);
    let close = |name: &str, expected: f64| {
        assert!((number(name) - expected).abs() <= 1e-9 * expected, "{name} = {}, expected {expected}", number(name));
    };
    close("N_U", 8.0);
    close("N", 512.0);
    close("D_v", 0.01 / (number("alpha_l1") * number("B_x")));
    close("H", number("H_1") + 8_f64.sqrt() * number("D_v") * number("B_x"));
    let excess = number("M") - 1.0;
    close("eta_alpha", excess / number("H").powi(2));
    close("K_0", number("Phi_1") * number("H").powi(2) / excess.powi(2));
    assert_eq!(instance.protocol().and_then(|p| p.ticket.as_ref()).map(|t| t.size), Some(8));
    Ok(())
}

/// The ticket's knots are the four means' directions: a neuron that the rule keeps is within reach of one of them, and the
/// whole state's neurons at its positions are what is trained.
#[test]
fn tickets_keep_neurons_along_the_means() -> Outcome<()> {
    let instance = quick(&[])?;
    let protocol = instance.protocol().ok_or("no protocol")?;
    let mixture = GaussianMixture::xor(20, 12.0, 1.0)?;
    for trial in 0..10 {
        let mut rng = stream(protocol.seed, trial, Purpose::Initialisation);
        let initialisation = Initialisation::draw(20, protocol.width, &mut rng);
        let source = provably::network::GradientSource::Population(&mixture);
        let after = provably::network::first_step(&initialisation, &protocol.scales, source)?;
        let given = Given { initialisation: &initialisation, after: &after, seed: protocol.seed, trial };
        let rule = &protocol.ticket.as_ref().ok_or("no ticket")?.rule;
        let kept = rule.ticket(&given).ok_or("no ticket in this trial")?;
        let alone = after.state.restricted(&kept);
        assert_eq!((kept.len(), alone.index.len()), (4, 4));
        let mut met = [false; 4];
        for (v, &sign) in alone.v.column_iter().zip(alone.signs.iter()) {
            let axis = usize::from(v[1].abs() > v[0].abs());
            assert!(v[axis].abs() > 0.95 * v.norm() && sign > 0.0, "{v}");
            met[2 * axis + usize::from(v[axis] > 0.0)] = true;
        }
        assert_eq!(met, [true; 4]);
    }
    Ok(())
}

// ---- what is rejected ----

/// A control that is the whole network after the first step, or the ticket itself.
struct Untouched {
    whole: bool,
}

impl Control for Untouched {
    fn network(&self, given: &Given<'_>, ticket: &[usize], _rng: &mut Stream) -> State {
        if self.whole { given.after.state.clone() } else { given.after.state.restricted(ticket) }
    }
}

#[test]
fn controls_that_learn_are_not_corroborated() -> Outcome<()> {
    for (number, event) in [(0, "random_control_fails"), (1, "initial_control_fails")] {
        for whole in [true, false] {
            let mut instance = quick(&[])?;
            let mut protocol: Protocol = instance.protocol().cloned().ok_or("no protocol")?;
            let lottery = protocol.ticket.as_mut().ok_or("no ticket")?;
            lottery.controls[number] = Arc::new(Untouched { whole });
            instance.experiment = Some(Arc::new(protocol) as Arc<dyn Experiment>);
            let report = judged(instance, 24)?;
            assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.reason);
            assert!(report.reason.contains(event), "{}", report.reason);
            assert!(failures(&report, event)? > 12 && report.certificate.is_none());
        }
    }
    Ok(())
}

/// With a bias beyond every input each neuron of this parity has the same gradient, so that any few neurons are a ticket:
/// random ones learn, and nothing is corroborated.
#[test]
fn where_every_neuron_is_a_hit_random_ones_learn() -> Outcome<()> {
    let parity = [
        ("distribution", "structured-parity"),
        ("d", "11"),
        ("m", "32"),
        ("r", "1"),
        ("k", "5"),
        ("p_a", "0.25"),
        ("p_o", "0.1"),
        ("signs", "negative"),
        ("features", "1"),
        ("offsets", "0.258,0.775,1.29"),
        ("epsilon", "0.3"),
        ("delta", "0.3"),
        ("pilots", "4"),
    ];
    let report = judged(at(&request(&parity))?, 8)?;
    assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.reason);
    assert!(failures(&report, "random_control_fails")? > 4, "{}", report.reason);
    assert!(report.certificate.is_none());
    Ok(())
}

#[test]
fn bad_parameters_name_what_is_wrong() {
    for (parameter, named) in [
        (("kappa", "0"), "kappa = 0 is not allowed"),
        (("signs", "plus"), "signs = plus cannot be read"),
        (("offsets", "0.2,-1"), "offsets = 0.2,-1 cannot be read"),
        (("offsets", ""), "offsets"),
        (("features", "0"), "features = 0 is not allowed"),
        (("control_share", "0.51"), "control_share = 0.51 is not allowed: it must be greater than 0 and at most 0.5"),
        (("control_share", "0.999"), "control_share = 0.999 is not allowed"),
        (("epsilom", "0.1"), "unknown parameter `epsilom`"),
    ] {
        let error = at(&request(&[parameter])).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(named), "{parameter:?}: {error}");
    }
    // More neurons than there are of the sign.
    let error = quick(&[("kappa", "1000")]).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("no ticket satisfies the theorem"), "{error}");
}
