//! The rules. A [`Proved`] claim can be made only here, by a rule whose conditions were checked.

use super::claim::{Claim, Event};
use super::document::{DefinitionRecord, StepRecord, TrialsRecord};
use super::expression::{Meaning, Term, numeral};
use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use super::special::RateSequence;
use super::support::FiniteSupport;
use super::theory::{Axiom, Clause, Statement, Theory, Variant};
use super::{TRIALS_AS_RECORDED, special};
use dashu_ratio::RBig;
use std::collections::{BTreeMap, BTreeSet};

/// A bound that promises no more than the trivial predictor corroborates nothing.
pub const NOT_VACUOUS: &str = "error_bound < minority";
/// What corroborates the theorem, once proved.
pub const CORROBORATION: &str = "failure_rate <= delta";
/// What proves [`CORROBORATION`].
pub const FEW_FAILURES: &str = "failure_upper + certification_error <= delta";

/// A step that a rule has made. The fields are private: only this module's rules make one.
#[derive(Clone, Debug)]
pub struct Proved {
    record: StepRecord,
    claim: Option<Claim>,
    axioms: BTreeSet<String>,
}

impl Proved {
    /// The claim; none for choices, definitions, and axioms that only define symbols.
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }
    /// The step as it stands in a certificate.
    pub fn record(&self) -> &StepRecord {
        &self.record
    }
    /// Every axiom it rests on.
    pub fn axioms(&self) -> &BTreeSet<String> {
        &self.axioms
    }
}

/// A derivation under way: symbols, proved steps, and the statement it is to reach.
pub struct Kernel<'t> {
    theory: &'t Theory,
    heading: String,
    statement: Statement,
    support: Option<FiniteSupport>,
    symbols: BTreeMap<String, (Term, Interval)>,
    steps: Vec<Proved>,
}

impl Meaning for Kernel<'_> {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.symbols.get(name).map(|(_, value)| value.clone())
    }
    fn definition(&self, name: &str) -> Option<&Term> {
        self.symbols.get(name).map(|(term, _)| term)
    }
    fn data(&self, function: &str, arguments: &[Interval]) -> Option<Interval> {
        self.support.as_ref()?.function(function, arguments)
    }
}

impl<'t> Kernel<'t> {
    /// Starts a derivation of one variant of a theorem; the support goes with the variant `data=finite-support`.
    /// Errors: `unknown-theorem`, `misplaced-support`.
    pub fn new(theory: &'t Theory, theorem: &str, variant: &Variant, support: Option<FiniteSupport>) -> Checked<Self> {
        let tags: Vec<String> = variant.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let heading = format!("{theorem} [{}]", tags.join(" "));
        let statement = theory.statement(theorem, variant).ok_or_else(|| Refusal::new("unknown-theorem", &heading))?;
        let finite = variant.get("data").is_some_and(|d| d == "finite-support");
        require(finite == support.is_some(), "misplaced-support", "rows go with data=finite-support and only with it")?;
        Ok(Self { theory, heading, statement, support, symbols: BTreeMap::new(), steps: Vec::new() })
    }

