//! Falsehoods about theorem `main`: its features, its hits, its comparator and its training.

use super::{Outcome, run};
use provably::certificate::checker;
use provably::certificate::document::Certificate;
use provably::check::{CheckOptions, ReplayError, check, replay};
use provably::derivation::{Derivation, DerivationError};
use provably::distributions::{Distribution, GaussianMixture};
use provably::experiment::{
    Alteration, ComparatorRule, Demand, Given, Judgement, Numbers, Program, Protocol, Status, Verdict,
};
use provably::features::{Comparator, FeatureQuery, discover};
use provably::network::{
    Batch, GradientSource, Initialisation, Loss, Reach, Scales, State, Workspace, first_step, forward,
};
use provably::parameters::{Form, Level, Request};
use provably::registry::Instance;
use provably::statistics::streams::{Purpose, stream};
use provably::theorems::{find, theory};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Trials behind an obligation, and behind an event.
const FEW: u64 = 4;
const MANY: u64 = 200;
/// Of the posterior level.
const PILOTS: (&str, &str) = ("pilots", "48");

fn request(form: Option<Form>, more: &[(&str, &str)]) -> Request {
    let small = [("distribution", "uniform-hypercube"), ("d", "4"), ("m", "16"), ("draws", "200")];
    let parameters = small.iter().chain(more).map(|&(k, v)| (k.into(), v.into())).collect();
    Request { parameters, form, seed: 7, ..Request::default() }
}

fn at(request: &Request, level: Level) -> Outcome<Instance> {
    Ok(find("main").ok_or("no such theorem")?.instantiate(request, level)?)
}

fn posterior() -> Outcome<Instance> {
    at(&request(None, &[PILOTS]), Level::Posterior)
}

fn explicit() -> Outcome<Instance> {
    at(&request(Some(Form::C), &[]), Level::Explicit)
}

pub(super) fn judgement<'a>(list: &'a [Judgement], name: &str) -> Outcome<&'a Judgement> {
    list.iter().find(|j| j.name == name).ok_or_else(|| format!("{name} is not judged").into())
}

/// An obligation holds in the twin's few trials and is refuted in the altered one's.
pub(super) fn refuted_by(name: &str, instance: &Instance, alter: impl FnOnce(&mut Protocol)) -> Outcome<()> {
    let twin = instance.protocol().cloned().ok_or("no protocol")?;
    let faithful = run(instance, &twin, FEW)?;
    assert_eq!(judgement(&faithful.obligations, name)?.status, Status::Held, "{faithful:#?}");
    let mut altered = twin;
    alter(&mut altered);
    let summary = run(instance, &altered, FEW)?;
    assert_eq!(judgement(&summary.obligations, name)?.status, Status::Refuted, "{summary:#?}");
    assert_eq!(summary.verdict, Verdict::Refuted);
    Ok(())
}

/// The twin is corroborated, and with the falsehood the trials' counts do not bound the event `comparator`.
fn not_counted(instance: &Instance, alter: impl FnOnce(&mut Protocol)) -> Outcome<()> {
    let twin = instance.protocol().cloned().ok_or("no protocol")?;
    assert_eq!(run(instance, &twin, MANY)?.verdict, Verdict::Corroborated);
    let mut altered = twin;
    alter(&mut altered);
    let summary = run(instance, &altered, MANY)?;
    assert_ne!(summary.verdict, Verdict::Corroborated, "{summary:#?}");
    assert!(judgement(&summary.events, "comparator")?.failures > MANY / 2, "{summary:#?}");
    Ok(())
}

fn certificate(request: &Request) -> Outcome<Certificate> {
    let options = CheckOptions { trials: 400, ..CheckOptions::default() };
    let report = check(at(request, Level::Posterior)?, &options, &AtomicBool::new(false))?;
    report.certificate.ok_or_else(|| report.reason.into())
}

// ---- features ----

/// The membership claim's derivation with other numbers; whether the kernel lets it through.
fn membership(instance: &Instance, p: f64) -> Outcome<bool> {
    let variant: Vec<(String, String)> =
        instance.derivation.variant().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let variant: Vec<(&str, &str)> = variant.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let mut derivation = Derivation::new(theory().unwrap(), "main", &variant, None)?;
    derivation.choose("d", instance.derivation.number("d"))?;
    derivation.apply(&instance.derivation.variant()["data"])?;
    for symbol in ["gamma", "B_G", "feature_hits", "feature_draws"] {
        derivation.choose(symbol, instance.derivation.number(symbol))?;
    }
    derivation.choose("p", p)?;
    derivation.choose("evidence_error", instance.derivation.number("evidence_error"))?;
    Ok(derivation.apply("feature-set")?.is_some())
}

