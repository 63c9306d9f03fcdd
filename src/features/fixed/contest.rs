//! The fixed features against a hidden set A: their best losses, and the bound no fixed features beat on average over A.

use super::FixedFeatures;
use crate::distributions::{Distribution, UniformHypercube};
use crate::error::ParameterError;
use crate::features::ball::{BallLoss, BallProblem, Effort, Gram};
use crate::statistics::streams::Stream;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;

/// Largest d: three Gram matrices of 2¹¹ points take 96 MiB, and each further dimension four times as much.
const MAX_DIMENSION: usize = 11;

/// Where the parameters come from.
const HYPOTHESIS: &str = "y = χ_A on {±1}^d with |A| = k odd, §5.7";

/// Fixed features with their norm budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrant {
    /// Ψ.
    pub features: FixedFeatures,
    /// B ≥ ‖ω‖₂.
    pub budget: f64,
}

impl Entrant {
    /// The features with the budget at which [`parseval_bound`] is `bound`, 0 ≤ bound < ½, up to rounding:
    /// B = (1 − 2·bound)·sqrt(C(d,k)/E‖Ψ‖²). `None` where E‖Ψ‖² is not known or is 0.
    #[must_use]
    pub fn with_bound(features: FixedFeatures, dimension: usize, size: usize, bound: f64) -> Option<Self> {
        let budget = (1.0 - 2.0 * bound) * (sets(dimension, size) / features.mean_square(dimension)?).sqrt();
        (budget.is_finite() && budget >= 0.0).then_some(Self { features, budget })
    }
}

/// Best losses of every map averaged over sets A, in the order of the maps.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedAverages {
    /// The averages, of both sides of each certificate.
    pub losses: Vec<BallLoss>,
    /// Over how many sets.
    pub sets: usize,
    /// Whether these are all sets of k coordinates.
    pub all: bool,
}

/// The population of docs/theory.md §5.7 for any set A of k coordinates, and the features that try to learn its labels.
///
/// x is uniform on {±1}^d with probability ½, otherwise x_A is all +1 or all −1 (¼ each) and the rest uniform; y = χ_A(x).
/// The Gram matrices do not depend on A and are made once.
#[derive(Clone, Debug)]
pub struct FixedContest {
    dimension: usize,
    size: usize,
    points: DMatrix<f64>,
    entrants: Vec<(Entrant, Gram)>,
}

