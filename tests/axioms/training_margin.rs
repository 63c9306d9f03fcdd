//! Chapter `training`, Theorem C, C1: violations against a potential, and what C2 and C4 share with it (docs/theory.md §4).

use crate::chances::{ROUNDING, TAIL, binomial_at_most, count, spread};
use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::logic::united;
use crate::potential::{drift_cost, farthest, grown, mistakes, steps};
use crate::variants::proved_for;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("theorem-c1", theorem_c1),
    ("theorem-c1-population", theorem_c1_population),
    ("theorem-c1-fresh", theorem_c1_fresh),
];

/// M − 1, over several orders of magnitude.
pub(crate) fn factor(rng: &mut ChaCha8Rng) -> f64 {
    1.0 + spread(rng, -1.5, 2.0)
}

/// Numbers that the axioms on single steps take from others, each over several orders of magnitude.
pub(crate) fn numbers(rng: &mut ChaCha8Rng, symbols: &[&'static str]) -> Vec<(&'static str, f64)> {
    let mut all = vec![("N", f64::from(4 * rng.random_range(1..60))), ("M", factor(rng))];
    all.extend(symbols.iter().map(|symbol| (*symbol, spread(rng, -1.5, 1.5))));
    all.push(("outside", beyond(rng)));
    all
}

/// Pr[‖x‖ > B_x]: none, or some.
pub(crate) fn beyond(rng: &mut ChaCha8Rng) -> f64 {
    [0.0, spread(rng, -6.0, -1.0)][rng.random_range(0..2)]
}

/// ε near 1 in half of the draws: there the proofs' P² ≤ P and P ≤ 1 lose nothing.
pub(crate) fn rate(rng: &mut ChaCha8Rng) -> f64 {
    if rng.random_range(0..2) == 0 { 1.0 - spread(rng, -8.0, -6.0) } else { rng.random_range(0.05..0.99) }
}

/// A comparator of margin `margin_1` on an f* of margin 1, scaled, and drifting neurons; the least margin is met at the
/// margin μ of the data.
fn theorem_c1(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mut all = numbers(rng, &["alpha_l1", "alpha_l2", "alpha_1", "B_x", "Gamma_1", "mu"]);
        let mu = all.iter().find(|(symbol, _)| *symbol == "mu").map_or(1.0, |(_, value)| *value);
        let margin = if rng.random_range(0..3) == 0 { mu } else { mu * spread(rng, -0.5, 1.0) };
        // Hits and batch cost part of the margin, or more than all of it.
        all.extend([
            ("margin", margin),
            ("margin_1", rng.random_range(-0.3..1.0)),
            ("drift_share", spread(rng, -3.0, 1.0)),
        ]);
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (scale, share) = (get("scale"), get("drift_share"));
        // y f*(x) = y⟨D,x⟩/μ at the nearest point, of which hits and batch take 1 − margin_1; a farther point keeps more.
        let nearest = (get("margin") / get("mu") - 1.0) + get("margin_1");
        let farther = nearest + 1.0;
        let kept = (scale * nearest).min(scale * farther);
        at_most("the margin asked for", 1.0 + share, kept, ROUNDING)?;
        if (get("margin") - get("mu")).abs() <= 0.0 {
            equal("the least margin", kept, 1.0 + share, 1e-8)?;
        }
        equal("what drift costs", drift_cost(scale * get("alpha_l1"), get("D_v"), get("B_x")), share, ROUNDING)?;
        let scaled = get("M") * scale * get("alpha_l2");
        one_step(&point, farthest(scaled, get("alpha_1")), get("Gamma_1"), longest(&point))?;
    }
    Ok(())
}

/// The longest input: B_x, or any length where inputs may lie beyond it.
pub(crate) fn longest(point: &Point) -> f64 {
    point.get("B_x") * if point.get("outside") > 0.0 { 100.0 } else { 1.0 }
}

/// Φ₁, H, η_α, K₀ and the goal, each tried; `longest` is the norm of the longest input.
pub(crate) fn one_step(point: &Point, phi: f64, before: f64, longest: f64) -> Result<(), String> {
    let get = |symbol: &str| point.get(symbol);
    equal("Phi_1", get("Phi_1"), phi, ROUNDING)?;
    let h = grown(before, get("N"), get("D_v") * longest);
    equal("H after drift", get("H"), h, ROUNDING)?;
    equal("the error that is claimed", get("error_bound"), get("epsilon"), 0.0)?;
    mistakes(phi, get("eta_alpha"), get("M"), h, get("K_0"))
}

/// The way of a neuron whose weight is as large as the potential allows, when a share of at most 1 of every batch violates
/// and pays for it as single samples would.
fn way(point: &Point, target: f64, last: f64) -> f64 {
    let get = |symbol: &str| point.get(symbol);
    let rate = get("eta_alpha") / get("b_tilde").powi(4) * get("B_x");
    let fall = get("Phi_1") / get("K_0");
    let updates = (last - 1.0).min(get("K_0").floor());
    (0..updates as u32).map(|t| rate * (target + (get("Phi_1") - f64::from(t) * fall).max(0.0).sqrt())).sum()
}

