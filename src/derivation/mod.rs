//! Builds a theorem's derivation in the kernel: chooses numbers, applies axioms, proves what they need.
//!
//! Nothing here is trusted: what it gets wrong, the kernel's rules refuse. A need that does not hold on this instance is kept
//! as a failed condition, so that the verdict can say which hypothesis fails and by how much.

use crate::certificate::budget::Budget;
use crate::certificate::claim::Claim;
use crate::certificate::expression::{Meaning, PLAIN_EXPONENTS, Term};
use crate::certificate::interval::Interval;
use crate::certificate::proof::{Kernel, NOT_VACUOUS};
use crate::certificate::refusal::Refusal;
use crate::certificate::support::FiniteSupport;
use crate::certificate::theory::{Clause, Theory, Variant};

pub mod bounds;
pub mod sizes;
pub mod statement;

pub use crate::decimal::rounded;
pub use bounds::{Bounds, Cost, Size};

/// A derivation evaluates every need several times over before a rule does.
const WORK: u64 = 8 * Budget::CERTIFICATE;

/// Why a derivation cannot be built.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DerivationError {
    /// The theory text does not parse.
    #[error("the theory cannot be read: {0}")]
    Theory(String),
    /// A kernel rule refused.
    #[error("{0}")]
    Rule(#[from] Refusal),
    /// A number that cannot be written as a decimal.
    #[error("{name} = {value} is not a finite number")]
    NotFinite {
        /// The symbol.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A size that no number within reach satisfies.
    #[error("no {what} satisfies the theorem: {why}")]
    Unreachable {
        /// What was looked for.
        what: &'static str,
        /// Why there is none.
        why: String,
    },
}

/// A need of an axiom on this instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The inequality.
    pub claim: String,
    /// Whether the kernel proved it.
    pub holds: bool,
    /// Value of its left side.
    pub left: f64,
    /// Value of its right side.
    pub right: f64,
}

/// A derivation under way.
pub struct Derivation {
    theory: &'static Theory,
    kernel: Kernel<'static>,
    theorem: &'static str,
    variant: Variant,
    conditions: Vec<Condition>,
}

impl Derivation {
    /// Starts the derivation of one variant of a theorem.
    ///
    /// # Errors
    /// Unknown variants.
    pub fn new(
        theory: &'static Theory,
        theorem: &'static str,
        variant: &[(&str, &str)],
        support: Option<FiniteSupport>,
    ) -> Result<Self, DerivationError> {
        let variant: Variant = variant.iter().map(|&(k, v)| (k.to_string(), v.to_string())).collect();
        let kernel = Kernel::new(theory, theorem, &variant, support)?.with_budget(Budget::new(WORK));
        Ok(Self { theory, kernel, theorem, variant, conditions: Vec::new() })
    }

