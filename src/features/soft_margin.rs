//! The soft-margin program, solved in the primal by Newton's method (Chapelle, Neural Computation 2007) on a hinge rounded off
//! ever less. Nothing of the solution is trusted: its loss is certified on samples of its own.

use nalgebra::{Cholesky, DMatrix, DMatrixView, DVector};

/// Shares of the samples and widths of the rounded part of the hinge, the last one small beside the margin, with the relative
/// decrease at which the next is taken: the first ones only lead the way, on few samples, while many of them are in the rounded
/// part.
const STAGES: [(usize, f64, f64); 6] =
    [(8, 0.5, 1e-2), (8, 0.15, 1e-2), (1, 0.15, 1e-2), (1, 0.04, 1e-3), (1, 0.01, 1e-4), (1, 0.003, 1e-6)];
/// Newton steps of a stage.
const MAX_STEPS: usize = 40;
/// Halvings of the interval of a step's length.
const HALVINGS: usize = 40;

/// Minimises ½‖α‖² + `penalty`·Σ(1 − ⟨α, sⱼ⟩)₊ over the columns sⱼ of `signed`, up to the last width's rounding.  `None` where the arithmetic fails.
pub(super) fn soften(signed: &DMatrix<f64>, penalty: f64) -> Option<DVector<f64>> {
    let mut alpha = DVector::zeros(signed.nrows());
    for (share, width, settled) in STAGES {
        let samples = signed.ncols().div_ceil(share);
        let hinge = Rounded { width, penalty: penalty * signed.ncols() as f64 / samples as f64 };
        descend(&mut alpha, &signed.columns(0, samples), &hinge, settled)?;
    }
    alpha.iter().all(|a| a.is_finite()).then_some(alpha)
}

/// Newton's steps until the next one would lower the objective by less than its share `settled`.
fn descend(alpha: &mut DVector<f64>, signed: &DMatrixView<'_, f64>, hinge: &Rounded, settled: f64) -> Option<()> {
    for _ in 0..MAX_STEPS {
        let margins = signed.tr_mul(alpha);
        let gradient = &*alpha - signed * margins.map(|z| hinge.slope(z));
        let rounded: Vec<usize> = (0..margins.len()).filter(|&j| hinge.bends(margins[j])).collect();
        let direction = -newton(&signed.select_columns(&rounded), hinge.penalty / hinge.width, &gradient)?;
        let value = alpha.norm_squared() / 2.0 + margins.iter().map(|z| hinge.value(*z)).sum::<f64>();
        let fall = -gradient.dot(&direction);
        if !fall.is_finite() {
            return None;
        }
        if fall <= settled * value {
            break;
        }
        let length = length(hinge, (alpha, &direction), (&margins, &signed.tr_mul(&direction)));
        alpha.axpy(length, &direction, 1.0);
    }
    Some(())
}

/// (I + c SSᵀ)⁻¹g, by the smaller of the two systems.
fn newton(chosen: &DMatrix<f64>, c: f64, gradient: &DVector<f64>) -> Option<DVector<f64>> {
    let (neurons, samples) = chosen.shape();
    if samples == 0 {
        return Some(gradient.clone());
    }
    if samples < neurons {
        let system = DMatrix::identity(samples, samples) + chosen.tr_mul(chosen) * c;
        let inner = Cholesky::new(system)?.solve(&chosen.tr_mul(gradient));
        return Some(gradient - chosen * inner * c);
    }
    let system = DMatrix::identity(neurons, neurons) + chosen * chosen.transpose() * c;
    Some(Cholesky::new(system)?.solve(gradient))
}

/// The hinge loss of a margin, times the penalty, its corner replaced by a parabola over the width.
struct Rounded {
    width: f64,
    penalty: f64,
}

impl Rounded {
    /// How far a margin is short of the parabola's end.
    fn short(&self, z: f64) -> f64 {
        1.0 + self.width / 2.0 - z
    }

    fn value(&self, z: f64) -> f64 {
        let t = self.short(z).max(0.0);
        self.penalty * if t < self.width { t * t / (2.0 * self.width) } else { t - self.width / 2.0 }
    }

    /// Minus its derivative.
    fn slope(&self, z: f64) -> f64 {
        self.penalty * (self.short(z) / self.width).clamp(0.0, 1.0)
    }

    fn bends(&self, z: f64) -> bool {
        let t = self.short(z);
        t > 0.0 && t < self.width
    }
}

/// The length at which the objective is least along a direction of descent: its derivative rises, so that halving finds it.
fn length(
    hinge: &Rounded,
    (alpha, direction): (&DVector<f64>, &DVector<f64>),
    (margins, turned): (&DVector<f64>, &DVector<f64>),
) -> f64 {
    let (along, square) = (alpha.dot(direction), direction.norm_squared());
    let derivative = |t: f64| {
        let losses: f64 = margins.iter().zip(turned.iter()).map(|(z, dz)| dz * hinge.slope(z + t * dz)).sum();
        along + t * square - losses
    };
    let (mut low, mut high) = (0.0, 1.0);
    while derivative(high) < 0.0 && high < 1e6 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if derivative(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-6 * high {
            break;
        }
    }
    high
}
