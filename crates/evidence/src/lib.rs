//! Evidence: who signed which octets, shown years later to somebody who trusts nobody's server.
//!
//! Everything here is a function of its arguments: no network, no store, and no clock but the moment that is given.
//!
//! | module | what |
//! |---|---|
//! | [`canonical`] | JSON with one spelling |
//! | [`bundle`] | the file |
//! | [`told`] | what a log says of its keys, and how they took over |
//! | [`lines()`] | the lines that a log's head must have |
//! | [`verify()`] | judging it under a trust policy |
//! | [`report`] | what was found, for people and for machines |
//! | [`timestamp`] | asking an authority for the time |

pub mod bundle;
pub mod canonical;
pub mod report;
pub mod timestamp;
pub mod told;

mod certificate;
mod chain;
mod claim;
mod log;
mod log_keys;
mod message;
mod times;
mod verify;

pub use bundle::Bundle;
pub use log_keys::lines;
pub use report::{Outcome, Report};
pub use verify::verify;
