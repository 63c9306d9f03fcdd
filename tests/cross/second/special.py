"""Enclosures of the normal distribution function, of binomial tails, and of what a confidence sequence excludes."""

import math
from fractions import Fraction
from functools import lru_cache

from mpmath import libmp

from .arithmetic import (
    DOWN,
    GUARD,
    INFINITE,
    MINUS_INFINITE,
    ONE,
    UP,
    ZERO,
    Arithmetic,
    Float,
    Interval,
    Value,
    at_most,
    divided,
    fraction,
    hull,
    pi_between,
    quotient,
    scaled,
    shifted,
    whole,
)
from .budget import Budget
from .refusal import Refused, require

HALF = Fraction(1, 2)
# Up to this |z| the alternating series of Phi is summed, with as many bits more as its terms are larger than the result.
SERIES_UP_TO = 16
# Convergents of Mills' continued fraction beyond; from |z| = 16 on two neighbours differ by less than 2^-270 of themselves.
CONVERGENTS = 80
# n! is multiplied out up to here.
FACTORIALS = 1_000
# A binomial tail of so many bits and terms is summed exactly.
EXACT_BITS, EXACT_TERMS = 40_000, 400
BILLION = 10**9


# ---- the normal distribution ----


def normal(a: Arithmetic, z: Interval) -> Interval:
    """Phi over an interval; it increases."""
    low = _normal_at(a, z.low)
    return low if z.low == z.high else Interval(low.low, _normal_at(a, z.high).high)


def _normal_at(a: Arithmetic, z: Float) -> Interval:
    a.budget.spend(2_000)
    if z in (INFINITE, MINUS_INFINITE):
        raise Refused("undefined", "Phi of an infinite end")
    if at_most(libmp.mpf_abs(z), libmp.from_int(SERIES_UP_TO)):
        return _normal_series(a, z)
    size, negative = libmp.mpf_abs(z), bool(z[0])
    if at_most(libmp.from_int(2 * a.reach), libmp.mpf_mul(size, size)):
        # The density is below e^-reach, and Mills' ratio below 1.
        tail = Interval(ZERO, a.speck)
    else:
        tail = a.multiply(normal_density(a, size), _mills(a, size))
    return tail if negative else a.subtract(Interval(ONE, ONE), tail)


def normal_density(a: Arithmetic, z: Float) -> Interval:
    """exp(-z^2/2) / sqrt(2 pi)."""
    square = a.multiply(Interval(z, z), Interval(z, z))
    exponent = Interval(libmp.mpf_shift(libmp.mpf_neg(square.high), -1), libmp.mpf_shift(libmp.mpf_neg(square.low), -1))
    two_pi = pi_between(a.bits)
    root = a.sqrt(Interval(libmp.mpf_shift(two_pi.low, 1), libmp.mpf_shift(two_pi.high, 1)))
    return a.divide(a.exp(exponent), root)


def _normal_series(a: Arithmetic, z: Float) -> Interval:
    """Phi(z) = 1/2 + (z - z^3/6 + z^5/40 - ...) / sqrt(2 pi), the term of z^(2j+1) being z^(2j+1)/(2^j j! (2j+1))."""
    size = max(0, int(fraction(libmp.mpf_abs(z))) + 1)
    # The largest term is below e^(z^2/2), and a tail down to e^(-z^2/2) is asked for.
    places = a.bits + GUARD + 2 * size * size
    low, high = scaled(libmp.mpf_abs(z), places)
    low_square, high_square = shifted(low * low, places, False), shifted(high * high, places, True)
    below = above = 0
    j = 0
    # Terms power/(2j + 1), power = z^(2j+1)/(2^j j!), decrease from 2j > z^2 on, and the first left out bounds the rest.
    while high > 1 or 2 * j <= size * size:
        least, most = divided(low, 2 * j + 1, False), divided(high, 2 * j + 1, True)
        below, above = (below + least, above + most) if j % 2 == 0 else (below - most, above - least)
        j += 1
        low = divided(shifted(low * low_square, places, False), 2 * j, False)
        high = divided(shifted(high * high_square, places, True), 2 * j, True)
    below, above = below - 1, above + 1
    part = Interval(libmp.from_man_exp(below, -places), libmp.from_man_exp(above, -places))
    wide = Arithmetic(places, a.reach, a.budget)
    two_pi = pi_between(places)
    root = wide.sqrt(Interval(libmp.mpf_shift(two_pi.low, 1), libmp.mpf_shift(two_pi.high, 1)))
    part = wide.divide(part, root)
    half = libmp.from_man_exp(1, -1)
    low_end, high_end = (part.low, part.high) if not z[0] else (libmp.mpf_neg(part.high), libmp.mpf_neg(part.low))
    return a.interval(libmp.mpf_add(half, low_end, a.bits, DOWN), libmp.mpf_add(half, high_end, a.bits, UP))


