//! Whether the process lives, has started, and can answer: Keycloak's health documents.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::net::{Phase, Shutdown};

/// Asks whether the database answers; the error is for the log, not for the document.
pub type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What readiness depends on.
#[derive(Clone)]
pub struct Readiness {
    database: Check,
    shutdown: Shutdown,
    pub(super) patience: Duration,
    was_up: Arc<AtomicBool>,
}

impl Readiness {
    /// Ready while the database answers and nobody has told the server to end.
    pub fn new(database: Check, shutdown: Shutdown) -> Self {
        Self { database, shutdown, patience: PATIENCE, was_up: Arc::new(AtomicBool::new(true)) }
    }

    /// Whether the database answers in time; a change is logged once.
    async fn database_is_up(&self) -> bool {
        let answered = match tokio::time::timeout(self.patience, (self.database)()).await {
            Ok(answered) => answered,
            Err(_) => Err("no answer in time".to_owned()),
        };
        let was_up = self.was_up.swap(answered.is_ok(), Ordering::Relaxed);
        match &answered {
            Err(cause) if was_up => tracing::error!(cause, "not ready: the database does not answer"),
            Ok(()) if !was_up => tracing::info!("ready again: the database answers"),
            _ => {}
        }
        answered.is_ok()
    }
}

pub(super) fn router(readiness: Readiness) -> Router {
    Router::new()
        .route("/health", get(ready))
        .route("/health/ready", get(ready))
        .route("/health/live", get(async || document(&[])))
        .route("/health/started", get(async || document(&[])))
        .with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    if readiness.shutdown.phase() > Phase::Running {
        return document(&[(GRACEFUL_SHUTDOWN, false)]);
    }
    document(&[(DATABASE, readiness.database_is_up().await)])
}

/// `{"status":…,"checks":[…]}`, 503 when any check is DOWN.
fn document(checks: &[(&str, bool)]) -> Response {
    let word = |up: bool| if up { "UP" } else { "DOWN" };
    let up = checks.iter().all(|(_, up)| *up);
    let checks: Vec<Value> = checks.iter().map(|(name, up)| json!({ "name": name, "status": word(*up) })).collect();
    let body = json!({ "status": word(up), "checks": checks }).to_string();
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    (status, [kind, (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], body).into_response()
}

/// The names of Keycloak's checks, since dashboards look for them.
const DATABASE: &str = "Keycloak database connections async health check";
const GRACEFUL_SHUTDOWN: &str = "Graceful Shutdown";

/// Shorter than the second that probes usually wait.
const PATIENCE: Duration = Duration::from_millis(900);
