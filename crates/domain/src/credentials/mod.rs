//! Password hashes in the form Keycloak stores and exports them: reading, verifying, making, and when to make anew.
//!
//! A stored password is two JSON texts, `secretData` and `credentialData` (`[KC]` CredentialRepresentation); each
//! hashing scheme is one file and one line in [`SCHEMES`]. Hashes are made of Argon2id unless the realm's password
//! policy names another scheme; bcrypt is only ever read, from realms that used it before.
//!
//! What a stored hash may cost is bounded, since it may come from an imported file: one that asks for more memory or
//! rounds than any sane realm is unreadable, like one that is no JSON.
//!
//! Hashing is the one slow thing a login does, so it runs in [`Hasher`], which lets as many hashes as there are cores
//! run at once. Other credentials (one-time codes, passkeys) live elsewhere.

mod argon;
mod bcrypt_hash;
mod hasher;
mod pbkdf2_hash;
mod scheme;
mod stored;
#[cfg(test)]
mod tests;

pub use hasher::{HashError, Hasher};
pub use scheme::{HashChoice, Scheme, Scratch, UnknownScheme};
pub use stored::{PasswordHash, StoredPassword, Unreadable};

/// Every scheme a stored hash may use; the first is what new hashes use when the realm has no say.
pub const SCHEMES: &[&dyn Scheme] =
    &[&argon::ARGON2, &pbkdf2_hash::SHA512, &pbkdf2_hash::SHA256, &pbkdf2_hash::SHA1, &bcrypt_hash::BCRYPT];
