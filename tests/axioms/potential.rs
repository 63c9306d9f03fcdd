//! Adversaries that meet the inequalities of docs/theory.md §4 with equality: gradients as long as they may be and as
//! little towards the comparator, outer weights opposite to it, neurons that move straight against it.

use crate::chances::ROUNDING;
use crate::harness::{at_most, equal};

/// A run of the outer weights in the plane, seen from the comparator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    position: [f64; 2],
}

impl Plane {
    /// At this squared distance from the comparator.
    pub(crate) fn new(potential: f64) -> Self {
        Self { position: [potential.max(0.0).sqrt(), 0.0] }
    }

    /// The distance from the comparator.
    pub(crate) fn distance(&self) -> f64 {
        self.position[0].hypot(self.position[1])
    }

    /// Whether a gradient of this length can have this product with the way to the comparator (Cauchy and Schwarz); a part
    /// in 10⁹ is left for rounding.
    pub(crate) fn admits(&self, product: f64, length: f64) -> bool {
        self.distance() * length >= product * (1.0 - ROUNDING)
    }

    /// A step along a gradient of this length and this product with the way to the comparator.
    pub(crate) fn step(&mut self, eta: f64, product: f64, length: f64) {
        let [x, y] = self.position;
        let distance = self.distance();
        let along = product / distance;
        let across = (length * length - along * along).max(0.0).sqrt();
        let gradient = |to: f64, aside: f64| (along * to + across * aside) / distance;
        self.position = [x - eta * gradient(x, -y), y - eta * gradient(y, x)];
    }
}

/// How many steps in a row, up to `most`, an adversary can make whose gradients all have this product and this length.
pub(crate) fn steps(potential: f64, eta: f64, product: f64, length: f64, most: usize) -> usize {
    let mut plane = Plane::new(potential);
    let mut made = 0;
    while made < most && plane.admits(product, length) {
        plane.step(eta, product, length);
        made += 1;
    }
    made
}

/// max ‖α̃ − α‖² over ‖α‖ = `length` at ‖α̃‖ = `target`: the angle between them is looked for.
pub(crate) fn farthest(target: f64, length: f64) -> f64 {
    let at = |i: u32| {
        let angle = f64::from(i) * std::f64::consts::PI / 16.0;
        (target - length * angle.cos()).powi(2) + (length * angle.sin()).powi(2)
    };
    (0..=16).map(at).fold(0.0, f64::max)
}

/// By how much Σ α̃ᵢ σ(⟨vᵢ,x⟩ − sᵢ) falls, Σ|α̃ᵢ| = `l1`, when every vᵢ moves by `way` against its weight's sign along an x
/// of this norm on which all neurons are active.
pub(crate) fn drift_cost(l1: f64, way: f64, norm: f64) -> f64 {
    let weights = [0.5 * l1, -0.3 * l1, 0.2 * l1];
    let output =
        |moved: f64| -> f64 { weights.iter().map(|a| a * (way * norm * (4.0 - moved * a.signum())).max(0.0)).sum() };
    output(0.0) - output(1.0)
}

/// The norm of a layer of `neurons` equal activations and norm `before`, when each of them grows by `each`.
pub(crate) fn grown(before: f64, neurons: f64, each: f64) -> f64 {
    let one = before / neurons.sqrt() + each;
    (0..neurons as usize).map(|_| one * one).sum::<f64>().sqrt()
}

/// A step size and K₀ tried on single violating samples: each has a gradient of length H and product M − 1. K₀ is the
/// number of violations that the potential admits, and batches with fewer violations take no more out of it.
pub(crate) fn mistakes(potential: f64, eta: f64, m: f64, h: f64, k_0: f64) -> Result<(), String> {
    // First principles: a batch of which a share P violates has ⟨ĝ, α − Mα̃⟩ ≥ (M − 1)P and ‖ĝ‖ ≤ HP.
    let fall = |p: f64| 2.0 * eta * (m - 1.0) * p - (eta * h * p).powi(2);
    let least = (1..=40).map(|i| f64::from(i) / 40.0).map(|p| fall(p) / p).fold(f64::INFINITY, f64::min);
    at_most("violations that the potential pays for", potential, k_0 * least, ROUNDING)?;
    equal("K_0, where every sample is a batch", k_0, potential / fall(1.0), ROUNDING)?;
    if k_0 < 3000.0 && (k_0 - k_0.round()).abs() > 1e-6 {
        let made = steps(potential, eta, m - 1.0, h, 4000) as f64;
        if (made - k_0.floor()).abs() > 0.5 {
            return Err(format!("{made} violations in a row, and K_0 = {k_0}"));
        }
        // Batches of which half violate.
        let halves = steps(potential, eta, (m - 1.0) / 2.0, h / 2.0, 8000) as f64 / 2.0;
        at_most("violations in halves", halves, k_0, ROUNDING)?;
    }
    Ok(())
}
