"""Makes a certificate agree with itself: for the self-test, and for whoever tries to forge one.

Of a document's steps the rules, axioms, premises, chosen numbers and claims are kept; all that follows from them is put in.
"""

import json
from fractions import Fraction
from typing import Any, Callable

from . import language
from .arithmetic import Arithmetic, whole
from .budget import Budget
from .document import Certificate, parse
from .refusal import Refused
from .rows import Support
from .rules import Derivation
from .statement import SHOWN_DIGITS
from .theory import Theory, tags
from .values import enclosure

# The other checker's bits: its statement rounds intervals, not exact values.
BITS, REACH = 128, 16_600


def sealed(document: dict[str, Any], theory: Theory) -> dict[str, Any]:
    """The document with everything derived put right, as far as the rules can be followed."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    for step in made["steps"]:
        for defined in step.get("defines", []):
            defined.setdefault("is", "0")
            defined.setdefault("value", ["0", "0"])
    made = {"statement": "", "verdict": "", "axioms": [], "info": None, **made}
    certificate = parse(json.dumps(made).encode())
    try:
        derivation = _followed(made, certificate, theory)
    except Refused:
        return made
    trials = certificate.trials
    made["axioms"] = sorted(derivation.rests_on)
    parts: dict[str, Callable[[], str]] = {"verdict": lambda: derivation.verdict(trials), "statement": lambda: statement(derivation, certificate)}
    for key, part in parts.items():
        try:
            made[key] = part()
        except Refused:
            pass
    return made


def _followed(made: dict[str, Any], certificate: Certificate, theory: Theory) -> Derivation:
    support = None
    if certificate.support is not None:
        support = Support(certificate.support.points, certificate.support.labels, Budget())
        made["support"]["label_weighted_sums"] = support.label_weighted_sums()
    derivation = Derivation(theory, certificate.theorem, certificate.variant, support, Budget())
    for record, step in zip(made["steps"], certificate.steps):
        if step.rule in ("definition", "trials"):
            record["defines"] = []
        try:
            claim, needs, defines = derivation.apply(step, certificate.trials)
        except Refused:
            break
        kept = {d.name: d.value for d in step.defines}
        for key, value in (("claim", claim and str(claim)), ("needs", needs), ("defines", _defined(derivation, defines, kept))):
            record.pop(key, None)
            if value:
                record[key] = value
    return derivation


def _defined(derivation: Derivation, names: list[str], kept: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """The definitions, each with the enclosure it has if that is right."""
    symbols = derivation.symbols
    a = Arithmetic(BITS, REACH, derivation.budget)
    records = []
    for name in names:
        term, value = symbols.terms[name], symbols.values[name]
        shown = value if isinstance(value, Fraction) else a.interval(value.low, value.high)
        right = name in kept and symbols.encloses(kept[name], language.symbol(name)) is None
        records.append({"name": name, "is": str(term), "value": list(kept[name] if right else enclosure(shown))})
    return records


def statement(derivation: Derivation, certificate: Certificate) -> str:
    """The sentence of a certificate."""
    roots = derivation.statement.roots
    mentioned = {s for root in roots for t in root.terms() for s in t.symbols()}
    a, symbols, trials = Arithmetic(BITS, REACH, derivation.budget), derivation.symbols, certificate.trials
    numbers = []
    for name, by_axiom in derivation.defined:
        if not by_axiom or name in mentioned or name in derivation.theory.run:
            term, value = symbols.terms[name], symbols.values[name]
            n, short = whole(value), enclosure(value) if isinstance(value, Fraction) else ("-inf", "inf")
            if term.kind == "number":
                numbers.append(f"{name} = {term}")
            elif n is not None:
                numbers.append(f"{name} = {n}")
            elif short[0] == short[1]:
                numbers.append(f"{name} = {short[0]}")
            else:
                low, high = enclosure(a.enclose(value), SHOWN_DIGITS)
                numbers.append(f"{name} in [{low}, {high}]")

    def up(term: language.Term) -> str:
        x, y = (a.enclose(symbols.value(part)) for part in term.parts)
        return enclosure(a.add(x, y), SHOWN_DIGITS)[1]

    known = "failure_upper" in symbols.terms and "certification_error" in symbols.terms
    return (
        f"{certificate.theorem} [{tags(certificate.variant)}]: {' and '.join(map(str, roots))}; with {', '.join(numbers)}; "
        f"{trials.count} trials of seed {trials.seed}, {trials.failures} failed, {trials.cut} cut, "
        f"{trials.uncertified} uncertified: failure rate at most "
        f"{up(language.term('failure_upper + certification_error')) if known else 1}, "
        f"at error rate {enclosure(symbols.value(derivation.error_rate(trials)), SHOWN_DIGITS)[1]}"
    )
