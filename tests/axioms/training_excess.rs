//! Chapter `training`, Theorems A and B: the excess over the comparator's loss (docs/theory.md §4).

use crate::chances::{ROUNDING, TAIL, binomial_at_least, count, spread};
use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::logic::united;
use crate::potential::{Plane, drift_cost, farthest, grown, steps};
use crate::training_margin::{beyond, longest};
use crate::variants::proved_for;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] =
    &[("error-split", error_split), ("theorem-a", theorem_a), ("theorem-b", theorem_b)];

/// Steps up to which an adversary is run step by step.
const RUN: f64 = 3000.0;

/// A loss that is larger than the target's by all that hits, batch, training and drift may add.
fn error_split(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let epsilon = rng.random_range(0.01..0.99);
        // Parts of ε that may add up to more than it.
        let part = |rng: &mut ChaCha8Rng| rng.random_range(0.0..0.4);
        let (rho, batch) = (epsilon * part(rng), epsilon * part(rng));
        let shares = [("epsilon_2_share", part(rng)), ("epsilon_3_share", part(rng))];
        [("epsilon", epsilon), ("rho_term", rho), ("batch_term", batch)].into_iter().chain(shares).collect()
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (epsilon, target) = (get("epsilon"), get("target_loss"));
        // What the choices are declared to be: parts of ε, and ε the excess over f*'s loss.
        equal("the part for training", get("epsilon_2") / epsilon, get("epsilon_2_share"), ROUNDING)?;
        equal("the part for drift", get("epsilon_3") / epsilon, get("epsilon_3_share"), ROUNDING)?;
        equal("the bound", get("error_bound"), target + epsilon, ROUNDING)?;
        let added = [get("rho_term"), get("batch_term"), get("epsilon_2"), get("epsilon_3")];
        let loss = added.iter().fold(target, |loss, more| loss + more);
        at_most("the loss reached", loss, get("error_bound"), ROUNDING)?;
    }
    Ok(())
}

/// Numbers of Theorems A and B at which the potential lasts for about `last` steps of the fall ε₂²/Γ², or half of it.
fn propose(rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let mut all = vec![("N", f64::from(4 * rng.random_range(1..60))), ("outside", beyond(rng))];
    for symbol in ["alpha_l2", "alpha_1", "alpha_l1", "alpha_inf", "Gamma_1", "epsilon_3", "lipschitz", "B_x1", "B_x"] {
        all.push((symbol, spread(rng, -1.5, 1.5)));
    }
    let get = |name: &str| all.iter().find(|(symbol, _)| *symbol == name).map_or(f64::NAN, |(_, value)| *value);
    let phi = (get("alpha_l2") + get("alpha_1")).powi(2);
    let gamma = get("Gamma_1") + get("N").sqrt() * get("epsilon_3") / get("alpha_l1");
    let last = spread(rng, -0.5, 3.3);
    all.push(("epsilon_2", (phi / last).sqrt() * gamma));
    all
}

/// What both theorems say of the distance to the comparator and of drift; Φ₁ and Γ, each from its worst case.
fn geometry(point: &Point, norm: f64) -> Result<(f64, f64), String> {
    let get = |symbol: &str| point.get(symbol);
    let phi = farthest(get("alpha_l2"), get("alpha_1"));
    equal("Phi_1", get("Phi_1"), phi, ROUNDING)?;
    let slope = get("lipschitz");
    let cost = slope * drift_cost(get("alpha_l1"), get("D_v"), get("B_x1"));
    equal("what drift costs the comparator", cost, get("epsilon_3"), ROUNDING)?;
    let gamma = grown(get("Gamma_1"), get("N"), slope * get("D_v") * norm);
    equal("Gamma after drift", get("Gamma"), gamma, ROUNDING)?;
    Ok((phi, gamma))
}

/// Runs the adversary whose gradients are as long as Γ and gain only ε₂: it must fail at T − 1 networks in a row and not at
/// T.
fn theorem_a(subject: &Subject<'_>) -> Result<(), String> {
    // Noise of the gradients would slow the potential's fall.
    proved_for(subject, "gradients", &["population"])?;
    united(subject, &["hits", "u_max", "g_norm"])?;
    let mut rng = subject.rng();
    let mut points = subject.points(30, &mut rng, propose)?;
    // ε₂ free: mostly far more steps than can be run.
    points
        .extend(subject.points(10, &mut rng, |rng| propose(rng).into_iter().filter(|p| p.0 != "epsilon_2").collect())?);
    for point in points {
        let get = |symbol: &str| point.get(symbol);
        let (phi, gamma) = geometry(&point, get("B_x1"))?;
        let (eta, excess, last) = (get("eta_alpha"), get("epsilon_2"), count("T", get("T"))?);
        let fall = 2.0 * eta * excess - (eta * gamma).powi(2);
        at_most("what T steps leave", phi, last * fall, ROUNDING)?;
        at_most("what T - 1 steps take", (last - 1.0) * fall, phi, ROUNDING)?;
        let exact = phi / fall;
        if exact > RUN || (exact - exact.round()).abs() < 1e-6 {
            continue;
        }
        let failing = steps(phi, eta, excess, gamma, 3 * RUN as usize) as f64;
        if (failing + 1.0 - last).abs() > 0.5 {
            return Err(format!("{failing} networks fail in a row, and T = {last}"));
        }
        // A neuron whose weight is as large as the potential allows, moved by every update in one direction.
        let rate = eta / get("b_tilde").powi(4) * get("lipschitz") * get("B_x1");
        let weight = |t: f64| get("alpha_inf") + (phi - t * fall).max(0.0).sqrt();
        let moved: f64 = (0..last as u32 - 1).map(|t| rate * weight(f64::from(t))).sum();
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if last >= 20.0 {
            at_most("a quarter of D_v", get("D_v") / 4.0, moved, ROUNDING)?;
        }
    }
    Ok(())
}

