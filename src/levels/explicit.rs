//! The explicit level (docs/theory.md §§3–4): f* on the features found, hits by Lemma 3, and Theorems A, B or C4.

use super::forms::{LossForm, finish};
use super::hits::lemma_3::{Measured, Mode, hits};
use super::pilot::DRIFT_SHARE;
use super::training::{Setup, fall_of_c4, protocol, rules};
use super::{Case, FeatureSet, Leveled, Params, Target};
use crate::derivation::sizes::{TRAINING_PART, Tail, least_mistakes_steps, least_surplus, share};
use crate::derivation::{Derivation, DerivationError, rounded, statement};
use crate::experiment::EventTest;
use crate::features::FeatureHits;
use crate::parameters::options::Runs;
use crate::parameters::{Form, Gradients, Level};
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// The theorem on f*, hits by Lemma 3; the tail of the mistakes is counted where that can be done in time, else bounded.
pub(crate) fn instance(case: &Case<'_>, beta: f64, found: (&FeatureSet, &Target)) -> Result<Instance, InstanceError> {
    let mut measured = None;
    let counted = build(case, beta, found, Tail::Counted, &mut measured);
    if measured.as_ref().is_some_and(|m: &Measured| m.tail == Tail::Bounded) {
        return build(case, beta, found, Tail::Bounded, &mut measured);
    }
    counted
}

/// What a direction separates with a margin, so that the theory has no variant in which f* has none.
const SEPARABLE: [&str; 2] = ["uniform-hypercube", "margin-ball"];

/// What it runs: Theorem C4 where nothing else is asked for, A or B.
pub(crate) const RUNS: Runs = Runs {
    level: Level::Explicit,
    pairs: &[
        (Some(Form::C), Gradients::ClosedFirst),
        (Some(Form::A), Gradients::Population),
        (Some(Form::B), Gradients::ClosedFirst),
    ],
    why: "form a takes population gradients, forms b and c a first step by the closed form and fresh batches after it",
};

fn build(
    case: &Case<'_>,
    beta: f64,
    (features, target): (&FeatureSet, &Target),
    tail: Tail,
    measured: &mut Option<Measured>,
) -> Result<Instance, InstanceError> {
    let Case { asked, params, data, .. } = case;
    let (form, gradients) = asked.run(Level::Explicit)?;
    let form = form.unwrap_or(Form::C);
    let margin = form == Form::C && data.finite() && target.margin > 0.0;
    data.allows(form)?;
    if form == Form::C && !margin && data.finite() && SEPARABLE.contains(&data.name) {
        let why = "has the margin that a direction has on this data; more draws may find the direction".into();
        return Err(DerivationError::Unreachable { what: "gradient-feature network f*", why }.into());
    }
    let (form_tag, gradients_tag) = (form.to_string(), gradients.to_string());
    let mut variant = vec![
        ("level", "explicit"),
        ("data", data.name),
        ("form", form_tag.as_str()),
        ("gradients", gradients_tag.as_str()),
        ("hits", "lemma-3"),
        ("evaluation", if data.finite() { "exact" } else { "sampled" }),
    ];
    if form == Form::C {
        variant.push(("comparator", if margin { "margin" } else { "loss" }));
        variant.push(("tail", tail.tag()));
    }
    let mut derivation = case.premises(&variant)?;
    data.evaluation(&mut derivation)?;
    let hypotheses = data.hypotheses(&derivation);
    if form != Form::C {
        derivation.apply("almost-surely-bounded")?;
    }
    features.claim(&mut derivation)?;
    let (seed, mode) = (asked.seed(), Mode { form, margin, tail });
    let hits = hits(&mut derivation, params, data, beta, target, (mode, seed), measured)?;
    let root = derive(&mut derivation, params, target, mode, measured)?;
    derivation.apply("any-outer-scale")?;
    derivation.not_vacuous()?;
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
        factor: if form == Form::C { params.m_factor.get() } else { 1.0 },
        decrease: (form == Form::C).then(|| fall_of_c4(&derivation, params.m_factor.get(), margin)),
    };
    let protocol = protocol(&derivation, &data.distribution, &setup, seed);
    let goal = if form == Form::C { "Pr[y f(x) < 1]" } else { "hinge loss" };
    let statement = format!(
        "{}: with {}, {}, {}",
        case.law_in_words(&derivation),
        statement::network(&derivation),
        statement::gradients(&derivation, gradients),
        statement::reached(&derivation, params.delta.get(), goal),
    );
    let leveled = Leveled {
        level: Level::Explicit,
        tags: vec![("form", form_tag.clone()), ("gradients", gradients_tag.clone())],
        hypotheses,
        features: features.rows(),
        live: 4.0 * derivation.number("m"),
        population: gradients == Gradients::Population,
        rules: rules(&derivation, &protocol, &setup),
        statement,
    };
    let root = root.filter(|_| derivation.applies());
    Ok(Instance { root, ..case.instance(derivation, protocol, leveled) })
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
    derivation.apply("network-size")?;
    let mut events = vec![derivation.apply("feature-hits")?];
    derivation.choose("t", slack(derivation, params))?;
    events.push(derivation.apply("initial-norms")?);
    events.push(derivation.apply("all-outer-squares")?);
    derivation.apply(if form == Form::A { "any-mean-hidden-layer" } else { "any-hidden-layer" })?;
    let gradients = if form == Form::A { Gradients::Population } else { Gradients::ClosedFirst };
    if form != Form::C {
        derivation.apply("loss-comparator")?;
        let rho_share = derivation.number("rho_share");
        let form = LossForm { form, gradients, rho_share, delta: params.delta.get(), part: TRAINING_PART };
        return form.derive(derivation, events, None);
    }
    derivation.choose("M", params.m_factor.get())?;
    derivation.choose("drift_share", DRIFT_SHARE)?;
    if margin {
        derivation.choose("target_margin", rounded(target.margin, 9, false))?;
        derivation.apply("explicit-margin")?;
    } else {
        derivation.apply("explicit-loss")?;
    }
    derivation.apply("explicit-comparator")?;
    derivation.apply("posterior-comparator")?;
    derivation.choose("n", params.batch.get() as f64)?;
    derivation.choose("delta_Z", share(params.delta.get(), TRAINING_PART))?;
    if !margin {
        derivation.choose("surplus", least_surplus(derivation))?;
    }
    derivation.apply(if margin { "margin-of-hits" } else { "posterior-loss" })?;
    let called_for = Tail::of(params.batch.get() as f64 * derivation.number("K_0"));
    measured.iter_mut().for_each(|m| m.tail = called_for);
    if called_for != tail {
        return Ok(None);
    }
    let steps = least_mistakes_steps(derivation, tail)?;
    derivation.choose("T", steps as f64)?;
    if !margin {
        derivation.apply("losses-concentrate")?;
    }
    let mistakes = derivation.apply(tail.axiom())?;
    events.push(mistakes);
    derivation.apply("posterior-scale")?;
    finish(derivation, gradients, events, None, ["theorem-c-closed", "theorem-c-closed"])
}

/// t at which the union over 2m neurons fits its share of δ.
fn slack(derivation: &Derivation, params: &Params) -> f64 {
    let (d, neurons) = (derivation.number("d"), 2.0 * derivation.number("m"));
    let tail = |t: f64| {
        let z = (d.sqrt() + t).powi(2) / d;
        neurons * (-(d / 2.0) * (z - 1.0 - z.ln())).exp()
    };
    let mut t = params.t.get();
    while t < 1000.0 && tail(t) > derivation.number("delta_u") * (1.0 - 1e-9) {
        t += 0.5;
    }
    t
}
