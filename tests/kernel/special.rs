//! Special functions against series and recurrences of another kind, and the statistics they serve against f64.

use crate::{config, ends, exactly, holds, magnitude, narrow, two, wide};
use astro_float::{BigFloat, Consts, RoundingMode};
use dashu_int::IBig;
use dashu_ratio::RBig;
use proptest::prelude::*;
use provably::certificate::budget::Budget;
use provably::certificate::interval::Interval;
use provably::certificate::refusal::{Checked, Refusal};
use provably::certificate::special::{
    self, BILLION, RateSequence, TAIL_WORK, billionths, ln_factorial, mixture, normal_cdf, normal_pdf,
};
use statrs::distribution::{ContinuousCDF, Normal};

const NEAREST: RoundingMode = RoundingMode::ToEven;

fn at(x: f64) -> Interval {
    Interval::from_f64(x).unwrap()
}

fn binomial_cdf(k: i64, n: u64, p: &Interval) -> Checked<Interval> {
    special::binomial_cdf(k, n, p, &Budget::new(TAIL_WORK))
}

fn binomial_cdf_of(k: &Interval, n: &Interval, p: &Interval) -> Checked<Interval> {
    special::binomial_cdf_of(k, n, p, &Budget::new(TAIL_WORK))
}

/// Φ and φ by another series than the kernel's: Φ(z) = ½ + (2π)^(−½) Σ (−1)ᵏ z²ᵏ⁺¹/(k! 2ᵏ (2k+1)). It cancels e^(z²/2), so
/// it is taken at 4096 bits: at |z| ≤ 40 the error is below 2⁻²⁵⁰⁰.
fn normal(z: f64) -> (RBig, RBig) {
    const BITS: usize = 4096;
    let small = two(-2600);
    let mut constants = Consts::new().unwrap();
    let float = |x: f64| BigFloat::from_f64(x, BITS);
    let square = float(z).mul(&float(z), BITS, NEAREST).div(&float(-2.0), BITS, NEAREST);
    let (mut power, mut sum) = (float(z), float(0.0));
    for k in 0..20_000_u32 {
        sum = sum.add(&power.div(&float(f64::from(2 * k + 1)), BITS, NEAREST), BITS, NEAREST);
        power = power.mul(&square, BITS, NEAREST).div(&float(f64::from(k + 1)), BITS, NEAREST);
        if k % 64 == 0 && magnitude(&wide(&power)) < small {
            break;
        }
    }
    let root = constants.pi(BITS, NEAREST).mul(&float(2.0), BITS, NEAREST).sqrt(BITS, NEAREST);
    let density = square.exp(BITS, NEAREST, &mut constants).div(&root, BITS, NEAREST);
    let cdf = sum.div(&root, BITS, NEAREST).add(&float(0.5), BITS, NEAREST);
    (wide(&cdf), wide(&density))
}

/// A wrong coefficient or convergent, a remainder left out, the seam between series and continued fraction.
#[test]
fn the_normal_distribution() {
    let seams = [6.0_f64.next_down(), 6.0, 6.0_f64.next_up()];
    let points = [0.0, 1e-300, 1e-9, 0.5, 1.0, 1.96, 3.3, 4.75, 5.9, 6.5, 8.25, 12.0, 20.0, 37.5, 40.0];
    let reference = Normal::standard();
    for z in points.into_iter().chain(seams).flat_map(|z| [z, -z]) {
        let (cdf, density) = normal(z);
        let (found, found_density) = (normal_cdf(&at(z)).unwrap(), normal_pdf(&at(z)).unwrap());
        holds(&found, &cdf, &two(-2400)).unwrap_or_else(|e| panic!("{z}: {e}"));
        holds(&found_density, &density, &two(-2400)).unwrap_or_else(|e| panic!("{z}: {e}"));
        // ½ − part cancels the 30 bits of Φ(−6).
        assert!(narrow(&found, -90) && narrow(&found_density, -100), "{z}");
        let (low, high) = ends(&found);
        assert!(high - low <= two(-120), "{z}");
        // statrs is good to about 10⁻¹⁰ in the tails.
        let loose = reference.cdf(z);
        assert!((found.midpoint_f64() - loose).abs() <= 1e-9 * loose, "{z}");
    }
}

