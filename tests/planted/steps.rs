//! Steps that are not the algorithm's, and promises beyond what is proved: what Φ must do at every step of Theorems B and C2,
//! under exact and under sampled evaluation, and where drift and hidden layer are judged.

use super::framework::{judgement, refuted_by};
use super::{FEW, Outcome, instance, request, run};
use nalgebra::{DMatrix, DVector};
use provably::distributions::{Distribution, Empirical, Moments, Support};
use provably::experiment::{Alteration, ComparatorRule, Given, Protocol, Scope, Status, Verdict};
use provably::features::Comparator;
use provably::parameters::{Form, Gradients, Request};
use provably::registry::Instance;
use provably::statistics::streams::Stream;
use std::sync::Arc;

const PHI: &str = "phi_decrease";

/// The corners of a cube, labelled by their first coordinate, 40 times, and one of them once more with the wrong label: there is no
/// margin, and form C is C2.
fn almost_separable() -> Outcome<Empirical> {
    let corner = |j: usize| DVector::from_fn(3, |i, _| if j >> i & 1 == 0 { 1.0 } else { -1.0 });
    let mut points: Vec<_> = (0..320).map(|j| corner(j % 8)).collect();
    let mut labels: Vec<f64> = points.iter().map(|x| x[0]).collect();
    points.push(corner(0));
    labels.push(-1.0);
    Ok(Empirical::from_support(DMatrix::from_columns(&points), DVector::from_vec(labels))?)
}

fn theorem_b(gradients: Gradients, hits: &str) -> Outcome<Instance> {
    instance(&request(Form::B, gradients, &[("hits", hits)]))
}

fn theorem_c2() -> Outcome<Instance> {
    let request = Request {
        rows: Some(Arc::new(almost_separable()?)),
        form: Some(Form::C),
        gradients: Some(Gradients::ClosedFirst),
        seed: 7,
        ..Request::default()
    };
    let instance = instance(&request)?;
    assert_eq!(instance.derivation.variant().get("form").map(String::as_str), Some("c2"));
    Ok(instance)
}

fn all() -> Outcome<Vec<Instance>> {
    Ok(vec![
        theorem_b(Gradients::Fresh, "ball")?,
        theorem_b(Gradients::ClosedFirst, "ball")?,
        theorem_b(Gradients::Fresh, "window")?,
        theorem_c2()?,
    ])
}

/// A law whose support is not told, so that everything is evaluated on samples.
struct Unenumerated(Arc<dyn Distribution>);

impl Distribution for Unenumerated {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        self.0.sample(rng, x, y);
    }
    fn support(&self) -> Option<&Support> {
        None
    }
    fn moments(&self) -> Moments {
        self.0.moments()
    }
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        self.0.gradient(w, b)
    }
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        self.0.active_label(w, b)
    }
    fn margin(&self, u: &[f64]) -> Option<f64> {
        self.0.margin(u)
    }
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        self.0.projection_bound(u)
    }
}

/// The instance's protocol under exact evaluation, and the same under sampled evaluation.
fn evaluations(instance: &Instance) -> Outcome<[Protocol; 2]> {
    let exact = instance.protocol().cloned().ok_or("no protocol")?;
    assert!(exact.distribution.support().is_some());
    let mut sampled = exact.clone();
    sampled.distribution = Arc::new(Unenumerated(exact.distribution.clone()));
    sampled.certification_error = 1e-3;
    Ok([exact, sampled])
}

/// Another factor on the step size, and one outer weight that goes the wrong way.
struct Wrong {
    factor: f64,
    reversed: Option<usize>,
}

impl Alteration for Wrong {
    fn step_size(&self, eta_alpha: f64) -> f64 {
        self.factor * eta_alpha
    }
    fn later_step(&self, _step: u64, from: &DVector<f64>, to: &mut DVector<f64>) {
        if let Some(i) = self.reversed {
            to[i] = 2.0 * from[i] - to[i];
        }
    }
}

fn status(instance: &Instance, protocol: &Protocol, wrong: Wrong, trials: u64) -> Outcome<Status> {
    let altered = Protocol { alteration: Arc::new(wrong), ..protocol.clone() };
    Ok(judgement(&run(instance, &altered, trials)?.obligations, PHI)?.status)
}

/// A weight that is no number from its second step on.
struct Overflown(f64);

