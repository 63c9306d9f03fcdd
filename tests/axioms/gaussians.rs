//! Mixtures of Gaussians and their XOR (docs/theory.md §5.2).

use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::measure::{binomial_tail, cdf, decades, density, draws, near, one_of, pieces, share};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::f64::consts::PI;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("component-hits", component_hits),
    ("xor-hit-lengths", hit_lengths),
    ("mixture-hit-lengths", hit_lengths),
    ("component-loss", component_loss),
    ("xor-halfspaces", xor_halfspaces),
    ("lemma-gaussians", lemma_gaussians),
];

/// Hits at their limits, and losses over one standard normal variable; hits that serve several components at once; the evidence
/// for q at the extreme law, a Bernoulli variable.
fn component_hits(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let mut attained = 0;
    for point in draws(subject, 40, &mut rng, hit_limits)? {
        let get = |symbol| point.get(symbol);
        let (r, a, margin, tau) = (get("components"), get("strength"), 1.0 + get("drift_share"), get("hit_spread"));
        let (own, cross) = (get("own"), get("cross"));
        // Along one direction ξ the component's own hits fall while all of the other label's rise.
        let first = |xi: f64| a * (own - tau * xi - 1.0).max(0.0);
        let others = |xi: f64| r / 2.0 * a * (cross + tau * xi - 1.0).max(0.0);
        let loss = |xi: f64| density(xi) * (margin - first(xi) + others(xi)).max(0.0);
        let deficit = (own - 1.0 - margin / a) / tau;
        let kinks = [-12.0, deficit, (own - 1.0) / tau, (1.0 - cross) / tau, 14.0];
        // Until there, what the others add is made up for.
        let mut breaks: Vec<f64> = kinks.into_iter().map(|x| x.clamp(-12.0, 14.0)).collect();
        breaks.push(crossing(|xi| margin - first(xi) + others(xi)));
        let worst = pieces(&breaks, loss);
        let room = (1.0 - cross) / tau;
        // The kernel subtracts numbers of 128 bits from each other, of the size of the rooms' tails' last bits.
        let resolution = 1e-37 * (1.0 + deficit.abs() + room.abs()) * a * tau * (1.0 + r / 2.0);
        at_most("the loss of hits at their limits", worst, get("target_loss") + resolution, 1e-9)?;
        // Where own hits are short whenever the others are active nothing is lost in the proof, but where own hits are dead.
        if (0.0..7.0).contains(&deficit) && deficit <= room && margin / (a * tau) >= 8.0 {
            attained += 1;
            // 1/sqrt(2π) is rounded up by 2.4e-8 of itself, φ(t) is at most (t² + 3) times the tail's first moment, and t < 7.
            near("the worst loss", get("target_loss") / worst, 1.0, 2e-6)?;
        }
        norms(&point, own > cross)?;
        let (mean, count) = (get("hit_mean"), get("hit_draws"));
        share(&point, "q")?;
        let seen = binomial_tail(count as u64, get("q"), (count * mean - 1e-9).ceil() as u64);
        at_most("evidence of a mean that q exceeds", seen * r, get("evidence_error") / 3.0, 1e-6)?;
    }
    if attained >= 5 { Ok(()) } else { Err(format!("the bound was tried where it is sharp {attained} times only")) }
}

/// The output at the shortest mean of the longest neuron whose outputs deviate so little over the widest component: its direction is
/// that of least variance, which a covariance of many dimensions comes as near as it likes.
fn hit_lengths(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let ratio = |rng: &mut ChaCha8Rng| decades(rng, -0.5, 0.5);
        let (r, correlation) = (2.0 * f64::from(rng.random_range(1..4)), rng.random_range(0.0..0.9));
        let (radius, sigma, radius_ratio, sigma_max) = (ratio(rng), ratio(rng), ratio(rng), ratio(rng));
        let (shortest, narrow) = (radius * radius_ratio.powf(r - 1.0).min(1.0), least_deviation(correlation));
        let (tau, wide) = (ratio(rng), if subject.axiom.name.starts_with("xor") { sigma } else { sigma_max * narrow });
        let mean = if subject.axiom.name.starts_with("xor") { radius } else { shortest };
        let own = tau * mean / wide * one_of(rng, &[0.1, 0.9, 0.999, 1.001, 1.1, 10.0]);
        vec![
            ("r", r),
            ("correlation", correlation),
            ("radius", radius),
            ("sigma", sigma),
            ("radius_ratio", radius_ratio),
            ("sigma_max", sigma_max),
            ("hit_spread", tau),
            ("own", own),
        ]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (mean, deviation) = if subject.axiom.name.starts_with("xor") {
            (get("radius"), get("sigma"))
        } else {
            let shortest =
                (0..get("r") as i32).map(|j| get("radius") * get("radius_ratio").powi(j)).fold(f64::MAX, f64::min);
            (shortest, get("sigma_max") * least_deviation(get("correlation")))
        };
        let longest = get("hit_spread") / deviation;
        at_most("the output of a neuron that is no longer", get("own"), longest * mean, 1e-9)?;
    }
    Ok(())
}

