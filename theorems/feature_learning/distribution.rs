//! The distribution `main` is run on: one of the crate's by name, or the rows of a file.

use crate::distributions::{Distribution, GaussianMixture, MarginBall, StructuredParity, UniformHypercube};
use crate::levels::linear::keys as linear;
use crate::levels::{Data, rows};
use crate::parameters::range::Range;
use crate::parameters::uses::{self, With};
use crate::parameters::{Asked, Key, Level, Parameter};
use crate::registry::InstanceError;
use crate::theorems::parity::{BLOCK_SIZE, BLOCKS, P_A, P_O};
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

/// The names alone.
const NAMES: [&str; DISTRIBUTIONS.len()] = {
    let mut names = [""; DISTRIBUTIONS.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = DISTRIBUTIONS[i].0;
        i += 1;
    }
    names
};

const DISTRIBUTION: Key<Option<&'static str>> = Key::word(
    "distribution",
    "uniform-hypercube, margin-ball, structured-parity, two-gaussians or gaussian-xor",
    &NAMES,
    "one of uniform-hypercube, margin-ball, structured-parity, two-gaussians, gaussian-xor (or --data FILE)",
)
.tag("data");
const D: Key<u64> =
    Key::whole("d", "input dimension", 10, [1, 2000], "inputs lie in R^d; the pilot holds d numbers a neuron")
        .symbol("d");
const RADIUS: Key<f64> = linear::RADIUS.about("radius of the margin ball, distance of the Gaussians' means from 0");
const SIGMA: Key<f64> = Key::real(
    "sigma",
    "standard deviation of the Gaussians' coordinates",
    1.0,
    Range::POSITIVE,
    "covariance sigma^2 I",
)
.symbol("sigma");

/// Parameters of the distributions, for a theorem of these levels.
pub(crate) fn keys(levels: &[Level]) -> Vec<Parameter> {
    let all: &[&'static [With]] = &[&[]];
    let with = |with: &[&'static [With]]| uses::uses(levels, with);
    vec![
        DISTRIBUTION.used(with(all)),
        D.used(with(all)),
        linear::DATA_MARGIN.used(with(&[BALL])),
        linear::DATA_REACH.used(with(&[BALL])),
        RADIUS.used(with(&[BALL, TWO, XOR])),
        SIGMA.used(with(&[TWO, XOR])),
        BLOCKS.about("blocks of the parity").used(with(&[PARITY])),
        BLOCK_SIZE.about("coordinates of a block of the parity").used(with(&[PARITY])),
        P_A.about("weight of each constant block of the parity").used(with(&[PARITY])),
        P_O.about("weight of each sign of an irrelevant coordinate of the parity").used(with(&[PARITY])),
    ]
}

/// The rows of the request, or the distribution its parameters name.
pub(crate) fn load(p: &Asked) -> Result<Data, InstanceError> {
    let synthetic: Vec<&str> = keys(&[]).iter().map(|parameter| parameter.key).collect();
    if let Some((rows, notices)) = rows::given(p, &synthetic)? {
        return Ok(Data::rows(rows, notices));
    }
    let word = p.get(&DISTRIBUTION)?.get();
    let known = DISTRIBUTIONS.into_iter().find(|(name, ..)| word == Some(*name));
    let (name, symbols, enumerated) = known.unwrap_or(DEFAULT);
    let (d, radius, sigma) = (p.get(&D)?, p.get(&RADIUS)?, p.get(&SIGMA)?);
    let (data_margin, data_reach) = (p.get(&linear::DATA_MARGIN)?, p.get(&linear::DATA_REACH)?);
    let (blocks, block_size) = (p.get(&BLOCKS)?, p.get(&BLOCK_SIZE)?);
    let (p_a, p_o) = (p.get(&P_A)?, p.get(&P_O)?);
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