impl FixedContest {
    /// The contest on {±1}^d with sets of `size` k.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] unless k is odd, k ≤ d ≤ 11, every budget is finite and not negative, and the features have
    /// dimension d.
    pub fn new(dimension: usize, size: usize, entrants: Vec<Entrant>) -> Result<Self, ParameterError> {
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            let range = format!("an integer from 1 to {MAX_DIMENSION}");
            return Err(ParameterError::out_of_range("d", dimension, range, HYPOTHESIS));
        }
        if size.is_multiple_of(2) || size > dimension {
            return Err(ParameterError::out_of_range(
                "k",
                size,
                format!("odd and at most d = {dimension}"),
                HYPOTHESIS,
            ));
        }
        let cube = UniformHypercube::new(dimension).ok();
        let points = cube.as_ref().and_then(|c| c.support()).map(|s| s.points.clone()).unwrap_or_default();
        let with_gram = |entrant: Entrant| {
            if !(entrant.budget >= 0.0 && entrant.budget.is_finite()) {
                return Err(ParameterError::out_of_range("B", entrant.budget, "finite and at least 0", HYPOTHESIS));
            }
            let gram = entrant.features.gram(&points)?;
            Ok((entrant, gram))
        };
        let entrants = entrants.into_iter().map(with_gram).collect::<Result<_, _>>()?;
        Ok(Self { dimension, size, points, entrants })
    }

    /// d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }
    /// k.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }
    /// Who takes part, in the order of the losses.
    pub fn entrants(&self) -> impl Iterator<Item = &Entrant> {
        self.entrants.iter().map(|(entrant, _)| entrant)
    }

    /// The labels and probabilities of the 2^d points, both exact: the weights are sums of two powers of two.
    fn population(&self, set: &[usize]) -> (DVector<f64>, DVector<f64>) {
        let n = self.points.ncols();
        let labels = DVector::from_fn(n, |j, _| set.iter().map(|&l| self.points[(l, j)]).product());
        let everywhere = 0.5 / n as f64;
        let constant = 0.25 * (1_u64 << self.size) as f64 / n as f64;
        let same = |j: usize| set.iter().all(|&l| self.points[(l, j)] * self.points[(set[0], j)] > 0.0);
        let weights = DVector::from_fn(n, |j, _| everywhere + if same(j) { constant } else { 0.0 });
        (labels, weights)
    }

    /// Certified best losses of all entrants on the population of the set A, in their order.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where A is not k different coordinates below d.
    pub fn best_losses(&self, set: &[usize], effort: Effort) -> Result<Vec<BallLoss>, ParameterError> {
        self.admits(set)?;
        let (labels, weights) = self.population(set);
        let solve = |(entrant, gram): &(Entrant, Gram)| {
            Ok(BallProblem::new(gram, &labels, &weights, entrant.budget)?.solve(effort))
        };
        self.entrants.iter().map(solve).collect()
    }

    /// What every entrant's loss on the population of this one set A is no less than: ½(1 − B‖Ψ̂(A)‖).
    ///
    /// # Guarantee
    /// At most that number, and at least 0.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where A is not k different coordinates below d.
    pub fn bounds(&self, set: &[usize]) -> Result<Vec<f64>, ParameterError> {
        self.admits(set)?;
        let (labels, _) = self.population(set);
        let n = labels.len() as f64;
        let bound = |(entrant, gram): &(Entrant, Gram)| {
            // ‖Ψ̂(A)‖² = χᵀKχ/4^d. The 4^d terms are each within the Gram matrix's error, and two sums of n terms of at most κ, then
            // nκ, are within 2nε of the sum of moduli n²κ.
            let largest = gram.entries.amax();
            let square = labels.dot(&(&gram.entries * &labels));
            let slack = n * n * (gram.error + 2.0 * (n + 8.0) * f64::EPSILON * largest);
            let correlation = (square + slack).max(0.0).sqrt() / n * (1.0 + 4.0 * f64::EPSILON);
            (0.5 * (1.0 - entrant.budget * correlation) - f64::EPSILON * (1.0 + entrant.budget * correlation)).max(0.0)
        };
        Ok(self.entrants.iter().map(bound).collect())
    }

    /// Every entrant's W_k = Σ over |A| = k of ‖Ψ̂(A)‖², its squared correlations with the parities of k coordinates.
    ///
    /// # Guarantee
    /// At least W_k.
    #[must_use]
    pub fn level_weights(&self) -> Vec<f64> {
        // A is where the point of its column is −1.
        let minus = |j: usize| self.points.column(j).iter().filter(|c| **c < 0.0).count();
        let n = self.points.ncols();
        // Walsh's transform needs the points in the order of their bits, as does the parity of a set.
        let bits = |j: usize| (0..self.dimension).filter(|&l| self.points[(l, j)] < 0.0).map(|l| 1_usize << l).sum();
        let place: Vec<usize> = (0..n).map(bits).collect();
        let weight = |(_, gram): &(Entrant, Gram)| {
            let mut k = DMatrix::zeros(n, n);
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                k[(place[i], place[j])] = gram.entries[(i, j)];
            }
            k.column_iter_mut().for_each(|mut column| walsh(column.as_mut_slice()));
            k.transpose_mut();
            k.column_iter_mut().for_each(|mut column| walsh(column.as_mut_slice()));
            // χ_AᵀKχ_A for every A, each a sum of n² terms of at most κ in 2d additions one after another.
            let (size, largest) = (n as f64, gram.entries.amax());
            let slack = size * size * (gram.error + (2 * self.dimension + 2) as f64 * f64::EPSILON * largest);
            let of_size = (0..n).filter(|&j| minus(j) == self.size).map(|j| (k[(place[j], place[j])] + slack).max(0.0));
            of_size.sum::<f64>() / (size * size) * (1.0 + (size + 4.0) * f64::EPSILON)
        };
        self.entrants.iter().map(weight).collect()
    }

    /// The same contest with other budgets, one an entrant.
    ///
    /// # Errors
    /// [`ParameterError::OutOfRange`] where a budget is negative or not finite.
    pub fn with_budgets(mut self, budgets: &[f64]) -> Result<Self, ParameterError> {
        for ((entrant, _), &budget) in self.entrants.iter_mut().zip(budgets) {
            if !(budget >= 0.0 && budget.is_finite()) {
                return Err(ParameterError::out_of_range("B", budget, "finite and at least 0", HYPOTHESIS));
            }
            entrant.budget = budget;
        }
        Ok(self)
    }

    /// Every set A.
    #[must_use]
    pub fn all_sets(&self) -> Vec<Vec<usize>> {
        let chosen = |bits: u32| (0..self.dimension).filter(|l| bits >> l & 1 == 1).collect();
        (0..1_u32 << self.dimension).filter(|bits| bits.count_ones() as usize == self.size).map(chosen).collect()
    }

    /// Whether A is k different coordinates below d.
    fn admits(&self, set: &[usize]) -> Result<(), ParameterError> {
        let mut seen = vec![false; self.dimension];
        let new = |&l: &usize| seen.get_mut(l).is_some_and(|s| !std::mem::replace(s, true));
        if set.len() != self.size || !set.iter().all(new) {
            let range = format!("{} different coordinates below {}", self.size, self.dimension);
            return Err(ParameterError::out_of_range("A", format!("{set:?}"), range, HYPOTHESIS));
        }
        Ok(())
    }
}

