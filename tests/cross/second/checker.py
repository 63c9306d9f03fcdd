"""A whole certificate."""

import re
import sys
from pathlib import Path
from typing import Iterable

from . import document, statement, text, wellformed
from .budget import Budget
from .document import FORMAT, Certificate
from .refusal import Declined, Refused, require
from .rows import Support
from .rules import Derivation
from .theory import Theory

# A term may be as deep as it has atoms, and the reading of one takes a few frames a level.
FRAMES = 20_000


def built_in_theory(root: Path) -> str:
    """The text of the theory that ships with the crate: its chapters in the order in which the crate includes them."""
    source = (root / "theorems" / "mod.rs").read_text(encoding="utf-8")
    text = source[source.index("const THEORY") :].partition(");\n\n")[0]
    chapters = re.findall(r'include_str!\("([^"]+)"\)', text)
    return "".join((root / "theorems" / chapter).read_text(encoding="utf-8") for chapter in chapters)


def read_theory(source: str) -> Theory:
    """Refusals: `bad-theory`."""
    sys.setrecursionlimit(max(FRAMES, sys.getrecursionlimit()))
    theory = text.read(source)
    wellformed.check(theory)
    return theory


def extend_theory(theory: Theory, source: str) -> None:
    """With a text of someone else's that builds on it. Refusals: `bad-theory`."""
    text.extend(theory, source)
    wellformed.check(theory)


def check(certificate: Certificate, theory: Theory, permit: Iterable[str] = (), budget: Budget | None = None) -> str:
    """The verdict of a valid certificate. Refuses the first thing found wrong; declines what is too much work."""
    sys.setrecursionlimit(max(FRAMES, sys.getrecursionlimit()))
    budget = budget or Budget()
    require(certificate.format == FORMAT, "unknown-format", certificate.format)
    rows, support = certificate.support, None
    if rows is not None:
        support = Support(rows.points, rows.labels, budget)
        same = support.label_weighted_sums() == list(rows.sums)
        require(same, "wrong-sums", "the exact sums of y x are not those of the rows")
    derivation = Derivation(theory, certificate.theorem, certificate.variant, support, budget)
    trials = certificate.trials
    for number, step in enumerate(certificate.steps):
        try:
            derivation.repeat(step, trials)
        except Refused as cause:
            raise Refused(cause.name, f"step {number}: {cause.reason}") from cause
    derivation.complete(certificate.steps, trials)
    verdict = derivation.verdict(trials)
    require(certificate.verdict == verdict, "wrong-verdict", f"the evidence gives `{verdict}`")
    derivation.error_rate_within(trials)
    statement.check(certificate.statement, derivation, certificate.theorem, certificate.variant, trials)
    rests_on = sorted(derivation.rests_on)
    require(list(certificate.axioms) == rests_on, "wrong-axioms", f"the steps rest on {rests_on}")
    theories = theory.named(certificate.theorem, rests_on)
    require(certificate.theories == theories, "wrong-theories", f"it rests on the texts {theories}")
    needing = [name for name in rests_on if theory.needs_permission(name)]
    if theory.blocks[certificate.theorem].chapter in theory.extensions:
        needing.append(certificate.theorem)
    for name in needing:
        require(name in permit, "axiom-not-permitted", f"permit `{name}` by name if you take it on trust")
    return verdict


def answer(data: bytes, theory: Theory, permit: Iterable[str] = (), budget: Budget | None = None) -> str:
    """What is to be said of a file: `valid`, `refused: NAME: REASON` or `declined: too-costly: REASON`."""
    try:
        check(document.parse(data), theory, permit, budget)
    except Refused as cause:
        return f"refused: {cause}"
    except Declined as cause:
        return f"declined: {cause}"
    return "valid"
