//! The realm's public keys: read once, read anew when a key is named that isn't there, and not for ever.

use std::sync::{Arc, PoisonError, RwLock};

use http::{Method, Request, StatusCode};
use http_body_util::Full;
use jose::{Algorithm, JwkSet, VerifyingKey};
use tokio::sync::{Mutex, MutexGuard};

use crate::client::Client;
use crate::clock::{Clock, ms};
use crate::server::ServerError;
use crate::settings::Settings;

/// The keys of one realm.
pub(crate) struct RealmKeys {
    client: Client,
    realm: String,
    clock: Clock,
    time: std::time::Duration,
    kept_ms: i64,
    held: RwLock<Arc<Held>>,
    /// How they were last asked for; whoever holds it asks.
    asked: Mutex<Asked>,
}

struct Asked {
    at_ms: i64,
    failed: Option<ServerError>,
}

#[derive(Default)]
struct Held {
    keys: Vec<Key>,
    /// When they were read, once they were.
    read_ms: Option<i64>,
}

/// A key that may sign tokens or replies.
#[derive(Clone)]
pub(crate) struct Key {
    kid: String,
    /// The one algorithm it is published for, if it is for one.
    algorithm: Option<Algorithm>,
    thumbprint: Arc<str>,
    key: VerifyingKey,
}

impl Key {
    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.key
    }

    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    fn is(&self, kid: &str, algorithm: Algorithm) -> bool {
        self.kid == kid && self.algorithm.is_none_or(|one| one == algorithm) && self.key.serves(algorithm)
    }
}

impl RealmKeys {
    pub(crate) fn new(settings: &Settings, client: Client) -> Self {
        Self {
            client,
            realm: settings.realm.clone(),
            clock: settings.clock.clone(),
            time: settings.server_time,
            kept_ms: ms(settings.keys_kept),
            held: RwLock::default(),
            asked: Mutex::new(Asked { at_ms: i64::MIN, failed: None }),
        }
    }

    /// Whether there are keys that count at this moment.
    pub(crate) fn any(&self) -> bool {
        self.counts(&self.held())
    }

    /// Reads them where there are none that count.
    ///
    /// # Errors
    /// When that can't be done: the server is away, or has no such realm.
    pub(crate) async fn ensure(&self) -> Result<(), ServerError> {
        if self.any() { Ok(()) } else { self.refresh(self.asked.lock().await).await }
    }

    /// The key of that name for that algorithm.
    ///
    /// # Errors
    /// When no keys that count are there and the server can't be asked.
    pub(crate) async fn find(&self, kid: &str, algorithm: Algorithm) -> Result<Option<Key>, ServerError> {
        let find = |held: &Held| held.keys.iter().find(|key| key.is(kid, algorithm)).cloned();
        let held = self.held();
        let found = find(&held);
        let fresh = held.read_ms.is_some_and(|read| (self.clock)() - read < FRESH_MS);
        if found.is_some() && fresh {
            return Ok(found);
        }
        let asked = match found {
            // Older, but it counts: nobody waits for whoever is asking already.
            Some(_) if self.counts(&held) => match self.asked.try_lock() {
                Ok(asked) => asked,
                Err(_) => return Ok(found),
            },
            _ => self.asked.lock().await,
        };
        let refreshed = self.refresh(asked).await;
        let held = self.held();
        match refreshed {
            Err(error) if !self.counts(&held) => Err(error),
            _ => Ok(find(&held)),
        }
    }

    fn held(&self) -> Arc<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn counts(&self, held: &Held) -> bool {
        held.read_ms.is_some_and(|read| (self.clock)() - read < self.kept_ms)
    }

    /// Reads them anew, unless somebody just did: a stranger's made up names must not become calls.
    async fn refresh(&self, mut asked: MutexGuard<'_, Asked>) -> Result<(), ServerError> {
        let now = (self.clock)();
        if now.saturating_sub(asked.at_ms) < PAUSE_MS {
            let moment = || ServerError::Away("the realm's keys were asked for a moment ago".to_owned());
            return Err(asked.failed.clone().unwrap_or_else(moment));
        }
        let keys = self.read().await;
        *asked = Asked { at_ms: (self.clock)(), failed: keys.as_ref().err().cloned() };
        let keys = keys?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Held { keys, read_ms: Some(now) });
        Ok(())
    }

    async fn read(&self) -> Result<Vec<Key>, ServerError> {
        let away = |cause: &dyn std::fmt::Display| ServerError::Away(format!("the realm's keys: {cause}"));
        let address = format!("{}/protocol/openid-connect/certs", self.realm);
        let request = Request::builder().method(Method::GET).uri(address).body(Full::default());
        let request = request.map_err(|cause| away(&cause))?;
        let reply = self.client.call(request, BOUND, self.time).await.map_err(|cause| away(&cause))?;
        if reply.status() == StatusCode::NOT_FOUND {
            return Err(ServerError::Refused(404, format!("there is no such realm at {}", self.realm)));
        }
        if !reply.status().is_success() {
            return Err(away(&reply.status()));
        }
        let text = std::str::from_utf8(reply.body()).map_err(|cause| away(&cause))?;
        let set = JwkSet::parse_text(text).map_err(|cause| away(&cause))?;
        Ok(set.keys.iter().filter_map(usable).collect())
    }
}

/// A named public key for signatures.
fn usable(jwk: &jose::Jwk) -> Option<Key> {
    if jwk.has_private_parts() || jwk.key_use.as_deref().is_some_and(|of| of != "sig") {
        return None;
    }
    let algorithm = match jwk.alg.as_deref() {
        Some(name) => Some(Algorithm::parse(name)?),
        None => None,
    };
    let key = VerifyingKey::from_jwk(jwk).ok()?;
    Some(Key { kid: jwk.kid.clone()?, algorithm, thumbprint: jwk.thumbprint().into(), key })
}

const BOUND: usize = 256 * 1024;
const FRESH_MS: i64 = 5 * 60 * 1000;
const PAUSE_MS: i64 = 3000;
