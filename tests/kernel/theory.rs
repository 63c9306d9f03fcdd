//! The theory text: what does not parse is refused with its line, and the built-in text defines what it uses.

use provably::certificate::claim::Claim;
use provably::certificate::expression::Term;
use provably::certificate::theory::{Clause, Statement, Theory, Variant};
use provably::theorems::derivation::THEORY;
use std::collections::BTreeSet;

/// The built-in functions; every other function of the language reads the support.
const FUNCTIONS: [&str; 8] = ["sqrt", "exp", "ln", "floor", "ceil", "max", "Phi", "binomial_cdf"];

/// A line that is dropped, read as another, or makes the theory stronger than it says.
#[test]
fn malformed_lines_are_refused_with_their_number() {
    let head = "# a comment\n\naxiom one\ncite here\nlet a = 1\n";
    for (line, named) in [
        ("let", "keyword rest"),
        ("let b", "let SYMBOL = TERM"),
        ("let b=1", "let SYMBOL = TERM"),
        ("let b = 1 +", "not-a-term"),
        ("let b = 01", "not-a-term"),
        ("let b = 1+1", "not-canonical"),
        ("let 2b = 1", "let SYMBOL = TERM"),
        ("let a b = 1", "let SYMBOL = TERM"),
        ("let f(x) = 1", "let SYMBOL = TERM"),
        ("need 1", "not-a-term"),
        ("need 1 > 2", "not-a-term"),
        ("need Pr[a] < 1", "not-a-term"),
        ("conclude 1<2", "not-canonical"),
        ("assume 1 < 2", "`assume`"),
        ("cite there", "`cite`"),
        ("choose a", "`choose`"),
        ("state 1 < 2", "`state`"),
        ("axiom one", "`axiom`"),
        ("[form=a] let b = 1", "`let`"),
        ("[form=a] need 1 < 2", "`need`"),
        ("[form=a] conclude 1 < 2", "`conclude`"),
        ("[form=a] axiom two", "`axiom`"),
        ("[form=a] theorem two", "`theorem`"),
        ("[form] choose a", "[key=value"),
        ("[form=a choose a", "[key=value"),
        ("[form=a]choose a", "[key=value"),
    ] {
        let refusal = Theory::parse(&format!("{head}{line}\n")).err().unwrap_or_else(|| panic!("{line} was read"));
        assert_eq!(refusal.check, "bad-theory", "{line}");
        assert!(refusal.found.starts_with("line 6: ") && refusal.found.contains(named), "{line}: {}", refusal.found);
    }
    for (text, named) in [
        ("let a = 1", "line 1"),
        ("need 1 < 2", "line 1"),
        ("use one", "line 1"),
        ("theorem t\nuse one\ntheorem t", "line 3"),
        ("theorem t\nneed 1 < 2", "line 2"),
        ("theorem t\ncite here", "line 2"),
        ("theorem t\nstate 1 <", "line 2"),
        ("axiom one\ncite x\nconclude 1 < 2\nconclude 2 < 3", "line 4"),
        ("axiom one\nlet a = 1", "`one` cites no proof"),
    ] {
        let refusal = Theory::parse(text).err().unwrap_or_else(|| panic!("{text} was read"));
        assert!(refusal.check == "bad-theory" && refusal.found.contains(named), "{text}: {}", refusal.found);
    }
    assert!(Theory::parse(head).is_ok() && Theory::parse("").is_ok());
}

