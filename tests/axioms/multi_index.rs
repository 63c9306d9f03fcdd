//! Labels that depend on a plane (docs/theory.md §5.5).

use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::measure::{cdf, chi_squared_tail, decades, density, draws, integral, near, one_of};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] =
    &[("off-subspace", off_subspace), ("lemma-multi-index", lemma_multi_index)];

/// The chi-squared tail of 2m lengths, and the least bound that Markov's inequality has for their exponential moments; the part of
/// a neuron's gradient off the plane by an integral over the first coordinate.
fn off_subspace(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let mut sharp = 0;
    let propose = |rng: &mut ChaCha8Rng| {
        let d = f64::from([rng.random_range(2..12), rng.random_range(2..3000)][rng.random_range(0..2)]);
        let m = f64::from(rng.random_range(1..300));
        let longer = match rng.random_range(0..4) {
            0 => rng.random_range(0.1..1.0),
            1 => 1.0 + decades(rng, -4.0, 0.5),
            _ => 1.0 + rng.random_range(1.0..12.0) / d.sqrt(),
        };
        let u_most = longer * d.sqrt();
        let bound = 2.0 * m * moment_bound(d, u_most.powi(2));
        let share = one_of(rng, &[1.0 + 1e-9, 1.5, 0.7, 0.3]) * bound;
        let usual = decades(rng, -6.0, -0.31);
        vec![
            ("d", d),
            ("m", m),
            ("u_most", u_most),
            ("off_share", if rng.random_range(0..3) > 0 && share < 0.5 && share > 1e-12 { share } else { usual }),
            (
                "beta",
                u_most * if rng.random_range(0..4) == 0 { decades(rng, -4.0, 3.0) } else { rng.random_range(0.5..7.0) },
            ),
        ]
    };
    for point in draws(subject, 24, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (d, m, longest) = (get("d"), get("m"), get("u_most"));
        let bound = subject.concluded(&point).ok_or("it concludes nothing")?;
        let tail = chi_squared_tail(d as u32, longest.powi(2));
        let some = -(2.0 * m * (-tail).ln_1p()).exp_m1();
        at_most("some direction is longer", some, bound, 1e-9)?;
        at_most(
            "what exponential moments show of the longest",
            2.0 * m * moment_bound(d, longest.powi(2)),
            bound,
            1e-9,
        )?;
        let threshold = get("beta") / longest;
        let mut most = 0.0_f64;
        for (a, c) in (1..12).flat_map(|i| [(f64::from(i) / 12.0, 0.3), (f64::from(i) / 12.0, 1e5)]) {
            most = most.max(off_part(a, threshold, c).abs());
        }
        at_most("the part off the plane", most, get("off_limit"), 1e-9)?;
        // Close to the limit where the threshold is high and the label all but certain given the output.
        if (1.5..7.0).contains(&threshold) {
            sharp += 1;
            at_most("the limit of the part off the plane", get("off_limit"), 1.95 * most, 1e-9)?;
        }
    }
    if sharp >= 5 { Ok(()) } else { Err(format!("the limit was tried where it is sharp {sharp} times only")) }
}

/// The least of E e^{λ|u|²} e^{-λx} over λ in [0, 1/2[, |u|² chi-squared with d degrees: by golden section, its logarithm is convex.
fn moment_bound(d: f64, x: f64) -> f64 {
    let log = |lambda: f64| -d / 2.0 * (-2.0 * lambda).ln_1p() - lambda * x;
    let (mut low, mut high) = (0.0, 0.5);
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..80 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if log(left) < log(right) { high = right } else { low = left }
    }
    log(f64::midpoint(low, high)).min(0.0).exp()
}

/// E[ζ y 1{a z + τ ζ > t}], a² + τ² = 1, y of mean sign(z)(2Φ(c z²) - 1) given z: the cubic link along the first axis of the plane,
/// ζ the coordinate off it. E[ζ 1{ζ > s}] = φ(s).
fn off_part(a: f64, t: f64, c: f64) -> f64 {
    let tau = (1.0 - a * a).sqrt();
    let label = |z: f64| z.signum() * (2.0 * cdf(c * z * z) - 1.0);
    let part = |z: f64| density(z) * label(z) * density((t - a * z) / tau);
    integral(-10.0, 0.0, 20, part) + integral(0.0, 10.0, 20, part)
}

/// docs/theory.md §5.5 [P], written down again: the rank of the plane is 2.
fn lemma_multi_index(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        vec![
            ("d", f64::from(rng.random_range(2..200))),
            ("degree", f64::from(rng.random_range(1..12))),
            ("tau", rng.random_range(0.1..20.0)),
            ("c_p", decades(rng, -3.0, 3.0)),
            ("curvature", if rng.random_range(0..4) == 0 { 0.0 } else { decades(rng, -3.0, 0.0) }),
        ]
    };
    for point in subject.points(60, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (d, r, degree) = (get("d"), 2f64, get("degree") as i32);
        equal("p", get("p"), get("c_p") * r.powi(-degree), 1e-12)?;
        equal("gamma", get("gamma"), d.powf(-get("tau")), 1e-9)?;
        equal("B_G", get("B_G"), get("c_g") * get("curvature") / d.sqrt(), 1e-12)?;
        equal("r_star", get("r_star"), r.powi(degree + 1), 1e-12)?;
        equal("B_a1", get("B_a1"), d.sqrt(), 1e-12)?;
        equal("B_a2", get("B_a2"), d.sqrt() * get("r_star").sqrt(), 1e-12)?;
        equal("B_b", get("B_b"), d.sqrt(), 1e-12)?;
        near("the loss of f*", get("target_loss"), 0.0, 0.0)?;
        at_most("a curvature, E[Hess h] not degenerate", f64::MIN_POSITIVE, get("curvature"), 0.0)?;
        at_most("a probability", get("p"), 1.0, 0.0)?;
    }
    Ok(())
}
