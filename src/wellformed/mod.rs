//! Every variant of every theorem of a text can be derived, says everything it rests on, and has nothing idle: what is missing,
//! superfluous or misspelt is found when the text is read. The kernel does without: it proves nothing from a text with a gap, and
//! holds every axiom against the variants it is proved for by itself.

use crate::certificate::claim::{Claim, Event};
use crate::certificate::expression::FUNCTIONS;
use crate::certificate::refusal::{Checked, Refusal};
use crate::certificate::theory::{Axes, Axiom, Clause, DATA, ROWS, Statement, Theory, Variant, tags};
use std::collections::{BTreeMap, BTreeSet};

/// The prefix of the functions that read the rows of a certificate.
const ROW_FUNCTIONS: &str = "support_";
/// What the rules on trials and the verdict read.
const READ_BY_RULES: [&str; 4] = ["delta", "error_bound", "minority", "certification_error"];

/// Reads a theory text whose every variant is complete.
///
/// # Errors
/// `bad-theory`: the first line that does not parse, or the first variant that could not be derived or says too much.
pub fn parse(text: &str) -> Checked<Theory> {
    let theory = Theory::parse(text)?;
    check(&theory)?;
    Ok(theory)
}

/// A theory with a text that builds on it, whose every variant is complete; the axioms of a `foreign` one need permission.
///
/// # Errors
/// As [`parse`].
pub fn extend(theory: &Theory, text: &str, foreign: bool) -> Checked<Theory> {
    let theory = theory.extend(text, foreign)?;
    check(&theory)?;
    Ok(theory)
}

/// Every variant of a theorem.
#[must_use]
pub fn variants(theory: &Theory, theorem: &str) -> Vec<Variant> {
    let lists = theory.theorems.get(theorem).map_or(&[][..], |t| &t.variants);
    lists.iter().flat_map(product).collect()
}

/// Every choice of one value an axis.
fn product(axes: &Axes) -> Vec<Variant> {
    let mut all = vec![Variant::new()];
    for (axis, values) in axes {
        let with = |variant: &Variant, value: &String| {
            let mut longer = variant.clone();
            longer.insert(axis.clone(), value.clone());
            longer
        };
        all = all.iter().flat_map(|variant| values.iter().map(move |value| with(variant, value))).collect();
    }
    all
}

/// Every axiom that some variant of a theorem applies, sorted.
#[must_use]
pub fn axioms_of<'t>(theory: &'t Theory, theorem: &str) -> Vec<&'t str> {
    words_of(theory, theorem, "use").into_iter().collect()
}

/// The words of every line of a theorem with this keyword.
fn words_of<'t>(theory: &'t Theory, theorem: &str, keyword: &str) -> BTreeSet<&'t str> {
    let lines = theory.theorems.get(theorem).map_or(&[][..], |t| &t.lines);
    lines.iter().filter(|line| line.keyword == keyword).flat_map(|line| line.words.split(' ')).collect()
}

/// Symbols that an axiom uses, and events it needs a bound on.
#[must_use]
pub fn uses(axiom: &Axiom) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let (mut symbols, mut functions, mut events) = (Vec::new(), Vec::new(), BTreeSet::new());
    for clause in &axiom.clauses {
        match clause {
            Clause::Let(_, term) => term.atoms(&mut symbols, &mut functions),
            Clause::Need(claim) => {
                claim.atoms(&mut symbols, &mut functions);
                events.extend(claim.events().iter().map(|event| event.name.as_str()));
            }
            Clause::Conclude(claim) => claim.atoms(&mut symbols, &mut functions),
        }
    }
    (symbols.into_iter().collect(), events)
}

/// Errors: `bad-theory`, with the variant and what is wrong with it.
fn check(theory: &Theory) -> Checked<()> {
    let mut met = BTreeSet::new();
    for name in theory.theorems() {
        for variant in variants(theory, name) {
            let bad = |reason: String| Refusal::new("bad-theory", format!("{name} [{}]: {reason}", tags(&variant)));
            let statement = theory.statement(name, &variant).map_err(|e| bad(e.to_string()))?;
            of_variant(theory, name, &variant, &statement).map_err(bad)?;
            met.extend(variant);
        }
    }
    // A condition that no variant meets is a misspelt one.
    for line in theory.theorems.values().flat_map(|t| &t.lines) {
        for (axis, values) in &line.when {
            if let Some(value) = values.iter().find(|v| !met.contains(&(axis.clone(), (*v).clone()))) {
                return Err(Refusal::new("bad-theory", format!("no variant has {axis}={value} (`{}`)", line.words)));
            }
        }
    }
    declared(theory).map_err(|reason| Refusal::new("bad-theory", reason))
}

