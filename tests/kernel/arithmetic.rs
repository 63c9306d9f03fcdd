//! Interval operations against the float operation and against another library at 1024 bits.

use crate::{config, ends, exactly, holds, magnitude, narrow, two, wide};
use astro_float::{BigFloat, Consts, RoundingMode};
use dashu_int::IBig;
use dashu_ratio::RBig;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Refusal;
use std::cell::Cell;

const BITS: usize = 1024;
const NEAREST: RoundingMode = RoundingMode::ToEven;

/// The other library is trusted to 2⁻⁹⁰⁰ of the largest magnitude on the way.
const TRUSTED: i64 = -900;

/// A formula over f64 leaves.
#[derive(Clone, Debug)]
enum Formula {
    Leaf(f64),
    One(&'static str, Box<Formula>),
    Two(char, Box<Formula>, Box<Formula>),
    Whole(Box<Formula>, i32),
}
use Formula::{Leaf, One, Two, Whole};

const UNARY: [&str; 7] = ["sqrt", "exp", "ln", "floor", "ceil", "abs", "neg"];
const BINARY: [char; 6] = ['+', '-', '*', '/', '^', 'm'];

impl Formula {
    fn interval(&self) -> Result<Interval, Refusal> {
        Ok(match self {
            Leaf(x) => Interval::from_f64(*x)?,
            One(name, inner) => {
                let x = inner.interval()?;
                match *name {
                    "sqrt" => x.sqrt()?,
                    "exp" => x.exp(),
                    "ln" => x.ln()?,
                    "floor" => x.floor(),
                    "ceil" => x.ceil(),
                    "abs" => x.abs(),
                    _ => x.neg(),
                }
            }
            Two(operator, left, right) => {
                let (x, y) = (left.interval()?, right.interval()?);
                match operator {
                    '+' => x.add(&y),
                    '-' => x.sub(&y),
                    '*' => x.mul(&y),
                    '/' => x.div(&y)?,
                    '^' => x.pow(&y)?,
                    _ => x.max(&y),
                }
            }
            Whole(inner, n) => inner.interval()?.pow(&Interval::from_integer(*n))?,
        })
    }

    /// The value at 1024 bits, unless it overflows the other library; the largest magnitude on the way is kept in `largest`.
    fn wide(&self, constants: &mut Consts, largest: &mut RBig) -> Option<BigFloat> {
        let value = match self {
            Leaf(x) => BigFloat::from_f64(*x, BITS),
            One(name, inner) => {
                let x = inner.wide(constants, largest)?;
                match *name {
                    "sqrt" => x.sqrt(BITS, NEAREST),
                    "exp" => x.exp(BITS, NEAREST, constants),
                    "ln" => x.ln(BITS, NEAREST, constants),
                    "floor" => x.floor(),
                    "ceil" => x.ceil(),
                    "abs" => x.abs(),
                    _ => x.neg(),
                }
            }
            Two(operator, left, right) => {
                let (x, y) = (left.wide(constants, largest)?, right.wide(constants, largest)?);
                match operator {
                    '+' => x.add(&y, BITS, NEAREST),
                    '-' => x.sub(&y, BITS, NEAREST),
                    '*' => x.mul(&y, BITS, NEAREST),
                    '/' => x.div(&y, BITS, NEAREST),
                    '^' => x.pow(&y, BITS, NEAREST, constants),
                    _ => x.max(&y),
                }
            }
            Whole(inner, n) => {
                let power = inner.wide(constants, largest)?.powi(n.unsigned_abs() as usize, BITS, NEAREST);
                if *n < 0 { power.reciprocal(BITS, NEAREST) } else { power }
            }
        };
        if value.is_inf() {
            return None;
        }
        if !value.is_nan() {
            *largest = largest.clone().max(magnitude(&wide(&value)));
        }
        Some(value)
    }

