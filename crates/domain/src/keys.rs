//! A realm's keys: which sign, which only verify, which seal [KC 3.6].
//!
//! The active key of an algorithm is that of the highest priority among enabled and active ones. A key that is not
//! active still verifies and stands in `/certs`; one that is not enabled does neither.

use std::collections::HashMap;
use std::sync::Arc;

use jose::jwe::SealingKey;
use jose::{Algorithm, SigningKey, VerifyingKey};
use model::Document;
use serde_json::{Value, json};

/// One key of a realm.
#[derive(Clone)]
pub struct RealmKey {
    /// The component it comes from.
    pub component: String,
    /// The key's id.
    pub kid: String,
    /// Higher wins.
    pub priority: i64,
    /// Whether it may sign; if not, it verifies only.
    pub active: bool,
    /// The algorithm's name, such as RS256, RSA-OAEP, HS512 or AES.
    pub algorithm: String,
    /// `sig` or `enc`.
    pub usage: &'static str,
    /// The signing key, for `sig`.
    pub signing: Option<SigningKey>,
    /// The private key's DER, for `enc`.
    pub private_der: Option<Arc<[u8]>>,
    /// The raw secret, for AES.
    pub secret: Option<Arc<[u8]>>,
    /// The certificate's DER, for RSA.
    pub certificate: Option<Arc<[u8]>>,
    /// The public part as `/certs` shows it.
    pub jwk: Option<Value>,
    /// The public key's DER.
    pub spki: Option<Arc<[u8]>>,
}

/// The keys of a realm.
#[derive(Default)]
pub struct Keys {
    /// Every enabled key, the highest priority first.
    pub all: Vec<RealmKey>,
    by_kid: HashMap<String, VerifyingKey>,
    sealing: Option<SealingKey>,
    /// The body of `/certs`.
    pub jwks: Arc<str>,
}

/// What kind of key a provider makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Provider {
    Rsa,
    RsaEnc,
    Ecdsa,
    Eddsa,
    Hmac,
    Aes,
}

impl Provider {
    fn parse(id: &str) -> Option<Self> {
        Some(match id {
            "rsa-generated" | "rsa" => Self::Rsa,
            "rsa-enc-generated" | "rsa-enc" => Self::RsaEnc,
            "ecdsa-generated" => Self::Ecdsa,
            "eddsa-generated" => Self::Eddsa,
            "hmac-generated" => Self::Hmac,
            "aes-generated" => Self::Aes,
            _ => return None,
        })
    }
}

impl Keys {
    /// Reads the key providers among a realm's components; one that can't be read is left out and logged.
    pub fn read<'a>(components: impl Iterator<Item = (&'a str, &'a Document)>) -> Self {
        let mut all = Vec::new();
        for (id, doc) in components {
            if doc.text("providerType") != Some(KEY_PROVIDER) {
                continue;
            }
            match read_key(id, doc) {
                Ok(Some(key)) => all.push(key),
                Ok(None) => {}
                Err(error) => tracing::warn!(component = id, %error, "a realm key can't be read and is left out"),
            }
        }
        all.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.component.cmp(&b.component)));
        let by_kid =
            all.iter().filter_map(|k| Some((k.kid.clone(), k.signing.as_ref()?.verifying_key().clone()))).collect();
        let public: Vec<&Value> = all.iter().filter_map(|k| k.jwk.as_ref()).collect();
        let jwks = json!({ "keys": public }).to_string().into();
        let sealing = all.iter().find(|k| k.active && k.algorithm == "AES").and_then(|key| {
            let made = SealingKey::new(&key.kid, key.secret.as_deref()?);
            made.inspect_err(|error| tracing::warn!(kid = key.kid, %error, "a realm's AES key can't be used")).ok()
        });
        Self { all, by_kid, sealing, jwks }
    }

    /// The key that signs with an algorithm.
    pub fn active(&self, algorithm: &str) -> Option<&RealmKey> {
        self.all.iter().find(|k| k.active && k.algorithm == algorithm)
    }

    /// The signing key of an algorithm.
    pub fn signer(&self, algorithm: &str) -> Option<&SigningKey> {
        self.active(algorithm)?.signing.as_ref()
    }

    /// The key that checks what was signed under a `kid`.
    pub fn verifier(&self, kid: &str) -> Option<&VerifyingKey> {
        self.by_kid.get(kid)
    }

    /// The key that seals cookies.
    pub fn sealing(&self) -> Option<&SealingKey> {
        self.sealing.as_ref()
    }
}

