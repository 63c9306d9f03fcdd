//! The theorem's b̃ against b̃ = 1: at the first the neurons stay within the drift the proof allows, at the second they turn.

use provably::experiment::{Expectation, Protocol, StopReason, observe, observe_at};
use provably::network::{GradientSource, Initialisation, Scales, first_step};
use provably::parameters::{Form, Gradients, Level, Request};
use provably::statistics::streams::{Purpose, stream};
use provably::theorems::find;
use std::sync::atomic::AtomicBool;

const RUNS: u64 = 6;

/// Form c of linear data: single fresh samples, which are not parallel to the feature. The closed form of the first step.
fn protocol() -> Protocol {
    let request =
        Request { form: Some(Form::C), gradients: Some(Gradients::ClosedFirst), seed: 3, ..Request::default() };
    let instance = find("linear-data").unwrap().instantiate(&request, Level::Explicit).unwrap();
    instance.protocol().unwrap().clone()
}

/// ‖vᵢ⁽¹⁾‖ of all live neurons of the runs.
fn lengths(protocol: &Protocol) -> Vec<f64> {
    let of = |trial| {
        let mut rng = stream(protocol.seed, trial, Purpose::Initialisation);
        let initialisation = Initialisation::draw(protocol.distribution.dimension(), protocol.width, &mut rng);
        let source = GradientSource::Population(&*protocol.distribution);
        let v = first_step(&initialisation, &protocol.scales, source).unwrap().state.v;
        v.column_iter().map(|v| v.norm()).collect::<Vec<f64>>()
    };
    (0..RUNS).flat_map(of).collect()
}

#[test]
fn neurons_turn_only_at_the_ordinary_scale() {
    let (protocol, cut) = (protocol(), AtomicBool::new(false));
    assert_eq!(protocol.first_step, Expectation::Population);
    let theorem = observe_at(protocol.scales.b_tilde, &protocol, RUNS, &cut).unwrap();
    let ordinary = observe(&protocol, RUNS, &cut).unwrap();
    assert_eq!(theorem.ended(StopReason::Succeeded), RUNS);
    // ‖vᵢ⁽ᵗ⁾ − vᵢ⁽¹⁾‖ ≤ D_v turns a vector by at most arcsin(D_v/‖vᵢ⁽¹⁾‖), and any vector by at most π. A bound for every
    // neuron is one for the median and the largest of them; π covers a length below D_v.
    let lengths = lengths(&protocol);
    let bound = |length: &f64| {
        let sine = protocol.promises.drift / length;
        if sine < 1.0 { sine.asin() } else { std::f64::consts::PI }
    };
    let mut bounds: Vec<f64> = lengths.iter().map(bound).collect();
    bounds.sort_by(f64::total_cmp);
    let (median, largest) = (bounds[(bounds.len() - 1) / 2], bounds[bounds.len() - 1]);
    // Kahan's formula is good to a few roundings.
    let turned = theorem.turned.unwrap();
    assert!(turned.median <= median + 1e-14 && turned.largest <= largest + 1e-14, "{turned:?}: {median}, {largest}");
    let now = ordinary.turned.unwrap();
    assert!(now.median > 0.01 && now.median > 10.0 * median, "{now:?} against {turned:?}, bound {median}");
    assert!(ordinary.moved.unwrap().median > 100.0 * theorem.moved.unwrap().largest);
}

/// The observation at the theorem's own b̃ is the theorem's own trial.
#[test]
fn at_the_theorems_scale_it_is_the_trial() {
    let (protocol, cut) = (protocol(), AtomicBool::new(false));
    let theorem = observe_at(protocol.scales.b_tilde, &protocol, RUNS, &cut).unwrap();
    for trial in 0..RUNS {
        let outcome = provably::experiment::run_trial(&protocol, trial, &cut).unwrap();
        assert_eq!(theorem.stops[trial as usize], outcome.stop);
        assert_eq!(theorem.steps[trial as usize], outcome.stopping_step);
    }
}

/// Raising `cut` is said, and nothing is measured of what was cut.
#[test]
fn cut_runs_are_no_runs() {
    let seen = observe(&protocol(), RUNS, &AtomicBool::new(true)).unwrap();
    assert_eq!((seen.ended(StopReason::Cut), seen.turned, seen.moved), (RUNS, None, None));
}

/// v⁽¹⁾ and α⁽¹⁾ do not depend on b̃ when σ_a goes with b̃³; the step on v is then the same as on α.
#[test]
fn the_first_step_is_the_theorems() {
    let protocol = protocol();
    let at = |scales: &Scales| {
        let mut rng = stream(1, 0, Purpose::Initialisation);
        let initialisation = Initialisation::draw(10, protocol.width, &mut rng);
        first_step(&initialisation, scales, GradientSource::Population(&*protocol.distribution)).unwrap().state
    };
    let (own, other) = (at(&protocol.scales), at(&protocol.scales.at(1.0)));
    assert_eq!(own.v, other.v);
    // Two cubes and a division: some ten roundings.
    assert!((&own.alpha - &other.alpha).amax() <= 1e-14 * own.alpha.amax());
    assert!(own.alpha.amax() > 0.0);
    let seen = observe(&protocol, 1, &AtomicBool::new(false)).unwrap();
    let bits = [seen.b_tilde, seen.eta_v, seen.eta_alpha].map(f64::to_bits);
    assert_eq!(bits, [1.0, protocol.eta_alpha, protocol.eta_alpha].map(f64::to_bits));
}
