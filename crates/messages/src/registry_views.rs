//! The registry as participants see it: the network's own form, and a fuller one.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::network::Network;
use domain::network::past::Past;
use domain::{Fault, Result};
use oidc::Cx;
use registry::{Key, Moment, Participant, Role, Status, record};
use serde_json::{Map, Value, json};
use store::participants::RoleRow;

use crate::caller::{ledger, network};
use crate::refusals::NOT_FOUND;

/// A role in the network's form: with its participant, and one public key as a text that holds a JWK. No secret.
///
/// # Errors
/// 404.
pub async fn network_role(cx: &Cx<'_>, id: &str) -> Result<Value> {
    let role = find(cx, id).await?;
    let participant = participant_of(cx, &role).await?;
    Ok(in_network_form(&role, &participant, Moment::from_ms(cx.now_ms)))
}

/// The roles that take part in a product network, by what they are; suspended ones too, which say that of themselves. Who
/// only asked to, was refused or has left is nobody to send to.
///
/// # Errors
/// 404 for a product network that nobody belongs to.
pub async fn product_network(cx: &Cx<'_>, id: &str) -> Result<Value> {
    network(cx)?;
    let rows = store::participants::list_network(&cx.core().store, &cx.plan.realm.id, id).await?;
    if rows.is_empty() {
        return Err(NOT_FOUND.into());
    }
    let mut by_kind: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let takes_part =
        |row: &RoleRow| [Status::Approved, Status::Suspended].iter().any(|status| status.name() == row.status);
    for row in rows.into_iter().filter(takes_part) {
        let role = cx.core().role_of_row(&cx.plan.realm.id, &row).await?;
        let participant = participant_of(cx, &role).await?;
        let shown = in_network_form(&role, &participant, Moment::from_ms(cx.now_ms));
        by_kind.entry(row.kind).or_default().push(shown);
    }
    Ok(json!(by_kind))
}

/// The addresses that a role's messages may come from, in the network's form: from any port, since whoever sends has no say
/// in that.
///
/// # Errors
/// 404.
pub async fn whitelisting_items(cx: &Cx<'_>, id: &str) -> Result<Value> {
    let role = find(cx, id).await?;
    let kind = &role.settings.participant_role;
    let item = |address: &String| json!({"ipAddress": address, "portNumber": null, "participantRole": kind});
    Ok(role.settings.addresses.iter().map(item).collect())
}

fn in_network_form(role: &Role, participant: &Participant, now: Moment) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("id", role.id.as_str().into());
    put("participantRole", role.settings.participant_role.as_str().into());
    put("participantRoleStatus", role.status().name().into());
    put("isApproved", (role.status() == Status::Approved).into());
    let approved = role.standings.iter().rev().find(|standing| standing.status == Status::Approved);
    put("approvedBy", approved.map(|standing| standing.by.clone()).into());
    put("approvedOn", json!(approved.map(|standing| standing.since)));
    put("createdOn", json!(role.standings.first().map(|standing| standing.since)));
    put("updatedOn", json!(role.head.at));
    put("kcClientId", role.settings.client_id.as_str().into());
    put("baseUrl", json!(role.settings.base_url));
    // One key is all that this form knows: the newest that counts.
    let key = role.keys.iter().rev().find(|key| key.counts(now));
    put("publicKey", key.map(|key| key.jwk.to_string()).into());
    let mut of = serde_json::to_value(&participant.statement).unwrap_or_default();
    if let Some(members) = of.as_object_mut() {
        members.insert("id".to_owned(), participant.id.as_str().into());
    }
    put("participant", of);
    Value::Object(shown)
}

/// A role with all that a receiver needs to judge its messages; or as it was. How its profile and replays were judged then is
/// in no chain, but in the records of its messages.
///
/// # Errors
/// 404, also where it wasn't there yet.
pub async fn role(cx: &Cx<'_>, id: &str, past: Past) -> Result<Value> {
    let network = network(cx)?;
    let role = cx.core().role_in(&cx.plan.realm.id, id, past).await?.ok_or(NOT_FOUND)?;
    for_receivers(network, &role, past)
}

