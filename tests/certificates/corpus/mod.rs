//! The corpus: honest certificates and forgeries of them with the answers a checker owes (tests/corpus/README.md).

pub(crate) mod answers;
pub(crate) mod edits;
pub(crate) mod forge;
pub(crate) mod honest;
mod make;
pub(crate) mod repair;
pub(crate) mod special;
