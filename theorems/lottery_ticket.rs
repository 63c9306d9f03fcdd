//! # Lottery ticket (paper Proposition 5.1; docs/theory.md §5.6)
//!
//! **Statement.** After step 1 keep U: for every knot (D, s, b*) the κ neurons of sign s nearest to D/b*, and no others. Trained
//! alone by Algorithm 1, they reach within T steps, with probability at least 1 − δ, Pr[y f(x) < 1] ≤ ε. T is Theorem C4's with
//! sums over U, and |U| = κ · knots is a small part of N = 4m. Two controls, trained in U's place with the same step size on
//! the same batches, fail to reach ε at every look up to T in at least 1 − `control_share` ≥ ½ of the runs each: as many neurons of
//! each sign drawn at random after step 1, and U's own neurons with the weights they were drawn with.
//!
//! **Hypotheses.** Those of `main`: ‖x‖ ≤ B_x, or for Gaussian inputs but for a probability that is charged to δ; both labels
//! occur.
//!
//! **Constants.** β, θ: `main`'s pilot for the whole network, so that U is cut from the very network `main` trains. Knots: every
//! gradient feature that `main` finds, of the signs asked for, in both orientations, at the offsets |b*| given in units of B_op.
//! Limits of the event `comparator`: measured anew, over U. κ, signs, offsets, `control_share`: this project's defaults, each can
//! be set.
//!
//! **Source.** The bound: this project, docs/theory.md §5.6 with §4's Theorem C4; that such a U exists: paper Proposition 5.1.
//!
//! **Not checked.** That the controls fail is a count of runs, not a theorem; between looks, which thin out, a control may pass
//! the goal unseen. At larger errors and in fewer dimensions the initial weights learn more often (docs/theory.md §5.6 has the
//! rates), so that the default has an error of 0.05. The paper proofs of the axioms.

use super::feature_learning::{self, distribution};
use crate::decimal::complement;
use crate::derivation::statement::size;
use crate::derivation::{Derivation, DerivationError, sizes, statement};
use crate::error::ParameterError;
use crate::experiment::{Demand, EventTest, InitialWeights, Knot, Lottery, NearestToKnots, RandomNeurons, TicketRule};
use crate::levels::found::{LOSS, SAMPLED};
use crate::levels::pilot::Pilot;
use crate::levels::training::Setup;
use crate::levels::{Case, FeatureSet, Leveled, Params, params, posterior, shares, training};
use crate::parameters::range::Range;
use crate::parameters::uses::{POSTERIOR, Use};
use crate::parameters::{Asked, Form, Gradients, Key, Level, Options, Parameter, Preset, options};
use crate::registry::{Instance, InstanceError, Theorem};
use std::sync::Arc;

/// The theorem.
pub(super) struct LotteryTicket;

/// Axioms of the ticket in the place of the whole network's.
const TICKET: posterior::Axioms =
    posterior::Axioms { comparator: "ticket-comparator", enumerated: "ticket-enumerated", sampled: "ticket-sampled" };
/// What the counts of the controls must prove.
const CONTROLS: [&str; 2] =
    ["Pr[not random_control_fails] <= control_share", "Pr[not initial_control_fails] <= control_share"];

impl Theorem for LotteryTicket {
    fn id(&self) -> &'static str {
        "lottery-ticket"
    }
    fn title(&self) -> &'static str {
        "a few neurons, chosen after the first step, learn alone what the whole network learns"
    }
    fn source(&self) -> &'static str {
        "paper Proposition 5.1; docs/theory.md §5.6"
    }
    fn levels(&self) -> &'static [Level] {
        &[Level::Posterior]
    }
    fn presets(&self) -> &'static [Preset] {
        &[
            Preset {
                name: "xor",
                about: "four Gaussians in R^20 at error 0.05, labels by XOR; a neuron for each",
                parameters: &[
                    ("distribution", "gaussian-xor"),
                    ("d", "20"),
                    ("radius", "12"),
                    ("sigma", "1"),
                    ("epsilon", "0.05"),
                    ("m", "128"),
                    ("m_factor", "100"),
                    ("signs", "positive"),
                ],
            },
            Preset {
                name: "tightness",
                about: "four Gaussians in R^5 at error 0.1 and a sampled first step, on which needs are measured; there the initial \
                        weights learn in a third of the runs",
                parameters: &[
                    ("distribution", "gaussian-xor"),
                    ("d", "5"),
                    ("radius", "12"),
                    ("sigma", "1"),
                    ("m", "64"),
                    ("n_1", "500"),
                    ("m_factor", "100"),
                    ("signs", "positive"),
                    ("control_share", "0.5"),
                ],
            },
        ]
    }
    fn options(&self) -> &'static Options {
        let shared = || distribution::keys(self.levels()).into_iter().chain(params::keys(&USERS));
        let (runs, seed) = (vec![posterior::RUNS], self.levels().to_vec());
        options::once(self.id(), || Options { parameters: shared().chain(OWN).collect(), runs, rows: true, seed })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        let own = Own::read(asked)?;
        let params = posterior::with_gradients(asked, Params::read(asked)?)?;
        let data = distribution::load(asked)?;
        // A bias as long as a typical input. The whole network can do with a longer one, whose few neurons that are on for only some
        // inputs the program finds; among the kept ones there are none.
        let params = Params { beta: params.beta.or(|| Ok::<_, InstanceError>(data.typical_norm(1.0)))?, ..params };
        instance(&Case::new(self.id(), asked, params, data), &own)
    }
}

