//! Lottery tickets (docs/theory.md §5.6).

use crate::harness::{Falsifier, Subject, equal};
use crate::measure::decades;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use std::collections::BTreeSet;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[("ticket-comparator", ticket_comparator)];

/// Neurons are kept one by one; then each moves as far as it may, to lower the margin and to lengthen the hidden layer; and the
/// potential falls by the least that a share of violations makes it.
fn ticket_comparator(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (kappa, knots) = (f64::from(rng.random_range(1..20)), f64::from(rng.random_range(1..12)));
        let spare = [0, rng.random_range(0..200), rng.random_range(0..200) - 100][rng.random_range(0..3)];
        vec![
            ("kappa", kappa),
            ("knots", knots),
            ("N", (kappa * knots + f64::from(spare)).max(1.0)),
            ("M", 1.0 + decades(rng, -2.0, 2.0)),
        ]
    };
    for point in subject.points(60, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let kept = keep(get("kappa") as usize, get("knots") as usize, get("N") as usize)?;
        equal("the neurons kept", get("N_U"), kept.len() as f64, 1e-12)?;
        // The comparator on one neuron, active throughout, at an input of norm B_x that it moves straight away from.
        let moved = get("D_v") * get("B_x");
        equal("what drift takes off the margin", get("alpha_l1") * moved, get("drift_share"), 1e-12)?;
        // All that are kept are equally active, and move towards the input.
        let each = get("H_1") / (kept.len() as f64).sqrt();
        let norm = kept.iter().map(|_| (each + moved).powi(2)).sum::<f64>().sqrt();
        equal("the hidden layer after drift", get("H"), norm, 1e-12)?;
        // With P the share of violations and a gradient of length HP, the potential falls by 2η(M-1)P - η²H²P²: per violation by
        // the least of this over P, which the budget of violations is divided by.
        let (eta, gap) = (get("eta_alpha"), get("M") - 1.0);
        let rate = |p: f64| 2.0 * eta * gap - (eta * norm).powi(2) * p;
        let least = (1..=64).map(|i| rate(f64::from(i) / 64.0)).fold(f64::INFINITY, f64::min);
        equal("the violations until the potential is 0", get("K_0") * least, get("Phi_1"), 1e-12)?;
        equal("the share of violations at the goal", get("error_bound"), get("epsilon"), 1e-12)?;
    }
    Ok(())
}

/// For each knot the nearest neurons that are not yet taken, nearest by number.
fn keep(kappa: usize, knots: usize, all: usize) -> Result<BTreeSet<usize>, String> {
    let mut taken = BTreeSet::new();
    for knot in 0..knots {
        let from = all * knot / knots;
        let free: Vec<usize> = (0..all).map(|i| (from + i) % all).filter(|i| !taken.contains(i)).take(kappa).collect();
        if free.len() < kappa {
            return Err(format!("{all} neurons are too few to keep {kappa} for each of {knots} knots"));
        }
        taken.extend(free);
    }
    Ok(taken)
}
