//! Everything that can be wrong with a leaf, a proof, a note or a record.

/// Why this crate said no: which thing, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than this crate is willing to read.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// Not in the one accepted spelling.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// The name of a key or a log holds a space, a plus or a control character, or is empty.
    #[error("{0:?} is not a name for a key")]
    Name(String),
    /// The signature of a known key isn't good, and with it nothing of the note is.
    #[error("the signature of {0} does not match")]
    Signature(String),
    /// No line is of this key.
    #[error("there is no signature of {0}")]
    Unsigned(String),
    /// The hashes don't lead to the root.
    #[error("the {0} proof does not hold")]
    Proof(&'static str),
    /// A tile that is needed isn't there, or is too short.
    #[error("tile {0} is missing or too short")]
    MissingTile(String),
    /// A policy that can't be used, and the line where.
    #[error("line {line} of the policy: {why}")]
    Policy {
        /// Counted from 1; one past the last for what the whole lacks.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The keys' library failed or refused.
    #[error(transparent)]
    Key(#[from] jose::Error),
}

/// Shorthand used throughout this crate.
pub type Result<T> = std::result::Result<T, Error>;
