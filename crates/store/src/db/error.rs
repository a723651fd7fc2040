//! What can go wrong below every other crate, said so that callers can tell "somebody else won" from "come back later"
//! from "this is broken".
//!
//! No variant carries a parameter of a statement: texts of the engines that could quote one are left out.

/// Why the store did not do what it was asked. Cloneable, since one failed commit answers many batches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A statement of the batch changed another number of rows than expected; nothing of the batch was kept.
    /// The label is the one given to `Batch::expect`.
    #[error("unmet: {0}")]
    Unmet(&'static str),
    /// A unique key is taken. SQLite names `table.column`s, PostgreSQL the constraint.
    #[error("a row with this key is already there ({constraint})")]
    Conflict { constraint: String },
    /// The row points to a row that is not there, or a row that others point to was to be deleted.
    #[error("the rows of a reference do not match ({constraint})")]
    Reference { constraint: String },
    /// Busy, unreachable or too slow: the same call may succeed later. A batch may or may not have been committed
    /// when the connection was lost while its answer was under way.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Nothing can be written until there is room.
    #[error("the disk of the database is full")]
    DiskFull,
    /// The database takes reads only: a read-only file system, file permissions, or a standby of PostgreSQL.
    #[error("the database is read-only")]
    ReadOnly,
    /// A text that a database cannot keep: PostgreSQL has no NUL character, so neither engine takes one.
    #[error("a text contains a NUL character")]
    NulCharacter,
    /// The store cannot be opened as configured; the text names the place and the mend.
    #[error("{0}")]
    Setup(String),
    /// The database was migrated by a newer version that does not let this one work on it.
    #[error(
        "the database has schema {database}, which needs a newer version of countersign: this one knows schema {binary}. \
         Start the version that migrated the database, or a newer one, or restore the backup made before the upgrade"
    )]
    NewerSchema { database: i64, binary: i64 },
    /// The master key is missing or is not the one that sealed this database; the text says what to do.
    #[error("{0}")]
    MasterKey(String),
    /// A sealed value was changed, moved to another row, or sealed under another key.
    #[error("the sealed value of {0} cannot be opened")]
    Sealed(String),
    /// A defect of the program or of the database.
    #[error("the store is broken: {0}")]
    Broken(String),
}

impl StoreError {
    /// Whether trying again later makes sense without changing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }

    pub(crate) fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable(what.into())
    }

    pub(crate) fn setup(what: impl Into<String>) -> Self {
        Self::Setup(what.into())
    }
}
