//! Sizes, derivation and protocol of the explicit theorems A, B, C, and the paper's form.

use super::target::Target;
use super::{Form, Gradients, Hits, Level, LinearData, Params, Request, premises, share};
use crate::certificate::claim::Claim;
use crate::certificate::expression::Term;
use crate::error::ParameterError;
use crate::experiment::{Decrease, EventTest, Expectation, Faithful, Goal, HiddenNorm, Promises, Protocol, Rules};
use crate::features::{HitRule, LinearHits};
use crate::network::{Loss, Scales};
use crate::theorems::derivation::{Derivation, DerivationError, rounded};
use crate::theorems::instance::{Bounds, Cost, Hypothesis, Instance, Size};
use crate::theorems::sizes::{least_count, least_steps, spread_of_squares};
use crate::theorems::{InstanceError, Theorem};
use std::f64::consts::SQRT_2;
use std::sync::Arc;

/// Form A's split of ε: ½ for the hits' tolerance, 0.45 for training, 0.05 for drift.
const RHO_SHARE: f64 = 0.5;
const EPSILON_3_SHARE: f64 = 0.05;
/// A fresh first step takes this much of ε from training.
const BATCH_SHARE: f64 = 0.1;
/// What is left of ε where its parts are not exact: far beyond the width of a 128-bit enclosure, far below anything that shows.
const ENCLOSURE_ROOM: f64 = 1e-11;
/// In the margin form the first batch may cost this much of the margin (a tenth scales α̃ up by 10/9).
const MARGIN_LOSS: f64 = 0.1;
/// Room for drift in Theorem C1, relative to the margin.
const DRIFT_SHARE: f64 = 0.01;
/// ‖α⁽¹⁾‖ relative to ‖α̃‖: small enough not to show in Φ₁.
const ALPHA_1_SHARE: f64 = 1e-4;

/// Operations that drawing one coordinate of a sample and adding it to a sum are worth.
const DRAW_FLOPS: f64 = 20.0;

/// Steps, over all trials, at which the test of the expected decrease is sharpest.
const TYPICAL_STEPS: f64 = 1e4;

/// How the explicit theorem is run, after defaults.
struct Mode {
    form: Form,
    gradients: Gradients,
    hits: Hits,
    /// Whether the margin hypothesis holds, so that C is C1.
    margin: bool,
}

impl Mode {
    fn of(params: &Params, target: &Target, from_file: bool) -> Result<Self, ParameterError> {
        let finite = target.distribution.support().is_some();
        let form = params.form.unwrap_or(match params.gradients {
            None if finite && !from_file => Form::A,
            Some(Gradients::Population) if !from_file => Form::A,
            _ => Form::C,
        });
        let margin = target.margin_parameter <= target.margin;
        let gradients = params.gradients.unwrap_or(match form {
            Form::A => Gradients::Population,
            // Without a margin the first batch is held against a small part of ε, and would need some 10⁸ samples.
            Form::C if !margin => Gradients::ClosedFirst,
            Form::B | Form::C => Gradients::Fresh,
        });
        let conflict = |why: &str| Err(ParameterError::conflict(format!("--form {form} --gradients {gradients}"), why));
        match (form, gradients) {
            (Form::A, Gradients::Fresh | Gradients::ClosedFirst) => {
                return conflict("Theorem A needs population gradients");
            }
            (Form::B, Gradients::Population) => return conflict("Theorem B needs fresh batches"),
            (_, Gradients::Population) if !finite => {
                return conflict("population gradients need a support that can be enumerated (d at most 16)");
            }
            _ => {}
        }
        let default = if form == Form::C { Hits::Window } else { Hits::Ball };
        Ok(Self { form, gradients, hits: params.hits.unwrap_or(default), margin })
    }

    fn form_tag(&self) -> &'static str {
        match (self.form, self.margin) {
            (Form::A, _) => "a",
            (Form::B, _) => "b",
            (Form::C, true) => "c1",
            (Form::C, false) => "c2",
        }
    }

    fn fresh(&self) -> bool {
        self.gradients == Gradients::Fresh
    }

    /// Parts of δ: hits, initial weights, first batch, training; those that do not occur give their share back.
    fn delta_parts(&self) -> f64 {
        let training = self.gradients != Gradients::Population;
        2.0 + f64::from(u8::from(self.fresh())) + f64::from(u8::from(training))
    }
}

