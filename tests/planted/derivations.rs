//! Falsehoods in a derivation: the kernel refuses them by name, and accepts the twin.

use super::{Outcome, instance, request};
use provably::certificate::checker;
use provably::certificate::claim::Claim;
use provably::certificate::document::{Certificate, StepRecord};
use provably::certificate::proof::Kernel;
use provably::certificate::refusal::Refusal;
use provably::certificate::theory::{Theory, Variant};
use provably::report::check::{CheckOptions, check};
use provably::theorems::derivation::{THEORY, theory};
use provably::theorems::{Form, Gradients};
use std::sync::atomic::AtomicBool;

/// A certificate of one trial, which the kernel accepts.
fn honest(form: Form, gradients: Gradients) -> Outcome<Certificate> {
    let (budget, journal) = (None, None);
    let options = CheckOptions { trials: 1, budget, confidence: 0.99, journal, resume: false, progress: false };
    let report = check(instance(&request(form, gradients, &[]))?, &options, &AtomicBool::new(false))?;
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
        statement: kernel.render(&honest.trials),
        verdict: kernel.verdict(&honest.trials)?.into(),
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        axioms: checker::axioms(&kernel).into_iter().collect(),
        ..honest.clone()
    })
}

/// Replaces one line of the theory.
fn other_theory(line: &str, by: &str) -> Outcome<Theory> {
    assert_eq!(THEORY.matches(line).count(), 1, "`{line}` must stand in the theory once");
    Ok(Theory::parse(&THEORY.replace(line, by))?)
}

fn check_name(result: Result<impl Sized, Refusal>) -> &'static str {
    result.err().map_or("accepted", |refusal| refusal.check)
}

#[test]
fn constants_of_another_theory() -> Outcome<()> {
    let a = honest(Form::A, Gradients::Population)?;
    let c = honest(Form::C, Gradients::Fresh)?;
    let theorem_a = "axiom theorem-a\ncite docs/theory.md §4, Theorem A (paper Theorem 3.12, explicit constants)\n";
    assert!(THEORY.contains(theorem_a));
    let halves = "let Gamma = Gamma_1/2 + sqrt(N)*epsilon_3/alpha_l1";
    for (certificate, line, by) in [
        (&a, "let Gamma = Gamma_1 + sqrt(N)*epsilon_3/alpha_l1", halves),
        (&a, "let eta_alpha = epsilon_2/Gamma^2", "let eta_alpha = 2*epsilon_2/Gamma^2"),
        (&a, "let T = floor(Phi_1*Gamma^2/epsilon_2^2) + 1", "let T = floor(Phi_1*Gamma^2/epsilon_2^2/10) + 1"),
        (&c, "let H = Gamma_1 + sqrt(N)*D_v*B_x\nlet eta_alpha = (M - 1)/H^2\nlet K_0 = Phi_1*H^2/(M - 1)^2\nlet error_bound = epsilon\n\naxiom theorem-c1-population",
            "let H = Gamma_1\nlet eta_alpha = (M - 1)/H^2\nlet K_0 = Phi_1*H^2/(M - 1)^2\nlet error_bound = epsilon\n\naxiom theorem-c1-population"),
        (&c, "let scale = (1 + drift_share)/margin_1", "let scale = 1/margin_1"),
        (&c, "conclude Pr[not lemma_2] <= delta_G", "conclude Pr[not lemma_2] <= delta_G/10"),
    ] {
        let false_theory = other_theory(line, by)?;
        let forgery = match forged(certificate, &false_theory) {
            Ok(forgery) => forgery,
            // A weaker axiom may leave the recorded steps behind; then nothing was forged.
            Err(refusal) => {
                assert_eq!(by, "conclude Pr[not lemma_2] <= delta_G/10", "{refusal}");
                continue;
            }
        };
        assert_eq!(check_name(checker::check(&forgery, &false_theory, &[])), "accepted", "{by}");
        assert_eq!(check_name(checker::check(&forgery, theory()?, &[])), "wrong-step", "{by}");
    }
    Ok(())
}
