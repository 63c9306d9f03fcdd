//! Gaussian inputs with labels that depend on two directions (docs/theory.md §5.5): G by integrals over one variable.

use super::quadrature::{Breaks, cdf, density, upper_quadrant};
use super::{Distribution, DistributionError, Moments, Support, is_vector, sqrt_up};
use crate::statistics::streams::Stream;
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Largest dimension, and largest coefficient of the cubic.
const MAX_DIMENSION: usize = 1000;
const MAX_CUBIC: f64 = 100.0;
/// A part of w off the subspace that is smaller relative to w is raised to this: G then moves by no more than rounding does.
const LEAST_REST: f64 = 1e-12;

/// Where the parameters come from.
const HYPOTHESIS: &str = "x ~ N(0, I_d), y = sign(x_1 (x_2 + c x_1^2)), §5.5";

/// How the label depends on z = (x₁, x₂).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// y = sign(z₁z₂).
    Product,
    /// y = sign(z₁(z₂ + c z₁²)), 0 ≤ c ≤ 100; with c = 0 it is the product.
    Cubic {
        /// c.
        c: f64,
    },
}

/// x ~ N(0, I_d) with y a function of x₁ and x₂.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiIndex {
    dimension: usize,
    /// c, which is 0 for the product.
    cubic: f64,
}

/// w against the subspace: its two coordinates within, the length of the rest, its own length.
struct Split {
    a: [f64; 2],
    rest: f64,
    norm: f64,
}

impl MultiIndex {
    /// Rank of U: the label depends on the first two coordinates.
    pub const RANK: usize = 2;

    /// Inputs in R^d, 2 ≤ d ≤ 1000.
    ///
    /// # Errors
    /// [`DistributionError`] naming `d` or `c`.
    pub fn new(dimension: usize, link: Link) -> Result<Self, DistributionError> {
        if !(Self::RANK..=MAX_DIMENSION).contains(&dimension) {
            let value = dimension.to_string();
            return Err(DistributionError::out_of_range("d", value, "an integer from 2 to 1000", HYPOTHESIS));
        }
        let cubic = match link {
            Link::Product => 0.0,
            Link::Cubic { c } => c,
        };
        if !(0.0..=MAX_CUBIC).contains(&cubic) {
            return Err(DistributionError::out_of_range("c", cubic, "from 0 to 100", HYPOTHESIS));
        }
        Ok(Self { dimension, cubic })
    }

    /// h(z) = y, ±1; 0 does not occur but on a null set, where it counts as +1.
    #[must_use]
    pub fn label(&self, first: f64, second: f64) -> f64 {
        if first * (self.cubic * first).mul_add(first, second) >= 0.0 { 1.0 } else { -1.0 }
    }

    /// E[y z₁z₂], the only entry of E[∇²h] that is not 0: reflecting z₁ negates y, so E[y(zⱼ² − 1)] = 0. It is positive for
    /// every c, so that E[∇²h] is not degenerate.
    #[must_use]
    pub fn second_order(&self) -> f64 {
        let c = self.cubic;
        // Given z₁, E[sign(z₂ + k) z₂] = 2φ(k).
        let breaks = Breaks::default().at(0.0).turning([0.0, 0.0, c], 1.0);
        breaks.mean(|z| 2.0 * z.abs() * density(c * z * z))
    }

    /// E[y | ⟨ŵ,x⟩ = b/‖w‖], the number that the part of G off the subspace is made of; `None` for w = 0.
    ///
    /// # Precision
    /// Within 10⁻¹⁰.
    #[must_use]
    pub fn label_on_plane(&self, w: &[f64], b: f64) -> Option<f64> {
        (is_vector(w, self.dimension) && b.is_finite()).then(|| self.on_plane(&split(w), b)).flatten()
    }

    fn on_plane(&self, w: &Split, b: f64) -> Option<f64> {
        if w.norm <= 0.0 {
            return None;
        }
        // z₁ = m₁ + s₁ξ, and given ξ, z₂ = m₂ + k ξ + s₂ξ': the normal law on the plane.
        let t = b / w.norm;
        let across = w.a[1].hypot(w.rest);
        if across <= 0.0 {
            return None;
        }
        let (m_1, s_1) = (t * w.a[0] / w.norm, across / w.norm);
        let (m_2, k) = (t * w.a[1] / w.norm, -w.a[0] / w.norm * (w.a[1] / across));
        let s_2 = w.rest / across;
        let c = self.cubic;
        let [q_0, q_1, q_2] = [m_2 + c * m_1 * m_1, k + 2.0 * c * m_1 * s_1, c * s_1 * s_1];
        let inner = |xi: f64| {
            let sign = if m_1 + s_1 * xi >= 0.0 { 1.0 } else { -1.0 };
            sign * libm::erf((q_0 + xi * (q_1 + xi * q_2)) / (s_2 * std::f64::consts::SQRT_2))
        };
        Some(Breaks::default().at(-m_1 / s_1).turning([q_0, q_1, q_2], s_2).mean(inner))
    }

