//! Every theorem, level and parameter: what a level declares that it uses it reads and shows, on the condition it declares; what it
//! does not declare it does not read, and is refused by name.

use crate::{SMALL, request, such, theorem, unused, value};
use provably::derivation::DerivationError;
use provably::parameters::uses::{Use, With};
use provably::parameters::{Level, Request};
use provably::registry::{InstanceError, Listed};
use provably::theorems::REGISTRY;
use std::collections::{BTreeMap, BTreeSet};

/// Every parameter at once.
fn all(theorem: Listed) -> Request {
    let id = theorem.id();
    request(theorem.options().parameters.iter().map(|p| (p.key, value(id, p.key))))
}

/// What one level reads of them, with the values it shows; none where it is out of reach, and may not have read everything.
struct Seen {
    read: BTreeSet<&'static str>,
    shown: Option<BTreeMap<&'static str, String>>,
}

fn seen(theorem: Listed, level: Level, with: &[With]) -> Seen {
    let asked = theorem.asked(&such(&all(theorem), with)).unwrap();
    let shown = match theorem.build(&asked, level) {
        Ok(instance) => Some(asked.understood(instance.parameters).into_iter().collect()),
        Err(InstanceError::Derivation(DerivationError::Unreachable { .. })) => None,
        Err(error) => panic!("{} at the {level} level {with:?}: {error}", theorem.id()),
    };
    let read = theorem.options().parameters.iter().map(|p| p.key).filter(|key| asked.has_read(key)).collect();
    Seen { read, shown }
}

/// Where a level uses a parameter.
pub(crate) fn used_at(theorem: Listed, level: Level, key: &str) -> impl Iterator<Item = &'static Use> {
    let used = theorem.options().parameter(key).map_or(&[][..], |p| p.used);
    used.iter().filter(move |u| u.level == level)
}

/// The conditions under which a level uses something, and none.
fn conditions(theorem: Listed, level: Level) -> Vec<&'static [With]> {
    let uses = theorem.options().parameters.iter().flat_map(|p| p.used).filter(|u| u.level == level);
    let mut all: Vec<&'static [With]> = vec![&[]];
    for Use { with, .. } in uses {
        if !all.contains(with) {
            all.push(with);
        }
    }
    all
}

/// Gaussians are slow where the loss of f* is measured on two million samples.
fn is_slow(id: &str, level: Level, with: &[With]) -> bool {
    let gaussian =
        |w: &With| matches!(w, With::Set("distribution", "two-gaussians" | "gaussian-xor") | With::Where(..));
    id == "main" && level != Level::Posterior && with.iter().any(gaussian)
}

fn declarations_are_what_is_read(id: &str) {
    let theorem = theorem(id);
    for &level in theorem.levels() {
        for with in conditions(theorem, level) {
            if is_slow(id, level, with) {
                continue;
            }
            let what = format!("{id} at the {level} level {with:?}");
            let Seen { read, shown } = seen(theorem, level, with);
            // Of the multi-index the explicit level is out of reach.
            assert!(shown.is_some() || !with.is_empty() || (id, level) == ("multi-index", Level::Explicit), "{what}");
            for parameter in &theorem.options().parameters {
                let key = parameter.key;
                if parameter.used.iter().any(|u| u.level == level && u.with == with) {
                    assert!(read.contains(key) || (shown.is_none() && with.is_empty()), "{what}: {key} is not read");
                    assert!(
                        shown.as_ref().is_none_or(|s| s.contains_key(key)),
                        "{what}: {key} is not shown: {shown:?}"
                    );
                }
                if !parameter.used.iter().any(|u| u.level == level) {
                    assert!(!read.contains(key), "{what}: {key} is read and not declared");
                }
            }
        }
    }
}

/// What is shown is what was given, to the last digit.
fn values_are_shown(id: &str) {
    let theorem = theorem(id);
    for &level in theorem.levels() {
        let Seen { read, shown: Some(shown) } = seen(theorem, level, &[]) else { continue };
        for key in read {
            let (given, shown) = (value(id, key), &shown[key]);
            let same =
                given == shown || given.parse::<f64>().ok().is_some_and(|x| shown.parse::<f64>().ok() == Some(x));
            assert!(same, "{id} at the {level} level: {key} = {given} is shown as {shown}");
        }
    }
}

macro_rules! of_every_theorem {
    ($check:ident: $($name:ident $id:literal),*) => {
        $(#[test]
        fn $name() {
            $check($id);
        })*
    };
}

mod read {
    use super::*;
    of_every_theorem!(declarations_are_what_is_read:
        main "main", frozen_layer "frozen-layer", linear_data "linear-data", gaussian_mixture "gaussian-mixture",
        gaussian_xor "gaussian-xor", parity "parity", uniform_parity "uniform-parity", multi_index "multi-index",
        lottery_ticket "lottery-ticket", beyond_kernel "beyond-kernel");
}

