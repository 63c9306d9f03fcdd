//! The distribution `main` is run on: one of the crate's by name, or the rows of a file.

use crate::distributions::{Distribution, GaussianMixture, MarginBall, StructuredParity, UniformHypercube};
use crate::theorems::asked::POSITIVE;
use crate::theorems::framework::Data;
use crate::theorems::options::{self, Parameter, With};
use crate::theorems::{Asked, InstanceError, Level, rows};
use std::sync::Arc;

type Known = (&'static str, &'static [&'static str], Option<&'static str>);

/// Names a user can give, with the symbols its axiom lets the instance choose, and the axiom that its support can be
/// enumerated.
const DISTRIBUTIONS: [Known; 5] = [
    ("uniform-hypercube", &["d"], Some("hypercube-support")),
    ("margin-ball", &["d", "data_margin", "data_reach", "radius"], Some("margin-ball-support")),
    ("structured-parity", &["d", "r", "k", "p_a", "p_o"], Some("parity-support")),
    ("two-gaussians", &["d", "radius", "sigma"], None),
    DEFAULT,
];
/// The one that is taken where none is named.
const DEFAULT: Known = ("gaussian-xor", &["d", "radius", "sigma"], None);

/// What it takes for the numbers of one of them to be used.
const BALL: &[With] = &[With::Set("distribution", "margin-ball")];
const PARITY: &[With] = &[With::Set("distribution", "structured-parity")];
const TWO: &[With] = &[With::Set("distribution", "two-gaussians")];
const XOR: &[With] = &[With::Set("distribution", "gaussian-xor")];

/// A parameter key, what it is, and the distributions that have it.
type Key = (&'static str, &'static str, &'static [&'static [With]]);

const KEYS: [Key; 10] = [
    ("distribution", "uniform-hypercube, margin-ball, structured-parity, two-gaussians or gaussian-xor", &[&[]]),
    ("d", "input dimension", &[&[]]),
    ("data_margin", "smaller distance of the margin ball's points from the boundary", &[BALL]),
    ("data_reach", "larger distance of the margin ball's points from the boundary", &[BALL]),
    ("radius", "radius of the margin ball, distance of the Gaussians' means from 0", &[BALL, TWO, XOR]),
    ("sigma", "standard deviation of the Gaussians' coordinates", &[TWO, XOR]),
    ("r", "blocks of the parity", &[PARITY]),
    ("k", "coordinates of a block of the parity", &[PARITY]),
    ("p_a", "weight of each constant block of the parity", &[PARITY]),
    ("p_o", "weight of each sign of an irrelevant coordinate of the parity", &[PARITY]),
];

/// Parameters of the distributions, for a theorem of these levels.
pub(in crate::theorems) fn keys(levels: &[Level]) -> Vec<Parameter> {
    KEYS.iter().map(|(key, about, with)| Parameter::new(key, about, options::uses(levels, with))).collect()
}

/// The rows of the request, or the distribution its parameters name.
pub(in crate::theorems) fn load(p: &Asked) -> Result<Data, InstanceError> {
    let synthetic = KEYS.map(|(key, ..)| key);
    if let Some((rows, notices)) = rows::given(p, &synthetic)? {
        return Ok(Data::rows(rows, notices));
    }
    let expected = format!("one of {} (or --data FILE)", DISTRIBUTIONS.map(|(name, ..)| name).join(", "));
    let known = DISTRIBUTIONS.map(|known| (known.0, known));
    let (name, symbols, enumerated) = p.word("distribution", &known, &expected)?.get().unwrap_or(DEFAULT);
    let d = p.integer("d", 10, 1..=2000, "inputs lie in R^d; the pilot holds d numbers a neuron")?;
    let radius = p.real("radius", 1.0, POSITIVE, "|x| <= B_x")?;
    let sigma = p.real("sigma", 1.0, POSITIVE, "covariance sigma^2 I")?;
    let data_margin = p.real("data_margin", 0.3, POSITIVE, "margin y<D,x> >= mu > 0")?;
    let data_reach = p.real("data_reach", 0.6, POSITIVE, "|<D,x>| <= B")?;
    let blocks = p.integer("r", 1, 1..=99, "r blocks, r odd")?;
    let block_size = p.integer("k", 5, 1..=999, "blocks of k coordinates, k odd")?;
    let p_a = p.real("p_a", 0.25, POSITIVE, "weight of each constant block, 2 r p_a <= 1")?;
    let p_o = p.real("p_o", 0.1, ("from 0 to 0.5", |x| (0.0..=0.5).contains(&x)), "2 p_o <= 1")?;
    // Only the numbers of the distribution that is taken are read.
    let dimension = d.get() as usize;
    let distribution: Arc<dyn Distribution> = match name {
        "margin-ball" => Arc::new(MarginBall::new(dimension, data_margin.get(), data_reach.get(), radius.get())?),
        "structured-parity" => {
            let (blocks, size) = (blocks.get() as usize, block_size.get() as usize);
            Arc::new(StructuredParity::new(dimension, blocks, size, p_a.get(), p_o.get())?)
        }
        "two-gaussians" => Arc::new(GaussianMixture::two(dimension, radius.get(), sigma.get())?),
        "gaussian-xor" => Arc::new(GaussianMixture::xor(dimension, radius.get(), sigma.get())?),
        _ => Arc::new(UniformHypercube::new(dimension)?),
    };
    let value = |symbol: &&'static str| {
        let value = match *symbol {
            "d" => d.get() as f64,
            "data_margin" => data_margin.get(),
            "data_reach" => data_reach.get(),
            "radius" => radius.get(),
            "sigma" => sigma.get(),
            "r" => blocks.get() as f64,
            "k" => block_size.get() as f64,
            "p_a" => p_a.get(),
            _ => p_o.get(),
        };
        (*symbol, value)
    };
    let symbols = symbols.iter().map(value).collect();
    if distribution.moments().norm_bound.is_finite() {
        return Ok(Data::bounded(distribution, name, symbols, enumerated));
    }
    Ok(Data::gaussian(distribution, name, symbols, "gaussian-inputs", (radius.get(), sigma.get())))
}
