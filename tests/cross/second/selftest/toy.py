"""A small theory and honest certificates of it, for the tests to spoil."""

import copy
import json
from typing import Any, Callable, Optional

from ..budget import Budget
from ..checker import answer, read_theory
from ..seal import sealed
from ..theory import Theory

TEXT = """
# A game that is won where enough of the coins fall on heads.
chapter toy

quantity d whole >= 1 <= 100 "the dimension"
quantity n whole >= 1 "the coins"
quantity k whole >= 0 recorded "the heads that are enough"
quantity epsilon share "the error"
quantity delta share "the failure probability"
quantity part share "the part of delta for luck"
quantity seen_share real > 0 <= 0.5 "the part of delta for what is counted"
quantity evidence_error share "the error rate of what was counted before"
quantity c real > 0 "the paper's constant"

event seen(d) "what is counted"
event lucky(n) "enough heads"
event found(error_bound, d) "the game is won"

obligation steady assumes seen "nothing falls off the table"
obligation fair "no coin has two heads"

run n eta

law cube finite
  proved docs §1: d coordinates
  let size = sqrt(d)
  let minority = 0.5
  need size <= 10

law ball continuous
  proved docs §2: a ball
  let minority = 0.5
  let size = 1/d

law grid finite-by small
  proved docs §3: a grid
  let size = d/3
  let minority = 0.5

law finite-support finite
  proved docs §4: rows
  let d = support_dimension()
  let size = support_norm_bound()
  let minority = support_minority()

axiom small
  proved docs §5: few points
  only data=grid
  need d <= 16

axiom exact
  proved docs §6: a finite sum
  only evaluation=exact finite
  let certification_error = 0

axiom sampled
  proved docs §6: fresh samples
  only evaluation=sampled
  let certification_error = delta/100

axiom luck
  standard docs §7: a binomial tail
  let eta = exp(-size^2)/n
  need 1 - binomial_cdf(k, n, 0.25) <= part
  need eta < 1
  conclude Pr[not lucky] <= part

axiom goal
  proved docs §8: won where lucky and seen
  let error_bound = epsilon
  need Pr[not seen or not lucky] <= delta
  conclude Pr[not found] <= delta

axiom measured
  recorded docs §9: k as it was measured
  let slack = 1 - evidence_error
  need 0 < slack

axiom constants
  paper Theorem 1: with the constant c
  only level=paper
  let error_bound = c*epsilon
  conclude Pr[not found] <= delta

block how
  if evaluation=exact
    use exact
  if evaluation=sampled
    use sampled

theorem toy
  variant level=explicit data=cube|grid evaluation=exact|sampled
  variant level=explicit data=ball evaluation=sampled
  variant level=explicit data=finite-support evaluation=exact
  variant level=paper data=cube evaluation=exact
  choose epsilon delta
  like how
  if data=cube
    choose d
    use cube
  if data=ball
    choose d
    use ball
  if data=grid
    choose d
    use grid small
  if data=finite-support
    use finite-support
  if level=explicit
    choose n k part seen_share evidence_error
    use luck goal measured
    events seen
    counted Pr[not seen] <= seen_share
    obligations steady fair
    state Pr[not found] <= delta
    state Pr[not seen] <= seen_share
  if level=paper
    choose c
    use constants
    state Pr[not found] <= delta
"""

THEORY: Theory = read_theory(TEXT)
Document = dict[str, Any]


def choice(name: str, number: str) -> Document:
    return {"rule": "choice", "defines": [{"name": name, "is": number}]}


def applied(axiom: str, *premises: int) -> Document:
    return {"rule": "axiom", "axiom": axiom, **({"from": list(premises)} if premises else {})}


def defined(axiom: str) -> Document:
    return {"rule": "definition", "axiom": axiom}


def inequality(claim: str) -> Document:
    return {"rule": "inequality", "claim": claim}


