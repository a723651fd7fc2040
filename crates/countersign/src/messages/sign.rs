//! `sign`: the value of the signature header for a file.

use std::path::PathBuf;

use signing::{Message, Receiver, SignError, Signing};

use super::{Agreed, find_profile, key_files, option_of, read_body};
use crate::commands::Failure;

/// What is signed, and with what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignRequest {
    /// What both sides agree on.
    pub agreed: Agreed,
    /// The private key's file.
    pub key: PathBuf,
    /// The key's name, if the file doesn't say it.
    pub kid: Option<String>,
    /// The algorithm, if not the one that the JWK says, the usual one of the key's kind, or the profile's.
    pub algorithm: Option<String>,
}

/// Signs; the value of the profile's header.
///
/// # Errors
/// A sentence for the terminal.
pub fn sign(request: &SignRequest, now: i64) -> Result<String, Failure> {
    let agreed = &request.agreed;
    let profile = find_profile(&agreed.profile)?;
    agreed.check(&profile)?;
    let key = key_files::private(&request.key, &profile, request.algorithm.as_deref(), request.kid.as_deref())?;
    let body = read_body(&agreed.body)?;
    agreed.check_octets(&profile, &body)?;
    let unique = domain::ids::uuid().map_err(|error| error.to_string())?;
    let signing = Signing {
        profile: &profile,
        key: &key,
        now,
        unique: &unique,
        receiver: agreed.receiver.as_ref().map(|(id, origin)| Receiver { id, origin }),
        issuer: agreed.issuer.as_deref(),
        anchor: agreed.anchor.as_deref(),
    };
    let answers = agreed.asked()?;
    let (method, target) = (&agreed.method, &agreed.target);
    let message = Message { headers: &[], method, target, body: &body, answers: answers.as_deref() };
    signing::sign(&signing, &message).map_err(|error| match error {
        SignError::Missing { rule, .. } => match option_of(rule) {
            Some(option) => format!("{error}: give {option}").into(),
            None => error.into(),
        },
        SignError::NoKid => "the profile wants the key's name: give --kid, as the registry has it".into(),
        error => error.into(),
    })
}
