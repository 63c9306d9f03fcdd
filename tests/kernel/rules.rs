//! Every rule accepts what it should and refuses the rest by name, on small theories made for it.

use crate::config;
use dashu_base::SquareRoot;
use dashu_int::UBig;
use dashu_ratio::RBig;
use proptest::prelude::*;
use provably::certificate::claim::Claim;
use provably::certificate::document::{CountRecord, TrialsRecord};
use provably::certificate::expression::{Meaning, Term, numeral};
use provably::certificate::interval::Interval;
use provably::certificate::proof::{CORROBORATION, Kernel, NOT_VACUOUS};
use provably::certificate::refusal::Refusal;
use provably::certificate::special::{self, RateSequence};
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::{Theory, Variant};
use std::collections::BTreeSet;

/// A theorem with two events, whose shares must add up to delta.
pub(crate) const TEXT: &str = "chapter small
quantity share real >= 0 \"the share of the hits\"
quantity rest real > 0 \"the share of the norms\"
quantity delta share \"the failure probability\"
quantity T whole >= 1 \"the number of steps\"
quantity a real >= 0 recorded \"a number that was measured\"
quantity b real > 0 \"another number\"
event hits \"there are hits\"
event norm \"the norm is small\"
event reached(error_bound, T) \"the bound is reached\"
obligation drift assumes hits \"nothing drifts\"
run T a

law plain finite
  proved here: a law
  let minority = 0.5
  let error_bound = 0.1

law finite-support finite
  proved here: rows
  let d = support_dimension()
  let minority = 0.5
  let error_bound = 0.1

axiom first
  proved here: one
  let p = share/2
  need 0 < share
  conclude Pr[not hits] <= p

axiom second
  paper there: two
  conclude Pr[not norm] <= rest

axiom looked-at
  proved here: how a trial is looked at
  let certification_error = delta/100

axiom both
  proved here: the two together
  need Pr[not hits or not norm] <= delta
  conclude Pr[not reached] <= delta

axiom unused
  proved here: nothing
  let idle = 1

axiom hollow
  proved here: a hole
  let hole = 1/(a - a)
  need hole <= 1

axiom wide
  proved here: a claim that is none
  conclude Pr[not reached] <= 2*rest

theorem small
  variant data=plain
  choose share rest delta T
  use plain first second looked-at both
  state Pr[not reached] <= delta
  events hits norm
  obligations drift

theorem counted
  variant data=plain
  choose share delta
  use plain looked-at
  state Pr[not hits] <= share
  events hits norm
  counted Pr[not hits] <= share
  counted Pr[not norm] <= delta
  obligations drift

theorem enumerated
  variant data=finite-support level=1|2
  variant data=plain
  choose a delta rest T
  use looked-at wide
  state Pr[not reached] <= 2*rest
  if data=finite-support
    use finite-support
  if data=plain
    use plain
  if level=1
    use hollow
";

pub(crate) fn theory() -> Theory {
    Theory::parse(TEXT).unwrap()
}

pub(crate) fn claim(text: &str) -> Claim {
    Claim::parse(text).unwrap()
}

/// A variant of these axes.
pub(crate) fn variant(tags: &[(&str, &str)]) -> Variant {
    tags.iter().map(|&(k, v)| (k.to_string(), v.to_string())).collect()
}

/// The only variant of most theorems here.
pub(crate) fn plain() -> Variant {
    variant(&[("data", "plain")])
}

fn kernel(theory: &Theory) -> Kernel<'_> {
    Kernel::new(theory, "small", &plain(), None).unwrap()
}

/// All four symbols chosen.
fn chosen(theory: &Theory) -> Kernel<'_> {
    let mut kernel = kernel(theory);
    for (name, number) in [("share", "0.1"), ("rest", "0.05"), ("delta", "0.1"), ("T", "7")] {
        kernel.choose(name, number).unwrap();
    }
    kernel
}

/// The whole derivation up to the root claim.
pub(crate) fn derive(kernel: &mut Kernel<'_>) -> Result<usize, Refusal> {
    for (name, number) in [("share", "0.1"), ("rest", "0.05"), ("delta", "0.1"), ("T", "7")] {
        kernel.choose(name, number)?;
    }
    kernel.define("first")?;
    let first = kernel.axiom("first", &[])?;
    let second = kernel.axiom("second", &[])?;
    let union = kernel.union(&[first, second])?;
    let comparison = kernel.inequality(claim("p + rest <= delta"))?;
    let bounded = kernel.weaken(union, comparison)?;
    for axiom in ["plain", "looked-at"] {
        kernel.define(axiom)?;
        kernel.axiom(axiom, &[])?;
    }
    kernel.axiom("both", &[bounded])
}

