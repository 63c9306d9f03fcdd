//! The network against slower or independent computations: finite differences, the literal update, direct sums, rotations.
//!
//! Both sides of a comparison are the same real numbers, rounded differently. `ROUNDINGS` · 2⁻⁵³ times the size of the terms
//! covers a few thousand roundings and their growth over a few steps. Random inputs keep every indicator away from its kink
//! by far more than that; the seeds are fixed.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult};
use provably::distributions::{Distribution, Empirical, MarginBall, UniformHypercube};
use provably::network::{
    AfterFirstStep, Batch, FirstStepError, GradientSource, Initialisation, Loss, Rates, Scales, State, TwoLayer,
    Workspace, descend, descend_beside, first_step, forward,
};
use provably::statistics::streams::{Purpose, Stream, stream};
use provably::tolerance::UNIT_ROUNDOFF;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Roundings that a compared number may have undergone, each relative to the largest term.
const ROUNDINGS: f64 = 1e5;

/// Samples of a block in `src/network/kernel.rs`; a wrong copy only moves the sizes away from the boundary.
const BLOCK: usize = 64;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() }
}

fn rng(seed: u64) -> Stream {
    stream(seed, 0, Purpose::Probe)
}

fn matrix(rows: usize, columns: usize, rng: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| rng.sample(StandardNormal))
}

fn vector(length: usize, rng: &mut Stream) -> DVector<f64> {
    DVector::from_fn(length, |_, _| rng.sample(StandardNormal))
}

/// Gaussian points with labels that a direction explains only in part, weights unequal.
fn batch(dimension: usize, samples: usize, rng: &mut Stream) -> Batch {
    let points = matrix(dimension, samples, rng) / (dimension as f64).sqrt();
    let noise = vector(samples, rng);
    let labels = DVector::from_fn(samples, |j, _| if points[(0, j)] + 0.5 * noise[j] > 0.0 { 1.0 } else { -1.0 });
    let weights = DVector::from_fn(samples, |_, _| rng.random_range(0.5..1.5));
    let total = weights.sum();
    Batch::new(points, labels, weights / total)
}

/// Scales at which some neurons see all of the inputs, some none and some a part.
fn scales(beta: f64) -> Scales {
    Scales { b_tilde: 1.7, beta, theta: 2.0, sigma_a: 1.3, slope: 1.0 }
}

fn close(what: &str, found: &[f64], expected: &[f64]) -> TestCaseResult {
    prop_assert_eq!(found.len(), expected.len(), "{}", what);
    let scale = expected.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
    let off = found.iter().zip(expected).fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()));
    // Written so that a NaN is not close.
    prop_assert!(off <= ROUNDINGS * UNIT_ROUNDOFF * scale, "{what}: off by {off:e} at size {scale:e}");
    Ok(())
}

fn close_networks(what: &str, found: &TwoLayer, expected: &TwoLayer) -> TestCaseResult {
    close(&format!("{what}, outer"), found.a.as_slice(), expected.a.as_slice())?;
    close(&format!("{what}, inner"), found.w.as_slice(), expected.w.as_slice())?;
    close(&format!("{what}, biases"), found.b.as_slice(), expected.b.as_slice())
}

fn after(init: &Initialisation, scales: &Scales, source: GradientSource<'_>) -> Result<AfterFirstStep, TestCaseError> {
    first_step(init, scales, source).map_err(|e: FirstStepError| TestCaseError::fail(e.to_string()))
}

fn loss() -> impl Strategy<Value = Loss> {
    prop_oneof![Just(Loss::Hinge), Just(Loss::Logistic)]
}