/// A page of roles by what they are, each in that form: of a kind and of a product network, or any for "".
///
/// # Errors
/// When the store can't be read.
pub async fn roles(cx: &Cx<'_>, of: (&str, &str), first: i64, max: i64) -> Result<Value> {
    let (network, realm_id) = (network(cx)?, &cx.plan.realm.id);
    let mut shown = Vec::new();
    for row in store::participants::page_of_roles(&cx.core().store, realm_id, of, first, max).await? {
        shown.push(for_receivers(network, &*cx.core().role_of_row(realm_id, &row).await?, Past::default())?);
    }
    Ok(Value::Array(shown))
}

fn for_receivers(network: &Network, role: &Role, past: Past) -> Result<Value> {
    let judged = match past.is_now() {
        true => {
            let (profile, digest) = network.profiles.judging(&role.settings.profile)?;
            json!({
                "profile": {"name": profile.name, "version": profile.version, "digest": digest.to_string()},
                "refusesReplays": profile.refuses_replays(network.refuses_replays),
            })
        }
        false => json!({"profile": {"name": role.settings.profile}}),
    };
    let mut shown = serde_json::to_value(&role.settings).map_err(Fault::new)?;
    let members = shown.as_object_mut().ok_or_else(|| Fault::new("settings are an object"))?;
    let own = json!({
        "id": role.id,
        "participantId": role.participant_id,
        "participantRoleStatus": role.status(),
        "addresses": role.settings.addresses,
        "productNetworks": role.settings.product_networks,
        "head": role.head.digest,
    });
    for more in [own, judged] {
        members.extend(more.as_object().cloned().unwrap_or_default());
    }
    Ok(shown)
}

/// A role's keys, the ended and revoked ones too, with their states at a moment.
///
/// # Errors
/// 404.
pub async fn keys(cx: &Cx<'_>, id: &str, past: Past) -> Result<Value> {
    let role = as_of(cx, id, past).await?;
    let shown: Vec<Value> = role.keys.iter().map(|key| in_full(key, past.moment(cx.now_ms))).collect();
    Ok(json!({"keys": shown, "head": role.head.digest}))
}

fn in_full(key: &Key, now: Moment) -> Value {
    let mut shown = json!({
        "kid": key.kid,
        "jwk": key.jwk,
        "thumbprint": key.thumbprint,
        "addedAt": key.added,
        "validFrom": key.valid_from,
        "status": key.state(now),
        "isProved": key.is_proved,
        "word": key.word.grade(),
    });
    if let Some(members) = shown.as_object_mut() {
        let optional = [("validUntil", key.until()), ("revokedSince", key.revoked_since)];
        for (name, at) in optional.into_iter().filter_map(|(name, at)| Some((name, at?))) {
            members.insert(name.to_owned(), json!(at));
        }
        if let Some(reason) = &key.reason {
            members.insert("reason".to_owned(), reason.as_str().into());
        }
    }
    shown
}

/// The keys of a role that count at a moment, as a JWK set.
///
/// # Errors
/// 404.
pub async fn jwks(cx: &Cx<'_>, id: &str, past: Past) -> Result<Value> {
    let (role, at) = (as_of(cx, id, past).await?, past.moment(cx.now_ms));
    let keys: Vec<&Value> = role.keys.iter().filter(|key| key.counts(at)).map(|key| &key.jwk).collect();
    Ok(json!({"keys": keys}))
}

/// Records of a role's history on a page, at most.
const LONGEST_PAGE: i64 = 100;

/// A page of a role's chain, oldest first: each record in its octets, with the salt by which its entry in the ledger
/// commits to them.
///
/// # Errors
/// 404.
pub async fn history(cx: &Cx<'_>, id: &str, first: i64, max: i64) -> Result<Value> {
    let (role, ledger) = (find(cx, id).await?, ledger(cx).await?);
    let store = &cx.core().store;
    let (first, max) = (usize::try_from(first), usize::try_from(max.min(LONGEST_PAGE)));
    let mut shown = Vec::new();
    let rows = store::participants::records(store, &cx.plan.realm.id, &role.id).await?;
    let entries = store::ledger::chain(store, &ledger.id, &role.id).await?;
    if entries.len() != rows.len() {
        return Err(Fault::new("a record of the registry without its entry").into());
    }
    for (row, entry) in rows.into_iter().zip(entries).skip(first.unwrap_or(0)).take(max.unwrap_or(0)) {
        shown.push(json!({
            "seq": row.seq,
            "digest": record::digest(&row.octets),
            "entry": {"id": entry.id, "index": entry.position},
            "salt": jose::b64::encode(&entry.salt),
            "octets": jose::b64::encode(&row.octets),
            "record": serde_json::from_slice::<Value>(&row.octets).map_err(Fault::new)?,
        }));
    }
    Ok(Value::Array(shown))
}

