//! Reads a theory text. What it cannot say, no certificate can claim.
//!
//! ```text
//! chapter NAME                          what follows belongs to this chapter
//! theory NAME                           the first line of a text that extends another, in the place of its chapters
//! quantity NAME KIND [OP NUMBER ...] [recorded] "WORDS"      KIND is whole, real or share
//! event NAME(ARGUMENTS) [assumes EVENTS] "WORDS"
//! obligation NAME [assumes EVENTS] "WORDS"
//! run SYMBOLS                           what describes a run: every statement prints it
//! axiom NAME                            or: law NAME finite|continuous|finite-by AXIOM
//!   proved PLACE: WORDS                 or standard, recorded, paper: what it rests on
//!   only AXIS=VALUE|VALUE ... [finite]  variants it is proved for, finite distributions
//!   let SYMBOL = TERM                   the symbol is this expression and nothing else
//!   need CLAIM                          must have been proved before
//!   conclude CLAIM                      what then follows
//! block NAME                            lines that theorems share
//! theorem NAME
//!   variant AXIS=VALUE|VALUE ...        one product of variants; an axis that is not named, the variant does not have
//!   like BLOCK                          the block's lines, as if they stood here
//!   choose SYMBOLS                      numbers the instance chooses
//!   use AXIOMS                          exactly these are applied
//!   events NAMES                        counted over the trials, each against its share of delta
//!   counted CLAIM                       a bound on an event which the trials' counts may prove
//!   obligations NAMES                   judged in every trial in which the events they assume hold
//!   state CLAIM                         a root claim; all of them are proved
//!   if AXIS=VALUE|VALUE ...             the indented lines below are for these variants alone
//! ```
//! Indentation is two blanks a level. Events are named without arguments: those declared are meant.

use super::expression::{Term, numeral};
use super::refusal::{Checked, Refusal, require};
use super::theory::{
    Axes, Axiom, Bound, Clause, EventDeclaration, Kind, Law, Line, Obligation, Quantity, Theorem, Theory, Tier,
};
use super::{EVIDENCE_AS_RECORDED, TRIALS_AS_RECORDED};
use sha2::{Digest, Sha256};

/// What the indented lines belong to.
#[derive(Clone, PartialEq)]
enum Section {
    None,
    Axiom,
    Block(String),
    Theorem(String),
}

struct Reader {
    theory: Theory,
    chapter: String,
    /// Whether the text extends a theory, and whether its user has made it his own.
    extends: Option<bool>,
    section: Section,
    /// The `if` conditions around the current line, one a level of indentation.
    conditions: Vec<Axes>,
}

impl Theory {
    /// Reads a theory text.
    /// Errors: `bad-theory`: the first line that does not parse.
    pub fn parse(text: &str) -> Checked<Self> {
        Self::default().read(text, None)
    }

    /// This theory with a text that builds on it and redefines nothing of it; the axioms of a `foreign` one need permission.
    /// Errors: `bad-theory`: the first line that does not parse, or that declares anew what is declared before.
    pub fn extend(&self, text: &str, foreign: bool) -> Checked<Self> {
        self.clone().read(text, Some(foreign))
    }

    fn read(self, text: &str, extends: Option<bool>) -> Checked<Self> {
        let (chapter, section, conditions) = (String::new(), Section::None, Vec::new());
        let mut reader = Reader { theory: self, chapter, extends, section, conditions };
        for (number, line) in (1_u64..).zip(text.lines()) {
            let trimmed = line.trim_matches(' ');
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let blanks = line.len().saturating_sub(line.trim_start_matches(' ').len());
            reader.line(blanks, trimmed).map_err(|cause| {
                Refusal::new("bad-theory", format!("line {number} (chapter {}): {}", reader.chapter, cause.found))
            })?;
        }
        if extends.is_some() {
            require(!reader.chapter.is_empty(), "bad-theory", "expected `theory NAME` first")?;
            // What it builds on is part of it.
            let below: String = reader.theory.extensions.iter().map(|(name, of)| format!("{name} {of}\n")).collect();
            let digest = Sha256::digest(below + text).iter().map(|byte| format!("{byte:02x}")).collect();
            reader.theory.extensions.insert(reader.chapter.clone(), digest);
            reader.theory.chapters.insert(reader.chapter);
        }
        let uncited = reader.theory.axioms.iter().find(|a| a.place.is_empty());
        let name = uncited.map_or("", |a| &a.name);
        require(uncited.is_none(), "bad-theory", format!("`{name}` cites no proof"))?;
        Ok(reader.theory)
    }
}

