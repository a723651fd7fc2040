//! A bundle: one file with all that is needed to judge a message years later.
//!
//! Its octets are canonical JSON, with a digest over all other members, so no bit of it is without meaning. Anyone who
//! kept the parts can put one together.

use ledger::hash::sha256;
use ledger::text::{Digest, Octets};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical;

/// The media type of a bundle, and its member `format`.
pub const MEDIA_TYPE: &str = "application/vnd.countersign.evidence+json";
/// Octets of the longest bundle that is read.
pub const LONGEST: usize = 64 * 1024 * 1024;
/// Logs of the realm that a claim of completeness names besides its own, at most.
pub const MOST_OTHERS: usize = 1000;
const VERSION: u32 = 1;

/// Why a file is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than is read.
    #[error("the file is longer than 64 MiB")]
    TooLong,
    /// Not the one spelling of anything.
    #[error("the file is {0}")]
    Spelling(#[from] canonical::Error),
    /// The digest is another one: the file was altered after it was made.
    #[error("the file is not the one that was made: its digest is that of other contents")]
    Altered,
    /// A member is missing, unknown or of the wrong form.
    #[error("the file is no bundle: {0}")]
    Form(String),
}

/// What a bundle holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// What is claimed with it.
    pub claim: Claim,
    /// The log, by its origin.
    pub origin: String,
    /// Heads of the log from the oldest to the newest, under which all entries here are proved.
    pub checkpoints: Vec<Head>,
    /// Messages by their place in the log.
    pub messages: Vec<Message>,
    /// Chains of roles in the registry, each from its first record on.
    pub chains: Vec<Vec<Entry>>,
    /// Chains of the organisations that hold them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Vec<Entry>>,
    /// Definitions of the signing profiles that messages were judged by: the octets under the digests in their records,
    /// which are the profile's JSON in the order of [`signing::Profile`] and without white space.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Octets>,
    /// Records of the server's own keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_keys: Vec<Entry>,
    /// Access tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Token>,
    /// Entries that brought outside times into the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<Entry>,
    /// Records of which leaves are a role's, for a claim of completeness.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Entry>,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Claim {
    /// Each message was signed by whom its record names, and received when it says.
    Messages,
    /// Besides, they belong together.
    Conversation {
        /// What all of them carry.
        request_id: String,
        /// Other logs of the realm that have messages of it, as whoever made the bundle says: nothing of those is claimed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        other_origins: Vec<String>,
    },
    /// Besides, they are all that the role sent in a stretch of this log.
    Range {
        /// The role.
        participant_role_id: String,
        /// The first index of the stretch.
        from: u64,
        /// The index after its last.
        to: u64,
        /// Other logs that the realm has had, as whoever made the bundle says: nothing of what is in those is claimed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        other_origins: Vec<String>,
        /// How many leaves this log had when another took its place, as whoever made the bundle says: of what was lost of
        /// them nothing is claimed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left_at: Option<u64>,
    },
}

/// A head of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The checkpoint as a note, with all its signatures.
    pub note: String,
    /// That it goes on from the one before; empty for the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consistency: Vec<Digest>,
    /// Timestamps over the note's text, in DER.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timestamps: Vec<Octets>,
}

/// A record, its leaf, and that the leaf is in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The leaf's octets.
    pub leaf: Octets,
    /// The salt of its commitment.
    pub salt: Digest,
    /// The record's octets.
    pub record: Octets,
    /// The leaf's place.
    pub index: u64,
    /// From the leaf's sibling up to the newest head's root.
    pub inclusion: Vec<Digest>,
}

/// A message, with the entry of its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The verdict's entry.
    pub entry: Entry,
    /// The body's octets, empty where there was none; not there where it isn't disclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Octets>,
    /// Other headers that came with it, as whoever made the bundle says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}

/// A token that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Header and payload as they were signed, with the dot between them.
    pub signing_input: String,
    /// The signature; left out while the token lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Octets>,
}

/// The file: the bundle and what it is named by.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<B> {
    format: String,
    version: u32,
    bundle: B,
}

impl Bundle {
    /// The octets of the file.
    ///
    /// # Errors
    /// [`Error::Spelling`] for numbers beyond 2^53 - 1.
    pub fn write(&self) -> Result<Vec<u8>, Error> {
        let file = File { format: MEDIA_TYPE.to_owned(), version: VERSION, bundle: self };
        let mut value = serde_json::to_value(&file).map_err(|error| Error::Form(error.to_string()))?;
        let digest = Digest(sha256(&canonical::write(&value)?));
        if let Some(members) = value.as_object_mut() {
            members.insert("digest".to_owned(), Value::from(digest.to_string()));
        }
        Ok(canonical::write(&value)?)
    }

    /// Reads a file: its spelling first, then its digest, and only then what it says.
    ///
    /// # Errors
    /// In that order.
    pub fn read(octets: &[u8]) -> Result<Self, Error> {
        if octets.len() > LONGEST {
            return Err(Error::TooLong);
        }
        let mut value = canonical::parse(octets)?;
        let form = |text: &str| Error::Form(text.to_owned());
        let digest = value.as_object_mut().and_then(|members| members.shift_remove("digest"));
        let digest = digest.ok_or_else(|| form("it has no digest"))?;
        let digest: Digest = serde_json::from_value(digest).map_err(|_| form("its digest is none"))?;
        if Digest(sha256(&canonical::write(&value)?)) != digest {
            return Err(Error::Altered);
        }
        let file: File<Self> = serde_json::from_value(value).map_err(|error| Error::Form(error.to_string()))?;
        if file.format != MEDIA_TYPE || file.version != VERSION {
            return Err(form("it is of another format or version"));
        }
        // Whatever was left out in reading would be without meaning: what is written anew must be what came.
        if file.bundle.write()? != octets {
            return Err(form("it is not what its contents would be written as"));
        }
        Ok(file.bundle)
    }
}
