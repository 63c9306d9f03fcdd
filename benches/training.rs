//! Throughput of one training step, of the first step, of G(w, b) by closed form and by enumeration, and of a whole trial.
//!
//! `step/f64/NxDxM` is one whole step on N fresh samples in R^D with M neurons: draw a hypercube batch, y = x₁, hinge loss, both
//! layers updated.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use provably::distributions::{Distribution, UniformHypercube, UniformParity};
use provably::experiment::run_trial;
use provably::network::{
    Batch, GradientSource, Initialisation, Loss, Rates, Scales, State, Workspace, descend, first_step,
};
use provably::parameters::{Form, Gradients, Level, Request};
use provably::statistics::streams::{Purpose, Stream, stream};
use provably::theorems;
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

const SIZES: [(usize, usize, usize); 6] =
    [(1, 10, 276), (1, 30, 1024), (64, 10, 276), (256, 20, 1024), (1024, 32, 8192), (1024, 64, 65536)];

fn rng() -> Stream {
    stream(1, 0, Purpose::Training)
}

/// A network in which every neuron is live and about half of them are active on a sample.
fn state(dimension: usize, neurons: usize) -> State {
    let drawn = Initialisation::draw(dimension, neurons / 2, &mut rng());
    State {
        alpha: drawn.g.map(|g| g / neurons as f64),
        v: drawn.u / (dimension as f64).sqrt(),
        signs: drawn.signs,
        index: (0..drawn.g.len()).collect(),
        b_tilde: 1.0,
    }
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step/f64");
    group.sample_size(10);
    for (n, d, neurons) in SIZES {
        let law = UniformHypercube::new(d).expect("a dimension in range");
        let (mut state, mut batch, mut samples) = (state(d, neurons), Batch::empty(d, n), rng());
        let (mut workspace, rates) = (Workspace::default(), Rates::new(1e-6, 1.0));
        group.throughput(Throughput::Elements((4 * n * d * neurons) as u64));
        group.bench_function(format!("{n}x{d}x{neurons}"), |b| {
            b.iter(|| {
                batch.redraw(&law, &mut samples);
                black_box(descend(&mut state, &batch, Loss::Hinge, &rates, &mut workspace))
            });
        });
    }
    group.finish();
}

fn first_steps(c: &mut Criterion) {
    let scales = Scales { b_tilde: 3.0, beta: 30.0, theta: 1.0, sigma_a: 1e6, slope: 1.0 };
    let law = UniformHypercube::new(10).expect("a dimension in range");
    let initialisation = Initialisation::draw(10, 61, &mut rng());
    let mut group = c.benchmark_group("first-step");
    group.bench_function("population", |b| {
        b.iter(|| first_step(black_box(&initialisation), &scales, GradientSource::Population(&law)));
    });
    group.bench_function("fresh/100000", |b| {
        b.iter(|| {
            let source = GradientSource::Fresh { distribution: &law, samples: 100_000, rng: rng() };
            first_step(black_box(&initialisation), &scales, source)
        });
    });
    group.finish();
}

/// G(w, b) of a parity of 4 of 16 uniform bits: by its closed form, which w = c·(signs) has, and by the 2¹⁶ inputs.
fn simplified_gradients(c: &mut Criterion) {
    let law = UniformParity::new(16, 4).expect("a parity in range");
    let signs: Vec<f64> = (0..16).map(|j| if j % 3 == 0 { 1.0 } else { -1.0 }).collect();
    let mut uneven = signs.clone();
    uneven[0] = 1.001;
    let mut group = c.benchmark_group("gradient");
    for (name, w) in [("closed-form", signs), ("enumeration", uneven)] {
        group.bench_function(name, |b| b.iter(|| law.gradient(black_box(&w), 0.5)));
    }
    group.finish();
}

fn trials(c: &mut Criterion) {
    let mut group = c.benchmark_group("trial/linear-data");
    group.sample_size(10);
    for (form, gradients) in
        [(Form::A, Gradients::Population), (Form::B, Gradients::Fresh), (Form::C, Gradients::Fresh)]
    {
        let request = Request { form: Some(form), gradients: Some(gradients), seed: 1, ..Request::default() };
        let theorem = theorems::find("linear-data").expect("a registered theorem");
        let instance = theorem.instantiate(&request, Level::Explicit).expect("the default preset");
        let protocol = instance.protocol().cloned().expect("a level that is run");
        let (mut number, cut) = (0, AtomicBool::new(false));
        group.bench_function(format!("{form}-{gradients}"), |b| {
            b.iter(|| {
                number += 1;
                run_trial(&protocol, number, &cut)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, steps, first_steps, simplified_gradients, trials);
criterion_main!(benches);
