//! The best hinge loss within a ball of a feature space, with a certificate on both sides (docs/theory.md §5.7).
//!
//! Nothing of the solver is trusted: whatever it proposes, [`BallProblem::lower`] and [`BallProblem::upper`] are bounds, with
//! the rounding of their own evaluation and of the Gram matrix counted against them.

mod ascent;

use crate::error::ParameterError;
use ascent::{Dual, Gaps, Search};
use nalgebra::{DMatrix, DVector};

/// Scalar products of feature vectors.
///
/// # Guarantee
/// Entry (i, j) is within `error` of ⟨Ψ(xᵢ), Ψ(xⱼ)⟩.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    /// n × n, one row and one column a point.
    pub entries: DMatrix<f64>,
    /// What rounding may have done to an entry.
    pub error: f64,
}

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Difference of the two bounds at which the search ends.
    pub gap: f64,
    /// Most passes over the points; one costs at most 2n² operations.
    pub passes: usize,
}

impl Default for Effort {
    /// A gap of 0.01, small beside the bound ¼ that §5.7 is run at; there it takes tens or hundreds of passes.
    fn default() -> Self {
        Self { gap: 0.01, passes: 2000 }
    }
}

/// Where the best hinge loss lies.
///
/// # Guarantee
/// dual ≤ min over ‖ω‖ ≤ B of Σ pⱼ(1 − yⱼ⟨ω, Ψ(xⱼ)⟩)₊ ≤ primal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BallLoss {
    /// The loss of some ω of the ball, rounded up.
    pub primal: f64,
    /// The value of some dual point, rounded down.
    pub dual: f64,
    /// Passes over the points.
    pub iterations: usize,
}

/// min over ‖ω‖₂ ≤ B of Σ pⱼ (1 − yⱼ⟨ω, Ψ(xⱼ)⟩)₊ over n points of which only the Gram matrix is known.
#[derive(Clone, Copy, Debug)]
pub struct BallProblem<'a> {
    gram: &'a Gram,
    labels: &'a DVector<f64>,
    weights: &'a DVector<f64>,
    budget: f64,
    /// Largest modulus of an entry.
    largest: f64,
}

/// v = Σ uⱼΨ(xⱼ) as far as the Gram matrix knows it.
struct Combination {
    /// Computed ⟨v, Ψ(xⱼ)⟩.
    products: DVector<f64>,
    /// What each of them may be off by.
    slack: f64,
    /// At least ‖v‖.
    norm: f64,
}

impl<'a> BallProblem<'a> {
    /// The problem with labels ±1 and weights pⱼ, both of length n, and budget B.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where lengths differ, there is no point, a number is not finite, a label is not ±1, or a
    /// weight, the budget or the Gram matrix's error is negative.
    pub fn new(
        gram: &'a Gram,
        labels: &'a DVector<f64>,
        weights: &'a DVector<f64>,
        budget: f64,
    ) -> Result<Self, ParameterError> {
        let reject = |name, value: String, range: &str| Err(ParameterError::out_of_range(name, value, range, "§5.7"));
        let n = gram.entries.nrows();
        if n == 0 || gram.entries.ncols() != n || labels.len() != n || weights.len() != n {
            let (rows, columns) = gram.entries.shape();
            let value = format!("{rows} × {columns} with {} labels and {} weights", labels.len(), weights.len());
            return reject("gram", value, "square, with a label and a weight a row");
        }
        let largest = gram.entries.iter().fold(0.0, |most: f64, k| if k.abs() <= most { most } else { k.abs() });
        if !(largest.is_finite() && gram.error >= 0.0 && gram.error.is_finite()) {
            return reject("gram", format!("{largest} ± {}", gram.error), "finite");
        }
        if let Some(label) = labels.iter().find(|y| y.abs().to_bits() != 1.0_f64.to_bits()) {
            return reject("label", label.to_string(), "+1 or −1");
        }
        if let Some(weight) = weights.iter().find(|p| !(**p >= 0.0 && p.is_finite())) {
            return reject("weight", weight.to_string(), "finite and at least 0");
        }
        if !(budget >= 0.0 && budget.is_finite()) {
            return reject("budget", budget.to_string(), "finite and at least 0");
        }
        Ok(Self { gram, labels, weights, budget, largest })
    }

    /// A lower bound on the best loss from a dual point: `masses` are mⱼ = pⱼλⱼ, moved into `[0, pⱼ]` where they are not.
    ///
    /// # Guarantee
    /// At most the best loss, for every argument of length n (weak duality, docs/theory.md §5.7); 0 for another length.
    #[must_use]
    pub fn lower(&self, masses: &DVector<f64>) -> f64 {
        if masses.len() != self.labels.len() {
            return 0.0;
        }
        // `max` drops a NaN. That mⱼ is what stands for pⱼλⱼ leaves no product to round.
        let masses = masses.zip_map(self.weights, |m, p| m.max(0.0).min(p));
        let v = self.combine(&masses.component_mul(self.labels));
        let sum = masses.sum() * (1.0 - self.relative(0));
        let value = (sum - self.budget * v.norm * (1.0 + 4.0 * f64::EPSILON)).next_down();
        // A hinge loss is never negative.
        if value > 0.0 { value } else { 0.0 }
    }

