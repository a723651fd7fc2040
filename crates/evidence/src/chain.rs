//! A role's chain in the registry, and on whose word its keys stand.

use jose::{Compact, VerifyingKey};
use ledger::leaf::Kind;
use ledger::policy::Grade;
use ledger::{Hash, Policy};
use registry::{Change, Key, Moment, Participant, Record, Role, Word, record, voucher};

use crate::bundle::Entry;
use crate::certificate;
use crate::log::Log;

/// Records of a chain that are in the log, in their order.
struct Opened<'b> {
    records: Vec<&'b [u8]>,
    indexes: Vec<u64>,
    leaves: Vec<Hash>,
}

impl<'b> Opened<'b> {
    fn of(entries: &'b [Entry], log: &Log) -> Result<Self, String> {
        let mut opened = Self { records: Vec::new(), indexes: Vec::new(), leaves: Vec::new() };
        for (n, entry) in entries.iter().enumerate() {
            let named = |why: &dyn std::fmt::Display| format!("record {}: {why}", n + 1);
            let leaf = log.open(entry, Kind::Registry).map_err(|why| named(&why))?;
            let record = Record::parse(&entry.record.0).map_err(|why| named(&why))?;
            if u64::try_from(record.recorded_at.ms()).ok() != Some(leaf.at_ms) {
                return Err(named(&"its time is not its leaf's"));
            }
            log.may_be_from(entry.index, leaf.at_ms).map_err(|why| named(&why))?;
            if opened.indexes.last().is_some_and(|before| *before >= entry.index) {
                return Err(named(&"it stands in the log before the record that it follows"));
            }
            opened.records.push(&entry.record.0);
            opened.indexes.push(entry.index);
            opened.leaves.push(leaf.id());
        }
        Ok(opened)
    }
}

/// The organisation as its chain has it.
pub(crate) fn open_participant(entries: &[Entry], log: &Log) -> Result<Participant, String> {
    let opened = Opened::of(entries, log)?;
    let participant = Participant::fold(opened.records).map_err(|error| error.to_string())?;
    participant.ok_or_else(|| "it has no record".to_owned())
}

/// A role's chain whose records are in the log, in their order.
pub(crate) struct Chain<'b> {
    /// The role as all its records together say.
    pub(crate) role: Role,
    records: Vec<&'b [u8]>,
    indexes: Vec<u64>,
    leaves: Vec<Hash>,
}

impl<'b> Chain<'b> {
    /// Opens a chain: each record is in the log, later than the one before, and names it.
    pub(crate) fn open(entries: &'b [Entry], log: &Log) -> Result<Self, String> {
        let Opened { records, indexes, leaves } = Opened::of(entries, log)?;
        let role = Role::fold(records.iter().copied()).map_err(|error| error.to_string())?;
        let role = role.ok_or("it has no record")?;
        Ok(Self { role, records, indexes, leaves })
    }

    /// The role as it was when the record with this digest was its newest, for a verdict at this place of the log.
    pub(crate) fn role_at(&self, head: &Hash, index: u64) -> Result<Role, String> {
        let digest = jose::b64::encode(head);
        let known = self.records.iter().position(|octets| record::digest(octets) == digest);
        let count = known.ok_or("the chain does not hold the record that the verdict names as newest")? + 1;
        let in_log = self.indexes.iter().filter(|at| **at < index).count();
        if in_log != count {
            let what = if in_log > count {
                "left out a record of the role that was in the log"
            } else {
                "names a record that was not in the log yet"
            };
            return Err(format!("the verdict {what}"));
        }
        let role = Role::fold(self.records.iter().copied().take(count)).map_err(|error| error.to_string())?;
        role.ok_or_else(|| "the chain has no record".to_owned())
    }

    /// The role as the log had it before this place; None where it had no record of it yet.
    pub(crate) fn before(&self, index: u64) -> Option<Role> {
        let count = self.indexes.iter().filter(|at| **at < index).count();
        Role::fold(self.records.iter().copied().take(count)).ok().flatten()
    }

    /// How far the chain is shown, in words.
    pub(crate) fn shown(&self) -> String {
        let last = self.indexes.last().copied().unwrap_or(0);
        format!("{} records, the last at index {last}", self.records.len())
    }

    /// The place of the record that brought a key.
    pub(crate) fn index_of(&self, kid: &str) -> Option<u64> {
        let brings = |octets: &&[u8]| {
            let change = Record::parse(octets).map(|record| record.change);
            matches!(change, Ok(Change::KeyAdded { kid: added, .. }) if added == kid)
        };
        let at = self.records.iter().position(brings)?;
        self.indexes.get(at).copied()
    }

    /// Ids of its leaves.
    pub(crate) fn leaves(&self) -> &[Hash] {
        &self.leaves
    }
}

