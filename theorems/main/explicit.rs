//! The explicit level (docs/theory.md §§3–4): f* on the features found, hits by Lemma 3, and Theorems A, B or C4.

use super::data::Data;
use super::features::{EVIDENCE_ERROR, FeatureSet};
use super::pilot::{DRIFT_SHARE, OUTER_SCALE};
use super::run::{Setup, protocol, rules};
use super::target::Target;
use super::{Main, Params};
use crate::certificate::claim::Claim;
use crate::certificate::proof::NOT_VACUOUS;
use crate::experiment::EventTest;
use crate::features::{FeatureHits, FeatureQuery, TargetNeuron, gradients};
use crate::statistics::streams::{Purpose, stream};
use crate::theorems::derivation::{Derivation, DerivationError, rounded};
use crate::theorems::forms::{LossForm, finish};
use crate::theorems::instance::{Instance, Level, Size};
use crate::theorems::sizes::{Tail, least_count_of, least_mistakes_steps, share, spread_of_squares};
use crate::theorems::{Form, Gradients, InstanceError, Request, Theorem, cost};
use std::sync::Arc;

/// Shares of δ: hits, initial weights (twice half of it), training; of training's, in the loss case, the sum of losses.
const HITS_PART: f64 = 0.2;
const INITIAL_PART: f64 = 0.1;
const TRAINING_PART: f64 = 0.7;
const LOSS_PART: f64 = 0.95;
/// The hits' part of ε in forms A and B, of ε − (the price of the target's loss) in C, of the margin in C with a margin.
const RHO_SHARE: f64 = 0.5;
/// Neurons on which q is measured, as a multiple of those on which features are counted.
const HIT_DRAWS: usize = 4;
/// Number of the stream they are drawn from.
const HIT_STREAM: u64 = 1 << 52;
/// Values of θ tried, relative to the one at which the median target is hit at g = 1.
const THETAS: [f64; 5] = [0.5, 0.7, 1.0, 1.4, 2.0];

/// The loss of f* as the certificate writes it.
pub(super) fn written_loss(target: &Target) -> f64 {
    rounded(target.loss, 9, true)
}

/// The theorem on f*; the tail of the mistakes is counted where that can be done in time, else bounded.
pub(super) fn instance(
    request: &Request,
    params: &Params,
    data: &Data,
    beta: f64,
    found: (&FeatureSet, &Target),
) -> Result<Instance, InstanceError> {
    let mut measured = None;
    let counted = build(request, params, data, beta, found, Tail::Counted, &mut measured);
    if measured.as_ref().is_some_and(|m: &Measured| m.tail == Tail::Bounded) {
        return build(request, params, data, beta, found, Tail::Bounded, &mut measured);
    }
    counted
}

/// Which of the explicit theorems is derived.
#[derive(Clone, Copy)]
struct Mode {
    form: Form,
    /// Whether f* has a margin (form C).
    margin: bool,
    tail: Tail,
}

/// What fresh neurons showed of the hits, kept from one derivation to the next; and the tail that the mistakes call for.
struct Measured {
    theta: f64,
    mean: f64,
    draws: f64,
    tail: Tail,
}

