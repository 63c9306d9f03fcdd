//! Chapter `hits`: targets, hits of Lemma 3 and their number, the comparator made of them (docs/theory.md §3).

use crate::chances::{ROUNDING, TAIL, binomial_at_least, binomial_at_most, normal_between, spread};
use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::potential::{drift_cost, farthest};
use crate::variants::{finite, proved_for};
use provably::network::Loss;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("target-as-recorded", target_as_recorded),
    ("feature-hits", feature_hits),
    ("window-count", window_count),
    ("loss-comparator", loss_comparator),
    ("explicit-margin", explicit_margin),
    ("explicit-loss", explicit_loss),
    ("explicit-comparator", explicit_comparator),
];

/// Builds output weights times biases of these norms, k large and k small ones; none exist where the norms are out of
/// order.
fn target_as_recorded(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    // By name, as a mutant without a need does not have all of them.
    let propose = |rng: &mut ChaCha8Rng| {
        let l2 = spread(rng, -4.0, 4.0);
        let larger = |rng: &mut ChaCha8Rng| if rng.random_range(0..4) == 0 { l2 } else { l2 * spread(rng, -0.5, 3.0) };
        let l1 = larger(rng);
        let least = (l1 / l2).powi(2).min(1e15);
        let targets = [least.ceil(), (least * spread(rng, -1.0, 2.0)).ceil()][rng.random_range(0..2)];
        vec![("target_l2", l2), ("target_l1", l1), ("alpha_once", larger(rng)), ("targets", targets)]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let (l1, l2) = (point.get("target_l1"), point.get("target_l2"));
        let pairs = (l1 / l2).powi(2).floor();
        if pairs < 1.0 {
            return Err(format!("no weights have the l1 norm {l1} and the l2 norm {l2}"));
        }
        // Weights that are all alike have the largest l1 norm.
        let even = l2 * point.get("targets").sqrt();
        at_most("the l1 norm of so few weights", l1, even, 1e-6)?;
        let mean = l1 / (2.0 * pairs);
        let away = (l2 * l2 / (2.0 * pairs) - mean * mean).max(0.0).sqrt();
        let weights = [mean + away, mean - away];
        equal("l1", pairs * weights.iter().map(|w| w.abs()).sum::<f64>(), l1, ROUNDING)?;
        equal("l2", (pairs * weights.iter().map(|w| w * w).sum::<f64>()).sqrt(), l2, 1e-6)?;
        // One hit each on neurons of their own: the comparator has the l2 norm of the target.
        at_most("the norm of hits that share no neuron", l2, point.get("alpha_once"), 0.0)?;
        equal("lipschitz", point.get("lipschitz"), steepest(Loss::Hinge), ROUNDING)?;
    }
    Ok(())
}

/// The steepest secant of a loss.
pub(crate) fn steepest(loss: Loss) -> f64 {
    let secant = |i: i32| (loss.value(f64::from(i)) - loss.value(f64::from(i + 1))).abs();
    (-60..60).map(secant).fold(0.0, f64::max)
}

/// The probability that one of `targets` independent counts of hits, each Bin(m, q), stays below κ.
pub(crate) fn too_few(targets: f64, kappa: f64, m: f64, q: f64) -> f64 {
    -(targets * (-binomial_at_most(kappa - 1.0, m, q)).ln_1p()).exp_m1()
}

