//! The distribution `main` is run on: one of the crate's by name, or the rows of a file.

use crate::distributions::{Distribution, GaussianMixture, MarginBall, StructuredParity, UniformHypercube};
use crate::error::ParameterError;
use crate::theorems::framework::Data;
use crate::theorems::request::Parameters;
use crate::theorems::{InstanceError, Request, rows};
use std::sync::Arc;

/// Names a user can give, with the symbols its axiom lets the instance choose, and the axiom that its support can be
/// enumerated.
const DISTRIBUTIONS: [(&str, &[&str], Option<&str>); 5] = [
    ("uniform-hypercube", &["d"], Some("hypercube-support")),
    ("margin-ball", &["d", "data_margin", "data_reach", "radius"], Some("margin-ball-support")),
    ("structured-parity", &["d", "r", "k", "p_a", "p_o"], Some("parity-support")),
    ("two-gaussians", &["d", "radius", "sigma"], None),
    ("gaussian-xor", &["d", "radius", "sigma"], None),
];

/// Parameter keys of the distributions, with what they are.
pub(in crate::theorems) const KEYS: [(&str, &str); 10] = [
    ("distribution", "uniform-hypercube, margin-ball, structured-parity, two-gaussians or gaussian-xor"),
    ("d", "input dimension"),
    ("data_margin", "smaller distance of the margin ball's points from the boundary"),
    ("data_reach", "larger distance of the margin ball's points from the boundary"),
    ("radius", "radius of the margin ball, distance of the Gaussians' means from 0"),
    ("sigma", "standard deviation of the Gaussians' coordinates"),
    ("r", "blocks of the parity"),
    ("k", "coordinates of a block of the parity"),
    ("p_a", "weight of each constant block of the parity"),
    ("p_o", "weight of each sign of an irrelevant coordinate of the parity"),
];

const POSITIVE: (&str, fn(f64) -> bool) = ("greater than 0", |x| x > 0.0 && x < 1e12);

/// The rows of the request, or the distribution its parameters name.
pub(in crate::theorems) fn load(request: &Request, p: &Parameters) -> Result<Data, InstanceError> {
    let synthetic = KEYS.map(|(key, _)| key);
    if let Some((rows, notices)) = rows::given(request, &synthetic)? {
        return Ok(Data::rows(rows, notices));
    }
    let name = p.text("distribution").unwrap_or("gaussian-xor");
    let known = DISTRIBUTIONS.iter().find(|(known, ..)| *known == name);
    let names = DISTRIBUTIONS.map(|(name, ..)| name).join(", ");
    let expected = format!("one of {names} (or --data FILE)");
    let unknown = || ParameterError::Unreadable { name: "distribution".into(), value: name.into(), expected };
    let &(name, symbols, enumerated) = known.ok_or_else(unknown)?;
    let d = p.integer("d", 10, 1..=2000, "inputs lie in R^d; the pilot holds d numbers a neuron")?;
    let radius = p.real("radius", 1.0, POSITIVE, "|x| <= B_x")?;
    let sigma = p.real("sigma", 1.0, POSITIVE, "covariance sigma^2 I")?;
    let data_margin = p.real("data_margin", 0.3, POSITIVE, "margin y<D,x> >= mu > 0")?;
    let data_reach = p.real("data_reach", 0.6, POSITIVE, "|<D,x>| <= B")?;
    let blocks = p.integer("r", 1, 1..=99, "r blocks, r odd")?;
    let block_size = p.integer("k", 5, 1..=999, "blocks of k coordinates, k odd")?;
    let p_a = p.real("p_a", 0.25, POSITIVE, "weight of each constant block, 2 r p_a <= 1")?;
    let p_o = p.real("p_o", 0.1, ("from 0 to 0.5", |x| (0.0..=0.5).contains(&x)), "2 p_o <= 1")?;
    let dimension = d as usize;
    let distribution: Arc<dyn Distribution> = match name {
        "margin-ball" => Arc::new(MarginBall::new(dimension, data_margin, data_reach, radius)?),
        "structured-parity" => {
            Arc::new(StructuredParity::new(dimension, blocks as usize, block_size as usize, p_a, p_o)?)
        }
        "two-gaussians" => Arc::new(GaussianMixture::two(dimension, radius, sigma)?),
        "gaussian-xor" => Arc::new(GaussianMixture::xor(dimension, radius, sigma)?),
        _ => Arc::new(UniformHypercube::new(dimension)?),
    };
    let value = |symbol: &&'static str| {
        let value = match *symbol {
            "d" => d as f64,
            "data_margin" => data_margin,
            "data_reach" => data_reach,
            "radius" => radius,
            "sigma" => sigma,
            "r" => blocks as f64,
            "k" => block_size as f64,
            "p_a" => p_a,
            _ => p_o,
        };
        (*symbol, value)
    };
    let symbols = symbols.iter().map(value).collect();
    if distribution.moments().norm_bound.is_finite() {
        return Ok(Data::bounded(distribution, name, symbols, enumerated));
    }
    Ok(Data::gaussian(distribution, name, symbols, "gaussian-inputs", (radius, sigma)))
}
