//! Forms, gradients, files and seeds.

use crate::{request, rows, small, theorem, unused};
use provably::parameters::{DataRequest, Form, Gradients, Level, Request};
use provably::registry::{InstanceError, Listed};
use provably::theorems::REGISTRY;
use std::path::PathBuf;

const FORMS: [Option<Form>; 4] = [None, Some(Form::A), Some(Form::B), Some(Form::C)];
const GRADIENTS: [Option<Gradients>; 4] =
    [None, Some(Gradients::Population), Some(Gradients::ClosedFirst), Some(Gradients::Fresh)];

/// Every form and gradients at every level: what is admitted stands in the level's declaration, else the refusal names those
/// where it does.
#[test]
fn what_is_not_run_is_refused_with_who_runs_it() {
    let (mut admitted, mut refused) = (0, 0);
    for theorem in REGISTRY.iter() {
        for &level in theorem.levels() {
            for (form, gradients) in FORMS.into_iter().flat_map(|f| GRADIENTS.map(|g| (f, g))) {
                let asked = Request { form, gradients, ..Request::default() };
                let what = format!("{} at the {level} level, {form:?} {gradients:?}", theorem.id());
                let declared = |level: Level, theorem: Listed| {
                    let runs = theorem.options().runs.iter().find(|r| r.level == level);
                    let meets = |(f, g): &(Option<Form>, Gradients)| {
                        (form.is_none() || form == *f) && gradients.is_none_or(|gradients| gradients == *g)
                    };
                    runs.is_some_and(|r| r.pairs.iter().any(meets))
                };
                if (form, gradients) == (None, None) || declared(level, theorem) {
                    theorem.admit(&asked, &[level]).unwrap_or_else(|e| panic!("{what}: {e}"));
                    admitted += 1;
                    continue;
                }
                let error = unused(theorem.admit(&asked, &[level]), &what);
                for user in &error.users {
                    assert!(declared(user.how.level, self::theorem(user.theorem)), "{what}: {user:?}");
                }
                // Theorem A on batches, and forms b on the population, are nobody's.
                let anyone = REGISTRY.iter().any(|t| t.levels().iter().any(|level| declared(*level, t)));
                assert_eq!(error.users.is_empty(), !anyone, "{what}: {error}");
                refused += 1;
            }
        }
    }
    assert!(admitted > 60 && refused > 200, "{admitted} {refused}");
}

/// What is admitted is what is run, as the instance's tags say.
#[test]
fn what_is_admitted_is_run() {
    for (id, levels) in [
        ("frozen-layer", &[Level::Explicit][..]),
        ("linear-data", &[Level::Explicit, Level::Posterior]),
        ("parity", &[Level::Explicit, Level::Posterior]),
        ("uniform-parity", &[Level::Explicit, Level::Posterior]),
        ("beyond-kernel", &[Level::Explicit]),
    ] {
        let theorem = theorem(id);
        for &level in levels {
            let quick = ["d", "k", "m", "pilots", "draws", "beta"];
            let takes = |key: &str| {
                theorem
                    .options()
                    .parameter(key)
                    .is_some_and(|p| p.used.iter().any(|u| u.level == level && u.with.is_empty()))
            };
            let parameters: Vec<_> =
                quick.into_iter().filter(|key| takes(key)).map(|key| (key, crate::value(id, key))).collect();
            for (form, gradients) in FORMS.into_iter().flat_map(|f| GRADIENTS.map(|g| (f, g))) {
                let asked = Request { form, gradients, ..request(parameters.iter().copied()) };
                if theorem.runs(level, &asked).is_err() {
                    continue;
                }
                let instance = theorem.instantiate(&asked, level);
                let what = format!("{id} at the {level} level, {form:?} {gradients:?}");
                let instance = instance.unwrap_or_else(|e| panic!("{what}: {e}"));
                let tag = |key: &str| instance.tags.iter().find(|(tag, _)| *tag == key).map(|(_, text)| text.clone());
                assert!(form.is_none_or(|f| tag("form") == Some(f.to_string())), "{what}: {:?}", instance.tags);
                assert!(
                    gradients.is_none_or(|g| tag("gradients") == Some(g.to_string())),
                    "{what}: {:?}",
                    instance.tags
                );
            }
        }
    }
}

/// A theorem with a law of its own does not look at a file, not even whether it exists.
#[test]
fn files_are_taken_or_refused() {
    let missing = DataRequest { path: PathBuf::from("no/such/file.csv"), ..rows() };
    for theorem in REGISTRY.iter() {
        for &level in theorem.levels() {
            let (id, asked) = (theorem.id(), Request { data: Some(missing.clone()), ..Request::default() });
            match theorem.instantiate(&asked, level) {
                Err(InstanceError::Data(error)) => {
                    assert!(theorem.options().rows && error.to_string().contains("no/such/file.csv"), "{id}: {error}");
                }
                other => {
                    let error = unused(other, &format!("{id} at the {level} level: a file"));
                    assert!(!theorem.options().rows, "{id}: {error}");
                    let takers = |id: &str| self::theorem(id).options().rows;
                    assert!(!error.users.is_empty() && error.users.iter().all(|u| takers(u.theorem)), "{error}");
                }
            }
        }
    }
    // What describes another distribution contradicts a file, whether the user gives it or a preset.
    let linear = theorem("linear-data");
    for (preset, parameters, cause) in [
        (None, &[("d", "3")][..], "--data with --set d="),
        (Some("ball"), &[], "--data with --preset ball"),
        (None, &[("radius", "2")], "--data with --set radius="),
    ] {
        let asked =
            Request { data: Some(rows()), preset: preset.map(String::from), ..request(parameters.iter().copied()) };
        let error = linear.instantiate(&asked, Level::Explicit).err().unwrap().to_string();
        assert!(error.contains(cause) && error.contains("the rows of the file are the distribution"), "{error}");
    }
    let asked = linear.asked(&Request { data: Some(rows()), ..Request::default() }).unwrap();
    assert!(linear.build(&asked, Level::Explicit).is_ok() && asked.has_read_rows());
}

/// A seed that the user gives is used, or the level draws nothing.
#[test]
fn seeds_are_used_or_refused() {
    for theorem in REGISTRY.iter() {
        let id = theorem.id();
        for &level in theorem.levels() {
            let draws = theorem.options().seed.contains(&level);
            let asked = Request { seeded: true, seed: 5, ..Request::default() };
            if !draws {
                let error = unused(theorem.instantiate(&asked, level), &format!("{id} at the {level} level"));
                assert!(error.what == "seed = 5" && !error.users.is_empty(), "{error}");
            }
        }
    }
    for (id, level) in [
        ("linear-data", Level::Paper),
        ("linear-data", Level::Explicit),
        ("frozen-layer", Level::Paper),
        ("frozen-layer", Level::Explicit),
        ("parity", Level::Paper),
        ("parity", Level::Explicit),
        ("uniform-parity", Level::Paper),
        ("multi-index", Level::Paper),
        ("gaussian-xor", Level::Paper),
        ("beyond-kernel", Level::Paper),
        ("beyond-kernel", Level::Explicit),
    ] {
        let theorem = theorem(id);
        let asked = theorem.asked(&request(small(id).iter().copied())).unwrap();
        theorem.build(&asked, level).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert_eq!(asked.has_read_seed(), theorem.options().seed.contains(&level), "{id} at the {level} level");
    }
}