fn variant(tags: &str) -> Variant {
    tags.split_whitespace().filter_map(|t| t.split_once('=')).map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

/// A variant that takes lines of another, or a key nobody knows taken for one.
#[test]
fn variants_take_their_own_lines() {
    let text = "theorem t\nchoose a b\n[form=x] choose c\n[form=x level=1] use one two\n[form=y] use three\n\
                [form=x] state 1 < 2\n[form=y] state 2 < 3\n[form=y] events p q\n[level=1] obligations o";
    let theory = Theory::parse(text).unwrap();
    let of = |tags: &str| theory.statement("t", &variant(tags));
    let first = of("form=x level=1").unwrap();
    assert_eq!(
        (first.choices, first.axioms, first.events.len()),
        (vec!["a".into(), "b".into(), "c".into()], vec!["one".into(), "two".into()], 0)
    );
    assert_eq!(first.obligations, ["o"]);
    assert_eq!(first.root, Claim::parse("1 < 2").unwrap());
    let second = of("form=y").unwrap();
    assert_eq!(
        (second.choices.len(), second.axioms, second.events),
        (2, vec!["three".into()], vec!["p".into(), "q".into()])
    );
    assert!(of("form=x").unwrap().axioms.is_empty());
    for tags in ["", "level=1", "form=z", "form=x colour=red", "level=2 form=x"] {
        assert!(of(tags).is_none(), "{tags}");
    }
    assert!(theory.statement("u", &variant("form=x")).is_none());
    assert!(Theory::parse("theorem t\nstate 1 < 2\nstate 2 < 3").unwrap().statement("t", &variant("")).is_none());
}

/// A paper's axiom that needs no permission.
#[test]
fn paper_axioms_need_permission() {
    let theory = Theory::parse(THEORY).unwrap();
    let needing: Vec<&str> = theory.axioms.iter().filter(|a| a.needs_permission()).map(|a| a.name.as_str()).collect();
    assert_eq!(
        needing,
        ["lemma-parity", "lemma-gaussians", "lemma-multi-index", "lemma-uniform-parity", "theorem-3.12", "theorem-3.4"]
    );
    assert!(theory.axioms.iter().all(|a| a.needs_permission() || a.citation.starts_with("docs/theory.md §")));
}

fn symbols(term: &Term, found: &mut BTreeSet<String>, functions: &mut BTreeSet<String>) {
    match term {
        Term::Number(_) => {}
        Term::Symbol(name) => {
            found.insert(name.clone());
        }
        Term::Binary(_, x, y) => {
            symbols(x, found, functions);
            symbols(y, found, functions);
        }
        Term::Call(name, arguments) => {
            functions.insert(name.clone());
            arguments.iter().for_each(|a| symbols(a, found, functions));
        }
    }
}

fn used(claim: &Claim) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut found, mut functions) = (BTreeSet::new(), BTreeSet::new());
    match claim {
        Claim::AtMost(x, y) | Claim::LessThan(x, y) => {
            symbols(x, &mut found, &mut functions);
            symbols(y, &mut found, &mut functions);
        }
        Claim::Probability(events, bound) => {
            symbols(bound, &mut found, &mut functions);
            events.iter().flat_map(|e| &e.arguments).for_each(|a| symbols(a, &mut found, &mut functions));
        }
    }
    (found, functions)
}

/// What is wrong with one variant's axioms, taken in the order of the text.
fn walk(theory: &Theory, statement: &Statement, data: &str) -> Result<(), String> {
    let mut known: BTreeSet<String> = statement.choices.iter().cloned().collect();
    let mut concluded: Vec<Claim> = statement.counted.clone();
    let ask = |what: &str, (found, functions): (BTreeSet<String>, BTreeSet<String>), known: &BTreeSet<String>| {
        let unknown: Vec<&String> = found.difference(known).collect();
        let strange =
            |f: &&String| !(FUNCTIONS.contains(&f.as_str()) || data == "finite-support" && f.starts_with("support_"));
        let functions: Vec<&String> = functions.iter().filter(strange).collect();
        if unknown.is_empty() && functions.is_empty() {
            Ok(())
        } else {
            Err(format!("{what} uses {unknown:?} {functions:?}"))
        }
    };
    if known.len() != statement.choices.len() {
        return Err("a symbol is chosen twice".into());
    }
    if statement.axioms.iter().collect::<BTreeSet<_>>().len() != statement.axioms.len() {
        return Err("an axiom is used twice".into());
    }
    let axioms = theory.axioms.iter().filter(|a| statement.axioms.contains(&a.name)).collect::<Vec<_>>();
    if axioms.len() != statement.axioms.len() {
        return Err("an axiom is used that the text does not have".into());
    }
    for axiom in axioms {
        for clause in &axiom.clauses {
            let what = format!("{} in {clause:?}", axiom.name);
            match clause {
                Clause::Let(name, term) => {
                    let (mut found, mut functions) = (BTreeSet::new(), BTreeSet::new());
                    symbols(term, &mut found, &mut functions);
                    ask(&what, (found, functions), &known)?;
                    if !known.insert(name.clone()) {
                        return Err(format!("{what} defines {name} twice"));
                    }
                }
                Clause::Need(claim) => {
                    ask(&what, used(claim), &known)?;
                    // The union of the events bounded so far, each once, is what a theorem may need.
                    if let Claim::Probability(events, _) = claim {
                        let bounded =
                            |e| concluded.iter().any(|c| matches!(c, Claim::Probability(all, _) if all.contains(e)));
                        if let Some(free) = events.iter().find(|e| !bounded(e)) {
                            return Err(format!("{what}: nothing bounds {free}"));
                        }
                    }
                }
                Clause::Conclude(claim) => {
                    ask(&what, used(claim), &known)?;
                    concluded.push(claim.clone());
                }
            }
        }
    }
    ask("the root claim", used(&statement.root), &known)?;
    if !concluded.contains(&statement.root) {
        return Err("no axiom concludes the root claim".into());
    }
    for event in &statement.events {
        let bounds = |c: &Claim| matches!(c, Claim::Probability(all, _) if all.len() == 1 && all[0].negated && all[0].name == *event);
        if !concluded.iter().any(bounds) {
            return Err(format!("no axiom bounds the event {event}"));
        }
    }
    for name in ["delta", "error_bound", "minority", "certification_error"] {
        if !known.contains(name) {
            return Err(format!("{name} is not defined"));
        }
    }
    Ok(())
}