def _mills(a: Arithmetic, z: Float) -> Interval:
    """1/(z + 1/(z + 2/(z + 3/(z + ...)))): all terms are positive, so the convergents lie on either side by turns.

    Convergent n is P_n/Q_n, both of X_n = z X_(n-1) + (n - 1) X_(n-2); here exactly, times the n-th power of z's denominator.
    """
    point = fraction(z)
    square = point.denominator * point.denominator
    over, under = (0, point.denominator), (1, point.numerator)
    sides: list[Interval] = []
    for n in range(2, CONVERGENTS + 2):
        over = (over[1], point.numerator * over[1] + (n - 1) * square * over[0])
        under = (under[1], point.numerator * under[1] + (n - 1) * square * under[0])
        if n >= CONVERGENTS:
            ends = (quotient(over[1], under[1], a.bits, up) for up in (False, True))
            sides.append(a.interval(*ends))
    return hull(*sides)


# ---- factorials ----


@lru_cache(maxsize=1)
def bernoulli() -> list[Fraction]:
    """B_0 to B_60."""
    numbers = [Fraction(1)]
    for m in range(1, 61):
        numbers.append(-sum((math.comb(m + 1, k) * b for k, b in enumerate(numbers)), Fraction(0)) / (m + 1))
    return numbers


def ln_factorial(a: Arithmetic, n: int) -> Interval:
    """ln n!: of the product, or by Stirling's series, whose remainder is below the first term left out."""
    a.budget.spend(300)
    if n <= FACTORIALS:
        return a.ln(a.enclose(Fraction(math.factorial(n))))
    x = a.enclose(Fraction(n))
    two_pi_n = a.multiply(a.multiply(a.enclose(Fraction(2)), pi_between(a.bits)), x)
    total = a.subtract(a.multiply(x, a.ln(x)), x)
    total = a.add(total, a.divide(a.ln(two_pi_n), a.enclose(Fraction(2))))
    series, term, j = Fraction(0), Fraction(1, 12 * n), 1
    while abs(term) >= Fraction(1, 1 << a.bits + 8) and j < 30:
        series, j = series + term, j + 1
        term = bernoulli()[2 * j] / (2 * j * (2 * j - 1) * Fraction(n) ** (2 * j - 1))
    low, high = a.enclose(series - abs(term)), a.enclose(series + abs(term))
    return a.add(total, Interval(low.low, high.high))


# ---- binomial tails ----


def binomial_cdf(a: Arithmetic, k: Value, n: Value, p: Value) -> Interval:
    """Pr[Bin(n, p) <= k] over enclosures of k and p; it increases in k and decreases in p."""
    wrong = Refused("undefined", "argument of binomial_cdf out of range")
    count = whole(n)
    if count is None or not 0 <= count < 1 << 63:
        raise wrong
    ends = [k, k] if isinstance(k, Fraction) else [k.low, k.high]
    if INFINITE in ends or MINUS_INFINITE in ends:
        raise wrong
    low_k, high_k = (math.floor(end if isinstance(end, Fraction) else fraction(end)) for end in ends)
    if isinstance(p, Interval) and (p.low == MINUS_INFINITE or p.high == INFINITE):
        raise wrong
    low_p, high_p = (p, p) if isinstance(p, Fraction) else (fraction(p.low), fraction(p.high))
    if low_p < 0 or high_p > 1:
        raise wrong
    least = _binomial_at(a, low_k, count, high_p)
    if low_k == high_k and low_p == high_p:
        return least
    return Interval(least.low, _binomial_at(a, high_k, count, low_p).high)


