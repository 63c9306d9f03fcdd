//! Noisy XOR on the hypercube: x uniform on {−1, 1}^d, y = x₁x₂, flipped with probability η.

use provably::distributions::Empirical;
use provably::prelude::*;

const D: Key<u64> = Key::whole("d", "input dimension", 6, [2, 12], "the labelled points are enumerated").symbol("d");
const FLIP: Key<f64> = Key::real(
    "flip",
    "probability that a label is flipped",
    0.005,
    Range::new("greater than 0 and at most 0.49", |x| x > 0.0 && x <= 0.49),
    "a label is right more often than not",
)
.symbol("flip");

/// The theorem on it.
pub struct Xor;

impl OwnLaw for Xor {
    fn id(&self) -> &'static str {
        "noisy-xor"
    }
    fn title(&self) -> &'static str {
        "XOR on the hypercube with flipped labels, learned from the distribution alone"
    }
    fn source(&self) -> &'static str {
        "paper Theorem 3.12; examples/own-law/README.md"
    }
    fn presets(&self) -> &'static [Preset] {
        &[Preset {
            name: "default",
            about: "one label in two hundred is flipped",
            parameters: &[
                ("comparator", "loss"),
                ("beta", "1.5"),
                ("theta_factor", "4"),
                ("penalty", "0.01"),
                ("m", "64"),
                ("fit_samples", "512"),
                ("pilots", "8"),
            ],
        }]
    }
    fn parameters(&self) -> Vec<Parameter> {
        vec![D.used(&[POSTERIOR]), FLIP.used(&[POSTERIOR])]
    }
    fn law(&self, asked: &Asked) -> Result<Law, InstanceError> {
        let (d, flip) = (asked.get(&D)?.get(), asked.get(&FLIP)?.get());
        Ok(Law {
            distribution: Arc::new(points(d as usize, flip)?),
            symbols: vec![("d", d as f64), ("flip", flip)],
            enumerated: Some("noisy-xor-support"),
        })
    }
}

/// The corners of the cube, each twice: with its label, and with the flipped one.
fn points(dimension: usize, flip: f64) -> Result<Empirical, DistributionError> {
    let corners = 1 << dimension;
    let sign = |bits: usize, axis: usize| if bits >> axis & 1 == 0 { 1.0 } else { -1.0 };
    let right = |i: usize| i % 2 == 0;
    let label = |i: usize, _| sign(i / 2, 0) * sign(i / 2, 1) * if right(i) { 1.0 } else { -1.0 };
    let weight = |i: usize, _| if right(i) { 1.0 - flip } else { flip };
    let points = DMatrix::from_fn(dimension, 2 * corners, |axis, i| sign(i / 2, axis));
    let (labels, weights) = (DVector::from_fn(2 * corners, label), DVector::from_fn(2 * corners, weight));
    Ok(Empirical::from_weighted_support(points, labels, weights)?.named("noisy-xor"))
}
