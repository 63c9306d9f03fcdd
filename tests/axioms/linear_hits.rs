//! Chapter `linear-data`: hits, on networks made of them and the inputs that are worst for these (docs/theory.md §5.1).

use crate::chances::{ROUNDING, TAIL, longer, normal_between, spread};
use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::hits::{counted, too_few};
use nalgebra::{DMatrix, DVector};
use provably::network::{Batch, Initialisation, Scales, TwoLayer};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] =
    &[("ball-hits", ball_hits), ("window-hits", window_hits), ("hit-count", hit_count)];

/// Pairs of live neurons with one shared gradient Ĝ, one |g|, and output weights ±`weight`; the first coordinate is along
/// D.
fn pairs(count: usize, size: f64, gradient: [f64; 2], weight: f64) -> TwoLayer {
    let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
    let w = DMatrix::from_fn(2, 2 * count, |i, j| sign(j) * size * gradient[i]);
    TwoLayer { w, a: DVector::from_fn(2 * count, |j, _| sign(j) * weight), b: DVector::repeat(2 * count, -1.0) }
}

/// An input at distance `along` from the boundary and of this norm.
pub(crate) fn input(along: f64, norm: f64) -> [f64; 2] {
    [along, (norm * norm - along * along).max(0.0).sqrt()]
}

pub(crate) fn output(network: &TwoLayer, x: [f64; 2]) -> f64 {
    let batch = Batch::new(DMatrix::from_column_slice(2, 1, &x), DVector::repeat(1, 1.0), DVector::repeat(1, 1.0));
    network.output(&batch)[0]
}

/// E[yx] moved by ε_G against (or, with −1, along) an input: the worst first batch there.
pub(crate) fn moved(point: &Point, x: [f64; 2], against: f64) -> [f64; 2] {
    let by = against * point.get("epsilon_G") / x[0].hypot(x[1]);
    [point.get("g_norm") - by * x[0], -by * x[1]]
}

/// Lengths that go together: ‖E[yx]‖ ≤ B_op ≤ B_x, μ ≤ reach ≤ B_x; the reach is mostly at least B_op.
pub(crate) fn lengths(rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let b_x = spread(rng, -1.0, 1.0);
    let b_op = b_x * rng.random_range(0.05..1.0);
    let g_norm = b_op * rng.random_range(0.05..1.0);
    let low = if rng.random_range(0..4) == 0 { g_norm } else { b_op };
    let reach = rng.random_range(low..b_x);
    let error = [0.0, g_norm * spread(rng, -4.0, 0.5)][rng.random_range(0..2)];
    let mut all = vec![("B_x", b_x), ("B_op", b_op), ("g_norm", g_norm), ("reach", reach), ("epsilon_G", error)];
    all.extend([("mu", reach * rng.random_range(0.02..1.0)), ("kappa", f64::from(rng.random_range(1..6)))]);
    all.extend([
        ("t", [spread(rng, -1.0, 0.9), rng.random_range(4.0..9.0)][rng.random_range(0..2)]),
        ("lipschitz", [1.0, std::f64::consts::LOG2_E][rng.random_range(0..2)]),
    ]);
    all
}

/// p against the exact law of ‖u‖ in many dimensions; for large t nothing is left to lose.
pub(crate) fn norm_share(point: &Point) -> Result<(), String> {
    let (p, t) = (point.get("p"), point.get("t"));
    for d in [1, 2, 3, 4, 7, 20, 61, 200] {
        let beyond = longer(d, f64::from(d).sqrt() + t);
        // 1 − p has been rounded to 10⁻¹⁶.
        if beyond > 1.0 - p + 1e-15 {
            return Err(format!(
                "in dimension {d} an initial direction is too long with probability {beyond}, p = {p}"
            ));
        }
    }
    if t > 4.0 { at_most("what p comes to", 0.999, p, 0.0) } else { Ok(()) }
}

