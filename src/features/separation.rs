//! The shortest comparator with margin 1, or with a price on what is short of it: convex programs. Nothing of a solver is
//! trusted: what is promised is computed here.

use super::soft_margin::soften;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use nalgebra::{DMatrix, DVector};

/// Constraints that clarabel is given at most: with more of them its dense dual takes seconds.
const MAX_WORKING: usize = 768;
/// Constraints added in a round.
const ADDED: usize = 4;
/// A margin this close to 1 is rescaled rather than improved.
const CLOSE: f64 = 1e-3;

/// Minimises ½‖α‖₂² + `penalty`·Σ(1 − yⱼ⟨α, hⱼ⟩)₊ over the columns hⱼ of `hidden` (neurons × samples); an infinite penalty asks
/// for yⱼ⟨α, hⱼ⟩ ≥ 1 for every j.
///
/// # Guarantee
/// With an infinite penalty `Some(α)` has yⱼ⟨α, hⱼ⟩ ≥ 1 for every j up to the rounding of one scalar product; its norm is the least
/// one to about a part in a thousand. `None` where the samples are not separated, or the program is not solved. A finite
/// penalty promises nothing of the solution but that it is finite.
#[must_use]
pub fn separate(hidden: &DMatrix<f64>, labels: &DVector<f64>, penalty: f64) -> Option<DVector<f64>> {
    let mut signed = hidden.clone();
    signed.column_iter_mut().zip(labels.iter()).for_each(|(mut h, y)| h *= *y);
    let scale = signed.column_iter().map(|h| h.norm_squared()).fold(0.0, f64::max).sqrt();
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    signed /= scale;
    let alpha = if penalty.is_finite() { soften(&signed, penalty * scale * scale) } else { shortest(&signed) };
    alpha.map(|alpha| alpha / scale)
}

/// The shortest α with margin 1, by clarabel on a growing set of the constraints.
fn shortest(signed: &DMatrix<f64>) -> Option<DVector<f64>> {
    let mut working = vec![0];
    while working.len() <= MAX_WORKING {
        let alpha = shortest_on(signed, &working)?;
        let margins = signed.tr_mul(&alpha);
        let least = margins.min();
        if least >= 1.0 - CLOSE {
            return Some(alpha / least);
        }
        let mut outside = vec![true; margins.len()];
        working.iter().for_each(|&j| outside[j] = false);
        let mut order: Vec<usize> = (0..margins.len()).filter(|&j| outside[j]).collect();
        let count = ADDED.max(working.len() / 4).min(order.len());
        if count == 0 {
            return None;
        }
        order.select_nth_unstable_by(count - 1, |a, b| margins[*a].total_cmp(&margins[*b]));
        let before = working.len();
        working.extend(order.into_iter().take(count).filter(|j| margins[*j] < 1.0));
        if working.len() == before {
            return None;
        }
    }
    None
}

/// The program on the working set, through its dual: min ½‖Σλⱼsⱼ‖² − Σλⱼ over λ ≥ 0.
fn shortest_on(signed: &DMatrix<f64>, working: &[usize]) -> Option<DVector<f64>> {
    let n = working.len();
    let chosen = signed.select_columns(working);
    let gram = chosen.tr_mul(&chosen);
    let upper = (0..n).flat_map(|j| (0..=j).map(move |i| (i, j)));
    let (rows, values): (Vec<usize>, Vec<f64>) = upper.map(|(i, j)| (i, gram[(i, j)])).unzip();
    let starts = (0..=n).map(|j| j * (j + 1) / 2).collect();
    let quadratic = CscMatrix::new(n, n, starts, rows, values);
    // −λ + slack = 0.
    let bounds = CscMatrix::new(n, n, (0..=n).collect(), (0..n).collect(), vec![-1.0; n]);
    let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
    let cones = [SupportedConeT::NonnegativeConeT(n)];
    let mut solver = DefaultSolver::new(&quadratic, &vec![-1.0; n], &bounds, &vec![0.0; n], &cones, settings).ok()?;
    solver.solve();
    // An unbounded dual says that the working set is not separated.
    let solved = matches!(solver.solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved);
    let alpha = chosen * DVector::from_column_slice(&solver.solution.x);
    (solved && alpha.iter().all(|a| a.is_finite())).then_some(alpha)
}

