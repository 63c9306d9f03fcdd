"""Enclosures against values found another way: fractions, mpmath's own functions and quadrature, enumeration."""

import math
import random
from fractions import Fraction

import mpmath
from mpmath import libmp, mp

from .. import arithmetic as ar
from .. import special
from ..arithmetic import DOWN, UP, Interval, fraction
from ..budget import Budget
from ..refusal import Declined
from ..rows import Support
from .tools import PLENTY, arithmetic, refused

# The other way is taken at so many bits.
REFERENCE = 700


def contains(interval: Interval, value: mpmath.mpf, bits: int) -> None:
    """Fails unless the interval contains the value and is relatively as narrow as 2^-bits."""
    low, high = mp.make_mpf(interval.low), mp.make_mpf(interval.high)
    assert low <= value <= high, f"{value} is not in [{low}, {high}]"
    assert high - low <= abs(value) * mpmath.mpf(2) ** -bits, f"[{low}, {high}] is too wide"


def floats(count: int, largest: int) -> list[ar.Float]:
    """Numbers of all sizes up to 2^largest, both signs, and some that are close to 1."""
    r = random.Random(1)
    found = [libmp.from_man_exp(r.randint(-(1 << 80), 1 << 80), r.randint(-400, largest - 80)) for _ in range(count)]
    near = [libmp.from_man_exp((1 << 200) + r.randint(-(1 << k), 1 << k), -200) for k in range(1, 199, 5)]
    return [x for x in found + near if x != ar.ZERO]


def test_directed_operations_against_fractions() -> None:
    a, xs = arithmetic(60), floats(150, 60)
    for x, y in zip(xs, reversed(xs)):
        exact = {
            libmp.mpf_add: fraction(x) + fraction(y),
            libmp.mpf_mul: fraction(x) * fraction(y),
            libmp.mpf_div: fraction(x) / fraction(y),
        }
        for operation, value in exact.items():
            low, high = fraction(operation(x, y, a.bits, DOWN)), fraction(operation(x, y, a.bits, UP))
            assert low <= value <= high and high - low <= abs(value) / (1 << a.bits - 1)
            assert (low == high) == (value == low)
        root = libmp.mpf_sqrt(libmp.mpf_abs(x), a.bits, DOWN), libmp.mpf_sqrt(libmp.mpf_abs(x), a.bits, UP)
        assert fraction(root[0]) ** 2 <= abs(fraction(x)) <= fraction(root[1]) ** 2


def test_intervals_contain_every_combination() -> None:
    a, r = arithmetic(40), random.Random(2)
    for _ in range(400):
        ends = [Fraction(r.randint(-50, 50), r.randint(1, 9)) for _ in range(4)]
        x, y = sorted(ends[:2]), sorted(ends[2:])
        xs = a.interval(a.enclose(x[0]).low, a.enclose(x[1]).high)
        ys = a.interval(a.enclose(y[0]).low, a.enclose(y[1]).high)
        inner = [(x[0] + (x[1] - x[0]) * i / 4, y[0] + (y[1] - y[0]) * j / 4) for i in range(5) for j in range(5)]
        operations = {
            a.add: lambda p, q: p + q,
            a.subtract: lambda p, q: p - q,
            a.multiply: lambda p, q: p * q,
            a.larger: max,
            a.smaller: min,
        }
        if not y[0] <= 0 <= y[1]:
            operations[a.divide] = lambda p, q: p / q
        for operation, exactly in operations.items():
            result = operation(xs, ys)
            assert all(fraction(result.low) <= exactly(p, q) <= fraction(result.high) for p, q in inner)
        for n in (0, 1, 2, 3, -1, -2):
            if n >= 0 or not x[0] <= 0 <= x[1]:
                result = a.power(xs, a.enclose(Fraction(n)))
                assert all(fraction(result.low) <= p**n <= fraction(result.high) for p, _ in inner)


def test_exp_ln_pi() -> None:
    with mpmath.workprec(REFERENCE):
        contains(ar.pi_between(200), +mp.pi, 195)
        for x in floats(150, 15):
            contains(ar.exp_between(x, 200), mpmath.exp(mp.make_mpf(x)), 195)
            size = libmp.mpf_abs(x)
            if size != ar.ONE:
                contains(ar.ln_between(size, 200), mpmath.log(mp.make_mpf(size)), 195)
    assert ar.exp_between(ar.ZERO, 99) == Interval(ar.ONE, ar.ONE)
    assert ar.ln_between(ar.ONE, 99) == Interval(ar.ZERO, ar.ZERO)