const SIGNS: Key<Option<&'static str>> = Key::word(
    "signs",
    "biases of the knots: positive, negative or both",
    &["both", "positive", "negative"],
    "positive, negative or both",
);
const FEATURES: Key<u64> = Key::whole(
    "features",
    "gradient features of each sign that have knots, the most frequent first",
    2,
    [1, 1000],
    "the target network stands on gradient features",
);
const OFFSETS: Key<String> = Key::text(
    "offsets",
    "|b*| of the knots in units of B_op, separated by commas",
    "0.25",
    "positive numbers separated by commas",
);
const CONTROL_SHARE: Key<f64> = Key::real(
    "control_share",
    "largest share of the runs in which a control may reach the goal",
    0.2,
    Range::AT_MOST_HALF,
    "a control fails more often than it learns",
)
.symbol("control_share");

/// Parameters beside those of `main`.
const OWN: [Parameter; 4] = [SIGNS.used(ONLY), FEATURES.used(ONLY), OFFSETS.used(ONLY), CONTROL_SHARE.used(ONLY)];
const ONLY: &[Use] = &[POSTERIOR];
/// The framework's, but for the slack of initial norms and the paper's constants.
const USERS: params::Users = params::Users {
    bound: ONLY,
    pilot: ONLY,
    bias: ONLY,
    first_step: ONLY,
    price: &[Use::on(Level::Posterior, &[LOSS])],
    certified: &[Use::on(Level::Posterior, &[LOSS, SAMPLED])],
    limits: ONLY,
    cones: ONLY,
    draws: ONLY,
    copies: ONLY,
    slack: &[],
    batch: ONLY,
    factor: ONLY,
    constants: &[],
};

/// Parameters of the ticket, valid by construction.
struct Own {
    signs: &'static [f64],
    features: u64,
    offsets: Vec<f64>,
    control_share: f64,
}

impl Own {
    fn read(p: &Asked) -> Result<Self, ParameterError> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| *x > 0.0 && *x < 1e6);
        let numbers = |text: &str| text.split(',').map(number).collect::<Option<Vec<f64>>>();
        let signs: &[f64] = match p.get(&SIGNS)?.get() {
            Some("positive") => &[1.0],
            Some("negative") => &[-1.0],
            _ => &[1.0, -1.0],
        };
        Ok(Self {
            signs,
            features: p.get(&FEATURES)?.get(),
            offsets: p.read(&OFFSETS, numbers)?,
            control_share: p.get(&CONTROL_SHARE)?.get(),
        })
    }

    /// Every feature of the signs asked for, in both orientations, at every offset.
    fn rule(&self, features: &FeatureSet, operator_norm: f64, kappa: u64) -> NearestToKnots {
        let mut knots = Vec::new();
        for sign in self.signs {
            let of_sign = features.features.iter().filter(|f| f.sign * sign > 0.0);
            for (feature, offset) in
                of_sign.take(self.features as usize).flat_map(|f| self.offsets.iter().map(move |o| (f, o)))
            {
                for orientation in [1.0, -1.0] {
                    let place = &feature.direction * (orientation / (offset * operator_norm));
                    knots.push(Knot { place, sign: *sign });
                }
            }
        }
        NearestToKnots { knots, copies: kappa as usize }
    }
}

