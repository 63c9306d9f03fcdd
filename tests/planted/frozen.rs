//! Falsehoods of Theorem 3.4: the first layer frozen, the outer layer trained on one batch.

use super::derivations::{check_name, false_constant, honest_of};
use super::{Outcome, run_experiment};
use provably::experiment::{Alteration, Expectation, FrozenLayer, Status, Summary, Verdict};
use provably::network::{Initialisation, Scales, State};
use provably::parameters::{Gradients, Level, Request};
use provably::registry::Instance;
use provably::theorems::{find, theory};
use std::any::Any;
use std::sync::Arc;

/// Trials behind an obligation, and behind an event.
const FEW: u64 = 4;
const SOME: u64 = 24;

fn request(gradients: Gradients, more: &[(&str, &str)]) -> Request {
    let parameters = [("d", "4"), ("epsilon", "0.3"), ("kappa", "8")];
    let parameters = parameters.iter().chain(more).map(|&(k, v)| (k.into(), v.into())).collect();
    Request { parameters, gradients: Some(gradients), seed: 7, ..Request::default() }
}

fn instance(request: &Request) -> Outcome<Instance> {
    Ok(find("frozen-layer").ok_or("no such theorem")?.instantiate(request, Level::Explicit)?)
}

fn status(summary: &Summary, name: &str) -> Outcome<Status> {
    let all = summary.events.iter().chain(&summary.obligations);
    Ok(all.into_iter().find(|j| j.name == name).ok_or_else(|| format!("{name} is not judged"))?.status)
}

/// The named check refutes the altered experiment, and holds for the faithful one on as many trials.
fn planted(instance: &Instance, check: &str, trials: u64, alter: impl FnOnce(&mut FrozenLayer)) -> Outcome<()> {
    let experiment: &dyn Any = &**instance.experiment.as_ref().ok_or("no experiment")?;
    let mut altered = experiment.downcast_ref::<FrozenLayer>().ok_or("another experiment")?.clone();
    let faithful = run_experiment(instance, &altered, trials)?;
    assert_eq!(status(&faithful, check)?, Status::Held, "the twin does not pass: {faithful:#?}");
    assert_ne!(faithful.verdict, Verdict::Refuted, "the twin is refuted: {faithful:#?}");
    alter(&mut altered);
    let summary = run_experiment(instance, &altered, trials)?;
    assert_eq!(status(&summary, check)?, Status::Refuted, "not caught: {summary:#?}");
    assert_eq!(summary.verdict, Verdict::Refuted);
    Ok(())
}

fn closed() -> Outcome<Instance> {
    instance(&request(Gradients::ClosedFirst, &[]))
}

struct Altered {
    /// Part of the initial inner weights that the first step leaves in.
    left_in: f64,
    step: f64,
    scales: Scales,
}

impl Alteration for Altered {
    fn first_step(&self, initialisation: &Initialisation, state: &mut State) {
        let distinct = initialisation.g.len();
        for (mut v, i) in state.v.column_iter_mut().zip(&state.index) {
            v += initialisation.u.column(i % distinct) * (self.left_in / self.scales.beta);
        }
    }
    fn step_size(&self, eta_alpha: f64) -> f64 {
        self.step * eta_alpha
    }
}

/// λ₁ = 0.9/η₁ leaves a tenth of w⁽⁰⁾ in.
#[test]
fn regulariser_of_the_first_step() -> Outcome<()> {
    planted(&closed()?, "lemma_1_residual", FEW, |e| {
        let scales = e.protocol.scales;
        e.protocol.alteration = Arc::new(Altered { left_in: 0.1, step: 1.0, scales });
    })
}

/// By convexity the loss on Z cannot fall by L‖Δα‖²/2 at any step size above 2/L; at 1/L it must.
#[test]
fn step_size_beyond_the_smoothness() -> Outcome<()> {
    for gradients in [Gradients::ClosedFirst, Gradients::Fresh] {
        planted(&instance(&request(gradients, &[]))?, "descent", FEW, |e| {
            let scales = e.protocol.scales;
            e.protocol.alteration = Arc::new(Altered { left_in: 0.0, step: 2.5, scales });
        })?;
    }
    Ok(())
}

