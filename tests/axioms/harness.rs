//! Points at which an axiom is tried: its free symbols drawn by kind and range, its definitions evaluated as the text has them, its
//! needs decided by the kernel.

use dashu_ratio::RBig;
use provably::certificate::budget::Budget;
use provably::certificate::claim::Claim;
use provably::certificate::expression::{Meaning, Term};
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Checked;
use provably::certificate::theory::{Axiom, Clause, Kind, Theory};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

/// Tries an axiom; the violation it found.
pub(crate) type Falsifier = fn(&Subject<'_>) -> Result<(), String>;

/// An axiom under trial, perhaps a mutant.
pub(crate) struct Subject<'t> {
    pub(crate) theory: &'t Theory,
    pub(crate) axiom: Axiom,
}

/// A point that meets every need: the value of every symbol, free or defined.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    values: BTreeMap<String, Interval>,
}

impl Point {
    /// The value of a symbol.
    pub(crate) fn get(&self, symbol: &str) -> f64 {
        self.values.get(symbol).unwrap_or_else(|| panic!("no symbol `{symbol}`")).midpoint_f64()
    }

    /// Whether the axiom has the symbol.
    pub(crate) fn has(&self, symbol: &str) -> bool {
        self.values.contains_key(symbol)
    }

    /// The value of a term at this point, if it has one.
    pub(crate) fn value(&self, term: &Term) -> Option<f64> {
        term.evaluate(&Values(&self.values, Budget::default())).ok().map(|v| v.midpoint_f64())
    }
}

struct Values<'a>(&'a BTreeMap<String, Interval>, Budget);

impl Meaning for Values<'_> {
    fn symbol(&self, name: &str) -> Option<Interval> {
        self.0.get(name).cloned()
    }
    fn exact(&self, _name: &str) -> Option<RBig> {
        None
    }
    fn data(&self, _function: &str, _arguments: &[Interval]) -> Checked<Option<Interval>> {
        Ok(None)
    }
    fn budget(&self) -> &Budget {
        &self.1
    }
}

impl<'t> Subject<'t> {
    pub(crate) fn new(theory: &'t Theory, axiom: Axiom) -> Self {
        Self { theory, axiom }
    }