fn bad<T>(reason: impl std::fmt::Display) -> Checked<T> {
    Err(Refusal::new("bad-theory", reason))
}

impl Reader {
    fn line(&mut self, blanks: usize, line: &str) -> Checked<()> {
        let (keyword, words) = line.split_once(' ').unwrap_or((line, ""));
        let level = blanks.checked_div(2).unwrap_or_default();
        let deepest = self.conditions.len().saturating_add(1);
        require(blanks.is_multiple_of(2) && level <= deepest, "bad-theory", "indentation is two blanks a level")?;
        require(
            !words.is_empty() && !line.contains("  "),
            "bad-theory",
            "expected `keyword rest`, with single blanks",
        )?;
        if level == 0 {
            self.conditions.clear();
            return self.declaration(keyword, words);
        }
        self.conditions.truncate(level.saturating_sub(1));
        match self.section.clone() {
            Section::None => bad(format!("`{keyword}` is indented under nothing")),
            Section::Axiom => self.axiom_line(keyword, words),
            Section::Block(name) | Section::Theorem(name) => self.theorem_line(&name, keyword, words),
        }
    }

    fn declaration(&mut self, keyword: &str, words: &str) -> Checked<()> {
        self.section = Section::None;
        if !self.chapter.is_empty() {
            self.theory.chapters.insert(self.chapter.clone());
        }
        let first = self.extends.is_some() && self.chapter.is_empty();
        require(!first || keyword == "theory", "bad-theory", "expected `theory NAME` first")?;
        match keyword {
            "chapter" if self.extends.is_none() => self.chapter = words.into(),
            "theory" if first => {
                let new = !self.theory.chapters.contains(words);
                require(new, "bad-theory", format!("duplicate: a theory or chapter `{words}` is read before"))?;
                self.chapter = label(words)?;
            }
            "quantity" => {
                let quantity = quantity(words)?;
                let defines = |c: &Clause| matches!(c, Clause::Let(symbol, _) if *symbol == quantity.name);
                let free = self.extends.is_none() || !self.theory.axioms.iter().flat_map(|a| &a.clauses).any(defines);
                require(free, "bad-theory", format!("duplicate: `{}` is defined before", quantity.name))?;
                let old = self.theory.quantities.insert(quantity.name.clone(), quantity);
                require(old.is_none(), "bad-theory", format!("duplicate: `{words}` is declared before"))?;
            }
            "event" => {
                let (head, meaning) = quoted(words)?;
                let (signature, assumes) = assumptions(head)?;
                let (name, arguments) = match signature.split_once('(') {
                    None => (signature, ""),
                    Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or("?")),
                };
                let arguments =
                    arguments.split(", ").filter(|a| !a.is_empty()).map(identifier).collect::<Checked<_>>()?;
                let event = EventDeclaration { name: identifier(name)?, arguments, assumes, meaning };
                let old = self.theory.events.insert(event.name.clone(), event);
                require(old.is_none(), "bad-theory", format!("duplicate: event `{name}` is declared before"))?;
            }
            "obligation" => {
                let (head, meaning) = quoted(words)?;
                let (name, assumes) = assumptions(head)?;
                let obligation = Obligation { name: identifier(name)?, assumes, meaning };
                let old = self.theory.obligations.insert(name.into(), obligation);
                require(old.is_none(), "bad-theory", format!("duplicate: obligation `{name}` is declared before"))?;
            }
            "run" if self.extends.is_none() => {
                self.theory.run.extend(words.split(' ').map(identifier).collect::<Checked<Vec<_>>>()?)
            }
            "axiom" | "law" => {
                let (name, law) = if keyword == "law" { law(words)? } else { (words, None) };
                let reserved = [TRIALS_AS_RECORDED, EVIDENCE_AS_RECORDED].contains(&name);
                let known = reserved || self.theory.axiom(name).is_some();
                require(!known, "bad-theory", format!("duplicate: axiom `{name}` is declared before"))?;
                self.section = Section::Axiom;
                self.theory.axioms.push(Axiom {
                    name: label(name)?,
                    chapter: self.chapter.clone(),
                    foreign: self.extends == Some(true),
                    law,
                    tier: Tier::Proved,
                    place: String::new(),
                    meaning: String::new(),
                    only: Axes::new(),
                    finite: false,
                    clauses: Vec::new(),
                });
            }
            "block" | "theorem" => {
                let name = label(words)?;
                let (chapter, foreign) = (self.chapter.clone(), self.extends == Some(true));
                let theorem = Theorem { chapter, foreign, ..Theorem::default() };
                let old = self.theory.theorems.insert(name.clone(), theorem);
                require(old.is_none(), "bad-theory", format!("duplicate: `{name}` is declared before"))?;
                self.section = if keyword == "block" { Section::Block(name) } else { Section::Theorem(name) };
            }
            _ => return bad(format!("`{keyword}` is unknown or out of place")),
        }
        Ok(())
    }

    fn axiom_line(&mut self, keyword: &str, words: &str) -> Checked<()> {
        let claim = |theory: &Theory| theory.claim(words).map_err(|e| Refusal::new("bad-theory", e));
        let clause = match keyword {
            "let" => {
                let (name, term) = words.split_once(" = ").map_or_else(|| bad("expected `let SYMBOL = TERM`"), Ok)?;
                Some(Clause::Let(identifier(name)?, Term::parse(term).map_err(|e| Refusal::new("bad-theory", e))?))
            }
            "need" => Some(Clause::Need(claim(&self.theory)?)),
            "conclude" => Some(Clause::Conclude(claim(&self.theory)?)),
            _ => None,
        };
        let Some(axiom) = self.theory.axioms.last_mut() else { return bad("no axiom is open") };
        let tier = match keyword {
            "standard" => Some(Tier::Standard),
            "proved" => Some(Tier::Proved),
            "recorded" => Some(Tier::Recorded),
            "paper" => Some(Tier::Paper),
            _ => None,
        };
        let concludes = axiom.clauses.iter().any(|c| matches!(c, Clause::Conclude(_)));
        match (clause, tier) {
            (Some(Clause::Conclude(_)), _) if concludes => return bad("an axiom concludes one claim"),
            (Some(clause), _) => axiom.clauses.push(clause),
            (None, Some(tier)) if axiom.place.is_empty() => {
                let parts = words.split_once(": ").filter(|(place, _)| !place.is_empty());
                let (place, meaning) = parts.map_or_else(|| bad("expected `PLACE: WORDS`"), Ok)?;
                (axiom.tier, axiom.place, axiom.meaning) = (tier, place.into(), meaning.into());
            }
            _ if keyword == "only" && axiom.only.is_empty() && !axiom.finite => {
                let rest = if words == "finite" { Some("") } else { words.strip_suffix(" finite") };
                axiom.finite = rest.is_some();
                axiom.only = if rest == Some("") { Axes::new() } else { axes(rest.unwrap_or(words))? };
            }
            _ => return bad(format!("`{keyword}` is unknown, out of place or repeated")),
        }
        Ok(())
    }

    fn theorem_line(&mut self, name: &str, keyword: &str, words: &str) -> Checked<()> {
        let mut when = Axes::new();
        for (axis, values) in self.conditions.iter().flatten() {
            let inner = match when.get(axis) {
                None => values.clone(),
                Some(outer) => outer.iter().filter(|v| values.contains(v)).cloned().collect(),
            };
            require(!inner.is_empty(), "bad-theory", "this condition excludes the one around it")?;
            when.insert(axis.clone(), inner);
        }
        let mut new = vec![Line { when: when.clone(), keyword: keyword.into(), words: words.into() }];
        match keyword {
            "if" => {
                self.conditions.push(axes(words)?);
                return Ok(());
            }
            "variant" => {
                let placed = self.section == Section::Theorem(name.into()) && when.is_empty();
                require(placed, "bad-theory", "variants belong to a theorem and stand under no condition")?;
                let list = axes(words)?;
                self.theory.theorems.entry(name.into()).or_default().variants.push(list);
                return Ok(());
            }
            "like" => {
                let block = self.theory.theorems.get(words).filter(|t| t.variants.is_empty() && words != name);
                let lines =
                    block.map_or_else(|| bad(format!("there is no block `{words}`")), |b| Ok(b.lines.clone()))?;
                new = lines;
                for line in &mut new {
                    for (axis, values) in &when {
                        let own = line.when.entry(axis.clone()).or_insert_with(|| values.clone());
                        own.retain(|value| values.contains(value));
                    }
                }
                new.retain(|line| line.when.values().all(|values| !values.is_empty()));
            }
            "state" | "counted" => drop(self.theory.claim(words).map_err(|e| Refusal::new("bad-theory", e))?),
            "choose" | "use" | "events" | "obligations" => {}
            _ => return bad(format!("`{keyword}` is unknown or out of place")),
        }
        self.theory.theorems.entry(name.into()).or_default().lines.extend(new);
        Ok(())
    }
}