/// The rest of it: the verdict's premises.
pub(crate) fn conclude(kernel: &mut Kernel<'_>, trials: &TrialsRecord) -> Result<(), Refusal> {
    let rate = kernel.trials(trials)?;
    kernel.inequality(claim(NOT_VACUOUS))?;
    let below = claim("failure_upper + certification_error <= delta");
    if kernel.decides(&below)? {
        let below = kernel.inequality(below)?;
        kernel.weaken(rate, below)?;
    }
    Ok(())
}

pub(crate) fn trials(count: u64, failures: u64) -> TrialsRecord {
    let record = |name: &str| CountRecord { name: name.into(), judged: count, failed: 0 };
    TrialsRecord {
        seed: 3,
        count,
        failures,
        uncertified: 0,
        cut: 0,
        error: "0.01".into(),
        events: vec![record("hits"), record("norm")],
        obligations: vec![record("drift")],
    }
}

#[track_caller]
fn refused<T>(check: &str, result: Result<T, Refusal>) {
    match result {
        Ok(_) => panic!("accepted, though it should be refused as {check}"),
        Err(refusal) => assert_eq!(refusal.check, check, "{refusal}"),
    }
}

/// A derivation of something else than the theorem, or one that cannot be finished.
#[test]
fn the_whole_derivation_reaches_the_root() {
    let theory = theory();
    let mut kernel = kernel(&theory);
    let root = derive(&mut kernel).unwrap();
    assert_eq!(kernel.steps()[root].claim(), kernel.statement().roots.first());
    let rests: Vec<&str> = kernel.steps()[root].axioms().iter().map(String::as_str).collect();
    assert_eq!(rests, ["both", "first", "second"]);
    assert_eq!(kernel.find("Pr[not hits or not norm] <= p + rest"), Some(7));
    assert_eq!(kernel.symbol("p").unwrap().midpoint_f64(), 0.05);
}

#[test]
fn a_kernel_starts_from_a_known_theorem() {
    let theory = theory();
    let start = |theorem: &str, tags: &[(&str, &str)], rows: bool| {
        let support = rows.then(|| FiniteSupport::new(&[vec![1.0]], &[1]).unwrap());
        Kernel::new(&theory, theorem, &variant(tags), support).map(|_| ())
    };
    let (plain, rows) = (("data", "plain"), ("data", "finite-support"));
    start("small", &[plain], false).unwrap();
    start("enumerated", &[rows, ("level", "1")], true).unwrap();
    start("enumerated", &[plain], false).unwrap();
    refused("unknown-theorem", start("large", &[], false));
    // An axis missing, unknown or superfluous, and values that do not go together.
    refused("unknown-variant", start("small", &[], false));
    refused("unknown-variant", start("enumerated", &[("data", "sphere")], false));
    refused("unknown-variant", start("enumerated", &[rows], true));
    refused("unknown-variant", start("enumerated", &[plain, ("level", "1")], false));
    refused("unknown-variant", start("small", &[plain, ("form", "a")], false));
    refused("misplaced-support", start("small", &[plain], true));
    refused("misplaced-support", start("enumerated", &[rows, ("level", "1")], false));
    refused("misplaced-support", start("enumerated", &[plain], true));
}

/// A symbol the theorem does not leave open, one chosen twice, a number that is none.
#[test]
fn choose() {
    let theory = theory();
    let mut kernel = kernel(&theory);
    kernel.choose("share", "0.1").unwrap();
    refused("redefinition", kernel.choose("share", "0.1"));
    refused("illegal-choice", kernel.choose("p", "0.1"));
    refused("illegal-choice", kernel.choose("failure_upper", "0.01"));
    // Neither what is no numeral nor what is not of the quantity's kind and range.
    for number in ["0.10", "1e-1", "-1", "", "share", "1 + 1", "1e9999", "0"] {
        refused("illegal-choice", kernel.choose("rest", number));
    }
    for number in ["0", "1", "2", "1e30"] {
        refused("illegal-choice", kernel.choose("delta", number));
    }
    for number in ["0", "1.5", "0.5"] {
        refused("illegal-choice", kernel.choose("T", number));
    }
    assert!(kernel.symbol("rest").is_none() && kernel.steps().len() == 1);
    kernel.choose("T", "1").unwrap();
    assert!(kernel.steps().iter().all(|s| s.axioms().is_empty()));
}