proptest! {
    #![proptest_config(config(24))]

    /// As above, at random arguments, and on intervals by monotonicity.
    #[test]
    fn the_normal_distribution_at_random(z in -12.0..12.0_f64, more in 0.0..3.0_f64) {
        holds(&normal_cdf(&at(z)).unwrap(), &normal(z).0, &two(-2400)).map_err(TestCaseError::fail)?;
        let whole = normal_cdf(&at(z).hull(&at(z + more))).unwrap();
        for part in [z, z + more / 3.0, z + more] {
            prop_assert!(whole.contains(&normal_cdf(&at(part)).unwrap()));
        }
    }
}

/// Arguments at which the series never became negligible: the loop did not end.
#[test]
fn extreme_normal_arguments_end() {
    let million = Interval::from_integer(1_000_000);
    let huge = (0..3).fold(Interval::from_integer(2), |x, _| x.pow(&million).unwrap());
    let tiny = Interval::from_integer(1).div(&huge.pow(&Interval::from_integer(9)).unwrap()).unwrap();
    for z in [
        huge.clone(),
        huge.neg(),
        tiny.clone(),
        tiny.neg(),
        huge.hull(&huge.neg()),
        huge.mul(&huge.pow(&at(9.0)).unwrap()),
    ] {
        if let Ok(value) = normal_cdf(&z) {
            assert!(!value.certainly_lt(&at(0.0)) && !at(1.0).certainly_lt(&value));
        }
    }
}

/// Pr[Bin(n, p) ≤ k] as a sum of exact rationals.
fn exact_cdf(k: u64, n: u64, p: &RBig) -> RBig {
    let (a, whole) = (p.numerator().clone(), IBig::from(p.denominator().clone()));
    let b = &whole - &a;
    let (mut sum, mut choose) = (IBig::ZERO, IBig::ONE);
    for j in 0..=k.min(n) {
        sum += &choose * a.pow(j as usize) * b.pow((n - j) as usize);
        choose = choose * IBig::from(n - j) / IBig::from(j + 1);
    }
    RBig::from(sum) / RBig::from(whole.pow(n as usize))
}

proptest! {
    #![proptest_config(config(300))]

    /// A term too few, the wrong tail, the wrong side of the mode, a remainder that is none.
    #[test]
    fn binomial_tails(n in 1_u64..=200, share in 0.0..1.0_f64, p in prop_oneof![0.0..1.0_f64, 0.0..1e-3, Just(0.0), Just(1.0), Just(0.5)]) {
        let k = (share * n as f64) as u64;
        let exact = exact_cdf(k, n, &exactly(p));
        let found = binomial_cdf(k.try_into().unwrap(), n, &at(p)).unwrap();
        holds(&found, &exact, &RBig::ZERO).map_err(TestCaseError::fail)?;
        prop_assert!(narrow(&found, -100), "{k} {n} {p}: {found:?}");
        // An enclosure of p: the tail falls with p.
        let (low, high) = (p * 0.75, (p * 1.25).min(1.0));
        let whole = binomial_cdf(k.try_into().unwrap(), n, &at(low).hull(&at(high))).unwrap();
        prop_assert!(whole.contains(&found));
        holds(&whole, &exact_cdf(k, n, &exactly(low)), &RBig::ZERO).map_err(TestCaseError::fail)?;
        holds(&whole, &exact_cdf(k, n, &exactly(high)), &RBig::ZERO).map_err(TestCaseError::fail)?;
    }
}

