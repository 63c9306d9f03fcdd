//! A second rule on what a certificate says, independent of the checker: it looks at no step's premises and repeats no step.
//!
//! The rule takes from a certificate the theorem, the variant, the choices, the recorded values and the trials, and from the theory text
//! what the variant consists of. A certificate passes where
//! * every choice is there once, and is of its quantity's kind and range;
//! * every `let` of every axiom of the variant has the value that f64 arithmetic gives it, by other code for every function;
//! * every need holds in f64; where it bounds a union, the least bounds on its events add up to no more than it says;
//! * every root claim is concluded by an axiom or counted, and bounds a probability below 1;
//! * the trials' counts are possible, and every bound that is taken from them is outside the confidence sequence, as f64 evaluates it;
//! * the verdict is the one that these counts give; axioms and statement name everything.
//!
//! It is then the theorem's statement on its own numbers: the same claim, or the claim of another instance, whose trials are taken
//! as recorded. Tolerances are those of f64: the rule cannot tell what agrees to seven digits.

use provably::certificate::claim::Claim;
use provably::certificate::document::{Certificate, CountRecord, DefinitionRecord};
use provably::certificate::expression::Term;
use provably::certificate::theory::{Clause, Kind, Statement, Theory, Tier};
use provably::certificate::{EVIDENCE_AS_RECORDED, TRIALS_AS_RECORDED};
use provably::wellformed;
use statrs::function::beta::{beta_reg, ln_beta};
use std::collections::{BTreeMap, BTreeSet};

/// What f64 cannot tell apart.
const NEAR: f64 = 1e-7;

/// What is accepted, and true on its own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claimed {
    /// The original's own claim, its steps in another order or with another `info`.
    Same,
    /// The theorem on another instance, or from other trials, as recorded.
    Another,
}

struct Numbers<'c> {
    values: BTreeMap<&'c str, f64>,
    rows: Option<Rows>,
}

/// A finite support's numbers, as plain sums.
struct Rows {
    points: Vec<Vec<f64>>,
    labels: Vec<f64>,
}

/// Whether the certificate passes the rule, and what it then claims. Errors: what does not hold.
pub(crate) fn classify(theory: &Theory, c: &Certificate, original: &Certificate) -> Result<Claimed, String> {
    let listed = wellformed::variants(theory, &c.theorem).contains(&c.variant);
    ensure(listed, || "the variant is not listed".into())?;
    let statement = theory.statement(&c.theorem, &c.variant).map_err(|e| e.to_string())?;
    let rows = c
        .support
        .as_ref()
        .map(|s| Rows { points: s.points.clone(), labels: s.labels.iter().map(|y| f64::from(*y)).collect() });
    let mut numbers = Numbers { values: BTreeMap::new(), rows };
    for definition in c.steps.iter().flat_map(|s| &s.defines) {
        let [low, high] = [0, 1].map(|i| definition.value[i].parse::<f64>().unwrap_or(f64::NAN));
        let value = if low.is_infinite() { low } else { low / 2.0 + high / 2.0 };
        let old = numbers.values.insert(&definition.name, value);
        ensure(old.is_none(), || format!("{} is defined twice", definition.name))?;
    }
    numbers.support(c)?;
    choices(theory, c, &statement)?;
    axioms(theory, c, &statement, &numbers)?;
    roots(theory, &statement, &numbers)?;
    trials(c, &statement, &numbers)?;
    verdict(c, &numbers)?;
    texts(theory, c, &statement)?;
    let chosen = |c: &Certificate| {
        c.steps
            .iter()
            .filter(|s| s.rule == "choice")
            .map(|s| (s.defines[0].name.clone(), s.defines[0].is.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let same = c.theorem == original.theorem && c.variant == original.variant && c.trials == original.trials;
    let same = same && c.support == original.support && chosen(c) == chosen(original);
    Ok(if same { Claimed::Same } else { Claimed::Another })
}

fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason()) }
}

/// Whether x <= y as far as f64 can tell.
fn at_most(x: f64, y: f64) -> bool {
    x <= y + NEAR * (x.abs() + y.abs()) + 1e-300
}

