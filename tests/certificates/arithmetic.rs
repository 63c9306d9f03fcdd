//! The kernel's logarithm, which is not the library's own.

use provably::certificate::expression::numeral;
use provably::certificate::interval::Interval;

fn number(text: &str) -> Interval {
    Interval::from_rational(&numeral(text).unwrap())
}

/// Catches a logarithm that does not enclose, or is wide: exp(ln x) contains x and hardly more, near 1, near 0 and far out.
#[test]
fn logarithms_enclose_and_are_sharp() {
    let texts = ["2", "0.5", "1", "1.0000000001", "0.999999", "0.999", "1.001", "3", "0.1", "123456789", "7e41"];
    for text in texts.into_iter().chain(["0.000001", "1e4000", "1e-4000"]) {
        let x = number(text);
        let back = x.ln().unwrap().exp();
        assert!(back.contains(&x), "{text}");
        let width = back.upper_end().sub(&back.lower_end()).div(&x).unwrap().upper_f64();
        assert!(width < 1e-30, "{text}: relative width {width:e}");
    }
}

/// Catches a logarithm of an interval that leaves out one of its ends: thin, just too wide for the fast way, and wide.
#[test]
fn logarithms_of_intervals_contain_those_of_their_ends() {
    for (low, high) in [("3", "3.000000001"), ("3", "3.00001"), ("0.1", "40"), ("0.99", "1.01"), ("1e-30", "1e30")] {
        let (low, high) = (number(low), number(high));
        let ln = low.hull(&high).ln().unwrap();
        let excess = ln.upper_end().sub(&ln.lower_end()).sub(&high.ln().unwrap().sub(&low.ln().unwrap())).abs();
        assert!(ln.exp().contains(&low.hull(&high)), "{:?}", ln.enclosure());
        assert!(excess.upper_f64() < 1e-9, "wider than its ends by {:e}", excess.upper_f64());
    }
    assert!(number("0").ln().is_err());
}
