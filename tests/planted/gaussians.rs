//! Falsehoods about Gaussians: their labels, their tails, their features, and their training.

use super::framework::refuted_by;
use super::{Outcome, resealed, run};
use nalgebra::{DMatrix, DVector};
use provably::certificate::checker;
use provably::check::{CheckOptions, CheckReport, check};
use provably::derivation::{Derivation, DerivationError};
use provably::distributions::{Component, Distribution, GaussianMixture, Moments, Support};
use provably::experiment::{Alteration, Protocol, Verdict};
use provably::parameters::{Level, Request};
use provably::registry::Instance;
use provably::statistics::streams::Stream;
use provably::theorems::{THEORY, find, theory};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Trials of a run whose twin is corroborated, at δ = 0.2.
const MANY: u64 = 250;

fn at(theorem: &str, parameters: &[(&str, &str)]) -> Outcome<Instance> {
    let small = [("delta", "0.2"), ("m", "32"), ("pilots", "32"), ("draws", "100"), ("program_samples", "50000")];
    let parameters = small.iter().chain(parameters).map(|&(k, v)| (k.into(), v.into())).collect();
    let request = Request { parameters, seed: 7, ..Request::default() };
    Ok(find(theorem).ok_or("no such theorem")?.instantiate(&request, Level::Posterior)?)
}

fn xor() -> Outcome<Instance> {
    at("gaussian-xor", &[("d", "4")])
}

fn mixture() -> Outcome<Instance> {
    at("gaussian-mixture", &[("d", "4"), ("r", "2"), ("weight_ratio", "0.8")])
}

/// A law with its labels turned.
struct Turned(Arc<dyn Distribution>);

impl Distribution for Turned {
    fn name(&self) -> &'static str {
        "turned"
    }
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        self.0.sample(rng, x, y);
        y.iter_mut().for_each(|y| *y = -*y);
    }
    fn support(&self) -> Option<&Support> {
        None
    }
    fn moments(&self) -> Moments {
        self.0.moments()
    }
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        self.0.gradient(w, b).map(|g| -g)
    }
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        self.0.active_label(w, b).map(|label| -label)
    }
    fn margin(&self, _u: &[f64]) -> Option<f64> {
        None
    }
    fn projection_bound(&self, _u: &[f64]) -> Option<f64> {
        None
    }
}

#[test]
fn training_labels_flipped() -> Outcome<()> {
    for instance in [xor()?, mixture()?] {
        let twin = instance.protocol().cloned().ok_or("no protocol")?;
        assert_eq!(run(&instance, &twin, MANY)?.verdict, Verdict::Corroborated);
        let training_distribution = Arc::new(Turned(twin.distribution.clone()));
        let summary = run(&instance, &Protocol { training_distribution, steps: 500, ..twin }, 20)?;
        assert_eq!(summary.verdict, Verdict::Refuted, "{summary:#?}");
        assert!(summary.failures > 15);
    }
    Ok(())
}

/// Equal labels on an axis's two means are what makes it XOR: with labels by the side of the axis one halfspace gets all four
/// right, so that the axiom's number, read as if it were of this law, is beaten by far.
#[test]
fn labels_that_are_linear() -> Outcome<()> {
    let instance = xor()?;
    let stated = instance.derivation.number("linear_error");
    let component = |axis: usize, side: f64| {
        let mean = DVector::from_fn(4, |i, _| if i == axis { 12.0 * side } else { 0.0 });
        Component { weight: 0.25, mean, covariance: DMatrix::identity(4, 4), label: side }
    };
    let linear = [component(0, 1.0), component(0, -1.0), component(1, 1.0), component(1, -1.0)];
    let turned = GaussianMixture::new(linear.to_vec())?;
    let honest = GaussianMixture::xor(4, 12.0, 1.0)?;
    let along = [1.0, 1.0, 0.0, 0.0];
    assert!(turned.linear_error(&along, 0.0).is_some_and(|error| error < 1e-9 && error < stated));
    assert!(honest.linear_error(&along, 0.0).is_some_and(|error| error > stated));
    Ok(())
}

