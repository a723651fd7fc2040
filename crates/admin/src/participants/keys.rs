//! A role's keys: added with proof and voucher, listed, ended, revoked.

use domain::{Error, Result, Writes};
use model::AdminOperation;
use registry::{Change, Moment, PublicKey, Role, Voucher, Word, proof};
use serde::Deserialize;
use serde_json::{Value, json};

use super::recording::{Done, Recording};
use super::{KEY, Members, Past, check, history, nonce as nonces, roles, sent, shown};
use crate::permit::{ManageParticipants, Permit, ViewParticipants};
use crate::refusals::PARTICIPANT_KEY_NOT_FOUND;

/// A key that somebody brings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewKey {
    /// The public key.
    jwk: Value,
    /// When it counts from; now, if unsaid.
    valid_from: Option<String>,
    /// When it doesn't count any more.
    valid_until: Option<String>,
    /// A proof of possession.
    proof: Option<String>,
    /// On whose word it is the role's; the operator's, if unsaid.
    voucher: Option<Voucher>,
}

/// The end of a key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewState {
    status: String,
    /// When it ends; now, if unsaid.
    at: Option<String>,
    /// Since when it must not be trusted; now, if unsaid.
    revoked_since: Option<String>,
    /// Why; kept in the record of a revocation.
    reason: Option<String>,
}

/// Lists a role's keys, as they are or as they were.
pub async fn keys(permit: &Permit<'_, ViewParticipants>, participant: &str, id: &str, past: Past) -> Result<Value> {
    let role = history::role(permit, participant, id, past.as_of).await?;
    let at = past.at.unwrap_or(Moment::from_ms(permit.cx.now_ms));
    Ok(role.keys.iter().map(|key| shown::key(key, at)).collect())
}

/// The keys that count at a moment, as a JWK set [RFC7517-5].
pub async fn jwks(permit: &Permit<'_, ViewParticipants>, participant: &str, id: &str, past: Past) -> Result<Value> {
    let role = history::role(permit, participant, id, past.as_of).await?;
    let at = past.at.unwrap_or(Moment::from_ms(permit.cx.now_ms));
    let counting: Vec<&Value> = role.keys.iter().filter(|key| key.counts(at)).map(|key| &key.jwk).collect();
    Ok(json!({ "keys": counting }))
}

/// Reads a key.
pub async fn read_key(
    permit: &Permit<'_, ViewParticipants>,
    (participant, id, kid): (&str, &str, &str),
    past: Past,
) -> Result<Value> {
    let role = history::role(permit, participant, id, past.as_of).await?;
    let at = past.at.unwrap_or(Moment::from_ms(permit.cx.now_ms));
    role.key_at(kid).map(|key| shown::key(key, at)).ok_or_else(|| Error::from(PARTICIPANT_KEY_NOT_FOUND))
}

/// A nonce for the proof of a new key. Nothing is kept of it.
pub async fn nonce(permit: &Permit<'_, ManageParticipants>, participant: &str, id: &str) -> Result<Value> {
    let role = roles::find(permit, participant, id).await?;
    let (nonce, until) = nonces::make(permit.store(), permit.realm_id(), &role.id, permit.cx.now())?;
    Ok(json!({"nonce": nonce, "expiresAt": Moment::from_ms(until * 1000)}))
}

/// Adds a key; its name, and what there is now.
pub async fn add_key(
    permit: &Permit<'_, ManageParticipants>,
    participant: &str,
    id: &str,
    sent: Members,
) -> Result<(String, Value, Writes)> {
    let role = roles::find(permit, participant, id).await?;
    let said =
        json!({ "jwk": sent.get("jwk"), "validFrom": sent.get("validFrom"), "validUntil": sent.get("validUntil") });
    roles::goes_on(&role)?;
    if serde_json::to_vec(&sent).map_or(usize::MAX, |octets| octets.len()) > LONGEST {
        return Err(check::refuse(format!("A key with its proof and voucher has at most {LONGEST} octets")));
    }
    let new: NewKey = sent::read(sent)?;
    let now = Moment::from_ms(permit.cx.now_ms);
    let jwk = new.jwk;
    let key = permit.cx.oidc.core.run(move || PublicKey::examine(&jwk)).await?;
    let key = key.map_err(|why| check::refuse(format!("jwk: {why}")))?;
    is_new(permit, &role, &key).await?;
    let valid_from = sent::moment("validFrom", new.valid_from.as_deref())?.unwrap_or(now);
    let valid_until = sent::moment("validUntil", new.valid_until.as_deref())?;
    if valid_until.is_some_and(|until| until <= valid_from) {
        return Err(check::refuse("validUntil: must be later than validFrom"));
    }
    let word = match new.voucher {
        Some(voucher) => {
            let checked = voucher.check(&role, &key.key, &key.thumbprint, now);
            checked.map_err(|why| check::refuse(format!("voucher: {why}")))?
        }
        None => Word::Operator,
    };
    let mut proved = store::Batch::new();
    if let Some(given) = &new.proof {
        let nonce = proof::check(given, &key.key, &key.thumbprint, &role.id);
        let nonce = nonce.map_err(|why| check::refuse(format!("proof: {why}")))?;
        let (store, realm_id) = (permit.store(), permit.realm_id());
        nonces::use_up(store, &mut proved, realm_id, &role.id, &nonce, permit.cx.now()).await?;
    }
    let mut recording = Recording::begin(permit).await?;
    recording.writes.batch.append(proved);
    let (kid, jwk, proof) = (key.kid.clone(), key.jwk, new.proof);
    let role = recording.change(&role, Change::KeyAdded { kid, jwk, valid_from, valid_until, proof, word })?;
    let done = Done { operation: AdminOperation::Create, kind: KEY, path: path(&role, &key.kid), sent: said };
    let mut shown = shown_in(&role, &key.kid, now);
    roles::warn(roles::network(permit)?, &role, now, &mut shown);
    let (shown, writes) = recording.finish(permit, done, shown)?;
    Ok((segment(key.kid, key.thumbprint), shown, writes))
}

