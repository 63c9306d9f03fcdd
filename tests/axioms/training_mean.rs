//! Chapter `training`, Theorem C, C2: a comparator of small loss, and a potential that falls in the mean (docs/theory.md
//! §4).

use crate::chances::{ROUNDING, count, spread};
use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::logic::united;
use crate::potential::{drift_cost, farthest, steps};
use crate::training_margin::{longest, numbers, one_step, rate};
use crate::variants::proved_for;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("theorem-c2", theorem_c2),
    ("theorem-c2-population", theorem_c2_population),
    ("theorem-c2-fresh", theorem_c2_fresh),
];

/// A comparator of loss ω at an expected fall of the potential computed from first principles.
fn theorem_c2(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mut all = numbers(rng, &["alpha_l1", "alpha_l2", "alpha_1", "B_x", "B_x1", "Gamma_1"]);
        let m = all[1].1;
        let epsilon = rng.random_range(0.05..0.95);
        // Up to a little more than ω may be, divided among its four parts.
        let most = (m - 1.0) * epsilon / (4.0 * m) * rng.random_range(0.1..1.3);
        let mut parts = [(); 4].map(|()| rng.random_range(0.01..1.0));
        let sum: f64 = parts.iter().sum();
        parts.iter_mut().for_each(|part| *part *= most / sum);
        all.extend([("target_loss", parts[0]), ("rho_term", parts[1]), ("batch_term", parts[2])]);
        all.extend([("drift_share", parts[3] / epsilon), ("epsilon", epsilon)]);
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (m, epsilon, eta) = (get("M"), get("epsilon"), get("eta_alpha"));
        let scale = get("scale");
        let phi = farthest(m * scale * get("alpha_l2"), get("alpha_1"));
        one_step(&point, phi, get("Gamma_1"), longest(&point))?;
        // Everything that adds to the loss of f*, drift in the mean over inputs.
        let drift = drift_cost(scale * get("alpha_l1"), get("D_v"), get("B_x1"));
        equal("what drift may cost", drift, get("drift_share") * epsilon, ROUNDING)?;
        let omega = get("target_loss") + get("rho_term") + get("batch_term") + drift;
        equal("omega", get("omega"), omega, ROUNDING)?;
        // E⟨ĝ, α − Mα̃⟩ ≥ (M−1)P − Mω and E‖ĝ‖² ≤ PH², least at P = ε; T counts on half of a violation's fall each.
        let fall = |p: f64| 2.0 * eta * ((m - 1.0) * p - m * omega) - (eta * get("H")).powi(2) * p;
        let least =
            (0..=20).map(|i| epsilon + (1.0 - epsilon) * f64::from(i) / 20.0).map(fall).fold(f64::INFINITY, f64::min);
        at_most("the fall that T counts on", get("Phi_1") * epsilon / (2.0 * get("K_0")), least, ROUNDING)?;
    }
    Ok(())
}

/// Φ₁ and H of C2's later axioms at M = 2, where η_α = 1/H².
fn second(rng: &mut ChaCha8Rng, k_0: f64) -> Vec<(&'static str, f64)> {
    let h = spread(rng, -1.0, 1.5);
    let mut all = vec![("K_0", k_0), ("H", h), ("eta_alpha", 1.0 / (h * h))];
    all.extend(["B_x", "alpha_1", "D_v"].map(|symbol| (symbol, spread(rng, -1.5, 1.5))));
    all
}

/// The way of a neuron that alone carries the hidden layer's norm and whose weight every update makes larger.
fn growing_way(point: &Point, last: f64) -> f64 {
    let get = |symbol: &str| point.get(symbol);
    let (eta, rate) = (get("eta_alpha"), get("eta_alpha") / get("b_tilde").powi(4) * get("B_x"));
    let (mut weight, mut moved) = (get("alpha_1"), 0.0);
    for _ in 1..last as u32 {
        moved += rate * weight;
        weight += eta * get("H");
    }
    moved
}

/// Networks whose share of violations stays just above ε, and a comparator whose loss is all that C2 admits.
fn theorem_c2_population(subject: &Subject<'_>) -> Result<(), String> {
    proved_for(subject, "gradients", &["population"])?;
    united(subject, &["hits", "u_max", "g_norm"])?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let k_0 = spread(rng, -0.5, 2.5);
        let mut all = second(rng, k_0);
        all.push(("epsilon", rate(rng)));
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (last, k_0, epsilon, h) = (count("T", get("T"))?, get("K_0"), get("epsilon"), get("H"));
        // ω = (M−1)ε/(4M), so ⟨∇, α − Mα̃⟩ = (M−1)ε − Mω is ¾ of ε at M = 2.
        let failing = steps(k_0 / (h * h), get("eta_alpha"), 0.75 * epsilon, h * epsilon, 200_000) as f64;
        at_most("networks that fail in a row", failing, last - 1.0, 0.0)?;
        let part = (2.0 * k_0).fract();
        if epsilon > 0.999 && part > 0.2 && part < 0.99 {
            equal("T, where every sample violates", last, failing + 1.0, 0.0)?;
        }
        let moved = growing_way(&point, last);
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if last > 4.0 {
            at_most("an eighth of D_v", get("D_v") / 8.0, moved, ROUNDING)?;
        }
    }
    Ok(())
}

/// A potential that falls by just as much in the mean as C2 claims: it doubles up or is lost at the first update, and then
/// falls evenly, so that Markov's inequality loses next to nothing.
fn theorem_c2_fresh(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let k_0 = spread(rng, -0.3, 1.5);
        let mut all = second(rng, k_0);
        let delta = if rng.random_range(0..2) == 0 { rng.random_range(0.5..0.99) } else { spread(rng, -2.0, -0.3) };
        all.extend([("epsilon", rng.random_range(0.05..0.95)), ("delta_Z", delta)]);
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (last, k_0, epsilon) = (count("T", get("T"))?, get("K_0"), get("epsilon"));
        // Φ₁ in units of the claimed mean fall, (M−1)²ε/(2H²).
        let potential = 2.0 * k_0 / epsilon;
        let bound = subject.concluded(&point).ok_or("no bound")?;
        if last > 1.0 {
            // Of the mean Φ₁ − 1 after the first update a part p has T − 1, enough for the other T − 1 networks to fail.
            let failing = (potential - 1.0) / (last - 1.0);
            at_most("runs of which all networks fail", failing, bound, ROUNDING)?;
        }
        at_most("Markov's bound at T - 1", get("delta_Z") * (last - 1.0), potential, ROUNDING)?;
        let moved = growing_way(&point, last);
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if last > 4.0 {
            at_most("an eighth of D_v", get("D_v") / 8.0, moved, ROUNDING)?;
        }
    }
    Ok(())
}
