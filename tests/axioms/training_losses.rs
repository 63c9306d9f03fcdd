//! Chapter `training`, Theorems C4 and C5: the comparator's own losses in sight, and the loss as goal (docs/theory.md §4).

use crate::chances::{ROUNDING, TAIL, binomial_at_least, binomial_at_most, count, spread};
use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::potential::{Plane, drift_cost};
use crate::training_margin::{beyond, factor, numbers, one_by_one, one_step};
use crate::variants::{finite, proved_for};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("posterior-comparator", posterior_comparator),
    ("margin-enumerated", |subject| finite(subject).and_then(|()| no_losses(subject))),
    ("margin-of-hits", |subject| proved_for(subject, "level", &["explicit"]).and_then(|()| no_losses(subject))),
    ("posterior-loss", posterior_loss),
    ("losses-concentrate", losses_concentrate),
    ("mistakes-counted", mistakes_counted),
    ("mistakes-bounded", mistakes_bounded),
    ("posterior-scale", posterior_scale),
    ("losses-summed", losses_summed),
];

fn posterior_comparator(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mut all = numbers(rng, &["alpha_l1", "B_x", "H_1", "drift_share"]);
        // Φ₁ is a limit; H drifts to H₁ + √N D_vB_x, and K₀ is to be small enough to run.
        let get = |name: &str| all.iter().find(|(symbol, _)| *symbol == name).map_or(f64::NAN, |(_, value)| *value);
        let h = get("H_1") + get("N").sqrt() * get("drift_share") / get("alpha_l1");
        let phi = spread(rng, -0.5, 3.0) * ((get("M") - 1.0) / h).powi(2);
        all.push(("Phi_1", phi));
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let drift = drift_cost(get("alpha_l1"), get("D_v"), get("B_x"));
        equal("what drift costs", drift, get("drift_share"), ROUNDING)?;
        // H speaks of inputs within B_x alone.
        one_step(&point, get("Phi_1"), get("H_1"), get("B_x"))?;
    }
    Ok(())
}

/// A comparator of margin 1 + s on every point of a support, s of which drift takes: no sample has a loss, none adds to the
/// potential, and no sum of losses can be too large.
fn no_losses(subject: &Subject<'_>) -> Result<(), String> {
    proved_for(subject, "comparator", &["margin"])?;
    let mut rng = subject.rng();
    for point in subject.points(1, &mut rng, |_| Vec::new())? {
        let share = spread(&mut rng, -3.0, 1.0);
        let margins = [1.0 + share, 1.0 + 1.5 * share, 4.0 + share];
        let losses: Vec<f64> = (0..200).map(|_| (1.0 - (margins[rng.random_range(0..3)] - share)).max(0.0)).collect();
        // 1 + s − s may be off by a rounding.
        let lost = losses.iter().filter(|loss| **loss > 1e-14).count() as f64;
        equal("what losses take", point.get("taken"), lost, 0.0)?;
        equal("Pr[losses too large]", point.get("delta_L"), lost / 200.0, 0.0)?;
    }
    Ok(())
}

/// The share of violations at which losses of (1+u)ω a sample, all of them on violating samples, keep the potential level.
fn posterior_loss(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        vec![("M", factor(rng)), ("omega", spread(rng, -4.0, 0.0)), ("surplus", spread(rng, -2.0, 1.0))]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let m = point.get("M");
        let losses = (1.0 + point.get("surplus")) * point.get("omega");
        let h = 3.0;
        let eta = (m - 1.0) / (h * h);
        // ⟨ĝ, α − Mα̃⟩ of one violation, which has 1/P of the losses; far out, where the potential may be anything.
        let rises = |p: f64| {
            let product = m - 1.0 - m * losses / p;
            2.0 * eta * product - (eta * h).powi(2) < 0.0
        };
        let mut high = 1.0;
        while rises(high) {
            high *= 2.0;
        }
        let mut low = 0.0;
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if rises(middle) { low = middle } else { high = middle }
        }
        equal("violations that losses pay for", point.get("taken"), high, 1e-8)?;
    }
    Ok(())
}

