//! A folder and a registry behind a socket, as a realm would serve them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::net::{self, Limits, Listener, Phase, Shutdown};

/// A server that ends with the test.
pub(super) struct Serving {
    pub(super) address: SocketAddr,
    _end: watch::Sender<Phase>,
}

pub(super) async fn serve(router: Router) -> Serving {
    let listener = Listener::plain(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.address().unwrap();
    let (end, shutdown) = Shutdown::by_hand();
    tokio::spawn(net::serve(vec![listener], router, Limits::new(16, None, Duration::from_secs(1)), shutdown));
    Serving { address, _end: end }
}

/// What a realm serves here.
#[derive(Clone)]
pub(super) struct Realm {
    pub(super) evidence: PathBuf,
    pub(super) keys: Arc<Mutex<Value>>,
}

/// The token that this realm takes and gives.
pub(super) const TOKEN: &str = "token-of-the-agent";

impl Realm {
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/realms/net/evidence/{*path}", get(file))
            .route("/realms/net/registry/roles/{role}/keys", get(keys))
            .route(
                "/realms/net/protocol/openid-connect/token",
                post(async || json!({"access_token": TOKEN}).to_string()),
            )
            .with_state(self)
    }
}

async fn file(State(realm): State<Realm>, Path(path): Path<String>) -> axum::response::Response {
    match std::fs::read(realm.evidence.join(path)) {
        Ok(octets) => octets.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn keys(State(realm): State<Realm>, headers: HeaderMap, Path(role): Path<String>) -> axum::response::Response {
    let is_asked_well = headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
    match (is_asked_well, role.as_str()) {
        (false, _) => StatusCode::UNAUTHORIZED.into_response(),
        (true, "agent-1") => realm.keys.lock().unwrap().to_string().into_response(),
        (true, _) => StatusCode::NOT_FOUND.into_response(),
    }
}
