//! Listeners and connections: from a socket to a request for the router, and to an orderly end.
//!
//! What the server may hold is bounded here: connections, requests in work, the time for a handshake, for the first
//! request, for a request's head and for its body. How large a body may be is decided where it is read.

mod body;
mod connection;
mod listener;
mod request;
mod shutdown;
pub mod tls;

pub use connection::Limits;
pub use listener::{Listener, serve};
pub use shutdown::{Phase, Shutdown};

#[cfg(test)]
mod tests;
