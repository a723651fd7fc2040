//! The sender's side: a header as the profile wants it, and the signature.

use jose::SigningKey;
use serde_json::{Map, Value, json};

use crate::judge::{Receiver, encoding};
use crate::message::{ANSWER, Message, REQUEST};
use crate::parameters::address;
use crate::profile::{Kid, Payload, Profile, Rule};

/// What a signature is made of, besides the message.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'s> {
    /// How it is signed.
    pub profile: &'s Profile,
    /// The key; its name goes along where it has one.
    pub key: &'s SigningKey,
    /// Seconds since 1970.
    pub now: i64,
    /// A text that no other message has, for profiles that sign one.
    pub unique: &'s str,
    /// Who shall receive it, for profiles that sign that.
    pub receiver: Option<Receiver<'s>>,
    /// What the sender calls itself, for profiles that sign that.
    pub issuer: Option<&'s str>,
    /// The trust anchor of its keys, for profiles that sign that.
    pub anchor: Option<&'s str>,
}

/// Why a message can't be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key makes signatures that the profile doesn't take.
    #[error("the profile {profile} takes {allowed}, and the key makes {algorithm}")]
    Algorithm {
        /// The profile's name.
        profile: String,
        /// Its algorithms.
        allowed: String,
        /// The key's algorithm.
        algorithm: &'static str,
    },
    /// The profile wants the key to be named.
    #[error("the profile wants the key's name: give it a kid")]
    NoKid,
    /// Something the profile signs was not given.
    #[error("the profile signs {name}, which was not given")]
    Missing {
        /// The parameter's name.
        name: String,
        /// What it must be.
        rule: Rule,
    },
    /// There is no body, without which the profile takes no message.
    #[error("the profile {0} takes no message without a body")]
    NoBody(String),
    /// The key can't sign.
    #[error(transparent)]
    Key(#[from] jose::Error),
}

/// Signs a message: the value of the profile's first header.
///
/// # Errors
/// When key, profile and what was given don't go together.
pub fn sign(signing: &Signing<'_>, message: &Message<'_>) -> Result<String, SignError> {
    let profile = signing.profile;
    let algorithm = signing.key.algorithm();
    if !profile.takes(algorithm) {
        let allowed = profile.algorithms.join(", ");
        return Err(SignError::Algorithm { profile: profile.name.clone(), allowed, algorithm: algorithm.name() });
    }
    let octets = message.octets(profile).ok_or_else(|| SignError::NoBody(profile.name.clone()))?;
    let mut header = Map::new();
    header.insert("alg".to_owned(), algorithm.name().into());
    match signing.key.kid() {
        "" if profile.kid == Kid::Required => return Err(SignError::NoKid),
        "" => {}
        kid => drop(header.insert("kid".to_owned(), kid.into())),
    }
    if let Some(request) = message.answers {
        header.insert("typ".to_owned(), ANSWER.into());
        header.insert(REQUEST.to_owned(), request.into());
    }
    if profile.payload == Payload::Unencoded {
        header.insert("b64".to_owned(), false.into());
    }
    for parameter in &profile.parameters {
        let value = match parameter.is {
            Rule::Now | Rule::Past => Some(json!(signing.now)),
            Rule::Receiver => signing.receiver.map(|r| r.id.into()),
            Rule::Method => Some(message.method.into()),
            Rule::Address => address(signing.receiver.as_ref(), message).map(Value::from),
            Rule::Unique => Some(signing.unique.into()),
            Rule::Issuer => signing.issuer.map(Value::from),
            Rule::Anchor => signing.anchor.map(Value::from),
        };
        let value = value.ok_or_else(|| SignError::Missing { name: parameter.name.clone(), rule: parameter.is })?;
        header.insert(parameter.name.clone(), value);
    }
    if !profile.crit.must.is_empty() {
        header.insert("crit".to_owned(), json!(profile.crit.must));
    }
    let header = Value::Object(header).to_string();
    Ok(jose::detached::sign_as(&header, octets, encoding(profile), signing.key)?)
}
