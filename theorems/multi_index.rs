//! # Multi-index models with Gaussian inputs (docs/theory.md §5.5)
//!
//! **Statement.** x ~ N(0, I_d), y = sign(x₁x₂), or sign(x₁(x₂ + c x₁²)). Algorithm 1 reaches Pr[y f(x) < 1] ≤ ε within T steps with
//! probability at least 1 − δ. Beside it: after one step the leading plane of Σv⁽¹⁾v⁽¹⁾ᵀ is within `angle_limit` of the plane of x₁
//! and x₂, but in `subspace_share` of the runs; and every neuron's G has a part off that plane no longer than φ(β/‖u‖).
//!
//! **Hypotheses.** ‖x‖ ≤ B_x but for a probability that is charged to δ; both labels occur. d ≥ 3, `angle_limit` ≤ π/4 and
//! `subspace_share` ≤ ½: more than a random plane meets.
//!
//! **Constants.** ε, δ, M, n, `angle_limit`, `subspace_share`: the user's. β, θ, m, T, b̃, σ_a: the theorem's. Every formula stands in
//! the theory text.
//!
//! **Source.** Levels `explicit` and `posterior`: this project, docs/theory.md §5.5; level `paper`: Theorem 3.12 at the paper's
//! lemma on p, γ and B_G, reconstructed, constants surfaced.
//!
//! **Not checked.** The paper proofs of the axioms. That the plane is recovered is a count of runs.

use crate::decimal::{complement, rounded_up};
use crate::derivation::{DerivationError, rounded};
use crate::distributions::{Link, MultiIndex as Law};
use crate::experiment::EventTest;
use crate::features::TargetNeuron;
use crate::levels::posterior::Beside;
use crate::levels::special::{Lemma, SpecialCase, at_least};
use crate::levels::{Case, Data, FeatureSet, Params, Target, explicit, params, posterior};
use crate::parameters::options::Runs;
use crate::parameters::range::Range;
use crate::parameters::uses::{EVERY, EXPLICIT, PAPER, POSTERIOR, Use, With};
use crate::parameters::{Asked, Form, Key, Level, Parameter, Preset};
use crate::registry::{Instance, InstanceError};
use nalgebra::{DMatrix, DVector};
use std::f64::consts::FRAC_1_SQRT_2;
use std::sync::Arc;

/// The theorem.
pub(super) struct MultiIndex;

/// The levels that are run.
const RUN: &[Use] = &[EXPLICIT, POSTERIOR];
const CUBIC_LINK: &[With] = &[With::Set("link", "cubic")];
const CUBIC_ONLY: &[Use] =
    &[Use::on(Level::Paper, CUBIC_LINK), Use::on(Level::Explicit, CUBIC_LINK), Use::on(Level::Posterior, CUBIC_LINK)];

/// Chance that some initial direction is longer than the kernel's claim on G off the plane takes it to be.
const OFF_SHARE: f64 = 1e-6;
/// Largest angle within which a plane is said to be recovered: π/4, rounded down.
const LARGEST_ANGLE: f64 = 0.785;
/// Knot and slope of f* = slope·[(|s| − knot)₊ − (|t| − knot)₊].
const KNOT: f64 = 0.1;
const SLOPE: f64 = 10.0;
/// Degree of the polynomial within the link.
const DEGREES: [f64; 2] = [2.0, 3.0];

const D: Key<u64> = Key::whole(
    "d",
    "input dimension",
    10,
    [3, 1000],
    "inputs lie in R^d, and in R^2 there is no plane to be recovered",
)
.symbol("d");
const LINK: Key<Option<&'static str>> = Key::word(
    "link",
    "product or cubic: how the label depends on x1 and x2",
    &["product", "cubic"],
    "product or cubic",
)
.tag("link");
const COEFFICIENT: Key<f64> = Key::real(
    "c",
    "coefficient of x1^3 in the cubic",
    0.5,
    Range::new("from 0 to 100", |x| (0.0..=100.0).contains(&x)),
    "y = sign(x1 (x2 + c x1^2))",
)
.symbol("c");
const ANGLE_LIMIT: Key<f64> = Key::real(
    "angle_limit",
    "largest angle, in radians, between the plane recovered and that of x1 and x2",
    0.3,
    Range::new("greater than 0 and at most 0.785", |x| x > 0.0 && x <= LARGEST_ANGLE),
    "within pi/4 every direction of the plane is nearer to the plane recovered than to what is orthogonal to it",
)
.symbol("angle_limit");
const SUBSPACE_SHARE: Key<f64> = Key::real(
    "subspace_share",
    "largest share of the runs in which the plane may not be recovered",
    0.1,
    Range::AT_MOST_HALF,
    "the plane is recovered more often than not, which a random plane is not",
)
.symbol("subspace_share");

