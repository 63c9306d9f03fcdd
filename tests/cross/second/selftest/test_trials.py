"""Counts, error rates, verdicts and what else is held against them at the end."""

import json
from fractions import Fraction

from .. import text
from ..checker import answer, read_theory
from ..language import spelled
from ..seal import sealed
from ..special import BILLION, Sequence, mixture
from .tools import arithmetic
from .toy import (
    TEXT,
    THEORY,
    Change,
    Document,
    applied,
    at,
    certificate,
    changed,
    chosen,
    expect,
    inequality,
    inserted,
    paper_certificate,
    removed,
    resealed,
    said,
    set_to,
    spoil_seen,
)


def test_trials() -> None:
    resealed("undefined", set_to("trials", "count", value=0))
    for key, value in (("failures", 198), ("cut", 196), ("uncertified", (1 << 64) - 1)):
        resealed("wrong-count", set_to("trials", key, value=value))
    for error in ("0", "1", "0.0000001", "1e-30", "0.010", "-0.01", "x"):
        resealed("wrong-count", set_to("trials", "error", value=error))
    for judged in (199, 201):
        resealed("wrong-count", set_to("trials", "events", 0, "judged", value=judged))
    # The step that counts comes first.
    resealed("undefined", set_to("trials", "events", 0, "failed", value=201))
    # The event failed once: `steady` was judged in none but the other 199 trials.
    for judged, name in ((198, "valid"), (199, "valid"), (200, "wrong-count")):
        resealed(name, set_to("trials", "obligations", 0, "judged", value=judged))
    resealed("wrong-count", set_to("trials", "obligations", 1, "judged", value=201))
    resealed("wrong-count", set_to("trials", "obligations", 0, "failed", value=200))
    resealed("not-counted", set_to("trials", "events", 0, "name", value="lucky"))
    resealed("missing-event", lambda d: d["trials"]["events"].append(d["trials"]["events"][0]))
    resealed("missing-obligation", lambda d: d["trials"]["obligations"].reverse())
    resealed("missing-obligation", lambda d: d["trials"]["obligations"].pop() and None)
    resealed("missing-trials", lambda d: removed(removed(removed(d, len(d["steps"]) - 1), len(d["steps"]) - 2), at(d, "trials")))


def test_counted_claims() -> None:
    counted = at(certificate(), "counted")
    resealed("not-counted", set_to("steps", counted, "claim", value="Pr[not seen(d)] <= delta"))
    resealed("not-counted", set_to("steps", counted, "claim", value="Pr[seen(d)] <= seen_share"))
    resealed("not-counted", set_to("steps", counted, "claim", value="Pr[not seen(n)] <= seen_share"))
    resealed("not-counted", set_to("steps", counted, "claim", value="0 <= 1"))
    # That an event happens is not what its failures bound, nor what happens to two, even in a text that says so.
    for claim in ("Pr[seen] <= seen_share", "Pr[not seen or not lucky] <= seen_share"):
        theory = text.read(TEXT.replace("    events seen\n", f"    events seen\n    counted {claim}\n"))
        document = certificate()
        document["steps"][counted]["claim"] = str(theory.claim(claim))
        assert said(sealed(document, theory), theory=theory) == "not-counted"
    # As many failures as leave the bound open.
    resealed("false-inequality", lambda d: spoil_seen(d, 12))
    resealed("valid", lambda d: spoil_seen(d, 3))


