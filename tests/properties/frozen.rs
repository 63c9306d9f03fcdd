//! Theorem 3.4 over random instances: where the hypotheses hold the derivation reaches its root and the bound is within ε; more
//! samples and more steps never make it worse, fewer take it out of scope; and no trial breaks a promise of the proof.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use provably::parameters::{Gradients, Level, Request};
use provably::registry::Instance;
use provably::theorems::find;
use std::sync::atomic::AtomicBool;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(17), failure_persistence: None, ..Config::default() }
}

fn instance(request: &Request) -> Result<Instance, TestCaseError> {
    let theorem = find("frozen-layer").ok_or_else(|| TestCaseError::fail("no theorem"))?;
    theorem.instantiate(request, Level::Explicit).map_err(|e| TestCaseError::fail(e.to_string()))
}

fn with(request: &Request, key: &str, value: f64) -> Request {
    let mut request = request.clone();
    request.parameters.push((key.into(), value.to_string()));
    request
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn bounds_and_trials(
        fresh: bool,
        ball: bool,
        (d, kappa) in (1..7_u32, 1..20_u32),
        (epsilon, delta, margin) in (0.15..0.45_f64, 0.02..0.4_f64, 0.6..1.0_f64),
        (window, theta_factor) in (0.3..0.7_f64, 0.5..1.2_f64),
    ) {
        let gradients = if fresh { Gradients::Fresh } else { Gradients::ClosedFirst };
        let mut request = Request { gradients: Some(gradients), seed: 5, ..Request::default() };
        if ball {
            // In the plane: eight points with margins `margin` and 1.
            request.parameters.push(("distribution".into(), "margin-ball".into()));
            request = with(&with(&request, "data_margin", margin), "data_reach", 1.0);
            request = with(&with(&request, "radius", 1.5), "d", 2.0);
        } else {
            request = with(&with(&request, "d", f64::from(d)), "margin", margin);
        }
        for (key, value) in [("epsilon", epsilon), ("delta", delta), ("window", window), ("theta_factor", theta_factor)] {
            request = with(&request, key, value);
        }
        request = with(&request, "kappa", f64::from(kappa));
        let built = instance(&request)?;
        prop_assert!(built.in_scope() && built.root.is_some(), "{:?}", built.derivation.conditions());
        let number = |name: &str| built.derivation.number(name);
        prop_assert!(number("error_bound") <= epsilon && built.bounds.error <= epsilon);
        prop_assert!(number("R") > number("alpha_1") + 2.0 * number("B") && number("gen") > 0.0);
        // Four times the samples halve the generalisation term; twice the steps halve the optimisation term.
        let (samples, steps) = (number("n"), number("T"));
        let more = instance(&with(&with(&request, "n", 4.0 * samples), "T", 2.0 * steps - 1.0))?;
        let after = |name: &str| more.derivation.number(name);
        prop_assert!((after("gen") / number("gen") - 0.5).abs() < 1e-9 && (after("opt") / number("opt") - 0.5).abs() < 1e-9);
        prop_assert!(more.in_scope() && after("error_bound") < number("error_bound"));
        for (key, fewer) in [("n", (samples * 0.9).floor()), ("T", (steps * 0.9).floor())] {
            let less = instance(&with(&request, key, fewer))?;
            // With fewer steps the samples make up for it, as long as descent leaves anything.
            prop_assert_eq!(less.root.is_some(), less.in_scope());
            prop_assert!(key == "T" || !less.in_scope(), "{} samples are enough", fewer);
        }
        let experiment = built.experiment.as_ref().ok_or_else(|| TestCaseError::fail("no experiment"))?;
        let outcome = experiment.run(0, &AtomicBool::new(false)).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert!(outcome.obligations.iter().all(|o| o.violation.is_none()), "{:?}", outcome.obligations);
        if outcome.events.iter().all(|e| e.held) {
            prop_assert!(outcome.stopping_step.is_some_and(|t| t as f64 <= steps) && outcome.observed <= epsilon);
        }
    }
}