/// The longest weights within their limits against the hidden layer, and losses that are 0 or as large as that.
fn losses_concentrate(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (inf, neurons) = (spread(rng, -2.0, 0.5), f64::from(rng.random_range(1..200)));
        let (h, share) = (spread(rng, -1.0, 1.5), spread(rng, -3.0, 0.5));
        let range = 1.0 + share + inf * neurons.sqrt() * h;
        let samples = [1.0, f64::from(rng.random_range(2..60)), spread(rng, 1.0, 4.0).floor()][rng.random_range(0..3)];
        // One loss of the full range is just what the surplus allows in the first half, and anything in the second.
        let first = rng.random_range(0..2) == 0;
        let least = [0.05, 0.9][rng.random_range(0..2)];
        let expected = if first { rng.random_range(least..0.999) } else { spread(rng, -1.0, 1.5) };
        let surplus = if first { 1.0 / expected - 1.0 } else { spread(rng, -1.5, 0.7) };
        let steps = if first { samples } else { samples * 3.0 };
        let omega = expected * range / steps;
        let mut all = vec![("alpha_inf", inf), ("alpha_l1", inf * neurons), ("H_1", h), ("drift_share", share)];
        all.extend([("n", steps / samples), ("T", samples), ("omega", omega), ("surplus", surplus)]);
        all
    };
    for point in subject.points(60, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let neurons = (get("alpha_l1") / get("alpha_inf")).round() as usize;
        let longest = (0..neurons).map(|_| get("alpha_inf").powi(2)).sum::<f64>().sqrt();
        let range = 1.0 + get("drift_share") + longest * get("H_1");
        equal("the largest loss", get("loss_range"), range, ROUNDING)?;
        let samples = get("n") * get("T");
        let share = get("omega") / range;
        // Rounding may have put the one loss that is just allowed on either side.
        let most = ((1.0 + get("surplus")) * samples * share * (1.0 - 1e-12)).ceil();
        let large = binomial_at_least(most, samples, share);
        at_most("Pr[losses too large]", large, get("delta_L"), TAIL)?;
        if samples < 1.5 && share > 0.9 && most < 1.5 {
            at_most("delta_L, one sample", 0.9 * get("delta_L"), large, TAIL)?;
        }
    }
    Ok(())
}

/// What both axioms on the number of violations have: the run of single samples that fails at an input beyond B_x, where
/// the losses are too large, or where too few samples violate.
fn failing(k: f64, last: f64, rate: f64, outside: f64, losses: f64) -> f64 {
    let inside = (1.0 - outside).powf(last - 1.0);
    1.0 - (1.0 - losses) * inside * (1.0 - one_by_one(k, last, rate / (1.0 - outside)))
}

/// K₀, T, ε and what the losses take, about a tail probability that can be spent.
fn tail(rng: &mut ChaCha8Rng, needed: impl Fn(f64, f64, f64, f64) -> f64) -> Vec<(&'static str, f64)> {
    let n = if rng.random_range(0..4) > 0 { 1.0 } else { f64::from(rng.random_range(2..20)) };
    let (k_0, epsilon) = (spread(rng, -0.3, 2.0), rng.random_range(0.02..0.98));
    let outside =
        [0.0, epsilon * spread(rng, -6.0, -1.0), epsilon * rng.random_range(0.0..1.2)][rng.random_range(0..3)];
    let rate = epsilon - outside;
    let taken = if rng.random_range(0..2) == 0 { 0.0 } else { epsilon * rng.random_range(0.0..0.5) };
    // Half of the time fewer steps than K₀ and the losses ask for.
    let more = [rng.random_range(0.2..1.0), rng.random_range(1.0..4.0)][rng.random_range(0..2)];
    let last = (k_0 / (rate - taken).max(0.01) * more).ceil().max(1.0);
    let losses = if taken > 0.0 { spread(rng, -6.0, -0.5) } else { 0.0 };
    // Where inputs beyond B_x are nearly all there is to fear, next to nothing is lost in the bound.
    let outside = if rng.random_range(0..4) == 0 { rng.random_range(0.05..0.6) / (n * last) } else { outside };
    let sum = needed(n, n * last, k_0 + taken * last, epsilon - outside) + n * last * outside + losses;
    let delta = sum * [1.0 + 1e-6, spread(rng, 0.0, 1.0), rng.random_range(0.3..1.0)][rng.random_range(0..3)];
    let delta = if delta > 0.0 && delta < 1.0 { delta } else { rng.random_range(0.01..0.99) };
    let mut all = vec![("n", n), ("T", last), ("K_0", k_0), ("epsilon", epsilon), ("outside", outside)];
    all.extend([("taken", taken), ("delta_L", losses), ("delta_Z", delta)]);
    all
}