/// The root of the least eigenvalue of correlation^|i−k|, from its smallest value over many dimensions: that of alternating signs,
/// Σ (−correlation)^|k| over all k.
fn least_deviation(correlation: f64) -> f64 {
    let sum: f64 = (1..4000).map(|k| 2.0 * (-correlation).powi(k)).sum();
    (1.0 + sum).sqrt()
}

/// Own and cross limits: such that the proof loses nothing; on either side of the knots; of every size; such that classes overlap,
/// below the knot and above it.
fn hit_limits(rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let (mut tau, margin) = (decades(rng, -1.5, -0.5), 1.0 + decades(rng, -3.0, 0.0));
    let (mut own_room, mut room) = (rng.random_range(0.0..6.0), rng.random_range(0.0..6.0));
    let mut steep = decades(rng, -1.0, 1.5);
    let mode = rng.random_range(0..8);
    match mode {
        0 | 1 => (steep, room) = (rng.random_range(8.0..20.0), own_room + one_of(rng, &[0.0, 0.01, 0.5])),
        2 => (room, own_room) = (rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0)),
        3 => {
            (tau, steep, own_room, room) =
                (decades(rng, -4.0, 3.0), decades(rng, -4.0, 4.0), decades(rng, -6.0, 4.0), decades(rng, -6.0, 4.0))
        }
        _ => {}
    }
    let strength = margin / (tau * steep);
    let mut own = 1.0 + margin / strength + own_room * tau;
    let mut cross = (1.0 - room * tau).max(0.0);
    match mode {
        4 => (own, cross) = (cross, cross * rng.random_range(1.0..1.1)),
        5 => cross = own * rng.random_range(1.0..1.3),
        _ => {}
    }
    let mean = rng.random_range(0.001..0.999);
    let count = decades(rng, 0.5, 4.5).floor();
    // Some below the mean by about as much as the evidence carries, some anywhere.
    let q = match rng.random_range(0..3) {
        0 => mean - decades(rng, -0.5, 1.0) / count.sqrt(),
        1 => mean * rng.random_range(0.0..1.0),
        _ => rng.random_range(0.0..1.0),
    };
    vec![
        ("components", one_of(rng, &[2.0, 4.0, 6.0, 12.0])),
        ("strength", strength),
        ("drift_share", margin - 1.0),
        ("hit_spread", tau),
        ("own", own),
        ("cross", cross),
        ("hit_mean", mean),
        ("hit_draws", count),
        ("evidence_error", decades(rng, -6.0, -0.1)),
        ("q", q.clamp(1e-9, 0.99999)),
    ]
}

/// Where a rising function passes 0, within the range that is integrated over.
fn crossing(rising: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-12.0, 14.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if rising(middle) > 0.0 { high = middle } else { low = middle }
    }
    high
}

/// Norms of the comparator: hits of different components are different neurons where a limit parts them, else those of one label
/// may be the same.
fn norms(point: &Point, parted: bool) -> Result<(), String> {
    let (r, a, kappa) = (point.get("components") as usize, point.get("strength"), 3);
    let mut weights = vec![0.0_f64; r * kappa];
    for (component, hit) in (0..r).flat_map(|c| (0..kappa).map(move |hit| (c, hit))) {
        let home = if parted { component } else { component % 2 };
        let label = if component % 2 == 0 { 1.0 } else { -1.0 };
        weights[home * kappa + hit] += label * a / kappa as f64;
    }
    let l1: f64 = weights.iter().map(|w| w.abs()).sum();
    let l2 = (weights.iter().map(|w| w * w).sum::<f64>() * kappa as f64).sqrt();
    at_most("the comparator's l1 norm", l1, point.get("target_l1"), 1e-12)?;
    at_most("the comparator's l2 norm", l2, point.get("alpha_once"), 1e-12)?;
    if parted {
        equal("the comparator's l1 norm", point.get("target_l1"), l1, 1e-12)?;
        equal("the comparator's l2 norm", point.get("alpha_once"), l2, 1e-12)?;
    }
    equal("the number of hit events", point.get("targets"), r as f64, 1e-12)
}

/// A target that has the margin but for a rare and large error, which is all of its loss.
fn component_loss(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let points = subject.points(60, &mut rng, |rng| vec![("target_loss", decades(rng, -6.0, 0.5))])?;
    for point in points {
        let (loss, floor) = (point.get("target_loss"), point.get("epsilon") / 1000.0);
        let (margin, depth) = (1.0 + rng.random_range(0.01..1.0), 2.0 * loss.max(1.0));
        let rare = loss / (margin + depth);
        let scaled = |output: f64| (margin - point.get("scale") * output).max(0.0);
        let scaled_loss = rare * scaled(-depth) + (1.0 - rare) * scaled(margin);
        at_most("the comparator's loss", scaled_loss, point.get("omega"), 1e-12)?;
        // Attained, but for a floor that costs next to nothing and keeps it positive.
        equal("the comparator's loss", point.get("omega"), loss.max(floor), 1e-12)?;
    }
    Ok(())
}