/// The norms of weights on both neurons of κ pairs.
fn norms(point: &Point, weight: f64) -> Result<(), String> {
    let weights = vec![weight; 2 * point.get("kappa") as usize];
    equal("alpha_l1", point.get("alpha_l1"), weights.iter().sum(), ROUNDING)?;
    equal("alpha_l2", point.get("alpha_l2"), weights.iter().map(|w| w * w).sum::<f64>().sqrt(), ROUNDING)?;
    equal("alpha_inf", point.get("alpha_inf"), weight, ROUNDING)
}

/// Networks of hits at both ends of the ball, on the inputs that are worst for them.
fn ball_hits(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mut all = lengths(rng);
        let get = |name: &str| all.iter().find(|(symbol, _)| *symbol == name).map_or(f64::NAN, |(_, value)| *value);
        let epsilon = rng.random_range(0.01..0.99);
        // Above 1 only a mutant admits it.
        let rho = if rng.random_range(0..4) == 0 { rng.random_range(1.0..3.0) } else { spread(rng, -5.0, 0.0) };
        let share = rho * get("lipschitz") * get("B_op") / (epsilon * get("mu"));
        all.extend([("epsilon", epsilon), ("rho_share", share)]);
        all
    };
    for point in subject.points(20, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (rho, theta, g, reach, mu) = (get("rho"), get("theta"), get("g_norm"), get("reach"), get("mu"));
        norm_share(&point)?;
        // f* = (1/2μ)[σ(⟨D,x⟩ + B) − σ(−⟨D,x⟩ + B)]: |b*| = B, and Lemma 3 gives weights B/2μ over κ.
        let (weight, kappa) = (reach / (2.0 * mu) / get("kappa"), get("kappa") as usize);
        norms(&point, weight)?;
        // |B θ g E[yx] − D| ≤ ρ reads |g| ∈ [1 − ρ, 1 + ρ]/(Bθ‖E[yx]‖).
        let unit = 1.0 / (reach * theta * g);
        let hit = get("p") * 2.0 * normal_between(((1.0 - rho) * unit).max(0.0), (1.0 + rho) * unit);
        equal("Pr[hit]", get("q"), hit, 1e-7)?;
        let slope = get("lipschitz");
        equal("what hits may cost", get("rho_term"), get("rho_share") * get("epsilon"), ROUNDING)?;
        let network = |size: f64, gradient: [f64; 2]| pairs(kappa, theta * size * unit, gradient, weight);
        // Every input at B_op from the boundary, or at the reach where that is nearer.
        let x = input(get("B_op").min(reach), get("B_x"));
        let off = (output(&network(1.0 - rho, [g, 0.0]), x) - x[0] / mu).abs();
        at_most("what hits cost", slope * off, get("rho_term"), 1e-8)?;
        if get("B_op") <= reach {
            equal("rho_term", get("rho_term"), slope * off, 1e-8)?;
        }
        // A batch that takes ε_G off E[yx] itself; linear as long as no mirrored neuron dies.
        let error = get("epsilon_G");
        let both = [[g, 0.0], [g - error, 0.0]].map(|gradient| output(&network(1.0 + rho, gradient), x));
        let change = slope * (both[0] - both[1]).abs();
        let rounding = 1e-14 * slope * both[0].abs();
        at_most("what a batch costs", change - rounding, get("batch_term"), 1e-8)?;
        if get("B_op") * (1.0 + rho) * (1.0_f64).max(error / g - 1.0) <= reach && (error > 1e-5 * g || error <= 0.0) {
            equal("batch_term", get("batch_term"), change, 1e-8)?;
        }
        if mu > reach {
            continue; // No input has such a margin.
        }
        // The margin, over distances, sizes of hits and the batch that is worst there.
        let lost = error * get("B_x") / (mu * g);
        let mut least = f64::INFINITY;
        for along in [mu, f64::midpoint(mu, reach), reach] {
            let x = input(along, get("B_x"));
            for size in [1.0 - rho, 1.0 + rho] {
                least = least.min(output(&network(size, moved(&point, x, 1.0)), x));
            }
        }
        let room = ROUNDING * (1.0 + lost);
        at_most("margin_1", get("margin_1") - room, least, 0.0)?;
        if (1.0 + rho) * (mu + error * get("B_x") / g) <= reach {
            // The proof adds what hits and what the batch take, (1+ρ) of it: 2ρ of the smaller may be lost.
            at_most("the least margin", least, get("margin_1") + 2.0 * rho * lost.min(1.0) + room, 0.0)?;
        }
    }
    Ok(())
}