#[test]
fn p_twice_what_was_counted() -> Outcome<()> {
    let request = request(None, &[PILOTS, ("beta", "2"), ("gamma", "0.02")]);
    let instance = at(&request, Level::Posterior)?;
    let p = instance.derivation.number("p");
    assert!(membership(&instance, p)?);
    assert!(!membership(&instance, (2.0 * p).min(0.999))?);
    Ok(())
}

/// γ understated, B_G overstated: the counts stay those of the wider set, which a replay counts again.
#[test]
fn counts_of_another_feature_set() -> Outcome<()> {
    let request = request(None, &[PILOTS, ("beta", "2"), ("gamma", "0.02")]);
    let honest = certificate(&request)?;
    replay(&honest, find("main").ok_or("no such theorem")?, &AtomicBool::new(false))?;
    for (symbol, other) in [("gamma", "0.0001"), ("B_G", "0.9")] {
        let mut forged = honest.clone();
        let mut defines = forged.steps.iter_mut().filter(|s| s.rule == "choice").flat_map(|s| &mut s.defines);
        let definition = defines.find(|d| d.name == symbol).ok_or("no such choice")?;
        assert_ne!(definition.is, other);
        definition.is = other.into();
        drop(defines);
        // What follows from the choice put right, the certificate is a coherent account of another feature set.
        let forged = crate::resealed(&forged)?;
        checker::check(&forged, theory()?, &[])?;
        let found = replay(&forged, find("main").ok_or("no such theorem")?, &AtomicBool::new(false));
        assert!(matches!(found, Err(ReplayError::Definitions)), "{symbol}: {found:?}");
    }
    Ok(())
}

/// Both signs of G belong to a feature of XOR: a cone test without the absolute value loses half of p.
#[test]
fn cone_with_one_side() -> Outcome<()> {
    let law = GaussianMixture::xor(6, 10.0, 1.0)?;
    let query = FeatureQuery { beta: 10.0, sign: 1.0, gamma: 0.01, norm: 1.5, draws: 2000, share: 0.02 };
    let found = discover(&law, &query, &mut stream(1, 0, Purpose::Pilot))?;
    let feature = found.first().ok_or("no feature")?;
    let mut rng = stream(2, 0, Purpose::Pilot);
    let (mut two_sided, mut one_sided) = (0_u32, 0_u32);
    let draws = 4000_u32;
    for _ in 0..draws {
        let u: Vec<f64> = (0..6).map(|_| rng.sample(StandardNormal)).collect();
        let g = law.gradient(&u, query.beta).ok_or("no gradient")?;
        let product = g.dot(&feature.direction);
        let inside = |z: f64| g.norm() >= query.norm && z >= (1.0 - query.gamma) * g.norm();
        two_sided += u32::from(inside(product.abs()));
        one_sided += u32::from(inside(product));
    }
    // Hoeffding at 10⁻⁹ on either sample.
    let allowed = (20.7 / (2.0 * 2000.0_f64)).sqrt() + (20.7 / (2.0 * f64::from(draws))).sqrt();
    let (share, rate) = (feature.hits as f64 / feature.draws as f64, |k: u32| f64::from(k) / f64::from(draws));
    assert!((share - rate(two_sided)).abs() <= allowed);
    assert!(rate(one_sided) < 0.7 * rate(two_sided) && rate(one_sided) > 0.3 * rate(two_sided));
    Ok(())
}

// ---- data ----

/// Whether the kernel has such a variant, and lets the data's axioms through at these choices.
fn data(name: &'static str, form: &'static str, choices: &[(&str, f64)], axioms: &[&str]) -> Outcome<bool> {
    let gradients = if form == "a" { "population" } else { "closed-first" };
    let evaluation = if form == "a" { "exact" } else { "sampled" };
    let mut variant = vec![("level", "explicit"), ("data", name), ("form", form), ("gradients", gradients)];
    variant.extend([("hits", "lemma-3"), ("evaluation", evaluation)]);
    if form == "c" {
        variant.extend([("comparator", "loss"), ("tail", "counted")]);
    }
    let refused = |error: &DerivationError, check: &str| matches!(error, DerivationError::Rule(r) if r.check == check);
    let mut derivation = match Derivation::new(theory().unwrap(), "main", &variant, None) {
        Err(error) if refused(&error, "unknown-variant") => return Ok(false),
        derivation => derivation?,
    };
    for (symbol, value) in choices {
        match derivation.choose(symbol, *value) {
            Err(error) if refused(&error, "illegal-choice") => return Ok(false),
            chosen => chosen?,
        }
    }
    let mut all = true;
    for axiom in axioms {
        all &= derivation.apply(axiom)?.is_some();
    }
    Ok(all)
}

