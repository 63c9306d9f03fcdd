//! The axioms a derivation may use and what a certificate of each theorem must state, read from a text.

use super::claim::Claim;
use super::expression::Term;
use super::refusal::{Checked, Refusal, require};
use std::collections::BTreeMap;

/// One line of an axiom, in order: later lines may use what earlier ones define or need.
#[derive(Clone, Debug)]
pub enum Clause {
    /// The symbol is this term.
    Let(String, Term),
    /// This claim must have been proved.
    Need(Claim),
    /// This claim follows.
    Conclude(Claim),
}

/// A named axiom: proved on paper at the place it cites, not by the kernel.
#[derive(Clone, Debug)]
pub struct Axiom {
    /// Its name.
    pub name: String,
    /// Where its proof stands.
    pub citation: String,
    /// Its clauses in order.
    pub clauses: Vec<Clause>,
}

impl Axiom {
    /// Whether this is a statement of the paper with unpublished constants, valid only where a user permits it.
    pub fn needs_permission(&self) -> bool {
        self.citation.starts_with("paper")
    }
}

/// How a theorem is instantiated: `form`, `gradients`, `hits`, `data`, `level`.
pub type Variant = BTreeMap<String, String>;

/// What a certificate of one variant of a theorem must consist of.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Symbols the instance chooses.
    pub choices: Vec<String>,
    /// Axioms that are applied, exactly these.
    pub axioms: Vec<String>,
    /// The root claim.
    pub root: Claim,
    /// Events counted over the trials.
    pub events: Vec<String>,
    /// Claims on these events that the trials' counts may prove.
    pub counted: Vec<Claim>,
    /// Obligations judged in every trial.
    pub obligations: Vec<String>,
}

/// A set of axioms and theorem statements. A crate that registers its own theorems adds their text to it.
pub struct Theory {
    /// Every axiom, in the order of the text.
    pub axioms: Vec<Axiom>,
    /// Lines of each: the variants it is for, its keyword, and the rest.
    theorems: BTreeMap<String, Vec<(Variant, String, String)>>,
}

impl Theory {
    /// Reads a theory text (the format is described at its head). Errors: the first line that does not parse.
    pub fn parse(text: &str) -> Checked<Self> {
        let mut theory = Self { axioms: Vec::new(), theorems: BTreeMap::new() };
        let mut theorem: Option<String> = None;
        let lines = text.lines().map(str::trim).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let fail =
                |reason: String| Refusal::new("bad-theory", format!("line {}: {reason}", index.saturating_add(1)));
            let claim = |text: &str| Claim::parse(text).map_err(|e| fail(e.to_string()));
            let (when, line) = condition(line).ok_or_else(|| fail("expected [key=value ...]".into()))?;
            let (keyword, rest) = line.split_once(' ').ok_or_else(|| fail("expected `keyword rest`".into()))?;
            // Only a theorem's lines may be restricted to some variants.
            let always = when.is_empty();
            let new = [theory.axiom(rest).is_none(), !theory.theorems.contains_key(rest)].map(|n| n && always);
            let axiom = theory.axioms.last_mut().filter(|_| always && theorem.is_none());
            match (keyword, &theorem, axiom) {
                ("axiom", ..) if new[0] => {
                    theorem = None;
                    theory.axioms.push(Axiom { name: rest.into(), citation: String::new(), clauses: Vec::new() });
                }
                ("theorem", ..) if new[1] => {
                    theory.theorems.insert(rest.into(), Vec::new());
                    theorem = Some(rest.into());
                }
                ("like", Some(name), _) if always && theory.theorems.contains_key(rest) => {
                    let lines = theory.theorems.get(rest).cloned().unwrap_or_default();
                    theory.theorems.entry(name.clone()).or_default().extend(lines);
                }
                ("choose" | "use" | "state" | "counted" | "events" | "obligations", Some(name), _) => {
                    ["state", "counted"].contains(&keyword).then(|| claim(rest)).transpose()?;
                    theory.theorems.entry(name.clone()).or_default().push((when, keyword.into(), rest.into()));
                }
                ("cite", _, Some(axiom)) if axiom.citation.is_empty() => axiom.citation = rest.into(),
                ("need", _, Some(axiom)) => axiom.clauses.push(Clause::Need(claim(rest)?)),
                ("conclude", _, Some(axiom)) if !axiom.clauses.iter().any(|c| matches!(c, Clause::Conclude(_))) => {
                    axiom.clauses.push(Clause::Conclude(claim(rest)?));
                }
                ("let", _, Some(axiom)) => {
                    let parts = rest.split_once(" = ").filter(|(s, _)| matches!(Term::parse(s), Ok(Term::Symbol(_))));
                    let (name, term) = parts.ok_or_else(|| fail("expected `let SYMBOL = TERM`".into()))?;
                    axiom.clauses.push(Clause::Let(name.into(), Term::parse(term).map_err(|e| fail(e.to_string()))?));
                }
                _ => return Err(fail(format!("`{keyword}` is unknown, out of place or repeated"))),
            }
        }
        let cited = |a: &Axiom| require(!a.citation.is_empty(), "bad-theory", format!("`{}` cites no proof", a.name));
        theory.axioms.iter().try_for_each(cited)?;
        Ok(theory)
    }

    /// The axiom of that name.
    pub fn axiom(&self, name: &str) -> Option<&Axiom> {
        self.axioms.iter().find(|a| a.name == name)
    }

    /// What a certificate of this variant of the theorem must consist of; `None` for a theorem that is not known, for a
    /// variant that states nothing, and for a variant with a key the theorem does not distinguish.
    pub fn statement(&self, theorem: &str, variant: &Variant) -> Option<Statement> {
        let lines = self.theorems.get(theorem)?;
        let known = |key: &String, value: &String| lines.iter().any(|(when, ..)| when.get(key) == Some(value));
        variant.iter().all(|(key, value)| known(key, value)).then_some(())?;
        let stated = lines.iter().filter(|(when, ..)| when.iter().all(|(k, v)| variant.get(k) == Some(v)));
        let of = |keyword: &'static str| stated.clone().filter(move |l| l.1 == keyword).map(|l| l.2.as_str());
        let words = |keyword| of(keyword).flat_map(|w| w.split(' ')).map(String::from).collect();
        let mut roots = of("state");
        let (Some(root), None) = (roots.next(), roots.next()) else { return None };
        Some(Statement {
            choices: words("choose"),
            axioms: words("use"),
            root: Claim::parse(root).ok()?,
            counted: of("counted").map(Claim::parse).collect::<Checked<_>>().ok()?,
            events: words("events"),
            obligations: words("obligations"),
        })
    }
}

fn condition(line: &str) -> Option<(Variant, &str)> {
    let Some(inner) = line.strip_prefix('[') else { return Some((Variant::new(), line)) };
    let (pairs, rest) = inner.split_once("] ")?;
    let when = pairs.split(' ').map(|p| p.split_once('=').map(|(k, v)| (k.into(), v.into()))).collect::<Option<_>>()?;
    Some((when, rest))
}