/// The theorem at the given parameters and level.
pub(super) fn instance(
    request: &Request,
    params: &Params,
    target: &Target,
    level: Level,
) -> Result<Instance, InstanceError> {
    let mode = Mode::of(params, target, target.name() == "finite-support")?;
    if level == Level::Paper {
        return paper(params, target);
    }
    let (hits, gradients) = (mode.hits.to_string(), mode.gradients.to_string());
    let variant = [
        ("level", "explicit"),
        ("data", target.name()),
        ("form", mode.form_tag()),
        ("gradients", &gradients),
        ("hits", &hits),
        ("evaluation", if target.distribution.support().is_some() { "exact" } else { "sampled" }),
    ];
    let mut derivation = premises(target, params, &variant)?;
    let hypotheses = hypotheses(&derivation, target, &mode);
    derivation.choose("t", initial_slack(&derivation, params, &mode))?;
    let root = explicit(&mut derivation, params, &mode)?;
    derivation.apply("outer-scale")?;
    derivation.apply(if target.distribution.support().is_some() {
        "evaluated-exactly"
    } else {
        "evaluated-by-samples"
    })?;
    let non_vacuous = Claim::parse(crate::certificate::proof::NOT_VACUOUS).map_err(DerivationError::from);
    // A vacuous bound is a verdict of its own, not a failed hypothesis.
    if derivation.number("error_bound") < derivation.number("minority") {
        derivation.prove(non_vacuous?)?;
    }
    let bounds = bounds(&derivation, target, &mode);
    let protocol = protocol(&derivation, target, &mode, request.seed, params);
    let rules = rules(&derivation, &protocol);
    let goal = if mode.form == Form::C { "Pr[y f(x) < 1]" } else { "hinge loss" };
    let number = |name: &str| derivation.value(name).map_or_else(String::new, |v| Size::of(&v).to_string());
    let statement = format!(
        "with m = {} (N = {} neurons), {} and step size {:.3e}, with probability at least {} some t <= T = {} has {goal} at most {:.6}",
        number("m"),
        number("N"),
        samples(&bounds, &mode),
        derivation.number("eta_alpha"),
        1.0 - params.delta,
        number("T"),
        derivation.number("error_bound"),
    );
    let tags = vec![("form", mode.form.to_string()), ("gradients", gradients.clone()), ("hits", hits.clone())];
    Ok(Instance {
        theorem: LinearData.id(),
        level,
        tags,
        parameters: parameters(params, target),
        notices: target.notices.clone(),
        hypotheses,
        minority: derivation.number("minority"),
        delta: params.delta,
        root: root.filter(|_| derivation.applies()),
        bounds,
        protocol: Some(protocol),
        rules,
        statement,
        derivation,
    })
}

fn samples(bounds: &Bounds, mode: &Mode) -> String {
    match mode.gradients {
        Gradients::Population => "population gradients".into(),
        Gradients::ClosedFirst => format!("a closed-form first step, {} fresh samples a step", bounds.per_step),
        Gradients::Fresh => {
            format!("{} samples in the first step, {} fresh samples a step", bounds.first_step, bounds.per_step)
        }
    }
}

fn parameters(params: &Params, target: &Target) -> Vec<(&'static str, String)> {
    vec![
        ("distribution", target.name().into()),
        ("d", target.distribution.dimension().to_string()),
        ("epsilon", params.epsilon.to_string()),
        ("delta", params.delta.to_string()),
        ("margin", target.margin_parameter.to_string()),
        ("kappa", params.kappa.to_string()),
        ("m_factor", params.m_factor.to_string()),
    ]
}

fn hypotheses(derivation: &Derivation, target: &Target, mode: &Mode) -> Vec<Hypothesis> {
    let moments = target.distribution.moments();
    let mut list = vec![
        Hypothesis {
            name: "inputs are bounded: |x| <= B_x".into(),
            holds: moments.norm_bound.is_finite(),
            value: moments.norm_bound,
            limit: f64::MAX,
        },
        Hypothesis {
            name: "E[yx] is not 0".into(),
            holds: derivation.number("g_norm") > 0.0,
            value: derivation.number("g_norm"),
            limit: 0.0,
        },
    ];
    list.push(margin_hypothesis(target, mode.margin));
    list
}

