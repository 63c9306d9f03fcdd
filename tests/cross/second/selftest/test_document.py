"""Files that are no certificates, and files that are, however they are laid out."""

import json

from .. import document
from ..checker import answer
from ..refusal import Declined
from .tools import refused
from .toy import THEORY, certificate, said

GOOD = json.dumps(certificate())


def unreadable(text: str) -> None:
    refused("unreadable", lambda: document.parse(text.encode()))


def test_layout_does_not_matter() -> None:
    for text in (GOOD, json.dumps(certificate(), indent=3), json.dumps(dict(reversed(certificate().items()))), GOOD.replace("seed", "s\\u0065ed")):
        assert answer(text.encode(), THEORY) == "valid"
    document.parse(GOOD.replace('"info": null', '"info": {"a": [1, {"b": 1.5e-7}], "a": null}').encode())


def test_keys() -> None:
    for key in json.loads(GOOD):
        unreadable(GOOD.replace(f'"{key}":', f'"{key}s":', 1))
        unreadable(GOOD.replace(f'"{key}":', f'"{key}": 0, "{key}":', 1))
    loaded = certificate()
    for key in loaded:
        unreadable(json.dumps({k: v for k, v in loaded.items() if k != key}))
    for key in loaded["trials"]:
        unreadable(json.dumps({**loaded, "trials": {k: v for k, v in loaded["trials"].items() if k != key}}))
        unreadable(json.dumps({**loaded, "trials": {**loaded["trials"], "more": 1}}))
    unreadable(GOOD.replace('"level": "explicit"', '"level": "explicit", "level": "explicit"'))
    unreadable(GOOD.replace('"rule": "trials"', '"rule": "trials", "axiom": null'))
    unreadable(GOOD.replace('"rule": "trials"', '"rule": "trials", "from": null'))
    unreadable(GOOD.replace('"verdict"', '"support": null, "verdict"'))


def test_types() -> None:
    loaded = certificate()
    for value in (None, 1, [], "x", {}):
        unreadable(json.dumps(value))
        for key, right in loaded.items():
            if key != "info" and type(value) is not type(right):
                unreadable(json.dumps({**loaded, key: value}))
    for count in ("-1", "1.0", "1e0", "-0", "18446744073709551616", '"1"', "true", "null"):
        unreadable(GOOD.replace('"seed": 1', f'"seed": {count}'))
    document.parse(GOOD.replace('"seed": 1', '"seed": 18446744073709551615').encode())
    # An object is no list of its values, wherever it stands.
    unreadable(json.dumps(list(loaded.values())))
    rows = certificate("finite-support")
    for path in (("trials",), ("steps", 0), ("steps", 0, "defines", 0), ("trials", "events", 0), ("trials", "obligations", 0), ("support",)):
        listed = json.loads(json.dumps(rows))
        *outer, key = path
        place = listed
        for part in outer:
            place = place[part]
        place[key] = list(place[key].values())
        unreadable(json.dumps(listed))
    unreadable(GOOD.replace('"from": [', '"from": ["0", '))
    rows = json.dumps(certificate("finite-support"))
    for value in ("1e400", "NaN", "Infinity", '"1"', "null", "[1]"):
        unreadable(rows.replace("[3, 4.0]", f"[{value}, 4.0]"))
    for value in ("1.0", "2e0", "128", "null"):
        unreadable(rows.replace('"labels": [1,', f'"labels": [{value},'))


def test_texts() -> None:
    for text in ("", "{", GOOD + "x", GOOD[:-1], "\ufeff" + GOOD, GOOD.replace(":", "=", 1), "'" + GOOD, GOOD.replace("toy", "t\ny", 1)):
        unreadable(text)
    unreadable(GOOD.replace("toy", "t\\ud800y", 1))
    unreadable(GOOD.replace('"info": null', f'"info": {"1" * 400}'))
    unreadable(GOOD.replace('"info": null', '"info": NaN'))
    unreadable(GOOD.replace('"value": ["7", "7"]', '"value": ["7", "7", "7"]'))
    unreadable(GOOD.replace('"value": ["7", "7"]', '"value": ["7"]'))
    unreadable(GOOD.replace('"info": null', f'"info": {"[" * 128 + "]" * 128}'))
    document.parse(GOOD.replace('"info": null', f'"info": {"[" * 127 + "]" * 127}').encode())
    document.parse(GOOD.replace('"info": null', f'"info": "{"[" * 500}"').encode())
    refused("unreadable", lambda: document.parse(b"\xff" + GOOD.encode()))
    # What is quoted to the end, however often it could begin.
    unreadable('"' + '\\"' * 100_000)


def test_length() -> None:
    refused(Declined.name, lambda: document.parse(b" " * (document.MOST_BYTES + 1)))
    unreadable(" " * document.MOST_BYTES)


def test_length_of_info() -> None:
    """In bytes as it is written, without the blanks around it."""
    most = document.MOST_INFO_BYTES - 2
    for letters, blanks in (("x" * most, ""), ("é" * (most // 2), ""), ("x", " " * most)):
        document.parse(GOOD.replace('"info": null', f'"info": {blanks}"{letters}"{blanks}').encode())
    for letters in ("x" * (most + 1), "é" * (most // 2) + "x"):
        unreadable(GOOD.replace('"info": null', f'"info": "{letters}"'))
    # Elsewhere there is no such limit.
    document.parse(GOOD.replace('"theorem": "toy"', f'"theorem": "{"x" * (most + 1)}"').encode())


def test_whole_numbers_are_coordinates() -> None:
    rows = certificate("finite-support")
    text = json.dumps(rows).replace("[3, 4.0]", "[3.0, 4]")
    assert said(json.loads(text)) == "valid" and answer(text.encode(), THEORY) == "valid"
