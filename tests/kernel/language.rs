//! The term language: one text a term, and no input that exhausts anything.

use crate::config;
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;
use proptest::prelude::*;
use provably::certificate::budget::Budget;
use provably::certificate::claim::Claim;
use provably::certificate::expression::{Meaning, Term, numeral};
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Checked;
use std::collections::BTreeMap;

/// Symbols by their definitions.
#[derive(Default)]
pub(crate) struct Symbols(BTreeMap<String, Term>, Budget);

impl Meaning for Symbols {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.0.get(name)?.evaluate(self).ok()
    }
    fn exact(&self, name: &str) -> Option<RBig> {
        self.0.get(name)?.exact(self)
    }
    fn data(&self, _: &str, _: &[Interval]) -> Checked<Option<Interval>> {
        Ok(None)
    }
    fn budget(&self) -> &Budget {
        &self.1
    }
}

fn power_of_ten(exponent: i64) -> RBig {
    let size = UBig::from(10_u8).pow(usize::try_from(exponent.unsigned_abs()).unwrap());
    if exponent < 0 { RBig::from_parts(IBig::ONE, size) } else { RBig::from(size) }
}

/// The spelling of mantissa · 10^exponent, by the rule: no needless zeros, plain from 10⁻²⁴ to 10²⁰, else a whole mantissa.
fn spelling(mantissa: u64, mut exponent: i64) -> String {
    if mantissa == 0 {
        return "0".into();
    }
    let digits = mantissa.to_string();
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let digits = digits.trim_end_matches('0');
    exponent += i64::try_from(zeros).unwrap();
    match exponent {
        0..=20 => format!("{digits}{}", "0".repeat(usize::try_from(exponent).unwrap())),
        -24..=-1 => {
            let places = usize::try_from(-exponent).unwrap();
            let padded = format!("{}{digits}", "0".repeat((places + 1).saturating_sub(digits.len())));
            let (whole, fraction) = padded.split_at(padded.len() - places);
            format!("{whole}.{fraction}")
        }
        _ => format!("{digits}e{exponent}"),
    }
}

