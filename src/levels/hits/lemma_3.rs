//! Hits of f* by Lemma 3: ρ from what a form can pay, θ and q from fresh neurons, m from q.

use crate::derivation::sizes::{HITS_PART, INITIAL_PART, Tail, least_count_of, share, spread_of_squares};
use crate::derivation::{Derivation, DerivationError, rounded};
use crate::features::{FeatureHits, TargetNeuron, gradients};
use crate::levels::features::{EVIDENCE_ERROR, any};
use crate::levels::pilot::OUTER_SCALE;
use crate::levels::target::Norms;
use crate::levels::{Data, Params, Target};
use crate::parameters::Form;
use crate::registry::InstanceError;
use crate::statistics::streams::{Purpose, stream};
use nalgebra::{DMatrix, DVectorView};

/// The hits' part of ε in forms A and B, of ε − (the price of the target's loss) in C, of the margin in C with a margin.
const RHO_SHARE: f64 = 0.5;
/// Neurons on which q is measured, as a multiple of those on which features are counted.
const HIT_DRAWS: usize = 4;
/// Number of the stream they are drawn from.
const HIT_STREAM: u64 = 1 << 52;
/// Values of θ tried, relative to the one at which the median target is hit at g = 1.
const THETAS: [f64; 5] = [0.5, 0.7, 1.0, 1.4, 2.0];

/// What fresh neurons showed of the hits, kept from one derivation to the next; and the tail that the mistakes call for.
pub(crate) struct Measured {
    theta: f64,
    mean: f64,
    draws: f64,
    pub(crate) tail: Tail,
}

/// Which of the explicit theorems is derived.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// The form.
    pub(crate) form: Form,
    /// Whether f* has a margin (form C).
    pub(crate) margin: bool,
    /// How the number of mistakes is bounded.
    pub(crate) tail: Tail,
}

/// Lemma 3: ρ from what the form can pay, θ and q from fresh neurons, m from q.
pub(crate) fn hits(
    derivation: &mut Derivation,
    params: &Params,
    data: &Data,
    beta: f64,
    target: &Target,
    (mode, seed): (Mode, u64),
    measured: &mut Option<Measured>,
) -> Result<FeatureHits, InstanceError> {
    let Mode { form, margin, .. } = mode;
    let (epsilon, delta, kappa) = (params.epsilon.get(), params.delta.get(), params.kappa.get());
    let Norms { outer_l1: a_l1, strength_l1: target_l1, strength_l2: target_l2, .. } = target.norms();
    let (b_op, b_x) = (derivation.number("B_op"), derivation.number("B_x"));
    let loss = target.written_loss();
    let paid = if margin {
        RHO_SHARE * target.margin * b_op / (b_x * epsilon)
    } else if form == Form::C {
        RHO_SHARE * (epsilon / (2.0 * crate::levels::posterior::price(params)) - loss).max(1e-9 * epsilon) / epsilon
    } else {
        RHO_SHARE
    };
    // Lemma 3 needs ρ < 1; ½ leaves room.
    let rho_share = rounded(paid.min(0.5 * a_l1 * b_op / epsilon), 9, false);
    let rho = rho_share * epsilon / (a_l1 * b_op);
    let mut hits = FeatureHits {
        targets: target.neurons.clone(),
        rho: rho * (1.0 - 1e-12),
        copies: kappa as usize,
        theta: 1.0,
        scale: 1.0,
    };
    if measured.is_none() {
        let (theta, mean, draws) = first_step(params, data, beta, &hits, seed)?;
        *measured = Some(Measured { theta, mean, draws, tail: Tail::Counted });
    }
    let (theta, mean, draws) = measured.as_ref().map_or((1.0, 0.0, 1.0), |m| (m.theta, m.mean, m.draws));
    hits.theta = theta;
    let range = 0.968 * rho / (1.0 - rho);
    let ratio = rounded(mean / range * (1.0 - 1e-9), 9, false);
    let q = hoeffding_lower(ratio, draws, (3.0 * target.neurons.len() as f64 / EVIDENCE_ERROR).ln()) * range;
    if ratio <= 0.0 {
        let why = "no hit has a probability above 0 in any of the fresh neurons that were drawn".into();
        return Err(DerivationError::Unreachable { what: "width m", why }.into());
    }
    let alpha_once = if hits.apart() { target_l2 } else { target_l1 };
    for (symbol, value) in [
        ("targets", target.neurons.len() as f64),
        ("a_l1", a_l1),
        ("target_l1", target_l1),
        ("target_l2", target_l2),
        ("alpha_once", alpha_once),
        ("rho_share", rho_share),
        ("hit_mean", ratio),
        ("hit_draws", draws),
        ("q", rounded(q * (1.0 - 1e-9), 9, false)),
        ("kappa", kappa as f64),
        ("beta", beta),
        ("theta", theta),
        ("outer_scale", OUTER_SCALE),
        ("delta_H", share(delta, HITS_PART)),
        ("delta_u", share(delta, INITIAL_PART / 2.0)),
        ("delta_g", share(delta, INITIAL_PART / 2.0)),
    ] {
        derivation.choose(symbol, value)?;
    }
    if !margin {
        derivation.choose("target_loss", loss)?;
    }
    let m = least_count_of(derivation, kappa, target.neurons.len() as u64)? as f64;
    derivation.choose("m", m)?;
    derivation.choose("S_g", spread_of_squares(2.0 * m, derivation.number("delta_g")))?;
    Ok(hits)
}