impl SpecialCase for MultiIndex {
    const ID: &'static str = "multi-index";
    const TITLE: &'static str = "labels of Gaussian inputs that depend on a plane";
    const SOURCE: &'static str = "docs/theory.md §5.5";
    const PRESETS: &'static [Preset] = &[
        Preset { name: "product", about: "the sign of x1 x2 in R^10", parameters: PRODUCT },
        Preset { name: "cubic", about: "the sign of x1 (x2 + x1^2/10) in R^10", parameters: CUBIC },
        Preset {
            name: "tightness",
            about: "the product in R^3 at error 0.3, on which needs are measured",
            parameters: &[
                ("d", "3"),
                ("link", "product"),
                ("m", "64"),
                ("n_1", "2000"),
                ("beta", "3.16"),
                ("theta_factor", "8"),
                ("m_factor", "100"),
                ("penalty", "0.03"),
                ("epsilon", "0.3"),
                ("pilots", "12"),
                ("gamma", "0.05"),
            ],
        },
    ];
    const KEYS: &'static [Parameter] = &[
        D.used(EVERY),
        LINK.used(EVERY),
        COEFFICIENT.used(CUBIC_ONLY),
        ANGLE_LIMIT.used(&[POSTERIOR]),
        SUBSPACE_SHARE.used(&[POSTERIOR]),
    ];
    const USERS: params::Users = params::Users {
        bound: EVERY,
        pilot: RUN,
        bias: RUN,
        first_step: &[POSTERIOR],
        price: RUN,
        certified: RUN,
        limits: &[POSTERIOR],
        cones: RUN,
        draws: RUN,
        copies: &[EXPLICIT],
        slack: &[EXPLICIT],
        batch: RUN,
        factor: RUN,
        constants: &[PAPER],
    };
    const TAU: Option<&'static [Use]> = Some(&[PAPER]);
    const RUNS: Runs = explicit::RUNS;

    fn case<'a>(&self, p: &'a Asked) -> Result<Case<'a>, InstanceError> {
        let d = p.get(&D)?.get();
        let c = p.get(&COEFFICIENT)?;
        let (link, name) = match p.get(&LINK)?.get() {
            Some("cubic") => (Link::Cubic { c: c.get() }, "cubic"),
            _ => (Link::Product, "product"),
        };
        let (angle, share) = (p.get(&ANGLE_LIMIT)?, p.get(&SUBSPACE_SHARE)?);
        let law = Law::new(d as usize, link)?;
        let degree = DEGREES[usize::from(name == "cubic")];
        let assumptions = vec![
            at_least(
                "E[Hess h] is not degenerate: least singular value, constant 1/d",
                law.second_order(),
                1.0 / d as f64,
            ),
            at_least("d >= r^p, constant 1", d as f64, (Law::RANK as f64).powf(degree)),
        ];
        let mut symbols = vec![("d", d as f64)];
        symbols.extend((name == "cubic").then(|| ("c", c.get())));
        let params = Params::read(p)?;
        let data = Data::gaussian(Arc::new(law), "multi-index", symbols, "standard-inputs", (0.0, 1.0));
        let (own, parameters, variant) = (vec![angle, share], vec![("link", name.into())], vec![("link", name)]);
        Ok(Case { theorem: Self::ID, asked: p, params, data, own, parameters, variant, assumptions })
    }

    /// The axes and the diagonals of the plane: G is near the plane, in every direction of it.
    fn features(&self, case: &Case<'_>, beta: f64) -> Result<FeatureSet, InstanceError> {
        let d = case.data.distribution.dimension();
        let h = FRAC_1_SQRT_2;
        let directions = [[1.0, 0.0], [0.0, 1.0], [h, h], [h, -h]].map(|z| within(d, z)).to_vec();
        FeatureSet::known(&case.data, &case.params, beta, case.asked.seed(), &directions)
    }

    fn lemma(&self, case: &Case<'_>) -> Result<Lemma, InstanceError> {
        let cubic = case.data.symbol("c").is_finite();
        let curvature = case.assumptions.first().map_or(0.0, |a| rounded(a.value, 6, false));
        Ok((&["lemma-multi-index"], vec![("curvature", curvature), ("degree", DEGREES[usize::from(cubic)])]))
    }

    /// Out of reach of any width, so that the theory has no such variant.
    fn explicit(&self, case: &Case<'_>) -> Result<Instance, InstanceError> {
        let (form, _) = case.asked.run(Level::Explicit)?;
        case.data.allows(form.unwrap_or(Form::C))?;
        let neurons = target(case.data.distribution.dimension());
        let l1: f64 = neurons.iter().map(|neuron| neuron.outer.abs()).sum();
        let loss = Target::known(neurons, &case.data, case.asked.seed()).loss;
        let left = case.params.epsilon.get() / (2.0 * posterior::price(&case.params)) - loss;
        let rho = (left / (2.0 * l1)).max(0.0);
        let why = format!(
            "within reach: f* has a loss of {}, which leaves its hits rho = {rho:.1e}, and a direction would have to be as near as that \
             to each of its four",
            rounded_up(loss)
        );
        Err(DerivationError::Unreachable { what: "width m", why }.into())
    }

    fn beside(&self, case: &Case<'_>) -> Result<Beside, InstanceError> {
        let d = case.data.distribution.dimension();
        let (angle, share) = (case.own("angle_limit"), case.own("subspace_share"));
        let basis = DMatrix::identity(d, Law::RANK);
        Ok(Beside {
            choices: vec![
                ("angle_limit", angle),
                ("subspace_share", share),
                ("u_most", longest(d as f64, 2.0 * case.params.width.get() as f64)),
                ("off_share", OFF_SHARE),
            ],
            events: vec![("subspace_recovered", EventTest::Subspace { basis, angle }, "subspace_share")],
            claims: vec!["Pr[not subspace_recovered] <= subspace_share"],
            axioms: vec!["off-subspace"],
            halfspaces: None,
            words: format!(
                "; in at least {} of the runs one step finds the plane of x1 and x2 within {angle} radians, and but for a \
                 probability of {OFF_SHARE} no G is longer off it than phi(beta/|u|)",
                complement(share)
            ),
        })
    }
}

