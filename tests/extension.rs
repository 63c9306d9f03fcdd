//! A theorem of another crate, brought from outside: the perceptron of examples/own-theorem, its text beside this crate's theory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]
#![allow(missing_docs, unreachable_pub, dead_code, reason = "the example is a crate of its own")]

#[path = "../examples/own-theorem/src/lib.rs"]
mod own_theorem;

use assert_cmd::Command;
use own_theorem::REGISTRY;
use provably::certificate::checker::{self, Verified};
use provably::certificate::document::Certificate;
use provably::certificate::refusal::Checked;
use provably::certificate::theory::Theory;
use provably::check::{CheckError, CheckOptions, check, replay};
use provably::distributions::{GaussianMixture, StructuredParity, UniformHypercube, UniformParity};
use provably::prelude::*;
use provably::theorems;
use provably::wellformed;

const TEXT: &str = include_str!("../examples/own-theorem/theory.txt");
/// What of it a stranger permits: its axioms, and the theorem, which puts them together with this crate's.
const OWN: [&str; 3] = ["longest-survivor", "mistake-bound", "perceptron"];

fn instance(parameters: &[(&str, &str)]) -> Instance {
    let parameters = parameters.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let request = Request { parameters, ..Request::default() };
    REGISTRY.find("perceptron").unwrap().instantiate(&request, Level::Explicit).unwrap_or_else(|e| panic!("{e}"))
}

fn certificate() -> Certificate {
    let never = AtomicBool::new(false);
    let report = check(instance(&[]), &CheckOptions::default(), &never).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    report.certificate.unwrap()
}

/// The answer of a stranger, who has this crate's theory and these texts.
fn stranger(certificate: &Certificate, texts: &[&str], permit: &[&str]) -> Checked<Verified> {
    let mut theory = theorems::theory().unwrap().clone();
    for text in texts {
        theory = wellformed::extend(&theory, text, true)?;
    }
    checker::check(certificate, &theory, &permit.map_to_strings())
}

/// Names as the checker takes them.
trait Names {
    fn map_to_strings(&self) -> Vec<String>;
}

impl Names for [&str] {
    fn map_to_strings(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn a_theorem_from_outside_is_one_among_the_others() {
    assert_eq!(REGISTRY.iter().count(), theorems::REGISTRY.iter().count() + 1);
    assert!(REGISTRY.find("parity").is_some() && theorems::find("perceptron").is_none());
    // K = d at margin 1, L = ceil(ln(110)/0.1) = 48 by hand.
    let of = instance(&[]);
    let size = |symbol| of.derivation.number(symbol) as u64;
    assert_eq!((size("K"), size("survivals"), size("T")), (10, 48, 528));
    assert_eq!((&of.bounds.width, of.bounds.steps.exact()), (&Size::Absent, Some(528)));
    let certificate = certificate();
    let theory = REGISTRY.theory().unwrap();
    assert_eq!(certificate.theories, theory.extensions, "its text is named by its digest");
    checker::check(&certificate, theory, &[]).unwrap();
    replay(&certificate, REGISTRY.find("perceptron").unwrap(), &AtomicBool::new(false)).unwrap();
}

#[test]
fn a_stranger_permits_foreign_axioms_by_name() {
    let certificate = certificate();
    let refused = |texts: &[&str], permit: &[&str]| stranger(&certificate, texts, permit).unwrap_err().check;
    assert_eq!(refused(&[], &OWN), "unknown-theorem");
    assert_eq!(refused(&[TEXT], &[]), "axiom-not-permitted");
    for one in OWN {
        let others: Vec<&str> = OWN.into_iter().filter(|name| *name != one).collect();
        assert_eq!(refused(&[TEXT], &others), "axiom-not-permitted", "without {one}");
    }
    stranger(&certificate, &[TEXT], &OWN).unwrap();
    // Another text, be it but for a comment, is not the one it rests on.
    assert_eq!(refused(&[&format!("{TEXT}# changed\n")], &OWN), "wrong-theories");
    let mut unnamed = certificate.clone();
    unnamed.theories.clear();
    assert_eq!(stranger(&unnamed, &[TEXT], &OWN).unwrap_err().check, "wrong-theories");
    // A text is named with those that it builds on.
    let below = "theory below\n\nquantity deep share \"a share\"\n";
    assert_eq!(refused(&[below, TEXT], &OWN), "wrong-theories");
    // A certificate of this crate's theorems names no text, whoever else's is read.
    let mut named = certificate;
    named.theories.insert("other".into(), "0".repeat(64));
    assert_eq!(stranger(&named, &[TEXT], &OWN).unwrap_err().check, "wrong-theories");
}

#[test]
fn the_command_line_takes_a_foreign_text() {
    let folder = tempfile::tempdir().unwrap();
    let (file, text) = (folder.path().join("certificate.json"), folder.path().join("theory.txt"));
    std::fs::write(&file, serde_json::to_string(&certificate()).unwrap()).unwrap();
    std::fs::write(&text, TEXT).unwrap();
    let run = |options: &[&str]| {
        let mut command = Command::cargo_bin("provably").unwrap();
        let output = command.arg("verify").arg(&file).args(options).output().unwrap();
        let words = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), words)
    };
    let text = text.to_str().unwrap();
    let own: Vec<&str> = OWN.iter().flat_map(|name| ["--permit", name]).collect();
    assert_eq!(run(&[]).0, 1);
    let (code, words) = run(&["--theory", text]);
    assert!(code == 1 && words.contains("axiom-not-permitted"), "{words}");
    let (code, words) = run(&[&["--theory", text][..], &own].concat());
    assert!(code == 0 && words.contains("of a foreign theory: longest-survivor, mistake-bound"), "{words}");
    let (code, words) = run(&[&["--replay", "--theory", text][..], &own].concat());
    assert!(code == 2 && words.contains("known by its text alone"), "{words}");
    let (code, words) = run(&["--theory", text, "--theory", text]);
    assert!(code == 2 && words.contains("duplicate"), "{words}");
}

