//! The paper's own statement, written down again from docs/theory.md §4 (Theorem 3.12 [P]): its constants are not published, so there
//! is nothing else to hold it against.

use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::measure::{decades, draws, one_of};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[("theorem-3.12", theorem_3_12)];

fn theorem_3_12(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in draws(subject, 30, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (epsilon, delta, p, r) = (get("epsilon"), get("delta"), get("p"), get("r_star"));
        let (one, two, bias, length) = (get("B_a1"), get("B_a2"), get("B_b"), get("B_G"));
        let (x, x1, x2, slope) = (get("B_x"), get("B_x1"), get("B_x2"), 1.0_f64);
        let per_feature = (r * one * x1 / epsilon * (bias / length).sqrt()).powi(4) / p + (r / delta).ln().powi(2) / p;
        let m = get("m");
        ceiling("m", m, get("c_m") * (per_feature + delta.powf(-0.5)))?;
        equal("N", get("N"), 4.0 * m, 1e-12)?;
        let bias_size = (length * bias.powi(3)).powf(0.25) * two / (r * one).sqrt();
        equal("b_tilde", get("b_tilde"), bias_size, 1e-12)?;
        let root = (m * p).powf(0.25);
        let first = r.sqrt() * two * bias * x1 / root + m * bias_size;
        let second = m.ln().sqrt() / (bias * length).sqrt() + 1.0 / (x1 * root);
        ceiling("T", get("T"), get("c_T") / epsilon * first * second)?;
        let samples = [
            m.powi(3) * p * x * x * two.powi(4) * bias / (epsilon * r * one).powi(2) / length,
            (m * p).sqrt() * x2 / (bias * length),
            x * x / x2,
            1.0 / p,
            (length.powi(-2) + x1.powi(-2)) * x2 / slope.powi(2),
            get("T") * m / delta,
        ];
        ceiling("n", get("n"), get("c_n") * samples.iter().sum::<f64>())?;
        let wide = (x2 * get("n").ln()).sqrt() / (length * slope * get("n").sqrt());
        let error = get("target_loss") + r * one * x1 * (2.0 * get("gamma") + wide).sqrt() + epsilon;
        equal("the error", get("error_bound"), error, 1e-9)?;
        equal("|l'(0)| of the hinge loss", get("slope"), slope, 0.0)?;
        // What it assumes: bounded inputs, up to a probability that no run sees; m ≤ e^d.
        at_most("inputs that are longer than B_x", get("outside"), 1e-6, 0.0)?;
        at_most("the width", m, get("d").exp(), 1e-9)?;
        let bound = subject.concluded(&point).ok_or("it concludes nothing")?;
        equal("the failure probability", bound, delta, 1e-12)?;
    }
    Ok(())
}

/// The whole number from x on, with room for the rounding of x.
fn ceiling(what: &str, found: f64, x: f64) -> Result<(), String> {
    equal(what, found, found.round(), 0.0)?;
    at_most(what, x, found, 1e-11)?;
    at_most(what, found - 1.0, x, 1e-11)
}

/// Sizes of all orders, among them so small ones that one more or less is seen.
fn propose(rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let mut around = || decades(rng, -0.7, 0.7);
    let mut symbols: Vec<(&'static str, f64)> =
        ["B_a1", "B_a2", "B_b", "B_G", "B_x1", "B_x2", "B_x"].into_iter().map(|symbol| (symbol, around())).collect();
    symbols.extend([
        ("p", decades(rng, -3.0, 0.0)),
        ("r_star", f64::from(rng.random_range(1..20))),
        ("epsilon", rng.random_range(0.01..0.99)),
        ("delta", rng.random_range(0.001..0.999)),
        ("d", f64::from(rng.random_range(2..60))),
        ("c_m", decades(rng, -9.0, 0.5)),
        ("c_T", decades(rng, -9.0, 1.0)),
        ("c_n", decades(rng, -12.0, 1.0)),
        ("gamma", decades(rng, -6.0, 0.0)),
        ("target_loss", one_of(rng, &[0.0, 0.1])),
        ("outside", one_of(rng, &[0.0, 0.0, 1e-6, 1e-7, 1e-5])),
    ]);
    symbols
}
