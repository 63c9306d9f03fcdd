//! The two theorems on Gaussians.

use crate::honest::{self, Ask, Table, axis};
use crate::main_theorem::{LOOSE, QUICK};
use provably::certificate::theory::Variant;

const MIXTURE: Table = Table { theorem: "gaussian-mixture", ask: mixture, unrun: honest::formulas, trials: 10 };
const XOR: Table = Table { theorem: "gaussian-xor", ask: xor, unrun: honest::formulas, trials: 10 };

fn mixture(variant: &Variant) -> Ask {
    of(variant, &[("r", "2"), ("radius", "16"), ("weight_ratio", "1")]).set(LOOSE)
}

fn xor(variant: &Variant) -> Ask {
    // Below the least error of a halfspace, which is more than a quarter.
    of(variant, &[("radius", "12")]).set(LOOSE).set(&[("epsilon", "0.25")])
}

fn of(variant: &Variant, law: &[(&'static str, &str)]) -> Ask {
    let mut ask = Ask::default().set(&[("d", "3")]).set(law);
    if axis(variant, "tail") == "bounded" {
        ask = ask.set(&[("n", if axis(variant, "level") == "explicit" { "10000" } else { "200000" })]);
    }
    match axis(variant, "level") {
        // The paper asks for equiprobable labels.
        "paper" => ask.set(&[("d", "8"), ("c_m", "1e-20")]),
        "explicit" => ask.set(&[("beta", "12"), ("draws", "60"), ("gamma", "0.1")]),
        _ => {
            let ask = ask.set(QUICK).set(&[("beta", "12"), ("penalty", "0.1"), ("program_samples", "20000")]);
            if axis(variant, "gradients") == "fresh" { ask.set(&[("n_1", "500")]) } else { ask }
        }
    }
}

#[test]
fn gaussian_mixture() {
    honest::all(&MIXTURE);
}

#[test]
fn gaussian_xor() {
    honest::all(&XOR);
}

#[test]
fn rest_of_gaussian_mixture() {
    honest::rest(&MIXTURE);
}

#[test]
fn rest_of_gaussian_xor() {
    honest::rest(&XOR);
}
