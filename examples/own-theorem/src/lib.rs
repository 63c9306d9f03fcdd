//! The perceptron: the first hypothesis that survives enough samples in a row errs little. Its proof stands in README.md, its
//! formulas in theory.txt.

use provably::distributions::UniformHypercube;
use provably::prelude::*;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

/// The theorems of `provably`, and this one.
pub static REGISTRY: Registry =
    Registry::extending(&provably::theorems::REGISTRY, include_str!("../theory.txt"), &[&Perceptron]);

const D: Key<u64> = Key::whole("d", "input dimension", 10, [1, 16], "the 2^d inputs are enumerated").symbol("d");
const EPSILON: Key<f64> = Key::real("epsilon", "the error", 0.1, Range::UNIT, "0 < epsilon < 1").symbol("epsilon");
const DELTA: Key<f64> = Key::real("delta", "failure probability", 0.1, Range::UNIT, "0 < delta < 1").symbol("delta");

/// The theorem.
pub struct Perceptron;

impl Theorem for Perceptron {
    fn id(&self) -> &'static str {
        "perceptron"
    }
    fn title(&self) -> &'static str {
        "the perceptron's longest survivor errs little"
    }
    fn source(&self) -> &'static str {
        "examples/own-theorem/README.md"
    }
    fn presets(&self) -> &'static [Preset] {
        &[Preset { name: "default", about: "the sign of one of ten coordinates", parameters: &[] }]
    }
    fn options(&self) -> &'static Options {
        static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
            Options::at_explicit([D.used(&[EXPLICIT]), EPSILON.used(&[EXPLICIT]), DELTA.used(&[EXPLICIT])])
        });
        &OPTIONS
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let (d, epsilon, delta) = (asked.get(&D)?.get(), asked.get(&EPSILON)?.get(), asked.get(&DELTA)?.get());
        let variant = [("data", "uniform-hypercube"), ("evaluation", "exact")];
        let mut proof = Derivation::new(asked.theory(), self.id(), &variant, None)?;
        for (symbol, value) in [("d", d as f64), ("epsilon", epsilon), ("delta", delta)] {
            proof.choose(symbol, value)?;
        }
        let root = proof.apply_all(&[
            "uniform-hypercube",
            "hypercube-support",
            "evaluated-exactly",
            "mistake-bound",
            "longest-survivor",
        ])?;
        let size = |symbol| proof.number(symbol) as u64;
        let trials = Survivors {
            law: Arc::new(UniformHypercube::new(d as usize)?),
            seed: asked.trial_seed(),
            epsilon,
            mistakes: size("K"),
            survivals: size("survivals"),
            steps: size("T"),
        };
        let statement =
            format!("on {{-1,1}}^{d}, y = x_1: {}", statement::reached(&proof, delta, "the survivor erring"));
        Ok(Instance::explicit(proof, root, Arc::new(trials), statement)?)
    }
}

/// Runs of the perceptron until a hypothesis has survived.
#[derive(Clone)]
struct Survivors {
    law: Arc<dyn Distribution>,
    seed: u64,
    epsilon: f64,
    mistakes: u64,
    survivals: u64,
    steps: u64,
}

impl Experiment for Survivors {
    fn seed(&self) -> u64 {
        self.seed
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.law
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        let mut samples = stream(self.seed, trial, Purpose::Training);
        let mut weights = DVector::zeros(self.law.dimension());
        let (mut x, mut y) = (weights.clone(), [0.0]);
        let (mut mistakes, mut survived, mut step) = (0, 0, 0);
        while survived < self.survivals && step < self.steps && !cut.load(Ordering::Relaxed) {
            step += 1;
            self.law.sample(&mut samples, x.as_mut_slice(), &mut y);
            if y[0] * weights.dot(&x) <= 0.0 {
                weights.axpy(y[0], &x, 1.0);
                (mistakes, survived) = (mistakes + 1, 0);
            } else {
                survived += 1;
            }
        }
        let error = self.law.linear_error(weights.as_slice(), 0.0).unwrap_or(1.0);
        let reached = survived == self.survivals && error <= self.epsilon;
        let broken = (mistakes > self.mistakes).then(|| format!("{mistakes} mistakes"));
        Ok(TrialOutcome::of(trial, reached.then_some(step), error, cut).obligation("mistakes", broken))
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        Arc::new(self.clone())
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        match quantity {
            Quantity::Steps => Ok(Arc::new(Self { steps: value as u64, ..self.clone() })),
            Quantity::Error => Ok(Arc::new(Self { epsilon: value, ..self.clone() })),
            _ => Err(Fixed("the perceptron has no width, and takes one sample a step")),
        }
    }
}
