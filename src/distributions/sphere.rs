//! One coordinate of a uniform point on a sphere: its tail and its partial mean.
//!
//! For z uniform on the unit sphere of R^k, k ≥ 2, and a fixed unit vector e, t = ⟨e,z⟩ has the density
//! C (1 − t²)^{a−1} on [−1, 1] with a = (k−1)/2 and C = Γ(a+½)/(sqrt π Γ(a)). Hence t² ~ Beta(½, a), the tail is an
//! incomplete beta function, and `E[t; t > c]` = C (1 − c²)^a/(2a).
//!
//! statrs' beta function is not used: it takes its constant from log-gamma values, which at a = 500 costs three digits.

use std::f64::consts::PI;

/// From here on the series for Γ(a+½)/Γ(a) with five terms errs by less than 10⁻¹⁷.
const SERIES_FROM: f64 = 32.0;

/// Terms of the continued fraction. It needs O(sqrt a) of them at worst, so this suffices for k = 10⁶.
const MAX_TERMS: usize = 10_000;

/// The law of one coordinate of a uniform point on the unit sphere of R^k.
#[derive(Clone, Copy, Debug)]
pub(super) struct SphereCoordinate {
    a: f64,
    constant: f64,
}

impl SphereCoordinate {
    /// The law in R^k, k ≥ 2.
    pub(super) fn new(k: usize) -> Self {
        let a = (k.max(2) - 1) as f64 / 2.0;
        Self { a, constant: gamma_ratio(a) / PI.sqrt() }
    }

    /// `Pr[t > c]`, relative accuracy about a · 2⁻⁵⁰ in the upper tail.
    pub(super) fn tail(self, c: f64) -> f64 {
        if c < 0.0 {
            return 1.0 - self.tail(-c);
        }
        if c >= 1.0 {
            return 0.0;
        }
        let (a, outer) = (self.a, (1.0 - c) * (1.0 + c));
        let front = self.constant * c * self.power(c);
        if outer < (a + 1.0) / (a + 2.5) {
            0.5 * front / a * beta_fraction(a, 0.5, outer)
        } else {
            0.5 - front * beta_fraction(0.5, a, c * c)
        }
    }

    /// `E[t 1{t > c}]`.
    pub(super) fn partial_mean(self, c: f64) -> f64 {
        if c.abs() >= 1.0 { 0.0 } else { self.constant * self.power(c) / (2.0 * self.a) }
    }

    /// (1 − c²)^a, with libm because std's functions are not the same on every platform.
    fn power(self, c: f64) -> f64 {
        libm::exp(self.a * (libm::log1p(-c) + libm::log1p(c)))
    }
}

