//! Keys that clients publish [OIDCR-2: jwks, jwks_uri], [KC 4.9]: by value in the attribute `jwks.string`, behind
//! `jwks.url`, or as the one certificate or public key in `jwt.credential.*`.
//!
//! What is fetched is kept for [`KEEP_MS`]. A `kid` that isn't in the set asks again, though not within [`PAUSE_MS`];
//! the same pause follows a failure, during which keys fetched before still count. Requests for one URL at one moment
//! share one fetch.

use std::sync::{Arc, OnceLock};

use domain::ports::Outbound;
use jose::{Algorithm, Compact, Jwk, JwkSet, Material, VerifyingKey};
use model::Client;
use quick_cache::sync::Cache;

use crate::cx::Cx;

/// Keys of clients, parsed and kept, bounded by the size of their text.
pub struct ForeignKeys {
    sets: Cache<String, Arc<ClientKeys>, Weigh>,
}

/// The keys of one client.
pub struct ClientKeys {
    /// The keys as published.
    pub set: JwkSet,
    prepared: Vec<OnceLock<Option<VerifyingKey>>>,
    /// Octets of the text that they were read from.
    size: usize,
    /// When they came, in milliseconds; 0 for never.
    fetched_ms: i64,
    /// When the last attempt was made.
    tried_ms: i64,
}

/// What a client's keys say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One of them made it.
    Verified,
    /// None of them has the name, or suits the algorithm where there is no name.
    NoKey,
    /// None of them made it.
    Wrong,
}

impl Default for ForeignKeys {
    fn default() -> Self {
        Self { sets: Cache::with_weighter(SETS, SETS_BYTES, Weigh) }
    }
}

impl ForeignKeys {
    /// The keys that a client publishes; where they are behind a URL, fetched anew if `kid` isn't among those kept.
    pub async fn of(&self, cx: &Cx<'_>, client: &Client, kid: Option<&str>) -> Arc<ClientKeys> {
        if client.switch("use.jwks.url") {
            return match client.attribute("jwks.url") {
                Some(url) => self.fetch(&*cx.core().outbound, url, kid, cx.now_ms).await,
                None => Arc::default(),
            };
        }
        if client.switch("use.jwks.string") {
            let text = client.attribute("jwks.string").unwrap_or_default();
            return self.kept("set", text, || ClientKeys::parse(text.as_bytes(), 0));
        }
        let given = client.attribute("jwt.credential.kid");
        match (client.attribute("jwt.credential.certificate"), client.attribute("jwt.credential.public.key")) {
            (Some(text), _) => {
                let read = || jose::certificate::read(&jose::key::certificate_der(text)?).map(|c| c.spki);
                self.kept("certificate", text, || ClientKeys::one(read(), given))
            }
            (None, Some(text)) => self.kept("key", text, || ClientKeys::one(jose::key::public_der(text), given)),
            (None, None) => Arc::default(),
        }
    }

    fn kept(&self, kind: &str, text: &str, read: impl FnOnce() -> ClientKeys) -> Arc<ClientKeys> {
        let key = format!("{kind} {}", jose::certificate::thumbprint_sha256(text.as_bytes()));
        self.sets.get(&key).unwrap_or_else(|| {
            let keys = Arc::new(read());
            self.sets.insert(key, Arc::clone(&keys));
            keys
        })
    }

    async fn fetch(&self, outbound: &dyn Outbound, url: &str, kid: Option<&str>, now_ms: i64) -> Arc<ClientKeys> {
        let key = format!("url {url}");
        let mut old: Option<Arc<ClientKeys>> = None;
        loop {
            match self.sets.get_value_or_guard_async(key.as_str()).await {
                Ok(kept) if !kept.is_stale(kid, now_ms) => return kept,
                Ok(kept) => {
                    // Only who finds the very set that was stale takes it away; the others wait for its successor.
                    self.sets.remove_if(key.as_str(), |present| Arc::ptr_eq(present, &kept));
                    old = Some(kept);
                }
                Err(place) => {
                    let keys = Arc::new(match outbound.fetch(url).await {
                        Ok(body) => ClientKeys { tried_ms: now_ms, ..ClientKeys::parse(&body, now_ms) },
                        Err(error) => {
                            tracing::warn!(url = url.split(['?', '#']).next(), %error, "a client's keys could not be fetched");
                            ClientKeys::without_news(old.as_deref(), now_ms)
                        }
                    });
                    // Refused only where the set was replaced meanwhile; this request is served all the same.
                    let _replaced = place.insert(Arc::clone(&keys));
                    return keys;
                }
            }
        }
    }
}

