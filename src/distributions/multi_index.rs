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
/// A part of w off the subspace that is smaller relative to w is raised to this: G then moves by no more than rounding of w does.
const LEAST_REST: f64 = f64::EPSILON;
/// Half-spaces ⟨ŵ,x⟩ > t with a larger |t| are taken for all or nothing: the square of t would overflow.
const FARTHEST: f64 = 1e100;

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

/// The half-space ⟨w,x⟩ > b in units of ‖w‖: the two coordinates of ŵ within the subspace, the length of the rest, and b/‖w‖, which
/// is infinite for w = 0.
struct HalfSpace {
    a: [f64; 2],
    rest: f64,
    at: f64,
    /// ‖w‖ = `largest` · `relative`, as its square may not be an f64.
    largest: f64,
    relative: f64,
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

    /// E[y | ⟨ŵ,x⟩ = b/‖w‖], the number that the part of G off the subspace is made of; `None` for w = 0 and for
    /// |b| > 10¹⁰⁰‖w‖.
    ///
    /// # Precision
    /// Within 10⁻¹⁰, but where w lies on the subspace and the line ⟨w,z⟩ = b touches the parabola z₂ = −c z₁²: there rounding of b
    /// alone moves it by the square root of rounding, and so does this.
    #[must_use]
    pub fn label_on_plane(&self, w: &[f64], b: f64) -> Option<f64> {
        let half = is_vector(w, self.dimension).then(|| HalfSpace::new(w, b))?;
        (half.at.abs() <= FARTHEST).then(|| self.on_plane(&half))
    }

    fn on_plane(&self, half: &HalfSpace) -> f64 {
        // z₁ = m₁ + s₁ξ, and given ξ, z₂ = m₂ + k ξ + s₂ξ': the normal law on the plane.
        let (t, [a_1, a_2], c) = (half.at, half.a, self.cubic);
        let s_1 = a_2.hypot(half.rest);
        let (m_1, m_2, k, s_2) = (t * a_1, t * a_2, -a_1 * (a_2 / s_1), half.rest / s_1);
        let [q_0, q_1, q_2] = [m_2 + c * m_1 * m_1, k + 2.0 * c * m_1 * s_1, c * s_1 * s_1];
        let inner = |xi: f64| {
            let sign = if m_1 + s_1 * xi >= 0.0 { 1.0 } else { -1.0 };
            sign * libm::erf((q_0 + xi * (q_1 + xi * q_2)) / (s_2 * std::f64::consts::SQRT_2))
        };
        Breaks::default().at(-m_1 / s_1).turning([q_0, q_1, q_2], s_2).mean(inner)
    }

    /// The parts of `E[y x 1{⟨w,x⟩ > b}]` along e₁ and e₂ where y itself jumps: at z₁ = 0 and at z₂ = −c z₁².
    fn jumps(&self, half: &HalfSpace) -> [f64; 2] {
        let (c, [a_1, a_2], rest, b) = (self.cubic, half.a, half.rest, half.at);
        // Pr[⟨w,x⟩ > b | z], and where it turns along z₁ = 0 and along the parabola.
        let active = |at: f64| cdf((at - b) / rest);
        let straight = Breaks::default().at(0.0).turning([-b, a_2, 0.0], rest);
        let first = 2.0 * density(0.0) * straight.mean(|z| z.signum() * active(a_2 * z));
        let parabola = |g: &dyn Fn(f64) -> f64| {
            let breaks = Breaks::default().at(0.0).turning([-b, a_1, -a_2 * c], rest).turning([0.0, 0.0, c], 1.0);
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

impl HalfSpace {
    fn new(w: &[f64], b: f64) -> Self {
        let largest = w.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        if largest <= 0.0 {
            let at = if b < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
            return Self { a: [0.0; 2], rest: 1.0, at, largest: 1.0, relative: 1.0 };
        }
        // Scaled first, so that no square overflows or underflows.
        let length = |v: &[f64]| v.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
        let (relative, rest) = (length(w), length(&w[MultiIndex::RANK..]));
        let unit = |x: f64| x / largest / relative;
        let rest = (rest / relative).max(LEAST_REST);
        Self { a: [unit(w[0]), unit(w[1])], rest, at: unit(b), largest, relative }
    }

    /// A coordinate of ŵ.
    fn unit(&self, x: f64) -> f64 {
        x / self.largest / self.relative
    }
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
            coordinate_bound: f64::INFINITY,
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
        let half = HalfSpace::new(w, b);
        let mut g = DVector::zeros(w.len());
        let height = density(half.at);
        // Far out the hyperplane has no weight.
        if height > 0.0 {
            let factor = height * self.on_plane(&half);
            g.iter_mut().zip(w).for_each(|(g, w)| *g = factor * half.unit(*w));
        }
        let [first, second] = self.jumps(&half);
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
        let half = HalfSpace::new(w, b);
        // E[y] = 0, so that all and nothing are alike.
        if half.at.abs() > FARTHEST {
            return Some(0.0);
        }
        let (c, [a_1, a_2], rest, b) = (self.cubic, half.a, half.rest, half.at);
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
