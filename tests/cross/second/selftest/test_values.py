"""Recorded numbers: around the value, and not wider than they need be."""

from fractions import Fraction

from mpmath import libmp

from .. import language
from ..arithmetic import INFINITE, Interval
from ..budget import Budget
from ..values import Symbols, enclosure, read_end, rounded
from .tools import PLENTY, refused


def symbols(**terms: str) -> Symbols:
    found = Symbols(None, Budget(PLENTY))
    for name, text in terms.items():
        found.define(name, language.term(text))
    return found


def right(text: str, low: str, high: str, **terms: str) -> None:
    wrong = symbols(**terms).encloses((low, high), language.term(text))
    assert wrong is None, f"[{low}, {high}] of {text} {wrong}"


def wrong(text: str, low: str, high: str, **terms: str) -> None:
    assert symbols(**terms).encloses((low, high), language.term(text)) is not None, f"[{low}, {high}] of {text}"


def test_enclosures_of_a_root() -> None:
    # sqrt(11) = 3.31662479035539984911...
    right("sqrt(11)", "3.3166247903553998", "3.3166247903553999")
    # A digit less than there is room for, on either side.
    wrong("sqrt(11)", "3.3166247903553998", "3.3166247903554")
    wrong("sqrt(11)", "3.3166247903553997", "3.3166247903553999")
    for low, high in (
        ("3.3166247903553998", "3.3166247903553998"),
        ("3.3166247903553999", "3.3166247903554"),
        ("3.316624790355399", "3.3166247903554001"),
        ("3.3166247903553998", "inf"),
        ("3.31662479035539984", "3.3166247903553999"),
        ("3.31662479035539980", "3.3166247903553999"),
        ("33166247903553998e-16", "3.3166247903553999"),
        ("+3.3166247903553998", "3.3166247903553999"),
        ("3.3166247903553999", "3.3166247903553998"),
        ("nan", "3.3166247903553999"),
        ("", ""),
    ):
        wrong("sqrt(11)", low, high)
    right("-sqrt(11)", "-3.3166247903553999", "-3.3166247903553998")


def test_exact_values() -> None:
    right("1/4", "0.25", "0.25")
    wrong("1/4", "0.25", "0.2500000000000001")
    right("1/3", "0.33333333333333333", "0.33333333333333334")
    wrong("1/3", "0.33333333333333334", "0.33333333333333334")
    wrong("1/3", "0.3333333333333333", "0.3333333333333334")
    wrong("1/3", "0.33333333333333333", "0.33333333333333335")
    # As another checker would have it that knows the number no better than to some hundred bits.
    wrong("0.1", "0.099999999999999999", "0.10000000000000001")
    right("1/10*1", "0.1", "0.1")
    right("floor(-0.1*7)", "-1", "-1")
    right("ceil(10*0.1)", "1", "1")
    # Rounding is exact, what it is taken of is not: whether 10^-1 ten times is a whole number, coarse arithmetic cannot tell.
    right("floor(10*10^(0 - 1))", "0", "1")
    right("3*x", "0.3", "0.3", x="0.1")
    # A whole number has more digits only where it is the end itself, and not in the place of one that is rounded.
    right("123456789012345678*(exp(1) - exp(1) + 1)", "123456789012345670", "123456789012345680")
    wrong("sqrt(2)*1e30", "1414213562373095048801688724209", "1414213562373095048801688724210")
    wrong("sqrt(2e38)", "14142135623730950487", "14142135623730950489")
    right("sqrt(2e38)", "14142135623730950000", "14142135623730951000")
    wrong("sqrt(2e38)", "14142135623730950480", "14142135623730951000")
    right("floor(sqrt(2)*1000000000000000000)/1*exp(0)", "1414213562373095048", "1414213562373095048")
    right("x^2 + 0*sqrt(2)", "0.0099999999999999999", "0.010000000000000001", x="0.1")
    right("2^64 - 1", "18446744073709551615", "18446744073709551615")
    right("2^65", "36893488147419103000", "36893488147419104000")
    wrong("2^65", "36893488147419103232", "36893488147419103232")
    right("0", "0", "0")
    wrong("0", "-0", "0")
    right("1 - 2", "-1", "-1")
    assert symbols(x="1/3").value(language.term("3*x - 1")) == 0
    assert symbols(x="1/3").value(language.term("max(x, 1/2)^3")) == Fraction(1, 8)
    assert isinstance(symbols(x="sqrt(4)").value(language.term("x")), Interval)


