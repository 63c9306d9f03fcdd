//! What a theory consists of: quantities, events, obligations, axioms and theorems, as [`super::text`] reads them.

use super::claim::Claim;
use super::expression::{Term, numeral};
use super::refusal::{Checked, Refusal, require};
use dashu_ratio::RBig;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Which numbers a quantity may be chosen among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Real numbers.
    Real,
    /// Real numbers strictly between 0 and 1.
    Share,
}

/// A bound on a quantity, for example `>= 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// One of `<`, `<=`, `>`, `>=`.
    pub comparison: String,
    /// The number it is held against.
    pub limit: String,
}

/// A number that an instance may choose.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// Its symbol.
    pub name: String,
    /// What kind of number it is.
    pub kind: Kind,
    /// Its range.
    pub bounds: Vec<Bound>,
    /// Whether it is evidence that the harness measured, so that only a replay can tell it from an invented number.
    pub recorded: bool,
    /// What it is, in words.
    pub meaning: String,
}

impl Quantity {
    /// Whether the quantity may be this number. Errors: `illegal-choice`.
    pub fn admits(&self, number: &str) -> Checked<()> {
        let inside = |x: &RBig| {
            let of_kind = match self.kind {
                Kind::Whole => x.is_int(),
                Kind::Real => true,
                Kind::Share => RBig::ZERO < *x && *x < RBig::ONE,
            };
            of_kind && self.bounds.iter().all(|bound| bound.holds(x))
        };
        let illegal = || format!("{} = {number} is not allowed: {} must be {self}", self.name, self.meaning);
        require(numeral(number).as_ref().is_some_and(inside), "illegal-choice", illegal())
    }
}

impl Bound {
    fn holds(&self, x: &RBig) -> bool {
        let Some(limit) = numeral(&self.limit) else { return false };
        match self.comparison.as_str() {
            "<" => *x < limit,
            "<=" => *x <= limit,
            ">" => *x > limit,
            ">=" => *x >= limit,
            _ => false,
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Whole => "a whole number",
            Kind::Real => "a number",
            Kind::Share => "strictly between 0 and 1",
        })?;
        self.bounds.iter().try_for_each(|bound| write!(f, " {} {}", bound.comparison, bound.limit))
    }
}

/// What may happen in a run, declared once.
#[derive(Clone, Debug)]
pub struct EventDeclaration {
    /// Its name.
    pub name: String,
    /// Every quantity its meaning depends on beside the run's own; a claim about it carries them.
    pub arguments: Vec<String>,
    /// Events it assumes: it fails only where they hold.
    pub assumes: Vec<String>,
    /// What it says.
    pub meaning: String,
}

/// What the proof promises of every trial in which certain events hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its name.
    pub name: String,
    /// Those events; in a variant, those among them that the variant has.
    pub assumes: Vec<String>,
    /// What it says.
    pub meaning: String,
}

/// One line of an axiom, in order: later lines may use what earlier ones define or need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// The symbol is this term.
    Let(String, Term),
    /// This claim must have been proved.
    Need(Claim),
    /// This claim follows.
    Conclude(Claim),
}

/// What an axiom rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// An inequality of the textbooks.
    Standard,
    /// Proved in this project's documents.
    Proved,
    /// What the harness measured, taken as recorded.
    Recorded,
    /// A statement of the paper with unpublished constants: valid only where a user permits it.
    Paper,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standard => "standard inequality",
            Self::Proved => "proved here",
            Self::Recorded => "taken as recorded",
            Self::Paper => "the paper's",
        })
    }
}

/// Whether a distribution is a finite sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Law {
    /// It has a finite support.
    Finite,
    /// It has none.
    Continuous,
    /// It has one that can be enumerated wherever this axiom's needs hold.
    FiniteBy(String),
}

/// A named axiom: proved at the place it cites, not by the kernel.
#[derive(Clone, Debug)]
pub struct Axiom {
    /// Its name.
    pub name: String,
    /// The chapter of the text it stands in, or the theory that extends it.
    pub chapter: String,
    /// Whether it is of a theory that its user has not made his own: valid only where a user permits it.
    pub foreign: bool,
    /// For the axiom of a distribution, whether that is finite.
    pub law: Option<Law>,
    /// What it rests on.
    pub tier: Tier,
    /// Where its proof stands.
    pub place: String,
    /// What it says.
    pub meaning: String,
    /// Variants it is proved for: each of these keys has one of these values.
    pub only: Axes,
    /// Whether it is proved for finite distributions alone.
    pub finite: bool,
    /// Its clauses in order.
    pub clauses: Vec<Clause>,
}

