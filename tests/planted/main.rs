//! Planted falsehoods: each must be caught by the check that is there for it, and its unaltered twin must pass that check on
//! the same number of trials.
//!
//! | Falsehood | Caught by |
//! |---|---|
//! | `f*` with its sign flipped | obligation `phi_decrease` |
//! | first step against the gradient | obligation `lemma_1_residual` |
//! | first step that leaves the initial weights in (no λ₁ = 1/η₁) | obligation `lemma_1_residual` |
//! | outer weights that are not mirrored | obligation `initial_output_zero` |
//! | training up the gradient | obligation `phi_decrease`, and the failure rate |
//! | a step size twice (M−1)/H², and far beyond it | obligation `phi_decrease` |
//! | forms B and C2, evaluated exactly or on samples: steps 2.5 times too long or too short, one outer weight against its gradient | obligation `phi_decrease` |
//! | forms B and C2: the comparator's opposite | obligation `phi_decrease`: its loss |
//! | a drift that only a run beyond form B's distance shows, inputs longer than promised, losses beyond their budget | not judged |
//! | an obligation that no trial judges | inconclusive, and the kernel: `wrong-verdict` |
//! | a goal that is met at a step between looks | success or uncertified, where a goal that is missed is refuted |
//! | a goal that is just met | its failure is certified no more often than the certification error |
//! | a weight that overflows | uncertified |
//! | a ticket, a frozen layer, beyond-kernel: too few steps | the failure rate, certified at every one of them |
//! | first step ten times too large | obligation `hidden_norm` |
//! | half of the promised Γ, half of the promised H | obligation `hidden_norm` |
//! | a promised drift 10⁶ times smaller | obligation `drift` |
//! | biases of the two halves exchanged | event `hits` |
//! | every bias positive: dead neurons | the failure rate |
//! | a tenth of the width | event `hits` |
//! | initial directions three times too long | event `u_max` |
//! | outer weights three times too large | event `g_norm` |
//! | a hundredth of the first batch | event `lemma_2` |
//! | training labels flipped | the failure rate |
//! | training labels that are coin tosses | obligation `phi_decrease` |
//! | labels of the rows permuted | a need of Theorem C2 |
//! | μ above the margin | hypothesis, and the kernel |
//! | Γ halved, `eta_alpha` doubled, a tenth of the width, no room for drift, in a theory of one's own | the kernel: `wrong-step` |
//! | Theorem A with sampled gradients | the kernel: `unknown-theorem` |
//! | a union without `g_norm` | the kernel: `missing-premise` |
//! | one event's share of δ spent twice | the kernel: `repeated-event` |
//! | more of δ spent than there is | the kernel: `false-inequality` |
//! | half a sample a step | the kernel: `false-inequality` |
//! | a ticket with a neuron less than counted | obligation `ticket_size` |
//! | a ticket without one of its features | the count of event `comparator`, and the failure rate |
//! | a ticket whose H is a quarter, whose Φ falls as with an eighth of H | obligations `hidden_norm`, `phi_decrease` |
//! | a first outer layer added by hand, or large and left out of Φ₁ | obligation `lemma_1_residual`, the count of `comparator` |
//! | a random control that is the ticket, an initial one that took the first step | the counts of the controls |
//! | a control that may learn more often than it fails | the kernel: a need of `ticket-sampled` |
//! | a ticket of half the knots, an H without drift, in a theory of one's own | the kernel: `wrong-step` |
//! | a certificate whose control learned, or that leaves it out | the kernel: `false-inequality`, `missing-premise` |
//! | frozen layer: λ₁ = 0.9/η₁ in the first step | obligation `lemma_1_residual` |
//! | frozen layer: step size 2.5/L | obligation `descent` |
//! | frozen layer: half of the promised H | obligation `hidden_norm` |
//! | frozen layer: R without its last term | obligation `norm_bound`, and the kernel: `wrong-step` |
//! | frozen layer: a batch of four samples | event `generalisation` |
//! | frozen layer: no Rademacher term, no McDiarmid term, generalisation charged once, another L, step size 2/L | the kernel: `wrong-step` |
//! | frozen layer: a batch or a descent too short for ε | the kernel: `false-inequality` |
//! | gaussian-xor: labels by the side of the axis, which are linear | errors of halfspaces in closed form |
//! | gaussian-xor: halfspaces said to err more, in a theory of one's own | the kernel: `wrong-step` |
//! | gaussian-xor: an ε that a halfspace has | the kernel: a need of `nonlinear` |
//! | gaussian-xor, gaussian-mixture: training labels flipped | the failure rate |
//! | gaussian-xor, gaussian-mixture: an eighth of the promised H | obligation `hidden_norm` |
//! | gaussian-xor, gaussian-mixture: steps a hundred times too long | obligation `phi_decrease` |
//! | gaussian-xor: p twice what was counted | the kernel: a need of `feature-set` |
//! | gaussian-mixture: an odd number of components, a B_x inside the means | the kernel: needs of its axioms |
//! | gaussian-xor, gaussian-mixture: no bias | bad parameter |
//! | parity, uniform parity: half of the promised H | obligation `hidden_norm` |
//! | parity: knots beyond the next lattice point | obligation `phi_decrease` |
//! | parity: trained on another block | the failure rate |
//! | parity, uniform parity: a third of the width | event `hits` |
//! | parity: k even, three blocks under one block's window hits | the kernel: needs of `structured-parity`, `parity-feature` |
//! | parity: another slope of the linear term, a window twice as wide, Φ₁ to another power | the kernel: `wrong-step` |
//! | uniform parity: training labels flipped | the failure rate |
//! | uniform parity: Gaussian initial directions in the place of signs | event `u_max` |
//! | uniform parity: initial outer weights half as large again | event `g_norm` |
//! | uniform parity: k odd, a threshold on the lattice, noise understated | the kernel: needs of its axioms |
//! | uniform parity: p with another exponent, a hidden layer one coordinate short | the kernel: `wrong-step` |
//! | multi-index: the plane said to be another | obligation `off_subspace_identity`, event `subspace_recovered` |
//! | multi-index: G off the plane longer than Stein's identity allows | obligation `off_subspace_identity` |
//! | multi-index: G off the plane doubled | samples of the half-space |
//! | multi-index: a plane within 89.95°, in R², in fewer runs than not, under a union that may fail surely | the kernel: needs of `multi-index-sampled` |
//! | multi-index: training labels flipped | the failure rate |
//! | multi-index: first step against the gradient, without λ₁ | obligation `lemma_1_residual` |
//! | multi-index: B_x on the wrong side, p twice what was counted | the kernel: needs of `standard-inputs`, `feature-set` |
//! | main: Gaussians within a B_x that they are not within | the kernel: needs of `gaussian-inputs`, `almost-surely-bounded` |
//! | main: parities of an even number of coordinates or blocks | the kernel: a need of `structured-parity` |
//! | main: p twice what was counted | the kernel: a need of `feature-set` |
//! | main: γ understated, B_G overstated | replay: other definitions |
//! | main: a cone test without the absolute value | an independent count |
//! | main: κ miscounted | event `hits` |
//! | main: Φ₁ without α⁽¹⁾ | event `comparator`, not bounded by the counts |
//! | main: H over half the neurons | obligation `hidden_norm` |
//! | main: no room for drift | obligation `drift` |
//! | main: λ₁ wrong, initial weights left in | obligation `lemma_1_residual` |
//! | main: the comparator's opposite | obligation `phi_decrease` |
//! | main: training labels flipped | the failure rate |
//! | main: α̃ certified on the samples it was fitted to | fresh samples |
//! | beyond-kernel: N left out of W_k, budgets doubled, a bound without the ½ | obligation `fixed_losses`: the certified averages |
//! | beyond-kernel: kernels that interpolate | the count of event `gap` |
//! | beyond-kernel: constant blocks alone, which a kernel learns; off A not uniform | the kernel: needs of `parseval` |
//! | beyond-kernel: a gap of 0, in fewer runs than not | the kernel: needs of `beyond-fixed` |
//! | beyond-kernel: trained on flipped labels, windows of a wrong block, the loss counted too often | obligation `phi_decrease` |
//! | beyond-kernel: a quarter of the promised H | obligation `hidden_norm` |
//! | beyond-kernel: a bound without the ½ or a map, d^k sets, half of J₀, in a theory of one's own | the kernel: `wrong-step` |
//! | beyond-kernel: a certificate whose gap failed, or that leaves it out | the kernel: `false-inequality`, `missing-premise` |
//!
//! Seeds are fixed. Under fresh seeds a twin would be refuted by chance with probability at most 0.01 a run, the error rate its
//! rules state; the events of the altered runs are certain up to 10⁻⁶.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod beyond_kernel;
mod derivations;
mod failures;
mod framework;
mod frozen;
mod gaussians;
mod hypotheses;
mod multi_index;
mod parities;
mod steps;
mod tickets;
mod trajectories;

