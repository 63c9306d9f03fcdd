//! When a trial counts against a theorem: only where it is certified that its goal was met at no step.

use super::Outcome;
use nalgebra::{DMatrix, DVector};
use provably::distributions::{Distribution, Empirical, Moments, Support};
use provably::experiment::{
    Alteration, ComparatorRule, Decision, Decrease, EventRecord, Expectation, Given, Goal, HiddenNorm,
    ObligationRecord, Promises, Protocol, Rules, Scope, Status, StopReason, Summary, TrialOutcome, Verdict, run_trial,
};
use provably::features::Comparator;
use provably::network::{Initialisation, Loss, Scales, State};
use provably::statistics::Rate;
use provably::statistics::streams::Stream;
use rand::RngExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// x = 1, and y = −1 with probability `wrong`: a network with f(1) = 3/2 violates exactly there.
struct Coin {
    wrong: f64,
    support: Option<Empirical>,
}

impl Coin {
    fn of(wrong: f64, enumerated: bool) -> Outcome<Arc<dyn Distribution>> {
        let (points, labels) = (DMatrix::from_element(1, 2, 1.0), DVector::from_vec(vec![1.0, -1.0]));
        let weights = DVector::from_vec(vec![1.0 - wrong, wrong]);
        let support = if enumerated { Some(Empirical::from_weighted_support(points, labels, weights)?) } else { None };
        Ok(Arc::new(Self { wrong, support }))
    }
}

impl Distribution for Coin {
    fn name(&self) -> &'static str {
        "coin"
    }
    fn dimension(&self) -> usize {
        1
    }
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        x.fill(1.0);
        y.iter_mut().for_each(|y| *y = if rng.random::<f64>() < self.wrong { -1.0 } else { 1.0 });
    }
    fn support(&self) -> Option<&Support> {
        self.support.as_ref().and_then(|s| s.support())
    }
    fn moments(&self) -> Moments {
        let one = 1.0;
        Moments {
            norm_bound: one,
            coordinate_bound: one,
            mean_norm: one,
            mean_square_norm: one,
            operator_norm: one,
            positive_share: 1.0 - self.wrong,
        }
    }
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        Some(DVector::from_element(1, self.active_label(w, b)?))
    }
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        Some(if w[0] > b { 1.0 - 2.0 * self.wrong } else { 0.0 })
    }
    fn margin(&self, _u: &[f64]) -> Option<f64> {
        None
    }
    fn projection_bound(&self, _u: &[f64]) -> Option<f64> {
        None
    }
}

/// One neuron with f⁽ᵗ⁾(1) = `outputs`[t−1], the last of them for ever, whatever is learned.
struct Prescribed(Vec<f64>);

impl Prescribed {
    fn at(&self, step: u64) -> f64 {
        self.0.get(step as usize - 1).or(self.0.last()).copied().unwrap_or(0.0)
    }
}

impl Alteration for Prescribed {
    fn first_step(&self, _initialisation: &Initialisation, state: &mut State) {
        *state = State {
            alpha: DVector::from_element(1, self.at(1)),
            v: DMatrix::from_element(1, 1, 2.0),
            signs: DVector::from_element(1, 1.0),
            b_tilde: state.b_tilde,
            index: vec![0],
        };
    }
    fn later_step(&self, step: u64, _from: &DVector<f64>, to: &mut DVector<f64>) {
        to.fill(self.at(step + 1));
    }
}

struct Nothing;
impl ComparatorRule for Nothing {
    fn comparator(&self, _: &Given<'_>) -> Option<Comparator> {
        None
    }
}

