//! Checkpoints: what a log says its tree is [C2SP-tlog-checkpoint].

use std::fmt;

use jose::b64;

use crate::hash::{Hash, hash_of};
use crate::key::VerifierKey;
use crate::note::{Note, is_name};
use crate::signer::Signer;
use crate::{Error, Result};

/// A tree as the log of that origin has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name for ever: a URL without its scheme, and the name of its key.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// Lines after the root that this crate gives no meaning.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// Without extensions.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what [`fmt::Display`] would not have written.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).filter(|read| read.to_string() == text).ok_or(Error::Malformed("checkpoint"))
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|origin| is_name(origin))?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = hash_of(&b64::decode_standard(lines.next()?, "root").ok()?)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let sound = extensions.iter().all(|line| !line.is_empty());
        sound.then_some(Self { origin, size, root, extensions })
    }

    /// The checkpoint that a note is, once its log's signature was found good under the key and the origin found to be
    /// the key's name.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsigned`], [`Error::Signature`].
    pub fn of_note(note: &Note, log: &VerifierKey) -> Result<Self> {
        let checkpoint = Self::parse(&note.text)?;
        note.verify_one(log)?;
        if checkpoint.origin == log.name() { Ok(checkpoint) } else { Err(Error::Unsigned(checkpoint.origin)) }
    }

    /// The note with the log's line.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the origin isn't the key's name, [`Error::Key`] when the library fails.
    pub fn sign(&self, log: &Signer) -> Result<Note> {
        self.sign_by([log], 0)
    }

    /// The note with a line of each of the log's keys, which all have the origin for a name. The second since 1970 is for
    /// those whose type signs one.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_by<'k>(&self, keys: impl IntoIterator<Item = &'k Signer>, time: u64) -> Result<Note> {
        let text = self.to_string();
        if Self::parse(&text).is_err() {
            return Err(Error::Malformed("checkpoint"));
        }
        let mut lines = Vec::new();
        for key in keys {
            if key.verifier().name() != self.origin {
                return Err(Error::Malformed("checkpoint"));
            }
            lines.push(key.sign(&text, time)?);
        }
        Ok(Note { text, lines })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}\n{}", self.origin, self.size, b64::encode_standard(self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}
