//! The theorem over the region of its hypotheses, and at its borders.

use own_theorem::REGISTRY;
use provably::assert_corroborated;
use provably::prelude::*;

#[test]
fn it_is_corroborated_at_the_borders() {
    assert_corroborated!(REGISTRY, "perceptron", d = 1, epsilon = 0.3, delta = 0.05);
    assert_corroborated!(REGISTRY, "perceptron", d = 16, epsilon = 0.2, delta = 0.4);
    assert_corroborated!(REGISTRY, "perceptron", d = 4, epsilon = 0.02, delta = 0.01);
}

/// A number out of its range is refused with the range and the hypothesis, and no bound that is vacuous passes.
#[test]
fn beyond_them_it_is_refused() {
    let refused = |key, value: &str| {
        let why = provably::claims::corroborated(&REGISTRY, "perceptron", &[(key, value.into())]).expect_err(value);
        assert!(why.contains("check perceptron --set"), "{why}");
        why
    };
    let why = refused("d", "17");
    assert!(why.contains("d = 17") && why.contains("from 1 to 16"), "{why}");
    assert!(refused("epsilon", "0.5").contains("VACUOUS") || refused("epsilon", "0.5").contains("vacuous"));
}

/// Trials that err more than is claimed are a refutation.
#[test]
fn a_claim_that_is_false_is_refuted() {
    let listed = REGISTRY.find("perceptron").expect("it is in the registry");
    let mut instance = listed.instantiate(&Request::default(), Level::Explicit).expect("its defaults are in range");
    let experiment = instance.experiment.take().expect("it runs trials");
    instance.experiment = Some(experiment.with(Quantity::Error, 0.0).expect("the error can be varied"));
    let report = provably::check::check(instance, &provably::check::CheckOptions::default(), &AtomicBool::new(false))
        .expect("trials can be run");
    assert_eq!(report.verdict, Verdict::Refuted, "{}", report.reason);
}
