"""The language of terms and claims. Every term has one spelling, and no other is read."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Iterator, Optional, Union

from .refusal import Refused, require

# Numbers whose last digit stands at 10^e, e in this range, are written without an exponent.
PLAIN = range(-24, 21)
MOST_DIGITS = 2_000
# The first digit of a numeral stands at 10^e with |e| up to this.
MAGNITUDE = 5_000
# Numbers, symbols, calls, brackets and signs in one text, and brackets or calls inside each other.
MOST_ATOMS = 500
DEEPEST = 64
# Letters of a name.
LONGEST_NAME = 200

FUNCTIONS = ("sqrt", "exp", "ln", "floor", "ceil", "max", "min", "Phi", "binomial_cdf")

_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]*[1-9]))?")
_SCIENTIFIC = re.compile(r"((?:[1-9][0-9]*)?[1-9])e(-?[1-9][0-9]*)")
_TOKEN = re.compile(r"[0-9][0-9.]*(?:e-?[0-9]*)?|[A-Za-z][A-Za-z0-9_]*|<=|.", re.DOTALL)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def numeral(text: str) -> Optional[Fraction]:
    """The number that a numeral such as `12`, `0.05` or `3e41` stands for; None for every other spelling."""
    plain, scientific = _DECIMAL.fullmatch(text), _SCIENTIFIC.fullmatch(text)
    if plain:
        whole, fraction = plain.group(1), plain.group(2) or ""
        digits, exponent = whole + fraction, -len(fraction)
        zeros = len(whole) - len(whole.rstrip("0")) if not fraction and whole != "0" else 0
        if -len(fraction) not in PLAIN or zeros not in PLAIN:
            return None
    elif scientific and len(scientific.group(2)) <= 6:
        digits, exponent = scientific.group(1), int(scientific.group(2))
        if exponent in PLAIN:
            return None
    else:
        return None
    first = exponent + len(digits.lstrip("0")) - 1
    if len(digits) > MOST_DIGITS or abs(first) > MAGNITUDE:
        return None
    return Fraction(int(digits)) * Fraction(10) ** exponent


def spelled(number: int, exponent: int) -> str:
    """The one spelling of `number` times 10^`exponent`, with a minus before it where it is negative."""
    if number == 0:
        return "0"
    while number % 10 == 0:
        number, exponent = number // 10, exponent + 1
    sign, digits = ("-" if number < 0 else ""), str(abs(number))
    if exponent not in PLAIN:
        return f"{sign}{digits}e{exponent}"
    if exponent >= 0:
        return sign + digits + "0" * exponent
    digits = digits.rjust(1 - exponent, "0")
    return f"{sign}{digits[:exponent]}.{digits[exponent:]}"


def signed_numeral(text: str) -> Optional[Fraction]:
    """A numeral with or without a minus before it."""
    value = numeral(text.removeprefix("-"))
    if value is None or (value == 0 and text.startswith("-")):
        return None
    return -value if text.startswith("-") else value


_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "^": 4}


@dataclass(frozen=True, eq=False)
class Term:
    """A term. Two are the same where they are spelled the same, as a spelling has one reading."""

    # `number`, `symbol`, `negative`, `call`, or one of `+ - * / ^`.
    kind: str
    # The spelling of a number or symbol, the name of a function.
    word: str = ""
    parts: tuple["Term", ...] = ()

    @property
    def binds(self) -> int:
        """How tightly: 1 for a sum to 5 for what needs no brackets anywhere."""
        return _BINDS.get(self.kind, 5)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and (self is other or str(self) == str(other))

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return self.spelling

    @cached_property
    def spelling(self) -> str:
        out: list[str] = []
        self._write(out, 0)
        return "".join(out)

    def _write(self, out: list[str], least: int) -> None:
        """Sums and products lean to the left; the sides of a power are atoms."""
        own = self.binds
        if own < least:
            out.append("(")
        if self.kind == "negative":
            out.append("-")
            self.parts[0]._write(out, 3)
        elif self.kind == "call":
            out.append(self.word + "(")
            for position, argument in enumerate(self.parts):
                out.append(", " if position else "")
                argument._write(out, 0)
            out.append(")")
        elif self.parts:
            self.parts[0]._write(out, 5 if own == 4 else own)
            out.append(f" {self.kind} " if own == 1 else self.kind)
            self.parts[1]._write(out, own + 1)
        else:
            out.append(self.word)
        if own < least:
            out.append(")")

    def walk(self) -> Iterator["Term"]:
        """The term and all that stands in it."""
        stack = [self]
        while stack:
            term = stack.pop()
            yield term
            stack.extend(term.parts)

    def symbols(self) -> set[str]:
        return {t.word for t in self.walk() if t.kind == "symbol"}

    def functions(self) -> set[str]:
        return {t.word for t in self.walk() if t.kind == "call"}


def number(text: str) -> Term:
    return Term("number", text)


def symbol(name: str) -> Term:
    return Term("symbol", name)


def binary(operator: str, left: Term, right: Term) -> Term:
    return Term(operator, "", (left, right))


@dataclass(frozen=True)
class Event:
    """`[not] name(arguments)`."""

    negated: bool
    name: str
    arguments: tuple[Term, ...] = ()

    def __str__(self) -> str:
        arguments = f"({', '.join(map(str, self.arguments))})" if self.arguments else ""
        return ("not " if self.negated else "") + self.name + arguments


@dataclass(frozen=True)
class Inequality:
    """`left <= right`, or `left < right`."""

    left: Term
    strict: bool
    right: Term

    def __str__(self) -> str:
        return f"{self.left} {'<' if self.strict else '<='} {self.right}"

    def terms(self) -> list[Term]:
        return [self.left, self.right]


@dataclass(frozen=True)
class Probability:
    """`Pr[event or event ...] <= bound`."""

    events: tuple[Event, ...]
    bound: Term

    def __str__(self) -> str:
        return f"Pr[{' or '.join(map(str, self.events))}] <= {self.bound}"

    def terms(self) -> list[Term]:
        return [self.bound, *(a for e in self.events for a in e.arguments)]


Claim = Union[Inequality, Probability]


class _Parser:
    """Recursive descent over the tokens of one text; blanks are skipped, as only the canonical spelling is let through."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = [t for t in _TOKEN.findall(text) if not t.isspace()] + [""]
        self.at, self.atoms, self.depth = 0, 0, 0

    def fail(self, expected: str) -> Refused:
        shown = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        return Refused("not-a-term", f"expected {expected} at `{self.tokens[self.at]}` in `{shown}`")

    def take(self, *tokens: str) -> Optional[str]:
        if self.tokens[self.at] in tokens:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def name(self) -> str:
        token = self.tokens[self.at]
        if not NAME.fullmatch(token) or len(token) > LONGEST_NAME:
            raise self.fail("a name")
        self.at += 1
        return token

    def atom_counted(self) -> None:
        self.atoms += 1
        if self.atoms > MOST_ATOMS or self.depth > DEEPEST:
            raise self.fail("a shorter term or less nesting")

    def sum(self) -> Term:
        self.depth += 1
        left = self.product()
        while operator := self.take("+", "-"):
            left = binary(operator, left, self.product())
        self.depth -= 1
        return left

    def product(self) -> Term:
        left = self.signed()
        while operator := self.take("*", "/"):
            left = binary(operator, left, self.signed())
        return left

    def signed(self) -> Term:
        signs = 0
        while self.take("-"):
            signs += 1
            self.atom_counted()
        term = self.atom()
        if self.take("^"):
            term = binary("^", term, self.atom())
        for _ in range(signs):
            term = Term("negative", "", (term,))
        return term

    def atom(self) -> Term:
        self.atom_counted()
        if self.take("("):
            inner = self.sum()
            if not self.take(")"):
                raise self.fail("`)`")
            return inner
        token = self.tokens[self.at]
        if token[:1].isdigit():
            if numeral(token) is None:
                raise self.fail("a number in its one spelling")
            self.at += 1
            return number(token)
        name = self.name()
        return Term("call", name, self.arguments()) if self.take("(") else symbol(name)

    def arguments(self) -> tuple[Term, ...]:
        found: list[Term] = []
        while not self.take(")"):
            if found and not self.take(","):
                raise self.fail("`,` or `)`")
            found.append(self.sum())
        return tuple(found)

    def event(self) -> Event:
        negated = self.tokens[self.at] == "not" and bool(NAME.fullmatch(self.tokens[self.at + 1]))
        self.at += negated
        name = self.name()
        return Event(negated, name, self.arguments() if self.take("(") else ())

    def claim(self) -> Claim:
        if self.tokens[self.at : self.at + 2] == ["Pr", "["]:
            self.at += 2
            events = [self.event()]
            while self.take("or"):
                events.append(self.event())
            if not (self.take("]") and self.take("<=")):
                raise self.fail("`] <=`")
            return Probability(tuple(events), self.sum())
        left = self.sum()
        comparison = self.take("<=", "<")
        if comparison is None:
            raise self.fail("`<=` or `<`")
        return Inequality(left, comparison == "<", self.sum())


    def end(self, value: object) -> None:
        """Nothing is left, and the value prints as it was written."""
        if self.tokens[self.at] != "":
            raise self.fail("the end")
        require(str(value) == self.text, "not-canonical", f"`{self.text}` must be written `{value}`")


def term(text: str) -> Term:
    """Reads a term. Refusals: `not-a-term`, `not-canonical`."""
    parser = _Parser(text)
    value = parser.sum()
    parser.end(value)
    return value


def claim(text: str) -> Claim:
    """Reads a claim. Refusals: `not-a-term`, `not-canonical`."""
    parser = _Parser(text)
    value = parser.claim()
    parser.end(value)
    return value


def inequality(text: str) -> Inequality:
    """Reads an inequality that the rules themselves write."""
    value = claim(text)
    assert isinstance(value, Inequality)
    return value
