//! Exact enumeration over a finite support: every population quantity as a finite sum the kernel takes itself.

use super::interval::{Interval, Undefined};
use dashu_ratio::RBig;

/// Beyond this dimension λ_max(E[xxᵀ]) is bounded by the Frobenius norm: the certified factorisation costs d³ operations.
const MAX_FACTORED_DIMENSION: usize = 128;

/// Why a list of rows is no distribution on R^d × {−1, +1} that the theorems apply to.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SupportError {
    /// No rows, or no columns.
    #[error("the support is empty")]
    Empty,
    /// Rows of different lengths, or labels and rows of different numbers.
    #[error("row {0} of the support has another length, or no label")]
    Ragged(usize),
    /// A coordinate that is not finite.
    #[error("row {0} of the support has a coordinate that is not a finite number")]
    NotFinite(usize),
    /// A label other than −1 and 1.
    #[error("row {0} of the support has a label other than -1 and 1")]
    BadLabel(usize),
    /// E[yx] = 0, so there is no direction D.
    #[error("the mean of y x is zero, so it gives no direction")]
    NoDirection,
    /// Arithmetic left its range.
    #[error("a moment of the support cannot be enclosed: {0}")]
    Undefined(#[from] Undefined),
}

/// The uniform distribution on a list of labelled rows, with enclosures of its moments (docs/theory.md §1).
#[derive(Clone, Debug)]
pub struct FiniteSupport {
    rows: Vec<Vec<Interval>>,
    labels: Vec<i8>,
    sums: Vec<RBig>,
    /// ⟨D, x⟩ of every row, D = E[yx]/‖E[yx]‖.
    projections: Vec<Interval>,
    gradient_norm: Interval,
    squared_norms: Vec<Interval>,
    operator_norm: Interval,
}

impl FiniteSupport {
    /// Reads the rows of a support; every f64 stands for exactly the real number it is.
    ///
    /// # Errors
    /// Empty or ragged rows, coordinates that are not finite, labels other than ±1, E[yx] = 0.
    pub fn new(points: &[Vec<f64>], labels: &[i8]) -> Result<Self, SupportError> {
        let dimension = points.first().map_or(0, Vec::len);
        if dimension == 0 {
            return Err(SupportError::Empty);
        }
        let mut rows = Vec::with_capacity(points.len());
        let mut sums = vec![RBig::from(0); dimension];
        for (index, point) in points.iter().enumerate() {
            let label = *labels.get(index).ok_or(SupportError::Ragged(index))?;
            if point.len() != dimension || labels.len() != points.len() {
                return Err(SupportError::Ragged(index));
            }
            if label.abs() != 1 {
                return Err(SupportError::BadLabel(index));
            }
            for (sum, &x) in sums.iter_mut().zip(point) {
                let x = RBig::try_from(x).map_err(|_| SupportError::NotFinite(index))?;
                *sum += if label == 1 { x } else { -x };
            }
            rows.push(point.iter().map(|&x| Interval::from_f64(x)).collect::<Result<Vec<_>, _>>()?);
        }
        let count = RBig::from(points.len());
        let mean: Vec<Interval> = sums.iter().map(|s| Interval::from_rational(&(s.clone() / count.clone()))).collect();
        let gradient_norm = dot(&mean, &mean).sqrt()?;
        if !Interval::from_integer(0).certainly_lt(&gradient_norm) {
            return Err(SupportError::NoDirection);
        }
        let projections = rows.iter().map(|r| dot(r, &mean).div(&gradient_norm)).collect::<Result<Vec<_>, _>>()?;
        let squared_norms = rows.iter().map(|r| dot(r, r)).collect();
        let operator_norm = operator_norm(&rows)?;
        Ok(Self { rows, labels: labels.to_vec(), sums, projections, gradient_norm, squared_norms, operator_norm })
    }

    /// The exact sums Σ y x, one per coordinate: an identity the checker repeats digit by digit.
    #[must_use]
    pub fn label_weighted_sums(&self) -> Vec<String> {
        self.sums.iter().map(ToString::to_string).collect()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows (never: construction refuses it).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Value of a data function of the term language.
    ///
    /// # Guarantee
    /// The interval contains the exact value of the named expectation or bound under the uniform distribution on the rows.
    #[must_use]
    pub fn function(&self, name: &str, arguments: &[Interval]) -> Option<Interval> {
        let count = Interval::from_integer(self.len());
        let mean = |values: &mut dyn Iterator<Item = Interval>| sum(values).div(&count).ok();
        match (name, arguments) {
            ("support_dimension", []) => Some(Interval::from_integer(self.sums.len())),
            ("support_norm_bound", []) => largest(self.squared_norms.iter().cloned())?.sqrt().ok(),
            ("support_mean_norm", []) => {
                let norms = self.squared_norms.iter().map(Interval::sqrt).collect::<Result<Vec<_>, _>>().ok()?;
                mean(&mut norms.into_iter())
            }
            ("support_mean_square_norm", []) => mean(&mut self.squared_norms.iter().cloned()),
            ("support_operator_norm", []) => Some(self.operator_norm.clone()),
            ("support_gradient_norm", []) => Some(self.gradient_norm.clone()),
            ("support_reach", []) => largest(self.projections.iter().map(Interval::abs)),
            ("support_margin", []) => Some(largest(self.margins().map(|m| m.neg()))?.neg()),
            ("support_minority", []) => {
                let positive = self.labels.iter().filter(|&&y| y == 1).count();
                Interval::from_integer(positive.min(self.len() - positive)).div(&count).ok()
            }
            ("support_hinge_loss", [mu]) => {
                let (zero, one) = (Interval::from_integer(0), Interval::from_integer(1));
                let losses = self.margins().map(|m| Some(one.sub(&m.div(mu).ok()?).max(&zero)));
                mean(&mut losses.collect::<Option<Vec<_>>>()?.into_iter())
            }
            _ => None,
        }
    }

    /// y⟨D, x⟩ of every row.
    fn margins(&self) -> impl Iterator<Item = Interval> + '_ {
        self.projections.iter().zip(&self.labels).map(|(p, &y)| if y == 1 { p.clone() } else { p.neg() })
    }
}

