//! Putting evidence together: one file for a message, for a conversation, or for all that a participant sent in a stretch.

use std::collections::BTreeSet;

use domain::network::ledger::Open;
use domain::{Core, Fault, Plan, Result};
use evidence::bundle::{self, Bundle};
use ledger::Kind;
use ledger::record::{self, MessageRecord};
use ledger::text::{Digest, Octets};
use oidc::Cx;
use serde_json::Value;
use store::ledger::EntryRow;

use crate::caller::Caller;
use crate::gather::{Gathered, Looking};
use crate::heads::Around;
use crate::refusals::{BAD_CALL, NOT_FOUND};

/// What to put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Messages by their entries' ids.
    Messages(Vec<String>),
    /// All messages of a ledger that carry a request id.
    Conversation {
        /// What they carry.
        request_id: String,
        /// The ledger; without it the realm's newest that has any of them.
        origin: Option<String>,
    },
    /// All messages of a role within a stretch of the ledger; to its end where none is given.
    Range {
        /// The role.
        role: String,
        /// The first index.
        from: u64,
        /// The index after the last.
        to: Option<u64>,
        /// The ledger; without it the realm's newest.
        origin: Option<String>,
    },
}

/// Keys of the realm in a bundle, at most: the newest.
const MOST_KEYS: i64 = 1000;

impl Selection {
    /// Reads what a caller wants: `{messages: [ids]}`, `{requestId, origin?}` or `{participantRoleId, from?, to?,
    /// origin?}`.
    ///
    /// # Errors
    /// 400.
    pub fn parse(octets: &[u8]) -> Result<Self> {
        let wrong = || {
            domain::Error::from(BAD_CALL.describe(
            "Say what to put together: {\"messages\": [ids]}, {\"requestId\": …, \"origin\": …} or {\"participantRoleId\": …, \"from\": …, \"to\": …, \"origin\": …}",
        ))
        };
        let value: Value = serde_json::from_slice(octets).map_err(|_| wrong())?;
        let members = value.as_object().ok_or_else(wrong)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let origin = || match members.get("origin") {
            None => Ok(None),
            Some(_) => text("origin").map(Some).ok_or_else(wrong),
        };
        let is_alone = members.len() == 1 + usize::from(members.contains_key("origin"));
        match (members.get("messages"), text("requestId"), text("participantRoleId")) {
            (Some(Value::Array(ids)), None, None) if !ids.is_empty() && members.len() == 1 => {
                let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
                ids.map(Self::Messages).ok_or_else(wrong)
            }
            (None, Some(request_id), None) if is_alone => Ok(Self::Conversation { request_id, origin: origin()? }),
            (None, None, Some(role)) => {
                let index = |name: &str| match members.get(name) {
                    None => Ok(None),
                    Some(index) => index.as_u64().map(Some).ok_or_else(wrong),
                };
                Ok(Self::Range { role, from: index("from")?.unwrap_or(0), to: index("to")?, origin: origin()? })
            }
            _ => Err(wrong()),
        }
    }
}

/// Puts together what a caller may have: everything for holders of `export-evidence`, for participants what concerns
/// them.
///
/// # Errors
/// 403, 404, 400 for too much at once.
pub async fn export(cx: &Cx<'_>, caller: &Caller, selection: &Selection) -> Result<Vec<u8>> {
    let _turn = cx.core().bundle_turn().await?;
    let looking = Looking { core: cx.core(), plan: &cx.plan, caller: Some(caller) };
    write(cx.core(), &cx.plan, looking.gather(selection).await?).await
}

/// Puts together whatever is asked for, for an operator.
///
/// # Errors
/// 404, 400 for too much at once.
pub async fn make(core: &Core, plan: &Plan, selection: &Selection) -> Result<Vec<u8>> {
    write(core, plan, Looking { core, plan, caller: None }.gather(selection).await?).await
}

/// Entries as bundles hold them, all proved under one head.
pub(crate) struct Prover<'p> {
    pub(crate) core: &'p Core,
    pub(crate) ledger: &'p Open,
    pub(crate) size: u64,
}

