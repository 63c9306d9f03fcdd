"""The uniform distribution on a list of labelled rows: its moments, as finite sums of exact numbers.

Every coordinate is a double, so all of them are whole multiples of one power of two, the unit; sums of products are taken of these
whole numbers.
"""

import math
from fractions import Fraction
from typing import Callable, Optional, Sequence

from mpmath import libmp

from .arithmetic import DOWN, ONE, UP, ZERO, Arithmetic, Interval, Value
from .budget import Budget
from .refusal import require

# The products of all pairs of columns, or of rows where these are fewer, and their squarings are taken up to so much work; the mean
# of |x|^2 stands in for the operator norm beyond.
PAIRS_WORK = 1 << 24
# Products spent on squarings of E[xx^T], and most squarings.
SQUARING_PRODUCTS = 1 << 21
MOST_SQUARINGS = 8


class Support:
    """Rows, labels, and what the functions of a finite support are."""

    def __init__(self, points: list[list[float]], labels: list[int], budget: Budget) -> None:
        dimension = len(points[0]) if points else 0
        shaped = dimension > 0 and len(labels) == len(points) and all(len(row) == dimension for row in points)
        require(shaped, "bad-support", "rows empty, of different lengths, or not one a label")
        require(all(y in (-1, 1) for y in labels), "bad-support", "a label is neither -1 nor 1")
        require(all(math.isfinite(x) for row in points for x in row), "bad-support", "a coordinate is not finite")
        self.labels, self.count, self.dimension = labels, len(points), dimension
        budget.spend(2 * self.count * dimension)
        exponents = [_place(x) for row in points for x in row if x]
        self.unit = min((low for low, _ in exponents), default=0)
        self.bits = max((high for _, high in exponents), default=0) - self.unit
        words = -(-self.bits // 64)
        self.product_work = words * words // 64 + 1
        budget.spend(self.count * dimension * self.product_work + dimension * (abs(self.unit) >> 3))
        self.rows = [[_multiple(x, self.unit) for x in row] for row in points]
        self.sums = [sum(y * row[j] for y, row in zip(labels, self.rows)) for j in range(dimension)]
        self.squares = [sum(x * x for x in row) for row in self.rows]
        self.square = sum(s * s for s in self.sums)
        # y <sum of yx, x> of every row, in squares of the unit.
        inner = (y * sum(s * x for s, x in zip(self.sums, row)) for y, row in zip(labels, self.rows))
        self.margins = list(inner) if self.square else []
        self.operator: dict[int, Interval] = {}

    def _times_unit(self, number: int, power: int) -> Fraction:
        return Fraction(number) * Fraction(2) ** (self.unit * power)

    def label_weighted_sums(self) -> list[str]:
        """The exact sums of y x, as `n` or `n/d` in lowest terms."""
        return [str(self._times_unit(s, 1)) for s in self.sums]

    def function(self, a: Arithmetic, name: str, arguments: list[Value]) -> Optional[Interval]:
        """The value of a function of the support, if there is one of this name and as many arguments."""
        if name == "support_hinge_loss" and len(arguments) == 1 and self.margins:
            return self._hinge_loss(a, arguments[0])
        simple: dict[str, Callable[[], Value]] = {
            "support_dimension": lambda: Fraction(self.dimension),
            "support_minority": lambda: Fraction(min(self.labels.count(1), self.labels.count(-1)), self.count),
            "support_mean_square_norm": lambda: self._times_unit(sum(self.squares), 2) / self.count,
            "support_norm_bound": lambda: self._root(a, max(self.squares)),
            "support_mean_norm": lambda: self._mean_norm(a),
            "support_operator_norm": lambda: self._operator_norm(a),
            "support_gradient_norm": lambda: a.divide(self._root(a, self.square), a.enclose(Fraction(self.count))),
        }
        if self.margins:
            simple["support_reach"] = lambda: self._along(a, max(abs(m) for m in self.margins))
            simple["support_margin"] = lambda: self._along(a, min(self.margins))
        # No value of the rows counts as exactly known, the whole dimension but for its enclosure being a point.
        return a.enclose(simple[name]()) if name in simple and not arguments else None

    def _root(self, a: Arithmetic, square: int) -> Interval:
        """A square root, in units."""
        x = libmp.from_int(square)
        root = Interval(libmp.mpf_sqrt(x, a.bits, DOWN), libmp.mpf_sqrt(x, a.bits, UP))
        return a.multiply(root, a.enclose(Fraction(2) ** self.unit))

    def _mean_norm(self, a: Arithmetic) -> Interval:
        a.budget.spend(20 * self.count)
        total = Interval(ZERO, ZERO)
        for square in self.squares:
            total = a.add(total, self._root(a, square))
        return a.divide(total, a.enclose(Fraction(self.count)))

    def _along(self, a: Arithmetic, margin: int) -> Interval:
        """y <D, x> of a margin, D = E[yx]/|E[yx]|."""
        return a.divide(a.enclose(self._times_unit(margin, 2)), self._root(a, self.square))

    def _hinge_loss(self, a: Arithmetic, mu: Value) -> Interval:
        """The mean of max(0, 1 - y <D, x>/mu)."""
        a.budget.spend(30 * self.count)
        scale = a.divide(Interval(ONE, ONE), a.multiply(self._root(a, self.square), a.enclose(mu)))
        total = Interval(ZERO, ZERO)
        for margin in self.margins:
            loss = a.multiply(a.enclose(self._times_unit(margin, 2)), scale)
            total = a.add(total, a.larger(Interval(ZERO, ZERO), a.subtract(Interval(ONE, ONE), loss)))
        return a.divide(total, a.enclose(Fraction(self.count)))

    def _operator_norm(self, a: Arithmetic) -> Interval:
        """An upper bound on sqrt(lambda_max(A)), A = E[xx^T]: (tr A^(2^(s+1)))^(1/2^(s+2)) after s squarings of A.

        The products of all pairs of rows have the same trace powers as A, but for the factor n, and serve where they are fewer.
        """
        if a.bits not in self.operator:
            self.operator[a.bits] = self._power_of_trace(a)
        return self.operator[a.bits]

    def _power_of_trace(self, a: Arithmetic) -> Interval:
        size = min(self.count, self.dimension)
        pairs = size * size * max(self.count, self.dimension) * self.product_work // 4
        if pairs + 2 * min(SQUARING_PRODUCTS, MOST_SQUARINGS * size**3) > PAIRS_WORK:
            return a.sqrt(a.enclose(self._times_unit(sum(self.squares), 2) / self.count))
        squarings = min(MOST_SQUARINGS, SQUARING_PRODUCTS // size**3)
        a.budget.spend(pairs // 2 + squarings * size**3 // 2)
        vectors = self.rows if self.count < self.dimension else list(zip(*self.rows))
        matrix = _inner_products(vectors)
        # Entries are whole numbers in units of 2^exponent, each wrong by at most `error` of them.
        exponent, error = 0, 0
        for _ in range(squarings):
            largest = max(abs(x) for row in matrix for x in row)
            matrix = _inner_products(matrix)
            error = size * error * (2 * largest + error)
            exponent *= 2
            # A power of trace(P)/size is at least this far above the errors after every rounding.
            surplus = max(0, max(abs(x) for row in matrix for x in row).bit_length() - a.bits - 200)
            matrix = [[x >> surplus for x in row] for row in matrix]
            error, exponent = -(-error >> surplus) + (surplus > 0), exponent + surplus
        low = high = 0
        for row in matrix:
            low += sum(max(0, abs(x) - error) ** 2 for x in row)
            high += sum((abs(x) + error) ** 2 for x in row)
        # tr P^2 with P = (n A / unit^2)^(2^squarings).
        wide = Arithmetic(a.bits + 20, 1 << 40, a.budget)
        root = wide.interval(
            libmp.from_man_exp(low, 2 * exponent, wide.bits, DOWN), libmp.from_man_exp(high, 2 * exponent, wide.bits, UP)
        )
        for _ in range(squarings + 1):
            root = wide.sqrt(root)
        root = wide.multiply(root, wide.enclose(self._times_unit(1, 2) / self.count))
        root = wide.sqrt(root)
        return a.interval(libmp.mpf_pos(root.low, a.bits, DOWN), libmp.mpf_pos(root.high, a.bits, UP))


def _inner_products(vectors: Sequence[Sequence[int]]) -> list[list[int]]:
    """All inner products of a list of vectors; for the rows of a symmetric matrix, its square."""
    lower = [[sum(x * y for x, y in zip(v, w)) for w in vectors[: i + 1]] for i, v in enumerate(vectors)]
    return [[lower[max(i, j)][min(i, j)] for j in range(len(vectors))] for i in range(len(vectors))]


def _place(x: float) -> tuple[int, int]:
    """Where the last and the first bit of a double stand."""
    n, d = x.as_integer_ratio()
    n = abs(n)
    last = (n & -n).bit_length() - 1 - (d.bit_length() - 1)
    return last, n.bit_length() - (d.bit_length() - 1)


def _multiple(x: float, unit: int) -> int:
    n, d = x.as_integer_ratio()
    shift = -(d.bit_length() - 1) - unit
    return n << shift if shift >= 0 else n >> -shift
