//! Tails of the distributions that occur, summed here: what the text bounds is compared with these, not with the kernel's own.

/// Pr[χ²_k ≥ x], k degrees of freedom, to about 10⁻¹⁰ of itself: the series of the incomplete gamma function below its mean, the
/// continued fraction above.
pub(crate) fn chi_squared(k: f64, x: f64) -> f64 {
    let (a, z) = (k / 2.0, x / 2.0);
    if z <= 0.0 {
        return 1.0;
    }
    let factor = libm::exp(a * libm::log(z) - z - libm::lgamma(a));
    if z < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= z / n;
            sum += term;
        }
        return 1.0 - factor * sum;
    }
    // Lentz's evaluation of Γ(a, z) = e^{-z} z^a / (z + 1 - a - 1(1 - a)/(z + 3 - a - …)).
    let mut b = z + 1.0 - a;
    let (mut c, mut d) = (1e300, 1.0 / b);
    let mut value = d;
    for i in 1..200_000 {
        let n = f64::from(i);
        let an = -n * (n - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    factor * value
}

/// inf over λ of E[e^{λ|g|²}]e^{-λx}, g standard normal in k dimensions: what Chernoff's method gives for Pr[|g|² ≥ x]. The
/// expectation is a sum over a grid in each coordinate, the infimum is searched for.
pub(crate) fn chernoff(k: f64, x: f64) -> f64 {
    // λ = (1 - 1/s)/2; a grid of spacing √s/2 integrates e^{λg² - g²/2} = e^{-g²/2s} to far below rounding.
    let exponent = |ln_s: f64| {
        let s = libm::exp(ln_s);
        let step = s.sqrt() / 2.0;
        let weight =
            |i: i32| libm::exp(-(f64::from(i) * step).powi(2) / (2.0 * s)) / (2.0 * std::f64::consts::PI).sqrt();
        let moment: f64 = step * (-20..=20).map(weight).sum::<f64>();
        k * libm::log(moment) - (1.0 - 1.0 / s) / 2.0 * x
    };
    // Convex in λ, so that it has one valley in ln s too.
    let (mut low, mut high) = (0.0_f64, 100.0);
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (exponent(left), exponent(right));
    for _ in 0..60 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = exponent(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = exponent(right);
        }
    }
    libm::exp(at_left.min(at_right).min(0.0))
}

/// Pr[g ≥ z], g standard normal.
pub(crate) fn normal(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// E[f(g)], g standard normal, by the trapezoidal rule, which is exact to rounding for what decays so fast.
pub(crate) fn mean(f: impl Fn(f64) -> f64) -> f64 {
    let step = 0.25;
    let term = |z: f64| f(z) * libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
    step * (-60..=60).map(|i| term(f64::from(i) * step)).sum::<f64>()
}

/// A lower bound on Pr[|μ + g| > r], g standard normal in k dimensions and |μ| = s: the whole of it where s ≤ 20 (a Poisson number
/// of further pairs of degrees of freedom), else the probability that μ's own direction alone exceeds r.
pub(crate) fn shifted_norm(k: f64, s: f64, r: f64) -> f64 {
    let own = normal(r - s);
    if s > 20.0 {
        return own;
    }
    let rate = s * s / 2.0;
    let most = (rate + 12.0 * rate.sqrt() + 40.0) as u32;
    let (mut weight, mut sum) = (libm::exp(-rate), 0.0);
    for j in 0..most {
        sum += weight * chi_squared(k + 2.0 * f64::from(j), r * r);
        weight *= rate / f64::from(j + 1);
    }
    own.max(sum)
}

/// E|μ + g|, |μ| = s, g standard normal in k dimensions; beyond a mean square of 400 a lower bound that is less than a part in a
/// hundred off, √z ≥ 1 + (z - 1)/2 - (z - 1)²/2.
pub(crate) fn mean_norm(k: f64, s: f64) -> f64 {
    let square = k + s * s;
    if square > 400.0 {
        return square.sqrt() * (1.0 - (2.0 * k + 4.0 * s * s) / (2.0 * square * square));
    }
    let rate = s * s / 2.0;
    let (mut weight, mut sum) = (libm::exp(-rate), 0.0);
    for j in 0..800 {
        let a = k / 2.0 + f64::from(j);
        sum += weight * std::f64::consts::SQRT_2 * libm::exp(libm::lgamma(a + 0.5) - libm::lgamma(a));
        weight *= rate / f64::from(j + 1);
    }
    sum
}

/// Pr[Bin(n, p) ≥ k].
pub(crate) fn binomial(k: f64, n: f64, p: f64) -> f64 {
    if k <= 0.0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    // From the side that is the smaller, term by term away from the mode.
    let upper = k > n * p;
    let start = if upper { k } else { k - 1.0 };
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(start + 1.0) - libm::lgamma(n - start + 1.0);
    let mut term = libm::exp(choose + start * libm::log(p) + (n - start) * libm::log1p(-p));
    let (mut sum, mut j) = (0.0, start);
    while term > sum * 1e-17 && (0.0..=n).contains(&j) {
        sum += term;
        term *= if upper { (n - j) / (j + 1.0) * p / (1.0 - p) } else { j / (n - j + 1.0) * (1.0 - p) / p };
        j += if upper { 1.0 } else { -1.0 };
    }
    if upper { sum } else { 1.0 - sum }
}

/// The sums above against values in closed form.
#[test]
fn tails_are_what_they_say() {
    let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-9, "{found} is not {expected}");
    for x in [0.01, 1.0, 3.0, 50.0, 600.0] {
        close(chi_squared(2.0, x), libm::exp(-x / 2.0));
        close(chi_squared(4.0, x), libm::exp(-x / 2.0) * (1.0 + x / 2.0));
        close(chi_squared(1.0, x), 2.0 * normal(x.sqrt()));
        close(
            shifted_norm(1.0, 2.0, x.sqrt()).max(1e-300),
            (normal(x.sqrt() - 2.0) + normal(x.sqrt() + 2.0)).max(1e-300),
        );
        let w = (x / 3.0).max(1.0);
        close(chernoff(3.0, x), libm::exp(-1.5 * (w - 1.0 - libm::log(w))));
    }
    // E|g| in one dimension and in two.
    close(mean_norm(1.0, 0.0), (2.0 / std::f64::consts::PI).sqrt());
    close(mean_norm(2.0, 0.0), (std::f64::consts::PI / 2.0).sqrt());
    close(binomial(3.0, 4.0, 0.5), 5.0 / 16.0);
    close(binomial(1.0, 1000.0, 0.01), 1.0 - libm::exp(1000.0 * libm::log1p(-0.01)));
    close(binomial(1000.0, 1000.0, 0.9), libm::exp(1000.0 * libm::log(0.9)));
}