/// How many of the first T networks can fail when the noise that the event allows, ε₂T/4 in all, is spent as evenly as the
/// gradients' length Γ admits on the first `noisy` updates.
fn failing_with_noise(phi: f64, eta: f64, excess: f64, gamma: f64, last: f64, noisy: f64) -> f64 {
    let (mut plane, mut left, mut networks) = (Plane::new(phi), excess * last / 4.0, 0.0);
    while networks < last && plane.admits(excess, gamma) {
        let noise = (left / (noisy - networks).max(1.0)).min(excess + gamma * plane.distance());
        plane.step(eta, excess - noise, gamma);
        left -= noise;
        networks += 1.0;
    }
    networks
}

/// Runs the adversary with noise, and random walks against the event's probability.
fn theorem_b(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let long = |rng: &mut ChaCha8Rng| {
        let mut all = propose(rng);
        let delta = [rng.random_range(0.85..0.99), spread(rng, -4.0, -0.3)][rng.random_range(0..2)];
        all.push(("delta_Z", delta));
        all
    };
    let mut points = subject.points(30, &mut rng, long)?;
    points
        .extend(subject.points(10, &mut rng, |rng| propose(rng).into_iter().filter(|p| p.0 != "epsilon_2").collect())?);
    for point in points {
        let get = |symbol: &str| point.get(symbol);
        let (phi, gamma) = geometry(&point, longest(&point))?;
        let (eta, excess) = (get("eta_alpha"), get("epsilon_2"));
        let (last, batch) = (count("T", get("T"))?, count("n", get("n"))?);
        // A step falls by 2ηε₂ − η²Γ² before noise, and all noise adds 2η·ε₂T/4.
        let fall = 2.0 * eta * excess - (eta * gamma).powi(2) - eta * excess / 2.0;
        at_most("what T steps leave", phi, last * fall, ROUNDING)?;
        if last > 1.0 {
            at_most("what T - 1 steps take", (last - 1.0) * fall, phi, ROUNDING)?;
        }
        samples(&point, phi, gamma, last, batch)?;
        if last > RUN {
            continue;
        }
        for noisy in [1.0, (last / 2.0).ceil(), (last - 1.0).max(1.0)] {
            if failing_with_noise(phi, eta, excess, gamma, last, noisy) >= last {
                return Err(format!("all of {last} networks fail"));
            }
        }
        let exact = phi / fall;
        if last >= 4.0 && (exact - exact.round()).abs() > 1e-6 {
            let fails = failing_with_noise(phi, eta, excess, gamma, last, last - 2.0);
            at_most("networks that fail in a row", last - 1.0, fails, 0.0)?;
        }
        // All noise at once makes the weights largest.
        let rate = eta / get("b_tilde").powi(4) * get("lipschitz") * get("B_x");
        let calm = 2.0 * eta * excess - (eta * gamma).powi(2);
        let late = |t: f64| if t > 0.0 { eta * excess * last / 2.0 } else { 0.0 };
        let weight = |t: f64| get("alpha_inf") + (phi - t * calm + late(t)).max(0.0).sqrt();
        at_most("the potential, all noise at once", phi - calm + late(1.0), 1.5 * phi, ROUNDING)?;
        let moved: f64 = (0..last as u32 - 1).map(|t| rate * weight(f64::from(t))).sum();
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if last >= 20.0 {
            at_most("an eighth of D_v", get("D_v") / 8.0, moved, ROUNDING)?;
        }
        let bound = subject.concluded(&point).ok_or("no bound")?;
        at_most("noise beyond the event's", walk(phi, gamma, excess, last, batch), bound, TAIL)?;
    }
    Ok(())
}

/// n is the least that Azuma's maximal inequality asks for at the fewest steps that T rounds up from.
fn samples(point: &Point, phi: f64, gamma: f64, last: f64, batch: f64) -> Result<(), String> {
    let (excess, delta) = (point.get("epsilon_2"), point.get("delta_Z"));
    // T without rounding, from its own proof: T·ηε₂ = Φ₁.
    let least = 2.0 * phi * (gamma / excess).powi(2);
    let range = 2.0 * gamma * (1.5 * phi).sqrt();
    let azuma =
        |samples: f64, steps: f64| (-2.0 * samples * (excess * steps / 4.0).powi(2) / (steps * range.powi(2))).exp();
    at_most("Azuma's bound", azuma(batch, last), delta, ROUNDING)?;
    at_most("the share spent", delta, azuma(batch - 1.0, least), ROUNDING)
}

/// The probability, from below, that noise of independent signs, each as large as Γ and Φ ≤ 1.5 Φ₁ allow, exceeds ε₂T/4 at
/// some step: by symmetry at least twice the probability that it is one step's noise beyond it at the end.
fn walk(phi: f64, gamma: f64, excess: f64, last: f64, batch: f64) -> f64 {
    let one = gamma * (1.5 * phi).sqrt();
    let beyond = (excess * last / 4.0 + one) / (one / batch);
    let samples = batch * last;
    if samples > 1e7 { 0.0 } else { 2.0 * binomial_at_least(((samples + beyond) / 2.0).floor() + 1.0, samples, 0.5) }
}
