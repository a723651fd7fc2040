//! Heads that count under a trust file: those that keys of it signed, and those of keys to which one of them handed the log
//! over. The log shows that itself, by the entry that names the new key under a head which both signed.

use ::evidence::bundle::Entry;
use ledger::{Checkpoint, KeyType, Policy, VerifierKey};
use serde::Deserialize;

use super::tiled::{Head, Tiled};
use crate::commands::Failure;

/// Octets of the longest answer about a log's keys.
const LONGEST: usize = 4 * 1024 * 1024;

/// What a log says of its keys, as far as it is read here.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    handovers: Vec<Handover>,
}

/// How a key took over.
#[derive(Deserialize)]
struct Handover {
    /// The note with the lines of both keys.
    checkpoint: String,
    /// The entry that names the new one.
    entry: Entry,
}

/// A key that took over, and the head from which on it signs.
pub(super) struct Followed {
    since: Checkpoint,
    pub(super) key: VerifierKey,
}

/// What a head was taken from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The log, which shows all of its signatures.
    Log,
    /// A receipt, which carries none of ML-DSA, or what was seen under an earlier trust.
    Earlier,
}

impl Tiled {
    /// Gives a head back that counts under a policy, with the head from which on its key signs where that is none of the
    /// policy's own. Of each type of key that the policy names there must be one. Without a policy each head counts.
    pub(super) async fn trusted(&self, head: Head, policy: Option<&Policy>, from: Source) -> Result<Head, Failure> {
        let Some(policy) = policy else { return Ok(head) };
        let origin = head.checkpoint.origin.clone();
        let given: Vec<VerifierKey> = policy.logs_of(&origin).cloned().collect();
        if given.is_empty() {
            let names: Vec<&str> = policy.logs.iter().map(VerifierKey::name).collect();
            return Err(format!(
                "the checkpoint is of the log {origin}, and this trust names no key of that, but of {}. If the operator left \
                 one log for another, ask for the new log's line, by another way than from this server, and put it beside \
                 the old one",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            )
            .into());
        }
        let signed = head.note.verify(&given)?;
        let is_signed = |kind: KeyType| signed.iter().any(|line| line.key.kind() == kind);
        let lacking: Vec<KeyType> = wanted(&given, from).into_iter().filter(|kind| !is_signed(*kind)).collect();
        if lacking.is_empty() {
            return Ok(head);
        }
        let followed = self.followed(&given, &origin).await?;
        let mut newest: Option<Checkpoint> = None;
        for kind in lacking {
            let of_kind = followed.iter().filter(|one| one.key.kind() == kind);
            let last = of_kind.rev().find(|one| one.since.size <= head.checkpoint.size);
            let Some(last) = last.filter(|one| head.note.verify_one(&one.key).is_ok()) else {
                let name = if kind == KeyType::MlDsaCosignature { " of ML-DSA" } else { "" };
                return Err(format!(
                    "the checkpoint of {origin} is signed by no log key{name} of this trust, nor by one to which such a key is \
                     shown to have handed over. If the operator gave the log a new key, ask for its line, by another way than \
                     from this server, and put it beside the old one"
                )
                .into());
            };
            if newest.as_ref().is_none_or(|newest| newest.size < last.since.size) {
                newest = Some(last.since.clone());
            }
        }
        Ok(Head { since: newest, ..head })
    }

    /// The keys that follow on given ones, in the order in which they took over.
    pub(super) async fn followed(&self, given: &[VerifierKey], origin: &str) -> Result<Vec<Followed>, Failure> {
        let Some(octets) = self.read("keys", LONGEST).await? else { return Ok(Vec::new()) };
        // What can't be read shows nothing.
        let Ok(told) = serde_json::from_slice::<Told>(&octets) else { return Ok(Vec::new()) };
        let mut known = given.to_vec();
        let mut followed = Vec::new();
        for Handover { checkpoint, entry } in &told.handovers {
            if let Ok((since, key)) = ::evidence::follow(origin, checkpoint, entry, &known) {
                // The one before signs no more.
                known.retain(|before| before.kind() != key.kind());
                known.push(key.clone());
                followed.push(Followed { since, key });
            }
        }
        Ok(followed)
    }
}

/// The types of keys of which a head must have a signature.
fn wanted(given: &[VerifierKey], from: Source) -> Vec<KeyType> {
    let is_given = |kind: &KeyType| given.iter().any(|key| key.kind() == *kind);
    let all: Vec<KeyType> = [KeyType::Ed25519, KeyType::MlDsaCosignature].into_iter().filter(is_given).collect();
    match all.as_slice() {
        [first, _] if from == Source::Earlier => vec![*first],
        _ => all,
    }
}
