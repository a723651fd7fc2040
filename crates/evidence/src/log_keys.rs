//! Which keys sign a log's heads: those that the reader names, and those to which they handed over within the log.

use ledger::note::Verified;
use ledger::record::{ServiceKeyRecord, ServiceUse};
use ledger::{Checkpoint, KeyType, Note, Policy, VerifierKey};

use crate::bundle::{Bundle, Entry};
use crate::log::Log;
use crate::report::Report;

/// A head, read.
pub(crate) struct Opened {
    pub(crate) note: Note,
    pub(crate) checkpoint: Checkpoint,
}

/// The keys of a log.
pub(crate) struct LogKeys<'p> {
    given: Vec<&'p VerifierKey>,
    /// Keys that took over, each with the index of the entry that says so.
    followed: Vec<(u64, VerifierKey)>,
}

impl<'p> LogKeys<'p> {
    /// Finds them among the log's records. A key takes over from the head on that first holds its record, which a key before
    /// signed as well; one that nobody of this trust handed over to is none.
    pub(crate) fn of(policy: &'p Policy, bundle: &Bundle, log: &Log, heads: &[Opened], report: &mut Report) -> Self {
        let given = policy.logs.iter().filter(|key| key.name() == log.origin()).collect();
        let mut keys = Self { given, followed: Vec::new() };
        for entry in &bundle.service_keys {
            // What is no such entry is refuted where all service keys are looked at.
            let Ok((_, record)) = log.read::<ServiceKeyRecord>(entry) else { continue };
            let Some(key) = next_key(log.origin(), &record) else { continue };
            let by = |head: &&Opened| head.checkpoint.size > entry.index;
            let handover = heads.iter().find(by).filter(|head| {
                let before = keys.at(head.checkpoint.size, key.kind()).into_iter().filter(|before| **before != key);
                is_signed(&head.note, &key) && before.into_iter().any(|before| is_signed(&head.note, before))
            });
            if let Some(head) = handover {
                let (size, index) = (head.checkpoint.size, entry.index);
                report.prove(
                    "log",
                    format!(
                        "from index {index} on the log is signed by its {}: both keys signed the head of {size} leaves",
                        named(&key)
                    ),
                );
                keys.followed.push((entry.index, key));
            }
        }
        keys
    }

    /// The keys of a type of which one must have signed a head of this size: the last that took over, or one of the reader's.
    fn at(&self, size: u64, kind: KeyType) -> Vec<&VerifierKey> {
        let followed = self.followed.iter().filter(|(_, key)| key.kind() == kind);
        match followed.rev().find(|(index, _)| *index < size) {
            Some((_, key)) => vec![key],
            None => self.given.iter().copied().filter(|key| key.kind() == kind).collect(),
        }
    }

    /// The lines of the log's keys under a head.
    pub(crate) fn verify<'k>(&'k self, head: &Opened) -> Result<Vec<Verified<'k>>, String> {
        let size = head.checkpoint.size;
        lines(&head.note, size, &self.at(size, KeyType::Ed25519), &self.at(size, KeyType::MlDsaCosignature))
    }
}

/// The lines of a log's keys under a head of so many leaves: `signing` are its Ed25519 keys, `beside` those of ML-DSA. Of
/// each type that the reader names there must be one, since who can forge the one type would leave out the other.
///
/// # Errors
/// A sentence that says which line is missing or false.
pub fn lines<'k>(
    note: &Note,
    size: u64,
    signing: &[&'k VerifierKey],
    beside: &[&'k VerifierKey],
) -> Result<Vec<Verified<'k>>, String> {
    let mut lines = Vec::new();
    for (keys, name) in [(signing, ""), (beside, " of ML-DSA")] {
        let found = note.verify(keys.iter().copied()).map_err(|error| format!("the head of {size} leaves: {error}"))?;
        let is_asked = !keys.is_empty() || name.is_empty() && beside.is_empty();
        if found.is_empty() && is_asked {
            return Err(format!("the head of {size} leaves is signed by no log key{name} of this trust"));
        }
        lines.extend(found);
    }
    Ok(lines)
}

/// The key that a log was handed over to by one of its type among `before`, and the head from which on it signs: its note
/// carries the lines
/// of both, and holds the entry that names the key.
///
/// # Errors
/// A sentence that says what is not shown.
pub(crate) fn follow(
    origin: &str,
    note: &str,
    entry: &Entry,
    before: &[VerifierKey],
) -> Result<(Checkpoint, VerifierKey), String> {
    let note = Note::parse(note.as_bytes()).map_err(|error| error.to_string())?;
    let head = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
    if head.origin != origin {
        return Err(format!("the head by which a key took over is of {}", head.origin));
    }
    let (_, record) = Log::under(head.clone()).read::<ServiceKeyRecord>(entry)?;
    let key = next_key(origin, &record).ok_or("the entry names no key of a log")?;
    let mut before = before.iter().filter(|before| before.kind() == key.kind() && **before != key);
    if !is_signed(&note, &key) || !before.any(|before| is_signed(&note, before)) {
        return Err("the head by which a key took over is not signed by that key and one before".to_owned());
    }
    Ok((head, key))
}

fn is_signed(note: &Note, key: &VerifierKey) -> bool {
    note.verify_one(key).is_ok()
}

/// The key that a record lets sign the log.
fn next_key(origin: &str, record: &ServiceKeyRecord) -> Option<VerifierKey> {
    VerifierKey::of_jwk(origin, &record.jwk).ok().filter(|_| record.key_use == ServiceUse::Ledger)
}

/// A key in a sentence. The text of an ML-DSA key would fill a page.
pub(crate) fn named(key: &VerifierKey) -> String {
    match key.kind() {
        KeyType::MlDsaCosignature => format!("ML-DSA-44 key {}", key.kid()),
        _ => format!("key {key}"),
    }
}
