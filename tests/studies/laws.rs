//! The exponents of the bounds: those the theorems state agree, a planted other one is rejected.

use provably::experiment::Quantity;
use provably::registry::{Listed, ScalingLaw, Subject};
use provably::studies::ranges::values;
use provably::studies::scaling::{Agreement, What, scaling};
use provably::studies::{ScalingRow, Variation};
use provably::theorems::{self, REGISTRY};
use std::sync::atomic::AtomicBool;

/// The row of the bound; needs are measured by `provably scaling`, which CI runs.
fn bound(variation: &Variation) -> ScalingRow {
    let interrupted = AtomicBool::new(false);
    let only = Variation { measured: false, ..variation.clone() };
    let theorem = theorems::find(variation.theorem).unwrap();
    let mut rows = scaling(theorem, &only, 0.99, &interrupted).unwrap();
    assert_eq!((rows.len(), rows[0].what), (1, What::Bound));
    rows.remove(0)
}

/// Every law that is stated, with its theorem.
fn laws() -> impl Iterator<Item = (Listed, &'static ScalingLaw)> {
    REGISTRY.iter().flat_map(|theorem| theorem.laws().iter().map(move |law| (theorem, law)))
}

/// Every law, and beside it two planted exponents: half a power more and half a power less.
#[test]
fn every_stated_exponent_agrees_and_planted_ones_are_rejected() {
    for (theorem, law) in laws() {
        let right = Variation::of(theorem, law);
        let row = bound(&right);
        assert_eq!(row.verdict, Agreement::Agrees, "{}: {:?}", law.about, row.exponent);
        for planted in [law.predicted - 0.5, law.predicted + 0.5] {
            let row = bound(&Variation { predicted: Some(planted), ..right.clone() });
            assert_eq!(row.verdict, Agreement::Disagrees, "{} with {planted}: {:?}", law.about, row.exponent);
        }
    }
}

fn law(about: &str) -> (&'static ScalingLaw, Variation) {
    let (theorem, law) = laws().find(|(_, law)| law.about.starts_with(about)).unwrap();
    (law, Variation::of(theorem, law))
}

/// The exponents of A and C are not each other's: the paper's 1/ε² and this project's 1/ε can be told apart.
#[test]
fn the_exponent_of_a_is_not_that_of_c() {
    let ((a, of_a), (c, of_c)) = (law("form A"), law("form C"));
    assert_eq!((a.predicted, c.predicted), (-2.0, -1.0));
    for (of, with) in [(of_a, c), (of_c, a)] {
        let row = bound(&Variation { predicted: Some(with.predicted), ..of });
        assert_eq!(row.verdict, Agreement::Disagrees, "{}: {:?}", with.about, row.exponent);
    }
}

/// The acceptance asks for six (theorem, quantity, parameter) at least.
#[test]
fn laws_are_about_enough_different_things() {
    let mut triples: Vec<(&str, String, &str, i64)> = laws()
        .map(|(theorem, l)| {
            (theorem.id(), l.quantity.to_string(), l.against.unwrap_or(l.vary), (l.predicted * 2.0) as i64)
        })
        .collect();
    triples.sort();
    triples.dedup();
    assert!(triples.len() >= 6, "{triples:?}");
}

/// Too few values, or values too close, decide nothing.
#[test]
fn values_too_close_are_refused() {
    let (_, mut variation) = law("form A");
    variation.values = vec![0.1, 0.09, 0.08, 0.07];
    let interrupted = AtomicBool::new(false);
    let theorem = theorems::find("linear-data").unwrap();
    assert!(scaling(theorem, &Variation { measured: false, ..variation }, 0.99, &interrupted).is_err());
}

#[test]
fn ranges_are_read_as_they_are_meant() {
    assert_eq!(values("0.4,0.2,0.1", 6).unwrap(), [0.4, 0.2, 0.1]);
    let whole = values("8..64", 4).unwrap();
    assert_eq!(whole, [8.0, 16.0, 32.0, 64.0]);
    let odd = values("9..81", 5).unwrap();
    assert!(odd.iter().all(|d| d % 2.0 == 1.0) && odd[0] == 9.0 && odd[4] == 81.0, "{odd:?}");
    let real = values("0.4..0.05", 4).unwrap();
    assert!((real[1] - 0.2).abs() < 1e-12 && real[3] == 0.05, "{real:?}");
    for (text, cause) in [
        ("8..x", "`x` is not a finite number"),
        ("0..8", "must be greater than 0"),
        ("1,two", "`two`"),
        ("nan,1", "`nan`"),
        ("inf..3", "`inf`"),
    ] {
        assert!(values(text, 6).unwrap_err().contains(cause), "{text}");
    }
    assert!(values("1..8", 3).unwrap_err().contains("points = 3"));
}

#[test]
fn a_quantity_is_told_from_a_constant() {
    assert_eq!(Subject::of("first_step"), Subject::Bound(Quantity::FirstStep));
    assert_eq!(Subject::of("gamma"), Subject::Constant("gamma".into()));
}
