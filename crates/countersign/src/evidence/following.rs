//! Heads that count under a trust file: those that a key of it signed, and those of keys to which one of them handed the log
//! over. The log shows that itself, by the entry that names the new key under a head which both signed.

use ledger::{Checkpoint, KeyType, Policy, VerifierKey};

use super::tiled::{Head, Tiled};
use crate::commands::Failure;

/// Which lines of the log's keys a head must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// One of each type of key that the trust names, as in bundles.
    Each,
    /// The Ed25519 line alone, which is all that a receipt carries: only what a head with each line goes on from.
    Short,
}

/// The log's keys in a trust, by their type.
struct Named<'p> {
    ed25519: Vec<&'p VerifierKey>,
    ml_dsa: Vec<&'p VerifierKey>,
}

impl<'p> Named<'p> {
    fn of(policy: &'p Policy, origin: &'p str, wanted: Lines) -> Self {
        let (ed25519, ml_dsa): (Vec<_>, _) = policy.logs_of(origin).partition(|key| key.kind() == KeyType::Ed25519);
        let is_short = wanted == Lines::Short && !ed25519.is_empty();
        Self { ed25519, ml_dsa: if is_short { Vec::new() } else { ml_dsa } }
    }

    fn is_none(&self) -> bool {
        self.ed25519.is_empty() && self.ml_dsa.is_empty()
    }
}

/// A key that took over, and the head from which on it signs.
pub(super) struct Followed {
    since: Checkpoint,
    pub(super) key: VerifierKey,
}

impl Head {
    /// Whether one of these keys signed it; where a line is missing or false, a sentence.
    fn is_signed(&self, ed25519: &[&VerifierKey], ml_dsa: &[&VerifierKey]) -> Result<(), String> {
        ::evidence::lines(&self.note, self.checkpoint.size, ed25519, ml_dsa).map(drop)
    }

    /// Reads the note that a receipt carries; under a policy it must be signed by a log's key of that.
    pub(super) fn carried(note: &[u8], policy: Option<&Policy>) -> Result<Self, Failure> {
        let head = Self::read(note)?;
        let Some(policy) = policy else { return Ok(head) };
        let named = Named::of(policy, &head.checkpoint.origin, Lines::Short);
        match head.is_signed(&named.ed25519, &named.ml_dsa) {
            Ok(()) => Ok(head),
            Err(why) => Err(format!(
                "{why}. If the log has a new key since, name the log with --ledger, which shows the change"
            )
            .into()),
        }
    }
}

impl Tiled {
    /// Gives a head back that counts under a policy, with the head from which on its key signs where that is none of the
    /// policy's own. Without a policy each counts.
    pub(super) async fn trusted(&self, head: Head, policy: Option<&Policy>, wanted: Lines) -> Result<Head, Failure> {
        let Some(policy) = policy else { return Ok(head) };
        let origin = head.checkpoint.origin.clone();
        let named = Named::of(policy, &origin, wanted);
        if named.is_none() {
            let names: Vec<&str> = policy.logs.iter().map(VerifierKey::name).collect();
            return Err(format!(
                "the checkpoint is of the log {origin}, and this trust names no key of that, but of {}. If the operator left \
                 one log for another, ask for the new log's line, by another way than from this server, and put it beside \
                 the old one",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            )
            .into());
        }
        if head.is_signed(&named.ed25519, &named.ml_dsa).is_ok() {
            return Ok(head);
        }
        let given: Vec<VerifierKey> = named.ed25519.iter().chain(&named.ml_dsa).copied().cloned().collect();
        let followed = self.followed(&given, &origin).await?;
        let last = |kind: KeyType| {
            let of_kind = followed.iter().filter(|one| one.key.kind() == kind);
            of_kind.rev().find(|one| one.since.size <= head.checkpoint.size)
        };
        let (log, beside) = (last(KeyType::Ed25519), last(KeyType::MlDsaCosignature));
        let ed25519 = log.map_or(named.ed25519, |one| vec![&one.key]);
        let ml_dsa = beside.map_or(named.ml_dsa, |one| vec![&one.key]);
        if let Err(why) = head.is_signed(&ed25519, &ml_dsa) {
            return Err(format!(
                "{why}, nor by a key to which one of its keys is shown to have handed over. If the operator gave the log \
                 {origin} a new key, ask for its line, by another way than from this server, and put it beside the old one"
            )
            .into());
        }
        let since = log.into_iter().chain(beside).max_by_key(|one| one.since.size).map(|one| one.since.clone());
        Ok(Head { since, ..head })
    }

    /// The keys that follow on given ones, in the order in which they took over.
    pub(super) async fn followed(&self, given: &[VerifierKey], origin: &str) -> Result<Vec<Followed>, Failure> {
        let told = self.of(origin).told().await?;
        let mut known = given.to_vec();
        let mut followed = Vec::new();
        for handover in &told.handovers {
            if let Ok((since, key)) = handover.follow(origin, &known) {
                // The one before signs no more.
                known.retain(|before| before.kind() != key.kind());
                known.push(key.clone());
                followed.push(Followed { since, key });
            }
        }
        Ok(followed)
    }
}