/// As many steps as there are outputs.
fn protocol(law: &Arc<dyn Distribution>, goal: Goal, outputs: &[f64]) -> Protocol {
    Protocol {
        distribution: law.clone(),
        training_distribution: law.clone(),
        loss: Loss::Hinge,
        width: 1,
        // b̃ so large that v does not move.
        scales: Scales { b_tilde: 1e30, beta: 1.0, theta: 1.0, sigma_a: 1.0, slope: 1.0 },
        first_step: Expectation::Population,
        training: Expectation::Batch(1),
        eta_alpha: 1.0,
        steps: outputs.len() as u64,
        goal,
        ticket: None,
        comparator: Arc::new(Nothing),
        events: Vec::new(),
        obligations: Vec::new(),
        promises: Promises {
            comparator_factor: 1.0,
            comparator_loss: None,
            decrease: Decrease::PerStep(0.0),
            scope: Scope::Always,
            input_norm: 1.0,
            drift: 0.0,
            hidden: HiddenNorm::Largest,
            hidden_norm: 1.0,
        },
        certification_error: if law.support().is_some() { 0.0 } else { ERROR },
        second_pass: 1e9,
        seed: 5,
        alteration: Arc::new(Prescribed(outputs.to_vec())),
    }
}

/// Certification error of sampled evaluation.
const ERROR: f64 = 0.2;
/// The goals, each with an output that meets it on the coin of `MEETS` and one that no coin lets meet it.
const GOALS: [Goal; 2] = [Goal::Error(0.25), Goal::Loss(0.5)];
const MEETS: f64 = 0.125;
const GOOD: f64 = 1.5;
const BAD: f64 = 0.0;

fn trial(protocol: &Protocol, number: u64) -> Outcome<TrialOutcome> {
    Ok(run_trial(protocol, number, &AtomicBool::new(false))?)
}

fn judged(outcomes: &[TrialOutcome], certification_error: f64) -> Summary {
    let rules = Rules {
        delta: 0.1,
        error: 0.01,
        certification_error,
        events: Vec::new(),
        counted: Vec::new(),
        obligations: Vec::new(),
    };
    rules.summarise(outcomes)
}

/// The verdict of 40 trials, and how often each of them failed or stayed open.
fn verdict(protocol: &Protocol) -> Outcome<(Verdict, u64, u64)> {
    let outcomes = (0..40).map(|number| trial(protocol, number)).collect::<Outcome<Vec<_>>>()?;
    let summary = judged(&outcomes, protocol.certification_error);
    Ok((summary.verdict, summary.failures, summary.uncertified))
}

/// Exact looks are at steps 1, …, 16, 18, …: a goal that is met at step 17 alone is found by the second pass, and without one
/// the trial is open. It is certainly missed only where it is missed there too.
#[test]
fn a_goal_met_between_exact_looks() -> Outcome<()> {
    let law = Coin::of(MEETS, true)?;
    for goal in GOALS {
        let mut outputs = vec![BAD; 24];
        let missed = protocol(&law, goal, &outputs);
        assert_eq!(verdict(&missed)?, (Verdict::Refuted, 40, 0), "{goal:?}");
        outputs[16] = GOOD;
        let met = protocol(&law, goal, &outputs);
        let outcome = trial(&met, 0)?;
        assert_eq!((outcome.stop, outcome.stopping_step), (StopReason::Succeeded, Some(17)), "{goal:?}");
        assert!(outcome.observed <= 0.5);
        for open in [met, missed].map(|p| Protocol { second_pass: 0.0, ..p }) {
            assert_eq!(verdict(&open)?, (Verdict::Inconclusive, 0, 40), "{goal:?}");
        }
    }
    Ok(())
}

/// Sampled looks are at steps 1, 2, 3, 4, 6, …: a goal that is met at step 5 alone leaves the trial open, for no samples say that
/// it was missed there.
#[test]
fn a_goal_met_between_sampled_looks() -> Outcome<()> {
    let law = Coin::of(MEETS, false)?;
    for goal in GOALS {
        let mut outputs = vec![BAD; 7];
        let missed = protocol(&law, goal, &outputs);
        assert_eq!(verdict(&missed)?, (Verdict::Refuted, 40, 0), "{goal:?}");
        outputs[4] = GOOD;
        let met = protocol(&law, goal, &outputs);
        assert_eq!(verdict(&met)?, (Verdict::Inconclusive, 0, 40), "{goal:?}");
        assert_eq!(trial(&met, 0)?.stop, StopReason::StepsExhausted);
        assert_eq!(verdict(&Protocol { second_pass: 0.0, ..missed })?, (Verdict::Inconclusive, 0, 40));
    }
    Ok(())
}