/// A step's numbers and a K₀ that belong together: η_α = (M−1)/H², so that K₀ = Φ₁/(η_α(M−1)).
fn consistent(rng: &mut ChaCha8Rng, k_0: f64) -> Vec<(&'static str, f64)> {
    let m = factor(rng);
    let eta = spread(rng, -3.0, 1.0);
    let mut all = vec![("M", m), ("eta_alpha", eta), ("K_0", k_0), ("Phi_1", k_0 * eta * (m - 1.0))];
    all.extend(["B_x", "scale", "alpha_inf", "D_v"].map(|symbol| (symbol, spread(rng, -1.5, 1.5))));
    all
}

/// Networks whose share of violations stays just above ε, and gradients as long as that admits.
fn theorem_c1_population(subject: &Subject<'_>) -> Result<(), String> {
    proved_for(subject, "gradients", &["population"])?;
    united(subject, &["hits", "u_max", "g_norm"])?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let k_0 = spread(rng, -0.5, 2.3);
        let mut all = consistent(rng, k_0);
        all.push(("epsilon", rate(rng)));
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (last, k_0, epsilon) = (count("T", get("T"))?, get("K_0"), get("epsilon"));
        let (eta, m) = (get("eta_alpha"), get("M"));
        let h = ((m - 1.0) / eta).sqrt();
        if (k_0 / epsilon).fract() < 1e-3 || (k_0 / epsilon).fract() > 0.999 {
            continue;
        }
        let failing = steps(k_0 * eta * (m - 1.0), eta, (m - 1.0) * epsilon, h * epsilon, 100_000) as f64;
        at_most("networks that fail in a row", failing, last - 1.0, 0.0)?;
        let moved = way(&point, m * get("scale") * get("alpha_inf"), last);
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if epsilon > 0.999 {
            equal("T, where every sample violates", last, failing + 1.0, 0.0)?;
            if last > 10.0 {
                at_most("a quarter of D_v", get("D_v") / 4.0, moved, ROUNDING)?;
            }
        }
    }
    Ok(())
}

/// The exact law of a run in batches of n whose share of violations stays just above ε.
fn theorem_c1_fresh(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let n = if rng.random_range(0..4) > 0 { 1.0 } else { f64::from(rng.random_range(2..5)) };
        let k_0 = if n > 1.0 { spread(rng, -0.3, 1.0) } else { spread(rng, 0.0, 2.3) };
        let epsilon = rate(rng);
        let more = if rng.random_range(0..3) > 0 { 1.0 } else { rng.random_range(1.0..2.0) };
        let last = (k_0 / epsilon * more).ceil() + 1.0;
        let needed = binomial_at_most((n * k_0).floor(), n * last, epsilon);
        // Just what is needed, more, or less, which only a mutant admits.
        let factor = [1.0 + 1e-6, 1.0 + 1e-6, spread(rng, 0.0, 2.0), rng.random_range(0.05..0.9)];
        let delta = needed * factor[rng.random_range(0..4)];
        let delta = if delta > 0.0 && delta < 1.0 { delta } else { rng.random_range(0.01..0.99) };
        let mut all = consistent(rng, k_0);
        all.extend([("n", n), ("epsilon", epsilon), ("T", last), ("delta_Z", delta)]);
        all
    };
    for point in subject.points(24, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (last, epsilon, n, k_0) = (get("T"), get("epsilon"), get("n"), get("K_0"));
        let bound = subject.concluded(&point).ok_or("no bound")?;
        let failing =
            if n > 1.5 { in_batches(k_0, n as usize, last as usize, epsilon) } else { one_by_one(k_0, last, epsilon) };
        at_most("runs of which all networks fail", failing, bound, TAIL)?;
        let moved = way(&point, get("M") * get("scale") * get("alpha_inf"), last);
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if last > 10.0 && k_0 + 2.5 > last {
            at_most("a quarter of D_v", get("D_v") / 4.0, moved, ROUNDING)?;
        }
    }
    Ok(())
}

/// The probability that T networks fail in a row on single samples of which a share `rate` violates, when a network can
/// fail as long as the potential pays for one violation more: the T − 1 samples before the last network have at most ⌊K₀⌋ −
/// 1 of them.
pub(crate) fn one_by_one(k_0: f64, last: f64, rate: f64) -> f64 {
    binomial_at_most(k_0.floor() - 1.0, last - 1.0, rate)
}

/// The same in batches of n: j violations take 2j/n − (j/n)² out of K₀, the step being as long as HP̂.
fn in_batches(k_0: f64, n: usize, last: usize, rate: f64) -> f64 {
    let spent = |j: usize| 2 * j * n - j * j;
    // In units of 1/n²; a network fails only while 1 is left.
    let most = (k_0 - 1.0) * (n * n) as f64;
    if most < 0.0 {
        return 0.0;
    }
    let weight = |j: usize| {
        let (j, n) = (j as f64, n as f64);
        binomial_at_most(j, n, rate) - binomial_at_most(j - 1.0, n, rate)
    };
    let weights: Vec<f64> = (0..=n).map(weight).collect();
    let mut alive = vec![0.0; most as usize + 1];
    alive[0] = 1.0;
    for _ in 1..last {
        let mut next = vec![0.0; alive.len()];
        for (at, mass) in alive.iter().enumerate() {
            for (j, weight) in weights.iter().enumerate() {
                if let Some(to) = next.get_mut(at + spent(j)) {
                    *to += mass * weight;
                }
            }
        }
        alive = next;
    }
    alive.iter().sum()
}
