//! Exact enumeration over a finite support: every population quantity as a finite sum the kernel takes itself.

use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use super::special::{dot, operator_norm, sum};
use dashu_ratio::RBig;

/// The uniform distribution on a list of labelled rows, with enclosures of its moments (docs/theory.md §1).
#[derive(Clone, Debug)]
pub struct FiniteSupport {
    labels: Vec<i8>,
    sums: Vec<RBig>,
    /// ⟨D, x⟩ of every row, D = E[yx]/‖E[yx]‖; none where `E[yx]` = 0.
    projections: Vec<Interval>,
    gradient_norm: Interval,
    squared_norms: Vec<Interval>,
    operator_norm: Interval,
}

impl FiniteSupport {
    /// Reads the rows of a support; every f64 stands for exactly the real number it is.
    /// Errors: `bad-support`: empty or ragged rows, coordinates that are not finite, labels other than ±1.
    pub fn new(points: &[Vec<f64>], labels: &[i8]) -> Checked<Self> {
        let dimension = points.first().map_or(0, Vec::len);
        let ragged = labels.len() != points.len() || points.iter().any(|p| p.len() != dimension);
        require(dimension > 0 && !ragged, "bad-support", "rows empty, of different lengths, or not one a label")?;
        require(labels.iter().all(|&y| y == 1 || y == -1), "bad-support", "a label is neither -1 nor 1")?;
        let (mut rows, mut sums) = (Vec::with_capacity(points.len()), vec![RBig::ZERO; dimension]);
        for (point, &label) in points.iter().zip(labels) {
            let row = point.iter().map(|&x| Interval::from_f64(x)).collect::<Result<Vec<_>, _>>();
            rows.push(row.map_err(|cause| Refusal { check: "bad-support", ..cause })?);
            for (sum, x) in sums.iter_mut().zip(point.iter().filter_map(|&x| RBig::try_from(x).ok())) {
                *sum += if label == 1 { x } else { -x };
            }
        }
        let count = RBig::from(points.len());
        let mean: Vec<Interval> = sums.iter().map(|s| Interval::from_rational(&(s / &count))).collect();
        let gradient_norm = dot(&mean, &mean).sqrt()?;
        let some = Interval::from_integer(0).certainly_lt(&gradient_norm);
        let along = rows.iter().take_while(|_| some).map(|r| dot(r, &mean).div(&gradient_norm));
        let projections = along.collect::<Result<Vec<_>, _>>()?;
        let squared_norms = rows.iter().map(|r| dot(r, r)).collect();
        let operator_norm = operator_norm(&rows)?;
        Ok(Self { labels: labels.to_vec(), sums, projections, gradient_norm, squared_norms, operator_norm })
    }

    /// The exact sums Σ y x, one per coordinate: an identity the checker repeats digit by digit.
    pub fn label_weighted_sums(&self) -> Vec<String> {
        self.sums.iter().map(ToString::to_string).collect()
    }

    /// Value of a data function of the term language.
    /// Guarantee: the interval contains the exact value of the named expectation or bound under the uniform distribution
    /// on the rows.
    pub fn function(&self, name: &str, arguments: &[Interval]) -> Option<Interval> {
        let (zero, one, count) = (Interval::from_integer(0), Interval::from_integer(1), self.labels.len());
        let larger = |x: Interval, y: Interval| x.max(&y);
        let part = |total: Interval| total.div(&Interval::from_integer(count)).ok();
        let mean = |values: Vec<Interval>| part(sum(values.into_iter()));
        let positive = self.labels.iter().filter(|&&y| y == 1).count();
        match (name, arguments) {
            ("support_dimension", []) => Some(Interval::from_integer(self.sums.len())),
            ("support_norm_bound", []) => self.squared_norms.iter().cloned().reduce(larger)?.sqrt().ok(),
            ("support_mean_norm", []) => mean(self.squared_norms.iter().map(|x| x.sqrt().ok()).collect::<Option<_>>()?),
            ("support_mean_square_norm", []) => mean(self.squared_norms.clone()),
            ("support_operator_norm", []) => Some(self.operator_norm.clone()),
            ("support_gradient_norm", []) => Some(self.gradient_norm.clone()),
            ("support_reach", []) => self.projections.iter().map(Interval::abs).reduce(larger),
            ("support_margin", []) => Some(self.margins().map(|m| m.neg()).reduce(larger)?.neg()),
            ("support_minority", []) => part(Interval::from_integer(positive.min(count - positive))),
            ("support_hinge_loss", [mu]) if !self.projections.is_empty() => {
                mean(self.margins().map(|m| Some(one.sub(&m.div(mu).ok()?).max(&zero))).collect::<Option<_>>()?)
            }
            _ => None,
        }
    }

    /// y⟨D, x⟩ of every row.
    fn margins(&self) -> impl Iterator<Item = Interval> + '_ {
        self.projections.iter().zip(&self.labels).map(|(p, &y)| if y == 1 { p.clone() } else { p.neg() })
    }
}