/// Two texts for one number are two certificates for one statement.
#[test]
fn a_number_has_one_spelling() {
    for text in ["0", "1", "12", "100", "0.5", "0.05", "10.25", "1e21", "12e300", "1e-25", "7e-5000", "3e5000"] {
        assert!(numeral(text).is_some(), "{text}");
        assert_eq!(Term::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "",
        ".",
        "01",
        "00",
        "00.5",
        "1.0",
        "1.50",
        "1.",
        ".5",
        "0.0",
        "1e1",
        "1e0",
        "1e20",
        "1e-1",
        "1e-24",
        "1E30",
        "1e+30",
        "1e030",
        "1e-030",
        "1e",
        "1e-",
        "e5",
        "10e30",
        "1.5e30",
        "0e30",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1_000",
        "1,000",
        "0x10",
        "1e5001",
        "1e-5001",
        "1e99999999999999999999",
        "1e9223372036854775807",
        "1e-9223372036854775808",
        "0.1e-9223372036854775808",
        "1.2.3",
        "1e2e3",
        "∞",
        "inf",
        "NaN",
        "١",
        "1000000000000000000000",
        "0.0000000000000000000000001",
    ] {
        assert!(numeral(text).is_none(), "{text}");
        assert!(!matches!(Term::parse(text), Ok(Term::Number(_))), "{text}");
    }
}

/// Numerals and terms that exhausted the stack, the memory or the patience of the kernel.
#[test]
fn extreme_texts_are_refused_without_panic() {
    let long = |n: usize| "7".repeat(n);
    assert!(numeral(&long(2000)).is_some() && numeral(&long(2001)).is_none() && numeral(&long(1_000_000)).is_none());
    let check = |text: String| Term::parse(&text).map_err(|refusal| refusal.check);
    for depth in [65, 100_000] {
        assert_eq!(check(format!("{}1{}", "(".repeat(depth), ")".repeat(depth))), Err("not-a-term"));
        assert_eq!(check(format!("{}1{}", "sqrt(".repeat(depth), ")".repeat(depth))), Err("not-a-term"));
    }
    assert!(Term::parse(&format!("{}1{}", "sqrt(".repeat(63), ")".repeat(63))).is_ok());
    // A chain is a tree as deep as it is long.
    for (operator, most) in [(" + ", 500), ("*", 500), (" - ", 500), ("/", 500)] {
        let chain = |n: usize| vec!["1"; n].join(operator);
        let term = Term::parse(&chain(most)).unwrap();
        assert!(term.evaluate(&Symbols::default()).is_ok() && term.exact(&Symbols::default()).is_some());
        assert_eq!(check(chain(most + 1)), Err("not-a-term"));
        assert_eq!(check(chain(1_000_000)), Err("not-a-term"));
    }
    assert!(Claim::parse(&format!("Pr[{}] <= 1", vec!["f(1)"; 501].join(" or "))).is_err());
    // Exact towers of powers: 2^(64^5) has a thousand million bits.
    for text in ["((((2^64)^64)^64)^64)^64", "((9^200)^200)^200", "2^100000", "(1/3^200)^200", "1e5000*1e5000"] {
        assert_eq!(Term::parse(text).unwrap().exact(&Symbols::default()), None, "{text}");
    }
    assert!(Term::parse("2^9223372036854775808").unwrap().evaluate(&Symbols::default()).is_err());
    assert!(Term::parse("2^(0 - 9223372036854775808)").unwrap().evaluate(&Symbols::default()).is_err());
}

/// Texts that are no terms or claims, and texts that are not the one a term prints.
#[test]
fn what_is_no_term_is_refused() {
    for text in [
        "", "1 +", "+ 1", "* 2", "sqrt(", "sqrt(1", "sqrt(1,)", "sqrt(,1)", "f(1,,2)", "1)", "(1", "()", "1 2", "a b",
        "2^3^4", "-", "a + -", "a^-b", "a<b", "a = b", "é", "_x", "x'", "1..2", "1 <= 2", "a b(", "2x",
    ] {
        assert_eq!(Term::parse(text).map_err(|r| r.check), Err("not-a-term"), "{text}");
    }
    for text in [
        "1+2",
        "1  + 2",
        " 1",
        "a *b",
        "(a)",
        "((a + b))",
        "a + (b + c)*1 ",
        "f( x)",
        "f(x,y)",
        "(a*b)*c",
        "(a + b) + c",
        "f()  ",
        "a ^2",
        "1e -30",
        "- x",
        "a*(-b)",
        "a + (-b)",
        "-(x^2)",
        "-(f(x))",
        "(-a)*b",
    ] {
        assert_eq!(Term::parse(text).map_err(|r| r.check), Err("not-canonical"), "{text}");
    }
    for text in [
        "1",
        "1 < ",
        "< 2",
        "1 < = 2",
        "1 > 2",
        "1 <= 2 <= 3",
        "Pr[] <= 1",
        "Pr[a <= 1",
        "Pr[a] < 1",
        "Pr[a or] <= 1",
        "Pr[not not a] <= 1",
        "Pr[a b] <= 1",
        "Pr[1] <= 1",
    ] {
        assert_eq!(Claim::parse(text).map_err(|r| r.check), Err("not-a-term"), "{text}");
    }
    for text in
        ["1<2", "1 <=2", "Pr[a]<=1", "Pr[ a] <= 1", "Pr[a or  b] <= 1", "Pr[a()] <= 1", "Pr[not  a] <= 1", "1 < 2 "]
    {
        assert_eq!(Claim::parse(text).map_err(|r| r.check), Err("not-canonical"), "{text}");
    }
    // Brackets that change the meaning stay, and tell the terms apart.
    for text in [
        "a - (b - c)",
        "a/(b*c)",
        "(a + b)*c",
        "(a^b)^c",
        "a^(b^c)",
        "(a*b)^2",
        "2^(a + b)",
        "a - b - c",
        "a/b*c",
        "(-x)^2",
        "-x^2",
        "-(a + b)",
        "-(a*b)",
        "a - -b",
        "--x",
    ] {
        assert_eq!(Term::parse(text).unwrap().to_string(), text);
    }
}

/// An unknown symbol or function taken for something, or a domain left without notice.
#[test]
fn what_has_no_value_is_refused_by_name() {
    let refused = |text: &str| Term::parse(text).unwrap().evaluate(&Symbols::default()).map_err(|r| (r.check, r.found));
    for (text, check, named) in [
        ("x", "unknown-symbol", "`x`"),
        ("1 + y*2", "unknown-symbol", "`y`"),
        ("sine(1)", "unknown-function", "`sine(1)`"),
        ("sqrt(1, 2)", "unknown-function", "`sqrt(1, 2)`"),
        ("sqrt()", "unknown-function", "`sqrt()`"),
        ("max(1)", "unknown-function", "`max(1)`"),
        ("support_margin()", "unknown-function", "`support_margin()`"),
        ("1/0", "undefined", "`1/0`"),
        ("1/(0.1 + 0.2 - 0.3)", "undefined", "contains 0"),
        ("ln(0)", "undefined", "`ln(0)`"),
        ("sqrt(0 - 1)", "undefined", "`sqrt(0 - 1)`"),
        ("(0 - 8)^0.5", "undefined", "logarithm"),
        ("binomial_cdf(1, 2.5, 0.5)", "undefined", "binomial_cdf"),
        ("binomial_cdf(1, 2, 1.5)", "undefined", "binomial_cdf"),
    ] {
        let (found, why) = refused(text).unwrap_err();
        assert!(found == check && why.contains(named), "{text}: {found}: {why}");
    }
    // The tail below a count far below 0 is 0; it was 1.
    let tail = Term::parse("binomial_cdf(0 - 1e30, 10, 0.5)").unwrap().evaluate(&Symbols::default()).unwrap();
    assert_eq!(tail, Interval::from_integer(0));
}

fn number() -> impl Strategy<Value = String> {
    let mantissa = prop_oneof![0_u64..20, any::<u32>().prop_map(u64::from), (0_u64..50).prop_map(|n| n * 1000)];
    (mantissa, -40_i64..40).prop_map(|(m, e)| spelling(m, e))
}

fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(&["a", "x_1", "B_x", "not", "or", "Pr", "e5", "T"][..]).prop_map(String::from)
}