/// On rows of a file the loss of f* is taken exactly, so that a margin below μ costs loss but not the theorem.
fn margin_hypothesis(target: &Target, margin: bool) -> Hypothesis {
    let (name, exact) = ("margin y<D,x> >= mu", target.name() == "finite-support");
    let name = if margin || !exact { name.into() } else { format!("{name} (fails: the loss of f* is taken instead)") };
    Hypothesis { name, holds: margin || exact, value: target.margin, limit: target.margin_parameter }
}

/// t: its default, raised by halves until the union over 2m neurons fits its share of δ for any m within reach.
fn initial_slack(derivation: &Derivation, params: &Params, mode: &Mode) -> f64 {
    let d = derivation.number("d");
    let share = params.delta / mode.delta_parts() / 2.0;
    let neurons = 2.0 * expected_width(derivation, params, mode);
    let tail = |t: f64| {
        let z = (d.sqrt() + t).powi(2) / d;
        neurons * (-(d / 2.0) * (z - 1.0 - z.ln())).exp()
    };
    let needed = |t: f64| t <= params.t || tail(t - 0.5) > share;
    let mut t = params.t;
    while t < 100.0 && needed(t + 0.5) && tail(t) > share {
        t += 0.5;
    }
    t
}

/// ½, or less where ρ would pass ½: Lemma 3 needs ρ < 1.
fn rho_share(derivation: &Derivation, params: &Params) -> f64 {
    let one = params.epsilon * derivation.number("mu") / derivation.number("B_op");
    rounded(RHO_SHARE.min(0.5 / one), 12, false)
}

/// Twice the width that κ hits need, before t and m are chosen: a Chernoff bound at the probability of a hit without p.
fn expected_width(derivation: &Derivation, params: &Params, mode: &Mode) -> f64 {
    let within = |low: f64, high: f64| libm::erf(high / SQRT_2) - libm::erf(low / SQRT_2);
    let q = match mode.hits {
        Hits::Ball => {
            let rho =
                rho_share(derivation, params) * params.epsilon * derivation.number("mu") / derivation.number("B_op");
            within(1.0 - rho, 1.0 + rho)
        }
        Hits::Window => within(params.window / params.theta_factor, 1.0 / params.theta_factor),
    };
    let (kappa, log) = (params.kappa as f64, (mode.delta_parts() / params.delta).ln());
    2.0 * (kappa + 2.0 * log + (2.0 * kappa * log).sqrt()) / q
}

/// Derives the statement of Theorem A, B or C; the root step, or `None` where a need fails.
fn explicit(derivation: &mut Derivation, params: &Params, mode: &Mode) -> Result<Option<usize>, InstanceError> {
    let part = 1.0 / mode.delta_parts();
    let mut events = Vec::new();
    if mode.fresh() {
        derivation.choose("delta_G", share(params.delta, part))?;
        derivation.choose("n_1", first_batch(derivation, params, mode)?)?;
    }
    let first = derivation.apply(if mode.fresh() { "lemma-2" } else { "first-step-population" })?;
    derivation.choose("kappa", params.kappa as f64)?;
    match mode.hits {
        Hits::Ball => derivation.choose("rho_share", rho_share(derivation, params))?,
        Hits::Window => {
            derivation.choose("window", params.window)?;
            derivation.choose("theta_factor", params.theta_factor)?;
        }
    }
    derivation.apply(if mode.hits == Hits::Ball { "ball-hits" } else { "window-hits" })?;
    derivation.choose("delta_H", share(params.delta, part))?;
    let m = least_count(derivation, params.kappa)?;
    derivation.choose("m", m as f64)?;
    let hits = derivation.apply("hit-count")?;
    events.push(derivation.spend(hits, "delta_H")?);
    derivation.choose("delta_u", share(params.delta, part / 2.0))?;
    let inner = derivation.apply("gaussian-inner")?;
    events.push(derivation.spend(inner, "delta_u")?);
    derivation.choose("delta_g", share(params.delta, part / 2.0))?;
    derivation.choose("S_g", spread_of_squares(m as f64, derivation.number("delta_g")))?;
    let outer = derivation.apply("gaussian-outer")?;
    events.push(derivation.spend(outer, "delta_g")?);
    derivation.choose("alpha_1_share", ALPHA_1_SHARE)?;
    derivation.apply("linear-hidden-layer")?;
    match mode.form {
        Form::A | Form::B => loss_form(derivation, params, mode, events, first, part),
        Form::C => margin_form(derivation, params, mode, events, first, part),
    }
}

