//! Messages that the server has not heard of: a file each, on disk before its message passes, gone when it was reported.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use receiver::keep::Envelope;

/// The folder of messages that wait.
pub(crate) struct Spool {
    directory: PathBuf,
    messages: usize,
    bytes: u64,
    held: Mutex<Held>,
}

#[derive(Clone, Copy, Default)]
struct Held {
    messages: usize,
    bytes: u64,
}

/// A message that waits.
pub(crate) struct Waiting {
    path: PathBuf,
    length: u64,
    pub(crate) envelope: Envelope,
}

impl Spool {
    /// Opens the folder, and makes it where there is none; what was half written is removed, since it never passed.
    pub(crate) fn open(directory: &Path, messages: usize, bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let mut held = Held::default();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(HALF) {
                fs::remove_file(entry.path())?;
            } else if name.ends_with(WHOLE) {
                held.messages += 1;
                held.bytes += entry.metadata()?.len();
            }
        }
        Ok(Self { directory: directory.to_owned(), messages, bytes, held: Mutex::new(held) })
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().messages
    }

    /// Puts a message on disk. Blocks.
    pub(crate) fn keep(&self, at_ms: i64, envelope: &Envelope) -> io::Result<()> {
        let text = serde_json::to_vec(envelope)?;
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.take_room(length)?;
        let written = self.write(at_ms, &text);
        if written.is_err() {
            self.give_room(length);
        }
        written
    }

    /// The oldest ones, of so many octets together at most, but at least one. Blocks.
    pub(crate) fn oldest(&self, most: usize, octets: u64) -> io::Result<Vec<Waiting>> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(&self.directory)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.to_string_lossy().ends_with(WHOLE));
        paths.sort();
        let mut found = Vec::new();
        let mut sum = 0;
        for path in paths.into_iter().take(most) {
            let text = fs::read(&path)?;
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            sum += length;
            if sum > octets && !found.is_empty() {
                break;
            }
            match serde_json::from_slice(&text) {
                Ok(envelope) => found.push(Waiting { path, length, envelope }),
                Err(cause) => {
                    tracing::error!(path = %path.display(), %cause, "a message that waits can't be read, and is set aside");
                    self.aside(&path, length)?;
                }
            }
        }
        Ok(found)
    }

    /// Forgets one that was reported. Blocks.
    pub(crate) fn remove(&self, waiting: &Waiting) -> io::Result<()> {
        fs::remove_file(&waiting.path)?;
        self.give_room(waiting.length);
        Ok(())
    }

    /// Keeps one that the server will never take out of the way. Blocks.
    pub(crate) fn set_aside(&self, waiting: &Waiting) -> io::Result<()> {
        self.aside(&waiting.path, waiting.length)
    }

    fn aside(&self, path: &Path, length: u64) -> io::Result<()> {
        fs::rename(path, path.with_extension("refused"))?;
        self.give_room(length);
        Ok(())
    }

    fn write(&self, at_ms: i64, text: &[u8]) -> io::Result<()> {
        let unique = jose::random::base64url_id(9).map_err(io::Error::other)?;
        // In the order of their times, which have the same number of digits for some centuries.
        let path = self.directory.join(format!("{at_ms:015}-{unique}{WHOLE}"));
        let half = path.with_extension("half");
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&half)
            .and_then(|mut file| file.write_all(text).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&half, &path))
            .and_then(|()| File::open(&self.directory)?.sync_all());
        if written.is_err() {
            // Of what did not get there whole, nothing stays.
            let _ = fs::remove_file(&half);
            let _ = fs::remove_file(&path);
        }
        written
    }

    fn take_room(&self, length: u64) -> io::Result<()> {
        let mut held = self.lock();
        if held.messages >= self.messages || held.bytes.saturating_add(length) > self.bytes {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no more messages may wait"));
        }
        held.messages += 1;
        held.bytes += length;
        Ok(())
    }

    fn give_room(&self, length: u64) {
        let mut held = self.lock();
        held.messages = held.messages.saturating_sub(1);
        held.bytes = held.bytes.saturating_sub(length);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const WHOLE: &str = ".json";
const HALF: &str = ".half";

#[cfg(test)]
mod tests;