def _binomial_at(a: Arithmetic, k: int, n: int, p: Fraction) -> Interval:
    if k < 0:
        return Interval(ZERO, ZERO)
    if k >= n or p == 0:
        return Interval(ONE, ONE)
    if p == 1:
        return Interval(ZERO, ZERO)
    below = k < n * p
    terms = k + 1 if below else n - k
    if n * p.denominator.bit_length() <= EXACT_BITS and terms <= EXACT_TERMS:
        exact = _exact_tail(a.budget, k, n, p, below)
        return a.enclose(exact if below else 1 - exact)
    at = k if below else k + 1
    # The logarithms are as large as n ln n, and their difference is wanted to a.bits bits of its exponential.
    wide = Arithmetic(a.bits + GUARD + 2 * n.bit_length(), a.reach, a.budget)
    log = wide.subtract(ln_factorial(wide, n), wide.add(ln_factorial(wide, at), ln_factorial(wide, n - at)))
    for count, share in ((at, p), (n - at, 1 - p)):
        log = wide.add(log, wide.multiply(wide.enclose(Fraction(count)), wide.ln(wide.enclose(share))))
    tail = wide.multiply(wide.exp(log), _relative_tail(wide, at, n, p, below))
    tail = tail if below else wide.subtract(Interval(ONE, ONE), tail)
    return a.interval(libmp.mpf_pos(tail.low, a.bits, DOWN), libmp.mpf_pos(tail.high, a.bits, UP))


def _exact_tail(budget: Budget, k: int, n: int, p: Fraction, below: bool) -> Fraction:
    """The tail as a fraction: Pr[<= k] where k lies below the mean, else Pr[> k]."""
    hit, all_ways = p.numerator, p.denominator
    miss = all_ways - hit
    length = all_ways.bit_length() * n
    budget.spend(20 + (k + 1 if below else n - k) * (4 + (length >> 9)))
    at, end = (k, 0) if below else (k + 1, n)
    ways = math.comb(n, at) * hit**at * miss ** (n - at)
    total = ways
    while at != end:
        # From one term to the next the quotients are exact.
        if below:
            ways = ways * at * miss // ((n - at + 1) * hit)
            at -= 1
        else:
            ways = ways * (n - at) * hit // ((at + 1) * miss)
            at += 1
        total += ways
    return Fraction(total, all_ways**n)


def _relative_tail(a: Arithmetic, at: int, n: int, p: Fraction, below: bool) -> Interval:
    """The sum of the terms from `at` away from the mean, in units of the first. Every ratio of neighbours is below 1, and they fall.

    With t_j the terms in units of 2^-places, T_j what is computed, rounded down: t_j - T_j <= 4 j, because a step multiplies the
    error by a ratio below 1, the rounded odds add at most 2, and two divisions at most 1 each.
    """
    places = a.bits + 80
    odds = (1 - p) / p if below else p / (1 - p)
    # odds = mantissa / 2^shift, rounded down by less than 2^-places of themselves.
    shift = places + 1 - odds.numerator.bit_length() + odds.denominator.bit_length()
    mantissa = (odds.numerator << shift) // odds.denominator if shift >= 0 else odds.numerator // (odds.denominator << -shift)
    term = total = 1 << places
    steps, end, enough = 0, (0 if below else n), 1 << a.bits + 8
    paid = _least_steps(at, n, odds, below, a.bits + 8)
    a.budget.spend(paid)
    while at != end:
        part, ways = (at, n - at + 1) if below else (n - at, at + 1)
        product = term * part * mantissa
        term = (product >> shift if shift >= 0 else product << -shift) // ways
        total += term
        steps += 1
        at += -1 if below else 1
        if steps % 256 == 0 or term == 0:
            a.budget.spend((256 if steps > paid else 0) + (term == 0))
            part, ways = (at, n - at + 1) if below else (n - at, at + 1)
            ratio = part * odds / ways
            if at == end or ratio >= 1:
                continue
            # The rest is at most a geometric series after the true last term.
            rest = math.ceil((term + 4 * steps) * ratio / (1 - ratio))
            if rest * enough <= total or term == 0:
                high = total + rest + 4 * steps * (steps + 1) // 2
                return Interval(libmp.from_man_exp(total, -places), libmp.from_man_exp(high, -places))
    high = total + 4 * steps * (steps + 1) // 2
    return Interval(libmp.from_man_exp(total, -places), libmp.from_man_exp(high, -places))


