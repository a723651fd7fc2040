//! Administration: what the Admin API does, without HTTP, and whole realms in and out.
//!
//! A file is named after its URL's segment, here as in `web-admin`. An operation takes a [`permit::Permit`], the proof
//! that the caller may, and gives its answer with the writes to commit. [`import`] and [`export`] move realms.

pub mod attack_detection;
pub mod authentication;
pub mod body;
pub mod bootstrap;
pub mod client_scopes;
pub mod clients;
pub mod components;
pub mod console;
pub mod events;
pub mod export;
pub mod groups;
pub mod identity_provider;
pub mod import;
mod key_material;
pub mod keys;
pub mod localization;
mod mask;
mod master;
pub mod partial_export;
pub mod partial_import;
pub mod participants;
pub mod permit;
pub mod protocol_mappers;
mod purge;
pub mod realms;
pub mod refusals;
pub mod rep;
pub mod role_mappings;
pub mod roles;
pub mod server_info;
pub mod users;

pub use master::MASTER;
pub use purge::{is_importing, purge_hidden};