def test_error_rates() -> None:
    for error in ("0.499", "0.5", "0.999999"):
        resealed("error-rate", set_to("trials", "error", value=error))
    resealed("valid", set_to("trials", "error", value="0.498999"))
    # Half is too much.
    resealed("error-rate", lambda d: chosen(d, "evidence_error", "0.49"))
    resealed("valid", lambda d: chosen(d, "evidence_error", "0.489999"))

    def late(evidence_error: str) -> Document:
        """What was counted before the trials is chosen after the step that takes them."""
        document = certificate()
        place = next(i for i, s in enumerate(document["steps"]) if s["rule"] == "choice" and s["defines"][0]["name"] == "delta")
        trials = at(document, "trials")
        taken = document["steps"][trials]
        document = removed(document, trials)
        document = inserted(document, place + 1, taken)
        document["steps"][-1]["from"][0] = place + 1
        chosen(document, "evidence_error", evidence_error)
        assert at(document, "trials") < at(document, "definition", "measured")
        return document

    for evidence_error, name in (("0.999", "error-rate"), ("0.49", "error-rate"), ("0.48", "valid")):
        assert said(sealed(late(evidence_error), THEORY)) == name


def least_share(error: Fraction) -> int:
    """Billionths of the least share that three failures in 200 trials bound an event by, at this error rate."""
    a, low, high = arithmetic(), 50_000_000, 500_000_000
    while high - low > 1:
        middle = (low + high) // 2
        share = Fraction(middle, BILLION)
        bounded = Sequence(a, 3, 200, mixture(a, share), error).upper() <= middle
        low, high = (low, middle) if bounded else (middle, high)
    return high


def test_parts_of_the_error_rate() -> None:
    """Half of it is for the events, in equal parts: one event has all of that, of two each has a quarter."""
    two_events = read_theory(TEXT.replace("    events seen\n", "    events seen lucky\n"))
    lucky = {"name": "lucky", "judged": 200, "failed": 0}
    for theory, more in ((THEORY, []), (two_events, [lucky])):
        least = least_share(Fraction(1, 100) / (2 + 2 * len(more)))
        for share, name in ((least, "valid"), (least - 1, "false-inequality")):
            document = certificate(seen_share=spelled(share, -9))
            spoil_seen(document, 3)
            document["trials"]["events"] += more
            assert said(sealed(document, theory), theory=theory) == name


def test_obligations_that_were_not_reached() -> None:
    """An obligation may be judged in fewer trials than the events allow; where it was judged in none, nothing is corroborated."""
    for judged, verdict in ((199, "corroborated"), (1, "corroborated"), (0, "inconclusive")):
        document = sealed(changed(set_to("trials", "obligations", 0, "judged", value=judged)), THEORY)
        assert document["verdict"] == verdict and said(document) == "valid"
    document["verdict"] = "corroborated"
    assert said(document) == "wrong-verdict"
    # What is certified to have failed refutes all the same.
    document["trials"]["obligations"][1]["failed"] = 1
    assert sealed(document, THEORY)["verdict"] == "refuted"


def test_ends() -> None:
    resealed("weaker-root-claim", lambda d: removed(d, at(d, "axiom", "goal")))
    # Without the chosen k the axiom cannot be applied; without the axiom nothing else is missing.
    resealed("missing-axiom", lambda d: removed(removed(d, at(d, "axiom", "measured")), at(d, "definition", "measured")))
    resealed("missing-choice", drop_measured)
    expect("wrong-verdict", set_to("verdict", value="refuted"))
    expect("wrong-axioms", lambda d: d["axioms"].pop() and None)
    expect("wrong-axioms", lambda d: d["axioms"].reverse())
    expect("wrong-axioms", lambda d: d["axioms"].append("constants"))
    expect("axiom-not-permitted", lambda d: None, paper_certificate())
    resealed("missing-premise", lambda d: removed(d, len(d["steps"]) - 1) and removed(removed(d, len(d["steps"]) - 1), len(d["steps"]) - 2))
    resealed("missing-premise", lambda d: removed(d, at(d, "inequality", last=True) - 2))


def drop_measured(document: Document) -> Document:
    document = removed(removed(document, at(document, "axiom", "measured")), at(document, "definition", "measured"))
    place = next(i for i, s in enumerate(document["steps"]) if s["rule"] == "choice" and s["defines"][0]["name"] == "evidence_error")
    return removed(document, place)