fn choices(theory: &Theory, c: &Certificate, statement: &Statement) -> Result<(), String> {
    let made: Vec<&DefinitionRecord> = c.steps.iter().filter(|s| s.rule == "choice").flat_map(|s| &s.defines).collect();
    let names: BTreeSet<&str> = made.iter().map(|d| d.name.as_str()).collect();
    let stated: BTreeSet<&str> = statement.choices.iter().map(String::as_str).collect();
    ensure(names == stated && made.len() == stated.len(), || format!("{names:?} are chosen, not {stated:?}"))?;
    for DefinitionRecord { name, is, .. } in made {
        let quantity = &theory.quantities[name];
        let x: f64 = is.parse().map_err(|_| format!("{name} is {is}"))?;
        let kind = match quantity.kind {
            Kind::Whole => x.fract() == 0.0 && !is.contains('.'),
            Kind::Real => x.is_finite(),
            Kind::Share => 0.0 < x && x < 1.0,
        };
        let within = quantity.bounds.iter().all(|bound| {
            let limit: f64 = bound.limit.parse().unwrap();
            match bound.comparison.as_str() {
                "<" => x < limit,
                "<=" => x <= limit,
                ">" => x > limit,
                _ => x >= limit,
            }
        });
        ensure(kind && within, || format!("{name} = {is} is no {quantity}"))?;
    }
    Ok(())
}

/// Every symbol has its value, every need holds.
fn axioms(theory: &Theory, c: &Certificate, statement: &Statement, numbers: &Numbers<'_>) -> Result<(), String> {
    let written: BTreeMap<&str, &str> =
        c.steps.iter().flat_map(|s| &s.defines).map(|d| (d.name.as_str(), d.is.as_str())).collect();
    for name in &statement.axioms {
        for clause in &theory.axiom(name).ok_or("no such axiom")?.clauses {
            match clause {
                Clause::Let(symbol, term) => {
                    let (found, value) = (numbers.symbol(symbol)?, numbers.value(term)?);
                    let text = term.to_string();
                    ensure(written[symbol.as_str()] == text, || format!("{symbol} is not {text}"))?;
                    // A rounded down quotient may be the next in f64.
                    let slack = if text.contains("floor") || text.contains("ceil") { 1.0 } else { 0.0 };
                    let near = (found - value).abs() <= slack + 10.0 * NEAR * (found.abs() + value.abs()) + 1e-12;
                    ensure(near || found.is_infinite() && value.is_infinite(), || {
                        format!("{symbol} = {text} is {value}, recorded as {found}")
                    })?;
                }
                Clause::Need(claim) => numbers.holds(theory, statement, claim).map_err(|e| format!("{name}: {e}"))?,
                Clause::Conclude(_) => {}
            }
        }
    }
    for step in c.steps.iter().filter(|s| s.rule == "inequality") {
        let claim = Claim::parse(step.claim.as_deref().unwrap_or_default()).map_err(|e| e.to_string())?;
        numbers.holds(theory, statement, &claim)?;
    }
    Ok(())
}

/// Claims on these events that an axiom of the variant concludes or the counts may give.
fn bounds<'t>(theory: &'t Theory, statement: &'t Statement) -> impl Iterator<Item = &'t Claim> {
    let conclusions = statement.axioms.iter().filter_map(|name| theory.axiom(name)).flat_map(|a| &a.clauses);
    let conclusions = conclusions.filter_map(|clause| match clause {
        Clause::Conclude(claim) => Some(claim),
        _ => None,
    });
    conclusions.chain(&statement.counted)
}

fn roots(theory: &Theory, statement: &Statement, numbers: &Numbers<'_>) -> Result<(), String> {
    for root in &statement.roots {
        ensure(bounds(theory, statement).any(|claim| claim == root), || format!("nothing concludes `{root}`"))?;
        if let Claim::Probability(_, bound) = root {
            ensure(numbers.value(bound)? < 1.0, || format!("`{root}` claims nothing"))?;
        }
    }
    Ok(())
}

/// Whether the confidence sequence with this mixture excludes the rate, after so many of so many, at this error.
fn excluded(failed: u64, count: u64, mixture: f64, rate: f64, error: f64) -> f64 {
    let (k, n) = (failed as f64, count as f64);
    let likelihood =
        if failed == 0 { 0.0 } else { k * rate.ln() } + if failed == count { 0.0 } else { (n - k) * (-rate).ln_1p() };
    ln_beta(1.0 + k, mixture + n - k) - ln_beta(1.0, mixture) - likelihood + error.ln()
}

fn mixture(share: f64) -> f64 {
    (2.0 / share - 1.0).round().clamp(1.0, 1e12)
}

/// How exact a likelihood of so many trials is in f64.
fn doubt(count: u64) -> f64 {
    1e-6 + 1e-13 * count as f64
}

