//! A profile: how a network signs its messages, as a row of data.
//!
//! A realm may define more, in the form of the files in `profiles/`. Evidence names a profile by name, version and digest.

use std::sync::LazyLock;

use jose::Algorithm;
use serde::{Deserialize, Serialize};

/// How messages are signed, and what a signature must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Grows with each change: a verdict says by which one it was given.
    pub version: u32,
    /// Names of the header that carries the signature, in lower case; the first is the one to send.
    pub headers: Vec<String>,
    /// Algorithms by their names in JWS.
    pub algorithms: Vec<String>,
    /// How the body enters the signature.
    pub payload: Payload,
    /// What `crit` names.
    pub crit: Crit,
    /// Whether the header names the key.
    pub kid: Kid,
    /// Parameters of the header that are checked.
    pub parameters: Vec<Parameter>,
    /// Where a body says when it was made and to what it belongs; read only once the signature was found good.
    pub times: Option<Pointers>,
    /// What becomes of the same message again.
    pub replay: Replay,
    /// What shows that a signature is an answer's.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub answers: Answers,
    /// What is signed of a message without a body.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub no_body: NoBody,
    /// Seconds that a time may be off: a signed one, and the one in the body where the realm asks. Without it a signed `now`
    /// may be off by [`DRIFT`], a signed `past` may be of any age, and a time in the body may be off by [`DRIFT_INSIDE`].
    #[serde(default, skip_serializing_if = "is_usual")]
    pub age: Option<u32>,
    /// What becomes of a body with a content coding.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub coding: Coding,
}

/// Whether a member says what is so where it is left out: it is left out then, so that a profile has one digest.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How the body enters the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Payload {
    /// As it is: `b64` must be there and false [RFC7797-3].
    Unencoded,
    /// In base64url: `b64` must not be there.
    Encoded,
}

/// What `crit` names [RFC7515-4.1.11].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crit {
    /// Each of these.
    pub must: Vec<String>,
    /// These, if it likes, and no others.
    pub may: Vec<String>,
}

/// Whether the header names the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kid {
    /// It must.
    Required,
    /// Without it each of the sender's valid keys is tried, up to [`MOST_KEYS_TRIED`].
    Optional,
}

/// Keys tried for a message that names none.
pub const MOST_KEYS_TRIED: usize = 4;

/// A parameter of the header that is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it must be.
    pub is: Rule,
}

/// What a parameter must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Seconds since 1970, off from the receipt by [`Profile::drift`] at most.
    Now,
    /// Seconds since 1970, not after the receipt, and no older than the profile's age where it says one.
    Past,
    /// The receiver's participant role.
    Receiver,
    /// The request's method.
    Method,
    /// The origin of the receiver's registered base URL, and the target with its query as sent.
    Address,
    /// A text that no other message has; whether one has is the replay check's to say.
    Unique,
    /// What the registry says that the sender calls itself.
    Issuer,
    /// The trust anchor under which the registry has the sender's keys.
    Anchor,
}

/// Seconds that a signed time may be off, unless the profile says how many.
pub const DRIFT: i64 = 300;
/// Seconds that a time in the body may be off, where the realm asks and the profile doesn't say how many.
pub const DRIFT_INSIDE: i64 = 15 * 60;

/// JSON pointers into a body [RFC6901].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointers {
    /// When it was made, as RFC 3339 or seconds since 1970.
    pub time: Option<String>,
    /// What ties a request to its callback.
    pub request_id: Option<String>,
    /// What ties a conversation together.
    pub trace_id: Option<String>,
}

/// What becomes of the same message again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replay {
    /// It is refused.
    Refused,
    /// It is judged anew, and marked.
    Judged,
    /// As the realm says.
    Realm,
}

/// What shows that a signature is an answer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answers {
    /// Its `typ`, beside the digest of the request that it answers: no answer stands for another, nor a request for one.
    #[default]
    Named,
    /// Nothing needs to: the network's own participants sign both alike.
    Plain,
}

