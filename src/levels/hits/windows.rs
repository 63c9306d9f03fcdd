//! The explicit level on a family of targets (docs/theory.md §3, window hits; §5.2, component hits): what parities and Gaussians
//! share.
//!
//! [`instance`] ends with Theorem C4. [`Start`] is the way up to the training, for a theorem that ends otherwise.

use crate::derivation::sizes::{
    HITS_PART, INITIAL_PART, TRAINING_PART, Tail, least_count_of, least_mistakes_steps, least_surplus, share,
    spread_of_squares,
};
use crate::derivation::{Derivation, DerivationError, rounded, statement};
use crate::experiment::{ComparatorRule, Decrease, EventTest};
use crate::levels::training::{SURE, Setup, fall_of_c4, protocol, rules};
use crate::levels::{Case, FeatureSet, Leveled, NONLINEAR, forms, halfspaces_in_words, pilot};
use crate::parameters::options::Runs;
use crate::parameters::{Form, Gradients, Level};
use crate::registry::{Instance, InstanceError};
use std::sync::Arc;

/// The axiom on initial directions that all have the same length.
const SURE_LENGTHS: &str = "sign-directions";
/// Hits where the training has no probability of its own to fail.
const HITS_ALONE: f64 = 0.9;

/// What it runs where a theorem has no other form.
pub(crate) const RUNS: Runs = Runs {
    level: Level::Explicit,
    pairs: &[(Some(Form::C), Gradients::ClosedFirst)],
    why: "window hits lead to Theorem C4, the margin form c with a first step by the closed form",
};

/// What a theorem knows of its hits.
pub(crate) struct Windows<'a> {
    /// What kind of hits they are, as the theory has it.
    pub(crate) tag: &'static str,
    /// Whether f* has a margin, or a loss.
    pub(crate) margin: bool,
    /// Symbols chosen before the first axiom, M, κ and the scales excepted.
    pub(crate) choices: Vec<(&'a str, f64)>,
    /// Axioms in the order of their application: up to q; the hits (once m is chosen); the hidden layer; the comparator's scale.
    pub(crate) q: Vec<&'a str>,
    pub(crate) hits: &'a str,
    pub(crate) inner: &'a str,
    pub(crate) outer: &'a str,
    pub(crate) hidden: &'a str,
    pub(crate) scale: Option<&'a str>,
    /// Distinct hit events.
    pub(crate) targets: u64,
    /// The pairs whose g count: a multiple of m.
    pub(crate) pairs: f64,
    /// The features.
    pub(crate) features: FeatureSet,
    /// What gives the least error of a halfspace, where the bound is held against it.
    pub(crate) halfspaces: Option<&'a str>,
}

/// The event that bounds Σg² over the pairs.
pub(crate) type Squares = fn(f64) -> EventTest;

/// The explicit level of a case by window hits; `comparator` builds the hits from the derivation.
pub(crate) fn instance(
    case: &Case<'_>,
    windows: &Windows<'_>,
    squares: Squares,
    comparator: impl Fn(&Derivation) -> Arc<dyn ComparatorRule>,
) -> Result<Instance, InstanceError> {
    for tail in [Tail::Counted, Tail::Bounded] {
        if let Some(instance) = build(case, windows, squares, &comparator, tail)? {
            return Ok(instance);
        }
    }
    // K_0 does not depend on the tail, so one of the two is what it calls for.
    let why = "the number of mistakes cannot be enclosed".into();
    Err(DerivationError::Unreachable { what: "number of steps T", why }.into())
}

fn build(
    case: &Case<'_>,
    windows: &Windows<'_>,
    squares: Squares,
    comparator: &impl Fn(&Derivation) -> Arc<dyn ComparatorRule>,
    tail: Tail,
) -> Result<Option<Instance>, InstanceError> {
    let Case { asked, params, data, .. } = case;
    let variant = [("form", "c"), ("gradients", "closed-first"), ("tail", tail.tag())];
    let mut start = Start::derive(case, windows, &variant, &[("n", params.batch.get() as f64)], Some(TRAINING_PART))?;
    let Some(mut root) = finish(&mut start, params.batch.get(), windows, tail)? else { return Ok(None) };
    let mut derivation = start.derivation;
    if let Some(axiom) = windows.halfspaces {
        derivation.apply(axiom)?;
        root = derivation.apply(NONLINEAR)?;
    }
    derivation.not_vacuous()?;
    let decrease = fall_of_c4(&derivation, params.m_factor.get(), windows.margin);
    let setup =
        setup(&derivation, (Gradients::ClosedFirst, params.m_factor.get()), decrease, squares, comparator(&derivation));
    let protocol = protocol(&derivation, &data.distribution, &setup, asked.trial_seed());
    let statement = format!(
        "{}: with {}, {}, {}{}",
        case.law_in_words(&derivation),
        statement::network(&derivation),
        statement::gradients(&derivation, Gradients::ClosedFirst),
        statement::reached(&derivation, params.delta.get(), "Pr[y f(x) < 1]"),
        halfspaces_in_words(&derivation),
    );
    let leveled = Leveled {
        level: Level::Explicit,
        tags: vec![("form", "c".into()), ("gradients", "closed-first".into()), ("hits", windows.tag.into())],
        hypotheses: data.hypotheses(&derivation),
        features: windows.features.rows(),
        live: 2.0 * windows.pairs * derivation.number("m"),
        population: false,
        rules: rules(&derivation, &protocol, &setup),
        statement,
    };
    let root = root.filter(|_| derivation.applies());
    Ok(Some(Instance { root, ..case.instance(derivation, protocol, leveled) }))
}

