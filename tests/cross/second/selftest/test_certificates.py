"""Certificates that are refused, each by its name, beside honest ones that differ in little."""

import json

from ..budget import CERTIFICATE, Budget
from ..checker import answer, read_theory
from ..seal import sealed
from .toy import (
    TEXT,
    THEORY,
    Document,
    applied,
    at,
    certificate,
    choice,
    chosen,
    defined,
    expect,
    inequality,
    inserted,
    paper_certificate,
    removed,
    resealed,
    said,
    set_to,
    step,
)


def test_honest_certificates() -> None:
    for data, evaluation in (("cube", "exact"), ("cube", "sampled"), ("grid", "exact"), ("ball", "sampled"), ("finite-support", "exact")):
        document = certificate(data, evaluation)
        assert said(document) == "valid", (data, evaluation)
        assert document["verdict"] == "corroborated"
    assert answer(json.dumps(certificate()).encode(), THEORY) == "valid"
    assert said(paper_certificate(), "constants") == "valid"


def test_formats_theorems_and_variants() -> None:
    expect("unknown-format", set_to("format", value="provably-certificate/1"))
    expect("unknown-theorem", set_to("theorem", value="tog"))
    expect("unknown-theorem", set_to("theorem", value="how"))
    for value in ({}, {"level": "explicit"}, {"level": "explicit", "data": "cube", "evaluation": "exact", "more": "x"}):
        expect("unknown-variant", set_to("variant", value=value))
    for axis, value in (("data", "ball"), ("data", "sphere"), ("level", "paper"), ("evaluation", "")):
        resealed("unknown-variant" if axis != "level" else "illegal-choice", set_to("variant", axis, value=value))


def test_rows() -> None:
    rows = certificate("finite-support")
    expect("misplaced-support", lambda d: d.pop("support") and None, rows)
    expect("misplaced-support", set_to("support", value=rows["support"]))
    expect("wrong-sums", set_to("support", "label_weighted_sums", 0, value="5/2"), rows)
    expect("wrong-sums", lambda d: d["support"]["label_weighted_sums"].pop() and None, rows)
    for key, value in (("points", []), ("points", [[]]), ("points", [[1, 2], [3], [4, 5]]), ("labels", [1, -1]), ("labels", [1, 0, -1])):
        expect("bad-support", set_to("support", key, value=value), rows)
    expect("wrong-sums", set_to("support", "points", 0, 0, value=3.5), rows)
    resealed("valid", set_to("support", "points", 0, 0, value=3.5), rows)


def test_choices() -> None:
    numbers = {"d": "101", "n": "0", "k": "1.5", "epsilon": "1", "delta": "0", "seen_share": "0.51", "part": "0.050"}
    for name, number in numbers.items():
        resealed("illegal-choice", lambda d: chosen(d, name, number))
    resealed("illegal-choice", lambda d: inserted(d, 0, choice("c", "2")))
    resealed("illegal-choice", lambda d: inserted(d, 0, choice("size", "2")))
    resealed("redefinition", lambda d: inserted(d, 1, choice("epsilon", "0.2")))
    # The trials' own symbol, and a symbol that an axiom defines.
    resealed("redefinition", lambda d: inserted(d, len(d["steps"]), {"rule": "trials", "defines": []}))
    resealed("redefinition", lambda d: inserted(d, at(d, "definition", "goal"), defined("goal")))
    resealed("valid", lambda d: chosen(d, "seen_share", "0.15"))


def test_axioms() -> None:
    resealed("unknown-axiom", lambda d: step(d, "axiom", "goal").update(axiom="constants"))
    resealed("unknown-axiom", lambda d: step(d, "definition", "goal").update(axiom="sampled"))
    resealed("repeated-axiom", lambda d: inserted(d, at(d, "axiom", "measured"), applied("measured")))
    resealed("wrong-definition", lambda d: removed(d, at(d, "definition", "measured")))
    resealed("wrong-definition", lambda d: inserted(d, at(d, "axiom", "small"), defined("small")), certificate("grid"))
    resealed("missing-premise", lambda d: step(d, "axiom", "goal").pop("from") and None)
    resealed("missing-premise", lambda d: step(d, "axiom", "goal").update({"from": [at(d, "union")]}))
    resealed("missing-premise", lambda d: step(d, "axiom", "goal").update({"from": [999]}))
    resealed("wrong-premises", lambda d: step(d, "axiom", "goal")["from"].append(0))
    resealed("false-inequality", lambda d: chosen(d, "part", "0.0001"))
    resealed("false-inequality", lambda d: chosen(d, "d", "17"), certificate("grid"))
    resealed("unknown-symbol", lambda d: removed(d, at(d, "choice")))
    # sqrt(d) is 10, which is at most 10.
    resealed("valid", lambda d: chosen(d, "d", "100"))


