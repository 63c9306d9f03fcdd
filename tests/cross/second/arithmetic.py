"""Interval arithmetic with outward rounding.

An end is one of mpmath's raw binary floats. Their sum, product, quotient and square root are rounded correctly in a stated
direction, from exact integers; the self-test holds them against fractions. exp, ln and atan are bracketed here, by series of
whole numbers each of whose steps rounds the same way, so that nothing rests on an estimate of rounding errors.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Callable, Optional, Union

from mpmath import libmp

from .budget import Budget
from .refusal import require

Float = tuple[int, ...]
DOWN, UP = "f", "c"
ZERO: Float = libmp.fzero
ONE: Float = libmp.fone
INFINITE: Float = libmp.finf
MINUS_INFINITE: Float = libmp.fninf
# Whole powers up to this are taken by repeated multiplication.
MOST_POWER = 1 << 20
# Exact values of more bits than this are no longer kept exactly.
MOST_BITS = 1 << 15
# Bits beyond those asked for in the brackets below.
GUARD = 40


@dataclass(frozen=True)
class Interval:
    """All reals from `low` to `high`."""

    low: Float
    high: Float

# A value: exact, or enclosed.
Value = Union[Fraction, Interval]


def at_most(x: Float, y: Float) -> bool:
    return bool(libmp.mpf_le(x, y))


def fraction(x: Float) -> Fraction:
    """The number that a finite float is."""
    sign, mantissa, exponent, _ = x
    value = Fraction(int(mantissa) << max(exponent, 0), 1 << max(-exponent, 0))
    return -value if sign else value


def quotient(numerator: int, denominator: int, bits: int, up: bool) -> Float:
    """A float of about `bits` bits on one side of a fraction."""
    shift = max(0, bits - numerator.bit_length() + denominator.bit_length())
    number = divided(numerator << shift, denominator, up)
    return _float(libmp.from_man_exp(number, -shift, bits + 2, UP if up else DOWN))


def _float(x: object) -> Float:
    """mpmath has no types."""
    assert isinstance(x, tuple)
    return x


def divided(n: int, d: int, up: bool) -> int:
    """n/d rounded to a whole number."""
    return -(-n // d) if up else n // d


def shifted(n: int, places: int, up: bool) -> int:
    """n/2^places rounded to a whole number."""
    return -(-n >> places) if up else n >> places


def scaled(x: Float, bits: int) -> tuple[int, int]:
    """Whole numbers just below and just above x times 2^bits."""
    sign, mantissa, exponent, _ = x
    mantissa = -int(mantissa) if sign else int(mantissa)
    shift = exponent + bits
    if shift >= 0:
        return mantissa << shift, mantissa << shift
    return shifted(mantissa, -shift, False), shifted(mantissa, -shift, True)


def _rounded_up(places: int) -> int:
    """To one of few numbers, for which ln 2 is kept."""
    return -(-places // 64) * 64


@lru_cache(maxsize=256)
def ln_two(bits: int) -> tuple[int, int]:
    """ln 2 times 2^bits from both sides: 2 atanh(1/3)."""
    low, high = atanh((divided(1 << bits, 3, False), divided(1 << bits, 3, True)), bits)
    return 2 * low, 2 * high


def atanh(z: tuple[int, int], bits: int) -> tuple[int, int]:
    """atanh of a z between 0 and 1/2, z and the result in units of 2^-bits."""
    (low, high), (low_sum, high_sum), odd = z, z, 1
    low_square, high_square = shifted(low * low, bits, False), shifted(high * high, bits, True)
    while high > 1:
        low, high, odd = shifted(low * low_square, bits, False), shifted(high * high_square, bits, True), odd + 2
        low_sum, high_sum = low_sum + divided(low, odd, False), high_sum + divided(high, odd, True)
    # z^2 <= 1/4, so all that is left out is at most a third of the last term, which is at most one unit.
    return low_sum, high_sum + 1


def exp_between(x: Float, bits: int) -> Interval:
    """exp x, relative error about 2^-bits: x = n ln 2 + r with 0 <= r < 1, and the series of exp r."""
    if x == ZERO:
        return Interval(ONE, ONE)
    places = _rounded_up(bits + GUARD + max(0, x[2] + x[3]))
    (low, high), (two_low, two_high) = scaled(x, places), ln_two(places)
    n = low // (two_high if low >= 0 else two_low)
    low, high = (low - n * two_high, high - n * two_low) if n >= 0 else (low - n * two_low, high - n * two_high)
    one = 1 << places
    below = above = low_term = high_term = one
    k = 1
    while high_term > 1 or k < 3:
        low_term = divided(shifted(low_term * low, places, False), k, False)
        high_term = divided(shifted(high_term * high, places, True), k, True)
        below, above, k = below + low_term, above + high_term, k + 1
    # From the third term on each is at most half of the one before, so the rest is at most the last.
    return Interval(
        libmp.from_man_exp(below, n - places, bits, DOWN), libmp.from_man_exp(above + high_term, n - places, bits, UP)
    )


def ln_between(x: Float, bits: int) -> Interval:
    """ln x for x > 0, relative error about 2^-bits: x = y 2^k with 2/3 <= y < 4/3, and ln y = 2 atanh((y - 1)/(y + 1))."""
    _, mantissa, exponent, length = x
    mantissa, k = int(mantissa), exponent + length
    one = 1 << length
    if 3 * mantissa < 2 * one:
        one, k = one >> 1, k - 1
    over, under = mantissa - one, mantissa + one
    if over == 0 and k == 0:
        return Interval(ZERO, ZERO)
    # Close to 1 the logarithm is as small as y - 1.
    small = max(0, under.bit_length() - abs(over).bit_length()) if k == 0 else 0
    places = _rounded_up(bits + GUARD + k.bit_length() + small)
    size = abs(over) << places
    low, high = atanh((divided(size, under, False), divided(size, under, True)), places)
    low, high = (2 * low, 2 * high) if over >= 0 else (-2 * high, -2 * low)
    two_low, two_high = ln_two(places)
    low, high = (low + k * two_low, high + k * two_high) if k >= 0 else (low + k * two_high, high + k * two_low)
    return Interval(libmp.from_man_exp(low, -places, bits, DOWN), libmp.from_man_exp(high, -places, bits, UP))


@lru_cache(maxsize=256)
def pi_between(bits: int) -> Interval:
    """pi by Gauss's 48 atan(1/18) + 32 atan(1/57) - 20 atan(1/239); after each sum, the first term left out bounds the rest."""
    places = bits + GUARD
    total = [0, 0]
    for factor, inverse in ((48, 18), (32, 57), (-20, 239)):
        low = high = 0
        power, odd = inverse, 1
        while power < 1 << places:
            sides = [divided(1 << places, power * odd, up) for up in (False, True)]
            low, high = (low + sides[0], high + sides[1]) if odd % 4 == 1 else (low - sides[1], high - sides[0])
            power, odd = power * inverse * inverse, odd + 2
        low, high = low - 1, high + 1
        total[0] += factor * (low if factor > 0 else high)
        total[1] += factor * (high if factor > 0 else low)
    return Interval(libmp.from_man_exp(total[0], -places, bits, DOWN), libmp.from_man_exp(total[1], -places, bits, UP))


