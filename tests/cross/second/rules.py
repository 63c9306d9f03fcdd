"""What each rule gives. A derivation is a list of claims, none of which can be made but by a rule whose conditions hold."""

from fractions import Fraction
from typing import Optional

from . import language
from .budget import Budget
from .document import Step, Trials
from .language import Claim, Event, Inequality, Probability, Term, numeral
from .refusal import Refused, require
from .rows import Support
from .special import BILLION, Sequence, mixture
from .theory import DATA, ROWS, Axiom, Conclude, Let, Need, Theory, Variant
from .values import Symbols

TRIALS_AS_RECORDED, EVIDENCE_AS_RECORDED = "trials-as-recorded", "evidence-as-recorded"
NOT_VACUOUS = "error_bound < minority"
CORROBORATION = "failure_rate <= delta"
FAILURES_SEEN = "failure_rate <= failure_upper + certification_error"
FEW_FAILURES = "failure_upper + certification_error <= delta"
ALLOWED = "delta + certification_error"
# What is wrong as often as not says nothing: all error rates together are below this.
ERROR_LIMIT = Fraction(1, 2)


def failure_of(claim: Claim) -> Optional[str]:
    """The event whose failure, and nothing else, a claim bounds the probability of."""
    alone = isinstance(claim, Probability) and len(claim.events) == 1 and claim.events[0].negated
    return claim.events[0].name if alone else None


