//! The JSON contract: stable field names, one document on stdout.

use super::verification::Answer;
use crate::certificate::checker::Verified;
use crate::certificate::refusal::Refusal;
use crate::certificate::theory::Theory;
use crate::check::{CheckReport, ReplayError};
use crate::experiment::Judgement;
use crate::parameters::Parameter;
use crate::registry::instance::ALIASES;
use crate::registry::{FormRow, Instance, Registry, Theorem};
use serde_json::{Map, Value, json};

/// A finite f64 as a number, a whole one below 2⁵³ as an integer, anything else as text; the largest stands for a limit that only asks
/// for a finite value.
pub(super) fn number(x: f64) -> Value {
    if x.fract().abs() <= 0.0 && x.abs() < (1_u64 << 53) as f64 {
        return json!(x as i64);
    }
    serde_json::Number::from_f64(x).map_or_else(|| Value::String(x.to_string()), Value::Number)
}

fn parameters(instance: &Instance) -> Value {
    let mut map = Map::new();
    for (key, value) in &instance.parameters {
        map.insert((*key).into(), value.parse::<f64>().map_or_else(|_| json!(value), number));
    }
    for (key, value) in &instance.tags {
        map.insert((*key).into(), json!(value));
    }
    Value::Object(map)
}

/// Every constant of the derivation by name, and the contract's aliases.
fn constants(instance: &Instance) -> Value {
    let mut map = Map::new();
    for (_, definition) in instance.derivation.kernel().definitions() {
        map.insert(definition.name.clone(), number(instance.derivation.number(&definition.name)));
    }
    for (alias, symbol) in ALIASES {
        if let Some(value) = instance.derivation.value(symbol) {
            map.insert(alias.into(), number(value.midpoint_f64()));
        }
    }
    // Every neuron that is active on the whole support has the same gradient, so the cone around D has no width.
    map.entry("gamma").or_insert(json!(0.0));
    Value::Object(map)
}

fn axioms(instance: &Instance) -> Vec<String> {
    let steps = instance.derivation.kernel().steps().iter();
    let all: std::collections::BTreeSet<String> = steps.flat_map(|s| s.axioms().iter().cloned()).collect();
    all.into_iter().collect()
}

/// `bounds`.
#[must_use]
pub fn bounds(instance: &Instance) -> Value {
    let b = &instance.bounds;
    let row = |name: &str, holds: bool, value: f64, limit: f64| json!({"name": name, "holds": holds, "value": number(value), "limit": number(limit)});
    let stated = instance.hypotheses.iter().map(|h| row(&h.name, h.holds, h.value, h.limit));
    let needed = instance.derivation.conditions().iter().map(|c| row(&c.claim, c.holds, c.left, c.right));
    let hypotheses: Vec<Value> = stated.chain(needed).collect();
    json!({
        "theorem": instance.theorem,
        "level": instance.level,
        "params": parameters(instance),
        "hypotheses": hypotheses,
        "assumptions": instance.assumptions.iter().map(|h| row(&h.name, h.holds, h.value, h.limit)).collect::<Vec<_>>(),
        "width": {"m": b.width, "neurons": b.neurons},
        "steps": b.steps,
        "samples": {"first_step": b.first_step, "per_step": b.per_step, "total": number(b.total)},
        "error": number(b.error),
        "vacuous": instance.vacuous(),
        "in_scope": instance.in_scope(),
        "constants": constants(instance),
        "cost": {"flops": number(b.cost.flops), "bytes": number(b.cost.bytes)},
        "axioms": axioms(instance),
        "statement": instance.statement,
        "notices": instance.notices,
        "features": instance.features,
        "fixed_features": fixed_features(instance),
    })
}

fn judgements(list: &[Judgement]) -> Value {
    json!(list)
}

/// Both sides of the certified best losses of fixed features, averaged over sets A; null where there are none.
fn fixed_features(instance: &Instance) -> Value {
    let found = instance.experiment.as_ref().and_then(|e| e.fixed_averages());
    let Some((contest, averages)) = found else { return Value::Null };
    let maps = contest.entrants().zip(&averages.losses).map(|(entrant, loss)| {
        let (name, budget) = (entrant.features.name(), number(entrant.budget));
        json!({"name": name, "budget": budget, "loss_at_least": number(loss.dual), "loss_at_most": number(loss.primal)})
    });
    json!({"sets": averages.sets, "all_sets": averages.all, "maps": maps.collect::<Vec<_>>()})
}

