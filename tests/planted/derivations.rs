//! Falsehoods in a derivation: the kernel refuses them by name, and accepts the twin.

use super::{Outcome, instance, request};
use provably::certificate::checker;
use provably::certificate::claim::Claim;
use provably::certificate::document::{Certificate, StepRecord};
use provably::certificate::proof::Kernel;
use provably::certificate::refusal::Refusal;
use provably::certificate::theory::Theory;
use provably::check::{CheckOptions, check};
use provably::parameters::{Form, Gradients};
use provably::registry::Instance;
use provably::theorems::{THEORY, theory};
use std::sync::atomic::AtomicBool;

/// A certificate of one trial, which the kernel accepts.
fn honest(form: Form, gradients: Gradients) -> Outcome<Certificate> {
    honest_of(instance(&request(form, gradients, &[]))?)
}

pub(super) fn honest_of(instance: Instance) -> Outcome<Certificate> {
    let options = CheckOptions { trials: 1, ..CheckOptions::default() };
    let report = check(instance, &options, &AtomicBool::new(false))?;
    let certificate = report.certificate.ok_or("no certificate")?;
    checker::check(&certificate, theory()?, &[])?;
    Ok(certificate)
}

fn repeat(kernel: &mut Kernel<'_>, certificate: &Certificate, step: &StepRecord) -> Result<usize, Refusal> {
    let (axiom, claim) = (step.axiom.as_deref().unwrap_or_default(), step.claim.as_deref().unwrap_or_default());
    match step.rule.as_str() {
        "choice" => step.defines.iter().map(|d| kernel.choose(&d.name, &d.is)).sum(),
        "definition" => kernel.define(axiom),
        "axiom" => kernel.axiom(axiom, &step.from),
        "inequality" => kernel.inequality(Claim::parse(claim)?),
        "weaken" => kernel.weaken(step.from[0], step.from[1]),
        "union" => kernel.union(&step.from),
        _ => kernel.trials(&certificate.trials),
    }
}

/// The same steps taken by the kernel's own rules under another theory: a certificate without a flaw of its own.
fn forged(honest: &Certificate, theory: &Theory) -> Result<Certificate, Refusal> {
    let mut kernel = Kernel::new(theory, &honest.theorem, &honest.variant, None)?;
    for step in &honest.steps {
        repeat(&mut kernel, honest, step)?;
    }
    Ok(Certificate {
        statement: kernel.render(&honest.trials).unwrap(),
        verdict: kernel.verdict(&honest.trials)?.into(),
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        axioms: checker::axioms(&kernel).into_iter().collect(),
        ..honest.clone()
    })
}

/// Replaces one line of the theory.
fn other_theory(line: &str, by: &str) -> Outcome<Theory> {
    assert_eq!(THEORY.matches(line).count(), 1, "`{line}` must stand in the theory once");
    Ok(provably::wellformed::parse(&THEORY.replace(line, by))?)
}

pub(super) fn check_name(result: Result<impl Sized, Refusal>) -> &'static str {
    result.err().map_or("accepted", |refusal| refusal.check)
}

/// A certificate that is valid under a theory with one line changed must be refused under the real one.
pub(super) fn false_constant(certificate: &Certificate, line: &str, by: &str) -> Outcome<()> {
    let theirs = other_theory(line, by)?;
    let forgery = forged(certificate, &theirs)?;
    assert_eq!(check_name(checker::check(&forgery, &theirs, &[])), "accepted", "{by}");
    assert_eq!(check_name(checker::check(&forgery, theory()?, &[])), "wrong-step", "{by}");
    Ok(())
}

#[test]
fn constants_of_another_theory() -> Outcome<()> {
    let a = honest(Form::A, Gradients::Population)?;
    let gamma = "let Gamma = Gamma_1 + sqrt(N)*epsilon_3/alpha_l1";
    false_constant(&a, gamma, "let Gamma = Gamma_1/2 + sqrt(N)*epsilon_3/alpha_l1")?;
    false_constant(&a, "let eta_alpha = epsilon_2/Gamma^2", "let eta_alpha = 2*epsilon_2/Gamma^2")?;
    let steps = "let T = floor(Phi_1*Gamma^2/epsilon_2^2) + 1";
    false_constant(&a, steps, "let T = floor(Phi_1*Gamma^2/epsilon_2^2/10) + 1")?;
    false_constant(&a, "let q = 2*p*(Phi(1 + rho) - Phi(1 - rho))", "let q = 20*p*(Phi(1 + rho) - Phi(1 - rho))")?;
    let c = honest(Form::C, Gradients::Fresh)?;
    let next = "  let Phi_1 = (M*scale*alpha_l2 + alpha_1)^2";
    let scale = |is: &str| format!("let scale = {is}/margin_1\n{next}");
    false_constant(&c, &scale("(1 + drift_share)"), &scale("1"))?;
    let first = "let epsilon_G = sqrt(B_x2/n_1) + B_x*sqrt(2*ln(1/delta_G)/n_1)";
    false_constant(&c, first, "let epsilon_G = sqrt(B_x2/n_1)/10 + B_x*sqrt(2*ln(1/delta_G)/n_1)/10")
}

