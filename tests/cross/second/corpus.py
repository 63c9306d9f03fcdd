"""A corpus of certificates with the answers that a checker owes: a folder with `honest/*.json`, all of them valid, and
`forgeries.jsonl`, whose lines are edits of these, each with the answer that is expected.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Iterator, Optional

from .checker import answer
from .theory import Theory

# What a checker says, in the corpus's words.
ANSWERS = {"valid": "valid", "refused": "invalid", "declined": "declined"}


@dataclass(frozen=True)
class Entry:
    name: str
    text: str
    answer: str
    # Of a certificate that is not valid, the name of what refuses it.
    refusal: Optional[str]


def entries(folder: Path) -> Iterator[Entry]:
    """Every certificate of the corpus."""
    bases = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "honest").glob("*.json"))}
    for name, base in bases.items():
        yield Entry(name, written(base), "valid", None)
    with (folder / "forgeries.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            forgery = json.loads(line)
            expected = forgery["expected"]
            name = f"{number} [{forgery['class']}] {forgery['base']}: {forgery['name']}"
            yield Entry(name, edited(bases[forgery["base"]], forgery["edits"]), expected["answer"], expected.get("refusal"))


def written(document: Any) -> str:
    """Without blanks between tokens."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def edited(base: Any, edits: list[list[Any]]) -> str:
    """The file that edits make of a certificate: each `set`, `insert` or `remove` at a pointer, on what those before it left; then
    each `text`, which replaces the first occurrence in the file."""
    document = {"": json.loads(json.dumps(base))}
    for operation, target, *rest in edits:
        if operation == "text":
            continue
        *outer, last = target.split("/")
        place: Any = document
        for part in outer:
            place = place[int(part) if isinstance(place, list) else part]
        key = int(last) if isinstance(place, list) else last
        match operation:
            case "set":
                place[key] = rest[0]
            case "insert":
                place.insert(key, rest[0])
            case "remove":
                del place[key]
            case _:
                raise ValueError(f"no edit: {operation}")
    text = written(document[""])
    for operation, target, *rest in edits:
        if operation == "text":
            if target not in text:
                raise ValueError(f"nowhere in the text: {target}")
            text = text.replace(target, rest[0], 1)
    return text


def run(folder: Path, theory: Theory, permit: Iterable[str] = ()) -> bool:
    """Says which certificates are answered otherwise than expected, and how many are refused by other names than the corpus has.
    Whether all are answered as expected: which of several faults is found first is each checker's own affair."""
    answers, names, wrong = Counter[str](), Counter[str](), 0
    for entry in entries(folder):
        said = answer(entry.text.encode(), theory, permit)
        word, *rest = said.split(": ", 2)
        answers[ANSWERS[word]] += 1
        if ANSWERS[word] != entry.answer:
            wrong += 1
            print(f"{entry.name}: {said}, expected {entry.answer} ({entry.refusal})")
        elif entry.refusal is not None and rest[0] != entry.refusal:
            names[f"{rest[0]} in the place of {entry.refusal}"] += 1
    for name, count in names.most_common():
        print(f"by another name: {count} {name}")
    print(f"{dict(answers)}, {wrong} otherwise than expected", flush=True)
    return bool(answers) and not wrong