def test_ends_beyond_reach_move_outward() -> None:
    a = arithmetic()
    for x, low, high in ((2_000_000, a.edge, ar.INFINITE), (-2_000_000, ar.ZERO, a.speck)):
        assert a.exp(a.enclose(Fraction(x))) == Interval(low, high)
    huge = a.exp(a.enclose(Fraction(700_000)))
    product = a.multiply(huge, huge)
    assert product == Interval(a.edge, ar.INFINITE)
    assert a.divide(product, product) == Interval(ar.ZERO, ar.INFINITE)
    refused("undefined", lambda: a.divide(huge, a.subtract(huge, huge)))
    refused("undefined", lambda: a.ln(a.enclose(Fraction(0))))
    refused("undefined", lambda: a.sqrt(a.enclose(Fraction(-1))))
    refused("undefined", lambda: a.power(a.enclose(Fraction(2)), a.enclose(Fraction((1 << 20) + 1))))


def test_normal_distribution_against_quadrature_and_erfc() -> None:
    a = arithmetic()
    with mpmath.workprec(250):
        for z in (-2, -0.5, 0.25, 1, 3):
            area = mpmath.quad(mpmath.npdf, [0, z / 2, z]) + mpmath.mpf(1) / 2
            low, high = (mp.make_mpf(end) for end in _normal(a, float(z)))
            assert abs(area - low) < mpmath.mpf(2) ** -150 and abs(area - high) < mpmath.mpf(2) ** -150
    for z in (-60, -30.5, -16.25, -15.75, -1e-9, 0, 1e-3, 2, 8, 15.75, 16.25, 60):
        with mpmath.workprec(400 + int(3 * z * z)):
            contains(Interval(*_normal(a, float(z))), mpmath.erfc(-mpmath.mpf(z) / mpmath.sqrt(2)) / 2, 180)
    # Where the method changes, both give the same.
    edge = libmp.from_int(16)
    series = special._normal_series(a, edge)
    other = a.subtract(Interval(ar.ONE, ar.ONE), a.multiply(special.normal_density(a, edge), special._mills(a, edge)))
    assert ar.at_most(series.low, other.high) and ar.at_most(other.low, series.high)
    wide = special.normal(a, Interval(libmp.from_int(-1), libmp.from_int(1)))
    assert (wide.low, wide.high) == (_normal(a, -1.0)[0], _normal(a, 1.0)[1])
    refused("undefined", lambda: special.normal(a, Interval(ar.ZERO, ar.INFINITE)))


def _normal(a: ar.Arithmetic, z: float) -> tuple[ar.Float, ar.Float]:
    point = libmp.from_float(z)
    found = special.normal(a, Interval(point, point))
    return found.low, found.high


def test_factorials() -> None:
    a = arithmetic()
    with mpmath.workprec(REFERENCE):
        for n in (1000, 1001, 1500):
            contains(special.ln_factorial(a, n), mpmath.log(math.factorial(n)), 185)
        for n in (10**5, 10**10, 1 << 62):
            contains(special.ln_factorial(a, n), mpmath.loggamma(n + 1), 185)


def test_binomial_tails_against_enumeration() -> None:
    a = arithmetic()
    for n, p in ((30, Fraction(1, 3)), (1200, Fraction(1, 10)), (900, Fraction(987654321987654321, 10**20))):
        total, exact = Fraction(0), []
        for k in range(n + 1):
            total += math.comb(n, k) * p**k * (1 - p) ** (n - k)
            exact.append(total)
        for k in range(-1, n + 1, 1 if n < 100 else 97):
            value = exact[k] if k >= 0 else Fraction(0)
            found = special.binomial_cdf(a, Fraction(k), Fraction(n), p)
            assert fraction(found.low) <= value <= fraction(found.high)
            assert fraction(found.high) - fraction(found.low) <= value / (1 << 180)


def test_binomial_tails_by_logarithms_where_they_are_summed_exactly() -> None:
    """Both ways of finding a tail, on the same tails."""
    a, exact_bits = arithmetic(), special.EXACT_BITS
    cases = [(k, n, p) for n, p in ((40, Fraction(1, 3)), (300, Fraction(1, 2))) for k in range(0, n, 7)]
    exactly = [special._binomial_at(a, *case) for case in cases]
    special.EXACT_BITS = 0
    try:
        for case, exact in zip(cases, exactly):
            found = special._binomial_at(a, *case)
            assert ar.at_most(found.low, exact.high) and ar.at_most(exact.low, found.high)
            assert fraction(found.high) - fraction(found.low) <= fraction(exact.high) / (1 << 180)
    finally:
        special.EXACT_BITS = exact_bits