fn trials(c: &Certificate, statement: &Statement, numbers: &Numbers<'_>) -> Result<(), String> {
    let t = &c.trials;
    let open = u128::from(t.failures) + u128::from(t.cut) + u128::from(t.uncertified);
    ensure(t.count > 0 && open <= u128::from(t.count), || "more failures than trials".into())?;
    let names = |list: &[CountRecord]| list.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let obligations: Vec<String> = statement.obligations.iter().map(|o| o.name.clone()).collect();
    ensure(names(&t.events) == statement.events && names(&t.obligations) == obligations, || "other events".into())?;
    ensure(t.events.iter().all(|e| e.judged == t.count && e.failed <= t.count), || "an event's count".into())?;
    for (seen, stated) in t.obligations.iter().zip(&statement.obligations) {
        let missed = t.events.iter().filter(|e| stated.assumes.contains(&e.name)).map(|e| e.failed).max().unwrap_or(0);
        let possible =
            seen.failed <= seen.judged && u128::from(seen.judged) + u128::from(missed) <= u128::from(t.count);
        ensure(possible, || format!("{}'s count", seen.name))?;
    }
    let error = numbers.error(c)?;
    ensure(error + numbers.symbol("evidence_error").unwrap_or(0.0) < 0.5 + NEAR, || "an error rate of a half".into())?;
    let (delta, upper) = (numbers.symbol("delta")?, numbers.symbol("failure_upper")?);
    let open = open as u64;
    let outside = upper >= 1.0 || excluded(open, t.count, mixture(delta), upper, error / 2.0) >= -doubt(t.count);
    ensure(upper > open as f64 / t.count as f64 && outside || upper >= 1.0, || format!("failure_upper = {upper}"))?;
    for claim in &statement.counted {
        let Claim::Probability(events, share) = claim else { return Err("a counted inequality".into()) };
        let share = numbers.value(share)?;
        let event = t.events.iter().find(|e| e.name == events[0].name).ok_or("no such event")?;
        let part = error / 2.0 / t.events.len() as f64;
        // Only what a step counts is claimed.
        if c.steps.iter().any(|s| s.claim.as_ref() == Some(&claim.to_string())) {
            let below = (event.failed as f64) < share * t.count as f64;
            let outside = excluded(event.failed, t.count, mixture(share), share, part) >= -doubt(t.count);
            ensure(below && outside, || format!("`{claim}` does not follow from {} of {}", event.failed, t.count))?;
        }
    }
    Ok(())
}

/// The verdict that the counts give; where f64 cannot tell, either.
fn verdict(c: &Certificate, numbers: &Numbers<'_>) -> Result<(), String> {
    let (t, error) = (&c.trials, numbers.error(c)?);
    // Certain, possible.
    let (mut refuted, mut perhaps) = (t.obligations.iter().any(|o| o.failed > 0), false);
    let mut exceeds = |failed: u64, share: f64, error: f64| {
        let above = failed as f64 > share * t.count as f64;
        let evidence = if above { excluded(failed, t.count, 1.0, share.max(1e-300), error) } else { f64::NEG_INFINITY };
        refuted |= evidence > doubt(t.count);
        // The bound is a whole number of billionths below.
        perhaps |= evidence > -doubt(t.count) || above && evidence > 0.0;
    };
    for event in &t.events {
        for claim in c.steps.iter().filter_map(|s| Claim::parse(s.claim.as_deref()?).ok()) {
            if let Claim::Probability(events, share) = &claim
                && matches!(events.as_slice(), [only] if only.negated && only.name == event.name)
            {
                exceeds(event.failed, numbers.value(share)?, error / 2.0 / t.events.len() as f64);
            }
        }
    }
    let (delta, certification) = (numbers.symbol("delta")?, numbers.symbol("certification_error")?);
    exceeds(t.failures, delta + certification, error / 2.0);
    let few = at_most(numbers.symbol("failure_upper")? + certification, delta);
    let useful = at_most(numbers.symbol("error_bound")?, numbers.symbol("minority")?);
    let judged = t.obligations.iter().all(|o| o.judged > 0);
    let right = match c.verdict.as_str() {
        "refuted" => refuted || perhaps,
        "corroborated" => !refuted && few && useful && judged,
        "inconclusive" => !refuted,
        _ => false,
    };
    ensure(right, || format!("the verdict {}", c.verdict))
}

