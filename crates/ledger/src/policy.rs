//! A trust policy: which logs and witnesses are believed [C2SP-tlog-policy], and in lines that other readers take for
//! comments, whose word on times and on participants' keys.
//!
//! `#countersign tsa NAME BASE64`, `aged NAME TIME`, `ca NAME BASE64` (certificates in DER), `subject ID DIGEST` (whose certificates speak for
//! a participant or role), `pin ROLE KID THUMBPRINT`, `person NAME JWK`, `grade GRADE`, `reply-key KID THUMBPRINT`.
//! Thumbprints are those of RFC 7638. A comment that could be meant as such a line is refused.

use jose::{Jwk, b64};

use crate::key::{KeyType, VerifierKey};
use crate::note::Verified;
use crate::text::UtcTime;
use crate::{Error, Result};

const LONGEST: usize = 256 * 1024;
const OURS: &str = "#countersign";
/// How each line is written, by its first word.
const FORMS: &[(&str, &str)] = &[
    ("log", "log VKEY [URL]"),
    ("witness", "witness NAME VKEY [URL]"),
    ("group", "group NAME all|any|K NAME…"),
    ("quorum", "quorum NAME|none"),
];
/// How each of ours is written, by the word after [`OURS`].
const OUR_FORMS: &[(&str, &str)] = &[
    ("tsa", "tsa NAME BASE64"),
    ("aged", "aged NAME TIME"),
    ("ca", "ca NAME BASE64"),
    ("subject", "subject ID DIGEST"),
    ("pin", "pin ROLE KID THUMBPRINT"),
    ("person", "person NAME JWK"),
    ("grade", "grade GRADE"),
    ("reply-key", "reply-key KID THUMBPRINT"),
];
/// The quorum of those that ask for no witness.
const NONE: &str = "none";

/// Whom a reader believes. It comes from the reader, never from beside what is judged.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Keys of logs, each named by its origin.
    pub logs: Vec<VerifierKey>,
    /// Witnesses by the names that the policy gives them.
    pub witnesses: Vec<Witness>,
    /// Groups of witnesses and of groups before them.
    pub groups: Vec<Group>,
    /// The witness or group that must have cosigned; none asks for no witness.
    pub quorum: Option<String>,
    /// Timestamp authorities: certificates in DER, of the authority itself or of whom it stands under.
    pub tsas: Vec<Certificate>,
    /// When authorities aged.
    pub aged: Vec<Aged>,
    /// Roots under which a certificate vouches for a participant's key, in DER.
    pub cas: Vec<Certificate>,
    /// Whose certificates speak for whom.
    pub subjects: Vec<Subject>,
    /// Keys that the reader knows by themselves.
    pub pins: Vec<Pin>,
    /// People whose signature confirms a key.
    pub persons: Vec<Person>,
    /// On whose word a key may stand.
    pub grades: Vec<Grade>,
    /// Keys that sign replies.
    pub reply_keys: Vec<ReplyKey>,
}

/// A witness.
#[derive(Clone, Debug)]
pub struct Witness {
    /// What this policy calls it.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Where it is asked.
    pub url: Option<String>,
}

/// Some of several.
#[derive(Clone, Debug)]
pub struct Group {
    /// What this policy calls it.
    pub name: String,
    /// How many of its members must have cosigned.
    pub threshold: usize,
    /// Names of witnesses and groups.
    pub members: Vec<String>,
}

/// A certificate that is believed.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// What reports call it.
    pub name: String,
    /// Its octets.
    pub der: Vec<u8>,
}

/// When a timestamp authority's key or algorithm could be trusted no more: its timestamps count only as far as something
/// shows that they were there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aged {
    /// What this policy calls the authority.
    pub name: String,
    /// When.
    pub at: UtcTime,
}

/// The name that a participant's certificates bear. Under a root there is everybody, so that a root alone says nothing of
/// whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The participant, or one role of it.
    pub id: String,
    /// SHA-256 over the certificate's subject in DER, in base64url.
    pub digest: String,
}

/// A participant's key that is believed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The participant role.
    pub role: String,
    /// The key's name.
    pub kid: String,
    /// Its RFC 7638 thumbprint.
    pub thumbprint: String,
}

/// Somebody whose word on a key counts.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who it is.
    pub name: String,
    /// The key of that word.
    pub key: Jwk,
}

/// A key of the service that replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyKey {
    /// The key's name.
    pub kid: String,
    /// Its RFC 7638 thumbprint.
    pub thumbprint: String,
}

/// On whose word a participant's key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The operator's alone.
    Operator,
    /// A person's, who compared its fingerprint.
    Confirmed,
    /// An authority's, by a certificate.
    Certificate,
    /// The participant's own, by the key before.
    PreviousKey,
}