/// The provider type of key components.
pub const KEY_PROVIDER: &str = "org.keycloak.keys.KeyProvider";

fn read_key(id: &str, doc: &Document) -> Result<Option<RealmKey>, jose::Error> {
    let config = |name: &str| {
        let values = doc.object("config")?.get(name)?;
        values.as_str().or_else(|| values.as_array()?.first()?.as_str())
    };
    let Some(provider) = doc.text("providerId").and_then(Provider::parse) else { return Ok(None) };
    if config("enabled") == Some("false") {
        return Ok(None);
    }
    let mut key = RealmKey {
        component: id.to_owned(),
        kid: String::new(),
        priority: config("priority").and_then(|p| p.parse().ok()).unwrap_or(0),
        active: config("active") != Some("false"),
        algorithm: String::new(),
        usage: "sig",
        signing: None,
        private_der: None,
        secret: None,
        certificate: None,
        jwk: None,
        spki: None,
    };
    match provider {
        Provider::Hmac | Provider::Aes => {
            let Some(secret) = config("secret") else { return Ok(None) };
            let secret = jose::b64::decode(secret.trim_end_matches('='), "secret")?;
            key.kid = config("kid").unwrap_or(id).to_owned();
            key.algorithm = match provider {
                Provider::Aes => "AES",
                _ => config("algorithm").unwrap_or("HS256"),
            }
            .to_owned();
            match Algorithm::parse(&key.algorithm) {
                Some(algorithm) => key.signing = Some(SigningKey::from_secret(algorithm, &key.kid, &secret)?),
                None => key.usage = "enc",
            }
            key.secret = Some(secret.into());
        }
        Provider::Rsa | Provider::RsaEnc => {
            let Some(private) = config("privateKey") else { return Ok(None) };
            read_rsa(&mut key, private, config("certificate"), provider, config("algorithm"))?;
        }
        Provider::Ecdsa | Provider::Eddsa => {
            let (private, algorithm) = match provider {
                Provider::Ecdsa => (
                    config("ecdsaPrivateKey"),
                    match config("ecdsaEllipticCurveKey") {
                        Some("P-384") => "ES384",
                        Some("P-521") => "ES512",
                        _ => "ES256",
                    },
                ),
                _ => (config("eddsaPrivateKey"), "EdDSA"),
            };
            let Some(private) = private else { return Ok(None) };
            let Some(parsed) = Algorithm::parse(algorithm) else { return Ok(None) };
            set_asymmetric(&mut key, SigningKey::from_text(parsed, private)?);
        }
    }
    if let Some(kid) = config("kid").filter(|_| key.signing.is_some() && key.secret.is_none()) {
        rename(&mut key, kid);
    }
    Ok(Some(key))
}

fn read_rsa(
    key: &mut RealmKey,
    private: &str,
    certificate: Option<&str>,
    provider: Provider,
    algorithm: Option<&str>,
) -> Result<(), jose::Error> {
    let name = algorithm.unwrap_or(if provider == Provider::Rsa { "RS256" } else { "RSA-OAEP" });
    // An encryption key is read as a signing key as well: that checks it and gives its public part.
    let algorithm = Algorithm::parse(name).unwrap_or(Algorithm::RS256);
    set_asymmetric(key, SigningKey::from_text(algorithm, private)?);
    key.private_der = Some(jose::key::private_der(private)?.as_slice().into());
    name.clone_into(&mut key.algorithm);
    if provider == Provider::RsaEnc {
        key.usage = "enc";
        key.signing = None;
    }
    key.certificate = match certificate {
        Some(text) => Some(jose::key::certificate_der(text)?.into()),
        None => None,
    };
    if let Some(Value::Object(jwk)) = &mut key.jwk {
        jwk.insert("alg".to_owned(), json!(key.algorithm));
        jwk.insert("use".to_owned(), json!(key.usage));
        if let Some(der) = &key.certificate {
            jwk.insert("x5c".to_owned(), json!([jose::b64::encode_standard(der)]));
            jwk.insert("x5t".to_owned(), json!(jose::certificate::thumbprint_sha1(der)));
            jwk.insert("x5t#S256".to_owned(), json!(jose::certificate::thumbprint_sha256(der)));
        }
    }
    Ok(())
}