const PRODUCT: &[(&str, &str)] = &[
    ("d", "10"),
    ("link", "product"),
    ("m", "64"),
    ("beta", "3.16"),
    ("theta_factor", "8"),
    ("m_factor", "100"),
    ("penalty", "0.03"),
    ("fit_samples", "4096"),
    ("program_samples", "1000000"),
    ("pilots", "12"),
    ("gamma", "0.05"),
];
const CUBIC: &[(&str, &str)] = &[
    ("d", "10"),
    ("link", "cubic"),
    ("c", "0.1"),
    ("m", "64"),
    ("epsilon", "0.4"),
    ("beta", "3.16"),
    ("theta_factor", "8"),
    ("m_factor", "100"),
    ("penalty", "0.01"),
    ("fit_samples", "4096"),
    ("program_samples", "500000"),
    ("pilots", "12"),
    ("gamma", "0.05"),
];

/// z in the plane of the first two coordinates.
fn within(dimension: usize, z: [f64; 2]) -> DVector<f64> {
    DVector::from_fn(dimension, |i, _| z.get(i).copied().unwrap_or(0.0))
}

/// f* = slope·[(|s| − knot)₊ − (|t| − knot)₊], s and t along the diagonals: its sign is that of |s| − |t|, which is that of x₁x₂.
fn target(dimension: usize) -> Vec<TargetNeuron> {
    let h = FRAC_1_SQRT_2;
    let neuron = |z: [f64; 2], outer: f64| TargetNeuron { direction: within(dimension, z), bias: KNOT, outer };
    vec![neuron([h, h], SLOPE), neuron([-h, -h], SLOPE), neuron([h, -h], -SLOPE), neuron([-h, h], -SLOPE)]
}

/// u with count·exp(−(d/2)(w − 1 − ln w)) ≤ [`OFF_SHARE`], w = u²/d.
fn longest(d: f64, count: f64) -> f64 {
    let mut u = d.sqrt() * 1.001;
    let tail = |u: f64| {
        let w = u * u / d;
        count * (-d / 2.0 * (w - 1.0 - w.ln())).exp()
    };
    while tail(u) > OFF_SHARE * 0.999 {
        u *= 1.001;
    }
    rounded(u, 6, true)
}
