//! Exact enumeration over a finite support: every population quantity as a finite sum the kernel takes itself.
//!
//! The coordinates are f64, so all of them are whole multiples of one power of two, the unit. Sums of products are taken of
//! these whole numbers, exactly, and rounded once.

use super::budget::Budget;
use super::decimal::scaled;
use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use super::special::int;
use dashu_base::BitTest;
use dashu_float::Repr;
use dashu_int::IBig;
use std::collections::BTreeMap;

/// Most work on the products of all pairs of columns, or of rows where these are fewer.
const MAX_PAIRS_WORK: u64 = 1 << 24;
/// Interval products spent on powers of E[xxᵀ], and most squarings: after s of them the bound on λ_max exceeds it by at most
/// the factor d^(2^{−s−1}).
const MAX_PRODUCTS: usize = 1 << 21;
const MAX_SQUARINGS: usize = 8;
/// Work of the loss on a row.
const LOSS_WORK: u64 = 20;

/// The uniform distribution on a list of labelled rows, with enclosures of its moments (docs/theory.md §1).
#[derive(Clone, Debug)]
pub struct FiniteSupport {
    sums: Vec<String>,
    /// The functions without arguments.
    values: BTreeMap<&'static str, Interval>,
    /// y⟨Σyx, x⟩ of every row, in squares of the unit; none where Σyx = 0.
    margins: Vec<IBig>,
    /// What a margin is multiplied by to give y⟨D, x⟩, D = E[yx]/‖E[yx]‖.
    direction: Interval,
    work: u64,
}

impl FiniteSupport {
    /// Reads the rows of a support; every f64 stands for exactly the real number it is.
    /// Errors: `bad-support`: empty or ragged rows, coordinates that are not finite, labels other than ±1; `too-costly`.
    pub fn new(points: &[Vec<f64>], labels: &[i8]) -> Checked<Self> {
        let dimension = points.first().map_or(0, Vec::len);
        let ragged = labels.len() != points.len() || points.iter().any(|p| p.len() != dimension);
        require(dimension > 0 && !ragged, "bad-support", "rows empty, of different lengths, or not one a label")?;
        require(labels.iter().all(|&y| y == 1 || y == -1), "bad-support", "a label is neither -1 nor 1")?;
        let (exponent, bits) = unit(points)?;
        let (work, pairs) = work(points.len(), dimension, bits, exponent);
        Budget::default().spend(work)?;

        let rows = points.iter().map(|p| p.iter().map(|&x| multiple(x, exponent)).collect());
        let rows = rows.collect::<Checked<Vec<Vec<IBig>>>>()?;
        let mut sums = vec![IBig::ZERO; dimension];
        for (row, &label) in rows.iter().zip(labels) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| if label == 1 { *sum += x } else { *sum -= x });
        }
        let squares: Vec<IBig> = rows.iter().map(|row| dot(row, row)).collect();
        let (square, total) = (dot(&sums, &sums), squares.iter().fold(IBig::ZERO, |total, x| total + x));
        let margin = |(row, &label): (&Vec<IBig>, &i8)| dot(row, &sums) * IBig::from(label);
        let margins: Vec<IBig> = rows.iter().zip(labels).filter(|_| square > IBig::ZERO).map(margin).collect();

        let (count, unit) = (int(rows.len()), int(2).pow(&int(exponent))?);
        let norm = |square: &IBig| Ok(int(square.clone()).sqrt()?.mul(&unit));
        let norms = squares.iter().try_fold(int(0), |total, x| Ok(norm(x)?.add(&total)))?;
        let mean_square = int(total.clone()).mul(&unit).mul(&unit).div(&count)?;
        let share = if pairs && total > IBig::ZERO { principal_share(&rows, &int(total))? } else { int(1) };
        let positive = labels.iter().filter(|&&y| y == 1).count();
        let mut values = BTreeMap::from([
            ("support_dimension", int(dimension)),
            ("support_norm_bound", norm(squares.iter().max().unwrap_or(&IBig::ZERO))?),
            ("support_mean_norm", norms.div(&count)?),
            ("support_operator_norm", mean_square.mul(&share).sqrt()?),
            ("support_mean_square_norm", mean_square),
            ("support_gradient_norm", norm(&square)?.div(&count)?),
            ("support_minority", int(positive.min(labels.len().saturating_sub(positive))).div(&count)?),
        ]);
        let mut direction = int(0);
        if let Some((least, most)) = margins.iter().min().zip(margins.iter().max()) {
            direction = unit.div(&int(square).sqrt()?)?;
            let [least, most] = [least, most].map(|margin| int(margin.clone()).mul(&direction));
            values.insert("support_reach", least.abs().max(&most.abs()));
            values.insert("support_margin", least);
        }
        let sums = sums.into_iter().map(|sum| scaled(sum, 2, exponent).to_string()).collect();
        Ok(Self { sums, values, margins, direction, work })
    }

    /// The exact sums Σ y x, one per coordinate: an identity the checker repeats digit by digit.
    pub fn label_weighted_sums(&self) -> Vec<String> {
        self.sums.clone()
    }

    /// What reading the rows has cost.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Value of a data function of the term language, if there is one.
    /// Guarantee: the interval contains the exact value of the named expectation or bound under the uniform distribution
    /// on the rows.
    /// Errors: `undefined`, `too-costly`.
    pub fn function(&self, name: &str, arguments: &[Interval], budget: &Budget) -> Checked<Option<Interval>> {
        match (name, arguments) {
            ("support_hinge_loss", [mu]) if !self.margins.is_empty() => {
                budget.spend(LOSS_WORK.saturating_mul(self.margins.len() as u64))?;
                let (one, scale) = (int(1), self.direction.div(mu)?);
                let losses = self.margins.iter().map(|m| one.sub(&int(m.clone()).mul(&scale)).max(&int(0)));
                Ok(Some(losses.fold(int(0), |total, loss| total.add(&loss)).div(&int(self.margins.len()))?))
            }
            (_, []) => Ok(self.values.get(name).cloned()),
            _ => Ok(None),
        }
    }
}

