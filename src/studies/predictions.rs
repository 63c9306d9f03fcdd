//! What a theorem predicts on its presets, every number to the last digit of its enclosure, so that a change of any formula,
//! constant or choice can be seen.

use crate::certificate::theory::Clause;
use crate::derivation::{DerivationError, Size};
use crate::experiment::Quantity;
use crate::parameters::{Level, Preset, Request};
use crate::registry::{Instance, InstanceError, Listed};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Named texts.
pub type Entries = BTreeMap<String, String>;

/// Seed of what is found by sampling, and of the trials: the command line's.
pub const SEED: u64 = 1;

/// What a theorem predicts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predictions {
    /// Every formula that an instance may use, under its axiom and symbol.
    pub formulas: Entries,
    /// Every preset at every level and in every form: its numbers by name.
    pub instances: BTreeMap<String, Entries>,
}

/// A preset with a level or a form, as it is named in a baseline.
#[must_use]
pub fn instance_name(preset: &str, level: impl std::fmt::Display) -> String {
    format!("{preset}, {level}")
}

/// The request of a preset.
#[must_use]
pub fn request(preset: &str) -> Request {
    Request { preset: Some(preset.into()), seed: SEED, ..Request::default() }
}

/// What a theorem predicts on all its presets, but on those instances that `skip` names. What cannot be instantiated predicts
/// why.
///
/// # Errors
/// A preset that cannot be read.
pub fn predictions(theorem: Listed, skip: &[&str]) -> Result<Predictions, InstanceError> {
    of_presets(theorem, theorem.presets(), skip)
}

/// What it predicts on these of its presets.
///
/// # Errors
/// As [`predictions`].
pub fn of_presets(theorem: Listed, presets: &[Preset], skip: &[&str]) -> Result<Predictions, InstanceError> {
    let pairs = presets.iter().flat_map(|p| theorem.levels().iter().map(move |&level| (p.name, level)));
    let wanted: Vec<_> = pairs.filter(|(preset, level)| !skip.contains(&&*instance_name(preset, level))).collect();
    // The instances are of very different sizes: whoever is free takes the next.
    let levels = wanted
        .par_iter()
        .with_max_len(1)
        .map(|&(preset, level)| predicted(instance_name(preset, level), &theorem.instantiate(&request(preset), level)));
    let mut instances: BTreeMap<_, _> = levels.collect();
    for preset in presets {
        let found = theorem.forms(&request(preset.name), Some(Level::Posterior))?;
        let own: Vec<_> = found.iter().filter(|(name, _)| !is_level(name)).collect();
        // A theorem that has no form but its levels on its default preset has none on the others.
        if own.is_empty() {
            break;
        }
        instances.extend(own.into_iter().map(|(form, instance)| predicted(instance_name(preset.name, form), instance)));
    }
    Ok(Predictions { formulas: formulas(theorem)?, instances })
}

/// An instance's name and numbers.
type Predicted = (String, Entries);

fn predicted(name: String, instance: &Result<Instance, InstanceError>) -> Predicted {
    match instance {
        Ok(instance) => (name, numbers(instance)),
        Err(cause) => (name, Entries::from([("error".into(), cause.to_string())])),
    }
}

/// Whether a row of [`Theorem::forms`] stands among the levels too.
fn is_level(form: &str) -> bool {
    form == "explicit" || form.starts_with("posterior") || form.starts_with("paper")
}

impl Predictions {
    /// A predicted number.
    #[must_use]
    pub fn number(&self, instance: &str, quantity: Quantity) -> Option<f64> {
        self.instances.get(instance)?.get(quantity_name(quantity).as_str())?.parse().ok()
    }
}

fn quantity_name(quantity: Quantity) -> String {
    format!("bound: {quantity}")
}

/// What every axiom that some instance of the theorem may use defines, needs and concludes.
fn formulas(theorem: Listed) -> Result<Entries, DerivationError> {
    let (theory, theorem) = (theorem.registry().theory()?, theorem.id());
    let mut all = Entries::new();
    for axiom in crate::wellformed::axioms_of(theory, theorem).iter().filter_map(|name| theory.axiom(name)) {
        for (i, clause) in axiom.clauses.iter().enumerate() {
            let (name, text) = match clause {
                Clause::Let(symbol, term) => (symbol.clone(), term.to_string()),
                Clause::Need(claim) => (format!("needs, line {}", i + 1), claim.to_string()),
                Clause::Conclude(claim) => ("concludes".into(), claim.to_string()),
            };
            all.insert(format!("{}: {name}", axiom.name), text);
        }
    }
    Ok(all)
}

/// Sizes exactly, every constant as the enclosure that a certificate states, hypotheses with both sides.
fn numbers(instance: &Instance) -> Entries {
    let mut all = Entries::new();
    let mut put = |name: String, text: String| drop(all.insert(name, text));
    let bounds = &instance.bounds;
    for quantity in Quantity::ALL {
        let text = bounds.size(quantity).map_or_else(|| plain(bounds.of(quantity)), ToString::to_string);
        put(quantity_name(quantity), text);
    }
    if bounds.neurons != Size::Absent {
        put("bound: neurons".into(), bounds.neurons.to_string());
    }
    put("cost: flops".into(), plain(bounds.cost.flops));
    put("cost: bytes".into(), plain(bounds.cost.bytes));
    put("delta".into(), plain(instance.delta));
    put("minority".into(), plain(instance.minority));
    put("statement".into(), instance.statement.clone());
    let verdict = (instance.in_scope(), instance.vacuous(), bounds.too_large());
    put("in scope, vacuous, too large".into(), format!("{}, {}, {}", verdict.0, verdict.1, verdict.2));
    for (_, d) in instance.derivation.kernel().definitions() {
        put(format!("constant: {}", d.name), format!("[{}, {}]", d.value[0], d.value[1]));
    }
    let sides = |holds: bool, left: f64, right: f64| {
        format!("{}: {} against {}", if holds { "holds" } else { "fails" }, plain(left), plain(right))
    };
    for c in instance.derivation.conditions() {
        put(format!("needs: {}", c.claim), sides(c.holds, c.left, c.right));
    }
    for (kind, list) in [("hypothesis", &instance.hypotheses), ("assumption", &instance.assumptions)] {
        for h in list {
            put(format!("{kind}: {}", h.name), sides(h.holds, h.value, h.limit));
        }
    }
    for (i, f) in instance.features.iter().enumerate() {
        let direction: Vec<String> = f.direction.iter().map(|x| plain(*x)).collect();
        let [p, gamma, b_g] = [f.p, f.gamma, f.b_g].map(plain);
        let text = format!("s = {}, p = {p}, gamma = {gamma}, B_G = {b_g}, D = ({})", f.sign, direction.join(", "));
        put(format!("feature: {}", i + 1), text);
    }
    let proved = instance.root.and_then(|step| instance.derivation.kernel().steps().get(step)).and_then(|s| s.claim());
    let concluding = instance.conclusion.as_ref().and_then(|c| c.bound.as_ref()?.axioms.last());
    let concluded = concluding.map(|axiom| format!("by the axiom {axiom}, once trials are counted"));
    put("claim".into(), proved.map_or_else(|| concluded.unwrap_or_else(|| "none".into()), ToString::to_string));
    let steps = instance.derivation.kernel().steps().iter();
    let axioms: BTreeSet<&String> = steps.flat_map(|s| s.axioms()).collect();
    put("axioms".into(), axioms.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "));
    all
}

/// The shortest decimal that reads back as this f64.
fn plain(x: f64) -> String {
    format!("{x:?}")
}
