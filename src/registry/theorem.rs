//! What a theorem is to the rest of the program.

use super::{Instance, ScalingLaw, Unused};
use crate::derivation::DerivationError;
use crate::error::ParameterError;
use crate::parameters::{Asked, Declared, Level, Options, Preset, Request};

/// A theorem that can be run.
pub trait Theorem: Sync {
    /// Id, for example `linear-data`.
    fn id(&self) -> &'static str;
    /// One line.
    fn title(&self) -> &'static str;
    /// The paper's number, or the section of docs/theory.md.
    fn source(&self) -> &'static str;
    /// Levels it has bounds at.
    fn levels(&self) -> &'static [Level] {
        &[Level::Explicit]
    }
    /// Presets, the default first.
    fn presets(&self) -> &'static [Preset];
    /// The exponents it states.
    fn laws(&self) -> &'static [ScalingLaw] {
        &[]
    }
    /// What it can be asked for, and which level uses what.
    fn options(&self) -> &'static Options;
    /// Builds the theorem at one level. What it does not use of what is asked it does not read: whoever calls it refuses the
    /// rest, as [`Listed::instantiate`](super::Listed::instantiate) does.
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
    /// The forms of the theorem on the same instance, shown beside its bounds, but those of the level `done`, which is
    /// instantiated already.
    ///
    /// # Errors
    /// Bad parameters, unreadable data; a form that cannot be instantiated is an error of its own row.
    fn forms(
        &self,
        _declared: &Declared,
        _request: &Request,
        _done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        Ok(Vec::new())
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
    Derivation(#[from] DerivationError),
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
