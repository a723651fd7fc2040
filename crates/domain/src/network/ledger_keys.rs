//! The keys that sign a ledger's checkpoints, and how one takes over from another.
//!
//! There are two, one of Ed25519 and beside it one of ML-DSA, and they are followed together. A key that is to follow is an
//! entry first. The checkpoint that first holds the entries carries the lines of the keys before and of the new ones, and
//! from then on only the new ones sign.

use std::sync::Arc;
use std::time::Duration;

use jose::{Algorithm, SigningKey};
use ledger::ml_dsa::MlDsaKey;
use ledger::record::{self, ServiceKeyRecord, ServiceUse};
use ledger::{Checkpoint, Kind, Note, Signer, VerifierKey};
use store::Batch;
use store::ledger::{EntryRow, LedgerRow};
use store::ledger_keys::{LedgerKey, State};
use zeroize::Zeroizing;

use crate::network::ledger::Open;
use crate::network::moving::NO_LEDGER;
use crate::network::service_keys;
use crate::{Core, Error, Fault, Refusal, Result};

/// A ledger whose key is being followed by another already, or that gives no indexes.
pub const STILL_ROTATING: Refusal = Refusal::new(409, "conflict", "", "");

/// Half-second steps for which a rotation waits until the new key signs: longer than the lease of a node that died.
const STEPS: u32 = 30;
const STEP: Duration = Duration::from_millis(500);

/// What signs a ledger's checkpoints.
#[derive(Debug)]
pub(crate) struct Signers {
    log: Signer,
    /// Of ML-DSA, for the day when elliptic curves count no more.
    beside: Option<Signer>,
}

/// Signers that were just made, and their private keys.
pub(crate) struct Generated {
    pub(crate) signers: Signers,
    log: Zeroizing<Vec<u8>>,
    beside: Zeroizing<Vec<u8>>,
}

/// A key that follows on another.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The ledger.
    pub origin: String,
    /// The keys before, in their text form: that of Ed25519, then that of ML-DSA where there is one.
    pub old: Vec<String>,
    /// The keys that sign now, likewise.
    pub new: Vec<String>,
    /// The checkpoint that carries the lines of all of them.
    pub handover: String,
}

impl Signers {
    pub(crate) fn generate(origin: &str) -> Result<Generated> {
        let log = Zeroizing::new(jose::generate::ed25519()?.to_vec());
        let beside = Zeroizing::new(MlDsaKey::generate().map_err(Fault::new)?);
        let signers = Self { log: ed25519(origin, &log)?, beside: Some(ml_dsa(origin, &beside)?) };
        Ok(Generated { signers, log, beside })
    }

    fn of(origin: &str, keys: &[LedgerKey], state: State) -> Result<Self> {
        let (mut log, mut beside) = (None, None);
        for key in keys.iter().filter(|key| key.state == state) {
            let private = key.private.as_ref().ok_or_else(|| Fault::new("a ledger's key has no private part"))?;
            match VerifierKey::parse(&key.verifier).map_err(Fault::new)?.kind() {
                ledger::KeyType::Ed25519 => log = Some(ed25519(origin, private)?),
                ledger::KeyType::MlDsaCosignature => beside = Some(ml_dsa(origin, private)?),
                ledger::KeyType::Cosignature => return Err(Fault::new("a ledger's key is a witness's").into()),
            }
        }
        Ok(Self { log: log.ok_or_else(|| Fault::new("a ledger without key"))?, beside })
    }

    /// The text form of the key that signs as all readers know it.
    pub(crate) fn verifier(&self) -> String {
        self.log.verifier().to_string()
    }

    /// Signs a checkpoint at a moment in milliseconds; by keys that take over as well, if there are some.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint, next: Option<&Self>, now_ms: i64) -> Result<Note> {
        let keys = self.keys().chain(next.into_iter().flat_map(Self::keys));
        Ok(checkpoint.sign_by(keys, u64::try_from(now_ms / 1000).unwrap_or(0)).map_err(Fault::new)?)
    }

    /// Lets keys that signed a checkpoint beside these sign from then on.
    pub(crate) fn hand_over(&self, batch: &mut Batch, ledger: &LedgerRow, next: &Self, note: &str) {
        for (old, new) in self.keys().zip(next.keys()) {
            let (old, new) = (old.verifier().to_string(), new.verifier().to_string());
            store::ledger_keys::hand_over(batch, &ledger.id, (&old, &new), note);
        }
        store::ledger_keys::name(batch, &ledger.id, &next.verifier());
        store::realms::touch(batch, &ledger.realm_id);
    }

    fn keys(&self) -> impl Iterator<Item = &Signer> {
        [Some(&self.log), self.beside.as_ref()].into_iter().flatten()
    }

    fn texts(&self) -> Vec<String> {
        self.keys().map(|signer| signer.verifier().to_string()).collect()
    }
}