/// The θ with the most probable rarest hit, its mean of Pr[hit | G] over fresh neurons, and their number.
fn first_step(
    params: &Params,
    data: &Data,
    beta: f64,
    hits: &FeatureHits,
    seed: u64,
) -> Result<(f64, f64, f64), InstanceError> {
    let mut rng = stream(seed, HIT_STREAM, Purpose::Pilot);
    let mut draw =
        |draws: usize| [1.0, -1.0].map(|sign| gradients(&*data.distribution, &any(beta, sign, draws), &mut rng));
    let (draws, gamma) = (params.draws.get() as usize, params.gamma.get());
    let [positive, negative] = draw(draws);
    let pilot = [positive?, negative?];
    let rarest = |hits: &FeatureHits, sample: &[DMatrix<f64>; 2]| {
        let mean = |t: &TargetNeuron| {
            let all = &sample[usize::from(t.bias < 0.0)];
            all.column_iter().map(|g| hits.probability(t, &g)).sum::<f64>() / all.ncols() as f64
        };
        hits.targets.iter().map(mean).fold(f64::INFINITY, f64::min)
    };
    // At g = 1 the target with the median |b| is hit by a gradient of the length seen along its direction.
    let mut units: Vec<f64> = Vec::new();
    for t in &hits.targets {
        let near = |g: &DVectorView<'_, f64>| g.dot(&t.direction).abs() >= (1.0 - gamma) * g.norm();
        let all = &pilot[usize::from(t.bias < 0.0)];
        let lengths: Vec<f64> = all.column_iter().filter(near).map(|g| g.norm()).filter(|n| *n > 0.0).collect();
        if !lengths.is_empty() {
            units.push(t.bias.abs() * lengths.iter().sum::<f64>() / lengths.len() as f64);
        }
    }
    units.sort_by(f64::total_cmp);
    let unit = 1.0 / units.get(units.len() / 2).copied().unwrap_or(1.0);
    let candidates = THETAS.map(|factor| rounded(factor * unit, 3, true));
    let probability = |theta: f64| rarest(&FeatureHits { theta, ..hits.clone() }, &pilot);
    let theta = candidates.into_iter().max_by(|a, b| probability(*a).total_cmp(&probability(*b))).unwrap_or(unit);
    let count = HIT_DRAWS * draws;
    let [positive, negative] = draw(count);
    let mean = rarest(&FeatureHits { theta, ..hits.clone() }, &[positive?, negative?]);
    Ok((theta, mean, count as f64))
}

/// The largest x ≤ `mean` with n KL(mean ‖ x) ≥ `log`: Hoeffding's lower bound on a mean of variables in [0, 1].
pub(crate) fn hoeffding_lower(mean: f64, n: f64, log: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    let divergence = |x: f64| mean * (mean / x).ln() + (1.0 - mean) * ((1.0 - mean) / (1.0 - x)).ln();
    let (mut low, mut high) = (0.0, mean);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if n * divergence(middle) >= log { low = middle } else { high = middle }
    }
    low
}