fn build(
    request: &Request,
    params: &Params,
    data: &Data,
    beta: f64,
    (features, target): (&FeatureSet, &Target),
    tail: Tail,
    measured: &mut Option<Measured>,
) -> Result<Instance, InstanceError> {
    let form = params.form.unwrap_or(Form::C);
    let gradients = if form == Form::A { Gradients::Population } else { Gradients::ClosedFirst };
    let margin = form == Form::C && target.margin > 0.0;
    let (form_tag, gradients_tag) = (form.to_string(), gradients.to_string());
    let mut variant = vec![
        ("level", "explicit"),
        ("data", data.name),
        ("form", form_tag.as_str()),
        ("gradients", gradients_tag.as_str()),
        ("evaluation", if data.finite() { "exact" } else { "sampled" }),
    ];
    if form == Form::C {
        variant.push(("comparator", if margin { "margin" } else { "loss" }));
        variant.push(("tail", tail.tag()));
    }
    let mut derivation = data.premises(Main.id(), params, &variant)?;
    data.evaluation(&mut derivation)?;
    let mut hypotheses = data.hypotheses(&derivation);
    if form != Form::C {
        hypotheses.extend(data.bounded());
    }
    if form == Form::A {
        hypotheses.push(data.enumerable());
    }
    features.claim(&mut derivation)?;
    let (seed, mode) = (request.seed, Mode { form, margin, tail });
    let hits = hits(&mut derivation, params, data, beta, target, (mode, seed), measured)?;
    let root = derive(&mut derivation, params, target, mode, measured)?;
    derivation.apply("any-outer-scale")?;
    if derivation.number("error_bound") < derivation.number("minority") {
        derivation.prove(Claim::parse(NOT_VACUOUS).map_err(DerivationError::from)?)?;
    }
    let scale = if form == Form::C { derivation.number("scale") } else { 1.0 };
    let setup = Setup {
        form,
        gradients,
        ticket: None,
        comparator: Arc::new(FeatureHits { scale, ..hits }),
        events: vec![
            ("hits", EventTest::Comparator, "delta_H"),
            ("u_max", EventTest::InnerNorm(derivation.number("u_max")), "delta_u"),
            ("g_norm", EventTest::AllOuterSquares(derivation.number("S_g")), "delta_g"),
        ],
        counted: Vec::new(),
        margin,
    };
    let protocol = protocol(&derivation, data, params, &setup, request.seed);
    let number = |name: &str| derivation.value(name).map_or_else(String::new, |v| Size::of(&v).to_string());
    let goal = if form == Form::C { "Pr[y f(x) < 1]" } else { "hinge loss" };
    let statement = format!(
        "with m = {} (N = {} neurons), {gradients} gradients and step size {:.3e}, with probability at least {} some t <= T = {} \
         has {goal} at most {:.6}",
        number("m"),
        number("N"),
        derivation.number("eta_alpha"),
        1.0 - params.delta,
        number("T"),
        derivation.number("error_bound"),
    );
    let live = 4.0 * derivation.number("m");
    Ok(Instance {
        theorem: Main.id(),
        level: Level::Explicit,
        tags: vec![("form", form_tag.clone()), ("gradients", gradients_tag.clone())],
        parameters: super::parameters(data, params),
        notices: data.notices.clone(),
        hypotheses,
        minority: derivation.number("minority"),
        delta: params.delta,
        root: root.filter(|_| derivation.applies()),
        conclusion: None,
        features: features.rows(),
        bounds: cost::bounds(&derivation, &*data.distribution, live, gradients == Gradients::Population),
        rules: rules(&derivation, &protocol, &setup),
        experiment: Some(Arc::new(protocol)),
        statement,
        derivation,
    })
}

