//! The theorems: one module each, with its chapter of the theory text beside it.
//!
//! CONTRIBUTING.md says how to add one; `template.rs` is one to copy.

mod beyond_kernel;
mod feature_learning;
mod frozen_layer;
mod gaussian_mixture;
mod gaussian_xor;
mod linear_data;
mod lottery_ticket;
mod multi_index;
mod parity;
#[cfg(test)]
mod template;
mod uniform_parity;

use crate::certificate::theory::Theory;
use crate::derivation::DerivationError;
use crate::levels::special::Special;
use crate::registry::{Listed, Registry};

/// The built-in theory's text, chapter by chapter: what all theorems share, then each theorem's own beside its module.
pub const THEORY: &str = concat!(
    include_str!("theory/declarations.txt"),
    include_str!("theory/laws.txt"),
    include_str!("theory/first_step.txt"),
    include_str!("theory/hits.txt"),
    include_str!("theory/training.txt"),
    include_str!("theory/paper.txt"),
    include_str!("theory/blocks.txt"),
    include_str!("feature_learning/theory.txt"),
    include_str!("linear_data/theory.txt"),
    include_str!("frozen_layer/theory.txt"),
    include_str!("gaussians/theory.txt"),
    include_str!("parity/theory.txt"),
    include_str!("uniform_parity/theory.txt"),
    include_str!("multi_index/theory.txt"),
    include_str!("lottery_ticket/theory.txt"),
    include_str!("beyond_kernel/theory.txt"),
);

/// Every theorem, in the paper's order.
pub static REGISTRY: Registry = Registry::new(
    THEORY,
    &[
        &feature_learning::FeatureLearning,
        &frozen_layer::FrozenLayer,
        &linear_data::LinearData,
        &Special(gaussian_mixture::GaussianMixture),
        &Special(gaussian_xor::GaussianXor),
        &Special(parity::Parity),
        &Special(uniform_parity::UniformParity),
        &Special(multi_index::MultiIndex),
        &lottery_ticket::LotteryTicket,
        &beyond_kernel::BeyondKernel,
    ],
);

/// The theorem of that id.
#[must_use]
pub fn find(id: &str) -> Option<Listed> {
    REGISTRY.find(id)
}

/// The theory of these theorems.
///
/// # Errors
/// Never for the text that ships with the crate; a test reads it.
pub fn theory() -> Result<&'static Theory, DerivationError> {
    REGISTRY.theory()
}

#[cfg(test)]
mod tests {
    use super::{REGISTRY, template};
    use crate::check::{CheckOptions, check};
    use crate::experiment::Verdict;
    use crate::parameters::{Level, Request};
    use crate::registry::Registry;
    use std::sync::atomic::AtomicBool;

    /// The template is a theorem: its text is well formed beside the others', and it is corroborated.
    #[test]
    fn the_template_is_a_theorem() -> Result<(), Box<dyn std::error::Error>> {
        // A text from outside starts with `theory`, one of this crate's with `chapter`.
        let text = include_str!("template/theory.txt").replace("chapter template", "theory template");
        let text: &str = Box::leak(text.into_boxed_str());
        let registry: &'static Registry =
            Box::leak(Box::new(Registry::extending(&REGISTRY, text, &[&template::Template])));
        let listed = registry.find("template").ok_or("it is not listed")?;
        let instance = listed.instantiate(&Request::default(), Level::Explicit)?;
        // n = ceil(ln(20)/0.02) by hand.
        assert_eq!(instance.bounds.per_step.exact(), Some(150));
        let report = check(instance, &CheckOptions::default(), &AtomicBool::new(false))?;
        assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
        Ok(())
    }
}
