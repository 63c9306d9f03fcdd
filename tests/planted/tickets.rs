//! Falsehoods of lottery tickets.

use super::{Outcome, resealed, run};
use nalgebra::DVector;
use provably::certificate::checker;
use provably::certificate::document::Certificate;
use provably::certificate::theory::Theory;
use provably::check::{CheckOptions, CheckReport, check};
use provably::experiment::{
    Alteration, Control, Decrease, Experiment, Given, Judgement, Knot, NearestToKnots, Protocol, Status, TicketRule,
    Verdict,
};
use provably::network::{Initialisation, State};
use provably::parameters::{Level, Request};
use provably::registry::Instance;
use provably::statistics::streams::Stream;
use provably::theorems::{THEORY, find, theory};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// Trials behind an obligation.
const FEW: u64 = 4;
/// Trials of a run whose counted event fails in most of them.
const SOME: u64 = 40;
/// Trials up to which the twin must be corroborated, at δ = 0.3.
const MANY: u64 = 400;

/// The default on a single scale of the first step, with δ = 0.3.
fn ticket() -> Outcome<Instance> {
    let parameters = [
        ("delta", "0.3"),
        ("beta", "12.5"),
        ("theta_factor", "4"),
        ("pilots", "12"),
        ("penalty", "0.01"),
        ("program_samples", "50000"),
    ];
    let parameters = parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect();
    let request = Request { parameters, seed: 7, ..Request::default() };
    Ok(find("lottery-ticket").ok_or("no such theorem")?.instantiate(&request, Level::Posterior)?)
}

fn altered(instance: &Instance, alter: impl FnOnce(&mut Protocol)) -> Outcome<Protocol> {
    let mut protocol = instance.protocol().cloned().ok_or("no protocol")?;
    alter(&mut protocol);
    Ok(protocol)
}

fn judgement<'a>(list: &'a [Judgement], name: &str) -> Outcome<&'a Judgement> {
    list.iter().find(|j| j.name == name).ok_or_else(|| format!("{name} is not judged").into())
}

/// The obligation holds in the twin and refutes the altered run, on as many trials.
fn breaks(obligation: &str, alter: impl FnOnce(&mut Protocol)) -> Outcome<()> {
    let instance = ticket()?;
    let twin = run(&instance, &altered(&instance, |_| ())?, FEW)?;
    assert_eq!(judgement(&twin.obligations, obligation)?.status, Status::Held, "the twin does not pass: {twin:#?}");
    let planted = run(&instance, &altered(&instance, alter)?, FEW)?;
    assert_eq!(judgement(&planted.obligations, obligation)?.status, Status::Refuted, "not caught: {planted:#?}");
    assert_eq!(planted.verdict, Verdict::Refuted);
    Ok(())
}

fn judged(mut instance: Instance, protocol: Protocol, trials: u64) -> Outcome<CheckReport> {
    instance.experiment = Some(Arc::new(protocol) as Arc<dyn Experiment>);
    let (budget, journal) = (None, None);
    let options = CheckOptions { trials, budget, confidence: 0.99, journal, resume: false, progress: false };
    Ok(check(instance, &options, &AtomicBool::new(false))?)
}

/// The twin's certificate, which it has only if it is corroborated: one run for all tests.
fn twin() -> Outcome<Certificate> {
    static TWIN: OnceLock<Result<Certificate, String>> = OnceLock::new();
    let run = || {
        let instance = ticket()?;
        let faithful = altered(&instance, |_| ())?;
        let report = judged(instance, faithful, MANY)?;
        if report.verdict != Verdict::Corroborated {
            return Err(format!("the twin does not pass: {}", report.reason).into());
        }
        report.certificate.ok_or_else(|| "no certificate".into())
    };
    let cached = TWIN.get_or_init(|| run().map_err(|e: Box<dyn std::error::Error>| e.to_string()));
    Ok(cached.clone()?)
}

/// The counts bound the event in the twin, and not in the altered run, which is neither corroborated nor certified.
fn not_bounded(event: &str, alter: impl FnOnce(&mut Protocol)) -> Outcome<()> {
    twin()?;
    let instance = ticket()?;
    let planted = altered(&instance, alter)?;
    let report = judged(instance, planted, SOME)?;
    assert_ne!(report.verdict, Verdict::Corroborated, "not caught: {}", report.reason);
    let summary = report.summary.as_ref().ok_or("no trials")?;
    let judgement = judgement(&summary.events, event)?;
    assert!(judgement.unbounded && 2 * judgement.failures > judgement.judged, "{}", report.reason);
    assert!(report.certificate.is_none());
    Ok(())
}

/// One step is too few: fresh samples certify that the ticket misses its goal.
#[test]
fn one_step_for_a_ticket() -> Outcome<()> {
    let instance = ticket()?;
    let summary = run(&instance, &altered(&instance, |p| p.steps = 1)?, 20)?;
    assert_eq!((summary.failures, summary.uncertified), (20, 0), "{summary:#?}");
    assert!(summary.verdict == Verdict::Refuted && summary.failure_lower > instance.delta);
    Ok(())
}

/// A rule that keeps part of what the honest one keeps.
struct Lossy {
    honest: Arc<dyn TicketRule>,
    kept: usize,
}

impl TicketRule for Lossy {
    fn ticket(&self, given: &Given<'_>) -> Option<Vec<usize>> {
        let mut kept = self.honest.ticket(given)?;
        kept.truncate(self.kept);
        Some(kept)
    }
}

#[test]
fn a_neuron_miscounted() -> Outcome<()> {
    breaks("ticket_size", |p| {
        if let Some(lottery) = &mut p.ticket {
            lottery.rule = Arc::new(Lossy { honest: lottery.rule.clone(), kept: 3 });
        }
    })
}

