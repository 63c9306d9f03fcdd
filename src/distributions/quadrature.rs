//! Integrals against the standard normal density, by Gauss–Legendre panels, and Owen's T.

use std::f64::consts::{PI, SQRT_2};
use std::sync::OnceLock;

/// Nodes of a panel.
const NODES: usize = 20;
/// Beyond this φ is below 10⁻¹⁹.
const REACH: f64 = 9.2;
/// Widest panel.
const WIDTH: f64 = 2.3;

/// Φ(z).
pub(super) fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// φ(z).
pub(super) fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
}

/// Nodes and weights on [−1, 1]: Newton's iteration on the Legendre polynomial.
fn rule() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| {
        let n = NODES as f64;
        let node = |i: usize| {
            let mut x = (PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut below, mut p) = (1.0, x);
                for k in 2..=NODES {
                    let k = k as f64;
                    (below, p) = (p, ((2.0 * k - 1.0) * x * p - (k - 1.0) * below) / k);
                }
                slope = n * (x * p - below) / (x * x - 1.0);
                let step = p / slope;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        };
        (0..NODES).map(node).collect()
    })
}

/// ∫ g over [low, high] by one panel.
fn panel(low: f64, high: f64, mut g: impl FnMut(f64) -> f64) -> f64 {
    let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
    half * rule().iter().map(|(x, weight)| weight * g(half.mul_add(*x, middle))).sum::<f64>()
}

/// Places where an integrand turns sharply.
#[derive(Default)]
pub(super) struct Breaks(Vec<f64>);

impl Breaks {
    /// A jump or kink at z.
    pub(super) fn at(mut self, z: f64) -> Self {
        self.0.push(z);
        self
    }

    /// Φ((q₀ + q₁z + q₂z²)/`scale`) turns where its argument is a few units; so does φ.
    pub(super) fn turning(mut self, [constant, slope, curve]: [f64; 3], scale: f64) -> Self {
        for level in [-8.0_f64, -3.0, 0.0, 3.0, 8.0] {
            let c = level.mul_add(-scale, constant);
            let discriminant = slope * slope - 4.0 * curve * c;
            if discriminant < 0.0 {
                continue;
            }
            // The root without cancellation, and the other by Vieta; where there is none the quotient is not finite.
            let q = -0.5 * (slope + discriminant.sqrt().copysign(slope));
            self.0.extend([q / curve, c / q]);
        }
        if curve.abs() > 0.0 {
            self.0.push(-0.5 * slope / curve);
        }
        self
    }

    /// ∫ φ(z) g(z) dz.
    pub(super) fn mean(mut self, mut g: impl FnMut(f64) -> f64) -> f64 {
        self.0.retain(|z| z.abs() < REACH);
        self.0.extend([-REACH, REACH]);
        self.0.sort_by(f64::total_cmp);
        let mut total = 0.0;
        for ends in self.0.windows(2) {
            let (low, high) = (ends[0], ends[1]);
            let parts = ((high - low) / WIDTH).ceil();
            for i in 0..parts as usize {
                let at = |i: f64| low + (high - low) * i / parts;
                total += panel(at(i as f64), at(i as f64 + 1.0), |z| density(z) * g(z));
            }
        }
        total
    }
}

/// Owen's T(h, a) = (1/2π) ∫₀ᵃ exp(−h²(1+x²)/2)/(1+x²) dx.
fn owen(h: f64, a: f64) -> f64 {
    let (h, size) = (h.abs(), a.abs());
    if size > 1.0 {
        // T(h,a) + T(ah,1/a) = (Φ(h) + Φ(ah))/2 − Φ(h)Φ(ah) for a > 0, in tails, h ≥ 0.
        let (one, other) = (cdf(-h), cdf(-size * h));
        let whole = 0.5 * (one + other) - one * other;
        return (whole - owen(size * h, 1.0 / size)).copysign(a);
    }
    let f = |x: f64| libm::exp(-0.5 * h * h * (1.0 + x * x)) / (1.0 + x * x);
    let half = size / 2.0;
    (panel(0.0, half, f) + panel(half, size, f)).copysign(a) / (2.0 * PI)
}

