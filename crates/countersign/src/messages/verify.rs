//! `verify message`: whether a header's value is a signature over a file.

use std::path::PathBuf;

use evidence::report::plain;
use jose::detached::Parts;
use serde_json::{Value, json};
use signing::profile::Rule;
use signing::{Code, Message, Profile, Receiver, Sender, cause, judge};

use super::{Agreed, find_profile, key_files, option_of, read_body};
use crate::commands::Failure;

/// What is verified, and by whose keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyRequest {
    /// What both sides agree on.
    pub agreed: Agreed,
    /// The file with the sender's public keys.
    pub keys: PathBuf,
    /// The header's value.
    pub signature: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whether the signature is good.
    pub valid: bool,
    /// For people.
    pub text: String,
    /// For machines.
    pub json: Value,
}

/// The option that a profile needs and that was left out.
fn not_given(profile: &Profile, agreed: &Agreed) -> Option<&'static str> {
    let missing = |rule: Rule| match rule {
        Rule::Receiver | Rule::Address => agreed.receiver.is_none(),
        Rule::Issuer => agreed.issuer.is_none(),
        Rule::Anchor => agreed.anchor.is_none(),
        Rule::Now | Rule::Past | Rule::Method | Rule::Unique => false,
    };
    profile.parameters.iter().find(|parameter| missing(parameter.is)).and_then(|parameter| option_of(parameter.is))
}

/// Verifies.
///
/// # Errors
/// A sentence for the terminal, where there is nothing to judge.
pub fn verify(request: &VerifyRequest, now: i64) -> Result<Verified, Failure> {
    let agreed = &request.agreed;
    let profile = find_profile(&agreed.profile)?;
    agreed.check(&profile)?;
    let signature = request.signature.trim();
    let mut keys = key_files::public(&request.keys)?;
    // A key without a name, as in a PEM, is the one that the message names.
    let named = Parts::parse(signature).ok().and_then(|parts| parts.header.kid().map(str::to_owned));
    for key in keys.iter_mut().filter(|key| key.kid.is_empty()) {
        key.kid = named.clone().unwrap_or_default();
    }
    let sender = Sender {
        id: String::new(),
        approved: true,
        keys,
        issuer: agreed.issuer.clone(),
        anchor: agreed.anchor.clone(),
    };
    let body = read_body(&agreed.body)?;
    agreed.check_octets(&profile, &body)?;
    let name = profile.headers.first().map(String::as_str).unwrap_or_default();
    let headers = [(name, signature.as_bytes())];
    let answers = agreed.asked()?;
    let (method, target) = (&agreed.method, &agreed.target);
    let message = Message { headers: &headers, method, target, body: &body, answers: answers.as_deref() };
    let receiver = agreed.receiver.as_ref().map(|(id, origin)| Receiver { id, origin });
    let judged = judge(&profile, Some(&sender), &message, receiver.as_ref(), now);
    let code = judged.verdict.code;
    let likely = (code == Code::SignatureInvalid).then(|| cause::find(&profile, &sender, &message, &[])).flatten();
    let mut detail = likely.unwrap_or_else(|| judged.verdict.detail.clone().into_owned());
    if code == Code::ClaimInvalid
        && let Some(option) = not_given(&profile, agreed)
    {
        detail.push_str(&format!(". The profile {} signs it: give {option}", profile.name));
    }
    let kid = judged.kid.filter(|kid| !kid.is_empty());
    let mut text =
        format!("{}: {}\nprofile: {} {}\n", code.name(), plain(&detail), plain(&profile.name), profile.version);
    if let Some(kid) = &kid {
        text.push_str(&format!("kid: {}\n", plain(kid)));
    }
    let json = json!({"valid": judged.verdict.is_ok(), "code": code.name(), "detail": detail, "kid": kid,
        "profile": profile.name, "profileVersion": profile.version});
    Ok(Verified { valid: judged.verdict.is_ok(), text, json })
}