/// What declarations refer to is declared, and what is declared beside axioms and quantities is used.
fn declared(theory: &Theory) -> Result<(), String> {
    let events = theory.events.values().map(|e| (&e.name, &e.assumes));
    let assumed = events.chain(theory.obligations.values().map(|o| (&o.name, &o.assumes)));
    for (name, events) in assumed.clone() {
        if let Some(event) = events.iter().find(|event| !theory.events.contains_key(*event)) {
            return Err(format!("`{name}` assumes `{event}`, which is not declared"));
        }
    }
    let of_theorems = |keyword| theory.theorems().flat_map(move |name| words_of(theory, name, keyword));
    let judged: BTreeSet<&str> = of_theorems("obligations").collect();
    if let Some(name) = theory.obligations.keys().find(|name| !judged.contains(name.as_str())) {
        return Err(format!("no theorem has the obligation `{name}`"));
    }
    let mut met: BTreeSet<&str> = of_theorems("events").collect();
    met.extend(assumed.flat_map(|(_, events)| events).map(String::as_str));
    for clause in theory.axioms.iter().flat_map(|axiom| &axiom.clauses) {
        if let Clause::Need(claim) | Clause::Conclude(claim) = clause {
            met.extend(claim.events().iter().map(|event| event.name.as_str()));
        }
    }
    match theory.events.keys().find(|name| !met.contains(name.as_str())) {
        Some(name) => Err(format!("nothing is said of the event `{name}`")),
        None => Ok(()),
    }
}

fn of_variant(theory: &Theory, theorem: &str, variant: &Variant, statement: &Statement) -> Result<(), String> {
    let mut axioms = Vec::new();
    for name in &statement.axioms {
        axioms.push(theory.axiom(name).ok_or_else(|| format!("there is no axiom `{name}`"))?);
    }
    twice("axiom", &statement.axioms)?;
    twice("choice", &statement.choices)?;
    if let Some(free) = statement.choices.iter().find(|c| !theory.quantities.contains_key(*c)) {
        return Err(format!("`{free}` is chosen, and no quantity of that name is declared"));
    }
    axes(theory, theorem, variant, &axioms)?;
    let known = definitions(variant, statement, &axioms)?;
    for symbol in READ_BY_RULES {
        if !known.contains(symbol) {
            return Err(format!("`{symbol}` is not defined"));
        }
    }
    conclusions(statement, &axioms, &known)?;
    idle(theory, statement, &axioms)
}

