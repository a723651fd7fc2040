//! Whose log it is: the keys by which heads of the server's log count. Those that were given, or else those that were there
//! at first use; and from then on the ones to which these hand the log over. Another log is followed only where nobody named
//! one, and it shows that it goes on from the one that is known.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use evidence::told::Told;
use http::StatusCode;
use ledger::{Checkpoint, KeyType, Note, VerifierKey};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::heads::Head;
use crate::receiver::Receiver;
use crate::server::ServerError;
use crate::settings::Settings;

/// A log's keys as a receiver knows them, for its next life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownKeys {
    /// The realm whose log it is.
    pub realm: String,
    /// The keys that were given, in their text form; none where the first use told them.
    pub given: Vec<String>,
    /// The keys that count, each with the size of the log from which on it signs.
    pub keys: Vec<(u64, String)>,
}

/// The keys of the server's log.
pub(crate) struct Logs {
    /// What the receiver was told, to begin anew when it is told otherwise.
    told: KnownKeys,
    clock: Clock,
    keys: RwLock<Arc<Vec<Key>>>,
    /// The note that was found good last: within a second each message brings the same.
    last: Mutex<Option<(Arc<str>, Head)>>,
    /// How the log was last asked for its keys; whoever holds it asks.
    asked: tokio::sync::Mutex<Asked>,
    /// The log that was left for the one that is known, in this life.
    left: Mutex<Option<String>>,
    /// The log that would be followed, were a receipt of it.
    shown: Mutex<Option<String>>,
}

/// A key, and the size from which on it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    from: u64,
    key: VerifierKey,
}

/// The keys that a log shows to count.
struct Learnt {
    keys: Vec<Key>,
    /// Which log was left for it.
    left: Option<String>,
}

struct Asked {
    at_ms: i64,
    failed: Option<ServerError>,
}

/// A head that came, whoever signed it.
struct Shown {
    note: Note,
    head: Head,
}

impl Logs {
    /// The keys that were given, or what an earlier life made of the same ones.
    ///
    /// # Errors
    /// When what is known of an earlier life can't be read.
    pub(crate) fn new(settings: &Settings) -> Result<Self, ledger::Error> {
        let given = settings.logs.iter().map(ToString::to_string).collect();
        let told = KnownKeys { realm: settings.realm.clone(), given, keys: Vec::new() };
        let known = settings.seen.keys.as_ref().filter(|known| known.realm == told.realm && known.given == told.given);
        let keys = match known {
            Some(known) => known
                .keys
                .iter()
                .map(|(from, text)| Ok(Key { from: *from, key: VerifierKey::parse(text)? }))
                .collect::<Result<_, ledger::Error>>()?,
            None => settings.logs.iter().map(|key| Key { from: 0, key: key.clone() }).collect(),
        };
        Ok(Self {
            told,
            clock: settings.clock.clone(),
            keys: RwLock::new(Arc::new(keys)),
            last: Mutex::default(),
            asked: tokio::sync::Mutex::new(Asked { at_ms: i64::MIN, failed: None }),
            left: Mutex::default(),
            shown: Mutex::default(),
        })
    }

    /// What whoever looks after this has to know of the log, if anything.
    fn notices(&self) -> Vec<String> {
        let keys = self.keys();
        let unnamed = keys.last().filter(|_| self.told.given.is_empty()).map(|last| {
            format!(
                "server.logs names no log: that of {} is believed on the word of the server's first answers. Ask the \
                 operator for its line, by another way than from the server, and name it there",
                last.key
            )
        });
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        unnamed.into_iter().chain(left).chain(shown).collect()
    }

    /// Whether any log's keys are known.
    fn is_known(&self) -> bool {
        !self.keys().is_empty()
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, keys: Vec<Key>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    fn known(&self, keys: &[Key]) -> KnownKeys {
        let keys = keys.iter().map(|one| (one.from, one.key.to_string())).collect();
        KnownKeys { keys, ..self.told.clone() }
    }

    /// The head of a note that was found good a moment ago.
    fn found_good(&self, text: &str) -> Option<Head> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(known, _)| **known == *text).map(|(_, head)| head.clone())
    }

    fn remember(&self, text: &str, head: &Head) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((text.into(), head.clone()));
    }
}

