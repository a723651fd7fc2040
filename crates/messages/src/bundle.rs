//! Putting evidence together: one file for a message, for a conversation, or for all that a participant sent in a stretch.

use std::collections::BTreeSet;

use domain::network::ledger::Open;
use domain::{Core, Fault, Plan, Result};
use evidence::bundle::{self, Bundle, Claim};
use ledger::record::{self, MessageRecord, RangeRecord};
use ledger::text::{Digest, Octets};
use ledger::{Kind, tree};
use model::Right;
use oidc::Cx;
use serde_json::Value;
use store::ledger::{EntryRow, Search};

use crate::caller::Caller;
use crate::evidence::{concerns, find_tile, stored};
use crate::heads::Around;
use crate::refusals::{BAD_CALL, NO_RIGHT, NOT_FOUND};

/// What to put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Messages by their entries' ids.
    Messages(Vec<String>),
    /// All messages that carry a request id.
    Conversation(String),
    /// All messages of a role within a stretch of the ledger; to its end where none is given.
    Range {
        /// The role.
        role: String,
        /// The first index.
        from: u64,
        /// The index after the last.
        to: Option<u64>,
    },
}

/// Messages of a bundle, at most.
const MOST: i64 = 2000;

impl Selection {
    /// Reads what a caller wants: `{messages: [ids]}`, `{requestId}` or `{participantRoleId, from?, to?}`.
    ///
    /// # Errors
    /// 400.
    pub fn parse(octets: &[u8]) -> Result<Self> {
        let wrong = || {
            domain::Error::from(BAD_CALL.describe(
            "Say what to put together: {\"messages\": [ids]}, {\"requestId\": …} or {\"participantRoleId\": …, \"from\": …, \"to\": …}",
        ))
        };
        let value: Value = serde_json::from_slice(octets).map_err(|_| wrong())?;
        let members = value.as_object().ok_or_else(wrong)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        match (members.get("messages"), text("requestId"), text("participantRoleId")) {
            (Some(Value::Array(ids)), None, None) if !ids.is_empty() && members.len() == 1 => {
                let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
                ids.map(Self::Messages).ok_or_else(wrong)
            }
            (None, Some(id), None) if members.len() == 1 => Ok(Self::Conversation(id)),
            (None, None, Some(role)) => {
                let index = |name: &str| match members.get(name) {
                    None => Ok(None),
                    Some(index) => index.as_u64().map(Some).ok_or_else(wrong),
                };
                Ok(Self::Range { role, from: index("from")?.unwrap_or(0), to: index("to")? })
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
    let ledger = crate::caller::ledger(cx).await?;
    let made = gather(cx.core(), &cx.plan, ledger, selection).await?;
    if !caller.has(Right::ExportEvidence) {
        let own =
            |entry: &EntryRow| entry.record.as_deref().is_some_and(|octets| concerns(caller, Kind::Message, octets));
        if caller.role.is_none() || !made.messages.iter().all(own) {
            let text = "This takes the role export-evidence, or that each message is one's own or was asked about";
            return Err(NO_RIGHT.describe(text).into());
        }
    }
    write(cx.core(), &cx.plan, ledger, made).await
}

/// Puts together whatever is asked for, for an operator.
///
/// # Errors
/// 404, 400 for too much at once.
pub async fn make(core: &Core, plan: &Plan, selection: &Selection) -> Result<Vec<u8>> {
    // A closed ledger keeps its evidence.
    let ledger = store::ledger::of_realm(&core.store, &plan.realm.id).await?.into_iter().next();
    let ledger = Open::from(ledger.ok_or(NOT_FOUND)?);
    let made = gather(core, plan, &ledger, selection).await?;
    write(core, plan, &ledger, made).await
}

struct Gathered {
    claim: Claim,
    messages: Vec<EntryRow>,
    /// The records of a role's leaves, for a range.
    ranges: Vec<EntryRow>,
}

impl Gathered {
    /// The index after the last that must be under the bundle's newest head.
    fn end(&self) -> i64 {
        self.messages.iter().chain(&self.ranges).filter_map(|entry| entry.position).max().map_or(0, |last| last + 1)
    }
}

async fn gather(core: &Core, plan: &Plan, ledger: &Open, selection: &Selection) -> Result<Gathered> {
    let store = &core.store;
    let mut claim = Claim::Messages;
    let mut ranges = Vec::new();
    let ids: Vec<String> = match selection {
        Selection::Messages(ids) => ids.clone(),
        Selection::Conversation(request_id) => {
            claim = Claim::Conversation { request_id: request_id.clone() };
            let search = Search { request_id: Some(request_id.clone()), ..Search::default() };
            ids_of(store, ledger, &search, None).await?
        }
        Selection::Range { role, from, to } => {
            if core.participant_role(&plan.realm.id, role).await?.is_none() {
                return Err(NOT_FOUND.describe(format!("There is no participant role {role}")).into());
            }
            let told = told(core, ledger, role, *from, *to).await?;
            claim = Claim::Range { participant_role_id: role.clone(), from: *from, to: told.to };
            ranges = told.records;
            let search = Search { role_id: Some(role.clone()), ..Search::default() };
            ids_of(store, ledger, &search, Some((told.first, told.last))).await?
        }
    };
    if ids.len() as i64 > MOST {
        return Err(BAD_CALL.describe(format!("These are more than {MOST} messages: take a smaller stretch")).into());
    }
    let mut messages = Vec::with_capacity(ids.len());
    for id in ids {
        let entry = store::ledger::entry(store, &ledger.id, &id).await?.ok_or(NOT_FOUND)?;
        if entry.kind != i64::from(Kind::Message.number()) {
            return Err(NOT_FOUND.describe(format!("{id} is no message")).into());
        }
        messages.push(entry);
    }
    messages.sort_by_key(|entry| entry.position);
    messages.dedup_by(|one, before| one.id == before.id);
    if messages.is_empty() {
        return Err(NOT_FOUND.describe(format!("No such message is in the ledger of {}", plan.realm.name)).into());
    }
    Ok(Gathered { claim, messages, ranges })
}

/// The records of which leaves are a role's, as far as a stretch needs them.
struct Told {
    records: Vec<EntryRow>,
    /// The end of what is claimed.
    to: u64,
    /// Where the first record begins and the last one ends: all that they name is disclosed.
    first: u64,
    last: u64,
}

/// Without an end, the stretch ends where the newest head with an outside time still shows it.
async fn told(core: &Core, ledger: &Open, role: &str, from: u64, to: Option<u64>) -> Result<Told> {
    let timed = store::heads::newest(&core.store, &ledger.id).await?.map_or(0, |head| head.size);
    let rows = store::ledger::entries_of_kind(&core.store, &ledger.id, i64::from(Kind::Range.number())).await?;
    let mut of_role = Vec::new();
    for row in rows {
        let record: Option<RangeRecord> = row.record.as_deref().and_then(|octets| record::parse(octets).ok());
        of_role.extend(record.filter(|record| record.participant_role_id == role).map(|record| (row, record)));
    }
    let end_of = |(_, record): &(EntryRow, RangeRecord)| record.to;
    let until = of_role.last().map_or(0, end_of);
    let proved = of_role.iter().rfind(|(row, _)| row.position.is_some_and(|at| at < timed)).map(end_of);
    let to = to.unwrap_or_else(|| proved.filter(|proved| *proved > from).unwrap_or(until));
    if to > until || from >= to {
        let text = format!("The role's leaves are told up to index {until}: leave `to` out for all so far");
        return Err(BAD_CALL.describe(text).into());
    }
    of_role.retain(|(_, record)| record.to > from && record.from < to);
    let first = of_role.first().map_or(from, |(_, record)| record.from);
    let last = of_role.last().map_or(to, end_of);
    Ok(Told { records: of_role.into_iter().map(|(row, _)| row).collect(), to, first, last })
}

/// Messages that are found, within a stretch of the log where one is given.
async fn ids_of(
    store: &store::Store,
    ledger: &Open,
    search: &Search,
    stretch: Option<(u64, u64)>,
) -> Result<Vec<String>> {
    let most = if stretch.is_some() { i64::MAX } else { MOST + 1 };
    let found = store::ledger::search(store, &ledger.id, search, 0, most).await?;
    let is_inside = |position: i64| {
        let index = u64::try_from(position).unwrap_or(u64::MAX);
        stretch.is_none_or(|(from, to)| (from..to).contains(&index))
    };
    Ok(found.into_iter().filter(|(message, _)| is_inside(message.position)).map(|(_, id)| id).collect())
}

/// Entries as bundles hold them, all proved under one head.
struct Prover<'p> {
    core: &'p Core,
    ledger: &'p Open,
    size: u64,
}

impl Prover<'_> {
    async fn entry(&self, row: &EntryRow) -> Result<bundle::Entry> {
        let index = row.position.and_then(|position| u64::try_from(position).ok()).filter(|index| *index < self.size);
        let index = index.ok_or_else(|| NOT_FOUND.describe("An entry waits for its index: ask again in a second"))?;
        let record = row.record.clone().ok_or_else(|| NOT_FOUND.describe("A record was erased"))?;
        let wanted: Vec<(i64, i64)> = tree::inclusion_tiles(index, self.size).into_iter().map(stored).collect();
        let tiles = store::ledger::tiles(&self.core.store, &self.ledger.id, &wanted).await?;
        let hashes = tree::inclusion(index, self.size, |id| find_tile(&tiles, id)).map_err(Fault::new)?;
        Ok(bundle::Entry {
            leaf: Octets(row.leaf.clone()),
            salt: Digest(row.salt.as_slice().try_into().map_err(Fault::new)?),
            record: Octets(record),
            index,
            inclusion: hashes.into_iter().map(Digest).collect(),
        })
    }

    async fn chain(&self, realm_id: &str, role: &str) -> Result<Vec<bundle::Entry>> {
        let mut chain = Vec::new();
        for record in store::participants::records(&self.core.store, realm_id, role).await? {
            let row = store::ledger::entry(&self.core.store, &self.ledger.id, &record.entry_id).await?;
            let row = row.ok_or_else(|| Fault::new("a record of the registry is in another ledger"))?;
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

async fn write(core: &Core, plan: &Plan, ledger: &Open, gathered: Gathered) -> Result<Vec<u8>> {
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
            _ => store::ledger::body(&core.store, &row.id).await?,
        };
        roles.insert(record.participant_role_id);
        participants.insert(record.participant_id);
        roles.extend(record.asked_by.participant_role_id);
        profiles.insert(record.profile.digest);
        messages.push(bundle::Message { entry, body: body.map(Octets), headers: Vec::new() });
    }
    let mut chains = Vec::with_capacity(roles.len());
    for role in &roles {
        chains.push(prover.chain(&plan.realm.id, role).await?);
    }
    let mut organisations = Vec::with_capacity(participants.len());
    for participant in &participants {
        organisations.push(prover.chain(&plan.realm.id, participant).await?);
    }
    let mut definitions = Vec::with_capacity(profiles.len());
    for digest in &profiles {
        let found = store::profiles::find(&core.store, &ledger.id, &digest.to_string()).await?;
        let text = found.ok_or_else(|| Fault::new("a message was judged by a profile that the ledger doesn't have"))?;
        definitions.push(Octets(text.into_bytes()));
    }
    let size = i64::try_from(around.size).map_err(Fault::new)?;
    let mut service_keys =
        store::ledger::entries_of_kind(&core.store, &ledger.id, i64::from(Kind::ServiceKey.number())).await?;
    service_keys.retain(|row| row.position.is_some_and(|at| at < size));
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
