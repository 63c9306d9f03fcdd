//! The rules. A [`Proved`] claim can be made only here, by a rule whose conditions were checked.

use super::budget::Budget;
use super::claim::{Claim, Event};
use super::decimal;
use super::document::{DefinitionRecord, StepRecord, TrialsRecord};
use super::expression::{Meaning, Term, numeral};
use super::interval::Interval;
use super::refusal::{Checked, Refusal, require};
use super::special::{RATE_WORK, RateSequence};
use super::support::FiniteSupport;
use super::theory::{Axiom, Clause, DATA, Obligation, ROWS, Statement, Theory, Variant, tags};
use super::{EVIDENCE_AS_RECORDED, TRIALS_AS_RECORDED, special};
use dashu_ratio::RBig;
use std::collections::{BTreeMap, BTreeSet};

/// A bound that promises no more than the trivial predictor corroborates nothing.
pub const NOT_VACUOUS: &str = "error_bound < minority";
/// What corroborates the theorem, once proved.
pub const CORROBORATION: &str = "failure_rate <= delta";
/// Work of a step, and of each axiom it rests on, for their texts and memory.
const STEP_WORK: u64 = 100;
const AXIOM_WORK: u64 = 10;
/// Events of a union: its bound is a tree that is as deep.
const MAX_EVENTS: usize = 500;
/// What proves [`CORROBORATION`].
pub const FEW_FAILURES: &str = "failure_upper + certification_error <= delta";
/// The symbol of the error rate of everything that was measured before the trials.
const EVIDENCE_ERROR: &str = "evidence_error";
/// Significant digits of a number in a statement.
const SHOWN_DIGITS: usize = 6;

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
    /// Enclosures, and exact values where there are any.
    symbols: BTreeMap<String, (Interval, Option<RBig>)>,
    steps: Vec<Proved>,
    /// The step that proves each claim.
    claims: BTreeMap<String, usize>,
    budget: Budget,
}

impl Meaning for Kernel<'_> {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.symbols.get(name).map(|(value, _)| value.clone())
    }
    fn exact(&self, name: &str) -> Option<RBig> {
        self.symbols.get(name)?.1.clone()
    }
    fn data(&self, function: &str, arguments: &[Interval]) -> Checked<Option<Interval>> {
        self.support.as_ref().map_or(Ok(None), |s| s.function(function, arguments, &self.budget))
    }
    fn budget(&self) -> &Budget {
        &self.budget
    }
}

impl<'t> Kernel<'t> {
    /// Starts a derivation of one variant of a theorem; the support goes with the variant `data=finite-support`.
    /// Errors: `unknown-theorem`, `unknown-variant`, `misplaced-support`, `too-costly`.
    pub fn new(theory: &'t Theory, theorem: &str, variant: &Variant, support: Option<FiniteSupport>) -> Checked<Self> {
        let heading = format!("{theorem} [{}]", tags(variant));
        let statement = theory.statement(theorem, variant)?;
        let rows = variant.get(DATA).is_some_and(|data| data == ROWS);
        require(rows == support.is_some(), "misplaced-support", "rows go with data=finite-support and only with it")?;
        let budget = Budget::default();
        budget.spend(support.as_ref().map_or(0, FiniteSupport::work))?;
        let (symbols, claims, steps) = <_>::default();
        Ok(Self { theory, heading, statement, support, symbols, steps, claims, budget })
    }

