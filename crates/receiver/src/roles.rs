//! The registry as a receiver remembers it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use signing::Profile;

use crate::clock::ms;
use crate::fresh::{Fresh, Lives};
use crate::role::{KeysReply, ProfileName, Role, RoleReply};
use crate::server::{Server, ServerError};
use crate::settings::Settings;

/// Participant roles, and the profiles of the realm's own.
pub(crate) struct Roles {
    roles: Fresh<Arc<Role>>,
    profiles: Fresh<Arc<Profile>>,
}

impl Roles {
    pub(crate) fn new(settings: &Settings) -> Self {
        let lives = Lives { known: ms(settings.fresh), unknown: UNKNOWN_MS, stale: ms(settings.stale) };
        // A profile is asked for by its digest, which never means another one.
        let forever = Lives { known: i64::MAX, unknown: UNKNOWN_MS, stale: 0 };
        Self { roles: Fresh::new(MOST_ROLES, lives), profiles: Fresh::new(MOST_PROFILES, forever) }
    }

    /// A role by its id; none where nobody of that name is registered.
    pub(crate) async fn get(&self, server: &Server, id: &str, now: i64) -> Result<Option<Arc<Role>>, ServerError> {
        let Some(segment) = segment(id) else { return Ok(None) };
        self.roles.get(id, now, self.read(server, id, &segment, now)).await
    }

    async fn read(&self, server: &Server, id: &str, segment: &str, now: i64) -> Result<Option<Arc<Role>>, ServerError> {
        let path = format!("/registry/roles/{segment}");
        for _ in 0..ATTEMPTS {
            let Some(role) = get::<RoleReply>(server, &path).await? else { return Ok(None) };
            let Some(keys) = get::<KeysReply>(server, &format!("{path}/keys")).await? else { return Ok(None) };
            // What was changed between the two makes no whole.
            if role.head == keys.head {
                let profile = self.profile(server, &role.profile, now).await?;
                return role.with(id, keys, profile).map(|role| Some(Arc::new(role)));
            }
        }
        Err(ServerError::Away("the role changed whenever it was read".to_owned()))
    }

    async fn profile(&self, server: &Server, name: &ProfileName, now: i64) -> Result<Arc<Profile>, ServerError> {
        let unfit = || ServerError::Untrusted(format!("the profile {:?} is not the one of that digest", name.name));
        let key = format!("{} {} {}", name.name, name.version, name.digest);
        let read = async {
            if let Some(known) = Profile::find(&name.name).filter(|known| name.is_of(known)) {
                return Ok(Some(Arc::new(known.clone())));
            }
            let path = format!("/registry/profiles/{}", segment(&name.name).ok_or_else(unfit)?);
            let reply = server.call(Method::GET, &path, &HeaderMap::new(), &Bytes::new()).await?;
            let text = std::str::from_utf8(&reply.body).map_err(|_| unfit())?;
            let profile = Profile::recorded(text).map_err(|error| ServerError::Untrusted(error.to_string()))?;
            if name.is_of(&profile) { Ok(Some(Arc::new(profile))) } else { Err(unfit()) }
        };
        self.profiles.get(&key, now, read).await?.ok_or_else(unfit)
    }
}

async fn get<T: DeserializeOwned>(server: &Server, path: &str) -> Result<Option<T>, ServerError> {
    let reply = server.call(Method::GET, path, &HeaderMap::new(), &Bytes::new()).await?;
    if reply.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let read = serde_json::from_slice(&reply.body);
    read.map(Some).map_err(|error| ServerError::Untrusted(format!("the reply of {path}: {error}")))
}

/// A name as one segment of a path [RFC3986-3.3]; none for what can be no name.
fn segment(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().all(|c| c == '.') {
        return None;
    }
    let mut segment = String::with_capacity(name.len());
    for octet in name.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => segment.push(char::from(octet)),
            // What could not stand in a header is no name either.
            0..=0x20 | 0x7f.. => return None,
            _ => segment.push_str(&format!("%{octet:02X}")),
        }
    }
    Some(segment)
}

const ATTEMPTS: usize = 3;
const LONGEST_NAME: usize = 255;
const MOST_ROLES: usize = 10_000;
const MOST_PROFILES: usize = 100;
const UNKNOWN_MS: i64 = 5_000;

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_name_is_one_segment_or_none() {
        assert_eq!(segment("lender-1").as_deref(), Some("lender-1"));
        assert_eq!(segment("a/b?c#d%").as_deref(), Some("a%2Fb%3Fc%23d%25"));
        for bad in ["", ".", "..", "a b", "a\r\nb", "ä", "\u{7f}"] {
            assert_eq!(segment(bad), None, "{bad:?}");
        }
        assert_eq!(segment(&"x".repeat(256)), None);
    }
}
