"""Reads a theory text, whose language stands at the head of src/certificate/text.rs. What is not understood is refused."""

import hashlib
import itertools
import re
from typing import Any, Optional

from . import language
from .language import numeral
from .refusal import Refused, require
from .theory import Axes, Axiom, Conclude, EventDeclaration, Let, Line, Need, Obligation, Quantity, Theorem, Theory, bad

LABEL = re.compile(r"[a-z0-9.-]+")
RESERVED = ("trials-as-recorded", "evidence-as-recorded")
TIERS = ("standard", "proved", "recorded", "paper")
LISTS = ("choose", "use", "events", "obligations")


def read(text: str) -> Theory:
    """Refusals: `bad-theory`, with the first line that does not read."""
    theory = Theory()
    _Reader(theory, extends=False).read(text)
    return theory


def extend(theory: Theory, text: str) -> None:
    """A text that builds on the theory and redefines nothing of it, of someone else: its axioms need permission.

    Refusals: `bad-theory`.
    """
    reader = _Reader(theory, extends=True)
    reader.read(text)
    require(reader.chapter != "", "bad-theory", "expected `theory NAME` first")
    below = "".join(f"{name} {digest}\n" for name, digest in sorted(theory.extensions.items()))
    theory.extensions[reader.chapter] = hashlib.sha256((below + text).encode()).hexdigest()


class _Reader:
    """Goes through the lines; `conditions` are the `if`s around the current one."""

    def __init__(self, theory: Theory, extends: bool) -> None:
        self.theory = theory
        self.extends = extends
        self.chapter = ""
        self.axiom: Optional[Axiom] = None
        self.block = ""
        self.is_theorem = False
        self.conditions: list[Axes] = []

    def read(self, text: str) -> None:
        lines = text.split("\n")
        for number, raw in enumerate(lines, 1):
            # What ends a line is `\n` or `\r\n`.
            raw = raw.removesuffix("\r") if number < len(lines) else raw
            # Blanks are all that may stand around a line: a tab would be part of its first word.
            line = raw.strip(" ")
            if not line or line.startswith("#"):
                continue
            blanks = len(raw) - len(raw.lstrip(" "))
            try:
                self._line(blanks, line)
            except Refused as cause:
                raise bad(f"line {number} (chapter {self.chapter}): {cause.reason}") from cause
        for axiom in self.theory.axioms.values():
            require(axiom.place != "", "bad-theory", f"`{axiom.name}` cites no proof")

    def _line(self, blanks: int, line: str) -> None:
        keyword, _, words = line.partition(" ")
        level, odd = divmod(blanks, 2)
        if odd or level > len(self.conditions) + 1:
            raise bad("indentation is two blanks a level")
        if not words or "  " in line:
            raise bad("expected `keyword rest`, with single blanks")
        if level == 0:
            self.axiom, self.block, self.conditions = None, "", []
            self._declaration(keyword, words)
            return
        del self.conditions[level - 1 :]
        if self.axiom:
            self._axiom_line(self.axiom, keyword, words)
        elif self.block:
            self._theorem_line(keyword, words)
        else:
            raise bad(f"`{keyword}` is indented under nothing")

    def _declaration(self, keyword: str, words: str) -> None:
        theory = self.theory
        first = self.extends and not self.chapter
        if first and keyword != "theory":
            raise bad("expected `theory NAME` first")
        if keyword == "theory" and first:
            new = words not in theory.chapters
            require(new, "bad-theory", f"duplicate: a theory or chapter `{words}` is read before")
            self.chapter = _label(words)
            theory.chapters.add(words)
        elif keyword == "chapter" and not self.extends:
            self.chapter = words
            theory.chapters.add(words)
        elif keyword == "quantity":
            quantity = _quantity(words)
            lets = {c.symbol for a in theory.axioms.values() for c in a.clauses if isinstance(c, Let)}
            defined = self.extends and quantity.name in lets
            require(not defined, "bad-theory", f"duplicate: `{quantity.name}` is defined before")
            _new(theory.quantities, quantity.name, quantity)
        elif keyword == "event":
            head, meaning = _quoted(words)
            signature, assumes = _assumptions(head)
            name, bracket, rest = signature.partition("(")
            require(not bracket or rest.endswith(")"), "bad-theory", f"`{signature}` is no event")
            arguments = tuple(map(_identifier, filter(None, rest[:-1].split(", "))))
            _new(theory.events, _identifier(name), EventDeclaration(name, arguments, assumes, meaning))
        elif keyword == "obligation":
            head, meaning = _quoted(words)
            name, assumes = _assumptions(head)
            _new(theory.obligations, _identifier(name), Obligation(name, assumes, meaning))
        elif keyword == "run" and not self.extends:
            theory.run.extend(map(_identifier, words.split(" ")))
        elif keyword in ("axiom", "law"):
            name, _, kind = words.partition(" ")
            law: Optional[str] = None
            if keyword == "law":
                law = kind
                known = kind in ("finite", "continuous") or kind.startswith("finite-by ")
                require(known, "bad-theory", "a law is finite, continuous or finite-by AXIOM")
                _label(kind.removeprefix("finite-by "))
            else:
                name = words
            require(name not in RESERVED, "bad-theory", f"duplicate: `{name}` is declared before")
            self.axiom = Axiom(_label(name), self.chapter, law)
            _new(theory.axioms, name, self.axiom)
        elif keyword in ("block", "theorem"):
            _new(theory.blocks, _label(words), Theorem(self.chapter))
            self.block, self.is_theorem = words, keyword == "theorem"
        else:
            raise bad(f"`{keyword}` is unknown or out of place")

    def _axiom_line(self, axiom: Axiom, keyword: str, words: str) -> None:
        if keyword == "let":
            name, _, term = words.partition(" = ")
            axiom.clauses.append(Let(_identifier(name), language.term(term)))
        elif keyword == "need":
            axiom.clauses.append(Need(self.theory.claim(words)))
        elif keyword == "conclude":
            require(axiom.conclusion() is None, "bad-theory", "an axiom concludes one claim")
            axiom.clauses.append(Conclude(self.theory.claim(words)))
        elif keyword in TIERS and not axiom.tier:
            axiom.place, colon, axiom.meaning = words.partition(": ")
            require(bool(colon) and axiom.place != "", "bad-theory", "expected `PLACE: WORDS`")
            axiom.tier = keyword
        elif keyword == "only" and not axiom.only and not axiom.finite:
            parts = words.split(" ")
            axiom.finite = parts[-1] == "finite"
            axiom.only = _axes(parts[:-1] if axiom.finite else parts)
        else:
            raise bad(f"`{keyword}` is unknown, out of place or repeated")

    def _theorem_line(self, keyword: str, words: str) -> None:
        when: Axes = {}
        for condition in self.conditions:
            when = _both(when, condition)
            require(all(when.values()), "bad-theory", "this condition excludes the one around it")
        entry = self.theory.blocks[self.block]
        if keyword == "if":
            self.conditions.append(_axes(words.split(" ")))
        elif keyword == "variant":
            require(self.is_theorem and not when, "bad-theory", "variants belong to a theorem, under no condition")
            entry.variants.append(_axes(words.split(" ")))
        elif keyword == "like":
            block = self.theory.blocks.get(words)
            if block is None or block.variants or block is entry:
                raise bad(f"there is no block `{words}`")
            lines = (Line(_both(line.when, when), line.keyword, line.words) for line in block.lines)
            entry.lines.extend(line for line in lines if all(line.when.values()))
        elif keyword in ("state", "counted"):
            self.theory.claim(words)
            entry.lines.append(Line(when, keyword, words))
        elif keyword in LISTS:
            entry.lines.append(Line(when, keyword, words))
        else:
            raise bad(f"`{keyword}` is unknown or out of place")


