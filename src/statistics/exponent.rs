//! Exponents of power laws: of noisy measurements by weighted least squares on logarithms, of exact values by their trend.

/// A value at some argument; both positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Argument.
    pub at: f64,
    /// Value.
    pub value: f64,
    /// Standard error of the value's logarithm; for exact values the largest error of its rounding.
    pub error: f64,
}

/// An exponent with an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponent {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The slope of a line through weighted points.
struct Line {
    slope: f64,
    /// What each value's logarithm adds to the slope.
    coefficients: Vec<f64>,
    /// Weighted sum of squared residuals.
    residual: f64,
}

/// Weighted least squares on logarithms; `None` where the arguments do not differ or a number is not positive.
fn line(points: &[Point], weight: impl Fn(&Point) -> f64) -> Option<Line> {
    if points.iter().any(|p| !(p.at > 0.0 && p.value > 0.0 && p.at.is_finite() && p.value.is_finite())) {
        return None;
    }
    let rows: Vec<(f64, f64, f64)> = points.iter().map(|p| (libm::log(p.at), libm::log(p.value), weight(p))).collect();
    let total: f64 = rows.iter().map(|r| r.2).sum();
    let mean = |of: fn(&(f64, f64, f64)) -> f64| rows.iter().map(|r| r.2 * of(r)).sum::<f64>() / total;
    let (x, y) = (mean(|r| r.0), mean(|r| r.1));
    let spread: f64 = rows.iter().map(|r| r.2 * (r.0 - x).powi(2)).sum();
    if !(spread > 0.0 && spread.is_finite()) {
        return None;
    }
    let coefficients: Vec<f64> = rows.iter().map(|r| r.2 * (r.0 - x) / spread).collect();
    let slope: f64 = rows.iter().zip(&coefficients).map(|(r, c)| c * (r.1 - y)).sum();
    let residual = rows.iter().map(|r| r.2 * (r.1 - y - slope * (r.0 - x)).powi(2)).sum();
    Some(Line { slope, coefficients, residual })
}

/// The exponent of noisy values with independent, roughly normal logarithms of known standard errors.
///
/// # Guarantee
/// For values on a power law with normal logarithms the interval covers the exponent with probability at least `confidence`:
/// z standard errors of the weighted slope. Where the residuals are larger than these errors explain, the interval is widened
/// by the same factor (Birge's ratio, never below 1), which makes it a little conservative. `None` for fewer than three points.
#[must_use]
pub fn fitted(points: &[Point], confidence: f64) -> Option<Exponent> {
    let weights = points.iter().all(|p| p.error > 0.0 && p.error.is_finite());
    if points.len() < 3 || !weights {
        return None;
    }
    let weight = |p: &Point| p.error.powi(-2);
    let line = line(points, weight)?;
    let variance: f64 = line.coefficients.iter().zip(points).map(|(c, p)| (c * p.error).powi(2)).sum();
    let birge = (line.residual / (points.len() as f64 - 2.0)).max(1.0);
    let width = two_sided(confidence) * (variance * birge).sqrt();
    Some(Exponent { estimate: line.slope, low: line.slope - width, high: line.slope + width })
}

/// What each half of exact values must span.
pub const LEAST_SPAN: f64 = 2.25;

/// The exponent that exact values tend to, in the order of the points.
///
/// # Guarantee
/// Let the local exponent differ from its limit by c·x^{−p} with p ≥ 1/2 in the direction of the points (the next term of the
/// expansion). Each half of the points spans a factor S ≥ [`LEAST_SPAN`], and a fit's slope is an average of local exponents, so
/// that from the first half to the second the distance to the limit shrinks at least by ρ = S^p ≥ 3/2. The change is then at
/// least (1 − 1/ρ) of the first distance, and what is left, at most 1/ρ of it, is at most 1/(ρ − 1) ≤ 2 changes. The interval is
/// the second fit and twice the change on either side, with what rounding the values can add. `None` for fewer than four points
/// and for halves that span less.
#[must_use]
pub fn limiting(points: &[Point]) -> Option<Exponent> {
    if points.len() < 4 {
        return None;
    }
    // Both halves have the same length; they share the middle points.
    let half = points.len() / 2 + 1;
    let (early, late) = (points.get(..half)?, points.get(points.len() - half..)?);
    let span = |half: &[Point]| {
        let ratio = half.last().zip(half.first()).map_or(1.0, |(b, a)| b.at / a.at);
        ratio.max(1.0 / ratio)
    };
    // Not `<`: a span that is not a number is none.
    if !(span(early) >= LEAST_SPAN && span(late) >= LEAST_SPAN) {
        return None;
    }
    let (first, second) = (line(early, |_| 1.0)?, line(late, |_| 1.0)?);
    let rounding =
        |line: &Line, half: &[Point]| line.coefficients.iter().zip(half).map(|(c, p)| c.abs() * p.error).sum::<f64>();
    let (before, after) = (rounding(&first, early), rounding(&second, late));
    let width = TREND * ((second.slope - first.slope).abs() + before + after) + after + ARITHMETIC;
    Some(Exponent { estimate: second.slope, low: second.slope - width, high: second.slope + width })
}

/// How far beyond the last slope the trend is followed, in units of the last change.
const TREND: f64 = 2.0;

/// Rounding of the logarithms and sums themselves.
const ARITHMETIC: f64 = 1e-9;

/// z with Φ(z) − Φ(−z) = erf(z/√2) = `confidence`, by bisection; 0 for confidences that are none.
#[must_use]
pub fn two_sided(confidence: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    // erfc keeps its digits where erf is near 1.
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if libm::erfc(middle * std::f64::consts::FRAC_1_SQRT_2) > 1.0 - confidence {
            low = middle
        } else {
            high = middle
        }
    }
    high
}