/// The variant of the theorem that is not proved: Theorem A's Φ falls at every step only with population gradients.
#[test]
fn theorem_a_with_sampled_gradients() -> Outcome<()> {
    let twin = honest(Form::A, Gradients::Population)?;
    for gradients in ["closed-first", "fresh"] {
        let mut variant = twin.variant.clone();
        variant.insert("gradients".into(), gradients.into());
        assert_eq!(check_name(Kernel::new(theory()?, &twin.theorem, &variant, None)), "unknown-variant");
        let planted = Certificate { variant, ..twin.clone() };
        assert_eq!(check_name(checker::check(&planted, theory()?, &[])), "unknown-variant");
    }
    Ok(())
}

/// The kernel after all steps of a certificate before the first that satisfies the predicate.
fn before(certificate: &Certificate, stop: impl Fn(&StepRecord) -> bool) -> Outcome<(Kernel<'static>, StepRecord)> {
    let mut kernel = Kernel::new(theory()?, &certificate.theorem, &certificate.variant, None)?;
    for step in &certificate.steps {
        if stop(step) {
            return Ok((kernel, step.clone()));
        }
        repeat(&mut kernel, certificate, step)?;
    }
    Err("no such step".into())
}

fn applies(axiom: &str) -> impl Fn(&StepRecord) -> bool + '_ {
    move |step| step.rule == "axiom" && step.axiom.as_deref() == Some(axiom)
}

#[test]
fn union_without_an_event() -> Outcome<()> {
    let certificate = honest(Form::A, Gradients::Population)?;
    let (mut twin, theorem) = before(&certificate, applies("theorem-a"))?;
    assert_eq!(check_name(twin.axiom("theorem-a", &theorem.from)), "accepted");
    let (mut kernel, union) = before(&certificate, |s| s.rule == "union")?;
    let [hits, u_max, _g_norm] = union.from[..] else { return Err("three events".into()) };
    let smaller = kernel.union(&[hits, u_max])?;
    let spent = kernel.inequality(Claim::parse("delta_H + delta_u <= delta")?)?;
    let all = kernel.weaken(smaller, spent)?;
    kernel.define("theorem-a")?;
    assert_eq!(check_name(kernel.axiom("theorem-a", &[all])), "missing-premise");
    assert_eq!(check_name(kernel.axiom("theorem-a", &[])), "missing-premise");
    Ok(())
}

#[test]
fn share_of_delta_spent_twice() -> Outcome<()> {
    let certificate = honest(Form::C, Gradients::Fresh)?;
    let (mut kernel, union) = before(&certificate, |s| s.rule == "union")?;
    let mistakes = kernel.find("Pr[not mistakes(error_bound, T)] <= delta_Z").ok_or("no event of delta_Z")?;
    let twice: Vec<usize> = union.from.iter().copied().chain([mistakes]).collect();
    assert_eq!(check_name(kernel.union(&twice)), "repeated-event");
    // Nor under another bound on the event.
    let more = kernel.inequality(Claim::parse("delta_Z <= delta")?)?;
    let weaker = kernel.weaken(mistakes, more)?;
    assert_eq!(check_name(kernel.union(&[weaker, mistakes])), "repeated-event");
    assert_eq!(check_name(kernel.union(&union.from)), "accepted");
    Ok(())
}

/// Takes a certificate's steps with one choice changed, up to and including the one that is refused.
pub(super) fn with_choice(certificate: &Certificate, symbol: &str, number: &str) -> Outcome<&'static str> {
    let mut kernel = Kernel::new(theory()?, &certificate.theorem, &certificate.variant, None)?;
    for step in &certificate.steps {
        let chosen = step.rule == "choice" && step.defines.iter().any(|d| d.name == symbol);
        let taken = if chosen { kernel.choose(symbol, number) } else { repeat(&mut kernel, certificate, step) };
        if let Err(refusal) = taken {
            return Ok(refusal.check);
        }
    }
    Ok("accepted")
}

#[test]
fn choices_the_proof_does_not_allow() -> Outcome<()> {
    let certificate = honest(Form::C, Gradients::Fresh)?;
    let chosen = |symbol: &str| {
        let of =
            |s: &StepRecord| s.defines.iter().find(|d| s.rule == "choice" && d.name == symbol).map(|d| d.is.clone());
        certificate.steps.iter().find_map(of)
    };
    // What its kind does not admit cannot be chosen; what the proof does not, is a need that fails.
    for (symbol, number, check) in [
        ("delta_Z", "0.05", "false-inequality"),
        ("mu", "1.01", "false-inequality"),
        ("M", "1", "illegal-choice"),
        ("n", "0.5", "illegal-choice"),
        ("n", "0", "illegal-choice"),
        ("n_1", "1000.5", "illegal-choice"),
        ("drift_share", "0", "illegal-choice"),
        ("window", "1", "illegal-choice"),
        ("m", "1", "false-inequality"),
        ("S_g", "1", "false-inequality"),
        ("n_1", "10", "false-inequality"),
    ] {
        let own = chosen(symbol).ok_or("not chosen")?;
        assert_eq!(with_choice(&certificate, symbol, &own)?, "accepted");
        assert_eq!(with_choice(&certificate, symbol, number)?, check, "{symbol} = {number}");
    }
    Ok(())
}