/// Pr[X > h, Y > k] for X, Y standard normal with Y = (slope·X + rest·ξ)/norm, norm² = slope² + rest², rest > 0.
pub(super) fn upper_quadrant(h: f64, k: f64, slope: f64, rest: f64) -> f64 {
    let norm = slope.hypot(rest);
    // Owen (1956) for Pr[X ≤ −h, Y ≤ −k].
    let (h, k) = (-h, -k);
    if h.abs().max(k.abs()) <= 0.0 {
        return 0.25 + slope.atan2(rest) / (2.0 * PI);
    }
    let part = |h: f64, k: f64| {
        // (k norm − h slope)/(h rest); at h = 0 the integral runs to ±∞: T(0, ±∞) = ±¼.
        let top = k * norm - h * slope;
        if h.abs() > 0.0 { owen(h, top / (h * rest)) } else { 0.25_f64.copysign(top) }
    };
    let apart = h * k < 0.0 || (h * k).abs() <= 0.0 && h + k < 0.0;
    0.5 * (cdf(h) + cdf(k)) - part(h, k) - part(k, h) - if apart { 0.5 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Breaks, cdf, owen, rule, upper_quadrant};
    use std::f64::consts::PI;

    #[test]
    fn moments_of_the_normal_law() {
        assert!((rule().iter().map(|(_, w)| w).sum::<f64>() - 2.0).abs() < 1e-14);
        for (power, exact) in [(0, 1.0), (1, 0.0), (2, 1.0), (4, 3.0), (6, 15.0)] {
            assert!((Breaks::default().at(0.3).mean(|z| z.powi(power)) - exact).abs() < 1e-12);
        }
        for (slope, shift) in [(1e12, 1.0), (0.5, 1.0), (1e4, -2.0)] {
            let found = Breaks::default().turning([shift * slope, slope, 0.0], 1.0).mean(|z| cdf(slope * (z + shift)));
            let exact = cdf(slope * shift / (1.0 + slope * slope).sqrt());
            assert!((found - exact).abs() < 1e-12, "{slope}");
        }
    }

    #[test]
    fn owen_by_its_known_values() {
        for h in [0.0_f64, 0.3, 1.0, 2.5, 6.0] {
            assert!((owen(h, 1.0) - 0.5 * cdf(h) * cdf(-h)).abs() < 1e-14);
        }
        for a in [0.2_f64, 1.0, 3.0, 1e9, -4.0] {
            assert!((owen(0.0, a) - a.atan() / (2.0 * PI)).abs() < 1e-14, "{a}");
        }
    }

    /// Against one integral more: Pr[X > h, Y > k] = ∫_{x > h} φ(x) Φ((slope x − k norm)/rest).
    #[test]
    fn quadrants_by_integration() {
        for (h, k) in
            [(0.3, -0.7), (-1.0, -2.0), (1.0, 1.5), (0.0, 0.4), (0.4, 0.0), (0.0, 0.0), (0.0, -0.4), (-0.5, 0.0)]
        {
            for (slope, rest) in [(0.5, 1.0), (-2.0, 0.3), (0.0, 1.0), (1.0, 1e-9), (-1.0, 1e-9)] {
                let norm = f64::hypot(slope, rest);
                let inner = |x: f64| if x > h { cdf((slope * x - k * norm) / rest) } else { 0.0 };
                let exact = Breaks::default().at(h).turning([-k * norm, slope, 0.0], rest).mean(inner);
                let found = upper_quadrant(h, k, slope, rest);
                assert!((found - exact).abs() < 1e-12, "{h} {k} {slope} {rest}: {found} {exact}");
            }
        }
    }
}
