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
    #[serde(default, skip_serializing_if = "Answers::is_named")]
    pub answers: Answers,
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
    /// Seconds since 1970 within [`DRIFT`] of the receipt.
    Now,
    /// Seconds since 1970, not after the receipt.
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

/// Seconds that a signed time may be off.
pub const DRIFT: i64 = 300;

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

impl Answers {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_named(&self) -> bool {
        *self == Self::Named
    }
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

    /// Reads a profile.
    ///
    /// # Errors
    /// For what is no profile, or one that no message could satisfy.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = serde_json::from_str(text).map_err(|error| ProfileError::NotAProfile(error.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), ProfileError> {
        let contradiction = |text| Err(ProfileError::Contradiction(text));
        if let Some(odd) = self.algorithms.iter().find(|name| !proves(name)) {
            return Err(ProfileError::Algorithm(odd.clone()));
        }
        let is_name = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
        if !(1..=LONGEST_NAME).contains(&self.name.len()) || !self.name.bytes().all(is_name) {
            return contradiction("a profile's name is 1 to 100 letters, digits, dots, hyphens and underscores");
        }
        if self.headers.is_empty() || self.algorithms.is_empty() {
            return contradiction("a profile needs a header and an algorithm");
        }
        if self.headers.iter().any(|name| is_of_the_call(name)) {
            return contradiction("a header that calls have of their own carries no signature");
        }
        if self.headers.iter().any(|name| name.is_empty() || !name.bytes().all(is_header_octet)) {
            return contradiction("headers are names in lower case");
        }
        let named = |name: &str| self.crit.must.iter().chain(&self.crit.may).any(|n| n == name);
        if self.payload == Payload::Encoded && named("b64") {
            return contradiction("crit names b64, which an encoded payload forbids");
        }
        let mut crit: Vec<&String> = self.crit.must.iter().chain(&self.crit.may).collect();
        crit.sort_unstable();
        if crit.windows(2).any(|pair| pair.first() == pair.last()) {
            return contradiction("crit names a parameter twice");
        }
        if self.parameters.iter().any(|parameter| OWN.contains(&parameter.name.as_str())) {
            return contradiction("a parameter that the form of a signature has already is not a profile's to check");
        }
        let is_checked = |name: &String| name == "b64" || self.parameters.iter().any(|p| p.name == *name);
        if !self.crit.must.iter().chain(&self.crit.may).all(is_checked) {
            return contradiction("crit names a parameter that nothing checks");
        }
        Ok(())
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

    /// SHA-256 over the profile's JSON, its members in the order of this struct and without white space.
    pub fn digest(&self) -> Vec<u8> {
        // A struct of texts, numbers and lists always has a JSON form.
        jose::digest::sha256(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// Parameters that mean the same in every profile.
const OWN: [&str; 6] = ["alg", "b64", "crit", "kid", "typ", "req"];
/// Octets of a profile's name, at most.
const LONGEST_NAME: usize = 100;

/// Headers of the call that brings a message, which are no message's.
fn is_of_the_call(name: &str) -> bool {
    name.starts_with("x-countersign-") || ["authorization", "host", "idempotency-key", "prefer"].contains(&name)
}

/// Whether only the holder of a private key makes signatures of it.
fn proves(name: &str) -> bool {
    Algorithm::parse(name).is_some() && !name.starts_with("HS")
}

fn is_header_octet(octet: u8) -> bool {
    octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-' || octet == b'_'
}