/// Every variant that a theorem can be asked for.
fn variants() -> Vec<(&'static str, String, &'static str)> {
    let mut all = Vec::new();
    for data in ["uniform-hypercube", "margin-ball", "finite-support"] {
        for evaluation in ["exact", "sampled"] {
            for theorem in ["linear-data", "frozen-layer"] {
                all.push((theorem, format!("level=paper data={data} evaluation={evaluation}"), data));
            }
            for gradients in ["fresh", "closed-first"] {
                let tags = format!("level=explicit data={data} evaluation={evaluation} gradients={gradients}");
                all.push(("frozen-layer", tags, data));
            }
            for hits in ["ball", "window"] {
                for (form, gradients) in [
                    ("a", "population"),
                    ("b", "fresh"),
                    ("b", "closed-first"),
                    ("c1", "population"),
                    ("c1", "fresh"),
                    ("c1", "closed-first"),
                    ("c2", "population"),
                    ("c2", "fresh"),
                    ("c2", "closed-first"),
                ] {
                    let tags = format!(
                        "level=explicit data={data} evaluation={evaluation} hits={hits} form={form} gradients={gradients}"
                    );
                    all.push(("linear-data", tags, data));
                }
            }
        }
    }
    for data in
        ["uniform-hypercube", "margin-ball", "structured-parity", "two-gaussians", "gaussian-xor", "finite-support"]
    {
        for evaluation in ["exact", "sampled"] {
            all.push(("main", format!("level=paper data={data} evaluation={evaluation}"), data));
            for (form, gradients) in [("a", "population"), ("b", "closed-first")] {
                let tags = format!(
                    "level=explicit data={data} evaluation={evaluation} form={form} gradients={gradients} hits=lemma-3"
                );
                all.push(("main", tags, data));
            }
            for (level, gradients) in
                [("explicit", "closed-first"), ("posterior", "closed-first"), ("posterior", "fresh")]
            {
                for comparator in ["margin", "loss"] {
                    for tail in ["counted", "bounded"] {
                        let hits = if level == "explicit" { " hits=lemma-3" } else { "" };
                        let tags = format!(
                            "level={level} data={data} evaluation={evaluation} form=c gradients={gradients} comparator={comparator} tail={tail}{hits}"
                        );
                        all.push(("main", tags.clone(), data));
                        if level == "posterior"
                            && ["uniform-hypercube", "margin-ball", "finite-support"].contains(&data)
                        {
                            all.push(("linear-data", tags.clone(), data));
                        }
                        if data == "structured-parity" {
                            all.push(("parity", tags, data));
                        }
                    }
                }
            }
        }
    }
    let parity = "data=structured-parity evaluation=exact";
    all.push(("beyond-kernel", format!("level=paper {parity}"), "structured-parity"));
    let tags = format!("level=explicit {parity} goal=loss gradients=population hits=windows comparator=margin");
    all.push(("beyond-kernel", tags, "structured-parity"));
    all.extend(parities());
    for (theorem, data) in [("gaussian-xor", "gaussian-xor"), ("gaussian-mixture", "gaussian-mixture")] {
        all.push((theorem, format!("level=paper data={data} evaluation=sampled"), data));
        for tail in ["counted", "bounded"] {
            let rest = format!("data={data} form=c evaluation=sampled comparator=loss tail={tail}");
            for hits in ["lemma-3", "components"] {
                all.push((theorem, format!("level=explicit gradients=closed-first hits={hits} {rest}"), data));
            }
            for gradients in ["closed-first", "fresh"] {
                all.push((theorem, format!("level=posterior gradients={gradients} {rest}"), data));
            }
        }
    }
    all.extend(multi_indices());
    all
}

