//! The checks in their order; the first that fails names the verdict.

use jose::detached::{self, Parts};
use jose::{Algorithm, Header};
use serde_json::Value;

use crate::message::Message;
use crate::parameters;
use crate::profile::{Kid, MOST_KEYS_TRIED, Payload, Profile};
use crate::sender::{Sender, SenderKey, Standing};
use crate::verdict::{Code, Verdict};

/// Who receives a message, for profiles that sign it.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'r> {
    /// The id of its participant role.
    pub id: &'r str,
    /// The origin of its registered base URL, such as `https://lender.example`.
    pub origin: &'r str,
}

/// What a message was found to be.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The verdict, before what only a store knows: whether the message was here before.
    pub verdict: Verdict,
    /// The key that the signature was checked with, or that was named.
    pub kid: Option<String>,
    /// Whether a signature of the sender was found good, whatever the verdict.
    pub is_signed: bool,
    /// SHA-256 of what was signed: the same message again has the same. None where nothing could be made of it.
    pub signed_digest: Option<Vec<u8>>,
}

/// Judges a message at a second: by this profile, as from this sender, for this receiver.
pub fn judge(
    profile: &Profile,
    sender: Option<&Sender>,
    message: &Message<'_>,
    receiver: Option<&Receiver<'_>>,
    at: i64,
) -> Judged {
    let mut judged = Judged { verdict: Code::Ok.into(), kid: None, is_signed: false, signed_digest: None };
    if let Err(verdict) = run(profile, sender, message, receiver, at, &mut judged) {
        judged.verdict = verdict;
    }
    judged
}

fn run(
    profile: &Profile,
    sender: Option<&Sender>,
    message: &Message<'_>,
    receiver: Option<&Receiver<'_>>,
    at: i64,
    judged: &mut Judged,
) -> Result<(), Verdict> {
    let sender = sender.ok_or(Code::ParticipantUnknown)?;
    if !sender.approved {
        return Err(Code::ParticipantNotApproved.into());
    }
    let parts = parts(profile, message)?;
    let input = message.octets(profile).map(|octets| parts.signing_input(octets, encoding(profile)));
    judged.signed_digest = input.as_deref().map(jose::digest::sha256);
    let algorithm = algorithm(profile, &parts.header)?;
    critical(profile, &parts.header)?;
    b64(profile, &parts.header)?;
    let keys = keys(profile, sender, &parts.header, algorithm, at, &mut judged.kid)?;
    parameters::check(profile, &parts.header, sender, message, receiver, at)?;
    let input = input.ok_or_else(|| Verdict::new(Code::SignatureInvalid, NO_BODY))?;
    let good = keys.iter().find(|key| key.key.verify(algorithm, &input, &parts.signature).is_ok());
    let key = good.ok_or(Code::SignatureInvalid)?;
    judged.kid = Some(key.kid.clone());
    judged.is_signed = true;
    Ok(())
}

const NO_BODY: &str = "The message came without a body, and its profile takes none such: nothing of it is signed";

/// How a profile's signatures take the payload.
pub(crate) fn encoding(profile: &Profile) -> detached::Payload {
    match profile.payload {
        Payload::Encoded => detached::Payload::Encoded,
        Payload::Unencoded => detached::Payload::Unencoded,
    }
}

/// The one signature of a message, taken apart.
pub(crate) fn parts<'m>(profile: &Profile, message: &Message<'m>) -> Result<Parts<'m>, Verdict> {
    let mut values = message.values(&profile.headers);
    let value = values.next().ok_or_else(|| Verdict::unsigned(profile))?;
    if values.next().is_some() {
        return Err(Verdict::new(Code::SignatureMalformed, "The message has more than one signature header"));
    }
    let malformed =
        |why: &dyn std::fmt::Display| Verdict::new(Code::SignatureMalformed, format!("The signature header: {why}"));
    let text = std::str::from_utf8(value).map_err(|_| malformed(&"not text"))?;
    Parts::parse(text).map_err(|error| match error {
        jose::Error::PayloadNotDetached => Code::PayloadAttached.into(),
        other => malformed(&other),
    })
}

fn algorithm(profile: &Profile, header: &Header) -> Result<Algorithm, Verdict> {
    match header.algorithm() {
        Ok(algorithm) if profile.takes(algorithm) => Ok(algorithm),
        _ => {
            let detail = format!("alg {:?} is not one of {}", header.alg(), profile.algorithms.join(", "));
            Err(Verdict::new(Code::AlgorithmNotAllowed, detail))
        }
    }
}

