//! Decimals as they are written: rounded in the direction that weakens what is said of them.

/// `value` rounded to `digits` significant decimals, up or down; what is written is the decimal itself.
#[must_use]
pub fn rounded(value: f64, digits: usize, up: bool) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let magnitude = value.abs().log10().floor() as i32;
    let places = digits as i32 - 1 - magnitude;
    let nudge = if up { 1.0 } else { -1.0 };
    let text = |offset: f64| {
        let unit = 10f64.powi(-places);
        format!("{:.*e}", digits - 1, value + offset * unit)
    };
    let candidates = [text(0.0), text(nudge * 0.5), text(nudge)];
    let fits = |x: &f64| if up { *x >= value } else { *x <= value };
    candidates.iter().filter_map(|t| t.parse::<f64>().ok()).find(fits).unwrap_or(value)
}

/// What "at most" is said of: six significant digits, not below `value`.
///
/// # Guarantee
/// The decimal that is written is at least `value`·(1 − 2⁻⁵⁰): the nearest f64 of a decimal, and its neighbours, are written as
/// that decimal.
#[must_use]
pub fn rounded_up(value: f64) -> String {
    if value.is_finite() { plain(rounded(value - value.abs() * LAST_BITS, DIGITS, true)) } else { plain(value) }
}

/// What "at least" is said of: six significant digits, not above `value`.
///
/// # Guarantee
/// The decimal that is written is at most `value`·(1 + 2⁻⁵⁰), as in [`rounded_up`].
#[must_use]
pub fn rounded_down(value: f64) -> String {
    if value.is_finite() { plain(rounded(value + value.abs() * LAST_BITS, DIGITS, false)) } else { plain(value) }
}

/// A number that bounds nothing, to the nearest of twelve significant digits.
#[must_use]
pub fn near(value: f64) -> String {
    plain(format!("{value:.11e}").parse().unwrap_or(value))
}

/// Six significant digits; the largest f64 stands for a limit that only asks for a finite value.
#[must_use]
pub fn short(x: f64) -> String {
    if x == f64::INFINITY {
        return "beyond 1e308".into();
    }
    if x >= f64::MAX {
        return "finite".into();
    }
    if x == 0.0 || (x.abs() >= 1e-4 && x.abs() < 1e9) {
        let digits = 6 - (x.abs().max(1e-300).log10().floor() as i64 + 1);
        let text = format!("{x:.*}", digits.clamp(0, 10) as usize);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
    } else {
        format!("{x:.4e}")
    }
}

/// Both sides of a comparison: in full where six digits would make different numbers look the same.
#[must_use]
pub fn sides(left: f64, right: f64) -> (String, String) {
    let (a, b) = (short(left), short(right));
    if a == b && left.total_cmp(&right).is_ne() { (plain(left), plain(right)) } else { (a, b) }
}

/// Significant digits of a bound.
pub const DIGITS: usize = 6;
/// What the f64 of a decimal may be off by, relative: 2⁻⁵⁰.
const LAST_BITS: f64 = 1.0 / (1_u64 << 50) as f64;

/// 1 − `share`, of which "at least" is said: exactly, where twelve places will do, else rounded down.
///
/// # Guarantee
/// For a share in [0, 1], the decimal that is written is at most 1 minus the shortest decimal that reads back as the share.
#[must_use]
pub fn complement(share: f64) -> String {
    const UNIT: u64 = 1_000_000_000_000;
    // The shortest decimal in whole parts of 10⁻¹², rounded up by its digits: the difference from 1 of two f64 is not exact.
    let text = format!("{share}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(12).collect();
    let parts = digits.parse::<u64>().unwrap_or(UNIT) + u64::from(fraction.len() > 12);
    if whole != "0" || parts > UNIT {
        return "0".into();
    }
    match UNIT - parts {
        UNIT => "1".into(),
        rest => format!("0.{rest:012}").trim_end_matches('0').trim_end_matches('.').into(),
    }
}

/// The shortest decimal that reads back as this number, with an exponent where it would be long.
#[must_use]
pub fn plain(value: f64) -> String {
    if value == 0.0 || (1e-5..1e9).contains(&value.abs()) { format!("{value}") } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_outward() {
        let up =
            [(1e-8, "1e-8"), (0.1, "0.1"), (0.100_000_04, "0.100001"), (0.999_999_96, "1"), (1.0 / 3.0, "0.333334")];
        for (value, text) in up {
            assert_eq!(rounded_up(value), text);
        }
        // 0.3 is no f64, and its enclosure is as wide as an f64 is fine.
        assert_eq!((rounded_up(0.3_f64.next_up()), rounded_down(0.3_f64.next_down())), ("0.3".into(), "0.3".into()));
        assert_eq!((near(0.08_f64.next_down()), near(1.0 / 3.0)), ("0.08".into(), "0.333333333333".into()));
        let down = [(1e-8, "1e-8"), (0.1, "0.1"), (0.099_999_96, "0.0999999"), (2.0 / 3.0, "0.666666"), (0.0, "0")];
        for (value, text) in down {
            assert_eq!(rounded_down(value), text);
        }
        // Neighbours of every digit count, and both directions.
        let mut x = 1e-12;
        while x < 1e12 {
            let (low, high) =
                (rounded_down(x).parse::<f64>().unwrap_or(f64::NAN), rounded_up(x).parse().unwrap_or(f64::NAN));
            let slack = x * LAST_BITS;
            assert!(low <= x + slack && x - slack <= high && high - low <= 2e-5 * x, "{low} {x} {high}");
            x *= 1.037;
        }
        assert_eq!((rounded_up(f64::INFINITY), rounded_down(-0.15)), ("inf".into(), "-0.15".into()));
    }

    #[test]
    fn complements_are_never_above() {
        for (share, text) in [
            (0.1, "0.9"),
            (0.9, "0.1"),
            (0.05, "0.95"),
            (1e-9, "0.999999999"),
            (0.0, "1"),
            (1.0, "0"),
            (1e-13, "0.999999999999"),
        ] {
            assert_eq!(complement(share), text);
        }
        assert_eq!(complement(0.123_456_789_012_34), "0.876543210987");
        assert_eq!(complement(1.5), "0");
    }
}
