//! # The framework (paper Theorem 3.12; docs/theory.md §§1–4)
//!
//! **Statement.** Given only a distribution: its gradient features are found by sampling neurons, a network on them is found by
//! a convex program, and Algorithm 1 reaches within T steps, with probability at least 1 − δ, Pr[y f(x) < 1] ≤ ε (form C) or
//! hinge loss at most L_D(f*) + ε (forms A, B).
//!
//! **Hypotheses.** ‖x‖ ≤ B_x, or for Gaussian inputs but for a probability that is charged to δ; both labels occur.
//!
//! **Constants.** ε, δ: the user's. β, θ and the program: the least K₀ over a small grid, on pilot runs, unless given. Limits of
//! the event `comparator`: the pilot's largest numbers with room. m, M, n: this project's defaults, each can be set. T, b̃, σ_a, η:
//! the theorem's. Every formula stands in the theory text, every value in the certificate.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §§3–4; level `paper`: Theorem 3.12 with its hidden
//! constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms; that a finite sample represents anything beyond its rows.

pub(super) mod distribution;

use crate::derivation::DerivationError;
use crate::levels::posterior::Beside;
use crate::levels::{Case, FeatureSet, Params, Target, explicit, paper, params, posterior};
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use, With};
use crate::parameters::{Asked, Declared, Form, Level, Options, Preset, Request, Setting, options};
use crate::registry::{FormRow, Instance, InstanceError, Theorem};

/// The theorem.
pub(super) struct FeatureLearning;

impl Theorem for FeatureLearning {
    fn id(&self) -> &'static str {
        "main"
    }
    fn title(&self) -> &'static str {
        "gradient features are found from the distribution alone, and learned"
    }
    fn source(&self) -> &'static str {
        "paper Theorem 3.12; docs/theory.md §§1-4"
    }
    fn levels(&self) -> &'static [Level] {
        LEVELS
    }
    fn presets(&self) -> &'static [Preset] {
        &[
            Preset {
                name: "xor",
                about: "four Gaussians in R^10, labels by XOR",
                parameters: &[
                    ("distribution", "gaussian-xor"),
                    ("d", "10"),
                    ("radius", "12"),
                    ("sigma", "1"),
                    ("beta", "12.5"),
                    ("theta_factor", "4"),
                    ("penalty", "1"),
                ],
            },
            Preset {
                name: "parity",
                about: "a parity of 5 of 11 coordinates",
                parameters: &[
                    ("distribution", "structured-parity"),
                    ("d", "11"),
                    ("m", "32"),
                    ("beta", "10"),
                    ("theta_factor", "2"),
                    ("r", "1"),
                    ("k", "5"),
                    ("p_a", "0.25"),
                    ("p_o", "0.1"),
                ],
            },
            Preset {
                name: "linear",
                about: "uniform on {-1,1}^10, y = x_1",
                parameters: &[("distribution", "uniform-hypercube"), ("d", "10")],
            },
            Preset {
                name: "two-gaussians",
                about: "two Gaussians in R^10",
                parameters: &[
                    ("distribution", "two-gaussians"),
                    ("d", "10"),
                    ("radius", "6"),
                    ("sigma", "1"),
                    ("beta", "20"),
                    ("theta_factor", "1"),
                    ("penalty", "1"),
                ],
            },
            Preset {
                name: "tightness",
                about: "a small parity, and a sampled first step, on which needs are measured",
                parameters: &[
                    ("distribution", "structured-parity"),
                    ("d", "7"),
                    ("m", "24"),
                    ("n_1", "100"),
                    ("r", "1"),
                    ("k", "3"),
                    ("p_a", "0.25"),
                    ("p_o", "0.1"),
                ],
            },
        ]
    }
    fn options(&self) -> &'static Options {
        let parameters = || distribution::keys(LEVELS).into_iter().chain(params::keys(&USERS)).collect();
        let runs = vec![explicit::RUNS, posterior::RUNS];
        options::once(self.id(), || Options { parameters: parameters(), runs, rows: true, seed: LEVELS.to_vec() })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        if level == Level::Posterior {
            return at_posterior(asked);
        }
        let case = case(asked)?;
        let (beta, features) = features(&case)?;
        let target = target(&case, &features)?;
        match level {
            Level::Paper => paper::of_target(&case, &features, &target),
            _ => explicit::instance(&case, beta, (&features, &target)),
        }
    }
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        let plain = Request { form: None, gradients: None, ..request.clone() };
        let asked = Asked::new(declared, &plain)?;
        let case = case(&asked)?;
        let (beta, features) = features(&case)?;
        let target = target(&case, &features)?;
        let mut rows = vec![("paper form, constants as set".into(), paper::of_target(&case, &features, &target))];
        for form in [Form::A, Form::B, Form::C] {
            let asked = Asked::new(declared, &Request { form: Some(form), ..plain.clone() })?;
            let instance = explicit::instance(&self::case(&asked)?, beta, (&features, &target));
            rows.push((format!("explicit, form {form}"), instance));
        }
        if done != Some(Level::Posterior) {
            let asked = Asked::new(declared, &declared.fitting(request, Level::Posterior))?;
            rows.push(("posterior, form c".into(), at_posterior(&asked)));
        }
        Ok(rows)
    }
}

