//! What a password hashing scheme is, and the realm's choice among them.

use argon2::Block;
use serde_json::Map;

use super::SCHEMES;
use super::stored::{PasswordHash, Unreadable};

/// One way of hashing passwords.
pub trait Scheme: Sync {
    /// The name in `credentialData.algorithm` and in the policy term `hashAlgorithm`.
    fn id(&self) -> &'static str;

    /// Rounds of a new hash when the policy names none; `None` for a scheme that is only read.
    fn usual_iterations(&self) -> Option<u32>;

    /// `credentialData.additionalParameters` of a new hash.
    fn usual_parameters(&self) -> Map<String, serde_json::Value> {
        Map::new()
    }

    /// Whether the stored value is the scheme's own text, not the base64 of its octets.
    fn is_text(&self) -> bool {
        false
    }

    /// Refuses a stored hash that is malformed or would cost too much to verify.
    fn check(&self, hash: &PasswordHash) -> Result<(), Unreadable>;

    /// The hash of `password` under the parameters and the salt of `hash`, as long as the stored value.
    fn derive(&self, hash: &PasswordHash, password: &[u8], scratch: &mut Scratch) -> Result<Vec<u8>, Unreadable>;

    /// Compares in constant time. Schemes whose value is no plain derivation have their own.
    fn verify(&self, hash: &PasswordHash, password: &[u8], scratch: &mut Scratch) -> Result<bool, Unreadable> {
        let derived = self.derive(hash, password, scratch)?;
        Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&derived, hash.value()).is_ok())
    }

    /// How long a new hash's value is, in bytes.
    fn usual_length(&self) -> usize;
}

/// Memory that Argon2 works in, kept from one hash to the next: fresh pages cost more than the hash itself.
#[derive(Default)]
pub struct Scratch {
    blocks: Vec<Block>,
}

impl Scratch {
    /// At least `count` blocks of 1 KiB, with whatever an earlier hash left in them.
    pub(super) fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.blocks.len() < count {
            self.blocks.resize(count, Block::new());
        }
        self.blocks.get_mut(..count).unwrap_or_default()
    }

    /// Gives back what one unusually large hash took.
    pub(super) fn trim(&mut self) {
        if self.blocks.len() > KEPT_BLOCKS {
            self.blocks = Vec::new();
        }
    }
}

/// What new hashes of a realm are made with: a scheme and its rounds.
#[derive(Clone, Copy)]
pub struct HashChoice {
    pub(super) scheme: &'static dyn Scheme,
    pub(super) iterations: u32,
}

impl HashChoice {
    /// The choice named by a password policy: `hashAlgorithm` and `hashIterations`, both optional.
    ///
    /// # Errors
    /// No such scheme, one that is only read, or more rounds than a login may cost.
    pub fn find(algorithm: Option<&str>, iterations: Option<u32>) -> Result<Self, UnknownScheme> {
        let scheme = match algorithm {
            None => Self::default().scheme,
            Some(id) => SCHEMES.iter().copied().find(|s| s.id() == id).ok_or(UnknownScheme::Name)?,
        };
        let usual = scheme.usual_iterations().ok_or(UnknownScheme::Name)?;
        let choice = Self { scheme, iterations: iterations.unwrap_or(usual) };
        scheme.check(&PasswordHash::blank(choice)).map_err(|_| UnknownScheme::Iterations)?;
        Ok(choice)
    }

    /// Name of the scheme.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.scheme.id()
    }

    /// Rounds of the scheme.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations
    }
}

impl Default for HashChoice {
    fn default() -> Self {
        let scheme: &dyn Scheme = &super::argon::ARGON2;
        Self { scheme, iterations: super::argon::USUAL_ITERATIONS }
    }
}

impl std::fmt::Debug for HashChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x{}", self.algorithm(), self.iterations)
    }
}

impl PartialEq for HashChoice {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self.iterations == other.iterations
    }
}

/// Why a policy's choice of hashing can't be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownScheme {
    /// No scheme of that name makes new hashes.
    #[error("no password hashing of that name")]
    Name,
    /// Fewer than one round, or more than a login may cost.
    #[error("number of hash iterations out of range")]
    Iterations,
}

/// 64 MiB; the default hash takes 7.
const KEPT_BLOCKS: usize = 65_536;