/// Γ(a+½)/Γ(a), by its expansion in 1/(a−¼)² (Tricomi and Erdélyi 1951), reached by Γ(a+1) = aΓ(a) where a is small.
fn gamma_ratio(a: f64) -> f64 {
    let (mut a, mut factor) = (a, 1.0);
    while a < SERIES_FROM {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let x = a - 0.25;
    let y = 1.0 / (x * x);
    let tail = 631.0 / 524_288.0 - y * 174_317.0 / 134_217_728.0;
    factor * x.sqrt() * (1.0 + y * (1.0 / 64.0 + y * (-19.0 / 8192.0 + y * tail)))
}

/// The continued fraction of the incomplete beta function, I_x(p, q) = x^p (1−x)^q/(p B(p, q)) times it, by Lentz's method;
/// it converges fast for x < (p+1)/(p+q+2).
fn beta_fraction(p: f64, q: f64, x: f64) -> f64 {
    // Lentz's method may meet a zero denominator; any tiny number in its place gives the same limit.
    let away = |v: f64| if v.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (p + q) * x / (p + 1.0));
    let mut value = d;
    for m in 1..MAX_TERMS {
        let m = m as f64;
        let even = m * (q - m) * x / ((p + 2.0 * m - 1.0) * (p + 2.0 * m));
        let odd = -(p + m) * (p + q + m) * x / ((p + 2.0 * m) * (p + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// ∫_c^1 f(t) C (1−t²)^{a−1} dt by Simpson's rule in t = sin φ, where the integrand cos^{2a−1} is smooth.
    fn quadrature(k: usize, c: f64, f: impl Fn(f64) -> f64) -> f64 {
        let n = 20_000;
        let (low, high) = (c.asin(), PI / 2.0);
        let step = (high - low) / f64::from(n);
        let density = |phi: f64| f(phi.sin()) * phi.cos().max(0.0).powi(i32::try_from(k).unwrap() - 2);
        let total = |low: f64, step: f64| -> f64 {
            (0..=n)
                .map(|i| {
                    let weight = if i == 0 || i == n { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
                    weight * step / 3.0 * density(low + f64::from(i) * step)
                })
                .sum()
        };
        let whole: f64 = {
            let step = PI / f64::from(n);
            (0..=n)
                .map(|i| {
                    let phi = -PI / 2.0 + f64::from(i) * step;
                    let weight = if i == 0 || i == n { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
                    weight * step / 3.0 * phi.cos().max(0.0).powi(i32::try_from(k).unwrap() - 2)
                })
                .sum()
        };
        total(low, step) / whole
    }

    #[test]
    fn agrees_with_quadrature() {
        for k in [2, 3, 4, 5, 9, 50, 200, 999] {
            let law = SphereCoordinate::new(k);
            let scale = 1.0 / (k as f64).sqrt();
            for c in [-0.9, -0.3, -1e-3, 0.0, 1e-9, 0.2, 0.5, 0.95, 0.999, scale, 2.0 * scale, -3.0 * scale] {
                if c.abs() < 1.0 {
                    let tail = quadrature(k, c, |_| 1.0);
                    let mean = quadrature(k, c, |t| t);
                    // Simpson's error with 20 000 panels is below 1e-12 of the integrand's maximum for these k.
                    assert_relative_eq!(law.tail(c), tail, epsilon = 1e-12, max_relative = 1e-9);
                    assert_relative_eq!(law.partial_mean(c), mean, epsilon = 1e-12, max_relative = 1e-9);
                }
            }
        }
    }

    #[test]
    fn agrees_with_statrs_and_elementary_cases() {
        for k in [2, 3, 10, 101, 1000] {
            for c in [0.0, 0.01, 0.1, 0.4, 0.8] {
                let a = (k - 1) as f64 / 2.0;
                let reference = 0.5 * statrs::function::beta::beta_reg(a, 0.5, 1.0 - c * c);
                assert_relative_eq!(SphereCoordinate::new(k).tail(c), reference, epsilon = 1e-13, max_relative = 1e-10);
            }
        }
        for c in [-0.99_f64, -0.5, 0.0, 0.3, 0.99] {
            assert_relative_eq!(SphereCoordinate::new(2).tail(c), c.acos() / PI, max_relative = 1e-14);
            assert_relative_eq!(SphereCoordinate::new(3).tail(c), (1.0 - c) / 2.0, max_relative = 1e-14);
        }
        assert!(SphereCoordinate::new(5).tail(1.0) <= 0.0 && SphereCoordinate::new(5).tail(-1.5) >= 1.0);
    }

    #[test]
    fn large_dimensions_approach_the_normal_law() {
        // Berry–Esseen for one coordinate: the densities differ by O(1/k) relatively.
        let k = 1_000_000;
        let (law, root) = (SphereCoordinate::new(k), (k as f64).sqrt());
        for z in [-2.0, 0.0, 0.5, 3.0] {
            let normal = 0.5 * libm::erfc(z / 2.0_f64.sqrt());
            assert_relative_eq!(law.tail(z / root), normal, max_relative = 1e-4);
        }
    }

    #[test]
    fn gamma_ratios_at_half_integers() {
        // Γ(1)/Γ(½) = 1/sqrt π, Γ(3/2)/Γ(1) = sqrt π/2, and the recurrence across the switch to the series.
        assert_relative_eq!(gamma_ratio(0.5), 1.0 / PI.sqrt(), max_relative = 1e-14);
        assert_relative_eq!(gamma_ratio(1.0), PI.sqrt() / 2.0, max_relative = 1e-14);
        for a in [31.5, 32.0, 400.0] {
            // Γ(a+½)/Γ(a) · Γ(a+1)/Γ(a+½) = a.
            assert_relative_eq!(gamma_ratio(a) * gamma_ratio(a + 0.5), a, max_relative = 1e-14);
        }
    }
}
