//! Evidence: who signed which octets, shown years later to somebody who trusts nobody's server.
//!
//! Everything here is a function of its arguments: no network, no store, and no clock but the moment that is given.
//!
//! | module | what |
//! |---|---|
//! | [`canonical`] | JSON with one spelling |
//! | [`bundle`] | the file |
//! | [`follow()`] | the key that a log was handed over to |
//! | [`verify()`] | judging it under a trust policy |
//! | [`report`] | what was found, for people and for machines |
//! | [`timestamp`] | asking an authority for the time |

pub mod bundle;
pub mod canonical;
pub mod report;
pub mod timestamp;

mod certificate;
mod chain;
mod claim;
mod log;
mod log_keys;
mod message;
mod times;
mod verify;

pub use bundle::Bundle;
pub use log_keys::follow;
pub use report::{Outcome, Report};
pub use verify::verify;
