//! Signing profiles that messages are judged by: each stands in the ledger as it was, under the digest that verdicts name,
//! so that a change of it leaves what was judged before provable.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ledger::Kind;
use ledger::record::{self, Named, ProfileRecord, Version};
use ledger::text::{Digest, UtcTime};
use model::Document;
use registry::Status;
use serde_json::Value;
use signing::Profile;
use signing::profile::PROFILES;
use store::Batch;
use store::ledger::LedgerRow;

use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::network::standing::NOT_NOW;
use crate::network::{Network, PROFILES as ATTRIBUTE};
use crate::{Core, Error, Fault, Result};

/// What is said in place of a name that can't be read.
const NAMELESS: &str = "without a name";

/// The profiles that roles of a realm can go by: its own, and those that every realm has.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    own: Vec<(Profile, Digest)>,
    /// What the realm's attribute has and can't be read, by its name, with the reason: none but itself may stand for it.
    unread: Vec<(String, String)>,
}

impl Profiles {
    /// Those of a realm's document. What can't be read any more is kept as unread.
    pub fn of(realm: &Document) -> Self {
        let text = realm.nested("attributes", ATTRIBUTE).filter(|text| !text.is_empty());
        let Some(text) = text else { return Self::default() };
        let Ok(list) = serde_json::from_str::<Vec<Value>>(text) else {
            return Self {
                own: Vec::new(),
                unread: vec![(NAMELESS.to_owned(), "the attribute is no JSON list".to_owned())],
            };
        };
        let mut out = Self::default();
        for one in list {
            let name = one.get("name").and_then(Value::as_str).unwrap_or(NAMELESS).to_owned();
            match kept(&one).and_then(|own| Ok((digest(&own).map_err(|_| "its digest can't be made")?, own))) {
                Ok((digest, own)) => out.own.push((own, digest)),
                Err(why) => out.unread.push((name, why)),
            }
        }
        out
    }

    /// The profile of that name.
    pub fn find(&self, name: &str) -> Option<&Profile> {
        self.judging(name).ok().map(|(profile, _)| profile)
    }

    /// The profile that a role goes by, and its digest, which is worked out but once.
    ///
    /// # Errors
    /// 503 that names it, where it is not there or can't be read.
    pub fn judging(&self, name: &str) -> Result<(&Profile, Digest)> {
        if let Some((profile, digest)) = self.own.iter().find(|(profile, _)| profile.name == name) {
            return Ok((profile, *digest));
        }
        match of_all(name).filter(|_| !self.unread.iter().any(|(unread, _)| unread == name)) {
            Some(found) => Ok(found),
            None => Err(NOT_NOW.describe(format!("{}: put it right in {ATTRIBUTE}", self.trouble(name))).into()),
        }
    }

    /// What is wrong with a profile that is not there.
    fn trouble(&self, name: &str) -> String {
        match self.unread.iter().find(|(unread, _)| unread == name || unread == NAMELESS) {
            Some((_, why)) => format!("the signing profile {name} can't be read ({why})"),
            None => format!("the signing profile {name} is not there"),
        }
    }
}

/// Reads one of a realm's own profiles.
///
/// # Errors
/// With the reason, for whoever sets the attribute.
pub(super) fn read(one: &Value) -> Result<Profile, String> {
    Profile::parse(&one.to_string()).map_err(|error| error.to_string())?;
    kept(one)
}

/// The same of one that was set before: no rule that came later takes it from the roles that go by it.
pub(super) fn kept(one: &Value) -> Result<Profile, String> {
    let profile = Profile::recorded(&one.to_string()).map_err(|error| error.to_string())?;
    match Profile::find(&profile.name) {
        None => Ok(profile),
        Some(_) => Err(format!("the name {} is taken by a profile that every realm has", profile.name)),
    }
}

/// A profile's digest, as verdicts name it.
fn digest(profile: &Profile) -> Result<Digest> {
    Ok(Digest(profile.digest().as_slice().try_into().map_err(Fault::new)?))
}

/// A profile that every realm has.
fn of_all(name: &str) -> Option<(&'static Profile, Digest)> {
    static ALL: LazyLock<Vec<(&Profile, Digest)>> = LazyLock::new(|| {
        let all = PROFILES.iter().filter_map(|(name, _)| Profile::find(name));
        all.filter_map(|profile| Some((profile, digest(profile).ok()?))).collect()
    });
    ALL.iter().find(|(profile, _)| profile.name == name).copied()
}

impl Core {
    /// The profiles by which roles of a realm go that have not ended, each with the roles' ids.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn profiles_in_use(&self, realm_id: &str) -> Result<BTreeMap<String, Vec<String>>> {
        let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let rows = store::participants::list_all_roles(&self.store, realm_id).await?;
        for row in rows.iter().filter(|row| row.status != Status::Ended.name()) {
            let role = self.role_of_row(realm_id, row).await?;
            out.entry(role.settings.profile.clone()).or_default().push(role.id.clone());
        }
        Ok(out)
    }

    /// What is wrong with the profiles of a realm, in a sentence each for whoever looks after this node: those that can't
    /// be read, and those that roles go by and that are not there.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn missing_profiles(&self, network: &Network, row: &LedgerRow) -> Result<Vec<String>> {
        // No role is taken that goes by a profile that isn't there: what once was whole is so until the realm changes.
        if network.is_whole.get().is_some() {
            return Ok(Vec::new());
        }
        let profiles = &network.profiles;
        let mut used = self.profiles_in_use(&row.realm_id).await?;
        used.retain(|name, _| profiles.find(name).is_none());
        for (name, _) in &profiles.unread {
            used.entry(name.clone()).or_default();
        }
        if used.is_empty() {
            let _ = network.is_whole.set(());
        }
        let told = |(name, roles): (&String, &Vec<String>)| {
            let (origin, trouble, count) = (&row.origin, profiles.trouble(name), roles.len());
            format!("Of the ledger {origin} {trouble}, by which {count} role(s) go: their messages get no verdict")
        };
        Ok(used.iter().map(told).collect())
    }

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
