//! Proof files: a leaf's way to the root, and the checkpoint that says so [C2SP-tlog-proof].

use std::fmt;

use jose::b64;

use crate::checkpoint::Checkpoint;
use crate::hash::{Hash, hash_of};
use crate::key::VerifierKey;
use crate::note::{self, Note};
use crate::tree::{LONGEST_PROOF, verify_inclusion};
use crate::{Error, Result};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Octets of the longest file: the note, 64 hashes, and what may be said besides.
const LONGEST: usize = note::LONGEST + 16 * 1024;

/// What a `.tlog-proof` file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What the log's application wants to say besides.
    pub extra: Option<Vec<u8>>,
    /// The leaf's place, counted from 0.
    pub index: u64,
    /// From the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint with all its signatures.
    pub checkpoint: Note,
}

impl Proof {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Malformed`] for what [`fmt::Display`] would not have written.
    pub fn parse(octets: &[u8]) -> Result<Self> {
        if octets.len() > LONGEST {
            return Err(Error::TooLong("proof"));
        }
        let malformed = Error::Malformed("proof");
        let text = std::str::from_utf8(octets).map_err(|_| malformed.clone())?;
        let (head, note) = text.split_once("\n\n").ok_or_else(|| malformed.clone())?;
        let checkpoint = Note::parse(note.as_bytes())?;
        let proof = Self::read(head, checkpoint).ok_or_else(|| malformed.clone())?;
        if proof.to_string() == text { Ok(proof) } else { Err(malformed) }
    }

    fn read(head: &str, checkpoint: Note) -> Option<Self> {
        let mut lines = head.split('\n').peekable();
        lines.next().filter(|line| *line == HEADER)?;
        let extra = match lines.peek()?.strip_prefix("extra ") {
            Some(base64) => Some(b64::decode_standard(base64, "extra").ok()?),
            None => None,
        };
        if extra.is_some() {
            lines.next();
        }
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let hashes = read_hashes(lines, LONGEST_PROOF)?;
        Some(Self { extra, index, hashes, checkpoint })
    }

    /// The checkpoint under which the leaf is proved to be in the log of this key.
    ///
    /// # Errors
    /// [`Error::Unsigned`], [`Error::Signature`], [`Error::Proof`].
    pub fn verify(&self, leaf_hash: &Hash, log: &VerifierKey) -> Result<Checkpoint> {
        let checkpoint = Checkpoint::of_note(&self.checkpoint, log)?;
        verify_inclusion(leaf_hash, self.index, checkpoint.size, &checkpoint.root, &self.hashes)?;
        Ok(checkpoint)
    }
}

/// Hashes in base64, a line each, and no more of them than that.
pub(crate) fn read_hashes<'l>(lines: impl Iterator<Item = &'l str>, most: usize) -> Option<Vec<Hash>> {
    let mut hashes = Vec::new();
    for line in lines {
        hashes.push(hash_of(&b64::decode_standard(line, "hash").ok()?)?);
        if hashes.len() > most {
            return None;
        }
    }
    Some(hashes)
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = Head { extra: self.extra.as_deref(), index: self.index, hashes: &self.hashes };
        write!(formatter, "{head}{}", self.checkpoint)
    }
}

/// A file as far as its checkpoint: for who has the checkpoint as text.
#[derive(Clone, Copy, Debug)]
pub struct Head<'p> {
    /// As [`Proof::extra`].
    pub extra: Option<&'p [u8]>,
    /// As [`Proof::index`].
    pub index: u64,
    /// As [`Proof::hashes`].
    pub hashes: &'p [Hash],
}

impl fmt::Display for Head<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}")?;
        if let Some(extra) = self.extra {
            writeln!(formatter, "extra {}", b64::encode_standard(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(formatter, "{}", b64::encode_standard(hash)))?;
        writeln!(formatter)
    }
}

#[cfg(test)]
mod tests {
    use jose::{Algorithm, SigningKey, generate};

    use super::Proof;
    use crate::hash::{leaf_hash, node_hash};
    use crate::{Checkpoint, Signer};

    #[test]
    fn a_proof_is_read_as_it_was_written_and_holds_for_its_leaf_alone() {
        let key = SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap();
        let log = Signer::log("log.example/l", key).unwrap();
        let (first, second) = (leaf_hash(b"1"), leaf_hash(b"2"));
        let checkpoint = Checkpoint::new("log.example/l", 2, node_hash(&first, &second)).sign(&log).unwrap();
        let plain = Proof { extra: None, index: 0, hashes: vec![second], checkpoint };
        for proof in [plain.clone(), Proof { extra: Some(b"more".to_vec()), ..plain }] {
            let text = proof.to_string();
            let read = Proof::parse(text.as_bytes()).unwrap();
            assert_eq!(read, proof);
            assert_eq!(read.verify(&first, log.verifier()).unwrap().size, 2);
            assert!(read.verify(&second, log.verifier()).is_err());
            for odd in [
                text.replace("index 0", "index 00"),
                text.replace("@v1", "@v2"),
                text.replace("index 0\n", ""),
                text.replacen("\n\n", "\n", 1),
            ] {
                assert!(Proof::parse(odd.as_bytes()).is_err());
            }
        }
    }
}
