"""The file: read strictly, so that it has one reading. No key is unknown, missing or there twice, and no value of a wrong type."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Callable, Optional

from .refusal import Declined, Refused

FORMAT = "provably-certificate/2"
MOST_BYTES = 16 << 20
# Lists and objects inside each other, beside the certificate itself.
DEEPEST = 127
# What is not read, as it takes memory all the same.
MOST_INFO_BYTES = 2 << 20
MOST_COUNT = (1 << 64) - 1


@dataclass(frozen=True)
class Definition:
    name: str
    term: str
    value: tuple[str, str]


@dataclass(frozen=True)
class Step:
    rule: str
    axiom: Optional[str]
    premises: tuple[int, ...]
    defines: tuple[Definition, ...]
    needs: tuple[str, ...]
    claim: Optional[str]


@dataclass(frozen=True)
class Count:
    name: str
    judged: int
    failed: int


@dataclass(frozen=True)
class Trials:
    seed: int
    count: int
    failures: int
    cut: int
    uncertified: int
    error: str
    events: tuple[Count, ...]
    obligations: tuple[Count, ...]


@dataclass(frozen=True)
class Rows:
    points: list[list[float]]
    labels: list[int]
    sums: tuple[str, ...]


@dataclass(frozen=True)
class Certificate:
    format: str
    theorem: str
    variant: dict[str, str]
    statement: str
    verdict: str
    support: Optional[Rows]
    steps: tuple[Step, ...]
    trials: Trials
    axioms: tuple[str, ...]
    theories: dict[str, str]


def unreadable(reason: str) -> Refused:
    return Refused("unreadable", reason)


class _Object(list[tuple[str, Any]]):
    """The pairs of an object, in order, keys that stand twice included."""


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise unreadable("a number beyond the doubles")
    return value


def _whole(text: str) -> Any:
    # A whole number of any length is also a double; minus zero is only that.
    _number(text)
    return -0.0 if text == "-0" else int(text)


def _no_constant(text: str) -> None:
    raise unreadable(f"{text} is no number")


def parse(data: bytes) -> Certificate:
    """Reads a file. Refusals: `unreadable`; declines more than 16 MiB."""
    if len(data) > MOST_BYTES:
        raise Declined(f"more than {MOST_BYTES} bytes")
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        document = _object(text)
    except (UnicodeDecodeError, json.JSONDecodeError) as cause:
        raise unreadable(str(cause)) from cause
    _check_surrogates(text, document)
    return _certificate(document, "certificate")


_JSON = json.JSONDecoder(object_pairs_hook=_Object, parse_int=_whole, parse_float=_number, parse_constant=_no_constant)
_BLANKS = re.compile(r"[ \t\n\r]*")


def _object(text: str) -> _Object:
    """The one object of a text, part by part: `info` must be short as it is written, which is lost when it is read."""

    def expect(characters: str, at: int) -> tuple[str, int]:
        at = _BLANKS.match(text, at).end()
        if text[at : at + 1] not in tuple(characters):
            raise json.JSONDecodeError(f"expected one of {characters}", text, at)
        return text[at], _BLANKS.match(text, at + 1).end()

    found = _Object()
    _, at = expect("{", 0)
    if text[at : at + 1] == "}":
        separator, at = expect("}", at)
    else:
        separator = ","
    while separator == ",":
        expect('"', at)
        key, at = _JSON.raw_decode(text, at)
        _, at = expect(":", at)
        value, end = _JSON.raw_decode(text, at)
        if key == "info" and len(text[at:end].encode()) > MOST_INFO_BYTES:
            raise unreadable(f"info is longer than {MOST_INFO_BYTES} bytes")
        found.append((key, value))
        separator, at = expect(",}", end)
    if at != len(text):
        raise json.JSONDecodeError("expected the end", text, at)
    return found


_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


def _check_depth(text: str) -> None:
    """Before anything recursive sees the text."""
    depth = 0
    for match in _BRACKET.finditer(text):
        token = match.group()
        if token in "[{":
            depth += 1
            if depth > DEEPEST + 1:
                raise unreadable(f"nested deeper than {DEEPEST} levels in the certificate")
        elif token in "]}":
            depth -= 1


def _check_surrogates(text: str, document: Any) -> None:
    """Half of a surrogate pair is no text. It can only come of an escape."""
    stack = [document] if re.search(r"\\u[dD][89a-fA-F]", text) else []
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if any("\ud800" <= c <= "\udfff" for c in item):
                raise unreadable("half of a surrogate pair")
        elif isinstance(item, (list, tuple)):
            stack.extend(item)


def _fields(value: Any, where: str, /, **readers: Callable[[Any, str], Any]) -> dict[str, Any]:
    """An object with these keys."""
    if not isinstance(value, _Object):
        raise unreadable(f"{where} is no object")
    found: dict[str, Any] = {}
    for key, item in value:
        if key not in readers:
            raise unreadable(f"{where}: unknown key `{key}`")
        if key in found:
            raise unreadable(f"{where}: `{key}` stands twice")
        found[key] = readers[key](item, f"{where}.{key}")
    for key, reader in readers.items():
        if key not in found:
            if not isinstance(reader, _Optional):
                raise unreadable(f"{where}: `{key}` is missing")
            found[key] = reader.default
    return found


@dataclass(frozen=True)
class _Optional:
    """A field that may be left out."""

    reader: Callable[[Any, str], Any]
    default: Any

    def __call__(self, value: Any, where: str) -> Any:
        return self.reader(value, where)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise unreadable(f"{where} is no text")
    return value


def _count(value: Any, where: str) -> int:
    if type(value) is not int or not 0 <= value <= MOST_COUNT:
        raise unreadable(f"{where} is no whole number of 64 bits")
    return value


def _label(value: Any, where: str) -> int:
    if type(value) is not int or not -128 <= value <= 127:
        raise unreadable(f"{where} is no small whole number")
    return value


def _double(value: Any, where: str) -> float:
    if type(value) not in (int, float):
        raise unreadable(f"{where} is no number")
    return float(value)


def _many(reader: Callable[[Any, str], Any]) -> Callable[[Any, str], tuple[Any, ...]]:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or isinstance(value, _Object):
            raise unreadable(f"{where} is no list")
        return tuple(reader(item, where) for item in value)

    return read


def _anything(value: Any, where: str) -> None:
    """What claims nothing."""


def _variant(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, _Object):
        raise unreadable(f"{where} is no object")
    variant = {key: _text(item, where) for key, item in value}
    if len(variant) < len(value):
        raise unreadable(f"{where}: a key stands twice")
    return variant


def _ends(value: Any, where: str) -> tuple[str, str]:
    ends = _many(_text)(value, where)
    if len(ends) != 2:
        raise unreadable(f"{where} has no two ends")
    return ends[0], ends[1]


def _definition(value: Any, where: str) -> Definition:
    found = _fields(value, where, name=_text, value=_ends, **{"is": _text})
    return Definition(found["name"], found["is"], found["value"])


def _step(value: Any, where: str) -> Step:
    # An empty list may be left out; a field of one value is there or not, and never null.
    found = _fields(
        value,
        where,
        rule=_text,
        axiom=_Optional(_text, None),
        defines=_Optional(_many(_definition), ()),
        needs=_Optional(_many(_text), ()),
        claim=_Optional(_text, None),
        **{"from": _Optional(_many(_count), ())},
    )
    return Step(found["rule"], found["axiom"], found["from"], found["defines"], found["needs"], found["claim"])


def _judged(value: Any, where: str) -> Count:
    return Count(**_fields(value, where, name=_text, judged=_count, failed=_count))


def _trials(value: Any, where: str) -> Trials:
    counts = dict.fromkeys(("seed", "count", "failures", "cut", "uncertified"), _count)
    return Trials(**_fields(value, where, **counts, error=_text, events=_many(_judged), obligations=_many(_judged)))


def _rows(value: Any, where: str) -> Rows:
    found = _fields(value, where, points=_many(_many(_double)), labels=_many(_label), label_weighted_sums=_many(_text))
    return Rows([list(p) for p in found["points"]], list(found["labels"]), found["label_weighted_sums"])


def _certificate(value: Any, where: str) -> Certificate:
    found = _fields(
        value,
        where,
        format=_text,
        theorem=_text,
        variant=_variant,
        statement=_text,
        verdict=_text,
        theories=_Optional(_variant, {}),
        support=_Optional(_rows, None),
        steps=_many(_step),
        trials=_trials,
        axioms=_many(_text),
        info=_anything,
    )
    del found["info"]
    return Certificate(**found)