impl Generated {
    /// Adds them to a ledger, from a number on.
    pub(crate) fn insert(
        &self,
        store: &store::Store,
        batch: &mut Batch,
        ledger_id: &str,
        (first, state): (i64, State),
    ) -> Result<()> {
        let of = |signer: &Signer| signer.verifier().to_string();
        let beside = self.signers.beside.as_ref().map(of).unwrap_or_default();
        let keys = [(of(&self.signers.log), &self.log), (beside, &self.beside)];
        for (n, (verifier, key)) in (first..).zip(&keys) {
            store::ledger_keys::insert(store, batch, ledger_id, n, (verifier, key), state)?;
        }
        Ok(())
    }
}

impl Core {
    /// Lets new keys sign a realm's ledger, and gives old and new once they do. Where new keys wait to take over already, as
    /// when this was cut short, no others are made: these are seen through.
    ///
    /// # Errors
    /// [`NO_LEDGER`]; [`STILL_ROTATING`] where the ledger may not be signed, or another node doesn't.
    pub async fn rotate_ledger_key(&self, realm_id: &str) -> Result<Rotated> {
        let (ledger, old, new) = loop {
            let ledger = store::ledger::find_open(&self.store, realm_id).await?.ok_or(NO_LEDGER)?;
            let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
            let old = Signers::of(&ledger.origin, &keys, State::Signs)?.texts();
            if keys.iter().any(|key| key.state == State::Waits) {
                let next = Signers::of(&ledger.origin, &keys, State::Waits)?.texts();
                break (ledger, old, next);
            }
            let made = Signers::generate(&ledger.origin)?;
            if self.add_next_keys(&ledger, keys.len(), &made).await? {
                break (ledger, old, made.signers.texts());
            }
        };
        for _ in 0..STEPS {
            // Whoever holds the lease gives the index: this process, or the server beside it.
            self.sequence(&ledger.id).await?;
            let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
            let first = keys.into_iter().find(|key| new.first() == Some(&key.verifier));
            if let Some(handover) = first.and_then(|key| key.handover) {
                return Ok(Rotated { origin: ledger.origin, old, new, handover });
            }
            tokio::time::sleep(STEP).await;
        }
        let why = self.refused_ledgers().into_iter().next();
        let why = why.unwrap_or_else(|| {
            "another node holds the ledger and gives their entries no index: look at its log. A server at work lets them take \
             over, and so does this command, given again once no other node is at work"
                .to_owned()
        });
        let text = format!("The keys {} are made, and do not sign yet: {why}", new.join(" and "));
        Err(STILL_ROTATING.describe(text).into())
    }

