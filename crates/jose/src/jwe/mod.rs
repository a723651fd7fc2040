//! Compact JWE [RFC7516-3.1] [RFC7518-4] [RFC7518-5].
mod names;
pub use self::names::{ContentEncryption, KeyManagement};