impl Default for ClientKeys {
    fn default() -> Self {
        Self::new(JwkSet::default(), 0, 0)
    }
}

impl ClientKeys {
    fn new(set: JwkSet, size: usize, now_ms: i64) -> Self {
        let prepared = set.keys.iter().map(|_| OnceLock::new()).collect();
        Self { set, prepared, size, fetched_ms: now_ms, tried_ms: now_ms }
    }

    fn parse(body: &[u8], now_ms: i64) -> Self {
        let set = std::str::from_utf8(body).ok().and_then(|text| {
            JwkSet::parse_text(text).inspect_err(|error| tracing::warn!(%error, "a client's keys can't be read")).ok()
        });
        Self::new(set.unwrap_or_default(), body.len(), now_ms)
    }

    fn one(spki: jose::Result<Vec<u8>>, kid: Option<&str>) -> Self {
        let read = spki.and_then(|der| {
            let mut jwk = Jwk::new(Material::from_spki(&der)?);
            jwk.kid = Some(kid.map_or_else(|| jose::kid_of_spki(&der), str::to_owned));
            Ok(jwk)
        });
        let keys = read.inspect_err(|error| tracing::warn!(%error, "a client's key can't be read")).into_iter();
        Self::new(JwkSet { keys: keys.collect() }, 0, 0)
    }

    /// What remains when a fetch fails: the old keys for as long as they may serve, else none.
    fn without_news(old: Option<&Self>, now_ms: i64) -> Self {
        match old.filter(|o| o.fetched_ms > 0 && now_ms - o.fetched_ms < LAST_RESORT_MS) {
            Some(old) => Self { tried_ms: now_ms, ..Self::new(old.set.clone(), old.size, old.fetched_ms) },
            None => Self { tried_ms: now_ms, ..Self::default() },
        }
    }

    fn is_stale(&self, kid: Option<&str>, now_ms: i64) -> bool {
        let lacks = kid.is_some_and(|kid| self.set.find(kid).is_none());
        now_ms - self.tried_ms >= PAUSE_MS && (lacks || now_ms - self.fetched_ms >= KEEP_MS)
    }

    /// Judges a signature. The algorithm has been allowed by the caller; a shared secret among the keys never counts.
    pub fn verify(&self, token: &Compact<'_>, algorithm: Algorithm) -> Verdict {
        let kid = token.header.kid();
        if algorithm.kty() == jose::KeyType::Oct || kid.is_some_and(|kid| self.set.find(kid).is_none()) {
            return Verdict::NoKey;
        }
        let mut verdict = if kid.is_some() { Verdict::Wrong } else { Verdict::NoKey };
        for candidate in self.set.verification_candidates(kid, algorithm).take(CANDIDATES) {
            let place = self.set.keys.iter().position(|key| std::ptr::eq(key, candidate));
            let Some(cell) = place.and_then(|n| self.prepared.get(n)) else { continue };
            let key = cell.get_or_init(|| VerifyingKey::from_jwk(candidate).ok());
            match key.as_ref().map(|key| token.verify(key)) {
                Some(Ok(())) => return Verdict::Verified,
                _ => verdict = Verdict::Wrong,
            }
        }
        verdict
    }
}

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<String, Arc<ClientKeys>> for Weigh {
    fn weight(&self, key: &String, keys: &Arc<ClientKeys>) -> u64 {
        (512 + key.len() + keys.size * 3) as u64
    }
}

/// Sets kept, about.
const SETS: usize = 500;
/// All sets together take about this many octets at the most.
const SETS_BYTES: u64 = 1024 * 1024;
/// Fetched keys serve this long without being asked for again.
const KEEP_MS: i64 = 10 * 60 * 1000;
/// No URL is asked again within this time.
const PAUSE_MS: i64 = 10 * 1000;
/// Fetched keys serve this long while their URL doesn't answer.
const LAST_RESORT_MS: i64 = 24 * 3600 * 1000;
/// Keys tried for a signature that names none.
const CANDIDATES: usize = 8;

#[cfg(test)]
mod tests;
