//! Parities with structured inputs.

use crate::honest::{self, Ask, Table, axis};
use crate::main_theorem::{LOOSE, LOSS, QUICK};
use provably::certificate::theory::Variant;

const TABLE: Table = Table { theorem: "parity", ask, unrun: honest::formulas, trials: 24 };

fn ask(variant: &Variant) -> Ask {
    let exact = axis(variant, "evaluation") == "exact";
    let one: &[(&str, &str)] = if exact { &[("d", "5"), ("k", "3")] } else { &[("d", "14"), ("k", "3")] };
    let mut ask = Ask::default().set(LOOSE).set(one);
    let lemma_3 = axis(variant, "hits") == "lemma-3";
    match axis(variant, "level") {
        "paper" => ask.set(&[("d", if exact { "8" } else { "14" }), ("c_m", "1e-20")]),
        "explicit" if !lemma_3 => ask,
        // One block that is nearly always constant: most neurons are hit.
        "explicit" => {
            let block =
                [("d", "3"), ("p_a", "0.49"), ("epsilon", "0.45"), ("delta", "0.9"), ("beta", "8"), ("draws", "100")];
            ask.set(&block)
        }
        _ => {
            ask = ask.set(QUICK);
            if !exact {
                ask = ask.set(&[("beta", "8"), ("theta_factor", "4"), ("m", "64")]);
            }
            if axis(variant, "comparator") == "loss" {
                ask = ask.set(LOSS).set(&[("penalty", "1")]);
                if !exact {
                    ask = ask.set(&[("program_samples", "4000")]);
                }
            } else {
                ask = ask.set(&[("comparator", "margin")]);
            }
            if axis(variant, "gradients") == "fresh" { ask.set(&[("n_1", "20000")]) } else { ask }
        }
    }
}

#[test]
fn parity() {
    honest::all(&TABLE);
}

#[test]
fn rest_of_parity() {
    honest::rest(&TABLE);
}