impl Alteration for Overflown {
    fn later_step(&self, step: u64, _from: &DVector<f64>, to: &mut DVector<f64>) {
        if step == 2 {
            to[0] = self.0;
        }
    }
}

/// The theorem is about exact arithmetic: an f64 that overflows refutes no promise of the proof, and certifies nothing.
#[test]
fn an_overflow_refutes_nothing() -> Outcome<()> {
    for instance in all()? {
        for protocol in evaluations(&instance)? {
            for overflown in [f64::INFINITY, f64::NAN] {
                let altered = Protocol { alteration: Arc::new(Overflown(overflown)), ..protocol.clone() };
                let summary = run(&instance, &altered, FEW)?;
                let refuted = |status: Status| status == Status::Refuted;
                assert!(!summary.obligations.iter().any(|o| refuted(o.status)), "{:?}", instance.tags);
                assert_ne!(summary.verdict, Verdict::Refuted, "{:?}", instance.tags);
            }
        }
    }
    Ok(())
}

/// The step two and a half times too long, and too short by as much.
#[test]
fn a_wrong_step_size() -> Outcome<()> {
    for instance in all()? {
        for protocol in evaluations(&instance)? {
            for (factor, expected) in [(2.5, Status::Refuted), (0.4, Status::Refuted), (1.0, Status::Held)] {
                let found = status(&instance, &protocol, Wrong { factor, reversed: None }, FEW)?;
                assert_eq!(found, expected, "{:?}, step size times {factor}", instance.tags);
            }
        }
    }
    Ok(())
}

/// One outer weight goes the wrong way, whichever it is.
#[test]
fn one_weight_against_the_gradient() -> Outcome<()> {
    for instance in all()? {
        let [exact, sampled] = evaluations(&instance)?;
        let live = 2 * exact.width;
        for i in (0..live).step_by(live / 8) {
            let reversed = || Wrong { factor: 1.0, reversed: Some(i) };
            assert_eq!(status(&instance, &exact, reversed(), FEW)?, Status::Refuted, "{:?}, {i}", instance.tags);
        }
        let last = Wrong { factor: 1.0, reversed: Some(live - 1) };
        assert_eq!(status(&instance, &sampled, last, FEW)?, Status::Refuted, "{:?}", instance.tags);
    }
    Ok(())
}

/// The comparator's opposite: convexity holds for it too, and its loss is not what the proof says.
#[test]
fn a_comparator_that_does_worse() -> Outcome<()> {
    struct Flipped(Arc<dyn ComparatorRule>);
    impl ComparatorRule for Flipped {
        fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
            self.0.comparator(given).map(|c| Comparator { weights: -c.weights })
        }
    }
    for instance in all()? {
        refuted_by(PHI, &instance, |p| p.comparator = Arc::new(Flipped(p.comparator.clone())))?;
    }
    Ok(())
}

/// The algorithm's own steps under twelve seeds: what convexity gives is given on every batch, and rounding flags nothing.
#[test]
fn honest_steps() -> Outcome<()> {
    for instance in all()? {
        for protocol in evaluations(&instance)? {
            for seed in 0..12 {
                let summary = run(&instance, &Protocol { seed, ..protocol.clone() }, 10)?;
                let seen = judgement(&summary.obligations, PHI)?;
                assert!(seen.status == Status::Held && seen.judged > 4, "{:?}, seed {seed}: {seen:?}", instance.tags);
                assert_ne!(summary.verdict, Verdict::Refuted, "{:?}, seed {seed}: {summary:#?}", instance.tags);
            }
        }
    }
    Ok(())
}

// ---- what is judged, and what is not ----

/// How drift, hidden layer and Φ fare in altered trials.
fn fare(instance: &Instance, alter: impl FnOnce(&mut Protocol)) -> Outcome<[Status; 3]> {
    let mut protocol = instance.protocol().cloned().ok_or("no protocol")?;
    alter(&mut protocol);
    let summary = run(instance, &protocol, FEW)?;
    let status = |name| judgement(&summary.obligations, name).map(|j| j.status);
    Ok([status("drift")?, status("hidden_norm")?, status(PHI)?])
}

const UNJUDGED: [Status; 3] = [Status::NotJudged, Status::NotJudged, Status::Held];