/// Several steps in normalised coordinates and literally: the same networks throughout.
fn same_course(state: &mut State, width: usize, loss: Loss, eta_alpha: f64, batches: &[Batch]) -> TestCaseResult {
    let mut literal = state.to_two_layer(width);
    let (rates, mut workspace) = (Rates::new(eta_alpha, state.b_tilde), Workspace::default());
    for (step, batch) in batches.iter().enumerate() {
        descend(state, batch, loss, &rates, &mut workspace);
        literal.step(batch, loss, eta_alpha / state.b_tilde.powi(2), 0.0);
        close_networks(&format!("step {step}"), &state.to_two_layer(width), &literal)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(96))]

    /// Every entry of the gradient is the slope of the mean loss. The hinge loss is linear along each coordinate away from
    /// kinks; the logistic loss errs by h²·|f'''|/6 ≤ 10⁻⁹, and rounding of a loss below 100 by 10⁻¹³/h.
    #[test]
    fn backprop_is_the_slope(seed: u64, d in 1..5_usize, neurons in 1..7_usize, samples in 1..6_usize, loss in loss()) {
        let (mut rng, h) = (rng(seed), 1e-5);
        let batch = batch(d, samples, &mut rng);
        let net = TwoLayer { w: matrix(d, neurons, &mut rng), a: vector(neurons, &mut rng), b: vector(neurons, &mut rng) };
        let pre = net.w.transpose() * batch.points() - DMatrix::from_fn(neurons, samples, |i, _| net.b[i]);
        let margins = net.output(&batch).component_mul(batch.labels());
        // A coordinate that moves by h moves nothing else by more than 20 h.
        prop_assume!(pre.iter().all(|z| z.abs() > 1e-3) && margins.iter().all(|z| (z - 1.0).abs() > 1e-3));
        let mean = |net: &TwoLayer| -> f64 {
            let margins = net.output(&batch).component_mul(batch.labels());
            margins.iter().zip(batch.weights().iter()).map(|(z, w)| w * loss.value(*z)).sum()
        };
        let (outer, inner) = net.gradient(&batch, loss);
        let slope = |set: &dyn Fn(&mut TwoLayer, f64)| {
            let (mut up, mut down) = (net.clone(), net.clone());
            set(&mut up, h);
            set(&mut down, -h);
            (mean(&up) - mean(&down)) / (2.0 * h)
        };
        for i in 0..neurons {
            let found = slope(&|net, h| net.a[i] += h);
            prop_assert!((found - outer[i]).abs() < 1e-7, "a_{i}: {found} against {}", outer[i]);
            for k in 0..d {
                let found = slope(&|net, h| net.w[(k, i)] += h);
                prop_assert!((found - inner[(k, i)]).abs() < 1e-7, "w_{k}{i}: {found} against {}", inner[(k, i)]);
            }
        }
    }

    /// Small and large blocks, block boundaries: the blocked pass takes the literal step.
    #[test]
    fn descend_is_the_literal_step(
        seed: u64,
        d in 1..9_usize,
        width in 1..24_usize,
        samples in prop_oneof![1..8_usize, 8..40_usize],
        around in prop_oneof![Just(None), (1..4_usize, -9..10_isize).prop_map(Some)],
        loss in loss(),
    ) {
        let mut rng = rng(seed);
        let init = Initialisation::draw(d, width, &mut rng);
        let mut state = after(&init, &scales(1.0), GradientSource::Batch(&batch(d, 50, &mut rng)))?.state;
        // One batch in two stops within ten samples of the end of a block.
        let samples = around.map_or(samples, |(blocks, offset)| (blocks * BLOCK).saturating_add_signed(offset));
        let batches: Vec<_> = (0..4).map(|_| batch(d, samples, &mut rng)).collect();
        same_course(&mut state, width, loss, 0.05, &batches)?;
    }

    /// Population, the whole support as a batch, and the literal update with λ₁ = 1/η₁ are one step.
    #[test]
    fn first_steps_agree(seed: u64, d in 1..6_usize, width in 1..8_usize, beta in 0.1..6.0_f64, rows: bool) {
        let mut rng = rng(seed);
        let law: Box<dyn Distribution> = if rows {
            let support = batch(d, 20, &mut rng);
            let (points, labels, weights) = (support.points(), support.labels(), support.weights());
            let law = Empirical::from_weighted_support(points.clone(), labels.clone(), weights.clone());
            Box::new(law.map_err(|e| TestCaseError::fail(e.to_string()))?)
        } else {
            Box::new(UniformHypercube::new(d).map_err(|e| TestCaseError::fail(e.to_string()))?)
        };
        let Some(support) = law.support() else { return Err(TestCaseError::fail("no support")) };
        let (init, scales, whole) = (Initialisation::draw(d, width, &mut rng), scales(beta), Batch::population(support));
        let population = after(&init, &scales, GradientSource::Population(&*law))?;
        let enumerated = after(&init, &scales, GradientSource::Batch(&whole))?;
        close("gradients", enumerated.gradients.as_slice(), population.gradients.as_slice())?;
        close("outer", enumerated.outer.as_slice(), population.outer.as_slice())?;
        close("E[yx]", enumerated.mean_xy.as_slice(), population.mean_xy.as_slice())?;
        close_networks("state", &enumerated.state.to_two_layer(width), &population.state.to_two_layer(width))?;
        prop_assert!(population.residual(&init, &scales) <= 0.0);
        let (mut literal, eta) = (init.network(&scales), scales.eta_1());
        let initial = literal.output(&whole).amax();
        let allowed = ROUNDINGS * UNIT_ROUNDOFF * literal.largest_output_term(&whole);
        prop_assert!(initial <= allowed, "initial output {initial:e}");
        literal.step(&whole, Loss::Hinge, eta, 1.0 / eta);
        close_networks("literal", &literal, &population.state.to_two_layer(width))?;
    }

    /// Fresh samples in chunks are the same samples in one batch.
    #[test]
    fn fresh_is_the_batch(seed: u64, samples in prop_oneof![1..40_u64, 1000..1050_u64, 2040..2060_u64], ball: bool) {
        let (d, width) = (3, 3);
        let law: Box<dyn Distribution> = if ball {
            Box::new(MarginBall::new(d, 0.3, 0.6, 1.0).map_err(|e| TestCaseError::fail(e.to_string()))?)
        } else {
            Box::new(UniformHypercube::new(d).map_err(|e| TestCaseError::fail(e.to_string()))?)
        };
        let init = Initialisation::draw(d, width, &mut rng(seed));
        let stream = || stream(seed, 1, Purpose::FirstStep);
        let drawn = Batch::draw(&*law, samples as usize, &mut stream());
        let batch = after(&init, &scales(1.0), GradientSource::Batch(&drawn))?;
        let source = GradientSource::Fresh { distribution: &*law, samples, rng: stream() };
        let fresh = after(&init, &scales(1.0), source)?;
        close("gradients", fresh.gradients.as_slice(), batch.gradients.as_slice())?;
        close("outer", fresh.outer.as_slice(), batch.outer.as_slice())?;
        close("mean", fresh.mean_xy.as_slice(), batch.mean_xy.as_slice())?;
        close_networks("state", &fresh.state.to_two_layer(width), &batch.state.to_two_layer(width))?;
    }

    /// Rotating inputs and initial directions rotates v and leaves α: nothing depends on the coordinates.
    #[test]
    fn trajectories_rotate_with_the_data(seed: u64, d in 2..7_usize, width in 1..8_usize, samples in 1..30_usize, loss in loss()) {
        let mut rng = rng(seed);
        let rotation = matrix(d, d, &mut rng).qr().q();
        let turned = |batch: &Batch| {
            Batch::new(&rotation * batch.points(), batch.labels().clone(), batch.weights().clone())
        };
        let init = Initialisation::draw(d, width, &mut rng);
        let turned_init = Initialisation { u: &rotation * &init.u, ..init.clone() };
        let first = batch(d, 40, &mut rng);
        let mut state = after(&init, &scales(1.0), GradientSource::Batch(&first))?.state;
        let mut other = after(&turned_init, &scales(1.0), GradientSource::Batch(&turned(&first)))?.state;
        let (rates, mut workspace) = (Rates::new(0.05, state.b_tilde), Workspace::default());
        for step in 0..4 {
            prop_assert_eq!(&state.index, &other.index);
            close(&format!("alpha at {step}"), other.alpha.as_slice(), state.alpha.as_slice())?;
            close(&format!("v at {step}"), other.v.as_slice(), (&rotation * &state.v).as_slice())?;
            let batch = batch(d, samples, &mut rng);
            let report = descend(&mut state, &batch, loss, &rates, &mut workspace);
            let turned = descend(&mut other, &turned(&batch), loss, &rates, &mut workspace);
            close("loss", &[turned.loss], &[report.loss])?;
        }
    }

    /// The report of a pass against sums written out.
    #[test]
    fn report_is_what_it_says(seed: u64, d in 1..6_usize, width in 1..12_usize, samples in 1..60_usize, loss in loss()) {
        let mut rng = rng(seed);
        let init = Initialisation::draw(d, width, &mut rng);
        let first = batch(d, 30, &mut rng);
        let state = after(&init, &scales(1.0), GradientSource::Batch(&first))?.state;
        let (batch, mut workspace) = (batch(d, samples, &mut rng), Workspace::default());
        let report = forward(&state, &batch, loss, &mut workspace);
        let (labels, weights) = (batch.labels(), batch.weights());
        let hidden = |i: usize, j: usize| (state.v.column(i).dot(&batch.points().column(j)) - state.signs[i]).max(0.0);
        let live = state.alpha.len();
        let output = |j: usize| (0..live).map(|i| state.alpha[i] * hidden(i, j)).sum::<f64>();
        let margins: Vec<f64> = (0..samples).map(|j| labels[j] * output(j)).collect();
        close("margins", &workspace.margins().copied().collect::<Vec<_>>(), &margins)?;
        let mean = |of: &dyn Fn(usize) -> f64| (0..samples).map(|j| weights[j] * of(j)).sum::<f64>();
        close("loss", &[report.loss], &[mean(&|j| loss.value(margins[j]))])?;
        let violations = mean(&|j| f64::from(u8::from(margins[j] < 1.0)));
        close("violations", &[report.violations, report.violations_at_most], &[violations, violations])?;
        prop_assert!(report.violations_at_most >= report.violations);
        let expected = (0..live).map(|i| mean(&|j| hidden(i, j)).powi(2)).sum::<f64>().sqrt();
        let largest = (0..samples).map(|j| (0..live).map(|i| hidden(i, j).powi(2)).sum::<f64>().sqrt());
        close("mean hidden norm", &[report.expected_hidden_norm], &[expected])?;
        close("largest hidden norm", &[report.largest_hidden_norm], &[largest.fold(0.0, f64::max)])?;
        for (found, exact) in workspace.margins().zip(&margins) {
            prop_assert!((found - exact).abs() <= report.output_rounding);
        }
        let bound = state.output_bound(batch.largest_norm());
        prop_assert!(margins.iter().all(|z| z.abs() <= bound * (1.0 + 1e-12)));
        let literal = state.to_two_layer(width).output(&batch).component_mul(labels);
        close("in ordinary coordinates", literal.as_slice(), &margins)?;
    }

    /// The neurons left out are those whose output is 0 everywhere: the full network agrees on inputs never seen.
    #[test]
    fn pruning_changes_no_output(seed: u64, d in 1..6_usize, width in 1..12_usize, beta in 0.5..8.0_f64) {
        let mut rng = rng(seed);
        let init = Initialisation::draw(d, width, &mut rng);
        let scales = scales(beta);
        let first = batch(d, 10, &mut rng);
        let after = after(&init, &scales, GradientSource::Batch(&first))?;
        let (distinct, unseen) = (2 * width, batch(d, 50, &mut rng));
        let mirror = |i: usize| if i < distinct { 1.0 } else { -1.0 };
        let full = TwoLayer {
            w: DMatrix::from_fn(d, 2 * distinct, |k, i| {
                scales.b_tilde * scales.theta * mirror(i) * init.g[i % distinct] * after.gradients[(k, i % distinct)]
            }),
            a: DVector::from_fn(2 * distinct, |i, _| scales.outer_factor() * after.outer[i % distinct] / scales.b_tilde),
            b: DVector::from_fn(2 * distinct, |i, _| scales.b_tilde * init.signs[i % distinct]),
        };
        let far = Batch::new(unseen.points() * 100.0, unseen.labels().clone(), unseen.weights().clone());
        let pruned = after.state.to_two_layer(width);
        for inputs in [&unseen, &far] {
            close("outputs", pruned.output(inputs).as_slice(), full.output(inputs).as_slice())?;
        }
        // What was left out stays out: a literal step leaves it as it is.
        let mut stepped = full;
        stepped.step(&unseen, Loss::Hinge, 0.1, 0.0);
        for i in (0..2 * distinct).filter(|i| !after.state.index.contains(i)) {
            prop_assert!(stepped.a[i].abs() <= 0.0 && stepped.w.column(i).amax() <= 0.0);
        }
    }
}

