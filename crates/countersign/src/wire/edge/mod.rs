//! The outermost layer: what must be settled before a route is looked for.
//!
//! A request gets its id and its span, and its path is brought into the one form that the routes know.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use tower::Service;
use tracing::Instrument as _;
use web::{PeerAddr, RequestId, SentTarget};

use crate::config::resolved::{Proxy, Trust};

/// Lays the edge around routes.
pub(super) fn around(routes: Router, relative_path: String, proxy: &Proxy) -> Router {
    let rules = Rules { relative_path, id_from: proxy.headers.map(|_| proxy.trust.clone()) };
    Router::new().fallback_service(Edge { routes, rules: Arc::new(rules) })
}

#[derive(Clone)]
struct Edge {
    routes: Router,
    rules: Arc<Rules>,
}

struct Rules {
    relative_path: String,
    /// Whose `X-Request-Id` is taken over; `None` for nobody's.
    id_from: Option<Trust>,
}

impl Service<Request> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let id = self.rules.id_of(&request);
        let span = tracing::info_span!("request", request_id = %id);
        request.extensions_mut().insert(RequestId(id));
        let sent = SentTarget(request.uri().path_and_query().cloned());
        request.extensions_mut().insert(sent);
        if let Err(bad) = web::normalise(request.uri_mut(), &self.rules.relative_path) {
            return Box::pin(std::future::ready(Ok(bad_path(bad))));
        }
        let answer = self.routes.call(request).instrument(span);
        Box::pin(async move {
            let mut response = answer.await?;
            // Keycloak doesn't say which methods there are; the router's own header would.
            if response.status() == StatusCode::METHOD_NOT_ALLOWED {
                response.headers_mut().remove(header::ALLOW);
            }
            Ok(response)
        })
    }
}

impl Rules {
    /// The id that a named proxy gave the request, or one of our own.
    fn id_of(&self, request: &Request) -> String {
        let given = request.headers().get("x-request-id").filter(|_| self.is_from_named_proxy(request));
        match given.and_then(|id| id.to_str().ok()).filter(|id| is_id(id)) {
            Some(id) => id.to_owned(),
            // Without randomness nothing works; the id is the least of it.
            None => domain::ids::tab().unwrap_or_default(),
        }
    }

    fn is_from_named_proxy(&self, request: &Request) -> bool {
        let peer: Option<SocketAddr> = request.extensions().get::<PeerAddr>().map(|peer| peer.0);
        match (&self.id_from, peer) {
            (Some(trust @ Trust::Only(_)), Some(peer)) => trust.covers(peer.ip()),
            _ => false,
        }
    }
}

/// What may stand in a log and on a page as it is.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn bad_path(bad: &str) -> Response {
    web::json_error(400, "invalidCharacter", &format!("Request path contains invalid character '{bad}'"))
}

#[cfg(test)]
mod tests;