/// A B_x on the wrong side of the means makes the tail's formula small, and the inputs no shorter; Theorems A and B have no
/// variant for inputs that are not bounded at all.
#[test]
fn gaussians_that_are_said_to_be_bounded() -> Outcome<()> {
    let at = |bound: f64| [("d", 10.0), ("radius", 12.0), ("sigma", 1.0), ("B_x", bound)];
    for name in ["two-gaussians", "gaussian-xor"] {
        assert!(data(name, "c", &at(21.5), &[name, "gaussian-inputs"])?);
        assert!(!data(name, "c", &at(1.0), &[name, "gaussian-inputs"])?);
        assert!(!data(name, "c", &at(13.0), &[name, "gaussian-inputs"])?);
        for form in ["a", "b"] {
            assert!(!data(name, form, &at(21.5), &[name, "gaussian-inputs", "almost-surely-bounded"])?);
        }
    }
    let bounded = [("d", 4.0)];
    let axioms = ["uniform-hypercube", "bounded-inputs", "almost-surely-bounded"];
    assert!(data("uniform-hypercube", "a", &bounded, &axioms)?);
    Ok(())
}

/// With an even number of coordinates in a block, or of blocks, the labels are not equiprobable.
#[test]
fn even_parities() -> Outcome<()> {
    let at = |r: f64, k: f64| [("d", 14.0), ("r", r), ("k", k), ("p_a", 0.1), ("p_o", 0.1)];
    let accepted = |r, k| data("structured-parity", "c", &at(r, k), &["structured-parity", "bounded-inputs"]);
    assert!(accepted(1.0, 5.0)? && accepted(3.0, 3.0)?);
    for (r, k) in [(1.0, 4.0), (2.0, 3.0), (1.0, 1.0), (1.0, 3.5), (5.0, 3.0)] {
        assert!(!accepted(r, k)?, "r = {r}, k = {k}");
    }
    Ok(())
}

// ---- hits and comparator ----

/// κ miscounted: a width for one hit, and a comparator that wants four.
#[test]
fn kappa_miscounted() -> Outcome<()> {
    struct Four(Arc<dyn ComparatorRule>);
    impl ComparatorRule for Four {
        fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
            // Four disjoint quarters of the pairs must each have the hit.
            let m = given.initialisation.m();
            let quarter = |q: usize| {
                let mut fewer = given.initialisation.clone();
                for i in (0..2 * m).filter(|i| i % 4 != q) {
                    fewer.g[i] = 0.0;
                }
                self.0.comparator(&Given { initialisation: &fewer, ..*given })
            };
            let all: Option<Vec<Comparator>> = (0..4).map(quarter).collect();
            all.map(|list| list.into_iter().next().unwrap_or(Comparator { weights: nalgebra::DVector::zeros(0) }))
        }
    }
    let instance = explicit()?;
    let twin = instance.protocol().cloned().ok_or("no protocol")?;
    let faithful = run(&instance, &twin, 24)?;
    assert!(judgement(&faithful.events, "hits")?.status.stands(), "{faithful:#?}");
    let altered = Protocol { comparator: Arc::new(Four(twin.comparator.clone())), ..twin };
    let summary = run(&instance, &altered, 24)?;
    assert_eq!(judgement(&summary.events, "hits")?.status, Status::Refuted, "{summary:#?}");
    assert_eq!(summary.verdict, Verdict::Refuted);
    Ok(())
}

/// Φ₁ without α⁽¹⁾: the first outer layer is not small, and the limit was set as if it were.
#[test]
fn phi_without_the_first_outer_layer() -> Outcome<()> {
    not_counted(&posterior()?, |p| p.scales.sigma_a *= 1e-9)
}

#[test]
fn hidden_norm_over_half_the_neurons() -> Outcome<()> {
    refuted_by("hidden_norm", &posterior()?, |p| p.promises.hidden_norm *= 0.5_f64.sqrt() / 2.0)?;
    refuted_by("hidden_norm", &explicit()?, |p| p.promises.hidden_norm /= 8.0)
}

/// Without room for drift b̃ could be of order 1: then the first layer moves by far more than D_v.
#[test]
fn drift_bound_dropped() -> Outcome<()> {
    refuted_by("drift", &posterior()?, |p| p.scales.b_tilde = 0.05)
}

struct LeftIn;
impl Alteration for LeftIn {
    fn first_step(&self, initialisation: &Initialisation, state: &mut State) {
        for (mut v, i) in state.v.column_iter_mut().zip(&state.index) {
            v.axpy(0.01, &initialisation.u.column(i % initialisation.g.len()), 1.0);
        }
    }
}

/// λ₁ ≠ 1/η₁ leaves a part of the initial weights in.
#[test]
fn first_regulariser_wrong() -> Outcome<()> {
    refuted_by("lemma_1_residual", &posterior()?, |p| p.alteration = Arc::new(LeftIn))
}