/// A number that was measured and passes for one that was chosen.
#[test]
fn measured_numbers_rest_on_the_record() {
    let theory = theory();
    let mut kernel = Kernel::new(&theory, "enumerated", &plain(), None).unwrap();
    let step = kernel.choose("a", "3").unwrap();
    assert_eq!(kernel.steps()[step].axioms(), &BTreeSet::from(["evidence-as-recorded".to_string()]));
    let step = kernel.choose("rest", "3").unwrap();
    assert!(kernel.steps()[step].axioms().is_empty());
}

/// An axiom of another theorem, a definition made twice, a symbol without value.
#[test]
fn define() {
    let theory = theory();
    let mut kernel = chosen(&theory);
    kernel.define("first").unwrap();
    refused("redefinition", kernel.define("first"));
    for axiom in ["unused", "wide", "none", ""] {
        refused("unknown-axiom", kernel.define(axiom));
    }
    let mut early = self::kernel(&theory);
    refused("unknown-symbol", early.define("first"));
    let support = FiniteSupport::new(&[vec![1.0, 2.0]], &[1]).unwrap();
    let rows = variant(&[("data", "finite-support"), ("level", "1")]);
    let mut rows = Kernel::new(&theory, "enumerated", &rows, Some(support)).unwrap();
    rows.choose("a", "2").unwrap();
    rows.define("finite-support").unwrap();
    assert_eq!(rows.symbol("d"), Some(Interval::from_integer(2)));
    rows.inequality(claim("a <= d")).unwrap();
    refused("undefined", rows.define("hollow"));
    refused("unknown-function", rows.inequality(claim("support_median() <= 1")));
    refused("undefined", rows.inequality(claim("1/(a - d) <= 1")));
    refused("unknown-function", kernel.inequality(claim("support_dimension() <= 2")));
}

/// An axiom applied without what it needs: definitions, inequalities, probabilities, each in its place.
#[test]
fn axiom() {
    let theory = theory();
    let mut kernel = chosen(&theory);
    refused("wrong-definition", kernel.axiom("first", &[]));
    kernel.define("first").unwrap();
    refused("wrong-premises", kernel.axiom("first", &[0]));
    let first = kernel.axiom("first", &[]).unwrap();
    assert_eq!(kernel.steps()[first].record().needs, ["0 < share"]);
    refused("repeated-axiom", kernel.axiom("first", &[]));
    refused("unknown-axiom", kernel.axiom("unused", &[]));
    let second = kernel.axiom("second", &[]).unwrap();
    for premises in [&[][..], &[first], &[second], &[first, second], &[99], &[usize::MAX]] {
        refused("missing-premise", kernel.axiom("both", premises));
    }
    // The same events in another order, or with another bound, are another claim.
    let union = kernel.union(&[second, first]).unwrap();
    let comparison = kernel.inequality(claim("rest + p <= delta")).unwrap();
    let other = kernel.weaken(union, comparison).unwrap();
    refused("missing-premise", kernel.axiom("both", &[other]));
    // A need that does not hold.
    let mut zero = self::kernel(&theory);
    zero.choose("share", "0").unwrap();
    zero.define("first").unwrap();
    refused("false-inequality", zero.axiom("first", &[]));
    assert!(zero.find("Pr[not hits] <= p").is_none());
}

