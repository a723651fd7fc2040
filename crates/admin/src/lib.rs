//! Administration: what the Admin API does, without HTTP, and whole realms in and out.
//!
//! A file is named after its URL's segment, here as in `web-admin`. An operation takes a [`permit::Permit`], the proof
//! that the caller may, and gives its answer with the writes to commit. [`import`] and [`export`] move realms.

pub mod bootstrap;
pub mod import;
mod key_material;
mod master;
mod purge;
pub mod refusals;

pub use master::MASTER;
pub use purge::purge_hidden;
