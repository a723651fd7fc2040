//! Metrics in the names that dashboards for Keycloak know (`http_server_requests_seconds`), bounded in number.
//!
//! A label's value is never taken from a request: the method is one of a fixed list, the URI is the pattern of a route,
//! the status is ours. So no caller can make the number of series grow.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::MatchedPath;
use axum::http::{Method, Request, Response, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tower::{Layer, Service};

use super::process::Process;

/// The handles of all metrics, and the registry that writes them out.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
    requests: Requests,
    /// Connections open now; the listeners count them.
    pub open_connections: Gauge,
    /// Requests in work now.
    pub active_requests: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Requests::new();
        let (open_connections, active_requests) = (Gauge::default(), Gauge::default());
        registry.register(
            "http_server_requests_seconds",
            "Requests answered, and how long it took",
            requests.all.clone(),
        );
        registry.register("http_server_active_requests", "Requests in work", active_requests.clone());
        registry.register("http_server_active_connections", "Connections open", open_connections.clone());
        registry.register_collector(Box::new(Process));
        Self { registry: Arc::new(RwLock::new(registry)), requests, open_connections, active_requests }
    }

    /// Adds metrics of other parts: `metrics.register(|registry| registry.register(…))`.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// The layer that counts what a router answers; put it on with `Router::layer`, so that routes are known.
    pub fn count_requests(&self) -> CountRequests {
        CountRequests { requests: self.requests.clone(), active: self.active_requests.clone() }
    }

    /// Everything in the OpenMetrics text form.
    pub(super) fn encode(&self) -> String {
        let mut out = String::new();
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        // Writing to a String cannot fail.
        let _ = text::encode(&mut out, &registry);
        out
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: String,
    outcome: &'static str,
    status: u16,
    uri: String,
}

/// The histograms of one route, by method and status.
type OfRoute = HashMap<(&'static str, u16), Histogram>;

/// The histograms by labels, and a way to them that makes no copies of the route's pattern.
#[derive(Clone)]
struct Requests {
    all: Family<Labels, Histogram, fn() -> Histogram>,
    known: Arc<RwLock<HashMap<String, OfRoute>>>,
}

impl Requests {
    fn new() -> Self {
        Self { all: Family::new_with_constructor(histogram), known: Arc::default() }
    }

    fn observe(&self, method: &'static str, route: &str, status: StatusCode, took: Duration) {
        let key = (method, status.as_u16());
        let seconds = took.as_secs_f64();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(histogram) = known.get(route).and_then(|route| route.get(&key)) {
            histogram.observe(seconds);
            return;
        }
        drop(known);
        let labels =
            Labels { method: method.to_owned(), outcome: outcome(status), status: key.1, uri: route.to_owned() };
        let histogram = self.all.get_or_create_owned(&labels);
        histogram.observe(seconds);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(route.to_owned()).or_default().insert(key, histogram);
    }
}

/// Counts requests and their durations.
#[derive(Clone)]
pub struct CountRequests {
    requests: Requests,
    active: Gauge,
}

impl<S> Layer<S> for CountRequests {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, count: self.clone() }
    }
}

/// A service whose requests are counted.
#[derive(Clone)]
pub struct Counted<S> {
    inner: S,
    count: CountRequests,
}

impl<S, B, R> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let begun = Instant::now();
        let method = method(request.method());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let active = Active::new(self.count.active.clone());
        let requests = self.count.requests.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let _active = active;
            let response = answer.await?;
            let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
            requests.observe(method, route, response.status(), begun.elapsed());
            Ok(response)
        })
    }
}

/// One request in work; also where the caller goes away before the answer.
struct Active(Gauge);

impl Active {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// One of a fixed list, whatever the caller writes.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

fn outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "INFORMATIONAL",
        200..=299 => "SUCCESS",
        300..=399 => "REDIRECTION",
        400..=499 => "CLIENT_ERROR",
        _ => "SERVER_ERROR",
    }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

/// Seconds. From a copied document to an answer that someone waits for.
const BUCKETS: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0];

/// The pattern where no route was found.
const NO_ROUTE: &str = "NOT_FOUND";
