//! Keys that the realm signs replies and messages with; each stands in the ledger before it is used.

use jose::{Algorithm, SigningKey};
use ledger::Kind;
use ledger::record::{self, Named, ServiceKeyRecord, ServiceUse, Version};
use ledger::text::UtcTime;
use serde_json::Value;
use store::Batch;
use store::service_keys::ServiceKeyRow;

use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::{Core, Error, Fault, Plan, Result};

/// The longest wait until a new key stands in a checkpoint, in milliseconds: longer than a node that died holds the ledger.
pub(super) const PATIENCE_MS: u64 = 10_000;
pub(super) const STEP_MS: u64 = 20;
/// Looks at what is there, where others enter keys at the same moment.
const TRIES: u32 = 8;

/// A key that the realm begins to sign with.
#[derive(Clone, Copy)]
pub struct NewServiceKey<'k> {
    /// Its name.
    pub kid: &'k str,
    /// The public key.
    pub jwk: &'k Value,
    /// What it signs.
    pub key_use: ServiceUse,
    /// Its PKCS#8, where it is no key of the realm itself.
    pub private: Option<&'k [u8]>,
}

impl NewServiceKey<'_> {
    /// Whether a key that is there is this one, for the same: one that signs replies and tokens is entered for each.
    fn is(&self, there: &ServiceKeyRow) -> bool {
        there.kid == self.kid && there.purpose == purpose(self.key_use)
    }
}

fn purpose(key_use: ServiceUse) -> &'static str {
    match key_use {
        ServiceUse::Message => "message",
        ServiceUse::Reply => "reply",
        ServiceUse::Token => "token",
        ServiceUse::Ledger => "ledger",
    }
}

/// The entry that says what a key is for, from a moment on.
pub(crate) fn entry_of(now_ms: i64, kid: String, jwk: Value, key_use: ServiceUse) -> Result<Entry> {
    let now = UtcTime(u64::try_from(now_ms).unwrap_or(0));
    let record = ServiceKeyRecord { v: Version, kind: Named, recorded_at: now, kid, jwk, key_use, from: now };
    Entry::new(Kind::ServiceKey, now_ms, record::write(&record).map_err(Fault::new)?)
}

impl Core {
    /// The key that signs the realm's replies. One that is new is entered into the ledger first, and waited for.
    ///
    /// # Errors
    /// [`Error::MissingKey`] when the realm has none of the algorithm; unavailable while the ledger doesn't move.
    pub async fn reply_key<'p>(&self, plan: &'p Plan) -> Result<&'p SigningKey> {
        let network =
            plan.network.as_ref().ok_or_else(|| Fault::new("a realm without participants signs no replies"))?;
        let ledger = self.ledger(plan).await?;
        let algorithm = Algorithm::parse(&network.reply_algorithm)
            .filter(|algorithm| algorithm.kty() != jose::KeyType::Oct)
            .unwrap_or(Algorithm::ES256);
        let active = plan.keys.all.iter().find(|key| key.active && key.algorithm == algorithm.name());
        let key = active.and_then(|key| Some((key.signing.as_ref()?, key.jwk.as_ref()?)));
        let (key, jwk) = key.ok_or_else(|| Error::MissingKey(algorithm.name().to_owned()))?;
        let new = NewServiceKey { kid: key.kid(), jwk, key_use: ServiceUse::Reply, private: None };
        self.enter(ledger, &new).await?;
        Ok(key)
    }

    /// Enters the keys that sign the realm's tokens, where they aren't there yet: once for each version of the realm.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn enter_token_keys(&self, plan: &Plan) -> Result<()> {
        let ledger = self.ledger(plan).await?;
        let known = (ledger.id.clone(), format!("version {}", plan.version));
        if self.entered.get(&known).is_some() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let there = store::service_keys::list(&self.store, &ledger.id).await?;
            let mut batch = Batch::new();
            for key in plan.keys.all.iter().filter(|key| key.active && key.signing.is_some()) {
                // A shared secret has no public part, and what it signs proves nothing to others.
                let Some(jwk) = &key.jwk else { continue };
                let new = NewServiceKey { kid: &key.kid, jwk, key_use: ServiceUse::Token, private: None };
                if !there.iter().any(|one| new.is(one)) {
                    self.add_service_key(&mut batch, ledger, &new)?;
                }
            }
            if batch.is_empty() {
                self.entered.insert(known, ());
                return Ok(());
            }
            match self.store.db().commit(batch).await.map_err(Error::from) {
                // What is there now is read again: another node may have entered some of them, or none.
                Ok(_) | Err(Error::Lost(_)) => self.wake_sequencer(),
                Err(error) => return Err(error),
            }
        }
        Err(Fault::unavailable("the realm's keys can't be entered into the ledger").into())
    }

    /// Makes sure that a key stands in a checkpoint of the ledger: enters it where it doesn't, and waits.
    ///
    /// # Errors
    /// Unavailable while the ledger doesn't move.
    pub async fn enter(&self, ledger: &Open, new: &NewServiceKey<'_>) -> Result<()> {
        let known = (ledger.id.clone(), format!("{} {}", purpose(new.key_use), new.kid));
        if self.entered.get(&known).is_none() {
            // In a box, since most replies need no room for it.
            Box::pin(self.enter_now(ledger, new)).await?;
            self.entered.insert(known, ());
        }
        Ok(())
    }

    async fn enter_now(&self, ledger: &Open, new: &NewServiceKey<'_>) -> Result<()> {
        let step = std::time::Duration::from_millis(STEP_MS);
        for _ in 0..PATIENCE_MS / STEP_MS {
            let keys = store::service_keys::list(&self.store, &ledger.id).await?;
            match keys.iter().find(|key| new.is(key)) {
                Some(key) if key.is_placed => return Ok(()),
                Some(_) => {}
                None => {
                    let mut batch = Batch::new();
                    self.add_service_key(&mut batch, ledger, new)?;
                    match self.store.db().commit(batch).await.map_err(Error::from) {
                        // Another request was first.
                        Ok(_) | Err(Error::Lost(_)) => self.wake_sequencer(),
                        Err(error) => return Err(error),
                    }
                }
            }
            // Whoever holds the lease is faster than the next round of its job.
            self.sequence(&ledger.id).await?;
            tokio::time::sleep(step).await;
        }
        Err(Fault::unavailable("the ledger gives no indexes: no key may sign replies before it stands in it").into())
    }

    /// Adds a key to those that the realm signs with, and its entry to the ledger.
    ///
    /// # Errors
    /// When the system has no randomness, or the private key can't be sealed.
    pub fn add_service_key(&self, batch: &mut Batch, ledger: &Open, key: &NewServiceKey<'_>) -> Result<Entry> {
        let entry = entry_of(self.clock.now_ms(), key.kid.to_owned(), key.jwk.clone(), key.key_use)?;
        entry.append(batch, ledger);
        let row = ServiceKeyRow {
            kid: key.kid.to_owned(),
            jwk: key.jwk.to_string(),
            purpose: purpose(key.key_use).to_owned(),
            entry_id: entry.id(),
            is_placed: false,
        };
        store::service_keys::insert(&self.store, batch, &ledger.id, &row, key.private)?;
        Ok(entry)
    }
}
