"""What a theory consists of: quantities, events, obligations, axioms and theorems."""

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Iterable, Iterator, Optional, Sequence, Union

from . import language
from .language import Claim, Event, Inequality, Probability, Term
from .refusal import Refused, require

# The axis that names the distribution, and the one distribution whose rows stand in the certificate.
DATA, ROWS = "data", "finite-support"

# Values by axis: one an axis in a variant, several in a list of variants or a condition.
Variant = dict[str, str]
Axes = dict[str, tuple[str, ...]]


def bad(reason: str) -> Refused:
    return Refused("bad-theory", reason)


@dataclass(frozen=True)
class Quantity:
    name: str
    kind: str
    bounds: tuple[tuple[str, Fraction], ...]
    recorded: bool
    meaning: str

    def admits(self, x: Fraction) -> bool:
        if self.kind == "whole" and x.denominator != 1 or self.kind == "share" and not 0 < x < 1:
            return False
        holds = {"<": x.__lt__, "<=": x.__le__, ">": x.__gt__, ">=": x.__ge__}
        return all(holds[comparison](limit) for comparison, limit in self.bounds)


@dataclass(frozen=True)
class EventDeclaration:
    name: str
    arguments: tuple[str, ...]
    assumes: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Obligation:
    name: str
    assumes: tuple[str, ...]
    meaning: str


class _Clause:
    """A line of an axiom."""

    def terms(self) -> list[Term]:
        raise NotImplementedError

    @cached_property
    def symbols(self) -> frozenset[str]:
        return frozenset().union(*(t.symbols() for t in self.terms()))

    @cached_property
    def functions(self) -> frozenset[str]:
        return frozenset().union(*(t.functions() for t in self.terms()))


@dataclass(frozen=True)
class Let(_Clause):
    symbol: str
    term: Term

    def terms(self) -> list[Term]:
        return [self.term]


@dataclass(frozen=True)
class Need(_Clause):
    claim: Claim

    def terms(self) -> list[Term]:
        return self.claim.terms()


@dataclass(frozen=True)
class Conclude(_Clause):
    claim: Claim

    def terms(self) -> list[Term]:
        return self.claim.terms()


@dataclass
class Axiom:
    name: str
    chapter: str
    # For the axiom of a distribution `finite`, `continuous`, or `finite-by AXIOM`.
    law: Optional[str]
    tier: str = ""
    place: str = ""
    meaning: str = ""
    only: Axes = field(default_factory=dict)
    finite: bool = False
    clauses: list[Union[Let, Need, Conclude]] = field(default_factory=list)

    def conclusion(self) -> Optional[Claim]:
        return next((c.claim for c in self.clauses if isinstance(c, Conclude)), None)

    def is_finite(self, used: Sequence[str]) -> bool:
        """Whether a law is one of finitely many points, where these axioms are used."""
        kind, _, axiom = (self.law or "").partition(" ")
        return kind == "finite" or (kind == "finite-by" and axiom in used)


@dataclass(frozen=True)
class Line:
    when: Axes
    keyword: str
    words: str


@dataclass
class Theorem:
    """A theorem, or, without variants, a block of lines that theorems share."""

    chapter: str = ""
    variants: list[Axes] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Statement:
    """What a certificate of one variant of a theorem consists of."""

    choices: tuple[str, ...]
    axioms: tuple[str, ...]
    roots: tuple[Claim, ...]
    events: tuple[str, ...]
    counted: tuple[Claim, ...]
    obligations: tuple[Obligation, ...]


def meets(variant: Variant, axes: Axes) -> bool:
    """Whether the variant has one of the values of every axis."""
    return all(variant.get(axis) in values for axis, values in axes.items())


def tags(variant: Variant) -> str:
    """A variant as it stands in a statement."""
    return " ".join(f"{axis}={variant[axis]}" for axis in sorted(variant))


