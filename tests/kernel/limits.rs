//! The ends of every range: of intervals, of counts and of work. Nothing wraps or panics there, whatever profile built the kernel,
//! and what is refused is refused by name.

use crate::language::Symbols;
use crate::rules::{TEXT, claim, plain};
use crate::{config, point, two};
use dashu_int::IBig;
use dashu_ratio::RBig;
use proptest::prelude::*;
use provably::certificate::budget::Budget;
use provably::certificate::expression::{Meaning, Term};
use provably::certificate::interval::Interval;
use provably::certificate::proof::Kernel;
use provably::certificate::special::{BILLION, RateSequence, TAIL_WORK, binomial_cdf, ln_factorial};
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::Theory;

fn around_the_edge() -> impl Strategy<Value = RBig> {
    let exponent = prop_oneof![-16_740_i64..-16_500, 16_400_i64..16_640, -8400_i64..-8200, 8200_i64..8400, -3_i64..3];
    (1_u64.., any::<bool>(), exponent).prop_map(|(m, negative, e)| {
        let m = IBig::from(m);
        RBig::from(if negative { -m } else { m }) * two(e)
    })
}

proptest! {
    #![proptest_config(config(200))]

    /// An end that is left where it leaves the range, or moved inward.
    #[test]
    fn results_beyond_the_range(a in around_the_edge(), b in around_the_edge()) {
        let (x, y) = (Interval::from_rational(&a), Interval::from_rational(&b));
        inside(&x, &a)?;
        inside(&x.neg(), &-a.clone())?;
        inside(&x.add(&y), &(&a + &b))?;
        inside(&x.sub(&y), &(&a - &b))?;
        inside(&x.mul(&y), &(&a * &b))?;
        inside(&x.max(&y), &a.clone().max(b.clone()))?;
        inside(&x.min(&y), &a.clone().min(b.clone()))?;
        for n in [-3_i64, -1, 0, 2, 3] {
            if let Ok(power) = x.pow(&Interval::from_integer(n)) {
                inside(&power, &a.pow(n.try_into().unwrap()))?;
            }
        }
        if let Ok(quotient) = x.div(&y) {
            inside(&quotient, &(&a / &b))?;
        }
        inside(&x.floor(), &RBig::from(a.floor()))?;
        inside(&x.ceil(), &RBig::from(a.ceil()))?;
    }
}

/// Whether the number lies on the right side of every end that is one.
fn inside(interval: &Interval, value: &RBig) -> Result<(), TestCaseError> {
    let [below, above] = interval.enclosure();
    let low = below == "-inf" || point(&interval.lower_end()) <= *value;
    let high = above == "inf" || *value <= point(&interval.upper_end());
    prop_assert!(low && high, "{value} is not in [{below}, {above}]");
    Ok(())
}

/// The exponential is defined everywhere: beyond the range it is 0 or nothing but large.
#[test]
fn exponentials_everywhere() {
    let zero = Interval::from_integer(0);
    let huge = Interval::from_integer(2).pow(&Interval::from_integer(1 << 20)).unwrap();
    let line = huge.neg().hull(&huge);
    for x in [Interval::from_integer(11_507), Interval::from_f64(1e21).unwrap(), huge.clone()] {
        assert_eq!([x.exp().upper_decimal(3), x.neg().exp().lower_decimal(3)], ["inf", "0"], "{x:?}");
        assert!(Interval::from_f64(1e300).unwrap().certainly_lt(&x.exp()));
        assert!(x.neg().exp().certainly_lt(&Interval::from_f64(1e-300).unwrap()));
        assert!(zero.certainly_le(&x.neg().exp()));
    }
    assert_eq!(line.exp().enclosure(), ["0", "inf"]);
    // Just inside, it is as sharp as anywhere.
    for x in [11_000, -11_000] {
        assert!(crate::narrow(&Interval::from_integer(x).exp(), -120), "{x}");
    }
}

