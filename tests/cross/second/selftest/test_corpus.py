"""The runner over a corpus: how edits are made, and that it tells an answer that is not the expected one."""

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from .. import corpus
from .toy import THEORY, certificate, paper_certificate


def test_edits() -> None:
    base = {"a": [1, {"b": "é"}, 3], "c": 1.5}

    def made(*edits: list[Any]) -> str:
        return corpus.edited(base, list(edits))

    assert made() == '{"a":[1,{"b":"é"},3],"c":1.5}'
    assert made(["set", "/a/1/b", 2], ["set", "/d", None]) == '{"a":[1,{"b":2},3],"c":1.5,"d":null}'
    assert made(["insert", "/a/0", 0], ["remove", "/a/2"], ["set", "/a/2", []]) == '{"a":[0,1,[]],"c":1.5}'
    assert made(["insert", "/a/3", 4], ["remove", "/c"]) == '{"a":[1,{"b":"é"},3,4]}'
    assert made(["set", "", {"a": "a"}], ["text", '"a"', "1"], ["text", "1", "2"]) == '{2:"a"}'
    assert base == {"a": [1, {"b": "é"}, 3], "c": 1.5}
    for wrong in (["move", "/a", 1], ["text", "z", ""]):
        try:
            made(wrong)
        except ValueError:
            continue
        raise AssertionError(f"{wrong} was made")


def test_runs() -> None:
    """Over the toy theory: an honest certificate, and forgeries with expectations right and wrong."""
    forgeries = [
        ("as expected", {"answer": "invalid", "refusal": "wrong-verdict"}, [["set", "/verdict", "refuted"]]),
        ("harmless", {"answer": "valid"}, [["set", "/info", "anything"]]),
        ("by another name", {"answer": "invalid", "refusal": "wrong-verdict"}, [["set", "/statement", ""]]),
        ("let through", {"answer": "invalid", "refusal": "wrong-verdict"}, [["set", "/info", "anything"]]),
        ("refused", {"answer": "valid"}, [["remove", "/info"]]),
        ("not declined", {"answer": "declined", "refusal": "too-costly"}, [["set", "/info", "anything"]]),
    ]

    def said(*numbers: int, permit: tuple[str, ...] = ("constants",)) -> tuple[bool, str]:
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()) as out:
            folder = Path(name)
            (folder / "honest").mkdir()
            for stem, document in (("coins", certificate()), ("paper", paper_certificate())):
                (folder / "honest" / f"{stem}.json").write_text(json.dumps(document), encoding="utf-8")
            lines = ({"name": n, "class": "x", "base": "coins", "expected": e, "edits": d} for n, e, d in (forgeries[i] for i in numbers))
            (folder / "forgeries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            return corpus.run(folder, THEORY, permit), out.getvalue()

    good, text = said(0, 1, 2)
    assert good and "by another name: 1 wrong-statement in the place of wrong-verdict" in text and "'valid': 3, 'invalid': 2" in text
    for wrong in (3, 4, 5):
        good, text = said(0, wrong, 1)
        assert not good and f"2 [x] coins: {forgeries[wrong][0]}: " in text and "1 otherwise than expected" in text
    # An honest certificate is held to its answer too.
    good, text = said(0, permit=())
    assert not good and "paper: refused: axiom-not-permitted" in text
