//! Whether messages can pass: what the server and the registry say of the gateway's own role, beside what it was told. So
//! a mistake is in the log and in the health at the start, and not in the first refusal of another participant.

use jose::SigningKey;
use receiver::{Receiver, Role, ServerError, Settings};
use serde_json::Value;
use signing::Profile;
use signing::sender::Standing;
use tokio::sync::Mutex;

use crate::config::Config;

/// Looks, and remembers for a while what it saw, however often it is asked.
pub(crate) struct Own {
    receiver: Receiver,
    /// Whether messages are put on record, and so whether the server must allow that.
    records: bool,
    /// Whether messages go to other participants.
    sends: bool,
    /// Whether messages pass while the server is away.
    spools: bool,
    seen: Mutex<Option<Seen>>,
}

struct Seen {
    at_ms: i64,
    /// What was found then.
    found: Vec<String>,
    /// What was said last.
    reasons: Vec<String>,
}

impl Own {
    pub(crate) fn new(receiver: Receiver, config: &Config) -> Self {
        let recorded = config.outbound.as_ref().is_some_and(|outbound| outbound.record_replies);
        Self {
            receiver,
            records: config.inbound.is_some() || recorded,
            sends: config.outbound.is_some(),
            spools: config.spool.is_some(),
            seen: Mutex::default(),
        }
    }

    /// Why no message can pass, or not each; nothing where all is well. What is new is logged.
    pub(crate) async fn reasons(&self) -> Vec<String> {
        let mut seen = self.seen.lock().await;
        let now_ms = (self.receiver.settings().clock)();
        let counts = |seen: &&Seen| {
            let counts = if seen.found.is_empty() { GOOD_MS } else { BAD_MS };
            now_ms.saturating_sub(seen.at_ms) < counts
        };
        let (at_ms, found) = match seen.as_ref().filter(counts) {
            Some(seen) => (seen.at_ms, seen.found.clone()),
            None => (now_ms, self.look(now_ms / 1000).await),
        };
        // What the last message met with is not waited for.
        let met = self.receiver.trouble().map(|error| self.unserved("the last message", &error));
        let reasons: Vec<String> = found.iter().cloned().chain(met.into_iter().flatten()).collect();
        let before = seen.as_ref().map_or(&[][..], |seen| &seen.reasons);
        for reason in reasons.iter().filter(|reason| !before.contains(reason)) {
            tracing::error!(reason, "messages can't pass");
        }
        if reasons.is_empty() && !before.is_empty() {
            tracing::info!("messages can pass");
        }
        *seen = Some(Seen { at_ms, found, reasons: reasons.clone() });
        reasons
    }

    /// What whoever looks after this has to know, though messages can pass.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.receiver.notices()
    }

    async fn look(&self, now: i64) -> Vec<String> {
        let settings = self.receiver.settings();
        match self.receiver.role(&settings.role).await {
            Ok(Some(role)) => {
                let found = mistakes(settings, &role, now);
                if !found.is_empty() {
                    return found;
                }
            }
            Ok(None) => return vec![format!("the registry of {} has no role {:?}", settings.realm, settings.role)],
            Err(error) => return self.unserved("the gateway's own role", &error),
        }
        // A report of nothing takes the same right as one of something, and changes nothing.
        if self.records
            && let Err(error) = self.receiver.report(&[]).await
        {
            return self.unserved("putting messages on record", &error);
        }
        if self.records
            && let Err(error) = self.receiver.look_at_log().await
        {
            return self.unserved("the server's log", &error);
        }
        if self.sends
            && let Err(error) = self.receiver.token_for_peers().await
        {
            return self.unserved("a token for other participants", &error);
        }
        Vec::new()
    }

    fn unserved(&self, what: &str, error: &ServerError) -> Vec<String> {
        match error {
            ServerError::Away(_) if self.spools && self.receiver.has_keys() => Vec::new(),
            error => vec![format!("{what}: {error}")],
        }
    }
}

/// How long counts what was seen, where all is well and where not.
const GOOD_MS: i64 = 5_000;
const BAD_MS: i64 = 2_000;

/// Looks at the start, and logs what doesn't fit. Nothing ends: the registry may be what has to change.
pub(crate) async fn compare(own: &Own) {
    own.reasons().await;
    if let Ok(token) = own.receiver.token_for_peers().await
        && token.to_str().is_ok_and(opens_the_server)
    {
        tracing::error!(
            "the token that goes to other participants opens the server's own endpoints, so they could ask in this \
             role's name: give its scope no role of message-signing (docs/gateway.md, What goes out)"
        );
    }
}

/// Whether a token, `Bearer …`, is one that the server's endpoints of signed messages take.
fn opens_the_server(bearer: &str) -> bool {
    const SIGNING: &str = "message-signing";
    let token = bearer.strip_prefix("Bearer ").unwrap_or(bearer);
    let claims = jose::Compact::parse(token).and_then(|jws| jws.claims()).unwrap_or_default();
    let is_for = |audience: &Value| match audience {
        Value::Array(several) => several.iter().any(|one| one == SIGNING),
        one => one == SIGNING,
    };
    let has_roles = claims.get("resource_access").is_some_and(|clients| clients.get(SIGNING).is_some());
    has_roles || claims.get("aud").is_some_and(is_for)
}

