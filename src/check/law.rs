//! Whether the trials draw from the law that the statement is about.

use crate::certificate::theory::{DATA, ROWS};
use crate::registry::Instance;

/// Roundings that moments may differ by: those of rows are rounded up by 8(d + n)·2⁻⁵² of E‖x‖², which for a million rows in a hundred
/// dimensions is 2·10⁻⁷ of B_op².
const ROUNDING: f64 = 1e-6;

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
    // Written so that a NaN is apart.
    let apart = |stated: f64, drawn: f64| {
        let near = (stated - drawn).abs() <= ROUNDING * (1.0 + stated.abs());
        !near
    };
    for (symbol, drawn) in pairs {
        if let Some(stated) = number(symbol).filter(|stated| apart(*stated, drawn)) {
            return Some(format!("the statement has {symbol} = {stated}, the trials' law {drawn}"));
        }
    }
    let bounds = [("B_op", moments.operator_norm), ("B_x1", moments.mean_norm), ("B_x2", moments.mean_square_norm)];
    for (symbol, drawn) in bounds {
        let within = |stated: f64| drawn <= stated * (1.0 + ROUNDING);
        if let Some(stated) = number(symbol).filter(|stated| !within(*stated)) {
            return Some(format!("the statement has {symbol} = {stated}, the trials' law {drawn}"));
        }
    }
    None
}