/// A signing profile, as data.
///
/// # Errors
/// 404.
pub fn profile(cx: &Cx<'_>, name: &str) -> Result<Value> {
    let profile = network(cx)?.profiles.find(name).ok_or(NOT_FOUND)?;
    Ok(serde_json::to_value(profile).map_err(Fault::new)?)
}

/// Participants by name, with their roles.
///
/// # Errors
/// When the store can't be read.
pub async fn participants(cx: &Cx<'_>, search: &str, first: i64, max: i64) -> Result<Value> {
    network(cx)?;
    let (store, realm) = (&cx.core().store, &cx.plan.realm.id);
    let mut shown = Vec::new();
    for row in store::participants::list(store, realm, search, first, max).await? {
        let mut one: Value = serde_json::from_str(&row.doc).map_err(Fault::new)?;
        if let Some(members) = one.as_object_mut() {
            members.insert("id".to_owned(), row.id.as_str().into());
            members.insert("roles".to_owned(), roles_of(cx, &row.id, Past::default()).await?);
        }
        shown.push(one);
    }
    Ok(Value::Array(shown))
}

/// A participant with its roles, as it is or as it was.
///
/// # Errors
/// 404, also where it wasn't there yet.
pub async fn participant(cx: &Cx<'_>, id: &str, past: Past) -> Result<Value> {
    network(cx)?;
    let found = cx.core().participant_in(&cx.plan.realm.id, id, past).await?.ok_or(NOT_FOUND)?;
    let mut shown = serde_json::to_value(&found.statement).map_err(Fault::new)?;
    if let Some(members) = shown.as_object_mut() {
        members.insert("id".to_owned(), found.id.as_str().into());
        members.insert("roles".to_owned(), roles_of(cx, id, past).await?);
        members.insert("updatedOn".to_owned(), json!(found.head.at));
        members.insert("seq".to_owned(), found.head.seq.into());
        members.insert("head".to_owned(), found.head.digest.as_str().into());
    }
    Ok(shown)
}

/// A participant's roles in brief.
async fn roles_of(cx: &Cx<'_>, participant: &str, past: Past) -> Result<Value> {
    let (store, realm) = (&cx.core().store, &cx.plan.realm.id);
    let brief = |id: &str, kind: &str, status: &str| json!({"id": id, "participantRole": kind, "participantRoleStatus": status});
    let mut shown = Vec::new();
    for row in store::participants::list_roles(store, realm, participant).await? {
        match past.is_now() {
            true => shown.push(brief(&row.id, &row.kind, &row.status)),
            false => {
                let then = cx.core().role_in(realm, &row.id, past).await?;
                shown.extend(then.map(|role| brief(&role.id, &role.settings.participant_role, role.status().name())));
            }
        }
    }
    Ok(Value::Array(shown))
}

async fn find(cx: &Cx<'_>, id: &str) -> Result<Arc<Role>> {
    network(cx)?;
    cx.core().participant_role(&cx.plan.realm.id, id).await?.ok_or_else(|| NOT_FOUND.into())
}

async fn as_of(cx: &Cx<'_>, id: &str, past: Past) -> Result<Arc<Role>> {
    network(cx)?;
    cx.core().role_as_of(&cx.plan.realm.id, id, past.as_of).await?.ok_or_else(|| NOT_FOUND.into())
}

async fn participant_of(cx: &Cx<'_>, role: &Role) -> Result<Participant> {
    let found = cx.core().participant(&cx.plan.realm.id, &role.participant_id).await?;
    found.ok_or_else(|| Fault::new("a participant role without its participant").into())
}
