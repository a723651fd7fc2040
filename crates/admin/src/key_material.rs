//! Keys for key providers that come without any [KC 3.6]: RSA with a certificate, EC, Edwards, HMAC, AES.

use std::sync::Arc;

use domain::keys::KEY_PROVIDER;
use domain::{Core, Fault, Result, ids};
use jose::{Algorithm, Curve};
use model::Document;
use serde_json::{Map, Value, json};

/// Makes the missing keys of a full representation, those of RSA side by side.
pub(crate) async fn fill_all(core: &Arc<Core>, realm: &str, full: &mut Document) -> Result<()> {
    let components = full.0.get_mut("components").and_then(Value::as_object_mut);
    let Some(Value::Array(providers)) = components.and_then(|c| c.get_mut(KEY_PROVIDER)) else { return Ok(()) };
    let mut making = tokio::task::JoinSet::new();
    for (n, provider) in providers.iter().enumerate() {
        let mut provider = Document::from_value(provider.clone());
        let (core, realm) = (Arc::clone(core), realm.to_owned());
        making.spawn(async move {
            let done = fill(&core, &realm, &mut provider).await;
            (n, done.map(|()| provider))
        });
    }
    while let Some(made) = making.join_next().await {
        let (n, provider) = made.map_err(Fault::new)?;
        if let Some(place) = providers.get_mut(n) {
            *place = provider?.into_value();
        }
    }
    Ok(())
}

/// Makes the key of a key provider that has none.
pub(crate) async fn fill(core: &Core, realm: &str, provider: &mut Document) -> Result<()> {
    let mut config = provider.object("config").cloned().unwrap_or_default();
    match provider.text("providerId").unwrap_or_default() {
        id @ ("rsa-generated" | "rsa-enc-generated") => {
            if value(&config, "privateKey").is_none() {
                let bits = value(&config, "keySize").and_then(|v| v.parse().ok()).unwrap_or(2048);
                let realm = realm.to_owned();
                let now = u64::try_from(core.now()).unwrap_or(0);
                let (key, certificate) = core.run(move || rsa(bits, &realm, now)).await??;
                put(&mut config, "privateKey", key);
                put(&mut config, "certificate", certificate);
            }
            if id == "rsa-enc-generated" && value(&config, "algorithm").is_none() {
                put(&mut config, "algorithm", "RSA-OAEP".to_owned());
            }
        }
        "ecdsa-generated" => curve_key(&mut config, "ecdsa")?,
        "ecdh-generated" => curve_key(&mut config, "ecdh")?,
        "eddsa-generated" => edwards_key(&mut config)?,
        "hmac-generated" => {
            let usual = if value(&config, "algorithm").is_none_or(|a| a == "HS512") { 128 } else { 64 };
            secret(&mut config, usual)?;
        }
        "aes-generated" => secret(&mut config, 32)?,
        _ => {}
    }
    provider.set("config", config);
    Ok(())
}

fn rsa(bits: usize, realm: &str, now: u64) -> Result<(String, String)> {
    let der = jose::generate::rsa(bits)?;
    let certificate = jose::certificate::self_signed(realm, Algorithm::RS256, &der, now, now + TEN_YEARS)?;
    let key = jose::generate::pkcs1_of_rsa(&der)?;
    Ok((jose::b64::encode_standard(&key), jose::b64::encode_standard(certificate)))
}

fn curve_key(config: &mut Map<String, Value>, prefix: &str) -> Result<()> {
    let (private, public, curve) =
        (format!("{prefix}PrivateKey"), format!("{prefix}PublicKey"), format!("{prefix}EllipticCurveKey"));
    if value(config, &private).is_some() {
        return Ok(());
    }
    let (kind, algorithm) = match value(config, &curve) {
        Some("P-384") => (Curve::P384, Algorithm::ES384),
        Some("P-521") => (Curve::P521, Algorithm::ES512),
        _ => (Curve::P256, Algorithm::ES256),
    };
    let der = jose::generate::ec(kind)?;
    let key = jose::SigningKey::from_der(algorithm, &der)?;
    put(config, &private, jose::b64::encode_standard(&der));
    if let Some(spki) = key.spki() {
        put(config, &public, jose::b64::encode_standard(spki));
    }
    config.entry(curve).or_insert_with(|| json!([kind.name()]));
    Ok(())
}

fn edwards_key(config: &mut Map<String, Value>) -> Result<()> {
    if value(config, "eddsaPrivateKey").is_some() {
        return Ok(());
    }
    let der = jose::generate::ed25519()?;
    let key = jose::SigningKey::from_der(Algorithm::EdDSA, &der)?;
    put(config, "eddsaPrivateKey", jose::b64::encode_standard(&der));
    if let Some(spki) = key.spki() {
        put(config, "eddsaPublicKey", jose::b64::encode_standard(spki));
    }
    config.entry("eddsaEllipticCurveKey").or_insert_with(|| json!(["Ed25519"]));
    Ok(())
}

fn secret(config: &mut Map<String, Value>, usual: usize) -> Result<()> {
    if value(config, "secret").is_none() {
        let size = value(config, "secretSize").and_then(|v| v.parse().ok()).unwrap_or(usual).clamp(16, 512);
        put(config, "kid", ids::uuid()?);
        put(config, "secret", jose::b64::encode(jose::generate::secret(size)?.as_slice()));
    }
    Ok(())
}

/// The first text of a configuration's list.
pub(crate) fn value<'a>(config: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let value = config.get(name)?;
    value.as_str().or_else(|| value.as_array()?.first()?.as_str()).filter(|text| !text.is_empty())
}

fn put(config: &mut Map<String, Value>, name: &str, value: String) {
    config.insert(name.to_owned(), json!([value]));
}

const TEN_YEARS: u64 = 315_576_000;