#[test]
fn an_extension_redefines_nothing() {
    let base = theorems::theory().unwrap();
    let refused = |text: &str| wellformed::extend(base, text, false).unwrap_err().to_string();
    for (text, why) in [
        ("theory mine\n\naxiom mistakes-counted\n  proved here: again", "duplicate: axiom `mistakes-counted`"),
        ("theory mine\n\ntheorem parity", "duplicate: `parity`"),
        ("theory mine\n\nquantity d whole \"another\"", "duplicate"),
        ("theory mine\n\nevent hits \"another\"", "duplicate: event `hits`"),
        ("theory mine\n\nobligation drift \"another\"", "duplicate: obligation `drift`"),
        ("theory parity", "duplicate: a theory or chapter `parity`"),
        // Chapters without an axiom are chapters too.
        ("theory main", "duplicate: a theory or chapter `main`"),
        ("theory blocks", "duplicate: a theory or chapter `blocks`"),
        // What the rules read by name, and what axioms define.
        ("theory mine\n\naxiom trials-as-recorded\n  proved here: x", "duplicate: axiom `trials-as-recorded`"),
        ("theory mine\n\naxiom evidence-as-recorded\n  proved here: x", "duplicate: axiom `evidence-as-recorded`"),
        ("theory mine\n\nquantity minority share \"another\"", "duplicate: `minority` is defined before"),
        ("theory mine\n\nquantity K_0 real \"another\"", "duplicate: `K_0` is defined before"),
        // What every statement prints is not another's to say.
        ("theory mine\n\nrun D_v", "unknown or out of place"),
        ("theory mine\r", "is no name"),
        ("theory mine\n\nobligation idle \"of no theorem\"", "no theorem has the obligation `idle`"),
        ("theory mine\n\naxiom new\n  proved here: two  blanks", "single blanks"),
        ("theory mine\n\naxiom new\n  proved : x", "expected `PLACE: WORDS`"),
        ("", "expected `theory NAME` first"),
        ("# nothing\n", "expected `theory NAME` first"),
        ("chapter mine", "expected `theory NAME` first"),
        ("theory mine\n\ntheory yours", "unknown or out of place"),
        ("theory mine\n\nchapter yours", "unknown or out of place"),
    ] {
        let found = refused(text);
        assert!(found.contains(why), "{text}: {found}");
    }
    assert!(Theory::parse("theory mine").is_err(), "the first text extends nothing");
}

/// A theorem that puts this crate's axioms together as nobody has proved them to go together.
const EVIL: &str = "theory evil

theorem evil
  variant level=explicit gradients=closed-first comparator=margin hits=windows tail=counted data=uniform-parity evaluation=exact
  choose epsilon delta d k m kappa q delta_H t delta_u S_g delta_g n T M drift_share alpha_l1 H_1 Phi_1 delta_Z
  use uniform-parity hypercube-support bounded-inputs evaluated-exactly hit-count initial-norms all-outer-squares
  use margin-of-hits posterior-comparator mistakes-counted theorem-c-closed
  state Pr[not error_reached] <= delta
";

/// Its trials are invented too: each says that it has reached the goal.
struct Invented(Arc<dyn Distribution>);

impl Experiment for Invented {
    fn seed(&self) -> u64 {
        1
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.0
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        Ok(TrialOutcome::of(trial, Some(1), 0.0, cut))
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        Arc::new(Self(self.0.clone()))
    }
    fn with(&self, _: Quantity, _: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        Err(Fixed("there is nothing to vary"))
    }
}