use provably::certificate::checker;
use provably::certificate::claim::Claim;
use provably::certificate::document::Certificate;
use provably::certificate::proof::Kernel;
use provably::experiment::{Decision, Experiment, Protocol, RunPlan, Summary, run_trials};
use provably::parameters::{Form, Gradients, Level, Request};
use provably::registry::Instance;
use provably::theorems::{find, theory};
use std::error::Error;
use std::sync::atomic::AtomicBool;

/// Trials behind an obligation: one clear violation refutes.
const FEW: u64 = 4;

/// What every helper returns: an error is a test that fails.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// `linear-data` on the hypercube of dimension 4, whose 16 points make a trial a matter of milliseconds.
fn request(form: Form, gradients: Gradients, more: &[(&str, &str)]) -> Request {
    let parameters = [("d", "4")].iter().chain(more).map(|&(k, v)| (k.into(), v.into())).collect();
    Request { parameters, form: Some(form), gradients: Some(gradients), seed: 7, ..Request::default() }
}

fn instance(request: &Request) -> Outcome<Instance> {
    Ok(find("linear-data").ok_or("no such theorem")?.instantiate(request, Level::Explicit)?)
}

fn run(instance: &Instance, protocol: &Protocol, trials: u64) -> Outcome<Summary> {
    run_experiment(instance, protocol, trials)
}

