//! The explicit theorem at given parameters: derivation, sizes, experiment, and how it is judged.

use super::params::{ID, Params};
use crate::derivation::sizes::share;
use crate::derivation::{Bounds, Cost, Derivation, Size, statement};
use crate::experiment::{
    Decrease, Expectation, Faithful, FrozenLayer as Experiment, Goal, HiddenNorm, Promises, Protocol, Rules,
    SECOND_PASS, Scope,
};
use crate::levels::linear::hits::{Hits, linear_hits, share_of, start_events};
use crate::levels::linear::start::{Events, begin, on_data};
use crate::levels::linear::target::Target;
use crate::network::{Loss, Scales};
use crate::parameters::{Asked, Gradients, Level};
use crate::registry::instance::Hypothesis;
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// A fresh first step takes this part of ε.
const BATCH_SHARE: f64 = 0.1;
/// Of what the target and the first batch leave of ε, descent takes this part; generalisation takes the rest.
const OPT_SHARE: f64 = 0.2;
/// Where nothing is left, sizes are those of this part of ε, and the need that the bound is at most ε fails by name.
const LEAST_REST: f64 = 1e-3;
/// Sizes are taken this much larger than needed, so that rounding cannot make the need fail.
const ROOM: f64 = 1e-9;
/// Operations that drawing one coordinate of a sample, and counting one draw at one halving of a support, are worth.
const DRAW_FLOPS: f64 = 20.0;
const COUNT_FLOPS: f64 = 0.5;

/// The theorem's premises: data, target, and everything up to L and R.
pub(super) fn premises(
    params: &Params,
    target: &Target,
    variant: &[(&str, &str)],
    parts: f64,
    fresh: bool,
) -> Result<(Derivation, Events), InstanceError> {
    let mut derivation = on_data(ID, target, [params.epsilon.get(), params.delta.get()], variant)?;
    derivation.choose("target_scale", params.target_scale.get())?;
    derivation.apply("logistic-target")?;
    let number = |name| derivation.number(name);
    let slope = number("lipschitz") * number("B_op") * params.target_scale.get() / (number("mu") * number("g_norm"));
    let first_error = fresh.then_some(BATCH_SHARE * params.epsilon.get() / slope);
    let events = begin(&mut derivation, &params.start(parts, first_error))?;
    derivation.apply("frozen-descent")?;
    Ok((derivation, events))
}

/// What the target and the first batch leave of ε, and descent's part of it.
pub(super) fn rest(derivation: &Derivation, params: &Params) -> [f64; 2] {
    let spent = derivation.number("target_loss") + params.target_scale.get() * derivation.number("batch_term");
    let rest = (params.epsilon.get() - spent).max(LEAST_REST * params.epsilon.get());
    [rest, OPT_SHARE * rest]
}

/// A whole number not below `least`, with room.
pub(super) fn enough(least: f64) -> f64 {
    (least * (1.0 + ROOM)).ceil().max(1.0)
}

/// The theorem at the explicit level.
pub(super) fn instance(asked: &Asked, params: &Params, target: &Target) -> Result<Instance, InstanceError> {
    let (_, run) = asked.run(Level::Explicit)?;
    let fresh = run == Gradients::Fresh;
    let exact = target.law.distribution.support().is_some();
    let gradients = run.to_string();
    let variant = [
        ("level", "explicit"),
        ("data", target.law.name()),
        ("gradients", gradients.as_str()),
        ("evaluation", target.law.evaluation_tag()),
    ];
    // Parts of δ: hits, initial weights, the batch Z, the first batch.
    let parts = if fresh { 4.0 } else { 3.0 };
    let (mut derivation, Events { initial: mut events, first }) = premises(params, target, &variant, parts, fresh)?;
    derivation.choose("delta_Z", share(params.delta.get(), 1.0 / parts))?;
    let (samples, steps) = sizes(&derivation, params);
    derivation.choose("n", samples)?;
    derivation.choose("T", steps)?;
    events.push(derivation.apply("frozen-batch")?);
    if fresh {
        events.push(first);
    }
    derivation.unite(&events)?;
    let root = derivation.apply(if fresh { "frozen-layer-batch" } else { "frozen-layer-closed" })?;
    derivation.apply("outer-scale")?;
    for axiom in target.law.evaluation() {
        derivation.apply(axiom)?;
    }
    derivation.not_vacuous()?;
    let experiment = experiment(&derivation, (params, fresh), target, asked.trial_seed());
    let bounds = bounds(&derivation, target);
    let first = match run {
        Gradients::Fresh => format!("a first step on {} samples", bounds.first_step),
        _ => "a closed-form first step".into(),
    };
    let statement = format!(
        "{}: with {} on the outer layer, {first}, then the first layer frozen and one batch of n = {} samples, {}",
        target.in_words(&derivation),
        statement::network(&derivation),
        bounds.per_step,
        statement::reached(&derivation, params.delta.get(), "logistic loss (base 2)"),
    );
    Ok(Instance {
        drawn: false,
        assumptions: Vec::new(),
        theorem: ID,
        level: Level::Explicit,
        tags: vec![("gradients", gradients)],
        parameters: target.parameters(),
        notices: target.law.notices.clone(),
        hypotheses: hypotheses(&derivation, target),
        minority: derivation.number("minority"),
        delta: params.delta.get(),
        root: root.filter(|_| derivation.applies()),
        conclusion: None,
        features: Vec::new(),
        bounds,
        rules: rules(&derivation, &experiment.protocol, exact),
        experiment: Some(Arc::new(experiment)),
        statement,
        derivation,
    })
}

