//! The rules. A [`Proved`] claim can be made only here, by a rule whose conditions were checked.

use super::claim::{Claim, Event, Relation};
use super::expression::{Decimal, EvaluationError, Meaning, SyntaxError, Term};
use super::interval::{Interval, Undefined};
use super::special;
use super::support::FiniteSupport;
use super::theory::{Axiom, Clause, Statement, Theory, Variant};
use std::collections::{BTreeMap, BTreeSet};

/// Where a symbol's definition comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A number the instance chooses.
    Choice,
    /// A `let` of the named axiom.
    Axiom(String),
    /// A confidence bound computed from the recorded trials.
    Trials,
}

/// A symbol, what it is, and an enclosure of its value.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The symbol.
    pub name: String,
    /// Who defines it.
    pub origin: Origin,
    /// What it is.
    pub term: Term,
    /// Enclosure of its value.
    pub value: Interval,
}

/// The rule a claim was proved by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Both sides were enclosed and the enclosures compared.
    Inequality,
    /// A named axiom whose needs were proved; the claim is its conclusion, if it has one.
    Axiom(String),
    /// From `A <= b` and `b <= c`, `A <= c`; A a probability or a term.
    Weaken,
    /// From bounds on events, a bound on their union.
    Union,
    /// A time-uniform confidence bound on the failure rate, from the recorded trials.
    Trials,
}

/// A claim that a rule has proved. The fields are private: only this module's rules make one.
#[derive(Clone, Debug)]
pub struct Proved {
    claim: Option<Claim>,
    rule: Rule,
    from: Vec<usize>,
    axioms: BTreeSet<String>,
}

impl Proved {
    /// The claim; none for an axiom that only defines symbols.
    #[must_use]
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }
    /// The rule that proved it.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }
    /// Numbers of the steps it was proved from.
    #[must_use]
    pub fn premises(&self) -> &[usize] {
        &self.from
    }
    /// Every axiom it rests on.
    #[must_use]
    pub fn axioms(&self) -> &BTreeSet<String> {
        &self.axioms
    }
}

/// Why a rule does not apply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// A text of the language is malformed.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A term has no value.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The theorem, or this variant of it, is not in the theory.
    #[error("unknown-theorem: `{0}` has no such variant")]
    UnknownTheorem(String),
    /// A symbol that is not for the instance to choose, or chosen by something else than a number.
    #[error("illegal-choice: `{0}` may not be chosen, or is not a plain number")]
    IllegalChoice(String),
    /// A symbol defined twice.
    #[error("redefinition: `{0}` is defined twice")]
    Redefinition(String),
    /// No such axiom, or not one this theorem uses.
    #[error("unknown-axiom: `{0}` is not an axiom of this theorem")]
    UnknownAxiom(String),
    /// An axiom applied a second time.
    #[error("repeated-axiom: `{0}` is applied twice")]
    RepeatedAxiom(String),
    /// A `let` of the axiom is not the definition on record.
    #[error("wrong-definition: `{symbol}` is not what axiom `{axiom}` says")]
    WrongDefinition {
        /// The axiom.
        axiom: String,
        /// The symbol.
        symbol: String,
    },
    /// An axiom's need was not proved.
    #[error("missing-premise: `{0}` was not proved")]
    MissingPremise(String),
    /// A premise that does not exist, or not before the step which uses it.
    #[error("unknown-premise: no step {0} before this one")]
    UnknownPremise(usize),
    /// The enclosures do not decide the inequality in its favour.
    #[error(
        "false-inequality: `{claim}` does not hold: left in [{left_low:e}, {left_high:e}], right in [{right_low:e}, {right_high:e}]"
    )]
    FalseInequality {
        /// The claim.
        claim: String,
        /// Enclosure of the left side, lower end.
        left_low: f64,
        /// Enclosure of the left side, upper end.
        left_high: f64,
        /// Enclosure of the right side, lower end.
        right_low: f64,
        /// Enclosure of the right side, upper end.
        right_high: f64,
    },
    /// Premises that do not fit the rule.
    #[error("wrong-premises: the rule {0} does not apply to these premises")]
    WrongPremises(&'static str),
    /// The same event counted twice in a union.
    #[error("repeated-event: `{0}` stands twice in a union")]
    RepeatedEvent(String),
    /// Counts that cannot be.
    #[error("wrong-count: {0}")]
    WrongCount(String),
    /// A confidence bound that the counts do not give.
    #[error("wrong-bound: `{0}` is not the confidence bound of the counts")]
    WrongBound(String),
    /// Arithmetic left its range.
    #[error(transparent)]
    Undefined(#[from] Undefined),
}

/// One event's count over the trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCount {
    /// Name of the event.
    pub name: String,
    /// Trials in which it did not occur.
    pub failures: u64,
    /// Symbol of its share of δ.
    pub share: String,
}