    /// What the hardware and libm give for one operation on leaves, with its error in units of the last place.
    fn float(&self) -> (f64, u32) {
        let leaf = |f: &Formula| if let Leaf(x) = f { *x } else { f64::NAN };
        match self {
            Leaf(x) => (*x, 0),
            One(name, inner) => {
                let x = leaf(inner);
                match *name {
                    "sqrt" => (x.sqrt(), 0),
                    "exp" => (libm::exp(x), 1),
                    "ln" => (libm::log(x), 1),
                    "floor" => (x.floor(), 0),
                    "ceil" => (x.ceil(), 0),
                    "abs" => (x.abs(), 0),
                    _ => (-x, 0),
                }
            }
            Two(operator, left, right) => {
                let (x, y) = (leaf(left), leaf(right));
                match operator {
                    '+' => (x + y, 0),
                    '-' => (x - y, 0),
                    '*' => (x * y, 0),
                    '/' => (x / y, 0),
                    '^' => (libm::pow(x, y), 1),
                    _ => (x.max(y), 0),
                }
            }
            Whole(inner, n) => (libm::pow(leaf(inner), f64::from(*n)), 1),
        }
    }

    fn check(&self) -> Result<Option<Interval>, String> {
        let Ok(interval) = self.interval() else { return Ok(None) };
        if !within_reach(&interval) {
            return Ok(None);
        }
        let mut largest = RBig::ONE;
        let Some(value) = self.wide(&mut Consts::new().unwrap(), &mut largest) else { return Ok(None) };
        if value.is_nan() {
            return Err(format!("{self:?} has the value {interval:?}, but none at {BITS} bits"));
        }
        holds(&interval, &wide(&value), &(largest * two(TRUSTED))).map_err(|e| format!("{self:?}: {e}"))?;
        Ok(Some(interval))
    }
}

/// Whether the value is one that exact rationals of reasonable size can be compared with.
fn within_reach(interval: &Interval) -> bool {
    let (size, zero) = (interval.abs(), Interval::from_integer(0));
    let large = Interval::from_rational(&two(20_000));
    let small = Interval::from_rational(&two(-20_000));
    size.certainly_lt(&large) && (*interval == zero || !size.certainly_lt(&small))
}

fn leaf() -> impl Strategy<Value = f64> {
    let half = |n: i32| f64::from(n) / 2.0;
    prop_oneof![-40.0..40.0, (-60_i32..60).prop_map(half), -1e-3..1e-3, Just(0.0), 1e-12..1e12, -1e15..-1.0]
}

fn formula() -> impl Strategy<Value = Formula> {
    leaf().prop_map(Leaf).prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (proptest::sample::select(&UNARY), inner.clone()).prop_map(|(name, x)| One(name, Box::new(x))),
            (proptest::sample::select(&BINARY), inner.clone(), inner.clone()).prop_map(|(op, x, y)| Two(
                op,
                Box::new(x),
                Box::new(y)
            )),
            (inner, -6_i32..=9).prop_map(|(x, n)| Whole(Box::new(x), n)),
        ]
    })
}