/// Whether a head is signed by a key of its log that signs at its size. None does while several might have begun.
fn is_signed(keys: &[Key], shown: &Shown) -> bool {
    let of_log = || keys.iter().filter(|one| one.is_for(shown));
    let is_begun = of_log().filter(|one| one.from == 0).count() < 2;
    let mut signing = of_log().filter(|one| one.signs_at(shown.head.size, keys));
    is_begun && signing.any(|one| shown.note.verify_one(&one.key).is_ok())
}

impl Receiver {
    /// What whoever looks after this has to know of the server's log, if anything: that nobody named it, or that it was left
    /// for another.
    pub fn notices(&self) -> Vec<String> {
        self.0.logs.notices()
    }

    /// Looks whether the server still shows the log that is known, or one that it was handed over to or left for. Nothing is
    /// learnt by that: the server signs its word on messages, and not what it shows of its log to everybody.
    ///
    /// # Errors
    /// When it shows another, or none.
    pub async fn look_at_log(&self) -> Result<(), ServerError> {
        if !self.0.logs.is_known() {
            return Ok(());
        }
        let reply = self.0.server.fetch("/evidence/checkpoint").await?;
        if reply.status() != StatusCode::OK {
            return Err(ServerError::Refused(reply.status().as_u16(), "it shows no head of its log".to_owned()));
        }
        let text = std::str::from_utf8(reply.body()).map_err(|_| untrusted("the log's head is not text"))?;
        let (logs, shown) = (&self.0.logs, read(text)?);
        let keys = logs.keys();
        let left = match is_signed(&keys, &shown) {
            true => None,
            false => self.ask_for_keys(&keys, &shown).await?.left,
        };
        let soon = left.map(|left| format!("the server shows that {left}: followed with the first receipt of it"));
        *logs.shown.lock().unwrap_or_else(PoisonError::into_inner) = soon;
        Ok(())
    }

    /// The head that came in a signed reply, with a receipt for a log, once it was found to be signed by a key of the log
    /// that is known; none while the log is empty yet.
    ///
    /// # Errors
    /// For a head of another log, or one that no key which counts signed.
    pub(crate) async fn signed_head(&self, origin: &str, text: Option<&str>) -> Result<Option<Head>, ServerError> {
        let logs = &self.0.logs;
        let Some(text) = text else {
            return match logs.is_known() && !logs.keys().iter().any(|one| one.key.name() == origin) {
                true => Err(self.another(origin)),
                false => Ok(None),
            };
        };
        if let Some(head) = logs.found_good(text).filter(|head| head.origin == origin) {
            return Ok(Some(head));
        }
        let shown = read(text)?;
        if shown.head.origin != origin {
            return Err(untrusted("the receipt's checkpoint is another log's"));
        }
        if !is_signed(&logs.keys(), &shown) {
            self.learn(&shown).await?;
        }
        logs.remember(text, &shown.head);
        Ok(Some(shown.head))
    }

