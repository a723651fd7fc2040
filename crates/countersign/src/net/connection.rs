//! One connection: TLS handshake, protocol, and its requests one after the other.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use prometheus_client::metrics::gauge::Gauge;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use web::ClientCertificate;

use super::request::{Answering, Peer};

/// What one server may hold, and for how long.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once, over all its sockets.
    pub connections: usize,
    /// Requests in work at once; further ones get 503.
    pub requests: Option<usize>,
    /// From the connection to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the handshake to the first whole request head.
    pub first_request: Duration,
    /// Between two requests of a connection, the second one's head included. Longer than proxies keep theirs, so that
    /// a proxy never sends into a connection that is about to be closed.
    pub idle: Duration,
    /// From a request's head to the end of its body.
    pub body: Duration,
    /// For requests in work when the server ends.
    pub shutdown: Duration,
    /// Counts open connections.
    pub open_connections: Gauge,
}

impl Limits {
    /// The usual bounds, with this many connections and this time to end.
    pub fn new(connections: usize, requests: Option<usize>, shutdown: Duration) -> Self {
        Self {
            connections,
            requests,
            handshake: Duration::from_secs(10),
            first_request: Duration::from_secs(15),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(60),
            shutdown,
            open_connections: Gauge::default(),
        }
    }
}

/// What all connections of a server share.
pub(super) struct Server {
    answering: Answering,
    builder: Builder<TokioExecutor>,
    limits: Limits,
}

impl Server {
    pub(super) fn new(router: Router, limits: Limits) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(HEAD)
            .max_headers(HEADERS);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD_LIST)
            .keep_alive_interval(limits.idle)
            .keep_alive_timeout(limits.first_request);
        Self { answering: Answering::new(router, limits.requests, limits.body), builder, limits }
    }

    /// Serves the connection to its end. What goes wrong on it is the peer's affair and only logged for debugging.
    pub(super) async fn attend(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        watcher: Watcher,
    ) {
        self.limits.open_connections.inc();
        let _ = stream.set_nodelay(true);
        let outcome = match tls {
            None => self.converse(stream, Peer { address: peer, tls: false, certificate: None }, watcher).await,
            Some(config) => self.handshake_and_converse(stream, peer, config, watcher).await,
        };
        self.limits.open_connections.dec();
        if let Err(cause) = outcome {
            tracing::debug!(%peer, cause, "a connection broke off");
        }
    }

    async fn handshake_and_converse(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        config: Arc<ServerConfig>,
        watcher: Watcher,
    ) -> Result<(), String> {
        let handshake = TlsAcceptor::from(config).accept(stream);
        let stream = tokio::time::timeout(self.limits.handshake, handshake)
            .await
            .map_err(|_| "no TLS handshake in time".to_owned())?
            .map_err(|cause| cause.to_string())?;
        let certificate = stream.get_ref().1.peer_certificates();
        let certificate = certificate.map(|chain| ClientCertificate(chain.iter().map(|one| one.to_vec()).collect()));
        self.converse(stream, Peer { address: peer, tls: true, certificate }, watcher).await
    }

    async fn converse<S>(&self, stream: S, peer: Peer, watcher: Watcher) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let begun = Arc::new(AtomicBool::new(false));
        let seen = begun.clone();
        let answering = self.answering.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            seen.store(true, Ordering::Relaxed);
            let answer = answering.answer(request, peer.clone());
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let conversation = watcher.watch(self.builder.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::pin!(conversation);
        // Whoever connects and says nothing, or says it letter by letter, holds a place for this long at most.
        tokio::select! {
            ended = &mut conversation => return ended.map_err(|cause| cause.to_string()),
            () = tokio::time::sleep(self.limits.first_request) => {}
        }
        if !begun.load(Ordering::Relaxed) {
            return Err("no request in time".to_owned());
        }
        conversation.await.map_err(|cause| cause.to_string())
    }
}

/// Bytes of a request's head: a URL and cookies of some KiB fit, a flood does not.
const HEAD: usize = 64 * 1024;
const HEAD_LIST: u32 = 64 * 1024;
const HEADERS: usize = 100;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;
