//! The theory text: what does not parse, is incomplete or idle is refused with its place; the built-in text reads.

use crate::rules::{TEXT, variant};
use provably::certificate::claim::Claim;
use provably::certificate::theory::{Law, Tier};
use provably::theorems::THEORY;
use provably::wellformed;

#[track_caller]
fn bad(text: &str, named: &str) {
    let refusal = wellformed::parse(text).err().unwrap_or_else(|| panic!("read:\n{text}"));
    assert!(refusal.check == "bad-theory" && refusal.found.contains(named), "{named}: {}", refusal.found);
}

/// A line that is dropped, read as another, or makes the theory stronger than it says.
#[test]
fn malformed_lines_are_refused_with_their_number() {
    let head = "# a comment\n\nchapter one\naxiom one\n  proved here: one\n";
    for (line, named) in [
        ("let", "keyword rest"),
        ("only  finite", "single blanks"),
        ("let  b = 1", "single blanks"),
        ("let b", "let SYMBOL = TERM"),
        ("let b=1", "let SYMBOL = TERM"),
        ("let b = 1 +", "not-a-term"),
        ("let b = 01", "not-a-term"),
        ("let b = 1+1", "not-canonical"),
        ("let b = - 1", "not-canonical"),
        ("let 2b = 1", "no name"),
        ("let a b = 1", "no name"),
        ("let f(x) = 1", "no name"),
        ("need 1", "not-a-term"),
        ("need 1 > 2", "not-a-term"),
        ("need Pr[a] < 1", "not-a-term"),
        ("need Pr[not a] <= 1", "unknown-event"),
        ("conclude 1<2", "not-canonical"),
        ("assume 1 < 2", "`assume`"),
        ("proved there: two", "`proved`"),
        ("paper there: two", "`paper`"),
        ("only finite forms", "AXIS=VALUE"),
        ("only form", "AXIS=VALUE"),
        ("only form=a form=b", "twice"),
        ("only form=a|a", "twice"),
        ("choose a", "`choose`"),
        ("state 1 < 2", "`state`"),
        ("variant form=a", "`variant`"),
        ("if form=a", "`if`"),
        ("  let b = 1", "indentation"),
        ("\tlet b = 1", "is unknown, out of place"),
        ("only data=infinite finite=", "no name"),
    ] {
        let refusal =
            wellformed::parse(&format!("{head}  {line}\n")).err().unwrap_or_else(|| panic!("{line} was read"));
        assert_eq!(refusal.check, "bad-theory", "{line}");
        let placed = refusal.found.starts_with("line 6 (chapter one): ");
        assert!(placed && refusal.found.contains(named), "{line}: {}", refusal.found);
    }
    for (text, named) in [
        ("  let a = 1", "under nothing"),
        (" axiom one", "indentation"),
        ("let a = 1", "`let`"),
        ("\taxiom one", "unknown or out of place"),
        ("axiom one\n\tproved here: x", "unknown or out of place"),
        ("event e \"e\"", "nothing is said of the event `e`"),
        ("obligation o \"o\"", "no theorem has the obligation `o`"),
        ("use one", "`use`"),
        ("axiom one", "`one` cites no proof"),
        ("axiom One", "no name"),
        ("axiom one\n  proved here", "PLACE: WORDS"),
        ("axiom one\n  proved here: x\n  conclude 1 < 2\n  conclude 2 < 3", "concludes one"),
        ("axiom one\n  proved here: x\n  only finite\n  only finite", "`only`"),
        ("axiom one\n  proved here: x\naxiom one", "duplicate"),
        ("law one", "finite, continuous"),
        ("law one either", "finite, continuous"),
        ("theorem t\ntheorem t", "duplicate"),
        ("block t\ntheorem t", "duplicate"),
        ("theorem t\n  need 1 < 2", "`need`"),
        ("theorem t\n  state 1 <", "not-a-term"),
        ("theorem t\n  like u", "no block"),
        ("theorem t\n  like t", "no block"),
        ("block b\n  variant form=a", "variants belong to a theorem"),
        ("theorem t\n  if form=a\n    variant form=a", "variants belong to a theorem"),
        ("theorem t\n  if form=a\n    if form=b\n      choose x", "excludes"),
        ("theorem t\n  if form", "AXIS=VALUE"),
        ("quantity x whole", "quotation marks"),
        ("quantity x odd \"x\"", "whole, real or a share"),
        ("quantity x real > \"x\"", "no bound"),
        ("quantity x real = 1 \"x\"", "no bound"),
        ("quantity x real > y \"x\"", "no bound"),
        ("quantity x y real \"x\"", "whole, real or a share"),
        ("quantity x real \"x\"\nquantity x real \"x\"", "duplicate"),
        ("event e \"e\"\nevent e(x) \"e\"", "duplicate"),
        ("event e(x,y) \"e\"", "no name"),
        ("event e(x \"e\"", "no name"),
        ("event e assumes f \"e\"", "`f`, which is not declared"),
        ("obligation o assumes f \"o\"", "`f`, which is not declared"),
        ("obligation o \"o\"\nobligation o \"o\"", "duplicate"),
        ("run 2", "no name"),
    ] {
        bad(text, named);
    }
    assert!(wellformed::parse(head).is_ok() && wellformed::parse("").is_ok() && wellformed::parse(TEXT).is_ok());
}

