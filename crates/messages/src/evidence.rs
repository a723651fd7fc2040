//! The ledger as others see it: checkpoints, tiles and proofs for everybody, records for whom they concern.

use domain::network::heads::Newest;
use domain::network::ledger::Open;
use domain::network::placed::Leaf;
use domain::{Fault, Result};
use ledger::record::{self, MessageRecord};
use ledger::tile::{self, TileId, TilePath};
use ledger::{Kind, proof};
use model::Right;
use oidc::Cx;
use registry::Moment;
use serde_json::{Value, json};
use signing::Code;
use store::ledger::{LedgerRow, MessageRow, Search};

use crate::caller::{Caller, shown_ledger};
use crate::handovers;
use crate::refusals::{BAD_CALL, NO_RIGHT, NOT_FOUND};
use crate::seen;
use crate::submitted::digest_of;

/// Octets of a hash.
const HASH: usize = 32;

/// The newest checkpoint of the ledger of an origin; without one, as of all that follows, that of the ledger that is open,
/// or else the realm's last.
///
/// # Errors
/// 404 for an origin that no ledger of the realm has here.
pub async fn checkpoint(cx: &Cx<'_>, origin: Option<&str>) -> Result<String> {
    let ledger = ledger_of(cx, origin).await?;
    Ok(cx.core().checkpoint(&ledger.id).await?.note.to_string())
}

/// A tile or a bundle of entries, by what follows `tile/` in its path.
///
/// # Errors
/// 404 for what the tree doesn't have.
pub async fn tile(cx: &Cx<'_>, origin: Option<&str>, path: &str) -> Result<Vec<u8>> {
    let row = row_of(cx, &ledger_of(cx, origin).await?).await?;
    let wanted = TilePath::parse(path).map_err(|_| NOT_FOUND)?;
    let size = u64::try_from(row.size).map_err(Fault::new)?;
    let id = TileId { level: wanted.level.unwrap_or(0), n: wanted.n };
    if wanted.width > id.width(size) {
        return Err(NOT_FOUND.into());
    }
    let store = &cx.core().store;
    if wanted.level.is_none() {
        let from = i64::try_from(wanted.n * u64::from(tile::WIDTH)).map_err(Fault::new)?;
        let entries = store::ledger::entries(store, &row.id, from, from + i64::from(wanted.width)).await?;
        let leaves: Vec<&[u8]> = entries.iter().map(|entry| entry.leaf.as_slice()).collect();
        if leaves.len() != usize::from(wanted.width) {
            return Err(Fault::new("entries of the ledger are missing").into());
        }
        return Ok(tile::write_entries(&leaves).map_err(Fault::new)?);
    }
    let tiles = store::ledger::tiles(store, &row.id, &[stored(id)]).await?;
    let (_, octets) = tiles.into_iter().next().ok_or_else(|| Fault::new("a tile of the ledger is missing"))?;
    octets.get(..usize::from(wanted.width) * HASH).map(<[u8]>::to_vec).ok_or_else(|| Fault::new("a short tile").into())
}

/// An entry of any of the realm's ledgers, closed ones too: that ledger's origin, its index, and the way from it to the
/// newest checkpoint as a `.tlog-proof`; these two null while it waits.
///
/// # Errors
/// 404 for an entry that was never promised.
pub async fn entry(cx: &Cx<'_>, id: &str) -> Result<Shown> {
    let (found, newest) = cx.core().leaf(&cx.plan.realm.id, id).await?.ok_or(NOT_FOUND)?;
    let proof = prove(cx, &found, &newest).await?;
    let (kind, leaf) = (kind(found.kind).name(), jose::b64::encode(&found.octets));
    let (index, proof) = proof.as_ref().map_or(("null", "null"), |(index, proof)| (index.as_str(), proof.as_str()));
    // The first line of each checkpoint.
    let origin = serde_json::to_string(&newest.note.lines().next()).map_err(Fault::new)?;
    // An id that was found has nothing in it that JSON would spell otherwise.
    let text =
        format!(r#"{{"id":"{id}","origin":{origin},"kind":"{kind}","leaf":"{leaf}","index":{index},"proof":{proof}}}"#);
    Ok(Shown { text, is_placed: found.index.is_some() })
}

/// An entry as JSON text.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// Whether it has its index.
    pub is_placed: bool,
}