fn loss_form(
    derivation: &mut Derivation,
    params: &Params,
    mode: &Mode,
    mut events: Vec<Option<usize>>,
    first: Option<usize>,
    part: f64,
) -> Result<Option<usize>, InstanceError> {
    let rho = if mode.hits == Hits::Ball { rho_share(derivation, params) } else { 0.0 };
    let batch = if mode.fresh() { BATCH_SHARE } else { 0.0 };
    // Parts of ε that are enclosed, not exact, must leave room for the width of their enclosures.
    let exact = Term::parse("rho_term + batch_term").map_err(DerivationError::from)?.exact(derivation.kernel());
    let room = if exact.is_some() { 0.0 } else { ENCLOSURE_ROOM };
    derivation.choose("epsilon_2_share", rounded(1.0 - rho - batch - EPSILON_3_SHARE - room, 12, false))?;
    derivation.choose("epsilon_3_share", EPSILON_3_SHARE)?;
    derivation.apply("error-split")?;
    if mode.form == Form::A {
        derivation.unite(&events)?;
        return Ok(derivation.apply("theorem-a")?);
    }
    derivation.choose("delta_Z", share(params.delta, part))?;
    events.push(derivation.apply("theorem-b")?);
    finish(derivation, mode, events, first, ["theorem-b-batch", "theorem-b-closed"])
}

fn margin_form(
    derivation: &mut Derivation,
    params: &Params,
    mode: &Mode,
    mut events: Vec<Option<usize>>,
    first: Option<usize>,
    part: f64,
) -> Result<Option<usize>, InstanceError> {
    derivation.choose("M", params.m_factor)?;
    let drift = if mode.margin { DRIFT_SHARE } else { loss_slack(derivation, params) / 4.0 };
    derivation.choose("drift_share", rounded(drift.max(1e-12), 6, false))?;
    derivation.apply(if mode.margin { "theorem-c1" } else { "theorem-c2" })?;
    if mode.gradients == Gradients::Population {
        derivation.unite(&events)?;
        return Ok(derivation.apply(if mode.margin { "theorem-c1-population" } else { "theorem-c2-population" })?);
    }
    derivation.choose("n", params.batch as f64)?;
    derivation.choose("delta_Z", share(params.delta, part))?;
    if mode.margin {
        let steps = least_steps(derivation)?;
        derivation.choose("T", steps as f64)?;
        let mistakes = derivation.apply("theorem-c1-fresh")?;
        events.push(derivation.spend(mistakes, "delta_Z")?);
    } else {
        events.push(derivation.apply("theorem-c2-fresh")?);
    }
    finish(derivation, mode, events, first, ["theorem-c-batch", "theorem-c-closed"])
}

/// Unites the events, the first batch's among them, and applies the last axiom.
fn finish(
    derivation: &mut Derivation,
    mode: &Mode,
    mut events: Vec<Option<usize>>,
    first: Option<usize>,
    [batch, closed]: [&str; 2],
) -> Result<Option<usize>, InstanceError> {
    if mode.fresh() {
        events.push(first);
    }
    derivation.unite(&events)?;
    Ok(derivation.apply(if mode.fresh() { batch } else { closed })?)
}

/// What Theorem C2 leaves of ε(M−1)/4M after the target's loss, relative to ε; negative where C2 does not apply.
fn loss_slack(derivation: &Derivation, params: &Params) -> f64 {
    (params.m_factor - 1.0) / (4.0 * params.m_factor) - derivation.number("target_loss") / params.epsilon
}

/// n₁ so that the first batch costs no more than its share of ε, or of the margin.
fn first_batch(derivation: &Derivation, params: &Params, mode: &Mode) -> Result<f64, InstanceError> {
    let number = |name| derivation.number(name);
    let (mu, g, b_op) = (number("mu"), number("g_norm"), number("B_op"));
    let hit =
        if mode.hits == Hits::Ball { 1.0 + rho_share(derivation, params) * params.epsilon * mu / b_op } else { 1.0 };
    let allowed = match (mode.form, mode.margin) {
        (Form::C, true) => MARGIN_LOSS * mu * g / (hit * number("B_x")),
        (Form::C, false) => loss_slack(derivation, params).max(1e-6) / 2.0 * params.epsilon * mu * g / (hit * b_op),
        _ => BATCH_SHARE * params.epsilon * mu * g / (hit * b_op),
    };
    let root = number("B_x2").sqrt() + number("B_x") * (2.0 * (1.0 / number("delta_G")).ln()).sqrt();
    // One part in 10⁹ more than needed, so that rounding cannot make the need fail.
    let samples = ((root / allowed).powi(2) * (1.0 + 1e-9)).ceil() + 1.0;
    if samples.is_finite() && samples < 1e15 {
        Ok(samples)
    } else {
        let why = format!("{samples:.3e} samples would be needed in the first step");
        Err(DerivationError::Unreachable { what: "n_1", why }.into())
    }
}

