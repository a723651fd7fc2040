//! The handlers, a file for each URL segment.

pub(crate) mod attack_detection;
pub(crate) mod authentication;
pub(crate) mod client_scopes;
pub(crate) mod clients;
pub(crate) mod components;
pub(crate) mod events;
pub(crate) mod groups;
pub(crate) mod identity_provider;
pub(crate) mod localization;
pub(crate) mod participants;
pub(crate) mod protocol_mappers;
pub(crate) mod realms;
pub(crate) mod role_mappings;
pub(crate) mod roles;
pub(crate) mod scope_mappings;
pub(crate) mod server;
pub(crate) mod users;
