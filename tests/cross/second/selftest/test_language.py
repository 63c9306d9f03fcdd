"""One spelling each, and its reading."""

import random
from fractions import Fraction

from .. import language
from ..language import Inequality, Probability, Term, numeral, spelled
from .tools import refused


def test_numerals() -> None:
    good = {
        "0": 0,
        "12": 12,
        "0.05": Fraction(1, 20),
        "1.5": Fraction(3, 2),
        "1" + "0" * 20: 10**20,
        "1e21": 10**21,
        "3e41": 3 * 10**41,
        "125e-27": Fraction(125, 10**27),
        "0." + "0" * 23 + "1": Fraction(1, 10**24),
        "12345678901234567890123": 12345678901234567890123,
        "1e5000": 10**5000,
    }
    for text, value in good.items():
        assert numeral(text) == value, text
    bad = ["", "01", "1.0", ".5", "5.", "1e5", "10e21", "1e+21", "1e021", "0e30", "1.5e30", "-1", "1_0", "１", "1e5001", "1e99999999999"]
    bad += ["1" + "0" * 21, "0." + "0" * 24 + "1", "1" * 2001, "1e-24", "1e20", "1 ", "\n1", "1\n", "0x1", "inf", "nan", "1e", "1e-"]
    for text in bad:
        assert numeral(text) is None, text


def test_spelling_is_the_inverse_of_reading() -> None:
    r = random.Random(3)
    for _ in range(2000):
        n, e = r.randint(1, 10 ** r.randint(1, 30)), r.randint(-60, 60)
        assert numeral(spelled(n, e)) == Fraction(n) * Fraction(10) ** e


def some_term(r: random.Random, depth: int) -> Term:
    kind = r.choice(["number", "symbol", "call", "negative", "+", "-", "*", "/", "^"] if depth else ["number", "symbol"])
    if kind == "number":
        return language.number(r.choice(["0", "1", "0.5", "3e41"]))
    if kind == "symbol":
        return language.symbol(r.choice(["x", "B_op", "n_1"]))
    parts = tuple(some_term(r, depth - 1) for _ in range({"call": r.randint(0, 3), "negative": 1}.get(kind, 2)))
    return Term(kind, "f" if kind == "call" else "", parts)


def same(x: Term, y: Term) -> bool:
    return (x.kind, x.word, len(x.parts)) == (y.kind, y.word, len(y.parts)) and all(map(same, x.parts, y.parts))


def test_a_printed_term_reads_as_itself() -> None:
    r = random.Random(4)
    for _ in range(2000):
        term = some_term(r, 4)
        assert same(language.term(str(term)), term), str(term)


def test_precedence() -> None:
    for text, kind in {"-x^2": "negative", "-x*y": "*", "a - b - c": "-", "a*-b": "*", "a - -b": "-", "2^-3": "", "a^b^c": ""}.items():
        if kind:
            assert language.term(text).kind == kind
        else:
            refused("not-a-term", lambda: language.term(text))


def test_refused_spellings() -> None:
    for text in ["(a)", "a+b", "a  + b", "a * b", " a", "a ", "f(a,b)", "f( a)", "(a*b)*c", "(-x)*y", "a--b", "a\t+ b"]:
        refused("not-canonical", lambda: language.term(text))
    for text in ["", "a +", "a b", "1x", "f(", "f(a", "f(a,)", "f(,a)", "f(a b)", "a ? b", "a < b", "_a", "é", "1.0 + a", "()", "a^(b"]:
        refused("not-a-term", lambda: language.term(text))


def test_limits() -> None:
    for terms, name in ((500, None), (501, "not-a-term")):
        text = " + ".join(["x"] * terms)
        language.term(text) if name is None else refused(name, lambda: language.term(text))
    for nested, name in ((63, None), (64, "not-a-term")):
        text = "f(" * nested + "x" + ")" * nested
        language.term(text) if name is None else refused(name, lambda: language.term(text))
    refused("not-a-term", lambda: language.term("-" * 500 + "x"))
    language.term("-" * 499 + "x")


def test_claims() -> None:
    found = language.claim("Pr[not hits(kappa) or u_max] <= a + b")
    assert isinstance(found, Probability) and [e.negated for e in found.events] == [True, False]
    assert str(found.bound) == "a + b" and str(found.events[0]) == "not hits(kappa)"
    assert isinstance(language.claim("x < y"), Inequality) and language.claim("x < y").strict
    assert not language.claim("x <= y").strict
    for text in ["Pr[a] < b", "Pr[] <= b", "Pr[a or] <= b", "Pr[not] b", "x", "x = y", "x <= y <= z", "Pr[a <= b", ""]:
        refused("not-a-term", lambda: language.claim(text))
    for text in ["Pr[a]<= b", "Pr[a  or b] <= c", "Pr[a()] <= b", "x<y", "x <=  y"]:
        refused("not-canonical", lambda: language.claim(text))


def test_what_a_term_mentions() -> None:
    term = language.term("f(x, 2*y) + max(z, x)^2")
    assert term.symbols() == {"x", "y", "z"} and term.functions() == {"f", "max"}
