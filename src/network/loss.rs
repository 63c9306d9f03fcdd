//! The two losses of docs/theory.md §1: convex, non-increasing, ℓ(0) = 1, ℓ(∞) = 0.

use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// A loss of the margin z = y f(x).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// max(0, 1 − z).
    Hinge,
    /// log₂(1 + e^{−z}).
    Logistic,
}

impl Loss {
    /// ℓ(z).
    #[must_use]
    pub fn value(self, z: f64) -> f64 {
        match self {
            Self::Hinge => (1.0 - z).max(0.0),
            // Either branch keeps the exponential at most 1.
            Self::Logistic if z < 0.0 => (libm::log1p(libm::exp(z)) - z) / LN_2,
            Self::Logistic => libm::log1p(libm::exp(-z)) / LN_2,
        }
    }

    /// A subgradient ℓ'(z); 0 at the hinge's kink, so that a sample of margin exactly 1 does not count as violated.
    #[must_use]
    pub fn derivative(self, z: f64) -> f64 {
        match self {
            Self::Hinge => -f64::from(u8::from(z < 1.0)),
            Self::Logistic if z > 0.0 => {
                let e = libm::exp(-z);
                -e / ((1.0 + e) * LN_2)
            }
            Self::Logistic => -1.0 / ((1.0 + libm::exp(z)) * LN_2),
        }
    }

    /// Λ, the Lipschitz constant.
    #[must_use]
    pub fn lipschitz(self) -> f64 {
        match self {
            Self::Hinge => 1.0,
            Self::Logistic => 1.0 / LN_2,
        }
    }

    /// |ℓ'(0)|.
    #[must_use]
    pub fn slope_at_zero(self) -> f64 {
        match self {
            Self::Hinge => 1.0,
            Self::Logistic => 0.5 / LN_2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Loss;

    #[test]
    fn obey_their_definition() {
        for loss in [Loss::Hinge, Loss::Logistic] {
            assert!((loss.value(0.0) - 1.0).abs() < 1e-15 && loss.value(800.0) < 1e-200);
            assert!((loss.derivative(0.0) + loss.slope_at_zero()).abs() < 1e-15);
            for i in -400..400 {
                let z = f64::from(i) * 0.1 + 0.03;
                let secant = (loss.value(z + 1e-6) - loss.value(z - 1e-6)) / 2e-6;
                // Central differences err by ℓ'''/6·10⁻¹² and by rounding of values up to 60 over 2·10⁻⁶.
                assert!((secant - loss.derivative(z)).abs() < 1e-8, "{loss:?} at {z}");
                assert!(loss.derivative(z).abs() <= loss.lipschitz() && loss.derivative(z) <= 0.0);
                assert!(z > 0.0 || loss.value(z) >= 1.0);
            }
        }
    }

    #[test]
    fn are_finite_far_out() {
        assert!((Loss::Logistic.value(-1e6) * std::f64::consts::LN_2 - 1e6).abs() < 1e-6);
        assert!((Loss::Logistic.derivative(-1e6) + 1.0 / std::f64::consts::LN_2).abs() < 1e-15);
        assert!(Loss::Logistic.derivative(1e6).abs() < f64::MIN_POSITIVE);
    }
}
