//! Certificates made once, in process, and shared by the tests; and the tools of a clever forger.

use provably::certificate::checker::{self, Verified};
use provably::certificate::claim::Claim;
use provably::certificate::document::{Certificate, DefinitionRecord, StepRecord, TrialsRecord};
use provably::certificate::proof::Kernel;
use provably::certificate::refusal::Refusal;
use provably::certificate::support::FiniteSupport;
use provably::certificate::theory::Theory;
use provably::check::{CheckOptions, ReplayError, check, replay};
use provably::parameters::{DataRequest, Form, Gradients, Level, Request};
use provably::theorems;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// A certificate of linear-data; loose ε and δ keep the trials few.
pub(crate) fn make(
    (form, gradients): (Form, Gradients),
    parameters: &[(&str, &str)],
    data: Option<DataRequest>,
    seed: u64,
) -> Certificate {
    let loose = [("epsilon", "0.3"), ("delta", "0.3")];
    let parameters = loose.iter().chain(parameters).map(|&(k, v)| (k.into(), v.into())).collect();
    let request =
        Request { parameters, data, form: Some(form), gradients: Some(gradients), seed, ..Request::default() };
    let instance = theorems::find("linear-data").unwrap().instantiate(&request, Level::Explicit).unwrap();
    let options = CheckOptions { trials: 200, ..CheckOptions::default() };
    let report = check(instance, &options, &AtomicBool::new(false)).unwrap();
    report.certificate.unwrap_or_else(|| panic!("no certificate: {}", report.reason))
}

/// A certificate of main at the posterior level, whose premise the trials count.
fn posterior() -> Certificate {
    let parameters =
        [("distribution", "uniform-hypercube"), ("d", "2"), ("m", "8"), ("epsilon", "0.3"), ("delta", "0.3")];
    let pilot = [("pilots", "8"), ("draws", "100")];
    let parameters = parameters.iter().chain(&pilot).map(|&(k, v)| (k.into(), v.into())).collect();
    let request = Request { parameters, seed: 1, ..Request::default() };
    let instance = theorems::find("main").unwrap().instantiate(&request, Level::Posterior).unwrap();
    let options = CheckOptions { trials: 400, ..CheckOptions::default() };
    let report = check(instance, &options, &AtomicBool::new(false)).unwrap();
    report.certificate.unwrap_or_else(|| panic!("no certificate: {}", report.reason))
}

/// Two iris species, which a margin separates.
pub(crate) fn iris() -> Option<DataRequest> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/iris.csv");
    Some(rows_of(path.into()))
}

fn rows_of(path: std::path::PathBuf) -> DataRequest {
    DataRequest { path, label: "species".into(), positive: "setosa".into(), negative: "versicolor".into(), raw: false }
}

/// Twelve rows in the plane, of which one lies inside the margin.
fn noisy() -> DataRequest {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    let mut text = String::from("a,b,species\n");
    for i in 0..6 {
        let (near, side) = (if i == 5 { 0.9 } else { 1.0 }, f64::from(i) / 8.0 - 0.3);
        text += &format!("{near},{side},setosa\n-1,{side},versicolor\n");
    }
    std::fs::write(file.path(), text).unwrap();
    let (_, path) = file.keep().unwrap();
    rows_of(path)
}

/// Certificates of every form, kind of gradients, kind of data and kind of evaluation, made once.
pub(crate) fn all() -> &'static [(&'static str, Certificate)] {
    static ALL: OnceLock<Vec<(&'static str, Certificate)>> = OnceLock::new();
    let small = [("d", "2")];
    let ball = [("distribution", "margin-ball"), ("d", "3")];
    ALL.get_or_init(|| {
        let noisy = noisy();
        let c2 = make((Form::C, Gradients::ClosedFirst), &[("margin", "0.95")], Some(noisy.clone()), 1);
        std::fs::remove_file(noisy.path).unwrap();
        vec![
            ("form a", make((Form::A, Gradients::Population), &small, None, 1)),
            ("form b", make((Form::B, Gradients::Fresh), &small, None, 1)),
            ("form c1", make((Form::C, Gradients::Fresh), &small, None, 1)),
            ("form c2", c2),
            ("sampled", make((Form::C, Gradients::ClosedFirst), &ball, None, 1)),
            ("iris", make((Form::C, Gradients::Fresh), &[], iris(), 1)),
            ("posterior", posterior()),
        ]
    })
}

/// The certificate of that name.
pub(crate) fn certificate(name: &str) -> &'static Certificate {
    &all().iter().find(|(n, _)| *n == name).unwrap().1
}

/// Reads and checks a certificate's text, with nothing permitted.
pub(crate) fn check_text(text: &str) -> Result<Verified, Refusal> {
    checker::check(&checker::read(text)?, theorems::theory().unwrap(), &[])
}

/// Checks a certificate as it would stand in a file.
pub(crate) fn check_certificate(certificate: &Certificate) -> Result<Verified, Refusal> {
    check_text(&serde_json::to_string(certificate).unwrap())
}

/// Runs the recorded trials again.
pub(crate) fn replayed(certificate: &Certificate) -> Result<(), ReplayError> {
    replay(certificate, theorems::find(&certificate.theorem).unwrap(), &AtomicBool::new(false))
}

/// Repeats the steps of a certificate in a kernel of its own, as far as they go.
pub(crate) fn rebuild(certificate: &Certificate) -> Option<Kernel<'static>> {
    rebuilt(theorems::theory().unwrap(), certificate)
}