    /// The same with another budget, for whoever tries more than a certificate records.
    #[must_use]
    pub fn with_budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
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
        self.claims.get(claim).copied()
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
            self.budget.spend(AXIOM_WORK.saturating_mul(step.axioms.len() as u64))?;
            axioms.extend(step.axioms.iter().cloned());
        }
        let (number, text) = (self.steps.len(), record.claim.as_deref().unwrap_or_default());
        self.budget.spend(STEP_WORK.saturating_add(text.len() as u64))?;
        require(self.find(text).is_none(), "repeated-claim", text)?;
        self.claims.extend(record.claim.clone().map(|claim| (claim, number)));
        self.steps.push(Proved { record, claim, axioms });
        Ok(number)
    }

    fn insert(&mut self, name: &str, term: Term) -> Checked<DefinitionRecord> {
        require(!self.symbols.contains_key(name), "redefinition", name)?;
        let value = term.evaluate(self)?;
        let exact = term.exact(self);
        let value = exact.as_ref().map_or(value, Interval::from_rational);
        let recorded = exact.as_ref().map_or_else(|| value.enclosure(), decimal::enclosure);
        let record = DefinitionRecord { name: name.into(), is: term.to_string(), value: recorded };
        self.symbols.insert(name.into(), (value, exact));
        Ok(record)
    }

    /// Defines a symbol the instance may choose, by a number of its kind and range; a number that was measured rests on the axiom
    /// that it is as recorded. Errors: `illegal-choice`, `redefinition`.
    pub fn choose(&mut self, name: &str, number: &str) -> Checked<usize> {
        let allowed = self.statement.choices.iter().any(|c| c == name);
        let quantity = self.theory.quantities.get(name).filter(|_| allowed);
        let free = || Refusal::new("illegal-choice", format!("`{name}` is not this variant's to choose"));
        let quantity = quantity.ok_or_else(free)?;
        quantity.admits(number)?;
        let recorded = quantity.recorded.then_some(EVIDENCE_AS_RECORDED);
        let defines = vec![self.insert(name, Term::Number(number.into()))?];
        self.push("choice", StepRecord { defines, ..StepRecord::default() }, None, recorded)
    }

    /// Defines every symbol of the axiom's `let`s.
    /// Errors: `unknown-axiom`, `redefinition`, `wrong-definition` where there are none, terms without value.
    pub fn define(&mut self, axiom: &str) -> Checked<usize> {
        let mut defines = Vec::new();
        for clause in &self.theorem_axiom(axiom)?.clauses {
            if let Clause::Let(symbol, term) = clause {
                defines.push(self.insert(symbol, term.clone())?);
            }
        }
        require(!defines.is_empty(), "wrong-definition", format!("`{axiom}` defines nothing"))?;
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
        let holds = enclosed || left.exact(self).zip(right.exact(self)).is_some_and(ordered);
        // Where exact values were too costly, nothing is left.
        self.budget.spend(1)?;
        let found = || format!("`{claim}` does not hold: left in {:?}, right in {:?}", x.enclosure(), y.enclosure());
        if holds { Ok(()) } else { Err(Refusal::new("false-inequality", found())) }
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
                require(all.len() < MAX_EVENTS, "too-costly", "a union of so many events")?;
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
        let TrialsRecord { count, failures, cut, uncertified, events, obligations, .. } = trials;
        let open = cut.checked_add(*uncertified).and_then(|open| failures.checked_add(open));
        let failed = open.filter(|f| f <= count && *count > 0);
        let failed = failed.ok_or_else(|| Refusal::new("wrong-count", "more failures than trials, or no trial"))?;
        let possible = events.iter().chain(obligations).all(|c| c.judged <= *count && c.failed <= c.judged);
        let judged = events.iter().all(|e| e.judged == *count);
        require(possible && judged, "wrong-count", "an event or obligation was judged or failed too often")?;
        let stated = &self.statement;
        require(events.iter().map(|e| &e.name).eq(&stated.events), "missing-event", format!("{:?}", stated.events))?;
        let names = stated.obligations.iter().map(|o| &o.name);
        require(
            obligations.iter().map(|o| &o.name).eq(names),
            "missing-obligation",
            format!("{:?}", stated.obligations),
        )?;
        for (obligation, counted) in stated.obligations.iter().zip(obligations) {
            let possible = judged_where_assumed(obligation, counted.judged, trials);
            let found = || format!("`{}` is judged where one of {:?} failed", counted.name, obligation.assumes);
            require(possible, "wrong-count", found())?;
        }
        let delta = self.symbol("delta").ok_or_else(|| Refusal::new("unknown-symbol", "delta"))?;
        let upper = RateSequence::new(failed, *count, special::mixture(&delta), &part(trials, 2)?)?.upper()?;
        let defines = vec![self.insert("failure_upper", Term::Number(special::billionths(upper)))?];
        let claim = Claim::parse("failure_rate <= failure_upper + certification_error")?;
        self.push("trials", StepRecord { defines, ..StepRecord::default() }, Some(claim), Some(TRIALS_AS_RECORDED))
    }

    /// Error rate of everything that is taken from the trials and from counts before them.
    /// Errors: `wrong-count`; `error-rate`: one half or more.
    pub fn error_rate(&self, trials: &TrialsRecord) -> Checked<RBig> {
        let before = self.symbols.get(EVIDENCE_ERROR).map_or(Some(RBig::ZERO), |(_, exact)| exact.clone());
        let (own, half) = (error(trials)?, RBig::from_parts(1.into(), 2_u8.into()));
        let total = before.map(|before| before + own).filter(|total| *total < half);
        let found = "what is wrong as often as not says nothing: all error rates together reach 1/2";
        total.ok_or_else(|| Refusal::new("error-rate", found))
    }

    /// Bounds an event that the statement lets be counted: proves its claim `Pr[not event] <= share`.
    /// Guarantee: under independent trials with the recorded counts, a false claim is proved with probability at most the
    /// event's part of `error`, as in [`Kernel::trials`].
    /// Errors: `not-counted`, `false-inequality`.
    pub fn counted(&mut self, trials: &TrialsRecord, claim: Claim) -> Checked<usize> {
        let seen = match &claim {
            Claim::Probability(events, share) if self.statement.counted.contains(&claim) => {
                let failure = failure_of(events);
                trials.events.iter().find(|e| Some(e.name.as_str()) == failure).zip(Some(share))
            }
            _ => None,
        };
        let (seen, share) = seen.ok_or_else(|| Refusal::new("not-counted", &claim))?;
        self.budget.spend(RATE_WORK)?;
        let (share, error) = (share.evaluate(self)?, part(trials, event_parts(trials))?);
        let sequence = RateSequence::new(seen.failed, trials.count, special::mixture(&share), &error)?;
        let few = special::ratio(sequence.upper()?, special::BILLION).certainly_le(&share);
        require(few, "false-inequality", format!("`{claim}` does not follow from the counts"))?;
        self.push("counted", StepRecord::default(), Some(claim), Some(TRIALS_AS_RECORDED))
    }

    /// The verdict the evidence gives: refuted by a broken obligation, by an event that failed more often than its share of δ
    /// allows, or by more certified failures than δ and their own certification error allow; corroborated by a proof of
    /// [`CORROBORATION`] and of [`NOT_VACUOUS`], where every obligation was judged at least once.
    /// Errors: `missing-premise` where no step spends a share of δ on an event, or where what corroborates holds and no
    /// step proves it.
    pub fn verdict(&self, trials: &TrialsRecord) -> Checked<&'static str> {
        let exceeded = |failures: u64, parts: u64, shares: &[Interval]| {
            self.budget.spend(RATE_WORK)?;
            let lower = RateSequence::new(failures, trials.count, 1, &part(trials, parts)?)?.lower()?;
            Ok::<_, Refusal>(shares.iter().any(|share| share.certainly_lt(&special::ratio(lower, special::BILLION))))
        };
        let mut refuted = trials.obligations.iter().any(|o| o.failed > 0);
        for event in &trials.events {
            let shares = self.shares(&event.name)?;
            require(!shares.is_empty(), "missing-premise", &event.name)?;
            refuted |= exceeded(event.failed, event_parts(trials), &shares)?;
        }
        let allowed = Term::parse("delta + certification_error")?.evaluate(self)?;
        refuted |= exceeded(trials.failures, 2, &[allowed])?;
        let judged = trials.obligations.iter().all(|o| o.judged > 0);
        let mut verdict = if judged { "corroborated" } else { "inconclusive" };
        for (claim, decided_by) in [(CORROBORATION, FEW_FAILURES), (NOT_VACUOUS, NOT_VACUOUS)] {
            let (holds, proved) = (self.decides(&Claim::parse(decided_by)?)?, self.find(claim).is_some());
            require(proved == holds, "missing-premise", format!("`{claim}` holds and is not proved"))?;
            verdict = if holds { verdict } else { "inconclusive" };
        }
        Ok(if refuted { "refuted" } else { verdict })
    }

    /// Every bound that is proved on an event's failure.
    fn shares(&self, event: &str) -> Checked<Vec<Interval>> {
        let of_event = |step: &Proved| match step.claim() {
            Some(Claim::Probability(events, share)) if failure_of(events) == Some(event) => Some(share.evaluate(self)),
            _ => None,
        };
        self.steps.iter().filter_map(of_event).collect()
    }

    /// The root claims; every number they and the run depend on, as chosen or as an enclosure rounded outward; and what the
    /// trials showed.
    /// Errors: `wrong-count`.
    pub fn render(&self, trials: &TrialsRecord) -> Checked<String> {
        let roots: Vec<String> = self.statement.roots.iter().map(ToString::to_string).collect();
        let (mut mentioned, mut functions) = (Vec::new(), Vec::new());
        self.statement.roots.iter().for_each(|root| root.atoms(&mut mentioned, &mut functions));
        let printed = |(axiom, d): &(Option<&str>, &DefinitionRecord)| {
            axiom.is_none() || mentioned.contains(&d.name.as_str()) || self.theory.run.contains(&d.name)
        };
        let numbers = self.definitions().filter(printed).map(|(_, d)| format!("{} {}", d.name, self.shown(d)));
        let TrialsRecord { seed, count, failures, cut, uncertified, .. } = trials;
        let upper = Term::parse("failure_upper + certification_error")?.evaluate(self);
        Ok(format!(
            "{}: {}; with {}; {count} trials of seed {seed}, {failures} failed, {cut} cut, {uncertified} uncertified: \
             failure rate at most {}, at error rate {}",
            self.heading,
            roots.join(" and "),
            numbers.collect::<Vec<_>>().join(", "),
            upper.map_or_else(|_| "1".into(), |x| x.upper_decimal(SHOWN_DIGITS)),
            decimal::rounded(&self.error_rate(trials)?, SHOWN_DIGITS, true),
        ))
    }

    fn shown(&self, definition: &DefinitionRecord) -> String {
        let Some((value, exact)) = self.symbols.get(&definition.name) else { return String::new() };
        let whole = value.integer().map(|integer| integer.to_string());
        let short = exact.as_ref().map(decimal::enclosure).filter(|[low, high]| low == high);
        match numeral(&definition.is).map(|_| definition.is.clone()).or(whole).or(short.map(|[low, _]| low)) {
            Some(number) => format!("= {number}"),
            None => format!("in [{}, {}]", value.lower_decimal(SHOWN_DIGITS), value.upper_decimal(SHOWN_DIGITS)),
        }
    }
}