/// κ, m, q and a share δ_H about what they need: the union bound's own, more, and less.
pub(crate) fn counted(rng: &mut ChaCha8Rng, targets: f64, q: f64) -> [(&'static str, f64); 4] {
    let kappa = f64::from(rng.random_range(1..12));
    let m = (kappa / q * rng.random_range(0.7..5.0)).ceil();
    let needed = targets * binomial_at_most(kappa - 1.0, m, q);
    let factor = [1.0 + 1e-6, 1.0 + 1e-6, spread(rng, 0.0, 2.0), rng.random_range(0.2..1.0)];
    let delta = needed * factor[rng.random_range(0..4)];
    let delta = if delta > 0.0 && delta < 1.0 { delta } else { rng.random_range(0.01..0.99) };
    [("kappa", kappa), ("m", m), ("q", q), ("delta_H", delta)]
}

/// Builds the worst hits and sums the evidence's and the hits' binomial tails exactly.
fn feature_hits(subject: &Subject<'_>) -> Result<(), String> {
    // A fresh first batch would move every hit by its own error, which nothing here pays for.
    proved_for(subject, "gradients", &["population", "closed-first"])?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (a_l1, b_op, epsilon) = (spread(rng, -2.0, 2.0), spread(rng, -2.0, 2.0), rng.random_range(0.01..0.99));
        let rho = spread(rng, -6.0, 0.1);
        let range = 0.968 * rho / (1.0 - rho).abs();
        let targets = f64::from(rng.random_range(1..20));
        let draws = spread(rng, 0.5, 5.0).ceil();
        let mean = (draws * rng.random_range(0.0..1.0)).floor().clamp(1.0, draws - 1.0) / draws;
        // Above 1 only a mutant admits it.
        let wanted = [rng.random_range(0.1..1.0), rng.random_range(1.0..2.0)][rng.random_range(0..2)];
        let q = (wanted * range * mean).min(0.9);
        let p = q / range;
        let log = draws * (mean * (mean / p).ln() + (1.0 - mean) * ((1.0 - mean) / (1.0 - p)).ln());
        let evidence = 3.0 * targets * (-log).exp() * spread(rng, -1.0, 1.0);
        let evidence = if evidence > 0.0 && evidence < 1.0 { evidence } else { rng.random_range(0.01..0.99) };
        let mut all = counted(rng, targets, q).to_vec();
        all.extend([("a_l1", a_l1), ("B_op", b_op), ("epsilon", epsilon), ("rho_share", rho * a_l1 * b_op / epsilon)]);
        all.extend([("targets", targets), ("hit_draws", draws), ("hit_mean", mean), ("evidence_error", evidence)]);
        all
    };
    for point in subject.points(20, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (rho, range, q, targets) = (get("rho"), get("hit_range"), get("q"), get("targets"));
        // Inputs of norm B_op along one direction, every hit off by ρ against it; G is exact, so no batch adds to it.
        let lost = drift_cost(get("a_l1"), rho, get("B_op"));
        equal("what hits may cost", lost, get("rho_share") * get("epsilon"), ROUNDING)?;
        equal("rho_term", get("rho_term"), lost, ROUNDING)?;
        equal("batch_term", get("batch_term"), drift_cost(get("a_l1"), 0.0, get("B_op")), 0.0)?;
        let likeliest = likeliest_hit(rho);
        at_most("Pr[hit | G]", likeliest, range, ROUNDING)?;
        if rho < 1e-3 {
            // 4φ(1) = 0.96788 and 1 − ρ are all that is lost.
            at_most("hit_range where hits are rare", range * 0.998, likeliest, 0.0)?;
        }
        // The terms that vary most: 0 or the whole range. Were the mean q or less, the harness would seldom see so many.
        let draws = get("hit_draws");
        let seen = binomial_at_least((draws * get("hit_mean") * (1.0 - 1e-12)).ceil(), draws, q / range);
        at_most("evidence for a q too large", targets * seen, get("evidence_error") / 3.0, TAIL)?;
        let bound = subject.concluded(&point).ok_or("no bound")?;
        at_most("too few hits", too_few(targets, get("kappa"), get("m"), q), bound, TAIL)?;
    }
    Ok(())
}

