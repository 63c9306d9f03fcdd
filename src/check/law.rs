//! Whether the trials draw from the law that the statement is about.

use crate::certificate::theory::{DATA, ROWS};
use crate::registry::Instance;

/// Roundings that moments may differ by.
const ROUNDING: f64 = 1e-9;

/// What tells the experiment's law from the derivation's: its name, its dimension, or a moment; nothing where they are one.
pub(super) fn differs(instance: &Instance) -> Option<String> {
    let (derivation, experiment) = (&instance.derivation, instance.experiment.as_ref()?);
    let distribution = experiment.distribution();
    let stated = derivation.variant().get(DATA)?;
    let drawn = distribution.name();
    // Rows are no law by name: the kernel has the rows themselves.
    let rows = stated == ROWS && distribution.support().is_some();
    if !rows && stated != drawn {
        return Some(format!("the statement is about {stated}, the trials draw from {drawn}"));
    }
    let moments = distribution.moments();
    let minority = moments.positive_share.min(1.0 - moments.positive_share);
    let number = |symbol: &str| derivation.has(symbol).then(|| derivation.number(symbol));
    let pairs = [("d", distribution.dimension() as f64), ("minority", minority)];
    let apart = |stated: f64, drawn: f64| (stated - drawn).abs() > ROUNDING * (1.0 + stated.abs());
    for (symbol, drawn) in pairs {
        if let Some(stated) = number(symbol).filter(|stated| apart(*stated, drawn)) {
            return Some(format!("the statement has {symbol} = {stated}, the trials' law {drawn}"));
        }
    }
    let stated = number("B_op").filter(|stated| moments.operator_norm > stated * (1.0 + ROUNDING));
    stated.map(|stated| format!("the statement has B_op = {stated}, the trials' law {}", moments.operator_norm))
}