def _least_steps(at: int, n: int, odds: Fraction, below: bool, bits: int) -> int:
    """So many steps, a power of two, are taken in any case before the rest is below 2^-bits of the sum: what is too much is declined
    before it is begun.

    With r the ratio after j steps, all ratios before are at least r, so the rest is at least r^j r/(1 - r) of the first term, and
    the sum at most j + 1 of it.
    """
    steps, most = 0, at if below else n - at
    j = 1024
    while j < most:
        k = at - j if below else at + j
        part, ways = (k, n - k + 1) if below else (n - k, k + 1)
        gap = float(max(Fraction(0), 1 - part * odds / ways))
        # Where they are next to 1, or above, the rest is as large as the sum; where they halve it, so many are more than enough.
        if gap > 1e-300 and (gap > 0.5 or j * math.log1p(-gap) - math.log(gap) < math.log(j + 1) + 2 - bits * math.log(2)):
            break
        steps, j = j, 2 * j
    return steps


# ---- the confidence sequence of a rate ----


def mixture(a: Arithmetic, share: Value) -> int:
    """b of the Beta(1, b) mixture: 2/share - 1 to the nearest whole number, within 1 and 10^12.

    Halves go up, and so does what is less than a double's spacing below one.
    """
    if isinstance(share, Fraction):
        if share <= 0:
            return 1
        middle = 2 / share - 1
    else:
        try:
            inverse = a.divide(a.enclose(Fraction(2)), share)
        except Refused:
            return 1
        if INFINITE == inverse.high or MINUS_INFINITE == inverse.low:
            return 10**12
        middle = (fraction(inverse.low) + fraction(inverse.high)) / 2 - 1
    middle = min(max(middle, Fraction(0)), Fraction(2 * 10**12))
    nearest = math.floor(middle + HALF)
    double = Fraction(math.ulp(float(middle)))
    if nearest + HALF - middle < double:
        nearest += 1
    return min(max(nearest, 1), 10**12)


class Sequence:
    """The Beta(1, b)-mixture martingale of a rate after `events` in `trials`: it excludes a rate p where
    B(1 + k, b + n - k) / B(1, b) >= p^k (1 - p)^(n-k) / error."""

    def __init__(self, a: Arithmetic, events: int, trials: int, b: int, error: Fraction) -> None:
        possible = 0 <= events <= trials and trials > 0 and b > 0 and error > 0 and trials + b < (1 << 64) - 1
        require(possible, "undefined", "argument of mixture martingale out of range")
        # The logarithms are as large as n ln n.
        self.a = Arithmetic(a.bits + 2 * (trials + b).bit_length(), a.reach, a.budget)
        self.events, self.others = events, trials - events
        gamma = self.a.add(ln_factorial(self.a, events), ln_factorial(self.a, b + self.others - 1))
        gamma = self.a.subtract(gamma, ln_factorial(self.a, b + trials))
        self.integral = self.a.add(gamma, self.a.ln(self.a.enclose(Fraction(b))))
        self.least = self.a.negative(self.a.ln(self.a.enclose(error)))

    def excludes(self, billionths: int) -> bool:
        """Whether this rate, strictly between 0 and 1, is excluded."""
        self.a.budget.spend(100)
        rate, likelihood = Fraction(billionths, BILLION), Interval(ZERO, ZERO)
        for count, share in ((self.events, rate), (self.others, 1 - rate)):
            if count:
                part = self.a.multiply(self.a.enclose(Fraction(count)), self.a.ln(self.a.enclose(share)))
                likelihood = self.a.add(likelihood, part)
        evidence = self.a.subtract(self.integral, likelihood)
        return at_most(self.least.high, evidence.low)

    def _observed(self) -> int:
        return self.events * BILLION // (self.events + self.others)

    def upper(self) -> int:
        """The least excluded number of billionths above the observed rate; 10^9 if there is none."""
        low, high = self._observed(), BILLION
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.excludes(middle) else (middle, high)
        return high

    def lower(self) -> int:
        """The largest excluded number of billionths below the observed rate; 0 if there is none."""
        low, high = 0, self._observed()
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.excludes(middle) else (low, middle)
        return low
