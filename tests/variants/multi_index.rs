//! Labels that depend on a plane.

use crate::honest::{self, Ask, Table, axis};
use crate::main_theorem::QUICK;
use provably::certificate::theory::Variant;

const TABLE: Table = Table { theorem: "multi-index", ask, unrun: honest::formulas, trials: 10 };

fn ask(variant: &Variant) -> Ask {
    let link = if axis(variant, "link") == "cubic" { "cubic" } else { "product" };
    let mut ask = Ask::default().set(&[("d", "3"), ("link", link), ("epsilon", "0.49"), ("delta", "0.8")]);
    if link == "cubic" {
        ask = ask.set(&[("c", "0.1")]);
    }
    if axis(variant, "tail") == "bounded" {
        ask = ask.set(&[("n", "100")]);
    }
    match axis(variant, "level") {
        "paper" => ask.set(&[("c_m", "1e-20"), ("c_p", "0.1")]),
        _ => {
            ask = ask.set(QUICK).set(&[
                ("m", "64"),
                ("m_factor", "1000"),
                ("penalty", "0.003"),
                ("program_samples", "50000"),
                ("fit_samples", "2000"),
                ("beta", "2"),
                ("theta_factor", "4"),
                ("angle_limit", "0.785"),
                ("subspace_share", "0.5"),
            ]);
            if axis(variant, "gradients") == "fresh" { ask.set(&[("n_1", "2000")]) } else { ask }
        }
    }
}

#[test]
fn multi_index() {
    honest::all(&TABLE);
}

#[test]
fn rest_of_multi_index() {
    honest::rest(&TABLE);
}
