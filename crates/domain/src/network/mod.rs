//! A realm with participants: what it has besides a Keycloak realm, namely a registry of who takes part and a ledger of
//! what was answered for.
//!
//! The realm attribute `countersign.participants` switches it on; without it nothing of this is there.

pub(crate) mod asked;
pub mod attributes;
pub mod change;
pub mod entry;
mod erasure;
pub(crate) mod failures;
pub mod heads;
pub mod ledger;
pub mod ledger_keys;
pub mod moving;
pub mod overdue;
pub mod past;
pub mod placed;
mod policies;
pub mod profiles;
pub(crate) mod remembered;
pub mod roles;
pub mod sequencer;
pub mod service_keys;
pub mod standing;
pub mod tiles;
pub mod times;
pub mod witnesses;

use std::sync::OnceLock;

use model::{Document, Realm};
use serde_json::Value;
use signing::Profile;
use store::Store;

use crate::Result;
use profiles::Profiles;

/// The realm attribute that switches participants on.
pub const PARTICIPANTS: &str = "countersign.participants";
/// Names of participant roles, separated by commas.
pub const ROLES: &str = "countersign.participant-roles";
/// The realm attribute that holds profiles of its own: a JSON list of them.
pub const PROFILES: &str = "countersign.signing-profiles";
/// Hours that messages are remembered which sign no time.
const REPLAY_HOURS: &str = "countersign.replay-hours";
/// Whether the same message again is refused, where the profile leaves it to the realm.
const REFUSE_REPLAYS: &str = "countersign.refuse-replays";
/// Whether a message whose own time is more than a quarter of an hour off is refused.
const REFUSE_OLD: &str = "countersign.refuse-old-messages";
/// Whether messages' octets are kept beside their entries; they are unless `false`.
const KEEP_BODIES: &str = "countersign.keep-bodies";
/// Days after which records and octets of messages are erased.
const ERASE_AFTER_DAYS: &str = "countersign.erase-after-days";
/// Messages of a bundle, at most.
pub const MOST_IN_BUNDLE: &str = "countersign.messages-in-bundle";
/// The algorithm of replies' signatures.
const REPLY_ALGORITHM: &str = "countersign.reply-signature-algorithm";
/// The ledger's name in checkpoints, read when it is opened.
pub const ORIGIN: &str = "countersign.ledger-origin";

/// The roles that networks know unless a realm says otherwise.
pub const USUAL_ROLES: &[&str] = &[
    "LENDER",
    "LOAN_AGENT",
    "DISBURSEMENT_PARTNER",
    "COLLECTIONS_PARTNER",
    "DERIVED_DATA_PARTNER",
    "KYC_PARTNER",
    "ADMIN",
    "REGULATOR",
];
const DEFAULT_REPLAY_HOURS: i64 = 24;
const USUAL_BUNDLE: i64 = 2000;
/// A bundle is read up to 64 MiB.
const LARGEST_BUNDLE: i64 = 20_000;
/// A hundred years.
const LONGEST_KEPT_DAYS: i64 = 36_525;
const LONGEST_REPLAY_HOURS: i64 = 24 * 366;

/// What a realm with participants has besides.
#[derive(Clone, Debug)]
pub struct Network {
    /// The ledger, once it is open.
    pub ledger: Option<ledger::Open>,
    /// The names that a participant role may have.
    pub roles: Vec<String>,
    /// By which profiles its roles can go.
    pub profiles: Profiles,
    /// Set once each role's profile was found to be there.
    is_whole: OnceLock<()>,
    /// Seconds that messages are remembered which sign no time.
    pub replay_seconds: i64,
    /// Whether the same message again is refused, where the profile leaves it to the realm.
    pub refuses_replays: bool,
    /// Whether a message is refused whose own time is more than a quarter of an hour off.
    pub refuses_old: bool,
    /// Whether messages' octets are kept.
    pub keeps_bodies: bool,
    /// The algorithm of replies' signatures.
    pub reply_algorithm: String,
    /// By whom the ledger's time is shown, and how often.
    pub times: times::Times,
}

