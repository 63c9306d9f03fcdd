//! Features, the first step and the scales of the weights: the axioms against the crate's own first step, against adversaries that
//! attain what is bounded, and against exact distributions.

use crate::harness::{Falsifier, Subject, at_most, equal};
use crate::laws::draws;
use crate::tails;
use nalgebra::{DMatrix, DVector};
use provably::distributions::{Distribution, Moments, Support, UniformHypercube};
use provably::network::{Batch, GradientSource, Initialisation, Loss, Scales, first_step};
use provably::statistics::streams::{Purpose, Stream, stream};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("feature-set", feature_set),
    ("network-size", network_size),
    ("first-step-population", first_step_population),
    ("lemma-2", lemma_2),
    ("no-first-batch", no_first_batch),
    ("any-outer-scale", any_outer_scale),
    ("outer-scale", outer_scale),
];

const ROUNDING: f64 = 1e-9;

/// Were the feature as rare as is claimed impossible, so many hits would be seen with probability a third of the evidence's error
/// at most. The claim is what the axiom concludes, not the symbol it is made from.
fn feature_set(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let seen = |rng: &mut ChaCha8Rng| {
        let n = 10f64.powf(rng.random_range(0.0..3.0)).floor();
        let hits = (n * rng.random_range(0.0..1.0) + f64::from(rng.random_range(0..2))).floor();
        let rate = (hits / n - rng.random_range(-0.5..4.0) * 0.5 / n.sqrt()).clamp(0.0, 0.999_999);
        let mut some = draws(subject, &["feature_draws", "feature_hits", "p", "evidence_error"], rng);
        let operator = 10f64.powf(rng.random_range(-2.0..2.0));
        some.extend([("B_op", operator), ("B_G", operator * rng.random_range(0.1..1.1))]);
        match rng.random_range(0..4) {
            0 => {}
            1 => some.extend([("feature_draws", n), ("feature_hits", n), ("p", rng.random_range(0.0..1.0))]),
            _ => some.extend([("feature_draws", n), ("feature_hits", hits), ("p", rate)]),
        }
        some
    };
    for point in subject.points(40, &mut rng, seen)? {
        let (hits, draws) = (point.get("feature_hits"), point.get("feature_draws"));
        if hits > draws {
            return Err(format!("{hits} of {draws} neurons cannot be seen"));
        }
        // |E[yx 1]·D| is at most the root of E⟨x,D⟩².
        at_most("the length of a gradient", point.get("B_G"), point.get("B_op"), ROUNDING)?;
        let rarest = 1.0 - subject.concluded(&point).ok_or("it concludes nothing")?;
        let chance = tails::binomial(hits, draws, rarest.min(1.0));
        // A part in 10⁸: sums and differences of the kernel's tail are rounded to an f64 here.
        at_most("the chance of so many hits", chance, point.get("evidence_error") / 3.0, 1e-8)?;
    }
    Ok(())
}

/// The network that is made has so many neurons.
fn network_size(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let scales = Scales { b_tilde: 1.0, beta: 1.0, theta: 1.0, sigma_a: 1.0, slope: 1.0 };
    for point in subject.points(12, &mut rng, |_| vec![])? {
        let m = point.get("m") as usize;
        let made = Initialisation::draw(1, m, &mut stream(1, 0, Purpose::Probe)).network(&scales).neurons();
        equal("N", point.get("N"), made as f64, ROUNDING)?;
    }
    Ok(())
}

/// Weights of a network of 4m neurons in R^d and a threshold.
fn drawn(d: usize, m: usize, rng: &mut Stream) -> (Initialisation, f64) {
    let beta = 10f64.powf(rng.random_range(-1.0..1.0));
    (Initialisation::draw(d, m, rng), beta)
}

