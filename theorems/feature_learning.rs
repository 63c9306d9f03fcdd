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

use crate::levels::found::{self, Found};
use crate::levels::params;
use crate::parameters::{Asked, Declared, Level, Options, Preset, Request, options};
use crate::registry::{FormRow, Instance, InstanceError, Theorem};

/// The theorem.
pub(super) struct FeatureLearning;

impl Theorem for FeatureLearning {
    fn id(&self) -> &'static str {
        ID
    }
    fn title(&self) -> &'static str {
        "gradient features are found from the distribution alone, and learned"
    }
    fn source(&self) -> &'static str {
        "paper Theorem 3.12; docs/theory.md §§1-4"
    }
    fn levels(&self) -> &'static [Level] {
        found::LEVELS
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
        let parameters = || distribution::keys(found::LEVELS).into_iter().chain(params::keys(&found::USERS)).collect();
        let runs = found::RUNS.to_vec();
        options::once(self.id(), || Options {
            parameters: parameters(),
            runs,
            rows: true,
            seed: found::LEVELS.to_vec(),
        })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        FOUND.build(asked, level)
    }
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        FOUND.forms(declared, request, done)
    }
}

/// Theorem id.
pub(super) const ID: &str = "main";
const FOUND: Found<'static> = Found { theorem: ID, data: &distribution::load };