/// The same under another theory.
pub(crate) fn rebuilt<'t>(theory: &'t Theory, certificate: &Certificate) -> Option<Kernel<'t>> {
    let support = certificate.support.as_ref();
    let rows = support.map(|s| FiniteSupport::new(&s.points, &s.labels)).transpose().ok()?;
    let mut kernel = Kernel::new(theory, &certificate.theorem, &certificate.variant, rows).ok()?;
    for step in &certificate.steps {
        if apply(&mut kernel, step, &certificate.trials).is_none() {
            break;
        }
    }
    Some(kernel)
}

fn apply(kernel: &mut Kernel<'_>, step: &StepRecord, trials: &TrialsRecord) -> Option<usize> {
    let axiom = step.axiom.as_deref();
    match step.rule.as_str() {
        "choice" => kernel.choose(&step.defines.first()?.name, &step.defines.first()?.is),
        "definition" => kernel.define(axiom?),
        "axiom" => kernel.axiom(axiom?, &step.from),
        "inequality" => kernel.inequality(Claim::parse(step.claim.as_deref()?).ok()?),
        "weaken" => kernel.weaken(*step.from.first()?, *step.from.get(1)?),
        "union" => kernel.union(&step.from),
        "counted" => kernel.counted(trials, Claim::parse(step.claim.as_deref()?).ok()?),
        "trials" => kernel.trials(trials),
        _ => return None,
    }
    .ok()
}

/// The statement, verdict and axioms that belong to the steps, as far as the kernel follows them.
pub(crate) fn with_texts(certificate: &Certificate) -> Certificate {
    let mut sealed = certificate.clone();
    if let Some(kernel) = rebuild(certificate) {
        seal(&mut sealed, &kernel);
    }
    sealed
}

fn seal(sealed: &mut Certificate, kernel: &Kernel<'_>) {
    sealed.statement = kernel.render(&sealed.trials).unwrap_or_default();
    sealed.axioms = checker::axioms(kernel).into_iter().collect();
    if let Ok(verdict) = kernel.verdict(&sealed.trials) {
        sealed.verdict = verdict.into();
    }
}

/// Everything that is derived put right, as far as the kernel follows: the sums over the rows, every value, claim and need of
/// every step, the statement, the verdict and the axioms.
pub(crate) fn resealed(certificate: &Certificate) -> Certificate {
    sealed_as(theorems::theory().unwrap(), certificate, &[])
}

/// The same under another theory, without what the forger would have refused by one of these names.
pub(crate) fn sealed_as(theory: &Theory, certificate: &Certificate, keep: &[&str]) -> Certificate {
    let mut sealed = certificate.clone();
    let Some(kernel) = rebuilt(theory, certificate) else { return sealed };
    if let (Some(record), Some(rows)) = (&mut sealed.support, kernel.support())
        && !keep.contains(&"wrong-sums")
    {
        record.label_weighted_sums = rows.label_weighted_sums();
    }
    if !keep.contains(&"wrong-step") {
        for (recorded, derived) in sealed.steps.iter_mut().zip(kernel.steps()) {
            recorded.clone_from(derived.record());
        }
    }
    seal(&mut sealed, &kernel);
    for (name, field) in [("wrong-statement", 0), ("wrong-verdict", 1), ("wrong-axioms", 2)] {
        if keep.contains(&name) {
            match field {
                0 => sealed.statement.clone_from(&certificate.statement),
                1 => sealed.verdict.clone_from(&certificate.verdict),
                _ => sealed.axioms.clone_from(&certificate.axioms),
            }
        }
    }
    sealed
}

/// Number of the step that proves a claim.
pub(crate) fn proof_of(certificate: &Certificate, claim: &str) -> usize {
    certificate.steps.iter().position(|s| s.claim.as_deref() == Some(claim)).unwrap_or_else(|| panic!("no `{claim}`"))
}

/// Number of the step that applies a rule to an axiom.
pub(crate) fn step_of(certificate: &Certificate, rule: &str, axiom: &str) -> usize {
    certificate.steps.iter().position(|s| s.rule == rule && s.axiom.as_deref() == Some(axiom)).unwrap()
}

/// The choice of a symbol.
pub(crate) fn choice<'c>(certificate: &'c mut Certificate, symbol: &str) -> &'c mut DefinitionRecord {
    let defines = certificate.steps.iter_mut().filter(|s| s.rule == "choice").flat_map(|s| &mut s.defines);
    defines.into_iter().find(|d| d.name == symbol).unwrap()
}

/// Puts a step before another; later premises keep their steps.
pub(crate) fn insert(certificate: &mut Certificate, at: usize, step: StepRecord) {
    certificate.steps.iter_mut().flat_map(|s| &mut s.from).filter(|f| **f >= at).for_each(|f| *f += 1);
    certificate.steps.insert(at, step);
}

/// Takes a step out; later premises keep their steps.
pub(crate) fn remove(certificate: &mut Certificate, at: usize) -> StepRecord {
    certificate.steps.iter_mut().flat_map(|s| &mut s.from).filter(|f| **f > at).for_each(|f| *f -= 1);
    certificate.steps.remove(at)
}

/// An inequality's step.
pub(crate) fn inequality(claim: &str) -> StepRecord {
    StepRecord { rule: "inequality".into(), claim: Some(claim.into()), ..StepRecord::default() }
}