/// The recorded trials: counts, and how the error rate is split. Seeds stand beside them in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialCounts {
    /// Trials run.
    pub count: u64,
    /// Trials in which no step met the bound.
    pub failures: u64,
    /// Trials cut short; they count as failures in the upper bound.
    pub cut: u64,
    /// Second parameter b of the Beta(1, b) mixture the confidence sequence is made of.
    pub mixture: u64,
    /// 1 − confidence: the error rate of everything the trials are said to show.
    pub error: Decimal,
    /// The events.
    pub events: Vec<EventCount>,
}

/// Digits after the point of a recorded confidence bound.
const BOUND_DIGITS: i64 = 6;

/// A derivation under way: definitions, proved steps, and the statement it is to reach.
pub struct Kernel<'t> {
    theory: &'t Theory,
    statement: Statement,
    support: Option<FiniteSupport>,
    definitions: Vec<Definition>,
    values: BTreeMap<String, Interval>,
    steps: Vec<Proved>,
}

impl Meaning for Kernel<'_> {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.values.get(name).cloned()
    }
    fn data(&self, function: &str, arguments: &[Interval]) -> Option<Interval> {
        self.support.as_ref()?.function(function, arguments)
    }
}

impl<'t> Kernel<'t> {
    /// Starts a derivation of one variant of a theorem.
    ///
    /// # Errors
    /// [`RuleError::UnknownTheorem`].
    pub fn new(
        theory: &'t Theory,
        theorem: &str,
        variant: &Variant,
        support: Option<FiniteSupport>,
    ) -> Result<Self, RuleError> {
        let statement = theory
            .statement(theorem, variant)
            .ok_or_else(|| RuleError::UnknownTheorem(format!("{theorem} {variant:?}")))?;
        Ok(Self { theory, statement, support, definitions: Vec::new(), values: BTreeMap::new(), steps: Vec::new() })
    }

    /// What the derivation is to reach.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }
    /// The definitions so far.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }
    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> &[Proved] {
        &self.steps
    }
    /// The finite support, if the data is one.
    #[must_use]
    pub fn support(&self) -> Option<&FiniteSupport> {
        self.support.as_ref()
    }

    fn insert(&mut self, name: &str, origin: Origin, term: Term) -> Result<(), RuleError> {
        if self.values.contains_key(name) {
            return Err(RuleError::Redefinition(name.into()));
        }
        let value = term.evaluate(self)?;
        self.values.insert(name.into(), value.clone());
        self.definitions.push(Definition { name: name.into(), origin, term, value });
        Ok(())
    }

    /// Defines a symbol the instance may choose by a plain number.
    ///
    /// # Errors
    /// Symbols that are not for the instance to choose, terms that are not numbers, redefinitions.
    pub fn choose(&mut self, name: &str, term: &str) -> Result<(), RuleError> {
        let term = Term::parse(term)?;
        let number = match &term {
            Term::Number(_) => true,
            Term::Negated(inner) => matches!(**inner, Term::Number(_)),
            _ => false,
        };
        if !number || !self.statement.choices.iter().any(|c| c == name) {
            return Err(RuleError::IllegalChoice(name.into()));
        }
        self.insert(name, Origin::Choice, term)
    }