fn set_asymmetric(key: &mut RealmKey, signing: SigningKey) {
    key.kid = signing.kid().to_owned();
    key.algorithm = signing.algorithm().name().to_owned();
    key.jwk = signing.public_jwk().map(|jwk| jwk.to_value());
    key.spki = signing.spki().map(Into::into);
    key.signing = Some(signing);
}

fn rename(key: &mut RealmKey, kid: &str) {
    key.kid = kid.to_owned();
    key.signing = key.signing.take().map(|s| s.with_kid(kid));
    if let Some(Value::Object(jwk)) = &mut key.jwk {
        jwk.insert("kid".to_owned(), json!(kid));
    }
}

impl crate::Core {
    /// Makes a key for an algorithm that the realm has no active key for, of the lowest priority, as Keycloak does: a
    /// component `fallback-<ALG>` [KC 3.6].
    ///
    /// Errors: a fault for an algorithm that doesn't exist; [`crate::Error::Lost`] when another request made it first.
    pub async fn add_fallback_key(&self, plan: &crate::Plan, algorithm: &str) -> crate::Result<()> {
        let Some(parsed) = Algorithm::parse(algorithm) else {
            return Err(crate::Fault::new(format!("no such signature algorithm: {algorithm}")).into());
        };
        let realm_name = plan.realm.name.clone();
        let now = self.now();
        let doc = self.run(move || new_provider(parsed, &realm_name, now)).await??;
        let part = store::parts::Part {
            id: crate::ids::uuid()?,
            kind: store::parts::Kind::Component,
            name: format!("fallback-{algorithm}"),
            doc,
        };
        let mut batch = store::Batch::new();
        store::parts::insert(&self.store, &mut batch, &plan.realm.id, &part)?;
        store::realms::touch(&mut batch, &plan.realm.id);
        self.store.db().commit(batch).await?;
        Ok(())
    }
}

fn new_provider(algorithm: Algorithm, realm: &str, now: i64) -> crate::Result<Document> {
    let mut config = serde_json::Map::new();
    let mut put = |name: &str, value: String| config.insert(name.to_owned(), json!([value]));
    put("priority", "-100".to_owned());
    let provider = match algorithm.kty() {
        jose::KeyType::Rsa => {
            let der = jose::generate::rsa(2048)?;
            let from = u64::try_from(now).unwrap_or(0);
            let certificate = jose::certificate::self_signed(realm, algorithm, &der, from, from + TEN_YEARS)?;
            put("algorithm", algorithm.name().to_owned());
            put("privateKey", jose::b64::encode_standard(jose::generate::pkcs1_of_rsa(&der)?));
            put("certificate", jose::b64::encode_standard(certificate));
            "rsa-generated"
        }
        jose::KeyType::Ec => {
            let curve = match algorithm {
                Algorithm::ES384 => jose::Curve::P384,
                Algorithm::ES512 => jose::Curve::P521,
                _ => jose::Curve::P256,
            };
            put("ecdsaEllipticCurveKey", curve.name().to_owned());
            put("ecdsaPrivateKey", jose::b64::encode_standard(jose::generate::ec(curve)?));
            "ecdsa-generated"
        }
        jose::KeyType::Okp => {
            put("eddsaEllipticCurveKey", "Ed25519".to_owned());
            put("eddsaPrivateKey", jose::b64::encode_standard(jose::generate::ed25519()?));
            "eddsa-generated"
        }
        jose::KeyType::Oct => {
            put("algorithm", algorithm.name().to_owned());
            put("kid", crate::ids::uuid()?);
            put("secret", jose::b64::encode(jose::random::bytes(64)?));
            "hmac-generated"
        }
    };
    let mut doc = Document::default();
    doc.set("name", format!("fallback-{}", algorithm.name()));
    doc.set("providerId", provider);
    doc.set("providerType", KEY_PROVIDER);
    doc.set("config", Value::Object(config));
    Ok(doc)
}

const TEN_YEARS: u64 = 315_576_000;