def _both(outer: Axes, inner: Axes) -> Axes:
    """What both conditions leave; an axis may be left without a value."""
    both = dict(outer)
    for axis, values in inner.items():
        both[axis] = tuple(v for v in outer.get(axis, values) if v in values)
    return both


def _new(table: dict[str, Any], name: str, entry: object) -> None:
    require(name not in table, "bad-theory", f"duplicate: `{name}` is declared before")
    table[name] = entry


def _identifier(name: str) -> str:
    plain = language.NAME.fullmatch(name) is not None and len(name) <= language.LONGEST_NAME
    require(plain, "bad-theory", f"`{name}` is no name")
    return name


def _label(name: str) -> str:
    require(LABEL.fullmatch(name) is not None, "bad-theory", f"`{name}` is no name")
    return name


def _quoted(words: str) -> tuple[str, str]:
    match = re.fullmatch(r'([^"]*) "([^"]+)"', words)
    if match is None:
        raise bad("expected words in quotation marks at the end")
    return match.group(1), match.group(2)


def _assumptions(head: str) -> tuple[str, tuple[str, ...]]:
    head, _, listed = head.partition(" assumes ")
    return head, tuple(map(_identifier, filter(None, listed.split(" "))))


def _quantity(words: str) -> Quantity:
    head, meaning = _quoted(words)
    recorded = head.endswith(" recorded")
    name, *rest = head.removesuffix(" recorded").split(" ")
    require(bool(rest) and rest[0] in ("whole", "real", "share"), "bad-theory", "a quantity is whole, real or a share")
    bounds = []
    for comparison, limit in itertools.zip_longest(rest[1::2], rest[2::2], fillvalue=""):
        value = numeral(limit)
        if comparison not in ("<", "<=", ">", ">=") or value is None:
            raise bad(f"`{comparison} {limit}` is no bound")
        bounds.append((comparison, value))
    return Quantity(_identifier(name), rest[0], tuple(bounds), recorded, meaning)


def _axes(words: list[str]) -> Axes:
    axes: Axes = {}
    for word in words:
        axis, _, values = word.partition("=")
        listed = tuple(map(_label, values.split("|")))
        new = len(set(listed)) == len(listed) and _label(axis) not in axes
        require(new, "bad-theory", f"`{word}`: an axis or a value stands twice")
        axes[axis] = listed
    return axes