/// The gradients of the first step on the population against E[yx 1{⟨u,x⟩ > sβ}] over all points: as far off as is said.
fn first_step_population(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = stream(3, 0, Purpose::Probe);
    let epsilon = subject.points(1, &mut subject.rng(), |_| vec![])?[0].get("epsilon_G");
    for d in [1, 2, 4, 6] {
        let law = UniformHypercube::new(d).map_err(|e| e.to_string())?;
        let (initialisation, beta) = drawn(d, 2, &mut rng);
        let scales = Scales { b_tilde: 1.0, beta, theta: 1.0, sigma_a: 1.0, slope: 1.0 };
        let after =
            first_step(&initialisation, &scales, GradientSource::Population(&law)).map_err(|e| e.to_string())?;
        let mut worst = 0.0_f64;
        for (i, u) in initialisation.u.column_iter().enumerate() {
            let mut exact = DVector::zeros(d);
            for bits in 0..1_u32 << d {
                let x = DVector::from_fn(d, |l, _| if bits >> l & 1 == 0 { 1.0 } else { -1.0 });
                if u.dot(&x) > initialisation.signs[i] * beta {
                    exact += &x * (x[0] * 0.5_f64.powi(d as i32));
                }
            }
            worst = worst.max((exact - after.gradients.column(i)).norm());
        }
        at_most("the error of the gradients", worst, epsilon + 1e-12, 0.0)?;
        at_most("epsilon_G against the error of the gradients", epsilon, worst + 1e-12, 0.0)?;
    }
    Ok(())
}

/// Exact: yx = ±B_x by coin, so that n₁ times the mean is a walk. And what the proof says: the root of the mean square of a centred
/// mean, and McDiarmid's exponent for a change of 2B_x/n₁, solved by bisection.
fn lemma_2(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let law = |rng: &mut ChaCha8Rng| {
        // Where no input is longer than B_x, E‖x‖² is at most its square.
        let longest = 10f64.powf(rng.random_range(-3.0..3.0));
        let share = if rng.random() { 1.0 } else { rng.random_range(0.001..1.0) };
        vec![("B_x", longest), ("B_x2", share * longest * longest)]
    };
    for point in subject.points(80, &mut rng, law)? {
        let (longest, square, n) = (point.get("B_x"), point.get("B_x2"), point.get("n_1"));
        let (epsilon, delta) = (point.get("epsilon_G"), point.get("delta_G"));
        let claimed = subject.concluded(&point).ok_or("it concludes nothing")?;
        if square >= longest * longest * (1.0 - ROUNDING) {
            // |S_n| > n ε/B_x, S_n = 2 Bin(n, ½) - n.
            let least = ((n * epsilon / longest + n) / 2.0 * (1.0 + ROUNDING)).floor() + 1.0;
            at_most("Pr[|mean| > epsilon_G]", (2.0 * tails::binomial(least, n, 0.5)).min(1.0), claimed, ROUNDING)?;
        }
        let (mean, change) = ((square / n).sqrt(), (longest - -longest) / n);
        let exponent = |t: f64| -2.0 * t * t / (n * change * change);
        let (mut low, mut high) = (0.0, 1e3 * longest);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if exponent(middle) <= libm::log(delta) { high = middle } else { low = middle }
        }
        equal("epsilon_G", epsilon, mean + high, ROUNDING)?;
        at_most("McDiarmid's bound", libm::exp(exponent(epsilon - mean)), claimed, 1e-6)?;
    }
    Ok(())
}

/// A law that counts the samples drawn from it.
struct Counted(UniformHypercube, AtomicUsize);

impl Distribution for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        self.1.fetch_add(y.len(), Ordering::Relaxed);
        self.0.sample(rng, x, y);
    }
    fn support(&self) -> Option<&Support> {
        self.0.support()
    }
    fn moments(&self) -> Moments {
        self.0.moments()
    }
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        self.0.gradient(w, b)
    }
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        self.0.active_label(w, b)
    }
    fn margin(&self, u: &[f64]) -> Option<f64> {
        self.0.margin(u)
    }
    fn projection_bound(&self, u: &[f64]) -> Option<f64> {
        self.0.projection_bound(u)
    }
}

