//! Properties over random instances. They live here because proptest keeps failing seeds beside the source file.

mod bounds;
mod distributions;
mod network;
