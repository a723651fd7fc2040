//! `client-secret-jwt`: an assertion signed with the client's secret [OIDCC-9].

use domain::Refusal;
use jose::{KeyType, VerifyingKey};
use model::{Client, ClientAuthenticator};

use super::assertion::Assertion;
use super::refusals::{ASSERTION_NO_SECRET_ALGORITHM, ASSERTION_SECRET_UNREADABLE};
use super::secret::secrets;
use super::{Method, Proved, speaker};
use crate::refusals::ASSERTION_SECRET_SIGNATURE;

/// The method.
pub(super) const SECRET_JWT: Method = Method {
    id: "client-secret-jwt",
    names: &["client_secret_jwt"],
    serves: |client| client.authenticator == ClientAuthenticator::SecretJwt,
    prove: |cx, claim, named| {
        Box::pin(async move {
            let assertion = Assertion::parse(Assertion::text(claim.form)?).ok_or(ASSERTION_SECRET_UNREADABLE)?;
            let plan = speaker(cx, claim, named, &assertion, &SECRET_JWT).await?;
            verify(&plan.client, &assertion, cx.now())?;
            assertion.check_audience(&cx.issuer(), claim.audiences)?;
            let writes = assertion.use_up(cx, &plan.client).await?;
            Ok(Proved { plan, writes })
        })
    },
};

fn verify(client: &Client, assertion: &Assertion<'_>, now: i64) -> Result<(), Refusal> {
    let algorithm = assertion.allowed_algorithm(client)?;
    if algorithm.kty() != KeyType::Oct {
        return Err(ASSERTION_NO_SECRET_ALGORITHM);
    }
    let made_it = |secret: &str| {
        VerifyingKey::from_secret(secret.as_bytes()).is_ok_and(|key| assertion.token.verify(&key).is_ok())
    };
    if secrets(client, now).any(made_it) { Ok(()) } else { Err(ASSERTION_SECRET_SIGNATURE) }
}

#[cfg(test)]
mod tests {
    use jose::{Algorithm, SigningKey, jws};
    use model::Document;
    use serde_json::json;

    use super::*;
    use crate::refusals::ASSERTION_ALGORITHM;

    fn verdict(attributes: serde_json::Value, algorithm: Algorithm, secret: &str) -> Result<(), Refusal> {
        let client =
            Client::read("id", "c", Document::from_value(json!({"secret": "secret", "attributes": attributes})));
        let key = SigningKey::from_secret(algorithm, "", secret.as_bytes()).unwrap();
        let text = jws::encode(&jws::header(&key, None), b"{}", &key).unwrap();
        verify(&client, &Assertion::parse(&text).unwrap(), 50)
    }

    #[test]
    fn any_of_the_three_algorithms_serves_unless_one_is_pinned() {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            assert_eq!(verdict(json!({}), algorithm, "secret"), Ok(()));
        }
        let pinned = json!({"token.endpoint.auth.signing.alg": "HS512"});
        assert_eq!(verdict(pinned.clone(), Algorithm::HS512, "secret"), Ok(()));
        assert_eq!(verdict(pinned, Algorithm::HS256, "secret"), Err(ASSERTION_ALGORITHM));
    }

    #[test]
    fn another_secret_makes_another_signature() {
        assert_eq!(verdict(json!({}), Algorithm::HS256, "guess"), Err(ASSERTION_SECRET_SIGNATURE));
        let rotated = json!({"client.secret.rotated": "old", "client.secret.rotated.expiration.time": "100"});
        assert_eq!(verdict(rotated, Algorithm::HS256, "old"), Ok(()));
    }
}
