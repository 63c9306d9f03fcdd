//! # Beyond kernels (docs/theory.md §5.7)
//!
//! **Statement.** x is uniform on {±1}^d with probability ½, otherwise x_A is all +1 or all −1 (¼ each) and the rest uniform;
//! y = χ_A, A uniform among the sets of k coordinates, k odd. Algorithm 1 reaches within T steps, with probability at least 1 − δ, a
//! hinge loss of at most ε. Fixed features Ψ with ‖ω‖ ≤ B have, averaged over A, a loss of at least ½(1 − B sqrt(W_k/C(d,k))), W_k ≤ E‖Ψ‖²,
//! which is at least ε + `gap`. Three maps are trained to their best within their budgets: random ReLU features, the tangent kernel at
//! initialisation, and the Gaussian kernel of width sqrt d. In at least 1 − `gap_share` of the runs all three are above the network by
//! `gap`, each with a certified duality gap.
//!
//! **Hypotheses.** k ≥ 3 odd, k ≤ d ≤ 11; the bound exceeds ε + `gap`; `gap_share` ≤ ½. x is uniform with a probability of at least
//! ½ (here ½): on the rest every constant block tells its label, which features of low degree learn.
//!
//! **Constants.** ε, δ, κ, M, `gap`, `gap_share`, `fixed_bound`, `fixed_neurons`: the user's. B: the largest budget of six digits at
//! which the bound is `fixed_bound`, for each map its own. β, θ, m, T, b̃, σ_a: the theorem's; the windows and their formulas are
//! those of `parity`. M = 5: J₀ is least at M = 2, and steps are four times as long at 5.
//!
//! **Source.** The fixed side: this project, docs/theory.md §5.7 (Parseval). The network: this project, §5.3 with Theorem C5; level
//! `paper`: Theorem 3.12 at the paper's lemma on p, γ and B_G, as for `parity`.
//!
//! **Not checked.** That the maps stay above the bound on average is a theorem about all maps; the trials can only refute it (by an
//! average over all A, where there are few enough, and in each A by its own bound). That the gap holds in single sets A is a count
//! of runs. The paper proofs of the axioms.

mod fixed;
mod level;
mod own;

use super::parity::shape::assumptions;
use crate::distributions::StructuredParity;
use crate::levels::special::{TAU, lemma_constants, lemma_keys};
use crate::levels::{Case, Data, Params, paper, params};
use crate::parameters::options::Runs;
use crate::parameters::uses::{EXPLICIT, PAPER, Use};
use crate::parameters::{Asked, Declared, Form, Gradients, Level, Options, Parameter, Preset, Request, options};
use crate::registry::{FormRow, Instance, InstanceError, Theorem};
use own::Own;
use std::sync::Arc;

/// The theorem.
pub(super) struct BeyondKernel;

/// Weight of each constant block, and of each sign of a coordinate off A.
const P_A: f64 = 0.25;
const P_O: f64 = 0.5;

/// Parameters of its own.
const OWN: [Parameter; 6] = [
    own::D.used(BOTH),
    own::SIZE.used(BOTH),
    own::GAP.used(&[EXPLICIT]),
    own::GAP_SHARE.used(&[EXPLICIT]),
    own::FIXED_BOUND.used(&[EXPLICIT]),
    own::FIXED_NEURONS.used(&[EXPLICIT]),
];
const BOTH: &[Use] = &[PAPER, EXPLICIT];
/// The explicit level has window hits, population gradients and no pilot.
const USERS: params::Users = params::Users {
    bound: BOTH,
    pilot: &[],
    bias: &[],
    first_step: &[],
    price: &[],
    certified: &[],
    limits: &[],
    cones: &[],
    draws: &[],
    copies: &[EXPLICIT],
    slack: &[EXPLICIT],
    batch: &[],
    factor: &[EXPLICIT],
    constants: &[PAPER],
};
const RUNS: Runs = Runs {
    level: Level::Explicit,
    pairs: &[(Some(Form::C), Gradients::Population)],
    why: "both sides are concluded from Theorem C5, the margin form c, which sums the losses of population gradients",
};
impl Theorem for BeyondKernel {
    fn id(&self) -> &'static str {
        "beyond-kernel"
    }
    fn title(&self) -> &'static str {
        "a network learns a hidden parity that no fixed features of its norm budget learn"
    }
    fn source(&self) -> &'static str {
        "docs/theory.md §5.7, §4 Theorem C5"
    }
    fn levels(&self) -> &'static [Level] {
        &[Level::Paper, Level::Explicit]
    }
    fn presets(&self) -> &'static [Preset] {
        &[
            Preset {
                name: "three-of-nine",
                about: "a parity of 3 hidden among 9 coordinates, against three kernels",
                parameters: &[("d", "9"), ("k", "3"), ("m_factor", "5")],
            },
            Preset {
                name: "tightness",
                about: "a parity of 3 hidden among 7 coordinates, on which needs are measured",
                parameters: &[("d", "7"), ("k", "3"), ("m_factor", "5")],
            },
        ]
    }
    fn options(&self) -> &'static Options {
        let parameters = || OWN.into_iter().chain(params::keys(&USERS)).chain(lemma_keys(BOTH)).collect();
        let seed = vec![Level::Explicit];
        options::once(self.id(), || Options { parameters: parameters(), runs: vec![RUNS], rows: false, seed })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let (case, own) = read(asked)?;
        if level == Level::Paper { paper(&case) } else { level::explicit(&case, &own, true) }
    }
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        _done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        let asked = Asked::new(declared, &declared.fitting(request, Level::Explicit))?;
        let (case, own) = read(&asked)?;
        Ok(vec![
            ("paper form, constants as set".into(), paper(&case)),
            ("explicit".into(), level::explicit(&case, &own, false)),
        ])
    }
}

fn read(p: &Asked) -> Result<(Case<'_>, Own), InstanceError> {
    let own = Own::read(p)?;
    let d = p.get(&own::D)?.get();
    let law = Arc::new(StructuredParity::new(d as usize, 1, own.size, P_A, P_O)?);
    let k = own.size as f64;
    let symbols = vec![("d", d as f64), ("r", 1.0), ("k", k), ("p_a", P_A), ("p_o", P_O)];
    let params = Params::read(p)?;
    // The paper's assumptions are shown at every level.
    let tau = p.get(&TAU)?.get();
    let case = Case {
        assumptions: assumptions(tau, [d as f64, 1.0, k], P_A, P_O),
        ..Case::new(
            BeyondKernel.id(),
            p,
            params,
            Data::bounded(law, "structured-parity", symbols, Some("parity-support")),
        )
    };
    Ok((case, own))
}

/// Theorem 3.12 at the paper's lemma: the network's side alone.
fn paper(case: &Case<'_>) -> Result<Instance, InstanceError> {
    paper::of_lemma(case, &["lemma-parity"], &lemma_constants(case.asked)?)
}