/// Products, powers and roundings of intervals that are negative, wide, or cross zero.
#[test]
fn signs_and_wide_intervals() {
    let at = |x: f64| Interval::from_f64(x).unwrap();
    let between = |x: f64, y: f64| at(x).hull(&at(y));
    for (found, expected) in [
        (between(-3.0, -2.0).mul(&between(5.0, 7.0)), between(-21.0, -10.0)),
        (between(-3.0, -2.0).mul(&between(-7.0, -5.0)), between(10.0, 21.0)),
        (between(-3.0, 2.0).mul(&between(-7.0, -5.0)), between(-14.0, 21.0)),
        (between(-3.0, 0.0).mul(&between(-7.0, 0.0)), between(0.0, 21.0)),
        (between(-3.0, -2.0).mul(&at(0.0)), at(0.0)),
        (at(0.0).mul(&between(-3.0, -2.0)), at(0.0)),
        (between(-3.0, 2.0).mul(&between(-5.0, 7.0)), between(-21.0, 15.0)),
        (between(-3.0, 2.0).pow(&at(2.0)).unwrap(), between(0.0, 9.0)),
        (between(-3.0, -2.0).pow(&at(3.0)).unwrap(), between(-27.0, -8.0)),
        (between(-4.0, -2.0).pow(&at(-1.0)).unwrap(), between(-0.5, -0.25)),
        (between(-4.0, -2.0).pow(&at(-2.0)).unwrap(), between(0.0625, 0.25)),
        (at(-1.0).pow(&at(1_048_575.0)).unwrap(), at(-1.0)),
        (between(-2.5, 1.5).floor(), between(-3.0, 1.0)),
        (between(-2.5, 1.5).ceil(), between(-2.0, 2.0)),
        (at(-0.25).ceil(), at(0.0)),
        (between(-4.0, -2.0).div(&between(-2.0, -1.0)).unwrap(), between(1.0, 4.0)),
        (between(-4.0, 2.0).div(&between(-2.0, -1.0)).unwrap(), between(-2.0, 4.0)),
        (between(-1.0, 4.0).max(&between(0.0, 2.0)), between(0.0, 4.0)),
        (between(-1.0, 4.0).min(&between(0.0, 2.0)), between(-1.0, 2.0)),
        (between(-1.0, 4.0).neg(), between(-4.0, 1.0)),
    ] {
        assert_eq!(found, expected);
    }
    // A cube of what crosses zero is wider than it need be, and not narrower.
    assert!(between(-3.0, 2.0).pow(&at(3.0)).unwrap().contains(&between(-27.0, 8.0)));
}

/// Counts next to the largest there are.
#[test]
fn counts_at_their_limits() {
    let budget = || Budget::new(TAIL_WORK);
    let half = Interval::from_f64(0.5).unwrap();
    for n in [i64::MAX.unsigned_abs(), u64::MAX - 1, u64::MAX] {
        // Far below the mean: e to the minus 10^18, which is below the range.
        for k in [0, 1, 1000, i64::MAX / 4] {
            let tail = binomial_cdf(k, n, &half, &budget()).unwrap();
            assert!(tail.upper_f64() < 1e-300 && tail.lower_f64() >= 0.0, "{k} {n}");
        }
        let most = binomial_cdf(i64::MAX, n, &Interval::from_f64(1e-18).unwrap(), &budget()).unwrap();
        assert!(most.lower_f64() > 1.0 - 1e-15 || n == i64::MAX.unsigned_abs() && most == Interval::from_integer(1));
        assert!(ln_factorial(n).unwrap().lower_f64() > 3.9e20);
    }
    for (events, trials) in [(0, u64::MAX - 2), (u64::MAX - 2, u64::MAX - 2), (u64::MAX / 2, u64::MAX - 2)] {
        let sequence = RateSequence::new(events, trials, 1, &Interval::from_f64(0.01).unwrap()).unwrap();
        let (lower, upper) = (sequence.lower().unwrap(), sequence.upper().unwrap());
        let rate = u128::from(events) * u128::from(BILLION) / u128::from(trials);
        assert!(u128::from(lower) <= rate && rate <= u128::from(upper), "{events} of {trials}: {lower} {upper}");
    }
    for text in
        ["2^9223372036854775807", "2^-9223372036854775808", "2^18446744073709551616", "0^1e5000", "1e5000^1048576"]
    {
        if let Ok(term) = Term::parse(text) {
            let _ = (term.evaluate(&Symbols::default()), term.exact(&Symbols::default()));
        }
    }
}

fn spent(text: &str) -> (Result<Interval, &'static str>, u64) {
    let symbols = Symbols::default();
    let value = Term::parse(text).unwrap().evaluate(&symbols).map_err(|r| r.check);
    (value, Budget::CERTIFICATE - symbols.budget().left())
}

/// Work that is not counted, counted differently the second time, or done though there is none left.
#[test]
fn work_is_counted() {
    let budget = Budget::new(10);
    assert_eq!((budget.spend(4), budget.left()), (Ok(()), 6));
    assert_eq!(budget.spend(7).map_err(|r| r.check), Err("too-costly"));
    // Once it is exhausted, it stays so.
    assert_eq!((budget.left(), budget.spend(1).map_err(|r| r.check)), (0, Err("too-costly")));
    for text in ["1", "1 + 1", "sqrt(2)", "exp(2)", "ln(2)", "2^0.5", "Phi(1)", "binomial_cdf(3, 9, 0.5)"] {
        let (value, work) = spent(text);
        assert!(value.is_ok() && work > 0 && spent(text).1 == work, "{text}");
        assert_eq!(spent(&format!("{text}*{text}")).1, 2 * work + spent("1*1").1 - 2 * spent("1").1);
    }
    // The terms that matter are about 14 √(np): four times as many trials, twice the work.
    let none = spent("binomial_cdf(1, 1, 0.5)").1;
    let tail = |n: u64| (spent(&format!("binomial_cdf({}, {n}, 0.5)", n / 2)).1 - none) as f64;
    let growth = tail(40_000_000) / tail(10_000_000);
    assert!((1.9..2.1).contains(&growth), "{growth}");
    let (value, work) = spent("binomial_cdf(5e30, 1e31, 0.5)");
    assert!(value == Err("undefined") && work < 60_000);
    let costly = "binomial_cdf(2000000000000000000, 4000000000000000001, 0.5)";
    assert_eq!(spent(costly), (Err("too-costly"), Budget::CERTIFICATE));
}

