//! Encryption for a client, with the key that it publishes for that [RFC7516], [KC 4.9].

use domain::{Fault, Result};
use jose::jwe::{ContentEncryption, EncryptionKey, KeyManagement, Parameters, encrypt};

use crate::client_plan::ClientPlan;
use crate::cx::Cx;

/// Encrypts a signed token for a client as a nested JWT [RFC7519-5.2]. The content is encrypted by `enc`, A128CBC-HS256
/// where the client names none [OIDC-Registration-2].
///
/// Errors: a fault that names what is missing, which is the administrator's to mend: an algorithm that doesn't exist,
/// or a key that the client doesn't publish.
pub(crate) async fn encrypt_for(
    cx: &Cx<'_>,
    client: &ClientPlan,
    alg: &str,
    enc_attribute: &str,
    signed: &str,
) -> Result<String> {
    let enc = client.client.attribute(enc_attribute).unwrap_or("A128CBC-HS256");
    let who = &client.client.client_id;
    let Some(alg) = KeyManagement::parse(alg) else {
        return Err(Fault::new(format!("client {who}: no such encryption: {alg}")).into());
    };
    let Some(enc) = ContentEncryption::parse(enc) else {
        return Err(Fault::new(format!("client {who}: no such content encryption: {enc}")).into());
    };
    let keys = cx.oidc.foreign_keys.of(cx, &client.client, None).await;
    let Some(jwk) = keys.set.find_for_encryption(alg) else {
        return Err(Fault::new(format!("client {who} publishes no key for {}", alg.name())).into());
    };
    let parameters = Parameters { alg, enc, typ: None, cty: Some("JWT"), kid: jwk.kid.as_deref() };
    Ok(encrypt(signed.as_bytes(), &EncryptionKey::from_jwk(jwk)?, &parameters)?)
}
