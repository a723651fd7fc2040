//! Signing profiles that messages are judged by: each stands in the ledger as it was, under the digest that verdicts name,
//! so that a change of it leaves what was judged before provable.

use std::sync::LazyLock;

use ledger::Kind;
use ledger::record::{self, Named, ProfileRecord, Version};
use ledger::text::{Digest, UtcTime};
use signing::Profile;
use signing::profile::PROFILES;
use store::Batch;

use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::{Core, Error, Fault, Result};

/// A profile's digest, as verdicts name it.
pub(super) fn digest(profile: &Profile) -> Result<Digest> {
    Ok(Digest(profile.digest().as_slice().try_into().map_err(Fault::new)?))
}

/// A profile that every realm has.
pub(super) fn of_all(name: &str) -> Option<(&'static Profile, Digest)> {
    static ALL: LazyLock<Vec<(&Profile, Digest)>> = LazyLock::new(|| {
        let all = PROFILES.iter().filter_map(|(name, _)| Profile::find(name));
        all.filter_map(|profile| Some((profile, digest(profile).ok()?))).collect()
    });
    ALL.iter().find(|(profile, _)| profile.name == name).copied()
}

impl Core {
    /// Makes sure that a profile of a digest stands in a ledger as it is.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn enter_profile(&self, ledger: &Open, profile: &Profile, digest: Digest) -> Result<()> {
        let known = (ledger.id.clone(), format!("profile {digest}"));
        if self.entered.get(&known).is_some() {
            return Ok(());
        }
        if store::profiles::find(&self.store, &ledger.id, &digest.to_string()).await?.is_none() {
            let definition = serde_json::to_string(profile).map_err(Fault::new)?;
            let now_ms = self.clock.now_ms();
            let record = ProfileRecord {
                v: Version,
                kind: Named,
                recorded_at: UtcTime(u64::try_from(now_ms).unwrap_or(0)),
                name: profile.name.clone(),
                version: profile.version,
                digest,
                definition: definition.clone(),
            };
            let entry = Entry::new(Kind::Profile, now_ms, record::write(&record).map_err(Fault::new)?)?;
            let mut batch = Batch::new();
            entry.append(&mut batch, ledger);
            store::profiles::insert(&mut batch, &ledger.id, &digest.to_string(), &definition, &entry.id());
            match self.store.db().commit(batch).await.map_err(Error::from) {
                // Another request was first.
                Ok(_) | Err(Error::Lost(_)) => self.wake_sequencer(),
                Err(error) => return Err(error),
            }
        }
        self.entered.insert(known, ());
        Ok(())
    }
}
