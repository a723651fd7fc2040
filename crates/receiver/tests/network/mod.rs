//! A network in this process: a realm that speaks as the server does, with real keys and signatures, and its participants.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod participant;
pub mod realm;
mod replies;
mod verify;

#[allow(unused_imports, reason = "each test takes what it needs")]
pub use participant::{Participant, signed, signed_request};
pub use realm::Realm;
