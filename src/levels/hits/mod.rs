//! Which neurons hit a target after the first step, and how often one does: Lemma 3 on any distribution, windows and components
//! where the law is known.

pub(crate) mod components;
pub(crate) mod lemma_3;
pub(crate) mod windows;
