//! The rules of the wire, each a test named as a sentence: the whole server in process, a clock that stands still.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod access;
mod administrators;
mod browser;
mod hosts;
mod logout;
mod messages;
mod nodes;
mod participants;
mod passwords;
mod token;