class Arithmetic:
    """Operations at `bits` bits. Ends between 2^-reach and 2^reach in size; those beyond are moved outward, so no exponent grows."""

    def __init__(self, bits: int, reach: int, budget: Budget) -> None:
        self.bits, self.reach, self.budget = bits, reach, budget
        self.edge, self.speck = libmp.from_man_exp(1, reach), libmp.from_man_exp(1, -reach)

    def interval(self, low: Float, high: Float) -> Interval:
        return Interval(self._within(low, False), self._within(high, True))

    def _within(self, x: Float, up: bool) -> Float:
        sign, mantissa, exponent, length = x
        if not mantissa or abs(exponent + length) <= self.reach:
            return x
        outward = bool(sign) != up
        if exponent + length > 0:
            beyond = INFINITE if up else MINUS_INFINITE
            return beyond if outward else _float(libmp.mpf_neg(self.edge) if sign else self.edge)
        return _float(libmp.mpf_neg(self.speck) if sign else self.speck) if outward else ZERO

    def enclose(self, value: Value) -> Interval:
        """The value as an interval."""
        if isinstance(value, Interval):
            return value
        self.budget.spend(2)
        n, d = value.numerator, value.denominator
        return self.interval(quotient(n, d, self.bits, False), quotient(n, d, self.bits, True))

    def add(self, x: Interval, y: Interval) -> Interval:
        # A lower end is never plus infinity, nor an upper one minus infinity.
        low = libmp.mpf_add(x.low, y.low, self.bits, DOWN)
        return self.interval(low, libmp.mpf_add(x.high, y.high, self.bits, UP))

    def negative(self, x: Interval) -> Interval:
        return Interval(libmp.mpf_neg(x.high), libmp.mpf_neg(x.low))

    def subtract(self, x: Interval, y: Interval) -> Interval:
        return self.add(x, self.negative(y))

    def multiply(self, x: Interval, y: Interval) -> Interval:
        return self._corners(libmp.mpf_mul, x, y)

    def divide(self, x: Interval, y: Interval) -> Interval:
        apart = not at_most(y.low, ZERO) or not at_most(ZERO, y.high)
        require(apart, "undefined", "division by an interval that contains 0")
        return self._corners(libmp.mpf_div, x, y)

    def _corners(self, operation: Callable[..., Float], x: Interval, y: Interval) -> Interval:
        """The extremes are among the ends' products or quotients; 0 times or infinity by infinity adds nothing to the others."""
        low, high = [], []
        for pair in {(a, b) for a in (x.low, x.high) for b in (y.low, y.high)}:
            sides = (operation(*pair, self.bits, DOWN), operation(*pair, self.bits, UP))
            sides = (ZERO, ZERO) if libmp.fnan in sides else sides
            low.append(sides[0])
            high.append(sides[1])
        least, most = low[0], high[0]
        for a, b in zip(low, high):
            least, most = _least(least, a), _most(most, b)
        return self.interval(least, most)

    def larger(self, x: Interval, y: Interval) -> Interval:
        return Interval(_most(x.low, y.low), _most(x.high, y.high))

    def smaller(self, x: Interval, y: Interval) -> Interval:
        return Interval(_least(x.low, y.low), _least(x.high, y.high))

    def sqrt(self, x: Interval) -> Interval:
        require(at_most(ZERO, x.low), "undefined", "square root of an interval that reaches below 0")
        high = INFINITE if x.high == INFINITE else libmp.mpf_sqrt(x.high, self.bits, UP)
        return self.interval(libmp.mpf_sqrt(x.low, self.bits, DOWN), high)

    def exp(self, x: Interval) -> Interval:
        self.budget.spend(150)
        return self.interval(self._exp(x.low).low, self._exp(x.high).high)

    def _exp(self, x: Float) -> Interval:
        # Beyond these exp leaves the reach in any case: e^reach > 2^reach.
        if x == MINUS_INFINITE or at_most(x, libmp.from_int(-self.reach)):
            return Interval(ZERO, self.speck)
        if x == INFINITE or at_most(libmp.from_int(self.reach), x):
            return Interval(self.edge, INFINITE)
        return exp_between(x, self.bits)

    def ln(self, x: Interval) -> Interval:
        self.budget.spend(150)
        require(not at_most(x.low, ZERO), "undefined", "logarithm of an interval that reaches down to 0")
        high = INFINITE if x.high == INFINITE else ln_between(x.high, self.bits).high
        return self.interval(ln_between(x.low, self.bits).low, high)

    def power(self, x: Interval, y: Interval) -> Interval:
        """By repeated multiplication where the exponent is a whole number, else exp(y ln x)."""
        n = whole(y)
        if n is None:
            return self.exp(self.multiply(y, self.ln(x)))
        require(abs(n) <= MOST_POWER, "undefined", "a whole exponent beyond 2^20")
        self.budget.spend(100)
        base, product, left = (self.size(x) if n % 2 == 0 else x), Interval(ONE, ONE), abs(n)
        while left:
            product = self.multiply(product, base) if left % 2 else product
            left //= 2
            base = self.multiply(base, base) if left else base
        return self.divide(Interval(ONE, ONE), product) if n < 0 else product

    def size(self, x: Interval) -> Interval:
        """The absolute value."""
        if at_most(ZERO, x.low):
            return x
        flipped = self.negative(x)
        return flipped if at_most(x.high, ZERO) else Interval(ZERO, _most(flipped.high, x.high))

    def blurred(self, x: Interval) -> Interval:
        """The interval with its ends moved outward by a unit of their last bits, but 0."""
        share = self.interval(libmp.from_man_exp((1 << self.bits) - 1, -self.bits), libmp.from_man_exp((1 << self.bits) + 1, -self.bits))
        return self.multiply(x, share)

    def floor(self, x: Interval) -> Interval:
        return Interval(libmp.mpf_floor(x.low), libmp.mpf_floor(x.high))

    def ceil(self, x: Interval) -> Interval:
        return Interval(libmp.mpf_ceil(x.low), libmp.mpf_ceil(x.high))


def _most(x: Float, y: Float) -> Float:
    return y if at_most(x, y) else x


def _least(x: Float, y: Float) -> Float:
    return x if at_most(x, y) else y


def hull(*parts: Interval) -> Interval:
    """The smallest interval that contains them all."""
    low, high = parts[0].low, parts[0].high
    for part in parts[1:]:
        low, high = _least(low, part.low), _most(high, part.high)
    return Interval(low, high)


def whole(value: Value) -> Optional[int]:
    """The whole number that this is, if it certainly is one, and not a huge one."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else None
    exponent = value.low[2]
    # A mantissa is odd, or 0.
    return int(fraction(value.low)) if value.low == value.high and 0 <= exponent <= 4096 else None
