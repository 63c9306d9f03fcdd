//! Confidence bounds on the mean of a bounded variable that profit from a small variance.

/// Stakes of the gambler, relative to the range: near 1 for a variable that is nearly always far below its range, less for one
/// that varies over it.
const STAKES: [f64; 3] = [0.95, 0.3, 0.1];
/// What the logarithm of the wealth must exceed its limit by: a bound on the rounding of its sum of up to 10⁹ terms, each
/// added to at most 10³.
const LOG_ROUNDING: f64 = 1e-6;

/// Upper confidence bound on the mean of independent samples in [0, range], from the wealth of a gambler who bets that they are
/// smaller (Waudby-Smith and Ramdas 2024, with stakes that are fixed beforehand; docs/theory.md §6).
#[derive(Clone, Debug, PartialEq)]
pub struct Wager {
    range: f64,
    zeros: f64,
    positive: Vec<f64>,
}

impl Wager {
    /// No samples yet; every sample will lie in [0, `range`], and is taken as `range` if it does not.
    #[must_use]
    pub fn new(range: f64) -> Self {
        Self { range, zeros: 0.0, positive: Vec::new() }
    }

    /// Takes a sample.
    pub fn push(&mut self, sample: f64) {
        if sample <= 0.0 {
            self.zeros += 1.0;
        } else {
            self.positive.push(if sample < self.range { sample / self.range } else { 1.0 });
        }
    }

    /// Upper confidence bound on the mean: beyond it, were it the mean, the wealth ∏(1 + λ(μ − x)/range), averaged over the
    /// stakes λ, would be 1/`error` or more.
    ///
    /// # Guarantee
    /// At least the mean with probability at least 1 − `error`: at μ = E x every stake's wealth has expectation 1 and is
    /// positive, so Markov's inequality applies to their average; it increases with μ, and the bisection ends on the side of
    /// the larger μ. At most `range`.
    #[must_use]
    pub fn upper(&self, error: f64) -> f64 {
        let n = self.zeros + self.positive.len() as f64;
        let limit = -error.ln() + (STAKES.len() as f64).ln() + LOG_ROUNDING;
        // The average reaches 1/error where one stake's wealth alone reaches (number of stakes)/error; the others only help.
        let rejects = |mean: f64| {
            let log = |stake: f64| {
                let sum: f64 = self.positive.iter().map(|x| libm::log1p(stake * (mean - x))).sum();
                sum + self.zeros * libm::log1p(stake * mean)
            };
            STAKES.iter().any(|stake| log(*stake) >= limit)
        };
        let mean = self.positive.iter().sum::<f64>() / n.max(1.0);
        let (mut low, mut excess) = (mean, limit / n.max(1.0));
        while mean + excess < 1.0 && !rejects(mean + excess) {
            low = mean + excess;
            excess *= 2.0;
        }
        let mut high = (mean + excess).min(1.0);
        while high - low > RESOLUTION * (high - mean) {
            let middle = f64::midpoint(low, high);
            if rejects(middle) { high = middle } else { low = middle }
        }
        high * self.range * (1.0 + f64::EPSILON * 4.0)
    }
}

/// The bisection ends within this of the bound, relative to its distance from the mean.
const RESOLUTION: f64 = 1e-4;

/// Empirical Bernstein bound on the mean of independent samples in [0, range], whatever their law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmpiricalBernstein {
    range: f64,
    count: f64,
    mean: f64,
    squares: f64,
}

impl EmpiricalBernstein {
    /// No samples yet; every sample will lie in [0, `range`].
    #[must_use]
    pub fn new(range: f64) -> Self {
        Self { range, count: 0.0, mean: 0.0, squares: 0.0 }
    }

    /// Takes a sample (Welford's update).
    pub fn push(&mut self, sample: f64) {
        self.count += 1.0;
        let before = sample - self.mean;
        self.mean += before / self.count;
        self.squares += before * (sample - self.mean);
    }

    /// Mean of the samples.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Upper confidence bound on the mean.
    ///
    /// # Guarantee
    /// At least the mean with probability at least 1 − `error`: mean + sqrt(2V ln(2/δ)/n) + 7R ln(2/δ)/(3(n−1)) with the
    /// sample variance V (Maurer and Pontil 2009, Theorem 4).
    #[must_use]
    pub fn upper(&self, error: f64) -> f64 {
        if self.count < 2.0 {
            return self.range;
        }
        let (n, log) = (self.count, (2.0 / error).ln());
        let variance = self.squares / (n - 1.0);
        self.mean + (2.0 * variance * log / n).sqrt() + 7.0 * self.range * log / (3.0 * (n - 1.0))
    }
}
