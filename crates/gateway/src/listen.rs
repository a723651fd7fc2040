//! Sockets: connections within bounds of number and time, TLS where it is configured, and an orderly end.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio_rustls::TlsAcceptor;

use crate::tls::Identity;

/// Answers requests.
pub(crate) trait Answers: Clone + Send + Sync + 'static {
    /// The answer to a request from an address.
    fn answer(&self, request: Request<Incoming>, from: IpAddr) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// A socket that is listened on.
pub(crate) struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Identity>>,
    connections: usize,
}

impl Listener {
    /// Takes an address; the error names it.
    pub(crate) async fn bind(address: SocketAddr, tls: Option<Arc<Identity>>, connections: usize) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await;
        let socket =
            socket.map_err(|cause| io::Error::new(cause.kind(), format!("cannot listen on {address}: {cause}")))?;
        Ok(Self { socket, tls, connections })
    }

    /// The address with the port that was taken.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers until told to end, then lets requests in work finish within a time.
    pub(crate) async fn serve(self, answers: impl Answers, mut end: watch::Receiver<bool>, time: Duration) {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(self.connections));
        let builder = Arc::new(builder());
        loop {
            let next = async {
                // A place first: without one the connection waits in the system's queue, and costs nothing here.
                let place = room.clone().acquire_owned().await;
                (self.socket.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                _ = end.wait_for(|end| *end) => break,
                next = next => next,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(cause) => {
                    // The system is out of something; it passes by.
                    tracing::warn!(%cause, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let (builder, tls, answers, watcher) =
                (builder.clone(), self.tls.as_ref().map(|tls| tls.current()), answers.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                if let Err(cause) = attend(&builder, stream, peer.ip(), tls, answers, watcher).await {
                    tracing::debug!(%peer, cause, "a connection broke off");
                }
                drop(place);
            });
        }
        // Who comes now is refused at once, and not left to wait for an answer that never comes.
        drop(self.socket);
        if tokio::time::timeout(time, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections were cut at the end of the time to shut down");
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD).max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(HEAD_LIST)
        .keep_alive_interval(HEAD_TIME)
        .keep_alive_timeout(HANDSHAKE);
    builder
}

async fn attend(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    from: IpAddr,
    tls: Option<Arc<ServerConfig>>,
    answers: impl Answers,
    watcher: Watcher,
) -> Result<(), String> {
    let Some(tls) = tls else { return converse(builder, stream, from, answers, watcher).await };
    let handshake = tokio::time::timeout(HANDSHAKE, TlsAcceptor::from(tls).accept(stream)).await;
    let stream = handshake.map_err(|_| "no TLS handshake in time")?.map_err(|cause| cause.to_string())?;
    converse(builder, stream, from, answers, watcher).await
}

async fn converse<S>(
    builder: &Builder<TokioExecutor>,
    stream: S,
    from: IpAddr,
    answers: impl Answers,
    watcher: Watcher,
) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (begun, first) = oneshot::channel();
    let begun = Mutex::new(Some(begun));
    let service = service_fn(move |request| {
        // The first request ends the wait for it; who waits for it may be gone.
        let begun = begun.lock().ok().and_then(|mut begun| begun.take());
        let _ = begun.map(|begun| begun.send(()));
        let answers = answers.clone();
        async move { Ok::<_, Infallible>(whole(answers, request, from).await) }
    });
    let conversation = watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
    tokio::pin!(conversation);
    // Whoever connects and says nothing holds a place for so long at most.
    tokio::select! {
        ended = &mut conversation => return ended.map_err(|cause| cause.to_string()),
        first = tokio::time::timeout(FIRST_REQUEST, first) => first.map(drop).map_err(|_| "no request in time")?,
    }
    conversation.await.map_err(|cause| cause.to_string())
}

/// An answer that is made to its end, also when whoever asked is gone: what is on record is passed on. A panic ends this
/// request alone.
async fn whole(answers: impl Answers, request: Request<Incoming>, from: IpAddr) -> Response<Full<Bytes>> {
    let version = request.version();
    let answer = tokio::spawn(async move { answers.answer(request, from).await }).await;
    let mut answer = answer.unwrap_or_else(|_| {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    // A connection speaks its own version, whatever the one was by which an answer came here.
    *answer.version_mut() = version;
    answer
}

const HEAD: usize = 64 * 1024;
const HEAD_LIST: u32 = 64 * 1024;
/// For a request's head, also for the next one of a connection.
const HEAD_TIME: Duration = Duration::from_secs(60);
const FIRST_REQUEST: Duration = Duration::from_secs(15);
const HANDSHAKE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);
