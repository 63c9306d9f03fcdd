//! Theorem 3.12 on a law of one's own.
//!
//! A crate brings a distribution with its chapter of theory: an axiom of its name that gives its moments and says that no input
//! is longer than B_x (`let outside = 0`), the axiom that its support can be
//! enumerated, and a theorem that stands on the blocks of this crate's theory (`like framework`, `like whole-network`,
//! `like counted-features`). examples/own-law does so.

use super::Data;
use super::found::{self, Found};
use super::params;
use crate::distributions::Distribution;
use crate::parameters::uses::Use;
use crate::parameters::{Asked, Declared, Level, Options, Parameter, Preset, Request, options};
use crate::registry::{FormRow, Instance, InstanceError, Theorem};
use std::sync::Arc;

/// A distribution of bounded inputs, with what its axiom lets the instance choose.
pub struct Law {
    /// The distribution; its name is that of its axiom, and of the variant's `data`.
    pub distribution: Arc<dyn Distribution>,
    /// The symbols of its axiom with their numbers.
    pub symbols: Vec<(&'static str, f64)>,
    /// The axiom that its support can be enumerated, where it can be.
    pub enumerated: Option<&'static str>,
}

/// What a theorem on a law declares.
pub trait OwnLaw: Sync {
    /// Id of the theorem.
    fn id(&self) -> &'static str;
    /// One line.
    fn title(&self) -> &'static str;
    /// Where the law's moments are proved.
    fn source(&self) -> &'static str;
    /// The levels that the theorem's text has variants of.
    fn levels(&self) -> &'static [Level] {
        &[Level::Posterior]
    }
    /// Presets, the default first.
    fn presets(&self) -> &'static [Preset];
    /// The parameters of the law, as its levels use them.
    fn parameters(&self) -> Vec<Parameter>;
    /// The law of a request.
    ///
    /// # Errors
    /// Bad parameters.
    fn law(&self, asked: &Asked) -> Result<Law, InstanceError>;
}

/// A law as a theorem: features and comparator are found from the distribution alone.
pub struct OnLaw<L>(pub L);

impl<L: OwnLaw> OnLaw<L> {
    fn data(&self, asked: &Asked) -> Result<Data, InstanceError> {
        let Law { distribution, symbols, enumerated } = self.0.law(asked)?;
        let name = distribution.name();
        Ok(Data::own(distribution, name, symbols, enumerated))
    }
}

impl<L: OwnLaw> Theorem for OnLaw<L> {
    fn id(&self) -> &'static str {
        self.0.id()
    }
    fn title(&self) -> &'static str {
        self.0.title()
    }
    fn source(&self) -> &'static str {
        self.0.source()
    }
    fn levels(&self) -> &'static [Level] {
        self.0.levels()
    }
    fn presets(&self) -> &'static [Preset] {
        self.0.presets()
    }
    fn options(&self) -> &'static Options {
        let levels = self.levels();
        let here = |used: &'static [Use]| -> &'static [Use] {
            Vec::leak(used.iter().filter(|u| levels.contains(&u.level)).copied().collect())
        };
        options::once(self.id(), || {
            let framework = params::keys(&found::USERS).map(|p| Parameter { used: here(p.used), ..p });
            let parameters = self.0.parameters().into_iter().chain(framework.filter(|p| !p.used.is_empty()));
            Options {
                parameters: parameters.collect(),
                runs: found::RUNS.iter().filter(|runs| levels.contains(&runs.level)).copied().collect(),
                rows: false,
                seed: levels.to_vec(),
            }
        })
    }
    fn build(&self, asked: &Asked, level: Level) -> Result<Instance, InstanceError> {
        self.has(level)?;
        Found { theorem: self.id(), data: &|asked| self.data(asked) }.build(asked, level)
    }
    fn forms(
        &self,
        declared: &Declared,
        request: &Request,
        done: Option<Level>,
    ) -> Result<Vec<FormRow>, InstanceError> {
        if self.levels() != found::LEVELS {
            return Ok(Vec::new());
        }
        Found { theorem: self.id(), data: &|asked| self.data(asked) }.forms(declared, request, done)
    }
}
