//! The framework of Theorem 3.12 on the named laws and on rows.

use crate::honest::{self, Ask, Table, Unrun, axis};
use crate::laws::{corners, named};
use provably::certificate::theory::Variant;
use std::sync::Arc;

const TABLE: Table = Table { theorem: "main", ask, unrun, trials: 10 };

/// Lemma 3 on parities and Gaussians asks for widths of thousands and more steps than hours hold. Where it would count some 10⁷ to 10¹⁰
/// mistakes, the tail is the bounded one in every instance that was found.
fn unrun(variant: &Variant) -> Option<Unrun> {
    let of = |name| axis(variant, name);
    let wide = ["structured-parity", "two-gaussians", "gaussian-xor"].contains(&of("data"));
    match (of("level"), of("tail"), of("comparator"), of("data")) {
        ("explicit", "counted", "loss", "structured-parity" | "gaussian-xor") => {
            Some(Unrun::OtherTail("K_0 is above a million on every instance that was found"))
        }
        ("explicit", "counted" | "bounded", "margin", "structured-parity") => None,
        ("explicit", "counted" | "bounded", _, "two-gaussians") => None,
        ("explicit", ..) if wide => Some(Unrun::TooLarge("Lemma 3's width")),
        _ => honest::formulas(variant),
    }
}

/// ε and δ are loose, so that few trials do.
pub(crate) const LOOSE: &[(&str, &str)] = &[("epsilon", "0.4"), ("delta", "0.8")];
/// One first step and one program, no grid of them; and few neurons.
pub(crate) const QUICK: &[(&str, &str)] = &[
    ("m", "16"),
    ("pilots", "2"),
    ("draws", "60"),
    ("theta_factor", "2"),
    ("fit_samples", "256"),
    ("beta", "2"),
    ("gamma", "0.1"),
];
/// What the program's loss costs, where it has one.
pub(crate) const LOSS: &[(&str, &str)] = &[("comparator", "loss"), ("penalty", "0.1")];
/// A large parity: all its neurons of negative bias are active on all inputs.
pub(crate) const PARITY: &[(&str, &str)] =
    &[("beta", "8"), ("theta_factor", "4"), ("m", "64"), ("offsets", "0.25,0.5,1,2")];
const BLOCK: &[(&str, &str)] =
    &[("d", "3"), ("p_a", "0.45"), ("beta", "8"), ("kappa", "20"), ("draws", "100"), ("m", "32"), ("m_factor", "1000")];
const BLOCKS: &[(&str, &str)] = &[
    ("d", "9"),
    ("r", "3"),
    ("p_a", "0.1666"),
    ("beta", "1.5"),
    ("kappa", "1"),
    ("m", "16"),
    ("m_factor", "10"),
    ("draws", "40"),
    ("gamma", "0.01"),
    ("epsilon", "0.45"),
];

fn ask(variant: &Variant) -> Ask {
    let mut ask = named(variant).set(LOOSE).set(QUICK);
    if axis(variant, "evaluation") == "sampled" {
        ask = ask.set(&[("program_samples", "4000")]);
    }
    match axis(variant, "comparator") {
        "loss" => ask = ask.set(LOSS),
        "margin" => ask = ask.set(&[("comparator", "margin")]),
        _ => {}
    }
    match axis(variant, "level") {
        "paper" => ask.without("pilots").set(&[("c_m", "1e-20")]),
        "explicit" => {
            let ask = ask.without("pilots").set(match (axis(variant, "data"), axis(variant, "evaluation")) {
                // Every neuron of negative bias is active on all inputs, and its gradient is that of the block.
                ("structured-parity", "sampled") => {
                    &[("beta", "20"), ("theta_factor", "4"), ("m", "64"), ("penalty", "1"), ("m_factor", "100")][..]
                }
                ("structured-parity", _) if axis(variant, "form") == "c" => BLOCK,
                // Of what is active there is one mean.
                ("gaussian-xor", _) => {
                    &[("sigma", "0.5"), ("beta", "12"), ("draws", "400"), ("gamma", "0.01"), ("m_factor", "100")]
                }
                _ => &[],
            });
            // Three blocks that are nearly always constant: the features found get all but a few points right.
            let ask = match (axis(variant, "comparator"), axis(variant, "data"), axis(variant, "evaluation")) {
                ("loss", "structured-parity", "exact") => ask.set(BLOCKS),
                _ => ask,
            };
            if axis(variant, "comparator") == "loss" && axis(variant, "data") == "finite-support" {
                return Ask { rows: Some(Arc::new(corners(20, true))), ..ask };
            }
            ask
        }
        _ if axis(variant, "data") == "structured-parity" && axis(variant, "evaluation") == "sampled" => {
            let ask = ask.set(PARITY).without("offsets").set(&[("penalty", "1")]);
            if axis(variant, "gradients") == "fresh" { ask.set(&[("n_1", "20000")]) } else { ask }
        }
        _ if axis(variant, "gradients") == "fresh" => ask.set(&[("n_1", "20000")]),
        _ => ask,
    }
}

#[test]
fn main() {
    honest::all(&TABLE);
}

#[test]
#[ignore = "minutes: the trials of every variant"]
fn rest_of_main() {
    honest::rest(&TABLE);
}