    /// A generator that depends on the axiom's name alone, so that a mutant is tried at the same draws.
    pub(crate) fn rng(&self) -> ChaCha8Rng {
        let seed = self.axiom.name.bytes().fold(7_u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
        ChaCha8Rng::seed_from_u64(seed)
    }

    /// Symbols the axiom uses and does not define.
    pub(crate) fn free(&self) -> BTreeSet<String> {
        let (mut free, mut own) = (BTreeSet::new(), BTreeSet::new());
        for clause in &self.axiom.clauses {
            let (mut symbols, mut functions) = (Vec::new(), Vec::new());
            match clause {
                Clause::Let(_, term) => term.atoms(&mut symbols, &mut functions),
                Clause::Need(claim) | Clause::Conclude(claim) => {
                    terms(claim).into_iter().for_each(|term| term.atoms(&mut symbols, &mut functions));
                }
            }
            free.extend(symbols.into_iter().filter(|s| !own.contains(*s)).map(String::from));
            if let Clause::Let(symbol, _) = clause {
                own.insert(symbol.clone());
            }
        }
        free
    }

    /// Evaluates the definitions at these values of the free symbols; `None` where one has no value or a need does not hold.
    pub(crate) fn at(&self, free: &[(&str, f64)]) -> Option<Point> {
        let mut values = BTreeMap::new();
        for (symbol, value) in free {
            values.insert((*symbol).to_string(), Interval::from_f64(*value).ok()?);
        }
        self.complete(values)
    }

    fn complete(&self, mut values: BTreeMap<String, Interval>) -> Option<Point> {
        for clause in &self.axiom.clauses {
            match clause {
                Clause::Let(symbol, term) => {
                    let value = term.evaluate(&Values(&values, Budget::default())).ok()?;
                    values.insert(symbol.clone(), value);
                }
                Clause::Need(Claim::AtMost(x, y)) => {
                    let sides = (
                        x.evaluate(&Values(&values, Budget::default())).ok()?,
                        y.evaluate(&Values(&values, Budget::default())).ok()?,
                    );
                    sides.0.certainly_le(&sides.1).then_some(())?;
                }
                Clause::Need(Claim::LessThan(x, y)) => {
                    let sides = (
                        x.evaluate(&Values(&values, Budget::default())).ok()?,
                        y.evaluate(&Values(&values, Budget::default())).ok()?,
                    );
                    sides.0.certainly_lt(&sides.1).then_some(())?;
                }
                Clause::Need(Claim::Probability(..)) | Clause::Conclude(_) => {}
            }
        }
        Some(Point { values })
    }

    /// A number of the symbol's declared kind and range, over many orders of magnitude, borders included; for a symbol that other
    /// axioms define, a positive real.
    pub(crate) fn draw(&self, symbol: &str, rng: &mut ChaCha8Rng) -> f64 {
        let quantity = self.theory.quantities.get(symbol);
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        let (mut low, mut high) = (0.0_f64, f64::INFINITY);
        for bound in quantity.into_iter().flat_map(|q| &q.bounds) {
            match bound.comparison.as_str() {
                ">" | ">=" => low = low.max(number(&bound.limit)),
                _ => high = high.min(number(&bound.limit)),
            }
        }
        let spread = |rng: &mut ChaCha8Rng, from: f64, to: f64| 10f64.powf(rng.random_range(from..to));
        match quantity.map(|q| q.kind) {
            Some(Kind::Share) => match rng.random_range(0..4) {
                0 => spread(rng, -6.0, -0.01),
                1 => 1.0 - spread(rng, -6.0, -0.01),
                _ => rng.random_range(0.001..0.999),
            },
            Some(Kind::Whole) => {
                let high = high.min(1e9);
                let value = match rng.random_range(0..4) {
                    0 => low + f64::from(rng.random_range(0..3)),
                    1 => low + f64::from(rng.random_range(0..20)),
                    _ => (low + spread(rng, 0.0, 4.0)).floor(),
                };
                value.clamp(low, high)
            }
            _ if high.is_finite() => match rng.random_range(0..6) {
                0 => low + (high - low) * spread(rng, -9.0, -1.0),
                1 => high - (high - low) * spread(rng, -9.0, -1.0),
                2 if self.closed(symbol, "<=") => high,
                3 if self.closed(symbol, ">=") => low,
                _ => rng.random_range(low..high),
            },
            _ => match rng.random_range(0..4) {
                0 => low + spread(rng, -6.0, 6.0),
                1 if self.closed(symbol, ">=") => low,
                _ => low + spread(rng, -2.0, 2.0),
            },
        }
    }

    fn closed(&self, symbol: &str, comparison: &str) -> bool {
        self.theory.quantities.get(symbol).is_some_and(|q| q.bounds.iter().any(|b| b.comparison == comparison))
    }

    /// `count` points that meet the needs: free symbols by [`Subject::draw`], those that `propose` names by it. A quarter of them
    /// are moved to the border of a need, by bisection in one symbol. Errors: where next to no draw meets the needs.
    pub(crate) fn points(
        &self,
        count: usize,
        rng: &mut ChaCha8Rng,
        mut propose: impl FnMut(&mut ChaCha8Rng) -> Vec<(&'static str, f64)>,
    ) -> Result<Vec<Point>, String> {
        let free = self.free();
        let mut found = Vec::new();
        for _ in 0..count * 400 {
            if found.len() == count {
                return Ok(found);
            }
            let mut values: BTreeMap<String, f64> = free.iter().map(|s| (s.clone(), self.draw(s, rng))).collect();
            for (symbol, value) in propose(rng) {
                values.insert(symbol.into(), value);
            }
            let complete = |values: &BTreeMap<String, f64>| {
                let all = values.iter().map(|(s, v)| Some((s.clone(), Interval::from_f64(*v).ok()?)));
                self.complete(all.collect::<Option<_>>()?)
            };
            let Some(mut point) = complete(&values) else { continue };
            if found.len() % 4 == 3
                && let Some(border) = self.border(&values, rng, &complete)
            {
                point = border;
            }
            found.push(point);
        }
        Err(format!("only {} of {count} draws meet the needs", found.len()))
    }

    /// Moves one free real symbol away until a need breaks, and comes back to the last value at which none does.
    fn border(
        &self,
        values: &BTreeMap<String, f64>,
        rng: &mut ChaCha8Rng,
        complete: &impl Fn(&BTreeMap<String, f64>) -> Option<Point>,
    ) -> Option<Point> {
        let real = |s: &&String| self.theory.quantities.get(*s).is_none_or(|q| q.kind != Kind::Whole);
        let movable: Vec<&String> = values.keys().filter(real).collect();
        let symbol = (*movable.get(rng.random_range(0..movable.len().max(1)))?).clone();
        let start = *values.get(&symbol)?;
        let far = if rng.random_range(0..2) == 0 { start * 1e3 } else { start * 1e-3 };
        let admitted = |x: f64| {
            let declared = self.theory.quantities.get(&symbol);
            declared.is_none_or(|q| q.admits(&provably::derivation::decimal(x)).is_ok())
        };
        let with = |x: f64| {
            let mut moved = values.clone();
            moved.insert(symbol.clone(), x);
            if admitted(x) { complete(&moved) } else { None }
        };
        if with(far).is_some() {
            return None;
        }
        let (mut inside, mut outside) = (start, far);
        for _ in 0..50 {
            let middle = f64::midpoint(inside, outside);
            if with(middle).is_some() { inside = middle } else { outside = middle }
        }
        with(inside)
    }

    /// The bound that the axiom concludes on its event, at a point.
    pub(crate) fn concluded(&self, point: &Point) -> Option<f64> {
        self.axiom.clauses.iter().find_map(|clause| match clause {
            Clause::Conclude(Claim::Probability(_, bound)) => point.value(bound),
            _ => None,
        })
    }
}

fn terms(claim: &Claim) -> Vec<&Term> {
    match claim {
        Claim::AtMost(x, y) | Claim::LessThan(x, y) => vec![x, y],
        Claim::Probability(events, bound) => {
            std::iter::once(bound).chain(events.iter().flat_map(|e| &e.arguments)).collect()
        }
    }
}

/// Refuses a claim `small <= large` that does not hold beyond a relative tolerance.
pub(crate) fn at_most(what: &str, small: f64, large: f64, tolerance: f64) -> Result<(), String> {
    let slack = tolerance * small.abs().max(large.abs());
    // Written so that a NaN is a violation.
    if small <= large + slack { Ok(()) } else { Err(format!("{what}: {small:e} is not at most {large:e}")) }
}

/// Refuses two numbers that should be the same and differ beyond a relative tolerance.
pub(crate) fn equal(what: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), String> {
    let slack = tolerance * found.abs().max(expected.abs()).max(f64::MIN_POSITIVE);
    if (found - expected).abs() <= slack { Ok(()) } else { Err(format!("{what}: {found:e}, another way {expected:e}")) }
}