fn twice(what: &str, names: &[String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    names
        .iter()
        .find(|name| !seen.insert(*name))
        .map_or(Ok(()), |name| Err(format!("the {what} `{name}` stands twice")))
}

/// Every axis of the variant makes a difference to some line or axiom.
fn axes(theory: &Theory, theorem: &str, variant: &Variant, axioms: &[&Axiom]) -> Result<(), String> {
    let lines = theory.theorems.get(theorem).map_or(&[][..], |t| &t.lines);
    let mut told: BTreeSet<&str> = lines.iter().flat_map(|line| line.when.keys()).map(String::as_str).collect();
    told.insert(DATA);
    told.extend(axioms.iter().flat_map(|axiom| axiom.only.keys()).map(String::as_str));
    match variant.keys().find(|axis| !told.contains(axis.as_str())) {
        Some(axis) => Err(format!("nothing depends on the axis `{axis}`")),
        None => Ok(()),
    }
}

/// The symbols defined, each once, each by an axiom whose terms are defined before in some order of the axioms.
fn definitions(variant: &Variant, statement: &Statement, axioms: &[&Axiom]) -> Result<BTreeSet<String>, String> {
    let rows = variant.get(DATA).is_some_and(|data| data == ROWS);
    let mut known: BTreeSet<String> = statement.choices.iter().cloned().collect();
    let mut open: Vec<&Axiom> = axioms.to_vec();
    while !open.is_empty() {
        let (mut left, mut reason) = (Vec::new(), String::new());
        let before = open.len();
        for axiom in open {
            match defined_by(axiom, &known, rows) {
                Ok(own) => {
                    for symbol in own {
                        if !known.insert(symbol.clone()) {
                            return Err(format!("`{symbol}` is defined twice, the second time by `{}`", axiom.name));
                        }
                    }
                }
                Err(missing) => {
                    reason = format!("`{}` uses {missing}", axiom.name);
                    left.push(axiom);
                }
            }
        }
        if left.len() == before {
            return Err(reason);
        }
        open = left;
    }
    Ok(known)
}

/// The symbols an axiom defines; or a symbol or function it uses that is not known.
fn defined_by(axiom: &Axiom, known: &BTreeSet<String>, rows: bool) -> Result<Vec<String>, String> {
    let mut own: Vec<String> = Vec::new();
    for clause in &axiom.clauses {
        let (mut symbols, mut functions) = (Vec::new(), Vec::new());
        match clause {
            Clause::Let(_, term) => term.atoms(&mut symbols, &mut functions),
            Clause::Need(claim) | Clause::Conclude(claim) => claim.atoms(&mut symbols, &mut functions),
        }
        for symbol in symbols {
            if !known.contains(symbol) && !own.iter().any(|o| o == symbol) {
                return Err(format!("`{symbol}`, which is not defined"));
            }
        }
        for function in functions {
            if !(FUNCTIONS.contains(&function) || rows && function.starts_with(ROW_FUNCTIONS)) {
                return Err(format!("the function `{function}`, which there is not"));
            }
        }
        if let Clause::Let(symbol, _) = clause {
            own.push(symbol.clone());
        }
    }
    Ok(own)
}

/// Whatever is needed, stated or counted is bounded by an axiom or by the counts.
fn conclusions(statement: &Statement, axioms: &[&Axiom], known: &BTreeSet<String>) -> Result<(), String> {
    let concluded = axioms.iter().flat_map(|a| &a.clauses).filter_map(|c| match c {
        Clause::Conclude(claim) => Some(claim),
        _ => None,
    });
    let bounds: Vec<&Claim> = concluded.chain(&statement.counted).collect();
    let bounded = |event: &Event| bounds.iter().any(|c| matches!(c, Claim::Probability(all, _) if all.contains(event)));
    for axiom in axioms {
        for clause in &axiom.clauses {
            if let Clause::Need(Claim::Probability(events, _)) = clause
                && let Some(free) = events.iter().find(|e| !bounded(e))
            {
                return Err(format!("`{}` needs a bound on `{free}`, and nothing gives one", axiom.name));
            }
        }
    }
    if statement.roots.is_empty() {
        return Err("it states nothing".into());
    }
    for root in &statement.roots {
        let (mut symbols, mut functions) = (Vec::new(), Vec::new());
        root.atoms(&mut symbols, &mut functions);
        if let Some(free) = symbols.into_iter().find(|s| !known.contains(*s)) {
            return Err(format!("it states something of `{free}`, which is not defined"));
        }
        if !bounds.contains(&root) {
            return Err(format!("it states `{root}`, and nothing concludes it"));
        }
    }
    for name in &statement.events {
        let alone = |c: &&Claim| matches!(c, Claim::Probability(all, _) if all.len() == 1 && all.iter().all(|e| e.negated && e.name == *name));
        if !bounds.iter().any(alone) {
            return Err(format!("nothing bounds the event `{name}`"));
        }
    }
    for claim in &statement.counted {
        let of_event = |e: &Event| statement.events.contains(&e.name);
        let alone = matches!(claim, Claim::Probability(events, _) if events.len() == 1);
        if !(alone && claim.events().iter().all(|e| e.negated && of_event(e))) {
            return Err(format!("`{claim}` is no bound on the failure of one event that is counted"));
        }
    }
    Ok(())
}

/// Every choice is used, every axiom leads somewhere, every conclusion is needed.
fn idle(theory: &Theory, statement: &Statement, axioms: &[&Axiom]) -> Result<(), String> {
    let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut needed: Vec<&Claim> = statement.roots.iter().chain(&statement.counted).collect();
    for axiom in axioms {
        for symbol in uses(axiom).0 {
            used.entry(symbol).or_default().insert(&axiom.name);
        }
        needed.extend(axiom.clauses.iter().filter_map(|clause| match clause {
            Clause::Need(claim) => Some(claim),
            _ => None,
        }));
    }
    for symbol in READ_BY_RULES.into_iter().chain(theory.run.iter().map(String::as_str)) {
        used.entry(symbol).or_default().insert("");
    }
    for claim in statement.roots.iter().chain(&statement.counted) {
        let (mut symbols, mut functions) = (Vec::new(), Vec::new());
        claim.atoms(&mut symbols, &mut functions);
        for symbol in symbols {
            used.entry(symbol).or_default().insert("");
        }
    }
    if let Some(choice) = statement.choices.iter().find(|c| !used.contains_key(c.as_str())) {
        return Err(format!("`{choice}` is chosen for nothing"));
    }
    for axiom in axioms {
        let leads = axiom.clauses.iter().any(|clause| match clause {
            // By itself or by another axiom or rule.
            Clause::Let(symbol, _) => used.get(symbol.as_str()).is_some_and(|by| by.iter().any(|a| *a != axiom.name)),
            Clause::Need(_) => true,
            Clause::Conclude(claim) => leads_on(claim, &needed),
        });
        let idle = axiom.clauses.iter().any(|c| matches!(c, Clause::Conclude(claim) if !leads_on(claim, &needed)));
        if !leads || idle {
            return Err(format!("`{}` is used for nothing", axiom.name));
        }
    }
    Ok(())
}

/// Whether a conclusion bounds an event that something needs or states.
fn leads_on(claim: &Claim, needed: &[&Claim]) -> bool {
    let Claim::Probability(own, _) = claim else { return true };
    let shares = |c: &&Claim| matches!(c, Claim::Probability(events, _) if events.iter().any(|e| own.contains(e)));
    needed.iter().any(shares)
}