/// Those of the parities with window hits, and of the uniform parity at the posterior level.
fn parities() -> Vec<(&'static str, String, &'static str)> {
    let mut all = Vec::new();
    for evaluation in ["exact", "sampled"] {
        let data = "structured-parity";
        all.push(("parity", format!("level=paper data={data} evaluation={evaluation}"), data));
        for tail in ["counted", "bounded"] {
            let windows = "level=explicit form=c gradients=closed-first hits=windows";
            let tags = format!("{windows} data={data} evaluation={evaluation} comparator=margin tail={tail}");
            all.push(("parity", tags, data));
            for size in ["2", "4"] {
                let data = "uniform-parity";
                for comparator in ["margin", "loss"] {
                    let rest =
                        format!("data={data} size={size} evaluation={evaluation} comparator={comparator} tail={tail}");
                    all.push(("uniform-parity", format!("{windows} {rest}"), data));
                    for gradients in ["closed-first", "fresh"] {
                        let tags = format!("level=posterior form=c gradients={gradients} {rest}");
                        all.push(("uniform-parity", tags, data));
                    }
                }
                let tags = format!("level=paper data={data} size={size} evaluation={evaluation}");
                all.push(("uniform-parity", tags, data));
            }
        }
    }
    all
}

/// Those of labels that depend on a plane.
fn multi_indices() -> Vec<(&'static str, String, &'static str)> {
    let (name, data) = ("multi-index", "multi-index");
    let mut all = Vec::new();
    for link in ["product", "cubic"] {
        all.push((name, format!("level=paper data={data} link={link} evaluation=sampled"), data));
        for tail in ["counted", "bounded"] {
            let rest = format!("data={data} link={link} form=c evaluation=sampled comparator=loss tail={tail}");
            all.push((name, format!("level=explicit gradients=closed-first hits=lemma-3 {rest}"), data));
            for gradients in ["closed-first", "fresh"] {
                all.push((name, format!("level=posterior gradients={gradients} {rest}"), data));
            }
        }
    }
    all
}

/// An axiom that uses a symbol some variant never defines, or defines one twice: the variant could never be derived.
#[test]
fn every_variant_defines_what_it_uses() {
    let theory = Theory::parse(THEORY).unwrap();
    for (theorem, tags, data) in variants() {
        let statement = theory.statement(theorem, &variant(&tags));
        let statement = statement.unwrap_or_else(|| panic!("no statement: {theorem} {tags}"));
        walk(&theory, &statement, data).unwrap_or_else(|e| panic!("{theorem} {tags}: {e}"));
    }
}

/// The walk itself: it must see a symbol renamed, a definition dropped, an event left without a bound.
#[test]
fn the_walk_sees_broken_texts() {
    for (from, to) in [
        ("let theta = 1/(reach*g_norm)", "let theta_0 = 1/(reach*g_norm)"),
        ("let epsilon_G = 0", "let epsilon_g = 0"),
        ("let minority = 0.5", "let half = 0.5"),
        ("let lipschitz = 1\nlet target_loss = 0", "let target_loss = 0"),
        ("conclude Pr[not hits] <=", "conclude Pr[not hit] <="),
        ("let certification_error = delta/100", "let certification_error = deltas/100"),
        ("let N = 4*m", "let N = 4*m\nlet m = 1"),
        ("let margin = support_margin()", "let margin = supported_margin()"),
        ("choose mu epsilon delta t", "choose mu epsilon delta t t"),
        ("let R = alpha_1 + 2*B + sqrt(2/L)", "let radius_R = alpha_1 + 2*B + sqrt(2/L)"),
        ("conclude Pr[not generalisation] <=", "conclude Pr[not generalization] <="),
        ("let sets = 2^d*", "let subsets = 2^d*"),
        ("let J_0 = Phi_1*H^2", "let J_0 = Phi_2*H^2"),
        ("counted Pr[not gap] <= gap_share", "counted Pr[not lead] <= gap_share"),
    ] {
        assert!(THEORY.contains(from), "{from}");
        let theory = Theory::parse(&THEORY.replace(from, to)).unwrap();
        let broken = |(theorem, tags, data): &(&str, String, &str)| {
            walk(&theory, &theory.statement(theorem, &variant(tags)).unwrap(), data).is_err()
        };
        assert!(variants().iter().any(broken), "{to} was not seen");
    }
}
