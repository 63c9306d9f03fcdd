//! The commands that study the theorems: `tightness`, `scaling` and `regress`.

use super::arguments::{LevelName, RegressArguments, ScalingArguments, TightnessArguments};
use super::program::{Failure, INTERRUPTED, chosen, print, print_json, split, theorem};
use crate::experiment::Quantity;
use crate::registry::{Listed, Registry, ScalingLaw, Subject};
use crate::report;
use crate::studies::baseline::{self, Baseline, Surely};
use crate::studies::ranges::values;
use crate::studies::scaling::{Agreement, ScalingError};
use crate::studies::tightness::Plan;
use crate::studies::{self, Variation};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Ctrl-C ends the trials at their next step.
fn interruptible() {
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed));
}

/// `tightness`: on each theorem's preset of that name, unless another instance is asked for.
pub(super) fn tightness(registry: &'static Registry, arguments: &TightnessArguments) -> Result<u8, Failure> {
    let chosen = chosen(registry, "tightness", &arguments.theorems, arguments.all)?;
    let confidence = split(arguments.confidence, chosen.len())?;
    if arguments.what.level != LevelName::Auto {
        return Err("--level is not used by tightness, which holds every level against the needs; bounds does".into());
    }
    interruptible();
    let plan = Plan { confidence, quantities: &Quantity::ALL, interrupted: &INTERRUPTED };
    let mut rows = Vec::new();
    for theorem in chosen {
        let found = studies::tightness(theorem, &arguments.what.request_of(theorem, "tightness")?, &plan)?;
        if arguments.what.json {
            rows.extend(report::tightness::json(&found));
        } else {
            print(&report::tightness::text(&found));
        }
    }
    if arguments.what.json {
        print_json(&Value::Array(rows))?;
    }
    Ok(0)
}

/// `scaling`: the laws of the theorems, or of one parameter.
pub(super) fn scaling(registry: &'static Registry, arguments: &ScalingArguments) -> Result<u8, Failure> {
    let chosen = chosen(registry, "scaling", &arguments.theorems, arguments.all)?;
    let variations = match &arguments.vary {
        Some(vary) => varied(arguments, vary, &chosen)?,
        None => {
            arguments
                .what
                .nothing_asked("scaling on the stated laws, whose instances are their own; --vary KEY=VALUES does")?;
            let silent = chosen.iter().find(|theorem| theorem.laws().is_empty());
            if let Some(theorem) = silent.filter(|_| !arguments.all) {
                let id = theorem.id();
                let why = "no exponent is stated for this theorem: give a parameter with --vary KEY=VALUES";
                return Err(format!("{id}: {why}").into());
            }
            let of =
                |theorem: &Listed| theorem.laws().iter().map(|law| Variation::of(*theorem, law)).collect::<Vec<_>>();
            chosen.iter().flat_map(of).collect::<Vec<_>>()
        }
    };
    let measured = variations.iter().filter(|v| v.measured).count();
    if let Some(confidence) = arguments.confidence.filter(|_| measured == 0) {
        return Err(format!("--confidence {confidence} is not used where no need is measured; --measure does").into());
    }
    let confidence = split(arguments.confidence.unwrap_or(0.99), measured.max(1))?;
    interruptible();
    let (mut rows, mut worst) = (Vec::new(), Agreement::Unstated);
    for variation in &variations {
        let found = match studies::scaling(theorem(registry, variation.theorem)?, variation, confidence, &INTERRUPTED) {
            // Where every number is looked at, those that are not there are passed over.
            Err(ScalingError::NoNumber { .. }) if arguments.vary.is_some() && variations.len() > 1 => continue,
            found => found?,
        };
        for row in found {
            worst = worst.max(row.verdict);
            if arguments.what.json {
                rows.push(report::scaling::json(&row));
            } else {
                print(&report::scaling::text(&row));
            }
        }
    }
    if arguments.what.json {
        print_json(&Value::Array(rows))?;
    }
    Ok(match worst {
        Agreement::Unstated | Agreement::Agrees => 0,
        Agreement::Disagrees => 1,
        Agreement::Inconclusive => 3,
    })
}