fn term() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![number().prop_map(Term::Number), name().prop_map(Term::Symbol)];
    leaf.prop_recursive(6, 40, 3, |inner| {
        let operator = proptest::sample::select(&['+', '-', '*', '/', '^'][..]);
        prop_oneof![
            (operator, inner.clone(), inner.clone()).prop_map(|(o, l, r)| Term::Binary(o, Box::new(l), Box::new(r))),
            inner.clone().prop_map(|x| Term::Negative(Box::new(x))),
            (name(), proptest::collection::vec(inner, 0..3)).prop_map(|(n, a)| Term::Call(n, a)),
        ]
    })
}

/// Terms without symbols or roots, with small whole powers.
fn rational_term() -> impl Strategy<Value = Term> {
    let number = (0_u64..400, -3_i64..2).prop_map(|(m, e)| Term::Number(spelling(m, e)));
    number.prop_recursive(4, 20, 2, |inner| {
        let operator = proptest::sample::select(&['+', '-', '*', '/'][..]);
        prop_oneof![
            3 => (operator, inner.clone(), inner.clone()).prop_map(|(o, l, r)| Term::Binary(o, Box::new(l), Box::new(r))),
            1 => (inner.clone(), 0_u64..4).prop_map(|(x, n)| Term::Binary('^', Box::new(x), Box::new(Term::Number(n.to_string())))),
            1 => inner.clone().prop_map(|x| Term::Negative(Box::new(x))),
            1 => (inner.clone(), inner.clone()).prop_map(|(x, y)| Term::Call("max".into(), vec![x, y])),
            1 => (inner.clone(), inner).prop_map(|(x, y)| Term::Call("min".into(), vec![x, y])),
        ]
    })
}

