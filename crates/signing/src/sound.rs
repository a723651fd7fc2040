//! Whether a profile says something that a message can satisfy, and that its signature makes good.

use jose::Algorithm;

use crate::message::OF_THE_CONNECTION;
use crate::profile::{Coding, NoBody, Payload, Profile, ProfileError, Rule};

type Check = Result<(), ProfileError>;

fn contradiction(text: &'static str) -> Check {
    Err(ProfileError::Contradiction(text))
}

impl Profile {
    /// What each profile must be that messages are judged by.
    pub(crate) fn check(&self) -> Check {
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
        self.check_parameters()?;
        self.check_bounds()
    }

    fn check_parameters(&self) -> Check {
        let named = || self.crit.must.iter().chain(&self.crit.may);
        if self.payload == Payload::Encoded && named().any(|name| name == "b64") {
            return contradiction("crit names b64, which an encoded payload forbids");
        }
        let mut crit: Vec<&String> = named().collect();
        crit.sort_unstable();
        if crit.windows(2).any(|pair| pair.first() == pair.last()) {
            return contradiction("crit names a parameter twice");
        }
        if self.parameters.iter().any(|parameter| OWN.contains(&parameter.name.as_str())) {
            return contradiction("a parameter that the form of a signature has already is not a profile's to check");
        }
        let is_checked = |name: &String| name == "b64" || self.parameters.iter().any(|p| p.name == *name);
        match named().all(is_checked) {
            true => Ok(()),
            false => contradiction("crit names a parameter that nothing checks"),
        }
    }

    fn check_bounds(&self) -> Check {
        if self.no_body == NoBody::Empty && !self.signs(Rule::Address) {
            return contradiction(
                "no_body is empty, and no parameter is the address: one signature would pass for each message without a body",
            );
        }
        let Some(age) = self.age else { return Ok(()) };
        if !(1..=LONGEST_AGE).contains(&age) {
            return contradiction("age is a number of seconds from 1 to 86400");
        }
        let is_in_body = self.times.as_ref().is_some_and(|times| times.time.is_some());
        let is_read = is_in_body && self.coding != Coding::Any;
        match is_read || self.signs(Rule::Now) || self.signs(Rule::Past) {
            true => Ok(()),
            false => contradiction(
                "age bounds a time, and the profile has none that is looked at: neither signed nor in a body without coding",
            ),
        }
    }

    /// What a profile must be besides that somebody defines now.
    pub(crate) fn check_names(&self) -> Check {
        if self.version == 0 {
            return contradiction("version is a number from 1 on");
        }
        if self.headers.iter().any(|name| is_of_the_transport(name)) {
            return contradiction("a header of the connection or of the content carries no signature");
        }
        let pointers = self.times.iter().flat_map(|times| [&times.time, &times.request_id, &times.trace_id]);
        match pointers.flatten().all(|text| is_pointer(text)) {
            true => Ok(()),
            false => contradiction("times has JSON pointers, such as /metadata/timestamp"),
        }
    }
}

/// Parameters that mean the same in every profile.
const OWN: [&str; 6] = ["alg", "b64", "crit", "kid", "typ", "req"];
/// Octets of a profile's name, at most.
const LONGEST_NAME: usize = 100;
/// A day, in seconds.
const LONGEST_AGE: u32 = 86_400;

/// Headers of the call that brings a message, which are no message's.
fn is_of_the_call(name: &str) -> bool {
    name.starts_with("x-countersign-") || ["authorization", "host", "idempotency-key", "prefer"].contains(&name)
}

/// Headers that end with a connection, or say what the content is [RFC9110-7.6.1].
fn is_of_the_transport(name: &str) -> bool {
    name.starts_with("content-") || name == "expect" || OF_THE_CONNECTION.contains(&name)
}

/// Whether it is a JSON pointer [RFC6901-3].
fn is_pointer(text: &str) -> bool {
    let is_escaped = |rest: &str| rest.starts_with(['0', '1']);
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(is_escaped)
}

/// Whether only the holder of a private key makes signatures of it.
fn proves(name: &str) -> bool {
    Algorithm::parse(name).is_some() && !name.starts_with("HS")
}

fn is_header_octet(octet: u8) -> bool {
    octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-' || octet == b'_'
}
