//! # A template: copy this file and its folder, and replace what stands in it (docs/theory.md §6)
//!
//! **Statement.** x is uniform on {±1}^d, y = x₁. With probability at least 1 − δ the rate at which the classifier x₂ errs on n samples is
//! within ε of the probability that it errs.
//!
//! **Hypotheses.** d ≤ 16, so that this probability is enumerated.
//!
//! **Constants.** ε, δ: the user's. n: the theorem's. Every formula stands in the theory text.
//!
//! **Source.** Hoeffding's inequality.
//!
//! **Not checked.** The inequality's proof.

use crate::derivation::{Derivation, statement};
use crate::distributions::{Distribution, UniformHypercube};
use crate::experiment::{Experiment, Fixed, Quantity, TrialError, TrialOutcome};
use crate::levels::params::{DELTA, EPSILON};
use crate::parameters::uses::EXPLICIT;
use crate::parameters::{Asked, Key, Level, Options, Preset, options};
use crate::registry::{Instance, InstanceError, ScalingLaw, Subject, Theorem};
use crate::statistics::streams::{Purpose, stream};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Theorem id.
const ID: &str = "template";

// What it is asked for beside ε and δ: key, words, default, range, the hypothesis it comes from, and its symbol.
const D: Key<u64> = Key::whole("d", "input dimension", 4, [2, 16], "the support is enumerated").symbol("d");

// The exponents it states.
const LAWS: &[ScalingLaw] = &[ScalingLaw {
    about: "n grows as 1/epsilon^2",
    source: "§6",
    quantity: Subject::Bound(Quantity::PerStep),
    vary: "epsilon",
    values: &[0.1, 0.05, 0.025, 0.0125],
    predicted: -2.0,
    ..ScalingLaw::STEPS
}];

/// The theorem.
pub(super) struct Template;

impl Theorem for Template {
    fn id(&self) -> &'static str {
        ID
    }
    fn title(&self) -> &'static str {
        "how well the error of one classifier is known from a sample"
    }
    fn source(&self) -> &'static str {
        "docs/theory.md §6"
    }
    fn presets(&self) -> &'static [Preset] {
        &[Preset { name: "default", about: "one coordinate of four for another", parameters: &[] }]
    }
    fn laws(&self) -> &'static [ScalingLaw] {
        LAWS
    }
    fn options(&self) -> &'static Options {
        let used = || [D.used(&[EXPLICIT]), EPSILON.used(&[EXPLICIT]), DELTA.used(&[EXPLICIT])];
        options::once(ID, || Options::at_explicit(used()))
    }
    // Choose the numbers, apply the axioms, hand the trials over.
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let (d, epsilon, delta) = (asked.get(&D)?.get(), asked.get(&EPSILON)?.get(), asked.get(&DELTA)?.get());
        let variant = [("data", "uniform-hypercube"), ("evaluation", "exact")];
        let mut derivation = Derivation::new(asked.theory(), ID, &variant, None)?;
        for (symbol, value) in [("d", d as f64), ("epsilon", epsilon), ("delta", delta)] {
            derivation.choose(symbol, value)?;
        }
        let axioms = ["uniform-hypercube", "hypercube-support", "evaluated-exactly", "template-estimate"];
        let root = derivation.apply_all(&axioms)?;
        let law = Arc::new(UniformHypercube::new(d as usize)?);
        let samples = derivation.number("n") as usize;
        let trials = Estimates { law, seed: asked.trial_seed(), samples, within: epsilon };
        let words = format!(
            "on {{-1,1}}^{d}, y = x_1: with probability at least {} the error rate of x_2 on {} samples is within {} of its error",
            1.0 - delta,
            statement::size(&derivation, "n"),
            statement::upper(&derivation, "error_bound"),
        );
        Ok(Instance::explicit(derivation, root, Arc::new(trials), words)?)
    }
}

/// One trial draws a sample.
#[derive(Clone)]
struct Estimates {
    law: Arc<dyn Distribution>,
    seed: u64,
    samples: usize,
    within: f64,
}

impl Experiment for Estimates {
    fn seed(&self) -> u64 {
        self.seed
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.law
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        let (d, n) = (self.law.dimension(), self.samples);
        let (mut x, mut y) = (vec![0.0; d * n], vec![0.0; n]);
        self.law.sample(&mut stream(self.seed, trial, Purpose::Training), &mut x, &mut y);
        let wrong = x.chunks(d).zip(&y).filter(|(x, y)| x[1] * **y <= 0.0).count();
        let second: Vec<f64> = (0..d).map(|l| if l == 1 { 1.0 } else { 0.0 }).collect();
        let off = (wrong as f64 / n as f64 - self.law.linear_error(&second, 0.0).unwrap_or(f64::NAN)).abs();
        // What the proof promises of every trial would follow here: `.obligation("name", violation)`.
        Ok(TrialOutcome::of(trial, (off <= self.within).then_some(1), off, cut))
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        Arc::new(self.clone())
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        match quantity {
            Quantity::PerStep => Ok(Arc::new(Self { samples: value as usize, ..self.clone() })),
            Quantity::Error => Ok(Arc::new(Self { within: value, ..self.clone() })),
            _ => Err(Fixed("a sample has no width and takes no steps")),
        }
    }
}