/// Runs exactly this many trials and judges them by the instance's own rules.
fn run_experiment(instance: &Instance, experiment: &dyn Experiment, trials: u64) -> Outcome<Summary> {
    let (label, key) = ("planted".into(), String::new());
    let plan =
        RunPlan { max_trials: trials, deadline: None, journal: None, resume: false, key, label, progress: false };
    let trial = |number, cut: &AtomicBool| experiment.run(number, cut);
    let run = run_trials(&plan, trial, |_| Decision::Continue, &AtomicBool::new(false))?;
    Ok(instance.rules.summarise(&run.outcomes))
}

/// Repeats the steps of a certificate and puts every derived record and text right.
fn resealed(certificate: &Certificate) -> Outcome<Certificate> {
    let mut kernel = Kernel::new(theory()?, &certificate.theorem, &certificate.variant, None)?;
    for step in &certificate.steps {
        let claim = || Claim::parse(step.claim.as_deref().unwrap_or_default());
        let axiom = step.axiom.as_deref().unwrap_or_default();
        match (step.rule.as_str(), step.defines.as_slice(), step.from.as_slice()) {
            ("choice", [symbol], _) => kernel.choose(&symbol.name, &symbol.is)?,
            ("definition", ..) => kernel.define(axiom)?,
            ("axiom", _, from) => kernel.axiom(axiom, from)?,
            ("inequality", ..) => kernel.inequality(claim()?)?,
            ("weaken", _, [bound, comparison]) => kernel.weaken(*bound, *comparison)?,
            ("union", _, from) => kernel.union(from)?,
            ("counted", ..) => kernel.counted(&certificate.trials, claim()?)?,
            ("trials", ..) => kernel.trials(&certificate.trials)?,
            (rule, ..) => return Err(format!("no rule {rule}").into()),
        };
    }
    Ok(Certificate {
        steps: kernel.steps().iter().map(|s| s.record().clone()).collect(),
        statement: kernel.render(&certificate.trials).unwrap(),
        verdict: kernel.verdict(&certificate.trials)?.into(),
        axioms: checker::axioms(&kernel).into_iter().collect(),
        ..certificate.clone()
    })
}