def certificate(data: str = "cube", evaluation: str = "exact", **numbers: str) -> Document:
    """An honest certificate: 200 trials, of which one failed to be seen."""
    chosen = {"epsilon": "0.1", "delta": "0.2", "d": "7", "n": "40", "k": "18", "part": "0.05", "seen_share": "0.1"}
    chosen |= {"evidence_error": "0.001"} | numbers
    if data == "finite-support":
        del chosen["d"]
    steps = [choice(name, number) for name, number in chosen.items()]
    laws = [data] + (["small"] if data == "grid" else [])
    for axiom in (*laws, "exact" if evaluation == "exact" else "sampled", "measured", "luck"):
        steps += [] if axiom == "small" else [defined(axiom)]
        steps.append(applied(axiom))
    luck = len(steps) - 1
    steps += [
        {"rule": "counted", "claim": "Pr[not seen(d)] <= seen_share"},
        {"rule": "union", "from": [luck + 1, luck]},
        inequality("seen_share + part <= delta"),
        {"rule": "weaken", "from": [luck + 2, luck + 3]},
        defined("goal"),
        applied("goal", luck + 4),
        inequality("error_bound < minority"),
        {"rule": "trials", "defines": []},
        inequality("failure_upper + certification_error <= delta"),
        {"rule": "weaken", "from": [luck + 8, luck + 9]},
    ]
    document = {
        "format": "provably-certificate/2",
        "theorem": "toy",
        "variant": {"level": "explicit", "data": data, "evaluation": evaluation},
        "steps": steps,
        "trials": {
            "seed": 1,
            "count": 200,
            "failures": 3,
            "cut": 1,
            "uncertified": 2,
            "error": "0.01",
            "events": [{"name": "seen", "judged": 200, "failed": 1}],
            "obligations": [{"name": "steady", "judged": 199, "failed": 0}, {"name": "fair", "judged": 200, "failed": 0}],
        },
    }
    if data == "finite-support":
        document["support"] = {"points": [[3, 4.0], [0.5, -1], [1, 1]], "labels": [1, -1, -1], "label_weighted_sums": []}
    return sealed(document, THEORY)


def paper_certificate() -> Document:
    steps = [choice(*pair) for pair in (("epsilon", "0.1"), ("delta", "0.2"), ("d", "7"), ("c", "2"))]
    for axiom in ("cube", "exact", "constants"):
        steps += [defined(axiom), applied(axiom)]
    steps += [
        inequality("error_bound < minority"),
        {"rule": "trials", "defines": []},
        inequality("failure_upper + certification_error <= delta"),
        {"rule": "weaken", "from": [len(steps) + 1, len(steps) + 2]},
    ]
    trials = {"seed": 9, "count": 100, "failures": 0, "cut": 0, "uncertified": 0, "error": "0.01", "events": [], "obligations": []}
    variant = {"level": "paper", "data": "cube", "evaluation": "exact"}
    return sealed({"format": "provably-certificate/2", "theorem": "toy", "variant": variant, "steps": steps, "trials": trials}, THEORY)


def said(document: Document, *permit: str, theory: Theory = THEORY, budget: Budget | None = None) -> str:
    """`valid`, or the name of what refuses or declines it."""
    found = answer(json.dumps(document).encode(), theory, permit, budget)
    return found if found == "valid" else found.split(": ")[1]


def at(document: Document, rule: str, axiom: str | None = None, last: bool = False) -> int:
    """The number of the first, or last, step of a rule."""
    numbers = [i for i, s in enumerate(document["steps"]) if s["rule"] == rule and s.get("axiom") == axiom]
    return numbers[-1 if last else 0]


def step(document: Document, rule: str, axiom: str | None = None, last: bool = False) -> Document:
    return document["steps"][at(document, rule, axiom, last)]


def chosen(document: Document, name: str, number: str) -> None:
    for s in document["steps"]:
        if s["rule"] == "choice" and s["defines"][0]["name"] == name:
            s["defines"][0]["is"] = number


def inserted(document: Document, place: int, *new: Document) -> Document:
    """The document with these steps before another; later premises keep their steps."""
    changed = copy.deepcopy(document)
    for s in changed["steps"]:
        if "from" in s:
            s["from"] = [f + len(new) if f >= place else f for f in s["from"]]
    changed["steps"][place:place] = copy.deepcopy(list(new))
    return changed


def removed(document: Document, place: int) -> Document:
    changed = copy.deepcopy(document)
    del changed["steps"][place]
    for s in changed["steps"]:
        if "from" in s:
            s["from"] = [f - 1 if f > place else f for f in s["from"]]
    return changed


# What changes a certificate: in place, or by giving another.
Change = Callable[[Document], Optional[Document]]


def changed(change: Change, document: Document | None = None) -> Document:
    document = copy.deepcopy(document or certificate())
    other = change(document)
    return document if other is None else other


def expect(name: str, change: Change, document: Document | None = None) -> None:
    """What the change makes is answered by this name."""
    found = said(changed(change, document))
    assert found == name, f"expected {name}, found {found}"


def resealed(name: str, change: Change, document: Document | None = None) -> None:
    """The same after a forger has put everything right that follows."""
    found = said(sealed(changed(change, document), THEORY))
    assert found == name, f"expected {name}, found {found}"


def set_to(*path: str | int, value: object) -> Change:
    def change(document: Document) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def spoil_seen(document: Document, failed: int) -> None:
    document["trials"]["events"][0]["failed"] = failed
    document["trials"]["obligations"][0]["judged"] = 200 - failed