fn instance(case: &Case<'_>, own: &Own) -> Result<Instance, InstanceError> {
    let Case { asked, params, data, .. } = case;
    let seed = asked.seed();
    let certificate = sizes::share(params.delta.get(), shares::CERTIFICATE_SHARE);
    let whole = posterior::scales(data, params, seed)?;
    let features = FeatureSet::find(data, params, whole.beta, seed)?;
    let whole = whole.limited(data, params, seed)?;
    let rule = own.rule(&features, data.distribution.moments().operator_norm, params.kappa.get());
    let (knots, kept) = (rule.knots.len(), rule.knots.len() * rule.copies);
    let rule: Arc<dyn TicketRule> = Arc::new(rule);
    let pilot = whole.of_ticket(data, params, certificate, &rule, seed)?;
    let why = "no pilot run has a comparator on the kept neurons; a larger width m or kappa may help".into();
    let pilot = pilot.ok_or(DerivationError::Unreachable { what: "ticket", why })?.limited(data, params, seed)?;
    let mut derivation = case.premises(&posterior::variant(params, data, &pilot))?;
    data.evaluation(&mut derivation)?;
    let hypotheses = data.hypotheses(&derivation);
    features.claim(&mut derivation)?;
    derivation.choose("kappa", params.kappa.get() as f64)?;
    derivation.choose("knots", knots as f64)?;
    derivation.choose("control_share", own.control_share)?;
    let conclusion = posterior::derive(&mut derivation, params, data, &pilot, &TICKET)?;
    derivation.not_vacuous()?;
    let setup = Setup {
        form: Form::C,
        gradients: if params.first_batch.get() == 0 { Gradients::ClosedFirst } else { Gradients::Fresh },
        comparator: Arc::new(pilot.program(data, params)),
        ticket: Some(Lottery {
            rule,
            size: kept,
            controls: vec![Arc::new(RandomNeurons), Arc::new(InitialWeights { beta: pilot.beta })],
        }),
        events: vec![
            ("comparator", EventTest::Comparator, "delta_H"),
            ("random_control_fails", EventTest::ControlFails(0), "control_share"),
            ("initial_control_fails", EventTest::ControlFails(1), "control_share"),
        ],
        counted: vec!["comparator", "random_control_fails", "initial_control_fails"],
        factor: params.m_factor.get(),
        decrease: Some(training::fall_of_c4(&derivation, params.m_factor.get(), pilot.demand == Demand::Margin)),
    };
    let protocol = training::protocol(&derivation, &data.distribution, &setup, seed);
    let rules = training::rules(&derivation, &protocol, &setup);
    let statement = format!(
        "{}: with {}, {}, of which {} are kept after step 1, kappa = {} for each of {knots} knots, {}; as many neurons drawn at \
         random, and the same ones without the first step, fail to in at least {} of the runs",
        case.law_in_words(&derivation),
        statement::network(&derivation),
        statement::gradients(&derivation, setup.gradients),
        size(&derivation, "N_U"),
        size(&derivation, "kappa"),
        statement::reached(&derivation, params.delta.get(), "Pr[y f(x) < 1]"),
        complement(own.control_share),
    );
    let comparison = comparison(case, &features, &whole, &derivation)?;
    let tag = |key: &'static str| (key, derivation.variant().get(key).cloned().unwrap_or_default());
    let leveled = Leveled {
        level: Level::Posterior,
        tags: vec![tag("form"), tag("gradients"), tag("comparator")],
        hypotheses,
        features: features.rows(),
        live: kept as f64,
        population: false,
        rules,
        statement,
    };
    let conclusion = conclusion
        .map(|c| crate::registry::instance::Conclusion { beside: CONTROLS.to_vec(), ..c })
        .filter(|_| derivation.applies());
    let mut instance = Instance { conclusion, ..case.instance(derivation, protocol, leveled) };
    instance.notices.push(comparison);
    Ok(instance)
}

/// The ticket's size and T beside the whole network's, by theorem `main` after the same first step.
fn comparison(
    case: &Case<'_>,
    features: &FeatureSet,
    whole: &Pilot,
    ticket: &Derivation,
) -> Result<String, InstanceError> {
    let Case { asked, params, data, .. } = case;
    let variant = posterior::variant(params, data, whole);
    let mut all = data.premises(asked.theory(), feature_learning::ID, &variant)?;
    all.choose("epsilon", params.epsilon.get())?;
    all.choose("delta", params.delta.get())?;
    data.evaluation(&mut all)?;
    features.claim(&mut all)?;
    let steps = match posterior::derive(&mut all, params, data, whole, &posterior::WHOLE) {
        Ok(_) => size(&all, "T"),
        Err(InstanceError::Derivation(DerivationError::Unreachable { .. })) => "beyond reach".into(),
        Err(other) => return Err(other),
    };
    Ok(format!(
        "the ticket keeps {} of N = {} neurons and has T = {}; the whole network after the same first step (theorem main) has \
         T = {steps}",
        size(ticket, "N_U"),
        size(ticket, "N"),
        size(ticket, "T"),
    ))
}
