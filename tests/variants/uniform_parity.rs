//! Parities of uniform inputs.

use crate::honest::{self, Ask, Table, Unrun, axis};
use crate::main_theorem::{LOSS, QUICK};
use provably::certificate::theory::Variant;

const TABLE: Table = Table { theorem: "uniform-parity", ask, unrun, trials: 10 };

/// Four bits whose other coordinates have a share of the margin: in so many dimensions a hit is rare.
fn unrun(variant: &Variant) -> Option<Unrun> {
    let of = |name| axis(variant, name);
    match (of("level"), of("comparator"), of("size")) {
        ("explicit", "loss", "4") => Some(Unrun::TooLarge("thirty thousand neurons and four million steps")),
        _ => honest::formulas(variant),
    }
}

fn ask(variant: &Variant) -> Ask {
    let exact = axis(variant, "evaluation") == "exact";
    let size = if axis(variant, "size") == "2" { "2" } else { "4" };
    // Below the least error of a halfspace: a quarter of two bits, five sixteenths of four.
    let mut ask = Ask::default().set(&[("k", size), ("epsilon", "0.24"), ("delta", "0.8")]);
    // Where the part of G off A vanishes, and for a loss, where it is small.
    let (d, beta) = match (axis(variant, "level"), axis(variant, "comparator"), size, exact) {
        ("explicit", "loss", "2", _) => ("61", "8"),
        ("explicit", "loss", ..) => ("90", "7"),
        (_, _, "2", true) => ("10", "3"),
        (_, _, "2", false) => ("17", "4"),
        (_, _, _, true) => ("9", "2"),
        (_, _, _, false) => ("18", "3"),
    };
    ask = ask.set(&[("d", d), ("beta", beta)]);
    match axis(variant, "level") {
        "paper" => ask.set(&[("c_m", "1e-20")]),
        // Copies share the width that one hit needs.
        "explicit" if size == "4" => {
            let copies = if axis(variant, "comparator") == "loss" { "400" } else { "20" };
            ask.set(&[("kappa", copies), ("m_factor", "1000"), ("delta", "0.9")])
        }
        "explicit" => ask,
        _ => {
            ask = ask.set(QUICK).without("gamma").set(&[("beta", beta), ("m", "64"), ("theta_factor", "4")]);
            if axis(variant, "comparator") == "loss" {
                ask = ask.set(LOSS).set(&[("penalty", "1")]);
                if !exact {
                    ask = ask.set(&[("program_samples", "4000")]);
                }
            } else {
                ask = ask.set(&[("comparator", "margin")]);
            }
            // What is left of four bits in eighteen dimensions takes many samples to see, and many neurons to use.
            match (axis(variant, "gradients"), exact, size) {
                ("fresh", false, "4") => ask.set(&[("n_1", "3000000"), ("m", "128"), ("pilots", "1")]),
                ("fresh", ..) => ask.set(&[("n_1", "200000")]),
                _ => ask,
            }
        }
    }
}

#[test]
fn uniform_parity() {
    honest::all(&TABLE);
}

#[test]
#[ignore = "minutes: the trials of every variant"]
fn rest_of_uniform_parity() {
    honest::rest(&TABLE);
}
