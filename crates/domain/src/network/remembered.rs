//! The heads of ledgers that this node signed or saw last, in files of its own: a store that was set back shows beside
//! them.
//!
//! A file is a checkpoint as its log signed it, so that any reader of such notes can read it. It follows what is in the
//! store and is never ahead of it.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ledger::witness::Head;
use ledger::{Checkpoint, Note, VerifierKey};
use store::ledger::LedgerRow;

/// What is known of a ledger.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// It went on from here so far.
    Head(Head),
    /// It is not what was signed: nothing is signed any more, and this is why.
    Refused(String),
    /// Nobody could say yet what was signed: nothing is signed until somebody does. Asked again from this moment on, in
    /// milliseconds.
    Unknown(String, i64),
}

/// What is known of all ledgers.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    directory: Option<PathBuf>,
    known: Mutex<HashMap<String, Known>>,
    /// The sizes in the files: one writer at a time, and never back.
    written: tokio::sync::Mutex<HashMap<String, u64>>,
}

impl Remembered {
    /// In files of a directory, which is made when the first is written.
    pub(crate) fn within(directory: PathBuf) -> Self {
        Self { directory: Some(directory), ..Self::default() }
    }

    /// What is known in memory.
    pub(crate) fn known(&self, ledger_id: &str) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(ledger_id).cloned()
    }

    /// Every refusal, by ledger.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<String> = known
            .values()
            .filter_map(|known| match known {
                Known::Refused(why) | Known::Unknown(why, _) => Some(why.clone()),
                Known::Head(_) => None,
            })
            .collect();
        all.sort_unstable();
        all
    }

    /// Refuses a ledger from now on; whether that is new.
    pub(crate) fn refuse(&self, ledger_id: &str, why: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(known.insert(ledger_id.to_owned(), Known::Refused(why.to_owned())), Some(Known::Refused(_)))
    }

    /// Nothing of a ledger is signed until a moment, when it is looked at again; whether that is new.
    pub(crate) fn wait(&self, ledger_id: &str, why: &str, until_ms: i64) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.insert(ledger_id.to_owned(), Known::Unknown(why.to_owned(), until_ms));
        !matches!(before, Some(Known::Unknown(..)))
    }

    /// Takes a head over, unless a larger one is known or the ledger is refused.
    pub(crate) fn advance(&self, ledger_id: &str, head: Head) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(ledger_id) {
            Some(Known::Refused(_)) => {}
            Some(Known::Head(before)) if before.size >= head.size => {}
            _ => {
                known.insert(ledger_id.to_owned(), Known::Head(head));
            }
        }
    }

    /// The head in the ledger's file, with its note; None where there is no file that one of its log's keys signed.
    pub(crate) fn read(&self, ledger: &LedgerRow, keys: &[VerifierKey]) -> Option<(Head, Note)> {
        let path = self.directory.as_deref().map(|directory| file(directory, &ledger.id))?;
        let octets = match fs::read(&path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "the remembered head of a ledger can't be read");
                return None;
            }
        };
        let read = Note::parse(&octets).and_then(|note| {
            let key = keys.iter().find(|key| note.lines.iter().any(|line| line.is_of(key)));
            let key = key.ok_or_else(|| ledger::Error::Unsigned(ledger.origin.clone()))?;
            let checkpoint = Checkpoint::of_note(&note, key)?;
            Ok((Head { size: checkpoint.size, root: checkpoint.root }, note))
        });
        read.inspect_err(|error| {
            tracing::error!(%error, path = %path.display(), "the remembered head of a ledger is none");
        })
        .ok()
    }

    /// Writes the ledger's file, in one step and to the disk, unless a larger head is in it. What fails is logged: the store
    /// is not worse for it.
    pub(crate) async fn write(&self, ledger_id: &str, size: u64, note: &str) {
        let Some(directory) = self.directory.clone() else { return };
        let mut sizes = self.written.lock().await;
        if sizes.get(ledger_id).is_some_and(|written| *written >= size) {
            return;
        }
        let (path, note) = (file(&directory, ledger_id), note.to_owned());
        let written = tokio::task::spawn_blocking(move || write(&directory, &path, &note)).await;
        match written {
            Ok(Ok(())) => {
                sizes.insert(ledger_id.to_owned(), size);
            }
            Ok(Err(error)) => tracing::error!(%error, "the head of a ledger can't be remembered"),
            Err(error) => tracing::error!(%error, "the head of a ledger can't be remembered"),
        }
    }
}

/// Ledgers are named by ids that this server makes; whatever else is in one can't leave the directory.
fn file(directory: &Path, ledger_id: &str) -> PathBuf {
    let name: String = ledger_id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    directory.join(format!("{name}.checkpoint"))
}

fn write(directory: &Path, path: &Path, note: &str) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    let beside = path.with_extension("new");
    let mut file = fs::File::create(&beside)?;
    file.write_all(note.as_bytes())?;
    file.sync_data()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use super::{Remembered, file};

    #[tokio::test]
    async fn a_remembered_head_never_goes_back_however_many_write_at_once() {
        let directory = std::env::temp_dir().join(format!("heads-{}", std::process::id()));
        let remembered = std::sync::Arc::new(Remembered::within(directory.clone()));
        let mut writers = tokio::task::JoinSet::new();
        for size in [3_u64, 9, 1, 7, 5] {
            let remembered = std::sync::Arc::clone(&remembered);
            writers.spawn(async move { remembered.write("l", size, &size.to_string()).await });
        }
        writers.join_all().await;
        remembered.write("l", 8, "8").await;
        assert_eq!(fs::read_to_string(file(&directory, "l")).unwrap(), "9");
        assert_eq!(*remembered.written.lock().await, HashMap::from([("l".to_owned(), 9)]));
        fs::remove_dir_all(directory).unwrap();
    }
}
