//! The kit of the wire tests: the whole server in this process, without a socket, and those who call it.
//!
//! [`Server`] is the router of production on a store of its own, a clock that the test moves, and an outside that only
//! records. Callers are types: [`Client`] asks for tokens, [`Browser`] keeps cookies and sends the forms it finds,
//! [`Hands`] change what is stored, as an administrator would. [`fuzz`] drives the fuzz targets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    reason = "a kit for tests ends a test by panicking"
)]

mod ask;
mod browser;
mod client;
mod forge;
pub mod fuzz;
mod hands;
mod html;
mod network;
mod outside;
mod place;
mod realm_keys;
mod reply;
mod road;
mod schema;
mod server;

pub use ask::Ask;
pub use browser::{Browser, Landing};
pub use client::{Client, Tokens};
pub use forge::{Forge, bits_flipped, claims_of, ways_to_break};
pub use hands::Hands;
pub use html::{Form, find_forms, unescape};
pub use network::{Party, Sent, new_key};
pub use outside::{Outside, Posted};
pub use place::{Engine, Place};
pub use reply::Reply;
pub use road::Road;
pub use schema::Description;
pub use server::{BASE, NOW, Server, Setup};