/// A search over all halfspaces, their error being a sum over the four means.
fn xor_halfspaces(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let sigma = decades(rng, -1.0, 1.0);
        vec![("sigma", sigma), ("radius", sigma * decades(rng, -1.5, 1.5))]
    };
    let mut points = draws(subject, 10, &mut rng, propose)?;
    // And wherever the declared ranges lead.
    points.extend(draws(subject, 4, &mut rng, |_| Vec::new())?);
    for point in points {
        let distance = point.get("radius") / point.get("sigma");
        let error = |angle: f64, bias: f64| {
            let (a, c) = (distance * angle.cos(), distance * angle.sin());
            // w at this angle from the axis of label 1, its length 1; labels 1 at ±a, -1 at ±c along it.
            (cdf(bias - a) + cdf(bias + a) + cdf(c - bias) + cdf(-c - bias)) / 4.0
        };
        let mut best = (error(0.0, 0.0), 0.0, 0.0);
        let reach = distance + 4.0;
        for i in 0..=24 {
            for j in 0..=160 {
                let (angle, bias) = (PI / 2.0 * f64::from(i) / 24.0, reach * (f64::from(j) / 80.0 - 1.0));
                best = if error(angle, bias) < best.0 { (error(angle, bias), angle, bias) } else { best };
            }
        }
        let mut step = 0.5;
        while step > 1e-9 {
            let around = [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)];
            let tried = around.map(|(x, z)| (best.1 + x, best.2 + z * reach));
            let found = tried.into_iter().map(|(x, z)| (error(x, z), x, z)).min_by(|x, y| x.0.total_cmp(&y.0));
            match found {
                Some(better) if better.0 < best.0 => best = better,
                _ => step /= 2.0,
            }
        }
        near("the least error of all halfspaces", point.get("linear_error"), best.0, 1e-12)?;
    }
    Ok(())
}

/// docs/theory.md §5.2 [P], written down again.
fn lemma_gaussians(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let d = rng.random_range(2..60);
        let tau =
            if rng.random_range(0..3) == 0 { one_of(rng, &[8.0, f64::from(d)]) } else { rng.random_range(4.0..60.0) };
        let (radius, least_weight) = (decades(rng, -1.0, 2.0), rng.random_range(0.001..0.5));
        let deviation = radius * decades(rng, -1.5, 0.0);
        // Constants at which p and B_G are of order 1.
        let (dimension, ratio) = (f64::from(d), deviation * f64::from(d).sqrt() / radius);
        let p = dimension.powf(-4.5 * tau * ratio.powi(2)) / (ratio * (tau * dimension.ln()).sqrt());
        let lost = deviation * dimension.powf(-0.9 * tau);
        vec![
            ("d", dimension),
            ("tau", tau),
            ("least_radius", radius),
            ("sigma_b", deviation),
            ("p_b", least_weight),
            ("components", 2.0 * f64::from(rng.random_range(1..80))),
            ("minority", one_of(rng, &[0.5, 0.5, 0.5, 0.4])),
            ("c_p", (decades(rng, -3.0, 1.0) / p).clamp(1e-6, 1e200)),
            ("c_g", decades(rng, -3.0, 1.0) * least_weight * radius / lost),
        ]
    };
    for point in draws(subject, 50, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (d, tau, deviation) = (get("d"), get("tau"), get("sigma_b"));
        let least = get("least_radius") / d.sqrt();
        let exponent = 9.0 * tau * deviation.powi(2) / (2.0 * least.powi(2));
        // Where the power overflows the logarithm does not.
        let p = (get("c_p") * least / ((tau * d.ln()).sqrt() * deviation)).ln() - exponent * d.ln();
        equal("B_mu1", get("B_mu1"), least, 1e-12)?;
        equal("gamma", get("gamma"), d.powf(-(0.9 * tau - 1.5)), 1e-9)?;
        equal("p", get("p"), p.exp(), 1e-9)?;
        let (length, lost) = (get("p_b") * least * d.sqrt(), get("c_g") * deviation * d.powf(-0.9 * tau));
        near("B_G", get("B_G"), length - lost, 1e-9 * (length + lost))?;
        at_most("the assumption 8 <= tau", 8.0, tau, 0.0)?;
        at_most("the assumption tau <= d", tau, d, 0.0)?;
        at_most("the assumption r <= 2d", get("components"), 2.0 * d, 0.0)?;
        at_most("labels equiprobable", 0.5, get("minority"), 0.0)?;
        at_most("a probability", get("p"), 1.0, 0.0)?;
        at_most("a length", f64::MIN_POSITIVE, get("B_G"), 0.0)?;
    }
    Ok(())
}