/// max over G of Pr[‖ |b|θgG − D‖ ≤ ρ]: over the angle, whose cosine is c, and the length 1/z.
fn likeliest_hit(rho: f64) -> f64 {
    let mut most = 0.0_f64;
    for c in (0..=4).map(|i| (1.0 - rho * rho * f64::from(i) / 5.0).sqrt()) {
        let w = (c * c - 1.0 + rho * rho).sqrt();
        for z in (0..=60).map(|i| 10f64.powf(f64::from(i) / 30.0 - 1.0)) {
            most = most.max(2.0 * normal_between((c - w) * z, (c + w) * z));
        }
        // Where the densities at both ends balance; at small ρ no grid is fine enough to tell by.
        let z = (((c + w) / (c - w)).ln() / (2.0 * c * w)).sqrt();
        most = most.max(2.0 * normal_between((c - w) * z, (c + w) * z));
    }
    most
}

/// Disjoint windows of two targets, counted pair by pair, and any number of independent ones.
fn window_count(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (targets, q) = (f64::from(rng.random_range(1..12)), spread(rng, -4.0, -0.05));
        let mut all = counted(rng, targets, q).to_vec();
        all.push(("targets", targets));
        all
    };
    for point in subject.points(20, &mut rng, propose)? {
        let (targets, kappa, m, q) = (point.get("targets"), point.get("kappa"), point.get("m"), point.get("q"));
        let bound = subject.concluded(&point).ok_or("no bound")?;
        at_most("too few hits", too_few(targets, kappa, m, q), bound, TAIL)?;
        if targets >= 2.0 && 2.0 * q < 1.0 && kappa < m {
            at_most("too few hits in two windows", disjoint(kappa, m, q), bound, TAIL)?;
        }
    }
    Ok(())
}

/// The probability that one of two disjoint windows, each met by a pair with probability q, is met less than κ times.
fn disjoint(kappa: f64, m: f64, q: f64) -> f64 {
    let first = |i: f64| binomial_at_most(i, m, q) - binomial_at_most(i - 1.0, m, q);
    let few = (0..kappa as u32).map(f64::from);
    // Given i hits of the first window, the other m − i pairs meet the second with probability q/(1−q).
    let both: f64 = few.map(|i| first(i) * binomial_at_most(kappa - 1.0, m - i, q / (1.0 - q))).sum();
    2.0 * binomial_at_most(kappa - 1.0, m, q) - both
}

/// The comparator of three targets on κ neurons that serve all of them: no other arrangement has larger norms.
struct Shared {
    l1: f64,
    l2: f64,
    inf: f64,
}

fn shared(target_l1: f64, kappa: f64) -> Shared {
    let one = [0.5, 0.3, 0.2].iter().map(|part| part * target_l1 / kappa).sum::<f64>();
    let neurons = kappa as usize;
    let l1 = std::iter::repeat_n(one, neurons).sum();
    Shared { l1, l2: std::iter::repeat_n(one * one, neurons).sum::<f64>().sqrt(), inf: one }
}

/// The l2 norm that one hit of every target has: all on one neuron, where it is their l1 norm, or spread over several.
fn once(rng: &mut ChaCha8Rng, target_l1: f64) -> f64 {
    if rng.random_range(0..2) == 0 { target_l1 } else { target_l1 * rng.random_range(0.05..1.0) }
}

fn loss_comparator(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let l1 = spread(rng, -3.0, 3.0);
        vec![("target_l1", l1), ("alpha_once", once(rng, l1))]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let made = shared(get("target_l1"), get("kappa"));
        equal("alpha_l1", get("alpha_l1"), made.l1, ROUNDING)?;
        equal("alpha_inf", get("alpha_inf"), made.inf, ROUNDING)?;
        // κ copies of every target, each on a neuron of its own: κ times the squares over κ².
        let squares = get("kappa") * (get("alpha_once") / get("kappa")).powi(2);
        equal("alpha_l2", get("alpha_l2"), squares.sqrt(), ROUNDING)?;
        if (get("alpha_once") - get("target_l1")).abs() < ROUNDING * get("target_l1") {
            equal("alpha_l2, shared", get("alpha_l2"), made.l2, ROUNDING)?;
        }
    }
    Ok(())
}