proptest! {
    #![proptest_config(config(800))]

    /// An end rounded the wrong way, a wrong corner of a product or quotient, a wrong sign of an even power.
    #[test]
    fn one_operation(x in leaf(), y in leaf(), n in -6_i32..=9) {
        let unary = UNARY.map(|name| One(name, Box::new(Leaf(x))));
        let binary = BINARY.map(|op| Two(op, Box::new(Leaf(x)), Box::new(Leaf(y))));
        for formula in unary.into_iter().chain(binary).chain([Whole(Box::new(Leaf(x)), n)]) {
            let Some(interval) = formula.check().map_err(TestCaseError::fail)? else { continue };
            // What leaves the range is bounded on one side only.
            let tiny = interval.abs().certainly_le(&Interval::from_rational(&two(-16_000)));
            prop_assert!(tiny || narrow(&interval, -100), "{formula:?} is wide: {interval:?}");
            let (mut low, mut high) = (interval.lower_f64(), interval.upper_f64());
            let (float, units) = formula.float();
            for _ in 0..units {
                (low, high) = (low.next_down(), high.next_up());
            }
            prop_assert!(low <= float && float <= high, "{formula:?}: {float} is not in [{low}, {high}]");
        }
    }

    /// An operation that looks at the ends only where the extreme lies inside, or in another corner.
    #[test]
    fn wide_intervals(a in leaf(), b in leaf(), c in leaf(), d in leaf(), s in 0.0..1.0, t in 0.0..1.0, n in -5_i32..=6) {
        let (x, y) = (exactly(a).min(exactly(b)), exactly(c).min(exactly(d)));
        let (u, v) = (exactly(a).max(exactly(b)), exactly(c).max(exactly(d)));
        let hull = |p: f64, q: f64| Interval::from_f64(p).unwrap().hull(&Interval::from_f64(q).unwrap());
        let (first, second) = (hull(a, b), hull(c, d));
        // Points inside.
        let (p, q) = (&x + exactly(s) * (u - &x), &y + exactly(t) * (v - &y));
        let zero = RBig::ZERO;
        for (interval, value) in [
            (first.add(&second), &p + &q),
            (first.sub(&second), &p - &q),
            (first.mul(&second), &p * &q),
            (first.max(&second), p.clone().max(q.clone())),
            (first.abs(), magnitude(&p)),
            (first.floor(), RBig::from(p.clone().floor())),
            (first.ceil(), RBig::from(p.clone().ceil())),
        ] {
            holds(&interval, &value, &zero).map_err(TestCaseError::fail)?;
        }
        if let Ok(quotient) = first.div(&second) {
            holds(&quotient, &(&p / &q), &zero).map_err(TestCaseError::fail)?;
        }
        if let Ok(power) = first.pow(&Interval::from_integer(n)) {
            holds(&power, &p.pow(n as isize), &zero).map_err(TestCaseError::fail)?;
        }
    }

    /// An interval comparison that claims what exact arithmetic denies, or that is not decided on points.
    #[test]
    fn comparisons(a in -30_i64..30, b in 1_u64..30, c in -30_i64..30, d in 1_u64..30) {
        let (p, q) = (RBig::from_parts(a.into(), b.into()), RBig::from_parts(c.into(), d.into()));
        let (x, y) = (Interval::from_rational(&p), Interval::from_rational(&q));
        prop_assert!(!x.certainly_lt(&y) || p < q);
        prop_assert!(!x.certainly_le(&y) || p <= q);
        prop_assert_eq!(x.certainly_lt(&y), p < q);
        prop_assert!(x.contains(&x) && x.hull(&y).contains(&x) && x.hull(&y).contains(&y));
    }

    /// Numerators and denominators longer than the precision: a quotient of truncated ends is a wrong one.
    #[test]
    fn rationals_longer_than_the_precision(a in any::<[u64; 6]>(), b in any::<[u64; 5]>(), m in 0_usize..6, n in 0_usize..5) {
        let number = |words: &[u64]| words.iter().fold(IBig::ZERO, |all, &w| (all << 64) + IBig::from(w));
        let (a, b) = (number(&a[m..]), number(&b[n..]) + IBig::ONE);
        let quotient = RBig::from(a.clone()) / RBig::from(b);
        for value in [quotient.clone(), -quotient, RBig::from(a.clone())] {
            let interval = Interval::from_rational(&value);
            holds(&interval, &value, &RBig::ZERO).map_err(TestCaseError::fail)?;
            prop_assert!(narrow(&interval, -126));
        }
        holds(&Interval::from_integer(a.clone()), &RBig::from(a), &RBig::ZERO).map_err(TestCaseError::fail)?;
    }

    /// An f64 rounded inward, which would print an enclosure that is none.
    #[test]
    fn conversions_round_outward(mantissa in any::<i64>(), scale in -1200_i64..1100) {
        let value = RBig::from(mantissa) / RBig::from(7) * two(scale);
        let interval = Interval::from_rational(&value);
        let (low, high) = (interval.lower_f64(), interval.upper_f64());
        prop_assert!(low == f64::NEG_INFINITY || exactly(low) <= value);
        prop_assert!(high == f64::INFINITY || exactly(high) >= value);
        prop_assert!(low.is_infinite() || high.is_infinite() || low.next_up() >= high, "{low} {high}");
    }
}

/// A value lost where intervals are wide, straddle zero or feed one another; half of the formulas must have a value.
#[test]
fn compound_formulas() {
    let values = Cell::new(0_u32);
    let compared = |formula: Formula| {
        let found = formula.check().map_err(TestCaseError::fail)?;
        values.set(values.get() + u32::from(found.is_some() && !matches!(formula, Leaf(_))));
        Ok(())
    };
    TestRunner::new(config(3000)).run(&formula(), compared).unwrap();
    assert!(values.get() >= 1500, "only {} formulas had a value", values.get());
}

