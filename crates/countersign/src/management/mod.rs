//! The management port: what operators and their machines look at.
//!
//! `/health`, `/health/live`, `/health/ready`, `/health/started` in Keycloak's JSON, and `/metrics` for Prometheus. The
//! port is for the inside of a network: it asks nobody who they are, and says nothing about realms or people; of
//! ledgers only what is wrong, under their public names.

mod health;
mod metrics;
mod process;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::get;

pub use health::{Check, Complaints, Ledgers, Readiness};
pub use metrics::{CountRequests, Metrics};

/// What the management port shows.
#[derive(Clone)]
pub struct Management {
    /// Before `/health` and `/metrics`: `/` or `/auth`.
    pub relative_path: String,
    /// `None`: health is not shown.
    pub readiness: Option<Readiness>,
    /// `None`: metrics are not shown.
    pub metrics: Option<Metrics>,
}

impl Management {
    /// The router of the management port.
    pub fn router(self) -> Router {
        let mut router = Router::new();
        if let Some(readiness) = self.readiness {
            router = router.merge(health::router(readiness));
        }
        if let Some(metrics) = self.metrics {
            router = router.route(
                "/metrics",
                get(async move || {
                    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
                    ([kind], metrics.encode()).into_response()
                }),
            );
        }
        match self.relative_path.trim_end_matches('/') {
            "" => router,
            path => Router::new().nest(path, router),
        }
    }
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[cfg(test)]
mod tests;