def test_wide_enclosures_where_the_term_warrants_them() -> None:
    """What cancels, or is rounded across a whole number, is only known as well as the arithmetic that finds it."""
    right("exp(1) - exp(1)", "-1e-30", "1e-30")
    wrong("exp(1) - exp(1)", "-1e-20", "1e-20")
    right("floor(sqrt(2)^2)", "1", "2")
    right("floor(sqrt(2)^2 + 0.5)", "2", "2")
    wrong("floor(sqrt(2)^2 + 0.5)", "1", "2")
    right("exp(-1000000)", "0", "1e-4980")
    wrong("exp(-1000000)", "0", "1e-4000")
    right("exp(1000000)", "1e4970", "inf")
    wrong("exp(1000000)", "1e4900", "inf")
    wrong("exp(1000000)", "1e4970", "1e4990")
    right("binomial_cdf(3, 9, 0.5) - 0.25390625", "-1e-25", "1e-25")


def test_ends() -> None:
    assert read_end("inf", INFINITE, 17) == INFINITE and read_end("-inf", INFINITE, 17) is None
    assert read_end("12345678901234567", INFINITE, 6) == 12345678901234567
    assert read_end("1.2345678", INFINITE, 6) is None and read_end("1.23457", INFINITE, 6) is not None
    for value in (Fraction(1, 3), Fraction(-22, 7), Fraction(10**30, 7), Fraction(7, 10**30), Fraction(99999999999999999999, 10**19)):
        for digits in (1, 6, 17):
            low, high = (language.signed_numeral(rounded(value, digits, up)) for up in (False, True))
            assert low <= value <= high and high - low <= abs(value) * Fraction(10) ** (2 - digits)
            assert all(read_end(rounded(value, digits, up), INFINITE, digits) is not None for up in (False, True))
    assert enclosure(Fraction(1, 8)) == ("0.125", "0.125")
    assert enclosure(Interval(libmp.from_int(2), INFINITE)) == ("2", "inf")


def test_sums_that_are_rounded_up() -> None:
    """Both parts are enclosed, and so is their sum: what is no binary fraction is shown with its last digit one up."""
    held = symbols(x="0.01", y="0.25", z="sqrt(2)")
    for text, shown in (("x + x", "0.0200001"), ("y + y", "0.5"), ("z + y", "1.66422"), ("x + 0", "0.0100001")):
        assert held.bounds_sum(shown, language.term(text), 6), text
        for other in ("0.02", "0.0200002", "0.500001", "0.49", "1.66421", "1.66423", "1.664214", "0.01", "inf"):
            assert not held.bounds_sum(other, language.term(text), 6), (text, other)


def test_decisions() -> None:
    held = symbols(x="1/3", y="sqrt(2)")
    for text, holds in {
        "3*x <= 1": True,
        "3*x < 1": False,
        "1 <= 3*x": True,
        "y^2 <= 2.0000000001": True,
        "y^2 <= 2": False,
        "2 <= y^2": False,
        "y < 1.4142135623730951": True,
        "max(x, y) <= y + 1e-40": True,
        "x^2 <= 1/9": True,
        "x^2 < 1/9": False,
        # A power below 0 is not known exactly, though here it is a whole number.
        "x^(0 - 1) <= 3": False,
        "x^(0 - 1) <= 3 + 1e-40": True,
        "0^0 <= 1": True,
        "ceil(y) <= 2": True,
    }.items():
        claim = language.inequality(text)
        assert held.holds(claim) == holds, text


def test_terms_without_a_value() -> None:
    for text in ("1/0", "sqrt(0 - 1)", "ln(0)", "0^(0 - 1)", "2^(2^21)", "(0 - 1)^0.5", "binomial_cdf(1, 2.5, 0.5)", "binomial_cdf(1, 2, 2)", "1/(exp(1) - exp(1))"):
        refused("undefined", lambda: symbols().value(language.term(text)))
    refused("unknown-symbol", lambda: symbols().value(language.term("z")))
    refused("unknown-function", lambda: symbols().value(language.term("sin(1)")))
    refused("unknown-function", lambda: symbols().value(language.term("exp(1, 2)")))
    refused("redefinition", lambda: symbols(x="1").define("x", language.term("2")))