fn bounds(derivation: &Derivation, target: &Target, mode: &Mode) -> Bounds {
    let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
    let d = target.distribution.dimension() as f64;
    let live = 2.0 * derivation.number("m");
    let batch = match mode.gradients {
        Gradients::Population => target.distribution.support().map_or(0.0, |s| s.labels.len() as f64),
        _ => derivation.number("n"),
    };
    let (first_step, per_step) =
        (size("n_1"), if mode.gradients == Gradients::Population { Size::Exact(0) } else { size("n") });
    let steps = size("T");
    let one_step = 4.0 * batch * d * live;
    let first = DRAW_FLOPS * first_step.approximate() * d;
    let look = target.distribution.support().map_or(1e4, |s| s.labels.len() as f64) * 2.0 * d * live;
    Bounds {
        width: size("m"),
        neurons: size("N"),
        total: first_step.approximate() + per_step.approximate() * steps.approximate(),
        error: derivation.number("error_bound"),
        cost: Cost {
            flops: first + steps.approximate() * one_step,
            bytes: 8.0 * (4.0 * live * d + 16.0 * live + 3.0 * batch * d + 4.0 * d * derivation.number("m")),
        },
        flops_to_first_look: first + one_step + look,
        steps,
        first_step,
        per_step,
    }
}

fn protocol(derivation: &Derivation, target: &Target, mode: &Mode, seed: u64, params: &Params) -> Protocol {
    let number = |name| derivation.number(name);
    let upper = |name: &str| derivation.value(name).map_or(f64::NAN, |v| v.upper_f64());
    let exact = |name: &str| derivation.value(name).and_then(|v| Size::of(&v).exact()).unwrap_or(0);
    let eta = number("eta_alpha");
    let factor = if mode.form == Form::C { params.m_factor } else { 1.0 };
    let decrease = match (mode.form, mode.margin, mode.gradients) {
        (Form::A, ..) => Decrease::PerStep(number("epsilon_2").powi(2) / number("Gamma").powi(2)),
        (Form::B, ..) => {
            let (gamma, n) = (number("Gamma"), number("n"));
            let amount = 2.0 * eta * number("epsilon_2") - (eta * gamma).powi(2);
            Decrease::InExpectation { amount, deviation: (0.0, 2.0 * eta * gamma / n.sqrt()) }
        }
        (Form::C, true, _) => Decrease::PerViolation((factor - 1.0).powi(2) / number("H").powi(2)),
        (Form::C, false, gradients) => {
            let (h, amount) = (number("H"), (factor - 1.0).powi(2) * params.epsilon / (2.0 * number("H").powi(2)));
            match gradients {
                Gradients::Population => Decrease::PerStep(amount),
                // The change of Φ lies in an interval of width 4ηH·sqrt Φ + (ηH)²; Hoeffding's proxy is half of that, squared.
                _ => Decrease::InExpectation { amount, deviation: ((eta * h).powi(2) / 2.0, 2.0 * eta * h) },
            }
        }
    };
    let hidden_norm = if mode.form == Form::C { upper("H") } else { upper("Gamma") };
    let promises = Promises {
        comparator_factor: factor,
        decrease,
        drift: upper("D_v"),
        hidden: if mode.form == Form::A { HiddenNorm::Expected } else { HiddenNorm::Largest },
        hidden_norm,
    };
    let rule = match mode.hits {
        Hits::Ball => HitRule::Ball { rho: number("rho") },
        Hits::Window => HitRule::Window { low: params.window, reach: number("reach_1") },
    };
    let mut events = vec![
        ("hits", EventTest::Hits),
        ("u_max", EventTest::InnerNorm(number("u_max"))),
        ("g_norm", EventTest::OuterSquares(number("S_g"))),
    ];
    if mode.fresh() {
        events.push(("lemma_2", EventTest::BatchGradient(upper("epsilon_G"))));
    }
    let bound = number("error_bound");
    Protocol {
        distribution: target.distribution.clone(),
        training_distribution: target.distribution.clone(),
        loss: Loss::Hinge,
        width: exact("m") as usize,
        scales: Scales {
            b_tilde: number("b_tilde"),
            beta: number("beta"),
            theta: number("theta"),
            sigma_a: number("sigma_a"),
            slope: Loss::Hinge.slope_at_zero(),
        },
        first_step: if mode.fresh() { Expectation::Batch(exact("n_1") as usize) } else { Expectation::Population },
        training: match mode.gradients {
            Gradients::Population => Expectation::Population,
            _ => Expectation::Batch(exact("n") as usize),
        },
        eta_alpha: eta,
        steps: exact("T"),
        goal: if mode.form == Form::C { Goal::Error(bound) } else { Goal::Loss(bound) },
        hits: LinearHits {
            rule,
            copies: params.kappa as usize,
            inner_norm: number("u_max"),
            theta: number("theta"),
            gradient_norm: number("g_norm"),
            margin: number("mu"),
            reach: number("reach"),
            scale: if mode.form == Form::C { number("scale") } else { 1.0 },
        },
        events,
        obligations: derivation.kernel().statement().obligations.clone(),
        promises,
        certification_error: number("certification_error"),
        seed,
        alteration: Arc::new(Faithful),
    }
}

