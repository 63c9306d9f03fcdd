//! The lottery ticket.

use crate::honest::{self, Ask, Table, Unrun, axis};
use crate::laws::named;
use crate::main_theorem::{LOOSE, PARITY, QUICK};
use provably::certificate::theory::Variant;

const TABLE: Table = Table { theorem: "lottery-ticket", ask, unrun, trials: 24 };

/// What a few neurons drawn at random learn too is no lottery.
fn unrun(variant: &Variant) -> Option<Unrun> {
    let linear = !["structured-parity", "gaussian-xor"].contains(&axis(variant, "data"));
    linear.then_some(Unrun::NotProved("random neurons learn linear data, so that their failure is not proved"))
}

/// Every neuron of negative bias is active on all inputs of a parity, and of no other sign are there any.
const NEGATIVE: &[(&str, &str)] = &[("signs", "negative"), ("features", "1")];

/// Below the error of a halfspace, random neurons fail; in few dimensions the initial weights learn too.
const XOR: &[(&str, &str)] = &[
    ("d", "20"),
    ("epsilon", "0.05"),
    ("beta", "12.9"),
    ("signs", "positive"),
    ("kappa", "1"),
    ("m", "128"),
    ("program_samples", "100000"),
];

fn ask(variant: &Variant) -> Ask {
    let sampled = axis(variant, "evaluation") == "sampled";
    let mut ask = named(variant).set(LOOSE).set(QUICK).set(&[("control_share", "0.5"), ("m_factor", "100")]);
    ask = ask.set(&[("m", "32"), ("kappa", "4")]);
    if sampled {
        ask = ask.set(&[("program_samples", "20000")]);
    }
    ask = match axis(variant, "comparator") {
        "loss" => ask.set(&[("comparator", "loss"), ("penalty", "1")]),
        _ => ask.set(&[("comparator", "margin")]),
    };
    ask = match axis(variant, "data") {
        "margin-ball" => ask.set(NEGATIVE).set(&[("offsets", "0.3,0.6,1,2"), ("theta_factor", "4")]),
        "structured-parity" if sampled => ask.set(NEGATIVE).set(PARITY),
        // Of a few neurons more, the controls learn too.
        "structured-parity" => ask.set(&[("kappa", "1")]),
        "gaussian-xor" => ask.set(XOR),
        _ => ask,
    };
    if axis(variant, "data") == "structured-parity" {
        ask = ask.set(&[("epsilon", "0.1")]);
    }
    if axis(variant, "gradients") == "fresh" { ask.set(&[("n_1", "20000")]) } else { ask }
}

#[test]
fn lottery_ticket() {
    honest::all(&TABLE);
}

#[test]
#[ignore = "minutes: the trials of every variant"]
fn rest_of_lottery_ticket() {
    honest::rest(&TABLE);
}
