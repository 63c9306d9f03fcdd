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

use super::framework::{Case, Data, Params, paper, params};
use super::instance::{Instance, Level};
use super::request::{AT_MOST_HALF, Form, Gradients, Parameters, Request, recalled};
use super::special::{LEMMA_KEYS, lemma_constants};
use super::{FormRow, InstanceError, Preset, Theorem, parity};
use crate::certificate::document::Certificate;
use crate::distributions::StructuredParity;
use crate::error::ParameterError;
use std::sync::{Arc, OnceLock};

/// The theorem.
pub(super) struct BeyondKernel;

/// Weight of each constant block, and of each sign of a coordinate off A.
const P_A: f64 = 0.25;
const P_O: f64 = 0.5;

/// Parameters of its own.
const OWN: [(&str, &str); 6] = [
    ("d", "input dimension"),
    ("k", "coordinates of the hidden set A"),
    ("gap", "by how much the network must be ahead of every fixed map"),
    ("gap_share", "largest share of the runs in which it may be less"),
    ("fixed_bound", "mean loss that no fixed map beats: what fixes their norm budgets"),
    ("fixed_neurons", "neurons of the random features and of the tangent kernel"),
];
/// Those of the framework that the explicit level with window hits and the paper level read.
const FRAMEWORK: [&str; 8] = ["epsilon", "delta", "m_factor", "kappa", "t", "c_m", "c_T", "c_n"];
/// Parameters that are symbols, and those that a certificate has in its information only.
const RECALLED: [(&str, &str); 8] = [
    ("d", "d"),
    ("k", "k"),
    ("gap", "gap"),
    ("gap_share", "gap_share"),
    ("epsilon", "epsilon"),
    ("delta", "delta"),
    ("M", "m_factor"),
    ("kappa", "kappa"),
];
const TOLD: [&str; 3] = ["fixed_bound", "fixed_neurons", "t"];

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
    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        static ALL: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
        let shared = || params::KEYS.into_iter().filter(|(key, _)| FRAMEWORK.contains(key));
        ALL.get_or_init(|| OWN.into_iter().chain(shared()).chain(LEMMA_KEYS).collect())
    }
    fn instantiate(&self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let (case, own, p) = read(request)?;
        if level == Level::Paper { paper(&case, &p) } else { level::explicit(&case, &own, true) }
    }
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError> {
        let mut request = recalled(certificate, &RECALLED)?;
        let told = |key: &&str| Some((key.to_string(), certificate.info.get("parameters")?.get(key)?.as_str()?.into()));
        request.parameters.extend(TOLD.iter().filter_map(told));
        Ok(request)
    }
    fn forms(&self, request: &Request, _done: Option<Level>) -> Result<Vec<FormRow>, InstanceError> {
        let (case, own, p) = read(request)?;
        Ok(vec![
            ("paper form, constants as set".into(), paper(&case, &p)),
            ("explicit".into(), level::explicit(&case, &own, false)),
        ])
    }
}

/// Parameters of the fixed side, valid by construction.
struct Own {
    size: usize,
    gap: f64,
    gap_share: f64,
    fixed_bound: f64,
    fixed_neurons: usize,
}

fn read(request: &Request) -> Result<(Case<'_>, Own, Parameters), InstanceError> {
    let p = request.parameters(&BeyondKernel)?;
    if let Some(form) = request.form.filter(|f| *f != Form::C) {
        let why = "both sides are concluded from Theorem C5, the margin form c with population gradients";
        return Err(ParameterError::conflict(format!("--form {form}"), why).into());
    }
    if let Some(gradients) = request.gradients.filter(|g| *g != Gradients::Population) {
        let why = "Theorem C5 sums the losses of population gradients";
        return Err(ParameterError::conflict(format!("--gradients {gradients}"), why).into());
    }
    let unit = ("between 0 and 1, both excluded", (|x| x > 0.0 && x < 1.0) as fn(f64) -> bool);
    let half = ("from 0 to 0.49", (|x| (0.0..=0.49).contains(&x)) as fn(f64) -> bool);
    let own = Own {
        size: p.integer("k", 3, 1..=11, "y is the parity of k coordinates, k odd")? as usize,
        gap: p.real("gap", 0.2, unit, "the network is ahead of every fixed map")?,
        gap_share: p.real("gap_share", 0.1, AT_MOST_HALF, "the network is ahead more often than not")?,
        fixed_bound: p.real("fixed_bound", 0.35, half, "0.5 (1 - B sqrt(W_k/C(d,k))) of every map")?,
        fixed_neurons: p.integer("fixed_neurons", 200, 1..=2000, "the fixed maps are made of a random network")?
            as usize,
    };
    let d = p.integer("d", 9, 3..=11, "three Gram matrices of 2^d points are held")?;
    let law = Arc::new(StructuredParity::new(d as usize, 1, own.size, P_A, P_O)?);
    let k = own.size as f64;
    let symbols = vec![("d", d as f64), ("r", 1.0), ("k", k), ("p_a", P_A), ("p_o", P_O)];
    let params = Params::of_parameters(&p, Some(Form::C))?;
    let parameters = [
        ("gap", own.gap.to_string()),
        ("gap_share", own.gap_share.to_string()),
        ("fixed_bound", own.fixed_bound.to_string()),
        ("fixed_neurons", own.fixed_neurons.to_string()),
        ("kappa", params.kappa.to_string()),
        ("t", params.t.to_string()),
    ];
    let case = Case {
        theorem: BeyondKernel.id(),
        request,
        data: Data::bounded(law, "structured-parity", symbols, Some("parity-support")),
        parameters: parameters.to_vec(),
        variant: Vec::new(),
        assumptions: parity::assumptions(lemma_constants(&p)?[0].1, [d as f64, 1.0, k], P_A, P_O),
        params,
    };
    Ok((case, own, p))
}

/// Theorem 3.12 at the paper's lemma: the network's side alone.
fn paper(case: &Case<'_>, p: &Parameters) -> Result<Instance, InstanceError> {
    paper::of_lemma(case, &["lemma-parity"], &lemma_constants(p)?)
}