impl Axiom {
    /// Whether this is valid only where a user permits it: a statement of the paper with unpublished constants, or one of a foreign
    /// theory.
    pub fn needs_permission(&self) -> bool {
        self.tier == Tier::Paper || self.foreign
    }
}

/// The axis that names the distribution, and its value where that is the rows in the certificate.
pub(crate) const DATA: &str = "data";
pub(crate) const ROWS: &str = "finite-support";

/// How a theorem is instantiated: a value for every axis, for example `level=explicit`.
pub type Variant = BTreeMap<String, String>;
/// For each of some axes, the values that are meant.
pub type Axes = BTreeMap<String, Vec<String>>;

/// A line of a theorem and the variants it is for.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) when: Axes,
    pub(crate) keyword: String,
    pub(crate) words: String,
}

/// A theorem: its variants, and what each consists of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Theorem {
    /// The chapter of the text it stands in, or the theory that extends it.
    pub(crate) chapter: String,
    /// Whether it is of a theory that its user has not made his own.
    pub(crate) foreign: bool,
    /// Products of values: a variant belongs to one of them, axis for axis.
    pub(crate) variants: Vec<Axes>,
    pub(crate) lines: Vec<Line>,
}

/// What a certificate of one variant of a theorem must consist of.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Symbols the instance chooses.
    pub choices: Vec<String>,
    /// Axioms that are applied, exactly these.
    pub axioms: Vec<String>,
    /// The root claims: all of them are proved.
    pub roots: Vec<Claim>,
    /// Events counted over the trials.
    pub events: Vec<String>,
    /// Claims on these events that the trials' counts may prove.
    pub counted: Vec<Claim>,
    /// Obligations judged in every trial in which the events they assume hold.
    pub obligations: Vec<Obligation>,
}

/// Declarations, axioms and theorems.
#[derive(Clone, Debug, Default)]
pub struct Theory {
    /// Every quantity that may be chosen, by its symbol.
    pub quantities: BTreeMap<String, Quantity>,
    /// Every event, by its name.
    pub events: BTreeMap<String, EventDeclaration>,
    /// Every obligation, by its name.
    pub obligations: BTreeMap<String, Obligation>,
    /// Symbols that describe a run: printed in every statement whose derivation has them.
    pub run: Vec<String>,
    /// Every axiom, in the order of the text.
    pub axioms: Vec<Axiom>,
    /// Names of chapters, and of the theories that extend the first one.
    pub(crate) chapters: BTreeSet<String>,
    /// SHA-256 of the text of every theory that extends the first one, and of those it builds on, by its name.
    pub extensions: BTreeMap<String, String>,
    pub(crate) theorems: BTreeMap<String, Theorem>,
}

impl Theory {
    /// The axiom of that name.
    pub fn axiom(&self, name: &str) -> Option<&Axiom> {
        self.axioms.iter().find(|a| a.name == name)
    }

    /// Names of the theorems.
    pub fn theorems(&self) -> impl Iterator<Item = &str> {
        self.theorems.iter().filter(|(_, t)| !t.variants.is_empty()).map(|(name, _)| name.as_str())
    }

