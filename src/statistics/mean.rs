//! A confidence bound on the mean of a bounded variable that profits from a small variance.

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