/// As many neurons as counted, all of them along the first feature.
struct OneFeature;

impl TicketRule for OneFeature {
    fn ticket(&self, given: &Given<'_>) -> Option<Vec<usize>> {
        let d = given.after.state.v.nrows();
        let place = |sign: f64| DVector::from_fn(d, |i, _| if i == 0 { sign * 0.468 } else { 0.0 });
        let knot = |sign| Knot { place: place(sign), sign: 1.0 };
        NearestToKnots { knots: vec![knot(1.0), knot(-1.0)], copies: 2 }.ticket(given)
    }
}

#[test]
fn a_ticket_without_one_of_its_features() -> Outcome<()> {
    not_bounded("comparator", |p| {
        if let Some(lottery) = &mut p.ticket {
            lottery.rule = Arc::new(OneFeature);
        }
    })
}

/// H bounds the norm over all inputs, and the ones a run sees are shorter: a quarter of it is below what one neuron shows.
#[test]
fn hidden_norm_of_a_part_of_the_ticket() -> Outcome<()> {
    breaks("hidden_norm", |p| p.promises.hidden_norm /= 4.0)
}

/// A first outer layer that is not small, in a Φ₁ that leaves it out.
struct LargeOuter(f64);

impl Alteration for LargeOuter {
    fn first_step(&self, _initialisation: &Initialisation, state: &mut State) {
        state.alpha.iter_mut().for_each(|a| *a += self.0);
    }
}

#[test]
fn a_first_outer_layer_left_out_of_phi() -> Outcome<()> {
    // What is altered by hand is no first step; what comes from small initial weights is one, and exceeds the limit of Φ₁.
    breaks("lemma_1_residual", |p| p.alteration = Arc::new(LargeOuter(1.0)))?;
    not_bounded("comparator", |p| p.scales.sigma_a *= 1e-9)
}

/// A ticket, or the whole network, in the guise of a control.
struct Guise {
    whole: bool,
}

impl Control for Guise {
    fn network(&self, given: &Given<'_>, ticket: &[usize], _rng: &mut Stream) -> State {
        if self.whole { given.after.state.clone() } else { given.after.state.restricted(ticket) }
    }
}

#[test]
fn a_random_control_that_is_the_ticket() -> Outcome<()> {
    not_bounded("random_control_fails", |p| {
        if let Some(lottery) = &mut p.ticket {
            lottery.controls[0] = Arc::new(Guise { whole: false });
        }
    })
}

#[test]
fn an_initial_control_that_took_the_first_step() -> Outcome<()> {
    not_bounded("initial_control_fails", |p| {
        if let Some(lottery) = &mut p.ticket {
            lottery.controls[1] = Arc::new(Guise { whole: true });
        }
    })
}

/// Φ promised to fall as if H were an eighth of what it is.
#[test]
fn decrease_of_a_smaller_hidden_layer() -> Outcome<()> {
    breaks("phi_decrease", |p| {
        if let Decrease::PerViolation { amount, .. } = &mut p.promises.decrease {
            *amount *= 64.0;
        }
    })
}

fn other_theory(line: &str, by: &str) -> Outcome<Theory> {
    assert_eq!(THEORY.matches(line).count(), 1, "`{line}` must stand in the theory once");
    Ok(provably::wellformed::parse(&THEORY.replace(line, by))?)
}

/// A certificate that is valid under the real theory is refused under one with another ticket, and the other way round.
#[test]
fn certificates_of_another_theory() -> Outcome<()> {
    let honest = twin()?;
    checker::check(&honest, theory()?, &[])?;
    let refused = |line: &str, by: &str| -> Outcome<&'static str> {
        let theirs = other_theory(line, by)?;
        Ok(checker::check(&honest, &theirs, &[]).err().map_or("accepted", |refusal| refusal.check))
    };
    // N_U over half of the knots, H over none of the drift, a control that is not needed.
    assert_eq!(refused("let N_U = kappa*knots", "let N_U = kappa*knots/2")?, "wrong-step");
    let norm = "let H = H_1 + sqrt(N_U)*D_v*B_x";
    assert_eq!(refused(norm, "let H = H_1")?, "wrong-step");
    // A theory that states a control without counting it, or counts more failures than it states, is none.
    let counted = "  counted Pr[not random_control_fails] <= control_share\n";
    for by in ["", "  counted Pr[not random_control_fails] <= 2*control_share\n"] {
        let found = refused(counted, by).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(found.contains("bad-theory") && found.contains("random_control_fails"), "{by}: {found}");
    }
    // The counts of a control that learned more often than its share.
    let mut learned = honest.clone();
    let control = learned.trials.events.iter_mut().find(|e| e.name == "random_control_fails").ok_or("no control")?;
    control.failed = learned.trials.count / 2;
    let check_name = checker::check(&learned, theory()?, &[]).err().map(|refusal| refusal.check);
    assert_eq!(check_name, Some("false-inequality"));
    // A control that may learn more often than it fails is none, whatever its counts.
    let mut idle = honest.clone();
    let share = idle.steps.iter_mut().flat_map(|s| &mut s.defines).find(|d| d.name == "control_share");
    share.ok_or("no share")?.is = "0.51".into();
    let found = resealed(&idle).map(|_| ()).expect_err("it must be refused").to_string();
    assert!(found.contains("control_share = 0.51 is not allowed"), "{found}");
    // And of a certificate that leaves the control out.
    let mut without = honest.clone();
    without.trials.events.retain(|e| e.name != "random_control_fails");
    assert!(checker::check(&without, theory()?, &[]).is_err());
    Ok(())
}