/// One neuron of f* at the least margin, its hits moved by ρ straight against an input of norm B_x.
fn explicit_margin(subject: &Subject<'_>) -> Result<(), String> {
    // The margin of f* is that over a support.
    proved_for(subject, "comparator", &["margin"])?;
    proved_for(subject, "evaluation", &["exact"])?;
    finite(subject)?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (margin, a_l1, b_x) = (spread(rng, -2.0, 2.0), spread(rng, -2.0, 2.0), spread(rng, -2.0, 2.0));
        let rho = margin / (a_l1 * b_x) * rng.random_range(0.0..1.4);
        let biases = (margin - a_l1 * b_x).max(0.0) * rng.random_range(0.9..2.0) + margin * spread(rng, -3.0, 0.0);
        vec![("target_margin", margin), ("a_l1", a_l1), ("B_x", b_x), ("rho", rho), ("target_l1", biases)]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (margin, a_l1) = (get("target_margin"), get("a_l1"));
        // One neuron with all of the weights on the longest input.
        let largest = a_l1 * get("B_x") + get("target_l1");
        at_most("the margin of an output that is never so large", margin, largest, ROUNDING)?;
        let left = a_l1 * (margin / a_l1 - get("rho") * get("B_x")).max(0.0);
        // A margin of 10⁻⁶ of the target's has lost six digits to cancellation; less is not looked at.
        if left < 1e-6 * margin && get("margin_1") > 0.0 {
            at_most("margin_1", get("margin_1"), 2e-6 * margin, ROUNDING)?;
            continue;
        }
        equal("margin_1", get("margin_1"), left, 1e-8)?;
        equal("the scaled comparator's margin", get("scale") * left, 1.0 + get("drift_share"), 1e-8)?;
    }
    Ok(())
}

/// Half of the inputs carry all of the loss, the hinge of the scaled comparator is evaluated at both halves.
fn explicit_loss(subject: &Subject<'_>) -> Result<(), String> {
    proved_for(subject, "comparator", &["loss"])?;
    let mut rng = subject.rng();
    for point in subject.points(40, &mut rng, |rng| vec![("rho_term", spread(rng, -3.0, 1.0))])? {
        let get = |symbol: &str| point.get(symbol);
        let (target, wide) = (2.0 * get("target_loss"), 1.0 + get("drift_share"));
        let outputs = [1.0 - target - 2.0 * get("rho_term"), 1.0];
        let loss: f64 = outputs.iter().map(|f| (wide - get("scale") * f).max(0.0) / 2.0).sum();
        // Losses below 10⁻⁵ are differences of numbers near 1 + drift_share.
        let rounding = ROUNDING + 1e-14 * wide / get("omega");
        equal("omega", get("omega"), loss, rounding)?;
    }
    Ok(())
}

fn explicit_comparator(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let l1 = spread(rng, -3.0, 3.0);
        vec![("target_l1", l1), ("alpha_once", once(rng, l1)), ("scale", spread(rng, -1.0, 2.0))]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let made = shared(get("scale") * get("target_l1"), get("kappa"));
        equal("alpha_l1", get("alpha_l1"), made.l1, ROUNDING)?;
        equal("alpha_inf", get("alpha_inf"), made.inf, ROUNDING)?;
        let squares = get("kappa") * (get("scale") * get("alpha_once") / get("kappa")).powi(2);
        equal("Phi_1", get("Phi_1"), farthest(get("M") * squares.sqrt(), get("alpha_1")), ROUNDING)?;
        // The hinge's gradient in α at a violating sample is the hidden layer itself, so Γ₁ = ΛH₁ with Λ = 1.
        equal("H_1", get("H_1"), get("Gamma_1") / steepest(Loss::Hinge), ROUNDING)?;
    }
    Ok(())
}
