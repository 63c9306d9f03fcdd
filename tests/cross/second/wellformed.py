"""That every variant of a theory text can be derived, says everything it rests on, and has nothing idle.

The rules do without: a text with a gap proves nothing. It is for whoever writes the text.
"""

from typing import Iterator

from .language import FUNCTIONS, Claim, Event, Probability
from .refusal import Refused
from .theory import DATA, ROWS, Axiom, Conclude, Let, Need, Statement, Theory, Variant, bad, tags

# The prefix of the functions that read the rows of a certificate.
ROW_FUNCTIONS = "support_"
# What the rules on trials and the verdict read.
READ_BY_RULES = ("delta", "error_bound", "minority", "certification_error")


def check(theory: Theory) -> None:
    """Refuses, as `bad-theory`, a text with an incomplete variant."""
    met: set[tuple[str, str]] = set()
    for name in theory.theorems():
        for variant in theory.variants(name):
            met.update(variant.items())
            try:
                of_variant(theory, name, variant)
            except Refused as cause:
                raise bad(f"{name} [{tags(variant)}]: {cause.reason}") from cause
    for entry in theory.blocks.values():
        for line in entry.lines:
            for axis, values in line.when.items():
                for value in values:
                    if (axis, value) not in met:
                        raise bad(f"no variant has {axis}={value} (`{line.words}`)")
    for name, assumes in (
        *((e.name, e.assumes) for e in theory.events.values()),
        *((o.name, o.assumes) for o in theory.obligations.values()),
    ):
        for event in assumes:
            if event not in theory.events:
                raise bad(f"`{name}` assumes `{event}`, which is not declared")
    _spoken_of(theory)


def _spoken_of(theory: Theory) -> None:
    """Every obligation is some theorem's, and of every event something is said."""

    def words(keyword: str) -> set[str]:
        own = (line for name in theory.theorems() for line in theory.blocks[name].lines)
        return {word for line in own if line.keyword == keyword for word in line.words.split(" ")}

    for name in theory.obligations.keys() - words("obligations"):
        raise bad(f"no theorem has the obligation `{name}`")
    claims = [c.claim for a in theory.axioms.values() for c in a.clauses if isinstance(c, (Need, Conclude))]
    met = words("events") | {event.name for event in _events(claims)}
    met.update(event for d in (*theory.events.values(), *theory.obligations.values()) for event in d.assumes)
    for name in theory.events.keys() - met:
        raise bad(f"nothing is said of the event `{name}`")


def of_variant(theory: Theory, theorem: str, variant: Variant) -> None:
    """One variant."""
    statement = theory.statement(theorem, variant)
    axioms = []
    for name in statement.axioms:
        if name not in theory.axioms:
            raise bad(f"there is no axiom `{name}`")
        axioms.append(theory.axioms[name])
    for what, names in (("axiom", statement.axioms), ("choice", statement.choices)):
        if len(set(names)) < len(names):
            raise bad(f"an {what} stands twice")
    for name in statement.choices:
        if name not in theory.quantities:
            raise bad(f"`{name}` is chosen, and no quantity of that name is declared")
    _depended_on(theory, theorem, variant, axioms)
    known = _defined(variant, statement, axioms)
    _bounded(statement, axioms, known)
    _nothing_idle(theory, statement, axioms)


def _depended_on(theory: Theory, theorem: str, variant: Variant, axioms: list[Axiom]) -> None:
    """Something depends on every axis."""
    told = {DATA} | {axis for line in theory.blocks[theorem].lines for axis in line.when}
    for axiom in axioms:
        told |= set(axiom.only)
    for axis in variant:
        if axis not in told:
            raise bad(f"nothing depends on the axis `{axis}`")


def _symbols(claim: Claim) -> set[str]:
    return set().union(*(t.symbols() for t in claim.terms()))


