//! Decimal numbers as text: every number has one spelling, is read exactly, and is written rounded to the side that is asked for.

use dashu_base::BitTest;
use dashu_int::IBig;
use dashu_ratio::RBig;

/// The first digit of a numeral stands at 10^e with |e| up to this, so that no numeral exhausts anything.
const MAX_MAGNITUDE: usize = 5_000;
/// Digits of a numeral.
const MAX_DIGITS: usize = 2_000;
/// Numbers whose last digit stands at 10^e with e in this range are written without an exponent.
pub const PLAIN_EXPONENTS: std::ops::RangeInclusive<i64> = -24..=20;
/// Significant digits of a recorded end.
pub(super) const RECORDED_DIGITS: usize = 17;
/// Whole numbers of up to so many bits are written out, as counts are.
const WHOLE_BITS: usize = 64;

/// The exact value of a numeral such as `12`, `0.05` or `3e41`; `None` for any other spelling of a number.
pub fn numeral(text: &str) -> Option<RBig> {
    let (digits, exponent) = parts(text)?;
    Some(scaled(digits.parse().ok()?, 10, exponent))
}

/// The digits of a numeral, and where the last of them stands; nothing is computed.
pub(super) fn parts(text: &str) -> Option<(String, isize)> {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (digits, exponent) = (format!("{whole}{fraction}"), power.parse::<isize>().ok()?);
    let exponent = exponent.saturating_sub_unsigned(fraction.len());
    let number = digits.trim_start_matches('0');
    let first = exponent.saturating_add_unsigned(number.len());
    let short = digits.len() <= MAX_DIGITS && first.saturating_sub(1).unsigned_abs() <= MAX_MAGNITUDE;
    let numeric = short && digits.bytes().all(|b| b.is_ascii_digit());
    (numeric && spelled(number, exponent) == text).then_some((digits, exponent))
}

/// A whole number times a power of a small base; the exponents are those of numerals and of interval ends.
pub(super) fn scaled(number: IBig, base: u8, exponent: isize) -> RBig {
    RBig::from(number) * RBig::from(base).pow(exponent)
}

/// The numeral of at most `digits` digits that is nearest to the value on one side, with a minus where it is negative; whole
/// numbers of up to 64 bits have all their digits.
/// Guarantee: `value <= text` if `up`, else `text <= value`; they differ by less than a unit of the last of the digits.
pub(super) fn rounded(value: &RBig, digits: usize, up: bool) -> String {
    let bits = value.numerator().bit_len();
    if value.is_int() && bits <= WHOLE_BITS {
        return spelled(&value.to_string(), 0);
    }
    // log10(2) is 0.30103: a place that is at most four too low for the last digit, whose own is found by trying.
    let magnitude = 0_isize.saturating_add_unsigned(bits).saturating_sub_unsigned(value.denominator().bit_len());
    let mut place = (magnitude.saturating_mul(30_103) / 100_000).saturating_sub_unsigned(digits).saturating_sub(1);
    loop {
        let scaled = value * scaled(IBig::ONE, 10, place.saturating_neg());
        let text = if up { scaled.ceil() } else { scaled.floor() }.to_string();
        if text.trim_start_matches('-').len() <= digits.max(1) {
            return spelled(&text, place);
        }
        place = place.saturating_add(1);
    }
}

/// The one spelling of a whole number, without needless zeros before it, times a power of ten.
fn spelled(number: &str, exponent: isize) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let kept = digits.trim_end_matches('0');
    let exponent = exponent.saturating_add_unsigned(digits.len()).saturating_sub_unsigned(kept.len());
    let places = exponent.unsigned_abs();
    match (kept.is_empty(), PLAIN_EXPONENTS.contains(&(exponent as i64)), exponent < 0) {
        (true, ..) => "0".into(),
        (_, false, _) => format!("{sign}{kept}e{exponent}"),
        (_, _, false) => format!("{sign}{kept}{}", "0".repeat(places)),
        (_, _, true) => {
            let padded = format!("{kept:0>width$}", width = places.saturating_add(1));
            let (whole, fraction) = padded.split_at(padded.len().saturating_sub(places));
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// An exact value as a certificate records it: next to it on either side, and itself where it is short.
pub(super) fn enclosure(value: &RBig) -> [String; 2] {
    [false, true].map(|up| rounded(value, RECORDED_DIGITS, up))
}