    /// The kernel.
    #[must_use]
    pub fn kernel(&self) -> &Kernel<'static> {
        &self.kernel
    }
    /// The kernel, for the rules that follow the trials.
    pub fn kernel_mut(&mut self) -> &mut Kernel<'static> {
        &mut self.kernel
    }
    /// The theory it is built in.
    #[must_use]
    pub fn theory(&self) -> &'static Theory {
        self.theory
    }
    /// The theorem.
    #[must_use]
    pub fn theorem(&self) -> &'static str {
        self.theorem
    }
    /// The variant.
    #[must_use]
    pub fn variant(&self) -> &Variant {
        &self.variant
    }
    /// Every need met so far, with whether it holds.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
    /// Whether every need holds, so that the theorem applies.
    #[must_use]
    pub fn applies(&self) -> bool {
        self.conditions.iter().all(|c| c.holds)
    }

    /// Chooses a symbol's number, written with the shortest decimal that reads back as the same f64.
    ///
    /// # Errors
    /// Numbers that are not finite, symbols the theorem does not let the instance choose.
    pub fn choose(&mut self, name: &str, value: f64) -> Result<(), DerivationError> {
        if !value.is_finite() {
            return Err(DerivationError::NotFinite { name: name.into(), value });
        }
        self.kernel.choose(name, &decimal(value))?;
        Ok(())
    }

    /// Applies an axiom: defines its symbols, finds the premises it needs, draws its conclusion. Returns the step, or `None`
    /// where a need does not hold (it is then among the failed [`Derivation::conditions`]).
    ///
    /// # Errors
    /// Anything but a need that does not hold.
    pub fn apply(&mut self, axiom: &str) -> Result<Option<usize>, DerivationError> {
        let clauses = self.theory.axiom(axiom).map(|a| a.clauses.clone()).unwrap_or_default();
        if clauses.iter().any(|c| matches!(c, Clause::Let(..))) {
            self.kernel.define(axiom)?;
        }
        let mut premises = Some(Vec::new());
        for clause in &clauses {
            match clause {
                Clause::Need(need @ Claim::Probability(..)) => match self.kernel.find(&need.to_string()) {
                    Some(step) => premises.iter_mut().for_each(|all| all.push(step)),
                    None => premises = None,
                },
                Clause::Need(need) => {
                    if !self.examine(need)? {
                        premises = None;
                    }
                }
                Clause::Let(..) | Clause::Conclude(_) => {}
            }
        }
        premises.map(|from| self.kernel.axiom(axiom, &from).map_err(Into::into)).transpose()
    }

    /// Applies axioms one after another. Returns the last one's step, or `None` where a need of any does not hold.
    ///
    /// # Errors
    /// Anything but a need that does not hold.
    pub fn apply_all(&mut self, axioms: &[&str]) -> Result<Option<usize>, DerivationError> {
        let mut last = None;
        for axiom in axioms {
            last = self.apply(axiom)?;
        }
        Ok(last.filter(|_| self.applies()))
    }

    /// Examines the inequalities that an axiom will need once the trials have been counted, so that a hypothesis which fails is
    /// known before they are run.
    ///
    /// # Errors
    /// Terms without value.
    pub fn foresee(&mut self, axiom: &str) -> Result<(), DerivationError> {
        let clauses = self.theory.axiom(axiom).map(|a| a.clauses.clone()).unwrap_or_default();
        for clause in &clauses {
            if let Clause::Need(need @ (Claim::AtMost(..) | Claim::LessThan(..))) = clause {
                self.examine(need)?;
            }
        }
        Ok(())
    }

    /// Keeps an inequality with its sides as a condition, once; whether it holds.
    fn examine(&mut self, claim: &Claim) -> Result<bool, DerivationError> {
        let (Claim::AtMost(left, right) | Claim::LessThan(left, right)) = claim else { return Ok(false) };
        // A symbol keeps its value, and so an inequality its answer.
        if let Some(known) = self.conditions.iter().find(|c| c.claim == claim.to_string()) {
            return Ok(known.holds);
        }
        let value = |t: &Term| t.evaluate(&self.kernel).map(|v| v.midpoint_f64());
        let (left, right) = (value(left)?, value(right)?);
        let holds = self.kernel.decides(claim)?;
        self.conditions.push(Condition { claim: claim.to_string(), holds, left, right });
        Ok(holds)
    }

    /// Proves an inequality, or keeps it as a failed condition.
    ///
    /// # Errors
    /// Terms without value.
    pub fn prove(&mut self, claim: Claim) -> Result<Option<usize>, DerivationError> {
        if let Some(step) = self.kernel.find(&claim.to_string()) {
            return Ok(Some(step));
        }
        if self.examine(&claim)? { Ok(Some(self.kernel.inequality(claim)?)) } else { Ok(None) }
    }

    /// Proves that the bound is not vacuous, where it is not.
    ///
    /// # Errors
    /// Terms without value.
    pub fn not_vacuous(&mut self) -> Result<(), DerivationError> {
        if self.number("error_bound") < self.number("minority") {
            self.prove(Claim::parse(NOT_VACUOUS)?)?;
        }
        Ok(())
    }

    /// Bounds a step's probability by the share of δ it may spend.
    ///
    /// # Errors
    /// Terms without value.
    pub fn spend(&mut self, step: Option<usize>, share: &str) -> Result<Option<usize>, DerivationError> {
        let Some(step) = step else { return Ok(None) };
        let claim = self.kernel.steps().get(step).and_then(|s| s.claim().cloned());
        let Some(Claim::Probability(_, bound)) = claim else { return Ok(None) };
        let share = Term::parse(share)?;
        if bound == share {
            return Ok(Some(step));
        }
        let Some(comparison) = self.prove(Claim::AtMost(bound, share))? else { return Ok(None) };
        Ok(Some(self.kernel.weaken(step, comparison)?))
    }

    /// Unites the events and bounds their union by δ.
    ///
    /// # Errors
    /// Terms without value.
    pub fn unite(&mut self, steps: &[Option<usize>]) -> Result<Option<usize>, DerivationError> {
        let Some(steps) = steps.iter().copied().collect::<Option<Vec<usize>>>() else { return Ok(None) };
        let union = self.kernel.union(&steps)?;
        self.spend(Some(union), "delta")
    }

    /// Enclosure of a symbol's value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Interval> {
        self.kernel.symbol(name)
    }

    /// Midpoint of a symbol's value; NaN if it is not defined, which no bad instance can be run with.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.kernel.symbol(name).map_or(f64::NAN, |v| v.midpoint_f64())
    }

    /// Whether a symbol is defined.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.kernel.symbol(name).is_some()
    }
}

/// A non-negative number as the kernel writes it: the shortest decimal that reads back as this f64.
#[must_use]
pub fn decimal(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let places = exponent.parse::<i64>().unwrap_or(0) - fraction.len() as i64;
    if PLAIN_EXPONENTS.contains(&places) { format!("{value}") } else { format!("{whole}{fraction}e{places}") }
}
