//! Twins of `theorems/gaussian_mixture.rs` and `theorems/gaussian_xor.rs`: the data's constants computed a second time, verdicts
//! with the linear model beside the network, docs/theory.md §7's numbers, and requests that must be refused.

use nalgebra::{DMatrix, DVector};
use provably::certificate::checker;
use provably::distributions::{Component, Distribution, GaussianMixture};
use provably::experiment::Verdict;
use provably::features::{FeatureQuery, gradients};
use provably::report::check::{CheckOptions, CheckReport, check, replay};
use provably::statistics::streams::{Purpose, stream};
use provably::theorems::derivation::theory;
use provably::theorems::{Instance, InstanceError, Level, Request, find};
use std::error::Error;
use std::sync::atomic::AtomicBool;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn at(theorem: &str, level: Level, parameters: &[(&str, &str)]) -> Result<Instance, InstanceError> {
    let parameters = parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect();
    let request = Request { parameters, seed: 3, ..Request::default() };
    find(theorem).expect("it is registered").instantiate(&request, level)
}

fn verdict(instance: Instance) -> Outcome<CheckReport> {
    let (budget, journal) = (None, None);
    let options = CheckOptions { trials: 400, budget, confidence: 0.99, journal, resume: false, progress: false };
    Ok(check(instance, &options, &AtomicBool::new(false))?)
}

/// Small and quick, with every ratio away from 1.
const ODD: [(&str, &str); 13] = [
    ("d", "6"),
    ("r", "2"),
    ("radius", "14"),
    ("radius_ratio", "1.2"),
    ("sigma_ratio", "0.9"),
    ("weight_ratio", "0.7"),
    ("cosine", "0.2"),
    ("correlation", "0.3"),
    ("m", "32"),
    ("pilots", "12"),
    ("draws", "300"),
    ("program_samples", "50000"),
    ("beta", "14"),
];

/// Moments against those of the mixture itself, which are exact: upper bounds, and not far above.
#[test]
fn moments_bound_the_mixture() -> Outcome<()> {
    let instance = at("gaussian-mixture", Level::Posterior, &ODD)?;
    let n = |name: &str| instance.derivation.number(name);
    let (d, c, cosine) = (6, 0.3_f64, 0.2_f64);
    let toeplitz = DMatrix::from_fn(d, d, |i, k| c.powi(i.abs_diff(k) as i32));
    let component = |j: usize, label: f64| {
        let direction = DVector::from_fn(d, |i, _| match i {
            i if i == j => (1.0 - cosine).sqrt(),
            2 => cosine.sqrt(),
            _ => 0.0,
        });
        let (length, deviation) = (14.0 * 1.2_f64.powi(j as i32), 0.9_f64.powi(j as i32));
        let (mean, covariance) = (direction * length, &toeplitz * (deviation * deviation));
        Component { weight: 0.7_f64.powi(j as i32), mean, covariance, label }
    };
    let law = GaussianMixture::new(vec![component(0, 1.0), component(1, -1.0)])?;
    let exact = law.moments();
    for (name, exact) in [("B_x2", exact.mean_square_norm), ("B_x1", exact.mean_norm), ("B_op", exact.operator_norm)] {
        assert!(n(name) >= exact * (1.0 - 1e-9) && n(name) <= 1.6 * exact, "{name}: {} {exact}", n(name));
    }
    assert!((n("minority") - 0.7 / 1.7).abs() < 1e-12 && (exact.positive_share - 1.0 / 1.7).abs() < 1e-12);
    let mut rng = stream(4, 0, Purpose::Probe);
    let (mut x, mut y) = (vec![0.0; d * 20_000], vec![0.0; 20_000]);
    law.sample(&mut rng, &mut x, &mut y);
    assert!(x.chunks_exact(d).all(|x| x.iter().map(|x| x * x).sum::<f64>().sqrt() <= n("B_x")));
    Ok(())
}

#[test]
fn mixture_is_corroborated() -> Outcome<()> {
    let report = verdict(at("gaussian-mixture", Level::Posterior, &ODD)?)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    let certificate = report.certificate.ok_or("no certificate")?;
    checker::check(&certificate, theory()?, &[])?;
    replay(&certificate, find("gaussian-mixture").ok_or("no such theorem")?, &AtomicBool::new(false))?;
    Ok(())
}

const XOR: [(&str, &str); 6] =
    [("d", "6"), ("m", "48"), ("pilots", "12"), ("draws", "300"), ("program_samples", "50000"), ("delta", "0.2")];

