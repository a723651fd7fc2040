//! The files of a database: made private to the user, and held by one process.
//!
//! SQLite itself lets several processes write. Two servers on one file would each have caches that the other does not
//! invalidate, so a lock file beside the database is held as long as it is open; the system frees it when a process dies.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::StoreError;

/// Makes the directory (0700) and the files (0600) if they are missing, and takes the lock.
pub(super) fn prepare(path: &Path) -> Result<File, StoreError> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| failed("the data directory", directory, "cannot be made", &error))?;
    }
    let lock_path = beside(path, ".lock");
    let lock = private(&lock_path).map_err(|error| failed("the lock", &lock_path, "cannot be opened", &error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::setup(format!(
                "the database {} is in use by another countersign process. Stop that one first, or give this one \
                 another data directory; several nodes need PostgreSQL",
                path.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(failed("the lock", &lock_path, "cannot be taken", &error)),
    }
    // SQLite gives its other files the mode of this one.
    private(path).map_err(|error| failed("the database", path, "cannot be opened for writing", &error))?;
    Ok(lock)
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn failed(what: &str, path: &Path, verb: &str, error: &io::Error) -> StoreError {
    StoreError::setup(format!(
        "{what} {} {verb}: {error}. The user that runs countersign needs to own its data directory and write to it",
        path.display()
    ))
}