def test_a_bound_that_claims_nothing() -> None:
    text = TEXT.replace("conclude Pr[not found] <= delta\n\naxiom measured", "conclude Pr[not found] <= 5*delta\n\naxiom measured")
    text = text.replace("    state Pr[not found] <= delta\n    state Pr[not seen]", "    state Pr[not found] <= 5*delta\n    state Pr[not seen]")
    theory = read_theory(text)
    for delta, name in (("0.2", "empty-root-claim"), ("0.199999", "valid")):
        document = certificate()
        chosen(document, "delta", delta)
        assert said(sealed(document, theory), theory=theory) == name


def test_verdicts() -> None:
    """Each verdict by what gives it."""

    def verdict(change: Change) -> str:
        document = sealed(changed(change), THEORY)
        assert said(document) == "valid", (document["verdict"], answer(json.dumps(document).encode(), THEORY))
        return document["verdict"]

    assert verdict(lambda d: None) == "corroborated"
    assert verdict(set_to("trials", "obligations", 1, "failed", value=1)) == "refuted"

    def many_failures(document: Document) -> Document:
        document["trials"]["failures"] = 90
        return removed(removed(document, len(document["steps"]) - 1), len(document["steps"]) - 2)

    assert verdict(many_failures) == "refuted"

    def cut(document: Document) -> Document:
        """What may have succeeded does not refute."""
        document["trials"]["uncertified"] = 90
        return removed(removed(document, len(document["steps"]) - 1), len(document["steps"]) - 2)

    assert verdict(cut) == "inconclusive"

    def vacuous(document: Document) -> Document:
        chosen(document, "epsilon", "0.5")
        return removed(document, at(document, "inequality", last=True) - 2)

    assert verdict(vacuous) == "inconclusive"


def test_every_counted_event_has_a_share() -> None:
    """A theory may let an event be counted whose bound nothing else needs; what is counted is still held against a bound."""
    text = TEXT.replace("need Pr[not seen or not lucky] <= delta", "need Pr[not lucky] <= delta").replace("    state Pr[not seen] <= seen_share\n", "")
    theory = read_theory(text)
    document = certificate()
    counted = at(document, "counted")
    document["steps"][counted + 2] = inequality("part <= delta")
    document["steps"][counted + 3]["from"] = [counted - 1, counted + 2]
    document = removed(document, counted + 1)
    for change, name in ((lambda d: inserted(d, 0), "unused"), (lambda d: removed(d, counted), "missing-premise")):
        assert said(sealed(change(document), theory), theory=theory) == name


def test_a_share_that_was_weakened_hides_nothing() -> None:
    """Events are held against the least bound proved on their failure, whatever else is proved of them later."""
    text = TEXT.replace("  need Pr[not seen or not lucky] <= delta\n", "  need Pr[not seen or not lucky] <= delta\n").replace(
        "    counted Pr[not seen] <= seen_share\n", ""
    )
    text = text.replace("axiom goal\n", "axiom eyes\n  standard docs §7: they are open\n  need 0 < seen_share\n  conclude Pr[not seen] <= seen_share\n\naxiom goal\n")
    text = text.replace("use luck goal measured", "use luck goal measured eyes")
    theory = read_theory(text)
    document = certificate(seen_share="0.01")
    counted = at(document, "counted")
    document["steps"][counted] = applied("eyes")
    spoil_seen(document, 14)
    plain = sealed(document, theory)
    assert plain["verdict"] == "refuted" and said(plain, theory=theory) == "valid"
    weak = inserted(document, counted + 1, inequality("seen_share <= 0.15"), {"rule": "weaken", "from": [counted, counted + 1]})
    weak["steps"][counted + 3]["from"][0] = counted + 2
    weak["steps"][counted + 4]["claim"] = "0.15 + part <= delta"
    weak = sealed(weak, theory)
    assert weak["verdict"] == "refuted" and said(weak, theory=theory) == "valid"
    weak["verdict"] = "corroborated"
    assert said(weak, theory=theory) == "wrong-verdict"