fn mistakes_counted(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let needed = |n: f64, samples: f64, k: f64, rate: f64| binomial_at_most((n * k).floor(), samples, rate);
    for point in subject.points(24, &mut rng, |rng| tail(rng, needed))? {
        let get = |symbol: &str| point.get(symbol);
        let bound = subject.concluded(&point).ok_or("no bound")?;
        let k = get("K_0") + get("taken") * get("T");
        // In larger batches no adversary of the gradients' length is at hand: there the proof's own event is counted.
        let rate = get("epsilon") - get("outside");
        if get("n") < 1.5 {
            let fails = failing(k, get("T"), rate, get("outside"), get("delta_L"));
            at_most("runs of which all networks fail", fails, bound, TAIL)?;
        } else {
            let counted = binomial_at_most((get("n") * k).floor(), get("n") * get("T"), rate);
            at_most("few violations in batches", counted, bound, TAIL)?;
        }
    }
    Ok(())
}

fn mistakes_bounded(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let needed = |n: f64, samples: f64, k: f64, rate: f64| {
        let seen = n * k / samples;
        (-samples * (seen * (seen / rate).ln() + (1.0 - seen) * ((1.0 - seen) / (1.0 - rate)).ln())).exp()
    };
    for point in subject.points(24, &mut rng, |rng| tail(rng, needed))? {
        let get = |symbol: &str| point.get(symbol);
        let (epsilon, outside, last) = (get("epsilon"), get("outside"), get("T"));
        let bound = subject.concluded(&point).ok_or("no bound")?;
        // Of a mass ε that violates as much as possible lies beyond B_x.
        let inside = (0..=10).map(|i| epsilon - outside * f64::from(i) / 10.0).fold(f64::INFINITY, f64::min);
        equal("violations within B_x", get("rate"), inside, ROUNDING)?;
        let k = get("K_0") + get("taken") * last;
        equal("violations that the potential pays for", get("seen") * last, k, ROUNDING)?;
        let fails = if get("n") < 1.5 {
            failing(k, last, inside, outside, get("delta_L"))
        } else {
            binomial_at_most((get("n") * k).floor(), get("n") * last, inside)
        };
        at_most("runs of which all networks fail", fails, bound, TAIL)?;
    }
    Ok(())
}

