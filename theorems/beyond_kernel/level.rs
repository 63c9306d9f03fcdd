//! The explicit level: window hits and Theorem C5 for the network, Parseval's bound for the fixed maps, and their gap counted.

use super::Own;
use super::fixed::Maps;
use crate::experiment::{BeyondKernel, Decrease, EventTest, Goal};
use crate::features::Effort;
use crate::theorems::derivation::Derivation;
use crate::theorems::framework::{Case, Leveled, not_vacuous, size};
use crate::theorems::instance::{Conclusion, Instance, Level};
use crate::theorems::parity;
use crate::theorems::training::{protocol, rules};
use crate::theorems::windows::{Start, setup};
use crate::theorems::{Gradients, InstanceError};
use std::sync::Arc;

/// Symbols of the maps' budgets and of their W_k, in the order of the maps; the Gaussian kernel's W_k has a formula.
const BUDGETS: [&str; 3] = ["budget_relu", "budget_tangent", "budget_gaussian"];
const WEIGHTS: [&str; 2] = ["weight_relu", "weight_tangent"];

/// The level; without averages over A where only its sizes are asked for.
pub(super) fn explicit(case: &Case<'_>, own: &Own, with_averages: bool) -> Result<Instance, InstanceError> {
    let Case { request, params, data, .. } = case;
    let maps = Maps::draw(data.distribution.dimension(), own, request.seed)?;
    let shape = parity::shape(case);
    let windows = parity::windows::rules(case, &shape);
    let mut choices = vec![("gap", own.gap), ("gap_share", own.gap_share)];
    choices.extend(BUDGETS.into_iter().zip(maps.contest.entrants().map(|e| e.budget)));
    choices.extend(WEIGHTS.into_iter().zip(maps.weights.iter().copied()));
    let tags = [("goal", "loss"), ("gradients", "population")];
    let Start { mut derivation, events, .. } = Start::derive(case, &windows, &tags, &choices, None)?;
    for axiom in ["margin-of-hits", "losses-summed", "posterior-scale", "any-outer-scale"] {
        derivation.apply(axiom)?;
    }
    derivation.unite(&events)?;
    let network = derivation.apply("theorem-c5")?;
    derivation.apply("parseval")?;
    not_vacuous(&mut derivation)?;
    let setup = setup(
        &derivation,
        (Gradients::Population, params.m_factor),
        fall(&derivation, params.m_factor),
        EventTest::OuterSquares,
        Arc::new(parity::windows::hits(&derivation, &shape)),
    );
    let mut protocol = protocol(&derivation, &data.distribution, &setup, request.seed);
    protocol.goal = Goal::Loss(derivation.number("error_bound"));
    let mut rules = rules(&derivation, &protocol, &setup);
    rules.events.push(("gap", "gap_share", own.gap_share));
    rules.counted.push("gap");
    let fixed_bound = derivation.value("fixed_bound").map_or(f64::NAN, |v| v.lower_f64());
    let leveled = Leveled {
        level: Level::Explicit,
        tags: vec![("form", "c".into()), ("gradients", "population".into()), ("hits", "windows".into())],
        hypotheses: data.hypotheses(&derivation),
        features: windows.features.rows(),
        live: 2.0 * windows.pairs * derivation.number("m"),
        population: true,
        rules,
        statement: statement(&derivation, own, params.delta, maps.contest.all_sets().len()),
    };
    let root = network.filter(|_| derivation.applies());
    let conclusion = root.map(|_| Conclusion { bound: None, beside: vec!["Pr[not gap] <= gap_share"] });
    let averages = if with_averages { Some(maps.averages(request.seed)?) } else { None };
    let notices = averages.iter().flat_map(|found| maps.notices(found, fixed_bound)).collect::<Vec<_>>();
    let experiment = BeyondKernel {
        protocol: protocol.clone(),
        contest: maps.contest.clone(),
        effort: Effort::default(),
        gap: own.gap,
        fixed_bound,
        averages,
    };
    let mut instance = Instance {
        root,
        conclusion,
        experiment: Some(Arc::new(experiment)),
        ..case.instance(derivation, protocol, leveled)
    };
    instance.notices.extend(notices);
    Ok(instance)
}

/// How Φ falls in Theorem C5.
fn fall(derivation: &Derivation, factor: f64) -> Decrease {
    let h = derivation.value("H").map_or(f64::NAN, |v| v.upper_f64());
    Decrease::PerLoss { violation: ((factor - 1.0) / h).powi(2), loss: 2.0 * derivation.number("eta_alpha") }
}

fn statement(derivation: &Derivation, own: &Own, delta: f64, sets: usize) -> String {
    format!(
        "with m = {} (N = {} neurons), population gradients and step size {:.3e}, with probability at least {} some t <= T = {} has \
         hinge loss at most {:.6}; fixed features within their norm budgets have loss at least {:.6} averaged over the {} sets A, and \
         in at least {} of the runs each of the three maps is above the network by {}",
        size(derivation, "m"),
        size(derivation, "N"),
        derivation.number("eta_alpha"),
        1.0 - delta,
        size(derivation, "T"),
        derivation.number("error_bound"),
        derivation.number("fixed_bound"),
        sets,
        1.0 - own.gap_share,
        own.gap,
    )
}