/// Walsh's transform: entry A becomes the sum over all x of χ_A(x) times entry x, A and x being bits.
fn walsh(values: &mut [f64]) {
    let mut half = 1;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// A uniformly random set of `size` coordinates below `dimension` (all of them where `size` is larger), in increasing order.
#[must_use]
pub fn random_set(dimension: usize, size: usize, rng: &mut Stream) -> Vec<usize> {
    // Floyd's: every coordinate from d − k on adds a random one not above it, or itself where that is taken.
    let mut set: Vec<usize> = Vec::new();
    for top in dimension.saturating_sub(size)..dimension {
        let l = rng.random_range(0..=top);
        set.push(if set.contains(&l) { top } else { l });
    }
    set.sort_unstable();
    set
}

/// C(d, k), rounded down where it is not an f64: the number of sets A.
fn sets(d: usize, k: usize) -> f64 {
    if k > d {
        return 0.0;
    }
    let k = k.min(d - k);
    // C(d, i + 1) = C(d, i)(d − i)/(i + 1) is a whole number at every step.
    let exact = (0..k as u128).try_fold(1_u128, |c, i| Some(c.checked_mul(d as u128 - i)? / (i + 1)));
    // Beyond 2¹²⁸ the largest u128 is a lower bound.
    let count = exact.unwrap_or(u128::MAX);
    let nearest = count as f64;
    if nearest as u128 > count || nearest >= u128::MAX as f64 { nearest.next_down() } else { nearest }
}

/// What no fixed features Ψ with ‖ω‖₂ ≤ `budget` and E‖Ψ(x)‖² ≤ `mean_square` beat, averaged over the C(d,k) sets A of size k on the
/// populations of [`FixedContest`]: a mean hinge loss of ½(1 − B sqrt(E‖Ψ‖²/C(d,k))) (docs/theory.md §5.7).
///
/// # Guarantee
/// At most that number, and at least 0; 0 too where k > d or an argument is negative or not a number.
#[must_use]
pub fn parseval_bound(budget: f64, mean_square: f64, d: usize, k: usize) -> f64 {
    if !(budget >= 0.0 && mean_square >= 0.0 && k <= d) {
        return 0.0;
    }
    let root = (mean_square / sets(d, k)).next_up().sqrt().next_up();
    let bound = 0.5 * (1.0 - (budget * root).next_up()).next_down();
    if bound > 0.0 { bound } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{FixedContest, parseval_bound, sets};
    use crate::distributions::{Distribution, StructuredParity};

    #[test]
    fn sets_are_counted() {
        assert_eq!(
            [sets(9, 3), sets(10, 5), sets(4, 0), sets(4, 4), sets(3, 4)].map(f64::to_bits),
            [84.0, 252.0, 1.0, 1.0, 0.0_f64].map(f64::to_bits)
        );
        // C(60, 30) needs 57 bits.
        let exact = 118_264_581_564_861_424_u128;
        assert!(sets(60, 30) as u128 <= exact && exact - sets(60, 30) as u128 <= 32);
        assert!(sets(300, 150) < 2.0_f64.powi(128) && sets(300, 150) > 3.4e38);
    }

    #[test]
    fn the_bound_is_rounded_down() {
        // B² E‖Ψ‖²/C(d,k) = ¼ with numbers f64 has: C(8,1) = 8, E‖Ψ‖² = 2.
        let bound = parseval_bound(1.0, 2.0, 8, 1);
        assert!(bound < 0.25 && bound > 0.25 - 4.0 * f64::EPSILON);
        for nothing in [
            parseval_bound(f64::NAN, 1.0, 6, 3),
            parseval_bound(1.0, f64::NAN, 6, 3),
            parseval_bound(-1.0, 1.0, 6, 3),
            parseval_bound(0.1, 1.0, 2, 3),
            parseval_bound(f64::INFINITY, 0.0, 6, 3),
            parseval_bound(1e9, 1.0, 6, 3),
        ] {
            assert!(nothing.abs() <= 0.0, "{nothing}");
        }
        assert!((0.5 - 2.0 * f64::EPSILON..=0.5).contains(&parseval_bound(0.0, 1.0, 6, 3)));
    }

    /// The population is that of the structured parity with r = 1, p_A = ¼, p_o = ½ whose set is moved to A.
    #[test]
    fn the_population_is_the_structured_parity() {
        let (d, set) = (6, [5, 0, 3]);
        let contest = FixedContest::new(d, 3, Vec::new()).unwrap();
        let (labels, weights) = contest.population(&set);
        let parity = StructuredParity::new(d, 1, 3, 0.25, 0.5).unwrap();
        let support = parity.support().unwrap();
        let places: Vec<usize> = set.into_iter().chain([1, 2, 4]).collect();
        for (j, x) in contest.points.column_iter().enumerate() {
            let same = |z: &[f64]| places.iter().zip(z).all(|(&l, c)| (x[l] - c).abs() < 0.5);
            let found: Vec<usize> =
                (0..support.labels.len()).filter(|&i| same(support.points.column(i).as_slice())).collect();
            assert!(found.iter().all(|&i| (support.labels[i] - labels[j]).abs() < 0.5));
            // Sums of powers of two: exact.
            let weight = found.iter().map(|&i| support.weights[i]).sum::<f64>();
            assert_eq!(weight.to_bits(), weights[j].to_bits());
        }
        assert_eq!(weights.sum().to_bits(), 1.0_f64.to_bits());
    }
}
