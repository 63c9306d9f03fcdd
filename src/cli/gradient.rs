//! `gradient`: the population gradient at given weights.

use super::arguments::What;
use super::program::{Failure, print, print_json, theorem};
use crate::registry::Registry;

pub(super) fn gradient(registry: &'static Registry, id: &str, w: &str, b: f64, what: &What) -> Result<u8, Failure> {
    if what.seed.is_some() {
        return Err("--seed is not used by gradient, which draws nothing; trace does".into());
    }
    let instance = what.instance_of(theorem(registry, id)?)?;
    let distribution =
        instance.experiment.as_ref().ok_or("this level has no data to take a gradient on")?.distribution().clone();
    let weights: Vec<f64> = w
        .split(',')
        .map(|x| {
            x.trim()
                .parse::<f64>()
                .ok()
                .filter(|x| x.is_finite())
                .ok_or_else(|| format!("w: `{x}` is not a finite number"))
        })
        .collect::<Result<_, _>>()?;
    if weights.len() != distribution.dimension() {
        let (given, dimension) = (weights.len(), distribution.dimension());
        return Err(format!("w has {given} entries, the inputs have dimension {dimension}").into());
    }
    if !b.is_finite() {
        return Err(format!("b = {b} is not allowed: it must be a finite number").into());
    }
    // G depends on (w, b) up to a factor: at a power of two nothing is rounded and nothing overflows.
    let largest = weights.iter().fold(b.abs(), |most, c| most.max(c.abs()));
    let unit = if largest > 0.0 { largest.log2().floor().exp2() } else { 1.0 };
    let scaled: Vec<f64> = weights.iter().map(|c| c / unit).collect();
    let g = distribution.gradient(&scaled, b / unit).ok_or_else(|| {
        format!("{} has neither a closed form nor an enumerable support at this (w, b)", distribution.name())
    })?;
    let entries: Vec<f64> = g.iter().copied().collect();
    if what.json {
        print_json(&serde_json::json!({ "g": entries }))?;
    } else {
        print(&entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    }
    Ok(0)
}