/// Equality of sums of decimals, which no enclosure decides, and claims that are false, undefined or no inequalities.
#[test]
fn inequality() {
    let theory = theory();
    let mut kernel = chosen(&theory);
    for text in [
        "0.05 + 0.025 + 0.025 <= 0.1",
        "0.1 + 0.2 <= 0.3",
        "0.3 <= 0.1 + 0.2",
        "1/3 + 1/3 + 1/3 <= 1",
        "delta <= share",
        "share^2 <= 0.01",
        "sqrt(2) < 1.4142135624",
        "max(0.1, 0.3) <= 0.1 + 0.2",
        "exp(1) < 2.718281828459045235361",
        "1 < 1.000000000000000000000001",
        "1e-25 < 2e-25",
        "(1e-25 + 1)^2 - 1 - 2e-25 <= 1e-50",
        "rest + rest <= delta",
    ] {
        kernel.inequality(claim(text)).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    for text in [
        "0.1 + 0.2 < 0.3",
        "0.3 < 0.1 + 0.2",
        "1 <= 0",
        "0.1 + 0.2 + 1e-40 <= 0.3",
        "sqrt(2)^2 <= 2",
        "delta < share",
        "2 < 2",
        "exp(1) < 2.71828182845904523536",
        "1/3 <= 0.3333333333",
        "(1e-25 + 1)^2 - 1 - 2e-25 < 1e-50",
        "1 <= binomial_cdf(0 - 1e30, 10, 0.5)",
    ] {
        refused("false-inequality", kernel.inequality(claim(text)));
        assert!(!kernel.decides(&claim(text)).unwrap() && kernel.find(text).is_none(), "{text}");
    }
    refused("unknown-symbol", kernel.inequality(claim("failure_rate <= 1")));
    refused("undefined", kernel.decides(&claim("ln(0) <= 1")));
    refused("wrong-premises", kernel.inequality(claim("Pr[a] <= 1")));
    refused("repeated-claim", kernel.inequality(claim("0.1 + 0.2 <= 0.3")));
}

fn decimal(part: u32) -> String {
    format!("{}.{:03}", part / 1000, part % 1000).trim_end_matches('0').trim_end_matches('.').to_string()
}

proptest! {
    #![proptest_config(config(500))]

    /// A rational comparison decided otherwise than by exact arithmetic: every one is decided, and rightly.
    #[test]
    fn rational_comparisons(parts in proptest::collection::vec(0_u32..3000, 2..6), shift in -1_i64..=1, split in 1_u32..4, nines in 1_u64..4) {
        let theory = theory();
        let mut kernel = kernel(&theory);
        let sum: u32 = parts.iter().sum();
        let left = parts.iter().map(|&p| decimal(p)).collect::<Vec<_>>().join(" + ");
        let total = u32::try_from(i64::from(sum) + shift).unwrap_or(0);
        let right = format!("{}*{split}/{split}", decimal(total));
        let (x, y) = (RBig::from(sum), RBig::from(total));
        for (text, truth) in [
            (format!("{left} <= {right}"), x <= y),
            (format!("{left} < {right}"), x < y),
            (format!("{right} <= {left}"), y <= x),
            (format!("({left})^{nines} <= ({right})^{nines}"), x <= y),
            (format!("max({left}, {right}) <= {right}"), x <= y),
        ] {
            prop_assert_eq!(kernel.inequality(Claim::parse(&text).unwrap()).is_ok(), truth, "{}", text);
        }
    }

    /// A falsehood about irrational numbers: x and y are the square roots and exponentials of neighbours.
    #[test]
    fn irrational_comparisons_never_contradict(a in 1_u64..1_000_000, b in 1_u64..1_000_000, places in 0_usize..40) {
        let theory = theory();
        let kernel = kernel(&theory);
        // √a against a decimal truncation of √b of that many places: the truth by squaring.
        let scale = num(10).pow(places as isize);
        let root = RBig::from(UBig::try_from((num(b) * &scale * &scale).floor()).unwrap().sqrt());
        let text = format!("{}/{}", whole(&root), whole(&scale));
        let below = claim(&format!("sqrt({a}) <= {text}"));
        let above = claim(&format!("{text} < sqrt({a})"));
        let truth = num(a) * &scale * &scale <= &root * &root;
        prop_assert!(!kernel.decides(&below).unwrap() || truth, "{}", below);
        prop_assert!(!kernel.decides(&above).unwrap() || !truth, "{}", above);
        // And e^√a against e^√b, by monotonicity.
        prop_assert_eq!(kernel.decides(&claim(&format!("exp(sqrt({a})) < exp(sqrt({b}))"))).unwrap(), a < b);
    }
}

fn num(x: u64) -> RBig {
    RBig::from(x)
}

/// A whole number as the language spells it.
fn whole(x: &RBig) -> String {
    let digits = x.numerator().to_string();
    let kept = digits.trim_end_matches('0');
    let zeros = digits.len() - kept.len();
    if zeros > 20 { format!("{kept}e{zeros}") } else { digits }
}

/// A chain that does not fit: the middle terms must be the same term, and the premises there.
#[test]
fn weaken() {
    let theory = theory();
    let mut kernel = chosen(&theory);
    kernel.define("first").unwrap();
    let bound = kernel.axiom("first", &[]).unwrap();
    let fits = kernel.inequality(claim("p <= rest")).unwrap();
    let equal = kernel.inequality(claim("0.05 <= delta")).unwrap();
    let strict = kernel.inequality(claim("p < delta")).unwrap();
    let next = kernel.inequality(claim("rest <= delta")).unwrap();
    let weaker = kernel.weaken(bound, fits).unwrap();
    assert_eq!(kernel.steps()[weaker].record().claim.as_deref(), Some("Pr[not hits] <= rest"));
    assert_eq!(kernel.steps()[weaker].axioms(), &BTreeSet::from(["first".to_string()]));
    let chain = kernel.weaken(fits, next).unwrap();
    assert_eq!(kernel.steps()[chain].record().claim.as_deref(), Some("p <= delta"));
    for (first, second) in
        [(bound, equal), (bound, strict), (strict, next), (next, fits), (bound, bound), (fits, bound)]
    {
        refused("wrong-premises", kernel.weaken(first, second));
    }
    for (first, second) in [(bound, 99), (99, fits), (0, fits), (bound, 0)] {
        refused("unknown-premise", kernel.weaken(first, second));
    }
    refused("repeated-claim", kernel.weaken(bound, fits));
}

/// A definition that defines nothing, or defines again.
#[test]
fn definitions_define() {
    let theory = theory();
    let mut kernel = chosen(&theory);
    refused("wrong-definition", kernel.define("second"));
    kernel.define("first").unwrap();
    refused("redefinition", kernel.define("first"));
    refused("unknown-axiom", kernel.define("unused"));
}

/// An axiom of other variants or of finite distributions alone, and a distribution that is not the one that is named: the kernel
/// refuses them by itself, whatever the text lets a variant use.
#[test]
fn axioms_are_for_their_variants() {
    let started = |from: &str, to: &str| {
        assert!(TEXT.contains(from), "{from}");
        let theory = Theory::parse(&TEXT.replace(from, to)).unwrap();
        Kernel::new(&theory, "small", &plain(), None).map(|_| ())
    };
    let only = |words: &str| started("  proved here: one\n", &format!("  proved here: one\n  only {words}\n"));
    for fine in ["data=plain", "data=sphere|plain finite", "finite"] {
        only(fine).unwrap();
    }
    for wrong in ["data=sphere", "data=sphere finite", "form=a"] {
        refused("misused-axiom", only(wrong));
    }
    let continuous = TEXT.replace("law plain finite", "law plain continuous");
    let finite = continuous.replace("  proved here: one\n", "  proved here: one\n  only finite\n");
    Kernel::new(&Theory::parse(&continuous).unwrap(), "small", &plain(), None).map(|_| ()).unwrap();
    refused("misused-axiom", Kernel::new(&Theory::parse(&finite).unwrap(), "small", &plain(), None));
    for laws in ["first second looked-at both", "plain finite-support first second looked-at both", "finite-support"] {
        refused("misused-axiom", started("  use plain first second looked-at both\n", &format!("  use {laws}\n")));
    }
}

/// An event counted twice, a premise that is no probability, a sum that leaves one out.
#[test]
fn union() {
    let theory = theory();
    let mut kernel = chosen(&theory);
    kernel.define("first").unwrap();
    let first = kernel.axiom("first", &[]).unwrap();
    let second = kernel.axiom("second", &[]).unwrap();
    let comparison = kernel.inequality(claim("p <= delta")).unwrap();
    let weaker = kernel.weaken(first, comparison).unwrap();
    refused("repeated-event", kernel.union(&[first, first]));
    refused("repeated-event", kernel.union(&[first, weaker]));
    refused("wrong-premises", kernel.union(&[first, comparison]));
    refused("wrong-premises", kernel.union(&[]));
    refused("unknown-premise", kernel.union(&[first, 99]));
    refused("unknown-premise", kernel.union(&[0, first]));
    let both = kernel.union(&[weaker, second]).unwrap();
    assert_eq!(kernel.steps()[both].record().claim.as_deref(), Some("Pr[not hits or not norm] <= delta + rest"));
    assert_eq!(kernel.steps()[both].axioms(), &BTreeSet::from(["first".to_string(), "second".to_string()]));
    refused("repeated-event", kernel.union(&[both, first]));
    // A union of one is the claim itself, which is proved already.
    refused("repeated-claim", kernel.union(&[first]));
}

/// Counts that cannot be, events and obligations left out, renamed or in another order.
#[test]
fn trials_rule() {
    let theory = theory();
    let ready = || {
        let mut kernel = kernel(&theory);
        derive(&mut kernel).unwrap();
        kernel
    };
    let with = |change: fn(&mut TrialsRecord)| {
        let mut record = trials(500, 3);
        change(&mut record);
        ready().trials(&record)
    };
    let mut kernel = ready();
    let step = kernel.trials(&trials(500, 3)).unwrap();
    assert_eq!(
        kernel.steps()[step].record().claim.as_deref(),
        Some("failure_rate <= failure_upper + certification_error")
    );
    assert_eq!(kernel.steps()[step].axioms(), &BTreeSet::from(["trials-as-recorded".to_string()]));
    refused("redefinition", kernel.trials(&trials(500, 3)));
    // Cut and uncertified trials count as failures.
    let upper = |change: fn(&mut TrialsRecord)| {
        let (mut record, mut kernel) = (trials(500, 3), ready());
        change(&mut record);
        kernel.trials(&record).unwrap();
        kernel.symbol("failure_upper").unwrap().midpoint_f64()
    };
    assert_eq!(upper(|t| t.cut = 4), upper(|t| t.failures = 7));
    assert_eq!(upper(|t| t.uncertified = 4), upper(|t| t.failures = 7));
    assert_eq!(upper(|t| (t.failures, t.uncertified, t.cut) = (1, 2, 4)), upper(|t| t.failures = 7));
    assert!(upper(|_| ()) < upper(|t| t.cut = 4) && upper(|_| ()) < upper(|t| t.error = "0.001".into()));
    assert_eq!(upper(|t| t.failures = 500), 1.0);
    // Drift assumes hits: it is judged in every trial that has them, and in no other.
    with(|t| (t.events[0].failed, t.obligations[0].judged) = (500, 0)).unwrap();
    with(|t| (t.events[0].failed, t.obligations[0].judged) = (3, 497)).unwrap();
    with(|t| t.events[1].failed = 3).unwrap();
    for change in [
        (|t| t.count = 0) as fn(&mut TrialsRecord),
        |t| t.failures = 501,
        |t| t.cut = 498,
        |t| t.cut = u64::MAX,
        |t| t.uncertified = 498,
        |t| t.uncertified = u64::MAX,
        |t| (t.uncertified, t.cut) = (u64::MAX, 1),
        |t| (t.uncertified, t.cut) = (250, 250),
        |t| t.events[0].failed = 501,
        |t| t.events[0].judged = 499,
        |t| t.events[0].judged = 501,
        |t| t.obligations[0].judged = 501,
        |t| t.events[0].failed = 3,
        |t| (t.events[0].failed, t.obligations[0].judged) = (3, 498),
        |t| (t.cut, t.uncertified) = (u64::MAX, u64::MAX),
        |t| (t.obligations[0].judged, t.obligations[0].failed) = (2, 3),
        |t| t.error = "0".into(),
        |t| t.error = "1".into(),
        |t| t.error = "0.010".into(),
        |t| t.error = "0.0000001".into(),
        |t| t.error = "0.0000015".into(),
        |t| t.error = "1e-25".into(),
        |t| t.error = "1e-400".into(),
        |t| t.error = "2".into(),
        |t| t.error = String::new(),
    ] {
        refused("wrong-count", with(change));
    }
    for change in [
        (|t| t.events.clear()) as fn(&mut TrialsRecord),
        |t| t.events.reverse(),
        |t| t.events[1].name = "hits".into(),
        |t| t.events.push(t.events[0].clone()),
    ] {
        refused("missing-event", with(change));
    }
    for change in [(|t| t.obligations.clear()) as fn(&mut TrialsRecord), |t| t.obligations[0].name = "drifts".into()] {
        refused("missing-obligation", with(change));
    }
    refused("unknown-symbol", self::kernel(&theory).trials(&trials(500, 3)));
    // More than half a chance to be wrong is no evidence.
    let of = |error: &str| kernel.error_rate(&TrialsRecord { error: error.into(), ..trials(500, 3) });
    of("0.499999").unwrap();
    refused("error-rate", of("0.5"));
    refused("error-rate", of("0.999999"));
    // Whenever it is that a number which was measured is chosen with its error rate: what all of them are is told at the end.
    let text = TEXT.replace("choose share rest delta T", "choose share rest delta T evidence_error");
    let text =
        text.replace("run T a", "quantity evidence_error share \"the error rate of what was measured\"\nrun T a");
    let late = Theory::parse(&text).unwrap();
    for (rate, fits) in [("0.489999", true), ("0.49", false)] {
        let mut kernel = Kernel::new(&late, "small", &plain(), None).unwrap();
        derive(&mut kernel).unwrap();
        conclude(&mut kernel, &trials(500, 3)).unwrap();
        kernel.choose("evidence_error", rate).unwrap();
        let said = kernel.render(&trials(500, 3));
        assert_eq!(said.map(|_| ()).map_err(|r| r.check), if fits { Ok(()) } else { Err("error-rate") }, "{rate}");
    }
}

/// An event is bounded by its count exactly where the confidence sequence at its part of the error rate says so, and no event
/// but those the theorem lets be counted.
#[test]
fn counted() {
    let theory = theory();
    let ready = || {
        let mut kernel = Kernel::new(&theory, "counted", &plain(), None).unwrap();
        kernel.choose("share", "0.08").unwrap();
        kernel.choose("delta", "0.1").unwrap();
        kernel
    };
    let of = |count: u64, failed: u64| {
        let mut record = trials(count, 0);
        record.events[0].failed = failed;
        record
    };
    let listed = || claim("Pr[not hits] <= share");
    let mut kernel = ready();
    let step = kernel.counted(&of(500, 3), listed()).unwrap();
    assert_eq!(kernel.steps()[step].record().claim.as_deref(), Some("Pr[not hits] <= share"));
    assert_eq!(kernel.steps()[step].axioms(), &BTreeSet::from(["trials-as-recorded".to_string()]));
    refused("repeated-claim", kernel.counted(&of(500, 3), listed()));
    // That an event happens is not what its failures bound, even in a text that says so.
    let text = TEXT
        .replace("  counted Pr[not hits] <= share\n", "  counted Pr[not hits] <= share\n  counted Pr[hits] <= share\n");
    let theirs = Theory::parse(&text).unwrap();
    let mut kernel = Kernel::new(&theirs, "counted", &plain(), None).unwrap();
    kernel.choose("share", "0.08").unwrap();
    refused("not-counted", kernel.counted(&of(500, 3), claim("Pr[hits] <= share")));
    for other in
        ["Pr[not norm] <= share", "Pr[not hits] <= delta", "Pr[hits] <= share", "Pr[not hits(T)] <= share", "0 < 1"]
    {
        refused("not-counted", ready().counted(&of(500, 3), claim(other)));
    }
    let mut missing = of(500, 3);
    missing.events.remove(0);
    refused("not-counted", ready().counted(&missing, listed()));
    // Two events share half of the error rate: a quarter of it each.
    let error = Interval::from_f64(0.01).unwrap().div(&Interval::from_integer(4)).unwrap();
    let share = Interval::from_rational(&RBig::from_parts(8.into(), 100_u8.into()));
    for count in [80_u64, 120, 200, 500] {
        for failed in 0..30_u64.min(count) {
            let sequence = RateSequence::new(failed, count, special::mixture(&share), &error).unwrap();
            let bounded = ready().counted(&of(count, failed), listed());
            if sequence.upper().unwrap() <= 80_000_000 {
                bounded.unwrap();
            } else {
                refused("false-inequality", bounded);
            }
        }
    }
}

/// A verdict the evidence does not give, in each direction.
#[test]
fn verdict() {
    let theory = theory();
    let given = |change: &dyn Fn(&mut TrialsRecord)| {
        let (mut record, mut kernel) = (trials(500, 3), kernel(&theory));
        change(&mut record);
        derive(&mut kernel).unwrap();
        conclude(&mut kernel, &record).unwrap();
        assert_eq!(
            kernel.find(CORROBORATION).is_some(),
            kernel.find("failure_upper + certification_error <= delta").is_some()
        );
        kernel.verdict(&record).unwrap()
    };
    assert_eq!(given(&|_| ()), "corroborated");
    assert_eq!(given(&|t| t.failures = 45), "inconclusive");
    assert_eq!(given(&|t| t.failures = 100), "refuted");
    // Cut trials are failures against corroboration and successes against refutation.
    assert_eq!(given(&|t| t.cut = 100), "inconclusive");
    // So are trials without a certificate, all of them.
    assert_eq!(given(&|t| t.uncertified = 100), "inconclusive");
    assert_eq!(given(&|t| (t.failures, t.uncertified) = (0, 500)), "inconclusive");
    assert_eq!(given(&|t| t.obligations[0].failed = 1), "refuted");
    assert_eq!(given(&|t| t.uncertified = 100), "inconclusive");
    // What no trial judged corroborates nothing; one trial will do.
    assert_eq!(given(&|t| t.obligations[0].judged = 0), "inconclusive");
    assert_eq!(given(&|t| t.obligations[0].judged = 1), "corroborated");
    assert_eq!(given(&|t| (t.obligations[0].judged, t.failures) = (0, 100)), "refuted");
    // A bound that is weakened does not take the place of the one that was proved, whichever step comes last.
    let weakened = |weaken: bool| {
        let (mut record, mut kernel) = (trials(500, 0), kernel(&theory));
        (record.events[0].failed, record.obligations[0].judged) = (100, 400);
        derive(&mut kernel).unwrap();
        if weaken {
            let loose = kernel.inequality(claim("p <= 0.9")).unwrap();
            kernel.weaken(kernel.find("Pr[not hits] <= p").unwrap(), loose).unwrap();
        }
        conclude(&mut kernel, &record).unwrap();
        kernel.verdict(&record).unwrap()
    };
    assert_eq!([weakened(false), weakened(true)], ["refuted"; 2]);
    // The share of hits is p = 0.05: 26 failures in 500 are no surprise, 60 are.
    let without_hits = |failed: u64| {
        move |t: &mut TrialsRecord| (t.events[0].failed, t.obligations[0].judged) = (failed, 500 - failed)
    };
    assert_eq!(given(&without_hits(26)), "corroborated");
    assert_eq!(given(&without_hits(60)), "refuted");
    // Certified failures are wrong as often as their certificates, a hundredth of delta, which they must exceed too.
    let of_many = |failures: u64| {
        move |t: &mut TrialsRecord| {
            (t.count, t.failures) = (100_000, failures);
            t.events.iter_mut().chain(&mut t.obligations).for_each(|c| c.judged = 100_000);
        }
    };
    let error = Interval::from_rational(&RBig::from_parts(5.into(), 1000_u16.into()));
    let lower = |failures| RateSequence::new(failures, 100_000, 1, &error).unwrap().lower().unwrap();
    let beyond = |rate: u64| (10_000..12_000).find(|k| lower(*k) > rate).unwrap();
    let (delta, both) = (beyond(100_000_000), beyond(101_000_000));
    assert!(delta + 50 < both);
    assert_eq!(given(&of_many(both - 1)), "inconclusive");
    assert_eq!(given(&of_many(both)), "refuted");
    // An obligation that nothing judged corroborates nothing.
    let unjudged = |t: &mut TrialsRecord| {
        (t.count, t.failures) = (1, 0);
        t.events.iter_mut().for_each(|e| (e.judged, e.failed) = (1, 1));
        t.obligations[0].judged = 0;
    };
    assert_eq!(given(&unjudged), "inconclusive");
    // Nothing spends a share of δ on an event.
    let mut kernel = chosen(&theory);
    refused("missing-premise", kernel.verdict(&trials(500, 3)));
    kernel.define("first").unwrap();
    kernel.axiom("first", &[]).unwrap();
    refused("missing-premise", kernel.verdict(&trials(500, 3)));
    kernel.axiom("second", &[]).unwrap();
    // What corroborates may not be left unproved where it holds.
    refused("unknown-symbol", kernel.verdict(&trials(500, 3)));
    let (mut short, record) = (self::kernel(&theory), trials(500, 3));
    derive(&mut short).unwrap();
    short.trials(&record).unwrap();
    refused("missing-premise", short.verdict(&record));
}

/// A trial is counted as failed where it failed or its certificate errs: failures refute exactly where their lower bound is
/// above δ and the certification error together.
#[test]
fn failures_are_charged_for_their_certificates() {
    let theory = theory();
    // δ = 0.1, certification_error = δ/100.
    let error = Interval::from_f64(0.01).unwrap().div(&Interval::from_integer(2)).unwrap();
    let mut seen = [0; 3];
    for failures in 1000..1200 {
        let (record, mut kernel) = (trials(10_000, failures), kernel(&theory));
        derive(&mut kernel).unwrap();
        conclude(&mut kernel, &record).unwrap();
        let lower = RateSequence::new(failures, 10_000, 1, &error).unwrap().lower().unwrap();
        assert_eq!(kernel.verdict(&record).unwrap() == "refuted", lower > 101_000_000, "{failures}: {lower}");
        seen[usize::from(lower > 100_000_000) + usize::from(lower > 101_000_000)] += 1;
    }
    assert!(seen.iter().all(|n| *n > 3), "{seen:?} does not test the charge");
}

/// Symbols are known by their definition, so that a certificate's values are the kernel's own.
#[test]
fn definitions_are_recorded_with_their_enclosure() {
    let theory = theory();
    let mut kernel = kernel(&theory);
    derive(&mut kernel).unwrap();
    let recorded: Vec<_> = kernel.definitions().map(|(axiom, d)| (axiom, d.name.as_str(), d.is.as_str())).collect();
    assert_eq!(recorded[0], (None, "share", "0.1"));
    assert_eq!(recorded[4], (Some("first"), "p", "share/2"));
    assert_eq!(kernel.exact("p"), numeral("0.05"));
    // All of them are short decimals, and stand as what they are.
    for (_, record) in kernel.definitions() {
        assert_eq!(numeral(&record.value[0]), Term::parse(&record.is).unwrap().exact(&kernel), "{record:?}");
        assert_eq!(record.value[0], record.value[1]);
    }
}
