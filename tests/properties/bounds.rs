//! Bounds over random instances: more accuracy, more confidence or less margin never needs fewer neurons or steps, and an
//! instance has a root claim exactly where it is in scope.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult};
use provably::distributions::{Distribution, Empirical};
use provably::parameters::{Form, Gradients, Level, Request};
use provably::registry::Instance;
use provably::statistics::streams::{Purpose, stream};
use provably::theorems::find;
use rand::RngExt;
use rand_distr::StandardNormal;
use std::sync::Arc;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(13), failure_persistence: None, ..Config::default() }
}

fn instance(request: &Request) -> Result<Instance, TestCaseError> {
    let theorem = find("linear-data").ok_or_else(|| TestCaseError::fail("no theorem"))?;
    theorem.instantiate(request, Level::Explicit).map_err(|e| TestCaseError::fail(e.to_string()))
}

fn with(request: &Request, key: &str, value: f64) -> Request {
    let mut request = request.clone();
    request.parameters.push((key.into(), value.to_string()));
    request
}

/// Form with gradients that need no enumerable support.
fn form() -> impl Strategy<Value = (Form, Gradients)> {
    prop_oneof![
        Just((Form::B, Gradients::Fresh)),
        Just((Form::B, Gradients::ClosedFirst)),
        Just((Form::C, Gradients::Fresh)),
        Just((Form::C, Gradients::ClosedFirst)),
    ]
}

/// Ball hits need a width beyond a thousand, and Theorem C's binomial tails then take seconds: they go with Theorem B.
fn hits(form: Form, ball: bool) -> &'static str {
    if ball && form != Form::C { "ball" } else { "window" }
}

fn base((form, gradients): (Form, Gradients), hits: &str) -> Request {
    let parameters = vec![("hits".into(), hits.into())];
    Request { parameters, form: Some(form), gradients: Some(gradients), ..Request::default() }
}

fn consistent(instance: &Instance) -> TestCaseResult {
    prop_assert_eq!(instance.root.is_some(), instance.in_scope(), "{:?}", instance.derivation.conditions());
    Ok(())
}

/// The key's smaller value needs at least as many neurons and steps. (Not as many samples in the first step: with ball hits a
/// smaller ε has a smaller ρ, of which Theorem C's first batch is spared a part.) The values differ by at least a third: nearer
/// ones may round t, m or S_g the other way.
fn harder(request: &Request, key: &str, value: f64, factor: f64) -> TestCaseResult {
    let (hard, easy) = (instance(&with(request, key, value / factor))?, instance(&with(request, key, value))?);
    consistent(&hard)?;
    consistent(&easy)?;
    let size = |i: &Instance| [("m", &i.bounds.width), ("T", &i.bounds.steps)].map(|(n, s)| (n, s.approximate()));
    for ((name, more), (_, less)) in size(&hard).into_iter().zip(size(&easy)) {
        prop_assert!(more >= less, "{name} falls from {less} to {more} as {key} falls from {value} by {factor}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn on_the_hypercube(
        form in form(),
        ball: bool,
        d in 1..200_u32,
        epsilon in 0.05..0.4_f64,
        delta in 0.01..0.4_f64,
        margin in 0.5..1.0_f64,
        factor in 1.34..3.0_f64,
    ) {
        let request = Request { preset: None, ..base(form, hits(form.0, ball)) };
        let request = with(&with(&request, "epsilon", epsilon), "delta", delta);
        let request = with(&with(&request, "d", f64::from(d)), "margin", margin);
        prop_assert!(instance(&request)?.in_scope());
        harder(&request, "epsilon", epsilon, factor)?;
        harder(&request, "delta", delta, factor)?;
        harder(&request, "margin", margin, factor)?;
    }

    #[test]
    fn on_the_margin_ball(
        form in form(),
        ball: bool,
        d in 2..2000_u32,
        epsilon in 0.05..0.4_f64,
        delta in 0.01..0.4_f64,
        (margin, reach, radius) in (0.05..1.0_f64, 1.0..3.0_f64, 1.0..3.0_f64),
        factor in 1.34..3.0_f64,
    ) {
        let request = Request { preset: Some("ball".into()), ..base(form, hits(form.0, ball)) };
        let (reach, radius) = (margin * reach, margin * reach * radius);
        let lengths = [("data_margin", margin), ("data_reach", reach), ("radius", radius)];
        let request = lengths.iter().fold(request, |r, (key, value)| with(&r, key, *value));
        let request = with(&with(&with(&request, "d", f64::from(d)), "epsilon", epsilon), "delta", delta);
        prop_assert!(instance(&request)?.in_scope(), "{:?}", instance(&request)?.derivation.conditions());
        harder(&request, "epsilon", epsilon, factor)?;
        harder(&request, "delta", delta, factor)?;
    }

    /// Random rows, separable or not: the hypotheses say what the rows say, and the constants move the right way.
    #[test]
    fn on_random_rows(
        seed: u64,
        population: bool,
        form_c: bool,
        (d, n) in (1..5_usize, 4..24_usize),
        gap in 0.2..2.0_f64,
        epsilon in 0.05..0.4_f64,
        factor in 1.34..3.0_f64,
    ) {
        let mut rng = stream(seed, 0, Purpose::Probe);
        let labels = DVector::from_fn(n, |j, _| if j % 2 == 0 { 1.0 } else { -1.0 });
        let noise = DMatrix::from_fn(d, n, |_, _| rng.sample::<f64, _>(StandardNormal));
        let points = DMatrix::from_fn(d, n, |i, j| if i == 0 { gap * labels[j] } else { 0.0 } + 0.3 * noise[(i, j)]);
        let rows = Empirical::from_support(points, labels).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mean = rows.mean_gradient();
        let margin = rows.margin(mean.normalize().as_slice()).unwrap_or(f64::NAN);
        let chosen = match (form_c, population) {
            (true, true) => (Form::C, Gradients::Population),
            (true, false) => (Form::C, Gradients::ClosedFirst),
            (false, true) => (Form::A, Gradients::Population),
            (false, false) => (Form::B, Gradients::ClosedFirst),
        };
        let request = Request { rows: Some(Arc::new(rows)), ..base(chosen, "window") };
        let request = with(&request, "epsilon", epsilon);
        let built = instance(&request)?;
        consistent(&built)?;
        let number = |name: &str| built.derivation.number(name);
        prop_assert!((number("margin") - margin).abs() <= 1e-9 * margin.abs().max(1e-3));
        let separable = margin > 0.0;
        prop_assert_eq!(separable && number("target_loss") < 1e-9, separable);
        // Without a margin Theorem C needs a loss of the target far below ε; A and B take any.
        prop_assert!(built.in_scope() || (form_c && !separable), "{:?}", built.derivation.conditions());
        if separable {
            harder(&request, "epsilon", epsilon, factor)?;
        }
        harder(&request, "delta", 0.3, factor)?;
    }
}
