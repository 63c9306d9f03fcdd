//! The theorem, run.

use own_theorem::REGISTRY;
use provably::check::{CheckOptions, check};
use provably::prelude::*;

/// Over the region of its hypotheses and at its ends: every instance is corroborated, and its certificate holds.
#[test]
fn the_perceptron_is_corroborated() {
    let theorem = REGISTRY.find("perceptron").expect("it is in the registry");
    for (d, epsilon, delta) in [("10", "0.1", "0.1"), ("1", "0.3", "0.05"), ("16", "0.2", "0.4"), ("4", "0.02", "0.01")]
    {
        let given = [("d", d), ("epsilon", epsilon), ("delta", delta)];
        let parameters = given.map(|(key, value)| (key.into(), value.into())).to_vec();
        let instance = theorem
            .instantiate(&Request { parameters, ..Request::default() }, Level::Explicit)
            .expect("parameters within their ranges");
        let report = check(instance, &CheckOptions::default(), &AtomicBool::new(false)).expect("trials can be run");
        assert_eq!(report.verdict, Verdict::Corroborated, "d = {d}, epsilon = {epsilon}: {}", report.reason);
        let certificate = report.certificate.expect("the statement was derived");
        let theory = REGISTRY.theory().expect("the text is well formed");
        provably::certificate::checker::check(&certificate, theory, &[]).expect("a valid certificate");
    }
}

/// A number out of its range is refused with the range and the hypothesis.
#[test]
fn ranges_are_told() {
    let theorem = REGISTRY.find("perceptron").expect("it is in the registry");
    let parameters = vec![("d".into(), "17".into())];
    let refused = theorem.instantiate(&Request { parameters, ..Request::default() }, Level::Explicit);
    let error = refused.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("d = 17") && error.contains("from 1 to 16"), "{error}");
}
