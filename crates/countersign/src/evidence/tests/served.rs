//! A folder and a registry behind a socket, as a realm would serve them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

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
    /// What a search finds.
    pub(super) messages: Arc<Mutex<Value>>,
    /// Where this stands, whoever asks for keys is told of here, and never answered.
    pub(super) stalled: Arc<Mutex<Option<Arc<Notify>>>>,
}

impl Realm {
    /// One with a log in this folder, and with no keys.
    pub(super) fn of(evidence: PathBuf) -> Self {
        Self { evidence, keys: Arc::default(), messages: Arc::new(Mutex::new(json!([]))), stalled: Arc::default() }
    }

    /// Where a log that was left is kept, to be asked for by its origin.
    pub(super) fn left(&self, origin: &str) -> PathBuf {
        self.evidence.join("left").join(origin.replace('/', "_"))
    }
}

/// The token that this realm takes and gives.
pub(super) const TOKEN: &str = "token-of-the-agent";

impl Realm {
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/realms/net/evidence/messages", get(messages))
            .route("/realms/net/evidence/{*path}", get(file))
            .route("/realms/net/registry/roles/{role}/keys", get(keys))
            .route(
                "/realms/net/protocol/openid-connect/token",
                post(async || json!({"access_token": TOKEN}).to_string()),
            )
            .with_state(self)
    }
}

/// What a file holds that is answered with 500.
pub(super) const FAILING: &[u8] = b"failing";

async fn file(State(realm): State<Realm>, uri: Uri, Path(path): Path<String>) -> axum::response::Response {
    let open = std::fs::read_to_string(realm.evidence.join("checkpoint")).unwrap();
    let mut asked = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let folder = match asked.find(|(name, _)| name == "origin") {
        Some((_, origin)) if open.lines().next() != Some(&origin) => realm.left(&origin),
        _ => realm.evidence,
    };
    match std::fs::read(folder.join(path)) {
        Ok(octets) if octets == FAILING => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Ok(octets) => octets.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn messages(State(realm): State<Realm>) -> axum::response::Response {
    realm.messages.lock().unwrap().to_string().into_response()
}

async fn keys(State(realm): State<Realm>, headers: HeaderMap, Path(role): Path<String>) -> axum::response::Response {
    let stalled = realm.stalled.lock().unwrap().clone();
    if let Some(asked) = stalled {
        asked.notify_one();
        return std::future::pending().await;
    }
    let is_asked_well = headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
    match (is_asked_well, role.as_str()) {
        (false, _) => StatusCode::UNAUTHORIZED.into_response(),
        (true, "agent-1") => realm.keys.lock().unwrap().to_string().into_response(),
        (true, _) => StatusCode::NOT_FOUND.into_response(),
    }
}
