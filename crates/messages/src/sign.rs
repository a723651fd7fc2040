//! Signing octets for callers that may, with keys that no check of tokens ever accepts.

use domain::network::ledger::Open;
use domain::network::service_keys::NewServiceKey;
use domain::{Fault, Result, ids};
use jose::{Algorithm, KeyType, SigningKey};
use ledger::record::ServiceUse;
use oidc::Cx;
use serde_json::{Value, json};
use signing::address::origin;
use signing::{Profile, Receiver, Signing};

use crate::caller::{Caller, ledger, network};
use crate::refusals::BAD_CALL;
use crate::submitted::Submitted;

/// Algorithms of the keys that are made, in the order in which a profile is asked for them.
const MADE: &[Algorithm] = &[Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];

/// Signs octets by a profile: `{signature, header, kid, profile}`. `receiver` is the participant role that shall get
/// them, for profiles that sign that.
///
/// # Errors
/// 400 for a profile that isn't there or that signs what was not given.
pub async fn sign(
    cx: &Cx<'_>,
    caller: &Caller,
    submitted: &Submitted,
    profile: &str,
    receiver: Option<&str>,
) -> Result<Value> {
    let network = network(cx)?;
    let ledger = ledger(cx).await?;
    cx.core().may_record(network, ledger).await?;
    let wrong = |what: String| domain::Error::from(BAD_CALL.describe(what));
    let profile =
        network.profiles.find(profile).ok_or_else(|| wrong(format!("There is no signing profile {profile}")))?;
    let receiver = match receiver {
        None => None,
        Some(id) => {
            let role = cx.core().participant_role(&cx.plan.realm.id, id).await?;
            Some(role.ok_or_else(|| wrong(format!("No participant role {id} is registered here")))?)
        }
    };
    let key = key(cx, ledger, profile).await?;
    let unique = ids::uuid()?;
    let (kid, header) = (key.kid().to_owned(), profile.headers.first().cloned().unwrap_or_default());
    let signature = {
        let headers = submitted.headers();
        let signing = Signing {
            profile,
            key: &key,
            now: cx.now(),
            unique: &unique,
            receiver: receiver.as_ref().map(|role| Receiver {
                id: &role.id,
                origin: origin(role.settings.base_url.as_deref().unwrap_or_default()),
            }),
            issuer: Some(&caller.client_id),
            anchor: None,
        };
        signing::sign(&signing, &submitted.message(&headers)).map_err(|error| wrong(error.to_string()))?
    };
    Ok(json!({"signature": signature, "header": header, "kid": kid, "profile": profile.name}))
}

/// The public keys of messages that were signed here, the ended ones too.
///
/// # Errors
/// When the store can't be read.
pub async fn certs(cx: &Cx<'_>) -> Result<Value> {
    let ledger = ledger(cx).await?;
    let keys = store::service_keys::list(&cx.core().store, &ledger.id).await?;
    let of_messages = keys.into_iter().filter(|key| key.purpose == "message");
    let jwks: Result<Vec<Value>, _> = of_messages.map(|key| serde_json::from_str(&key.jwk)).collect();
    Ok(json!({"keys": jwks.map_err(Fault::new)?}))
}

/// The newest key that the profile takes; one is made and entered into the ledger where there is none.
async fn key(cx: &Cx<'_>, ledger: &Open, profile: &Profile) -> Result<SigningKey> {
    let core = cx.core();
    for kept in store::service_keys::message_keys(&core.store, &ledger.id).await? {
        let jwk: Value = serde_json::from_str(&kept.jwk).map_err(Fault::new)?;
        let algorithm = jwk.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        if let Some(algorithm) = algorithm.filter(|algorithm| profile.takes(*algorithm)) {
            let new =
                NewServiceKey { kid: &kept.kid, jwk: &jwk, key_use: ServiceUse::Message, private: Some(&kept.private) };
            core.enter(ledger, &new).await?;
            return Ok(SigningKey::from_der(algorithm, &kept.private).map_err(Fault::new)?.with_kid(&kept.kid));
        }
    }
    let algorithm = MADE.iter().copied().find(|algorithm| profile.takes(*algorithm));
    let algorithm =
        algorithm.ok_or_else(|| BAD_CALL.describe("No key of this server makes signatures of the profile"))?;
    let private = core
        .run(move || match algorithm.kty() {
            KeyType::Rsa => jose::generate::rsa(2048),
            KeyType::Okp => jose::generate::ed25519(),
            KeyType::Ec | KeyType::Oct => jose::generate::ec(jose::Curve::P256),
        })
        .await?
        .map_err(Fault::new)?;
    let key = SigningKey::from_der(algorithm, &private).map_err(Fault::new)?;
    let mut jwk = key.public_jwk().ok_or_else(|| Fault::new("a key without a public part"))?;
    let kid = jwk.thumbprint();
    jwk.kid = Some(kid.clone());
    jwk.alg = Some(algorithm.name().to_owned());
    jwk.key_use = Some("sig".to_owned());
    let jwk = jwk.to_value();
    let new = NewServiceKey { kid: &kid, jwk: &jwk, key_use: ServiceUse::Message, private: Some(&private) };
    core.enter(ledger, &new).await?;
    Ok(key.with_kid(&kid))
}
