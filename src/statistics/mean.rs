//! A confidence bound on the mean of a bounded variable that profits from a small variance.

/// Upper confidence bound on the mean of independent samples in [0, 1] from their `mean`: the largest p with
/// n KL(mean ‖ p) ≤ ln(1/error). Sharper than [`EmpiricalBernstein`] where the mean itself is small.
///
/// # Guarantee
/// At least the expectation with probability at least 1 − `error` (Hoeffding 1963, Theorem 1: Pr[mean ≤ m] ≤ exp(−n KL(m ‖ p))
/// for every m ≤ p); the bisection ends on the side of the larger p.
#[must_use]
pub fn chernoff_upper(mean: f64, n: f64, error: f64) -> f64 {
    let log = -error.ln() / n;
    let term = |x: f64, p: f64| if x > 0.0 { x * (x / p).ln() } else { 0.0 };
    let (mut low, mut high) = (mean.clamp(0.0, 1.0), 1.0);
    let divergence = |p: f64| term(mean, p) + term(1.0 - mean, 1.0 - p);
    while high - low > 1e-12 * high {
        let middle = f64::midpoint(low, high);
        if divergence(middle) <= log { low = middle } else { high = middle }
    }
    high
}

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
