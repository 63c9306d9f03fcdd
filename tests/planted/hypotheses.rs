//! Falsehoods that the hypotheses show before any trial.

use super::{Outcome, instance, request};
use nalgebra::DVector;
use provably::check::{CheckOptions, CheckReport, check};
use provably::distributions::{DataFile, Distribution, Empirical};
use provably::experiment::Verdict;
use provably::parameters::{Form, Gradients, Request};
use provably::statistics::streams::{Purpose, stream};
use rand::RngExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn verdict(request: &Request, trials: u64) -> Outcome<CheckReport> {
    let (budget, journal) = (None, None);
    let options = CheckOptions { trials, budget, confidence: 0.99, journal, resume: false, progress: false };
    Ok(check(instance(request)?, &options, &AtomicBool::new(false))?)
}

/// Setosa against versicolor: separable, with a margin along E[yx].
fn iris() -> Outcome<Empirical> {
    let [label, positive, negative] = ["species", "setosa", "versicolor"].map(String::from);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/iris.csv").into();
    Ok(DataFile { path, label, positive, negative, raw: false }.load()?.0)
}

fn on(rows: Empirical) -> Request {
    Request { rows: Some(Arc::new(rows)), seed: 7, ..Request::default() }
}

#[test]
fn labels_permuted() -> Outcome<()> {
    let rows = iris()?;
    let support = rows.support().ok_or("no support")?.clone();
    let mut labels: Vec<f64> = support.labels.iter().copied().collect();
    let mut rng = stream(7, 0, Purpose::Probe);
    for i in (1..labels.len()).rev() {
        labels.swap(i, rng.random_range(0..=i as u64) as usize);
    }
    let twin = verdict(&on(rows), 2)?;
    assert!(twin.instance.in_scope() && twin.verdict == Verdict::Inconclusive, "{}", twin.reason);
    let permuted = verdict(&on(Empirical::from_support(support.points, DVector::from_vec(labels))?), 2)?;
    assert_eq!(permuted.verdict, Verdict::OutOfScope);
    assert!(permuted.reason.contains("4*M*omega/(M - 1) <= epsilon"), "{}", permuted.reason);
    assert!(permuted.certificate.is_none());
    Ok(())
}

#[test]
fn margin_above_the_true_one() -> Outcome<()> {
    for (form, gradients) in [(Form::A, Gradients::Population), (Form::C, Gradients::Population)] {
        let twin = verdict(&request(form, gradients, &[("margin", "1")]), 2)?;
        assert!(twin.instance.in_scope() && twin.verdict == Verdict::Inconclusive, "{}", twin.reason);
        let planted = verdict(&request(form, gradients, &[("margin", "1.01")]), 2)?;
        assert_eq!(planted.verdict, Verdict::OutOfScope);
        assert!(planted.reason.contains("margin y<D,x> >= mu (value 1, limit 1.01)"), "{}", planted.reason);
        let need = planted.instance.derivation.conditions().iter().find(|c| c.claim == "mu <= margin");
        assert!(need.is_some_and(|c| !c.holds) && planted.instance.root.is_none() && planted.certificate.is_none());
    }
    Ok(())
}
