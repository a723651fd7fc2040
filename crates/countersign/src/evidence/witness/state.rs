//! What a witness cosigned last of each log: the only thing that it must never forget.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ledger::hash::sha256;
use ledger::text::Digest;
use ledger::witness::Head;
use ledger::{Checkpoint, Note, note};

use crate::commands::Failure;
use crate::evidence::{keep, read};

/// A folder with a file for each log: the note that was cosigned last.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    /// One request at a time reads, judges and writes.
    turn: Mutex<()>,
    /// No other process does.
    _lock: File,
}

impl State {
    /// Takes the folder for this process, and makes it where it isn't there.
    ///
    /// # Errors
    /// A sentence for the terminal, also when another process has it.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let lock = keep::take_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), turn: Mutex::new(()), _lock: lock })
    }

    /// Gives the last head of a log to a judge, and keeps the note that he gives back, on disk, before it returns. In
    /// between nobody else does the same.
    ///
    /// # Errors
    /// The outer one when the state can't be read or written, in which case nothing may be answered; the inner one is the
    /// judge's own.
    pub fn advance<E>(
        &self,
        origin: &str,
        judge: impl FnOnce(&Head) -> Result<Result<Note, E>, Failure>,
    ) -> Result<Result<(), E>, Failure> {
        // A panic elsewhere left the files as they were.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Origins are URLs: their digest is a name that every file system takes.
        let place = self.folder.join(Digest(sha256(origin.as_bytes())).to_string());
        let last = if place.exists() { head(&place, origin)? } else { Head::none() };
        Ok(match judge(&last)? {
            Ok(note) => Ok(keep::replace(&place, note.to_string().as_bytes())?),
            Err(refusal) => Err(refusal),
        })
    }
}

fn head(place: &Path, origin: &str) -> Result<Head, Failure> {
    let damaged = |why: &dyn std::fmt::Display| format!("{} is damaged ({why}): mend it from a copy", place.display());
    let note = Note::parse(&read(place, note::LONGEST)?).map_err(|error| damaged(&error))?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| damaged(&error))?;
    if checkpoint.origin != origin {
        return Err(damaged(&"it is another log's").into());
    }
    Ok(Head { size: checkpoint.size, root: checkpoint.root })
}