/// What a key is called in a path: its name, or where no path holds that its thumbprint.
fn segment(kid: String, thumbprint: String) -> String {
    match kid.contains(['/', '\\', ';']) || matches!(kid.as_str(), "." | "..") {
        true => thumbprint,
        false => kid,
    }
}

/// Ends or revokes a key, by its name or its thumbprint.
pub async fn update_key(
    permit: &Permit<'_, ManageParticipants>,
    (participant, id, kid): (&str, &str, &str),
    sent: Members,
) -> Result<(Value, Writes)> {
    let role = roles::find(permit, participant, id).await?;
    let said = Value::Object(sent.clone());
    let key = role.key_at(kid).ok_or_else(|| Error::from(PARTICIPANT_KEY_NOT_FOUND))?;
    let kid = &*key.kid.clone();
    let change = change_of(sent::read(sent)?, key, Moment::from_ms(permit.cx.now_ms))?;
    let mut recording = Recording::begin(permit).await?;
    let role = recording.change(&role, change)?;
    let done = Done { operation: AdminOperation::Update, kind: KEY, path: path(&role, kid), sent: said };
    recording.finish(permit, done, shown_in(&role, kid, Moment::from_ms(permit.cx.now_ms)))
}

fn change_of(new: NewState, key: &registry::Key, now: Moment) -> Result<Change> {
    let kid = key.kid.clone();
    new.reason.as_deref().map_or(Ok(()), |reason| check::text("reason", reason))?;
    match (new.status.as_str(), new.at, new.revoked_since) {
        ("ENDED", at, None) => {
            let at = sent::moment("at", at.as_deref())?.unwrap_or(now);
            match key.ended.is_some_and(|before| before <= at) {
                true => Err(check::refuse("status: the key has ended already, by then or before")),
                false => Ok(Change::KeyEnded { kid, at }),
            }
        }
        ("REVOKED", None, since) => {
            let since = sent::moment("revokedSince", since.as_deref())?.unwrap_or(now);
            if since > now {
                return Err(check::refuse("revokedSince: must not be in the future"));
            }
            let reason = new.reason.ok_or_else(|| check::refuse("reason: say why the key is revoked"))?;
            Ok(Change::KeyRevoked { kid, since, reason })
        }
        ("ENDED", _, Some(_)) => Err(check::refuse("revokedSince: goes with REVOKED; a key ends with at")),
        ("REVOKED", Some(_), _) => Err(check::refuse("at: goes with ENDED; a key is revoked with revokedSince")),
        _ => Err(check::refuse("status: must be ENDED or REVOKED")),
    }
}

/// Refuses a key that any role has or had, and a name that the role had before.
async fn is_new(permit: &Permit<'_, ManageParticipants>, role: &Role, key: &PublicKey) -> Result<()> {
    if WORDS.contains(&key.kid.as_str()) {
        return Err(check::refuse(format!("jwk: kid must not be {}", key.kid)));
    }
    if role.key_at(&key.kid).is_some_and(|known| known.thumbprint != key.thumbprint && known.kid != key.kid) {
        return Err(check::taken(format!("The role has, or had, a key whose thumbprint is {}", key.kid)));
    }
    if role.key(&key.kid).is_some() {
        return Err(check::taken(format!("The role has, or had, a key named {}", key.kid)));
    }
    let is_same = |known: &&registry::Key| known.identities.iter().any(|one| key.identities.contains(one));
    if let Some(same) = role.keys.iter().find(is_same) {
        let what = if same.thumbprint == key.thumbprint { "this key" } else { "a key of this modulus" };
        return Err(check::taken(format!("The role has, or had, {what} under the name {}", same.kid)));
    }
    if role.keys.len() >= check::MOST_KEYS {
        return Err(check::refuse(format!("A role has at most {} keys, the ended ones too", check::MOST_KEYS)));
    }
    // Who registers it at the same moment loses by the store's own rule, and comes here again.
    for identity in &key.identities {
        if store::participants::owner_of_key(permit.store(), permit.realm_id(), identity).await?.is_some() {
            return Err(check::taken("The key is another role's, and a key stands for one role"));
        }
    }
    Ok(())
}

fn shown_in(role: &Role, kid: &str, now: Moment) -> Value {
    role.key(kid).map(|key| shown::key(key, now)).unwrap_or_default()
}

fn path(role: &Role, kid: &str) -> String {
    format!("{}/keys/{kid}", roles::path(role))
}

/// Octets of a key with all that comes with it, since its record keeps them for ever: a chain of certificates fits.
const LONGEST: usize = 32 * 1024;
/// Names that would be read as another route.
pub(super) const WORDS: &[&str] = &["nonce", "jwks"];
