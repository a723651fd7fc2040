//! What a witness decides when a log asks it to cosign a checkpoint [C2SP-tlog-witness].
//!
//! A server parses the request, reads what it cosigned last for the origin, judges, stores the new head on the condition
//! that the last one is still that, and only then cosigns and answers.

use crate::checkpoint::Checkpoint;
use crate::hash::{Hash, empty_root};
use crate::key::VerifierKey;
use crate::note::{Note, SignatureLine};
use crate::proof::read_hashes;
use crate::tree::verify_consistency;
use crate::{Error, Result, note};

/// Octets of the longest request: a note, and the proof before it.
pub const LONGEST: usize = note::LONGEST + 4 * 1024;
/// The most hashes that a request may bring.
const MOST_HASHES: usize = 63;

/// A request to `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size that the log believes was cosigned last.
    pub old: u64,
    /// That the tree of that size is the new one's beginning.
    pub proof: Vec<Hash>,
    /// The new checkpoint as the log signed it.
    pub note: Note,
    /// What the note says, not to be believed before [`Self::judge`].
    pub checkpoint: Checkpoint,
}

/// A tree that was cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

impl Head {
    /// What a witness has of a log that it knows and never cosigned.
    #[must_use]
    pub fn none() -> Self {
        Self { size: 0, root: empty_root() }
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What came is no request, or its old size is above the checkpoint's.
    Malformed,
    /// No log of that origin is known.
    UnknownOrigin,
    /// The log did not sign it.
    Unsigned,
    /// What was cosigned last has another size than the log believes, or another root at the same size.
    Conflict {
        /// The size that was cosigned last.
        size: u64,
    },
    /// The tree does not go on from the one cosigned last.
    Inconsistent,
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unsigned => 403,
            Self::UnknownOrigin => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent => 422,
        }
    }

    /// Its media type and body.
    #[must_use]
    pub fn body(self) -> (&'static str, String) {
        let text = "text/plain; charset=utf-8";
        match self {
            Self::Malformed => (text, "not an add-checkpoint request\n".to_owned()),
            Self::Unsigned => (text, "no signature of a key known for this origin\n".to_owned()),
            Self::UnknownOrigin => (text, "unknown origin\n".to_owned()),
            Self::Conflict { size } => ("text/x.tlog.size", format!("{size}\n")),
            Self::Inconsistent => (text, "the consistency proof does not hold\n".to_owned()),
        }
    }
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn parse(octets: &[u8]) -> std::result::Result<Self, Refusal> {
        if octets.len() > LONGEST {
            return Err(Refusal::Malformed);
        }
        Self::read(octets).ok_or(Refusal::Malformed)
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (head, note) = std::str::from_utf8(octets).ok()?.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let digits = lines.next()?.strip_prefix("old ")?;
        let old: u64 = digits.parse().ok().filter(|old: &u64| old.to_string() == digits)?;
        let proof = read_hashes(lines, MOST_HASHES)?;
        let note = Note::parse(note.as_bytes()).ok()?;
        let checkpoint = Checkpoint::parse(&note.text).ok()?;
        Some(Self { old, proof, note, checkpoint })
    }

    /// The body of such a request: what a log sends to its witnesses.
    #[must_use]
    pub fn body(old: u64, proof: &[Hash], checkpoint: &Note) -> String {
        let hashes: String = proof.iter().map(|hash| jose::b64::encode_standard(hash) + "\n").collect();
        format!("old {old}\n{hashes}\n{checkpoint}")
    }

    /// Whether to cosign, by the keys known for the origin and what was cosigned last; gives what is then cosigned last.
    ///
    /// # Errors
    /// The refusal to answer with. Nothing is to be stored then.
    pub fn judge(&self, log: Option<&[VerifierKey]>, last: &Head) -> std::result::Result<Head, Refusal> {
        let keys = log.ok_or(Refusal::UnknownOrigin)?;
        match self.note.verify(keys) {
            Ok(verified) if !verified.is_empty() => {}
            _ => return Err(Refusal::Unsigned),
        }
        let new = Head { size: self.checkpoint.size, root: self.checkpoint.root };
        if self.old > new.size {
            return Err(Refusal::Malformed);
        }
        if self.old != last.size || (new.size == last.size && new.root != last.root) {
            return Err(Refusal::Conflict { size: last.size });
        }
        verify_consistency(last.size, &last.root, new.size, &new.root, &self.proof)
            .map_err(|_| Refusal::Inconsistent)?;
        Ok(new)
    }
}

