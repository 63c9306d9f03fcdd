//! The explicit level: window hits and Theorem C5 for the network, Parseval's bound for the fixed maps, and their gap counted.

use super::fixed::Maps;
use super::own::Own;
use crate::decimal::complement;
use crate::derivation::{Derivation, statement};
use crate::experiment::{BeyondKernel, Decrease, EventTest, Goal};
use crate::features::Effort;
use crate::levels::hits::windows::{Start, setup};
use crate::levels::training::{protocol, rules};
use crate::levels::{Case, Leveled};
use crate::parameters::{Gradients, Level};
use crate::registry::instance::Conclusion;
use crate::registry::{Instance, InstanceError};
use crate::theorems::parity::{shape, windows as block};
use std::sync::Arc;

/// Symbols of the maps' budgets and of their W_k, in the order of the maps; the Gaussian kernel's W_k has a formula.
const BUDGETS: [&str; 3] = ["budget_relu", "budget_tangent", "budget_gaussian"];
const WEIGHTS: [&str; 2] = ["weight_relu", "weight_tangent"];

/// The level; without averages over A where only its sizes are asked for.
pub(super) fn explicit(case: &Case<'_>, own: &Own, with_averages: bool) -> Result<Instance, InstanceError> {
    let Case { asked, params, data, .. } = case;
    let (gap, gap_share) = (own.gap.get(), own.gap_share.get());
    let maps = Maps::draw(data.distribution.dimension(), own, asked.seed())?;
    let shape = shape::shape(case);
    let windows = block::rules(case, &shape);
    let mut choices = vec![("gap", gap), ("gap_share", gap_share)];
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
    derivation.not_vacuous()?;
    let setup = setup(
        &derivation,
        (Gradients::Population, params.m_factor.get()),
        fall(&derivation, params.m_factor.get()),
        EventTest::OuterSquares,
        Arc::new(block::hits(&derivation, &shape)),
    );
    let mut protocol = protocol(&derivation, &data.distribution, &setup, asked.trial_seed());
    protocol.goal = Goal::Loss(derivation.number("error_bound"));
    let mut rules = rules(&derivation, &protocol, &setup);
    rules.events.push(("gap", "gap_share", gap_share));
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
        statement: in_words(case, &derivation, own, maps.contest.all_sets().len()),
    };
    let root = network.filter(|_| derivation.applies());
    let conclusion = root.map(|_| Conclusion { bound: None, beside: vec!["Pr[not gap] <= gap_share"] });
    let averages = if with_averages { Some(maps.averages(asked.seed())?) } else { None };
    let notices = averages.iter().flat_map(|found| maps.notices(found, fixed_bound)).collect::<Vec<_>>();
    let experiment = BeyondKernel {
        protocol: protocol.clone(),
        contest: maps.contest.clone(),
        effort: Effort::default(),
        gap,
        fixed_bound,
        averages,
    };
    let mut instance = Instance {
        drawn: false,
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

fn in_words(case: &Case<'_>, derivation: &Derivation, own: &Own, sets: usize) -> String {
    let budgets = BUDGETS.map(|symbol| statement::setting(derivation, symbol));
    format!(
        "{}, A uniform among the {sets} sets of k: with {}, {}, {}; fixed features within their norm budgets ({} for random ReLU \
         features of {} neurons, {} for their tangent kernel, {} for the Gaussian kernel) have loss at least {} averaged over the \
         {sets} sets A, and in at least {} of the runs each of the three maps is above the network by {}",
        case.law_in_words(derivation),
        statement::network(derivation),
        statement::gradients(derivation, Gradients::Population),
        statement::reached(derivation, case.params.delta.get(), "hinge loss"),
        budgets[0],
        own.fixed_neurons.get(),
        budgets[1],
        budgets[2],
        statement::lower(derivation, "fixed_bound"),
        complement(own.gap_share.get()),
        own.gap.get(),
    )
}