/// Four neurons learn a parity of two of 16 bits in one step: every need holds, every axiom is this crate's, and the certificate is coherent. It is
/// the theorem that needs permission.
#[test]
fn a_foreign_theorem_on_this_crates_axioms_needs_permission() {
    let read = |foreign| wellformed::extend(theorems::theory().unwrap(), EVIL, foreign).unwrap();
    let (own, foreign): (&'static Theory, _) = (Box::leak(Box::new(read(false))), read(true));
    let tags = "level=explicit gradients=closed-first comparator=margin hits=windows tail=counted data=uniform-parity evaluation=exact";
    let tags: Vec<(&str, &str)> = tags.split(' ').filter_map(|tag| tag.split_once('=')).collect();
    let mut proof = Derivation::new(own, "evil", &tags, None).unwrap();
    let numbers = [
        ("epsilon", 0.01),
        ("delta", 0.1),
        ("d", 16.0),
        ("k", 2.0),
        ("m", 1.0),
        ("kappa", 1.0),
        ("q", 0.999_999),
        ("t", 10.0),
        ("S_g", 40.0),
        ("n", 1000.0),
        ("T", 1.0),
        ("M", 2.0),
        ("drift_share", 1.0),
        ("alpha_l1", 1.0),
        ("H_1", 1.0),
        ("Phi_1", 0.0001),
    ];
    let shares = ["delta_H", "delta_u", "delta_g", "delta_Z"].map(|share| (share, 0.01));
    for (symbol, value) in numbers.into_iter().chain(shares) {
        proof.choose(symbol, value).unwrap();
    }
    let definitions = ["uniform-parity", "hypercube-support", "bounded-inputs", "evaluated-exactly"];
    proof.apply_all(&definitions).unwrap();
    let bounds = ["hit-count", "initial-norms", "all-outer-squares"];
    let mut events: Vec<Option<usize>> = bounds.iter().map(|axiom| proof.apply(axiom).unwrap()).collect();
    proof.apply_all(&["margin-of-hits", "posterior-comparator"]).unwrap();
    events.push(proof.apply("mistakes-counted").unwrap());
    proof.unite(&events).unwrap();
    let root = proof.apply("theorem-c-closed").unwrap();
    assert!(proof.applies() && root.is_some(), "{:?}", proof.conditions());
    let law = Arc::new(UniformParity::new(16, 2).unwrap());
    let instance = Instance::explicit(proof, root, Arc::new(Invented(law)), "nonsense").unwrap();
    let report = check(instance, &CheckOptions::default(), &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e}"));
    let certificate = report.certificate.unwrap();
    // Coherent in the program of whoever has made the text his own; a stranger is asked.
    checker::check(&certificate, own, &[]).unwrap();
    assert_eq!(checker::check(&certificate, &foreign, &[]).unwrap_err().check, "axiom-not-permitted");
    checker::check(&certificate, &foreign, &["evil".into()]).unwrap();
    assert_eq!(foreign.to_permit("parity", &[]).count(), 0, "this crate's theorems need none");
}

/// An experiment whose trials draw from another law.
struct Swapped {
    of: Arc<dyn Experiment>,
    law: Arc<dyn Distribution>,
}

impl Experiment for Swapped {
    fn seed(&self) -> u64 {
        self.of.seed()
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.law
    }
    fn run(&self, trial: u64, cut: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        self.of.run(trial, cut)
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        self.of.claim()
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        self.of.with(quantity, value)
    }
}

#[test]
fn trials_of_another_law_are_refused() {
    let laws: [(&str, Arc<dyn Distribution>); 5] = [
        ("uniform-parity", Arc::new(UniformParity::new(10, 2).unwrap())),
        ("structured-parity", Arc::new(StructuredParity::new(9, 1, 3, 0.25, 0.1).unwrap())),
        ("gaussian-xor", Arc::new(GaussianMixture::xor(10, 12.0, 1.0).unwrap())),
        ("two-gaussians", Arc::new(GaussianMixture::two(10, 12.0, 1.0).unwrap())),
        ("d = 10", Arc::new(UniformHypercube::new(9).unwrap())),
    ];
    for (why, law) in laws {
        let mut other = instance(&[]);
        other.experiment = other.experiment.map(|of| Arc::new(Swapped { of, law }) as Arc<dyn Experiment>);
        match check(other, &CheckOptions::default(), &AtomicBool::new(false)) {
            Err(error @ CheckError::OtherLaw { .. }) => assert!(error.to_string().contains(why), "{error}"),
            other => panic!("{why}: {:?}", other.map(|report| report.verdict)),
        }
    }
}
