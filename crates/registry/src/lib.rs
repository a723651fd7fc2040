//! Who takes part in a network, through time: participants, their roles and keys, as chains of records.
//!
//! What a role is at a moment is its records put together, by the server that writes them and by anyone who is shown
//! them years later. Everything here is a function of its arguments: no store, no clock.
//!
//! | module | what |
//! |---|---|
//! | [`record`] | one change of a chain, and how chains hang together |
//! | [`participant`] | an organisation |
//! | [`role`] | what an organisation takes part as, with its keys |
//! | [`status`] | how far its approval is |
//! | [`key`] | a public key that may be registered |
//! | [`proof`] | that who brings a key has it |
//! | [`voucher`] | on whose word a key stands |
//! | [`moment`] | times as the registry writes them |

pub mod key;
pub mod moment;
pub mod participant;
pub mod proof;
pub mod record;
pub mod role;
pub mod status;
pub mod voucher;

mod rsa;

#[cfg(test)]
mod tests;

pub use key::{KeyError, PublicKey};
pub use moment::Moment;
pub use participant::Participant;
pub use record::{Actor, ChainError, Change, Record};
pub use role::{Key, Role, Settings};
pub use status::Status;
pub use voucher::{Voucher, Word};