/// Losses that come with next to no violations raise the potential most; where every sample violates, neurons move most.
fn posterior_scale(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (m, eta, last) = (factor(rng), spread(rng, -3.0, 1.0), spread(rng, 0.0, 3.0).floor());
        // A potential that lasts for T violations, about.
        let phi = eta * (m - 1.0) * last * spread(rng, -1.0, 1.5);
        let taken = [0.0, spread(rng, -4.0, 0.0)][rng.random_range(0..2)];
        let mut all = vec![("M", m), ("eta_alpha", eta), ("T", last), ("Phi_1", phi), ("taken", taken)];
        all.extend(["B_x", "alpha_inf", "D_v"].map(|symbol| (symbol, spread(rng, -1.5, 1.5))));
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (m, eta, last, phi) = (get("M"), get("eta_alpha"), get("T"), get("Phi_1"));
        let h = ((m - 1.0) / eta).sqrt();
        // The losses of a step, so that `taken` is what they pay for: 2M/(M−1) of their mean.
        let loss = get("taken") * (m - 1.0) / (2.0 * m);
        // A share P of violations that carries them: the change of the potential, most as P falls to 0.
        let rise = |p: f64| -2.0 * eta * ((m - 1.0) * p - m * loss) + (eta * h * p).powi(2);
        let highest = (0..=15).map(|i| 10f64.powi(-i)).map(rise).fold(0.0, f64::max);
        equal("the largest potential", get("Phi_T"), phi + last * highest, 1e-8)?;
        let rate = eta / get("b_tilde").powi(4) * get("B_x");
        let (mut potential, mut moved) = (phi, 0.0);
        for _ in 1..last as u32 {
            // All of a batch violates where the potential pays for it; else the losses come alone.
            let violates = potential >= (m - 1.0).powi(2) / (h * h);
            moved += rate * (m * get("alpha_inf") + potential.sqrt()) * f64::from(u8::from(violates));
            potential += rise(if violates { 1.0 } else { 1e-12 });
        }
        at_most("a neuron's way", moved, get("D_v"), ROUNDING)?;
        if last > 10.0 && phi > 2.0 * last * eta * (m - 1.0) && get("taken") < 1e-9 {
            at_most("a quarter of D_v", get("D_v") / 4.0, moved, ROUNDING)?;
        }
    }
    Ok(())
}

/// Networks whose loss stays just above ε at the fewest violations that the gradient's length admits.
fn losses_summed(subject: &Subject<'_>) -> Result<(), String> {
    // Noise, and losses of the comparator, would feed the potential.
    proved_for(subject, "gradients", &["population"])?;
    proved_for(subject, "comparator", &["margin"])?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (m, h, epsilon) = (1.0 + spread(rng, -2.0, 0.5), spread(rng, -1.0, 1.0), rng.random_range(0.02..0.98));
        let j_0 = epsilon * spread(rng, -0.5, 3.0);
        let mut all = vec![("M", m), ("H", h), ("epsilon", epsilon), ("outside", beyond(rng))];
        all.push(("Phi_1", 2.0 * (m - 1.0) * j_0 / (h * h)));
        all
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (m, h, epsilon, phi, last) = (get("M"), get("H"), get("epsilon"), get("Phi_1"), count("T", get("T"))?);
        let eta = (m - 1.0) / (h * h);
        // Φ falls by at least 2ηL whatever violates, inside B_x; an input beyond it may have any hidden layer.
        let far = get("outside") * 1e9 * h;
        let fall = |p: f64| 2.0 * eta * ((m - 1.0) * p + epsilon) - (eta * (h * p + far)).powi(2);
        let least = (0..=20).map(|i| f64::from(i) / 20.0).map(fall).fold(f64::INFINITY, f64::min);
        equal("losses that the potential pays for", get("J_0") * least, phi * epsilon, ROUNDING)?;
        at_most("what T - 1 networks take", (last - 1.0) * least, phi, ROUNDING)?;
        if last > 5000.0 {
            continue;
        }
        let mut plane = Plane::new(phi);
        let mut networks = 0.0;
        // ⟨∇, α − Mα̃⟩ = (M−1)P + L is at most HP times the distance.
        while networks < 1e5 && h * plane.distance() > m - 1.0 {
            let p = epsilon / (h * plane.distance() - (m - 1.0));
            if p > 1.0 {
                break;
            }
            plane.step(eta, (m - 1.0) * p + epsilon, h * p);
            networks += 1.0;
        }
        at_most("networks that fail in a row", networks, last - 1.0, 0.0)?;
        if last > 20.0 && h * phi.sqrt() > (50.0 * (m - 1.0)).max(10.0 * epsilon) {
            at_most("two thirds of T", last / 1.5, networks, 0.0)?;
        }
    }
    Ok(())
}
