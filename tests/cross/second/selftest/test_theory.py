"""Theory texts that are refused: by a line that does not read, or by a variant that is not complete."""

import copy
from pathlib import Path

from .. import text
from ..checker import built_in_theory, extend_theory, read_theory
from ..theory import Theory
from .tools import refused
from .toy import TEXT, THEORY


def without(old: str, new: str = "", count: int = 1) -> None:
    """The text with a part replaced is refused."""
    assert old in TEXT, old
    refused("bad-theory", lambda: read_theory(TEXT.replace(old, new, count)))


def with_line(after: str, line: str) -> None:
    without(after, f"{after}\n{line}")


def test_the_texts_that_ship_are_complete() -> None:
    theory = read_theory(built_in_theory(Path(__file__).resolve().parents[4]))
    assert {"main", "linear-data", "frozen-layer"} <= set(theory.theorems())
    assert len(list(THEORY.variants("toy"))) == 7


def test_extensions_redefine_nothing() -> None:
    """As tests/extension.rs has it of the other checker, and what only one of them might take."""

    def theory() -> Theory:
        return read_theory(built_in_theory(Path(__file__).resolve().parents[4]))

    base = theory()
    for source in (
        "",
        "# nothing\n",
        "chapter mine",
        "theory parity",
        "theory main",
        "theory blocks",
        "theory mine\r",
        "theory mine\n\ntheory yours",
        "theory mine\n\nchapter yours",
        "theory mine\n\nrun D_v",
        "theory mine\n\ntheorem parity",
        'theory mine\n\nquantity d whole "another"',
        'theory mine\n\nquantity minority share "another"',
        'theory mine\n\nevent hits "another"',
        'theory mine\n\nobligation idle "of no theorem"',
        "theory mine\n\naxiom trials-as-recorded\n  proved here: x",
        "theory mine\n\naxiom evidence-as-recorded\n  proved here: x",
        "theory mine\n\naxiom new\n  proved here: two  blanks",
        "theory mine\n\naxiom new\n  proved : x",
    ):
        refused("bad-theory", lambda: extend_theory(copy.deepcopy(base), source))
    # A digest is of the text and of what it builds on.
    one, other = copy.deepcopy(base), copy.deepcopy(base)
    for name in ("first", "second"):
        extend_theory(one, f"theory {name}\n")
    extend_theory(other, "theory second\n")
    assert one.extensions["second"] != other.extensions["second"]


def test_lines() -> None:
    for line in ("word", "word x", "chapter", "quantity x", 'quantity x real', 'quantity x odd "w"', 'quantity x real > "w"', 'quantity x real > 1.0 "w"'):
        with_line("chapter toy", line)
    for line in ('quantity n whole "again"', 'quantity x real ""', 'quantity x real "a" "b"', 'quantity 1 real "w"', "run 1x", "block A", "theorem toy"):
        with_line("chapter toy", line)
    for line in ('event lucky "again"', 'event x(n "w"', 'event x(1) "w"', 'event x assumes y "w"', 'obligation fair "again"', 'obligation y assumes x "w"'):
        with_line("chapter toy", line)
    for line in ("axiom luck", "law x", "law x infinite", "law x finite-by", "  let x = 1", " run n", "\trun n", "    run n", "block how"):
        with_line("chapter toy", line)
    without("law ball continuous", "law ball boundless")
    # A tab is no blank, before a line or after it, and no empty line.
    for line in ("\tneed size <= 10", "\t\tneed size <= 10", "  \tneed size <= 10", "  need size <= 10\t", "  need size <= 10\n\t"):
        without("  need size <= 10", line)
    read_theory(TEXT.replace("  need size <= 10", "  need size <= 10  \n  "))
    with_line("chapter toy", f"run {'x' * 201}")
    read_theory(TEXT.replace("run n eta", f"run n eta {'x' * 200}"))


