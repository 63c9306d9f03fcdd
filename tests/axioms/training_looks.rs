//! Chapter `training`: what is certified of a comparator, of a goal, and of every halfspace (docs/theory.md §5.2, §6).

use crate::chances::{ROUNDING, TAIL, binomial_at_most, spread};
use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::variants::{finite, proved_for};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("program-certified", program_certified),
    ("nonlinear", nonlinear),
    ("evaluated-exactly", evaluated_exactly),
    ("evaluated-by-samples", evaluated_by_samples),
];

/// The stakes of §6's wager.
const STAKES: [f64; 3] = [0.95, 0.3, 0.1];

/// The exact probability that the wager excludes the mean of a loss which is 0 or its range: of n samples k are the range,
/// and the wealth depends on k alone.
fn program_certified(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(40, &mut rng, |_| Vec::new())? {
        let error = point.get("program_error");
        let bound = subject.concluded(&point).ok_or("no bound")?;
        let (n, p) = (spread(&mut rng, 0.0, 3.0).ceil(), spread(&mut rng, -3.0, -0.1));
        let wealth = |k: f64, stake: f64| ((n - k) * (stake * p).ln_1p() + k * (stake * (p - 1.0)).ln_1p()).exp();
        let excluded = |k: f64| STAKES.iter().any(|stake| wealth(k, *stake) >= 3.0 / error);
        // The wealth falls as k grows.
        let counts = (0..=n as u32).map(f64::from).take_while(|k| excluded(*k)).count() as f64;
        at_most("Pr[the mean is excluded]", binomial_at_most(counts - 1.0, n, p), bound, TAIL)?;
        let mean: f64 = STAKES.iter().map(|s| expectation(n, p, |k| wealth(k, *s))).sum::<f64>() / 3.0;
        equal("the wealth's mean at the true mean", mean, 1.0, TAIL)?;
    }
    Ok(())
}

/// E g(Bin(n, p)).
fn expectation(n: f64, p: f64, g: impl Fn(f64) -> f64) -> f64 {
    let weight = |k: f64| {
        let choices = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        (choices + k * p.ln() + (n - k) * (-p).ln_1p()).exp()
    };
    (0..=n as u32).map(f64::from).map(|k| weight(k) * g(k)).sum()
}

/// Four corners of mass `linear_error` each, labelled by their product, and the rest of the mass where every sensible
/// halfspace is right: the best halfspace is looked for, and held against a network that errs as often as the bound allows.
fn nonlinear(subject: &Subject<'_>) -> Result<(), String> {
    crate::logic::united(subject, &["error_reached"])?;
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let linear = rng.random_range(0.01..0.25);
        vec![("linear_error", linear), ("error_bound", linear * rng.random_range(0.5..1.5))]
    };
    for point in subject.points(24, &mut rng, propose)? {
        let corner = point.get("linear_error");
        let far = 1.0 - 4.0 * corner;
        let points = [
            (1.0, 1.0, 1, corner),
            (-1.0, -1.0, 1, corner),
            (1.0, -1.0, -1, corner),
            (-1.0, 1.0, -1, corner),
            (9.0, 9.0, 1, far),
        ];
        let mut best = f64::INFINITY;
        for angle in (0..48).map(|i| f64::from(i) * std::f64::consts::PI / 24.0 + 0.01) {
            for threshold in (-56..=56).map(|i| f64::from(i) / 4.0) {
                let side = |x: f64, y: f64| angle.cos() * x + angle.sin() * y - threshold > 0.0;
                let wrong = points.iter().filter(|(x, y, label, _)| side(*x, *y) != (*label > 0));
                best = best.min(wrong.map(|(.., mass)| mass).sum());
            }
        }
        equal("the best halfspace", best, corner, ROUNDING)?;
        if point.get("error_bound") >= best {
            return Err(format!("the network may err {}, a halfspace {best}", point.get("error_bound")));
        }
    }
    Ok(())
}

/// Errors of finite laws whose weights are whole parts of 2^20, summed forwards and backwards: no verdict ever differs.
fn evaluated_exactly(subject: &Subject<'_>) -> Result<(), String> {
    proved_for(subject, "evaluation", &["exact"])?;
    finite(subject)?;
    let mut rng = subject.rng();
    for point in subject.points(4, &mut rng, |_| Vec::new())? {
        let mut wrong = 0.0;
        for _ in 0..50 {
            let masses: Vec<f64> =
                (0..64).map(|_| f64::from(rng.random_range(0..1_u32 << 14)) / f64::from(1 << 20)).collect();
            let errs: Vec<bool> = masses.iter().map(|_| rng.random_range(0..3) == 0).collect();
            let lost =
                |order: &mut dyn Iterator<Item = usize>| order.filter(|i| errs[*i]).map(|i| masses[i]).sum::<f64>();
            let (forwards, backwards) = (lost(&mut (0..64)), lost(&mut (0..64).rev()));
            let bound = rng.random_range(0.0..0.5);
            wrong += f64::from(u8::from((forwards <= bound) != (backwards <= bound))) / 50.0;
        }
        equal("wrong verdicts", point.get("certification_error"), wrong, 0.0)?;
    }
    Ok(())
}

/// Looks at a network that just misses its goal, each certified only if so few errors are seen that its part of the error
/// allows it: the union over many looks spends no more than the whole, and the whole leaves room for a failure rate below
/// δ.
fn evaluated_by_samples(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(24, &mut rng, |_| Vec::new())? {
        let all = point.get("certification_error");
        let (mut wrong, goal) = (0.0, rng.random_range(0.05..0.5));
        for look in (1..40).map(f64::from) {
            let part = all / (look * (look + 1.0));
            // Clopper and Pearson: as many errors as have at the goal itself a probability of the part at most.
            let tail = |k: f64| binomial_at_most(k, 400.0, goal);
            let certifies = (0..400).map(f64::from).take_while(|k| tail(*k) <= part).last();
            wrong += certifies.map_or(0.0, tail);
        }
        at_most("wrongly certified at some look", wrong, all, TAIL)?;
        at_most("what no failure may have of delta", all, point.get("delta"), 0.0)?;
    }
    Ok(())
}