#[cfg(test)]
mod tests {
    use super::separate;
    use crate::statistics::streams::{Purpose, stream};
    use nalgebra::{DMatrix, DVector};
    use rand::RngExt;

    #[test]
    fn two_points_have_the_shortest_by_hand() {
        // y = ±1 at (3, 0) and (−1, 0): margin 1 at the nearer point asks for α = (1, 0).
        let hidden = DMatrix::from_column_slice(2, 2, &[3.0, 0.0, -1.0, 0.0]);
        let alpha = separate(&hidden, &DVector::from_column_slice(&[1.0, -1.0]), f64::INFINITY).unwrap();
        assert!((alpha[0] - 1.0).abs() < 2e-3 && alpha[1].abs() < 1e-6);
    }

    #[test]
    fn what_is_not_separated_has_none() {
        let hidden = DMatrix::from_column_slice(1, 2, &[1.0, 2.0]);
        assert!(separate(&hidden, &DVector::from_column_slice(&[1.0, -1.0]), f64::INFINITY).is_none());
        assert!(separate(&DMatrix::zeros(2, 3), &DVector::repeat(3, 1.0), f64::INFINITY).is_none());
    }

    /// A finite penalty: on overlapping data no other weights have a smaller ½‖α‖² + penalty·Σ(1 − yα·h)₊, and a single
    /// sample has the solution of the calculus.
    #[test]
    fn soft_margins_minimise_their_objective() {
        // ½α² + c(1 − α)₊ is least at min(c, 1).
        for penalty in [0.25, 4.0] {
            let one = separate(&DMatrix::repeat(1, 1, 1.0), &DVector::repeat(1, 1.0), penalty).unwrap();
            assert!((one[0] - penalty.min(1.0)).abs() < 2e-3, "{penalty}: {one}");
        }
        let mut rng = stream(2, 0, Purpose::Probe);
        for penalty in [0.05, 1.0] {
            let points = DMatrix::from_fn(4, 50, |_, _| rng.random::<f64>() - 0.5);
            let labels = DVector::from_fn(50, |_, _| if rng.random::<bool>() { 1.0 } else { -1.0 });
            let objective = |alpha: &DVector<f64>| {
                let short = points.tr_mul(alpha).component_mul(&labels).map(|z| (1.0 - z).max(0.0)).sum();
                alpha.norm_squared() / 2.0 + penalty * short
            };
            let alpha = separate(&points, &labels, penalty).unwrap();
            let least = objective(&alpha);
            assert!(least < objective(&DVector::zeros(4)));
            for size in [1e-3, 1e-1, 1.0] {
                for _ in 0..300 {
                    let other = &alpha + DVector::from_fn(4, |_, _| (rng.random::<f64>() - 0.5) * size);
                    // A sample counts as outside the margin a thousandth early.
                    assert!(objective(&other) >= least * (1.0 - 2e-3), "{penalty} {size}");
                }
            }
        }
    }

    /// On random separated data the margin is 1, and no feasible direction near the result is shorter.
    #[test]
    fn random_data_is_separated_and_the_result_is_shortest() {
        let mut rng = stream(1, 0, Purpose::Probe);
        for _ in 0..20 {
            let (d, n) = (5, 60);
            let teacher = DVector::from_fn(d, |_, _| rng.random::<f64>() - 0.5);
            let points = DMatrix::from_fn(d, n, |_, _| rng.random::<f64>() - 0.5);
            let labels = points.tr_mul(&teacher).map(|z| if z > 0.0 { 1.0 } else { -1.0 });
            let alpha = separate(&points, &labels, f64::INFINITY).unwrap();
            let margins = points.tr_mul(&alpha).component_mul(&labels);
            assert!(margins.min() >= 1.0 - 1e-12);
            // Kuhn–Tucker: α is a non-negative combination of the samples on the margin; so moving it by any feasible
            // direction cannot shorten it by more than the solver's tolerance.
            for _ in 0..200 {
                let other = &alpha + DVector::from_fn(d, |_, _| (rng.random::<f64>() - 0.5) * alpha.norm());
                let margin = points.tr_mul(&other).component_mul(&labels).min();
                assert!(margin <= 0.0 || (other / margin).norm() >= alpha.norm() * (1.0 - 2e-3));
            }
        }
    }
}