/// In form B drift and hidden layer are bounded as long as Φ ≤ 1.5Φ₁. Up the gradient Φ leaves that, and what is moved
/// afterwards breaks no promise; what is moved before does.
#[test]
fn form_b_promises_up_to_its_distance() -> Outcome<()> {
    let instance = theorem_b(Gradients::ClosedFirst, "window")?;
    let limit = 1.5 * instance.derivation.number("Phi_1");
    let own = instance.protocol().ok_or("no protocol")?.promises.clone();
    assert!(matches!(own.scope, Scope::Distance(most) if (most / limit - 1.0).abs() < 1e-12));
    let mut seen = [[0; 2]; 2];
    // From a drift that no step exceeds to one that the first does.
    for power in -6..14 {
        let broken = |scope: Scope| -> Outcome<bool> {
            let [drift, ..] = fare(&instance, |p| {
                p.alteration = Arc::new(Wrong { factor: -40.0, reversed: None });
                (p.promises.scope, p.promises.drift, p.steps) = (scope, own.drift / 8_f64.powi(power), 400);
            })?;
            assert_ne!(drift, Status::NotJudged);
            Ok(drift == Status::Refuted)
        };
        let (within, always) = (broken(Scope::Distance(limit))?, broken(Scope::Always)?);
        seen[usize::from(within)][usize::from(always)] += 1;
    }
    assert!(seen[1][0] == 0 && [seen[0][0], seen[0][1], seen[1][1]].iter().all(|n| *n > 1), "{seen:?}");
    Ok(())
}

/// A scope that is left before the first step, an input longer than B_x, a goal that is never certainly missed, losses beyond
/// their budget: nothing is judged that rests on them, and Φ's two parts still are.
#[test]
fn nothing_is_judged_out_of_scope() -> Outcome<()> {
    let (b, c2) = (theorem_b(Gradients::Fresh, "window")?, theorem_c2()?);
    assert_eq!(fare(&b, |p| p.promises.scope = Scope::Distance(0.0))?, UNJUDGED);
    for instance in [&b, &c2] {
        assert_eq!(fare(instance, |_| ())?, [Status::Held; 3]);
        let broken = fare(instance, |p| (p.promises.drift, p.promises.hidden_norm) = (0.0, 0.0))?;
        assert_eq!(broken, [Status::Refuted, Status::Refuted, Status::Held]);
        for scope in [Scope::UntilGoal, Scope::Losses(-1.0)] {
            let altered = fare(instance, |p| {
                p.distribution = Arc::new(Unenumerated(p.distribution.clone()));
                (p.promises.scope, p.promises.drift, p.promises.hidden_norm) = (scope, 0.0, 0.0);
                p.certification_error = 1e-3;
            })?;
            assert_eq!(altered, UNJUDGED, "{scope:?}");
        }
        let longer = fare(instance, |p| {
            (p.promises.drift, p.promises.hidden_norm) = (0.0, 0.0);
            p.promises.input_norm *= 0.99;
        })?;
        assert_eq!(longer, UNJUDGED);
    }
    // Theorem A's scope is left by no honest step: population gradients show that the goal is certainly missed.
    let a = instance(&request(Form::A, Gradients::Population, &[]))?;
    assert_eq!(a.protocol().map(|p| p.promises.scope), Some(Scope::UntilGoal));
    assert_eq!(fare(&a, |p| p.promises.drift = 0.0)?, [Status::Refuted, Status::Held, Status::Held]);
    Ok(())
}

/// An obligation that no trial came to judge: the trials succeed, and corroborate nothing.
#[test]
fn nothing_judged_is_nothing_corroborated() -> Outcome<()> {
    let instance = theorem_b(Gradients::ClosedFirst, "window")?;
    let mut protocol = instance.protocol().cloned().ok_or("no protocol")?;
    let trials = 96;
    assert_eq!(run(&instance, &protocol, trials)?.verdict, Verdict::Corroborated);
    protocol.promises.scope = Scope::Distance(0.0);
    let summary = run(&instance, &protocol, trials)?;
    assert_eq!((summary.verdict, summary.failures, summary.uncertified), (Verdict::Inconclusive, 0, 0));
    assert!(summary.failure_upper <= instance.delta);
    let drift = judgement(&summary.obligations, "drift")?;
    assert_eq!((drift.status, drift.judged), (Status::NotJudged, 0));
    assert!(drift.detail.contains("none came to where it is promised"), "{}", drift.detail);
    Ok(())
}
