//! Twin of `theorems/linear_data/posterior.rs`: what it accepts and refuses, its T computed a second time, its certificate.

use provably::certificate::checker;
use provably::check::{CheckOptions, check, replay};
use provably::experiment::Verdict;
use provably::parameters::{DataRequest, Form, Gradients, Level, Request};
use provably::registry::{Instance, Listed};
use provably::theorems::{find, theory};
use statrs::distribution::{Binomial, DiscreteCDF};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

fn linear() -> Listed {
    find("linear-data").unwrap()
}

fn request(parameters: &[(&str, &str)]) -> Request {
    let parameters = parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect();
    Request { parameters, seed: 3, ..Request::default() }
}

fn posterior(request: &Request) -> Instance {
    linear().instantiate(request, Level::Posterior).unwrap_or_else(|e| panic!("{e}"))
}

fn iris() -> Request {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/iris.csv"));
    let (label, raw) = ("species".into(), false);
    let data = DataRequest { path, label, positive: "setosa".into(), negative: "versicolor".into(), raw };
    Request { data: Some(data), ..request(&[]) }
}

/// Corroborated by its trials on every kind of data, sampled or closed first step, and the certificate stands a replay.
#[test]
fn it_is_corroborated_on_every_kind_of_data() {
    for request in [
        request(&[("m", "32")]),
        request(&[("m", "16"), ("n_1", "200")]),
        request(&[("distribution", "margin-ball"), ("d", "10"), ("m", "16"), ("n_1", "100")]),
        iris(),
    ] {
        let instance = posterior(&request);
        assert!(instance.in_scope() && !instance.vacuous(), "{}", instance.statement);
        let options = CheckOptions { trials: 400, ..CheckOptions::default() };
        let report = check(instance, &options, &AtomicBool::new(false)).unwrap();
        assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
        let certificate = report.certificate.unwrap();
        checker::check(&certificate, theory().unwrap(), &[]).unwrap();
        replay(&certificate, linear(), &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e}"));
    }
}

/// T is the least with Pr[Bin(nT, ε) ≤ n K₀] ≤ δ_Z, by another library's binomial.
#[test]
fn steps_are_the_least_a_second_time() {
    for parameters in [&[][..], &[("m", "32")], &[("m", "16"), ("n_1", "300"), ("epsilon", "0.2")]] {
        let instance = posterior(&request(parameters));
        let number = |name: &str| instance.constant(name).unwrap().midpoint_f64();
        let steps = instance.bounds.steps.exact().unwrap();
        let first = number("Phi_1") * (number("H") / (number("M") - 1.0)).powi(2);
        assert!((first / number("K_0") - 1.0).abs() < 1e-9, "K_0");
        let tail = |steps: u64| {
            let mistakes = ((first + number("taken") * steps as f64) * (1.0 + 1e-12)).floor() as u64;
            Binomial::new(number("epsilon"), steps).unwrap().cdf(mistakes)
        };
        // Where the comparator has a loss, a tenth of δ_Z is kept back for the sum of losses.
        let share = number("delta_Z") * if number("taken") > 0.0 { 0.9 } else { 1.0 };
        assert!(tail(steps) <= share * (1.0 + 1e-6), "{parameters:?}: T = {steps}");
        assert!(tail(steps - 1) > share * (1.0 - 1e-6), "{parameters:?}: T = {steps} is not the least");
    }
}

/// A first batch of a hundred does where Lemma 2 asks for tens of thousands: what the level is for.
#[test]
fn it_needs_a_smaller_first_batch_and_fewer_steps_than_the_explicit_level() {
    let request = Request { preset: Some("tightness".into()), ..request(&[]) };
    let explicit = linear().instantiate(&request, Level::Explicit).unwrap_or_else(|e| panic!("{e}"));
    let posterior = posterior(&request);
    let both = |of: fn(&Instance) -> f64| (of(&posterior), of(&explicit));
    let (samples, most) = both(|i| i.bounds.first_step.approximate());
    assert!(samples <= 100.0 && most >= 10_000.0, "{samples} {most}");
    let (steps, most) = both(|i| i.bounds.steps.approximate());
    assert!(steps < most, "{steps} {most}");
}

/// Only what Theorem C4 is about: form c on fresh samples; a first step cannot be both closed and sampled.
#[test]
fn other_forms_are_refused() {
    for (form, gradients, parameters, cause) in [
        (Some(Form::A), None, &[][..], "--form a"),
        (Some(Form::B), None, &[], "--form b"),
        (None, Some(Gradients::Population), &[], "--gradients population"),
        (None, Some(Gradients::ClosedFirst), &[("n_1", "100")], "n_1 = 100"),
        (None, None, &[("m", "0")], "m = 0 is not allowed"),
        (None, None, &[("comparator", "best")], "comparator = best cannot be read"),
    ] {
        let asked = Request { form, gradients, ..request(parameters) };
        let refused = linear().instantiate(&asked, Level::Posterior).err().unwrap().to_string();
        assert!(refused.contains(cause), "{refused}");
    }
    let fresh = Request { gradients: Some(Gradients::Fresh), ..request(&[]) };
    assert_eq!(posterior(&fresh).bounds.first_step.exact(), Some(1000));
}

/// Where no level is asked for, it takes over from an explicit level that is out of reach, but not from a form of its own.
#[test]
fn it_takes_over_where_the_explicit_level_is_out_of_reach() {
    let small = request(&[("epsilon", "0.0000001")]);
    let taken = linear().auto(&small).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(taken.level, Level::Posterior);
    assert!(taken.notices.iter().any(|n| n.contains("the posterior level, because")));
    let own = linear().auto(&Request { form: Some(Form::A), ..small }).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(own.level, Level::Explicit);
    assert!(own.bounds.too_large() || own.bounds.too_long());
}
