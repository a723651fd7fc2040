//! The master key: 32 bytes, kept apart from the database, written as base64.
//!
//! It is made once, when the database is new. A database whose key is missing is an error that says where the key was
//! looked for; a new key would leave everything sealed lost for good.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};
use zeroize::Zeroizing;

use crate::db::StoreError;

const LENGTH: usize = 32;

/// The key from which all keys of the vault are derived.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; LENGTH]>);

/// Where the master key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// Given by the configuration.
    Given(MasterKey),
    /// A file that must be there.
    File(PathBuf),
    /// A file in the data directory, made with the database.
    Kept(PathBuf),
}

impl KeySource {
    /// The key, and the file that was made for it just now, if one was.
    pub(crate) fn load(&self, database_is_new: bool) -> Result<(MasterKey, Option<&Path>), StoreError> {
        match self {
            Self::Given(key) => Ok((key.clone(), None)),
            Self::File(path) => Ok((MasterKey::read(path)?, None)),
            Self::Kept(path) => {
                let is_missing = !path.exists();
                let key = MasterKey::load_or_create(path, database_is_new)?;
                Ok((key, is_missing.then_some(path.as_path())))
            }
        }
    }

    /// Where to look when the key is wrong.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Given(_) => "the configuration".to_owned(),
            Self::File(path) | Self::Kept(path) => path.display().to_string(),
        }
    }
}

impl MasterKey {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let key = bytes.try_into().map_err(|_| {
            StoreError::MasterKey(format!("the master key has {} bytes; it needs {LENGTH}", bytes.len()))
        })?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Parses base64, with or without padding; white space around it does not matter.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let bytes = STANDARD_PAD_INDIFFERENT.decode(text.trim()).map(Zeroizing::new);
        Self::from_bytes(&bytes.map_err(|_| StoreError::MasterKey("the master key is not base64".to_owned()))?)
    }

    /// Reads a file of 32 bytes or of base64.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let place = path.display();
        let bytes = fs::read(path)
            .map(Zeroizing::new)
            .map_err(|error| StoreError::MasterKey(format!("the master key {place} cannot be read: {error}")))?;
        if fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o007 != 0) {
            tracing::warn!(path = %place, "the master key can be read by every user of this machine; give it mode 0600");
        }
        let key = match std::str::from_utf8(&bytes) {
            Ok(text) if bytes.len() != LENGTH => Self::parse(text),
            _ => Self::from_bytes(&bytes),
        };
        key.map_err(|error| StoreError::MasterKey(format!("{place}: {error}")))
    }

    /// Reads the file; if it is missing and the database is new, makes it (mode 0600).
    ///
    /// # Errors
    /// `MasterKey` if it is missing and the database is not new.
    pub fn load_or_create(path: &Path, database_is_new: bool) -> Result<Self, StoreError> {
        let place = path.display();
        if path.exists() {
            return Self::read(path);
        }
        if !database_is_new {
            return Err(StoreError::MasterKey(format!(
                "the database was sealed under a master key that is not here: {place} is missing. Copy it from the \
                 node or the backup that has it, or name its place in the configuration. Without it the secrets in \
                 the database cannot be read; a new key would not help"
            )));
        }
        let cannot = |error| StoreError::MasterKey(format!("the master key {place} cannot be made: {error}"));
        let key = Self::generate()?;
        match key.write(path) {
            // Another node that shares the directory made it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::read(path),
            written => written.map(|()| key).map_err(cannot),
        }
    }

    pub fn generate() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        rand::fill(&mut *bytes).map_err(|_| StoreError::MasterKey("the system gives no random numbers".to_owned()))?;
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// Whole or not at all, on disk when this returns, and never over a file that is there: hence a link, not a rename.
    fn write(&self, path: &Path) -> io::Result<()> {
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{}.new", std::process::id()));
        let draft = PathBuf::from(draft);
        let mut text = Zeroizing::new(STANDARD.encode(self.bytes()));
        text.push('\n');
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        let placed = written.and_then(|()| fs::hard_link(&draft, path));
        fs::remove_file(&draft)?;
        placed?;
        File::open(directory)?.sync_all()
    }
}

/// Says nothing of the key.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::MasterKey;

    #[test]
    fn a_key_is_32_bytes_in_base64() {
        let key = MasterKey::parse(" MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\n").unwrap();
        assert_eq!(key.bytes(), b"01234567890123456789012345678901");
        assert!(MasterKey::parse("c2hvcnQ=").is_err());
        assert!(MasterKey::parse("not base64!").is_err());
        assert_eq!(format!("{key:?}"), "MasterKey");
    }
}