fn texts(theory: &Theory, c: &Certificate, statement: &Statement) -> Result<(), String> {
    let mut axioms: BTreeSet<&str> = statement.axioms.iter().map(String::as_str).collect();
    axioms.insert(TRIALS_AS_RECORDED);
    if statement.choices.iter().any(|name| theory.quantities[name].recorded) {
        axioms.insert(EVIDENCE_AS_RECORDED);
    }
    ensure(c.axioms.iter().map(String::as_str).eq(axioms.iter().copied()), || "other axioms".into())?;
    let paper = axioms.iter().filter_map(|name| theory.axiom(name)).find(|a| a.tier == Tier::Paper);
    ensure(paper.is_none(), || "an axiom of the paper".into())?;
    let t = &c.trials;
    let counts = format!(
        "; {} trials of seed {}, {} failed, {} cut, {} uncertified: ",
        t.count, t.seed, t.failures, t.cut, t.uncertified
    );
    let roots: Vec<String> = statement.roots.iter().map(ToString::to_string).collect();
    let heading = format!("]: {}; with ", roots.join(" and "));
    let names_all = c.steps.iter().filter(|s| s.rule == "choice").all(|s| {
        let printed = format!("{} = {}", s.defines[0].name, s.defines[0].is);
        [", ", "; "].iter().any(|end| c.statement.contains(&format!("{printed}{end}")))
    });
    let complete =
        c.statement.starts_with(&c.theorem) && c.statement.contains(&heading) && c.statement.contains(&counts);
    ensure(complete && names_all, || "a statement that leaves something out".into())
}

impl Numbers<'_> {
    fn symbol(&self, name: &str) -> Result<f64, String> {
        self.values.get(name).copied().ok_or_else(|| format!("{name} is not defined"))
    }

    fn error(&self, c: &Certificate) -> Result<f64, String> {
        let error: f64 = c.trials.error.parse().map_err(|_| "an error rate that is no number")?;
        let millionths = error * 1e6;
        ensure(0.0 < error && error < 1.0 && (millionths - millionths.round()).abs() < 1e-6, || {
            format!("error {error}")
        })?;
        Ok(error)
    }

    /// The exact sums, as far as f64 can tell.
    fn support(&self, c: &Certificate) -> Result<(), String> {
        let finite = c.variant.get("data").is_some_and(|data| data == "finite-support");
        ensure(finite == self.rows.is_some(), || "rows where there are none, or none".into())?;
        let (Some(rows), Some(record)) = (&self.rows, &c.support) else { return Ok(()) };
        let shape = rows.labels.iter().all(|y| (y.abs() - 1.0).abs() < NEAR) && rows.points.len() == rows.labels.len();
        ensure(shape && rows.points.iter().all(|x| x.len() == rows.points[0].len()), || "no rows".into())?;
        for (i, text) in record.label_weighted_sums.iter().enumerate() {
            let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
            let sum = top.parse::<f64>().unwrap_or(f64::NAN) / bottom.parse::<f64>().unwrap_or(f64::NAN);
            let own: f64 = rows.points.iter().zip(&rows.labels).map(|(x, y)| x[i] * y).sum();
            let size: f64 = rows.points.iter().map(|x| x[i].abs()).sum();
            ensure((sum - own).abs() <= 1e-9 * size + 1e-300, || format!("the sum {text} is {own}"))?;
        }
        Ok(())
    }

    /// Whether a need holds, from the bounds on its events alone.
    fn holds(&self, theory: &Theory, statement: &Statement, claim: &Claim) -> Result<(), String> {
        let (x, y) = match claim {
            Claim::AtMost(x, y) | Claim::LessThan(x, y) => (self.value(x)?, self.value(y)?),
            Claim::Probability(events, bound) => {
                let mut total = 0.0;
                if !bounds(theory, statement).any(|own| own == claim) {
                    for event in events {
                        let alone = |own: &&Claim| own.events() == std::slice::from_ref(event);
                        let mut least = f64::INFINITY;
                        for own in bounds(theory, statement).filter(alone) {
                            if let Claim::Probability(_, share) = own {
                                least = least.min(self.value(share)?);
                            }
                        }
                        total += least;
                    }
                }
                (total, self.value(bound)?)
            }
        };
        ensure(at_most(x, y), || format!("`{claim}`: {x}, {y}"))
    }

    fn value(&self, term: &Term) -> Result<f64, String> {
        Ok(match term {
            Term::Number(text) => text.parse().map_err(|_| format!("{text} is no number"))?,
            Term::Symbol(name) => self.symbol(name)?,
            Term::Negative(x) => -self.value(x)?,
            Term::Binary(operator, x, y) => {
                let (x, y) = (self.value(x)?, self.value(y)?);
                match operator {
                    '+' => x + y,
                    '-' => x - y,
                    '*' => x * y,
                    '/' => x / y,
                    _ => x.powf(y),
                }
            }
            Term::Call(name, arguments) => {
                let values = arguments.iter().map(|x| self.value(x)).collect::<Result<Vec<f64>, _>>()?;
                match (name.as_str(), values.as_slice()) {
                    ("sqrt", [x]) => x.sqrt(),
                    ("exp", [x]) => x.exp(),
                    ("ln", [x]) => x.ln(),
                    ("floor", [x]) => x.floor(),
                    ("ceil", [x]) => x.ceil(),
                    ("max", [x, y]) => x.max(*y),
                    ("min", [x, y]) => x.min(*y),
                    ("Phi", [x]) => 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2),
                    ("binomial_cdf", [k, n, p]) => binomial(*k, *n, *p),
                    (function, values) => {
                        let rows = self.rows.as_ref().ok_or_else(|| format!("no function {function}"))?;
                        rows.value(function, values).ok_or_else(|| format!("no function {function}"))?
                    }
                }
            }
        })
    }
}

