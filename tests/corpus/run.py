"""Runs a checker of certificates against the corpus.

    python run.py                          the second checker of tests/cross, in this process
    python run.py --checker COMMAND        a command that takes a file: exit code 0 is valid, 1 is not; what it prints names the refusal
    python run.py --write FOLDER           writes every certificate of the corpus as a file, and answers.tsv beside them

Exit code 0 if every answer is the expected one, 1 if one is not. Which of several faults a checker names first is its own affair:
other names are counted and not held against it.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator

HERE = Path(__file__).resolve().parent


def materialised(base: Any, edits: list[list[Any]]) -> str:
    """The file that the edits make of a certificate; see README.md."""
    document, replaced = json.loads(json.dumps(base)), []
    for operation, target, *rest in edits:
        if operation == "text":
            replaced.append((target, rest[0]))
            continue
        *path, key = target.split("/")[1:]
        place = document
        for part in path:
            place = place[int(part)] if isinstance(place, list) else place[part]
        at: Any = int(key) if isinstance(place, list) else key
        if operation == "set":
            place[at] = rest[0]
        elif operation == "insert":
            place.insert(at, rest[0])
        elif operation == "remove":
            del place[at]
        else:
            raise ValueError(f"no edit: {operation}")
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for before, after in replaced:
        if before not in text:
            raise ValueError(f"no `{before}` in the text")
        text = text.replace(before, after, 1)
    return text


def corpus() -> Iterator[tuple[str, str, str, str]]:
    """Name, text, expected answer and expected refusal of every certificate."""
    bases = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((HERE / "honest").glob("*.json"))}
    for name, base in bases.items():
        yield name, materialised(base, []), "valid", ""
    with (HERE / "forgeries.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(map(json.loads, lines), 1):
            expected = line["expected"]
            name = f"{number} [{line['class']}] {line['base']}: {line['name']}"
            yield name, materialised(bases[line["base"]], line["edits"]), expected["answer"], expected.get("refusal", "")


def second_checker() -> Callable[[str], tuple[str, str]]:
    """The checker of tests/cross: answer, and what it says."""
    sys.path.insert(0, str(HERE.parent / "cross"))
    from second.checker import answer, built_in_theory, read_theory

    theory = read_theory(built_in_theory(HERE.parents[1]))

    def ask(text: str) -> tuple[str, str]:
        said = answer(text.encode(), theory)
        word, _, reason = said.partition(": ")
        return {"refused": "invalid"}.get(word, word), reason

    return ask


def command(words: list[str]) -> Callable[[str], tuple[str, str]]:
    """A command: answer, and what it prints."""

    def ask(text: str) -> tuple[str, str]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "certificate.json"
            path.write_text(text, encoding="utf-8")
            done = subprocess.run([*words, str(path)], capture_output=True, text=True, timeout=3600)
        said = done.stdout + done.stderr
        if done.returncode == 0:
            return "valid", said
        # A file that is not even a certificate may have an exit code of its own.
        known = done.returncode in (1, 2)
        return ("declined" if "too-costly" in said else "invalid") if known else f"exit code {done.returncode}", said

    return ask


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checker", metavar="COMMAND")
    parser.add_argument("--write", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if arguments.write:
        arguments.write.mkdir(parents=True, exist_ok=True)
        table = []
        for number, (name, text, expected, refusal) in enumerate(corpus()):
            (arguments.write / f"{number}.json").write_text(text, encoding="utf-8")
            table.append(f"{number}.json\t{expected}\t{refusal}\t{name}\n")
        (arguments.write / "answers.tsv").write_text("".join(table), encoding="utf-8")
        return 0
    ask = command(shlex.split(arguments.checker)) if arguments.checker else second_checker()
    answers, names, wrong = Counter[str](), Counter[str](), 0
    for name, text, expected, refusal in corpus():
        found, said = ask(text)
        answers[found] += 1
        # A checker that can do more need not decline.
        if found != expected and not (expected == "declined" and found == "invalid"):
            wrong += 1
            print(f"{name}: {found}, not {expected}: {said.strip()[:300]}")
        elif refusal:
            names["as expected" if refusal in said else f"{refusal} expected, said {said.split(':')[0]}"] += 1
    print(f"answers: {dict(answers)}; {wrong} wrong")
    for name, count in names.most_common(20):
        print(f"  refusals by name: {count} {name}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
