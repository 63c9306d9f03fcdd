//! Falsehoods that only a run shows.

use super::{FEW, Outcome, instance, request, run};
use nalgebra::{DMatrix, DVector};
use provably::distributions::{Distribution, Empirical, UniformHypercube};
use provably::experiment::{Alteration, ComparatorRule, Given, Judgement, Protocol, Status, Summary, Verdict};
use provably::features::Comparator;
use provably::network::{Initialisation, Scales, State};
use provably::parameters::{Form, Gradients};
use provably::registry::Instance;
use std::sync::Arc;

/// Trials behind an event: enough for its share of δ to be exceeded at the rules' error rate.
const SOME: u64 = 24;
/// Trials behind the failure rate: enough for the twin to be corroborated at δ = 0.1.
const MANY: u64 = 96;

/// What must catch the falsehood.
#[derive(Clone, Copy)]
enum Check {
    Obligation(&'static str),
    Event(&'static str),
    FailureRate,
}

fn judgement<'a>(list: &'a [Judgement], name: &str) -> Outcome<&'a Judgement> {
    list.iter().find(|j| j.name == name).ok_or_else(|| format!("{name} is not judged").into())
}

/// Whether the check finds nothing to object to: not refuted where it was judged, corroborated for the failure rate.
fn passes(check: Check, summary: &Summary) -> Outcome<bool> {
    Ok(match check {
        Check::Obligation(name) => judgement(&summary.obligations, name)?.status.stands(),
        Check::Event(name) => judgement(&summary.events, name)?.status.stands(),
        Check::FailureRate => summary.verdict == Verdict::Corroborated,
    })
}

/// Whether the check refutes the run.
fn catches(check: Check, instance: &Instance, summary: &Summary) -> Outcome<bool> {
    let named = match check {
        Check::Obligation(name) => judgement(&summary.obligations, name)?.status == Status::Refuted,
        Check::Event(name) => judgement(&summary.events, name)?.status == Status::Refuted,
        Check::FailureRate => summary.failure_lower > instance.delta,
    };
    Ok(named && summary.verdict == Verdict::Refuted)
}

/// The twin must pass the check that catches the altered protocol, on as many trials.
fn planted(instance: &Instance, check: Check, alter: impl FnOnce(&mut Protocol)) -> Outcome<()> {
    let trials = match check {
        Check::Obligation(_) => FEW,
        Check::Event(_) => SOME,
        Check::FailureRate => MANY,
    };
    let twin = instance.protocol().cloned().ok_or("no protocol")?;
    let faithful = run(instance, &twin, trials)?;
    assert!(passes(check, &faithful)?, "the twin does not pass: {faithful:#?}");
    assert_ne!(faithful.verdict, Verdict::Refuted, "the twin is refuted: {faithful:#?}");
    let mut altered = twin;
    alter(&mut altered);
    let summary = run(instance, &altered, trials)?;
    assert!(catches(check, instance, &summary)?, "not caught: {summary:#?}");
    Ok(())
}

fn theorem_a() -> Outcome<Instance> {
    instance(&request(Form::A, Gradients::Population, &[]))
}

fn theorem_c() -> Outcome<Instance> {
    instance(&request(Form::C, Gradients::Population, &[]))
}

fn theorem_c_fresh() -> Outcome<Instance> {
    instance(&request(Form::C, Gradients::Fresh, &[]))
}

/// An alteration by functions; those not given alter nothing.
struct Altered {
    initialisation: fn(&mut Initialisation),
    first_step: fn(&Initialisation, &mut State, &Scales),
    step: f64,
    mirrors: bool,
    scales: Scales,
}

impl Altered {
    fn of(protocol: &Protocol) -> Self {
        let (initialisation, first_step) = (|_: &mut _| {}, |_: &_, _: &mut _, _: &_| {});
        Self { initialisation, first_step, step: 1.0, mirrors: true, scales: protocol.scales }
    }
}

impl Alteration for Altered {
    fn initialisation(&self, initialisation: &mut Initialisation) {
        (self.initialisation)(initialisation);
    }
    fn first_step(&self, initialisation: &Initialisation, state: &mut State) {
        (self.first_step)(initialisation, state, &self.scales);
    }
    fn step_size(&self, eta_alpha: f64) -> f64 {
        self.step * eta_alpha
    }
    fn mirrors(&self) -> bool {
        self.mirrors
    }
}

/// The comparator with its sign flipped.
struct Flipped(Arc<dyn ComparatorRule>);

impl ComparatorRule for Flipped {
    fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
        self.0.comparator(given).map(|c| Comparator { weights: -c.weights })
    }
}

#[test]
fn target_with_its_sign_flipped() -> Outcome<()> {
    let check = Check::Obligation("phi_decrease");
    let flip = |p: &mut Protocol| p.comparator = Arc::new(Flipped(p.comparator.clone()));
    planted(&theorem_a()?, check, flip)?;
    planted(&theorem_c_fresh()?, check, flip)
}

#[test]
fn first_step_against_the_gradient() -> Outcome<()> {
    planted(&theorem_a()?, Check::Obligation("lemma_1_residual"), |p| {
        let first_step = |_: &_, state: &mut State, _: &_| state.v.neg_mut();
        p.alteration = Arc::new(Altered { first_step, ..Altered::of(p) });
    })
}

#[test]
fn initial_weights_left_in() -> Outcome<()> {
    planted(&theorem_a()?, Check::Obligation("lemma_1_residual"), |p| {
        // Without the regulariser w⁽¹⁾ = w⁽⁰⁾ + η₁|ℓ'(0)|aĜ: v keeps u/β.
        let first_step = |init: &Initialisation, state: &mut State, scales: &Scales| {
            for (mut v, i) in state.v.column_iter_mut().zip(&state.index) {
                v += init.u.column(i % init.g.len()) / scales.beta;
            }
        };
        p.alteration = Arc::new(Altered { first_step, ..Altered::of(p) });
    })
}