    /// An upper bound on the best loss: the least one found of ω = tΣcⱼΨ(xⱼ) within the ball, t ≥ 0, `coefficients` being cⱼ.
    ///
    /// # Guarantee
    /// At least the best loss, for every argument.
    #[must_use]
    pub fn upper(&self, coefficients: &DVector<f64>) -> f64 {
        let nothing = self.weights.sum() * (1.0 + self.relative(4));
        if coefficients.len() != self.labels.len() || coefficients.iter().any(|c| !c.is_finite()) {
            return nothing;
        }
        let v = self.combine(coefficients);
        // Rounded down: ‖tv‖ ≤ B.
        let longest = (self.budget / v.norm).next_down();
        if !(longest > 0.0 && longest.is_finite()) {
            return nothing;
        }
        nothing.min(least_of_convex(0.0, longest, |t| self.loss(&v, t)))
    }

    /// At least the loss of tv.
    fn loss(&self, v: &Combination, t: f64) -> f64 {
        let terms = v.products.iter().zip(self.labels.iter()).zip(self.weights.iter()).map(|((f, y), p)| {
            let z = t * f * y;
            // One product and one difference are off by at most ε(1 + |z|) together; the rest of 2ε is for this line itself.
            p * (1.0 - z + (t * v.slack + 2.0 * f64::EPSILON * (1.0 + z.abs()))).max(0.0)
        });
        terms.sum::<f64>() * (1.0 + self.relative(4))
    }

    /// Relative error of a sum of n non-negative terms with a few further roundings: γ_k ≤ kε, as long as k < 2⁵².
    fn relative(&self, further: usize) -> f64 {
        (self.labels.len() + further + 2) as f64 * f64::EPSILON
    }

    /// v = Σ uⱼΨ(xⱼ).
    ///
    /// With k = max |K| and e the Gram matrix's error a computed product is off by at most (nεk + e)‖u‖₁ =: s, and uᵀKu by s‖u‖₁
    /// for its products and nε(k‖u‖₁ + s)‖u‖₁ ≤ 2s‖u‖₁ for its own sum: 3s‖u‖₁ together. What underflows is less than the
    /// smallest normal number a term.
    fn combine(&self, u: &DVector<f64>) -> Combination {
        let products = &self.gram.entries * u;
        let (length, up) = (u.lp_norm(1) * (1.0 + self.relative(0)), 1.0 + 16.0 * f64::EPSILON);
        let tiny = f64::MIN_POSITIVE * self.labels.len() as f64;
        let slack = ((self.relative(2) * self.largest + self.gram.error) * length + tiny) * up;
        let square = u.dot(&products).max(0.0) + 3.0 * slack * length + tiny;
        let norm = (square * up).sqrt().next_up();
        Combination { products, slack, norm }
    }

    /// Searches until the bounds are within the gap or the passes are used up.
    ///
    /// The dual max Σmⱼ − B‖Σ yⱼmⱼΨⱼ‖ is max over μ > 0 too of the jointly concave Σmⱼ − ‖Σ yⱼmⱼΨⱼ‖²/2μ − μB²/2, which is climbed
    /// one coordinate of (m, μ) after another, each step exact. Where B is more than is needed μ falls to 0 and the steps with
    /// it; so μ is kept above a floor (the price of the norm of a smaller ball), lowered whenever the ascent has arrived there.
    #[must_use]
    pub fn solve(&self, effort: Effort) -> BallLoss {
        let Self { gram, labels, weights, budget, .. } = *self;
        let mut search = Search::new(Dual { products: &gram.entries, labels, weights, budget });
        let mut best = BallLoss { primal: f64::INFINITY, dual: 0.0, iterations: 0 };
        loop {
            let Gaps { priced, dual, primal } = search.gaps();
            let (arrived, last) = (priced <= 0.5 * effort.gap, best.iterations >= effort.passes);
            if arrived || last || best.iterations == 0 || primal - dual.max(best.dual) <= 0.9 * effort.gap {
                search.refresh();
                best.dual = best.dual.max(self.lower(&search.masses));
                best.primal = best.primal.min(self.upper(&search.signed));
            }
            if best.primal - best.dual <= effort.gap || last {
                return best;
            }
            if arrived {
                search.floor /= 2.0;
            }
            search.pass();
            best.iterations += 1;
        }
    }
}