/// A goal that is just met, at one step of six: a failure is certified with probability at most the certification error, whatever
/// the other steps, each of which is tested at the same error. One that is missed by as much again is certified nearly always.
///
/// False alarms: the wrong certificates are a binomial of at most this rate; by Hoeffding they exceed `limit` with probability
/// 10⁻⁹.
#[test]
fn sampled_failures_err_as_often_as_they_say() -> Outcome<()> {
    let trials = 1500_u64;
    let limit = trials as f64 * ERROR + (trials as f64 * 1e9_f64.ln() / 2.0).sqrt();
    // At f(1) = 3/2 the error is `wrong`, the loss 5/2·wrong.
    for (goal, wrong) in [(Goal::Error(0.25), 0.25), (Goal::Loss(0.5), 0.2)] {
        let mut outputs = vec![BAD; 6];
        outputs[3] = GOOD;
        let failures = |wrong: f64, trials: u64| -> Outcome<f64> {
            let protocol = protocol(&Coin::of(wrong, false)?, goal, &outputs);
            let failed = |number| Ok(trial(&protocol, number)?.failed());
            let failed: Outcome<Vec<bool>> = (0..trials).map(failed).collect();
            Ok(failed?.iter().filter(|f| **f).count() as f64)
        };
        let wrongly = failures(wrong, trials)?;
        assert!(wrongly <= limit, "{goal:?}: {wrongly} of {trials}");
        // A few hundred samples are too few for a gambler to get far at even odds; far more often than never all the same.
        assert!(wrongly > 0.005 * trials as f64, "{goal:?}: {wrongly} of {trials}");
        assert!(failures(0.8 * wrong, 200)? < 0.5 * ERROR * 200.0);
        assert!(failures(2.0 * wrong, 200)? >= 198.0);
    }
    Ok(())
}

/// Population gradients look at every step: no second pass is needed. The look is at the goal's law, not at the one trained on.
#[test]
fn population_gradients() -> Outcome<()> {
    let (law, other) = (Coin::of(MEETS, true)?, Coin::of(1.0 - MEETS, true)?);
    for goal in GOALS {
        let mut outputs = vec![BAD; 40];
        let population = |outputs: &[f64]| {
            let (training, second_pass) = (Expectation::Population, 0.0);
            Protocol { training, second_pass, ..protocol(&law, goal, outputs) }
        };
        assert_eq!(verdict(&population(&outputs))?, (Verdict::Refuted, 40, 0), "{goal:?}");
        outputs[16] = GOOD;
        assert_eq!(trial(&population(&outputs), 0)?.stopping_step, Some(17));
        let elsewhere = Protocol { training_distribution: other.clone(), second_pass: 1e9, ..population(&outputs) };
        assert_eq!(trial(&elsewhere, 0)?.stopping_step, Some(17));
        outputs[16] = -GOOD;
        let elsewhere = Protocol { training_distribution: other.clone(), second_pass: 1e9, ..population(&outputs) };
        assert_eq!(trial(&elsewhere, 0)?.stop, StopReason::Failed);
    }
    Ok(())
}

/// A weight that overflows says nothing certain of the network of exact arithmetic: the trial is open.
#[test]
fn an_overflow_is_no_certificate() -> Outcome<()> {
    for enumerated in [true, false] {
        let law = Coin::of(MEETS, enumerated)?;
        for overflown in [f64::INFINITY, f64::NAN] {
            let protocol = protocol(&law, GOALS[0], &[BAD, BAD, overflown, BAD, BAD]);
            assert_eq!(trial(&protocol, 0)?.stop, StopReason::Diverged);
            assert_eq!(verdict(&protocol)?, (Verdict::Inconclusive, 0, 40));
        }
    }
    Ok(())
}