    fn theorem_axiom(&self, name: &str) -> Result<&'t Axiom, RuleError> {
        let used = self.statement.axioms.iter().any(|a| a == name);
        let axiom = if used { self.theory.axiom(name) } else { None };
        axiom.ok_or_else(|| RuleError::UnknownAxiom(name.into()))
    }

    /// Defines the symbol by the axiom's `let`.
    ///
    /// # Errors
    /// Unknown axioms, axioms without such a `let`, redefinitions, terms without value.
    pub fn define(&mut self, axiom: &str, symbol: &str) -> Result<(), RuleError> {
        let clauses = &self.theorem_axiom(axiom)?.clauses;
        let term = clauses.iter().find_map(|c| match c {
            Clause::Let(name, term) if name == symbol => Some(term.clone()),
            _ => None,
        });
        let wrong = || RuleError::WrongDefinition { axiom: axiom.into(), symbol: symbol.into() };
        self.insert(symbol, Origin::Axiom(axiom.into()), term.ok_or_else(wrong)?)
    }

    fn push(&mut self, claim: Option<Claim>, rule: Rule, from: Vec<usize>) -> Result<usize, RuleError> {
        let mut axioms = BTreeSet::new();
        for &premise in &from {
            axioms.extend(self.steps.get(premise).ok_or(RuleError::UnknownPremise(premise))?.axioms.iter().cloned());
        }
        match &rule {
            Rule::Axiom(name) => drop(axioms.insert(name.clone())),
            Rule::Trials => drop(axioms.insert(super::TRIALS_AS_RECORDED.into())),
            Rule::Inequality | Rule::Weaken | Rule::Union => {}
        }
        self.steps.push(Proved { claim, rule, from, axioms });
        Ok(self.steps.len() - 1)
    }

    fn premise(&self, step: usize) -> Result<&Claim, RuleError> {
        self.steps.get(step).and_then(|s| s.claim.as_ref()).ok_or(RuleError::UnknownPremise(step))
    }

    /// Proves an inequality of terms by enclosing both sides.
    ///
    /// # Guarantee
    /// `Ok` only if the inequality holds for every value of the symbols inside their enclosures.
    ///
    /// # Errors
    /// [`RuleError::FalseInequality`] with the enclosures, when they do not decide it in its favour.
    pub fn inequality(&mut self, claim: Claim) -> Result<usize, RuleError> {
        let Claim::Compare(left, relation, right) = &claim else { return Err(RuleError::WrongPremises("inequality")) };
        let (x, y) = (left.evaluate(self)?, right.evaluate(self)?);
        let holds = match relation {
            Relation::AtMost => x.certainly_le(&y),
            Relation::LessThan => x.certainly_lt(&y),
        };
        if !holds {
            return Err(RuleError::FalseInequality {
                claim: claim.to_string(),
                left_low: x.lower_f64(),
                left_high: x.upper_f64(),
                right_low: y.lower_f64(),
                right_high: y.upper_f64(),
            });
        }
        self.push(Some(claim), Rule::Inequality, Vec::new())
    }

    /// Applies an axiom whose `let`s are on record and whose needs are the premises, in order.
    ///
    /// # Errors
    /// Unknown or repeated axioms, definitions other than its own, needs that are not the premises.
    pub fn axiom(&mut self, name: &str, from: &[usize]) -> Result<usize, RuleError> {
        let axiom = self.theorem_axiom(name)?;
        if self.steps.iter().any(|s| s.rule == Rule::Axiom(name.into())) {
            return Err(RuleError::RepeatedAxiom(name.into()));
        }
        let (mut premises, mut conclusion) = (from.iter(), None);
        for clause in &axiom.clauses {
            match clause {
                Clause::Let(symbol, term) => {
                    let by_axiom = |d: &&Definition| {
                        d.name == *symbol && d.origin == Origin::Axiom(name.into()) && d.term == *term
                    };
                    if !self.definitions.iter().any(|d| by_axiom(&d)) {
                        return Err(RuleError::WrongDefinition { axiom: name.into(), symbol: symbol.clone() });
                    }
                }
                Clause::Need(need) => {
                    let step = premises.next().ok_or_else(|| RuleError::MissingPremise(need.to_string()))?;
                    if self.premise(*step)? != need {
                        return Err(RuleError::MissingPremise(need.to_string()));
                    }
                }
                Clause::Conclude(claim) => conclusion = Some(claim.clone()),
            }
        }
        if premises.next().is_some() {
            return Err(RuleError::WrongPremises("axiom"));
        }
        self.push(conclusion, Rule::Axiom(name.into()), from.to_vec())
    }

    /// From `A <= b` and `b <= c`, `A <= c`.
    ///
    /// # Errors
    /// When the premises are not of that form.
    pub fn weaken(&mut self, bound: usize, comparison: usize) -> Result<usize, RuleError> {
        let wrong = RuleError::WrongPremises("weaken");
        let Claim::Compare(middle, Relation::AtMost, above) = self.premise(comparison)? else { return Err(wrong) };
        let claim = match self.premise(bound)? {
            Claim::Probability(events, below) if below == middle => Claim::Probability(events.clone(), above.clone()),
            Claim::Compare(left, Relation::AtMost, below) if below == middle => {
                Claim::Compare(left.clone(), Relation::AtMost, above.clone())
            }
            _ => return Err(wrong),
        };
        self.push(Some(claim), Rule::Weaken, vec![bound, comparison])
    }

    /// Union bound: from `Pr[A] <= a`, `Pr[B] <= b`, ... that `Pr[A or B or ...] <= a + b + ...`.
    ///
    /// # Errors
    /// Premises that are not probabilities, an event that stands twice (its share of δ would be spent twice).
    pub fn union(&mut self, from: &[usize]) -> Result<usize, RuleError> {
        let (mut all, mut total): (Vec<Event>, Option<Term>) = (Vec::new(), None);
        for &step in from {
            let Claim::Probability(events, bound) = self.premise(step)? else {
                return Err(RuleError::WrongPremises("union"));
            };
            if let Some(twice) = events.iter().find(|e| all.contains(e)) {
                return Err(RuleError::RepeatedEvent(twice.to_string()));
            }
            all.extend(events.iter().cloned());
            let bound = bound.clone();
            total = Some(total.map_or(bound.clone(), |t| Term::Binary('+', Box::new(t), Box::new(bound))));
        }
        let total = total.ok_or(RuleError::WrongPremises("union"))?;
        self.push(Some(Claim::Probability(all, total)), Rule::Union, from.to_vec())
    }

    /// Bounds the failure rate from the recorded trials: defines `failure_upper` (the least decimal of six places the
    /// confidence sequence excludes from above) and `certification_error`, and proves
    /// `failure_rate <= failure_upper + certification_error`.
    ///
    /// # Guarantee
    /// Under independent trials with the recorded counts, the claim fails with probability at most half of `error`, at
    /// whatever trial the run was stopped (Ville's inequality for the Beta(1, b)-mixture martingale).
    ///
    /// # Errors
    /// Counts that cannot be, or bounds that the counts do not give.
    pub fn trials(&mut self, counts: &TrialCounts, upper: &str, certification_error: &str) -> Result<usize, RuleError> {
        let bad = |why: &str| Err(RuleError::WrongCount(why.into()));
        let failures = counts.failures.checked_add(counts.cut).unwrap_or(u64::MAX);
        if counts.count == 0 || failures > counts.count || counts.mixture == 0 {
            return bad("more failures than trials, or no trial");
        }
        if counts.events.iter().any(|e| e.failures > counts.count) {
            return bad("an event failed more often than there are trials");
        }
        let names: Vec<&str> = counts.events.iter().map(|e| e.name.as_str()).collect();
        if names != self.statement.events {
            return Err(RuleError::WrongCount(format!(
                "missing-event: the events counted are {names:?}, not the theorem's"
            )));
        }
        let wrong = || RuleError::WrongBound(upper.into());
        let value = Decimal::parse(upper).ok_or_else(wrong)?.value();
        let threshold = self.excess(counts)?;
        let excluded = |p: &dashu_ratio::RBig| -> Result<bool, RuleError> {
            let p = Interval::from_rational(p);
            let martingale = special::ln_mixture_martingale(failures, counts.count, 1, counts.mixture, &p)?;
            Ok(threshold.certainly_le(&martingale))
        };
        let one = dashu_ratio::RBig::from(1);
        let last_place =
            dashu_ratio::RBig::from_parts(1.into(), dashu_int::UBig::from(10u8).pow(BOUND_DIGITS as usize));
        let share = dashu_ratio::RBig::from_parts(failures.into(), counts.count.into());
        // An upper bound lies above the observed rate; the one below it by one place must not be excluded too.
        let next = value.clone() - last_place;
        let least = next <= share || !excluded(&next)?;
        if value > one || (value != one && (value <= share || !excluded(&value)? || !least)) {
            return Err(wrong());
        }
        self.insert("failure_upper", Origin::Trials, Term::parse(upper)?)?;
        self.insert("certification_error", Origin::Trials, Term::parse(certification_error)?)?;
        let claim = Claim::parse("failure_rate <= failure_upper + certification_error")?;
        self.push(Some(claim), Rule::Trials, Vec::new())
    }

    /// Whether the trials refute an event's share: the time-uniform lower bound of its failure rate exceeds the share.
    ///
    /// # Errors
    /// Unknown shares, shares that no step spends on this event.
    pub fn event_refuted(&self, counts: &TrialCounts, event: &EventCount) -> Result<bool, RuleError> {
        let spent = format!("Pr[not {}] <= {}", event.name, event.share);
        if !self.steps.iter().any(|s| s.claim.as_ref().is_some_and(|c| c.to_string() == spent)) {
            return Err(RuleError::MissingPremise(spent));
        }
        let share = self.symbol(&event.share).ok_or_else(|| RuleError::MissingPremise(event.share.clone()))?;
        let rate = Interval::from_integer(event.failures).div(&Interval::from_integer(counts.count))?;
        // One part more than there are events: the statistical obligation has its own.
        let parts = Interval::from_integer(counts.events.len() + 1);
        let threshold = self.excess(counts)?.add(&parts.ln()?);
        let martingale = special::ln_mixture_martingale(event.failures, counts.count, 1, 1, &share)?;
        Ok(share.certainly_lt(&rate) && threshold.certainly_le(&martingale))
    }

    /// Whether the trials refute the theorem: the time-uniform lower bound of the failure rate exceeds δ.
    ///
    /// # Errors
    /// A certificate without δ.
    pub fn failures_refute(&self, counts: &TrialCounts) -> Result<bool, RuleError> {
        let delta = self.symbol("delta").ok_or_else(|| RuleError::MissingPremise("delta".into()))?;
        let rate = Interval::from_integer(counts.failures).div(&Interval::from_integer(counts.count))?;
        let martingale = special::ln_mixture_martingale(counts.failures, counts.count, 1, 1, &delta)?;
        Ok(delta.certainly_lt(&rate) && self.excess(counts)?.certainly_le(&martingale))
    }

    /// ln(2/error): half the error rate is for the failure rate, half for the events, in equal parts.
    fn excess(&self, counts: &TrialCounts) -> Result<Interval, RuleError> {
        let error = counts.error.value();
        if error <= dashu_ratio::RBig::from(0) || error >= dashu_ratio::RBig::from(1) {
            return Err(RuleError::WrongCount("the error rate is not between 0 and 1".into()));
        }
        Ok(Interval::from_integer(2).div(&Interval::from_rational(&error))?.ln()?)
    }
}