/// The event whose failure alone these are.
fn failure_of(events: &[Event]) -> Option<&str> {
    match events {
        [event] if event.negated => Some(&event.name),
        _ => None,
    }
}

/// Whether an obligation can have been judged so often: in no trial in which something it assumes failed. In how many of the
/// others it was reached is the trials' to say, and one in none corroborates nothing.
fn judged_where_assumed(obligation: &Obligation, judged: u64, trials: &TrialsRecord) -> bool {
    let assumed = trials.events.iter().filter(|e| obligation.assumes.contains(&e.name));
    judged.saturating_add(assumed.map(|e| e.failed).max().unwrap_or(0)) <= trials.count
}

/// The parts of the error rate of which each event has one: half of it is theirs.
fn event_parts(trials: &TrialsRecord) -> u64 {
    (trials.events.len() as u64).saturating_mul(2)
}

/// The trials' error rate, a whole number of millionths.
fn error(trials: &TrialsRecord) -> Checked<RBig> {
    let valid = |e: &RBig| *e > RBig::ZERO && *e < RBig::ONE && (e * RBig::from(1_000_000)).is_int();
    let error = numeral(&trials.error).filter(valid);
    error.ok_or_else(|| Refusal::new("wrong-count", "an error rate is millionths between 0 and 1"))
}

/// One of `parts` equal parts of it.
fn part(trials: &TrialsRecord, parts: u64) -> Checked<Interval> {
    Interval::from_rational(&error(trials)?).div(&Interval::from_integer(parts))
}
