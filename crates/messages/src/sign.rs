//! Signing octets for callers that may, with keys that no check of tokens ever accepts.

use domain::network::ledger::Open;
use domain::network::service_keys::NewServiceKey;
use domain::{Fault, Result, ids};
use jose::{Algorithm, KeyType, SigningKey};
use ledger::record::ServiceUse;
use oidc::Cx;
use serde_json::{Value, json};
use signing::address::origin;
use signing::profile::{NoBody, Rule};
use signing::{Profile, Receiver, Signing};

use crate::caller::{Caller, ledger, network};
use crate::refusals::BAD_CALL;
use crate::submitted::Submitted;

/// Algorithms of the keys that are made.
const MADE: &[Algorithm] = &[Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];

/// What is to be signed.
pub struct Wanted {
    /// The octets, and method and target of their request.
    pub submitted: Submitted,
    /// Whether the caller said the target.
    pub names_target: bool,
    /// The profile's name.
    pub profile: String,
    /// The participant role that shall get them, for profiles that sign that.
    pub receiver: Option<String>,
}

/// Signs octets by a profile: `{signature, header, kid, profile}`.
///
/// # Errors
/// 400 for a profile that isn't there or that signs what was not given.
pub async fn sign(cx: &Cx<'_>, caller: &Caller, wanted: &Wanted) -> Result<Value> {
    let Wanted { submitted, profile, receiver, .. } = wanted;
    let network = network(cx)?;
    let ledger = ledger(cx).await?;
    cx.core().may_record(network, ledger).await?;
    let wrong = |what: String| domain::Error::from(BAD_CALL.describe(what));
    let profile =
        network.profiles.find(profile).ok_or_else(|| wrong(format!("There is no signing profile {profile}")))?;
    if !wanted.names_target {
        needs_no_target(profile, &submitted.body).map_err(wrong)?;
    }
    let receiver = match receiver {
        None => None,
        Some(id) => {
            let role = cx.core().participant_role(&cx.plan.realm.id, id).await?;
            Some(role.ok_or_else(|| wrong(format!("No participant role {id} is registered here")))?)
        }
    };
    let key = key(cx, ledger, profile, &network.reply_algorithm).await?;
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

/// Refuses what would have a target signed that nobody said.
fn needs_no_target(profile: &Profile, body: &[u8]) -> std::result::Result<(), String> {
    let say = "say its path and query in x-countersign-target";
    match (body.is_empty(), profile.no_body) {
        (true, NoBody::Target) => Err(format!("The body is empty, so that the target is what is signed: {say}")),
        _ if profile.signs(Rule::Address) => Err(format!("The profile {} signs the target: {say}", profile.name)),
        _ => Ok(()),
    }
}

/// The algorithm by which messages of a profile are signed: the one of the realm's replies where the profile takes it, or
/// else the profile's first of which keys are made. What others asked for makes no difference.
fn algorithm(profile: &Profile, of_replies: &str) -> Option<Algorithm> {
    let fits = |algorithm: &Algorithm| MADE.contains(algorithm) && profile.takes(*algorithm);
    let of_replies = Algorithm::parse(of_replies).filter(fits);
    of_replies.or_else(|| profile.algorithms.iter().filter_map(|name| Algorithm::parse(name)).find(fits))
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

/// The newest key of the algorithm for a profile; one is made and entered into the ledger where there is none.
async fn key(cx: &Cx<'_>, ledger: &Open, profile: &Profile, of_replies: &str) -> Result<SigningKey> {
    let core = cx.core();
    let algorithm = algorithm(profile, of_replies)
        .ok_or_else(|| BAD_CALL.describe("No key of this server makes signatures of the profile"))?;
    for kept in store::service_keys::message_keys(&core.store, &ledger.id).await? {
        let jwk: Value = serde_json::from_str(&kept.jwk).map_err(Fault::new)?;
        if jwk.get("alg").is_some_and(|name| name == algorithm.name()) {
            let new =
                NewServiceKey { kid: &kept.kid, jwk: &jwk, key_use: ServiceUse::Message, private: Some(&kept.private) };
            core.enter(ledger, &new).await?;
            return Ok(SigningKey::from_der(algorithm, &kept.private).map_err(Fault::new)?.with_kid(&kept.kid));
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_is_the_one_of_replies_where_the_profile_takes_it_and_else_its_first_that_can_be_made() {
        let of = |name: &str, of_replies: &str| algorithm(Profile::find(name).unwrap(), of_replies).unwrap().name();
        assert_eq!((of("strict", "ES256"), of("strict", "EdDSA"), of("encoded", "PS256")), ("ES256", "EdDSA", "PS256"));
        assert_eq!((of("strict", "ES384"), of("ocen", "ES256"), of("uk-ob-4.0", "ES256")), ("RS256", "RS256", "PS256"));
        let mut own = Profile::find("strict").unwrap().clone();
        own.algorithms = vec!["ES384".to_owned(), "EdDSA".to_owned(), "ES256".to_owned()];
        assert_eq!(algorithm(&own, "RS256"), Some(Algorithm::EdDSA));
        own.algorithms = vec!["ES384".to_owned()];
        assert_eq!(algorithm(&own, "ES384"), None);
    }

    #[test]
    fn nothing_is_signed_over_a_target_that_nobody_said() {
        let told = |name: &str, body: &[u8]| needs_no_target(Profile::find(name).unwrap(), body).err();
        assert_eq!((told("strict", b"{}"), told("ocen", b"{}")), (None, None));
        assert!(told("strict", b"").is_some_and(|told| told.contains("x-countersign-target")));
        assert!(told("bound", b"{}").is_some_and(|told| told.contains("bound signs the target")));
        let mut own = Profile::find("strict").unwrap().clone();
        own.no_body = NoBody::Refused;
        assert_eq!(needs_no_target(&own, b""), Ok(()), "which is refused for what it is");
    }
}
