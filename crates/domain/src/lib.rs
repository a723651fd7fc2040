//! What the stored things mean: realms compiled into plans, people, sessions, keys, credentials, policies.
//!
//! Nothing here knows a wire shape. Operations read through `store`, decide, and return [`Writes`]; nothing is written
//! before an operation has decided, so nothing is ever rolled back by hand.

pub mod brute_force;
pub mod clock;
mod core;
pub mod credentials;
pub mod groups;
pub mod ids;
pub mod keys;
pub mod lifetimes;
pub mod network;
pub mod otp;
pub mod password_policy;
pub mod passwords;
pub mod plan;
pub mod ports;
pub mod realm_defaults;
mod refusal;
pub mod roles;
mod signers;
pub mod user_profile;
pub mod users;
mod writes;

pub use crate::core::{Core, RequestFacts};
pub use plan::{Fresh, Plan};
pub use refusal::{CONFLICT, Error, Fault, Refusal, Refused, Result, TAKEN};
pub use users::Person;
pub use writes::{Notice, Writes};
