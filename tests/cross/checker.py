"""Checks certificates once more, in another language and with another arithmetic, as docs/certificate.md says they are checked.

    python checker.py CERTIFICATE ...                  one line a file: `FILE: valid`, `FILE: refused: NAME: REASON`
                                                       or `FILE: declined: too-costly: REASON`
    python checker.py --permit AXIOM CERTIFICATE ...   an axiom of the paper that is taken on trust; may be repeated
    python checker.py --theory TEXT CERTIFICATE ...    this theory text in the place of the crate's; several are read in a row
    python checker.py --extension TEXT CERTIFICATE ... a theory text that builds on it; its axioms need permission; may be repeated
    python checker.py --corpus FOLDER                  the corpus of tests/corpus: are its certificates answered as is expected?
    python checker.py --self-test                      the checker's own tests

Exit code 0 if every file is valid, or every answer the expected one, 1 if one is not, 2 for bad usage. Needs mpmath.
"""

import argparse
import sys
from pathlib import Path

from second.corpus import run as run_corpus
from second.checker import answer, built_in_theory, extend_theory, read_theory
from second.document import MOST_BYTES
from second.refusal import Refused


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("certificates", nargs="*", type=Path, metavar="CERTIFICATE")
    parser.add_argument("--permit", action="append", default=[], metavar="AXIOM")
    parser.add_argument("--theory", action="append", type=Path, metavar="TEXT")
    parser.add_argument("--extension", action="append", type=Path, default=[], metavar="TEXT")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if [arguments.self_test, arguments.corpus is not None, bool(arguments.certificates)].count(True) != 1:
        parser.error("expected certificates, or --corpus, or --self-test")
    if arguments.self_test:
        from second.selftest import run

        return run()
    try:
        if arguments.theory:
            text = "".join(path.read_text(encoding="utf-8") for path in arguments.theory)
        else:
            text = built_in_theory(Path(__file__).resolve().parents[2])
        theory = read_theory(text)
        for path in arguments.extension:
            extend_theory(theory, path.read_bytes().decode())
    except (OSError, UnicodeDecodeError, Refused) as cause:
        print(f"checker.py: {cause}", file=sys.stderr)
        return 2
    if arguments.corpus:
        return 0 if run_corpus(arguments.corpus, theory, arguments.permit) else 1
    valid = True
    for path in arguments.certificates:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as cause:
            print(f"checker.py: {cause}", file=sys.stderr)
            return 2
        found = answer(data, theory, arguments.permit)
        valid &= found == "valid"
        print(f"{path}: {found}", flush=True)
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main())
