//! Messages with detached signatures: signed and judged on their octets, by profiles that the message never chooses.
//!
//! Everything here is a function of its arguments: no store, no clock, no network, so that a server, a gateway, a service
//! and the command line judge a message the same way. Nothing parses a body before its signature was found good.
//!
//! | module | what |
//! |---|---|
//! | [`profile`] | how a network signs, as data |
//! | [`message`] | what came, octet by octet |
//! | [`sender`] | whose it claims to be, and their keys through time |
//! | [`judge()`] | the checks in their order, and the verdict |
//! | [`verdict`] | one code and one sentence for each outcome |
//! | [`address`] | the origin of a registered address |
//! | [`cause`] | what probably went wrong with a signature that doesn't match |
//! | [`sign()`] | the other side |

pub mod address;
pub mod cause;
pub mod message;
pub mod profile;
pub mod sender;
pub mod verdict;

mod judge;
mod parameters;
mod sign;
mod sound;

#[cfg(test)]
mod tests;

pub use judge::{Judged, Receiver, judge};
pub use message::{ANSWER, LONGEST_BODY, Message, OF_THE_CONNECTION, request_digest};
pub use profile::Profile;
pub use sender::{Sender, SenderKey};
pub use sign::{SignError, Signing, sign};
pub use verdict::{Code, Verdict};