impl Prover<'_> {
    pub(crate) async fn entry(&self, row: &EntryRow) -> Result<bundle::Entry> {
        let index = row.position.and_then(|position| u64::try_from(position).ok()).filter(|index| *index < self.size);
        let index = index.ok_or_else(|| NOT_FOUND.describe("An entry waits for its index: ask again in a second"))?;
        let record = row.record.clone().ok_or_else(|| NOT_FOUND.describe("A record was erased"))?;
        let hashes = self.core.inclusion(&self.ledger.id, index, self.size).await?;
        Ok(bundle::Entry {
            leaf: Octets(row.leaf.clone()),
            salt: Digest(row.salt.as_slice().try_into().map_err(Fault::new)?),
            record: Octets(record),
            index,
            inclusion: hashes.into_iter().map(Digest).collect(),
        })
    }

    async fn chain(&self, subject: &str) -> Result<Vec<bundle::Entry>> {
        let mut chain = Vec::new();
        for row in store::ledger::chain(&self.core.store, &self.ledger.id, subject).await? {
            // What has no index yet came after everything that is claimed here.
            if row.position.and_then(|position| u64::try_from(position).ok()).is_none_or(|index| index >= self.size) {
                break;
            }
            chain.push(self.entry(&row).await?);
        }
        Ok(chain)
    }

    async fn entries(&self, rows: &[EntryRow]) -> Result<Vec<bundle::Entry>> {
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            entries.push(self.entry(row).await?);
        }
        Ok(entries)
    }
}

async fn write(core: &Core, plan: &Plan, gathered: Gathered) -> Result<Vec<u8>> {
    let ledger = &gathered.ledger;
    let around = Around::of(core, ledger, &gathered.messages, gathered.end()).await?;
    let prover = Prover { core, ledger, size: around.size };
    let mut messages = Vec::with_capacity(gathered.messages.len());
    let (mut roles, mut participants) = (BTreeSet::new(), BTreeSet::new());
    let mut profiles = BTreeSet::new();
    for row in &gathered.messages {
        let entry = prover.entry(row).await?;
        let record: MessageRecord = record::parse(&entry.record.0).map_err(Fault::new)?;
        let body = match record.body.length {
            0 => Some(Vec::new()),
            _ => store::ledger::body(&core.store, row.arrival).await?,
        };
        roles.insert(record.participant_role_id);
        participants.insert(record.participant_id);
        roles.extend(record.asked_by.participant_role_id);
        profiles.insert(record.profile.digest);
        messages.push(bundle::Message { entry, body: body.map(Octets), headers: Vec::new() });
    }
    let mut chains = Vec::with_capacity(roles.len());
    for role in &roles {
        chains.push(prover.chain(role).await?);
    }
    let mut organisations = Vec::with_capacity(participants.len());
    for participant in &participants {
        organisations.push(prover.chain(participant).await?);
    }
    let mut definitions = Vec::with_capacity(profiles.len());
    for digest in &profiles {
        let found = store::profiles::definition(&core.store, &plan.realm.id, &digest.to_string()).await?;
        let text = found.ok_or_else(|| Fault::new("a message was judged by a profile that the ledger doesn't have"))?;
        definitions.push(Octets(text.into_bytes()));
    }
    let size = i64::try_from(around.size).map_err(Fault::new)?;
    let kind = i64::from(Kind::ServiceKey.number());
    let mut service_keys = store::ledger::last_of_kind(&core.store, &ledger.id, kind, size, MOST_KEYS).await?;
    service_keys.reverse();
    let bundle = Bundle {
        claim: gathered.claim,
        origin: ledger.origin.clone(),
        checkpoints: around.heads,
        messages,
        chains,
        participants: organisations,
        profiles: definitions,
        service_keys: prover.entries(&service_keys).await?,
        tokens: Vec::new(),
        times: prover.entries(&around.times).await?,
        ranges: prover.entries(&gathered.ranges).await?,
    };
    Ok(bundle.write().map_err(Fault::new)?)
}
