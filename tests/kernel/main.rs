//! The trusted kernel against independent arithmetic: 256-bit and wider floats of another library, and exact rationals.
//!
//! Nothing here is random but the inputs, whose seed is fixed: the false-alarm budget of this suite is zero.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]
#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]

mod arithmetic;
mod checker;
mod decimal;
mod language;
mod limits;
mod rules;
mod special;
mod support;
mod theory;

use astro_float::{BigFloat, Sign};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use proptest::test_runner::{Config, RngSeed};
use provably::certificate::interval::Interval;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() }
}

/// 2 to a power.
fn two(power: i64) -> RBig {
    let size = UBig::ONE << usize::try_from(power.unsigned_abs()).unwrap();
    if power < 0 { RBig::from_parts(IBig::ONE, size) } else { RBig::from(size) }
}

fn magnitude(x: &RBig) -> RBig {
    if *x < RBig::ZERO { -x.clone() } else { x.clone() }
}

/// Exactly the number an f64 is.
fn exactly(x: f64) -> RBig {
    RBig::try_from(x).unwrap()
}

/// Exactly the number that an interval which is a point is. Differences have a guard bit, so an end may have 129 bits: it is
/// taken apart into 128 bits and the rest, and each is scaled by powers of two until it is an integer.
fn point(end: &Interval) -> RBig {
    let (zero, one) = (Interval::from_integer(0), Interval::from_integer(1));
    let most = end.mul(&one).lower_end();
    let rest = end.sub(&most);
    let (step, large) = (Interval::from_rational(&two(1024)), Interval::from_rational(&two(4000)));
    let (mut scaled, mut shift) = (most, 0);
    let most = loop {
        if let Some(integer) = scaled.integer() {
            break RBig::from(integer) * two(-shift);
        }
        let down = !scaled.abs().certainly_lt(&large);
        scaled = if down { scaled.div(&step).unwrap() } else { scaled.mul(&step) };
        shift += if down { -1024 } else { 1024 };
        assert!(shift.abs() < 100_000, "not a finite point: {end:?}");
    };
    if rest == zero { most } else { most + point(&rest) }
}

fn ends(interval: &Interval) -> (RBig, RBig) {
    (point(&interval.lower_end()), point(&interval.upper_end()))
}

/// Exactly the number a finite float of the other library is.
fn wide(x: &BigFloat) -> RBig {
    let (words, _, sign, exponent, _) = x.as_raw_parts().unwrap();
    let mantissa = words.iter().rev().fold(UBig::ZERO, |all, &word| (all << 64) + UBig::from(word));
    let value = RBig::from(mantissa) * two(i64::from(exponent) - 64 * i64::try_from(words.len()).unwrap());
    if sign == Sign::Neg { -value } else { value }
}

/// Whether the interval contains the number that is within `error` of `near`, as far as that is known.
fn holds(interval: &Interval, near: &RBig, error: &RBig) -> Result<(), String> {
    let (low, high) = ends(interval);
    if &low - error <= *near && *near <= &high + error {
        Ok(())
    } else {
        Err(format!("{near} is not in [{low}, {high}]"))
    }
}

/// Whether the interval's width is at most 2^`power` of its largest magnitude.
fn narrow(interval: &Interval, power: i64) -> bool {
    let (low, high) = ends(interval);
    let size = magnitude(&low).max(magnitude(&high));
    high - low <= size * two(power)
}

/// The helpers themselves: a wrong conversion would let every comparison pass or none.
#[test]
fn conversions_are_exact() {
    for x in [0.0, 1.0, -0.1, -1.5e300, 1e-200, f64::MAX] {
        let (low, high) = ends(&Interval::from_f64(x).unwrap());
        assert!(low == exactly(x) && high == exactly(x) && wide(&BigFloat::from_f64(x, 128)) == exactly(x), "{x}");
    }
    let third = RBig::from_parts(1.into(), 3u8.into());
    let interval = Interval::from_rational(&third);
    assert!(holds(&interval, &third, &RBig::ZERO).is_ok());
    assert!(holds(&interval, &(&third + two(-120)), &RBig::ZERO).is_err());
    assert!(narrow(&interval, -126) && !narrow(&interval, -130));
}