#[test]
fn outer_weights_not_mirrored() -> Outcome<()> {
    planted(&theorem_a()?, Check::Obligation("initial_output_zero"), |p| {
        p.alteration = Arc::new(Altered { mirrors: false, ..Altered::of(p) });
    })
}

#[test]
fn training_up_the_gradient() -> Outcome<()> {
    let ascend = |p: &mut Protocol| p.alteration = Arc::new(Altered { step: -1.0, ..Altered::of(p) });
    planted(&theorem_c()?, Check::Obligation("phi_decrease"), ascend)?;
    planted(&theorem_c()?, Check::FailureRate, ascend)
}

/// Φ falls by 2η(M−1)P − η²‖ĝ‖² at least. With H twice ‖ĝ‖ or more, twice the step still falls by the promised (M−1)²P/H²; it is
/// longer than the batch's gradient allows all the same.
#[test]
fn step_size_beyond_the_proof() -> Outcome<()> {
    let (instance, check) = (theorem_c()?, Check::Obligation("phi_decrease"));
    for factor in [2.0, 64.0] {
        planted(&instance, check, |p| p.alteration = Arc::new(Altered { step: factor, ..Altered::of(p) }))?;
    }
    Ok(())
}

#[test]
fn first_step_ten_times_too_large() -> Outcome<()> {
    planted(&theorem_c_fresh()?, Check::Obligation("hidden_norm"), |p| p.scales.theta *= 10.0)
}

#[test]
fn hidden_norm_halved_in_the_promise() -> Outcome<()> {
    let halve = |p: &mut Protocol| p.promises.hidden_norm /= 2.0;
    planted(&theorem_a()?, Check::Obligation("hidden_norm"), halve)?;
    planted(&theorem_c_fresh()?, Check::Obligation("hidden_norm"), halve)
}

#[test]
fn drift_shrunk_in_the_promise() -> Outcome<()> {
    planted(&theorem_a()?, Check::Obligation("drift"), |p| p.promises.drift /= 1e6)
}

#[test]
fn biases_of_the_halves_exchanged() -> Outcome<()> {
    planted(&theorem_c_fresh()?, Check::Event("hits"), |p| {
        let initialisation = |init: &mut Initialisation| init.signs.neg_mut();
        p.alteration = Arc::new(Altered { initialisation, ..Altered::of(p) });
    })
}

#[test]
fn every_neuron_dead() -> Outcome<()> {
    planted(&theorem_c_fresh()?, Check::FailureRate, |p| {
        let initialisation = |init: &mut Initialisation| init.signs.fill(1.0);
        p.alteration = Arc::new(Altered { initialisation, ..Altered::of(p) });
    })
}

#[test]
fn a_tenth_of_the_width() -> Outcome<()> {
    planted(&theorem_a()?, Check::Event("hits"), |p| p.width /= 10)
}

#[test]
fn initial_directions_too_long() -> Outcome<()> {
    planted(&theorem_c_fresh()?, Check::Event("u_max"), |p| {
        let initialisation = |init: &mut Initialisation| init.u *= 3.0;
        p.alteration = Arc::new(Altered { initialisation, ..Altered::of(p) });
    })
}

#[test]
fn outer_weights_too_large() -> Outcome<()> {
    planted(&theorem_a()?, Check::Event("g_norm"), |p| {
        let initialisation = |init: &mut Initialisation| init.g *= 3.0;
        p.alteration = Arc::new(Altered { initialisation, ..Altered::of(p) });
    })
}

#[test]
fn a_hundredth_of_the_first_batch() -> Outcome<()> {
    planted(&theorem_c_fresh()?, Check::Event("lemma_2"), |p| {
        let provably::experiment::Expectation::Batch(n) = p.first_step else { return };
        p.first_step = provably::experiment::Expectation::Batch(n / 100);
    })
}

/// The hypercube with its labels changed: `labels` gives those of a point from its own label.
fn relabelled(labels: &[f64]) -> Outcome<Arc<dyn Distribution>> {
    let cube = UniformHypercube::new(4)?;
    let support = cube.support().ok_or("no support")?;
    let copies = labels.len();
    let columns: Vec<_> = support.points.column_iter().flat_map(|x| vec![x.clone_owned(); copies]).collect();
    let of = |j: usize| support.labels[j / copies] * labels[j % copies];
    let labels = DVector::from_fn(columns.len(), |j, _| of(j));
    Ok(Arc::new(Empirical::from_support(DMatrix::from_columns(&columns), labels)?))
}

#[test]
fn training_labels_that_say_nothing_of_the_test() -> Outcome<()> {
    let instance = instance(&request(Form::C, Gradients::ClosedFirst, &[]))?;
    let flipped = relabelled(&[-1.0])?;
    planted(&instance, Check::FailureRate, |p| p.training_distribution = flipped)?;
    // On labels that are coin tosses the weights wander, and sooner or later pass through a network that classifies well:
    // "some t <= T" is true of them. That they do not fall towards the target is what gives them away.
    let tossed = relabelled(&[1.0, -1.0])?;
    planted(&instance, Check::Obligation("phi_decrease"), |p| p.training_distribution = tossed)?;
    // The control: the same rows with their own labels do train.
    let mut protocol = instance.protocol().cloned().ok_or("no protocol")?;
    protocol.training_distribution = relabelled(&[1.0])?;
    assert_eq!(run(&instance, &protocol, MANY)?.verdict, Verdict::Corroborated);
    Ok(())
}
