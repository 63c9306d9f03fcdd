//! Linear data.

use crate::honest::{self, Ask, Table, axis};
use crate::laws::{corners, named};
use crate::main_theorem::{LOOSE, LOSS, QUICK};
use provably::certificate::theory::Variant;
use std::sync::Arc;

const TABLE: Table = Table { theorem: "linear-data", ask, unrun: honest::formulas, trials: 40 };

fn ask(variant: &Variant) -> Ask {
    let ask = named(variant).set(LOOSE);
    match axis(variant, "level") {
        "paper" => ask.set(&[("c_m", "1e-20")]),
        "explicit" => {
            let hits = if axis(variant, "hits") == "ball" { "ball" } else { "window" };
            let ask = ask.set(&[("hits", hits)]);
            if axis(variant, "form") == "c2" {
                let more = ask.set(&[("m_factor", "100")]);
                return Ask { rows: Some(Arc::new(corners(40, true))), ..more };
            }
            ask
        }
        _ => {
            let mut ask = ask.set(QUICK).without("gamma").without("theta_factor");
            if axis(variant, "comparator") == "loss" {
                ask = ask.set(LOSS);
                if axis(variant, "evaluation") == "sampled" {
                    ask = ask.set(&[("program_samples", "4000")]);
                }
            } else {
                ask = ask.set(&[("comparator", "margin")]);
            }
            if axis(variant, "gradients") == "fresh" { ask.set(&[("n_1", "200")]) } else { ask }
        }
    }
}

#[test]
fn linear_data() {
    honest::all(&TABLE);
}

#[test]
fn rest_of_linear_data() {
    honest::rest(&TABLE);
}