impl Network {
    /// Whether a realm has participants.
    pub fn is_on(realm: &Realm) -> bool {
        attribute(realm, PARTICIPANTS) == Some("true")
    }

    /// Reads what a realm says; None where it has no participants, or its ledger was closed and no other was opened, unless
    /// its file brought one to go on from.
    pub(crate) async fn read(store: &Store, realm: &Realm) -> Result<Option<Self>> {
        if !Self::is_on(realm) {
            return Ok(None);
        }
        let ledger = store::ledger::find_open(store, &realm.id).await?.map(ledger::Open::from);
        if ledger.is_none() && !store::ledger::of_realm(store, &realm.id).await?.is_empty() {
            let elsewhere = store::ledger::elsewhere(store, &realm.id).await?;
            if !elsewhere.iter().any(|ledger| ledger.is_next) {
                return Ok(None);
            }
        }
        let flag = |name| attribute(realm, name).map(|value| value == "true");
        let hours = attribute(realm, REPLAY_HOURS).and_then(|hours| hours.parse().ok());
        let hours = hours.unwrap_or(DEFAULT_REPLAY_HOURS).clamp(1, LONGEST_REPLAY_HOURS);
        Ok(Some(Self {
            ledger,
            roles: role_names(&realm.doc),
            profiles: Profiles::of(&realm.doc),
            is_whole: OnceLock::new(),
            replay_seconds: hours * 3600,
            refuses_replays: flag(REFUSE_REPLAYS).unwrap_or(false),
            refuses_old: flag(REFUSE_OLD).unwrap_or(false),
            keeps_bodies: flag(KEEP_BODIES).unwrap_or(true),
            reply_algorithm: attribute(realm, REPLY_ALGORITHM).unwrap_or("ES256").to_owned(),
            times: times::Times::read(realm),
        }))
    }
}

/// Days after which a realm's records of messages are erased, in closed ledgers too; None where they stay for ever.
pub(crate) fn erase_after_days(realm: &Realm) -> Option<i64> {
    let days = attribute(realm, ERASE_AFTER_DAYS).and_then(|days| days.parse().ok());
    days.filter(|days| (1..=LONGEST_KEPT_DAYS).contains(days))
}

/// How many messages a bundle of a realm may have.
pub fn most_in_bundle(realm: &Realm) -> i64 {
    let most = attribute(realm, MOST_IN_BUNDLE).and_then(|most| most.parse().ok());
    most.unwrap_or(USUAL_BUNDLE).clamp(1, LARGEST_BUNDLE)
}

fn attribute<'r>(realm: &'r Realm, name: &str) -> Option<&'r str> {
    realm.doc.nested("attributes", name).filter(|value| !value.is_empty())
}

/// The names that participant roles of a realm may have.
pub fn role_names(realm: &Document) -> Vec<String> {
    let text = realm.nested("attributes", ROLES);
    let named: Vec<String> = text.unwrap_or_default().split(',').map(str::trim).map(str::to_owned).collect();
    let named: Vec<String> = named.into_iter().filter(|name| !name.is_empty()).collect();
    if named.is_empty() { USUAL_ROLES.iter().map(|name| (*name).to_owned()).collect() } else { named }
}

/// Reads a realm's own profiles as they were set before.
///
/// # Errors
/// With the reason.
pub fn kept_profiles(text: &str) -> Result<Vec<Profile>, String> {
    let list: Vec<Value> = serde_json::from_str(text).map_err(|error| format!("not a JSON list: {error}"))?;
    list.iter().map(profiles::kept).collect()
}

/// Reads a realm's own profiles.
///
/// # Errors
/// With the reason, for whoever sets the attribute.
pub fn profiles(text: &str) -> Result<Vec<Profile>, String> {
    let list: Vec<Value> = serde_json::from_str(text).map_err(|error| format!("not a JSON list: {error}"))?;
    list.iter().map(profiles::read).collect()
}
