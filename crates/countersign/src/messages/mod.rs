//! The commands `sign` and `verify message`: what a participant does with a key and a file, without any server.

mod key_files;
mod sign;
mod verify;

use std::path::{Path, PathBuf};

use signing::Profile;
use signing::profile::{NoBody, Rule};

pub use sign::{SignRequest, sign};
pub use verify::{Verified, VerifyRequest, verify};

use crate::commands::Failure;
use crate::files::{read_or_stdin, read_text};

/// What both sides of a message must agree on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The body; `-` is the standard input.
    pub body: PathBuf,
    /// The profile's name, or the file of one.
    pub profile: String,
    /// The request's method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// The receiver's participant role and the origin of its base URL.
    pub receiver: Option<(String, String)>,
    /// For an answer: the body of the request that it answers, which had this method and target.
    pub answers: Option<PathBuf>,
    /// What the sender calls itself.
    pub issuer: Option<String>,
    /// The trust anchor of the sender's keys.
    pub anchor: Option<String>,
}

impl Agreed {
    /// Whether what is agreed makes sense together: a digest over a target that was forgotten would be signed silently.
    fn check(&self, profile: &Profile) -> Result<(), Failure> {
        let token = |octet: u8| octet.is_ascii_uppercase() || octet.is_ascii_digit() || b"-_".contains(&octet);
        if self.method.is_empty() || !self.method.bytes().all(token) {
            return Err(format!("--method={}: methods are in capitals, such as POST", self.method).into());
        }
        if self.target.is_empty() {
            if self.answers.is_some() {
                return Err("--answers needs --target: an answer names the method and the target of its request".into());
            }
            if profile.signs(Rule::Address) {
                return Err(format!("the profile {} signs the target: give --target", profile.name).into());
            }
        } else if !self.target.starts_with('/') {
            return Err(format!("--target={}: it is path and query as sent, and begins with /", self.target).into());
        }
        Ok(())
    }

    /// Whether there is something that a signature could be over.
    fn check_octets(&self, profile: &Profile, body: &[u8]) -> Result<(), Failure> {
        match body.is_empty() && self.target.is_empty() && profile.no_body == NoBody::Target {
            true => Err("the body is empty, so that the target is what is signed: give --target".into()),
            false => Ok(()),
        }
    }

    /// The digest of the request that is answered.
    fn asked(&self) -> Result<Option<String>, Failure> {
        let body = self.answers.as_deref().map(read_body).transpose()?;
        Ok(body.map(|body| signing::request_digest(&self.method, &self.target, &body)))
    }
}

/// A body that is longer is nobody's message.
const LONGEST_BODY: usize = 64 * 1024 * 1024;
/// Octets of the longest profile.
const LONGEST_PROFILE: usize = 64 * 1024;

fn read_body(place: &Path) -> Result<Vec<u8>, Failure> {
    read_or_stdin(place, LONGEST_BODY)
}

/// A profile by its name, or from a file in the form of `crates/signing/profiles`.
fn find_profile(name: &str) -> Result<Profile, Failure> {
    if let Some(known) = Profile::find(name) {
        return Ok(known.clone());
    }
    let place = Path::new(name);
    if !place.is_file() {
        let names: Vec<&str> = signing::profile::PROFILES.iter().map(|(name, _)| *name).collect();
        return Err(
            format!("there is no profile {name}, nor a file of that name. There are: {}", names.join(", ")).into()
        );
    }
    let text = read_text(place, LONGEST_PROFILE)?;
    // A realm may judge by one that was defined before a rule came.
    Ok(Profile::recorded(&text).map_err(|error| format!("{name}: {error}"))?)
}

/// The option that gives what a profile signs.
fn option_of(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::Receiver | Rule::Address => Some("--receiver and --origin"),
        Rule::Issuer => Some("--issuer"),
        Rule::Anchor => Some("--anchor"),
        Rule::Now | Rule::Past | Rule::Method | Rule::Unique => None,
    }
}

#[cfg(test)]
mod tests;
