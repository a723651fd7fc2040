//! The discovery document [OIDC-Discovery-3], [RFC8414], and the realm's own page [KC 2.6].
//!
//! What it announces derives from the `const` lists that dispatch uses, so that it never promises what isn't there.

use jose::Algorithm;
use serde_json::{Map, Value, json};

use crate::client_auth::METHODS;
use crate::cx::Cx;
use crate::grants::GRANTS;
use crate::response::{MODES, TYPES};

/// The discovery document, as JSON text.
pub fn document(cx: &Cx<'_>) -> String {
    let issuer = cx.issuer();
    let endpoint = |name: &str| Value::from(format!("{issuer}/protocol/openid-connect/{name}"));
    let mut doc = Map::new();
    let mut put = |name: &str, value: Value| doc.insert(name.to_owned(), value);
    put("issuer", issuer.clone().into());
    for (name, path) in [
        ("authorization_endpoint", "auth"),
        ("token_endpoint", "token"),
        ("introspection_endpoint", "token/introspect"),
        ("userinfo_endpoint", "userinfo"),
        ("end_session_endpoint", "logout"),
    ] {
        put(name, endpoint(path));
    }
    put("frontchannel_logout_session_supported", true.into());
    put("frontchannel_logout_supported", true.into());
    put("jwks_uri", endpoint("certs"));
    put("check_session_iframe", endpoint("login-status-iframe.html"));
    let mut grants: Vec<&str> = GRANTS.iter().map(|g| g.id).chain(["implicit"]).collect();
    grants.sort_unstable();
    put("grant_types_supported", json!(grants));
    put("acr_values_supported", json!(["0", "1"]));
    put("response_types_supported", json!(TYPES));
    put("subject_types_supported", json!(["public", "pairwise"]));
    put("prompt_values_supported", json!(["none", "login", "consent"]));
    let signing = signing(|_| true, false);
    put("id_token_signing_alg_values_supported", json!(signing));
    put("id_token_encryption_alg_values_supported", json!(ENCRYPTION_ALGS));
    put("id_token_encryption_enc_values_supported", json!(ENCRYPTION_ENCS));
    put("userinfo_signing_alg_values_supported", json!(self::signing(|_| true, true)));
    put("response_modes_supported", json!(MODES.iter().map(|m| m.name).collect::<Vec<_>>()));
    let methods: Vec<&str> = METHODS.iter().flat_map(|m| m.names).copied().collect();
    for of in ["token", "introspection", "revocation"] {
        put(&format!("{of}_endpoint_auth_methods_supported"), json!(methods));
        put(&format!("{of}_endpoint_auth_signing_alg_values_supported"), json!(signing));
    }
    put("revocation_endpoint", endpoint("revoke"));
    put("claims_supported", json!(CLAIMS));
    put("claim_types_supported", json!(["normal"]));
    put("claims_parameter_supported", true.into());
    let mut scopes: Vec<&str> =
        cx.plan.scopes.values().filter(|s| s.protocol == "openid-connect").map(|s| s.name.as_str()).collect();
    scopes.sort_unstable();
    scopes.insert(0, "openid");
    put("scopes_supported", json!(scopes));
    put("request_uri_parameter_supported", false.into());
    put("code_challenge_methods_supported", json!(["plain", "S256"]));
    put("backchannel_logout_supported", true.into());
    put("backchannel_logout_session_supported", true.into());
    put("require_pushed_authorization_requests", false.into());
    let aliases: Map<String, Value> = [
        ("token_endpoint", "token"),
        ("revocation_endpoint", "revoke"),
        ("introspection_endpoint", "token/introspect"),
        ("userinfo_endpoint", "userinfo"),
    ]
    .into_iter()
    .map(|(name, path)| (name.to_owned(), endpoint(path)))
    .collect();
    put("mtls_endpoint_aliases", aliases.into());
    put("authorization_response_iss_parameter_supported", true.into());
    Value::Object(doc).to_string()
}

/// The realm's page: its name and the key that its tokens are signed with.
pub fn realm_page(cx: &Cx<'_>) -> String {
    let issuer = cx.issuer();
    let key = cx.plan.keys.active("RS256").and_then(|k| k.spki.as_deref()).map(jose::b64::encode_standard);
    json!({
        "realm": cx.plan.realm.name,
        "public_key": key,
        "token-service": format!("{issuer}/protocol/openid-connect"),
        "account-service": format!("{issuer}/account"),
        "tokens-not-before": cx.plan.realm.not_before,
    })
    .to_string()
}

fn signing(wanted: impl Fn(Algorithm) -> bool, none: bool) -> Vec<&'static str> {
    let all = Algorithm::ALL.iter().copied().filter(|a| wanted(*a)).map(Algorithm::name);
    all.chain(none.then_some("none")).collect()
}

const ENCRYPTION_ALGS: &[&str] =
    &["ECDH-ES+A256KW", "ECDH-ES+A192KW", "ECDH-ES+A128KW", "RSA-OAEP", "RSA-OAEP-256", "RSA1_5", "ECDH-ES"];
const ENCRYPTION_ENCS: &[&str] = &["A256GCM", "A192GCM", "A128GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"];
const CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "email",
    "acr",
    "azp",
    "nonce",
];