/// Networks of hits at both ends of the window and inside, on the inputs that are worst for them.
fn window_hits(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let mut all = lengths(rng);
        all.extend([("window", rng.random_range(0.05..0.95)), ("theta_factor", spread(rng, -0.6, 1.0))]);
        all
    };
    for point in subject.points(20, &mut rng, propose)? {
        let get = |symbol: &str| point.get(symbol);
        let (theta, g, mu, kappa) = (get("theta"), get("g_norm"), get("mu"), get("kappa") as usize);
        norm_share(&point)?;
        // The farthest input and the batch that adds most there: |⟨Ĝ,x⟩| in units of ‖E[yx]‖.
        let far = input(get("reach"), get("B_x"));
        let along = moved(&point, far, -1.0);
        let reach = (along[0] * far[0] + along[1] * far[1]) / g;
        equal("reach_1", get("reach_1"), reach, ROUNDING)?;
        // A hit has |v| B₁ ∈ [c, 1], a test on |g|.
        let unit = 1.0 / (theta * g * reach);
        let hit = get("p") * 2.0 * normal_between(get("window") * unit, unit);
        // The narrower the window, the more of it rounding takes.
        equal("Pr[hit]", get("q"), hit, 1e-7 + 1e-15 / (1.0 - get("window")))?;
        norms(&point, 1.0 / (2.0 * mu * get("kappa") * theta * get("window") * unit * g))?;
        for size in [get("window"), 0.5 * (1.0 + get("window")), 1.0] {
            let v = theta * size * unit * g;
            let network =
                |gradient: [f64; 2]| pairs(kappa, theta * size * unit, gradient, 1.0 / (2.0 * mu * get("kappa") * v));
            let x = input(get("B_op").min(get("reach")), get("B_x"));
            let exact = output(&network([g, 0.0]), x);
            // f* is met: what is off is rounding.
            let off = (exact - x[0] / mu).abs() * mu / x[0];
            equal("rho_term", get("rho_term"), if off < ROUNDING { 0.0 } else { off }, 0.0)?;
            let change = get("lipschitz") * (output(&network([g - get("epsilon_G"), 0.0]), x) - exact).abs();
            let rounding = 1e-13 * exact.abs();
            at_most("what a batch costs", change - rounding, get("batch_term"), 1e-8)?;
            if get("B_op") <= get("reach") {
                at_most("batch_term", get("batch_term") - rounding, change, 1e-8)?;
            }
            let near = input(mu, get("B_x"));
            let least = output(&network(moved(&point, near, 1.0)), near);
            let lost = get("epsilon_G") * get("B_x") / (mu * g);
            if (least - get("margin_1")).abs() > ROUNDING * (1.0 + lost) {
                return Err(format!("the least margin is {least}, margin_1 = {}", get("margin_1")));
            }
        }
    }
    Ok(())
}

/// One hit event serves both targets, as a pair carries ±v; N is what the initialisation has.
fn hit_count(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let q = spread(rng, -2.5, -0.05);
        counted(rng, 1.0, q).to_vec()
    };
    for point in subject.points(20, &mut rng, propose)? {
        let m = point.get("m");
        let bound = subject.concluded(&point).ok_or("no bound")?;
        at_most("too few hits", too_few(1.0, point.get("kappa"), m, point.get("q")), bound, TAIL)?;
        if m < 500.0 {
            let scales = Scales { b_tilde: 1.0, beta: 1.0, theta: 1.0, sigma_a: 1.0, slope: 1.0 };
            let network = Initialisation::draw(1, m as usize, &mut ChaCha8Rng::seed_from_u64(3)).network(&scales);
            equal("N", point.get("N"), network.neurons() as f64, 0.0)?;
        }
    }
    Ok(())
}
