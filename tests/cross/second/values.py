"""What terms are worth, and whether a number written in a certificate encloses it."""

from fractions import Fraction
from typing import Optional, Union

from . import special
from .arithmetic import INFINITE, MINUS_INFINITE, MOST_BITS, Arithmetic, Float, Interval, Value, at_most, fraction, whole
from .budget import Budget
from .language import Inequality, Term, numeral, signed_numeral, spelled
from .refusal import Refused
from .rows import Support

# What is proved is proved at these bits; another checker may have no more than the coarse ones, and a number it wrote is no wider
# than these make it. Its reach is at least the coarse one.
FINE, FINE_REACH = 200, 1 << 20
COARSE, COARSE_REACH = 80, 16_500
RECORDED_REACH = 16_600
RECORDED_DIGITS = 17
# Whole numbers of fewer bits have all their digits.
WHOLE_BITS = 64
TRANSCENDENTAL = ("exp", "ln", "Phi", "binomial_cdf")


class Symbols:
    """The symbols defined so far, each with its term and value."""

    def __init__(self, support: Optional[Support], budget: Budget) -> None:
        self.support, self.budget = support, budget
        self.fine = Arithmetic(FINE, FINE_REACH, budget)
        self.coarse = Arithmetic(COARSE, COARSE_REACH, budget)
        self.terms: dict[str, Term] = {}
        self.values: dict[str, Value] = {}
        self.coarse_values: dict[str, Interval] = {}

    def define(self, name: str, term: Term) -> None:
        """Refusals: `redefinition`, and terms without a value."""
        if name in self.terms:
            raise Refused("redefinition", name)
        self.values[name] = self.value(term)
        self.terms[name] = term

    def value(self, term: Term) -> Value:
        """The value, exact where the term is rational, else enclosed. Refusals: `unknown-symbol`, `unknown-function`, `undefined`."""
        return self._evaluate(term, self.fine)

    def coarsely(self, term: Term) -> Interval:
        """The value by coarse arithmetic; the whole line where that gives none."""
        try:
            return self.coarse.enclose(self._evaluate(term, self.coarse))
        except Refused:
            return Interval(MINUS_INFINITE, INFINITE)

    def _evaluate(self, term: Term, a: Arithmetic) -> Value:
        self.budget.spend(4)
        if term.kind == "symbol":
            return self._symbol(term.word, a)
        if term.kind == "number":
            value = numeral(term.word)
            self.budget.spend(len(term.word) // 8)
            assert value is not None, "only numerals are read as numbers"
            return value if a is self.fine else a.enclose(value)
        parts = [self._evaluate(part, a) for part in term.parts]
        try:
            if term.kind != "call":
                return self._operation(term.kind, parts, a)
            found = self._function(term, parts, a)
            # Where this finds a number itself, as with exp(0), another checker may find only one close to it.
            return a.blurred(a.enclose(found)) if a is self.coarse and term.word in TRANSCENDENTAL else found
        except Refused as cause:
            if cause.name != "undefined":
                raise
            raise Refused("undefined", f"`{_short(term)}` has no value: {cause.reason}") from cause

    def _symbol(self, name: str, a: Arithmetic) -> Value:
        if name not in self.values:
            raise Refused("unknown-symbol", f"`{name}` has no meaning here")
        if a is self.fine:
            return self.values[name]
        if name not in self.coarse_values:
            value = self.values[name]
            # What is exactly known is known as well as that, however it is computed.
            exact = isinstance(value, Fraction)
            self.coarse_values[name] = self.coarse.enclose(value) if exact else self.coarsely(self.terms[name])
        return self.coarse_values[name]

    def _operation(self, kind: str, parts: list[Value], a: Arithmetic) -> Value:
        exact = [part for part in parts if isinstance(part, Fraction)]
        if len(exact) == len(parts):
            value = self._exactly(kind, exact)
            if value is not None:
                return value
        x, *rest = (a.enclose(part) for part in parts)
        if kind == "negative":
            return a.negative(x)
        if kind == "^":
            # The exponent may be exactly a whole number though its enclosure is not one.
            n = whole(parts[1])
            return a.power(x, rest[0] if n is None else a.enclose(Fraction(n)))
        operation = {"+": a.add, "-": a.subtract, "*": a.multiply, "/": a.divide}[kind]
        self.budget.spend(10)
        return operation(x, rest[0])

    def _exactly(self, kind: str, parts: list[Fraction]) -> Optional[Fraction]:
        """The exact result, unless it is none or too long."""
        sizes = [max(part.numerator.bit_length(), part.denominator.bit_length()) for part in parts]
        self.budget.spend((sum(sizes) >> 6) ** 2 >> 7)
        if kind == "negative":
            return -parts[0]
        x, y = parts
        if kind == "^":
            if y.denominator != 1 or not 0 <= y <= 255 or sizes[0] * y > MOST_BITS:
                return None
            self.budget.spend((sizes[0] * int(y) >> 6) ** 2 >> 7)
            return x ** int(y)
        if kind == "/" and y == 0:
            raise Refused("undefined", "division by 0")
        value = {"+": x.__add__, "-": x.__sub__, "*": x.__mul__, "/": x.__truediv__}[kind](y)
        return value if max(value.numerator.bit_length(), value.denominator.bit_length()) <= MOST_BITS else None

    def _function(self, term: Term, arguments: list[Value], a: Arithmetic) -> Value:
        name = term.word
        if len(arguments) == 1:
            if name in ("floor", "ceil"):
                x = arguments[0]
                if isinstance(x, Fraction):
                    return Fraction(x.__floor__() if name == "floor" else x.__ceil__())
                return a.floor(x) if name == "floor" else a.ceil(x)
            if name in ("sqrt", "exp", "ln"):
                self.budget.spend(20)
                return {"sqrt": a.sqrt, "exp": a.exp, "ln": a.ln}[name](a.enclose(arguments[0]))
            if name == "Phi":
                return special.normal(a, a.enclose(arguments[0]))
        if len(arguments) == 2 and name in ("max", "min"):
            x, y = arguments
            if isinstance(x, Fraction) and isinstance(y, Fraction):
                return max(x, y) if name == "max" else min(x, y)
            return (a.larger if name == "max" else a.smaller)(a.enclose(x), a.enclose(y))
        if len(arguments) == 3 and name == "binomial_cdf":
            return special.binomial_cdf(a, *arguments)
        value = self.support.function(a, name, arguments) if self.support else None
        if value is None:
            raise Refused("unknown-function", f"`{_short(term)}` has no meaning here")
        return value

    def holds(self, claim: Inequality) -> bool:
        """Whether the inequality is certain: exactly, or by the enclosures of its sides."""
        return self.certainly(self.value(claim.left), claim.strict, self.value(claim.right))

    def certainly(self, x: Value, strict: bool, y: Value) -> bool:
        """Whether x < y, or x <= y, for every point of both."""
        if isinstance(x, Fraction) and isinstance(y, Fraction):
            return x < y or (x == y and not strict)
        above, below = self.fine.enclose(x).high, self.fine.enclose(y).low
        return at_most(above, below) and not (strict and above == below)

    def encloses(self, recorded: tuple[str, str], term: Term, digits: int = RECORDED_DIGITS) -> Optional[str]:
        """What is wrong with a recorded enclosure of a term: not one, not around its value, or wider than it need be."""
        value = self.value(term)
        if recorded == enclosure(self.within_reach(value), digits):
            return None
        if isinstance(value, Fraction) and digits == RECORDED_DIGITS:
            return "is not that of an exact number"
        low, high = read_end(recorded[0], MINUS_INFINITE, digits), read_end(recorded[1], INFINITE, digits)
        if low is None or high is None:
            return "is not written as two ends are"
        least, most = _ends(value)
        if not (_before(low, high) and _before(low, most) and _before(least, high)):
            return "does not contain the value"
        # Finer arithmetic, rounded to digits, gives no lower low end and no higher high one than coarse arithmetic does.
        coarse = self.coarsely(term)
        least, most = _limit(recorded[0], coarse.low, digits, False), _limit(recorded[1], coarse.high, digits, True)
        return None if _before(least, low) and _before(high, most) else "is wider than rounding makes it"

    def within_reach(self, value: Value) -> Value:
        """The value, its ends moved outward if they are beyond what another checker need follow."""
        return value if isinstance(value, Fraction) else Arithmetic(FINE, RECORDED_REACH, self.budget).interval(value.low, value.high)

    def bounds_sum(self, recorded: str, term: Term, digits: int) -> bool:
        """Whether a number is the upper end of an enclosure of a sum of two numbers that are enclosed, rounded up."""
        high, ends = read_end(recorded, INFINITE, digits), []
        for a, value in ((self.fine, self.value), (self.coarse, self.coarsely)):
            x, y = (a.enclose(value(part)) for part in term.parts)
            ends.append(_outward(a.add(x, y).high, digits, up=True))
        return high is not None and _before(ends[0], high) and _before(high, ends[1])

    def is_whole(self, name: str) -> bool:
        """Whether any arithmetic shows that a symbol is a whole number of no unusual size."""
        value = whole(self.values[name])
        known = isinstance(self.values[name], Fraction) or whole(self._symbol(name, self.coarse)) is not None
        return value is not None and value.bit_length() <= WHOLE_BITS and known


# An end of an enclosure: a number, or an infinite float.
End = Union[Fraction, Float]


def _finite(x: Float) -> End:
    return x if x in (INFINITE, MINUS_INFINITE) else fraction(x)


def _before(x: End, y: End) -> bool:
    """x <= y."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x <= y
    return x == y or x == MINUS_INFINITE or y == INFINITE


def _ends(value: Value) -> tuple[End, End]:
    return (value, value) if isinstance(value, Fraction) else (_finite(value.low), _finite(value.high))


def _outward(x: Float, digits: int, up: bool = False) -> End:
    """The nearest number of so many digits on one side; a whole number gets no more of them than others, so that this increases."""
    end = _finite(x)
    return _shortened(end, digits, up)[0] if isinstance(end, Fraction) else end


def _limit(recorded: str, coarse: Float, digits: int, up: bool) -> End:
    """How far out an end may be recorded; a whole number of more digits is an end as it was found, and not rounded."""
    return _finite(coarse) if _significant(recorded) > digits else _outward(coarse, digits, up)


def _significant(text: str) -> int:
    return len(text.removeprefix("-").split("e")[0].replace(".", "").strip("0"))


def read_end(text: str, infinite: Float, digits: int) -> Optional[End]:
    """A numeral of so many digits, or a whole number of up to 64 bits, with a minus where it is negative; or infinite."""
    if text == {INFINITE: "inf", MINUS_INFINITE: "-inf"}[infinite]:
        return infinite
    value = signed_numeral(text)
    if value is None:
        return None
    short = value.denominator == 1 and value.numerator.bit_length() <= WHOLE_BITS
    return value if short or _significant(text) <= digits else None


def rounded(value: Fraction, digits: int, up: bool) -> str:
    """The numeral of at most `digits` digits that is nearest to a number on one side."""
    if value.denominator == 1 and value.numerator.bit_length() <= WHOLE_BITS:
        return spelled(value.numerator, 0)
    return spelled(*_shortened(value, digits, up)[1:])


def _shortened(value: Fraction, digits: int, up: bool) -> tuple[Fraction, int, int]:
    """The nearest number of at most `digits` digits on one side; these digits; and the place of the last."""
    place = (abs(value.numerator).bit_length() - value.denominator.bit_length()) * 30_103 // 100_000 - digits - 2
    while True:
        shifted = value / Fraction(10) ** place
        number = -(-shifted.numerator // shifted.denominator) if up else shifted.numerator // shifted.denominator
        if len(str(abs(number))) <= digits:
            return Fraction(number) * Fraction(10) ** place, number, place
        place += 1


def enclosure(value: Value, digits: int = RECORDED_DIGITS) -> tuple[str, str]:
    """Two ends around a value."""
    low, high = _ends(value)
    return (
        rounded(low, digits, False) if isinstance(low, Fraction) else "-inf",
        rounded(high, digits, True) if isinstance(high, Fraction) else "inf",
    )


def _short(term: Term) -> str:
    text = str(term)
    return text if len(text) <= 120 else text[:117] + "..."
