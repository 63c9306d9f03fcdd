//! What a theorem can be asked for, and what is asked of it: declarations, requests, and how a theorem reads them.

mod asked;
mod declared;
mod level;
pub mod options;
pub mod parameter;
mod preset;
pub mod range;
mod request;
mod setting;
pub mod uses;
pub mod words;

pub use asked::{Asked, Value};
pub use declared::Declared;
pub use level::Level;
pub use options::Options;
pub use parameter::{Key, Parameter};
pub use preset::Preset;
pub use request::{DataRequest, Form, Gradients, Request};
pub use setting::Setting;