class Theory:
    """What a text declares; `text` reads one."""

    def __init__(self) -> None:
        self.quantities: dict[str, Quantity] = {}
        self.events: dict[str, EventDeclaration] = {}
        self.obligations: dict[str, Obligation] = {}
        self.run: list[str] = []
        self.axioms: dict[str, Axiom] = {}
        self.blocks: dict[str, Theorem] = {}
        self.chapters: set[str] = set()
        self.extensions: dict[str, str] = {}
        """SHA-256 of the text of every theory that extends the first one, and of those it builds on."""

    def needs_permission(self, name: str) -> bool:
        """Whether an axiom is the paper's, or of a text that extends the first one."""
        axiom = self.axioms.get(name)
        return axiom is not None and (axiom.tier == "paper" or axiom.chapter in self.extensions)

    def named(self, theorem: str, axioms: Iterable[str]) -> dict[str, str]:
        """The extensions that a theorem or one of these axioms is of."""
        chapters = {self.axioms[name].chapter for name in axioms if name in self.axioms}
        chapters.add(self.blocks[theorem].chapter)
        return {name: digest for name, digest in self.extensions.items() if name in chapters}

    def theorems(self) -> Iterator[str]:
        return (name for name, entry in self.blocks.items() if entry.variants)

    def variants(self, theorem: str) -> Iterator[Variant]:
        for axes in self.blocks[theorem].variants:
            for values in itertools.product(*axes.values()):
                yield dict(zip(axes, values))

    def claim(self, text: str) -> Claim:
        """A claim whose events are named without arguments: those declared are meant."""
        claim = language.claim(text)
        if isinstance(claim, Inequality):
            return claim
        events = []
        for event in claim.events:
            require(not event.arguments, "misplaced-arguments", "an event's arguments are declared with it")
            declared = self.events.get(event.name)
            if declared is None:
                raise Refused("unknown-event", f"`{event.name}` is not declared")
            events.append(Event(event.negated, event.name, tuple(map(language.symbol, declared.arguments))))
        return Probability(tuple(events), claim.bound)

    def statement(self, theorem: str, variant: Variant) -> Statement:
        """What a certificate of this variant consists of. Refusals: `unknown-theorem`, `unknown-variant`,
        `misused-axiom`."""
        entry = self.blocks.get(theorem, Theorem())
        require(bool(entry.variants), "unknown-theorem", theorem)
        listed = any(set(axes) == set(variant) and meets(variant, axes) for axes in entry.variants)
        require(listed, "unknown-variant", f"{theorem} has no variant {tags(variant)}")
        own = [line for line in entry.lines if meets(variant, line.when)]

        def words(keyword: str) -> tuple[str, ...]:
            return tuple(word for line in own if line.keyword == keyword for word in line.words.split(" "))

        def claims(keyword: str) -> tuple[Claim, ...]:
            return tuple(self.claim(line.words) for line in own if line.keyword == keyword)

        events, obligations = words("events"), []
        for name in words("obligations"):
            declared = self.obligations.get(name)
            if declared is None:
                raise Refused("unknown-obligation", f"`{name}` is not declared")
            assumes = tuple(event for event in declared.assumes if event in events)
            obligations.append(Obligation(name, assumes, declared.meaning))
        used = words("use")
        self._restrict(variant, used)
        return Statement(words("choose"), used, claims("state"), events, claims("counted"), tuple(obligations))

    def _restrict(self, variant: Variant, used: tuple[str, ...]) -> None:
        """One law is used, the one that the variant names, and every axiom is proved for this variant.

        Refusals: `misused-axiom`.
        """
        axioms = [self.axioms[name] for name in used if name in self.axioms]
        laws = [axiom for axiom in axioms if axiom.law is not None]
        names = [axiom.name for axiom in laws]
        named = variant.get(DATA)
        require(names == [named], "misused-axiom", f"the distribution is {named}, the laws used are {names}")
        finite = laws[0].is_finite(used)
        for axiom in axioms:
            wrong = [f"{axis}={'|'.join(values)}" for axis, values in axiom.only.items() if variant.get(axis) not in values]
            wrong += ["finite distributions"] if axiom.finite and not finite else []
            require(not wrong, "misused-axiom", f"`{axiom.name}` is proved for {' '.join(wrong)} only")
