//! Beyond kernels.

use crate::honest::{self, Ask, Table, axis};
use provably::certificate::theory::Variant;

const TABLE: Table = Table { theorem: "beyond-kernel", ask, unrun: honest::formulas, trials: 10 };

fn ask(variant: &Variant) -> Ask {
    let ask = Ask::default().set(&[("d", "5"), ("k", "3"), ("delta", "0.8")]);
    match axis(variant, "level") {
        "paper" => ask.set(&[("d", "9"), ("c_m", "1e-20")]),
        _ => ask.set(&[("m_factor", "5"), ("fixed_neurons", "20"), ("gap_share", "0.5"), ("gap", "0.1")]),
    }
}

#[test]
fn beyond_kernel() {
    honest::all(&TABLE);
}

#[test]
fn rest_of_beyond_kernel() {
    honest::rest(&TABLE);
}
