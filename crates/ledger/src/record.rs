//! Records: what leaves commit to. JSON without white space, members in the order of the structs here.
//!
//! Records of a registry are the registry's; all others are here. A record is read in the one spelling in which it is
//! written, so that its digest can't be had for two texts.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

mod upkeep;

pub use upkeep::{ErasureRecord, MoveRecord, PolicyRecord, RenewalRecord, TimeForm, TimeRecord};

use crate::leaf::Kind;
use crate::text::{Digest, UtcTime};
use crate::{Error, Result};

/// Octets of the longest record that is read.
pub const LONGEST: usize = 1024 * 1024;

/// A record's octets, as its leaf commits to them.
///
/// # Errors
/// None for what this crate's structs can hold.
pub fn write<R: Serialize>(record: &R) -> Result<Vec<u8>> {
    serde_json::to_vec(record).map_err(|_| Error::Malformed("record"))
}

/// Reads a record.
///
/// # Errors
/// [`Error::TooLong`], [`Error::Malformed`] for an unknown, missing or repeated member, for members that contradict each
/// other, and for another spelling than [`write`]'s.
pub fn parse<R: Record>(octets: &[u8]) -> Result<R> {
    if octets.len() > LONGEST {
        return Err(Error::TooLong("record"));
    }
    let record: R = serde_json::from_slice(octets).map_err(|_| Error::Malformed("record"))?;
    if record.is_sound() && write(&record)? == octets { Ok(record) } else { Err(Error::Malformed("record")) }
}

/// What all records have.
pub trait Record: Serialize + DeserializeOwned {
    /// The kind of its leaf.
    fn kind(&self) -> Kind;

    /// When it was made, which is also its leaf's time.
    fn recorded_at(&self) -> UtcTime;

    /// Whether its members agree.
    fn is_sound(&self) -> bool {
        true
    }
}

macro_rules! records {
    ($($record:ident $kind:ident,)*) => {
        $(impl Record for $record {
            fn kind(&self) -> Kind {
                Kind::$kind
            }

            fn recorded_at(&self) -> UtcTime {
                self.recorded_at
            }
        })*
    };
}

records! {
    ProfileRecord Profile, ServiceKeyRecord ServiceKey, RangeRecord Range, TimeRecord Time,
    SummaryRecord Summary, MoveRecord Move, ErasureRecord Erasure, PolicyRecord Policy, RenewalRecord Renewal,
}

impl Record for MessageRecord {
    fn kind(&self) -> Kind {
        match self.kind {
            Asked::Message => Kind::Message,
            Asked::Report => Kind::Report,
        }
    }

    fn recorded_at(&self) -> UtcTime {
        self.recorded_at
    }

    fn is_sound(&self) -> bool {
        self.kind == Asked::of(self.seen_at)
    }
}

/// The member `v`: 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            1 => Ok(Self),
            _ => Err(D::Error::custom("not version 1")),
        }
    }
}

/// The member `kind`: the name of the kind with that number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named<const NUMBER: u8>;

impl<const NUMBER: u8> Serialize for Named<NUMBER> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(Kind::of_number(NUMBER).map_or("", Kind::name))
    }
}

impl<'de, const NUMBER: u8> Deserialize<'de> for Named<NUMBER> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let kind = Kind::of_name(&name).filter(|kind| kind.number() == NUMBER);
        kind.map(|_| Self).ok_or_else(|| D::Error::custom("another kind of record"))
    }
}