def test_lines_of_axioms() -> None:
    head = "axiom luck\n  standard docs §7: a binomial tail"
    for line in ("let x", "let 1 = 2", "let x = 1.0", "let x = (1)", "need 1", "need Pr[not lucky(n)] <= 1", "need Pr[not unheard] <= 1"):
        with_line(head, f"  {line}")
    for line in ("paper x: y", "only", "only data", "only data=cube data=ball", "only data=cube|cube", "use exact", "conclude Pr[not lucky] <= 1"):
        with_line(head, f"  {line}")
    without("  standard docs §7: a binomial tail\n")
    without("standard docs §7: a binomial tail", "standard docs §7")
    without("  only data=grid\n", "  only data=grid|grid\n")
    without("  only data=grid\n", "  only data=ball data=grid\n")
    for line in ("only finite", "only evaluation=exact"):
        read_theory(TEXT.replace("  only evaluation=exact finite\n", f"  {line}\n"))
    for line in ("only finite finite", "only finite evaluation=exact", "only evaluation=exact|finite|"):
        without("  only evaluation=exact finite\n", f"  {line}\n")
    # A value that ends in `finite` is no `finite`.
    without("  only evaluation=exact finite\n", "  only evaluation=infinite\n")


def test_lines_of_theorems() -> None:
    head = "theorem toy"
    for line in ("  like what", "  like toy", "  state 1", "  if data", "  need 0 < 1", "  variant level=paper|paper", "      choose n"):
        with_line(head, line)
    with_line("block how", "  variant level=paper")
    with_line("  if data=cube", "    variant level=paper data=cube evaluation=exact")
    with_line("  if data=cube", "    if data=ball\n      choose n")
    with_line("  like how", "  if data=sphere\n    choose n")


def test_symbols() -> None:
    without("  let eta = exp(-size^2)/n\n")
    without("let size = sqrt(d)", "let size = sqrt(e)")
    without("let size = sqrt(d)", "let size = square(d)")
    without("let size = sqrt(d)", "let size = support_norm_bound()")
    with_line("  let eta = exp(-size^2)/n", "  let size = 1")
    with_line("  let eta = exp(-size^2)/n", "  let eta = 2")
    with_line("  let eta = exp(-size^2)/n", "  let n = 2")
    without("  let slack = 1 - evidence_error\n", "  let slack = 1 - later\n  let later = evidence_error\n")
    for line in ("  let certification_error = 0\n", "  let minority = 0.5\n", "  let error_bound = epsilon\n"):
        without(line)
    without("choose epsilon delta", "choose epsilon delta size")
    without("choose epsilon delta", "choose epsilon delta delta")
    undeclared = TEXT.replace("choose epsilon delta", "choose epsilon delta ghost").replace("let size = sqrt(d)", "let size = sqrt(d)*ghost")
    undeclared = undeclared.replace("let size = 1/d", "let size = ghost/d").replace("let size = d/3", "let size = ghost*d/3")
    undeclared = undeclared.replace("let size = support_norm_bound()", "let size = ghost*support_norm_bound()")
    refused("bad-theory", lambda: read_theory(undeclared))
    read_theory(undeclared.replace("quantity c real", 'quantity ghost real "unseen"\nquantity c real'))
    without("choose epsilon delta", "choose epsilon")


def test_axioms_for_their_variants() -> None:
    without("only evaluation=exact finite", "only evaluation=sampled finite")
    without("law cube finite", "law cube continuous")
    without("    use grid small\n", "    use grid\n")
    without("    use cube\n", "    use cube ball\n")
    without("    use cube\n", "    use sphere\n")
    without("    use ball\n", "    use cube\n")
    without("    use luck goal measured\n", "    use luck goal goal measured\n")
    # An axis on which nothing depends.
    without("variant level=paper data=cube evaluation=exact", "variant level=paper data=cube evaluation=exact side=left")


