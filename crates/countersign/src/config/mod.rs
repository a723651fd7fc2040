//! Configuration: from words to meaning.
//!
//! `settings` lists what can be set, `sources` are where words come from (command line, environment, file, defaults, in
//! that order of precedence), `values` keeps each word with its origin, and `resolved` says what it all means or why it
//! cannot be. Nothing else in the program reads the environment.

pub mod environment;
pub mod file;
pub mod ignored;
pub mod properties;
pub mod reference;
pub mod resolved;
pub mod setting;
pub mod settings;
pub mod trust_file;
pub mod values;

mod duration;
mod placeholders;
mod secret;

pub use duration::parse_duration;
pub use resolved::{Config, Resolution, resolve};
pub use secret::Secret;
pub use values::{Origin, Values};

#[cfg(test)]
mod tests;
