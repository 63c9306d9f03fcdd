//! How far T is from what is needed: T over the (1 − δ)-quantile of the stopping steps, for every theorem and level on its
//! `tightness` preset; and every other bound over the need that was measured when the baselines were blessed.
//!
//! Nothing is timed. Criterion measures through a [`Measurement`] without dimension: the ratio, or its log₁₀ from 10⁴ on. The
//! trials are run before anything is measured; what is measured draws their quantile from resamples, so that criterion's
//! interval shows what is left to chance.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use provably::experiment::Quantity;
use provably::parameters::Level;
use provably::registry::{Instance, Listed};
use provably::statistics::streams::{Purpose, Stream, stream};
use provably::studies::baseline::{self, Baseline, TIGHTNESS};
use provably::studies::need::{Stopping, Study};
use provably::studies::predictions::{instance_name, request};
use provably::theorems::REGISTRY;
use rand::RngExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// A number without dimension.
struct Dimensionless {
    /// What is printed behind it.
    unit: &'static str,
}

impl Measurement for Dimensionless {
    type Intermediate = ();
    type Value = f64;
    fn start(&self) {}
    // Every value is made in `iter_custom`; one that were not would be seen at once.
    fn end(&self, (): ()) -> f64 {
        f64::NAN
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }
    fn zero(&self) -> f64 {
        0.0
    }
    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }
    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Dimensionless {
    fn scale_values(&self, _: f64, _: &mut [f64]) -> &'static str {
        self.unit
    }
    fn scale_throughputs(&self, _: f64, _: &Throughput, _: &mut [f64]) -> &'static str {
        self.unit
    }
    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        self.unit
    }
}

/// From here on ratios are shown by their log₁₀.
const HUGE: f64 = 1e4;
/// Far below the digits that are printed, far above those of f64.
const INVISIBLE: f64 = 1e-10;
/// Probability that the quantile is not in the interval for which the number of trials is chosen.
const ERROR: f64 = 0.01;

/// What is needed.
enum Need {
    /// The quantile of these stopping steps.
    Steps(Vec<f64>, f64),
    /// As the baseline has it.
    Known(f64),
}

/// One bound and what is needed.
struct Row {
    id: String,
    bound: f64,
    need: Need,
}

impl Row {
    /// The ratio; of a resample of the trials where there are any.
    fn draw(&self, rng: &mut Stream) -> f64 {
        match &self.need {
            // Criterion's comparison with an earlier run divides by the variance, which must not be 0.
            Need::Known(needed) => self.bound / needed * (1.0 + INVISIBLE * rng.random::<f64>()),
            Need::Steps(steps, level) => {
                let rank = (steps.len() as f64 * level).ceil() as usize;
                let mut drawn: Vec<f64> = (0..steps.len()).map(|_| steps[rng.random_range(0..steps.len())]).collect();
                let (_, quantile, _) = drawn.select_nth_unstable_by(rank - 1, f64::total_cmp);
                // A trial that did not reach the goal needs more than T.
                self.bound / quantile.min(self.bound)
            }
        }
    }

    fn typical(&self) -> f64 {
        match &self.need {
            Need::Known(needed) => self.bound / needed,
            Need::Steps(steps, level) => self.bound / Stopping::of(steps.clone()).quantile(*level, ERROR).needed,
        }
    }
}

/// Every theorem's rows. Here, and only here, networks are trained.
fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| REGISTRY.iter().flat_map(rows_of).collect())
}

fn rows_of(theorem: Listed) -> Vec<Row> {
    let baselines = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/baselines");
    let baseline = baseline::load(&baselines, theorem.id()).expect("a baseline");
    let levels = theorem.levels().iter().filter_map(|&l| theorem.instantiate(&request(TIGHTNESS), l).ok());
    let levels: Vec<Instance> = levels.collect();
    let measured: Vec<(Level, Vec<f64>, f64)> = levels.iter().filter_map(stopping_steps).collect();
    let last = measured.last().unwrap_or_else(|| panic!("{}: no level can be run", theorem.id()));
    let mut rows = Vec::new();
    for instance in &levels {
        let (_, steps, quantile) = measured.iter().find(|(level, ..)| *level == instance.level).unwrap_or(last);
        let id = |quantity: Quantity| format!("{quantity}/{}/{}", theorem.id(), instance.level);
        let bound = instance.bounds.of(Quantity::Steps);
        rows.push(Row { id: id(Quantity::Steps), bound, need: Need::Steps(steps.clone(), *quantile) });
        rows.extend(known(&baseline, instance).map(|(quantity, bound, needed)| Row {
            id: id(quantity),
            bound,
            need: Need::Known(needed),
        }));
    }
    for row in &rows {
        assert!(row.typical().is_finite() && row.typical() > 0.0, "{}: the ratio is {}", row.id, row.typical());
    }
    rows
}

/// Stopping steps and their level, where the level's trials can be run.
fn stopping_steps(instance: &Instance) -> Option<(Level, Vec<f64>, f64)> {
    let runs = instance.in_scope() && !instance.bounds.too_large() && !instance.bounds.too_long();
    let experiment = instance.experiment.clone().filter(|_| runs)?;
    let interrupted = AtomicBool::new(false);
    let study =
        Study { experiment, delta: instance.delta, error: ERROR, label: instance.theorem, interrupted: &interrupted };
    let stopping = study.stopping().unwrap_or_else(|e| panic!("{}: {e}", instance.theorem));
    Some((instance.level, stopping.steps().to_vec(), 1.0 - instance.delta))
}

/// Bounds beside T with the needs that were measured of them.
fn known<'a>(baseline: &'a Baseline, instance: &'a Instance) -> impl Iterator<Item = (Quantity, f64, f64)> + 'a {
    let needs = baseline.needs.get(&instance_name(TIGHTNESS, instance.level));
    Quantity::ALL
        .into_iter()
        .filter(|q| *q != Quantity::Steps)
        .filter_map(move |quantity| Some((quantity, instance.bounds.of(quantity), needs?.get(quantity.name())?.needed)))
}

fn measure(c: &mut Criterion<Dimensionless>, huge: bool) {
    let mut group = c.benchmark_group(if huge { "log10-bound-over-need" } else { "bound-over-need" });
    for row in rows().iter().filter(|row| (row.typical() >= HUGE) == huge) {
        let mut rng = stream(1, 0, Purpose::Pilot);
        group.bench_function(&row.id, |b| {
            b.iter_custom(|iterations| {
                let one = |ratio: f64| if huge { ratio.log10() } else { ratio };
                (0..iterations).map(|_| one(row.draw(&mut rng))).sum()
            });
        });
    }
    group.finish();
}

fn ratios(c: &mut Criterion<Dimensionless>) {
    measure(c, false);
}

fn logarithms(c: &mut Criterion<Dimensionless>) {
    measure(c, true);
}

criterion_group! {
    name = plain;
    config = Criterion::default().with_measurement(Dimensionless { unit: "times" });
    targets = ratios
}
criterion_group! {
    name = huge;
    config = Criterion::default().with_measurement(Dimensionless { unit: "powers of ten" });
    targets = logarithms
}
criterion_main!(plain, huge);