/// Exactly the number that a coordinate is.
fn exact(x: f64) -> Checked<Repr<2>> {
    let finite = Repr::try_from(x).ok().filter(|_| x.is_finite());
    finite.ok_or_else(|| Refusal::new("bad-support", "a coordinate is not a finite number"))
}

/// The unit's exponent, and the most bits of a coordinate in units.
fn unit(points: &[Vec<f64>]) -> Checked<(isize, usize)> {
    let (mut unit, mut top) = (isize::MAX, isize::MIN);
    for &x in points.iter().flatten().filter(|x| **x != 0.0) {
        let x = exact(x)?;
        unit = unit.min(x.exponent());
        top = top.max(x.exponent().saturating_add_unsigned(x.significand().bit_len()));
    }
    Ok(if unit < top { (unit, top.abs_diff(unit)) } else { (0, 0) })
}

/// A coordinate in units.
fn multiple(x: f64, unit: isize) -> Checked<IBig> {
    let x = exact(x)?;
    Ok(if x.significand().is_zero() { IBig::ZERO } else { x.significand() << x.exponent().abs_diff(unit) })
}

/// The work in all, and whether products of all pairs are part of it. A product costs half a unit, and the square of its length
/// where that is large; a row's norm and memory, and a column's sum as a text, cost something beside the coordinates.
fn work(rows: usize, columns: usize, bits: usize, unit: isize) -> (u64, bool) {
    let words = |bits: usize| IBig::from(bits.div_ceil(64));
    let (fewer, more) = (IBig::from(rows.min(columns)), IBig::from(rows.max(columns)));
    let (rows, columns) = (IBig::from(rows), IBig::from(columns));
    let product = words(bits).pow(2) / 64 + 1;
    let text = words(bits.saturating_add(unit.unsigned_abs())) * 3 + 20;
    let work = &rows * &columns * (&product + 1) + rows * 40 + columns * text;
    let squarings = (fewer.pow(3) * IBig::from(MAX_SQUARINGS)).min(MAX_PRODUCTS.into());
    let pairs = &fewer * &fewer * more * product / 4 + squarings * 2;
    let some = pairs <= IBig::from(MAX_PAIRS_WORK);
    (u64::try_from(if some { work + pairs } else { work }).unwrap_or(u64::MAX), some)
}

fn dot(x: &[IBig], y: &[IBig]) -> IBig {
    x.iter().zip(y).fold(IBig::ZERO, |total, (a, b)| total + a * b)
}

/// An upper bound on the share of A's largest eigenvalue in its trace, A = E[xxᵀ]: with P = (A/tr A)^(2^s) its power 2^{s+1} is at
/// most tr P² = ‖P‖_F². The products of all pairs of rows have the same eigenvalues but for zeros, and serve where they are fewer.
/// Where there are too many of either, 1 is a bound; which of these it is depends on the rows alone.
fn principal_share(rows: &[Vec<IBig>], total: &Interval) -> Checked<Interval> {
    let dimension = rows.first().map_or(0, Vec::len);
    let column = |j: usize| rows.iter().filter_map(|row| row.get(j).cloned()).collect();
    let columns: Vec<Vec<IBig>> =
        if rows.len() < dimension { (0..dimension).map(column).collect() } else { Vec::new() };
    let size = rows.len().min(dimension);
    // The lower half of a symmetric matrix, row by row.
    let mut products: Vec<Vec<IBig>> = (1..=size).map(|i| vec![IBig::ZERO; i]).collect();
    for vector in if columns.is_empty() { rows } else { &columns } {
        for (x, sums) in vector.iter().zip(&mut products) {
            sums.iter_mut().zip(vector).for_each(|(sum, y)| *sum += x * y);
        }
    }
    let shares = products.into_iter().map(|row| row.into_iter().map(|product| int(product).div(total)).collect());
    let mut power = mirrored(shares.collect::<Checked<_>>()?);
    let squarings = MAX_PRODUCTS.checked_div(size.saturating_pow(3)).unwrap_or(0).min(MAX_SQUARINGS);
    let inner = |v: &[Interval], w: &[Interval]| v.iter().zip(w).fold(int(0), |total, (x, y)| total.add(&x.mul(y)));
    for _ in 0..squarings {
        let row =
            |(i, v): (usize, &Vec<Interval>)| power.iter().take(i.saturating_add(1)).map(|w| inner(v, w)).collect();
        power = mirrored(power.iter().enumerate().map(row).collect());
    }
    let trace = power.iter().fold(int(0), |total, row| total.add(&inner(row, row)));
    (0..=squarings).try_fold(trace, |root, _| root.sqrt())
}

fn mirrored(mut rows: Vec<Vec<Interval>>) -> Vec<Vec<Interval>> {
    for i in 0..rows.len() {
        let (above, rest) = rows.split_at_mut(i);
        above.iter_mut().zip(rest.iter().take(1).flatten()).for_each(|(row, entry)| row.push(entry.clone()));
    }
    rows
}