/// Large n from the first term (1−p)ⁿ upward at 512 bits, which uses no factorial: a wrong Stirling coefficient.
#[test]
fn binomial_tails_of_many_trials() {
    const BITS: usize = 512;
    let float = |x: f64| BigFloat::from_f64(x, BITS);
    for (k, n, p) in [
        (80_u64, 10_000_u64, 0.01),
        (10, 50_000, 1e-3),
        (5_100, 10_000, 0.5),
        (3_000, 100_000, 0.02),
        (9_990, 10_000, 0.999),
    ] {
        let other = float(1.0).sub(&float(p), BITS, NEAREST);
        let odds = float(p).div(&other, BITS, NEAREST);
        let (mut term, mut sum) = (other.powi(n as usize, BITS, NEAREST), float(0.0));
        for j in 0..=k {
            sum = sum.add(&term, BITS, NEAREST);
            let ratio = float((n - j) as f64).div(&float((j + 1) as f64), BITS, NEAREST);
            term = term.mul(&ratio, BITS, NEAREST).mul(&odds, BITS, NEAREST);
        }
        let found = binomial_cdf(k.try_into().unwrap(), n, &at(p)).unwrap();
        holds(&found, &wide(&sum), &(wide(&sum) * two(-480))).unwrap_or_else(|e| panic!("{k} {n} {p}: {e}"));
        assert!(narrow(&found, -90), "{k} {n} {p}");
    }
}

/// Counts beyond 64 bits: a k far below 0 counted as one above n and had the tail 1, and a k above 2⁶³ one below n.
#[test]
fn binomial_counts_beyond_their_range() {
    let int = |x: i128| Interval::from_integer(x);
    let cdf = |k: i128, n: i128, p: f64| binomial_cdf_of(&int(k), &int(n), &at(p));
    let refused = Err(Refusal::new("undefined", "argument of binomial_cdf out of range"));
    for k in [-1, i128::from(i64::MIN), -(1 << 90), i128::MIN] {
        assert_eq!(cdf(k, 10, 0.5), Ok(int(0)), "{k}");
    }
    for k in [10, i128::from(i64::MAX), 1 << 63, 1 << 90, i128::MAX] {
        assert_eq!(cdf(k, 10, 0.5), Ok(int(1)), "{k}");
    }
    assert_eq!(cdf(10_000_000_000_000_000_000, 18_000_000_000_000_000_000, 0.5125), refused);
    assert_eq!(cdf(3, -4, 0.5), refused);
    assert_eq!(binomial_cdf_of(&at(3.0), &at(9.5), &at(0.5)), refused);
    assert_eq!(cdf(3, 9, 1.5), refused);
    assert_eq!(cdf(3, 9, -0.5), refused);
    // k that is no whole number, and k known up to an interval.
    let tail = |k: i64| binomial_cdf(k, 9, &at(0.5)).unwrap();
    assert_eq!(binomial_cdf_of(&at(3.7), &at(9.0), &at(0.5)), Ok(tail(3)));
    assert_eq!(binomial_cdf_of(&at(2.9).hull(&at(4.1)), &at(9.0), &at(0.5)), Ok(tail(2).hull(&tail(4))));
    assert_eq!(binomial_cdf_of(&at(-0.5), &at(9.0), &at(0.5)), Ok(int(0)));
}

/// ln n! by the logarithm of the product at 512 bits: a wrong Bernoulli number, the seam at 256.
#[test]
fn logarithms_of_factorials() {
    const BITS: usize = 512;
    let mut constants = Consts::new().unwrap();
    let mut product = BigFloat::from_f64(1.0, BITS);
    for n in 0..=4000_u64 {
        if n > 0 {
            product = product.mul(&BigFloat::from_f64(n as f64, BITS), BITS, NEAREST);
        }
        if n <= 300 || n % 61 == 0 {
            let found = ln_factorial(n).unwrap();
            let near = wide(&product.ln(BITS, NEAREST, &mut constants));
            holds(&found, &near, &two(-480)).unwrap_or_else(|e| panic!("{n}: {e}"));
            assert!(n < 2 || narrow(&found, -118), "{n}");
        }
    }
    // Beyond the reach of products: ln n! − ln (n−1)! = ln n.
    for n in [1_000_000, u64::from(u32::MAX), 1 << 52, u64::MAX] {
        let step = ln_factorial(n).unwrap().sub(&ln_factorial(n - 1).unwrap());
        assert!(step.contains(&Interval::from_integer(n).ln().unwrap()), "{n}");
        let (low, high) = ends(&step);
        assert!(high - low < exactly(1e-9 * n as f64 * 1e-9), "{n}");
    }
}

