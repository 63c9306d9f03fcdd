"""docs/certificate.schema.json: honest certificates obey it, and its patterns are the spellings that are read."""

import json
import re
from pathlib import Path
from typing import Any

from .. import document
from ..language import NAME, numeral, signed_numeral, spelled
from .toy import certificate, paper_certificate

SCHEMA: Any = json.loads((Path(__file__).resolve().parents[4] / "docs" / "certificate.schema.json").read_text(encoding="utf-8"))
DESCRIBING = {"$schema", "$id", "$defs", "title", "description"}
TYPES: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float)}


def wrong(schema: Any, value: Any, where: str = "") -> str:
    """The first place where a value does not obey the schema, or nothing. An unknown keyword is an error."""
    held = {
        "const": lambda rule: value == rule,
        "enum": lambda rule: value in rule,
        "type": lambda rule: isinstance(value, TYPES[rule]) and not isinstance(value, bool),
        "required": lambda rule: all(key in value for key in rule),
        "minItems": lambda rule: len(value) >= rule,
        "maxItems": lambda rule: len(value) <= rule,
        "uniqueItems": lambda rule: len(set(value)) == len(value),
        "minLength": lambda rule: len(value) >= rule,
        "minimum": lambda rule: value >= rule,
        "maximum": lambda rule: value <= rule,
        "pattern": lambda rule: re.search(rule, value) is not None,
    }
    # What the type is comes first: the others ask for it.
    for keyword, rule in sorted(schema.items(), key=lambda item: item[0] != "type"):
        inner: list[tuple[Any, Any, str]] = []
        if keyword == "$ref":
            inner = [(SCHEMA["$defs"][rule.removeprefix("#/$defs/")], value, "")]
        elif keyword == "properties":
            inner = [(rule[key], value[key], key) for key in rule if key in value]
        elif keyword == "additionalProperties":
            inner = [(rule, value[key], key) for key in value if key not in schema.get("properties", {})]
        elif keyword == "items":
            inner = [(rule, item, str(place)) for place, item in enumerate(value)]
        elif keyword not in DESCRIBING and not held[keyword](rule):
            return f"{where}: {keyword}"
        for part, item, key in inner:
            if part is False:
                return f"{where}/{key}: unknown"
            if found := wrong(part, item, f"{where}/{key}"):
                return found
    return ""


def test_honest_certificates_obey() -> None:
    for found in (certificate(), certificate("finite-support"), certificate("ball", "sampled"), paper_certificate()):
        assert wrong(SCHEMA, found) == ""


def test_it_has_the_fields_that_are_read() -> None:
    """Every field of every object: one that is left out is unreadable where the schema says that it is required, and only there."""
    whole = certificate("finite-support")
    places = ((), ("trials",), ("support",), ("trials", "events", 0), ("trials", "obligations", 0), ("steps", 0, "defines", 0), ("steps", 15))
    for path in places:
        fields = whole
        for key in path:
            fields = fields[key]
        for key in (*fields, "more"):
            changed = json.loads(json.dumps(whole))
            place = changed
            for part in path:
                place = place[part]
            if key == "more":
                place[key] = 1
            else:
                del place[key]
            try:
                document.parse(json.dumps(changed).encode())
                read = True
            except document.Refused:
                read = False
            assert read == (wrong(SCHEMA, changed) == ""), (path, key)


def pattern(*path: str) -> str:
    found = SCHEMA["$defs"]
    for key in path:
        found = found[key]
    return found["pattern"]


def test_patterns() -> None:
    ends = pattern("definition", "properties", "value", "items")
    spellings = [spelled(number, place) for number in (0, 1, 7, 10, 120, 99, -3, -250, 10**20, 123456789) for place in (*range(-60, 60), 300, 999, -300, -999)]
    spellings += ["01", "1.0", "0.10", "00", "-0", "-0.0", "+1", "1e0", "1e20", "1e-24", "1e-025", "1e025", "10e30", "1.5e30", ".5", "5.", "1e", "e5", "", "1 ", "1e+30"]
    spellings += ["0." + "0" * k + "1" for k in range(20, 28)] + ["1" + "0" * k for k in range(18, 24)] + [f"1e{k}" for k in range(-30, 30)]
    for text in spellings:
        assert (re.search(ends, text) is not None) == (signed_numeral(text) is not None), text
    for text in ("inf", "-inf"):
        assert re.search(ends, text)
    for text in ("+inf", "infinity", "nan", "inf "):
        assert not re.search(ends, text)
    error = pattern("trials", "properties", "error")
    for text in ("0.01", "0.000001", "0.999999", "0.5", "0", "1", "0.0000001", "0.010", "1e-6", "-0.1", "0.0", "0.", "00.1"):
        value = numeral(text)
        valid = value is not None and 0 < value < 1 and (value * 10**6).denominator == 1
        assert (re.search(error, text) is not None) == valid, text
    name = pattern("definition", "properties", "name")
    for text in ("a", "B_x", "T", "x1", "1x", "_x", "", "a-b", "a b", "é"):
        assert (re.search(name, text) is not None) == (NAME.fullmatch(text) is not None), text
    sums = SCHEMA["$defs"]["support"]["properties"]["label_weighted_sums"]["items"]["pattern"]
    for text, right in {"0": True, "-5": True, "5/2": True, "-15/1024": True, "-0": False, "05": False, "5/": False, "5/0": False, "5/-2": False, "0/2": False, "1.5": False}.items():
        assert (re.search(sums, text) is not None) == right, text