def test_large_binomials_are_normalised() -> None:
    """All terms together are 1: the terms on both sides of one, in units of it, times its probability from logarithms."""
    a = arithmetic()
    for n, p in ((10**6, Fraction(1, 10)), (10**8, Fraction(1, 10**4)), (10**7, Fraction(1, 2))):
        k = int(n * p) - 3
        mass = a.subtract(special._binomial_at(a, k, n, p), special._binomial_at(a, k - 1, n, p))
        first = special._relative_tail(a, k, n, p, True)
        # Upward from k the terms rise to the mean first: from k + 4 on they fall.
        rising, term = Fraction(0), Fraction(1)
        for at in range(k, k + 4):
            term *= Fraction(n - at, at + 1) * p / (1 - p)
            rising += term
        last = special._relative_tail(a, k + 4, n, p, False)
        tail = a.multiply(last, a.enclose(term))
        total = a.multiply(mass, a.add(a.add(first, a.enclose(rising - term)), tail))
        assert fraction(total.low) <= 1 <= fraction(total.high)
        assert fraction(total.high) - fraction(total.low) <= Fraction(1, 1 << 150)


def test_tails_are_paid_for_before_they_are_begun() -> None:
    """What is paid in advance is never more than is done, and about as much; what is beyond reach costs no time."""
    half = special.HALF
    for n, k, p in ((10**6, 499_000, half), (10**6, 490_000, half), (10**8, 50_000_000, half), (10**8, 49_000_000, half), (10**7, 60, Fraction(1, 10**6))):
        wide, below = arithmetic(), k < n * p
        before = wide.budget.left
        special._relative_tail(wide, k if below else k + 1, n, p, below)
        done = before - wide.budget.left
        odds = (1 - p) / p if below else p / (1 - p)
        paid = special._least_steps(k if below else k + 1, n, odds, below, wide.bits + 8)
        assert done // 4 - 1024 <= paid <= done + 256, (n, k, paid, done)
    for p in (Fraction(1, 3), Fraction(1, 10**4000), half + Fraction(1, 1 << 30_000), 1 - Fraction(1, 10**4000)):
        for at, below in ((10**17, True), (10**17, False)):
            assert special._least_steps(at, 3 * 10**17, (1 - p) / p if below else p / (1 - p), below, 208) >= 0
    few = ar.Arithmetic(200, 1 << 20, Budget(100_000_000))
    refused(Declined.name, lambda: special.binomial_cdf(few, Fraction(10**17), Fraction(2 * 10**17), half))
    assert few.budget.left < 0


def test_binomial_of_enclosed_arguments() -> None:
    a = arithmetic()
    p = Interval(a.enclose(Fraction(1, 4)).low, a.enclose(Fraction(1, 3)).high)
    k = Interval(libmp.from_float(2.5), libmp.from_float(3.5))
    found = special.binomial_cdf(a, k, Fraction(9), p)
    assert found.low == special.binomial_cdf(a, Fraction(2), Fraction(9), Interval(p.high, p.high)).low
    assert found.high == special.binomial_cdf(a, Fraction(3), Fraction(9), Fraction(1, 4)).high
    for n, p in ((Fraction(9, 2), Fraction(1, 2)), (Fraction(-1), Fraction(1, 2)), (Fraction(9), Fraction(3, 2))):
        refused("undefined", lambda: special.binomial_cdf(a, Fraction(2), n, p))
    endless = Interval(ar.ZERO, ar.INFINITE)
    refused("undefined", lambda: special.binomial_cdf(a, endless, Fraction(9), Fraction(1, 2)))
    refused("undefined", lambda: special.binomial_cdf(a, Fraction(2), Fraction(9), endless))
    assert special.binomial_cdf(a, Fraction(2), Fraction(9), Fraction(0)) == Interval(ar.ONE, ar.ONE)
    assert special.binomial_cdf(a, Fraction(2), Fraction(9), Fraction(1)) == Interval(ar.ZERO, ar.ZERO)


def test_what_a_confidence_sequence_excludes() -> None:
    """The integral by mpmath's beta function, at the bound and a billionth beside it."""
    a = arithmetic()
    with mpmath.workprec(REFERENCE):
        for k, n, b, error in ((0, 91, 19, Fraction(1, 200)), (8, 65, 1, Fraction(1, 800)), (400, 1000, 3, Fraction(1, 10))):
            sequence = special.Sequence(a, k, n, b, error)

            def excluded(rate: int) -> bool:
                p = mpmath.mpf(rate) / special.BILLION
                integral = mpmath.beta(1 + k, b + n - k) / mpmath.beta(1, b)
                return integral / (p**k * (1 - p) ** (n - k)) >= mpmath.mpf(error.denominator) / error.numerator

            upper, lower = sequence.upper(), sequence.lower()
            assert excluded(upper) and not excluded(upper - 1)
            assert not excluded(lower + 1) and (excluded(lower) if lower else k == 0)
    assert special.Sequence(a, 5, 5, 1, Fraction(1, 10)).upper() == special.BILLION
    assert special.Sequence(a, 1, 1, 1, Fraction(1, 10**5)).upper() == special.BILLION
    refused("undefined", lambda: special.Sequence(a, 3, 2, 1, Fraction(1, 10)))
    refused("undefined", lambda: special.Sequence(a, 0, (1 << 64) - 2, 1, Fraction(1, 10)))