#[test]
fn hidden_norm_understated() -> Outcome<()> {
    planted(&closed()?, "hidden_norm", FEW, |e| e.protocol.promises.hidden_norm /= 2.0)
}

/// ‖α⁽¹⁾‖ + 2B covers the iterates that do worse than α̃ on Z, and not the first that does as well.
#[test]
fn norm_without_the_last_step() -> Outcome<()> {
    let parameters = [("epsilon", "0.99"), ("target_scale", "0.08"), ("kappa", "20")];
    let small = instance(&request(Gradients::ClosedFirst, &parameters))?;
    let naive = small.derivation.number("alpha_1") + 2.0 * small.derivation.number("B");
    planted(&small, "norm_bound", FEW, |e| e.norm_bound = naive)
}

/// Four samples where the theorem asks for millions: what is learned of them is not true of D.
#[test]
fn four_samples_for_the_batch() -> Outcome<()> {
    planted(&closed()?, "generalisation", SOME, |e| e.protocol.training = Expectation::Batch(4))
}

/// Two steps of the descent where the theorem asks for hundreds: the whole population is seen to miss the goal at both.
#[test]
fn two_steps_for_the_descent() -> Outcome<()> {
    let instance = closed()?;
    let experiment: &dyn Any = &**instance.experiment.as_ref().ok_or("no experiment")?;
    let mut altered = experiment.downcast_ref::<FrozenLayer>().ok_or("another experiment")?.clone();
    altered.protocol.steps = 2;
    let summary = run_experiment(&instance, &altered, 12)?;
    assert_eq!((summary.failures, summary.uncertified), (12, 0), "{summary:#?}");
    assert!(summary.verdict == Verdict::Refuted && summary.failure_lower > instance.delta);
    Ok(())
}

#[test]
fn constants_of_another_theory() -> Outcome<()> {
    let certificate = honest_of(instance(&request(Gradients::Fresh, &[]))?)?;
    let generalisation = "let gen = 2*lipschitz*R*H/sqrt(n) + (1 + lipschitz*R*H)*sqrt(ln(2/delta_Z)/(2*n))";
    // Without the Rademacher term; without McDiarmid's; charged once.
    false_constant(&certificate, generalisation, "let gen = (1 + lipschitz*R*H)*sqrt(ln(2/delta_Z)/(2*n))")?;
    false_constant(&certificate, generalisation, "let gen = 2*lipschitz*R*H/sqrt(n)")?;
    let bound = "let error_bound = target_loss + target_scale*batch_term + opt + 2*gen";
    false_constant(&certificate, bound, "let error_bound = target_loss + target_scale*batch_term + opt + gen")?;
    let comparator = "let error_bound = target_loss + batch_term + opt + 2*gen";
    false_constant(&certificate, bound, comparator)?;
    false_constant(&certificate, "let R = alpha_1 + 2*B + sqrt(2/L)", "let R = alpha_1 + 2*B")?;
    let target = "let target_loss = ln(1 + exp(-target_scale))/ln(2)";
    false_constant(&certificate, target, "let target_loss = ln(1 + exp(-2*target_scale))/ln(2)")?;
    false_constant(&certificate, "let L = H^2/(4*ln(2))", "let L = H^2/10")?;
    false_constant(&certificate, "let eta_alpha = 1/L\n  let R", "let eta_alpha = 2/L\n  let R")
}

/// A batch smaller, and a descent shorter, than ε needs.
#[test]
fn choices_the_proof_does_not_allow() -> Outcome<()> {
    use super::derivations::with_choice;
    let certificate = honest_of(instance(&request(Gradients::Fresh, &[]))?)?;
    for (symbol, number, check) in [
        ("n", "1000", "false-inequality"),
        ("n", "0.5", "illegal-choice"),
        // One step takes a division by T - 1 = 0.
        ("T", "1", "undefined"),
        ("T", "2", "false-inequality"),
        ("T", "100.5", "illegal-choice"),
        ("target_scale", "1", "false-inequality"),
        ("delta_Z", "0.05", "false-inequality"),
    ] {
        assert_eq!(with_choice(&certificate, symbol, number)?, check, "{symbol} = {number}");
    }
    assert_eq!(check_name(provably::certificate::checker::check(&certificate, theory()?, &[])), "accepted");
    Ok(())
}