impl Grade {
    /// Every grade.
    pub const ALL: [Self; 4] = [Self::Operator, Self::Confirmed, Self::Certificate, Self::PreviousKey];

    /// Its name in a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Confirmed => "confirmed",
            Self::Certificate => "certificate",
            Self::PreviousKey => "previous-key",
        }
    }

    /// The grade of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.name() == name)
    }
}

/// What is wrong with one line.
type Line = std::result::Result<(), String>;

impl Policy {
    /// Reads a policy of at most 256 KiB.
    ///
    /// # Errors
    /// [`Error::TooLong`]; [`Error::Policy`] with the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::TooLong("policy"));
        }
        let mut policy = Self::default();
        let mut quorum = None;
        let mut lines = 0;
        for line in text.lines() {
            lines += 1;
            policy.take(line, &mut quorum).map_err(|why| Error::Policy { line: lines, why })?;
        }
        let quorum = quorum.ok_or(Error::Policy { line: lines + 1, why: "there is no quorum".to_owned() })?;
        policy.quorum = Some(quorum).filter(|name| name != NONE);
        Ok(policy)
    }

    fn take(&mut self, line: &str, quorum: &mut Option<String>) -> Line {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            [OURS, rest @ ..] => self.take_ours(rest),
            [] => Ok(()),
            // Others would skip it, and a limit with it.
            [first, ..] if first.starts_with('#') && is_like_ours(line) => {
                let line = cut(line.trim());
                Err(format!("{line:?} is neither a line after {OURS} nor a comment that can't be taken for one"))
            }
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] | ["log", key, _] => {
                let key = verifier(key, &[KeyType::Ed25519, KeyType::MlDsaCosignature])?;
                self.logs.push(key);
                Ok(())
            }
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, threshold, members @ ..] => self.group(name, threshold, members),
            ["quorum", name] if quorum.is_some() => Err(format!("a second quorum, {name}")),
            ["quorum", name] if *name == NONE || self.is_defined(name) => {
                *quorum = Some((*name).to_owned());
                Ok(())
            }
            ["quorum", name] => Err(format!("{name} is not defined before")),
            [first, ..] => Err(match FORMS.iter().find(|(word, _)| word == first) {
                Some((_, form)) => format!("not as such a line is written: {form}"),
                None => format!("no line begins with {:?}; there are {}", cut(first), forms()),
            }),
        }
    }

    fn take_ours(&mut self, words: &[&str]) -> Line {
        match words {
            ["tsa", name, base64] => self.tsas.push(certificate(name, base64)?),
            ["aged", name, time] => {
                let at = UtcTime::parse(time).ok_or("not a time as YYYY-MM-DDTHH:MM:SS.mmmZ")?;
                // A name that is misspelt would limit nobody.
                if !self.tsas.iter().any(|authority| authority.name == *name) {
                    return Err(format!("{name} is not a tsa before"));
                }
                self.aged.push(Aged { name: (*name).to_owned(), at });
            }
            ["ca", name, base64] => self.cas.push(certificate(name, base64)?),
            ["subject", id, digest] => {
                let digest = sha256_text(digest, "not the digest of a subject")?;
                self.subjects.push(Subject { id: (*id).to_owned(), digest });
            }
            ["pin", role, kid, print] => {
                let thumbprint = thumbprint(print)?;
                self.pins.push(Pin { role: (*role).to_owned(), kid: (*kid).to_owned(), thumbprint });
            }
            ["person", name, jwk @ ..] if !jwk.is_empty() => {
                let key = Jwk::parse_text(&jwk.join(" ")).map_err(|error| error.to_string())?;
                if key.has_private_parts() {
                    return Err("the key has private parts".to_owned());
                }
                self.persons.push(Person { name: (*name).to_owned(), key });
            }
            ["grade", name] => self.grades.push(Grade::of_name(name).ok_or("not a grade")?),
            ["reply-key", kid, print] => {
                self.reply_keys.push(ReplyKey { kid: (*kid).to_owned(), thumbprint: thumbprint(print)? });
            }
            // What a newer reader would understand could be a limit that this one would not keep.
            [first, ..] => {
                return Err(match OUR_FORMS.iter().find(|(word, _)| word == first) {
                    Some((_, form)) => format!("not as such a line is written: {OURS} {form}"),
                    None => format!("no line begins with {OURS} {:?}; there are {}", cut(first), forms()),
                });
            }
            [] => return Err(format!("{OURS} says nothing; there are {}", forms())),
        }
        Ok(())
    }

    fn is_defined(&self, name: &str) -> bool {
        self.witnesses.iter().any(|w| w.name == name) || self.groups.iter().any(|g| g.name == name)
    }

    fn fresh(&self, name: &str) -> std::result::Result<String, String> {
        if name == NONE || self.is_defined(name) {
            return Err(format!("{name} is defined already"));
        }
        Ok(name.to_owned())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Line {
        let name = self.fresh(name)?;
        let key = verifier(key, &[KeyType::Cosignature, KeyType::MlDsaCosignature])?;
        // One key under two names would count twice in a quorum.
        if self.witnesses.iter().any(|w| w.key == key) {
            return Err("the key is another witness's".to_owned());
        }
        self.witnesses.push(Witness { name, key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Line {
        let name = self.fresh(name)?;
        if let Some(unknown) = members.iter().find(|member| !self.is_defined(member)) {
            return Err(format!("{unknown} is not defined before"));
        }
        if members.iter().enumerate().any(|(n, member)| members.iter().take(n).any(|before| before == member)) {
            return Err("a member is named twice".to_owned());
        }
        let threshold = match threshold {
            "any" => 1,
            "all" => members.len(),
            number => number.parse().map_err(|_| "not a threshold")?,
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err("a threshold that its members can't meet, or that asks for nothing".to_owned());
        }
        self.groups.push(Group { name, threshold, members: members.iter().map(|&member| member.to_owned()).collect() });
        Ok(())
    }

    /// The keys of the log with this origin.
    pub fn logs_of<'p>(&'p self, origin: &'p str) -> impl Iterator<Item = &'p VerifierKey> {
        self.logs.iter().filter(move |key| key.name() == origin)
    }

    /// Whether enough witnesses are among the lines that were found good.
    #[must_use]
    pub fn is_met(&self, verified: &[Verified<'_>]) -> bool {
        let mut met: Vec<&str> = self
            .witnesses
            .iter()
            .filter(|witness| verified.iter().any(|line| *line.key == witness.key))
            .map(|witness| witness.name.as_str())
            .collect();
        // A group names only what is defined before it, so one pass is enough.
        for group in &self.groups {
            let count = group.members.iter().filter(|member| met.contains(&member.as_str())).count();
            if count >= group.threshold {
                met.push(&group.name);
            }
        }
        self.quorum.as_deref().is_none_or(|quorum| met.contains(&quorum))
    }
}

/// Whether a comment's first word is [`OURS`] but for a slip: blanks, capitals, other signs or the next word within it, one
/// letter more, less or other, two that changed places.
fn is_like_ours(comment: &str) -> bool {
    let ours: Vec<char> = OURS.chars().filter(|c| c.is_alphanumeric()).collect();
    let text = comment.trim_start_matches(|c: char| !c.is_alphanumeric());
    let first = text.split_whitespace().next().unwrap_or_default();
    let word: Vec<char> = first.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if let Some(rest) = word.strip_prefix(ours.as_slice()) {
        let rest: String = rest.iter().collect();
        return rest.chars().count() < 2 || OUR_FORMS.iter().any(|(name, _)| rest == name.replace('-', ""));
    }
    let before = ours.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let after = ours.iter().rev().zip(word.iter().rev()).take_while(|(a, b)| a == b).count();
    let (longest, shortest) = (ours.len().max(word.len()), ours.len().min(word.len()));
    let changed = longest.saturating_sub(before + after);
    let has_places_changed = changed == 2 && longest == shortest && {
        let pair = |word: &[char]| word.get(before).copied().zip(word.get(before + 1).copied());
        pair(&ours) == pair(&word).map(|(a, b)| (b, a))
    };
    changed <= 1 || has_places_changed
}

/// As much of what somebody wrote as an error repeats.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The first words of all lines, for whoever wrote another.
fn forms() -> String {
    let words = |forms: &[(&str, &str)]| forms.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    format!("{}, and after {OURS} {}", words(FORMS), words(OUR_FORMS))
}

fn verifier(text: &str, kinds: &[KeyType]) -> std::result::Result<VerifierKey, String> {
    let key = VerifierKey::parse(text).map_err(|error| error.to_string())?;
    if kinds.contains(&key.kind()) { Ok(key) } else { Err("a key of another type belongs here".to_owned()) }
}

fn certificate(name: &str, base64: &str) -> std::result::Result<Certificate, String> {
    let der = b64::decode_standard(base64, "certificate").map_err(|error| error.to_string())?;
    jose::certificate::read(&der).map_err(|error| error.to_string())?;
    Ok(Certificate { name: name.to_owned(), der })
}

fn thumbprint(text: &str) -> std::result::Result<String, String> {
    sha256_text(text, "not a thumbprint")
}

fn sha256_text(text: &str, what_else: &str) -> std::result::Result<String, String> {
    match b64::decode(text, "digest") {
        Ok(octets) if octets.len() == 32 => Ok(text.to_owned()),
        _ => Err(what_else.to_owned()),
    }
}

#[cfg(test)]
mod tests;