def test_claims() -> None:
    last = len(certificate()["steps"])
    resealed("false-inequality", lambda d: inserted(d, last, inequality("delta < delta")))
    resealed("unused", lambda d: inserted(d, last, inequality("delta <= delta")))
    resealed("unknown-symbol", lambda d: inserted(d, last, inequality("failure_rate <= 1")))
    resealed("unknown-function", lambda d: inserted(d, last, inequality("support_dimension() <= 1")))
    resealed("unknown-function", lambda d: inserted(d, last, inequality("sqrt(1, 2) <= 3")))
    resealed("unknown-function", lambda d: inserted(d, last, inequality("support_reach(1) <= 3")), certificate("finite-support"))
    resealed("undefined", lambda d: inserted(d, last, inequality("ln(0) <= 1")))
    resealed("undefined", lambda d: inserted(d, last, inequality("0 <= 1/(delta - 0.2)")))
    resealed("not-a-term", lambda d: inserted(d, last, inequality("delta")))
    resealed("not-canonical", lambda d: inserted(d, last, inequality("(delta) <= 1")))
    resealed("wrong-premises", lambda d: inserted(d, last, inequality("Pr[not lucky(n)] <= part")))
    resealed("repeated-claim", lambda d: inserted(d, last, inequality("error_bound < minority")))
    resealed("repeated-claim", lambda d: inserted(d, at(d, "union"), {"rule": "counted", "claim": "Pr[not seen(d)] <= seen_share"}))


def test_weakening_and_unions() -> None:
    union, weaken = at(certificate(), "union"), at(certificate(), "weaken")
    resealed("unknown-premise", set_to("steps", weaken, "from", value=[union, 0]))
    resealed("unknown-premise", set_to("steps", weaken, "from", value=[union, 999]))
    resealed("wrong-premises", set_to("steps", weaken, "from", value=[union, union]))
    resealed("wrong-premises", set_to("steps", weaken, "from", value=[union + 1, union]))
    # Strict where it must not be.
    resealed("wrong-premises", lambda d: step(d, "inequality").update(claim="seen_share + part < delta"))
    resealed("wrong-premises", lambda d: step(d, "inequality").update(claim="part + seen_share <= delta"))
    resealed("wrong-premises", lambda d: step(d, "union")["from"].reverse())
    resealed("repeated-event", lambda d: step(d, "union")["from"].append(step(d, "union")["from"][0]))
    resealed("wrong-premises", lambda d: inserted(d, 0, {"rule": "union", "from": []}))

    def of_a_number(document: Document) -> Document:
        document = inserted(document, union, inequality("0 <= 1"))
        document["steps"][union + 1]["from"] = [union]
        return document

    resealed("wrong-premises", of_a_number)
    # A union of one is what it is of; weaker by two steps is weaker.
    document = inserted(certificate(), weaken, inequality("0.15 <= delta"))
    document["steps"][weaken - 1]["claim"] = "seen_share + part <= 0.15"
    document = inserted(document, weaken + 1, {"rule": "weaken", "from": [union, union + 1]})
    document["steps"][weaken + 2]["from"] = [weaken + 1, weaken]
    assert said(sealed(document, THEORY)) == "valid"


def test_rules_and_their_shapes() -> None:
    document = certificate()
    expect("unknown-rule", set_to("steps", 0, "rule", value="axioms"))
    for number in range(len(document["steps"])):
        rule = document["steps"][number]["rule"]
        if rule not in ("axiom", "definition"):
            expect("unknown-rule", set_to("steps", number, "axiom", value="luck"))
        if rule not in ("axiom", "union", "weaken"):
            expect("unknown-rule", set_to("steps", number, "from", value=[0]))
        if rule in ("axiom", "inequality", "weaken", "union", "counted"):
            expect("unknown-rule", set_to("steps", number, "defines", value=document["steps"][0]["defines"]))
    expect("unknown-rule", lambda d: d["steps"][0]["defines"].append(d["steps"][1]["defines"][0]))