/// A variant that takes lines of another; one that is not listed, taken for one that is.
#[test]
fn variants_take_their_own_lines() {
    let theory = wellformed::parse(TEXT).unwrap();
    let of = |theorem: &str, tags: &[(&str, &str)]| theory.statement(theorem, &variant(tags)).map_err(|e| e.check);
    let rows = ("data", "finite-support");
    let first = of("enumerated", &[rows, ("level", "1")]).unwrap();
    assert_eq!(first.axioms, ["looked-at", "wide", "finite-support", "hollow"]);
    assert_eq!(first.choices, ["a", "delta", "rest", "T"]);
    assert_eq!(of("enumerated", &[("data", "plain")]).unwrap().axioms, ["looked-at", "wide", "plain"]);
    let reached = Claim::parse("Pr[not reached(error_bound, T)] <= 2*rest").unwrap();
    assert_eq!(first.roots, [reached]);
    for tags in [&[][..], &[rows], &[("level", "1")], &[rows, ("level", "3")], &[("data", "plain"), ("level", "1")]] {
        assert_eq!(of("enumerated", tags).err(), Some("unknown-variant"), "{tags:?}");
    }
    assert_eq!(of("tiny", &[]).err(), Some("unknown-theorem"));
    // What an obligation assumes and the variant has.
    assert_eq!(of("counted", &[("data", "plain")]).unwrap().obligations[0].assumes, ["hits"]);
    assert_eq!(wellformed::variants(&theory, "enumerated").len(), 3);
    assert_eq!(theory.theorems().collect::<Vec<_>>(), ["counted", "enumerated", "small"]);
}

/// Claims about events say everything: the arguments are the declared ones, and nobody can leave them out or add to them.
#[test]
fn events_carry_their_arguments() {
    let theory = wellformed::parse(TEXT).unwrap();
    assert_eq!(
        theory.claim("Pr[not reached] <= delta").unwrap().to_string(),
        "Pr[not reached(error_bound, T)] <= delta"
    );
    assert_eq!(theory.claim("Pr[not reached(T)] <= delta").map_err(|e| e.check), Err("misplaced-arguments"));
    assert_eq!(theory.claim("Pr[not reach] <= delta").map_err(|e| e.check), Err("unknown-event"));
}

/// What is missing, superfluous, contradictory or proved for other variants: found when the text is read.
#[test]
fn incomplete_and_idle_variants_are_refused() {
    let small = "  use plain first second looked-at both\n";
    for (from, to, named) in [
        // Missing.
        (small, "  use plain first looked-at both\n", "needs a bound on `not norm`"),
        (small, "  use plain first second both\n", "`certification_error`"),
        (small, "  use plain first second looked-at\n", "nothing concludes it"),
        (small, "  use first second looked-at both\n", "the laws used are []"),
        ("  let minority = 0.5\n  let error_bound = 0.1\n\nlaw f", "  let minority = 0.5\n\nlaw f", "`error_bound`"),
        ("  choose share rest delta T\n", "  choose share rest T\n", "`delta`"),
        ("  state Pr[not reached] <= delta\n  events", "  events", "states nothing"),
        ("  counted Pr[not norm] <= delta\n", "", "nothing bounds the event `norm`"),
        ("obligation drift assumes hits \"nothing drifts\"\n", "", "unknown-obligation"),
        ("quantity rest real > 0 \"the share of the norms\"\n", "", "`rest`"),
        // Superfluous, or twice.
        (small, "  use plain first second looked-at both unused\n", "`unused` is used for nothing"),
        (small, "  use plain first first second looked-at both\n", "stands twice"),
        (small, "  use plain first second looked-at both none\n", "no axiom `none`"),
        (small, "  use plain finite-support first second looked-at both\n", "the laws used are"),
        ("  choose share rest delta T\n", "  choose share rest delta T b\n", "chosen for nothing"),
        ("  choose share rest delta T\n", "  choose share rest delta T T\n", "stands twice"),
        ("  let p = share/2\n", "  let delta = share/2\n  let p = 1\n", "defined twice"),
        (
            "theorem small\n  variant data=plain\n",
            "theorem small\n  variant data=plain luck=good\n",
            "nothing depends on the axis `luck`",
        ),
        ("  if level=1\n", "  if level=3\n", "no variant has level=3"),
        (
            "  counted Pr[not norm] <= delta\n",
            "  counted Pr[not norm] <= delta\n  counted Pr[not reached] <= delta\n",
            "no bound on the failure of one event",
        ),
        (
            "  counted Pr[not norm] <= delta\n",
            "  counted Pr[not norm] <= delta\n  counted Pr[norm] <= delta\n",
            "no bound on the failure of one event",
        ),
        // Of other symbols, functions and variants.
        ("  let p = share/2\n", "  let p = shares/2\n", "`shares`"),
        ("  let p = share/2\n", "  let p = root(share)\n", "`root`"),
        (
            "  let minority = 0.5\n  let error_bound = 0.1\n\nlaw f",
            "  let minority = support_minority()\n  let error_bound = 0.1\n\nlaw f",
            "`support_minority`",
        ),
        ("  proved here: one\n", "  proved here: one\n  only data=sphere\n", "proved for data=sphere only"),
        ("  proved here: one\n", "  proved here: one\n  only form=a\n", "proved for form=a only"),
        ("law plain finite\n", "law plain continuous\n", ""),
        (
            "theorem small\n  variant data=plain\n",
            "theorem small\n  variant data=finite-support\n",
            "the distribution is",
        ),
    ] {
        assert!(TEXT.contains(from), "{from}");
        let text = TEXT.replace(from, to);
        if named.is_empty() {
            wellformed::parse(&text).unwrap();
            let finite = text.replace("  proved here: one\n", "  proved here: one\n  only finite\n");
            bad(&finite, "proved for finite only");
        } else {
            bad(&text, named);
        }
    }
    // A law that is finite by an axiom is so only where that axiom is used.
    let by = TEXT.replace("law plain finite\n", "law plain finite-by looked-at\n");
    let only = |text: &str| text.replace("  proved here: one\n", "  proved here: one\n  only finite\n");
    wellformed::parse(&only(&by)).unwrap();
    bad(&only(&by.replace("finite-by looked-at", "finite-by unused")), "proved for finite only");
}