/// A derivation from the windows up to the training.
pub(crate) struct Start {
    pub(crate) derivation: Derivation,
    /// Steps that bound its events.
    pub(crate) events: Vec<Option<usize>>,
}

impl Start {
    /// `own` tags and choices are those of the way it will end; `training` is the training's share of δ, where it has one.
    pub(crate) fn derive(
        case: &Case<'_>,
        windows: &Windows<'_>,
        own: &[(&str, &str)],
        choices: &[(&str, f64)],
        training: Option<f64>,
    ) -> Result<Self, InstanceError> {
        let Case { params, data, .. } = case;
        let variant = [
            ("level", "explicit"),
            ("data", data.name),
            ("hits", windows.tag),
            ("comparator", if windows.margin { "margin" } else { "loss" }),
            ("evaluation", if data.finite() { "exact" } else { "sampled" }),
        ];
        let mut derivation = case.premises(&[&variant, own].concat())?;
        data.evaluation(&mut derivation)?;
        let delta = params.delta.get();
        for (symbol, value) in [
            ("M", params.m_factor.get()),
            ("drift_share", pilot::DRIFT_SHARE),
            ("outer_scale", pilot::OUTER_SCALE),
            ("kappa", params.kappa.get() as f64),
            ("delta_H", share(delta, if training.is_some() { HITS_PART } else { HITS_ALONE })),
            ("delta_g", share(delta, INITIAL_PART / 2.0)),
        ] {
            derivation.choose(symbol, value)?;
        }
        // Directions of one length alone have no probability to be longer.
        if windows.inner != SURE_LENGTHS {
            derivation.choose("delta_u", share(delta, INITIAL_PART / 2.0))?;
        }
        if let Some(part) = training {
            derivation.choose("delta_Z", share(delta, part))?;
        }
        for (symbol, value) in choices.iter().chain(&windows.choices) {
            derivation.choose(symbol, *value)?;
        }
        for axiom in &windows.q {
            derivation.apply(axiom)?;
        }
        let m = least_count_of(&derivation, params.kappa.get(), windows.targets)? as f64;
        derivation.choose("m", m)?;
        derivation.choose("S_g", spread_of_squares(windows.pairs * m, derivation.number("delta_g")))?;
        derivation.apply("network-size")?;
        let mut events = Vec::new();
        for axiom in [windows.hits, windows.inner, windows.outer] {
            events.push(derivation.apply(axiom)?);
        }
        derivation.apply(windows.hidden)?;
        if let Some(axiom) = windows.scale {
            derivation.apply(axiom)?;
        }
        derivation.apply("explicit-comparator")?;
        derivation.apply("posterior-comparator")?;
        Ok(Self { derivation, events })
    }
}

/// The events and the comparator of the trials; M, and how Φ falls.
pub(crate) fn setup(
    derivation: &Derivation,
    (gradients, factor): (Gradients, f64),
    decrease: Decrease,
    squares: Squares,
    comparator: Arc<dyn ComparatorRule>,
) -> Setup {
    // Directions that all have one length have no share of δ to be longer.
    let norms = if derivation.has("delta_u") { "delta_u" } else { SURE };
    Setup {
        form: Form::C,
        gradients,
        ticket: None,
        comparator,
        events: vec![
            ("hits", EventTest::Comparator, "delta_H"),
            ("u_max", EventTest::InnerNorm(derivation.number("u_max") * (1.0 + 1e-12)), norms),
            ("g_norm", squares(derivation.number("S_g")), "delta_g"),
        ],
        counted: Vec::new(),
        factor,
        decrease: Some(decrease),
    }
}

/// Theorem C4 after the start; `None` where the number of mistakes calls for the other tail.
fn finish(
    start: &mut Start,
    batch: u64,
    windows: &Windows<'_>,
    tail: Tail,
) -> Result<Option<Option<usize>>, InstanceError> {
    let Start { derivation, events } = start;
    if !windows.margin {
        derivation.choose("surplus", least_surplus(derivation))?;
    }
    derivation.apply(if windows.margin { "margin-of-hits" } else { "posterior-loss" })?;
    if Tail::of(batch as f64 * derivation.number("K_0")) != tail {
        return Ok(None);
    }
    let steps = least_mistakes_steps(derivation, tail)?;
    derivation.choose("T", steps as f64)?;
    if !windows.margin {
        derivation.apply("losses-concentrate")?;
    }
    let mistakes = derivation.apply(tail.axiom())?;
    events.push(mistakes);
    derivation.apply("posterior-scale")?;
    derivation.apply("any-outer-scale")?;
    let closed = ["theorem-c-closed", "theorem-c-closed"];
    Ok(Some(forms::finish(derivation, Gradients::ClosedFirst, events.clone(), None, closed)?))
}

/// Pr[a/high ≤ |g| ≤ a/low] of a standard normal g.
pub(crate) fn probability(centre: f64, low: f64, high: f64) -> f64 {
    let within = |z: f64| libm::erf(z / std::f64::consts::SQRT_2);
    within(centre / low) - within(centre / high)
}

/// The values of a grid at which a cost is least, to four digits.
pub(crate) fn least_cost<const N: usize>(grids: [&[f64]; N], cost: impl Fn([f64; N]) -> f64) -> [f64; N] {
    let mut best = ([0.0; N], f64::INFINITY);
    let mut at = [0_usize; N];
    loop {
        let point: [f64; N] = std::array::from_fn(|i| grids[i].get(at[i]).copied().unwrap_or(1.0));
        let value = cost(point);
        if value < best.1 {
            best = (point, value);
        }
        let Some(place) = (0..N).find(|&i| at[i] + 1 < grids[i].len()) else { break };
        at[place] += 1;
        at[..place].fill(0);
    }
    best.0.map(|x| rounded(x, 4, true))
}