/// The rational value, written down once more.
fn value(term: &Term) -> Option<RBig> {
    match term {
        Term::Number(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let digits: IBig = format!("{whole}{fraction}").parse().unwrap();
            Some(RBig::from(digits) * power_of_ten(-i64::try_from(fraction.len()).unwrap()))
        }
        Term::Binary('^', x, y) => {
            let Term::Number(n) = &**y else { return None };
            let x = value(x)?;
            Some((0..n.parse::<u32>().unwrap()).fold(RBig::ONE, |all, _| all * &x))
        }
        Term::Binary(operator, x, y) => {
            let (x, y) = (value(x)?, value(y)?);
            match operator {
                '+' => Some(x + y),
                '-' => Some(x - y),
                '*' => Some(x * y),
                _ if y == RBig::ZERO => None,
                _ => Some(x / y),
            }
        }
        Term::Negative(x) => value(x).map(|x| -x),
        Term::Call(name, arguments) => {
            let values = arguments.iter().map(value).collect::<Option<Vec<RBig>>>()?.into_iter();
            if name == "min" { values.min() } else { values.max() }
        }
        Term::Symbol(_) => None,
    }
}

proptest! {
    #![proptest_config(config(2000))]

    /// A bracket too few, a rule of precedence printed otherwise than read.
    #[test]
    fn terms_read_as_they_print(first in term(), second in term()) {
        prop_assert_eq!(Term::parse(&first.to_string()).unwrap(), first.clone());
        for claim in [Claim::AtMost(first.clone(), second.clone()), Claim::LessThan(second, first)] {
            prop_assert_eq!(Claim::parse(&claim.to_string()).unwrap(), claim);
        }
    }

    /// A digit, point or exponent misread; a second spelling of the same value.
    #[test]
    fn numerals_have_their_value(mantissa in any::<u64>(), exponent in -60_i64..60) {
        let text = spelling(mantissa, exponent);
        let exact = RBig::from(mantissa) * power_of_ten(exponent);
        prop_assert_eq!(numeral(&text), Some(exact), "{}", text);
        for other in [format!("0{text}"), format!("{text}0"), format!("{text}.0"), format!("{text}e0"), format!("+{text}")] {
            prop_assert!(numeral(&other).is_none_or(|found| Some(found) != numeral(&text)), "{}", other);
        }
    }

    /// `exact` and `evaluate` speak of different numbers, or `exact` of a wrong one.
    #[test]
    fn exact_values_are_exact(term in rational_term()) {
        let symbols = Symbols::default();
        let Some(expected) = value(&term) else { return Ok(()) };
        prop_assert_eq!(term.exact(&symbols), Some(expected.clone()), "{}", term);
        if let Ok(interval) = term.evaluate(&symbols) {
            prop_assert!(crate::holds(&interval, &expected, &RBig::ZERO).is_ok(), "{}", term);
        }
    }

    /// Junk that panics.
    #[test]
    fn junk_is_read_without_panic(text in "[0-9a-z.e+*/^()<=\\[\\], _or-]{0,40}", any in any::<String>()) {
        for text in [text, any] {
            if let Ok(term) = Term::parse(&text) {
                prop_assert_eq!(term.to_string(), text.clone());
                let _ = (term.evaluate(&Symbols::default()), term.exact(&Symbols::default()));
            }
            if let Ok(claim) = Claim::parse(&text) {
                prop_assert_eq!(claim.to_string(), text);
            }
        }
    }
}

/// A symbol's exact value is that of its definition, and an irrational one has none.
#[test]
fn exact_values_go_through_definitions() {
    let mut symbols = Symbols::default();
    for (name, term) in [("a", "0.05"), ("b", "a + 0.025"), ("c", "sqrt(a)"), ("d", "max(a, b)/3")] {
        symbols.0.insert(name.into(), Term::parse(term).unwrap());
    }
    let exact = |text: &str| Term::parse(text).unwrap().exact(&symbols);
    assert_eq!(exact("b"), Some(RBig::from_parts(3.into(), 40_u8.into())));
    assert_eq!(exact("d"), Some(RBig::from_parts(1.into(), 40_u8.into())));
    assert_eq!(
        [exact("floor(-a)"), exact("ceil(300*a)"), exact("floor(10/a/b*3/2*b)")],
        [-1, 15, 300].map(|n| Some(n.into()))
    );
    for text in ["c", "c*c", "e", "a/(b - b)", "a^0.5", "a^(0 - 1)", "floor(c)", "exp(0)", "max(a)", "ceil(a, b)"] {
        assert_eq!(exact(text), None, "{text}");
    }
}