/// T of every form and level, and its ratio to the median stopping step where there is one.
fn beside(report: &CheckReport, forms: &[FormRow]) -> Value {
    let needed = report.median_step();
    let of = |name: &str, instance: &Instance| {
        let ratio = needed.map(|needed| instance.bounds.steps.approximate() / needed);
        json!({"name": name, "steps": instance.bounds.steps, "ratio": ratio.map(number)})
    };
    let row = |(name, instance): &FormRow| match instance {
        Ok(instance) => of(name, instance),
        Err(cause) => json!({"name": name, "steps": null, "reason": cause.to_string()}),
    };
    let run = of(&format!("{}, as run", report.instance.level), &report.instance);
    std::iter::once(run).chain(forms.iter().map(row)).collect()
}

/// `check`; `forms` are shown beside the measured need.
#[must_use]
pub fn check(report: &CheckReport, forms: &[FormRow]) -> Value {
    let instance = &report.instance;
    let summary = report.summary.as_ref();
    let all: Vec<Judgement> =
        summary.map(|s| s.events.iter().chain(&s.obligations).cloned().collect()).unwrap_or_default();
    json!({
        "theorem": instance.theorem,
        "level": instance.level,
        "params": parameters(instance),
        "statement": instance.statement,
        "verdict": report.verdict,
        "reason": report.reason,
        "delta": instance.delta,
        "confidence": report.confidence,
        "trials": summary.map_or(0, |s| s.trials),
        "failures": summary.map_or(0, |s| s.failures),
        "uncertified": summary.map_or(0, |s| s.uncertified),
        "cut": summary.map_or(0, |s| s.cut),
        "failure_upper": summary.map_or(1.0, |s| s.failure_upper),
        "failure_lower": summary.map_or(0.0, |s| s.failure_lower),
        "stopping_steps": summary.map(|s| s.stopping_steps.clone()).unwrap_or_default(),
        "error_bound": number(instance.bounds.error),
        "error_observed": summary.map_or(Value::Null, |s| number(s.observed)),
        "obligations": judgements(&all),
        "beside": beside(report, forms),
        "seed": report.seed,
        "wall_seconds": report.wall_seconds,
        "axioms": report.certificate.as_ref().map_or_else(|| axioms(instance), |c| c.axioms.clone()),
        "no_certificate": report.no_certificate,
        "notices": instance.notices,
        "fixed_features": fixed_features(instance),
        "ordinary_scale": report.ordinary.as_ref().map(super::ordinary::json),
    })
}

/// `verify`; `difference` is what a replay found.
#[must_use]
pub fn verify(
    theory: &Theory,
    outcome: &Result<Verified, Refusal>,
    difference: Option<&ReplayError>,
    replayed: bool,
) -> Value {
    let answer = Answer::new(theory, outcome, difference, replayed);
    let of = |field: fn(&Verified) -> Value| outcome.as_ref().map_or(Value::Null, field);
    let tiers: Map<String, Value> = answer.tiers.into_iter().map(|(tier, names)| (tier, json!(names))).collect();
    let mut document = json!({
        "valid": answer.valid, "reason": answer.reason, "axioms": answer.axioms, "tiers": tiers,
        "error_rate": of(|v| json!(v.error_rate)), "statement": of(|v| json!(v.statement)),
    });
    if let Ok(verified) = outcome {
        document["verdict"] = json!(verified.verdict);
    }
    document
}

/// `list`.
#[must_use]
pub fn list(registry: &'static Registry) -> Value {
    let parameter = |p: &Parameter| json!({"key": p.key, "about": p.about, "levels": p.levels()});
    let parameters = |t: &dyn Theorem| t.options().parameters.iter().map(parameter).collect::<Vec<_>>();
    let rows = registry.iter().map(|t| {
        json!({
            "theorem": t.id(), "title": t.title(), "source": t.source(), "levels": t.levels(),
            "presets": t.presets().iter().map(|p| json!({"name": p.name, "about": p.about})).collect::<Vec<_>>(),
            "parameters": parameters(&*t),
        })
    });
    rows.collect()
}
