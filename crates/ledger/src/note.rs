//! Signed notes [C2SP-signed-note]: a text and signature lines, each naming its key.

use std::fmt;

use jose::b64;

use crate::key::VerifierKey;
use crate::{Error, Result};

/// Octets of the longest note that is read.
pub const LONGEST: usize = 64 * 1024;
/// The most signature lines that are read; sixteen must be.
pub const MOST_LINES: usize = 64;

/// A note. Reading it says nothing about its signatures: [`Self::verify`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is signed, with its last newline.
    pub text: String,
    /// In their order.
    pub lines: Vec<SignatureLine>,
}

/// `— NAME BASE64(key id, signature)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The key's name.
    pub name: String,
    /// The key's id: what tells two of one name apart, and no more.
    pub key_id: [u8; 4],
    /// What follows the id; its form depends on the key's type.
    pub signature: Vec<u8>,
}

/// A line found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// By which key.
    pub key: &'k VerifierKey,
    /// For a cosignature when it was made, in seconds since 1970.
    pub time: Option<u64>,
}

impl Note {
    /// Reads a note of at most 64 KiB and 64 signature lines.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Malformed`].
    pub fn parse(octets: &[u8]) -> Result<Self> {
        if octets.len() > LONGEST {
            return Err(Error::TooLong("note"));
        }
        let malformed = Error::Malformed("note");
        let note = std::str::from_utf8(octets).map_err(|_| malformed.clone())?;
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(malformed);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or_else(|| malformed.clone())?;
        let lines = lines.strip_suffix('\n').ok_or(malformed)?;
        Ok(Self { text: format!("{text}\n"), lines: SignatureLine::parse_all(lines)? })
    }

    /// The lines of keys that are known. Lines of unknown keys are passed over; a key's second line counts no more than its
    /// first, and must be good as well.
    ///
    /// # Errors
    /// [`Error::Signature`] when a line of a known key isn't good: nothing of such a note is to be believed.
    pub fn verify<'k>(&self, keys: impl IntoIterator<Item = &'k VerifierKey>) -> Result<Vec<Verified<'k>>> {
        let mut verified = Vec::new();
        for key in keys {
            let mut found = None;
            for line in self.lines.iter().filter(|line| line.is_of(key)) {
                let time = key.verify(&self.text, &line.signature)?;
                found = found.or(Some(Verified { key, time }));
            }
            verified.extend(found);
        }
        Ok(verified)
    }

    /// When this key signed, if its type says so.
    ///
    /// # Errors
    /// [`Error::Unsigned`] when no line is the key's, [`Error::Signature`].
    pub fn verify_one(&self, key: &VerifierKey) -> Result<Option<u64>> {
        let verified = self.verify([key])?;
        let first = verified.first().ok_or_else(|| Error::Unsigned(key.name().to_owned()))?;
        Ok(first.time)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.lines.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

impl SignatureLine {
    /// Reads lines with newlines between them and none at the end.
    pub(crate) fn parse_all(lines: &str) -> Result<Vec<Self>> {
        if lines.split('\n').count() > MOST_LINES {
            return Err(Error::TooLong("list of signatures"));
        }
        lines.split('\n').map(Self::parse).collect()
    }

    /// Reads one line without its newline.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(line: &str) -> Result<Self> {
        Self::read(line).ok_or(Error::Malformed("signature line"))
    }

    fn read(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
        let octets = b64::decode_standard(base64, "signature").ok()?;
        let (&key_id, signature) = octets.split_first_chunk::<4>()?;
        let sound = is_name(name) && !signature.is_empty();
        sound.then(|| Self { name: name.to_owned(), key_id, signature: signature.to_vec() })
    }

    /// Whether it names this key.
    #[must_use]
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key_id == key.id()
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = [self.key_id.as_slice(), &self.signature].concat();
        write!(formatter, "— {} {}", self.name, b64::encode_standard(octets))
    }
}

/// Whether a key or a log may have this name: no white space, no plus, no control character, not empty.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests;
