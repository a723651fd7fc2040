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

/// What is wrong with the ledgers, None where there are none; asked at each probe, so from memory.
pub type Ledgers = Arc<dyn Fn() -> Option<Complaints> + Send + Sync>;

/// Sentences about ledgers, which name them by their public origins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    /// What this node refuses to sign, and what gives no indexes: it is not ready.
    pub refused: Vec<String>,
    /// What lacks an outside time, or whom its witnesses refuse: it goes on, and somebody should look.
    pub late: Vec<String>,
}

/// What readiness depends on.
#[derive(Clone)]
pub struct Readiness {
    database: Check,
    ledgers: Option<Ledgers>,
    shutdown: Shutdown,
    pub(super) patience: Duration,
    was_up: Arc<AtomicBool>,
}

impl Readiness {
    /// Ready while the database answers and nobody has told the server to end.
    pub fn new(database: Check, shutdown: Shutdown) -> Self {
        Self { database, ledgers: None, shutdown, patience: PATIENCE, was_up: Arc::new(AtomicBool::new(true)) }
    }

    /// Ready only while no ledger is refused as well.
    #[must_use]
    pub fn and_ledgers(mut self, ledgers: Ledgers) -> Self {
        self.ledgers = Some(ledgers);
        self
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
        return document(&[check(GRACEFUL_SHUTDOWN, false)]);
    }
    let mut checks = vec![check(DATABASE, readiness.database_is_up().await)];
    if let Some(Complaints { refused, late }) = readiness.ledgers.as_ref().and_then(|ask| ask()) {
        let data = json!({ "refused": refused, "late": late });
        checks.push(match refused.is_empty() && late.is_empty() {
            true => check(LEDGERS, true),
            false => json!({ "name": LEDGERS, "status": word(refused.is_empty()), "data": data }),
        });
    }
    document(&checks)
}

fn check(name: &str, up: bool) -> Value {
    json!({ "name": name, "status": word(up) })
}

fn word(up: bool) -> &'static str {
    if up { UP } else { "DOWN" }
}

/// `{"status":…,"checks":[…]}`, 503 when any check is DOWN.
fn document(checks: &[Value]) -> Response {
    let up = checks.iter().all(|check| check.get("status").is_some_and(|status| status == UP));
    let body = json!({ "status": word(up), "checks": checks }).to_string();
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    (status, [kind, (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], body).into_response()
}

/// The names of Keycloak's checks, since dashboards look for them.
const DATABASE: &str = "Keycloak database connections async health check";
const GRACEFUL_SHUTDOWN: &str = "Graceful Shutdown";
/// One that Keycloak doesn't have; only servers with a ledger do.
const LEDGERS: &str = "Ledgers";
const UP: &str = "UP";

/// Shorter than the second that probes usually wait.
const PATIENCE: Duration = Duration::from_millis(900);