/// A condition on an axis or value that no variant has: it would silently drop its lines.
#[test]
fn conditions_are_met_by_some_variant() {
    bad(
        &TEXT.replace("  if level=1\n    use hollow\n", "  if level=1\n    use hollow\n  if size=1\n    use hollow\n"),
        "no variant has size=1",
    );
}

/// A paper's axiom that needs no permission; an axiom whose tier or law is not what it says.
#[test]
fn paper_axioms_need_permission() {
    let theory = wellformed::parse(THEORY).unwrap();
    let mut needing: Vec<&str> =
        theory.axioms.iter().filter(|a| a.needs_permission()).map(|a| a.name.as_str()).collect();
    needing.sort_unstable();
    assert_eq!(
        needing,
        ["lemma-gaussians", "lemma-multi-index", "lemma-parity", "lemma-uniform-parity", "theorem-3.12", "theorem-3.4"]
    );
    for axiom in theory.axioms.iter().filter(|a| a.tier != Tier::Paper) {
        assert!(axiom.place.starts_with("docs/theory.md §"), "{}: {}", axiom.name, axiom.place);
    }
    let law = |name: &str| theory.axiom(name).and_then(|a| a.law.clone());
    for continuous in ["two-gaussians", "gaussian-xor", "gaussian-mixture", "multi-index"] {
        assert_eq!(law(continuous), Some(Law::Continuous));
    }
    assert_eq!(law("finite-support"), Some(Law::Finite));
    assert_eq!(law("uniform-hypercube"), Some(Law::FiniteBy("hypercube-support".into())));
}

/// What the two hostile readings found, as variants that can no longer be said.
#[test]
fn variants_that_were_never_proved_are_not_listed() {
    let theory = wellformed::parse(THEORY).unwrap();
    let all = |theorem: &str| wellformed::variants(&theory, theorem);
    let has = |theorem: &str, tags: &[(&str, &str)]| {
        all(theorem).iter().any(|v| tags.iter().all(|&(axis, value)| v.get(axis).is_some_and(|x| x == value)))
    };
    // b: a tag that switches off a cost.
    assert!(!has("gaussian-xor", &[("comparator", "margin")]) && !has("gaussian-mixture", &[("comparator", "margin")]));
    assert!(
        !has("multi-index", &[("comparator", "margin")])
            && !has("main", &[("data", "two-gaussians"), ("comparator", "margin")])
    );
    // c: exact evaluation of a continuous law.
    for theorem in theory.theorems() {
        for variant in all(theorem).iter().filter(|v| v.get("evaluation").is_some_and(|e| e == "exact")) {
            let data = variant.get("data").and_then(|data| theory.axiom(data)).and_then(|a| a.law.clone());
            assert!(data.is_some_and(|law| law != Law::Continuous), "{theorem} {variant:?}");
        }
    }
    // d: a tag missing or superfluous.
    for theorem in theory.theorems() {
        for variant in all(theorem) {
            let level = variant.get("level").map(String::as_str);
            let has = |axis: &str| variant.contains_key(axis);
            assert!(level.is_some() && has("data") && has("evaluation"), "{theorem} {variant:?}");
            assert!(level == Some("paper") || has("gradients"), "{theorem} {variant:?}");
            assert!(level == Some("explicit") || !has("hits"), "{theorem} {variant:?}");
            assert_eq!(has("tail"), variant.get("form").is_some_and(|f| f == "c"), "{theorem} {variant:?}");
            let fresh = variant.get("gradients").is_some_and(|g| g != "population");
            assert!(fresh || !has("tail"), "{theorem} {variant:?}");
        }
    }
    assert!(has("beyond-kernel", &[("gradients", "population")]) && !has("beyond-kernel", &[("gradients", "fresh")]));
}