/// Values next to 1 and to a representable number: a result rounded to nearest loses the part below its last bit.
#[test]
fn the_last_bit_is_rounded_outward() {
    let one = Interval::from_integer(1);
    for k in [1, 64, 127, 128, 129, 150, 200, 299, 300, 301, 1000, 4000] {
        let tiny = Interval::from_rational(&two(-k));
        let (up, down) = (tiny.exp(), tiny.neg().exp());
        for (interval, above) in [(one.add(&tiny), true), (up, true), (one.sub(&tiny), false), (down, false)] {
            let (low, high) = ends(&interval);
            assert!(if above { RBig::ONE < high } else { low < RBig::ONE }, "2^-{k}");
            assert!(narrow(&interval, -125), "2^-{k}");
        }
        let root = one.add(&tiny).sqrt().unwrap();
        assert!(ends(&root).1 > RBig::ONE && narrow(&root, -125));
    }
}

/// Exponents beyond every range: shifting a number by its exponent exhausted memory, and the least i64 has no magnitude.
#[test]
fn extreme_exponents_end_without_panic() {
    let million = Interval::from_integer(1_000_000);
    let big = Interval::from_integer(2).pow(&million).unwrap().pow(&million).unwrap();
    let bigger = big.pow(&million).unwrap().pow(&Interval::from_integer(9)).unwrap();
    let line = bigger.mul(&bigger);
    let one = Interval::from_integer(1);
    for x in [big.clone(), bigger, one.div(&big).unwrap(), line.clone()] {
        for y in [x.clone(), x.neg(), one.div(&x).unwrap_or(one.clone())] {
            let size = y.abs();
            let _ = (y.exp(), y.ln(), y.sqrt(), y.floor(), y.ceil(), y.pow(&x), x.pow(&y), y.div(&x));
            assert!(size.sub(&size).contains(&Interval::from_integer(0)));
            assert!(y.lower_f64() <= y.upper_f64() && y.enclosure().iter().all(|end| !end.contains("NaN")));
            assert!(y.certainly_le(&size) || !size.certainly_lt(&y));
        }
    }
    assert!(one.div(&big).unwrap().exp().contains(&one));
    // The whole line proves nothing.
    assert!(!line.certainly_le(&big) && !big.certainly_le(&line) && !line.certainly_lt(&big.neg()));
    assert_eq!(line.integer(), None);
    for exponent in [i64::MIN, i64::MIN + 1, i64::MAX, 1 << 21] {
        let refused = Interval::from_integer(2).pow(&Interval::from_integer(exponent));
        assert_eq!(refused, undefined("argument of power out of range"), "{exponent}");
    }
}

fn undefined(found: &str) -> Result<Interval, Refusal> {
    Err(Refusal::new("undefined", found))
}

/// A function answered outside its domain.
#[test]
fn outside_the_domain_there_is_no_value() {
    let at = |x: f64| Interval::from_f64(x).unwrap();
    let across = at(-1.0).hull(&at(2.0));
    assert_eq!(at(1.0).div(&across), undefined("division by an interval that contains 0"));
    assert_eq!(at(1.0).div(&at(0.0)), undefined("division by an interval that contains 0"));
    assert_eq!(across.sqrt(), undefined("square root of an interval that reaches below 0"));
    assert_eq!(across.ln(), undefined("logarithm of an interval that reaches down to 0"));
    assert_eq!(at(0.0).ln(), undefined("logarithm of an interval that reaches down to 0"));
    assert_eq!(across.pow(&at(0.5)), undefined("logarithm of an interval that reaches down to 0"));
    assert_eq!(across.pow(&at(-2.0)), undefined("division by an interval that contains 0"));
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Interval::from_f64(x), undefined("not a finite number"));
    }
    assert_eq!(at(0.0).sqrt(), Ok(at(0.0)));
    assert_eq!(at(0.0).pow(&at(0.0)), Ok(at(1.0)));
    assert_eq!(across.pow(&at(2.0)).unwrap().lower_f64(), 0.0);
    // Zero has one sign, in every text.
    assert_eq!(at(-0.0).floor().enclosure(), ["0", "0"]);
    assert_eq!(at(-0.0), at(0.0));
}