/// A comparator that is not the program's solution but its opposite.
#[test]
fn comparator_against_the_margin() -> Outcome<()> {
    struct Flipped(Arc<dyn ComparatorRule>);
    impl ComparatorRule for Flipped {
        fn comparator(&self, given: &Given<'_>) -> Option<Comparator> {
            self.0.comparator(given).map(|c| Comparator { weights: -c.weights })
        }
    }
    refuted_by("phi_decrease", &posterior()?, |p| p.comparator = Arc::new(Flipped(p.comparator.clone())))
}

/// Labels of the training batches flipped: no step brings the goal nearer.
#[test]
fn training_labels_flipped() -> Outcome<()> {
    struct Opposite(Arc<dyn Distribution>);
    impl Distribution for Opposite {
        fn name(&self) -> &'static str {
            "opposite"
        }
        fn dimension(&self) -> usize {
            self.0.dimension()
        }
        fn sample(&self, rng: &mut provably::statistics::streams::Stream, x: &mut [f64], y: &mut [f64]) {
            self.0.sample(rng, x, y);
            y.iter_mut().for_each(|y| *y = -*y);
        }
        fn support(&self) -> Option<&provably::distributions::Support> {
            None
        }
        fn moments(&self) -> provably::distributions::Moments {
            self.0.moments()
        }
        fn gradient(&self, w: &[f64], b: f64) -> Option<nalgebra::DVector<f64>> {
            self.0.gradient(w, b).map(|g| -g)
        }
        fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
            self.0.active_label(w, b).map(|y| -y)
        }
        fn margin(&self, u: &[f64]) -> Option<f64> {
            self.0.margin(u)
        }
        fn projection_bound(&self, u: &[f64]) -> Option<f64> {
            self.0.projection_bound(u)
        }
    }
    let instance = posterior()?;
    let twin = instance.protocol().cloned().ok_or("no protocol")?;
    assert_eq!(run(&instance, &twin, MANY)?.verdict, Verdict::Corroborated);
    let opposite = Arc::new(Opposite(twin.distribution.clone()));
    let altered = Protocol { training_distribution: opposite, ..twin };
    let summary = run(&instance, &altered, MANY)?;
    assert!(summary.failure_lower > instance.delta, "{summary:#?}");
    assert_eq!(summary.verdict, Verdict::Refuted);
    Ok(())
}

/// α̃ certified on the samples it was fitted to: on Gaussians in many dimensions their loss is a third below the population's,
/// while the certificate on fresh samples is above it.
#[test]
fn certified_on_the_fitted_samples() -> Outcome<()> {
    let law: Arc<dyn Distribution> = Arc::new(GaussianMixture::two(60, 2.5, 1.0)?);
    let infinite = f64::INFINITY;
    let limits =
        Numbers { phi_1: infinite, alpha_l1: infinite, alpha_inf: infinite, hidden_norm: infinite, omega: infinite };
    let demand = Demand::Loss { penalty: 1.0, samples: 100_000, error: 1e-9 };
    let (distribution, reach) = (law.clone(), Reach { norm: 20.0, coordinate: f64::INFINITY });
    let program = Program { distribution, reach, factor: 10.0, slack: 0.01, demand, fit: 2048, limits };
    let scales = Scales { b_tilde: 1.0, beta: 3.0, theta: 0.5, sigma_a: 1e9, slope: 1.0 };
    let initialisation = Initialisation::draw(60, 60, &mut stream(5, 0, Purpose::Initialisation));
    // A first batch of fifty samples leaves noise in every direction, to which the program can fit.
    let rng = stream(5, 0, Purpose::FirstStep);
    let source = GradientSource::Fresh { distribution: &*law, samples: 50, rng };
    let state = first_step(&initialisation, &scales, source)?.state;
    let (mut fit, mut certify) = (stream(5, 0, Purpose::Fit), stream(5, 0, Purpose::FitCertification));
    let (weights, numbers) = program.solve(&state, &mut fit, &mut certify).ok_or("no solution")?;
    let network = State { alpha: weights, ..state };
    let loss = |batch: &Batch| {
        let mut workspace = Workspace::default();
        forward(&network, batch, Loss::Hinge, &mut workspace);
        workspace.margins().map(|z| (1.01 - z).max(0.0)).sum::<f64>() / batch.len() as f64
    };
    // The program's own samples, and many that it never saw.
    let fitted = loss(&Batch::draw(&*law, 2048, &mut stream(5, 0, Purpose::Fit)));
    let fresh = loss(&Batch::draw(&*law, 100_000, &mut stream(6, 0, Purpose::Certification)));
    assert!(fitted < 0.67 * fresh, "{fitted} on the fitted samples, {fresh} on fresh ones");
    assert!(numbers.omega >= fresh, "certified {}, {fresh} on fresh samples", numbers.omega);
    Ok(())
}
