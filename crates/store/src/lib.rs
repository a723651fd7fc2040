//! Everything that is remembered: all SQL, both databases, the schema and the sealing of secrets at rest.
//!
//! [`db`] runs statements, [`vault`] seals secrets; each noun's module holds all statements about that noun and turns
//! rows into the structs of `model`. Nothing above this crate knows which engine is below.

pub mod db;

pub use db::{Batch, Committed, Db, Row, StoreError, Value};