/// ln of the martingale by lgamma in f64, where the counts are small enough for it to be good to 10⁻⁷.
fn log_martingale(events: u64, trials: u64, b: u64, p: f64) -> f64 {
    let (k, n, b) = (events as f64, trials as f64, b as f64);
    let integral = libm::lgamma(k + 1.0) + libm::lgamma(n - k + b) - libm::lgamma(n + b + 1.0) + libm::log(b);
    integral - k * libm::log(p) - (n - k) * libm::log1p(-p)
}

proptest! {
    #![proptest_config(config(64))]

    /// A wrong normalisation of the mixture, a bisection that ends on the wrong side.
    #[test]
    fn rate_sequences(trials in 1_u64..5000, share in 0.0..1.0_f64, b in prop_oneof![Just(1_u64), 2_u64..200], exponent in 1_i32..12) {
        let events = ((share * share) * trials as f64) as u64;
        let error = 10.0_f64.powi(-exponent);
        let sequence = RateSequence::new(events, trials, b, &at(error)).unwrap();
        let (lower, upper) = (sequence.lower().unwrap(), sequence.upper().unwrap());
        let (rate, threshold) = (events as f64 / trials as f64, -error.ln());
        let rises = |part: u64| log_martingale(events, trials, b, part as f64 / BILLION as f64) - threshold;
        prop_assert!(lower as f64 <= rate * BILLION as f64 && rate * BILLION as f64 <= upper as f64);
        if upper < BILLION {
            prop_assert!(rises(upper) >= -1e-7);
            prop_assert!(upper - 1 <= (rate * BILLION as f64) as u64 || rises(upper - 1) < 1e-7);
        } else {
            prop_assert!(rises(BILLION - 1) < 1e-7);
        }
        if lower > 0 {
            prop_assert!(rises(lower) >= -1e-7);
            prop_assert!(rises(lower + 1) < 1e-7);
        } else {
            prop_assert!(events == 0 || rises(1) < 1e-7);
        }
    }
}

/// Counts that cannot be, and errors that are none.
#[test]
fn rate_sequences_refuse_nonsense() {
    for (events, trials, b) in
        [(2, 1, 1), (0, 0, 1), (0, 1, 0), (1, u64::MAX, 1), (1, u64::MAX - 1, 1), (1, 2, u64::MAX)]
    {
        assert!(RateSequence::new(events, trials, b, &at(0.01)).is_err(), "{events} {trials} {b}");
    }
    for error in [0.0, -0.5] {
        assert!(RateSequence::new(1, 2, 1, &at(error)).is_err(), "{error}");
    }
    assert!(RateSequence::new(1, u64::MAX - 2, 1, &at(0.01)).is_ok());
}

/// The mixture's mean is δ/2; texts of billionths are numerals of the language.
#[test]
fn mixtures_and_billionths() {
    for (delta, b) in [(0.1, 19), (0.5, 3), (1.0, 1), (2.0, 1), (0.0, 1), (1e-30, 1_000_000_000_000)] {
        assert_eq!(mixture(&at(delta)), b, "{delta}");
    }
    for (part, text) in
        [(0, "0"), (1, "0.000000001"), (50_000_000, "0.05"), (BILLION, "1"), (10 * BILLION + 5, "10.000000005")]
    {
        assert_eq!(billionths(part), text);
        assert!(provably::certificate::expression::numeral(text).is_some());
    }
}
