//! Recorded ends as decimals: read as exact numbers they enclose, and are no wider than they must be.

use crate::{config, ends, exactly, holds, magnitude, two};
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use proptest::prelude::*;
use provably::certificate::expression::numeral;
use provably::certificate::interval::Interval;

/// The number a recorded end is, whose magnitude must be spelt as the language spells it.
fn read(text: &str) -> RBig {
    let (negative, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
    let value = numeral(size).unwrap_or_else(|| panic!("`{text}` is no numeral"));
    assert!(!negative || value != RBig::ZERO, "`{text}`: zero has one spelling");
    if negative { -value } else { value }
}

/// Whether a text is next to a number on the side it should be, within a unit of the last of so many digits.
fn next_to(value: &RBig, text: &str, digits: isize, up: bool) -> Result<(), String> {
    let found = read(text);
    let gap = if up { &found - value } else { value - &found };
    let ten = RBig::from(10);
    if gap < RBig::ZERO {
        return Err(format!("`{text}` is on the wrong side of {value}"));
    }
    if gap * ten.pow(digits - 1) > magnitude(value).max(magnitude(&found)) {
        return Err(format!("`{text}` is too far from {value}"));
    }
    let count = text.split('e').next().unwrap_or_default().trim_start_matches(['-', '0', '.']).replace('.', "").len();
    let whole = value.is_int() && magnitude(value) < two(64);
    if whole || count.cast_signed() <= digits || found.is_int() {
        Ok(())
    } else {
        Err(format!("`{text}` has {count} digits"))
    }
}

fn between(low: &RBig, high: &RBig) -> Interval {
    Interval::from_rational(low).hull(&Interval::from_rational(high))
}

/// A number of any size and sign, as a fraction that no decimal and no float is.
fn number() -> impl Strategy<Value = RBig> {
    let scale = prop_oneof![-60_i64..60, -1100_i64..1100, -16_000_i64..16_000, Just(0_i64)];
    let divisor = prop_oneof![Just(1_u8), Just(7_u8), Just(10_u8)];
    (any::<i64>(), divisor, scale).prop_map(|(m, d, e)| RBig::from(m) / RBig::from(d) * two(e))
}

proptest! {
    #![proptest_config(config(3000))]

    /// An end rounded inward or to nearest, a digit too many or too few, a misplaced point, a sign lost.
    #[test]
    fn recorded_ends_enclose(a in number(), b in number(), digits in 1_usize..=20) {
        for interval in [between(&a, &a), between((&a).min(&b), (&a).max(&b)), between(&-&a, &-&a), between(&-magnitude(&a), &magnitude(&b))] {
            let (low, high) = ends(&interval);
            let [below, above] = interval.enclosure();
            next_to(&low, &below, 17, false).map_err(TestCaseError::fail)?;
            next_to(&high, &above, 17, true).map_err(TestCaseError::fail)?;
            next_to(&low, &interval.lower_decimal(digits), digits.cast_signed(), false).map_err(TestCaseError::fail)?;
            next_to(&high, &interval.upper_decimal(digits), digits.cast_signed(), true).map_err(TestCaseError::fail)?;
        }
    }

    /// A number of 17 digits or fewer that is written as its neighbour.
    #[test]
    fn short_numbers_stay(m in 0_u64..100_000_000_000_000_000, exponent in 0_usize..17, negative: bool) {
        let value = RBig::from_parts(if negative { -IBig::from(m) } else { m.into() }, UBig::ONE << exponent);
        let interval = Interval::from_rational(&value);
        if (value.clone() * RBig::from(10).pow(17)).to_string().trim_start_matches('-').trim_end_matches('0').len() <= 17 {
            prop_assert_eq!(interval.enclosure().map(|end| read(&end)), [value.clone(), value]);
        }
    }
}

/// The enclosures of the second hostile reading, which did not enclose; whole numbers, and those that are no decimals.
#[test]
fn examples() {
    let whole = |n: u64| Interval::from_integer(n);
    let [low, high] = whole(11).sqrt().unwrap().enclosure();
    assert_eq!([low.as_str(), high.as_str()], ["3.3166247903553998", "3.3166247903553999"]);
    assert!(read(&low).pow(2) < RBig::from(11) && RBig::from(11) < read(&high).pow(2));
    let [low, high] = Interval::from_rational(&numeral("29.798849299").unwrap()).ln().unwrap().enclosure();
    assert_eq!([low.as_str(), high.as_str()], ["3.3944697786382973", "3.3944697786382974"]);
    for n in [0, 1, 10, 21_319_427, 123_456_789_012_345_678, u64::MAX, 10_u64.pow(19)] {
        assert_eq!(whole(n).enclosure(), [n.to_string(), n.to_string()]);
        assert_eq!([whole(n).lower_decimal(1), whole(n).lower_decimal(0)], [n.to_string(), n.to_string()]);
    }
    assert_eq!(whole(7).neg().enclosure(), ["-7", "-7"]);
    assert_eq!(Interval::from_f64(-0.375).unwrap().enclosure(), ["-0.375", "-0.375"]);
    // 2^70 has 22 digits, 10^24 one.
    assert_eq!(Interval::from_rational(&two(70)).enclosure(), ["1180591620717411300000", "1180591620717411400000"]);
    assert_eq!(Interval::from_rational(&numeral("1e24").unwrap()).enclosure(), ["1e24", "1e24"]);
    let third = Interval::from_integer(1).div(&whole(3)).unwrap();
    assert_eq!(third.enclosure(), ["0.33333333333333333", "0.33333333333333334"]);
    assert_eq!([third.lower_decimal(3), third.upper_decimal(3)], ["0.333", "0.334"]);
    // No number has no digits.
    assert_eq!([third.lower_decimal(0), third.upper_decimal(0)], ["0.3", "0.4"]);
    assert_eq!([third.neg().lower_decimal(1), third.neg().upper_decimal(1)], ["-0.4", "-0.3"]);
    let nearly = whole(1).sub(&Interval::from_rational(&two(-60)));
    assert_eq!([nearly.lower_decimal(6), nearly.upper_decimal(6)], ["0.999999", "1"]);
}

/// Beyond f64 the texts are of the same kind; an end that has no number says so.
#[test]
fn beyond_f64() {
    let two = Interval::from_integer(2);
    let power = |n: i64| two.pow(&Interval::from_integer(n)).unwrap();
    assert_eq!(power(2000).enclosure(), ["11481306952742545e586", "11481306952742546e586"]);
    assert_eq!(power(-2000).enclosure(), ["87098098162172166e-619", "87098098162172167e-619"]);
    let (far, near) = (power(1 << 20), power(-(1 << 20)));
    assert_eq!(far.enclosure(), [power(16_600).lower_decimal(17), "inf".into()]);
    assert_eq!(far.neg().enclosure(), ["-inf".into(), power(16_600).neg().upper_decimal(17)]);
    assert_eq!(near.enclosure(), ["0".into(), power(-16_600).upper_decimal(17)]);
    assert_eq!(near.neg().enclosure(), [power(-16_600).neg().lower_decimal(17), "0".into()]);
    for x in [power(16_600), power(-16_600), power(16_599), power(-16_599)] {
        assert!(holds(&x, &read(&x.enclosure()[0]), &(ends(&x).0 * exactly(1e-16))).is_ok());
    }
}