mod shown {
    use super::*;
    of_every_theorem!(values_are_shown:
        main "main", frozen_layer "frozen-layer", linear_data "linear-data", gaussian_xor "gaussian-xor", parity "parity",
        uniform_parity "uniform-parity", multi_index "multi-index", lottery_ticket "lottery-ticket",
        beyond_kernel "beyond-kernel");
}

#[test]
fn every_theorem_is_here() {
    let here: BTreeSet<&str> = SMALL.iter().map(|(id, _)| *id).collect();
    assert_eq!(here, REGISTRY.iter().map(|t| t.id()).collect());
}

/// A parameter that a level does not use is refused before anything is built, and whoever is named declares it.
#[test]
fn what_is_not_declared_is_refused_with_its_users() {
    let mut refusals = 0;
    for theorem in REGISTRY.iter() {
        let (id, keys) = (theorem.id(), &theorem.options().parameters);
        for parameter in keys {
            assert!(!parameter.used.is_empty(), "{id}: nothing uses {}", parameter.key);
            for &level in theorem.levels().iter().filter(|level| !parameter.used.iter().any(|u| u.level == **level)) {
                let what = format!("{id} at the {level} level: {}", parameter.key);
                let given = value(id, parameter.key);
                let refused = unused(theorem.instantiate(&request([(parameter.key, given)]), level), &what);
                assert_eq!(refused.what, format!("{} = {given}", parameter.key));
                assert!(!refused.users.is_empty(), "{what}");
                for user in &refused.users {
                    let declared = self::theorem(user.theorem).options().parameter(parameter.key).unwrap();
                    assert!(declared.used.contains(&user.how), "{what}: {user:?}");
                }
                let text = refused.to_string();
                assert!(text.starts_with(&refused.what) && text.contains(id) && text.ends_with("uses it"), "{text}");
                refusals += 1;
            }
        }
        // Keys of the others.
        let others: BTreeSet<&str> = REGISTRY.iter().flat_map(|t| &t.options().parameters).map(|p| p.key).collect();
        for key in others.into_iter().filter(|key| theorem.options().parameter(key).is_none()) {
            let error = theorem.instantiate(&request([(key, "1")]), theorem.levels()[0]).err().unwrap();
            let text = error.to_string();
            assert!(
                text.contains(&format!("unknown parameter `{key}` for {id}")) && text.contains("it is one of"),
                "{text}"
            );
            refusals += 1;
        }
    }
    assert!(refusals > 300, "{refusals}");
}

/// A parameter whose condition is not met is refused, and the condition is named.
#[test]
fn conditions_are_named() {
    for (id, level, parameters, key, condition) in [
        ("linear-data", Level::Explicit, &[][..], "data_reach", "with --set distribution=margin-ball"),
        ("linear-data", Level::Explicit, &[("hits", "ball")], "window", "with --set hits=window"),
        ("linear-data", Level::Explicit, &[], "m_factor", "at the explicit level with --form c"),
        ("linear-data", Level::Explicit, &[], "n", "at the explicit level with --form c"),
        ("linear-data", Level::Paper, &[], "m_factor", "on rows of a file that have no margin"),
        ("linear-data", Level::Posterior, &[("comparator", "margin")], "penalty", "with --set comparator=loss"),
        ("frozen-layer", Level::Explicit, &[], "radius", "with --set distribution=margin-ball"),
        ("main", Level::Posterior, &[], "p_a", "with --set distribution=structured-parity"),
        ("main", Level::Posterior, &[], "radius", "with --set distribution=gaussian-xor"),
        ("parity", Level::Explicit, &[], "m", "at the explicit level with --form b"),
        (
            "parity",
            Level::Posterior,
            &[("comparator", "margin")],
            "program_samples",
            "where the support cannot be enumerated",
        ),
        ("multi-index", Level::Paper, &[], "c", "with --set link=cubic"),
    ] {
        let theorem = theorem(id);
        let base = ["distribution", "d", "k", "m", "pilots", "draws", "beta", "fit_samples"];
        let takes = |key: &str| used_at(theorem, level, key).any(|u| u.with.is_empty());
        let taken = base.into_iter().filter(|b| *b != key && takes(b));
        let mut all: Vec<(&str, &str)> = taken.map(|b| (b, value(id, b))).collect();
        all.extend(parameters.iter().copied().chain([(key, value(id, key))]));
        let text = unused(theorem.instantiate(&request(all), level), &format!("{id} {key}")).to_string();
        assert!(text.starts_with(&format!("{key} = ")) && text.contains(condition), "{text}");
    }
}