/// Thousands of live neurons, many chunks of them, on batches whose last group and last block are partly filled.
#[test]
fn many_neurons() -> TestCaseResult {
    let (d, width) = (2, 2200);
    let mut rng = rng(1);
    let init = Initialisation::draw(d, width, &mut rng);
    let state = after(&init, &scales(0.01), GradientSource::Batch(&batch(d, 200, &mut rng)))?.state;
    assert!(state.alpha.len() > 4096, "{} live neurons", state.alpha.len());
    for samples in [1, 7, 8, 9, 63, 64, 65] {
        let batches: Vec<_> = (0..2).map(|_| batch(d, samples, &mut rng)).collect();
        same_course(&mut state.clone(), width, Loss::Hinge, 1e-4, &batches)?;
    }
    Ok(())
}

/// Batches of one sample take a way of their own, in dimensions on both sides of whole lanes; a loss with other outer weights is
/// that of the network that has them.
#[test]
fn single_samples() -> TestCaseResult {
    for d in [1, 7, 8, 9, 19, 30] {
        let mut rng = rng(30 + d as u64);
        let width = 9;
        let init = Initialisation::draw(d, width, &mut rng);
        let state = after(&init, &scales(0.5), GradientSource::Batch(&batch(d, 50, &mut rng)))?.state;
        let batches: Vec<_> = (0..5).map(|_| batch(d, 1, &mut rng)).collect();
        same_course(&mut state.clone(), width, Loss::Hinge, 1e-2, &batches)?;
        let alpha = vector(state.alpha.len(), &mut rng);
        let other = State { alpha: alpha.clone(), ..state.clone() };
        for samples in [1, 7] {
            let (batch, mut workspace) = (batch(d, samples, &mut rng), Workspace::default());
            let expected = forward(&other, &batch, Loss::Hinge, &mut workspace).loss;
            let rates = Rates::new(0.0, 1.0);
            let found = descend_beside(&mut state.clone(), Some(&alpha), &batch, Loss::Hinge, &rates, &mut workspace).1;
            close("loss", &[found], &[expected])?;
        }
    }
    Ok(())
}