    /// Adds keys that are to follow on those that there are, so many, with the entries that name them; false where somebody
    /// was faster with others.
    async fn add_next_keys(&self, ledger: &LedgerRow, count: usize, made: &Generated) -> Result<bool> {
        let mut batch = Batch::new();
        for key in made.signers.keys().map(Signer::verifier) {
            let entry = service_keys::entry_of(self.clock.now_ms(), key.kid(), key.jwk(), ServiceUse::Ledger)?;
            entry.append(&mut batch, &Open::from(ledger.clone()));
        }
        let n = i64::try_from(count).map_err(Fault::new)?;
        made.insert(&self.store, &mut batch, &ledger.id, (n, State::Waits))?;
        match self.store.db().commit(batch).await.map_err(Error::from) {
            Ok(_) => {
                self.wake_sequencer();
                Ok(true)
            }
            Err(Error::Lost(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What signs a ledger as it was read.
    pub(crate) async fn signers_of(&self, ledger: &LedgerRow) -> Result<Arc<Signers>> {
        if let Some(kept) = self.ledger_signers.get(&ledger.id).filter(|kept| kept.verifier() == ledger.verifier) {
            return Ok(kept);
        }
        let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
        let signers = Arc::new(Signers::of(&ledger.origin, &keys, State::Signs)?);
        self.ledger_signers.insert(ledger.id.clone(), Arc::clone(&signers));
        Ok(signers)
    }

    /// The keys that take over with these entries, if some of them are theirs.
    pub(crate) async fn next_signers(&self, ledger: &LedgerRow, entries: &[EntryRow]) -> Result<Option<Signers>> {
        if !entries.iter().any(brings_key) {
            return Ok(None);
        }
        let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
        let is_next = keys.iter().any(|key| key.state == State::Waits);
        is_next.then(|| Signers::of(&ledger.origin, &keys, State::Waits)).transpose()
    }

    /// Every key that ever signed a ledger, as far as elliptic curves go.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn ledger_verifiers(&self, ledger: &LedgerRow) -> Result<Vec<VerifierKey>> {
        let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
        let keys = keys.iter().map(|key| VerifierKey::parse(&key.verifier).map_err(Fault::new));
        let keys: Vec<VerifierKey> = keys.collect::<Result<_, _>>()?;
        Ok(keys.into_iter().filter(|key| key.kind() == ledger::KeyType::Ed25519).collect())
    }
}

/// Entries for one batch, of which there are so many at most, without such as bring keys at the end of a full one: those
/// that take over together are under one checkpoint first.
pub(crate) fn together(mut entries: Vec<EntryRow>, most: i64) -> Vec<EntryRow> {
    if i64::try_from(entries.len()).is_ok_and(|count| count >= most) {
        let kept = entries.iter().rposition(|entry| !brings_key(entry)).map_or(entries.len(), |last| last + 1);
        entries.truncate(kept);
    }
    entries
}

/// Whether an entry says that a new key signs the ledger.
fn brings_key(entry: &EntryRow) -> bool {
    let record = entry.record.as_deref().filter(|_| entry.kind == i64::from(Kind::ServiceKey.number()));
    let record = record.and_then(|octets| record::parse::<ServiceKeyRecord>(octets).ok());
    record.is_some_and(|record| record.key_use == ServiceUse::Ledger)
}

fn ed25519(origin: &str, der: &[u8]) -> Result<Signer> {
    let key = SigningKey::from_der(Algorithm::EdDSA, der).map_err(Fault::new)?;
    Ok(Signer::log(origin, key).map_err(Fault::new)?)
}

fn ml_dsa(origin: &str, der: &[u8]) -> Result<Signer> {
    Ok(Signer::ml_dsa(origin, MlDsaKey::from_der(der).map_err(Fault::new)?).map_err(Fault::new)?)
}

#[cfg(test)]
mod tests {
    use ledger::record::ServiceUse;
    use ledger::{Kind, VerifierKey};
    use store::ledger::EntryRow;

    use super::{Signers, together};
    use crate::network::entry::Entry;
    use crate::network::service_keys::entry_of;

    fn entry(key: Option<&VerifierKey>) -> EntryRow {
        match key {
            Some(key) => entry_of(1, key.kid(), key.jwk(), ServiceUse::Ledger).unwrap().row(),
            None => Entry::new(Kind::Message, 1, b"{}".to_vec()).unwrap().row(),
        }
    }

    #[test]
    fn keys_that_take_over_together_are_not_parted_where_a_batch_ends() {
        let made = Signers::generate("ledger.example/net").unwrap();
        let keys: Vec<VerifierKey> = made.signers.keys().map(|signer| signer.verifier().clone()).collect();
        let entries = |kinds: &[Option<&VerifierKey>]| kinds.iter().map(|key| entry(*key)).collect::<Vec<_>>();
        let kept = |kinds: &[Option<&VerifierKey>]| together(entries(kinds), 3).len();
        assert_eq!(kept(&[None, None, Some(&keys[0])]), 2, "the other one may be behind it");
        assert_eq!(kept(&[None, Some(&keys[0]), Some(&keys[1])]), 1);
        assert_eq!(kept(&[Some(&keys[0]), Some(&keys[1]), None]), 3);
        assert_eq!(kept(&[Some(&keys[0]), Some(&keys[1])]), 2, "nothing is behind them");
        assert_eq!(kept(&[Some(&keys[0]), Some(&keys[1]), Some(&keys[0])]), 3, "a batch is never empty");
    }
}
