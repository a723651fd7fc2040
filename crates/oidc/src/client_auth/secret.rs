//! `client-secret`: a secret in a Basic header or in the form [RFC6749-2.3.1]; and public clients, which have none.

use domain::{Refusal, Writes};
use model::{Client, ClientAuthenticator};

use super::presented::{BASIC, POST, Presented};
use super::refusals::secret_method;
use super::{Method, Proved};
use crate::refusals::CLIENT_CREDENTIALS_WRONG;

/// The method.
pub(super) const SECRET: Method = Method {
    id: "client-secret",
    names: &[BASIC, POST],
    serves: |client| client.public || client.authenticator == ClientAuthenticator::Secret,
    prove: |cx, claim, plan| {
        Box::pin(async move {
            let presented = Presented::read(claim)?;
            check(&plan.client, presented.secret.as_ref(), cx.now())?;
            Ok(Proved { plan, writes: Writes::default() })
        })
    },
};

/// Whether the secret that was shown is the client's; anything will do for a public one.
fn check(client: &Client, shown: Option<&(String, &'static str)>, now: i64) -> Result<(), Refusal> {
    if client.public {
        return Ok(());
    }
    let Some((secret, method)) = shown else { return Err(CLIENT_CREDENTIALS_WRONG) };
    match client.attribute("client.secret.authentication.allowed.method") {
        Some(pinned) if pinned != *method => Err(secret_method(pinned)),
        _ if secrets(client, now).any(|own| jose::equal_secret(own, secret)) => Ok(()),
        _ => Err(CLIENT_CREDENTIALS_WRONG),
    }
}

/// The secrets that count at this moment: the client's own until it expires, and the one that it had before for as
/// long as its rotation says. An empty one never counts.
pub(super) fn secrets(client: &Client, now: i64) -> impl Iterator<Item = &str> {
    let own = client
        .secret()
        .filter(|_| client.number("client.secret.expiration.time").is_none_or(|until| until == 0 || now < until));
    let rotated = client
        .attribute("client.secret.rotated")
        .filter(|_| client.number("client.secret.rotated.expiration.time").is_some_and(|until| now < until));
    own.into_iter().chain(rotated)
}

#[cfg(test)]
mod tests {
    use model::Document;
    use serde_json::{Value, json};

    use super::*;

    fn client(doc: Value) -> Client {
        Client::read("id", "c", Document::from_value(doc))
    }

    fn shown(secret: &str, method: &'static str) -> Option<(String, &'static str)> {
        Some((secret.to_owned(), method))
    }

    #[test]
    fn a_confidential_client_needs_its_own_secret() {
        let c = client(json!({"secret": "right"}));
        assert_eq!(check(&c, shown("right", BASIC).as_ref(), 0), Ok(()));
        assert_eq!(check(&c, shown("right", POST).as_ref(), 0), Ok(()));
        for wrong in [None, shown("wrong", POST), shown("", BASIC)] {
            assert_eq!(check(&c, wrong.as_ref(), 0), Err(CLIENT_CREDENTIALS_WRONG));
        }
    }

    #[test]
    fn a_client_without_a_secret_is_refused_even_an_empty_one() {
        for doc in [json!({}), json!({"secret": ""})] {
            assert_eq!(check(&client(doc), shown("", POST).as_ref(), 0), Err(CLIENT_CREDENTIALS_WRONG));
        }
    }

    #[test]
    fn a_public_client_is_taken_at_its_word_whatever_secret_comes_along() {
        let c = client(json!({"publicClient": true, "clientAuthenticatorType": "client-jwt"}));
        assert!((SECRET.serves)(&c));
        assert_eq!(check(&c, None, 0), Ok(()));
        assert_eq!(check(&c, shown("x", BASIC).as_ref(), 0), Ok(()));
    }

    #[test]
    fn a_rotated_secret_counts_until_its_time_is_over() {
        let attributes = json!({"client.secret.rotated": "old", "client.secret.rotated.expiration.time": "100"});
        let c = client(json!({"secret": "new", "attributes": attributes}));
        assert_eq!(check(&c, shown("old", POST).as_ref(), 99), Ok(()));
        assert_eq!(check(&c, shown("old", POST).as_ref(), 100), Err(CLIENT_CREDENTIALS_WRONG));
        assert_eq!(check(&c, shown("new", POST).as_ref(), 100), Ok(()));
        let forever = client(json!({"attributes": {"client.secret.rotated": "old"}}));
        assert_eq!(check(&forever, shown("old", POST).as_ref(), 0), Err(CLIENT_CREDENTIALS_WRONG));
    }

    #[test]
    fn an_expired_secret_is_none() {
        let c = client(json!({"secret": "s", "attributes": {"client.secret.expiration.time": "100"}}));
        assert_eq!(check(&c, shown("s", POST).as_ref(), 99), Ok(()));
        assert_eq!(check(&c, shown("s", POST).as_ref(), 100), Err(CLIENT_CREDENTIALS_WRONG));
    }

    #[test]
    fn a_client_pinned_to_one_way_is_told_which() {
        let pin = json!({"client.secret.authentication.allowed.method": "client_secret_post"});
        let c = client(json!({"secret": "s", "attributes": pin}));
        assert_eq!(check(&c, shown("s", POST).as_ref(), 0), Ok(()));
        let refused = check(&c, shown("s", BASIC).as_ref(), 0).unwrap_err();
        assert_eq!((refused.status, refused.error), (401, "unauthorized_client"));
        assert_eq!(
            refused.description,
            "Invalid method used to get client secret. Client requires method 'client_secret_post' to obtain client \
             secret from the request"
        );
    }
}
