//! The theorems: one module each, the trait they share, and the registry.
//!
//! # Adding a theorem
//! 1. State it in docs/theory.md with its proof, and write its axioms and its `theorem` entry into
//!    `theorems/theory.txt`: there, and only there, stand its formulas.
//! 2. Write `theorems/<name>.rs`: the [`Options`] it takes, `Params` read from an [`Asked`], the derivation, and the
//!    [`Experiment`](crate::experiment::Experiment) of its trials: a [`Protocol`](crate::experiment::Protocol) where they are
//!    runs of Algorithm 1.
//! 3. Add its row to [`REGISTRY`].
//! 4. Write its twin `tests/theorems/<name>.rs` (accept and reject) and at least one planted falsehood.

pub mod asked;
mod auto;
mod beyond_kernel;
pub mod cost;
pub mod derivation;
pub mod forms;
mod framework;
mod frozen_layer;
mod gaussian_mixture;
mod gaussian_xor;
mod gaussians;
pub mod instance;
mod linear_data;
mod lottery_ticket;
mod main;
mod multi_index;
pub mod options;
pub mod paper;
mod parity;
pub mod request;
mod rows;
pub mod sizes;
mod special;
mod statement;
mod training;
mod uniform_parity;
pub mod unused;
mod windows;
mod words;

pub use asked::Asked;
pub use auto::{auto, candidates};
pub use instance::{Bounds, Condition, Instance, Level, Size};
pub use options::Options;
pub use request::{DataRequest, Form, Gradients, Request};
pub use unused::{Unused, instances};

use crate::certificate::document::Certificate;
use crate::error::ParameterError;

/// A preset: a named set of parameters with what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its parameters, as `--set` would give them.
    pub parameters: &'static [(&'static str, &'static str)],
}

/// A theorem that can be run.
pub trait Theorem: Sync {
    /// Id, for example `linear-data`.
    fn id(&self) -> &'static str;
    /// One line.
    fn title(&self) -> &'static str;
    /// The paper's number, or the section of docs/theory.md.
    fn source(&self) -> &'static str;
    /// Levels it has bounds at.
    fn levels(&self) -> &'static [Level];
    /// Presets, the default first.
    fn presets(&self) -> &'static [Preset];
    /// What it can be asked for, and which level uses what.
    fn options(&self) -> &'static Options;
    /// Builds the theorem at one level. What it does not use of what is asked it does not read: whoever calls it refuses the
    /// rest, as `<dyn Theorem>::instantiate` does.
    ///
    /// # Errors
    /// Bad parameters, unreadable data; a hypothesis that fails is no error but part of the instance.
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError>;
    /// Refuses a level the theorem does not have.
    ///
    /// # Errors
    /// [`InstanceError::NoLevel`].
    fn has(&self, level: Level) -> Result<(), InstanceError> {
        if self.levels().contains(&level) {
            return Ok(());
        }
        let levels = self.levels().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Err(InstanceError::NoLevel { theorem: self.id(), level, levels })
    }
    /// The request that a certificate of this theorem answers, so that its trials can be run again.
    fn recall(&self, certificate: &Certificate) -> Result<Request, InstanceError>;
    /// The forms of the theorem on the same instance, shown beside its bounds, but those of the level `done`, which is
    /// instantiated already.
    ///
    /// # Errors
    /// Bad parameters, unreadable data; a form that cannot be instantiated is an error of its own row.
    fn forms(&self, request: &Request, done: Option<Level>) -> Result<Vec<FormRow>, InstanceError>;
}

impl dyn Theorem + '_ {
    /// Instantiates the theorem at one level.
    ///
    /// # Errors
    /// Bad parameters, unreadable data, and whatever of the request this level does not use.
    pub fn instantiate(&self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        let built = instances(self, request, &[level])?.pop();
        built.ok_or_else(|| InstanceError::NoLevel { theorem: self.id(), level, levels: String::new() })
    }
}

/// The name of a form, and the theorem in it.
pub type FormRow = (String, Result<Instance, InstanceError>);

/// Why a theorem cannot be instantiated.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// A bad parameter.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// An option that is not used.
    #[error(transparent)]
    Unused(Box<Unused>),
    /// A bad distribution.
    #[error(transparent)]
    Distribution(#[from] crate::distributions::DistributionError),
    /// A bad data file.
    #[error(transparent)]
    Data(#[from] crate::distributions::DataError),
    /// The distribution has no gradient in closed form.
    #[error(transparent)]
    NoGradient(#[from] crate::features::NoGradient),
    /// The pilot's first step cannot be taken.
    #[error(transparent)]
    FirstStep(#[from] crate::network::FirstStepError),
    /// The derivation cannot be built.
    #[error(transparent)]
    Derivation(#[from] derivation::DerivationError),
    /// No such level.
    #[error("{theorem} has no {level} level: its levels are {levels}")]
    NoLevel {
        /// The theorem.
        theorem: &'static str,
        /// The level asked for.
        level: Level,
        /// Those it has.
        levels: String,
    },
}

impl From<Unused> for InstanceError {
    fn from(unused: Unused) -> Self {
        Self::Unused(Box::new(unused))
    }
}

/// Every theorem, in the paper's order.
pub static REGISTRY: &[&dyn Theorem] = &[
    &main::Main,
    &frozen_layer::FrozenLayer,
    &linear_data::LinearData,
    &special::Special(gaussian_mixture::GaussianMixture),
    &special::Special(gaussian_xor::GaussianXor),
    &special::Special(parity::Parity),
    &special::Special(uniform_parity::UniformParity),
    &special::Special(multi_index::MultiIndex),
    &lottery_ticket::LotteryTicket,
    &beyond_kernel::BeyondKernel,
];

/// The theorem of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Theorem> {
    REGISTRY.iter().copied().find(|t| t.id() == id)
}
