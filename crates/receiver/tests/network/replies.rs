//! What the realm answers, and the signature over it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jose::{Algorithm, Curve, SigningKey, b64, digest, generate};
use serde_json::{Value, json};

use super::realm::Realm;
use super::verify;

pub(super) fn router(realm: Realm) -> Router {
    let routes = Router::new()
        .route("/protocol/openid-connect/certs", get(certs))
        .route("/protocol/openid-connect/token", post(token))
        .route("/registry/roles/{id}", get(role))
        .route("/registry/roles/{id}/keys", get(keys))
        .route("/registry/profiles/{name}", get(profile))
        .route("/signing/verify", post(verify::verify))
        .route("/signing/check", post(verify::check))
        .route("/signing/report", post(report))
        .route("/evidence/consistency", get(consistency))
        .route("/evidence/checkpoint", get(checkpoint))
        .route("/evidence/keys", get(log_keys));
    Router::new().nest("/realms/network", routes).with_state(realm)
}

/// One request, as its reply's signature names it.
pub(super) struct Asked {
    digest: String,
}

impl Asked {
    /// Notes a request; an answer at once where the realm is away.
    pub(super) fn note(realm: &Realm, method: &Method, uri: &Uri, body: &[u8]) -> Result<Self, StatusCode> {
        // The routes are nested, and see less of the path than was sent.
        let target = format!("/realms/network{}", uri.path_and_query().unwrap());
        let mut state = realm.state();
        state.asked.push(target.clone());
        if state.away {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let input = [method.as_str().as_bytes(), b" ", target.as_bytes(), b"\n", body].concat();
        Ok(Self { digest: b64::encode(digest::sha256(&input)) })
    }

    pub(super) fn answer(&self, realm: &Realm, status: StatusCode, answer: &Value) -> Response {
        let body = answer.to_string();
        let state = realm.state();
        let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.clone()).into_response();
        if state.unsigned {
            return response;
        }
        let key = match state.forged {
            false => realm.0.key.clone(),
            true => SigningKey::from_der(Algorithm::ES256, &generate::ec(Curve::P256).unwrap()).unwrap(),
        };
        let header = json!({
            "alg": "ES256", "kid": realm.0.key.kid(), "typ": "reply+jws", "b64": false, "crit": ["b64"],
            "req": self.digest,
        });
        let signature = jose::detached::sign(&header.to_string(), body.as_bytes(), &key).unwrap();
        response.headers_mut().insert("x-jws-signature", signature.parse().unwrap());
        response
    }
}

async fn certs(State(realm): State<Realm>) -> Response {
    let mut state = realm.state();
    state.asked.push("/certs".to_owned());
    if state.away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    json!({"keys": [realm.0.key.public_jwk().unwrap().to_value()]}).to_string().into_response()
}

async fn token(State(realm): State<Realm>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, &body) {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    let basic = headers[header::AUTHORIZATION].to_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
    let basic = String::from_utf8(b64::decode_standard(basic, "basic").unwrap()).unwrap();
    let of = realm
        .state()
        .participants
        .values()
        .find(|one| {
            let secret = one.secret().replace('&', "%26").replace('=', "%3D");
            basic == format!("{}:{secret}", one.client_id())
        })
        .cloned();
    let Some(of) = of else {
        return asked.answer(&realm, StatusCode::UNAUTHORIZED, &json!({"error": "unauthorized_client"}));
    };
    let token = realm.token(&of, |_| ());
    let seconds = realm.state().token_seconds;
    asked.answer(&realm, StatusCode::OK, &json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer"}))
}

async fn role(
    State(realm): State<Realm>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, b"") {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    assert!(headers[header::AUTHORIZATION].to_str().unwrap().starts_with("Bearer "));
    let Some(one) = realm.state().participants.get(&id).cloned() else {
        return asked.answer(&realm, StatusCode::NOT_FOUND, &json!({"error": "not found"}));
    };
    let refuses_replays = realm.state().refuses_replays;
    let answer = json!({
        "id": one.id, "participantId": format!("{id}-organisation"), "participantRole": "LENDER",
        "clientId": one.client_id(), "baseUrl": one.base_url, "participantRoleStatus": one.status,
        "profile": {
            "name": one.profile.name, "version": one.profile.version, "digest": b64::encode(one.profile.digest()),
        },
        "refusesReplays": one.profile.refuses_replays(refuses_replays),
        "addresses": one.addresses, "productNetworks": [], "head": "h",
    });
    asked.answer(&realm, StatusCode::OK, &answer)
}

async fn profile(State(realm): State<Realm>, Path(name): Path<String>, method: Method, uri: Uri) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, b"") {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    let found = realm.state().participants.values().find(|one| one.profile.name == name).map(|one| one.profile.clone());
    asked.answer(&realm, StatusCode::OK, &serde_json::to_value(found.unwrap()).unwrap())
}

async fn keys(State(realm): State<Realm>, Path(id): Path<String>, method: Method, uri: Uri) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, b"") {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    let Some(one) = realm.state().participants.get(&id).cloned() else {
        return asked.answer(&realm, StatusCode::NOT_FOUND, &json!({"error": "not found"}));
    };
    let jwk = one.key.public_jwk().unwrap();
    let mut record = json!({
        "kid": one.key.kid(), "jwk": jwk.to_value(), "thumbprint": jwk.thumbprint(),
        "validFrom": "2020-01-01T00:00:00Z", "word": "operator",
    });
    for (name, value) in one.key_record.as_object().unwrap() {
        record[name] = value.clone();
    }
    let changed = {
        let changes = &mut realm.state().changes;
        std::mem::replace(changes, changes.saturating_sub(1)) > 0
    };
    asked.answer(&realm, StatusCode::OK, &json!({"keys": [record], "head": if changed { "i" } else { "h" }}))
}

async fn consistency(State(realm): State<Realm>, uri: Uri) -> String {
    if let Some(text) = realm.state().no_proof.clone() {
        return text;
    }
    let (sizes, origin) = uri.query().unwrap().split_once("&origin=").unwrap();
    let (from, to) = sizes.strip_prefix("from=").unwrap().split_once("&to=").unwrap();
    realm.state().consistency(from.parse().unwrap(), to.parse().unwrap(), &origin.replace("%2F", "/"))
}

async fn checkpoint(State(realm): State<Realm>) -> String {
    let head = realm.state().head();
    realm.checkpoint(head).to_string()
}

async fn log_keys(State(realm): State<Realm>) -> String {
    let verifiers = [realm.log_key().to_string()];
    let mut state = realm.state();
    state.asked.push("/evidence/keys".to_owned());
    json!({"origin": realm.log_key().name(), "verifiers": verifiers, "handovers": state.handovers,
        "move": state.first})
    .to_string()
}

async fn report(State(realm): State<Realm>, method: Method, uri: Uri, body: Bytes) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, &body) {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    if realm.state().reports_refused {
        return StatusCode::FORBIDDEN.into_response();
    }
    let envelopes: Vec<Value> = serde_json::from_slice(&body).unwrap();
    let verdicts: Vec<Value> = envelopes.iter().map(|envelope| verify::of_envelope(&realm, envelope)).collect();
    realm.state().reports.extend(envelopes);
    asked.answer(&realm, StatusCode::OK, &json!({"messages": verdicts}))
}