def test_statements_are_restricted_by_themselves() -> None:
    """Axioms are held against the variant by the rules, whatever a text lets it use; its completeness is another matter."""

    def of(data: str, *changes: tuple[str, str]) -> None:
        changed = TEXT
        for old, new in changes:
            assert old in changed, old
            changed = changed.replace(old, new)
        evaluation = "sampled" if data == "ball" else "exact"
        text.read(changed).statement("toy", {"level": "explicit", "data": data, "evaluation": evaluation})

    for data in ("cube", "grid", "ball", "finite-support"):
        of(data)
    finite = ("  only evaluation=sampled\n", "  only evaluation=sampled finite\n")
    wrong = {
        "cube": [("  only evaluation=exact finite\n", "  only evaluation=sampled\n")],
        "ball": [finite],
        "grid": [("    use grid small\n", "    use grid\n")],
    }
    for data, changes in wrong.items():
        refused("misused-axiom", lambda: of(data, *changes))
    of("ball", finite, ("law ball continuous", "law ball finite"))
    for laws in ("ball", "cube ball", "luck", "sphere"):
        refused("misused-axiom", lambda: of("cube", ("    use cube\n", f"    use {laws}\n")))
    # Whether a law is finite is a word of its own.
    of("grid", ("law grid finite-by small", "law grid finite-by exact"))
    refused("misused-axiom", lambda: of("grid", ("law grid finite-by small", "law grid finite-by finite")))
    refused("misused-axiom", lambda: of("cube", ("law cube finite\n", "law cube continuous\n")))
    refused("unknown-obligation", lambda: of("cube", ("obligations steady fair", "obligations steady unfair")))
    # With a gap, it can be read, and is found wanting.
    gap = TEXT.replace("  conclude Pr[not lucky] <= part\n", "")
    text.read(gap).statement("toy", {"level": "explicit", "data": "cube", "evaluation": "exact"})
    refused("bad-theory", lambda: read_theory(gap))


def test_what_is_concluded() -> None:
    without("  conclude Pr[not lucky] <= part\n")
    without("conclude Pr[not lucky] <= part", "conclude Pr[lucky] <= part")
    without("    counted Pr[not seen] <= seen_share\n")
    without("    counted Pr[not seen] <= seen_share\n", "    counted Pr[not seen or not lucky] <= seen_share\n")
    without("    counted Pr[not seen] <= seen_share\n", "    counted Pr[not lucky] <= seen_share\n")
    without("    counted Pr[not seen] <= seen_share\n", "    counted seen_share <= 1\n")
    for claim in ("Pr[seen] <= part", "Pr[not seen or not lucky] <= part", "part <= 1"):
        with_line("    counted Pr[not seen] <= seen_share", f"    counted {claim}")
    undefined = TEXT.replace("<= seen_share\n", "<= ghost\n").replace("part seen_share evidence_error", "part evidence_error")
    refused("bad-theory", lambda: read_theory(undefined))
    nothing = "\n".join(line for line in TEXT.split("\n") if "state Pr" not in line and "conclude Pr[not found]" not in line)
    refused("bad-theory", lambda: read_theory(nothing))
    # The failures that are counted bound the failure, and nothing else.
    text = TEXT.replace("Pr[not seen] <= seen_share", "Pr[seen] <= seen_share").replace("Pr[not seen or", "Pr[seen or")
    refused("bad-theory", lambda: read_theory(text))
    without("    state Pr[not found] <= delta\n    state Pr[not seen]", "    state Pr[not found] <= part\n    state Pr[not seen]")
    without("    state Pr[not found] <= delta\n    state Pr[not seen] <= seen_share\n")
    without("    events seen\n", "    events seen lucky found fair\n")


def test_nothing_idle() -> None:
    with_line("    use luck goal measured", "    choose c")
    without("  let slack = 1 - evidence_error\n  need 0 < slack\n", "  let slack = 1 - evidence_error\n")
    with_line("axiom measured\n  recorded docs §9: k as it was measured", "  conclude Pr[seen] <= part")
    without("    obligations steady fair\n", "    obligations steady unfair\n")
    without("    obligations steady fair\n", "    obligations steady\n")
    with_line("run n eta", 'event unheard "of"')
    read_theory(TEXT.replace("run n eta", 'run n eta\nevent unheard "of"').replace("assumes seen", "assumes seen unheard"))
