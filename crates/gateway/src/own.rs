//! Compares what the gateway was told with what the registry says of its own role, so that a mistake is in the log at the
//! start and not in the first refusal of another participant.

use receiver::{Receiver, Role, Settings};
use serde_json::Value;

/// Logs what doesn't fit. Nothing ends: the registry may be what has to change.
pub(crate) async fn compare(receiver: &Receiver, now: i64) {
    let settings = receiver.settings();
    match receiver.role(&settings.role).await {
        Ok(Some(role)) => {
            for mistake in mistakes(settings, &role, now) {
                tracing::error!(role = role.id(), mistake, "the registry says something else than the configuration");
            }
        }
        Ok(None) => tracing::error!(role = settings.role, "the registry does not know the gateway's own role"),
        Err(error) => tracing::warn!(%error, "the gateway's own role could not be read"),
    }
    if let Ok(token) = receiver.token_for_peers().await
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

fn mistakes(settings: &Settings, role: &Role, now: i64) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut must = |holds: bool, otherwise| {
        if !holds {
            found.push(otherwise);
        }
    };
    must(role.sender.approved, "the role is not approved");
    must(role.base_url.is_empty() || role.origin() == settings.origin, "its base URL has another origin");
    if let Some(signer) = &settings.signer {
        must(signer.profile == *role.profile, "its profile is another one");
        let registered = signer.key(now).is_some_and(|own| {
            let same = |key: &&signing::SenderKey| key.kid == own.kid() && key.key.spki() == own.spki();
            let key = role.sender.keys.iter().find(same);
            key.is_some_and(|key| key.standing(now) == signing::sender::Standing::Valid)
        });
        must(registered, "the key that signs now is not registered under its kid, or does not count now");
    }
    found
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
        assert_eq!(mistakes(&settings, &good, 99).len(), 1, "the key does not count yet");
        assert_eq!(mistakes(&settings, &role(&other, "https://lender.example"), 100).len(), 1);
        assert_eq!(mistakes(&settings, &role(&own, "https://other.example"), 100).len(), 1);
        let mut suspended = good.clone();
        suspended.sender.approved = false;
        suspended.profile = Arc::new(Profile::find("encoded").unwrap().clone());
        assert_eq!(mistakes(&settings, &suspended, 100).len(), 2);
    }
}
