//! Every combination of values of a theorem's axes, listed or not: what is not listed is refused by name, whatever it is called.

use provably::certificate::proof::Kernel;
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::Variant;
use provably::theorems::theory;
use provably::wellformed;
use std::collections::{BTreeMap, BTreeSet};

/// A value that no axis has, and an axis that no theorem has.
const FOREIGN: &str = "foreign";

/// The values of every axis in some variant of the theorem.
fn axes(listed: &BTreeSet<Variant>) -> BTreeMap<String, BTreeSet<String>> {
    let mut axes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (axis, value) in listed.iter().flatten() {
        axes.entry(axis.clone()).or_default().insert(value.clone());
    }
    axes
}

/// The product of all axes, each absent, with each of its values, and with one that it does not have.
fn product(axes: &BTreeMap<String, BTreeSet<String>>) -> Vec<Variant> {
    let mut all = vec![Variant::new()];
    for (axis, values) in axes {
        let with = |variant: &Variant, value: &str| {
            let mut longer = variant.clone();
            longer.insert(axis.clone(), value.into());
            longer
        };
        let choices: Vec<&str> = values.iter().map(String::as_str).chain([FOREIGN]).collect();
        let longer = all.iter().flat_map(|variant| choices.iter().map(move |value| with(variant, value)));
        all = longer.chain(all.iter().cloned()).collect();
    }
    all
}

/// Two rows, one a label.
fn rows() -> FiniteSupport {
    FiniteSupport::new(&[vec![1.0], vec![-1.0]], &[1, -1]).unwrap()
}

fn refused_or_listed(theorem: &str) {
    let theory = theory().unwrap();
    let variants = wellformed::variants(theory, theorem);
    let listed: BTreeSet<Variant> = variants.iter().cloned().collect();
    assert_eq!(listed.len(), variants.len(), "{theorem}: a variant is listed twice");
    let all = product(&axes(&listed));
    let (mut admitted, mut refused) = (0, 0);
    for member in &all {
        let of_rows = member.get("data").is_some_and(|data| data == "finite-support");
        match theory.statement(theorem, member) {
            Ok(_) => {
                assert!(listed.contains(member), "{theorem}: {member:?} is not listed, and taken");
                assert!(Kernel::new(theory, theorem, member, of_rows.then(rows)).is_ok(), "{theorem}: {member:?}");
                // Rows go with the data that are rows, and with no other.
                let other = Kernel::new(theory, theorem, member, (!of_rows).then(rows)).err().map(|e| e.check);
                assert_eq!(other, Some("misplaced-support"), "{theorem}: {member:?}");
                admitted += 1;
            }
            Err(refusal) => {
                assert_eq!(refusal.check, "unknown-variant", "{theorem}: {member:?}");
                assert!(!listed.contains(member), "{theorem}: {member:?} is listed, and refused");
                refused += 1;
            }
        }
        // An axis more is another variant, which nothing lists.
        let mut longer = member.clone();
        longer.insert(FOREIGN.into(), FOREIGN.into());
        let refusal = theory.statement(theorem, &longer).err().map(|e| e.check);
        assert_eq!(refusal, Some("unknown-variant"), "{theorem}: {longer:?}");
    }
    // The kernel refuses what the theory does: every eleventh, for the time it takes.
    for member in all.iter().step_by(11).filter(|member| !listed.contains(*member)) {
        let refusal = Kernel::new(theory, theorem, member, None).err().map(|e| e.check);
        assert_eq!(refusal, Some("unknown-variant"), "{theorem}: {member:?}");
    }
    assert_eq!(admitted, listed.len(), "{theorem}");
    assert!(refused > 10 * admitted, "{theorem}: of {} only {refused} are refused", all.len());
}

macro_rules! of_every_theorem {
    ($($name:ident $id:literal),*) => {
        /// The theorems that are tried.
        const TRIED: &[&str] = &[$($id),*];
        $(#[test]
        fn $name() {
            refused_or_listed($id);
        })*
    };
}
of_every_theorem!(main "main", frozen_layer "frozen-layer", linear_data "linear-data", gaussian_mixture "gaussian-mixture",
    gaussian_xor "gaussian-xor", parity "parity", uniform_parity "uniform-parity", multi_index "multi-index",
    lottery_ticket "lottery-ticket", beyond_kernel "beyond-kernel");

#[test]
fn every_theorem_is_tried() {
    let tried: BTreeSet<&str> = TRIED.iter().copied().collect();
    assert_eq!(tried, theory().unwrap().theorems().collect());
}