/// The network learns what the linear model beside it does not, and the statement says both.
#[test]
fn xor_is_corroborated_beside_a_linear_model() -> Outcome<()> {
    let report = verdict(at("gaussian-xor", Level::Posterior, &XOR)?)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    let certificate = report.certificate.ok_or("no certificate")?;
    checker::check(&certificate, theory()?, &[])?;
    assert!(certificate.statement.contains("nonlinear_error_reached"), "{}", certificate.statement);
    let counted = certificate.trials.events.iter().find(|e| e.name == "linear_errs").ok_or("not counted")?;
    assert!(counted.judged > 50 && counted.failed * 10 <= counted.judged);
    Ok(())
}

/// The error of a linear model in closed form against samples, with and without a bias; without one it is ½.
#[test]
fn linear_errors() -> Outcome<()> {
    let law = GaussianMixture::xor(4, 3.0, 1.0)?;
    let mut rng = stream(5, 0, Purpose::Probe);
    let n = 200_000;
    let (mut x, mut y) = (vec![0.0; 4 * n], vec![0.0; n]);
    law.sample(&mut rng, &mut x, &mut y);
    for (w, c) in
        [([1.0, 0.2, 0.0, 0.3], 0.0), ([0.5, -0.4, 0.1, 0.0], 1.0), ([0.3, 0.0, 0.0, 0.0], 2.5), ([0.0; 4], 1.0)]
    {
        let exact = law.linear_error(&w, c).ok_or("it is known")?;
        let wrong = |(x, y): (&[f64], &f64)| y * (x.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>() + c) <= 0.0;
        let seen = x.chunks_exact(4).zip(&y).filter(|point| wrong(*point)).count() as f64 / n as f64;
        // Hoeffding at 10⁻⁹.
        assert!((seen - exact).abs() <= (21.5 / (2.0 * n as f64)).sqrt(), "{w:?} {c}: {seen} {exact}");
        if c == 0.0 {
            assert!((exact - 0.5).abs() < 1e-12);
        }
    }
    assert!(law.linear_error(&[1.0], 0.0).is_none() && law.linear_error(&[f64::NAN; 4], 0.0).is_none());
    Ok(())
}

/// docs/theory.md §7: XOR, d = 10, R = 12, β = 12, s = +1: 0.0565–0.0572 of the directions an axis have G within γ = 10⁻⁴ of it
/// with ‖G‖ ≥ 1.5. Hoeffding at 10⁻⁹ on 20,000 neurons.
#[test]
fn worked_numbers() -> Outcome<()> {
    let law = GaussianMixture::xor(10, 12.0, 1.0)?;
    let query = FeatureQuery { beta: 12.0, sign: 1.0, gamma: 1e-4, norm: 1.5, draws: 20_000, share: 0.01 };
    let g = gradients(&law, &query, &mut stream(6, 0, Purpose::Probe))?;
    for axis in 0..2 {
        let near = |g: &nalgebra::DVectorView<'_, f64>| g.norm() >= 1.5 && g[axis].abs() >= (1.0 - 1e-4) * g.norm();
        let share = g.column_iter().filter(near).count() as f64 / 20_000.0;
        assert!((share - 0.0568).abs() < 0.0004 + (20.7_f64 / 40_000.0).sqrt(), "{share}");
    }
    Ok(())
}

#[test]
fn levels_and_assumptions() -> Outcome<()> {
    let paper = at("gaussian-xor", Level::Paper, &[])?;
    let n = |name: &str| paper.derivation.number(name);
    assert!((n("B_G") - (3.0 - 10.0_f64.powf(-7.2))).abs() < 1e-6, "{}", n("B_G"));
    assert!((n("gamma") - 10.0_f64.powf(-5.7)).abs() < 1e-9);
    let mixture = at("gaussian-mixture", Level::Paper, &[])?;
    let labels = mixture.hypotheses.iter().find(|h| h.name.contains("equiprobable")).ok_or("not listed")?;
    assert!(!labels.holds && (labels.value - 1.0 / 18.0).abs() < 1e-9);
    assert!(!mixture.in_scope());
    Ok(())
}

#[test]
fn what_is_refused() {
    for (theorem, key, value, named) in [
        ("gaussian-mixture", "r", "3", "r = 3"),
        ("gaussian-mixture", "r", "20", "r = 20"),
        ("gaussian-mixture", "correlation", "1", "correlation = 1"),
        ("gaussian-mixture", "weight_ratio", "0", "weight_ratio = 0"),
        ("gaussian-mixture", "sigma", "0", "sigma = 0"),
        ("gaussian-xor", "d", "1", "d = 1"),
        ("gaussian-xor", "radius", "-2", "radius = -2"),
        ("gaussian-xor", "linear_share", "1", "linear_share = 1"),
        ("gaussian-xor", "p_a", "0.1", "p_a"),
    ] {
        let refused = at(theorem, Level::Posterior, &[(key, value)]).map(|_| ());
        let text = refused.expect_err("it must be refused").to_string();
        assert!(text.contains(named), "{theorem} {key}={value}: {text}");
    }
}