/// Reads a witness's good answer: its signature lines.
///
/// # Errors
/// [`Error::TooLong`], [`Error::Malformed`].
pub fn parse_answer(octets: &[u8]) -> Result<Vec<SignatureLine>> {
    if octets.len() > note::LONGEST {
        return Err(Error::TooLong("witness's answer"));
    }
    let malformed = Error::Malformed("witness's answer");
    let lines = std::str::from_utf8(octets).map_err(|_| malformed.clone())?;
    SignatureLine::parse_all(lines.strip_suffix('\n').ok_or(malformed)?)
}

#[cfg(test)]
mod tests {
    use jose::{Algorithm, SigningKey, generate};

    use super::{Head, Refusal, Request, parse_answer};
    use crate::cosignature::cosign;
    use crate::hash::{Hash, leaf_hash, node_hash};
    use crate::{Checkpoint, Signer, VerifierKey};

    const ORIGIN: &str = "log.example/l";

    fn key() -> SigningKey {
        SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap()
    }

    fn request(log: &Signer, old: u64, proof: &[Hash], size: u64, root: Hash) -> Request {
        let note = Checkpoint::new(ORIGIN, size, root).sign(log).unwrap();
        Request::parse(Request::body(old, proof, &note).as_bytes()).unwrap()
    }

    #[test]
    fn a_tree_that_goes_on_from_the_last_is_cosigned_and_any_other_is_not() {
        let log = Signer::log(ORIGIN, key()).unwrap();
        let known: &[VerifierKey] = &[log.verifier().clone()];
        let [one, two, three] = [b"1", b"2", b"3"].map(|entry| leaf_hash(entry));
        let both = node_hash(&one, &two);
        let first = request(&log, 0, &[], 2, both).judge(Some(known), &Head::none()).unwrap();
        assert_eq!(first, Head { size: 2, root: both });
        let all = node_hash(&both, &three);
        let next = request(&log, 2, &[three], 3, all);
        assert_eq!(next.judge(Some(known), &first), Ok(Head { size: 3, root: all }));
        assert_eq!(next.judge(None, &first), Err(Refusal::UnknownOrigin));
        let other = Signer::log(ORIGIN, key()).unwrap();
        assert_eq!(next.judge(Some(&[other.verifier().clone()]), &first), Err(Refusal::Unsigned));
        assert_eq!(next.judge(Some(known), &Head::none()), Err(Refusal::Conflict { size: 0 }));
        let again = request(&log, 2, &[], 2, both);
        assert_eq!(again.judge(Some(known), &first), Ok(first));
        let forked = request(&log, 2, &[], 2, all);
        assert_eq!(forked.judge(Some(known), &first), Err(Refusal::Conflict { size: 2 }));
        let above = request(&log, 4, &[], 3, all);
        assert_eq!(above.judge(Some(known), &first), Err(Refusal::Malformed));
        for proof in [vec![], vec![two], vec![three, three]] {
            let wrong = request(&log, 2, &proof, 3, all);
            assert_eq!(wrong.judge(Some(known), &first), Err(Refusal::Inconsistent));
        }
    }

    #[test]
    fn a_refusal_has_its_status_and_a_conflict_tells_the_size() {
        let conflict = Refusal::Conflict { size: 7 };
        assert_eq!(conflict.status(), 409);
        assert_eq!(conflict.body(), ("text/x.tlog.size", "7\n".to_owned()));
        let all = [Refusal::Malformed, Refusal::Unsigned, Refusal::UnknownOrigin, Refusal::Inconsistent];
        assert_eq!(all.map(Refusal::status), [400, 403, 404, 422]);
    }

    #[test]
    fn what_is_no_request_is_not_read() {
        let log = Signer::log(ORIGIN, key()).unwrap();
        let note = Checkpoint::new(ORIGIN, 1, leaf_hash(b"1")).sign(&log).unwrap();
        let body = Request::body(0, &[leaf_hash(b"2")], &note);
        assert!(Request::parse(body.as_bytes()).is_ok());
        let many = Request::body(0, &[leaf_hash(b"2"); 64], &note);
        for odd in [body.replace("old 0", "old 00"), body.replace("old", "new"), body.replacen("\n\n", "\n", 1), many] {
            assert_eq!(Request::parse(odd.as_bytes()), Err(Refusal::Malformed));
        }
        let line = cosign(&Signer::witness("w", key()).unwrap(), &note, 5).unwrap();
        assert_eq!(parse_answer(format!("{line}\n").as_bytes()), Ok(vec![line]));
        assert!(parse_answer(b"").is_err());
    }
}