def _defined(variant: Variant, statement: Statement, axioms: list[Axiom]) -> set[str]:
    """The symbols defined, each once, by axioms that in some order use only what is defined before."""
    rows = variant.get(DATA) == ROWS
    known, left = set(statement.choices), list(axioms)
    while left:
        reason, later = "", []
        for axiom in left:
            own: list[str] = []
            missing = ""
            for clause in axiom.clauses:
                missing = missing or next((s for s in sorted(clause.symbols) if s not in known and s not in own), "")
                for function in clause.functions:
                    if function not in FUNCTIONS and not (rows and function.startswith(ROW_FUNCTIONS)):
                        missing = missing or f"{function}()"
                if isinstance(clause, Let):
                    own.append(clause.symbol)
            if missing:
                reason = f"`{axiom.name}` uses `{missing}`, which is not defined"
                later.append(axiom)
                continue
            for symbol in own:
                if symbol in known:
                    raise bad(f"`{symbol}` is defined twice, the second time by `{axiom.name}`")
                known.add(symbol)
        if len(later) == len(left):
            raise bad(reason)
        left = later
    for symbol in READ_BY_RULES:
        if symbol not in known:
            raise bad(f"`{symbol}` is not defined")
    return known


def _events(claims: list[Claim]) -> Iterator[Event]:
    return (event for claim in claims if isinstance(claim, Probability) for event in claim.events)


def _bounded(statement: Statement, axioms: list[Axiom], known: set[str]) -> None:
    """Whatever is needed, stated or counted is bounded by an axiom or by the counts."""
    concluded = (a.conclusion() for a in axioms)
    bounds = [c for c in (*concluded, *statement.counted) if c is not None]
    events = set(_events(bounds))
    for axiom in axioms:
        for clause in axiom.clauses:
            for event in _events([clause.claim] if isinstance(clause, Need) else []):
                if event not in events:
                    raise bad(f"`{axiom.name}` needs a bound on `{event}`, and nothing gives one")
    if not statement.roots:
        raise bad("it states nothing")
    for root in statement.roots:
        for symbol in _symbols(root) - known:
            raise bad(f"it states something of `{symbol}`, which is not defined")
        if root not in bounds:
            raise bad(f"it states `{root}`, and nothing concludes it")
    alone = {c.events[0] for c in bounds if isinstance(c, Probability) and len(c.events) == 1}
    for name in statement.events:
        if not any(e.negated and e.name == name for e in alone):
            raise bad(f"nothing bounds the event `{name}`")
    for claim in statement.counted:
        # The counts say how often an event failed, so only a bound on its failure can follow from them.
        events_of = list(_events([claim]))
        if len(events_of) != 1 or not events_of[0].negated or events_of[0].name not in statement.events:
            raise bad(f"`{claim}` is no bound on the failure of one counted event")


def _nothing_idle(theory: Theory, statement: Statement, axioms: list[Axiom]) -> None:
    """Every choice is used, every axiom leads somewhere, every conclusion is needed."""
    needed = [*statement.roots, *statement.counted]
    read_outside = {*READ_BY_RULES, *theory.run, *(s for claim in needed for s in _symbols(claim))}
    readers: dict[str, set[str]] = {}
    for axiom in axioms:
        for clause in axiom.clauses:
            for symbol in clause.symbols:
                readers.setdefault(symbol, set()).add(axiom.name)
            if isinstance(clause, Need):
                needed.append(clause.claim)
    wanted = set(_events(needed))
    for choice in statement.choices:
        if choice not in readers and choice not in read_outside:
            raise bad(f"`{choice}` is chosen for nothing")
    for axiom in axioms:
        leads = False
        for clause in axiom.clauses:
            if isinstance(clause, Let):
                leads |= clause.symbol in read_outside or bool(readers.get(clause.symbol, set()) - {axiom.name})
            elif isinstance(clause, Need):
                leads = True
            elif isinstance(clause, Conclude) and isinstance(clause.claim, Probability):
                if not wanted.intersection(clause.claim.events):
                    raise bad(f"`{axiom.name}` concludes what nothing needs")
                leads = True
            else:
                leads = True
        if not leads:
            raise bad(f"`{axiom.name}` is used for nothing")