    /// The parts of `E[y x 1{⟨w,x⟩ > b}]` along e₁ and e₂ where y itself jumps: at z₁ = 0 and at z₂ = −c z₁².
    fn jumps(&self, w: &Split, b: f64) -> [f64; 2] {
        let (c, [a_1, a_2]) = (self.cubic, w.a);
        // Pr[⟨w,x⟩ > b | z], and where it turns along z₁ = 0 and along the parabola.
        let active = |at: f64| if w.rest > 0.0 { cdf((at - b) / w.rest) } else { f64::from(u8::from(at > b)) };
        let straight = Breaks::default().at(0.0).turning([-b, a_2, 0.0], w.rest);
        let first = 2.0 * density(0.0) * straight.mean(|z| z.signum() * active(a_2 * z));
        let parabola = |g: &dyn Fn(f64) -> f64| {
            let breaks = Breaks::default().at(0.0).turning([-b, a_1, -a_2 * c], w.rest).turning([0.0, 0.0, c], 1.0);
            breaks.mean(|z| {
                let second = -c * z * z;
                2.0 * g(z) * density(second) * active(a_1 * z + a_2 * second)
            })
        };
        let second = parabola(&f64::signum);
        let bent = if c > 0.0 { parabola(&|z| 2.0 * c * z.abs()) } else { 0.0 };
        [first + bent, second]
    }
}

fn split(w: &[f64]) -> Split {
    let norm = |v: &[f64]| {
        let largest = v.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        if largest > 0.0 { largest * v.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() } else { 0.0 }
    };
    let (a, whole) = ([w[0], w[1]], norm(w));
    let rest = norm(&w[MultiIndex::RANK..]).max(LEAST_REST * whole);
    Split { a, rest, norm: whole }
}

impl Distribution for MultiIndex {
    fn name(&self) -> &'static str {
        "multi-index"
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn sample(&self, rng: &mut Stream, x: &mut [f64], y: &mut [f64]) {
        for (point, label) in x.chunks_exact_mut(self.dimension).zip(y) {
            point.iter_mut().for_each(|x| *x = rng.sample(StandardNormal));
            *label = self.label(point[0], point[1]);
        }
    }

    fn support(&self) -> Option<&Support> {
        None
    }

    /// B_x is infinite, `E[xxᵀ]` = I; reflecting x₁ negates y, so the labels are equiprobable.
    fn moments(&self) -> Moments {
        let square = self.dimension as f64;
        Moments {
            norm_bound: f64::INFINITY,
            mean_norm: sqrt_up(square),
            mean_square_norm: square,
            operator_norm: 1.0,
            positive_share: 0.5,
        }
    }

    /// ŵ φ(b/‖w‖) E[y | ⟨ŵ,x⟩ = b/‖w‖], and along e₁ and e₂ what the jumps of y add (Stein's identity, §5.5).
    ///
    /// # Precision
    /// Each coordinate within 10⁻¹⁰.
    fn gradient(&self, w: &[f64], b: f64) -> Option<DVector<f64>> {
        if !is_vector(w, self.dimension) || b.is_nan() {
            return None;
        }
        if b.is_infinite() && b > 0.0 {
            return Some(DVector::zeros(w.len()));
        }
        let parts = split(w);
        let mut g = DVector::zeros(w.len());
        if let Some(mean) = b.is_finite().then(|| self.on_plane(&parts, b)).flatten() {
            let factor = density(b / parts.norm) * mean / parts.norm;
            g.iter_mut().zip(w).for_each(|(g, w)| *g = factor * w);
        }
        let [first, second] = self.jumps(&parts, b);
        g[0] += first;
        g[1] += second;
        Some(g)
    }

    /// Over z₁, with Pr[z₂ > −c z₁², ⟨w,x⟩ > b] by Owen's T.
    ///
    /// # Precision
    /// Within 10⁻¹⁰.
    fn active_label(&self, w: &[f64], b: f64) -> Option<f64> {
        if !is_vector(w, self.dimension) || b.is_nan() {
            return None;
        }
        let parts = split(w);
        // E[y] = 0, so that w = 0 leaves nothing.
        if parts.norm <= 0.0 || b.is_infinite() {
            return Some(0.0);
        }
        let (c, [a_1, a_2], rest) = (self.cubic, parts.a, parts.rest);
        let across = a_2.hypot(rest);
        let given = |z: f64| {
            let k = (b - a_1 * z) / across;
            z.signum() * (2.0 * upper_quadrant(-c * z * z, k, a_2, rest) - cdf(-k))
        };
        let breaks = Breaks::default().at(0.0).turning([-b, a_1, 0.0], across).turning([-b, a_1, -a_2 * c], rest);
        Some(breaks.turning([0.0, 0.0, c], 1.0).mean(given))
    }

    /// None: ⟨u,x⟩ is unbounded.
    fn margin(&self, _u: &[f64]) -> Option<f64> {
        None
    }

    /// None: ⟨u,x⟩ is unbounded.
    fn projection_bound(&self, _u: &[f64]) -> Option<f64> {
        None
    }
}