/// The least error of a halfspace overstated, in a theory of one's own: a bias that is not the best, one mean given up twice, the
/// trained model's 0.45; and a certificate whose ε a halfspace has.
#[test]
fn halfspaces_that_are_said_to_err_more() -> Outcome<()> {
    let report = judged(xor()?)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    let honest = report.certificate.ok_or("no certificate")?;
    checker::check(&honest, theory()?, &[])?;
    let refused = |line: &str, by: &str| -> Outcome<&'static str> {
        assert_eq!(THEORY.matches(line).count(), 1, "`{line}` must stand in the theory once");
        let theirs = provably::wellformed::parse(&THEORY.replace(line, by))?;
        Ok(checker::check(&honest, &theirs, &[]).err().map_or("accepted", |refusal| refusal.check))
    };
    let bias = "let best_bias = (distance^2/2 + ln(1 + sqrt(max(0, 1 - exp(-distance^2)))))/distance";
    assert_eq!(refused(bias, "let best_bias = distance")?, "wrong-step");
    let least = "let linear_error = 1/2 + (Phi(best_bias - distance) + Phi(best_bias + distance) - 2*Phi(best_bias))/4";
    assert_eq!(refused(least, "let linear_error = 1/2")?, "wrong-step");
    assert_eq!(refused(least, "let linear_error = 0.45")?, "wrong-step");
    let mut forged = honest;
    let epsilon = forged.steps.iter_mut().flat_map(|s| &mut s.defines).find(|d| d.name == "epsilon").ok_or("none")?;
    epsilon.is = "0.26".into();
    let found = resealed(&forged).map(|_| ()).expect_err("it must be refused").to_string();
    assert!(found.contains("`error_bound < linear_error` does not hold"), "{found}");
    Ok(())
}

fn judged(instance: Instance) -> Outcome<CheckReport> {
    let options = CheckOptions { trials: MANY, ..CheckOptions::default() };
    Ok(check(instance, &options, &AtomicBool::new(false))?)
}

#[test]
fn hidden_layer_a_quarter_as_long() -> Outcome<()> {
    for instance in [xor()?, mixture()?] {
        refuted_by("hidden_norm", &instance, |p| p.promises.hidden_norm /= 8.0)?;
    }
    Ok(())
}

/// Steps far beyond (M−1)/H²: Φ does not fall as Theorem C4 says.
#[test]
fn steps_that_are_too_long() -> Outcome<()> {
    struct Longer;
    impl Alteration for Longer {
        fn step_size(&self, eta_alpha: f64) -> f64 {
            100.0 * eta_alpha
        }
    }
    for instance in [xor()?, mixture()?] {
        refuted_by("phi_decrease", &instance, |p| p.alteration = Arc::new(Longer))?;
    }
    Ok(())
}

/// Whether the kernel lets the axioms through at these choices, at the posterior level.
fn accepted(theorem: &'static str, choices: &[(&str, f64)], axioms: &[&str]) -> Outcome<bool> {
    accepted_at(&[("level", "posterior")], theorem, choices, axioms)
}

fn accepted_at(
    level: &[(&str, &str)],
    theorem: &'static str,
    choices: &[(&str, f64)],
    axioms: &[&str],
) -> Outcome<bool> {
    let variant = [
        ("data", theorem),
        ("form", "c"),
        ("gradients", "closed-first"),
        ("evaluation", "sampled"),
        ("comparator", "loss"),
        ("tail", "counted"),
    ];
    let mut derivation = Derivation::new(theory().unwrap(), theorem, &[level, &variant].concat(), None)?;
    for (symbol, value) in choices {
        match derivation.choose(symbol, *value) {
            Err(DerivationError::Rule(refusal)) if refusal.check == "illegal-choice" => return Ok(false),
            chosen => chosen?,
        }
    }
    let mut through = true;
    for axiom in axioms {
        through &= derivation.apply(axiom)?.is_some();
    }
    Ok(through)
}