const LEVELS: &[Level] = &[Level::Paper, Level::Explicit, Level::Posterior];

pub(super) const LOSS: With = With::Set("comparator", "loss");
/// The loss is certified where it is not enumerated.
pub(super) const SAMPLED: With =
    With::Where("where the support cannot be enumerated", &[("distribution", "gaussian-xor")]);

/// The levels that use the framework's parameters. All take the pilot's bias, and the features at it.
const USERS: params::Users = params::Users {
    bound: EVERY,
    pilot: EVERY,
    bias: EVERY,
    first_step: &[POSTERIOR],
    price: &[Use::on(Level::Paper, &[LOSS]), Use::on(Level::Explicit, &[LOSS]), Use::on(Level::Posterior, &[LOSS])],
    certified: &[
        Use::on(Level::Paper, &[LOSS, SAMPLED]),
        Use::on(Level::Explicit, &[LOSS, SAMPLED]),
        Use::on(Level::Posterior, &[LOSS, SAMPLED]),
    ],
    limits: &[POSTERIOR],
    cones: EVERY,
    draws: EVERY,
    copies: &[EXPLICIT],
    slack: &[EXPLICIT],
    batch: EVERY,
    factor: EVERY,
    constants: &[PAPER],
};

/// The case of a request whose first step is the closed form's: that of the pilot too, whose bias is taken.
fn case(asked: &Asked) -> Result<Case<'_>, InstanceError> {
    let case = any_case(asked)?;
    Ok(Case { params: Params { first_batch: Setting::fixed(0), ..case.params }, ..case })
}

fn any_case(asked: &Asked) -> Result<Case<'_>, InstanceError> {
    Ok(Case {
        theorem: FeatureLearning.id(),
        asked,
        params: Params::read(asked)?,
        data: distribution::load(asked)?,
        own: Vec::new(),
        parameters: Vec::new(),
        variant: Vec::new(),
        assumptions: Vec::new(),
    })
}

fn at_posterior(asked: &Asked) -> Result<Instance, InstanceError> {
    let mut case = any_case(asked)?;
    case.params = posterior::with_gradients(asked, case.params)?;
    let pilot = posterior::scales(&case.data, &case.params, asked.seed())?;
    let features = FeatureSet::find(&case.data, &case.params, pilot.beta, asked.seed())?;
    posterior::instance(&case, pilot, &features, &posterior::WHOLE, Beside::default())
}

/// The pilot's bias, and the features at it.
fn features(case: &Case<'_>) -> Result<(f64, FeatureSet), InstanceError> {
    let seed = case.asked.seed();
    let beta = posterior::scales(&case.data, &case.params, seed)?.beta;
    Ok((beta, FeatureSet::find(&case.data, &case.params, beta, seed)?))
}

/// f* on the features found.
fn target(case: &Case<'_>, features: &FeatureSet) -> Result<Target, InstanceError> {
    let why = format!("{} features were found, and no network on them has a finite loss", features.features.len());
    let unreachable = || DerivationError::Unreachable { what: "gradient-feature network f*", why };
    Ok(Target::find(&case.data, features, &case.params, case.asked.seed()).ok_or_else(unreachable)?)
}