/// What is signed of a message without a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoBody {
    /// Its target, path and query as sent.
    #[default]
    Target,
    /// No octets; the profile signs the address, or the signature would pass for each message without a body.
    Empty,
    /// Nothing: the profile takes no such message.
    Refused,
}

/// What becomes of a body with a content coding [RFC9110-8.4].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// Whoever receives it refuses it: what is signed has none.
    #[default]
    None,
    /// It passes, whatever the coding: signed are the octets as sent, and the coding by nobody.
    Any,
}

/// Why a profile can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not the JSON of a profile.
    #[error("not a profile: {0}")]
    NotAProfile(String),
    /// An algorithm that proves nothing to others, or that isn't known.
    #[error("{0} is not an algorithm whose signatures prove something to others")]
    Algorithm(String),
    /// A rule that nothing can fulfil.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// The profiles that every realm has, in the order in which documents list them.
pub const PROFILES: &[(&str, &str)] = &[
    ("strict", include_str!("../profiles/strict.json")),
    ("ocen", include_str!("../profiles/ocen.json")),
    ("rebit", include_str!("../profiles/rebit.json")),
    ("encoded", include_str!("../profiles/encoded.json")),
    ("uk-ob-3.1.3", include_str!("../profiles/uk-ob-3.1.3.json")),
    ("uk-ob-4.0", include_str!("../profiles/uk-ob-4.0.json")),
    ("bound", include_str!("../profiles/bound.json")),
];

impl Profile {
    /// Finds one that every realm has.
    pub fn find(name: &str) -> Option<&'static Self> {
        static ALL: LazyLock<Vec<Profile>> =
            LazyLock::new(|| PROFILES.iter().filter_map(|(_, text)| Profile::parse(text).ok()).collect());
        ALL.iter().find(|profile| profile.name == name)
    }

    /// Reads a profile that somebody defines.
    ///
    /// # Errors
    /// For what is no profile, or one that no message could satisfy.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile = Self::recorded(text)?;
        profile.check_names()?;
        Ok(profile)
    }

    /// Reads a profile that somebody defined before: what an earlier build took stays what messages were judged by.
    ///
    /// # Errors
    /// For what never was a profile.
    pub fn recorded(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = serde_json::from_str(text).map_err(|error| ProfileError::NotAProfile(error.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    /// Whether it takes an algorithm.
    pub fn takes(&self, algorithm: Algorithm) -> bool {
        self.algorithms.iter().any(|name| name == algorithm.name())
    }

    /// Whether the same message again is refused, in a realm that does so or not where it may choose.
    pub fn refuses_replays(&self, realm: bool) -> bool {
        match self.replay {
            Replay::Refused => true,
            Replay::Judged => false,
            Replay::Realm => realm,
        }
    }

    /// Whether it signs something of a kind.
    pub fn signs(&self, rule: Rule) -> bool {
        self.parameters.iter().any(|parameter| parameter.is == rule)
    }

    /// Seconds that a signed time may be off.
    pub fn drift(&self) -> i64 {
        self.age.map_or(DRIFT, i64::from)
    }

    /// Seconds that a time in the body may be off, where the realm asks.
    pub fn drift_inside(&self) -> i64 {
        self.age.map_or(DRIFT_INSIDE, i64::from)
    }

    /// Seconds after which a message that is good now is too old, by the time that it signs; None where none says so.
    pub fn lasts(&self) -> Option<i64> {
        match self.age {
            // Its time may be ahead by as much as it may be behind.
            _ if self.signs(Rule::Now) => Some(2 * self.drift() + 1),
            Some(age) if self.signs(Rule::Past) => Some(i64::from(age) + 1),
            _ => None,
        }
    }

    /// SHA-256 over the profile's JSON, its members in the order of this struct and without white space.
    pub fn digest(&self) -> Vec<u8> {
        // A struct of texts, numbers and lists always has a JSON form.
        jose::digest::sha256(&serde_json::to_vec(self).unwrap_or_default())
    }
}
