//! Keys that logs go on with. A witness takes them only where it is told where a log is, and the log shows there that a key
//! which counts handed over to them; they are kept, so that the ones before count no more after a new start either.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use ledger::hash::sha256;
use ledger::text::Digest;
use ledger::{VerifierKey, witness};

use super::{Witness, log};
use crate::commands::Failure;
use crate::evidence::tiled::Tiled;
use crate::evidence::{keep, read};

/// Seconds between two looks: anybody can send what no key signed.
const EVERY: u64 = 10;
/// Octets of the longest file of keys.
const LONGEST: usize = 64 * 1024;

/// Where logs are, and what was learnt there.
#[derive(Debug)]
pub(super) struct Following {
    places: Vec<Tiled>,
    folder: PathBuf,
    /// The second of the last look at each log.
    looked: Mutex<HashMap<String, u64>>,
}

impl Following {
    /// The logs at these places; what is known of their keys is kept in a folder.
    pub(super) fn of(places: &[String], authorities: &[PathBuf], folder: PathBuf) -> Result<Self, Failure> {
        let places = places.iter().map(|place| Tiled::open(place, authorities)).collect::<Result<_, Failure>>()?;
        Ok(Self { places, folder, looked: Mutex::default() })
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.places.is_empty()
    }

    /// The keys that go for given ones of a log by now.
    pub(super) fn known(&self, given: &[VerifierKey]) -> Result<Vec<VerifierKey>, Failure> {
        let place = self.place(given);
        if !self.is_wanted() || !place.exists() {
            return Ok(given.to_vec());
        }
        let octets = read(&place, LONGEST)?;
        let text = String::from_utf8(octets).map_err(|_| format!("{} is damaged: remove it", place.display()))?;
        text.lines().map(log).collect()
    }

    fn keep(&self, given: &[VerifierKey], keys: &[VerifierKey]) -> Result<(), Failure> {
        let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
        keep::replace(&self.place(given), lines.as_bytes())
    }

    /// Named by the keys that the witness was started with: with others it begins anew.
    fn place(&self, given: &[VerifierKey]) -> PathBuf {
        let lines: String = given.iter().map(|key| format!("{key}\n")).collect();
        self.folder.join(format!("{}.keys", Digest(sha256(lines.as_bytes()))))
    }

    /// Whether it is time for a look at a log, of those that are known.
    fn may_look(&self, origin: &str, now: u64) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let may = self.is_wanted() && looked.get(origin).is_none_or(|last| now.abs_diff(*last) >= EVERY);
        if may {
            looked.insert(origin.to_owned(), now);
        }
        may
    }
}

impl Witness {
    /// Looks whether the log of a request that no known key signed has new keys; whether it has.
    pub(super) async fn follow(&self, body: &[u8], now: u64) -> bool {
        let Ok(request) = witness::Request::parse(body) else { return false };
        let origin = &request.checkpoint.origin;
        let Some(of_log) = self.logs.get(origin).filter(|_| self.following.may_look(origin, now)) else { return false };
        let before = of_log.keys();
        for place in &self.following.places {
            let followed = match place.followed(&before, origin).await {
                Ok(followed) => followed,
                Err(cause) => {
                    tracing::warn!(%place, %cause, "a log does not show its keys");
                    continue;
                }
            };
            let mut keys = before.clone();
            for one in followed {
                keys.retain(|key| key.kind() != one.key.kind());
                keys.push(one.key);
            }
            if keys == before {
                continue;
            }
            if let Err(cause) = self.following.keep(&of_log.given, &keys) {
                tracing::error!(%cause, "a log's new keys can't be kept, so they don't count");
                return false;
            }
            for key in keys.iter().filter(|key| !before.contains(key)) {
                tracing::warn!(origin, kid = key.kid(), "a log goes on with a key to which the one before handed over");
            }
            of_log.set(keys);
            return true;
        }
        false
    }
}
