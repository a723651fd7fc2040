//! The applications behind the gateways: they see only what was verified, and know nothing of signatures.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::commands::Failure;

/// From whom messages came, as the gateways said.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(super) fn senders(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts an application that acknowledges whatever its gateway passes on.
pub(super) async fn start(heard: &Heard) -> Result<(SocketAddr, JoinHandle<()>), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/{*path}", post(acknowledge)).with_state(heard.clone());
    let work = tokio::spawn(async move {
        if let Err(cause) = axum::serve(listener, router).await {
            tracing::error!(%cause, "an application of the demo ended");
        }
    });
    Ok((address, work))
}

async fn acknowledge(State(heard): State<Heard>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let from = headers.get("x-countersign-role").and_then(|role| role.to_str().ok()).unwrap_or("nobody");
    heard.0.lock().unwrap_or_else(PoisonError::into_inner).push(from.to_owned());
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let metadata = sent.get("metadata");
    let of = |name: &str| metadata.and_then(|metadata| metadata.get(name)).cloned();
    let ack = json!({"error": "0", "traceId": of("traceId"), "metadata": {"requestId": of("requestId")}});
    ([("content-type", "application/json")], ack.to_string())
}