    /// What the derivation is to reach.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }
    /// The steps so far.
    pub fn steps(&self) -> &[Proved] {
        &self.steps
    }
    /// The finite support, if the data is one.
    pub fn support(&self) -> Option<&FiniteSupport> {
        self.support.as_ref()
    }
    /// Every symbol in the order of definition, with the axiom that defines it (none for a choice).
    pub fn definitions(&self) -> impl Iterator<Item = (Option<&str>, &DefinitionRecord)> {
        self.steps.iter().flat_map(|s| s.record.defines.iter().map(|d| (s.record.axiom.as_deref(), d)))
    }
    /// The step that proves a claim.
    pub fn find(&self, claim: &str) -> Option<usize> {
        self.steps.iter().position(|s| s.record.claim.as_deref() == Some(claim))
    }
    fn premise(&self, step: usize) -> Checked<&Claim> {
        self.steps.get(step).and_then(Proved::claim).ok_or_else(|| Refusal::new("unknown-premise", step))
    }
    fn theorem_axiom(&self, name: &str) -> Checked<&'t Axiom> {
        let axiom = self.theory.axiom(name).filter(|a| self.statement.axioms.contains(&a.name));
        axiom.ok_or_else(|| Refusal::new("unknown-axiom", format!("`{name}` is not an axiom of this theorem")))
    }
    pub(super) fn applied(&self, rule: &str, axiom: &str) -> bool {
        self.steps.iter().any(|s| s.record.rule == rule && s.record.axiom.as_deref() == Some(axiom))
    }

    fn push(&mut self, rule: &str, record: StepRecord, claim: Option<Claim>, own: Option<&str>) -> Checked<usize> {
        let record = StepRecord { rule: rule.into(), claim: claim.as_ref().map(ToString::to_string), ..record };
        let mut axioms: BTreeSet<String> = own.into_iter().map(String::from).collect();
        for &premise in &record.from {
            let step = self.steps.get(premise).ok_or_else(|| Refusal::new("unknown-premise", premise))?;
            axioms.extend(step.axioms.iter().cloned());
        }
        let repeated = record.claim.as_deref().is_some_and(|c| self.find(c).is_some());
        require(!repeated, "repeated-claim", record.claim.as_deref().unwrap_or_default())?;
        self.steps.push(Proved { record, claim, axioms });
        Ok(self.steps.len() - 1)
    }

    fn insert(&mut self, name: &str, term: Term) -> Checked<DefinitionRecord> {
        require(!self.symbols.contains_key(name), "redefinition", name)?;
        let value = term.evaluate(self)?;
        let record = DefinitionRecord { name: name.into(), is: term.to_string(), value: value.enclosure() };
        self.symbols.insert(name.into(), (term, value));
        Ok(record)
    }

    /// Defines a symbol the instance may choose, by a number. Errors: `illegal-choice`, `redefinition`.
    pub fn choose(&mut self, name: &str, number: &str) -> Checked<usize> {
        let allowed = self.statement.choices.iter().any(|c| c == name) && numeral(number).is_some();
        require(allowed, "illegal-choice", format!("`{name}` may not be chosen, or not as {number}"))?;
        let defines = vec![self.insert(name, Term::Number(number.into()))?];
        self.push("choice", StepRecord { defines, ..StepRecord::default() }, None, None)
    }

    /// Defines every symbol of the axiom's `let`s.
    /// Errors: `unknown-axiom`, `redefinition`, terms without value.
    pub fn define(&mut self, axiom: &str) -> Checked<usize> {
        let mut defines = Vec::new();
        for clause in &self.theorem_axiom(axiom)?.clauses {
            if let Clause::Let(symbol, term) = clause {
                defines.push(self.insert(symbol, term.clone())?);
            }
        }
        let record = StepRecord { axiom: Some(axiom.into()), defines, ..StepRecord::default() };
        self.push("definition", record, None, None)
    }

    /// Applies an axiom whose symbols are defined, whose needed inequalities hold, and whose needed probabilities are the
    /// premises, in order.
    /// Errors: `unknown-axiom`, `repeated-axiom`, `wrong-definition`, `false-inequality`, `missing-premise`,
    /// `wrong-premises`.
    pub fn axiom(&mut self, name: &str, from: &[usize]) -> Checked<usize> {
        let axiom = self.theorem_axiom(name)?;
        require(!self.applied("axiom", name), "repeated-axiom", name)?;
        let (mut premises, mut needs, mut conclusion) = (from.iter(), Vec::new(), None);
        for clause in &axiom.clauses {
            match clause {
                Clause::Let(..) => require(self.applied("definition", name), "wrong-definition", name)?,
                Clause::Need(need @ Claim::Probability(..)) => {
                    let given = premises.next().and_then(|&p| self.steps.get(p)).and_then(Proved::claim);
                    require(given == Some(need), "missing-premise", need)?;
                }
                Clause::Need(need) => self.decide(need).map(|()| needs.push(need.to_string()))?,
                Clause::Conclude(claim) => conclusion = Some(claim.clone()),
            }
        }
        require(premises.next().is_none(), "wrong-premises", name)?;
        let record = StepRecord { axiom: Some(name.into()), from: from.to_vec(), needs, ..StepRecord::default() };
        self.push("axiom", record, conclusion, Some(name))
    }

    /// Decides an inequality by the enclosures of its sides, or exactly where both are rational.
    /// Guarantee: `Ok` only if the inequality holds for every value of the symbols inside their enclosures.
    fn decide(&self, claim: &Claim) -> Checked<()> {
        let (Claim::AtMost(left, right) | Claim::LessThan(left, right)) = claim else {
            return Err(Refusal::new("wrong-premises", "only an inequality can be decided by enclosures"));
        };
        let strict = matches!(claim, Claim::LessThan(..));
        let (x, y) = (left.evaluate(self)?, right.evaluate(self)?);
        let enclosed = if strict { x.certainly_lt(&y) } else { x.certainly_le(&y) };
        let ordered = |(x, y): (RBig, RBig)| if strict { x < y } else { x <= y };
        let exact = || left.exact(self).zip(right.exact(self)).is_some_and(ordered);
        let found = || format!("`{claim}` does not hold: left in {:?}, right in {:?}", x.enclosure(), y.enclosure());
        if enclosed || exact() { Ok(()) } else { Err(Refusal::new("false-inequality", found())) }
    }

    /// Whether the enclosures, or exact arithmetic, decide an inequality in its favour.
    /// Errors: terms without value.
    pub fn decides(&self, claim: &Claim) -> Checked<bool> {
        match self.decide(claim) {
            Err(refusal) if refusal.check != "false-inequality" => Err(refusal),
            decided => Ok(decided.is_ok()),
        }
    }

    /// Proves an inequality of terms. Errors: `false-inequality`.
    pub fn inequality(&mut self, claim: Claim) -> Checked<usize> {
        self.decide(&claim)?;
        self.push("inequality", StepRecord::default(), Some(claim), None)
    }

    /// From `A <= b` and `b <= c`, `A <= c`; A a probability or a term.
    /// Errors: `unknown-premise`, `wrong-premises`.
    pub fn weaken(&mut self, bound: usize, comparison: usize) -> Checked<usize> {
        let claim = match (self.premise(bound)?, self.premise(comparison)?) {
            (Claim::Probability(a, b), Claim::AtMost(same, c)) if b == same => Claim::Probability(a.clone(), c.clone()),
            (Claim::AtMost(a, b), Claim::AtMost(same, c)) if b == same => Claim::AtMost(a.clone(), c.clone()),
            _ => return Err(Refusal::new("wrong-premises", "weaken needs `A <= b` and `b <= c`")),
        };
        self.push("weaken", StepRecord { from: vec![bound, comparison], ..StepRecord::default() }, Some(claim), None)
    }

    /// Union bound: from `Pr[A] <= a`, `Pr[B] <= b`, ... that `Pr[A or B or ...] <= a + b + ...`.
    /// Errors: `wrong-premises`, and `repeated-event` where an event's share of δ would be spent twice.
    pub fn union(&mut self, from: &[usize]) -> Checked<usize> {
        let (mut all, mut total): (Vec<Event>, Option<Term>) = (Vec::new(), None);
        for &step in from {
            let Claim::Probability(events, bound) = self.premise(step)? else {
                return Err(Refusal::new("wrong-premises", "a union takes probabilities"));
            };
            for event in events {
                require(!all.contains(event), "repeated-event", event)?;
                all.push(event.clone());
            }
            let sum = |t: Term| Term::Binary('+', Box::new(t), Box::new(bound.clone()));
            total = Some(total.map_or_else(|| bound.clone(), sum));
        }
        let claim = total.map(|total| Claim::Probability(all, total));
        require(claim.is_some(), "wrong-premises", "a union of nothing")?;
        self.push("union", StepRecord { from: from.to_vec(), ..StepRecord::default() }, claim, None)
    }

    /// Bounds the failure rate from the recorded trials: defines `failure_upper`, the least number of nine places that the
    /// confidence sequence excludes from above, and proves `failure_rate <= failure_upper + certification_error`.
    /// Guarantee: under independent trials with the recorded counts, the claim fails with probability at most half of
    /// `error`, at whatever trial the run was stopped (Ville's inequality for the Beta(1, b)-mixture martingale, b fixed
    /// by δ).
    /// Errors: `wrong-count`, `missing-event`, `missing-obligation`.
    pub fn trials(&mut self, trials: &TrialsRecord) -> Checked<usize> {
        let TrialsRecord { count, failures, uncertified, cut, events, obligations, .. } = trials;
        let most = failures.checked_add(*uncertified).and_then(|f| f.checked_add(*cut)).filter(|f| f.max(&1) <= count);
        let failed = most.ok_or_else(|| Refusal::new("wrong-count", "more failures than trials, or no trial"))?;
        let possible = events.iter().chain(obligations).all(|c| c.judged <= *count && c.failed <= c.judged);
        let judged = events.iter().all(|e| e.judged == *count);
        require(possible && judged, "wrong-count", "an event or obligation was judged or failed too often")?;
        let stated = &self.statement;
        require(events.iter().map(|e| &e.name).eq(&stated.events), "missing-event", format!("{:?}", stated.events))?;
        let names = obligations.iter().map(|o| &o.name);
        require(names.eq(&stated.obligations), "missing-obligation", format!("{:?}", stated.obligations))?;
        let delta = self.symbol("delta").ok_or_else(|| Refusal::new("unknown-symbol", "delta"))?;
        let upper = RateSequence::new(failed, *count, special::mixture(&delta), &part(trials, 2)?)?.upper()?;
        let defines = vec![self.insert("failure_upper", Term::Number(special::billionths(upper)))?];
        let claim = Claim::parse("failure_rate <= failure_upper + certification_error")?;
        self.push("trials", StepRecord { defines, ..StepRecord::default() }, Some(claim), Some(TRIALS_AS_RECORDED))
    }

    /// Bounds an event that the statement lets be counted: proves its claim `Pr[not event] <= share`.
    /// Guarantee: under independent trials with the recorded counts, a false claim is proved with probability at most the
    /// event's part of `error`, as in [`Kernel::trials`].
    /// Errors: `not-counted`, `false-inequality`.
    pub fn counted(&mut self, trials: &TrialsRecord, claim: Claim) -> Checked<usize> {
        let seen = match &claim {
            Claim::Probability(events, share) if self.statement.counted.contains(&claim) => {
                trials.events.iter().find(|e| events.iter().any(|event| event.name == e.name)).zip(Some(share))
            }
            _ => None,
        };
        let (seen, share) = seen.ok_or_else(|| Refusal::new("not-counted", &claim))?;
        let (share, parts) = (share.evaluate(self)?, 2 * trials.events.len() as u64);
        let sequence = RateSequence::new(seen.failed, trials.count, special::mixture(&share), &part(trials, parts)?)?;
        let few = special::ratio(sequence.upper()?, special::BILLION).certainly_le(&share);
        require(few, "false-inequality", format!("`{claim}` does not follow from the counts"))?;
        self.push("counted", StepRecord::default(), Some(claim), Some(TRIALS_AS_RECORDED))
    }

    /// The verdict the evidence gives: refuted by a broken obligation, by an event that failed more often than its share of δ
    /// allows, or by more failures than δ and the error of their certificates allow; corroborated by a proof of
    /// [`CORROBORATION`] and of [`NOT_VACUOUS`], where every obligation was judged.
    /// Errors: `missing-premise` where no step spends a share of δ on an event, or what corroborates holds unproved.
    pub fn verdict(&self, trials: &TrialsRecord) -> Checked<&'static str> {
        let exceeds = |failures: u64, share: &Interval, parts: u64| {
            let lower = RateSequence::new(failures, trials.count, 1, &part(trials, parts)?)?.lower()?;
            Ok::<_, Refusal>(share.certainly_lt(&special::ratio(lower, special::BILLION)))
        };
        let mut refuted = trials.obligations.iter().any(|o| o.failed > 0);
        for event in &trials.events {
            let share = self.share(&event.name).ok_or_else(|| Refusal::new("missing-premise", &event.name))?;
            refuted |= exceeds(event.failed, &share, 2 * trials.events.len() as u64)?;
        }
        refuted |= exceeds(trials.failures, &Term::parse("delta + certification_error")?.evaluate(self)?, 2)?;
        let mut verdict = if trials.obligations.iter().all(|o| o.judged > 0) { "corroborated" } else { "inconclusive" };
        for (claim, decided_by) in [(CORROBORATION, FEW_FAILURES), (NOT_VACUOUS, NOT_VACUOUS)] {
            let (holds, proved) = (self.decides(&Claim::parse(decided_by)?)?, self.find(claim).is_some());
            require(proved == holds, "missing-premise", format!("`{claim}` holds and is not proved"))?;
            verdict = if holds { verdict } else { "inconclusive" };
        }
        Ok(if refuted { "refuted" } else { verdict })
    }

    /// The share of δ that is spent on an event: the last proved bound on its failure.
    fn share(&self, event: &str) -> Option<Interval> {
        let event = [Event { negated: true, name: event.into(), arguments: Vec::new() }];
        self.steps.iter().rev().find_map(|step| match step.claim() {
            Some(Claim::Probability(events, share)) if *events == event => share.evaluate(self).ok(),
            _ => None,
        })
    }

    /// The root claim with the numbers it mentions, the sizes of the run, and what the trials showed.
    pub fn render(&self, trials: &TrialsRecord) -> String {
        let shown = |names: &str| {
            let named = self.definitions().filter(|(_, d)| names.split(' ').any(|name| name == d.name));
            named.map(|(_, d)| format!("{} = {}", d.name, self.shown(d))).collect::<Vec<_>>().join(", ")
        };
        let TrialsRecord { seed, count, failures, uncertified, cut, error, .. } = trials;
        format!(
            "{}: {} with {}; {count} trials of seed {seed}, {failures} failed, {uncertified} uncertified, {cut} cut: {} at error rate {error}",
            self.heading,
            self.statement.root,
            shown("error_bound delta m N N_U n_1 n T eta_alpha b_tilde sigma_a evidence_error"),
            shown("failure_upper certification_error"),
        )
    }

    fn shown(&self, definition: &DefinitionRecord) -> String {
        let value = self.symbol(&definition.name);
        match value.as_ref().and_then(Interval::integer) {
            _ if numeral(&definition.is).is_some() => definition.is.clone(),
            Some(integer) => integer.to_string(),
            None => format!("{:.5e}", value.map_or(f64::NAN, |v| v.midpoint_f64())),
        }
    }
}

/// One of `parts` equal parts of the trials' error rate, itself a whole number of millionths.
fn part(trials: &TrialsRecord, parts: u64) -> Checked<Interval> {
    let valid = |e: &RBig| *e > RBig::ZERO && *e < RBig::ONE && (e * RBig::from(1_000_000)).is_int();
    let error = numeral(&trials.error).filter(valid);
    let error = error.ok_or_else(|| Refusal::new("wrong-count", "an error rate is millionths between 0 and 1"))?;
    Interval::from_rational(&error).div(&Interval::from_integer(parts))
}
