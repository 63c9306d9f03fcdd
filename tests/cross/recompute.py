"""Recomputes a run written by `provably trace` in NumPy float64 and compares every array.

    python recompute.py DIR              exit 0 if every iterate agrees, 1 with a message if one does not
    python recompute.py --self-test DIR  the same, then every kind of array is perturbed and must be noticed

Step 1 is Lemma 1's formula (docs/theory.md, section 2), held also against the literal update with lambda_1 = 1/eta_1.
Later steps are the literal Algorithm 1 on (a, W) with lambda = 0, from the recomputed iterate, never from the traced one.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Network = tuple[Array, Array]
Change = Callable[[str, Array], Array]

# ||recomputed - traced|| <= TOLERANCE ||traced||, Frobenius norm of each whole array.
TOLERANCE = 1e-10
EPS = float(np.finfo(np.float64).eps)


class Disagreement(Exception):
    """An array that is not what the recomputation gives."""


class Trace:
    """The arrays of a directory, each passed through `change`."""

    def __init__(self, folder: Path, change: Change = lambda _, array: array) -> None:
        self.folder, self.change = folder, change
        self.about = json.loads((folder / "trace.json").read_text())
        self.b = self.array("b")

    def array(self, name: str) -> Array:
        return self.change(name, np.load(self.folder / f"{name}.npy"))

    def network(self, step: int) -> Network:
        return self.array(f"a_{step:05}"), self.array(f"w_{step:05}")

    def batch(self, step: int) -> tuple[Array, Array, Array]:
        return self.array(f"x_{step:05}"), self.array(f"y_{step:05}"), self.array(f"weights_{step:05}")


def agree(name: str, computed: Array, traced: Array) -> float:
    """The relative distance of two arrays, norm-wise."""
    if computed.shape != traced.shape:
        raise Disagreement(f"{name}: shape {traced.shape}, recomputed {computed.shape}")
    distance = float(np.linalg.norm(computed - traced) / max(float(np.linalg.norm(traced)), np.finfo(float).tiny))
    if not distance <= TOLERANCE:
        raise Disagreement(f"{name}: differs by {distance:.3e} of its norm, allowed {TOLERANCE:.0e}")
    return distance


def first_step(trace: Trace) -> Network:
    """Lemma 1, from the initial weights and the first batch alone."""
    (a, w), (x, y, weights) = trace.network(0), trace.batch(1)
    half = len(a) // 2
    # f = 0 exactly, so that the derivative of the loss is its slope at 0 on every sample.
    if not (np.array_equal(a[:half], -a[half:]) and np.array_equal(w[:half], w[half:])):
        raise Disagreement("a_00000, w_00000: the initialisation is not symmetric")
    step, yw = trace.about["eta_1"] * trace.about["slope_at_zero"], y * weights
    gradient, outer = np.empty_like(w), np.empty_like(a)
    for i, (direction, bias) in enumerate(zip(w, trace.b, strict=True)):
        z = x @ direction - bias
        gradient[i], outer[i] = (yw * (z > 0)) @ x, yw @ np.maximum(z, 0)
    closed = (step * outer, step * a[:, None] * gradient)
    slope, eta = trace.about["slope_at_zero"], trace.about["eta_1"]
    literal = (
        a - eta * (-slope * outer + a / eta),
        w - eta * (-slope * a[:, None] * gradient + w / eta),
    )
    # Each of the four operations rounds by eps/2 of an intermediate of size |old| + |new|.
    for name, old, new, other in zip(("a", "w"), (a, w), closed, literal, strict=True):
        if not np.all(np.abs(other - new) <= 4 * EPS * (np.abs(old) + np.abs(new))):
            raise Disagreement(f"{name}_00001: the literal first step is not Lemma 1's up to its rounding")
    return closed


def later_step(trace: Trace, network: Network, step: int) -> Network:
    """One step of Algorithm 1 on the hinge loss, both layers from the old weights."""
    (a, w), (x, y, weights) = network, trace.batch(step)
    z = x @ w.T - trace.b
    hidden = np.maximum(z, 0)
    slope = np.where(y * (hidden @ a) < 1, -y * weights, 0.0)
    eta = trace.about["eta"]
    return a - eta * (slope @ hidden), w - eta * a[:, None] * (((z > 0) * slope[:, None]).T @ x)


def recompute(trace: Trace, first: Network | None = None) -> float:
    """Compares every iterate; the largest relative distance. `first` spares the first step."""
    if trace.about["loss"] != "hinge":
        raise Disagreement(f"the loss {trace.about['loss']} is not recomputed here")
    network, worst = first or first_step(trace), 0.0
    for step in range(1, trace.about["steps"] + 2):
        if step > 1:
            network = later_step(trace, network, step)
        for name, computed, traced in zip(("a", "w"), network, trace.network(step), strict=True):
            worst = max(worst, agree(f"{name}_{step:05}", computed, traced))
    return worst


def self_test(folder: Path, last: int) -> None:
    """Iterates that are wrong by 1e-8 of their norm, and inputs that are not the run's, must be noticed."""
    middle, first = max(2, last // 2), first_step(Trace(folder))
    rng = np.random.default_rng(0)

    def direction(array: Array) -> Array:
        noise = rng.standard_normal(array.shape)
        return array + 1e-8 * np.linalg.norm(array) * noise / np.linalg.norm(noise)

    def scale(array: Array) -> Array:
        return array * (1 + 1e-8)

    iterates = [f"{kind}_{step:05}" for kind in "aw" for step in (1, middle, last)]
    inputs = ["a_00000", "x_00001", "b"]
    changes = [(name, direction) for name in iterates] + [(name, scale) for name in iterates + inputs]
    for name, change in changes:
        altered = Trace(folder, lambda n, array, name=name, change=change: change(array) if n == name else array)
        try:
            recompute(altered, None if name in inputs else first)
        except Disagreement:
            continue
        raise Disagreement(f"self-test: a change of {name} by 1e-8 was not noticed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    try:
        trace = Trace(arguments.folder)
        worst = recompute(trace)
        if arguments.self_test:
            self_test(arguments.folder, trace.about["steps"] + 1)
    except (Disagreement, OSError, ValueError, KeyError) as problem:
        print(f"{arguments.folder}: {problem}", file=sys.stderr)
        return 1
    steps = trace.about["steps"] + 1
    print(f"{arguments.folder}: {steps} steps agree, the largest relative distance is {worst:.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
