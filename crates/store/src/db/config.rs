//! Which database, in the words of the configuration.

use std::path::PathBuf;

/// Where the data is kept.
#[derive(Debug, Clone)]
pub enum Config {
    /// One file, with its `-wal`, `-shm` and `.lock` beside it, used by one process.
    Sqlite { path: PathBuf },
}