/// The samples that a first step by the closed form draws, counted.
fn no_first_batch(subject: &Subject<'_>) -> Result<(), String> {
    let said = subject.points(1, &mut subject.rng(), |_| vec![])?[0].get("n_1");
    let law = Counted(UniformHypercube::new(5).map_err(|e| e.to_string())?, AtomicUsize::new(0));
    let (initialisation, beta) = drawn(5, 3, &mut stream(4, 0, Purpose::Probe));
    let scales = Scales { b_tilde: 1.0, beta, theta: 1.0, sigma_a: 1.0, slope: 1.0 };
    first_step(&initialisation, &scales, GradientSource::Population(&law)).map_err(|e| e.to_string())?;
    equal("n_1", said, law.1.load(Ordering::Relaxed) as f64, ROUNDING)
}

/// The literal outer gradient of the network that the scales make, times η₁ and b̃, is outer_scale times E[yσ(⟨u,x⟩ - sβ)].
fn any_outer_scale(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(40, &mut rng, |_| vec![])? {
        let [theta, b_tilde, beta, outer] = ["theta", "b_tilde", "beta", "outer_scale"].map(|s| point.get(s));
        let scales = Scales { b_tilde, beta, theta, sigma_a: point.get("sigma_a"), slope: 1.0 };
        let (initialisation, _) = drawn(3, 2, &mut rng);
        let samples = 5;
        let points = DMatrix::from_fn(3, samples, |_, _| rng.random_range(-2.0..2.0) * beta);
        let labels = DVector::from_fn(samples, |_, _| if rng.random() { 1.0 } else { -1.0 });
        let batch = Batch::new(points, labels, DVector::repeat(samples, 1.0 / samples as f64));
        // The initial outer weights cancel in pairs and do not enter their own gradient; as 0 they leave no rounding.
        let mut network = initialisation.network(&scales);
        network.a.fill(0.0);
        let (gradient, _) = network.gradient(&batch, Loss::Hinge);
        for (j, gradient) in gradient.iter().enumerate() {
            let (u, s) = (initialisation.u.column(j % 4), initialisation.signs[j % 4]);
            let of =
                |(x, y): (nalgebra::DVectorView<'_, f64>, &f64)| (y / samples as f64, (u.dot(&x) - s * beta).max(0.0));
            let terms: Vec<(f64, f64)> = batch.points().column_iter().zip(batch.labels().iter()).map(of).collect();
            let size = outer * terms.iter().map(|(_, h)| h).fold(0.0, |a: f64, h| a.max(*h));
            let expected = outer * terms.iter().map(|(y, h)| y * h).sum::<f64>();
            let found = -scales.eta_1() * gradient * b_tilde;
            // A NaN is a violation.
            if (found - expected).abs().total_cmp(&(ROUNDING * size)).is_gt() {
                return Err(format!("the first outer weight is {found:e}, outer_scale times Lemma 1's {expected:e}"));
            }
        }
    }
    Ok(())
}

/// The largest first outer layer that the event of the initial norms allows: every direction as long as it may be, along the one
/// input there is, which is as long as it may be. It is as large as alpha_1, neither more nor less.
fn outer_scale(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    for point in subject.points(40, &mut rng, |_| vec![])? {
        let (theta, b_tilde) = (point.get("theta"), point.get("b_tilde"));
        let beta = 10f64.powf(rng.random_range(-2.0..2.0));
        // u_max = β at B_x = 1. All pairs are alike, so that one of each sign is run.
        let initialisation = Initialisation {
            u: DMatrix::repeat(1, 2, beta),
            g: DVector::repeat(2, 1.0),
            signs: DVector::from_column_slice(&[1.0, -1.0]),
        };
        let one = Batch::new(DMatrix::repeat(1, 1, 1.0), DVector::repeat(1, 1.0), DVector::repeat(1, 1.0));
        let scales = Scales { b_tilde, beta, theta, sigma_a: point.get("sigma_a"), slope: 1.0 };
        let after = first_step(&initialisation, &scales, GradientSource::Batch(&one)).map_err(|e| e.to_string())?;
        equal("alpha_1", after.state.alpha.norm() * point.get("m").sqrt(), point.get("alpha_1"), ROUNDING)?;
    }
    Ok(())
}