/// Pr[Bin(n, p) <= k] as an incomplete beta function.
fn binomial(k: f64, n: f64, p: f64) -> f64 {
    let k = k.floor();
    if k < 0.0 {
        0.0
    } else if k >= n || p <= 0.0 {
        1.0
    } else if p >= 1.0 {
        0.0
    } else {
        beta_reg(n - k, k + 1.0, 1.0 - p)
    }
}

impl Rows {
    fn value(&self, function: &str, arguments: &[f64]) -> Option<f64> {
        let n = self.points.len() as f64;
        let norm = |x: &[f64]| x.iter().map(|v| v * v).sum::<f64>().sqrt();
        let mut sum = vec![0.0; self.points[0].len()];
        for (x, y) in self.points.iter().zip(&self.labels) {
            sum.iter_mut().zip(x).for_each(|(s, v)| *s += y * v);
        }
        let length = norm(&sum);
        let along = |x: &[f64]| x.iter().zip(&sum).map(|(v, s)| v * s).sum::<f64>() / length;
        let margins = || self.points.iter().zip(&self.labels).map(|(x, y)| y * along(x));
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / n;
        Some(match function {
            "support_dimension" => self.points[0].len() as f64,
            "support_norm_bound" => self.points.iter().map(|x| norm(x)).fold(0.0, f64::max),
            "support_mean_norm" => mean(self.points.iter().map(|x| norm(x)).collect()),
            "support_mean_square_norm" => mean(self.points.iter().map(|x| norm(x).powi(2)).collect()),
            "support_gradient_norm" => length / n,
            "support_minority" => {
                let positive = self.labels.iter().filter(|y| **y > 0.0).count() as f64 / n;
                positive.min(1.0 - positive)
            }
            "support_reach" => self.points.iter().map(|x| along(x).abs()).fold(0.0, f64::max),
            "support_margin" => margins().fold(f64::INFINITY, f64::min),
            "support_hinge_loss" => mean(margins().map(|m| (1.0 - m / arguments[0]).max(0.0)).collect()),
            "support_operator_norm" => self.operator_norm(),
            _ => return None,
        })
    }

    /// The root of the largest eigenvalue of E[x x^T], by the traces of its powers as the kernel bounds it: s squarings of a small matrix,
    /// eigenvalues by nalgebra.
    fn operator_norm(&self) -> f64 {
        let (n, d) = (self.points.len(), self.points[0].len());
        let x = nalgebra::DMatrix::from_fn(n, d, |i, j| self.points[i][j]);
        let squares = (x.transpose() * x) / n as f64;
        let eigenvalues = squares.symmetric_eigen().eigenvalues;
        let size = n.min(d) as f64;
        let squarings = ((2_f64.powi(21) / size.powi(3)).floor()).min(8.0);
        let power = 2_f64.powf(squarings + 1.0);
        let largest = eigenvalues.max();
        let trace: f64 = eigenvalues.iter().map(|v| (v.max(0.0) / largest).powf(power)).sum();
        (largest * trace.powf(1.0 / power)).sqrt()
    }
}
