//! Statements in words. They say everything that the claim depends on, and round every bound so that it claims no more than is
//! proved.

use super::{Derivation, Size};
use crate::certificate::expression::Term;
use crate::decimal::{DIGITS, complement, plain, rounded};
use crate::distributions::Distribution;
use crate::parameters::Gradients;

/// `on gaussian-xor (d = 10, radius = 12, sigma = 1)`: the law with every number of it, or how many rows take its place.
pub fn law(derivation: &Derivation, distribution: &dyn Distribution, symbols: &[(&'static str, f64)]) -> String {
    let variant = |key: &str| derivation.variant().get(key).map(String::as_str);
    let name = variant("data").unwrap_or_else(|| distribution.name());
    if let Some(rows) = distribution.support().filter(|_| name == "finite-support") {
        return format!("on the {} rows given in R^{}", rows.labels.len(), distribution.dimension());
    }
    let link = variant("link").map(|link| format!("link = {link}"));
    let numbers = symbols.iter().map(|(symbol, value)| format!("{symbol} = {}", plain(*value)));
    match link.into_iter().chain(numbers).collect::<Vec<_>>().as_slice() {
        [] => format!("on {name}"),
        list => format!("on {name} ({})", list.join(", ")),
    }
}

/// What the network and its training are made of: `m = 10 (N = 40 neurons), beta = …`, as far as the derivation has it.
pub fn network(derivation: &Derivation) -> String {
    let mut list = vec![format!("m = {} (N = {} neurons)", size(derivation, "m"), size(derivation, "N"))];
    for (symbol, name) in [("beta", "beta"), ("theta", "theta"), ("b_tilde", "b~"), ("sigma_a", "sigma_a"), ("M", "M")]
    {
        list.extend(derivation.has(symbol).then(|| format!("{name} = {}", setting(derivation, symbol))));
    }
    list.push(format!("step size {}", setting(derivation, "eta_alpha")));
    list.join(", ")
}

/// Where the gradients are taken, with the samples of a step.
pub fn gradients(derivation: &Derivation, gradients: Gradients) -> String {
    let each = || format!("{} fresh samples a step", size(derivation, "n"));
    match gradients {
        Gradients::Population => "population gradients".into(),
        Gradients::ClosedFirst => format!("the first step by the closed form, {}", each()),
        Gradients::Fresh => format!("{} samples in the first step, {}", size(derivation, "n_1"), each()),
    }
}

/// `with probability at least 0.9 some t <= T = 2251 has …`.
pub fn reached(derivation: &Derivation, delta: f64, goal: &str) -> String {
    let (probability, steps) = (complement(delta), size(derivation, "T"));
    let bound = upper(derivation, "error_bound");
    format!("with probability at least {probability} some t <= T = {steps} has {goal} at most {bound}")
}

/// A bound from above, rounded up.
pub fn upper(derivation: &Derivation, symbol: &str) -> String {
    outward(derivation, symbol, true)
}

/// A bound from below, rounded down.
pub fn lower(derivation: &Derivation, symbol: &str) -> String {
    outward(derivation, symbol, false)
}

/// Six digits beyond the enclosure of a symbol, or at its very value where this is known and has no more of them.
fn outward(derivation: &Derivation, symbol: &str, up: bool) -> String {
    let Some(value) = derivation.value(symbol) else { return "nothing".into() };
    let bound = if up { value.upper_f64() } else { value.lower_f64() };
    let exact = |term: &str| Term::parse(term).ok()?.exact(derivation.kernel());
    let nearest = plain(format!("{bound:.*e}", DIGITS - 1).parse().unwrap_or(bound));
    let reaches = exact(&nearest).zip(exact(symbol)).is_some_and(|(d, v)| if up { d >= v } else { d <= v });
    if reaches { nearest } else { plain(rounded(bound, DIGITS, up)) }
}

/// A number that is what it is: a choice exactly, what is computed up to six digits.
pub fn setting(derivation: &Derivation, symbol: &str) -> String {
    let chosen = derivation.kernel().definitions().find(|(axiom, d)| axiom.is_none() && d.name == symbol);
    if let Some((_, choice)) = chosen {
        return choice.is.clone();
    }
    let value = derivation.number(symbol);
    let shown = rounded(value, 6, false);
    if shown < value { format!("{}...", plain(shown)) } else { plain(shown) }
}

/// A width, a number of steps or of samples.
pub fn size(derivation: &Derivation, symbol: &str) -> String {
    match derivation.value(symbol).map(|v| Size::of(&v)) {
        Some(Size::Large(about)) => format!("about {about}"),
        Some(exact) => exact.to_string(),
        None => "0".into(),
    }
}

/// Every number that the instance chooses, those of the law among them: what a formula is a formula of.
pub fn choices(derivation: &Derivation) -> String {
    let chosen = derivation.kernel().definitions().filter(|(axiom, _)| axiom.is_none());
    let list = chosen.map(|(_, d)| format!("{} = {}", d.name, d.is));
    list.collect::<Vec<_>>().join(", ")
}