/// A raised flag ends the second pass too.
#[test]
fn a_second_pass_can_be_cut() -> Outcome<()> {
    /// Raises the flag in its last step, which the second pass does not take.
    struct Late(Prescribed, Arc<AtomicBool>, u64);
    impl Alteration for Late {
        fn first_step(&self, initialisation: &Initialisation, state: &mut State) {
            self.0.first_step(initialisation, state);
        }
        fn later_step(&self, step: u64, from: &DVector<f64>, to: &mut DVector<f64>) {
            self.0.later_step(step, from, to);
            self.1.store(step == self.2, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let (law, cut) = (Coin::of(MEETS, true)?, Arc::new(AtomicBool::new(false)));
    let protocol = protocol(&law, GOALS[0], &[BAD; 8]);
    assert!(trial(&protocol, 0)?.failed());
    let late = Late(Prescribed(vec![BAD; 8]), cut.clone(), 8);
    let outcome = run_trial(&Protocol { alteration: Arc::new(late), ..protocol }, 0, &cut)?;
    assert!(outcome.cut() && !outcome.failed() && outcome.stopping_step.is_none());
    Ok(())
}

// ---- how outcomes are counted ----

fn outcomes(stops: &[(StopReason, usize)]) -> Vec<TrialOutcome> {
    let all = stops.iter().flat_map(|&(stop, count)| std::iter::repeat_n(stop, count));
    let outcome = |(trial, stop): (u64, StopReason)| TrialOutcome {
        trial,
        stop,
        stopping_step: (stop == StopReason::Succeeded).then_some(3),
        observed: 0.01,
        events: vec![EventRecord { name: "hits".into(), held: trial % 20 != 0 }],
        obligations: vec![ObligationRecord { name: "drift".into(), judged: false, violation: None }],
    };
    (0..).zip(all).map(outcome).collect()
}

/// Open trials of every kind are failures in the upper bound and successes in the lower.
#[test]
fn open_trials_decide_nothing() {
    use StopReason::{Cut, Diverged, Failed, StepsExhausted, Succeeded};
    let of = |stops: &[(StopReason, usize)]| judged(&outcomes(stops), 0.0);
    let failed = of(&[(Succeeded, 100), (Failed, 50)]);
    assert_eq!((failed.verdict, failed.failures, failed.uncertified, failed.cut), (Verdict::Refuted, 50, 0, 0));
    for open in [StepsExhausted, Diverged, Cut] {
        let summary = of(&[(Succeeded, 100), (open, 50)]);
        assert_eq!((summary.verdict, summary.failures), (Verdict::Inconclusive, 0), "{open:?}");
        assert_eq!(summary.uncertified + summary.cut, 50);
        assert_eq!((summary.failure_upper, summary.failure_lower), (failed.failure_upper, 0.0));
        assert_eq!(of(&[(Succeeded, 150)]).verdict, Verdict::Corroborated);
    }
    let mixed = of(&[(Succeeded, 100), (Failed, 20), (StepsExhausted, 10), (Diverged, 12), (Cut, 8)]);
    assert_eq!((mixed.failures, mixed.uncertified, mixed.cut), (20, 22, 8));
    assert_eq!((mixed.failure_upper, mixed.trials), (failed.failure_upper, 150));
}

/// Failures refute beyond δ and the certification error together, and corroborate below δ less it.
#[test]
fn certificates_are_charged() {
    let rules = |certification_error| Rules {
        delta: 0.1,
        error: 0.01,
        certification_error,
        events: Vec::new(),
        counted: Vec::new(),
        obligations: Vec::new(),
    };
    let failing = |count: usize| outcomes(&[(StopReason::Failed, count), (StopReason::Succeeded, 1000 - count)]);
    let mut seen = [0; 3];
    for count in (100..260).step_by(4) {
        let rate = Rate { events: count as u64, trials: 1000, error: 0.005 };
        let beyond = [0.1, 0.15].map(|share| rate.exceeds(share));
        seen[beyond.iter().filter(|b| **b).count()] += 1;
        // So many failures corroborate nothing: what stops is a refutation.
        let refuted = [0.0, 0.05].map(|charge| rules(charge).decide(&failing(count)) == Decision::Stop);
        assert_eq!(refuted, beyond, "{count}");
    }
    assert!(seen.iter().all(|n| *n > 3), "{seen:?}");
    let (free, charged) = (judged(&failing(200), 0.0), judged(&failing(200), 0.05));
    assert_eq!((free.verdict, charged.verdict), (Verdict::Refuted, Verdict::Refuted));
    assert!((charged.failure_lower - (free.failure_lower - 0.05)).abs() < 1e-12 && charged.failure_lower > 0.1);
    assert!((charged.failure_upper - (free.failure_upper + 0.05)).abs() < 1e-12);
    for (error, verdict) in [(0.0, Verdict::Corroborated), (0.05, Verdict::Inconclusive)] {
        assert_eq!(judged(&failing(30), error).verdict, verdict);
    }
}

/// Half of the error rate goes to the failure rate, the other half to the events, in equal parts.
#[test]
fn parts_of_the_error_rate() {
    let rules = |events: Vec<(&'static str, &'static str, f64)>| Rules {
        // Nothing corroborates this: what stops is a refutation.
        delta: 1e-6,
        error: 0.02,
        certification_error: 0.0,
        events,
        counted: Vec::new(),
        obligations: Vec::new(),
    };
    let seen = outcomes(&[(StopReason::Succeeded, 400)]);
    // `hits` fails in every twentieth trial.
    for parts in [1_u32, 2, 5] {
        let exceeds = |share: f64| Rate { events: 20, trials: 400, error: 0.01 / f64::from(parts) }.exceeds(share);
        let mut both = [false; 2];
        for share in (10..50).map(|i| f64::from(i) / 1000.0) {
            let events = (0..parts).map(|i| (if i == 0 { "hits" } else { "other" }, "delta_H", share)).collect();
            let refuted = rules(events).decide(&seen) == Decision::Stop;
            assert_eq!(refuted, exceeds(share), "{parts} {share}");
            both[usize::from(refuted)] = true;
        }
        assert_eq!(both, [true; 2]);
    }
}

/// An obligation that was judged nowhere is said to be so, with the reason, and corroborates nothing; once is enough.
#[test]
fn obligations_that_no_trial_judged() {
    let rules = Rules {
        delta: 0.1,
        error: 0.01,
        certification_error: 0.0,
        events: Vec::new(),
        counted: Vec::new(),
        obligations: vec!["drift".into()],
    };
    let mut seen = outcomes(&[(StopReason::Succeeded, 200)]);
    let of = |seen: &[TrialOutcome]| {
        let summary = rules.summarise(seen);
        (summary.verdict, summary.obligations[0].status, summary.obligations[0].detail.clone())
    };
    let (verdict, status, detail) = of(&seen);
    assert_eq!((verdict, status), (Verdict::Inconclusive, Status::NotJudged));
    assert!(detail.contains("none came to where it is promised"), "{detail}");
    assert_eq!(rules.decide(&seen), Decision::Continue);
    seen.iter_mut().for_each(|o| o.events[0].held = false);
    let (verdict, _, detail) = of(&seen);
    assert!(verdict == Verdict::Inconclusive && detail.contains("the events it assumes held in none"), "{detail}");
    seen[7].obligations[0].judged = true;
    assert_eq!((of(&seen).0, of(&seen).1), (Verdict::Corroborated, Status::Held));
    assert_eq!(rules.decide(&seen), Decision::Stop);
    seen[7].obligations[0].violation = Some("moved".into());
    assert_eq!((of(&seen).0, of(&seen).1), (Verdict::Refuted, Status::Refuted));
}