    /// Asks the log who may sign this head besides the keys that are known, and keeps what it shows.
    async fn learn(&self, shown: &Shown) -> Result<(), ServerError> {
        let logs = &self.0.logs;
        let mut asked = logs.asked.lock().await;
        // Somebody may have asked meanwhile.
        let keys = logs.keys();
        if is_signed(&keys, shown) {
            return Ok(());
        }
        let now = (logs.clock)();
        if let Some(error) = asked.failed.as_ref().filter(|_| now.saturating_sub(asked.at_ms) < PAUSE_MS) {
            return Err(error.clone());
        }
        let learnt = self.ask_for_keys(&keys, shown).await;
        *asked = Asked { at_ms: (logs.clock)(), failed: learnt.as_ref().err().cloned() };
        let Learnt { keys: learnt, left } = learnt?;
        if let Some(keep) = &self.0.settings.keep {
            let kept = keep.log_keys(logs.known(&learnt)).await;
            kept.map_err(|cause| ServerError::NotKept(format!("the log's keys: {cause}")))?;
        }
        match &left {
            Some(left) => tracing::warn!(left, "another log is followed, since no key of a log is configured"),
            None if keys.is_empty() => {
                let key = learnt.last().map(|one| one.key.to_string());
                tracing::warn!(key, "no key of the log is configured: this one is believed since it is there first");
            }
            None => {
                for Key { key, .. } in learnt.iter().filter(|one| !keys.contains(one)) {
                    let (origin, key) = (key.name(), key.kid());
                    tracing::warn!(origin, key, "the log goes on with a key to which the one before handed it over");
                }
            }
        }
        if left.is_some() {
            *logs.left.lock().unwrap_or_else(PoisonError::into_inner) = left;
            *logs.shown.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        logs.set(learnt);
        self.0.heads.leave_others(&shown.head.origin);
        Ok(())
    }

    async fn ask_for_keys(&self, known: &[Key], shown: &Shown) -> Result<Learnt, ServerError> {
        let origin = &shown.head.origin;
        let is_another = !known.is_empty() && !known.iter().any(|one| one.key.name() == origin);
        if is_another && !self.0.logs.told.given.is_empty() {
            return Err(self.another(origin));
        }
        let begun = begun(known, shown);
        if is_signed(&begun, shown) {
            return Ok(Learnt { keys: begun, left: None });
        }
        let reply = self.0.server.fetch("/evidence/keys").await?;
        if reply.status() != StatusCode::OK {
            return Err(ServerError::Refused(reply.status().as_u16(), "it tells no keys of its log".to_owned()));
        }
        let told = Told::parse(reply.body()).map_err(|why| untrusted(&why))?;
        let learnt = match known.is_empty() {
            true => Learnt { keys: self.first(&told, shown)?, left: None },
            false if is_another => self.moved(known, &told, shown).await?,
            false => Learnt { keys: followed(&begun, &told, origin), left: None },
        };
        match is_signed(&learnt.keys, shown) {
            true => Ok(learnt),
            false => Err(untrusted(&format!(
                "a head of the log {origin} is signed by no key of it that is known, nor by one to which it handed over"
            ))),
        }
    }

    /// The key of the log that is there at first use, unless receipts were kept of another before.
    fn first(&self, told: &Told, shown: &Shown) -> Result<Vec<Key>, ServerError> {
        let origin = &shown.head.origin;
        let seen = &self.0.settings.seen.heads;
        if !seen.is_empty() && !seen.iter().any(|head| head.origin == *origin) {
            return Err(self.another(origin));
        }
        Ok(signing(told, shown))
    }

    /// The key of a log that goes on from the one that is known: its first entry commits to a head which the known key
    /// signed, and which continues what was seen.
    async fn moved(&self, known: &[Key], told: &Told, shown: &Shown) -> Result<Learnt, ServerError> {
        let origin = &shown.head.origin;
        let Some(first) = &told.first else { return Err(self.another(origin)) };
        let Some(note) = self.goes_on_from(first, &shown.head).await? else { return Err(self.another(origin)) };
        let committed = read(&note)?;
        if !is_signed(known, &committed) {
            return Err(self.another(origin));
        }
        let (old, seen) = (&committed.head, self.0.heads.seen().map_err(ServerError::Untrusted)?);
        for seen in seen.iter().filter(|seen| seen.origin == old.origin && *seen != old) {
            if seen.size >= old.size || !self.continues(seen, old).await? {
                return Err(untrusted(&format!(
                    "its log {origin} goes on from {} leaves of {}, and that is not shown to hold the {} leaves that were \
                     seen here: receipts were lost. Keep yours; name the new log in server.logs to go on",
                    old.size, old.origin, seen.size
                )));
            }
        }
        let left = format!("the log {} was left for {origin}, whose first entry commits to its last head", old.origin);
        Ok(Learnt { keys: signing(told, shown), left: Some(left) })
    }

    /// Another log than the one that is known.
    fn another(&self, origin: &str) -> ServerError {
        let keys = self.0.logs.keys();
        let mut known: Vec<&str> = keys.iter().map(|one| one.key.name()).collect();
        known.extend(self.0.settings.seen.heads.iter().map(|head| head.origin.as_str()).filter(|_| keys.is_empty()));
        known.dedup();
        untrusted(&format!(
            "its log is {origin}, and not {}. If the operator left one log for another, ask for the new log's line, by \
             another way than from the server, and name it in server.logs",
            known.join(", ")
        ))
    }
}

/// The key among those that a log tells of which signed a head.
fn signing(told: &Told, shown: &Shown) -> Vec<Key> {
    let keys = told.verifiers.iter().filter_map(|text| VerifierKey::parse(text).ok());
    let signs = |key: &VerifierKey| {
        key.kind() == KeyType::Ed25519 && key.name() == shown.head.origin && shown.note.verify_one(key).is_ok()
    };
    keys.filter(signs).map(|key| Key { from: 0, key }).take(1).collect()
}

/// Of the keys of one type that were given for one log, one: that which signs the first head that is seen, or else the first.
/// From when on the others sign, the log shows by how they took over; before, all would sign for ever.
fn begun(given: &[Key], shown: &Shown) -> Vec<Key> {
    let signs = |one: &&Key| one.is_for(shown) && shown.note.verify_one(&one.key).is_ok();
    let (first, others): (Vec<&Key>, Vec<&Key>) = given.iter().partition(signs);
    let mut begun: Vec<Key> = Vec::new();
    for one in first.into_iter().chain(others) {
        let beside = |other: &Key| {
            let is_same = other.key.name() == one.key.name() && other.key.kind() == one.key.kind();
            is_same && other.from == 0 && one.from == 0
        };
        if !begun.iter().any(beside) {
            begun.push(one.clone());
        }
    }
    begun
}

/// Keys that count once the log showed how they took over.
fn followed(known: &[Key], told: &Told, origin: &str) -> Vec<Key> {
    let mut keys = known.to_vec();
    for handover in &told.handovers {
        // Only what signs now hands over.
        let signing = keys.iter().filter(|one| one.signs_at(u64::MAX, &keys));
        let before: Vec<VerifierKey> = signing.map(|one| one.key.clone()).collect();
        if let Ok((since, key)) = handover.follow(origin, &before)
            && !keys.iter().any(|one| one.key == key)
        {
            keys.push(Key { from: since.size, key });
        }
    }
    keys
}

impl Key {
    /// Whether its signature may be on such a head: a receipt carries the line of Ed25519 alone.
    fn is_for(&self, shown: &Shown) -> bool {
        self.key.name() == shown.head.origin && self.key.kind() == KeyType::Ed25519
    }

    /// Whether it signs at that size: the head by which another took over is the last one that it signs.
    fn signs_at(&self, size: u64, keys: &[Self]) -> bool {
        let same = |one: &&Self| one.key.name() == self.key.name() && one.key.kind() == self.key.kind();
        self.from <= size && !keys.iter().filter(same).any(|later| later.from > self.from && later.from < size)
    }
}

fn read(text: &str) -> Result<Shown, ServerError> {
    let note = Note::parse(text.as_bytes()).map_err(|_| untrusted("the log's head is no note"))?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|_| untrusted("the log's head is no checkpoint"))?;
    Ok(Shown { note, head: Head::from(&checkpoint) })
}

fn untrusted(why: &str) -> ServerError {
    ServerError::Untrusted(why.to_owned())
}

/// After a failure others are told the same for so long.
const PAUSE_MS: i64 = 2_000;
