//! One request: what is known of its connection goes with it, and a panic ends it alone.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tower::Service as _;
use web::{ClientCertificate, PeerAddr, Secure};

use super::body::TimedBody;

/// Who is at the other end of a connection, and how it got there.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    /// Whether the connection itself is TLS.
    pub(super) tls: bool,
    /// What it showed in the TLS handshake, which has checked it against the configured authorities.
    pub(super) certificate: Option<ClientCertificate>,
}

/// The router, with the bounds of a single request around it.
#[derive(Clone)]
pub(super) struct Answering {
    router: Router,
    room: Option<Arc<Semaphore>>,
    body: Duration,
}

impl Answering {
    pub(super) fn new(router: Router, requests: Option<usize>, body: Duration) -> Self {
        Self { router, room: requests.map(|most| Arc::new(Semaphore::new(most))), body }
    }

    /// The router's answer; 400 where the host isn't clear; 503 where there is no room; 500 where it panics.
    pub(super) fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Response<Body>> + Send + use<> {
        let Self { mut router, room, body } = self.clone();
        async move {
            if !names_its_host(&request) {
                return plain(StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#);
            }
            let Ok(_place) = room.map(Semaphore::try_acquire_owned).transpose() else {
                return too_busy();
            };
            let mut request = request.map(|inner| TimedBody::new(inner, body));
            request.extensions_mut().insert(PeerAddr(peer.address));
            if peer.tls {
                request.extensions_mut().insert(Secure);
            }
            if let Some(certificate) = peer.certificate {
                request.extensions_mut().insert(certificate);
            }
            catching(router.call(request)).await
        }
    }
}

/// Whether an HTTP/1.1 request has its one `Host` [RFC9112-3.2]; with two, a proxy may have looked at the other one.
fn names_its_host(request: &Request<Incoming>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() != Version::HTTP_11)
}

/// The answer of this future, or 500 if it panics; the panic itself is logged by the panic hook.
async fn catching<E>(answer: impl Future<Output = Result<Response<Body>, E>>) -> Response<Body> {
    let mut answer = pin!(answer);
    let outcome =
        std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll.map(Result::ok),
            Err(_) => Poll::Ready(None),
        });
    outcome.await.unwrap_or_else(broken)
}

fn too_busy() -> Response<Body> {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"temporarily_unavailable"}"#);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn broken() -> Response<Body> {
    plain(StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"unknown_error"}"#)
}

fn plain(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