/// The least value met in a search of 64 steps for the minimum of a convex function; each narrows the interval to two thirds.
fn least_of_convex(mut from: f64, mut to: f64, value: impl Fn(f64) -> f64) -> f64 {
    let mut least = value(from).min(value(to));
    for _ in 0..64 {
        let (a, b) = (from + (to - from) / 3.0, to - (to - from) / 3.0);
        let (at_a, at_b) = (value(a), value(b));
        least = least.min(at_a).min(at_b);
        if at_a <= at_b { to = b } else { from = a }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::{BallProblem, Effort, Gram};
    use nalgebra::{DMatrix, DVector};

    fn vector(v: &[f64]) -> DVector<f64> {
        DVector::from_column_slice(v)
    }

    /// (1 − t)₊ on one point; ½Σ(1 − ωᵢ)₊ on two orthonormal ones, least at (B, B)/sqrt 2; and one point with both labels, where
    /// ¾(1 − t) + ¼(1 + t) is least at t = min(B, 1), inside the ball from B = 1 on.
    #[test]
    fn by_hand() {
        let (one, both) = (DMatrix::repeat(1, 1, 1.0), DMatrix::repeat(2, 2, 1.0));
        let (even, uneven) = (vector(&[0.5, 0.5]), vector(&[0.75, 0.25]));
        let effort = Effort { gap: 1e-6, passes: 10_000 };
        for budget in [0.0, 0.125, 0.5, 1.0, 1.25, 3.0_f64] {
            for (entries, labels, weights, best) in [
                (one.clone(), vector(&[1.0]), vector(&[1.0]), (1.0 - budget).max(0.0)),
                (DMatrix::identity(2, 2), vector(&[1.0, -1.0]), even.clone(), (1.0 - budget / 2.0_f64.sqrt()).max(0.0)),
                (both.clone(), vector(&[1.0, -1.0]), uneven.clone(), 1.0 - budget.min(1.0) / 2.0),
            ] {
                let gram = Gram { entries, error: 0.0 };
                let found = BallProblem::new(&gram, &labels, &weights, budget).unwrap().solve(effort);
                // The last value is itself rounded, by an ulp of 1.
                let slack = f64::EPSILON;
                assert!(
                    found.dual <= best + slack && best <= found.primal + slack,
                    "B = {budget}: {found:?}, not {best}"
                );
                assert!(found.primal - found.dual <= effort.gap, "B = {budget}: {found:?}");
            }
        }
    }

    /// The rounding is counted: where Σ mⱼyⱼΨⱼ = 0 in the true features, a Gram matrix with an error admits a longer one.
    #[test]
    fn the_error_of_the_gram_matrix_costs() {
        let (labels, weights) = (vector(&[1.0, -1.0]), vector(&[0.5, 0.5]));
        let bounds = |error| {
            let gram = Gram { entries: DMatrix::repeat(2, 2, 1.0), error };
            let problem = BallProblem::new(&gram, &labels, &weights, 1.0).unwrap();
            (problem.lower(&weights), problem.upper(&vector(&[1.0, 0.0])))
        };
        let (sharp, blunt) = (bounds(0.0), bounds(1e-4));
        assert!(sharp.0 > 1.0 - 1e-6 && sharp.1 >= 1.0);
        // ‖v‖² may be ‖u‖₁²·10⁻⁴, so ‖v‖ a hundredth.
        assert!(blunt.0 <= 1.0 - 0.01 && blunt.0 > 0.9 && blunt.1 >= 1.0);
    }

    #[test]
    fn bad_problems_are_refused_and_bad_points_harmless() {
        let gram = Gram { entries: DMatrix::identity(2, 2), error: 0.0 };
        let (labels, weights) = (vector(&[1.0, -1.0]), vector(&[0.5, 0.5]));
        let refused = |gram: &Gram, labels: &[f64], weights: &[f64], budget| {
            BallProblem::new(gram, &vector(labels), &vector(weights), budget).is_err()
        };
        assert!(refused(&gram, &[1.0], &[0.5, 0.5], 1.0) && refused(&gram, &[1.0, 1.0], &[1.0], 1.0));
        assert!(refused(&gram, &[1.0, 0.5], &[0.5, 0.5], 1.0) && refused(&gram, &[1.0, f64::NAN], &[0.5, 0.5], 1.0));
        assert!(refused(&gram, &[1.0, 1.0], &[0.5, -0.5], 1.0) && refused(&gram, &[1.0, 1.0], &[0.5, 0.5], f64::NAN));
        for entries in [DMatrix::repeat(2, 2, f64::NAN), DMatrix::repeat(2, 3, 1.0), DMatrix::zeros(0, 0)] {
            assert!(refused(&Gram { entries, error: 0.0 }, &[1.0, 1.0], &[0.5, 0.5], 1.0));
        }
        let negative = Gram { error: -1.0, ..gram.clone() };
        assert!(refused(&negative, &[1.0, 1.0], &[0.5, 0.5], 1.0));
        let problem = BallProblem::new(&gram, &labels, &weights, 1.0).unwrap();
        for bad in [vec![], vec![f64::NAN, 1.0], vec![f64::INFINITY, -1.0], vec![-3.0, 1e300], vec![0.0, 0.0]] {
            let bad = vector(&bad);
            // 1 − 1/sqrt 2 is the best loss.
            assert!(problem.lower(&bad) <= 0.293 && problem.upper(&bad) >= 0.292, "{bad}");
        }
    }
}