/// The small theory with more in its last axiom, and with further axioms `a0`, `a1`, ... that the theorem uses.
fn both(more: &str, axioms: &str) -> Theory {
    let last = "axiom both\n  proved here: the two together\n";
    let uses: String = (0..axioms.matches("axiom ").count()).map(|i| format!(" a{i}")).collect();
    let text = TEXT.replace(last, &format!("{axioms}{last}{more}"));
    Theory::parse(&text.replace("looked-at both", &format!("looked-at both{uses}"))).unwrap()
}

/// Exact values through definitions that double: a thousand of them would be 2¹⁰⁰⁰ additions.
#[test]
fn exact_values_are_not_computed_twice() {
    let chain: String = (1..300).map(|i| format!("  let c{i} = (c{0} + c{0})/2\n", i - 1)).collect();
    let theory = both(&format!("  let c0 = share\n{chain}  need c299 <= share\n"), "");
    let mut kernel = Kernel::new(&theory, "small", &plain(), None).unwrap();
    kernel.choose("share", "0.1").unwrap();
    kernel.define("both").unwrap();
    assert_eq!(kernel.exact("c299"), kernel.exact("share"));
    assert!(Budget::CERTIFICATE - kernel.budget().left() < 500_000);
    kernel.inequality(claim("c299 <= 0.1")).unwrap();
    // Whatever is left, what holds is proved or too costly, never refused as false, and at last nothing is proved.
    let mut proved = 0;
    for units in (0..3_000).rev().step_by(7) {
        kernel = kernel.with_budget(Budget::new(units));
        match kernel.inequality(claim(&format!("1/3 + 1/3 + 1/3 <= 1 + {units}*(share - share)"))) {
            Ok(_) => proved += 1,
            Err(refusal) => assert_eq!(refusal.check, "too-costly", "{units}"),
        }
    }
    assert!((1..400).contains(&proved), "{proved}");
}

/// A union of so many events that its bound, a sum as deep as they are many, would not fit on the stack.
#[test]
fn unions_are_short() {
    let all = |line: &dyn Fn(usize) -> String| (0..501).map(line).collect::<String>();
    let needs = all(&|i| format!("  need Pr[e{i}] <= 0.001\n"));
    let axioms = all(&|i| {
        format!("event e{i} \"one of many\"\naxiom a{i}\n  proved here: one of many\n  conclude Pr[e{i}] <= 0.001\n")
    });
    let theory = both(&needs, &axioms);
    let mut kernel = Kernel::new(&theory, "small", &plain(), None).unwrap();
    let steps: Vec<usize> = (0..501).map(|i| kernel.axiom(&format!("a{i}"), &[]).unwrap()).collect();
    kernel.union(&steps[..500]).unwrap();
    assert_eq!(kernel.union(&steps).map_err(|r| r.check), Err("too-costly"));
}

/// Supports of all shapes: their work, and which of them are more than a certificate may cost.
#[test]
fn the_work_of_supports() {
    let work = |rows: usize, columns: usize, x: f64| {
        let points = vec![vec![x; columns]; rows];
        FiniteSupport::new(&points, &vec![1; rows]).map(|s| s.work()).map_err(|r| r.check)
    };
    for (rows, columns, x, most) in [
        (100, 4, 0.1, 0.01),
        (2_000, 64, 0.3713, 0.4),
        (1, 40_000, 0.1, 0.2),
        (40_000, 1, 0.1, 0.2),
        (800, 1_000, 0.1, 0.3),
    ] {
        let share = work(rows, columns, x).unwrap() as f64 / Budget::CERTIFICATE as f64;
        assert!(share <= most, "{rows} x {columns}: {share}");
    }
    for (rows, columns, x) in [(14_000, 784, 0.1), (600_000, 1, 1.0), (1, 900_000, 0.1)] {
        assert_eq!(work(rows, columns, x), Err("too-costly"), "{rows} x {columns}");
    }
    // Numbers of all sizes are longer, and their products cost more.
    let entry = |k: usize| if k.is_multiple_of(2) { 1e308 } else { 5e-324 };
    let mixed: Vec<Vec<f64>> = (0..500).map(|i| (0..40).map(|j| entry(i + j)).collect()).collect();
    let long = FiniteSupport::new(&mixed, &vec![1; mixed.len()]).unwrap().work();
    assert!(long > 3 * work(500, 40, 0.1).unwrap());
}