fn sum(values: &mut dyn Iterator<Item = Interval>) -> Interval {
    values.fold(Interval::from_integer(0), |total, x| total.add(&x))
}

fn largest(mut values: impl Iterator<Item = Interval>) -> Option<Interval> {
    let first = values.next()?;
    Some(values.fold(first, |a, b| a.max(&b)))
}

fn dot(x: &[Interval], y: &[Interval]) -> Interval {
    sum(&mut x.iter().zip(y).map(|(a, b)| a.mul(b)))
}

/// Encloses sqrt(λ_max(A)), A = E[xxᵀ]: from below by the Rayleigh quotient of a vector found by power iteration, from above
/// by the least c on a geometric ladder for which cI − A has a positive Cholesky factorisation in intervals.
fn operator_norm(rows: &[Vec<Interval>]) -> Result<Interval, Undefined> {
    let dimension = rows.first().map_or(0, Vec::len);
    let count = Interval::from_integer(rows.len());
    let mut matrix = vec![vec![Interval::from_integer(0); dimension]; dimension];
    for row in rows {
        for i in 0..dimension {
            for j in 0..=i {
                matrix[i][j] = matrix[i][j].add(&row[i].mul(&row[j]));
            }
        }
    }
    for i in 0..dimension {
        for j in 0..=i {
            matrix[i][j] = matrix[i][j].div(&count)?;
            matrix[j][i] = matrix[i][j].clone();
        }
    }
    let rayleigh = rayleigh_quotient(&matrix)?;
    let frobenius = sum(&mut matrix.iter().map(|r| dot(r, r))).sqrt()?;
    let step = Interval::from_integer(1_000_001).div(&Interval::from_integer(1_000_000))?;
    let mut above = rayleigh.mul(&step);
    // Each rung squares the ladder's factor: 1 + 1e-6, 1 + 2e-6, 1 + 4e-6, ... until it passes the Frobenius norm.
    let mut factor = step;
    while dimension <= MAX_FACTORED_DIMENSION && above.certainly_lt(&frobenius) {
        if positive_definite(&matrix, &above) {
            return rayleigh.hull(&above).sqrt();
        }
        factor = factor.mul(&factor);
        above = rayleigh.mul(&factor);
    }
    rayleigh.hull(&frobenius).sqrt()
}

/// ⟨u, Au⟩/⟨u, u⟩ at an approximate leading eigenvector: a lower bound of λ_max whatever the vector is.
fn rayleigh_quotient(matrix: &[Vec<Interval>]) -> Result<Interval, Undefined> {
    let approximate: Vec<Vec<f64>> = matrix.iter().map(|r| r.iter().map(Interval::midpoint_f64).collect()).collect();
    let mut vector: Vec<f64> = approximate.iter().enumerate().map(|(i, r)| r[i].max(f64::MIN_POSITIVE)).collect();
    for _ in 0..200 {
        let image: Vec<f64> = approximate.iter().map(|r| r.iter().zip(&vector).map(|(a, b)| a * b).sum()).collect();
        let scale = image.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        if !(scale.is_finite() && scale > 0.0) {
            break;
        }
        vector = image.iter().map(|x| x / scale).collect();
    }
    let vector = vector.iter().map(|&x| Interval::from_f64(x)).collect::<Result<Vec<_>, _>>()?;
    let image: Vec<Interval> = matrix.iter().map(|r| dot(r, &vector)).collect();
    dot(&image, &vector).div(&dot(&vector, &vector))
}

/// Whether cI − A is certainly positive definite: every pivot of its Cholesky factorisation is certainly positive.
fn positive_definite(matrix: &[Vec<Interval>], c: &Interval) -> bool {
    let zero = Interval::from_integer(0);
    let mut factor: Vec<Vec<Interval>> = Vec::with_capacity(matrix.len());
    for (i, row) in matrix.iter().enumerate() {
        let mut new: Vec<Interval> = Vec::with_capacity(i + 1);
        for (j, earlier) in factor.iter().enumerate() {
            let known = dot(&new, &earlier[..j]);
            let Ok(entry) = row[j].neg().sub(&known).div(&earlier[j]) else { return false };
            new.push(entry);
        }
        let pivot = c.sub(&row[i]).sub(&dot(&new, &new));
        let (true, Ok(root)) = (zero.certainly_lt(&pivot), pivot.sqrt()) else { return false };
        new.push(root);
        factor.push(new);
    }
    true
}
