//! Receives signed messages: whoever puts this before a service has each message's sender, signature and record checked,
//! and its replies signed, without any part of the server.
//!
//! [`layer()`] is all that a Rust service needs; a gateway stands before others.
//!
//! | module | what |
//! |---|---|
//! | [`settings`] | who receives, whom it asks, how much it takes |
//! | [`receiver`] | who sends, from where, is it theirs |
//! | [`layer()`] | the same around a service of `tower` |
//! | [`outgoing`] | requests and replies that are signed, replies that are checked |
//! | [`role`] | a participant as the registry has it |
//! | [`server`] | what becomes of calls to the server |
//! | [`refusal`] | a status, a code, a sentence |
//! | [`keep`], [`receipts`], [`heads`], [`logs`] | what outlives the process: receipts, messages to report, heads and keys of logs |
//! | [`client`], [`body`] | whole requests and replies, within bounds |

pub mod body;
pub mod client;
pub mod clock;
pub mod heads;
pub mod keep;
pub mod layer;
pub mod logs;
pub mod outgoing;
pub mod receipts;
pub mod receiver;
pub mod refusal;
pub mod role;
pub mod server;
pub mod settings;

mod bearer;
mod causes;
mod follow;
mod fresh;
mod moved;
mod outage;
mod own_token;
mod realm_keys;
mod record;
mod reply;
mod report;
mod roles;
mod trouble;
mod verdict;

pub use layer::{PeerAddress, ReceiverLayer, layer};
pub use receipts::Receipts;
pub use receiver::{Accepted, Admitted, Identified, Line, Receiver, SENDER, SetupError};
pub use refusal::Refusal;
pub use role::Role;
pub use server::ServerError;
pub use settings::{Addresses, Mode, Settings, Signer};