/// What the registry has otherwise than the configuration, with both values.
fn mistakes(settings: &Settings, role: &Role, now: i64) -> Vec<String> {
    let mut found = Vec::new();
    let mut must = |holds: bool, otherwise: String| {
        if !holds {
            found.push(otherwise);
        }
    };
    let id = role.id();
    must(
        role.client == settings.client_id,
        format!(
            "role.id is {id:?}, whose client is {:?}, and server.client_id is {:?}",
            role.client, settings.client_id
        ),
    );
    must(role.sender.approved, format!("the role {id:?} is not approved"));
    must(
        role.base_url.is_empty() || role.origin() == settings.origin,
        format!("role.origin is {:?}, and the registered base URL {:?}", settings.origin, role.base_url),
    );
    if let Some(signer) = &settings.signer {
        let named = |profile: &Profile| format!("{} {}", profile.name, profile.version);
        let (own, theirs) = (named(&signer.profile), named(&role.profile));
        let why = if own == theirs { " with another content" } else { "" };
        must(signer.profile == *role.profile, format!("role.profile is {own:?}, and the registry has {theirs:?}{why}"));
        match signer.key(now) {
            Some(key) => registered(role, key, now).into_iter().for_each(|why| must(false, why)),
            None => must(false, "no key of role.keys signs yet".to_owned()),
        }
    }
    found
}

/// Why signatures of a key don't count, if they don't.
fn registered(role: &Role, own: &SigningKey, now: i64) -> Option<String> {
    let kid = own.kid();
    let Some(key) = role.sender.keys.iter().find(|key| key.kid == kid) else {
        let known: Vec<&str> = role.sender.keys.iter().map(|key| key.kid.as_str()).collect();
        return Some(format!("the key that signs now is {kid:?}, and the registry has {known:?}"));
    };
    if key.key.spki() != own.spki() {
        return Some(format!("the registry has another key under the name {kid:?} than the file"));
    }
    let why = match key.standing(now) {
        Standing::Valid => return None,
        Standing::NotYet => "is not valid yet",
        Standing::Ended => "has ended",
        Standing::Revoked => "was revoked",
    };
    Some(format!("by the registry the key {kid:?} {why}"))
}

#[cfg(test)]
mod tests {
    use super::{mistakes, opens_the_server};
    use jose::{Algorithm, Curve, SigningKey, generate};
    use receiver::{Role, Settings, Signer};
    use signing::{Profile, Sender, SenderKey};
    use std::sync::Arc;

    fn key() -> SigningKey {
        SigningKey::from_der(Algorithm::ES256, &generate::ec(Curve::P256).unwrap()).unwrap().with_kid("k")
    }

    fn role(key: &SigningKey, origin: &str) -> Role {
        let own = SenderKey {
            kid: "k".to_owned(),
            key: key.verifying_key().clone(),
            valid_from: 100,
            valid_until: None,
            revoked_since: None,
        };
        Role {
            participant: "p".to_owned(),
            client: "c".to_owned(),
            base_url: format!("{origin}/api"),
            profile: Arc::new(Profile::find("strict").unwrap().clone()),
            refuses_replays: true,
            addresses: None,
            sender: Sender { id: "lender".to_owned(), approved: true, keys: vec![own], ..Sender::default() },
        }
    }

    #[test]
    fn a_token_for_others_opens_nothing_at_the_server() {
        let bearer = |claims: serde_json::Value| {
            let key = key();
            let token = jose::jws::encode(&jose::jws::header(&key, Some("JWT")), claims.to_string().as_bytes(), &key);
            format!("Bearer {}", token.unwrap())
        };
        for opens in [
            serde_json::json!({"resource_access": {"message-signing": {"roles": ["verify-messages"]}}}),
            serde_json::json!({"aud": "message-signing"}),
            serde_json::json!({"aud": ["account", "message-signing"]}),
        ] {
            assert!(opens_the_server(&bearer(opens.clone())), "{opens}");
        }
        assert!(!opens_the_server(&bearer(serde_json::json!({"aud": "account", "resource_access": {"account": {}}}))));
        assert!(!opens_the_server("Bearer opaque"));
    }

    #[test]
    fn what_the_registry_says_otherwise_is_named() {
        let (own, other) = (key(), key());
        let strict = Profile::find("strict").unwrap().clone();
        let settings = Settings {
            signer: Some(Signer::new(own.clone(), strict)),
            ..Settings::new("https://auth.example/realms/n", "lender", "https://lender.example", "c", "s")
        };
        let good = role(&own, "https://lender.example");
        assert!(mistakes(&settings, &good, 100).is_empty());
        let named = |role: &Role, now: i64, words: &[&str]| {
            let found = mistakes(&settings, role, now);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(words.iter().all(|word| found[0].contains(word)), "{found:?}");
        };
        named(&good, 99, &["\"k\"", "not valid yet"]);
        named(&role(&other, "https://lender.example"), 100, &["another key", "\"k\""]);
        named(&role(&own, "https://other.example"), 100, &["https://other.example/api", "\"https://lender.example\""]);
        let unknown = settings.signer.as_ref().unwrap().keys[0].1.clone().with_kid("mine");
        let unknown = Settings { signer: Some(Signer::new(unknown, (*good.profile).clone())), ..settings.clone() };
        assert_eq!(
            mistakes(&unknown, &good, 100),
            ["the key that signs now is \"mine\", and the registry has [\"k\"]"]
        );
        named(&Role { client: "of-another".to_owned(), ..good.clone() }, 100, &["\"of-another\"", "\"c\""]);
        let mut suspended = good.clone();
        suspended.sender.approved = false;
        named(&suspended, 100, &["not approved"]);
        let encoded = Arc::new(Profile::find("encoded").unwrap().clone());
        named(&Role { profile: encoded, ..good }, 100, &["\"strict 1\"", "\"encoded 1\""]);
    }
}