/// Lemma 3: ρ from what the form can pay, θ and q from fresh neurons, m from q.
fn hits(
    derivation: &mut Derivation,
    params: &Params,
    data: &Data,
    beta: f64,
    target: &Target,
    (mode, seed): (Mode, u64),
    measured: &mut Option<Measured>,
) -> Result<FeatureHits, InstanceError> {
    let Mode { form, margin, .. } = mode;
    let [a_l1, target_l1, target_l2, ..] = target.norms();
    let (b_op, b_x) = (derivation.number("B_op"), derivation.number("B_x"));
    let loss = written_loss(target);
    let paid = if margin {
        RHO_SHARE * target.margin * b_op / (b_x * params.epsilon)
    } else if form == Form::C {
        RHO_SHARE * (params.epsilon / (2.0 * price(params)) - loss).max(1e-9 * params.epsilon) / params.epsilon
    } else {
        RHO_SHARE
    };
    // Lemma 3 needs ρ < 1; ½ leaves room.
    let rho_share = rounded(paid.min(0.5 * a_l1 * b_op / params.epsilon), 9, false);
    let rho = rho_share * params.epsilon / (a_l1 * b_op);
    let mut hits = FeatureHits {
        targets: target.neurons.clone(),
        rho: rho * (1.0 - 1e-12),
        copies: params.kappa as usize,
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
    let alpha_once = if hits.apart() { target_l2 } else { target_l1 };
    for (symbol, value) in [
        ("targets", target.neurons.len() as f64),
        ("a_l1", a_l1),
        ("target_l1", target_l1),
        ("target_l2", target_l2),
        ("alpha_once", alpha_once),
        ("target_loss", loss),
        ("rho_share", rho_share),
        ("hit_mean", ratio),
        ("hit_draws", draws),
        ("q", rounded(q * (1.0 - 1e-9), 9, false)),
        ("kappa", params.kappa as f64),
        ("beta", beta),
        ("theta", theta),
        ("outer_scale", OUTER_SCALE),
        ("delta_H", share(params.delta, HITS_PART)),
        ("delta_u", share(params.delta, INITIAL_PART / 2.0)),
        ("delta_g", share(params.delta, INITIAL_PART / 2.0)),
    ] {
        derivation.choose(symbol, value)?;
    }
    let m = least_count_of(derivation, params.kappa, target.neurons.len() as u64)? as f64;
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
    let mut draw = |draws: usize| {
        [1.0, -1.0].map(|sign| {
            let query = FeatureQuery { draws, ..super::features::scout(params, beta, sign) };
            gradients(&*data.distribution, &query, &mut rng)
        })
    };
    let draws = params.draws as usize;
    let [positive, negative] = draw(draws);
    let pilot = [positive?, negative?];
    let rarest = |hits: &FeatureHits, sample: &[nalgebra::DMatrix<f64>; 2]| {
        let mean = |t: &TargetNeuron| {
            let all = &sample[usize::from(t.bias < 0.0)];
            all.column_iter().map(|g| hits.probability(t, &g)).sum::<f64>() / all.ncols() as f64
        };
        hits.targets.iter().map(mean).fold(f64::INFINITY, f64::min)
    };
    // At g = 1 the target with the median |b| is hit by a gradient of the length seen along its direction.
    let mut units: Vec<f64> = Vec::new();
    for t in &hits.targets {
        let near = |g: &nalgebra::DVectorView<'_, f64>| g.dot(&t.direction).abs() >= (1.0 - params.gamma) * g.norm();
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
fn hoeffding_lower(mean: f64, n: f64, log: f64) -> f64 {
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

/// What a unit of the comparator's loss takes from ε in form C: 2M/((M−1)δ_L).
fn price(params: &Params) -> f64 {
    2.0 * params.m_factor / ((params.m_factor - 1.0) * LOSS_PART * TRAINING_PART * params.delta)
}

/// From the hits to the statement.
fn derive(
    derivation: &mut Derivation,
    params: &Params,
    target: &Target,
    Mode { form, margin, tail }: Mode,
    measured: &mut Option<Measured>,
) -> Result<Option<usize>, InstanceError> {
    derivation.apply("target-as-recorded")?;
    let first = derivation.apply("first-step-population")?;
    derivation.apply("network-size")?;
    let hits = derivation.apply("feature-hits")?;
    derivation.choose("t", slack(derivation, params))?;
    let inner = derivation.apply("initial-norms")?;
    let outer = derivation.apply("all-outer-squares")?;
    let mut events = vec![
        derivation.spend(hits, "delta_H")?,
        derivation.spend(inner, "delta_u")?,
        derivation.spend(outer, "delta_g")?,
    ];
    derivation.apply(if form == Form::A { "any-mean-hidden-layer" } else { "any-hidden-layer" })?;
    let gradients = if form == Form::A { Gradients::Population } else { Gradients::ClosedFirst };
    if form != Form::C {
        derivation.apply("loss-comparator")?;
        let rho_share = derivation.number("rho_share");
        let form = LossForm { form, gradients, rho_share, delta: params.delta, part: TRAINING_PART };
        return form.derive(derivation, events, first);
    }
    derivation.choose("M", params.m_factor)?;
    derivation.choose("drift_share", DRIFT_SHARE)?;
    if margin {
        derivation.choose("target_margin", rounded(target.margin, 9, false))?;
        derivation.apply("explicit-margin")?;
    } else {
        derivation.apply("explicit-loss")?;
    }
    derivation.apply("explicit-comparator")?;
    derivation.apply("posterior-comparator")?;
    derivation.choose("n", params.batch as f64)?;
    let training = share(params.delta, TRAINING_PART);
    derivation.choose("delta_Z", training)?;
    if !margin {
        derivation.choose("delta_L", share(training, LOSS_PART))?;
    }
    derivation.apply(if margin { "posterior-margin" } else { "posterior-loss" })?;
    let called_for = Tail::of(params.batch as f64 * derivation.number("K_0"));
    measured.iter_mut().for_each(|m| m.tail = called_for);
    if called_for != tail {
        return Ok(None);
    }
    let steps = least_mistakes_steps(derivation, tail)?;
    derivation.choose("T", steps as f64)?;
    let mistakes = derivation.apply(tail.axiom())?;
    events.push(derivation.spend(mistakes, "delta_Z")?);
    derivation.apply("posterior-scale")?;
    finish(derivation, gradients, events, first, ["theorem-c-closed", "theorem-c-closed"])
}

/// t at which the union over 2m neurons fits its share of δ.
fn slack(derivation: &Derivation, params: &Params) -> f64 {
    let (d, neurons) = (derivation.number("d"), 2.0 * derivation.number("m"));
    let tail = |t: f64| {
        let z = (d.sqrt() + t).powi(2) / d;
        neurons * (-(d / 2.0) * (z - 1.0 - z.ln())).exp()
    };
    let mut t = params.t;
    while t < 1000.0 && tail(t) > derivation.number("delta_u") * (1.0 - 1e-9) {
        t += 0.5;
    }
    t
}