/// An odd number of components, a correlation of 1, a B_x inside the means, and p twice what was counted.
#[test]
fn needs_of_the_kernel() -> Outcome<()> {
    let mixture = |symbol: &str, value: f64| {
        let choices = [
            ("d", 6.0),
            ("r", 4.0),
            ("radius", 16.0),
            ("sigma", 1.0),
            ("radius_ratio", 1.1),
            ("sigma_ratio", 1.0),
            ("weight_ratio", 0.8),
            ("cosine", 0.1),
            ("correlation", 0.2),
            ("B_x", 34.0),
        ];
        let choices: Vec<(&str, f64)> =
            choices.into_iter().map(|(s, v)| (s, if s == symbol { value } else { v })).collect();
        accepted("gaussian-mixture", &choices, &["gaussian-mixture", "mixture-inputs"])
    };
    assert!(mixture("none", 0.0)?);
    for (symbol, value) in [("r", 3.0), ("r", 6.0), ("cosine", 1.0), ("B_x", 5.0), ("B_x", 22.0)] {
        assert!(!mixture(symbol, value)?, "{symbol} = {value}");
    }
    let membership = |p: f64| {
        let choices = [("d", 4.0), ("radius", 12.0), ("sigma", 1.0), ("B_x", 22.0), ("gamma", 0.01), ("B_G", 1.0)];
        let counted = [("feature_hits", 100.0), ("feature_draws", 1000.0), ("p", p), ("evidence_error", 1e-6)];
        accepted(
            "gaussian-xor",
            &[&choices[..], &counted[..]].concat(),
            &["gaussian-xor", "gaussian-inputs", "feature-set"],
        )
    };
    assert!(membership(0.05)? && !membership(0.1)?);
    Ok(())
}

/// Component hits whose neurons are on the wrong side of the knot, on their own component or on the others; q as large as what
/// was counted, or counted on too few neurons; no strength at all.
#[test]
fn component_hits_on_the_wrong_side() -> Outcome<()> {
    let hits = |symbol: &str, value: f64| {
        let choices = [
            ("d", 10.0),
            ("radius", 12.0),
            ("sigma", 1.0),
            ("B_x", 22.0),
            ("epsilon", 0.1),
            ("drift_share", 0.01),
            ("theta", 0.1),
            ("own", 2.8),
            ("cross", 0.2),
            ("hit_spread", 0.4),
            ("strength", 1.0),
            ("evidence_error", 1e-6),
            ("hit_mean", 0.03),
            ("hit_draws", 60_000.0),
            ("q", 0.026),
        ];
        let choices: Vec<(&str, f64)> =
            choices.into_iter().map(|(s, v)| (s, if s == symbol { value } else { v })).collect();
        let level = [("level", "explicit"), ("hits", "components")];
        accepted_at(&level, "gaussian-xor", &choices, &["gaussian-xor", "gaussian-inputs", "component-hits"])
    };
    assert!(hits("none", 0.0)?);
    for (symbol, value) in
        [("own", 2.0), ("cross", 1.0), ("hit_mean", 0.026), ("q", 0.029), ("hit_draws", 10_000.0), ("strength", 0.4)]
    {
        assert!(!hits(symbol, value)?, "{symbol} = {value}");
    }
    Ok(())
}

/// Without a bias there is no knot: b̃ = 0 is no instance of the theorem.
#[test]
fn no_bias_at_all() {
    for theorem in ["gaussian-xor", "gaussian-mixture"] {
        let refused = at(theorem, &[("beta", "0")]).map(|_| ()).expect_err("it must be refused").to_string();
        assert!(refused.contains("beta = 0"), "{refused}");
    }
}