/// n and T: as given, else the least for their parts of ε.
fn sizes(derivation: &Derivation, params: &Params) -> (f64, f64) {
    let number = |name| derivation.number(name);
    let [rest, opt] = rest(derivation, params);
    let distance = number("L") * (number("alpha_1") + number("B")).powi(2) / 2.0;
    let steps = params.steps.get().map_or_else(|| enough(distance / opt) + 1.0, |t| t as f64);
    let left = (rest - distance / (steps - 1.0)).max(LEAST_REST * params.epsilon.get());
    let reach = number("lipschitz") * number("R") * number("H");
    let one_sample = 2.0 * reach + (1.0 + reach) * ((2.0 / number("delta_Z")).ln() / 2.0).sqrt();
    let samples = params.batch.get().map_or_else(|| enough((2.0 * one_sample / left).powi(2)), |n| n as f64);
    (samples, steps)
}

/// What the theorem asks of the data.
pub(super) fn hypotheses(derivation: &Derivation, target: &Target) -> Vec<Hypothesis> {
    let (norm, mean) = (target.law.distribution.moments().norm_bound, derivation.number("g_norm"));
    let (margin, mu) = (target.law.margin, target.margin_parameter);
    let row = |name: &str, holds, value, limit| Hypothesis { name: name.into(), holds, value, limit };
    vec![
        row("inputs are bounded: |x| <= B_x", norm.is_finite(), norm, f64::MAX),
        row("E[yx] is not 0", mean > 0.0, mean, 0.0),
        row("margin y<D,x> >= mu", mu <= margin, margin, mu),
    ]
}

fn bounds(derivation: &Derivation, target: &Target) -> Bounds {
    let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
    let (d, m, n, n_1) = (derivation.number("d"), derivation.number("m"), size("n"), size("n_1"));
    let samples = n.approximate() + n_1.approximate();
    let live = 2.0 * m;
    // A pass computes the hidden layer for the outputs and once more for the gradient.
    let per_point = 8.0 * d * live;
    let (drawing, pass, held) = match target.law.distribution.support() {
        Some(support) => {
            let points = support.labels.len() as f64;
            (COUNT_FLOPS * samples * (points.log2() + 1.0), 1.5 * per_point * points, 3.0 * d * points)
        }
        None => (DRAW_FLOPS * n_1.approximate() * d, (per_point + DRAW_FLOPS * d) * n.approximate(), 3.0 * d * 2048.0),
    };
    let steps = size("T");
    Bounds {
        width: size("m"),
        neurons: size("N"),
        first_step: n_1,
        total: samples,
        error: derivation.number("error_bound"),
        cost: Cost {
            flops: drawing + (steps.approximate() + 1.0) * pass,
            bytes: 8.0 * (8.0 * live * d + 16.0 * live + held),
        },
        // The comparator is looked at too.
        flops_to_first_look: drawing + 2.0 * pass,
        per_step: n,
        steps,
    }
}

fn experiment(derivation: &Derivation, (params, fresh): (&Params, bool), target: &Target, seed: u64) -> Experiment {
    let number = |name| derivation.number(name);
    let upper = |name: &str| derivation.value(name).map_or(f64::NAN, |v| v.upper_f64());
    let whole = |name: &str| derivation.value(name).and_then(|v| Size::of(&v).exact()).unwrap_or(0);
    let batch = |name: &str| Expectation::Batch(whole(name) as usize);
    let protocol = Protocol {
        distribution: target.law.distribution.clone(),
        training_distribution: target.law.distribution.clone(),
        loss: Loss::Logistic,
        width: whole("m") as usize,
        scales: Scales {
            b_tilde: number("b_tilde"),
            beta: number("beta"),
            theta: number("theta"),
            sigma_a: number("sigma_a"),
            slope: Loss::Logistic.slope_at_zero(),
        },
        first_step: if fresh { batch("n_1") } else { Expectation::Population },
        training: batch("n"),
        eta_alpha: number("eta_alpha"),
        steps: whole("T"),
        goal: Goal::Loss(derivation.value("error_bound").map_or(f64::NAN, |v| v.lower_f64())),
        ticket: None,
        comparator: Arc::new(linear_hits(derivation, Hits::Window, params.target_scale.get())),
        events: start_events(derivation, fresh),
        obligations: derivation.kernel().statement().obligations.iter().map(|o| o.name.clone()).collect(),
        promises: Promises {
            comparator_factor: 1.0,
            comparator_loss: None,
            decrease: Decrease::PerStep(0.0),
            scope: Scope::Always,
            input_norm: upper("B_x"),
            drift: 0.0,
            hidden: HiddenNorm::Largest,
            hidden_norm: upper("H"),
        },
        certification_error: number("certification_error"),
        second_pass: SECOND_PASS,
        seed,
        alteration: Arc::new(Faithful),
    };
    Experiment { protocol, smoothness: upper("L"), norm_bound: upper("R"), generalisation: upper("gen") }
}

fn rules(derivation: &Derivation, protocol: &Protocol, exact: bool) -> Rules {
    let mut events: Vec<_> = protocol.events.iter().map(|(name, _)| share_of(derivation, name)).collect();
    if exact {
        events.push(share_of(derivation, "generalisation"));
    }
    Rules {
        delta: derivation.number("delta"),
        error: Rules::USUAL_ERROR,
        certification_error: protocol.certification_error,
        events,
        counted: Vec::new(),
        obligations: protocol.obligations.clone(),
    }
}