/// A weight that is no number is seen wherever it stands.
#[test]
fn states_that_are_not_finite() {
    let whole = State {
        alpha: DVector::repeat(11, 1.0),
        v: DMatrix::repeat(3, 11, -2.0),
        signs: DVector::repeat(11, 1.0),
        index: (0..11).collect(),
        b_tilde: 1.0,
    };
    assert!(whole.is_finite());
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for i in 0..33 {
            let mut state = whole.clone();
            state.v.as_mut_slice()[i] = bad;
            assert!(!state.is_finite());
            let mut state = whole.clone();
            state.alpha[i % 11] = bad;
            assert!(!state.is_finite());
        }
    }
}

/// A network without a live neuron is constant 0, and stays so.
#[test]
fn no_live_neuron() -> TestCaseResult {
    let mut rng = rng(2);
    let init = Initialisation { signs: DVector::repeat(4, 1.0), ..Initialisation::draw(3, 2, &mut rng) };
    let data = batch(3, 20, &mut rng);
    let mut state = after(&init, &scales(100.0), GradientSource::Batch(&data))?.state;
    assert!(state.alpha.is_empty());
    let report = descend(&mut state, &data, Loss::Hinge, &Rates::new(0.1, 1.0), &mut Workspace::default());
    close("loss and violations", &[report.loss, report.violations], &[1.0, 1.0])
}