/// A verdict on a message whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageRecord {
    /// 1.
    pub v: Version,
    /// `message`, or `report` where there is `seenAt`, and only there.
    pub kind: Asked,
    /// When the server received it, which is also the leaf's time.
    pub recorded_at: UtcTime,
    /// Whose message it claims to be.
    pub participant_role_id: String,
    /// The organisation that holds the role.
    pub participant_id: String,
    /// The key that the signature was checked with.
    pub kid: String,
    /// How it was to be signed.
    pub profile: ProfileName,
    /// Digest of the newest record of the role's chain at that moment.
    pub registry_head: Digest,
    /// The request's method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Who says what method and target were: `signature` where the profile signs them, else `caller`.
    pub target_stated_by: String,
    /// What was signed, or the digest of nothing where there was no body.
    pub body: BodyDigest,
    /// The signature header as received.
    pub jws: String,
    /// The access token that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenDigest>,
    /// What ties a request to its callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What ties a conversation together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The verdict's code.
    pub verdict: String,
    /// Whether a signature of the sender was found good, whatever the verdict.
    pub signed: bool,
    /// Leaf of the first entry of the same message, if this is a repetition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Digest>,
    /// Who asked for the verdict.
    pub asked_by: Asker,
    /// When it came, by the clock of who asked: for what was reported later, and judged at that report alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<UtcTime>,
    /// For an answer: the digest of the request that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Digest>,
}

/// The member `kind` of a verdict on a message: when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// As the message came.
    Message,
    /// Later, by who had had it while the server was away.
    Report,
}

impl Asked {
    /// Of a message that came when its receiver says it did, where it reported that later.
    #[must_use]
    pub fn of(seen_at: Option<UtcTime>) -> Self {
        if seen_at.is_some() { Self::Report } else { Self::Message }
    }
}

/// A signing profile as evidence names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 over its definition.
    pub digest: Digest,
}

/// A signing profile as it was when messages were first judged by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileRecord {
    /// 1.
    pub v: Version,
    /// `profile`.
    pub kind: Named<4>,
    /// When.
    pub recorded_at: UtcTime,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 over its definition.
    pub digest: Digest,
    /// Its definition: the JSON whose digest records name.
    pub definition: String,
}

/// A body, told by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyDigest {
    /// SHA-256 of its octets.
    pub sha256: Digest,
    /// How many octets.
    pub length: u64,
}

/// A token, told by its digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenDigest {
    /// Its `jti`.
    pub jti: String,
    /// SHA-256 of the whole token.
    pub sha256: Digest,
    /// SHA-256 of header and payload alone, so that it can be shown while its signature still opens doors.
    pub payload_sha256: Digest,
}

/// Who asked for a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asker {
    /// The client.
    pub client_id: String,
    /// Its participant role, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_role_id: Option<String>,
}

/// A key of the server itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceKeyRecord {
    /// 1.
    pub v: Version,
    /// `service-key`.
    pub kind: Named<3>,
    /// When.
    pub recorded_at: UtcTime,
    /// The key's name.
    pub kid: String,
    /// The public key.
    pub jwk: Value,
    /// What it signs, and nothing else.
    #[serde(rename = "use")]
    pub key_use: ServiceUse,
    /// From when on.
    pub from: UtcTime,
}

/// What a key of the server signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceUse {
    /// Replies.
    Reply,
    /// Tokens.
    Token,
    /// Messages that callers have signed for them.
    Message,
    /// The ledger's own checkpoints, from the one on that first holds this record, which the key before signs too.
    Ledger,
}

/// The leaves of one participant role within a stretch of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RangeRecord {
    /// 1.
    pub v: Version,
    /// `range`.
    pub kind: Named<6>,
    /// When.
    pub recorded_at: UtcTime,
    /// The role.
    pub participant_role_id: String,
    /// The first index of the stretch.
    pub from: u64,
    /// The index after its last.
    pub to: u64,
    /// Ids of the role's leaves in it, in their order.
    pub leaves: Vec<Digest>,
    /// SHA-256 of the role's range record before; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
}

/// Failures that anyone could have caused in anyone's name, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SummaryRecord {
    /// 1.
    pub v: Version,
    /// `summary`.
    pub kind: Named<10>,
    /// When.
    pub recorded_at: UtcTime,
    /// The first moment counted.
    pub from: UtcTime,
    /// The moment after the last.
    pub to: UtcTime,
    /// The counts.
    pub failures: Vec<Failures>,
}

/// How often somebody's question failed in somebody's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failures {
    /// Who asked.
    pub client_id: String,
    /// Whose message it claimed to be; proves nothing against it.
    pub claimed: String,
    /// The verdict's code.
    pub code: String,
    /// How often.
    pub count: u64,
}

#[cfg(test)]
mod tests;