class Derivation:
    """The steps so far, and what they have defined and proved."""

    def __init__(self, theory: Theory, theorem: str, variant: Variant, support: Optional[Support], budget: Budget) -> None:
        """Refusals: `unknown-theorem`, `unknown-variant`, `misused-axiom`, `misplaced-support`."""
        self.theory, self.budget = theory, budget
        self.statement = theory.statement(theorem, variant)
        rows = variant.get(DATA) == ROWS
        require(rows == (support is not None), "misplaced-support", f"rows go with {DATA}={ROWS} and only with it")
        self.symbols = Symbols(support, budget)
        # One entry a step; what proves each claim; what a rule was applied to.
        self.claims: list[Optional[Claim]] = []
        self.proofs: dict[str, int] = {}
        self.done: set[tuple[str, str]] = set()
        self.rests_on: set[str] = set()
        # Names in the order of definition, and whether an axiom defines them.
        self.defined: list[tuple[str, bool]] = []
        self.premises: set[int] = set()
        self.rules: list[str] = []

    # ---- one step ----

    def repeat(self, step: Step, trials: Trials) -> None:
        """Applies the recorded rule to the recorded premises, and holds what it gives against what is recorded."""
        claim, needs, defines = self.apply(step, trials)
        made = None if claim is None else str(claim)
        require(step.claim == made, "wrong-step", f"it proves `{made}`")
        require(list(step.needs) == needs, "wrong-step", f"it needs {needs}")
        require([d.name for d in step.defines] == defines, "wrong-step", f"it defines {defines}")
        for recorded in step.defines:
            term = self.symbols.terms[recorded.name]
            require(recorded.term == str(term), "wrong-step", f"`{recorded.name}` is `{term}`")
            wrong = self.symbols.encloses(recorded.value, language.symbol(recorded.name))
            require(wrong is None, "wrong-step", f"the enclosure {list(recorded.value)} of `{recorded.name}` {wrong}")

    def apply(self, step: Step, trials: Trials) -> tuple[Optional[Claim], list[str], list[str]]:
        """What the rule proves, the inequalities it needed, and the symbols it defines."""
        self.budget.spend(60)
        names = [d.name for d in step.defines]
        claim: Optional[Claim] = None
        needs: list[str] = []
        axiom = step.axiom or ""
        match (step.rule, step.axiom is not None, len(step.premises), len(names)):
            case ("choice", False, 0, 1):
                defines = self._choice(names[0], step.defines[0].term)
            case ("definition", True, 0, _):
                defines = self._definition(axiom)
            case ("axiom", True, _, 0):
                defines, (claim, needs) = [], self._axiom(axiom, step.premises)
            case ("inequality", False, 0, 0):
                defines, claim = [], self._inequality(self._read(step))
            case ("weaken", False, 2, 0):
                defines, claim = [], self._weaken(*step.premises)
            case ("union", False, _, 0):
                defines, claim = [], self._union(step.premises)
            case ("counted", False, 0, 0):
                defines, claim = [], self._counted(self._read(step), trials)
            case ("trials", False, 0, _):
                defines, claim = self._trials(trials), language.claim(FAILURES_SEEN)
            case _:
                raise Refused("unknown-rule", f"`{step.rule}` with these premises")
        self._keep(step, claim)
        return claim, needs, defines

    def _read(self, step: Step) -> Claim:
        self.pay_for(step.claim or "")
        return language.claim(step.claim or "")

    def pay_for(self, text: str) -> None:
        """Reading a text, and keeping what is read."""
        self.budget.spend(10 * len(text))

    def _keep(self, step: Step, claim: Optional[Claim]) -> None:
        number = len(self.claims)
        if claim is not None:
            text = str(claim)
            self.pay_for(text)
            require(text not in self.proofs, "repeated-claim", text)
            self.proofs[text] = number
        if step.axiom is not None:
            self.done.add((step.rule, step.axiom))
        self.claims.append(claim)
        self.premises.update(step.premises)
        self.rules.append(step.rule)

    # ---- definitions ----

    def _define(self, name: str, term: Term, by_axiom: bool) -> str:
        self.symbols.define(name, term)
        self.defined.append((name, by_axiom))
        return name

    def _choice(self, name: str, text: str) -> list[str]:
        """A symbol that is this variant's to choose is a number of its kind and range."""
        quantity = self.theory.quantities.get(name)
        if quantity is None or name not in self.statement.choices:
            raise Refused("illegal-choice", f"`{name}` is not this variant's to choose")
        value = numeral(text)
        if value is None or not quantity.admits(value):
            raise Refused("illegal-choice", f"{name} = {text} is not allowed: {quantity.meaning}")
        if quantity.recorded:
            self.rests_on.add(EVIDENCE_AS_RECORDED)
        return [self._define(name, language.number(text), False)]

    def _own(self, name: str) -> Axiom:
        require(name in self.statement.axioms, "unknown-axiom", f"`{name}` is not an axiom of this theorem")
        return self.theory.axioms[name]

    def _definition(self, axiom: str) -> list[str]:
        """The axiom's `let`s, in order."""
        lets = [c for c in self._own(axiom).clauses if isinstance(c, Let)]
        require(bool(lets), "wrong-definition", f"`{axiom}` defines nothing")
        return [self._define(c.symbol, c.term, True) for c in lets]

    # ---- claims ----

    def _axiom(self, name: str, premises: tuple[int, ...]) -> tuple[Optional[Claim], list[str]]:
        """The axiom's conclusion. Its `let`s are defined, its inequalities hold, its probabilities are the premises in order."""
        axiom, left = self._own(name), list(premises)
        require(("axiom", name) not in self.done, "repeated-axiom", name)
        needs: list[str] = []
        for clause in axiom.clauses:
            if isinstance(clause, Let):
                require(("definition", name) in self.done, "wrong-definition", name)
            elif isinstance(clause, Need) and isinstance(clause.claim, Probability):
                given = self._proved(left.pop(0)) if left else None
                require(given is not None and given == clause.claim, "missing-premise", clause.claim)
            elif isinstance(clause, Need):
                self._decide(clause.claim)
                needs.append(str(clause.claim))
            else:
                assert isinstance(clause, Conclude)
        require(not left, "wrong-premises", f"`{name}` needs fewer")
        self.rests_on.add(name)
        return axiom.conclusion(), needs

    def _proved(self, number: int) -> Optional[Claim]:
        return self.claims[number] if number < len(self.claims) else None

    def _premise(self, number: int) -> Claim:
        claim = self._proved(number)
        if claim is None:
            raise Refused("unknown-premise", number)
        return claim

    def _decide(self, claim: Claim) -> None:
        if not isinstance(claim, Inequality):
            raise Refused("wrong-premises", "only an inequality can be decided by enclosures")
        require(self.symbols.holds(claim), "false-inequality", f"`{claim}` does not hold")

    def _inequality(self, claim: Claim) -> Claim:
        self._decide(claim)
        return claim

    def _weaken(self, bound: int, comparison: int) -> Claim:
        """From `A <= b` and `b <= c` that `A <= c`; A a term, or the probability of events."""
        first, second = self._premise(bound), self._premise(comparison)
        wrong = Refused("wrong-premises", "weaken needs `A <= b` and `b <= c`")
        if not isinstance(second, Inequality) or second.strict:
            raise wrong
        if isinstance(first, Probability) and first.bound == second.left:
            return Probability(first.events, second.right)
        if isinstance(first, Inequality) and not first.strict and first.right == second.left:
            return Inequality(first.left, False, second.right)
        raise wrong

    def _union(self, premises: tuple[int, ...]) -> Claim:
        """From `Pr[A] <= a`, `Pr[B] <= b`, ... that `Pr[A or B or ...] <= a + b + ...`, no event twice."""
        events: list[Event] = []
        total: Optional[Term] = None
        for number in premises:
            claim = self._premise(number)
            if not isinstance(claim, Probability):
                raise Refused("wrong-premises", "a union takes probabilities")
            for event in claim.events:
                require(event not in events, "repeated-event", event)
                events.append(event)
            total = claim.bound if total is None else language.binary("+", total, claim.bound)
        if total is None:
            raise Refused("wrong-premises", "a union of nothing")
        return Probability(tuple(events), total)

    # ---- the trials ----

    def part(self, trials: Trials, parts: int) -> Fraction:
        """One of equally many parts of the trials' error rate, which is a whole number of millionths."""
        error = numeral(trials.error)
        if error is None or not 0 < error < 1 or (error * 10**6).denominator != 1:
            raise Refused("wrong-count", "an error rate is millionths between 0 and 1")
        return error / parts

    def event_parts(self, trials: Trials) -> int:
        """Half of the error rate is for the events, in equal parts."""
        return 2 * len(trials.events)

    def error_rate(self, trials: Trials) -> Term:
        """Of everything that is taken from the trials and from counts before them, as a term."""
        self.part(trials, 1)
        before = language.symbol("evidence_error") if "evidence_error" in self.symbols.terms else language.number("0")
        return language.binary("+", language.number(trials.error), before)

    def error_rate_within(self, trials: Trials) -> None:
        """Asked at the end, as what was counted before the trials may be chosen after the step that takes them."""
        total = self.symbols.value(self.error_rate(trials))
        within = self.symbols.certainly(total, True, ERROR_LIMIT)
        require(within, "error-rate", f"all error rates together are not below {ERROR_LIMIT}")

    def _trials(self, trials: Trials) -> list[str]:
        """Defines `failure_upper`, the least billionths above the observed rate that the confidence sequence excludes."""
        failed = trials.failures + trials.cut + trials.uncertified
        require(0 < trials.count and failed <= trials.count, "wrong-count", "more failures than trials, or no trial")
        for event in trials.events:
            possible = event.judged == trials.count and event.failed <= event.judged
            require(possible, "wrong-count", f"`{event.name}` was not judged in every trial, or failed in more")
        names = tuple(e.name for e in trials.events)
        require(names == self.statement.events, "missing-event", f"the events are {list(self.statement.events)}")
        stated = [o.name for o in self.statement.obligations]
        require([o.name for o in trials.obligations] == stated, "missing-obligation", f"the obligations are {stated}")
        for obligation, seen in zip(self.statement.obligations, trials.obligations):
            failures = [e.failed for e in trials.events if e.name in obligation.assumes]
            most = trials.count - max(failures, default=0)
            possible = seen.failed <= seen.judged <= most
            require(possible, "wrong-count", f"`{seen.name}` is judged where {list(obligation.assumes)} hold")
        delta = self.symbols.value(language.symbol("delta"))
        b = mixture(self.symbols.fine, delta)
        sequence = Sequence(self.symbols.fine, failed, trials.count, b, self.part(trials, 2))
        upper = language.spelled(sequence.upper(), -9)
        self.rests_on.add(TRIALS_AS_RECORDED)
        return [self._define("failure_upper", language.number(upper), False)]

    def _counted(self, claim: Claim, trials: Trials) -> Claim:
        """A bound on a counted event, if the confidence sequence excludes a rate that is at most the bound."""
        failing = failure_of(claim) if claim in self.statement.counted else None
        seen = next((e for e in trials.events if e.name == failing), None)
        if seen is None or not isinstance(claim, Probability):
            raise Refused("not-counted", claim)
        share = self.symbols.value(claim.bound)
        b = mixture(self.symbols.fine, share)
        error = self.part(trials, self.event_parts(trials))
        upper = Sequence(self.symbols.fine, seen.failed, trials.count, b, error).upper()
        few = self.symbols.certainly(Fraction(upper, BILLION), False, share)
        require(few, "false-inequality", f"`{claim}` does not follow from the counts")
        self.rests_on.add(TRIALS_AS_RECORDED)
        return claim

    # ---- the end ----

    def complete(self, steps: tuple[Step, ...], trials: Trials) -> None:
        """Every root claim is proved and bounds a probability below 1; nothing is missing, and nothing leads nowhere."""
        roots = [str(root) for root in self.statement.roots]
        for root, text in zip(self.statement.roots, roots):
            require(text in self.proofs, "weaker-root-claim", f"`{text}` is stated, and not proved")
            if isinstance(root, Probability):
                below = self.symbols.certainly(self.symbols.value(root.bound), True, Fraction(1))
                require(below, "empty-root-claim", f"`{text}` claims nothing: its bound is not below 1")
        chosen = {name for name, by_axiom in self.defined if not by_axiom}
        for name in self.statement.choices:
            require(name in chosen, "missing-choice", name)
        for name in self.statement.axioms:
            require(("axiom", name) in self.done, "missing-axiom", name)
        require("trials" in self.rules, "missing-trials", "no step takes the trials")
        ends = {*roots, CORROBORATION, NOT_VACUOUS}
        for number, step in enumerate(steps):
            end = step.axiom is not None or step.rule == "trials" or step.claim is None or step.claim in ends
            require(end or number in self.premises, "unused", f"step {number} leads nowhere")

    def _shares(self, event: str) -> list[Term]:
        """Every proved bound on the failure of an event alone: what a forger weakened, and what it was before."""
        shares = [c.bound for c in self.claims if isinstance(c, Probability) and failure_of(c) == event]
        require(bool(shares), "missing-premise", f"no step bounds the failure of `{event}`")
        return shares

    def verdict(self, trials: Trials) -> str:
        """What the evidence gives. Refusals: `missing-premise`, where what corroborates holds and no step proves it."""
        symbols = self.symbols

        def exceeds(failures: int, shares: list[Term], parts: int) -> bool:
            lower = Sequence(symbols.fine, failures, trials.count, 1, self.part(trials, parts)).lower()
            return any(symbols.certainly(symbols.value(share), True, Fraction(lower, BILLION)) for share in shares)

        refuted = any(o.failed > 0 for o in trials.obligations)
        for event in trials.events:
            refuted |= exceeds(event.failed, self._shares(event.name), self.event_parts(trials))
        refuted |= exceeds(trials.failures, [language.term(ALLOWED)], 2)
        corroborated = all(o.judged > 0 for o in trials.obligations)
        for text, decided_by in ((CORROBORATION, FEW_FAILURES), (NOT_VACUOUS, NOT_VACUOUS)):
            holds = symbols.holds(language.inequality(decided_by))
            require(holds == (text in self.proofs), "missing-premise", f"`{text}` holds and is not proved")
            corroborated &= holds
        return "refuted" if refuted else "corroborated" if corroborated else "inconclusive"
