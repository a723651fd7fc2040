//! Messages that come: each goes through the receiver, and only then to the service behind.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, Request, Response, StatusCode, Uri, Version, header};
use http_body_util::Full;
use hyper::body::Incoming;
use receiver::client::{CallError, Client};
use receiver::{PeerAddress, Receiver, ReceiverLayer, Refusal, layer};
use tower::{Layer as _, Service, ServiceExt as _};

use crate::config;
use crate::from::Proxies;
use crate::hop;
use crate::listen::Answers;

/// What answers on the inbound socket.
#[derive(Clone)]
pub(crate) struct Inbound {
    layer: ReceiverLayer,
    upstream: Upstream,
    proxies: Arc<Proxies>,
}

/// The service behind.
#[derive(Clone)]
struct Upstream(Arc<Behind>);

struct Behind {
    client: Client,
    scheme: Scheme,
    authority: Authority,
    bound: usize,
    time: Duration,
}

impl Inbound {
    /// None when the upstream is no address.
    pub(crate) fn new(config: &config::Inbound, receiver: &Receiver) -> Option<Self> {
        let parts = config.upstream.parse::<Uri>().ok()?.into_parts();
        let behind = Behind {
            client: receiver.client().clone(),
            scheme: parts.scheme?,
            authority: parts.authority?,
            bound: config.body_bytes,
            time: config::seconds(config.upstream_seconds),
        };
        let header = HeaderName::from_bytes(config.proxy_header.as_bytes()).ok()?;
        let proxies = Proxies::new(config.trusted_proxies.clone(), header);
        Some(Self { layer: layer(receiver.clone()), upstream: Upstream(Arc::new(behind)), proxies: Arc::new(proxies) })
    }
}

impl Answers for Inbound {
    async fn answer(&self, mut request: Request<Incoming>, from: IpAddr) -> Response<Full<Bytes>> {
        if let Some(sender) = self.proxies.sender(from, request.headers()) {
            request.extensions_mut().insert(PeerAddress(sender));
        }
        // Before anything is added: a header that Connection names must not take away what the service is told.
        hop::remove(request.headers_mut());
        match self.layer.layer(self.upstream.clone()).oneshot(request).await {
            Ok(reply) => reply,
            Err(never) => match never {},
        }
    }
}

impl Service<Request<Full<Bytes>>> for Upstream {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let behind = self.0.clone();
        Box::pin(async move { Ok(behind.ask(request).await.map(Full::new)) })
    }
}

impl Behind {
    async fn ask(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        let target = request.uri().path_and_query().cloned();
        let Ok(request) = towards(request, &self.scheme, &self.authority, target) else {
            return unreached(&CallError::Unreachable("no address".to_owned()));
        };
        match self.client.call(request, self.bound, self.time).await {
            Ok(mut reply) => {
                hop::remove(reply.headers_mut());
                // Which program stands behind is nobody's business.
                reply.headers_mut().remove(header::SERVER);
                reply
            }
            Err(error) => unreached(&error),
        }
    }
}

fn unreached(error: &CallError) -> Response<Bytes> {
    tracing::error!(%error, "the service behind gave no reply");
    let status = match error {
        CallError::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    Refusal::new(status, UPSTREAM_AWAY, "The service behind gave no reply").response()
}

/// A request as it is, to another address.
pub(crate) fn towards(
    request: Request<Full<Bytes>>,
    scheme: &Scheme,
    authority: &Authority,
    target: Option<PathAndQuery>,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let (mut head, body) = request.into_parts();
    let target = target.unwrap_or_else(|| PathAndQuery::from_static("/"));
    head.uri = Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query(target).build()?;
    // The client names the host that it calls, and speaks the version that it agrees on.
    head.headers.remove(header::HOST);
    head.version = Version::HTTP_11;
    Ok(Request::from_parts(head, body))
}

const UPSTREAM_AWAY: &str = "upstream_away";
