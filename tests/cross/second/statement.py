"""The sentence that a certificate must contain: the same words, and every number rounded outward."""

import re
from fractions import Fraction
from typing import Optional

from . import language
from .arithmetic import Value, whole
from .document import Trials
from .language import Term
from .refusal import Refused, require
from .rules import Derivation
from .theory import Variant, tags
from .values import enclosure

SHOWN_DIGITS = 6
_NUMBER = re.compile(r"-?(?:inf|[0-9][0-9.]*(?:e-?[0-9]+)?)")


class _Reader:
    """Goes through the recorded text from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def wrong(self, expected: str) -> Refused:
        found = self.text[self.at : self.at + 60]
        return Refused("wrong-statement", f"expected {expected} at `{found}`")

    def words(self, words: str) -> None:
        if not self.take(words):
            raise self.wrong(f"`{words}`")

    def take(self, words: str) -> bool:
        found = self.text.startswith(words, self.at)
        self.at += len(words) if found else 0
        return found

    def number(self) -> str:
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            raise self.wrong("a number")
        self.at = match.end()
        return match.group()


def check(text: str, derivation: Derivation, theorem: str, variant: Variant, trials: Trials) -> None:
    """Refusals: `wrong-statement`."""
    reader = _Reader(text)
    roots = derivation.statement.roots
    mentioned = {s for root in roots for t in root.terms() for s in t.symbols()}
    reader.words(f"{theorem} [{tags(variant)}]: {' and '.join(map(str, roots))}; with ")
    printed = [
        name
        for name, by_axiom in derivation.defined
        if not by_axiom or name in mentioned or name in derivation.theory.run
    ]
    for position, name in enumerate(printed):
        reader.words((", " if position else "") + name + " ")
        _value(reader, derivation, name)
    reader.words(f"; {trials.count} trials of seed {trials.seed}, {trials.failures} failed, {trials.cut} cut, ")
    reader.words(f"{trials.uncertified} uncertified: failure rate at most ")
    defined = derivation.symbols.terms
    if "failure_upper" in defined and "certification_error" in defined:
        _upper(reader, derivation, language.term("failure_upper + certification_error"))
    else:
        reader.words("1")
    reader.words(", at error rate ")
    _rate(reader, derivation.symbols.value(derivation.error_rate(trials)))
    if reader.at != len(text):
        raise reader.wrong("the end")


def _value(reader: _Reader, derivation: Derivation, name: str) -> None:
    """`= N`, a numeral as it is defined or a number that the value exactly is; or `in [A, B]` where there is no such number."""
    symbols = derivation.symbols
    term, value = symbols.terms[name], symbols.values[name]
    if term.kind == "number":
        reader.words(f"= {term}")
        return
    short = enclosure(value) if isinstance(value, Fraction) else ("-inf", "inf")
    if reader.take("= "):
        text = reader.number()
        number = Fraction(int(text)) if re.fullmatch(r"-?(0|[1-9][0-9]{0,1500})", text) else None
        exact = value if isinstance(value, Fraction) else _point(value)
        right = (number is not None and number == exact and text != "-0") or (text, text) == short
        require(right, "wrong-statement", f"`{name}` is not {text}")
        return
    require(not symbols.is_whole(name) and short[0] != short[1], "wrong-statement", f"`{name}` is a number of few digits")
    reader.words("in [")
    low = reader.number()
    reader.words(", ")
    high = reader.number()
    reader.words("]")
    wrong = symbols.encloses((low, high), language.symbol(name), SHOWN_DIGITS)
    require(wrong is None, "wrong-statement", f"[{low}, {high}] of `{name}` {wrong}")


def _upper(reader: _Reader, derivation: Derivation, term: Term) -> None:
    text = reader.number()
    fits = derivation.symbols.bounds_sum(text, term, SHOWN_DIGITS)
    require(fits, "wrong-statement", f"{text} is not `{term}` rounded up")


def _rate(reader: _Reader, value: Value) -> None:
    """What is known exactly is rounded once."""
    text = reader.number()
    expected = enclosure(value, SHOWN_DIGITS)[1]
    require(text == expected, "wrong-statement", f"{text} is not {expected}, the error rate rounded up")


def _point(value: Value) -> Optional[Fraction]:
    n = whole(value)
    return None if n is None else Fraction(n)
