//! Signed messages between the participants of a network: verified with evidence, signed for others, and looked up.
//!
//! No HTTP and no SQL. An operation takes a [`caller::Caller`], the proof that whoever asks may, and gives its answer with
//! the writes to commit: a verdict is in the ledger before its caller hears of it.

pub mod bundle;
pub mod caller;
pub mod evidence;
pub mod refusals;
pub mod registry_views;
pub mod sign;
pub mod submitted;
pub mod times;
pub mod verify;

mod answer;
mod envelope;
mod gather;
mod handovers;
mod heads;
mod inside;
mod replay;
mod seen;

pub use caller::Caller;
pub use model::Right;
pub use signing::LONGEST_BODY;
pub use submitted::Submitted;