def test_steps_say_what_their_rules_give() -> None:
    document = certificate()
    for number, recorded in enumerate(document["steps"]):
        if "claim" in recorded and recorded["rule"] not in ("inequality", "counted"):
            expect("wrong-step", set_to("steps", number, "claim", value="0 <= 1"))
            expect("wrong-step", lambda d: d["steps"][number].pop("claim") and None)
        expect("wrong-step", set_to("steps", number, "needs", value=["0 < 1"]))
        if recorded.get("needs"):
            expect("wrong-step", set_to("steps", number, "needs", value=[]))
        for place, symbol in enumerate(recorded.get("defines", [])):
            if recorded["rule"] != "choice":
                expect("wrong-step", set_to("steps", number, "defines", place, "name", value="x"))
                expect("wrong-step", set_to("steps", number, "defines", place, "is", value=symbol["is"] + " + 0"))
            for ends in (["0", "0"], [symbol["value"][0], "inf"], ["-inf", symbol["value"][1]], symbol["value"][::-1]):
                if ends != symbol["value"]:
                    expect("wrong-step", set_to("steps", number, "defines", place, "value", value=ends))
    expect("wrong-step", set_to("steps", at(document, "axiom", "exact"), "claim", value="0 <= 1"))
    # 1 + 2 in other words, and an empty list in the place of none.
    expect("valid", set_to("steps", 0, "from", value=[]))


def test_statements() -> None:
    document = certificate()
    text = document["statement"]
    spoiled = [
        text + " ",
        " " + text,
        text.replace("; with ", "; and "),
        text.replace("epsilon = 0.1", "epsilon = 0.10"),
        text.replace("epsilon = 0.1, ", ""),
        text.replace("d = 7", "d = 8"),
        text.replace("0.000022797,", "0.000022798,"),
        text.replace("0.000022797,", "0.00002279,"),
        text.replace("eta in [0.000022797, 0.0000227971]", "eta = 0.0000227971"),
        text.replace("eta in [0.000022797, 0.0000227971]", "eta = [0.000022797, 0.0000227971]"),
        # What is a short decimal is no interval, and is written in its one spelling.
        text.replace("error_bound = 0.1", "error_bound in [0.0999999, 0.100001]"),
        text.replace("error_bound = 0.1", "error_bound in [0.1, 0.1]"),
        text.replace("error_bound = 0.1", "error_bound = 0.10"),
        text.replace("error_bound = 0.1", "error_bound = 1e-1"),
        text.replace("0.0971571", "0.097157"),
        text.replace("0.0971571", "0.1"),
        text.replace("at error rate 0.011", "at error rate 0.0109999"),
        text.replace("at error rate 0.011", "at error rate 0.0110001"),
        text.replace("at error rate 0.011", "at error rate 0.01100"),
        text.replace("200 trials", "201 trials"),
        text.replace("in [0.000022797,", "in [x,"),
        text.replace("level=explicit]", "level=paper]"),
    ]
    for other in spoiled:
        assert other != text
        expect("wrong-statement", set_to("statement", value=other))
    expect("valid", set_to("statement", value=text))


def test_numbers_in_statements() -> None:
    """A whole number, a short decimal, a fraction that is none, and what is not known exactly."""
    numbers = {
        "n/8": "= 5",
        "n/100000000000000000": "= 0.0000000000000004",
        "n/1e30": "= 4e-29",
        "n/3": "in [13.3333, 13.3334]",
        "n*1e30": "= 40000000000000000000000000000000",
        "sqrt(n)": "in [6.32455, 6.32456]",
        "sqrt(n + 9)": "= 7",
        "floor(n/3)": "= 13",
        "-n/16": "= -2.5",
    }
    for term, shown in numbers.items():
        theory = read_theory(TEXT.replace("let eta = exp(-size^2)/n", f"let eta = {term}").replace("  need eta < 1\n", "  need eta < 1e40\n"))
        document = sealed(certificate(), theory)
        assert said(document, theory=theory) == "valid" and f"eta {shown}" in document["statement"], document["statement"]


def test_work_is_declined() -> None:
    """With a tenth of the budget, for the test's sake."""

    def answered(*claims: str) -> str:
        return said(inserted(certificate(), 0, *map(inequality, claims)), budget=Budget(CERTIFICATE // 10))

    tail = "binomial_cdf(5000000000, 10000000000, 0.5) + "
    zeros = " + ".join(["0"] * 490)
    assert answered("0 <= " + tail + "1") == "unused"
    assert answered("0 <= " + tail * 4 + "1") == "too-costly"
    assert answered(*(f"{i} <= {i} + {zeros}" for i in range(200))) == "too-costly"
    assert answered(*(f"0 <= ((3^250)^60 + {i})*7^99/((11^250)^30 + 1)" for i in range(1000))) == "too-costly"
    rows = certificate("finite-support")
    rows["support"] = {"points": [[1e300, 1e-300] * 12_500], "labels": [1], "label_weighted_sums": []}
    assert said(rows, budget=Budget(CERTIFICATE // 10)) == "too-costly"