/// The shares of δ of the counted events.
fn rules(derivation: &Derivation, protocol: &Protocol) -> Rules {
    let share = |name: &'static str| match name {
        "hits" => (name, "delta_H"),
        "u_max" => (name, "delta_u"),
        "g_norm" => (name, "delta_g"),
        _ => (name, "delta_G"),
    };
    let events = protocol.events.iter().map(|(name, _)| share(name));
    Rules {
        delta: derivation.number("delta"),
        error: 0.01,
        certification_error: protocol.certification_error,
        events: events.map(|(name, symbol)| (name, symbol, derivation.number(symbol))).collect(),
        obligations: protocol.obligations.clone(),
        variance_scale: match protocol.promises.decrease {
            Decrease::InExpectation { deviation, .. } => {
                TYPICAL_STEPS * (deviation.0 + deviation.1 * derivation.number("Phi_1").sqrt()).powi(2)
            }
            _ => 1.0,
        },
    }
}

/// The paper's Theorem 3.12, its hidden constants surfaced: a formula, never run unless it is small enough.
fn paper(params: &Params, target: &Target) -> Result<Instance, InstanceError> {
    let mut derivation = premises(target, params, &[("level", "paper"), ("data", target.name())])?;
    derivation.choose("t", params.t)?;
    for (name, value) in ["c_m", "c_T", "c_n"].into_iter().zip(params.paper) {
        derivation.choose(name, value)?;
    }
    let root = derivation.apply("theorem-3.12")?;
    let size = |name: &str| derivation.value(name).map_or(Size::Exact(0), |v| Size::of(&v));
    let (d, neurons, samples) =
        (target.distribution.dimension() as f64, derivation.number("N"), derivation.number("n"));
    let per_step = 4.0 * samples * d * neurons;
    let bounds = Bounds {
        width: size("m"),
        neurons: size("N"),
        steps: size("T"),
        first_step: size("n"),
        per_step: size("n"),
        total: samples * (derivation.number("T") + 1.0),
        error: derivation.number("error_bound"),
        cost: Cost { flops: per_step * derivation.number("T"), bytes: 8.0 * d * (2.0 * neurons + samples) },
        flops_to_first_look: per_step,
    };
    let hypotheses = vec![margin_hypothesis(target, target.margin_parameter <= target.margin)];
    let statement = format!(
        "paper form, constants c_m, c_T, c_n as set: m = {}, T = {}, n = {} give hinge loss at most {:.6} with probability at least {}",
        bounds.width,
        bounds.steps,
        bounds.per_step,
        bounds.error,
        1.0 - params.delta
    );
    Ok(Instance {
        theorem: LinearData.id(),
        level: Level::Paper,
        tags: Vec::new(),
        parameters: parameters(params, target),
        notices: target.notices.clone(),
        hypotheses,
        minority: derivation.number("minority"),
        delta: params.delta,
        root: root.filter(|_| derivation.applies()),
        bounds,
        protocol: None,
        rules: Rules {
            delta: params.delta,
            error: 0.01,
            certification_error: 0.0,
            events: Vec::new(),
            obligations: Vec::new(),
            variance_scale: 1.0,
        },
        statement,
        derivation,
    })
}
