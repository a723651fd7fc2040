//! The keys that sign a ledger's checkpoints, and how one takes over from another.
//!
//! A key that is to follow is an entry first. The checkpoint that first holds the entry carries the lines of both keys, and
//! from then on only the new one signs. The ML-DSA key beside it signs all of them.

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

/// Half-second steps for which a rotation waits until the new key signs.
const STEPS: u32 = 20;
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
    /// The key before, in its text form.
    pub old: String,
    /// The key that signs now.
    pub new: String,
    /// The checkpoint that carries the lines of both.
    pub handover: String,
}

impl Signers {
    pub(crate) fn generate(origin: &str) -> Result<Generated> {
        let log = Zeroizing::new(jose::generate::ed25519()?.to_vec());
        let beside = Zeroizing::new(MlDsaKey::generate().map_err(Fault::new)?);
        let signers = Self { log: ed25519(origin, &log)?, beside: Some(ml_dsa(origin, &beside)?) };
        Ok(Generated { signers, log, beside })
    }

    fn of(origin: &str, keys: &[LedgerKey]) -> Result<Self> {
        let (mut log, mut beside) = (None, None);
        for key in keys.iter().filter(|key| key.state == State::Signs) {
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

    /// Signs a checkpoint at a moment in milliseconds; by a key that takes over as well, if there is one.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint, next: Option<&Signer>, now_ms: i64) -> Result<Note> {
        let keys = [Some(&self.log), next, self.beside.as_ref()].into_iter().flatten();
        Ok(checkpoint.sign_by(keys, u64::try_from(now_ms / 1000).unwrap_or(0)).map_err(Fault::new)?)
    }
}

impl Generated {
    /// Adds them to a ledger that is opened.
    pub(crate) fn insert(&self, store: &store::Store, batch: &mut Batch, ledger_id: &str) -> Result<()> {
        let of = |signer: &Signer| signer.verifier().to_string();
        let beside = self.signers.beside.as_ref().map(of).unwrap_or_default();
        let keys = [(of(&self.signers.log), &self.log), (beside, &self.beside)];
        for (n, (verifier, key)) in (0..).zip(&keys) {
            store::ledger_keys::insert(store, batch, ledger_id, n, (verifier, key), State::Signs)?;
        }
        Ok(())
    }
}

impl Core {
    /// Lets a new key sign a realm's ledger, and gives both once it does.
    ///
    /// # Errors
    /// [`NO_LEDGER`]; [`STILL_ROTATING`] where another rotation is under way, or the ledger may not be signed.
    pub async fn rotate_ledger_key(&self, realm_id: &str) -> Result<Rotated> {
        let ledger = store::ledger::find_open(&self.store, realm_id).await?.ok_or(NO_LEDGER)?;
        let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
        if keys.iter().any(|key| key.state == State::Waits) {
            return Err(STILL_ROTATING.describe("Another key waits to take over already").into());
        }
        let private = Zeroizing::new(jose::generate::ed25519()?.to_vec());
        let key = SigningKey::from_der(Algorithm::EdDSA, &private).map_err(Fault::new)?;
        let jwk = key.public_jwk().ok_or_else(|| Fault::new("a key without a public part"))?.to_value();
        let new = Signer::log(&ledger.origin, key).map_err(Fault::new)?.verifier().clone();
        let kid = new.id().iter().map(|octet| format!("{octet:02x}")).collect();
        let entry = service_keys::entry_of(self.clock.now_ms(), kid, jwk, ServiceUse::Ledger)?;
        let (old, new) = (ledger.verifier.clone(), new.to_string());
        let mut batch = Batch::new();
        entry.append(&mut batch, &Open::from(ledger.clone()));
        let n = i64::try_from(keys.len()).map_err(Fault::new)?;
        store::ledger_keys::insert(&self.store, &mut batch, &ledger.id, n, (&new, &private), State::Waits)?;
        self.store.db().commit(batch).await.map_err(|error| match Error::from(error) {
            Error::Lost(_) => STILL_ROTATING.describe("Another key waits to take over already").into(),
            error => error,
        })?;
        self.wake_sequencer();
        for _ in 0..STEPS {
            // Whoever holds the lease gives the index: this process, or the server beside it.
            self.sequence(&ledger.id).await?;
            let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
            if let Some(handover) = keys.into_iter().find(|key| key.verifier == new).and_then(|key| key.handover) {
                return Ok(Rotated { origin: ledger.origin, old, new, handover });
            }
            tokio::time::sleep(STEP).await;
        }
        let why = self.refused_ledgers().into_iter().next();
        let why = why.unwrap_or_else(|| "its entry has no index yet; it takes over when it has".to_owned());
        Err(STILL_ROTATING.describe(format!("The key {new} is made, and does not sign yet: {why}")).into())
    }

    /// What signs a ledger as it was read.
    pub(crate) async fn signers_of(&self, ledger: &LedgerRow) -> Result<Arc<Signers>> {
        if let Some(kept) = self.ledger_signers.get(&ledger.id).filter(|kept| kept.verifier() == ledger.verifier) {
            return Ok(kept);
        }
        let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
        let signers = Arc::new(Signers::of(&ledger.origin, &keys)?);
        self.ledger_signers.insert(ledger.id.clone(), Arc::clone(&signers));
        Ok(signers)
    }

    /// The key that takes over with these entries, if one of them is its.
    pub(crate) async fn next_signer(&self, ledger: &LedgerRow, entries: &[EntryRow]) -> Result<Option<Signer>> {
        if !entries.iter().any(brings_key) {
            return Ok(None);
        }
        let keys = store::ledger_keys::list(&self.store, &ledger.id).await?;
        let next = keys.into_iter().find(|key| key.state == State::Waits).and_then(|key| key.private);
        next.map(|key| ed25519(&ledger.origin, &key)).transpose()
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