    /// What of a certificate on this theorem and these axioms is valid only where a user permits it: a theorem can put true axioms
    /// together as nobody has proved them to go together.
    pub fn to_permit<'n>(&'n self, theorem: &'n str, axioms: &'n [String]) -> impl Iterator<Item = &'n str> {
        let foreign = self.theorems.get(theorem).is_some_and(|t| t.foreign).then_some(theorem);
        let needs = |name: &&String| self.axiom(name).is_some_and(Axiom::needs_permission);
        axioms.iter().filter(needs).map(String::as_str).chain(foreign)
    }

    /// Names of everything that needs permission.
    pub fn permissible(&self) -> impl Iterator<Item = &str> {
        let axioms = self.axioms.iter().filter(|axiom| axiom.needs_permission()).map(|axiom| axiom.name.as_str());
        axioms.chain(self.theorems().filter(|name| self.theorems.get(*name).is_some_and(|t| t.foreign)))
    }

    /// The extensions that a theorem or one of these axioms is of, with their digests.
    pub fn named(&self, theorem: &str, axioms: &[String]) -> BTreeMap<String, String> {
        let of_axiom = |name: &String| self.axiom(name).map(|a| &a.chapter);
        let own = self.theorems.get(theorem).map(|t| &t.chapter);
        let chapters: Vec<&String> = axioms.iter().filter_map(of_axiom).chain(own).collect();
        self.extensions
            .iter()
            .filter(|(name, _)| chapters.contains(name))
            .map(|(n, d)| (n.clone(), d.clone()))
            .collect()
    }

    /// The declared event.
    pub fn event(&self, name: &str) -> Checked<&EventDeclaration> {
        self.events.get(name).ok_or_else(|| Refusal::new("unknown-event", format!("`{name}` is not declared")))
    }

    /// Reads a claim whose events are named without their arguments, which are the declared ones.
    /// Errors: `unknown-event`, `misplaced-arguments`, and what is no claim.
    pub fn claim(&self, text: &str) -> Checked<Claim> {
        let mut claim = Claim::parse(text)?;
        if let Claim::Probability(events, _) = &mut claim {
            for event in events {
                require(
                    event.arguments.is_empty(),
                    "misplaced-arguments",
                    "an event's arguments are declared with it",
                )?;
                let declared = self.event(&event.name)?;
                event.arguments = declared.arguments.iter().map(|name| Term::Symbol(name.clone())).collect();
            }
        }
        Ok(claim)
    }

    /// What a certificate of this variant of the theorem must consist of.
    /// Errors: `unknown-theorem`; `unknown-variant`: an axis missing, unknown or superfluous, or values that do not go together;
    /// `misused-axiom`.
    pub fn statement(&self, theorem: &str, variant: &Variant) -> Checked<Statement> {
        let unknown = || Refusal::new("unknown-theorem", theorem);
        let entry = self.theorems.get(theorem).filter(|t| !t.variants.is_empty()).ok_or_else(unknown)?;
        let listed = entry.variants.iter().any(|axes| axes.keys().eq(variant.keys()) && chosen_from(variant, axes));
        let lists = || entry.variants.iter().map(written).collect::<Vec<_>>().join("; ");
        let refused = || format!("{theorem} has no variant {}; it has: {}", tags(variant), lists());
        require(listed, "unknown-variant", refused())?;
        let own: Vec<&Line> = entry.lines.iter().filter(|line| chosen_from(variant, &line.when)).collect();
        let rest = |keyword: &'static str| own.iter().filter(move |l| l.keyword == keyword).map(|l| l.words.as_str());
        let words = |keyword| rest(keyword).flat_map(|w| w.split(' ')).map(String::from).collect::<Vec<_>>();
        let claims = |keyword| rest(keyword).map(|text| self.claim(text)).collect::<Checked<Vec<_>>>();
        let events = words("events");
        let mut obligations = Vec::new();
        for name in words("obligations") {
            let missing = || Refusal::new("unknown-obligation", format!("`{name}` is not declared"));
            let mut obligation = self.obligations.get(&name).ok_or_else(missing)?.clone();
            obligation.assumes.retain(|event| events.contains(event));
            obligations.push(obligation);
        }
        let axioms = words("use");
        self.restrict(variant, &axioms)?;
        Ok(Statement {
            choices: words("choose"),
            axioms,
            roots: claims("state")?,
            counted: claims("counted")?,
            events,
            obligations,
        })
    }

    /// Errors: `misused-axiom`: an axiom that is proved for other variants or for finite distributions alone, or a distribution
    /// that is not the one the variant names.
    fn restrict(&self, variant: &Variant, names: &[String]) -> Checked<()> {
        let axioms: Vec<&Axiom> = names.iter().filter_map(|name| self.axiom(name)).collect();
        let laws: Vec<(&String, &Law)> = axioms.iter().filter_map(|a| Some((&a.name, a.law.as_ref()?))).collect();
        let named = variant.get(DATA);
        let law = laws.first().filter(|(name, _)| laws.len() == 1 && Some(*name) == named);
        let found =
            || Refusal::new("misused-axiom", format!("the distribution is {named:?}, the laws used are {laws:?}"));
        let finite = match law.ok_or_else(found)?.1 {
            Law::Finite => true,
            Law::Continuous => false,
            Law::FiniteBy(axiom) => names.contains(axiom),
        };
        axioms.iter().try_for_each(|axiom| {
            let proved = chosen_from(variant, &axiom.only) && (finite || !axiom.finite);
            let only = written(&axiom.only) + if axiom.finite { " finite" } else { "" };
            require(proved, "misused-axiom", format!("`{}` is proved for {} only", axiom.name, only.trim_start()))
        })
    }
}

/// Whether every axis of the list has one of its values in the variant.
fn chosen_from(variant: &Variant, axes: &Axes) -> bool {
    axes.iter().all(|(axis, values)| variant.get(axis).is_some_and(|value| values.contains(value)))
}

/// A variant as it stands in headings.
pub fn tags(variant: &Variant) -> String {
    variant.iter().map(|(axis, value)| format!("{axis}={value}")).collect::<Vec<_>>().join(" ")
}

fn written(axes: &Axes) -> String {
    axes.iter().map(|(axis, values)| format!("{axis}={}", values.join("|"))).collect::<Vec<_>>().join(" ")
}