def test_mixtures() -> None:
    a = arithmetic()
    for share, b in ((Fraction(1, 10), 19), (Fraction(4, 5), 2), (Fraction(9, 10), 1), (Fraction(1, 10**13), 10**12), (Fraction(3), 1)):
        assert special.mixture(a, share) == b
        assert special.mixture(a, a.enclose(share)) == b
    assert special.mixture(a, Interval(ar.ZERO, ar.ONE)) == 1


def test_moments_of_rows() -> None:
    a = arithmetic()
    rows = Support([[3.0, 4.0], [0.0, -1.0], [1.5, 0.1]], [1, -1, -1], Budget(PLENTY))
    tenth = Fraction(0.1)
    s = (Fraction(3, 2), 5 - tenth)
    assert rows.label_weighted_sums() == [str(x) for x in s]
    size = a.sqrt(a.enclose(s[0] ** 2 + s[1] ** 2))

    def divided(x: Fraction) -> Interval:
        return a.divide(a.enclose(x), size)

    expected = {
        "support_dimension": Fraction(2),
        "support_minority": Fraction(1, 3),
        "support_mean_square_norm": (26 + Fraction(9, 4) + tenth**2) / 3,
        "support_norm_bound": Fraction(5),
        "support_gradient_norm": a.divide(size, a.enclose(Fraction(3))),
        "support_mean_norm": a.divide(a.add(a.enclose(Fraction(6)), a.sqrt(a.enclose(Fraction(9, 4) + tenth**2))), a.enclose(Fraction(3))),
        "support_reach": divided(3 * s[0] + 4 * s[1]),
        "support_margin": divided(-(Fraction(3, 2) * s[0] + tenth * s[1])),
    }
    for name, value in expected.items():
        found, wanted = a.enclose(rows.function(a, name, [])), a.enclose(value)
        assert ar.at_most(found.low, wanted.high) and ar.at_most(wanted.low, found.high), name
        assert fraction(found.high) - fraction(found.low) <= Fraction(1, 1 << 180), name
    # max(0, 1 - margin/mu) at mu = 4: the margins are 4.9.., 0.95.. and -0.5..
    loss = a.enclose(rows.function(a, "support_hinge_loss", [Fraction(4)]))
    by_hand = a.subtract(a.enclose(Fraction(2)), a.divide(divided(s[1] - (Fraction(3, 2) * s[0] + tenth * s[1])), a.enclose(Fraction(4))))
    by_hand = a.divide(by_hand, a.enclose(Fraction(3)))
    assert ar.at_most(loss.low, by_hand.high) and ar.at_most(by_hand.low, loss.high)
    assert rows.function(a, "support_hinge_loss", []) is None and rows.function(a, "support_margin", [Fraction(1)]) is None
    refused("bad-support", lambda: Support([[math.inf]], [1], Budget(PLENTY)))
    balanced = Support([[1.0], [1.0]], [1, -1], Budget(PLENTY))
    assert balanced.function(a, "support_margin", []) is None
    assert a.enclose(balanced.function(a, "support_gradient_norm", [])) == Interval(ar.ZERO, ar.ZERO)


def test_operator_norm_against_eigenvalues() -> None:
    """Two coordinates, whose eigenvalues have a closed form; from the pairs of rows and from those of columns."""
    a = arithmetic()
    for points in ([[3.0, 4.0], [0.0, -1.0], [1.5, 0.125]], [[2.0, 1.0, 0.5, 0.0], [0.0, 0.25, 0.0, 1.0]]):
        rows = Support(points, [1] * len(points), Budget(PLENTY))
        vectors = points if len(points) == 2 else list(zip(*points))
        p, q, r = (sum(Fraction(x) * Fraction(y) for x, y in zip(vectors[i], vectors[j])) for i, j in ((0, 0), (0, 1), (1, 1)))
        with mpmath.workprec(REFERENCE):
            trace, determinant = mpmath.mpf((p + r).numerator) / (p + r).denominator, p * r - q * q
            root = mpmath.sqrt(trace**2 / 4 - mpmath.mpf(determinant.numerator) / determinant.denominator)
            eigenvalues = [(trace / 2 + sign * root) / len(points) for sign in (1, -1)]
            powers = sum(x**512 for x in eigenvalues)
            contains(rows.function(a, "support_operator_norm", []), powers ** (mpmath.mpf(1) / 1024), 180)