/// On whose word a key stands, in words; an error where that isn't enough for this trust.
pub(crate) fn word(role: &Role, key: &Key, policy: &Policy) -> Result<String, String> {
    let is_pinned =
        policy.pins.iter().any(|pin| pin.role == role.id && pin.kid == key.kid && pin.thumbprint == key.thumbprint);
    if is_pinned {
        return Ok("the reader's own word, who pinned it".to_owned());
    }
    let said = match &key.word {
        Word::Operator => "the operator's word alone".to_owned(),
        Word::PreviousKey { kid, jws } => previous(role, key, kid, jws, policy)?,
        Word::Certificate { x5c } => certified(role, key, x5c, policy)?,
        Word::Confirmed { name, jws } => confirmed(role, key, name, jws, policy)?,
    };
    match Grade::of_name(key.word.grade()).filter(|grade| policy.grades.contains(grade)) {
        Some(_) => Ok(said),
        None => Err(format!("it stands on {said}, which this trust does not accept")),
    }
}

/// A certificate says whose key it is; that its subject is this participant, only the reader can say.
fn certified(role: &Role, key: &Key, x5c: &[String], policy: &Policy) -> Result<String, String> {
    let subject = voucher::certified(x5c, key.verifying()).map_err(|error| error.to_string())?;
    let root = certificate::verify_x5c(x5c, &policy.cas, key.added.seconds())?;
    let own = x5c.first().ok_or("there is no certificate")?;
    let digest = certificate::subject_digest(own)?.to_string();
    let mut subjects = policy.subjects.iter().filter(|named| named.digest == digest);
    match subjects.any(|named| named.id == role.id || named.id == role.participant_id) {
        true => Ok(format!("a certificate of {subject} under {root}")),
        false => Err(format!(
            "its certificate of {subject} under {root} is for nobody that this trust names as {} or {} (that would be: \
             subject {} {digest}), so its grade is not certificate",
            role.id, role.participant_id, role.participant_id
        )),
    }
}

/// A key that a previous one vouched for stands no better than that one.
fn previous(role: &Role, key: &Key, kid: &str, jws: &str, policy: &Policy) -> Result<String, String> {
    let earlier = role.keys.iter().take_while(|other| other.kid != key.kid);
    let previous = earlier.clone().find(|other| other.kid == kid).ok_or("it names a previous key that is not there")?;
    if !previous.counts(key.added) {
        return Err(format!("the previous key {kid:?} did not count any more when it vouched"));
    }
    voucher::previous_key(jws, previous.verifying(), &role.id, &key.thumbprint).map_err(|error| error.to_string())?;
    let word =
        word(role, previous, policy).map_err(|why| format!("its previous key {kid:?} vouched for it, but {why}"))?;
    Ok(format!("the word of its previous key {kid:?}, which stands on {word}"))
}

fn confirmed(role: &Role, key: &Key, name: &str, jws: &str, policy: &Policy) -> Result<String, String> {
    let said = voucher::confirmed_by(jws, &role.id, &key.thumbprint).map_err(|error| error.to_string())?;
    let signed = |person: &&ledger::policy::Person| {
        let verifying = VerifyingKey::from_jwk(&person.key);
        let compact = Compact::parse(jws);
        matches!((verifying, compact), (Ok(key), Ok(compact)) if compact.verify(&key).is_ok())
    };
    let person = policy.persons.iter().filter(|person| person.name == name && name == said).find(signed);
    let person =
        person.ok_or_else(|| format!("{name} is said to have confirmed it, without a key of theirs in this trust"))?;
    Ok(format!("the word of {}, who confirmed its fingerprint", person.name))
}

/// The keys on whose word a key stands, one after the other, each with the moment of its word.
pub(crate) fn vouchers(role: &Role, kid: &str) -> Vec<(String, Moment)> {
    let mut found: Vec<(String, Moment)> = Vec::new();
    let mut next = role.key(kid);
    while let Some((Word::PreviousKey { kid, .. }, added)) = next.map(|key| (&key.word, key.added)) {
        // Each stands before the one that it vouches for, so none comes twice.
        if found.len() >= role.keys.len() {
            break;
        }
        found.push((kid.clone(), added));
        next = role.key(kid);
    }
    found
}

/// What the role's later records say against a key at a moment that it counted for.
pub(crate) fn later_doubt(role: &Role, kid: &str, at: Moment) -> Option<String> {
    let key = role.key(kid)?;
    let since = key.revoked_since.filter(|since| *since <= at)?;
    let reason = key.reason.as_deref().unwrap_or("no reason given");
    Some(format!(
        "the key {kid:?} was revoked later, as of {since} ({reason}), and had been used after that; the ledger heard of it only then"
    ))
}
