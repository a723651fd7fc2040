//! A participant role as the registry has it: who it is, how it signs, its keys, from where it calls.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use jose::{Jwk, VerifyingKey};
use serde::Deserialize;
use serde_json::Value;
use signing::{Profile, Sender, SenderKey};

use crate::server::ServerError;

/// A participant role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its organisation.
    pub participant: String,
    /// Its client.
    pub client: String,
    /// Its registered base URL; empty where it has none.
    pub base_url: String,
    /// How it signs.
    pub profile: Arc<Profile>,
    /// The addresses it is registered to call from; none where that is anywhere.
    pub addresses: Option<Vec<IpNet>>,
    /// Whether a message may pass only once.
    pub refuses_replays: bool,
    /// Its id, its keys, and whether it is approved.
    pub sender: Sender,
}

impl Role {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.sender.id
    }

    /// The origin of its base URL: scheme and authority.
    pub fn origin(&self) -> &str {
        signing::address::origin(&self.base_url)
    }

    /// The path of its base URL, without a slash at its end.
    pub fn base_path(&self) -> &str {
        signing::address::cut(&self.base_url).1.trim_end_matches('/')
    }

    /// Whether it may call from an address: one of its own, or any where it registered none.
    pub fn calls_from(&self, address: Option<IpAddr>) -> bool {
        let Some(own) = &self.addresses else { return true };
        address.is_some_and(|address| own.iter().any(|network| network.contains(&address)))
    }
}

/// The reply of `/registry/roles/{id}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleReply {
    id: String,
    participant_id: String,
    client_id: String,
    #[serde(default)]
    base_url: Option<String>,
    participant_role_status: String,
    pub(crate) profile: ProfileName,
    #[serde(default)]
    addresses: Vec<String>,
    /// Whether the realm refuses a message that was here before.
    refuses_replays: bool,
    /// The digest of the newest record of its chain.
    pub(crate) head: String,
    issuer: Option<String>,
    anchor: Option<String>,
}

/// A profile by its name, version and digest.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ProfileName {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) digest: String,
}

impl ProfileName {
    pub(crate) fn is_of(&self, profile: &Profile) -> bool {
        self.name == profile.name
            && self.version == profile.version
            && self.digest == jose::b64::encode(profile.digest())
    }
}

/// The reply of `/registry/roles/{id}/keys`.
#[derive(Deserialize)]
pub(crate) struct KeysReply {
    keys: Vec<KeyReply>,
    /// As the role's.
    pub(crate) head: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyReply {
    kid: String,
    jwk: Value,
    valid_from: String,
    valid_until: Option<String>,
    status: String,
    revoked_since: Option<String>,
}

impl RoleReply {
    /// The role, with what else was read of it.
    pub(crate) fn with(self, id: &str, keys: KeysReply, profile: Arc<Profile>) -> Result<Role, ServerError> {
        let unfit = |what: &str| ServerError::Untrusted(format!("the registry's reply about a role: {what}"));
        if self.id != id {
            return Err(unfit("it is about another one"));
        }
        if keys.keys.len() > MOST_KEYS {
            return Err(unfit("too many keys"));
        }
        // One that can't be understood allows nothing, and forbids all that the others don't allow.
        let addresses = self.addresses.iter().filter_map(|text| network(text)).collect();
        Ok(Role {
            participant: self.participant_id,
            client: self.client_id,
            base_url: self.base_url.unwrap_or_default(),
            profile,
            addresses: (!self.addresses.is_empty()).then_some(addresses),
            refuses_replays: self.refuses_replays,
            sender: Sender {
                id: self.id,
                approved: self.participant_role_status == "APPROVED",
                keys: keys.keys.iter().filter_map(key).collect(),
                issuer: self.issuer,
                anchor: self.anchor,
            },
        })
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A key, if it can be understood. One that is over at a time that is not told was never good.
fn key(reply: &KeyReply) -> Option<SenderKey> {
    let over = |status: &str, at: &Option<String>| match at {
        Some(text) => seconds(text).map(Some),
        None => Some((reply.status == status).then_some(i64::MIN)),
    };
    if !matches!(reply.status.as_str(), "PENDING" | "ACTIVE" | "ENDED" | "REVOKED") {
        return None;
    }
    let jwk = Jwk::parse_public(&reply.jwk).ok()?;
    Some(SenderKey {
        kid: reply.kid.clone(),
        key: VerifyingKey::from_jwk(&jwk).ok()?,
        valid_from: seconds(&reply.valid_from)?,
        valid_until: over("ENDED", &reply.valid_until)?,
        revoked_since: over("REVOKED", &reply.revoked_since)?,
    })
}

fn seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

const MOST_KEYS: usize = 1000;