/// An entry's index, and the way from it to its ledger's newest checkpoint, both as JSON; None while it waits.
async fn prove(cx: &Cx<'_>, entry: &Leaf, newest: &Newest) -> Result<Option<(String, String)>> {
    let Some(index) = entry.index else { return Ok(None) };
    let hashes = &cx.core().inclusion(&entry.ledger_id, index, newest.size).await?;
    let head = proof::Head { extra: None, index, hashes }.to_string().replace('\n', "\\n");
    Ok(Some((index.to_string(), format!(r#""{head}{}""#, newest.in_json))))
}

/// The hashes that show the tree of one size at the beginning of a later one, in base64.
///
/// # Errors
/// 400 for sizes that the ledger never had.
pub async fn consistency(cx: &Cx<'_>, origin: Option<&str>, from: u64, to: u64) -> Result<Vec<String>> {
    let ledger = ledger_of(cx, origin).await?;
    let row = row_of(cx, &ledger).await?;
    if from > to || i64::try_from(to).map_or(true, |to| to > row.size) {
        return Err(BAD_CALL.describe(format!("from and to are sizes up to {}, in their order", row.size)).into());
    }
    let hashes = cx.core().consistency(&ledger.id, from, to).await?;
    Ok(hashes.iter().map(jose::b64::encode_standard).collect())
}

/// A record of any of the realm's ledgers with its salt, for those whose message it is, for who asked, and for holders of
/// `view-evidence`.
///
/// # Errors
/// 403 for others, 404 for what isn't there or was erased.
pub async fn record(cx: &Cx<'_>, caller: &Caller, id: &str) -> Result<Value> {
    let found = store::ledger::entry(&cx.core().store, &cx.plan.realm.id, id).await?;
    let (_, found) = found.ok_or(NOT_FOUND)?;
    let octets = found.record.as_deref().ok_or_else(|| NOT_FOUND.describe("The record was erased"))?;
    if !caller.has(Right::ViewEvidence) && !concerns(caller, kind(found.kind), octets) {
        return Err(NO_RIGHT.describe("The record is about somebody else's message").into());
    }
    let read: Value = serde_json::from_slice(octets).map_err(Fault::new)?;
    Ok(json!({
        "id": found.id,
        "index": found.position,
        "leaf": jose::b64::encode(&found.leaf),
        "salt": jose::b64::encode(&found.salt),
        "octets": jose::b64::encode(octets),
        "record": read,
    }))
}

pub(crate) fn concerns(caller: &Caller, kind: Kind, octets: &[u8]) -> bool {
    match kind {
        Kind::Message | Kind::Report => record::parse::<MessageRecord>(octets).is_ok_and(|record| {
            let own = caller.role.as_ref().map(|role| role.id.as_str());
            caller.is_client(&record.asked_by.client_id) || own == Some(record.participant_role_id.as_str())
        }),
        Kind::Registry => registry::Record::parse(octets)
            .is_ok_and(|record| caller.role.as_ref().is_some_and(|role| role.id == record.subject)),
        _ => false,
    }
}

/// Finds messages in all of the realm's ledgers, those of the open one first and the newest of each first: everybody's for
/// holders of `view-evidence`, a participant's own for itself.
///
/// # Errors
/// 403 for others, 400 for values that no message can have.
pub async fn search(cx: &Cx<'_>, caller: &Caller, mut search: Search, first: i64, max: i64) -> Result<Value> {
    shown_ledger(cx).await?;
    check(&search)?;
    if first > FURTHEST {
        let text = format!("first is at most {FURTHEST}: go on from a time, by `to`");
        return Err(BAD_CALL.describe(text).into());
    }
    if !caller.has(Right::ViewEvidence) {
        let own = caller.role.as_ref().map(|role| role.id.clone());
        let own =
            own.ok_or_else(|| NO_RIGHT.describe("This takes the role view-evidence, or a participant's client"))?;
        if search.role_id.as_ref().is_some_and(|wanted| *wanted != own) {
            return Err(NO_RIGHT.describe("A participant sees its own messages alone").into());
        }
        search.role_id = Some(own);
    }
    let store = &cx.core().store;
    let (mut skip, mut left, mut shown) = (first, max, Vec::new());
    for ledger in store::ledger::of_realm(store, &cx.plan.realm.id).await? {
        if left == 0 {
            break;
        }
        let found = store::ledger::search(store, &ledger.id, &search, skip, left).await?;
        skip -= match found.is_empty() && skip > 0 {
            // The page begins behind all of this ledger.
            true => store::ledger::count_found(store, &ledger.id, &search, skip).await?,
            false => skip,
        };
        left -= length(&found);
        shown.extend(found.into_iter().map(|found| show(&ledger.origin, found)));
    }
    Ok(Value::Array(shown))
}

/// How far into what was found a page may begin.
const FURTHEST: i64 = 100_000;

/// Refuses what finds nothing because it is misspelt.
fn check(search: &Search) -> Result<()> {
    let is_none = |code: &String| Code::ALL.iter().all(|known| known.name() != code);
    if search.verdict.as_ref().is_some_and(is_none) {
        return Err(BAD_CALL.describe("code is that of a verdict, such as ok or replayed").into());
    }
    if search.digest.as_ref().is_some_and(|digest| digest_of(digest).is_none()) {
        return Err(BAD_CALL.describe("bodySha256 is base64url of 32 octets, without padding").into());
    }
    Ok(())
}

fn length<T>(found: &[T]) -> i64 {
    i64::try_from(found.len()).unwrap_or(i64::MAX)
}

fn show(origin: &str, (message, id): (MessageRow, String)) -> Value {
    json!({
        "entry": {"id": id, "origin": origin, "index": message.position},
        "participantRoleId": message.role_id,
        "receivedAt": Moment::from_ms(message.time_ms),
        "kid": message.kid,
        "bodySha256": message.digest,
        "requestId": message.request_id,
        "traceId": message.trace_id,
        "code": message.verdict,
    })
}

/// Every key that the realm ever signed replies and messages with while a ledger was open, and the ledger's own: the one
/// that signs, all that do, did or will, and what shows how they took over; and up to where others saw it. Where it goes on
/// from another ledger, also the entry that says so, its first.
///
/// # Errors
/// 404 for an origin that no ledger of the realm has here; unavailable while what a new one begins with gets no index.
pub async fn keys(cx: &Cx<'_>, origin: Option<&str>) -> Result<Value> {
    let ledger = ledger_of(cx, origin).await?;
    cx.core().begun(&ledger).await?;
    let keys = store::service_keys::list(&cx.core().store, &ledger.id).await?;
    let mut shown = Vec::with_capacity(keys.len());
    for key in keys {
        let jwk: Value = serde_json::from_str(&key.jwk).map_err(Fault::new)?;
        shown.push(json!({"use": key.purpose, "jwk": jwk, "entry": {"id": key.entry_id}}));
    }
    let own = store::ledger_keys::list(&cx.core().store, &ledger.id).await?;
    let handovers = handovers::of(cx.core(), &ledger, &own).await?;
    let own: Vec<String> = own.into_iter().map(|key| key.verifier).collect();
    let seen = seen::shown(cx.core(), &cx.plan, &ledger).await?;
    let mut cosigned = seen.cosigned.iter();
    let newest = cosigned.next();
    Ok(json!({
        "origin": ledger.origin,
        "verifier": ledger.verifier,
        "verifiers": own,
        "handovers": handovers,
        "move": first_move(cx, &ledger).await?,
        // Behind it there is at least the entry of that time: the newest head is hardly ever one that a witness saw.
        "cosigned": newest,
        "cosignedBefore": cosigned.collect::<Vec<_>>(),
        "stamped": seen.stamped,
        "keys": shown,
    }))
}

/// The entry by which a ledger goes on from another; None where it doesn't.
async fn first_move(cx: &Cx<'_>, ledger: &Open) -> Result<Option<Value>> {
    let first = store::ledger::entries(&cx.core().store, &ledger.id, 0, 1).await?.into_iter().next();
    let Some(first) = first.filter(|first| kind(first.kind) == Kind::Move) else { return Ok(None) };
    Ok(first.record.map(|octets| {
        json!({
            "leaf": jose::b64::encode(&first.leaf),
            "salt": jose::b64::encode(&first.salt),
            "record": jose::b64::encode(&octets),
        })
    }))
}

/// The realm's ledger of an origin, open or not; without one the ledger that is shown.
async fn ledger_of(cx: &Cx<'_>, origin: Option<&str>) -> Result<Open> {
    let shown = shown_ledger(cx).await?;
    match origin.filter(|origin| *origin != shown.origin) {
        None => Ok(shown),
        Some(origin) => {
            let ledgers = store::ledger::of_realm(&cx.core().store, &cx.plan.realm.id).await?;
            let named = ledgers.into_iter().find(|ledger| ledger.origin == origin);
            Ok(named.ok_or_else(|| NOT_FOUND.describe("No ledger of the realm has that origin here"))?.into())
        }
    }
}

async fn row_of(cx: &Cx<'_>, ledger: &Open) -> Result<LedgerRow> {
    let row = store::ledger::find(&cx.core().store, &ledger.id).await?;
    row.ok_or_else(|| Fault::new("the realm's ledger is gone").into())
}

pub(crate) fn kind(number: i64) -> Kind {
    u8::try_from(number).ok().and_then(Kind::of_number).unwrap_or(Kind::Message)
}

fn stored(id: TileId) -> (i64, i64) {
    (i64::from(id.level), i64::try_from(id.n).unwrap_or(i64::MAX))
}
