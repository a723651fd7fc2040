//! The commands `sign` and `verify message`: what a participant does with a key and a file, without any server.

mod key_files;
mod sign;
mod verify;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use signing::Profile;

pub use sign::{SignRequest, sign};
pub use verify::{Verified, VerifyRequest, verify};

use crate::commands::Failure;

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
    /// The digest of the request that is answered.
    fn asked(&self) -> Result<Option<String>, Failure> {
        let body = self.answers.as_deref().map(read_body).transpose()?;
        Ok(body.map(|body| signing::request_digest(&self.method, &self.target, &body)))
    }
}

/// A body that is longer is nobody's message.
const LONGEST_BODY: u64 = 64 * 1024 * 1024;

fn read_body(place: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |cause| format!("{} cannot be read: {cause}", place.display());
    let mut octets = Vec::new();
    let read = match place == Path::new("-") {
        true => std::io::stdin().lock().take(LONGEST_BODY + 1).read_to_end(&mut octets),
        false => std::fs::File::open(place).and_then(|file| file.take(LONGEST_BODY + 1).read_to_end(&mut octets)),
    };
    if read.map_err(cannot)? as u64 > LONGEST_BODY {
        return Err(format!("{} is longer than 64 MiB", place.display()).into());
    }
    Ok(octets)
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
    let text = std::fs::read_to_string(place).map_err(|cause| format!("{name} cannot be read: {cause}"))?;
    Ok(Profile::parse(&text).map_err(|error| format!("{name}: {error}"))?)
}

#[cfg(test)]
mod tests;