fn critical(profile: &Profile, header: &Header) -> Result<(), Verdict> {
    let named: Vec<&str> = match header.member("crit") {
        None => Vec::new(),
        Some(crit) => {
            let names = crit.as_array().filter(|names| !names.is_empty());
            let names: Option<Vec<&str>> = names.and_then(|names| names.iter().map(Value::as_str).collect());
            let names = names.ok_or_else(|| Verdict::new(Code::SignatureMalformed, "crit is not a list of names"))?;
            let odd = names
                .iter()
                .enumerate()
                .find(|(n, name)| header.member(name).is_none() || names.iter().take(*n).any(|before| before == *name));
            if let Some((_, name)) = odd {
                let detail = format!("crit names {name:?} twice, or without it being there");
                return Err(Verdict::new(Code::SignatureMalformed, detail));
            }
            names
        }
    };
    let has = |list: &[String], name: &str| list.iter().any(|known| known == name);
    if let Some(missing) = profile.crit.must.iter().find(|name| !named.contains(&name.as_str())) {
        return Err(Verdict::new(Code::CritMissing, format!("crit does not name {missing:?}")));
    }
    match named.iter().find(|name| !has(&profile.crit.must, name) && !has(&profile.crit.may, name)) {
        Some(unknown) => {
            Err(Verdict::new(Code::CritUnknown, format!("crit names {unknown:?}, which the profile does not")))
        }
        None => Ok(()),
    }
}

fn b64(profile: &Profile, header: &Header) -> Result<(), Verdict> {
    match (profile.payload, header.member("b64")) {
        (Payload::Unencoded, Some(Value::Bool(false))) | (Payload::Encoded, None) => Ok(()),
        (Payload::Unencoded, _) => Err(Verdict::new(Code::B64Mismatch, "The profile wants \"b64\": false")),
        (Payload::Encoded, _) => Err(Verdict::new(Code::B64Mismatch, "The profile wants no b64")),
    }
}

/// The keys that the signature may be of: the one named, or each that is valid.
fn keys<'s>(
    profile: &Profile,
    sender: &'s Sender,
    header: &Header,
    algorithm: Algorithm,
    at: i64,
    kid: &mut Option<String>,
) -> Result<Vec<&'s SenderKey>, Verdict> {
    let Some(name) = header.kid() else {
        if profile.kid == Kid::Required {
            return Err(Code::KidMissing.into());
        }
        let valid = sender.keys.iter().filter(|key| key.standing(at) == Standing::Valid && key.key.serves(algorithm));
        let tried: Vec<&SenderKey> = valid.take(MOST_KEYS_TRIED).collect();
        if tried.is_empty() {
            return Err(Verdict::new(Code::KidUnknown, "The sender has no valid key for this algorithm"));
        }
        return Ok(tried);
    };
    *kid = Some(name.to_owned());
    let mut named = sender.keys.iter().filter(|key| key.kid == name);
    let first = named.clone().next().ok_or(Code::KidUnknown)?;
    let key = named.find(|key| key.standing(at) == Standing::Valid).unwrap_or(first);
    match key.standing(at) {
        Standing::NotYet => return Err(out_of_time(Code::KeyNotYetValid, Some(key.valid_from))),
        Standing::Ended => return Err(out_of_time(Code::KeyEnded, key.valid_until)),
        Standing::Revoked => return Err(out_of_time(Code::KeyRevoked, key.revoked_since)),
        Standing::Valid => {}
    }
    match key.key.serves(algorithm) {
        true => Ok(vec![key]),
        false => {
            let detail = format!("the key is not one for {}", algorithm.name());
            Err(Verdict::new(Code::AlgorithmNotAllowed, detail))
        }
    }
}

/// Of a key that doesn't count at this moment, from when on it does or doesn't, where that is a time.
fn out_of_time(code: Code, second: Option<i64>) -> Verdict {
    let Some(time) = second.and_then(|second| jiff::Timestamp::from_second(second).ok()) else { return code.into() };
    Verdict::new(
        code,
        match code {
            Code::KeyNotYetValid => format!("The key is not valid yet: it is from {time} on"),
            Code::KeyEnded => format!("The key has ended at {time}: sign with its successor"),
            _ => format!("The key is revoked since {time}: sign with another one that is registered"),
        },
    )
}