/// The laws in a parameter on the values given; of a quantity the user names, only that; where none is stated, every number.
fn varied(arguments: &ScalingArguments, vary: &str, chosen: &[Listed]) -> Result<Vec<Variation>, Failure> {
    let [one] = chosen else { return Err("--vary takes one theorem: its parameter is that theorem's".into()) };
    let (key, list) = vary.split_once('=').ok_or_else(|| format!("--vary {vary}: expected KEY=VALUES"))?;
    let key = key.trim();
    if one.options().parameter(key).is_none() {
        let known: Vec<&str> = one.options().parameters.iter().map(|p| p.key).collect();
        return Err(format!("--vary {vary}: {} has no parameter `{key}`; it has {}", one.id(), known.join(", ")).into());
    }
    if let Some(points) = arguments.points.filter(|_| !list.contains("..")) {
        return Err(format!("--points {points} is not used by --vary {vary}: a range such as 8..64 does").into());
    }
    if let Some(predicted) = arguments.predicted.filter(|p| !p.is_finite()) {
        return Err(format!("--predicted {predicted} is not allowed: an exponent is a finite number").into());
    }
    let values = values(list, arguments.points.unwrap_or(6)).map_err(|cause| format!("--vary {vary}: {cause}"))?;
    let request = arguments.what.request()?;
    if request.gives(key) {
        return Err(format!("--set {key}= with --vary {vary}: give one of them").into());
    }
    let level = arguments.what.one_level()?;
    let form =
        |law: &ScalingLaw| request.form.is_none() || law.form.is_some_and(|(form, _)| Some(form) == request.form);
    // A law is stated on its own instance, of which a preset or a file leaves nothing.
    let foreign = request.preset.is_some()
        || request.data.is_some()
        || request.gradients.is_some()
        || !request.parameters.is_empty();
    let same = |l: &ScalingLaw| arguments.against.is_none() || arguments.against.as_deref() == l.against;
    let on = |l: &&ScalingLaw| !foreign && l.vary == key && form(l) && same(l);
    let laws: Vec<&ScalingLaw> = one.laws().iter().filter(on).collect();
    let fresh = |quantity: Subject| Variation {
        theorem: one.id(),
        request: request.clone(),
        level,
        vary: key.into(),
        values: values.clone(),
        against: arguments.against.clone(),
        quantity,
        predicted: arguments.predicted,
        measured: arguments.measure,
        about: String::new(),
    };
    if let Some(name) = &arguments.quantity {
        return Ok(vec![fresh(Subject::of(name))]);
    }
    if laws.is_empty() {
        let sizes = [Quantity::Width, Quantity::Steps, Quantity::FirstStep, Quantity::PerStep];
        return Ok(sizes.into_iter().map(|quantity| fresh(Subject::Bound(quantity))).collect());
    }
    let on_these = |law: &ScalingLaw| {
        let mut variation = Variation::of(*one, law);
        variation.values.clone_from(&values);
        variation.level = level.or(variation.level);
        variation.request.parameters.extend(request.parameters.iter().cloned());
        (variation.request.seed, variation.request.seeded) = (request.seed, request.seeded);
        variation
    };
    Ok(laws.into_iter().map(on_these).collect())
}

/// `regress`: what has drifted from the baselines, and whether the tables of the documents are theirs.
pub(super) fn regress(registry: &'static Registry, arguments: &RegressArguments) -> Result<u8, Failure> {
    let all = arguments.theorems.is_empty();
    let chosen = chosen(registry, "regress", &arguments.theorems, all)?;
    // The same for every part of it, so that baselines blessed one by one are those blessed together.
    let parts = 2 * registry.iter().count();
    let surely = Surely { confidence: split(arguments.confidence, parts)?, interrupted: &INTERRUPTED };
    // Before minutes are spent on what could not be compared.
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|e| format!("--readme {}: {e}", path.display()));
    let texts = arguments.readme.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let folder = &arguments.baselines;
    let with_tables = || -> Result<Vec<String>, Failure> {
        let approved = registry.iter().map(|t| baseline::load(folder, t.id())).collect::<Result<Vec<_>, _>>()?;
        let place = |path: &PathBuf| format!("--readme {}: it has no place for a tightness table", path.display());
        let both = arguments.readme.iter().zip(&texts);
        Ok(both
            .map(|(path, text)| report::regress::with_tables(registry, text, &approved).ok_or_else(|| place(path)))
            .collect::<Result<_, _>>()?)
    };
    let shown = with_tables()?;
    interruptible();
    let (mut drifts, mut compared) = (Vec::new(), 0);
    for theorem in chosen {
        let old = baseline::load(folder, theorem.id())?;
        let mut new = Baseline { predictions: studies::predictions(theorem, &[])?, ..old.clone() };
        let mut found = baseline::drifted(theorem.id(), &old.predictions, &new.predictions);
        if !arguments.predictions {
            new.measured = baseline::measured(theorem, surely)?;
            found.extend(baseline::moved(theorem.id(), &old.measured, &new.measured));
        }
        if arguments.full {
            new.needs = baseline::needs(theorem, surely)?;
            found.extend(baseline::moved(theorem.id(), &old.needs, &new.needs));
        }
        if arguments.bless {
            baseline::store(folder, &new)?;
        }
        compared += new.entries();
        if !arguments.json {
            print(&report::regress::text(&new, &found));
        }
        drifts.extend(found);
    }
    let shown = if arguments.bless { with_tables()? } else { shown };
    let all = arguments.readme.iter().zip(texts.iter().zip(&shown));
    let differing: Vec<_> = all.filter(|(_, (old, new))| old != new).map(|(path, (_, new))| (path, new)).collect();
    let stale = !differing.is_empty();
    for (path, new) in &differing {
        if arguments.bless {
            std::fs::write(path, new)?;
        }
        if !arguments.json {
            let did = if arguments.bless { "rewritten" } else { "not that of the baselines" };
            print(&format!("{}: the tightness table is {did}", path.display()));
        }
    }
    if arguments.json {
        print_json(&report::regress::json(&drifts, compared, stale))?;
    }
    Ok(u8::from(!arguments.bless && (stale || !drifts.is_empty())))
}
