//! The frozen first layer.

use crate::honest::{self, Ask, Table, axis};
use crate::laws::named;
use provably::certificate::theory::Variant;

const TABLE: Table = Table { theorem: "frozen-layer", ask, unrun: honest::formulas, trials: 2 };

fn ask(variant: &Variant) -> Ask {
    let ask = named(variant).set(&[("epsilon", "0.45"), ("delta", "0.8"), ("kappa", "10")]);
    let ask = match axis(variant, "data") {
        "margin-ball" => ask.set(&[("data_margin", "0.5")]),
        _ => ask,
    };
    // Every pass draws the batch again: as few neurons as can be.
    if axis(variant, "evaluation") == "sampled" {
        ask.set(&[("epsilon", "0.49"), ("delta", "0.95"), ("kappa", "1")])
    } else {
        ask
    }
}

#[test]
fn frozen_layer() {
    honest::all(&TABLE);
}

#[test]
#[ignore = "minutes: the trials of every variant"]
fn rest_of_frozen_layer() {
    honest::rest(&TABLE);
}
