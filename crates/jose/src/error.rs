//! Everything that can be wrong with a token, a key or a certificate.
//!
//! Each variant is one fact: which part, and what is wrong with it. No variant carries key material, plaintext or a
//! whole token, so an error may be logged as it is.

/// Why this crate said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The part is longer than this crate is willing to read.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// A compact JWS has three parts, a compact JWE five.
    #[error("expected {expected} parts separated by dots")]
    WrongPartCount {
        /// 3 or 5.
        expected: usize,
    },
    /// The part is not base64 in the one accepted spelling (see [`crate::b64`]).
    #[error("{0} is not valid base64")]
    NotBase64(&'static str),
    /// The part is not a JSON object.
    #[error("{0} is not a JSON object")]
    NotJson(&'static str),
    /// A JSON object names a member twice.
    #[error("member {0:?} appears twice")]
    DuplicateMember(String),
    /// A required member is absent.
    #[error("member {0:?} is missing")]
    MissingMember(&'static str),
    /// A member has the wrong type, length or encoding.
    #[error("member {0:?} is not valid")]
    InvalidMember(&'static str),
    /// `alg`, `enc`, `kty` or `crv` names something this crate doesn't know; `none` is among these.
    #[error("{kind} {name:?} is not supported")]
    Unsupported {
        /// `alg`, `enc`, `kty`, `crv` or `zip`.
        kind: &'static str,
        /// The name as it was received.
        name: String,
    },
    /// `crit` names an extension that isn't understood here.
    #[error("critical header {0:?} is not understood")]
    CriticalNotUnderstood(String),
    /// A detached JWS must have an empty middle part.
    #[error("the payload of a detached signature must be empty")]
    PayloadNotDetached,
    /// The key is of a kind, curve or size that can't be used with this algorithm.
    #[error("{algorithm} cannot be used with this {key} key")]
    AlgorithmKeyMismatch {
        /// The algorithm asked for.
        algorithm: &'static str,
        /// The key type there is: `RSA`, `EC`, `OKP` or `oct`.
        key: &'static str,
    },
    /// The modulus is shorter than 2048 bits.
    #[error("RSA key of {bits} bits is too small, 2048 are required")]
    RsaTooSmall {
        /// The size of the modulus.
        bits: usize,
    },
    /// A key that proves nothing: others can sign in its name, too.
    #[error("the key is not safe: {0}")]
    WeakKey(&'static str),
    /// A JWK that should be public carries private members.
    #[error("private key material must not be present")]
    PrivateMembers,
    /// Key bytes that cannot be read, or whose parts contradict each other.
    #[error("{0} is malformed")]
    MalformedKey(&'static str),
    /// The signature is not that of this key over these bytes.
    #[error("the signature does not match")]
    SignatureMismatch,
    /// The token was not encrypted for this key, or was altered. Deliberately no more precise.
    #[error("decryption failed")]
    DecryptionFailed,
    /// The cryptographic library failed where it shouldn't: a fault, not a refusal.
    #[error("cryptographic operation failed: {0}")]
    Broken(&'static str),
}

/// Shorthand used throughout this crate.
pub type Result<T> = std::result::Result<T, Error>;