/// A name of the term language.
fn identifier(name: &str) -> Checked<String> {
    let plain = matches!(Term::parse(name), Ok(Term::Symbol(_)));
    if plain { Ok(name.into()) } else { bad(format!("`{name}` is no name")) }
}

/// The name of an axiom, block or theorem, which may have hyphens and dots.
fn label(name: &str) -> Checked<String> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    if plain && !name.is_empty() { Ok(name.into()) } else { bad(format!("`{name}` is no name")) }
}

/// What stands before the words in quotation marks, and the words.
fn quoted(words: &str) -> Checked<(&str, String)> {
    let parts = words.strip_suffix('"').and_then(|rest| rest.split_once(" \""));
    let parts = parts.filter(|(_, meaning)| !meaning.is_empty() && !meaning.contains('"'));
    parts.map_or_else(|| bad("expected words in quotation marks at the end"), |(head, m)| Ok((head, m.into())))
}

fn assumptions(head: &str) -> Checked<(&str, Vec<String>)> {
    let (head, list) = head.split_once(" assumes ").unwrap_or((head, ""));
    Ok((head, list.split(' ').filter(|name| !name.is_empty()).map(identifier).collect::<Checked<_>>()?))
}

fn quantity(words: &str) -> Checked<Quantity> {
    let (head, meaning) = quoted(words)?;
    let (head, recorded) = head.strip_suffix(" recorded").map_or((head, false), |rest| (rest, true));
    let mut parts = head.split(' ');
    let name = identifier(parts.next().unwrap_or_default())?;
    let kind = match parts.next() {
        Some("whole") => Kind::Whole,
        Some("real") => Kind::Real,
        Some("share") => Kind::Share,
        _ => return bad("a quantity is whole, real or a share"),
    };
    let mut bounds = Vec::new();
    while let Some(comparison) = parts.next() {
        let limit = parts.next().unwrap_or_default();
        let read = ["<", "<=", ">", ">="].contains(&comparison) && numeral(limit).is_some();
        require(read, "bad-theory", format!("`{comparison} {limit}` is no bound"))?;
        bounds.push(Bound { comparison: comparison.into(), limit: limit.into() });
    }
    Ok(Quantity { name, kind, bounds, recorded, meaning })
}

fn law(words: &str) -> Checked<(&str, Option<Law>)> {
    let (name, kind) = words.split_once(' ').unwrap_or((words, ""));
    let law = match kind.split_once(' ') {
        None if kind == "finite" => Law::Finite,
        None if kind == "continuous" => Law::Continuous,
        Some(("finite-by", axiom)) => Law::FiniteBy(label(axiom)?),
        _ => return bad("a law is finite, continuous or finite-by AXIOM"),
    };
    Ok((name, Some(law)))
}

/// Reads `AXIS=VALUE|VALUE ...`.
fn axes(words: &str) -> Checked<Axes> {
    let mut all = Axes::new();
    for word in words.split(' ') {
        let (axis, values) = word.split_once('=').map_or_else(|| bad("expected AXIS=VALUE|VALUE ..."), Ok)?;
        let mut list = values.split('|').map(label).collect::<Checked<Vec<_>>>()?;
        let count = list.len();
        list.sort();
        list.dedup();
        let new = list.len() == count && all.insert(label(axis)?, list).is_none();
        require(new, "bad-theory", format!("`{word}`: an axis or a value stands twice"))?;
    }
    Ok(all)
}
